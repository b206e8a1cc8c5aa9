import { asc } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { DatedPolicy } from "#schema/money/in-force.ts";
import { pricingPolicies } from "#schema/tables/catalogue.ts";

/** All policies in the order of their publication, as `policyAt` takes them. */
export async function readPolicies(tx: Transaction): Promise<DatedPolicy[]> {
  const rows = await tx
    .select()
    .from(pricingPolicies)
    .orderBy(asc(pricingPolicies.publishedAt), asc(pricingPolicies.id));
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    basisPoints: row.basisPoints,
    organizationId: row.organizationId,
    providerId: row.providerId,
    modelId: row.modelId,
    effectiveAtMs: row.effectiveAt.getTime(),
  }));
}
