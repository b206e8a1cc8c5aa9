import { sql } from "drizzle-orm";
import type { Transaction } from "../database.ts";
import type { AccountId, TransferId } from "../ids.ts";
import type { Picodollars } from "../money/amount.ts";
import type { TransferKind } from "../tables/ledger.ts";

export type PostedTransfer = {
  id: TransferId;
  kind: TransferKind;
  from: AccountId;
  to: AccountId;
  amount: Picodollars;
};

/**
 * Many transfers as `moveMoney` makes one, in two statements however many there are: all their accounts are locked in
 * id order, then every transfer, its two entries and the balances are written. An account that is in several of them
 * gets its entries in the order given, each with the balance that the one before it left; they share an instant, which
 * is never before that of the account's earlier ones.
 * @throws when an amount is not positive, a transfer exists already, or an account does not; then nothing is written.
 */
export async function postTransfers(
  tx: Transaction,
  transfers: readonly PostedTransfer[],
  { eventAt, actor }: { eventAt: Date; actor: string },
): Promise<void> {
  if (transfers.length === 0) return;
  const wrong = transfers.find(({ amount }) => amount <= 0n);
  if (wrong) throw new RangeError(`a transfer moves a positive amount; got ${wrong.amount}`);
  const touched = [...new Set(transfers.flatMap(({ from, to }) => [from, to]))];
  const locked = await tx.execute(sql`
    select id from accounts where id = any(array(select a.id from json_array_elements_text(${JSON.stringify(touched)}::text::json) as a(id)))
    order by id for update`);
  if (locked.length !== touched.length)
    throw new Error(
      `${touched.length - locked.length} of ${touched.length} accounts do not exist: ${touched.join(", ").slice(0, 300)}`,
    );
  const given = JSON.stringify(
    transfers.map(({ id, kind, from, to, amount }, at) => ({
      at,
      id,
      kind,
      from_id: from,
      to_id: to,
      amount: amount.toString(),
    })),
  );
  await tx.execute(sql`
    with given as (
      select * from json_to_recordset(${given}::text::json) as g(at integer, id text, kind text, from_id text, to_id text, amount numeric)
    ), added as (
      insert into transfers (id, kind, from_account_id, to_account_id, amount, event_at, actor)
      select id, kind, from_id, to_id, amount, ${eventAt.toISOString()}::timestamptz, ${actor}::text from given order by at
    ), sides as (
      select at, id, from_id as account_id, -amount as amount from given
      union all select at, id, to_id, amount from given
    ), running as (
      select id, account_id, amount, sum(amount) over earlier as moved, row_number() over earlier as nth
      from sides window earlier as (partition by account_id order by at rows unbounded preceding)
    ), moved as (
      update accounts a set balance = a.balance + s.amount, version = a.version + s.entries
      from (select account_id, sum(amount) as amount, count(*) as entries from sides group by account_id) s
      where a.id = s.account_id and a.id = any(array(select account_id from sides)) -- said twice: else every account is read
      returning a.id, a.balance - s.amount as balance_before, a.version - s.entries as version_before,
        greatest(clock_timestamp(), (select e.created_at from entries e
          where e.account_id = a.id and e.account_version = a.version - s.entries)) as created_at
    )
    insert into entries (transfer_id, account_id, amount, balance_before, balance_after, account_version, created_at)
    select r.id, r.account_id, r.amount, m.balance_before + r.moved - r.amount, m.balance_before + r.moved,
      m.version_before + r.nth, m.created_at
    from running r join moved m on m.id = r.account_id order by r.account_id, r.nth`);
}
