import { eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type EndpointId, type OrganizationId, type PriceId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { formatHours, HoursError, parseHours } from "#schema/money/hours.ts";
import { newestAt } from "#schema/money/in-force.ts";
import type { PriceLine } from "#schema/money/price.ts";
import { endpoints, priceLines, prices, type PriceSide } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";
import { clearUnpriced } from "./clear-unpriced.ts";
import { findPriceProblems } from "./find-price-problems.ts";
import { signatureOf } from "./price-timeline.ts";
import { readPriceLists } from "./read-price-lists.ts";

const problemsShownMax = 5;

export type PublishPriceInput = {
  endpointId: EndpointId;
  side: PriceSide;
  /** Whose list it is; absent or null: everyone's who has none of their own. */
  organizationId?: OrganizationId | null | undefined;
  lines: readonly PriceLine[];
  effectiveAt: Date;
  /** Exclusive: from then on the list before it holds again. Absent or null: for good. */
  expiresAt?: Date | null | undefined;
  /** Who published it: a key's id, or the name of what ran. */
  publishedBy: string;
};
export type PublishedPrice = { id: PriceId; unchanged: boolean; sequence: number | null };

/**
 * Publishes a price list from an instant on. Lists are only ever added; what is in flight keeps the list it was
 * admitted under. A list that is in force at that instant anyway, with the same expiry, adds no row.
 * @returns the id of the list in force from then on; `sequence` is null when it was there already.
 * @throws {CommandError} not_found for the endpoint; bad_request for an empty list (`withdrawPrice` is for that), for an
 *   expiry before its start, a cost for one organization, or whatever `findPriceProblems` finds.
 */
export async function publishPrice(
  tx: Transaction,
  input: PublishPriceInput,
): Promise<PublishedPrice> {
  const lines = checkLines(input.side, input.lines);
  const expiresAt = input.expiresAt ?? null;
  if (expiresAt !== null && expiresAt <= input.effectiveAt) {
    throw new CommandError(
      "bad_request",
      `expiresAt: ${expiresAt.toISOString()} is not after ${input.effectiveAt.toISOString()}, when the list starts`,
    );
  }
  const inForce = await lockedListAt(tx, input);
  if (
    inForce &&
    inForce.expiresAtMs === (expiresAt?.getTime() ?? null) &&
    signatureOf(inForce.lines) === signatureOf(lines)
  )
    return { id: inForce.id, unchanged: true, sequence: null };

  const id = await addList(tx, input, expiresAt);
  await tx.insert(priceLines).values(lines.map((line) => ({ priceId: id, ...line })));
  if (input.side === "charge") await clearUnpriced(tx, input.endpointId);
  return { id, unchanged: false, sequence: await recordChange(tx, "catalogue", "") };
}

/**
 * Withdraws what was published, from an instant on: an organization's own list, so that the general one holds for it
 * again; the general charge list, so that the endpoint is no longer sold; a cost list, so that the cost is not known.
 * @returns `sequence` is null when nothing was in force anyway.
 * @throws {CommandError} not_found for the endpoint.
 */
export async function withdrawPrice(
  tx: Transaction,
  input: Omit<PublishPriceInput, "lines" | "expiresAt">,
): Promise<{ id: PriceId | null; unchanged: boolean; sequence: number | null }> {
  const inForce = await lockedListAt(tx, input);
  // One that expires would come back from what was before it; a withdrawal is for good.
  if (!inForce || (inForce.lines.length === 0 && inForce.expiresAtMs === null))
    return { id: inForce?.id ?? null, unchanged: true, sequence: null };
  const id = await addList(tx, input, null);
  return { id, unchanged: false, sequence: await recordChange(tx, "catalogue", "") };
}

type ListInput = Omit<PublishPriceInput, "lines" | "expiresAt">;

/** The list that will hold at the start of a new one. One publication of an endpoint at a time, so that two alike do not both add a list. */
async function lockedListAt(tx: Transaction, input: ListInput) {
  const organizationId = input.organizationId ?? null;
  if (organizationId !== null && input.side === "cost") {
    throw new CommandError(
      "bad_request",
      "organization: what the provider asks is the same for every customer; only charge lists are for one organization",
    );
  }
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
  });
  return newestAt(lists, input.effectiveAt.getTime());
}

async function addList(
  tx: Transaction,
  input: ListInput,
  expiresAt: Date | null,
): Promise<PriceId> {
  const id = mintId("price");
  await tx.insert(prices).values({
    id,
    endpointId: input.endpointId,
    side: input.side,
    organizationId: input.organizationId ?? null,
    effectiveAt: input.effectiveAt,
    expiresAt,
    // Not now(), which is one instant for the whole transaction: of two lists the later must win.
    publishedAt: sql`clock_timestamp()`,
    publishedBy: input.publishedBy,
  });
  return id;
}

/** Doors check what people write and say where; whoever calls with lines of their own is checked here. */
function checkLines(side: PriceSide, given: readonly PriceLine[]): Required<PriceLine>[] {
  if (given.length === 0) {
    throw new CommandError(
      "bad_request",
      `${side}: expected at least one price; to end a list, withdraw it`,
    );
  }
  const lines = given.map((line) => ({
    meter: line.meter,
    perUnit: line.perUnit,
    aboveInputTokens: line.aboveInputTokens,
    serviceTier: line.serviceTier ?? "",
    hours: canonical(line.hours, side),
  }));
  const problems = findPriceProblems(lines, { side, pathOf: () => [] });
  if (problems.length === 0) return lines;
  throw new CommandError(
    "bad_request",
    problems
      .slice(0, problemsShownMax)
      .map(({ path, message }) => `${[side, ...path].join(".")}: ${message}`)
      .join("; "),
  );
}

function canonical(hours: string | undefined, side: PriceSide): string {
  if (!hours) return "";
  try {
    return formatHours(parseHours(hours));
  } catch (error) {
    if (!(error instanceof HoursError)) throw error;
    throw new CommandError("bad_request", `${side}: ${error.message}`, { cause: error });
  }
}
