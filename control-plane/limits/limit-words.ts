/** How doors and the config file spell a limit: money is `usd`, windows are what a limit is `per`. */
import { AmountError, formatDollars, parseDollars, picodollars } from "#schema/money/amount.ts";
import type { Picodollars } from "#schema/money/amount.ts";
import type { AllowanceUnit, AllowanceWindow } from "#schema/bounds.ts";

export const limitUnits = ["usd", "requests", "tokens", "concurrency"] as const;
export type LimitUnit = (typeof limitUnits)[number];

export const unitOf = (word: LimitUnit): AllowanceUnit => (word === "usd" ? "picodollars" : word);
export const wordOf = (unit: AllowanceUnit): LimitUnit => (unit === "picodollars" ? "usd" : unit);

/** As OpenRouter names the windows of a workspace's budgets, from the widest to the narrowest. */
export const budgetIntervals = ["lifetime", "monthly", "weekly", "daily"] as const;
export type BudgetInterval = (typeof budgetIntervals)[number];
export const budgetWindows = {
  lifetime: "lifetime",
  monthly: "month",
  weekly: "week",
  daily: "day",
} as const satisfies Record<BudgetInterval, AllowanceWindow>;

const usdMax = 1_000_000_000n;
const countMax = 1_000_000_000_000n; // sums of it stay whole as JSON numbers

/**
 * A limit as it is written: decimal text in USD, a whole number of anything else.
 * @throws {AmountError} that says what was expected.
 */
export function parseLimit(unit: LimitUnit, written: string | number): Picodollars {
  const text = String(written).trim().replace(/^\$/, "");
  if (unit === "usd") {
    const amount = parseDollars(text);
    if (amount < 0n) throw new AmountError("expected an amount that is not negative");
    if (amount > usdMax * 1_000_000_000_000n)
      throw new AmountError(`expected at most ${usdMax} USD`);
    return amount;
  }
  if (!/^\d{1,13}$/.test(text) || BigInt(text) > countMax)
    throw new AmountError(
      `expected a whole number of ${unit === "concurrency" ? "requests at once" : unit} up to ${countMax}, got ${JSON.stringify(text.slice(0, 40))}`,
    );
  return picodollars(BigInt(text));
}

/** An amount of a unit as doors tell it: decimal text in USD, a number of anything else. */
export const formatLimit = (unit: AllowanceUnit, amount: bigint): string | number =>
  unit === "picodollars" ? formatDollars(amount) : Number(amount);
