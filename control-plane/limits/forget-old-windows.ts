import { sql } from "drizzle-orm";
import type { Database, Transaction } from "#schema/database.ts";

// Four per mille of a hot installation's minute: the rows are locked for some milliseconds.
const batchRows = 1_000;
/** A minute window is kept this long after its end, so that what is still on its way finds its row. */
const minutesKept = 15;
/** Longer windows answer questions about last year. */
const daysKept = 400;

/**
 * Forgets what was used in windows that nobody asks about any more, with what gateways still seem to hold of them, in
 * batches. A row of both tables goes or stays together, under the locks that leases are granted under (`allowance_uses`
 * by allowance and window), so that what is leased is what gateways hold, at every moment. Rows that somebody else holds
 * wait for the next run. Usage that arrives later is still booked: its row is made anew, and forgotten by the next run.
 * @returns how many windows were forgotten.
 */
export async function forgetOldWindows(db: Database): Promise<{ forgotten: number }> {
  let forgotten = 0;
  for (;;) {
    const rows = await db.transaction(forgetBatch);
    forgotten += rows;
    if (rows < batchRows) return { forgotten };
  }
}

async function forgetBatch(tx: Transaction): Promise<number> {
  const old = await tx.execute<{ allowance: string; start: string }>(sql`
    select u.allowance_id as allowance, u.window_start::text as start
      from allowance_uses u join allowances a on a.id = u.allowance_id
     where (a.window_kind = 'minute' and u.window_start < now() - make_interval(mins => ${minutesKept + 1}))
        or (a.window_kind in ('day', 'week', 'month') and u.window_start < now() - make_interval(days => ${daysKept}))
     order by u.allowance_id, u.window_start
     limit ${batchRows}
       for update of u skip locked`);
  if (old.length === 0) return 0;
  // A statement of its own: it sees the leases that were granted before the locks were.
  await tx.execute(sql`
    with old as (
      select * from jsonb_to_recordset(${JSON.stringify(old)}::text::jsonb) as t(allowance text, start timestamptz)
    ), freed as (
      delete from leases l using old where l.allowance_id = old.allowance and l.window_start = old.start
    )
    delete from allowance_uses u using old where u.allowance_id = old.allowance and u.window_start = old.start`);
  return old.length;
}
