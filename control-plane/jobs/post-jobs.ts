import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { fromDrizzle, type PgBoss } from "pg-boss";
import { postingDeadLetters, postingQueue } from "#schema/boss.ts";
import type { Database, Transaction } from "#schema/database.ts";
import { postGenerations } from "#schema/ledger/post-generations.ts";
import { unpackShipment, type Shipment as Packed } from "#schema/spool/shipment.ts";
import { usageRecord, type UsageRecord } from "#schema/usage-record.ts";

/**
 * One shipment of a gateway: usage records, oldest first, packed (`shipment.ts`). As one value, because taking thousands of
 * small ones apart costs Postgres twice as much as keeping one (80 and 38 µs a record). `lines` is how gateways shipped
 * before 0.2; `records` is what is sent again by hand, and what gateways of version 0.1 sent.
 */
export type PostingJob = Packed | { lines: string } | { records: readonly unknown[] };
type Claimed = { id: string; retryCount: number; data: PostingJob };
type Shipment = { job: Claimed; records: readonly unknown[] };

// In one transaction. Eight full shipments: with half of that a record cost 15 % more CPU (2 cores, shared).
const recordsMax = 4_000;

/**
 * Books shipments, so many in one transaction that also completes their jobs, fenced by their retry count: a worker
 * whose claim has lapsed books nothing. When the data of one record is refused, the batch is halved until that record
 * stands alone; it goes to the dead letters and the others are booked.
 * @throws when Postgres is away or a claim was lost, after it tried all of them; what is not booked pg-boss then
 *   delivers again, which is harmless.
 */
export async function postJobs(
  db: Database,
  boss: PgBoss,
  jobs: readonly Claimed[],
): Promise<void> {
  const failures: unknown[] = [];
  for (const batch of batchesOf(jobs.map((job) => ({ job, records: recordsOf(job.data) }))))
    await postBatch(db, boss, batch).catch((cause: unknown) => failures.push(cause));
  if (failures.length > 0) throw failures[0];
}

/** What is no shipment is one record, of which a letter is made. */
function recordsOf(data: PostingJob): readonly unknown[] {
  if ("deflated" in data && typeof data.deflated === "string") return unpacked(data);
  if ("lines" in data && typeof data.lines === "string") return data.lines.split("\n").map(parse);
  return "records" in data && Array.isArray(data.records) ? data.records : [data];
}

function unpacked(data: Packed): readonly unknown[] {
  let lines;
  try {
    lines = unpackShipment(data.deflated);
  } catch {
    return [data];
  }
  return lines.map(parse);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

/** In order; each has a job at least, and no more records than are good for one transaction unless its one job has. */
function batchesOf(shipments: readonly Shipment[]): Shipment[][] {
  const batches: Shipment[][] = [];
  let records = Number.POSITIVE_INFINITY;
  for (const shipment of shipments) {
    const own = shipment.records.length;
    records += own;
    if (records <= recordsMax) batches.at(-1)?.push(shipment);
    else {
      batches.push([shipment]);
      records = own;
    }
  }
  return batches;
}

async function postBatch(
  db: Database,
  boss: PgBoss,
  shipments: readonly Shipment[],
): Promise<void> {
  const jobs = shipments.map(({ job }) => job);
  const records: UsageRecord[] = [];
  const poison: Poison[] = [];
  for (const record of shipments.flatMap((shipment) => shipment.records)) {
    const parsed = usageRecord.safeParse(record);
    if (parsed.success) records.push(parsed.data);
    else
      poison.push({
        record,
        reason: parsed.error.issues
          .map((issue) => `${issue.path.join(".")}: ${issue.message}`)
          .join("; "),
      });
  }
  try {
    await book(db, boss, jobs, records, poison);
  } catch (cause) {
    if (!isDataError(cause)) throw cause;
    const good = await bisect(db, records, poison);
    await book(db, boss, jobs, good, poison);
  }
}

type Poison = { record: unknown; reason: string };

async function book(
  db: Database,
  boss: PgBoss,
  jobs: readonly Claimed[],
  records: readonly UsageRecord[],
  poison: readonly Poison[],
): Promise<void> {
  await db.transaction(async (tx) => {
    if (records.length > 0) await postGenerations(tx, records);
    const within = { db: fromDrizzle(tx, sql) };
    for (const one of poison) {
      const letter = await boss.send(postingDeadLetters, one, {
        ...within,
        id: letterId(one.record),
      });
      if (letter !== null) await countSetAside(tx, one.record); // else it waits already, or a person has dealt with it
    }
    await completeOrThrow(boss, jobs, within);
  });
}

/** The same record delivered twice is one letter, counted once. */
function letterId(record: unknown): string {
  const hex = createHash("sha256").update(JSON.stringify(record)).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A record that waits for a person is dealt with as far as its gateway is concerned, which would else keep its leases. */
async function countSetAside(tx: Transaction, record: unknown): Promise<void> {
  const gateway =
    typeof record === "object" && record !== null && "gateway" in record ? record.gateway : null;
  if (typeof gateway === "string")
    await tx.execute(sql`update gateways set posted = posted + 1 where id = ${gateway}`);
}

async function completeOrThrow(
  boss: PgBoss,
  jobs: readonly Claimed[],
  within: { db: ReturnType<typeof fromDrizzle> },
): Promise<void> {
  const claims = jobs.map(({ id, retryCount }) => ({ id, retryCount }));
  const answer: { affected?: number } = await boss.complete(postingQueue, claims, null, within);
  if (answer.affected !== jobs.length) {
    throw new Error(
      `the claim on ${jobs.length} posting job(s) was lost (${answer.affected ?? 0} left); nothing was booked here`,
    );
  }
}

/** Finds the records that Postgres refuses, by trying halves in transactions that are rolled back. */
async function bisect(
  db: Database,
  records: readonly UsageRecord[],
  poison: Poison[],
): Promise<UsageRecord[]> {
  const refusal = await refusalOf(db, records);
  if (refusal === null) return [...records];
  if (records.length === 1) {
    poison.push({ record: records[0], reason: refusal });
    return [];
  }
  const half = Math.ceil(records.length / 2);
  return [
    ...(await bisect(db, records.slice(0, half), poison)),
    ...(await bisect(db, records.slice(half), poison)),
  ];
}

class Undo extends Error {}

async function refusalOf(db: Database, records: readonly UsageRecord[]): Promise<string | null> {
  try {
    await db.transaction(async (tx) => {
      await postGenerations(tx, records);
      throw new Undo();
    });
    return null;
  } catch (cause) {
    if (cause instanceof Undo) return null;
    if (isDataError(cause))
      return cause instanceof Error
        ? `${cause.message.slice(0, 200)} ${String(cause.cause).slice(0, 300)}`
        : String(cause);
    throw cause;
  }
}

/** Whether the records are at fault (SQLSTATE classes 22 and 23, or our own parse), rather than the connection. */
function isDataError(cause: unknown): boolean {
  if (!(cause instanceof Error)) return false;
  const { code } = (cause.cause ?? cause) as { code?: unknown };
  if (typeof code === "string" && /^2[23]/.test(code)) return true;
  return cause.message.endsWith("is not a generation id");
}
