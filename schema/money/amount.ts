/**
 * Money is a whole number of picodollars (10⁻¹² USD) in a bigint. Nothing here is a float; the JSON numbers that
 * OpenRouter's contract asks for are made in `schema/dollars-number.ts`.
 */
declare const unit: unique symbol;
export type Picodollars = bigint & { readonly [unit]: "picodollars" };

const perDollar = 1_000_000_000_000n;
/** The largest amount that a numeric(38, 0) column holds. */
const amountMax = 10n ** 38n - 1n;

export class AmountError extends Error {}

/** A bigint that is known to be picodollars. */
export const picodollars = (value: bigint): Picodollars => value as Picodollars;
export const zero: Picodollars = picodollars(0n);

/**
 * Decimal text in USD ("12.5", "0.0000036") to picodollars, exactly.
 * @throws {AmountError} for anything but a plain decimal of at most 12 decimals below 10²⁶ USD.
 */
export function parseDollars(text: string): Picodollars {
  const match = /^(-?)(\d{1,26})(?:\.(\d{1,12}))?$/.exec(text.trim());
  if (!match) {
    throw new AmountError(
      `expected an amount in USD as plain decimal text with at most 12 decimals, such as "12.50"; got ${JSON.stringify(text.slice(0, 60))}`,
    );
  }
  const value = BigInt(match[2] ?? "0") * perDollar + BigInt((match[3] ?? "").padEnd(12, "0"));
  if (value > amountMax) throw new AmountError("amount is too large");
  return picodollars(match[1] === "-" ? -value : value);
}

/** Picodollars as decimal text in USD, without trailing zeros: `10000000000000n` is "10". */
export function formatDollars(amount: bigint): string {
  const sign = amount < 0n ? "-" : "";
  const digits = (amount < 0n ? -amount : amount).toString().padStart(13, "0");
  const fraction = digits.slice(-12).replace(/0+$/, "");
  return `${sign}${digits.slice(0, -12)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Decimal text with at least two decimals, for people: "10.00", "0.0000036". */
export function showDollars(amount: bigint): string {
  const [whole = "0", fraction = ""] = formatDollars(amount).split(".");
  return `${whole}.${fraction.padEnd(2, "0")}`;
}

/**
 * USD per million units ("0.10") to picodollars per unit. Exact: a list price has at most six decimals.
 * @throws {AmountError} for more decimals than can be charged exactly, and for negative prices.
 */
export function parsePerMillion(text: string): Picodollars {
  const amount = parseDollars(text);
  if (amount < 0n) throw new AmountError(`a price cannot be negative; got ${JSON.stringify(text)}`);
  if (amount % 1_000_000n !== 0n) {
    throw new AmountError(
      `a price per million may have at most 6 decimals, so that one unit costs a whole number of picodollars; got ${JSON.stringify(text)}`,
    );
  }
  return picodollars(amount / 1_000_000n);
}

/** Picodollars per unit as USD per million units. */
export const formatPerMillion = (perUnit: bigint): string => formatDollars(perUnit * 1_000_000n);
