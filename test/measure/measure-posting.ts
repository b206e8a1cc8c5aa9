// How fast usage is booked, and whether every sum of it is exact: a real queue, real workers, a real Postgres.

import { setTimeout as sleep } from "node:timers/promises";
import { installQueues } from "#control/jobs/queue.ts";
import { openClient, type Sql } from "#schema/client.ts";
import { openDatabase } from "#schema/database.ts";
import { startWorker, type BookingWorker } from "./booking-worker.ts";
import { checkSums, type SumsChecked } from "./check-sums.ts";
import { dueAt, type Step } from "./pace.ts";
import { makeWorld } from "./posting-world.ts";
import { cpuMicros, machineCpuMicros, postgresCpuMicros } from "./process-cpu.ts";
import { startFiller, type QueueFiller } from "./queue-filler.ts";

export type MeasureOptions = {
  databaseUrl: string;
  /** Whose CPU time is Postgres'; null when it is not ours to look at. */
  postmasterPid: number | null;
  generations: number;
  organizations: number;
  keys: number;
  seed: number;
  /** How many worker processes book. */
  workers: number;
  /** Then also feed at a quarter of the rate that was measured, and ten times it for so many seconds; 0: not. */
  burstSeconds: number;
  /** Every so manieth job is delivered twice; null: none. */
  reship: number | null;
  /** More arguments of the workers' Node, such as --cpu-prof. */
  workerArguments?: readonly string[];
  tell: (line: string) => void;
};

/** CPU in microseconds, of all cores together; null when it could not be seen. */
export type Cpu = { workers: number | null; postgres: number | null; machine: number | null };
export type Sustained = {
  generations: number;
  /** From the first commit to the last. */
  seconds: number;
  perSecond: number;
  /** While the second to ninth tenth of the records were booked. */
  steady: { seconds: number; perSecond: number; cpuEach: Cpu; othersCores: number | null };
  transactionsPerThousand: number;
  statementsPerThousand: number | null;
  walBytesEach: number;
  walFullPagesEach: number;
};
export type Burst = {
  basePerSecond: number;
  burstPerSecond: number;
  burstSeconds: number;
  generations: number;
  /** How long a record waited at most, from when its gateway had it to when it was booked: before the burst, and ever. */
  baseLagSecondsMax: number;
  lagSecondsMax: number;
  /** From the end of the burst until the queue had all of it, and until nothing waited for longer than a second; null: not within 3 minutes. */
  handOverSeconds: number | null;
  drainSeconds: number | null;
};
export type Measured = {
  sustained: Sustained;
  burst: Burst | null;
  /** After the sustained part, and again after the burst. */
  checked: SumsChecked[];
};

const pollMs = 25;
const stallMsMax = 60_000;
const baseSeconds = 10;
const drainSecondsMax = 180;
const masterKey = "ab".repeat(32);

/** @throws when nothing is booked for a minute, or when a process ends that should not. */
export async function measurePosting(options: MeasureOptions): Promise<Measured> {
  const { databaseUrl, tell } = options;
  const client = openClient(databaseUrl, { connectionsMax: 2, name: "measure" });
  const opened = openDatabase(databaseUrl, { connectionsMax: 2, name: "measure" });
  const closing: (() => Promise<void>)[] = [() => client.end(), () => opened.close()];
  try {
    await installQueues(databaseUrl);
    const day = new Date(Math.floor(Date.now() / 86_400_000) * 86_400_000);
    const world = await makeWorld({ db: opened.db, client }, { ...options, day });
    const books = { db: opened.db, client, world, masterKey };
    const filler = await startFiller({ databaseUrl, world, seed: options.seed });
    closing.unshift(() => filler.close());

    tell(`putting ${options.generations} generations into the queue`);
    const { generations, reship } = options;
    const filled = await filler.run({ kind: "fill", generations, reship });
    if (options.postmasterPid !== null) await client`checkpoint`; // else the first part pays for the filling

    tell("booking them");
    const workers: BookingWorker[] = [];
    for (let at = 0; at < options.workers; at++) {
      const worker = startWorker({ databaseUrl, masterKey, arguments: options.workerArguments });
      workers.push(worker);
      closing.unshift(() => worker.stop());
    }
    const watched: Watched = { client, workers, postmasterPid: options.postmasterPid };
    const sustained = await sustain(watched, options.generations, tell);
    tell(`${Math.round(sustained.steady.perSecond)} a second; adding up`);
    const checked = [await checkSums(books, filled.byKey)];
    if (options.burstSeconds === 0) return { sustained, burst: null, checked };

    const rate = Math.round(sustained.steady.perSecond);
    const steps = [
      { perSecond: rate / 4, seconds: baseSeconds },
      { perSecond: rate * 10, seconds: options.burstSeconds },
      { perSecond: rate / 4, seconds: Number.POSITIVE_INFINITY },
    ];
    tell(
      `feeding ${Math.round(rate / 4)} a second, and ${rate * 10} for ${options.burstSeconds} s`,
    );
    const { burst, byKey } = await feed(watched, filler, { steps, booked: options.generations });
    tell("adding up again");
    checked.push(await checkSums(books, addUp(filled.byKey, byKey)));
    return { sustained, burst, checked };
  } finally {
    for (const close of closing) await close();
  }
}

