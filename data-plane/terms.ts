/** What an endpoint asks of an organization and costs us at an instant, worked out once and kept until it can change. */
import type { OrganizationId } from "#schema/ids.ts";
import { termsAt } from "#schema/money/in-force.ts";
import { feeUnder } from "#schema/money/policy.ts";
import { policyAt } from "#schema/money/in-force.ts";
import { atInstant, unitPrice, type Price } from "#schema/money/price.ts";
import type { Endpoint, Snapshot } from "./snapshot.ts";

/** Prices as they stand at an instant: nothing in them depends on the clock any more. */
export type EndpointTerms = {
  charge: Price;
  chargePolicy: string | null;
  /** Null: what we pay is not known. */
  cost: Price | null;
  costStep: string | null;
  /** What is asked when the organization's own credential is used. */
  fee: Price;
  feePolicy: string | null;
};

type Kept = { untilMs: number; terms: EndpointTerms | null };
const keptMax = 10_000; // organizations with terms of their own, at one endpoint
const kept = new WeakMap<Endpoint, Map<string, Kept>>(); // goes with its snapshot

/** Null when nothing could be billed: no list is in force, or it does not price what was already used here. */
export function termsOf(
  endpoint: Endpoint,
  organizationId: OrganizationId,
  snapshot: Snapshot,
  nowMs: number,
): EndpointTerms | null {
  let byOrganization = kept.get(endpoint);
  if (!byOrganization) kept.set(endpoint, (byOrganization = new Map<string, Kept>()));
  const special = endpoint.ownCharges.has(organizationId) || hasPolicies(snapshot, organizationId);
  const name = special ? organizationId : "";
  const known = byOrganization.get(name);
  if (known && nowMs < known.untilMs) return known.terms;
  if (byOrganization.size >= keptMax) byOrganization.clear();
  const terms = workOut(endpoint, organizationId, snapshot, nowMs);
  byOrganization.set(name, { terms, untilMs: nextChangeMs(endpoint, snapshot, nowMs) });
  return terms;
}

const withPolicies = new WeakMap<Snapshot, ReadonlySet<string | null>>();
function hasPolicies(snapshot: Snapshot, organizationId: OrganizationId): boolean {
  let organizations = withPolicies.get(snapshot);
  if (!organizations) {
    organizations = new Set(snapshot.policies.map((policy) => policy.organizationId));
    withPolicies.set(snapshot, organizations);
  }
  return organizations.has(organizationId);
}

function workOut(
  endpoint: Endpoint,
  organizationId: OrganizationId,
  snapshot: Snapshot,
  nowMs: number,
): EndpointTerms | null {
  const scope = {
    organizationId,
    providerId: endpoint.provider.id,
    modelId: endpoint.model.id,
  };
  const { charge, cost, policy, step } = termsAt(
    {
      organizationLists: endpoint.ownCharges.get(organizationId) ?? [],
      chargeLists: endpoint.charges,
      costLists: endpoint.costs,
      policies: snapshot.policies,
      steps: snapshot.steps,
    },
    scope,
    nowMs,
  );
  if (charge === null) return null;
  const now = atInstant(charge, nowMs);
  if (endpoint.unpriced.some((meter) => unitPrice(now, meter, 0n) === null)) return null;
  const feePolicy = policyAt(snapshot.policies, scope, nowMs, "own_key_fee");
  return {
    charge: now,
    chargePolicy: policy?.id ?? null,
    cost: cost && atInstant(cost, nowMs),
    costStep: step?.id ?? null,
    fee: feeUnder(now, feePolicy),
    feePolicy: feePolicy?.id ?? null,
  };
}

const minuteMs = 60_000;

/** The next instant at which something may begin or end; with hours in a list the next minute. */
function nextChangeMs(endpoint: Endpoint, snapshot: Snapshot, nowMs: number): number {
  const lists = [
    ...endpoint.charges,
    ...endpoint.costs,
    ...[...endpoint.ownCharges.values()].flat(),
  ];
  const instants = [
    ...lists.flatMap((list) => [list.effectiveAtMs, list.expiresAtMs ?? 0]),
    ...snapshot.policies.map((policy) => policy.effectiveAtMs),
    ...snapshot.steps.map((step) => step.effectiveAtMs),
    ...(lists.some((list) => list.lines.some((line) => line.hours))
      ? [(Math.floor(nowMs / minuteMs) + 1) * minuteMs]
      : []),
  ];
  return instants.reduce(
    (next, instant) => (instant > nowMs && instant < next ? instant : next),
    Number.POSITIVE_INFINITY,
  );
}
