import { and, eq, isNotNull } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { showDollars } from "#schema/money/amount.ts";
import { allowances } from "#schema/tables/allowances.ts";
import { CommandError } from "../command-error.ts";
import { budgetIntervals, budgetWindows, type BudgetInterval } from "./limit-words.ts";

/**
 * Holds a workspace's budgets to their order, as they are now in the transaction: lifetime above monthly above weekly above
 * daily, strictly (contract L-11). A wider one that is not above a narrower one would make the narrower one meaningless.
 * @param changed the interval that was just set, which the message is about; null: any.
 * @throws {CommandError} bad_request with what would pass.
 */
export async function checkBudgetOrder(
  tx: Transaction,
  workspaceId: string,
  changed: BudgetInterval | null,
): Promise<void> {
  const rows = await tx
    .select({ window: allowances.window, limit: allowances.limit })
    .from(allowances)
    .where(
      and(
        eq(allowances.subjectKind, "workspace"),
        eq(allowances.subjectId, workspaceId),
        eq(allowances.unit, "picodollars"),
        isNotNull(allowances.limit),
      ),
    );
  const budgets = budgetIntervals.flatMap((interval) => {
    const limit = rows.find(({ window }) => window === budgetWindows[interval])?.limit ?? null;
    return limit === null ? [] : [{ interval, limit }];
  });
  for (const [at, wider] of budgets.entries()) {
    const narrower = budgets[at + 1];
    if (!narrower || wider.limit > narrower.limit) continue;
    const about = changed ?? narrower.interval;
    const index = budgets.findIndex(({ interval }) => interval === about);
    const below = budgets[index - 1];
    const above = budgets[index + 1];
    const passes = [
      ...(above ? [`above $${showDollars(above.limit)} (the ${above.interval} budget)`] : []),
      ...(below ? [`below $${showDollars(below.limit)} (the ${below.interval} budget)`] : []),
    ].join(" and ");
    throw new CommandError(
      "bad_request",
      `limit: a workspace's budgets must be strictly ordered, lifetime above monthly above weekly above daily; ` +
        `a ${about} budget must be ${passes}, got $${showDollars(budgets[index]?.limit ?? 0n)}`,
    );
  }
}
