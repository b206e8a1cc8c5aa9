import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { AccountId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";

/** A balance, and the version of the account: how many entries made it. */
export type BalanceAt = { balance: Picodollars; version: number };

/**
 * The balance of an account by all entries from before an instant; zero from before the first. So the balance at the
 * start of a period and the one at its end differ by exactly what was booked in it. For an instant that is not over yet
 * bookings under way may still come: `settledInstant` says how far back nothing will.
 */
export async function balanceAt(tx: Transaction, account: AccountId, at: Date): Promise<BalanceAt> {
  // By time and then version: entries of one account come in order of both, several may share an instant.
  const [row] = await tx.execute<{ balance: string; version: string }>(sql`
    select balance_after::text as balance, account_version::text as version
      from entries where account_id = ${account} and created_at < ${at.toISOString()}::timestamptz
     order by created_at desc, account_version desc limit 1`);
  return {
    balance: picodollars(BigInt(row?.balance ?? "0")),
    version: +(row?.version ?? "0"),
  };
}
