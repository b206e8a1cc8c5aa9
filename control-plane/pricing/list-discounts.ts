import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { DiscountId, ProviderId } from "#schema/ids.ts";
import { stepAt } from "#schema/money/in-force.ts";
import { providers, volumeDiscounts } from "#schema/tables/catalogue.ts";
import { windowStart } from "#schema/windows.ts";
import { estimateListCost } from "./estimate-list-cost.ts";
import { readSteps } from "./read-steps.ts";

export type ListedDiscount = typeof volumeDiscounts.$inferSelect & {
  /** The provider's slug. */
  provider: string;
  state: "in force" | "scheduled" | "past";
  /** What holds for the provider now, in basis points. */
  stepNow: number;
  /** About what was bought of it this month at list cost (`estimateListCost`), in picodollars; null: it cannot be told. */
  monthAbout: bigint | null;
};

/** Volume discounts, the newest first; `next` is the `after` of the next page, or null on the last. */
export async function listDiscounts(
  tx: Transaction,
  input: {
    providerId?: ProviderId | undefined;
    history: boolean;
    limit: number;
    after: string | null;
    now: Date;
  },
): Promise<{ rows: ListedDiscount[]; next: DiscountId | null }> {
  const at = sql`${input.now.toISOString()}::timestamptz`;
  const { id, providerId, effectiveAt, expiresAt, publishedAt } = volumeDiscounts;
  const state = sql<ListedDiscount["state"]>`case when ${effectiveAt} > ${at} then 'scheduled'
    when ${expiresAt} <= ${at} or exists (select from volume_discounts later where later.provider_id = ${providerId}
      and later.effective_at <= ${at} and (later.expires_at is null or later.expires_at > ${at})
      and (later.effective_at, later.published_at, later.id) > (${effectiveAt}, ${publishedAt}, ${id})) then 'past'
    else 'in force' end`;
  const found = await tx
    .select({ discount: volumeDiscounts, provider: providers.slug, state })
    .from(volumeDiscounts)
    .innerJoin(providers, eq(providers.id, providerId))
    .where(
      and(
        input.providerId && eq(providerId, input.providerId),
        input.history ? undefined : sql`${state} <> 'past'`,
        input.after === null
          ? undefined
          : sql`(${effectiveAt}, ${publishedAt}, ${id}) < (select effective_at, published_at, id from volume_discounts where id = ${input.after})`,
      ),
    )
    .orderBy(sql`${effectiveAt} desc, ${publishedAt} desc, ${id} desc`)
    .limit(input.limit + 1);
  const month = windowStart("month", input.now);
  const rows: ListedDiscount[] = [];
  for (const { discount, provider, state: ofDiscount } of found.slice(0, input.limit)) {
    const steps = await readSteps(tx, discount.providerId);
    const about = await estimateListCost(
      tx,
      { id: discount.providerId, slug: provider },
      { month, steps },
    );
    rows.push({
      ...discount,
      provider,
      state: ofDiscount,
      stepNow: stepAt(steps, discount.providerId, input.now.getTime())?.basisPoints ?? 0,
      monthAbout: about === "unbounded" ? null : about,
    });
  }
  return { rows, next: found.length > input.limit ? (rows.at(-1)?.id ?? null) : null };
}
