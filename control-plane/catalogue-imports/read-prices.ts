/** A price list out of somebody else's members: which of theirs is which of our words, and in what unit. */
import type { PriceWord, Prices } from "../catalogue/price-list.ts";
import { exactForOne, exactPerMillion, type PriceUnit } from "./exact-price.ts";

export type Members = Record<string, unknown>;
export type PriceWords = Readonly<Record<string, PriceWord>>;

export const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const membersAt = (of: Members, name: string): Members => {
  const value = of[name];
  return isMembers(value) ? value : {};
};

/** For one of something, whatever the unit of tokens is. */
const forOne: ReadonlySet<PriceWord> = new Set(["request", "image", "image_output", "web_search"]);

/**
 * The prices among some members. Those that are zero for one of something are left out: nobody charges for what they do
 * not have; a zero price of a token is one.
 * @param remarks gets a sentence for each that is no amount or had to be rounded.
 */
export function readPrices(
  members: Members,
  words: PriceWords,
  unit: PriceUnit,
  remarks: string[],
): Prices {
  const prices: Prices = {};
  for (const [name, word] of Object.entries(words)) {
    const value = members[name];
    if (value === undefined || value === null || value === "") continue;
    const read = forOne.has(word) ? exactForOne(value) : exactPerMillion(value, unit);
    if (read === null) {
      remarks.push(`${name}: ${JSON.stringify(value).slice(0, 40)} is no price`);
      continue;
    }
    if (forOne.has(word) && /^0(\.0*)?$/.test(read.text)) continue;
    if (read.rounded) remarks.push(`${name}: ${JSON.stringify(value).slice(0, 40)} was rounded`);
    prices[word] = read.text;
  }
  return prices;
}

/** A list cannot be billed without both. */
export const isPriced = (prices: Prices): boolean =>
  prices.input !== undefined && prices.output !== undefined;

/** A whole number above zero, or null. */
export function tokensAt(of: Members, ...names: string[]): number | null {
  for (const name of names) {
    const value = Number(of[name]);
    if (of[name] !== null && Number.isSafeInteger(value) && value > 0) return value;
  }
  return null;
}

export const textAt = (of: Members, name: string): string => {
  const value = of[name];
  return typeof value === "string" ? value : "";
};

export const wordsAt = (of: Members, name: string): string[] => {
  const value = of[name];
  return Array.isArray(value)
    ? value
        .filter((one): one is string => typeof one === "string" && one.length <= 64)
        .slice(0, 100)
    : [];
};
