/** What several operations below /api/v1 take, in the contract's words and units. */
import { z } from "zod";
import { AmountError, parseDollars, type Picodollars } from "#schema/money/amount.ts";
import type { KeyCall } from "./route.ts";
import { Refusal } from "./refusal.ts";

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

/** `offset` and `limit` of a list (contract part 1: 0, and 50, at most 100). @throws {Refusal} 400. */
export function pageOf({ query }: Pick<KeyCall, "query">): { offset: number; limit: number } {
  return {
    offset: whole(query, "offset", 0, 0, offsetMax),
    limit: whole(query, "limit", 50, 1, 100),
  };
}

function whole(
  query: URLSearchParams,
  field: string,
  otherwise: number,
  least: number,
  most: number,
): number {
  const text = query.get(field);
  if (text === null || text === "") return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Refusal(
    400,
    "invalid_request",
    `${field}: expected a whole number from ${least} to ${most}, got ${JSON.stringify(text.slice(0, 40))}`,
  );
}
