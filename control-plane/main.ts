/** The control plane: commands, questions, the REST paths beside inference, and the jobs. It keeps no state. */
import { openDatabase } from "#schema/database.ts";
import { parseConfig } from "./config.ts";
import { keepJobs } from "./keep-jobs.ts";
import { untilStopped } from "./lifetime.ts";
import { reportError } from "./report-error.ts";
import { startServer } from "./server.ts";

// Each statement is short; a longer one holds a connection that others wait for.
const statementTimeoutMs = 15_000;
const questionTimeoutMs = 5_000;

try {
  const config = parseConfig(process.env);
  const stopping = untilStopped();
  const database = openDatabase(config.databaseUrl, {
    connectionsMax: 10,
    name: "control",
    statementTimeoutMs,
  });
  const analytics = openDatabase(config.analyticsDatabaseUrl, {
    connectionsMax: 5,
    name: "analytics",
    statementTimeoutMs: questionTimeoutMs,
  });
  const posting = openDatabase(config.databaseUrl, { connectionsMax: 4, name: "jobs" });
  const server = await startServer(
    {
      db: database.db,
      analytics: analytics.db,
      masterKey: config.masterKey,
      origin: config.origin,
      now: () => new Date(),
    },
    { host: config.controlHost, port: config.controlPort },
  );
  const jobs = keepJobs({
    databaseUrl: config.databaseUrl,
    db: posting.db,
    settings: config,
  });

  await stopping;
  await Promise.all([server.stop(), jobs.stop()]);
  await Promise.all([database.close(), analytics.close(), posting.close()]);
  process.exit(0);
} catch (error) {
  reportError("control plane", error);
  process.exit(1);
}
