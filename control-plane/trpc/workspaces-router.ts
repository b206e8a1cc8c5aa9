import { z } from "zod";
import { runCommand } from "../run-command.ts";
import { createWorkspace } from "../workspaces/create-workspace.ts";
import { listWorkspaces } from "../workspaces/list-workspaces.ts";
import { after, name, organization, pageSize, slug } from "./inputs.ts";
import { organizationOf } from "./organization-of.ts";
import { adminProcedure, readProcedure, router } from "./procedures.ts";

export const workspacesRouter = router({
  create: adminProcedure
    .input(z.strictObject({ organization, slug, name }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id: organizationId } = await organizationOf(tx, ctx.actor, input.organization);
        return createWorkspace(tx, { organizationId, slug: input.slug, name: input.name });
      }),
    ),

  list: readProcedure
    .input(z.strictObject({ organization, limit: pageSize, after }).prefault({}))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const { id: organizationId } = await organizationOf(db, ctx.actor, input.organization);
      const { rows, next } = await listWorkspaces(db, {
        organizationId,
        limit: input.limit,
        after: input.after,
      });
      return {
        rows: rows.map((row) => ({
          id: row.id,
          slug: row.slug,
          name: row.name,
          createdAt: row.createdAt.toISOString(),
        })),
        next,
      };
    }),
});
