/** The one place where money becomes a float: JSON numbers for clients. */
import { formatDollars } from "./money/amount.ts";

/** Up to here picodollars are exact as a float (9,007 USD). */
const exactMax = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * USD as a JSON number, for the fields that OpenRouter's clients read as numbers (`usage.cost`, `/credits`).
 * Lossy above 8,192 USD by a picodollar or so (2⁻³⁹ is more than one): never read back, never summed.
 */
export function dollarsNumber(amount: bigint): number {
  // Both are exact as floats, so their quotient is the float that is nearest to the decimal: the same number, without a text.
  if (amount <= exactMax && amount >= -exactMax) return Number(amount) / 1e12;
  return +formatDollars(amount);
}
