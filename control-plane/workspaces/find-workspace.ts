import { and, eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { parseId, type OrganizationId } from "#schema/ids.ts";
import { workspaces } from "#schema/tables/organizations.ts";
import { CommandError } from "../command-error.ts";

export type Workspace = typeof workspaces.$inferSelect;

/** A workspace of an organization by its slug or id. @throws {CommandError} not_found. */
export async function findWorkspace(
  tx: Transaction,
  { organizationId, slugOrId }: { organizationId: OrganizationId; slugOrId: string },
): Promise<Workspace> {
  const id = parseId("workspace", slugOrId);
  const [row] = await tx
    .select()
    .from(workspaces)
    .where(
      and(
        eq(workspaces.organizationId, organizationId),
        id === null ? eq(workspaces.slug, slugOrId) : eq(workspaces.id, id),
      ),
    );
  if (!row)
    throw new CommandError(
      "not_found",
      `no workspace of this organization has the slug or id ${JSON.stringify(slugOrId.slice(0, 80))}; workspaces.list shows those that exist`,
    );
  return row;
}
