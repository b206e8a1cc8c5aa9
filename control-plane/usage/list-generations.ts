import { and, desc, eq, getTableColumns, gte, lt } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { uuidFloor, type KeyId, type OrganizationId } from "#schema/ids.ts";
import { generations } from "#schema/tables/generations.ts";
import { keys } from "#schema/tables/keys.ts";
import type { Outcome } from "#schema/usage-record.ts";
import { refundedOfGeneration, type Generation } from "./generation.ts";

export const generationsPageMax = 100;

export type GenerationsPage = {
  organizationId: OrganizationId;
  /** At most `generationsPageMax`. */
  first: number;
  /** The UUID of the last generation of the page before; null starts with the newest. */
  after: string | null;
  model?: string | undefined;
  key?: KeyId | undefined;
  app?: string | undefined;
  outcome?: Outcome | undefined;
  /** Admission time, inclusive. */
  from?: Date | undefined;
  /** Admission time, exclusive. */
  to?: Date | undefined;
};

/**
 * A page of an organization's generations, newest admission first. Pages by id, which carries the time: a page
 * costs the same however deep it lies, and one posted late moves no other.
 */
export async function listGenerations(
  tx: Transaction,
  page: GenerationsPage,
): Promise<{ rows: Generation[]; hasMore: boolean }> {
  const first = Math.min(page.first, generationsPageMax);
  const rows = await tx
    .select({
      ...getTableColumns(generations),
      keyName: keys.name,
      refunded: refundedOfGeneration,
    })
    .from(generations)
    .leftJoin(keys, eq(keys.id, generations.keyId))
    .where(
      and(
        eq(generations.organizationId, page.organizationId),
        page.after === null ? undefined : lt(generations.id, page.after),
        page.from && gte(generations.id, uuidFloor(page.from.getTime())),
        page.to && lt(generations.id, uuidFloor(page.to.getTime())),
        page.model === undefined ? undefined : eq(generations.modelId, page.model),
        page.key && eq(generations.keyId, page.key),
        page.app === undefined ? undefined : eq(generations.app, page.app),
        page.outcome && eq(generations.outcome, page.outcome),
      ),
    )
    .orderBy(desc(generations.id))
    .limit(first + 1); // one more than asked says whether there is another page
  return { rows: rows.slice(0, first), hasMore: rows.length > first };
}
