/**
 * From list prices to what is asked and what is paid: volume discounts on the cost side, pricing policies on the charge
 * side. Pure, and derived instead of stored: a generation names the list, the policy and the step it was charged under,
 * all of which are rows that are never edited.
 */
import { picodollars, type Picodollars } from "./amount.ts";
import { isComplete, type Price } from "./price.ts";

/** Hundredths of a percent: 10,000 is all of it. */
const whole = 10_000n;

export const policyKinds = [
  "list",
  "list_discount",
  "cost_plus",
  "pass_on",
  "own_key_fee",
] as const;
export type PolicyKind = (typeof policyKinds)[number];
export type Policy = { id: string; kind: PolicyKind; basisPoints: number };
/** What a provider takes off its list at this instant. */
export type DiscountStep = { id: string; basisPoints: number };

/** The only place where a price is rounded: up, to the next whole picodollar per unit. */
export function scaleUp(
  perUnit: Picodollars,
  { times, over }: { times: bigint; over: bigint },
): Picodollars {
  return picodollars((perUnit * times + over - 1n) / over);
}

const scaleAll = (price: Price, ratio: { times: bigint; over: bigint }): Price => ({
  id: price.id,
  lines: price.lines.map((line) => ({ ...line, perUnit: scaleUp(line.perUnit, ratio) })),
});

/** What we pay: the provider's list without our discount. */
export const netCost = (cost: Price, step: DiscountStep | null): Price =>
  step === null || step.basisPoints === 0
    ? cost
    : scaleAll(cost, { times: whole - BigInt(step.basisPoints), over: whole });

/**
 * What is asked under a policy. The lines keep their conditions; the id is that of the list they were made from (for
 * `cost_plus` the cost list). Null when there is nothing to make a complete list from: then the endpoint is refused.
 *
 * list: the charge list as published · list_discount: that, less basis points · cost_plus: our net cost, plus basis
 * points · pass_on: the charge list, less basis points of the discount that the provider gives us at this instant.
 */
export function chargeUnder({
  list,
  cost,
  step,
  policy,
}: {
  list: Price | null;
  cost: Price | null;
  step: DiscountStep | null;
  policy: Policy | null;
}): Price | null {
  const made = make({ list, cost, step, policy });
  return made !== null && isComplete(made) ? made : null;
}

function make({ list, cost, step, policy }: Parameters<typeof chargeUnder>[0]): Price | null {
  const kind = policy?.kind ?? "list";
  const points = BigInt(policy?.basisPoints ?? 0);
  switch (kind) {
    case "list":
    case "own_key_fee": // not a way to charge; `feeUnder` is
      return list;
    case "list_discount":
      return list && scaleAll(list, { times: whole - points, over: whole });
    case "cost_plus":
      return cost && scaleAll(netCost(cost, step), { times: whole + points, over: whole });
    case "pass_on": {
      const off = BigInt(step?.basisPoints ?? 0) * points;
      return list && scaleAll(list, { times: whole * whole - off, over: whole * whole });
    }
    default:
      return kind satisfies never;
  }
}

/** The fee for a call on the organization's own credential: so many basis points of the charge list. No policy, no fee. */
export const feeUnder = (list: Price, policy: Policy | null): Price =>
  scaleAll(list, { times: BigInt(policy?.basisPoints ?? 0), over: whole });
