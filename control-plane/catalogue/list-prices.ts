import { and, asc, desc, eq, inArray } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { EndpointId } from "#schema/ids.ts";
import type { PriceLine } from "#schema/money/price.ts";
import { priceLines, prices, type PriceSide } from "#schema/tables/catalogue.ts";

export type PriceWithLines = typeof prices.$inferSelect & { lines: PriceLine[] };

const listsMax = 100;

/** An endpoint's price lists, newest first, future ones among them; at most 100. */
export async function listPrices(
  tx: Transaction,
  input: { endpointId: EndpointId; side?: PriceSide | undefined },
): Promise<PriceWithLines[]> {
  const rows = await tx
    .select()
    .from(prices)
    .where(
      and(
        eq(prices.endpointId, input.endpointId),
        input.side === undefined ? undefined : eq(prices.side, input.side),
      ),
    )
    .orderBy(desc(prices.effectiveAt), desc(prices.publishedAt))
    .limit(listsMax);
  if (rows.length === 0) return [];
  const lines = await tx
    .select()
    .from(priceLines)
    .where(
      inArray(
        priceLines.priceId,
        rows.map((row) => row.id),
      ),
    )
    .orderBy(asc(priceLines.meter), asc(priceLines.aboveInputTokens));
  return rows.map((row) => ({
    ...row,
    lines: lines
      .filter((line) => line.priceId === row.id)
      .map(({ meter, perUnit, aboveInputTokens }) => ({ meter, perUnit, aboveInputTokens })),
  }));
}
