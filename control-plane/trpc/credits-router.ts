import { z } from "zod";
import { parseId, type TransferId } from "#schema/ids.ts";
import { formatDollars } from "#schema/money/amount.ts";
import { CommandError } from "../command-error.ts";
import { correctTransfer } from "../credits/correct-transfer.ts";
import { grantCredits } from "../credits/grant-credits.ts";
import { recalling } from "../credits/held-credit.ts";
import { purchaseCredits } from "../credits/purchase-credits.ts";
import { readCredits } from "../credits/read-credits.ts";
import { reconcile } from "../credits/reconcile.ts";
import { refundGeneration } from "../credits/refund-generation.ts";
import { refundPurchase } from "../credits/refund-purchase.ts";
import { commit, runCommand } from "../run-command.ts";
import { dollars, organization, reference } from "./inputs.ts";
import { organizationOf } from "./organization-of.ts";
import { operatorProcedure, readProcedure, router } from "./procedures.ts";

const note = z.string().max(500).nullable().default(null);
const idempotencyKey = z.string().min(1).max(200).nullable().default(null);
/** The id of a payment or a refund where the money was moved; a second one under it moves nothing. */
const paymentReference = z
  .string()
  .trim()
  .min(1, "expected the payment's own id, such as an invoice number; it is booked once")
  .max(200);
const reason = z
  .string()
  .trim()
  .min(1, "expected a reason in a few words; it stands in the statement")
  .max(500);
/** Absent: all that is left of what is given back. */
const part = dollars.nullable().default(null);

export const creditsRouter = router({
  /** With an `idempotencyKey` it is safe to repeat: the second answer says `replayed`. */
  grant: operatorProcedure
    .input(
      z.strictObject({
        organization: reference,
        amount: dollars,
        note,
        idempotencyKey,
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

  /** Books a payment that was received. The same `reference` again says `replayed`. */
  purchase: operatorProcedure
    .input(
      z.strictObject({
        organization: reference,
        amount: dollars,
        reference: paymentReference,
        note,
      }),
    )
    .mutation(({ ctx, input }) =>
      runCommand(ctx.runtime.db, async (tx) => {
        const { id } = await organizationOf(tx, ctx.actor, input.organization);
        const bought = await purchaseCredits(tx, {
          ...input,
          organizationId: id,
          actor: ctx.actor.keyId,
        });
        return { ...bought, balance: formatDollars(bought.balance) };
      }),
    ),

  /** Gives money of a purchase back, at most what is unspent; gateways are asked for what they hold. */
  refundPurchase: operatorProcedure
    .input(z.strictObject({ purchase: reference, amount: part, reference: paymentReference, note }))
    .mutation(({ ctx, input }) =>
      recalling(ctx.runtime.db, () =>
        runCommand(ctx.runtime.db, async (tx) => {
          const refunded = await refundPurchase(tx, {
            ...input,
            purchase: transferOf("purchase", input.purchase),
            actor: ctx.actor.keyId,
          });
          return {
            ...refunded,
            amount: formatDollars(refunded.amount),
            balance: formatDollars(refunded.balance),
          };
        }),
      ),
    ),

  /** Gives back what a generation was charged, whole or in part. */
  refundGeneration: operatorProcedure
    .input(z.strictObject({ generation: reference, amount: part, reason, idempotencyKey }))
    .mutation(async ({ ctx, input }) => {
      const refunded = await commit(ctx.runtime.db, (tx) =>
        refundGeneration(tx, { ...input, actor: ctx.actor.keyId }),
      );
      return {
        ...refunded,
        amount: formatDollars(refunded.amount),
        remaining: formatDollars(refunded.remaining),
        balance: formatDollars(refunded.balance),
      };
    }),

  /** Takes a mistaken grant, purchase or cost back, whole or in part. */
  correct: operatorProcedure
    .input(z.strictObject({ transfer: reference, amount: part, reason, idempotencyKey }))
    .mutation(({ ctx, input }) =>
      recalling(ctx.runtime.db, () =>
        runCommand(ctx.runtime.db, async (tx) => {
          const corrected = await correctTransfer(tx, {
            ...input,
            transfer: transferOf("transfer", input.transfer),
            actor: ctx.actor.keyId,
          });
          return { ...corrected, amount: formatDollars(corrected.amount) };
        }),
      ),
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

function transferOf(field: string, text: string): TransferId {
  const id = parseId("transfer", text);
  if (id === null)
    throw new CommandError("bad_request", `${field}: expected the id of a transfer (tr_…)`);
  return id;
}
