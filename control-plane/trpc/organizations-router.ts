import { z } from "zod";
import { organizationStatuses } from "#schema/tables/organizations.ts";
import { createOrganization } from "../organizations/create-organization.ts";
import type { Organization } from "../organizations/find-organization.ts";
import { listOrganizations } from "../organizations/list-organizations.ts";
import { updateOrganization } from "../organizations/update-organization.ts";
import { runCommand } from "../run-command.ts";
import { after, name, organization, pageSize, reference, slug } from "./inputs.ts";
import { organizationOf } from "./organization-of.ts";
import { operatorProcedure, readProcedure, router } from "./procedures.ts";

export const organizationsRouter = router({
  create: operatorProcedure
    .input(z.strictObject({ slug, name }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, (tx) => createOrganization(tx, input)),
    ),

  list: operatorProcedure
    .input(z.strictObject({ limit: pageSize, after }).prefault({}))
    .query(async ({ ctx, input }) => {
      const { rows, next } = await listOrganizations(ctx.runtime.db, input);
      return { rows: rows.map(shown), next };
    }),

  get: readProcedure
    .input(z.strictObject({ organization }).prefault({}))
    .query(async ({ ctx, input }) =>
      shown(await organizationOf(ctx.runtime.db, ctx.actor, input.organization)),
    ),

  /** A suspended organization is refused everywhere until it is active again. */
  update: operatorProcedure
    .input(
      z.strictObject({
        organization: reference,
        name: name.optional(),
        status: z.enum(organizationStatuses).optional(),
      }),
    )
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id } = await organizationOf(tx, ctx.actor, input.organization);
        const updated = await updateOrganization(tx, {
          id,
          name: input.name,
          status: input.status,
        });
        return { ...shown(updated.organization), sequence: updated.sequence };
      }),
    ),
});

const shown = (row: Organization) => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  status: row.status,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});
