import { z } from "zod";
import { findProvider } from "../catalogue/find-provider.ts";
import { listCredentials } from "../credentials/list-credentials.ts";
import { removeCredential } from "../credentials/remove-credential.ts";
import { rotateMasterKey } from "../credentials/rotate-master-key.ts";
import { setCredential } from "../credentials/set-credential.ts";
import { runCommand } from "../run-command.ts";
import { after, name, organization, pageSize, reference } from "./inputs.ts";
import { organizationOf } from "./organization-of.ts";
import { adminProcedure, operatorProcedure, router } from "./procedures.ts";

const provider = reference;

export const credentialsRouter = router({
  /** Gives the organization its own credential at a provider, or replaces it. The key is not shown again anywhere. */
  add: adminProcedure
    .input(
      z.strictObject({
        organization,
        provider,
        name: name.default("own key"),
        key: z.string().trim().min(1, "expected the provider's API key").max(8_000),
      }),
    )
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id: organizationId } = await organizationOf(tx, ctx.actor, input.organization);
        const { id: providerId } = await findProvider(tx, input.provider);
        const set = { organizationId, providerId, name: input.name, key: input.key };
        return setCredential(tx, set, ctx.runtime.masterKey);
      }),
    ),

  list: adminProcedure
    .input(z.strictObject({ organization, limit: pageSize, after }).prefault({}))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const { id: organizationId } = await organizationOf(db, ctx.actor, input.organization);
      const { rows, next } = await listCredentials(db, { ...input, organizationId });
      return {
        rows: rows.map((row) => ({
          id: row.id,
          provider: row.provider,
          name: row.name,
          /** A few characters of the key. */
          label: row.label,
          status: row.status,
          createdAt: row.createdAt.toISOString(),
          updatedAt: row.updatedAt.toISOString(),
        })),
        next,
      };
    }),

  /** Seals everything under MASTER_KEY that is still sealed under MASTER_KEY_ALSO (or an older form). Says what it did. */
  rotate: operatorProcedure
    .input(z.strictObject({}).prefault({}))
    .mutation(({ ctx }) =>
      runCommand(ctx.runtime.db, (tx) => rotateMasterKey(tx, ctx.runtime.masterKey)),
    ),

  /** From then on the organization's calls go by the installation's own credential, at list price. */
  remove: adminProcedure
    .input(z.strictObject({ organization, provider }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id: organizationId } = await organizationOf(tx, ctx.actor, input.organization);
        const { id: providerId } = await findProvider(tx, input.provider);
        return removeCredential(tx, { organizationId, providerId });
      }),
    ),
});
