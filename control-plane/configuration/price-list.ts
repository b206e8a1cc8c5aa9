/** A price list with its tiers, as the config file writes it, and as it is stored: lines of picodollars. */
import type { PriceLine } from "#schema/money/price.ts";
import { formatPriceList, parsePriceList, type PriceList } from "../catalogue/parse-price-list.ts";

/** Decimal text in USD by price word: per million for tokens, for one for requests, images and searches. */
export type WrittenPriceList = {
  prices: PriceList;
  tiers: { above_input_tokens: number; prices: PriceList }[];
};

/** All lines of a written list, tiers included. @throws {CommandError} as `parsePriceList` does. */
export function linesOfPriceList(list: WrittenPriceList): PriceLine[] {
  return [
    ...parsePriceList(list.prices, "prices"),
    ...list.tiers.flatMap((tier) => parsePriceList(tier.prices, "tiers", tier.above_input_tokens)),
  ];
}

/** The way back: lines as they would be written in a config file. `tiers` is absent when there are none. */
export function writePriceLines(lines: readonly PriceLine[]): Record<string, unknown> {
  const thresholds = [...new Set(lines.map((line) => line.aboveInputTokens))].toSorted(
    (a, b) => a - b,
  );
  const tiers = thresholds
    .filter((threshold) => threshold > 0)
    .map((threshold) => ({ above_input_tokens: threshold, ...writeTier(lines, threshold) }));
  return { ...writeTier(lines, 0), ...(tiers.length === 0 ? {} : { tiers }) };
}

function writeTier(lines: readonly PriceLine[], threshold: number): Record<string, string> {
  const written = Object.entries(formatPriceList(lines, threshold));
  return Object.fromEntries(written.map(([word, amount = "0"]) => [word, withCents(amount)]));
}

function withCents(decimal: string): string {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return `${whole}.${fraction.padEnd(2, "0")}`;
}
