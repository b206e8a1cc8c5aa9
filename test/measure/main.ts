// npm run posting-rate -- --generations 1000000 --organizations 20 --keys 100 --seed 7
//
// Prints a page and writes it as JSON too. Exit code 1 when any sum is not exact. Everything is in a Postgres of its
// own, which is thrown away; --keep leaves it for a look. --profile <folder> takes a CPU profile of each worker.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { startPostgres, type EmbeddedPostgres } from "#control/start/embedded-postgres.ts";
import { openClient } from "#schema/client.ts";
import { migrate } from "#schema/migrate.ts";
import { measurePosting } from "./measure-posting.ts";
import { postingReport } from "./posting-report.ts";

const { values } = parseArgs({
  options: {
    generations: { type: "string", default: "200000" },
    organizations: { type: "string", default: "20" },
    keys: { type: "string", default: "100" },
    seed: { type: "string", default: "7" },
    workers: { type: "string", default: "1" },
    "burst-seconds": { type: "string", default: "1" },
    out: { type: "string", default: join(tmpdir(), "posting-rate.json") },
    profile: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const options = {
  generations: whole("generations", 1),
  organizations: whole("organizations", 1),
  keys: whole("keys", 1),
  seed: whole("seed", 0),
  workers: whole("workers", 1),
  burstSeconds: whole("burst-seconds", 0),
};

const startedAtMs = performance.now();
const tell = (line: string) =>
  console.log(`${((performance.now() - startedAtMs) / 1_000).toFixed(0).padStart(4)} s  ${line}`);

const dataDir = mkdtempSync(join(tmpdir(), "turnpike-posting-"));
chmodSync(dataDir, 0o711); // Postgres runs as nobody when this runs as root
let server: EmbeddedPostgres | undefined;
process.once("exit", () => {
  if (server !== undefined && !values.keep) {
    try {
      process.kill(server.pid, "SIGQUIT");
    } catch {
      // stopped before, as it should be
    }
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => process.exit(130));

server = await startPostgres({ dataDir });
await countStatements(server.url);
await server.stop();
server = await startPostgres({ dataDir });
await migrate(server.url);
const client = openClient(server.url, { connectionsMax: 1, name: "measure" });
await client`create extension pg_stat_statements`;
await client.end();

const loadBefore = loadavg()[0] ?? 0;
const measured = await measurePosting({
  ...options,
  databaseUrl: server.url,
  postmasterPid: server.pid,
  reship: 50,
  workerArguments:
    values.profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${resolve(values.profile)}`],
  tell,
});
const page = {
  at: new Date().toISOString(),
  machine: {
    cores: availableParallelism(),
    model: cpus()[0]?.model ?? "unknown",
    node: process.version,
    loadBefore,
  },
  options,
  ...measured,
};
const out = resolve(values.out);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, `${JSON.stringify(page, null, 2)}\n`);
console.log(`\n${postingReport(page)}\n\nAs JSON: ${out}`);
if (measured.checked.some(({ differences }) => differences.length > 0)) process.exitCode = 1;
if (values.keep) console.log(`Kept: ${server.url} in ${dataDir}, Postgres process ${server.pid}`);
else {
  await server.stop();
  server = undefined;
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** Takes effect at the next start. */
async function countStatements(url: string): Promise<void> {
  const admin = openClient(url, { connectionsMax: 1, name: "measure" });
  await admin`alter system set shared_preload_libraries = 'pg_stat_statements'`;
  await admin.end();
}

function whole(name: keyof typeof values, least: number): number {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`--${name}: expected a whole number from ${least}, got ${values[name]}`);
  return value;
}
