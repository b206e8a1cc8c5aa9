import { z } from "zod";
import { formatDollars } from "#schema/money/amount.ts";
import { limitResets } from "#schema/bounds.ts";
import { keyKinds } from "#schema/tables/keys.ts";
import { roles, type Role } from "#schema/tables/organizations.ts";
import type { Actor } from "../actor.ts";
import { CommandError } from "../command-error.ts";
import { findKey } from "../keys/find-key.ts";
import { listKeys } from "../keys/list-keys.ts";
import { mintKey } from "../keys/mint-key.ts";
import type { KeyWithUsage } from "../keys/read-keys.ts";
import { revokeKey } from "../keys/revoke-key.ts";
import { updateKey } from "../keys/update-key.ts";
import { runCommand } from "../run-command.ts";
import { findWorkspace } from "../workspaces/find-workspace.ts";
import { dollars, instant, name, organization, pageSize, reference } from "./inputs.ts";
import { organizationOf } from "./organization-of.ts";
import { adminProcedure, readProcedure, router } from "./procedures.ts";

const limit = dollars.nullable();
const limitReset = z
  .enum(limitResets, {
    error: `expected ${limitResets.join(", ")}, or null for the key's whole life`,
  })
  .nullable();
/** A key's id or hash. */
const key = reference;

export const keysRouter = router({
  /** The secret is in the answer, and never again anywhere. */
  mint: adminProcedure
    .input(
      z.strictObject({
        organization,
        /** Its id or slug; `default` when absent. */
        workspace: reference.optional(),
        kind: z.enum(keyKinds).default("inference"),
        role: z.enum(roles).optional(),
        name,
        limit: limit.default(null),
        limitReset: limitReset.default(null),
        expiresAt: instant.nullable().default(null),
      }),
    )
    .mutation(({ ctx, input }) => {
      mayGive(ctx.actor, input.role ?? null);
      if (input.expiresAt !== null && input.expiresAt <= ctx.runtime.now()) {
        throw new CommandError(
          "bad_request",
          `expiresAt: expected an instant in the future, got ${input.expiresAt.toISOString()}`,
        );
      }
      return runCommand(ctx.runtime.db, async (tx) => {
        const { id: organizationId } = await organizationOf(tx, ctx.actor, input.organization);
        const workspaceId =
          input.workspace === undefined
            ? undefined
            : (await findWorkspace(tx, { organizationId, slugOrId: input.workspace })).id;
        return mintKey(tx, { ...input, organizationId, workspaceId });
      });
    }),

  list: readProcedure
    .input(
      z.strictObject({
        organization,
        includeDisabled: z.boolean().default(true),
        limit: pageSize,
        offset: z.number().int().min(0).max(1_000_000).default(0),
      }),
    )
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const { id } = await organizationOf(db, ctx.actor, input.organization);
      const { rows, total } = await listKeys(db, { ...input, organizationId: id });
      return { rows: rows.map(shown), total };
    }),

  get: readProcedure.input(z.strictObject({ organization, key })).query(async ({ ctx, input }) => {
    const { db } = ctx.runtime;
    const { id } = await organizationOf(db, ctx.actor, input.organization);
    return shown(await findKey(db, { organizationId: id, idOrHash: input.key }));
  }),

  update: adminProcedure
    .input(
      z.strictObject({
        organization,
        key,
        name: name.optional(),
        disabled: z.boolean().optional(),
        limit: limit.optional(),
        limitReset: limitReset.optional(),
      }),
    )
    .mutation(({ ctx, input: { key: idOrHash, ...change } }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id: organizationId } = await organizationOf(tx, ctx.actor, change.organization);
        mayGive(ctx.actor, (await findKey(tx, { organizationId, idOrHash })).role);
        return updateKey(tx, { ...change, organizationId, idOrHash });
      }),
    ),

  /** Every living gateway refuses the key when this answers `appliedEverywhere`. */
  revoke: adminProcedure.input(z.strictObject({ organization, key })).mutation(({ ctx, input }) =>
    runCommand(ctx.runtime.db, async (tx) => {
      const { id: organizationId } = await organizationOf(tx, ctx.actor, input.organization);
      const { revokedAt, role, ...revoked } = await revokeKey(tx, {
        organizationId,
        idOrHash: input.key,
      });
      mayGive(ctx.actor, role); // after the fact, but before the commit
      return { ...revoked, revokedAt: revokedAt.toISOString() };
    }),
  ),
});

/** Nobody hands out, changes or takes away more than they have: `roles` runs from most to least. */
function mayGive(actor: Actor, role: Role | null): void {
  if (role !== null && roles.indexOf(role) < roles.indexOf(actor.role)) {
    throw new CommandError(
      "forbidden",
      `role: a key of the role ${actor.role} cannot mint or change one of the role ${role}`,
    );
  }
}

function shown(row: KeyWithUsage) {
  return {
    id: row.id,
    hash: row.hash,
    label: row.label,
    name: row.name,
    kind: row.kind,
    role: row.role,
    workspaceId: row.workspaceId,
    disabled: row.disabled,
    limit: row.limit === null ? null : formatDollars(row.limit),
    limitReset: row.limitReset,
    limitRemaining: row.limitRemaining === null ? null : formatDollars(row.limitRemaining),
    usage: formatDollars(row.usage),
    usageDaily: formatDollars(row.usageDaily),
    usageWeekly: formatDollars(row.usageWeekly),
    usageMonthly: formatDollars(row.usageMonthly),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt?.toISOString() ?? null,
  };
}
