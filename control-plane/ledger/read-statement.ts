import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { AccountId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import type { TransferKind } from "#schema/tables/ledger.ts";
import { balanceAt, type BalanceAt } from "./balance-at.ts";

/** What transfers of one kind moved; those of refunds and corrections apart by the kind of what they correct. */
export type StatementTotal = {
  kind: TransferKind;
  corrects: TransferKind | null;
  /** Above zero: came in. */
  amount: Picodollars;
  transfers: number;
};
/** The lines are the account's entries with versions above `opening.version`, through `closing.version`. */
export type Statement = { opening: BalanceAt; closing: BalanceAt; totals: StatementTotal[] };

/**
 * The account's balances before `from` and before `to`, and what moved it from the one to the other, by kind. Closing is
 * opening plus the totals, and the closing of one period is the opening of the next. It never changes again when `to` is
 * no later than `settledInstant`.
 */
export async function readStatement(
  tx: Transaction,
  { account, from, to }: { account: AccountId; from: Date; to: Date },
): Promise<Statement> {
  const { opening, closing } = await readBalances(tx, { account, from, to });
  const rows = await tx.execute<{
    kind: TransferKind;
    corrects: TransferKind | null;
    amount: string;
    transfers: string;
  }>(sql`
    select t.kind, c.kind as corrects, sum(e.amount)::text as amount, count(*)::text as transfers
      from entries e
      join transfers t on t.id = e.transfer_id
      left join transfers c on c.id = t.corrects_transfer_id
     where e.account_id = ${account} and e.account_version > ${opening.version}::bigint and e.account_version <= ${closing.version}::bigint
     group by 1, 2 order by 1, 2`);
  return {
    opening,
    closing,
    totals: rows.map((row) => ({
      kind: row.kind,
      corrects: row.corrects,
      amount: picodollars(BigInt(row.amount)),
      transfers: +row.transfers,
    })),
  };
}

/** The balances at both ends of a period. */
export async function readBalances(
  tx: Transaction,
  { account, from, to }: { account: AccountId; from: Date; to: Date },
): Promise<Pick<Statement, "opening" | "closing">> {
  return { opening: await balanceAt(tx, account, from), closing: await balanceAt(tx, account, to) };
}
