import { sql } from "drizzle-orm";
import type { Database, Transaction } from "#schema/database.ts";
import type { AccountId } from "#schema/ids.ts";

/**
 * The latest instant up to which nothing will be added to an account's past any more: now, once bookings that are under
 * way have ended. Whoever books holds the account's row until the commit, and stamps entries while holding it; so what
 * was not committed when we got the row is stamped later than this.
 *
 * @param db not a transaction that goes on: it would keep the account from being booked to meanwhile.
 */
export async function settledInstant(
  db: Database | Transaction,
  account: AccountId,
): Promise<Date> {
  const [row] = await db.execute<{ at: string }>(sql`
    with held as (select id from accounts where id = ${account} for share)
    select floor(extract(epoch from clock_timestamp()) * 1000)::bigint::text as at from held`);
  if (!row) throw new Error(`there is no account ${account}`);
  return new Date(+row.at);
}
