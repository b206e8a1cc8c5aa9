/** The door of the clock and the queue: which jobs there are, how they are kept, and what runs them. */
import type { PgBoss } from "pg-boss";
import { openBoss, postingDeadLetters, postingQueue } from "#schema/boss.ts";
import type { Database } from "#schema/database.ts";
import { reportError } from "../report-error.ts";
import { postJobs, type PostingJob } from "./post-jobs.ts";
import { schedule, type JobSettings } from "./schedule.ts";

const tenYearsSeconds = 10 * 365 * 86_400;

/**
 * Makes or corrects the queues. Money is never given up and never deleted while it waits: pg-boss' own defaults
 * delete waiting jobs after 14 days and failed ones after 7, and try only twice (reliability.md 3.6).
 */
export async function installQueues(databaseUrl: string): Promise<void> {
  const errors: Error[] = [];
  const { boss, stop } = await openBoss({
    databaseUrl,
    as: "installer",
    connectionsMax: 2,
    onError: (error) => errors.push(error),
  });
  try {
    await put(boss, postingDeadLetters, {
      retentionSeconds: tenYearsSeconds,
      deleteAfterSeconds: tenYearsSeconds,
    });
    await put(boss, postingQueue, {
      partition: true,
      notify: true,
      retryLimit: 1_000_000,
      retryDelay: 1,
      retryBackoff: true,
      retryDelayMax: 60,
      expireInSeconds: 30, // 24 full jobs at a tenth of the measured speed; a killed worker's is back in at most 45

      retentionSeconds: tenYearsSeconds,
      deleteAfterSeconds: 2 * 86_400,
      deadLetter: postingDeadLetters,
    });
    for (const { name } of schedule)
      await put(boss, name, { retryLimit: 3, expireInSeconds: 300, deleteAfterSeconds: 86_400 });
    for (const { name, cron } of schedule) await boss.schedule(name, cron, null, { tz: "UTC" });
  } finally {
    await stop();
  }
  if (errors[0]) throw errors[0];
}

type QueueOptions = NonNullable<Parameters<PgBoss["createQueue"]>[1]>;

async function put(boss: PgBoss, name: string, options: QueueOptions): Promise<void> {
  if (await boss.getQueue(name)) {
    const { partition: _fixedAtCreation, policy: _too, ...changeable } = options;
    await boss.updateQueue(name, changeable);
  } else {
    await boss.createQueue(name, options);
  }
}

/** Works the queues until stopped; `stop` lets the batch in hand finish. */
export async function startJobs(options: {
  databaseUrl: string;
  db: Database;
  settings?: JobSettings;
}): Promise<{ stop(): Promise<void> }> {
  const { settings = { leaseQuarantineMinutes: 60 } } = options;
  const report = (error: unknown) => reportError("jobs", errorOf(error));
  const { boss, stop } = await openBoss({
    databaseUrl: options.databaseUrl,
    as: "worker",
    connectionsMax: 4,
    onError: report,
  });
  await boss.work<PostingJob>(
    postingQueue,
    {
      batchSize: 24, // shipments are small while gateways are not busy; postJobs bounds what one transaction takes of them
      pollingIntervalSeconds: 0.5,
      notifyPollingIntervalSeconds: 2,
      burstWhenBatchFull: true,
      localConcurrency: 2,
    },
    (jobs) => postJobs(options.db, boss, jobs),
  );
  for (const { name, run } of schedule)
    await boss.work(name, { pollingIntervalSeconds: 30 }, () => run(options.db, settings));
  return { stop };
}

/** pg-boss reports some errors as plain objects with a message. */
function errorOf(reported: unknown): unknown {
  if (reported instanceof Error || typeof reported !== "object" || reported === null)
    return reported;
  return new Error(
    "message" in reported ? String(reported.message) : JSON.stringify(reported).slice(0, 300),
  );
}
