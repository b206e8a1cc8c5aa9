import { asc, gt } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { organizations } from "#schema/tables/organizations.ts";
import type { Organization } from "./find-organization.ts";

/** Organizations by slug, after the slug `after`; `next` is the `after` of the next page, or null on the last. */
export async function listOrganizations(
  tx: Transaction,
  page: { limit: number; after: string | null },
): Promise<{ rows: Organization[]; next: string | null }> {
  const rows = await tx
    .select()
    .from(organizations)
    .where(page.after === null ? undefined : gt(organizations.slug, page.after))
    .orderBy(asc(organizations.slug))
    .limit(page.limit + 1);
  const shown = rows.slice(0, page.limit);
  return { rows: shown, next: rows.length > page.limit ? (shown.at(-1)?.slug ?? null) : null };
}
