import type { Database } from "#schema/database.ts";
import { startJobs } from "./jobs/queue.ts";
import type { JobSettings } from "./jobs/schedule.ts";
import { reportError } from "./report-error.ts";

const retryMs = 2_000;

/** Starts the jobs, and tries again while the database is away. `stop` lets the batch in hand finish. */
export function keepJobs(options: { databaseUrl: string; db: Database; settings: JobSettings }): {
  stop(): Promise<void>;
} {
  const stopped = new AbortController();
  let running: { stop(): Promise<void> } | undefined;
  const starting = start();
  return {
    async stop() {
      stopped.abort();
      await starting;
      await running?.stop();
    },
  };

  async function start(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        running = await startJobs(options);
        return;
      } catch (error) {
        reportError("starting the jobs", error);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, retryMs);
        stopped.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), {
          once: true,
        });
      });
    }
  }
}
