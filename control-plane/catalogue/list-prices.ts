import { and, asc, desc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { EndpointId, OrganizationId, PriceId } from "#schema/ids.ts";
import { listAt } from "#schema/money/in-force.ts";
import type { PriceLine } from "#schema/money/price.ts";
import { priceLines, prices, type PriceSide } from "#schema/tables/catalogue.ts";
import { organizations } from "#schema/tables/organizations.ts";
import { lineOf, readPriceLists } from "./read-price-lists.ts";

export type PriceWithLines = typeof prices.$inferSelect & {
  /** None: it withdraws those before it. */
  lines: PriceLine[];
  /** The slug of whose list it is; null for everyone's. */
  organization: string | null;
  inForce: boolean;
};

/**
 * An endpoint's price lists, newest first, future ones among them; `next` is the `after` of the next page, or null on
 * the last. Without an organization those of everyone.
 */
export async function listPrices(
  tx: Transaction,
  input: {
    endpointId: EndpointId;
    side?: PriceSide | undefined;
    /** Null: only lists for everyone. */
    organizationId?: OrganizationId | null | undefined;
    limit?: number;
    after?: string | null;
    now?: Date;
  },
): Promise<{ rows: PriceWithLines[]; next: PriceId | null }> {
  const limit = input.limit ?? 100;
  const found = await tx
    .select({ price: prices, organization: organizations.slug })
    .from(prices)
    .leftJoin(organizations, eq(organizations.id, prices.organizationId))
    .where(
      and(
        eq(prices.endpointId, input.endpointId),
        input.side && eq(prices.side, input.side),
        input.organizationId === undefined
          ? undefined
          : input.organizationId === null
            ? isNull(prices.organizationId)
            : eq(prices.organizationId, input.organizationId),
        input.after == null
          ? undefined
          : sql`(${prices.effectiveAt}, ${prices.publishedAt}, ${prices.id}) < (select effective_at, published_at, id from prices where id = ${input.after})`,
      ),
    )
    .orderBy(desc(prices.effectiveAt), desc(prices.publishedAt), desc(prices.id))
    .limit(limit + 1);
  const shown = found.slice(0, limit);
  if (shown.length === 0) return { rows: [], next: null };
  const ids = shown.map(({ price }) => price.id);
  const lines = await tx
    .select()
    .from(priceLines)
    .where(inArray(priceLines.priceId, ids))
    .orderBy(asc(priceLines.meter), asc(priceLines.aboveInputTokens));
  const linesOf = Map.groupBy(lines, (line) => line.priceId);
  const holding = await idsInForce(tx, input.endpointId, input.now ?? new Date());
  return {
    rows: shown.map(({ price, organization }) => ({
      ...price,
      organization,
      lines: (linesOf.get(price.id) ?? []).map(lineOf),
      inForce: holding.has(price.id),
    })),
    next: found.length > limit ? (ids.at(-1) ?? null) : null,
  };
}

/** Of each side and customer of an endpoint, the list that holds at an instant. */
async function idsInForce(
  tx: Transaction,
  endpointId: EndpointId,
  now: Date,
): Promise<Set<PriceId>> {
  const lists = await readPriceLists(tx, { endpointIds: [endpointId], from: now });
  const groups = Map.groupBy(lists, (list) => `${list.side} ${list.organizationId ?? ""}`);
  return new Set([...groups.values()].flatMap((group) => listAt(group, now.getTime())?.id ?? []));
}
