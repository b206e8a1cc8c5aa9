import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { generationTimeMs, type EndpointId } from "#schema/ids.ts";
import { unitPrice } from "#schema/money/price.ts";
import { unpricedUsage } from "#schema/tables/generations.ts";
import { readPriceLists } from "./read-price-lists.ts";

/**
 * Forgets usage without a price (`unpriced_usage`) that a charge list prices by now: one that came into force after the
 * request was admitted that was seen first. Without an endpoint it looks at all: for lists that were published for a
 * later instant, and for requests that were in flight when one was published.
 * @returns how many rows it forgot; the caller records the change.
 */
export async function clearUnpriced(tx: Transaction, endpointId?: EndpointId): Promise<number> {
  const rows = await tx
    .select({
      row: unpricedUsage,
      nowMs: sql<string>`(extract(epoch from clock_timestamp()) * 1000)::bigint`,
    })
    .from(unpricedUsage)
    .where(endpointId && eq(unpricedUsage.endpointId, endpointId));
  if (rows.length === 0) return 0;
  const lists = await readPriceLists(tx, {
    endpointIds: [...new Set(rows.map(({ row }) => row.endpointId))],
    side: "charge",
  });
  let cleared = 0;
  for (const { row, nowMs } of rows) {
    const priced = lists.some(
      (list) =>
        list.endpointId === row.endpointId &&
        list.effectiveAtMs > generationTimeMs(row.firstGenerationId) &&
        BigInt(list.effectiveAtMs) <= BigInt(nowMs) &&
        unitPrice(list, row.meter, 0n) !== null,
    );
    if (!priced) continue;
    // Only what was looked at: more of it may have come in since, under an older list.
    const gone = await tx
      .delete(unpricedUsage)
      .where(and(eq(unpricedUsage.endpointId, row.endpointId), eq(unpricedUsage.meter, row.meter)))
      .returning({ meter: unpricedUsage.meter });
    cleared += gone.length;
  }
  return cleared;
}
