import { z } from "zod";
import { formatDollars } from "#schema/money/amount.ts";
import { grantCredits } from "../credits/grant-credits.ts";
import { readCredits } from "../credits/read-credits.ts";
import { reconcile } from "../credits/reconcile.ts";
import { runCommand } from "../run-command.ts";
import { dollars, organization, reference } from "./inputs.ts";
import { organizationOf } from "./organization-of.ts";
import { operatorProcedure, readProcedure, router } from "./procedures.ts";

export const creditsRouter = router({
  /** With an `idempotencyKey` it is safe to repeat: the second answer says `replayed`. */
  grant: operatorProcedure
    .input(
      z.strictObject({
        organization: reference,
        amount: dollars,
        note: z.string().max(500).nullable().default(null),
        idempotencyKey: z.string().min(1).max(200).nullable().default(null),
      }),
    )
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id } = await organizationOf(tx, ctx.actor, input.organization);
        const granted = await grantCredits(tx, {
          ...input,
          organizationId: id,
          actor: ctx.actor.keyId,
        });
        return { ...granted, balance: formatDollars(granted.balance) };
      }),
    ),

  get: readProcedure
    .input(z.strictObject({ organization }).prefault({}))
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const { id } = await organizationOf(db, ctx.actor, input.organization);
      const credits = await readCredits(db, id);
      return {
        granted: formatDollars(credits.granted),
        used: formatDollars(credits.used),
        leased: formatDollars(credits.leased),
        balance: formatDollars(credits.balance),
      };
    }),

  /** Proves the books; every check with no differences is what is promised. */
  reconcile: operatorProcedure.query(({ ctx }) => reconcile(ctx.runtime.db)),
});
