import { and, desc, eq, isNull, lte, ne, sql, type SQL } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Transaction } from "#schema/database.ts";
import { mintId, type OrganizationId, type PolicyId, type ProviderId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { type PolicyKind } from "#schema/money/policy.ts";
import { pricingPolicies } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";

/** Whom a policy is for; null is everyone, every provider, every model. */
export type PolicyScope = {
  organizationId: OrganizationId | null;
  providerId: ProviderId | null;
  modelId: string | null;
};

const wholeBasisPoints = 10_000;
/** A margin or a fee of a hundred times the price is a slip of the decimal point. */
const basisPointsMax = 1_000_000;
// Clocks differ and requests take time; further back would say that requests were answered under another policy.
const pastMsMax = 60_000;

/**
 * Sets how charges are made for a scope from an instant on. Rows are only ever added, and of a scope the newest holds;
 * `list` with 0 basis points charges the list as it is, also where a wider policy would take something off.
 * @param input basisPoints hundredths of a percent: taken off the list (`list_discount`), put onto our net cost
 *   (`cost_plus`), passed on of the provider's discount (`pass_on`), asked of the list for own credentials (`own_key_fee`).
 * @returns the policy that holds from then on; `sequence` is null when it did so anyway.
 * @throws {CommandError} bad_request for basis points that the kind cannot have, and for an instant that is past.
 */
export async function setPolicy(
  tx: Transaction,
  input: PolicyScope & {
    kind: PolicyKind;
    basisPoints: number;
    effectiveAt: Date;
    note: string | null;
    /** Who set it: a key's id. */
    publishedBy: string;
  },
  now: Date,
): Promise<{ id: PolicyId; unchanged: boolean; sequence: number | null }> {
  checkPolicy(input);
  if (input.effectiveAt.getTime() < now.getTime() - pastMsMax) {
    throw new CommandError(
      "bad_request",
      `effectiveAt: ${input.effectiveAt.toISOString()} is past; a policy holds for requests to come`,
    );
  }
  // Two who set the same at once must not both add it, and there may be no row to lock yet.
  await tx.execute(sql`select pg_advisory_xact_lock(7417071031)`);
  const [inForce] = await tx
    .select()
    .from(pricingPolicies)
    .where(
      and(
        isNullOr(pricingPolicies.organizationId, input.organizationId),
        isNullOr(pricingPolicies.providerId, input.providerId),
        isNullOr(pricingPolicies.modelId, input.modelId),
        input.kind === "own_key_fee"
          ? eq(pricingPolicies.kind, "own_key_fee")
          : ne(pricingPolicies.kind, "own_key_fee"),
        lte(pricingPolicies.effectiveAt, input.effectiveAt),
      ),
    )
    .orderBy(desc(pricingPolicies.effectiveAt), desc(pricingPolicies.publishedAt))
    .limit(1);
  if (inForce && inForce.kind === input.kind && inForce.basisPoints === input.basisPoints)
    return { id: inForce.id, unchanged: true, sequence: null };
  const id = mintId("policy");
  await tx.insert(pricingPolicies).values({
    id,
    organizationId: input.organizationId,
    providerId: input.providerId,
    modelId: input.modelId,
    kind: input.kind,
    basisPoints: input.basisPoints,
    effectiveAt: input.effectiveAt,
    publishedBy: input.publishedBy,
    note: input.note,
  });
  return { id, unchanged: false, sequence: await recordChange(tx, "catalogue", "") };
}

/** @throws {CommandError} bad_request when a policy of the kind cannot have these basis points. */
export function checkPolicy({
  kind,
  basisPoints,
}: {
  kind: PolicyKind;
  basisPoints: number;
}): void {
  const most = {
    list: 0,
    list_discount: wholeBasisPoints,
    pass_on: wholeBasisPoints,
    cost_plus: basisPointsMax,
    own_key_fee: basisPointsMax,
  }[kind];
  if (Number.isInteger(basisPoints) && basisPoints >= 0 && basisPoints <= most) return;
  throw new CommandError(
    "bad_request",
    kind === "list"
      ? `basisPoints: the policy list charges the list as it is; expected 0, got ${basisPoints}`
      : `basisPoints: expected a whole number from 0 to ${most} for ${kind} (100 are one percent), got ${basisPoints}`,
  );
}

const isNullOr = (column: PgColumn, value: string | null): SQL =>
  value === null ? isNull(column) : eq(column, value);
