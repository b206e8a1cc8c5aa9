/** What a usage would be charged and cost, and why: by the same functions as a gateway charges by. */
import { meters, promptMeters, sum, type Counts, type Meter } from "#schema/meters.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import {
  policyAt,
  termsAt,
  type DatedList,
  type DatedPolicy,
  type DatedStep,
  type Scope,
  type Terms,
} from "#schema/money/in-force.ts";
import { feeUnder, type Policy } from "#schema/money/policy.ts";
import { atInstant, unitPrice, type Price } from "#schema/money/price.ts";

export type PreviewedMeter = {
  meter: Meter;
  units: bigint;
  /** Picodollars for one unit and for all; null where the price does not say, and then the request could not be billed. */
  charge: { perUnit: Picodollars; amount: Picodollars } | null;
  cost: { perUnit: Picodollars; amount: Picodollars } | null;
};
export type Preview<L extends DatedList> = Terms<L> & {
  /** With the organization's own credential: the policy that makes the fee. */
  feePolicy: DatedPolicy | null;
  meters: PreviewedMeter[];
  /** Picodollars. Null when the endpoint is not sold, or a meter has no price. */
  chargeTotal: Picodollars | null;
  /** Null when the cost of what was used is not known; nothing with the organization's own credential. */
  costTotal: Picodollars | null;
  /** Charge less cost, negative for a loss; null when either is not known. */
  margin: bigint | null;
};

/**
 * @param rows the endpoint's lists, oldest first; policies and steps in the order of their publication.
 * @param usage.serviceTier the tier that the provider serves; "" for none in particular.
 * @param usage.ownKey whether the organization's own credential is used; then a fee is asked, and nothing is paid.
 * @param instead a policy to try: it holds in place of the one of its kind that is in force, and is not stored.
 */
export function previewPrice<L extends DatedList>(
  rows: {
    organizationLists: readonly L[];
    chargeLists: readonly L[];
    costLists: readonly L[];
    policies: readonly DatedPolicy[];
    steps: readonly DatedStep[];
  },
  scope: Scope,
  usage: { atMs: number; counts: Counts; serviceTier: string; ownKey: boolean },
  instead: Policy | null,
): Preview<L> {
  const { atMs, counts, serviceTier, ownKey } = usage;
  const policies =
    instead === null
      ? rows.policies
      : [...rows.policies, { ...instead, ...scope, effectiveAtMs: atMs }];
  const terms = termsAt({ ...rows, policies }, scope, atMs);
  const feePolicy = ownKey ? policyAt(policies, scope, atMs, "own_key_fee") : null;
  const asked = terms.charge && atInstant(terms.charge, atMs);
  const charge = asked && ownKey ? feeUnder(asked, feePolicy) : asked;
  const cost = ownKey ? null : terms.cost && atInstant(terms.cost, atMs);
  const promptTokens = sum(counts, promptMeters);
  const part = (price: Price | null, meter: Meter, units: bigint): PreviewedMeter["charge"] => {
    const perUnit = price && unitPrice(price, meter, promptTokens, serviceTier);
    return perUnit === null ? null : { perUnit, amount: picodollars(perUnit * units) };
  };
  const previewed = meters.flatMap((meter): PreviewedMeter[] => {
    const units = counts[meter] ?? 0n;
    return units === 0n
      ? []
      : [{ meter, units, charge: part(charge, meter, units), cost: part(cost, meter, units) }];
  });
  const chargeTotal = charge && total(previewed.map((each) => each.charge));
  const costTotal = ownKey ? picodollars(0n) : cost && total(previewed.map((each) => each.cost));
  return {
    ...terms,
    feePolicy,
    meters: previewed,
    chargeTotal,
    costTotal,
    margin: chargeTotal === null || costTotal === null ? null : chargeTotal - costTotal,
  };
}

function total(parts: readonly PreviewedMeter["charge"][]): Picodollars | null {
  let amount = 0n;
  for (const part of parts) {
    if (part === null) return null;
    amount += part.amount;
  }
  return picodollars(amount);
}
