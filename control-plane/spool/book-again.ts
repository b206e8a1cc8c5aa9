import type { Database } from "#schema/database.ts";
import { generationUuid } from "#schema/ids.ts";
import { postGenerations, type Posted } from "#schema/ledger/post-generations.ts";
import { usageRecord, type UsageRecord } from "#schema/usage-record.ts";
import { commit } from "../run-command.ts";

export type BookedAgain = Posted & {
  /** Records that are none, or that Postgres refuses; nothing of them is booked. */
  refused: { id: string | null; reason: string }[];
};

/**
 * Books records of a spool that may all be booked already: the ledger takes each generation once, so that a second time
 * does nothing. One that is refused stops none of the others.
 * @throws {CommandError} unavailable when Postgres is away; what was booked before that stays booked.
 */
export async function bookAgain(db: Database, records: readonly unknown[]): Promise<BookedAgain> {
  const total: BookedAgain = { booked: 0, repeated: 0, conflicting: 0, refused: [] };
  const sound: UsageRecord[] = [];
  for (const record of records) {
    const parsed = usageRecord.safeParse(record);
    const id = idOf(record);
    if (!parsed.success)
      total.refused.push({
        id,
        reason: parsed.error.issues
          .map((issue) => [issue.path.join("."), issue.message].filter(Boolean).join(": "))
          .join("; "),
      });
    else if (generationUuid(parsed.data.id) === null)
      total.refused.push({ id, reason: `${parsed.data.id} is not a generation id` });
    else sound.push(parsed.data);
  }
  await bookHalves(db, sound, total);
  return total;
}

/** All together, and when Postgres refuses something of them in halves, until what it refuses stands alone. */
async function bookHalves(
  db: Database,
  records: readonly UsageRecord[],
  total: BookedAgain,
): Promise<void> {
  const [first] = records;
  if (!first) return;
  try {
    const posted = await commit(db, (tx) => postGenerations(tx, records));
    total.booked += posted.booked;
    total.repeated += posted.repeated;
    total.conflicting += posted.conflicting;
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    if (records.length === 1) {
      total.refused.push({ id: first.id, reason: reasonOf(cause) });
      return;
    }
    const half = Math.ceil(records.length / 2);
    await bookHalves(db, records.slice(0, half), total);
    await bookHalves(db, records.slice(half), total);
  }
}

/** Whether the data is at fault: SQLSTATE classes 22 (data exception) and 23 (constraint). */
function isRefusal(cause: unknown): cause is Error {
  for (let error = cause; error instanceof Error; error = error.cause)
    if ("code" in error && /^2[23]...$/.test(String(error.code))) return true;
  return false;
}

function reasonOf(cause: Error): string {
  let deepest = cause;
  while (deepest.cause instanceof Error) deepest = deepest.cause;
  return deepest.message.slice(0, 300);
}

function idOf(record: unknown): string | null {
  return typeof record === "object" &&
    record !== null &&
    "id" in record &&
    typeof record.id === "string"
    ? record.id.slice(0, 80)
    : null;
}
