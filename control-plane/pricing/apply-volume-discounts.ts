import { asc, eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type DiscountId, type ProviderId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import { stepAt, type DatedStep } from "#schema/money/in-force.ts";
import { discountSteps, providers, volumeDiscounts } from "#schema/tables/catalogue.ts";
import { windowEnd, windowStart } from "#schema/windows.ts";
import { estimateListCost } from "./estimate-list-cost.ts";
import { readSteps } from "./read-steps.ts";
import { sumListCost } from "./sum-list-cost.ts";

/** Steps are set this far ahead, so that every gateway has read one before it holds (it takes a second, or ten by timer). */
const leadMs = 10_000;

type Discount = Pick<
  typeof volumeDiscounts.$inferSelect,
  "id" | "tiers" | "effectiveAt" | "expiresAt"
>;

/**
 * Brings the steps of volume discounts up to date with what was bought this month: when a tier is passed, a step that
 * holds in ten seconds, and one for the next month's first instant, when counting starts anew; likewise for discounts
 * that begin or end later. Steps are only added, and only where what is recorded differs from what must hold, so this
 * may run twice, late, or at once with itself: they wait for each other.
 * @returns how many steps it added.
 */
export async function applyVolumeDiscounts(tx: Transaction, now: Date): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(7417071032)`);
  const rows = await tx
    .select({ discount: volumeDiscounts, slug: providers.slug })
    .from(volumeDiscounts)
    .innerJoin(providers, eq(providers.id, volumeDiscounts.providerId))
    .orderBy(asc(volumeDiscounts.effectiveAt), asc(volumeDiscounts.publishedAt));
  let added = 0;
  for (const [providerId, ofProvider] of Map.groupBy(rows, (row) => row.discount.providerId)) {
    const discounts = ofProvider.map(({ discount }) => discount);
    added += await applyToProvider(
      tx,
      { id: providerId, slug: ofProvider[0]?.slug ?? "", discounts },
      now,
    );
  }
  if (added > 0) await recordChange(tx, "catalogue", "");
  return added;
}

async function applyToProvider(
  tx: Transaction,
  provider: { id: ProviderId; slug: string; discounts: readonly Discount[] },
  now: Date,
): Promise<number> {
  const soon = new Date(now.getTime() + leadMs);
  const steps = await readSteps(tx, provider.id);
  const month = windowStart("month", soon);
  const estimate = await estimateListCost(tx, provider, { month, steps });
  let exact: Picodollars | null = null;
  let added = 0;
  for (const at of instantsToLookAt(provider.discounts, soon)) {
    const inThisMonth = windowStart("month", at).getTime() === month.getTime();
    const recorded = stepAt(steps, provider.id, at.getTime())?.basisPoints ?? 0;
    let must = mustHold(provider.discounts, at, inThisMonth ? estimate : picodollars(0n));
    if (must.basisPoints === recorded) continue;
    if (inThisMonth) {
      // The estimate says whether to look; only the exact sum says what holds.
      exact ??= await sumListCost(tx, provider.id, month);
      must = mustHold(provider.discounts, at, exact);
      if (must.basisPoints === recorded) continue;
    }
    if (must.discountId === null) continue;
    const step: DatedStep = {
      id: mintId("step"),
      providerId: provider.id,
      basisPoints: must.basisPoints,
      effectiveAtMs: at.getTime(),
    };
    await tx.insert(discountSteps).values({
      id: step.id as typeof discountSteps.$inferInsert.id,
      discountId: must.discountId,
      providerId: provider.id,
      basisPoints: must.basisPoints,
      volume: inThisMonth ? (exact ?? picodollars(0n)) : picodollars(0n),
      effectiveAt: at,
      publishedAt: sql`clock_timestamp()`,
    });
    steps.push(step);
    added++;
  }
  return added;
}

/** From soon on: soon, the next month's first instant, and whenever a discount begins or ends. Ascending. */
function instantsToLookAt(discounts: readonly Discount[], soon: Date): Date[] {
  const later = discounts.flatMap((discount) => [
    discount.effectiveAt,
    ...(discount.expiresAt === null ? [] : [discount.expiresAt]),
  ]);
  const all = [soon, windowEnd("month", soon) ?? soon, ...later].map((at) => at.getTime());
  return [...new Set(all)]
    .filter((atMs) => atMs >= soon.getTime())
    .toSorted((a, b) => a - b)
    .map((atMs) => new Date(atMs));
}

/** What must hold at an instant at which so much has been bought in its month; the discount that says so, or the last that did. */
function mustHold(
  discounts: readonly Discount[],
  at: Date,
  volume: Picodollars | "unbounded",
): { basisPoints: number; discountId: DiscountId | null } {
  const begun = discounts.filter((discount) => discount.effectiveAt <= at);
  const holding = begun.findLast(({ expiresAt }) => expiresAt === null || at < expiresAt);
  const tier = holding?.tiers.findLast(
    ({ above }) => above === "0" || volume === "unbounded" || volume > BigInt(above),
  );
  return {
    basisPoints: tier?.basisPoints ?? 0,
    discountId: (holding ?? begun.at(-1))?.id ?? null,
  };
}
