import { and, eq, ne } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId, WorkspaceId } from "#schema/ids.ts";
import { workspaces } from "#schema/tables/organizations.ts";
import { CommandError } from "../command-error.ts";

/**
 * Changes what is given of a workspace and leaves the rest. Gateways know workspaces by id, so they need not hear of it.
 * @throws {CommandError} not_found; bad_request for another slug for `default`; conflict when the slug is taken.
 */
export async function updateWorkspace(
  tx: Transaction,
  input: {
    organizationId: OrganizationId;
    id: WorkspaceId;
    name?: string | undefined;
    slug?: string | undefined;
  },
): Promise<{ sequence: null }> {
  const mine = and(
    eq(workspaces.organizationId, input.organizationId),
    eq(workspaces.id, input.id),
  );
  const [workspace] = await tx.select().from(workspaces).where(mine).for("update");
  if (!workspace) throw new CommandError("not_found", `there is no workspace ${input.id}`);
  const { name = workspace.name, slug = workspace.slug } = input;
  if (workspace.slug === "default" && slug !== "default")
    throw new CommandError(
      "bad_request",
      "slug: the workspace default keeps its slug: keys that name no workspace go there",
    );
  const [other] = await tx
    .select({ id: workspaces.id })
    .from(workspaces)
    .where(
      and(
        eq(workspaces.organizationId, input.organizationId),
        eq(workspaces.slug, slug),
        ne(workspaces.id, input.id),
      ),
    );
  if (other)
    throw new CommandError(
      "conflict",
      `slug: another workspace of this organization has the slug ${JSON.stringify(slug)}; choose another`,
    );
  await tx.update(workspaces).set({ name, slug }).where(mine);
  return { sequence: null };
}
