import { desc, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { ProposalId } from "#schema/ids.ts";
import { catalogueProposals } from "#schema/tables/catalogue.ts";

export type ProposalSummary = Pick<
  typeof catalogueProposals.$inferSelect,
  "id" | "source" | "asOf" | "status" | "createdAt" | "createdBy" | "closedAt" | "closedBy"
> & { changes: number };

/** Proposals, the newest first, after the id `after`; `next` is the `after` of the next page, or null on the last. */
export async function listProposals(
  tx: Transaction,
  page: { limit: number; after: string | null },
): Promise<{ rows: ProposalSummary[]; next: ProposalId | null }> {
  const rows = await tx
    .select({
      id: catalogueProposals.id,
      source: catalogueProposals.source,
      asOf: catalogueProposals.asOf,
      status: catalogueProposals.status,
      createdAt: catalogueProposals.createdAt,
      createdBy: catalogueProposals.createdBy,
      closedAt: catalogueProposals.closedAt,
      closedBy: catalogueProposals.closedBy,
      changes: sql<number>`jsonb_array_length(changes)`,
    })
    .from(catalogueProposals)
    .where(
      page.after === null
        ? undefined
        : sql`(created_at, id) < (select created_at, id from catalogue_proposals where id = ${page.after})`,
    )
    .orderBy(desc(catalogueProposals.createdAt), desc(catalogueProposals.id))
    .limit(page.limit + 1);
  const shown = rows.slice(0, page.limit);
  return { rows: shown, next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null };
}
