import { z } from "zod";
import type { Database, Transaction } from "#schema/database.ts";
import { formatDollars } from "#schema/money/amount.ts";
import { applyRateTiers } from "../limits/apply-rate-tiers.ts";
import { listRateTiers } from "../limits/list-rate-tiers.ts";
import { removeRateTier } from "../limits/remove-rate-tier.ts";
import { setRateTier } from "../limits/set-rate-tier.ts";
import type { RateTier } from "../limits/tier-bounds.ts";
import { commit, isAppliedEverywhere } from "../run-command.ts";
import { dollars, slug } from "./inputs.ts";
import { operatorProcedure, readProcedure, router } from "./procedures.ts";

const bound = z
  .number()
  .int("expected a whole number, or null for no bound")
  .min(0)
  .max(1_000_000_000_000)
  .nullable()
  .default(null);

export const rateTiersRouter = router({
  /** Adds a tier, or makes the one of that name say this, and puts every organization into its tier. */
  set: operatorProcedure
    .input(
      z.strictObject({
        name: slug,
        /** USD of credit ever bought, from which on it holds. */
        purchasedMin: dollars,
        requestsPerMinute: bound,
        tokensPerMinute: bound,
        concurrentRequests: bound,
        freeRequestsPerMinute: bound,
        freeRequestsPerDay: bound,
      }),
    )
    .mutation(({ ctx, input }) => change(ctx.runtime.db, (tx) => setRateTier(tx, input))),

  list: readProcedure.query(async ({ ctx }) => ({
    rows: (await listRateTiers(ctx.runtime.db)).map(shown),
  })),

  /** Its organizations fall to the tier below; below the lowest nothing is bounded. */
  remove: operatorProcedure
    .input(z.strictObject({ name: slug }))
    .mutation(({ ctx, input }) => change(ctx.runtime.db, (tx) => removeRateTier(tx, input.name))),
});

async function change(
  db: Database,
  verb: (tx: Transaction) => Promise<void>,
): Promise<{ organizationsChanged: number; appliedEverywhere: boolean }> {
  await commit(db, verb);
  const { changed, sequence } = await applyRateTiers(db);
  return {
    organizationsChanged: changed,
    appliedEverywhere: sequence === null || (await isAppliedEverywhere(db, sequence)),
  };
}

const shown = ({ updatedAt, purchasedMin, ...tier }: RateTier) => ({
  ...tier,
  purchasedMin: formatDollars(purchasedMin),
  updatedAt: updatedAt.toISOString(),
});
