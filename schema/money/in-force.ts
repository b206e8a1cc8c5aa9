/**
 * Which price list, policy and discount step hold for an endpoint and an organization at an instant. Pure, over rows that
 * are loaded already: a gateway's snapshot and the control plane's preview ask the same functions, so they cannot differ.
 */
import { netCost, chargeUnder, type DiscountStep, type Policy } from "./policy.ts";
import type { Price } from "./price.ts";

/** A published list. Instants are epoch milliseconds; `expiresAtMs` is exclusive, and null for good. */
export type DatedList = Price & { effectiveAtMs: number; expiresAtMs: number | null };

/** A policy and whom it is for; null is everyone, every provider, every model. */
export type DatedPolicy = Policy & {
  organizationId: string | null;
  providerId: string | null;
  modelId: string | null;
  effectiveAtMs: number;
};

/** From an instant on a provider takes so much off its list. */
export type DatedStep = DiscountStep & { providerId: string; effectiveAtMs: number };

/** Who asks, and what it is asked of. */
export type Scope = { organizationId: string; providerId: string; modelId: string };

/**
 * The list in force: the newest that is effective and has not expired. Null when there is none, or when that one has no
 * lines, which is how the lists before it are withdrawn.
 * @param lists of one endpoint, side and organization, oldest first (by `effectiveAt`, then `publishedAt`).
 */
export function listAt<L extends DatedList>(lists: readonly L[], atMs: number): L | null {
  const newest = newestAt(lists, atMs);
  return newest === null || newest.lines.length === 0 ? null : newest;
}

/** The same, but a list without lines, a withdrawal, is told from there being none. */
export const newestAt = <L extends DatedList>(lists: readonly L[], atMs: number): L | null =>
  lists.findLast(
    (list) => list.effectiveAtMs <= atMs && (list.expiresAtMs === null || atMs < list.expiresAtMs),
  ) ?? null;

/**
 * The policy in force: that of the most specific scope which has one (an organization before a model before a provider),
 * and of that scope the newest, so that a policy of kind `list` for one customer stands against a discount for all.
 * @param policies in the order of their publication.
 * @param kinds how charges are made, or what is asked for a call on the organization's own credential.
 */
export function policyAt(
  policies: readonly DatedPolicy[],
  scope: Scope,
  atMs: number,
  kinds: "charge" | "own_key_fee",
): DatedPolicy | null {
  let best: DatedPolicy | null = null;
  for (const policy of policies) {
    if ((policy.kind === "own_key_fee") !== (kinds === "own_key_fee")) continue;
    if (policy.effectiveAtMs > atMs || !covers(policy, scope)) continue;
    const closer = best === null ? 1 : specificity(policy) - specificity(best);
    // Of one scope the newest; of one instant the one that was published later.
    if (closer > 0 || (closer === 0 && policy.effectiveAtMs >= (best?.effectiveAtMs ?? 0)))
      best = policy;
  }
  return best;
}

const covers = (policy: DatedPolicy, scope: Scope): boolean =>
  (policy.organizationId === null || policy.organizationId === scope.organizationId) &&
  (policy.providerId === null || policy.providerId === scope.providerId) &&
  (policy.modelId === null || policy.modelId === scope.modelId);

/** organization and model and provider > organization and model > organization and provider > organization > … > everything. */
const specificity = (policy: DatedPolicy): number =>
  (policy.organizationId === null ? 0 : 4) +
  (policy.modelId === null ? 0 : 2) +
  (policy.providerId === null ? 0 : 1);

/**
 * The step of a provider's volume discount in force: the newest effective. Null before the first.
 * @param steps in the order of their publication.
 */
export function stepAt(
  steps: readonly DatedStep[],
  providerId: string,
  atMs: number,
): DatedStep | null {
  let best: DatedStep | null = null;
  for (const step of steps) {
    if (step.providerId !== providerId || step.effectiveAtMs > atMs) continue;
    if (best === null || step.effectiveAtMs >= best.effectiveAtMs) best = step;
  }
  return best;
}

/** What holds for an endpoint and an organization at an instant; hours and service tiers are still conditions of the lines. */
export type Terms<L extends DatedList = DatedList> = {
  /** The charge list: the organization's own if it has one, else the general one. */
  list: L | null;
  /** Whether that is the organization's own. Nothing is taken off it or put onto it. */
  ownList: boolean;
  /** Our cost list, before the discount. */
  costList: L | null;
  /** Null where the organization has a list of its own, and where nobody set one. */
  policy: DatedPolicy | null;
  step: DatedStep | null;
  /** What is asked; null when nothing could be billed by it, and then nothing is sold. */
  charge: Price | null;
  /** What we pay; null when it is not known. */
  cost: Price | null;
};

/**
 * The terms of an endpoint for an organization at an instant.
 * @param rows the endpoint's lists, oldest first; all policies and steps in the order of their publication.
 */
export function termsAt<L extends DatedList>(
  rows: {
    organizationLists: readonly L[];
    chargeLists: readonly L[];
    costLists: readonly L[];
    policies: readonly DatedPolicy[];
    steps: readonly DatedStep[];
  },
  scope: Scope,
  atMs: number,
): Terms<L> {
  const own = listAt(rows.organizationLists, atMs);
  const list = own ?? listAt(rows.chargeLists, atMs);
  const costList = listAt(rows.costLists, atMs);
  const policy = own === null ? policyAt(rows.policies, scope, atMs, "charge") : null;
  const step = stepAt(rows.steps, scope.providerId, atMs);
  return {
    list,
    ownList: own !== null,
    costList,
    policy,
    step,
    charge: chargeUnder({ list, cost: costList, step, policy }),
    cost: costList && netCost(costList, step),
  };
}
