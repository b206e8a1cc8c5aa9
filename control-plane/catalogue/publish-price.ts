import type { Transaction } from "#schema/database.ts";
import type { PriceId } from "#schema/ids.ts";
import { formatHours, HoursError, parseHours } from "#schema/money/hours.ts";
import type { PriceLine } from "#schema/money/price.ts";
import type { PriceSide } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";
import { addPriceList, type PriceListInput } from "./add-price-list.ts";
import { findPriceProblems } from "./find-price-problems.ts";
import { signatureOf } from "./price-timeline.ts";

const problemsShownMax = 5;

export type PublishPriceInput = PriceListInput & {
  lines: readonly PriceLine[];
  /** Exclusive: from then on the list before it holds again. Absent or null: for good. */
  expiresAt?: Date | null | undefined;
};

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
): Promise<{ id: PriceId; unchanged: boolean; sequence: number | null }> {
  const lines = checkLines(input.side, input.lines);
  const expiresAt = input.expiresAt ?? null;
  if (expiresAt !== null && expiresAt <= input.effectiveAt) {
    throw new CommandError(
      "bad_request",
      `expiresAt: ${expiresAt.toISOString()} is not after ${input.effectiveAt.toISOString()}, when the list starts`,
    );
  }
  const { id, ...added } = await addPriceList(tx, input, {
    lines,
    expiresAt,
    isSaidBy: (inForce) =>
      inForce !== null &&
      inForce.expiresAtMs === (expiresAt?.getTime() ?? null) &&
      signatureOf(inForce.lines) === signatureOf(lines),
  });
  if (id === null) throw new Error("a list was neither added nor there");
  return { id, ...added };
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
