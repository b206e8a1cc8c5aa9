import { eq } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import type { Transaction } from "#schema/database.ts";
import type { TransferId } from "#schema/ids.ts";
import { lockAccounts, moveMoney } from "#schema/ledger/move-money.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { formatDollars, picodollars, type Picodollars } from "#schema/money/amount.ts";
import { accounts, transfers } from "#schema/tables/ledger.ts";
import { CommandError } from "../command-error.ts";
import { applyRateTier } from "../limits/apply-rate-tier.ts";
import { earlierTransfer } from "./earlier-transfer.ts";
import { readGivenBack } from "./read-given-back.ts";
import { takeBackCredit } from "./take-back-credit.ts";

type Transfer = typeof transfers.$inferSelect;

/**
 * Takes back a transfer that was a mistake, whole or in part, by a correction that names it. A grant, and a purchase
 * whose money never came, take back at most what is neither spent nor held; a cost (the provider billed less) at most
 * what is left of it. Usage is corrected generation by generation, and what was given back stays given.
 *
 * The same `idempotencyKey` for the same transfer again moves nothing and says `replayed`.
 * @throws {HeldCredit} when gateways hold what is missing: run it `recalling`. {CommandError} bad_request for a transfer
 *   of another kind, not_found, conflict with the number that would pass.
 */
export async function correctTransfer(
  tx: Transaction,
  input: {
    transfer: TransferId;
    /** Null: all of it that was not given back before. */
    amount: Picodollars | null;
    actor: string;
    reason: string;
    idempotencyKey?: string | null | undefined;
  },
): Promise<{
  transferId: TransferId;
  amount: Picodollars;
  replayed: boolean;
  sequence: number | null;
}> {
  const to = alias(accounts, "to_account");
  const [found] = await tx
    .select({ transfer: transfers, organizationId: to.organizationId })
    .from(transfers)
    .innerJoin(to, eq(to.id, transfers.toAccountId))
    .where(eq(transfers.id, input.transfer));
  if (!found)
    throw new CommandError("not_found", `transfer: no transfer has the id ${input.transfer}`);
  const { transfer, organizationId } = found;
  const idempotencyKey = input.idempotencyKey
    ? `correction:${transfer.id}:${input.idempotencyKey}`
    : null;
  const earlier = idempotencyKey === null ? null : await earlierTransfer(tx, idempotencyKey);
  if (earlier && input.amount !== null && input.amount !== earlier.amount) {
    throw new CommandError(
      "conflict",
      `idempotencyKey: ${JSON.stringify(input.idempotencyKey)} already took back ${formatDollars(earlier.amount)} USD of ${transfer.id}; use another one to take back more`,
    );
  }
  if (earlier)
    return { transferId: earlier.id, amount: earlier.amount, replayed: true, sequence: null };

  const booking = {
    amount: input.amount,
    actor: input.actor,
    note: input.reason,
    idempotencyKey,
  };
  switch (transfer.kind) {
    case "grant":
    case "purchase": {
      if (organizationId === null) throw new Error(`${transfer.id} gave credit to no organization`);
      const taken = await takeBackCredit(tx, {
        ...booking,
        kind: "correction",
        transfer,
        organizationId,
      });
      if (transfer.kind === "purchase") await applyRateTier(tx, organizationId);
      const sequence = await recordChange(tx, "organization", organizationId);
      return { ...taken, replayed: false, sequence };
    }
    case "cost":
      return { ...(await takeBackCost(tx, transfer, booking)), replayed: false, sequence: null };
    case "usage":
      throw new CommandError(
        "bad_request",
        `transfer: ${transfer.id} is the usage of many generations; give it back generation by generation (credits.refundGeneration), ledger.transfer lists them`,
      );
    case "refund":
    case "correction":
      throw new CommandError(
        "bad_request",
        `transfer: ${transfer.id} is a ${transfer.kind} itself and stands; book what is owed anew, as a ${transfer.kind === "refund" ? "purchase" : "grant or a purchase"} with a note that names it`,
      );
    default:
      return transfer.kind satisfies never;
  }
}

async function takeBackCost(
  tx: Transaction,
  transfer: Transfer,
  booking: {
    amount: Picodollars | null;
    actor: string;
    note: string;
    idempotencyKey: string | null;
  },
): Promise<{ transferId: TransferId; amount: Picodollars }> {
  await lockAccounts(tx, [transfer.fromAccountId, transfer.toAccountId]);
  const rest = transfer.amount - (await readGivenBack(tx, { transferId: transfer.id }));
  const amount = picodollars(booking.amount ?? rest);
  if (amount <= 0n || amount > rest) {
    throw new CommandError(
      "conflict",
      `amount: expected more than 0 and at most ${formatDollars(rest)} USD, which is what is left of ${transfer.id}; got ${formatDollars(amount)}`,
    );
  }
  const transferId = await moveMoney(tx, {
    ...booking,
    kind: "correction",
    from: transfer.toAccountId,
    to: transfer.fromAccountId,
    amount,
    eventAt: new Date(),
    correctsTransferId: transfer.id,
  });
  return { transferId, amount };
}
