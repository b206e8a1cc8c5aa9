import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { AccountId, AllowanceId, OrganizationId, TransferId } from "#schema/ids.ts";
import { lockAccounts, moveMoney } from "#schema/ledger/move-money.ts";
import { formatDollars, picodollars, type Picodollars } from "#schema/money/amount.ts";
import { CommandError } from "../command-error.ts";
import { changeCreditLimit } from "./credit-allowance.ts";
import { readGivenBack } from "./read-given-back.ts";
import { HeldCredit } from "./held-credit.ts";

/**
 * Takes credit back from an organization that one grant or purchase had given it, to where it had come from: at most
 * what was not taken back of that transfer before, and at most what is neither spent nor held by gateways. The limit
 * of the credit goes down by as much. Locks come first and numbers are read after them, so neither two of these nor a
 * lease at the same moment can have the same money.
 * @throws {HeldCredit} when it would pass without what gateways hold; {CommandError} conflict with what would pass.
 */
export async function takeBackCredit(
  tx: Transaction,
  input: {
    kind: "refund" | "correction";
    transfer: {
      id: TransferId;
      amount: Picodollars;
      fromAccountId: AccountId;
      toAccountId: AccountId;
    };
    organizationId: OrganizationId;
    /** Null: all of the transfer that was not taken back before. */
    amount: Picodollars | null;
    actor: string;
    note: string | null;
    idempotencyKey: string | null;
  },
): Promise<{ transferId: TransferId; amount: Picodollars }> {
  const { kind, transfer, organizationId, actor, note, idempotencyKey } = input;
  await lockAccounts(tx, [transfer.fromAccountId, transfer.toAccountId]);
  const givenBack = await readGivenBack(tx, { transferId: transfer.id });
  const rest = transfer.amount - givenBack;
  const amount = input.amount ?? rest;
  const story = `${formatDollars(transfer.amount)} USD came with ${transfer.id}, of which ${formatDollars(givenBack)} went back before`;
  if (rest === 0n) throw new CommandError("conflict", `nothing is left to take back: ${story}`);
  if (amount <= 0n)
    throw new CommandError(
      "bad_request",
      `amount: expected more than 0 USD, got ${formatDollars(amount)}`,
    );

  const credit = await lockCredit(tx, organizationId);
  const unspent = credit.limit > credit.used ? credit.limit - credit.used : 0n;
  const free = unspent > credit.leased ? unspent - credit.leased : 0n;
  const passes = rest < free ? rest : free;
  if (amount > passes) {
    const refusal = `amount: at most ${formatDollars(passes)} USD can go back now, ${formatDollars(amount)} was asked for; ${story}, and ${formatDollars(unspent)} of the organization's credit is unspent`;
    if (credit.leased <= 0n || passes === rest) throw new CommandError("conflict", refusal);
    throw new HeldCredit(
      `${refusal}. Running gateways hold ${formatDollars(credit.leased)} of that for requests that are under way or not booked yet, and were asked for what they hold idle. Try again when these have ended, suspend the organization first if they do not end, forfeit a gateway that does not come back, or take back what passes now`,
      credit.allowance,
    );
  }
  await changeCreditLimit(tx, organizationId, -amount);
  const transferId = await moveMoney(tx, {
    kind,
    from: transfer.toAccountId,
    to: transfer.fromAccountId,
    amount: picodollars(amount),
    eventAt: new Date(),
    actor,
    note,
    idempotencyKey,
    correctsTransferId: transfer.id,
  });
  return { transferId, amount: picodollars(amount) };
}

/** Reads the credit and keeps it as it is until the transaction ends: a lease waits for the lock and reads the limit after it. */
async function lockCredit(
  tx: Transaction,
  organizationId: OrganizationId,
): Promise<{ allowance: AllowanceId; limit: bigint; used: bigint; leased: bigint }> {
  const credit = sql`subject_kind = 'organization' and subject_id = ${organizationId} and unit = 'picodollars' and window_kind = 'lifetime'`;
  // The row to lock has to be there before anything was ever leased.
  await tx.execute(sql`
    insert into allowance_uses (allowance_id, window_start) select id, to_timestamp(0) from allowances where ${credit} on conflict do nothing`);
  await tx.execute(sql`
    select u.used from allowance_uses u join allowances l on l.id = u.allowance_id where ${credit} for update of u`);
  const [row] = await tx.execute<{
    id: AllowanceId;
    limit_amount: string;
    used: string;
    leased: string;
  }>(sql`
    select l.id, l.limit_amount, coalesce(u.used, 0) as used, coalesce(u.leased, 0) as leased
      from allowances l left join allowance_uses u on u.allowance_id = l.id where ${credit}`);
  if (!row) throw new Error(`organization ${organizationId} has no credit allowance`);
  return {
    allowance: row.id,
    limit: BigInt(row.limit_amount),
    used: BigInt(row.used),
    leased: BigInt(row.leased),
  };
}
