import { sql } from "drizzle-orm";
import type { AllowanceWindow } from "#schema/bounds.ts";
import type { Database, Transaction } from "#schema/database.ts";

// Few enough that their rows are locked for some milliseconds.
const batchRows = 1_000;

/**
 * How long a window is kept after its start. A minute: a quarter of an hour after its end, so that what is still on its
 * way finds its row. The others answer questions about last year.
 */
const keptFor = {
  minute: "16 minutes",
  day: "400 days",
  week: "400 days",
  month: "400 days",
} as const satisfies Record<Exclude<AllowanceWindow, "lifetime">, string>;

/**
 * Forgets what was used in windows that nobody asks about any more, with what gateways still seem to hold of them, in
 * batches. A row of both tables goes or stays together, under the locks that leases are granted under (`allowance_uses`
 * by allowance and window), so that what is leased is what gateways hold, at every moment. Rows that somebody else holds
 * wait for the next run. Usage that arrives later is still booked: its row is made anew, and forgotten by the next run.
 * @returns how many windows were forgotten.
 */
export async function forgetOldWindows(
  db: Database,
  windows: readonly (keyof typeof keptFor)[],
): Promise<{ forgotten: number }> {
  let forgotten = 0;
  for (const window of windows) {
    for (let rows = batchRows; rows === batchRows; forgotten += rows)
      rows = await db.transaction((tx) => forgetBatch(tx, window));
  }
  return { forgotten };
}

async function forgetBatch(tx: Transaction, window: keyof typeof keptFor): Promise<number> {
  const old = await tx.execute<{ allowance: string; start: string }>(sql`
    select u.allowance_id as allowance, u.window_start::text as start
      from allowances a join allowance_uses u on u.allowance_id = a.id
     where a.window_kind = ${window} and u.window_start < now() - ${keptFor[window]}::interval
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
