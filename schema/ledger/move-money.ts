import { sql } from "drizzle-orm";
import type { Transaction } from "../database.ts";
import {
  mintId,
  type AccountId,
  type OrganizationId,
  type ProviderId,
  type TransferId,
} from "../ids.ts";
import type { Picodollars } from "../money/amount.ts";
import type { AccountKind, TransferKind } from "../tables/ledger.ts";

type Owner = {
  kind: AccountKind;
  organizationId?: OrganizationId | null;
  providerId?: ProviderId | null;
};

/** The one account of a kind and owner, opened when it is not there yet. */
export async function accountOf(
  tx: Transaction,
  { kind, organizationId = null, providerId = null }: Owner,
): Promise<AccountId> {
  const find = sql`select id from accounts where kind = ${kind} and organization_id is not distinct from ${organizationId}
    and provider_id is not distinct from ${providerId}`;
  const [known] = await tx.execute<{ id: AccountId }>(find);
  if (known) return known.id;
  await tx.execute(sql`insert into accounts (id, kind, organization_id, provider_id)
    values (${mintId("account")}, ${kind}, ${organizationId}, ${providerId}) on conflict do nothing`);
  const [opened] = await tx.execute<{ id: AccountId }>(find);
  if (!opened)
    throw new Error(
      `account ${kind} of ${organizationId ?? providerId ?? "the house"} could not be opened`,
    );
  return opened.id;
}

export type Move = {
  /** Given when rows that name the transfer were written before it. */
  id?: TransferId;
  kind: TransferKind;
  from: AccountId;
  to: AccountId;
  amount: Picodollars;
  eventAt: Date;
  actor: string;
  note?: string | null;
  idempotencyKey?: string | null;
  /** What a refund or a correction gives back of; a correction of usage also names the generation (its UUID). */
  correctsTransferId?: TransferId | null;
  correctsGenerationId?: string | null;
};

/** Locks accounts until the transaction ends, in id order: whoever needs several asks for all of them at once. */
export async function lockAccounts(tx: Transaction, ids: readonly AccountId[]): Promise<void> {
  const listed = sql.join(
    ids.map((id) => sql`${id}`),
    sql`, `,
  );
  await tx.execute(sql`select id from accounts where id in (${listed}) order by id for update`);
}

/**
 * Adds one transfer and its two entries, and moves the two balances. Accounts are locked in id order, so two moves
 * over the same accounts never wait for each other. Whoever moves several at once sorts them by account too. Entries of
 * an account come in order of time, even when the clock of Postgres steps back: a statement is a range of both.
 * @throws when the amount is not positive, or the idempotency key was used before (unique violation 23505).
 */
export async function moveMoney(tx: Transaction, move: Move): Promise<TransferId> {
  if (move.amount <= 0n)
    throw new RangeError(`a transfer moves a positive amount; got ${move.amount}`);
  const id = move.id ?? mintId("transfer");
  await lockAccounts(tx, [move.from, move.to]);
  await tx.execute(sql`
    with added as (
      insert into transfers (id, kind, from_account_id, to_account_id, amount, event_at, actor, note, idempotency_key,
        corrects_transfer_id, corrects_generation_id)
      values (${id}, ${move.kind}, ${move.from}, ${move.to}, ${move.amount.toString()}::numeric, ${move.eventAt.toISOString()}::timestamptz,
        ${move.actor}, ${move.note ?? null}, ${move.idempotencyKey ?? null}, ${move.correctsTransferId ?? null},
        ${move.correctsGenerationId ?? null}::uuid)
      returning id, from_account_id, to_account_id, amount
    ), sides as (
      select id, from_account_id as account_id, -amount as amount from added
      union all select id, to_account_id, amount from added
    ), moved as (
      update accounts a set balance = a.balance + s.amount, version = a.version + 1
      from sides s where a.id = s.account_id
      returning s.id as transfer_id, a.id as account_id, s.amount, a.balance, a.version
    )
    insert into entries (transfer_id, account_id, amount, balance_before, balance_after, account_version, created_at)
    select m.transfer_id, m.account_id, m.amount, m.balance - m.amount, m.balance, m.version, greatest(clock_timestamp(),
        (select e.created_at from entries e where e.account_id = m.account_id and e.account_version = m.version - 1))
      from moved m order by m.account_id`);
  return id;
}
