/** Price lists on a command line: `input=1.00,output=2.00`, with a condition in front where it has one. */
import {
  priceWords,
  type PriceList,
  type Prices,
  type PricesAt,
  type PricesByHour,
  type PricesByLength,
  type PriceWord,
} from "../catalogue/price-list.ts";
import { UsageError } from "./context.ts";

/**
 * The parts of a price list, one of each `--charge`, to the list. A condition stands in front of a part's prices, and
 * several are joined by "and": "tier flex and at mon,tue 16:30-00:30 and above 200000: input=2,output=4".
 * @throws {UsageError} for a part that is not written so; whether the amounts are prices, the command itself says.
 */
export function parseWrittenPrices(option: string, parts: readonly string[]): PriceList {
  const list: PriceList = {};
  for (const part of parts) {
    const { conditions, prices } = split(part);
    Object.assign(placeOf(list, conditions, option), parsePrices(option, prices));
  }
  return list;
}

/** Hours have colons of their own, so the one that ends a condition has a space behind it. */
function split(part: string): { conditions: string[]; prices: string } {
  const end = part.lastIndexOf(": ");
  return end === -1
    ? { conditions: [], prices: part }
    : { conditions: part.slice(0, end).split(" and "), prices: part.slice(end + 2) };
}

/** The prices of a condition within the list; what holds it is added on the way. */
function placeOf(list: PriceList, conditions: readonly string[], option: string): Prices {
  let hours: PricesByHour = list;
  let length: { above_input_tokens: number } | { from_input_tokens: number } | null = null;
  let at: string | null = null;
  for (const condition of conditions) {
    const [, word = "", rest = ""] = /^\s*(\S+) (.+?)\s*$/.exec(condition) ?? [];
    if (word === "tier") hours = (list.service_tiers ??= {})[rest] ??= {};
    else if (word === "at") at = rest;
    else if (word === "above") length = { above_input_tokens: wholeNumber(rest, option) };
    else if (word === "from") length = { from_input_tokens: wholeNumber(rest, option) };
    else {
      throw new UsageError(
        `${option}: expected a condition such as "above 200000", "from 200000", "at mon,tue 16:30-00:30" or "tier flex"; got "${condition}"`,
      );
    }
  }
  const lengths = at === null ? hours : hoursIn(hours, at);
  if (length === null) return lengths;
  const tiers = (lengths.tiers ??= []);
  const [[name, tokens] = ["", 0]] = Object.entries(length);
  const known = tiers.find((tier) => tier[name as keyof typeof tier] === tokens);
  if (known) return known;
  tiers.push(length);
  return length as Prices;
}

function hoursIn(list: PricesByHour, at: string): PricesByLength {
  const all = (list.hours ??= []);
  const known = all.find((hours) => hours.at === at);
  if (known) return known;
  const added: PricesAt = { at };
  all.push(added);
  return added;
}

function wholeNumber(text: string, option: string): number {
  const digits = text.replace(/[_,](?=\d{3})/g, "");
  if (/^\d{1,12}$/.test(digits)) return Number(digits);
  throw new UsageError(`${option}: expected a whole number of tokens, got "${text}"`);
}

function parsePrices(option: string, text: string): Prices {
  const prices: Prices = {};
  for (const [word, amount] of parsePairs(option, text, "prices such as input=1.00,output=2.00"))
    prices[word] = amount;
  return prices;
}

/** `input=1200,output=80` to words and what they are given. @throws {UsageError}. */
export function parsePairs(option: string, text: string, expected: string): [PriceWord, string][] {
  return text.split(",").map((part) => {
    const [word = "", amount = "", ...rest] = part.split("=").map((side) => side.trim());
    if (word === "" || amount === "" || rest.length > 0)
      throw new UsageError(`${option}: expected ${expected}; got "${part}"`);
    if (!Object.hasOwn(priceWords, word)) {
      throw new UsageError(
        `${option}: "${word}" is not priced; expected one of ${Object.keys(priceWords).join(", ")}`,
      );
    }
    return [word as PriceWord, amount];
  });
}

/**
 * A list in words: "input 1.00, output 2.00; above 200,000 (from 200,001): input 2.00". The edge of a tier is always told:
 * a prompt of exactly 200,000 tokens pays the lower price.
 */
export function showPriceList(list: PriceList): string {
  return parts(list)
    .map(([condition, prices]) => {
      const words = Object.entries(prices)
        .filter(([word]) => Object.hasOwn(priceWords, word))
        .map(([word, amount]) => `${word} ${String(amount)}`);
      return words.length === 0
        ? ""
        : [...(condition === "" ? [] : [condition]), words.join(", ")].join(": ");
    })
    .filter((part) => part !== "")
    .join("; ");
}

function parts(list: PriceList): [condition: string, prices: Prices][] {
  const join = (...conditions: string[]) => conditions.filter((each) => each !== "").join(" and ");
  const byLength = (prices: PricesByLength, condition: string): [string, Prices][] => [
    [condition, prices],
    ...(prices.tiers ?? []).map(
      ({ above_input_tokens: above = 0, ...higher }): [string, Prices] => [
        join(
          condition,
          `above ${above.toLocaleString("en-US")} (from ${(above + 1).toLocaleString("en-US")})`,
        ),
        higher,
      ],
    ),
  ];
  const byHour = (prices: PricesByHour, condition: string): [string, Prices][] => [
    ...byLength(prices, condition),
    ...(prices.hours ?? []).flatMap((hours) => byLength(hours, join(condition, `at ${hours.at}`))),
  ];
  return [
    ...byHour(list, ""),
    ...Object.entries(list.service_tiers ?? {}).flatMap(([tier, prices]) =>
      byHour(prices, `tier ${tier}`),
    ),
  ];
}
