import { and, count, eq, inArray, isNull } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId, WorkspaceId } from "#schema/ids.ts";
import { allowances, allowanceUses } from "#schema/tables/allowances.ts";
import { keys } from "#schema/tables/keys.ts";
import { workspaces } from "#schema/tables/organizations.ts";
import { CommandError } from "../command-error.ts";

/**
 * Deletes a workspace that never had a key: of one that had, generations and limits speak, and it stays.
 * @throws {CommandError} not_found; bad_request for `default`; conflict when keys belong to it or did.
 */
export async function deleteWorkspace(
  tx: Transaction,
  input: { organizationId: OrganizationId; id: WorkspaceId },
): Promise<{ sequence: null }> {
  const mine = and(
    eq(workspaces.organizationId, input.organizationId),
    eq(workspaces.id, input.id),
  );
  const [workspace] = await tx.select().from(workspaces).where(mine).for("update");
  if (!workspace) throw new CommandError("not_found", `there is no workspace ${input.id}`);
  if (workspace.slug === "default")
    throw new CommandError("bad_request", "the workspace default cannot be deleted");
  const ofWorkspace = eq(keys.workspaceId, input.id);
  const [[all], [living]] = await Promise.all([
    tx.select({ total: count() }).from(keys).where(ofWorkspace),
    tx
      .select({ total: count() })
      .from(keys)
      .where(and(ofWorkspace, isNull(keys.revokedAt))),
  ]);
  if ((living?.total ?? 0) > 0)
    throw new CommandError(
      "conflict",
      `${living?.total} key(s) belong to the workspace ${workspace.slug}; delete them first`,
    );
  if ((all?.total ?? 0) > 0)
    throw new CommandError(
      "conflict",
      `keys of the workspace ${workspace.slug} have been used, and its books name it; it stays, with no key that works`,
    );
  const itsBudgets = and(
    eq(allowances.subjectKind, "workspace"),
    eq(allowances.subjectId, input.id),
  );
  await tx
    .delete(allowanceUses)
    .where(
      inArray(
        allowanceUses.allowanceId,
        tx.select({ id: allowances.id }).from(allowances).where(itsBudgets),
      ),
    );
  await tx.delete(allowances).where(itsBudgets);
  await tx.delete(workspaces).where(mine);
  return { sequence: null };
}
