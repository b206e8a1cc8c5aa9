import { perMillionMeters } from "#schema/meters.ts";
import { showDollars } from "#schema/money/amount.ts";
import type { PriceLine } from "#schema/money/price.ts";
import {
  priceWords,
  type PriceList,
  type Prices,
  type PricesByHour,
  type PricesByLength,
  type PriceWord,
} from "./price-list.ts";

/**
 * Price lines as people would write them; `parsePriceList` reads the same lines back. A tier is written by the length
 * that still pays the lower price (`above_input_tokens`, exclusive), however it was published.
 */
export function writePriceList(lines: readonly PriceLine[]): PriceList {
  const serviceTiers = distinct(lines.map((line) => line.serviceTier ?? ""));
  return {
    ...byHour(lines.filter((line) => !line.serviceTier)),
    ...(serviceTiers.length === 0
      ? {}
      : {
          service_tiers: Object.fromEntries(
            serviceTiers.map((tier) => [
              tier,
              byHour(lines.filter((line) => line.serviceTier === tier)),
            ]),
          ),
        }),
  };
}

function byHour(lines: readonly PriceLine[]): PricesByHour {
  const hours = distinct(lines.map((line) => line.hours ?? ""));
  return {
    ...byLength(lines.filter((line) => !line.hours)),
    ...(hours.length === 0
      ? {}
      : {
          hours: hours.map((at) => ({
            at,
            ...byLength(lines.filter((line) => line.hours === at)),
          })),
        }),
  };
}

function byLength(lines: readonly PriceLine[]): PricesByLength {
  const lengths = [...new Set(lines.map((line) => line.aboveInputTokens))]
    .filter((length) => length > 0)
    .toSorted((a, b) => a - b);
  const at = (length: number) => pricesOf(lines.filter((line) => line.aboveInputTokens === length));
  return {
    ...at(0),
    ...(lengths.length === 0
      ? {}
      : { tiers: lengths.map((length) => ({ above_input_tokens: length, ...at(length) })) }),
  };
}

function pricesOf(lines: readonly PriceLine[]): Prices {
  const prices: Prices = {};
  for (const [word, meter] of Object.entries(priceWords)) {
    const line = lines.find((one) => one.meter === meter);
    if (line) prices[word as PriceWord] = writeAmount(line);
  }
  return prices;
}

/** A line's price in the unit of its word, USD per million or for one, with two decimals at least. */
export function writeAmount({ meter, perUnit }: Pick<PriceLine, "meter" | "perUnit">): string {
  return showDollars(perMillionMeters.has(meter) ? perUnit * 1_000_000n : perUnit);
}

const distinct = (texts: readonly string[]): string[] =>
  [...new Set(texts)].filter((text) => text !== "").toSorted();
