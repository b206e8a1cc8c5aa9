import { perMillionMeters, type Meter } from "#schema/meters.ts";
import {
  AmountError,
  formatDollars,
  formatPerMillion,
  parseDollars,
  parsePerMillion,
  picodollars,
  type Picodollars,
} from "#schema/money/amount.ts";
import type { PriceLine } from "#schema/money/price.ts";
import { CommandError } from "../command-error.ts";

/** The words of a price list, in commands and in the configuration file, and the meter that each one prices. */
export const priceWords = {
  input: "input",
  output: "output",
  cache_read: "cache_read",
  cache_write: "cache_write_5m",
  cache_write_1h: "cache_write_1h",
  reasoning: "reasoning",
  audio_input: "audio_input",
  audio_output: "audio_output",
  image: "image_input",
  image_output: "image_output",
  request: "request",
  web_search: "web_search",
} as const satisfies Record<string, Meter>;
export type PriceWord = keyof typeof priceWords;

/** USD per million tokens as decimal text; `request`, `image…` and `web_search` in USD for one. */
export type PriceList = Partial<Record<PriceWord, string | undefined>>;

/**
 * A price list in words to price lines.
 * @param field names the list in messages: "charge", "models[2].endpoints[0].cost".
 * @param aboveInputTokens for which prompts: those longer than this; 0 is all.
 * @throws {CommandError} bad_request for an unknown word, or an amount that cannot be charged exactly.
 */
export function parsePriceList(list: PriceList, field: string, aboveInputTokens = 0): PriceLine[] {
  const lines: PriceLine[] = [];
  for (const [word, text] of Object.entries(list)) {
    if (text === undefined) continue;
    const meter = Object.hasOwn(priceWords, word) ? priceWords[word as PriceWord] : undefined;
    if (meter === undefined) {
      throw new CommandError(
        "bad_request",
        `${field}.${word}: not a thing that is priced; expected one of ${Object.keys(priceWords).join(", ")}`,
      );
    }
    lines.push({ meter, perUnit: perUnit(meter, text, `${field}.${word}`), aboveInputTokens });
  }
  return lines;
}

/** The words and amounts of price lines, as `parsePriceList` reads them; lines of other tiers are left out. */
export function formatPriceList(lines: readonly PriceLine[], aboveInputTokens = 0): PriceList {
  const list: PriceList = {};
  for (const [word, meter] of Object.entries(priceWords)) {
    const line = lines.find(
      (one) => one.meter === meter && one.aboveInputTokens === aboveInputTokens,
    );
    if (line)
      list[word as PriceWord] = perMillionMeters.has(meter)
        ? formatPerMillion(line.perUnit)
        : formatDollars(line.perUnit);
  }
  return list;
}

function perUnit(meter: Meter, text: string, field: string): Picodollars {
  try {
    if (perMillionMeters.has(meter)) return parsePerMillion(text);
    const amount = parseDollars(text);
    if (amount < 0n)
      throw new AmountError(`a price cannot be negative; got ${JSON.stringify(text)}`);
    return picodollars(amount);
  } catch (error) {
    if (!(error instanceof AmountError)) throw error;
    throw new CommandError("bad_request", `${field}: ${error.message}`, { cause: error });
  }
}
