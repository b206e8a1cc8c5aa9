/** The jobs alone, for an installation that runs them apart from the control plane (`npm run worker`). */
import { openDatabase } from "#schema/database.ts";
import { parseConfig } from "./config.ts";
import { keepJobs } from "./keep-jobs.ts";
import { untilStopped } from "./lifetime.ts";
import { reportError } from "./report-error.ts";

try {
  const { databaseUrl, ...settings } = parseConfig(process.env);
  const stopping = untilStopped();
  process.on("SIGINT", () => process.emit("SIGTERM")); // here nobody else hears Ctrl-C
  const database = openDatabase(databaseUrl, { connectionsMax: 4, name: "jobs" });
  const jobs = keepJobs({ databaseUrl, db: database.db, settings });
  await stopping;
  await jobs.stop();
  await database.close();
  process.exit(0);
} catch (error) {
  reportError("worker", error);
  process.exit(1);
}
