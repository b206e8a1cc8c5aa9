import { and, asc, eq, gt } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { workspaces } from "#schema/tables/organizations.ts";
import type { Workspace } from "./find-workspace.ts";

/** An organization's workspaces by slug, after the slug `after`; `next` is the `after` of the next page, or null on the last. */
export async function listWorkspaces(
  tx: Transaction,
  {
    organizationId,
    ...page
  }: { organizationId: OrganizationId; limit: number; after: string | null },
): Promise<{ rows: Workspace[]; next: string | null }> {
  const rows = await tx
    .select()
    .from(workspaces)
    .where(
      and(
        eq(workspaces.organizationId, organizationId),
        page.after === null ? undefined : gt(workspaces.slug, page.after),
      ),
    )
    .orderBy(asc(workspaces.slug))
    .limit(page.limit + 1);
  const shown = rows.slice(0, page.limit);
  return { rows: shown, next: rows.length > page.limit ? (shown.at(-1)?.slug ?? null) : null };
}
