/**
 * A price list as people write it, in the config file and in commands alike: prices by word, and under which condition
 * others hold. Conditions nest in one order: service tiers, in them hours, in them lengths of the prompt.
 */
import type { Meter } from "#schema/meters.ts";

/** The words of a price list, and the meter that each one prices. */
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
export type Prices = Partial<Record<PriceWord, string>>;
/** For prompts longer than so many tokens (exclusive), or from so many on (inclusive); one of the two. */
export type PricesAbove = Prices & { above_input_tokens?: number; from_input_tokens?: number };
export type PricesByLength = Prices & { tiers?: PricesAbove[] };
/** `at` are hours in UTC, such as "mon,tue 16:30-00:30". */
export type PricesAt = PricesByLength & { at: string };
export type PricesByHour = PricesByLength & { hours?: PricesAt[] };
export type PriceList = PricesByHour & { service_tiers?: Record<string, PricesByHour> };

/** The word for a meter. */
export function wordOf(meter: Meter): PriceWord {
  const found = Object.entries(priceWords).find(([, priced]) => priced === meter);
  if (!found) throw new Error(`no word prices ${meter}`);
  return found[0] as PriceWord;
}

/** Where something stands in a list: `["hours", 0, "input"]`. */
export type PricePath = (string | number)[];

/** `hours[0].input` behind the name of the list. */
export const showPricePath = (field: string, path: PricePath): string =>
  path.reduce<string>(
    (shown, step) => (typeof step === "number" ? `${shown}[${step}]` : `${shown}.${step}`),
    field,
  );