type Watched = { client: Sql; workers: readonly BookingWorker[]; postmasterPid: number | null };
type Sample = { atMs: number; booked: number; cpu: Cpu };

/** Samples until all of it is booked. The queue was full before, so gateways take none of the machine meanwhile. */
async function sustain(
  watched: Watched,
  generations: number,
  tell: (line: string) => void,
): Promise<Sustained> {
  const before = await costsSoFar(watched.client);
  let fifths = 1;
  const samples = await sampleUntil(watched, ({ booked }) => {
    if (booked * 5 >= generations * fifths) {
      tell(`${booked} are booked`);
      fifths = Math.floor((booked * 5) / generations) + 1;
    }
    return booked >= generations;
  });
  const after = await costsSoFar(watched.client);
  const started = samples.findIndex((sample) => sample.booked > 0);
  const [first, last] = [samples[started], samples.at(-1)];
  if (first === undefined || last === undefined) throw new Error("nothing was booked");
  const from = samples.find((sample) => sample.booked >= generations / 10) ?? first;
  const to = samples.findLast((sample) => sample.booked <= (generations * 9) / 10) ?? last;
  // What was booked with the first commit took until then, and nobody knows since when.
  const seconds = (last.atMs - first.atMs) / 1_000;
  const steadySeconds = (to.atMs - from.atMs) / 1_000;
  const steadyRecords = to.booked - from.booked;
  const each = (of: keyof Cpu) => {
    const [a, b] = [from.cpu[of], to.cpu[of]];
    return a === null || b === null ? null : (b - a) / steadyRecords;
  };
  const cpuEach = {
    workers: each("workers"),
    postgres: each("postgres"),
    machine: each("machine"),
  };
  const { workers, postgres, machine } = cpuEach;
  const perSecond = steadyRecords / steadySeconds;
  return {
    generations,
    seconds,
    perSecond: (last.booked - first.booked) / seconds,
    steady: {
      seconds: steadySeconds,
      perSecond,
      cpuEach,
      othersCores:
        workers === null || postgres === null || machine === null
          ? null
          : ((machine - workers - postgres) * perSecond) / 1_000_000,
    },
    transactionsPerThousand: ((after.transactions - before.transactions) * 1_000) / generations,
    statementsPerThousand:
      after.statements === null || before.statements === null
        ? null
        : ((after.statements - before.statements) * 1_000) / generations,
    walBytesEach: (after.walBytes - before.walBytes) / generations,
    walFullPagesEach: (after.walFullPages - before.walFullPages) / generations,
  };
}

