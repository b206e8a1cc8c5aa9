/** Workspace budgets: the limits in USD of a workspace, by OpenRouter's names for their windows. */
import { z } from "zod";
import { anyModel } from "#schema/bounds.ts";
import type { Transaction } from "#schema/database.ts";
import type { Actor } from "../actor.ts";
import { budgetIntervals, budgetWindows, type BudgetInterval } from "../limits/limit-words.ts";
import { listLimits } from "../limits/list-limits.ts";
import type { LimitSlot } from "../limits/put-limit.ts";
import { removeLimit } from "../limits/remove-limit.ts";
import { setLimit } from "../limits/set-limit.ts";
import { runCommand } from "../run-command.ts";
import { dollars, organization, reference } from "./inputs.ts";
import { shownLimit, subjectOf } from "./limit-inputs.ts";
import { adminProcedure, readProcedure, router } from "./procedures.ts";

const interval = z.enum(budgetIntervals, {
  error: `expected one of ${budgetIntervals.join(", ")}`,
});
const budget = { organization, workspace: reference, interval };

export const budgetsRouter = router({
  /** Lifetime above monthly above weekly above daily, strictly. */
  set: adminProcedure
    .input(z.strictObject({ ...budget, limit: dollars }))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) =>
        setLimit(tx, { ...(await slotOf(tx, ctx.actor, input)), limit: input.limit }),
      ),
    ),

  list: readProcedure
    .input(z.strictObject({ organization, workspace: reference }))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const { organizationId, subject } = await subjectOf(db, ctx.actor, input);
      const { rows } = await listLimits(db, {
        organizationId,
        subjects: [subject],
        money: true,
        now: ctx.runtime.now(),
        limit: budgetIntervals.length, // one an interval, so all of them
        after: null,
      });
      return {
        rows: budgetIntervals.flatMap((each) => {
          const row = rows.find(({ window }) => window === budgetWindows[each]);
          return row ? [{ interval: each, ...shownLimit(row) }] : [];
        }),
      };
    }),

  remove: adminProcedure
    .input(z.strictObject(budget))
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => removeLimit(tx, await slotOf(tx, ctx.actor, input))),
    ),
});

async function slotOf(
  tx: Transaction,
  actor: Actor,
  input: { organization?: string | undefined; workspace: string; interval: BudgetInterval },
): Promise<LimitSlot> {
  return {
    ...(await subjectOf(tx, actor, input)),
    unit: "picodollars",
    window: budgetWindows[input.interval],
    scope: anyModel,
  };
}
