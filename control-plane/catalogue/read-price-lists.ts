import { and, asc, eq, inArray, isNull, or, sql, type SQL } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { EndpointId, OrganizationId, PriceId } from "#schema/ids.ts";
import type { DatedList } from "#schema/money/in-force.ts";
import type { PriceLine } from "#schema/money/price.ts";
import { priceLines, prices, type PriceSide } from "#schema/tables/catalogue.ts";

/** A list as the pure functions of `#schema/money/in-force.ts` take it, and whose it is. */
export type PublishedList = DatedList & {
  id: PriceId;
  endpointId: EndpointId;
  side: PriceSide;
  /** Null: for everyone. */
  organizationId: OrganizationId | null;
};

/**
 * Some endpoints' lists of one side for one customer, oldest first. `organizationId` null: the general ones; absent: all.
 * With `from` only what can hold at that instant or later; lists are never deleted, so there is ever more of the rest.
 */
export async function readPriceLists(
  tx: Transaction,
  of: {
    endpointIds?: readonly EndpointId[] | undefined;
    side?: PriceSide | undefined;
    organizationId?: OrganizationId | null | undefined;
    from?: Date | undefined;
  },
): Promise<PublishedList[]> {
  if (of.endpointIds?.length === 0) return [];
  return readWhere(
    tx,
    and(
      of.endpointIds && inArray(prices.endpointId, [...of.endpointIds]),
      of.side && eq(prices.side, of.side),
      of.organizationId === undefined
        ? undefined
        : of.organizationId === null
          ? isNull(prices.organizationId)
          : eq(prices.organizationId, of.organizationId),
      of.from && notOverAt(of.from),
    ),
  );
}

/** Leaves out lists that have expired, and those before one that holds for good and has begun. */
const notOverAt = (from: Date): SQL => sql`
  coalesce(${prices.expiresAt} > ${from.toISOString()}::timestamptz, true) and not exists (
    select from prices later where later.endpoint_id = ${prices.endpointId} and later.side = ${prices.side}
      and later.organization_id is not distinct from ${prices.organizationId}
      and later.effective_at <= ${from.toISOString()}::timestamptz and later.expires_at is null
      and (later.effective_at, later.published_at, later.id) > (${prices.effectiveAt}, ${prices.publishedAt}, ${prices.id}))`;

/** An endpoint's lists that matter to one customer from an instant on: the general ones of both sides and its own. Oldest first. */
export const readListsFor = (
  tx: Transaction,
  endpointId: EndpointId,
  organizationId: OrganizationId | null,
  from: Date,
): Promise<PublishedList[]> =>
  readWhere(
    tx,
    and(
      eq(prices.endpointId, endpointId),
      or(
        isNull(prices.organizationId),
        organizationId === null ? undefined : eq(prices.organizationId, organizationId),
      ),
      notOverAt(from),
    ),
  );

async function readWhere(tx: Transaction, where: SQL | undefined): Promise<PublishedList[]> {
  const rows = await tx
    .select({ price: prices, line: priceLines })
    .from(prices)
    .leftJoin(priceLines, eq(priceLines.priceId, prices.id))
    .where(where)
    .orderBy(
      asc(prices.effectiveAt),
      asc(prices.publishedAt),
      asc(prices.id),
      asc(priceLines.meter),
      asc(priceLines.aboveInputTokens),
    );
  const lists = new Map<PriceId, PublishedList & { lines: PriceLine[] }>();
  for (const { price, line } of rows) {
    const list = lists.get(price.id) ?? {
      id: price.id,
      endpointId: price.endpointId,
      side: price.side,
      organizationId: price.organizationId,
      effectiveAtMs: price.effectiveAt.getTime(),
      expiresAtMs: price.expiresAt?.getTime() ?? null,
      lines: [],
    };
    lists.set(price.id, list);
    if (line) list.lines.push(lineOf(line));
  }
  return [...lists.values()];
}

/** A row as a line; conditions that always hold are left out. */
export const lineOf = (row: typeof priceLines.$inferSelect): PriceLine => ({
  meter: row.meter,
  perUnit: row.perUnit,
  aboveInputTokens: row.aboveInputTokens,
  ...(row.serviceTier === "" ? {} : { serviceTier: row.serviceTier }),
  ...(row.hours === "" ? {} : { hours: row.hours }),
});
