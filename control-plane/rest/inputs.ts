/** What several operations below /api/v1 take, in the contract's words and units. */
import { z } from "zod";
import { AmountError, parseDollars, type Picodollars } from "#schema/money/amount.ts";

const dollarsMax = 1_000_000_000;
const offsetMax = 1_000_000;

/** USD as a JSON number, or as text for whoever needs more digits than a number has; to picodollars. */
export const usd = z
  .union([z.number(), z.string().max(40)], { error: "expected an amount in USD, such as 12.5" })
  .transform((value, context): Picodollars => {
    try {
      const amount = parseDollars(typeof value === "number" ? plain(value) : value);
      if (amount < 0n) throw new AmountError("expected an amount that is not negative");
      if (amount > BigInt(dollarsMax) * 1_000_000_000_000n)
        throw new AmountError(`expected at most ${dollarsMax} USD`);
      return amount;
    } catch (error) {
      if (!(error instanceof AmountError)) throw error;
      context.addIssue({ code: "custom", message: error.message });
      return z.NEVER;
    }
  });

/** Without an exponent, which JavaScript writes below a millionth. */
const plain = (value: number): string => {
  const text = String(value);
  return text.includes("e") ? value.toFixed(12) : text;
};

export const name = z.string().trim().min(1, "expected a name that is not empty").max(200);
export const instant = z.iso
  .datetime({ offset: true, error: 'expected an instant such as "2026-12-01T00:00:00Z"' })
  .transform((text) => new Date(text));

/**
 * A whole number of a query string. Only digits are one: what a client wrote otherwise it did not mean.
 * Said to be a number in the document, though it comes as text.
 */
export const wholeNumber = ({
  min = 0,
  max = Number.MAX_SAFE_INTEGER,
}: { min?: number; max?: number } = {}) =>
  z
    .string()
    .transform((text, context): number => {
      const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
      if (value >= min && value <= max) return value;
      context.addIssue({
        code: "custom",
        message: `expected a whole number from ${min} to ${max}; got ${JSON.stringify(text.slice(0, 40))}`,
      });
      return z.NEVER;
    })
    .meta({ type: "integer", minimum: min, maximum: max });

/** `offset` and `limit` of a list (contract part 1: 0, and 50, at most 100). */
export const offset = wholeNumber({ max: offsetMax })
  .default(0)
  .describe("How many of the list to leave out");
export const page = z.object({
  offset,
  limit: wholeNumber({ min: 1, max: 100 }).default(50).describe("How many to answer at most"),
});
export type Page = z.infer<typeof page>;
