import { sql } from "drizzle-orm";
import { changesChannel } from "../channels.ts";
import type { Transaction } from "../database.ts";
import type { ChangeKind } from "../tables/allowances.ts";

/**
 * Tells every gateway that something changed, when the transaction commits. Call it last: it takes a lock until the
 * commit, so that sequence numbers become visible in order and a reader of "all above n" misses none.
 * @returns the change's sequence number.
 */
export async function recordChange(
  tx: Transaction,
  kind: ChangeKind,
  subject: string,
): Promise<number> {
  await tx.execute(sql`select pg_advisory_xact_lock(7417071002)`);
  const [row] = await tx.execute<{ sequence: string }>(sql`
    with added as (insert into changes (kind, subject) values (${kind}, ${subject}) returning sequence)
    select sequence, pg_notify(${changesChannel}, sequence::text) from added`);
  if (!row) throw new Error("the change was not recorded");
  return +row.sequence;
}
