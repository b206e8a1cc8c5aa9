import { asc, eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { ProviderId } from "#schema/ids.ts";
import type { DatedStep } from "#schema/money/in-force.ts";
import { discountSteps } from "#schema/tables/catalogue.ts";

/** The steps of one provider's volume discounts, or of all, in the order of their publication, as `stepAt` takes them. */
export async function readSteps(tx: Transaction, providerId?: ProviderId): Promise<DatedStep[]> {
  const rows = await tx
    .select()
    .from(discountSteps)
    .where(providerId && eq(discountSteps.providerId, providerId))
    .orderBy(asc(discountSteps.publishedAt), asc(discountSteps.id));
  return rows.map((row) => ({
    id: row.id,
    providerId: row.providerId,
    basisPoints: row.basisPoints,
    effectiveAtMs: row.effectiveAt.getTime(),
  }));
}
