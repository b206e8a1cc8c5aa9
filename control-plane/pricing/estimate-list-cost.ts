import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { ProviderId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import type { DatedStep } from "#schema/money/in-force.ts";
import { windowEnd } from "#schema/windows.ts";

const hourMs = 3_600_000;
const wholeBasisPoints = 10_000;

/**
 * At least what a provider's list cost of a month comes to, from the hourly roll-up: what we paid in each hour, divided by
 * what the discount of that hour left. It is above the exact sum by at most a picodollar a unit, and by the discount in
 * the hours around a step; so it can say cheaply that no tier has been passed, and nothing more.
 * @returns picodollars; "unbounded" when a discount leaves nothing to be paid.
 */
export async function estimateListCost(
  tx: Transaction,
  provider: { id: ProviderId; slug: string },
  { month, steps }: { month: Date; steps: readonly DatedStep[] },
): Promise<Picodollars | "unbounded"> {
  const end = windowEnd("month", month) ?? month;
  const hours = await tx.execute<{ hour_ms: string; cost: string }>(sql`
    select (extract(epoch from hour) * 1000)::bigint::text as hour_ms, sum(cost)::text as cost
    from usage_hours where provider = ${provider.slug}
      and hour >= ${month.toISOString()}::timestamptz and hour < ${end.toISOString()}::timestamptz
    group by hour`);
  let total = 0n;
  for (const { hour_ms: hour, cost } of hours) {
    const most = mostOff(steps, +hour - hourMs, +hour + hourMs);
    if (most === wholeBasisPoints) return "unbounded";
    const left = BigInt(wholeBasisPoints - most);
    total += (BigInt(cost) * BigInt(wholeBasisPoints) + left - 1n) / left;
  }
  return picodollars(total);
}

/** The largest step that any gateway could have gone by between two instants. An hour before: one may be late in hearing of it. */
function mostOff(steps: readonly DatedStep[], fromMs: number, toMs: number): number {
  // In the order of their publication, the last that is effective at `fromMs` and all that begin after.
  const before = steps.filter((step) => step.effectiveAtMs <= fromMs);
  const newest = Math.max(...before.map((step) => step.effectiveAtMs));
  return Math.max(
    0,
    ...before.filter((step) => step.effectiveAtMs === newest).map((step) => step.basisPoints),
    ...steps
      .filter((step) => step.effectiveAtMs > fromMs && step.effectiveAtMs < toMs)
      .map((step) => step.basisPoints),
  );
}
