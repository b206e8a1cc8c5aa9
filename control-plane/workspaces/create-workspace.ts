import type { Transaction } from "#schema/database.ts";
import { mintId, type OrganizationId, type WorkspaceId } from "#schema/ids.ts";
import { workspaces } from "#schema/tables/organizations.ts";
import { CommandError } from "../command-error.ts";

/**
 * A new workspace, for keys that share budgets. Gateways need not hear of it: they learn it from its first key.
 * @throws {CommandError} conflict when the organization has one of that slug.
 */
export async function createWorkspace(
  tx: Transaction,
  input: { organizationId: OrganizationId; slug: string; name: string },
): Promise<{ id: WorkspaceId; sequence: null }> {
  const id = mintId("workspace");
  const created = await tx
    .insert(workspaces)
    .values({ id, ...input })
    .onConflictDoNothing({ target: [workspaces.organizationId, workspaces.slug] })
    .returning({ id: workspaces.id });
  if (created.length === 0)
    throw new CommandError(
      "conflict",
      `a workspace with the slug ${JSON.stringify(input.slug)} exists already in this organization; choose another slug`,
    );
  return { id, sequence: null };
}
