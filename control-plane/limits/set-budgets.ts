import { anyModel } from "#schema/bounds.ts";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId, WorkspaceId } from "#schema/ids.ts";
import type { Picodollars } from "#schema/money/amount.ts";
import { checkBudgetOrder } from "./check-budget-order.ts";
import { budgetIntervals, budgetWindows, type BudgetInterval } from "./limit-words.ts";
import { lockSubject } from "./lock-subject.ts";
import { putLimit } from "./put-limit.ts";

/**
 * Sets several budgets of a workspace as one: only what stands in the end must be in order, so that all of them can be
 * raised or lowered at once. What is not named stays, null takes a budget away.
 * @returns the intervals that changed.
 * @throws {CommandError} bad_request for an order that is not strict (contract L-11); not_found.
 */
export async function setBudgets(
  tx: Transaction,
  {
    organizationId,
    workspaceId,
    budgets,
  }: {
    organizationId: OrganizationId;
    workspaceId: WorkspaceId;
    budgets: Partial<Record<BudgetInterval, Picodollars | null>>;
  },
): Promise<{ changed: BudgetInterval[]; sequence: number | null }> {
  const workspace = { kind: "workspace", id: workspaceId } as const;
  const subject = await lockSubject(tx, organizationId, workspace);
  const changed: BudgetInterval[] = [];
  for (const interval of budgetIntervals) {
    const limit = budgets[interval];
    if (limit === undefined) continue;
    const put = await putLimit(tx, {
      organizationId,
      subject: workspace,
      unit: "picodollars",
      window: budgetWindows[interval],
      scope: anyModel,
      origin: "set",
      limit,
    });
    if (put.changed) changed.push(interval);
  }
  if (changed.length === 0) return { changed, sequence: null };
  await checkBudgetOrder(tx, workspaceId, null);
  return { changed, sequence: await subject.tell() };
}
