/** Other people's amounts as exact decimal text: numbers of JSON, noise of binary floats, all kinds of units. */

/** What one amount is for, as a power of ten of tokens, and in what it is counted, as a power of ten of USD. */
export type PriceUnit = { perTokens: number; usdExponent: number };

export const perToken: PriceUnit = { perTokens: 0, usdExponent: 0 };
export const perMillion: PriceUnit = { perTokens: 6, usdExponent: 0 };
/** Novita counts ten-thousandths of a dollar for a million tokens. */
export const tenThousandthsPerMillion: PriceUnit = { perTokens: 6, usdExponent: -4 };

/** A price list holds so many decimals of USD per million: a whole number of picodollars for one token. */
const decimalsMax = 6n;
/** Noise of a binary float is below 2⁻⁵² of its value; what is rounded away beyond this share is worth a remark. */
const noiseShare = 1_000_000_000n;

export type ExactPrice = { text: string; rounded: boolean };

/**
 * An amount in USD per million tokens, with at most six decimals; more are rounded half up.
 * @param value text, or a JSON number, whose shortest spelling is what was written.
 * @returns null for what is no amount, or a negative one.
 */
export function exactPerMillion(value: unknown, unit: PriceUnit): ExactPrice | null {
  return exact(value, 6 - unit.perTokens + unit.usdExponent);
}

/** An amount in USD for one of something; at most twelve decimals. */
export function exactForOne(value: unknown): ExactPrice | null {
  return exact(value, 0, 12n);
}

function exact(value: unknown, shift: number, decimals = decimalsMax): ExactPrice | null {
  if (typeof value !== "string" && typeof value !== "number") return null;
  const match = /^\+?(\d{1,30})(?:\.(\d{1,60}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(`${value}`.trim());
  if (!match) return null;
  const [, whole = "0", fraction = "", exponent = "0"] = match;
  // value = digits × 10^scale, in the unit that is wanted
  const digits = BigInt(whole + fraction);
  const scale = BigInt(Number(exponent) - fraction.length + shift) + decimals;
  if (scale > 60n || scale < -200n) return null;
  if (scale >= 0n) return { text: decimalText(digits * 10n ** scale, decimals), rounded: false };
  const divisor = 10n ** -scale;
  const rounded = (digits * 2n + divisor) / (divisor * 2n);
  const lost = digits - rounded * divisor;
  const away = lost < 0n ? -lost : lost;
  return { text: decimalText(rounded, decimals), rounded: away * noiseShare > digits };
}

function decimalText(units: bigint, decimals: bigint): string {
  const digits = units.toString().padStart(Number(decimals) + 1, "0");
  const at = digits.length - Number(decimals);
  const fraction = digits.slice(at).replace(/0+$/, "");
  return fraction === "" ? digits.slice(0, at) : `${digits.slice(0, at)}.${fraction}`;
}
