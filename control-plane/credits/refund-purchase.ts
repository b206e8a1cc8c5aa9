import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { TransferId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { formatDollars, picodollars, type Picodollars } from "#schema/money/amount.ts";
import { accounts, transfers } from "#schema/tables/ledger.ts";
import { CommandError } from "../command-error.ts";
import { applyRateTier } from "../limits/apply-rate-tier.ts";
import { earlierTransfer } from "./earlier-transfer.ts";
import { readCredits } from "./read-credits.ts";
import { takeBackCredit } from "./take-back-credit.ts";

/**
 * Gives money of a purchase back: from the organization's credit to the house's cash, and out of what gateways may
 * lease. At most what was not refunded of it before, and at most what is neither spent nor held by gateways; credit that
 * was granted counts as spent first. The rate tier follows what remains bought.
 *
 * `reference` is the refund's own id where the money goes back: the same again moves nothing and says `replayed`.
 * @throws {HeldCredit} when gateways hold what is missing: run it `recalling`. {CommandError} not_found for the purchase,
 *   conflict with the number that would pass, or when the reference belongs to another refund.
 */
export async function refundPurchase(
  tx: Transaction,
  input: {
    purchase: TransferId;
    /** Null: all of it that was not refunded before. */
    amount: Picodollars | null;
    actor: string;
    reference: string;
    note?: string | null | undefined;
  },
): Promise<{
  transferId: TransferId;
  amount: Picodollars;
  balance: Picodollars;
  replayed: boolean;
  sequence: number | null;
}> {
  const { purchase, reference } = input;
  const [found] = await tx
    .select({ transfer: transfers, organizationId: accounts.organizationId })
    .from(transfers)
    .innerJoin(accounts, eq(accounts.id, transfers.toAccountId))
    .where(eq(transfers.id, purchase));
  const organizationId = found?.organizationId;
  if (!found || found.transfer.kind !== "purchase" || !organizationId) {
    throw new CommandError(
      "not_found",
      `purchase: ${found ? `${purchase} is a ${found.transfer.kind}` : `no transfer has the id ${purchase}`}; expected the id of a purchase (a statement of the organization lists them)`,
    );
  }
  const idempotencyKey = `refund:${organizationId}:${reference}`;
  const earlier = await earlierTransfer(tx, idempotencyKey);
  if (earlier) {
    const isSame =
      earlier.correctsTransferId === purchase &&
      (input.amount === null || input.amount === earlier.amount);
    if (!isSame) {
      throw new CommandError(
        "conflict",
        `reference: ${JSON.stringify(reference)} already refunded ${formatDollars(earlier.amount)} USD of ${earlier.correctsTransferId}; use another one for another refund`,
      );
    }
    const { balance } = await readCredits(tx, organizationId);
    return {
      transferId: earlier.id,
      amount: earlier.amount,
      balance,
      replayed: true,
      sequence: null,
    };
  }
  const { transferId, amount } = await takeBackCredit(tx, {
    kind: "refund",
    transfer: found.transfer,
    organizationId,
    amount: input.amount,
    actor: input.actor,
    note: input.note ?? null,
    idempotencyKey,
  });
  await applyRateTier(tx, organizationId);
  const { balance } = await readCredits(tx, organizationId);
  return {
    transferId,
    amount,
    balance: picodollars(balance),
    replayed: false,
    sequence: await recordChange(tx, "organization", organizationId),
  };
}
