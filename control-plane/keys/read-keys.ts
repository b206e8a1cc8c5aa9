import { and, desc, eq, inArray, sql, type SQL } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { KeyId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import { allowances, allowanceUses } from "#schema/tables/allowances.ts";
import { usageHours } from "#schema/tables/generations.ts";
import { keys } from "#schema/tables/keys.ts";
import { windowOfReset, windowStart } from "#schema/windows.ts";

type Row = typeof keys.$inferSelect;

/** A key and what it spent, in picodollars, in the current UTC day, week (from Monday), month, and in all. */
export type KeyWithUsage = Row & {
  usage: Picodollars;
  usageDaily: Picodollars;
  usageWeekly: Picodollars;
  usageMonthly: Picodollars;
  /** What the key's own limit leaves in its current window, never below zero; null without a limit. */
  limitRemaining: Picodollars | null;
};

/** Keys by a condition, newest first, with usage. Revoked ones are among them unless the condition says otherwise. */
export async function readKeys(
  tx: Transaction,
  where: SQL | undefined,
  page: { limit: number; offset: number },
): Promise<KeyWithUsage[]> {
  const rows = await tx
    .select()
    .from(keys)
    .where(where)
    .orderBy(desc(keys.createdAt), desc(keys.id))
    .limit(page.limit)
    .offset(page.offset);
  if (rows.length === 0) return [];
  const now = new Date();
  const ids = rows.map((row) => row.id);
  const since = (window: "day" | "week" | "month") =>
    sql`coalesce(sum(${usageHours.charge}) filter (where ${usageHours.hour} >= ${windowStart(window, now).toISOString()}::timestamptz), 0)`.mapWith(
      usageHours.charge,
    );
  const spent = await tx
    .select({
      keyId: usageHours.keyId,
      usage: sql`sum(${usageHours.charge})`.mapWith(usageHours.charge),
      usageDaily: since("day"),
      usageWeekly: since("week"),
      usageMonthly: since("month"),
    })
    .from(usageHours)
    .where(
      and(
        inArray(usageHours.organizationId, [...new Set(rows.map((row) => row.organizationId))]),
        inArray(usageHours.keyId, ids),
      ),
    )
    .groupBy(usageHours.keyId);
  const uses = await tx
    .select({
      keyId: allowances.subjectId,
      window: allowances.window,
      windowStart: allowanceUses.windowStart,
      used: allowanceUses.used,
    })
    .from(allowances)
    .innerJoin(allowanceUses, eq(allowanceUses.allowanceId, allowances.id))
    .where(
      and(
        eq(allowances.subjectKind, "key"),
        eq(allowances.unit, "picodollars"),
        inArray(allowances.subjectId, ids),
        // Only the current window of each kind: a lifetime starts at the epoch.
        inArray(
          allowanceUses.windowStart,
          (["lifetime", "month", "week", "day"] as const).map((window) => windowStart(window, now)),
        ),
      ),
    );
  const spentBy = new Map<KeyId, (typeof spent)[number]>(spent.map((row) => [row.keyId, row]));
  return rows.map((row) => {
    const window = windowOfReset(row.limitReset);
    const start = windowStart(window, now).getTime();
    const use = uses.find(
      (found) =>
        found.keyId === row.id && found.window === window && found.windowStart.getTime() === start,
    );
    const left = row.limit === null ? null : row.limit - (use?.used ?? 0n);
    const sums = spentBy.get(row.id);
    return {
      ...row,
      usage: picodollars(sums?.usage ?? 0n),
      usageDaily: picodollars(sums?.usageDaily ?? 0n),
      usageWeekly: picodollars(sums?.usageWeekly ?? 0n),
      usageMonthly: picodollars(sums?.usageMonthly ?? 0n),
      limitRemaining: left === null ? null : picodollars(left > 0n ? left : 0n),
    };
  });
}
