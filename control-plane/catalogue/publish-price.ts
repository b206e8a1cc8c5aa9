import { asc, and, desc, eq, lte, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type EndpointId, type PriceId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { isComplete, type PriceLine } from "#schema/money/price.ts";
import { endpoints, priceLines, prices, type PriceSide } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";

const linesMax = 100;

/**
 * Publishes a price list from an instant on. Lists are only ever added; what is in flight keeps the list it was
 * admitted under. A list that says what will be in force at that instant anyway adds no row.
 * @returns the id of the list in force from then on; `sequence` is null when it was there already.
 * @throws {CommandError} not_found for the endpoint; bad_request for an empty list, two prices of one thing, or a
 *   charge list without input and output, under which nothing could be billed.
 */
export async function publishPrice(
  tx: Transaction,
  input: {
    endpointId: EndpointId;
    side: PriceSide;
    lines: readonly PriceLine[];
    effectiveAt: Date;
    /** Who published it: a key's id, or the name of what ran. */
    publishedBy: string;
  },
): Promise<{ id: PriceId; unchanged: boolean; sequence: number | null }> {
  const lines = checkLines(input.side, input.lines);
  // One publication of an endpoint at a time, so that two alike do not both add a list.
  const [endpoint] = await tx
    .select({ id: endpoints.id })
    .from(endpoints)
    .where(eq(endpoints.id, input.endpointId))
    .for("update");
  if (!endpoint) throw new CommandError("not_found", `no endpoint has the id ${input.endpointId}`);

  const [inForce] = await tx
    .select({ id: prices.id })
    .from(prices)
    .where(
      and(
        eq(prices.endpointId, input.endpointId),
        eq(prices.side, input.side),
        lte(prices.effectiveAt, input.effectiveAt),
      ),
    )
    .orderBy(desc(prices.effectiveAt), desc(prices.publishedAt))
    .limit(1);
  if (inForce) {
    const present = await tx
      .select()
      .from(priceLines)
      .where(eq(priceLines.priceId, inForce.id))
      .orderBy(asc(priceLines.meter), asc(priceLines.aboveInputTokens));
    if (signature(present) === signature(lines))
      return { id: inForce.id, unchanged: true, sequence: null };
  }

  const id = mintId("price");
  await tx.insert(prices).values({
    id,
    endpointId: input.endpointId,
    side: input.side,
    effectiveAt: input.effectiveAt,
    // Not now(), which is one instant for the whole transaction: of two lists the later must win.
    publishedAt: sql`clock_timestamp()`,
    publishedBy: input.publishedBy,
  });
  await tx.insert(priceLines).values(lines.map((line) => ({ priceId: id, ...line })));
  return { id, unchanged: false, sequence: await recordChange(tx, "catalogue", "") };
}

function checkLines(side: PriceSide, lines: readonly PriceLine[]): PriceLine[] {
  if (lines.length === 0 || lines.length > linesMax) {
    throw new CommandError(
      "bad_request",
      `${side}: expected between 1 and ${linesMax} prices, got ${lines.length}`,
    );
  }
  const seen = new Set<string>();
  for (const line of lines) {
    const name = `${line.meter} above ${line.aboveInputTokens} input tokens`;
    if (seen.has(name))
      throw new CommandError("bad_request", `${side}: two prices for ${name}; expected one`);
    if (line.perUnit < 0n)
      throw new CommandError("bad_request", `${side}: the price for ${name} is negative`);
    seen.add(name);
  }
  if (side === "charge" && !isComplete({ id: "new", lines })) {
    throw new CommandError(
      "bad_request",
      'charge: expected a price for input and for output at least; a free model says so with "0"',
    );
  }
  return lines.map(({ meter, perUnit, aboveInputTokens }) => ({
    meter,
    perUnit,
    aboveInputTokens,
  }));
}

const signature = (lines: readonly PriceLine[]): string =>
  lines
    .map((line) => `${line.meter}>${line.aboveInputTokens}=${line.perUnit}`)
    .sort()
    .join(" ");
