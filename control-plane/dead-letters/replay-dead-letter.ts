import { sql } from "drizzle-orm";
import { postingDeadLetters, postingQueue } from "#schema/boss.ts";
import type { Transaction } from "#schema/database.ts";
import { usageRecord } from "#schema/usage-record.ts";
import { CommandError } from "../command-error.ts";
import { noSuchLetter, type Account, recordsOf, type LetterData } from "./dead-letter.ts";

/**
 * Hands a letter's record to the posting queue once more and takes the letter away, in the caller's transaction: there
 * is never both a letter and a job, nor neither. A record that was mended by hand leaves the letter behind as settled,
 * with what was sent in its place. The worker books it like any other; refused again, it is a letter again.
 * @param options.record null for the record as it is.
 * @throws {CommandError} not_found when no such letter waits; bad_request when a mended record is no usage record, with
 *   every field; conflict when there is no posting queue.
 */
export async function replayDeadLetter(
  tx: Transaction,
  options: { id: string; record: unknown; by: string },
): Promise<{ job: string; records: number }> {
  const letter = await takeLetter(tx, options.id);
  const mended = options.record === null ? null : parseMended(options.record);
  const records = mended === null ? letter.records : [mended];
  const [queued] = await tx.execute<{ id: string }>(sql`
    insert into pgboss.job (name, data, expire_seconds, deletion_seconds, keep_until, retry_limit, retry_delay, retry_backoff,
                            retry_delay_max, policy, dead_letter, heartbeat_seconds)
    select name, ${JSON.stringify({ records })}::text::jsonb, expire_seconds, deletion_seconds,
           now() + retention_seconds * interval '1 second', retry_limit, retry_delay, retry_backoff, retry_delay_max, policy,
           dead_letter, heartbeat_seconds
      from pgboss.queue where name = ${postingQueue}
    returning id`);
  if (!queued)
    throw new CommandError("conflict", `there is no queue ${postingQueue}; start Turnpike once`);
  if (mended === null)
    await tx.execute(
      sql`delete from pgboss.job where name = ${postingDeadLetters} and id = ${options.id}`,
    );
  else await settleLetter(tx, options.id, { kind: "replayed", by: options.by, record: mended });
  await uncount(tx, letter.record);
  return { job: queued.id, records: records.length };
}

/**
 * Gives a letter up: its record is never booked. The letter stays as settled, with who did it and why.
 * @throws {CommandError} not_found when no such letter waits.
 */
export async function discardDeadLetter(
  tx: Transaction,
  { id, reason, by }: { id: string; reason: string; by: string },
): Promise<void> {
  await takeLetter(tx, id);
  await settleLetter(tx, id, { kind: "discarded", reason, by });
}

type Letter = { record: unknown; records: unknown[] };

/** Locked, so that of two people who deal with a letter at once one is told that it is gone. */
async function takeLetter(tx: Transaction, id: string): Promise<Letter> {
  const [row] = await tx.execute<{ data: LetterData }>(sql`
    select data from pgboss.job where name = ${postingDeadLetters} and id = ${id} and state < 'completed' for update`);
  if (!row) throw noSuchLetter(id);
  const records = recordsOf(row.data);
  return records
    ? { record: null, records }
    : { record: row.data.record, records: [row.data.record] };
}

async function settleLetter(tx: Transaction, id: string, account: Account): Promise<void> {
  await tx.execute(sql`
    update pgboss.job set state = 'completed', completed_on = now(), output = ${JSON.stringify(account)}::text::jsonb
     where name = ${postingDeadLetters} and id = ${id}`);
}

/** A letter counted as dealt with for its gateway's life. Now it is not again, so its leases wait for it until it is. */
async function uncount(tx: Transaction, record: unknown): Promise<void> {
  const gateway =
    typeof record === "object" && record !== null && "gateway" in record ? record.gateway : null;
  if (typeof gateway === "string")
    await tx.execute(
      sql`update gateways set posted = posted - 1 where id = ${gateway} and state = 'living'`,
    );
}

function parseMended(record: unknown): unknown {
  const parsed = usageRecord.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new CommandError(
    "bad_request",
    `record: ${parsed.error.issues.map((issue) => [issue.path.join("."), issue.message].filter(Boolean).join(": ")).join("; ")}`,
  );
}
