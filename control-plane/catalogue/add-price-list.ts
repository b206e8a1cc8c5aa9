import { eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type EndpointId, type OrganizationId, type PriceId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { newestAt } from "#schema/money/in-force.ts";
import type { PriceLine } from "#schema/money/price.ts";
import { endpoints, priceLines, prices, type PriceSide } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";
import { clearUnpriced } from "./clear-unpriced.ts";
import { readPriceLists, type PublishedList } from "./read-price-lists.ts";

export type PriceListInput = {
  endpointId: EndpointId;
  side: PriceSide;
  /** Whose list it is; absent or null: everyone's who has none of their own. */
  organizationId?: OrganizationId | null | undefined;
  effectiveAt: Date;
  /** Who published it: a key's id, or the name of what ran. */
  publishedBy: string;
  /** Where the amounts were read, and when they were right (a date); absent or null: the publisher's own word. */
  source?: string | null | undefined;
  asOf?: string | null | undefined;
};

/**
 * Adds a list, or leaves it when the one that will hold at its start already says the same.
 * @param list lines none withdraws those before it; says whether another list already does what this one is for.
 * @returns the id of the list in force from then on; `sequence` is null when none was added.
 * @throws {CommandError} not_found for the endpoint; bad_request for a cost list of one organization.
 */
export async function addPriceList(
  tx: Transaction,
  input: PriceListInput,
  list: {
    lines: readonly Required<PriceLine>[];
    expiresAt: Date | null;
    isSaidBy: (inForce: PublishedList | null) => boolean;
  },
): Promise<{ id: PriceId | null; unchanged: boolean; sequence: number | null }> {
  const organizationId = input.organizationId ?? null;
  if (organizationId !== null && input.side === "cost") {
    throw new CommandError(
      "bad_request",
      "organization: what the provider asks is the same for every customer; only charge lists are for one organization",
    );
  }
  // One publication of an endpoint at a time, so that two alike do not both add a list.
  const [endpoint] = await tx
    .select({ id: endpoints.id })
    .from(endpoints)
    .where(eq(endpoints.id, input.endpointId))
    .for("update");
  if (!endpoint) throw new CommandError("not_found", `no endpoint has the id ${input.endpointId}`);
  const lists = await readPriceLists(tx, {
    endpointIds: [input.endpointId],
    side: input.side,
    organizationId,
    from: input.effectiveAt,
  });
  const inForce = newestAt(lists, input.effectiveAt.getTime());
  if (list.isSaidBy(inForce)) return { id: inForce?.id ?? null, unchanged: true, sequence: null };

  const id = mintId("price");
  await tx.insert(prices).values({
    id,
    endpointId: input.endpointId,
    side: input.side,
    organizationId,
    effectiveAt: input.effectiveAt,
    expiresAt: list.expiresAt,
    // Not now(), which is one instant for the whole transaction: of two lists the later must win.
    publishedAt: sql`clock_timestamp()`,
    publishedBy: input.publishedBy,
    source: input.source ?? null,
    asOf: input.asOf ?? null,
  });
  if (list.lines.length > 0) {
    await tx.insert(priceLines).values(list.lines.map((line) => ({ priceId: id, ...line })));
    if (input.side === "charge") await clearUnpriced(tx, input.endpointId);
  }
  return { id, unchanged: false, sequence: await recordChange(tx, "catalogue", "") };
}