/** Feeds by the clock and watches how far booking is behind. */
async function feed(
  watched: Watched,
  filler: QueueFiller,
  { steps, booked: bookedBefore }: { steps: readonly Step[]; booked: number },
): Promise<{ burst: Burst; byKey: Record<string, number> }> {
  const [base, peak] = steps;
  if (base === undefined || peak === undefined) throw new RangeError("a burst has three steps");
  const running = filler.run({ kind: "pace", steps });
  running.catch(() => {}); // awaited below
  const burstEndSecond = base.seconds + peak.seconds;
  const inBurst = base.perSecond * base.seconds + peak.perSecond * peak.seconds;
  let baseLagSecondsMax = 0;
  let lagSecondsMax = 0;
  let drainSeconds: number | null = null;
  let handOverSeconds: number | null = null;
  await sampleUntil(watched, ({ atMs, booked }) => {
    const progress = filler.progress();
    if (progress === null) return false;
    const second = (atMs - progress.startedAtMs) / 1_000;
    const lag = Math.max(0, second - dueAt(steps, booked - bookedBefore + 1));
    lagSecondsMax = Math.max(lagSecondsMax, lag);
    if (second < base.seconds) baseLagSecondsMax = lagSecondsMax;
    if (second <= burstEndSecond) return false;
    if (progress.shipped >= inBurst) handOverSeconds ??= second - burstEndSecond;
    if (lag < 1 && booked - bookedBefore >= inBurst) drainSeconds ??= second - burstEndSecond;
    return (
      (drainSeconds !== null && handOverSeconds !== null) ||
      second > burstEndSecond + drainSecondsMax
    );
  });
  filler.stop();
  const done = await running;
  await sampleUntil(watched, ({ booked }) => booked >= bookedBefore + done.generations);
  const burst = {
    basePerSecond: base.perSecond,
    burstPerSecond: peak.perSecond,
    burstSeconds: peak.seconds,
    generations: done.generations,
    baseLagSecondsMax,
    lagSecondsMax,
    handOverSeconds,
    drainSeconds,
  };
  return { burst, byKey: done.byKey };
}

async function sampleUntil(
  { client, workers, postmasterPid }: Watched,
  isOver: (sample: Sample) => boolean,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  let movedAtMs = Date.now();
  for (;;) {
    for (const worker of workers) worker.check();
    const [row] = await client<{ posted: string }[]>`
      select /* measure */ coalesce(sum(posted), 0)::text as posted from gateways`;
    const cpu = workers.map(({ pid }) => cpuMicros(pid));
    const sample = {
      atMs: Date.now(),
      booked: Number(row?.posted ?? 0),
      cpu: {
        workers: cpu.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0),
        postgres: postmasterPid === null ? null : postgresCpuMicros(postmasterPid),
        machine: machineCpuMicros(),
      },
    };
    if (sample.booked !== samples.at(-1)?.booked) movedAtMs = sample.atMs;
    if (sample.atMs - movedAtMs > stallMsMax)
      throw new Error(`nothing was booked for ${stallMsMax / 1_000} s, at ${sample.booked}`);
    samples.push(sample);
    if (isOver(sample)) return samples;
    await sleep(pollMs);
  }
}

/** What the database did so far. Statements only where pg_stat_statements is installed; not those of the watching. */
async function costsSoFar(client: Sql): Promise<{
  transactions: number;
  statements: number | null;
  walBytes: number;
  walFullPages: number;
}> {
  const [row] = await client<Record<string, string | boolean>[]>`
    select /* measure */ xact_commit::text as transactions,
      (pg_current_wal_insert_lsn() - '0/0')::text as wal_bytes, (select wal_fpi::text from pg_stat_wal) as wal_full_pages,
      to_regclass('pg_stat_statements') is not null as counted
    from pg_stat_database where datname = current_database()`;
  const statements =
    row?.["counted"] === true
      ? (
          await client<{ calls: string }[]>`
          select /* measure */ sum(calls)::text as calls from pg_stat_statements
          where dbid = (select oid from pg_database where datname = current_database()) and query not like '%/* measure */%'`
        )[0]
      : undefined;
  return {
    transactions: Number(row?.["transactions"]),
    statements: statements === undefined ? null : Number(statements.calls),
    walBytes: Number(row?.["wal_bytes"]),
    walFullPages: Number(row?.["wal_full_pages"]),
  };
}

function addUp(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const sums = { ...one };
  for (const [key, count] of Object.entries(other)) sums[key] = (sums[key] ?? 0) + count;
  return sums;
}
