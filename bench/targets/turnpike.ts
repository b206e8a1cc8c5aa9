// Turnpike itself, as `npm start` makes it, with all the money on: a key that has a limit, an organization
// that has credit, prices and costs, a durable usage record of each request, and the ledger behind it.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { databaseUrlOf } from "#control/start/embedded-postgres.ts";
import { openClient, type Sql } from "#schema/client.ts";
import { formatDollars } from "#schema/money/amount.ts";
import { commandOf, familyOf, moveTo, type Program, start } from "../processes.ts";
import { type Bill, type Target } from "../target.ts";
import type { UpstreamCounts } from "../upstream-counts.ts";

const root = join(import.meta.dirname, "../..");
const readyMsMax = 90_000;
const settleMsMax = 120_000;
const reconcileMsMax = 300_000;

// USD per million tokens, and the same in picodollars per token. Odd, so that a slip shows.
const charge = { input: "0.37", output: "1.23" };
const chargePicodollars = { input: 370_000n, output: 1_230_000n };
const cost = { input: "0.31", output: "1.01" };

export const turnpike: Target = {
  name: "turnpike",
  about: "this repository, npm start",
  money: "all: key, key limit, credit, usage record, ledger",
  peer: false,
  workersMax: 2,
  prepare: async () => null,
  async start({ port, upstreamPort, models, workers, folder, gatewayCores, otherCores }) {
    const logFile = join(folder, "log");
    const dataDir = join(folder, "data");
    mkdirSync(dataDir, { recursive: true });
    for (const each of [join(folder, ".."), folder, dataDir]) chmodSync(each, 0o711); // root's Postgres runs as nobody
    const configFile = join(folder, "turnpike.yaml");
    writeFileSync(configFile, configuration(models, upstreamPort));
    const program = start(process.execPath, ["control-plane/start/main.ts"], {
      cores: null, // each of its processes is moved below, so that a worker started later is too
      logFile,
      cwd: root,
      env: {
        ...withoutOurSettings(),
        DATA_DIR: dataDir,
        PORT: String(port),
        CONTROL_PORT: String(port + 1),
        GATEWAY_WORKERS: String(workers),
        TURNPIKE_CONFIG: configFile,
        DRAIN_SECONDS: "2",
      },
    });
    await welcomed(program, { logFile, origin: `http://127.0.0.1:${port}` });
    const databaseUrl = databaseUrlOf(dataDir);
    if (databaseUrl === null) throw new Error(`no database in ${dataDir}`);
    const sql = openClient(databaseUrl, { connectionsMax: 1, name: "bench" });
    const key = keyOf(dataDir);

    const isGateway = (pid: number) => commandOf(pid).includes("data-plane/main.ts");
    const processes = () => [...familyOf(program.pid), ...familyOf(postmasterOf(dataDir))];
    const gateway = () => processes().filter(isGateway);
    const beside = () => processes().filter((pid) => !isGateway(pid));
    const place = () => {
      moveTo(gatewayCores, gateway());
      moveTo(otherCores, beside());
    };
    place();
    return {
      address: `127.0.0.1:${port}`,
      basePath: "/api/v1",
      headers: [`authorization: Bearer ${key}`],
      nameOf: (model) => `bench/${model}`,
      gateway,
      beside,
      settle: async (counts) => {
        const missing = await settle(sql, counts);
        place(); // what was started meanwhile
        return missing;
      },
      verify: (counts) => verify(sql, { dataDir, counts }),
      async stop() {
        await sql.end({ timeout: 1 });
        await program.stop();
      },
    };
  },
};

function configuration(models: readonly string[], upstreamPort: number): string {
  return JSON.stringify({
    providers: [
      {
        slug: "bench",
        name: "Bench",
        protocol: "openai-chat",
        base_url: `http://127.0.0.1:${upstreamPort}/v1`,
        key: "sk-bench",
        allow_private_network: true,
      },
    ],
    models: models.map((model) => ({
      id: `bench/${model}`,
      name: model,
      context_length: 1_000_000,
      max_output_tokens: 8_192,
      endpoints: [{ provider: "bench", upstream_model: model, charge, cost }],
    })),
    organizations: [
      {
        slug: "bench",
        name: "Bench",
        credits: "1000000.00",
        keys: [{ name: "load", limit: "900000.00", limit_reset: "monthly" }],
      },
    ],
  });
}

/** The bench's own environment must not configure what it measures. */
function withoutOurSettings(): Record<string, undefined> {
  const names = Object.keys(process.env).filter((name) =>
    /_API_KEY$|^TURNPIKE_|^DATABASE_URL$|^ANALYTICS_DATABASE_URL$|^MASTER_KEY|^HOST$|^DURABILITY$|^BOOTSTRAP_CREDITS$/.test(
      name,
    ),
  );
  return Object.fromEntries([...names, "npm_lifecycle_event"].map((name) => [name, undefined]));
}

async function welcomed(
  program: Program,
  { logFile, origin }: { logFile: string; origin: string },
): Promise<void> {
  const until = performance.now() + readyMsMax;
  while (performance.now() < until) {
    const text = readFileSync(logFile, "utf8");
    if (text.includes("Turnpike is ready") || text.includes(origin)) return;
    if (program.child.exitCode !== null) throw new Error(`it ended: ${text.slice(-600)}`);
    await sleep(100);
  }
  throw new Error(
    `not ready after ${readyMsMax / 1_000} s: ${readFileSync(logFile, "utf8").slice(-600)}`,
  );
}

function keyOf(dataDir: string): string {
  const secrets = JSON.parse(readFileSync(join(dataDir, "keys.json"), "utf8")) as {
    bench?: { load?: string };
  };
  const key = secrets.bench?.load;
  if (key === undefined) throw new Error("keys.json does not have the key of the bench");
  return key;
}

function postmasterOf(dataDir: string): number {
  return Number(readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8").split("\n", 1)[0]);
}

async function settle(sql: Sql, counts: UpstreamCounts): Promise<string | null> {
  const until = performance.now() + settleMsMax;
  let posted = 0;
  while (performance.now() < until) {
    const [row] = await sql<{ posted: string }[]>`
      select coalesce(sum(posted), 0) as posted from gateways`;
    posted = Number(row?.posted ?? 0);
    if (posted >= counts.answers) return null;
    await sleep(100);
  }
  return `${counts.answers - posted} of ${counts.answers} were not booked within ${settleMsMax / 1_000} s`;
}

async function verify(
  sql: Sql,
  { dataDir, counts }: { dataDir: string; counts: UpstreamCounts },
): Promise<Bill> {
  const [row] = await sql<
    { generations: number; input: string; output: string; charge: string; other: number }[]
  >`select count(*)::int as generations, coalesce(sum(input), 0) as input, coalesce(sum(output), 0) as output,
           coalesce(sum(charge), 0) as charge,
           count(*) filter (where outcome <> 'complete' or usage_source <> 'reported')::int as other
      from generations`;
  if (!row) throw new Error("the database does not answer");
  const charged = BigInt(row.charge);
  const due =
    BigInt(counts.promptTokens) * chargePicodollars.input +
    BigInt(counts.completionTokens) * chargePicodollars.output;
  const differences: string[] = [];
  const hold = (
    what: string,
    booked: string | number | bigint,
    served: string | number | bigint,
  ) => {
    if (String(booked) !== String(served))
      differences.push(`${what}: ${booked} booked, ${served} served`);
  };
  hold("generations", row.generations, counts.answers);
  hold("prompt tokens", row.input, counts.promptTokens);
  hold("completion tokens", row.output, counts.completionTokens);
  hold("picodollars", charged, due);
  if (row.other > 0)
    differences.push(`${row.other} generations are not complete with reported usage`);
  if (counts.aborted > 0) differences.push(`${counts.aborted} answers were cut at the upstream`);
  try {
    execFileSync(process.execPath, ["control-plane/cli/main.ts", "reconcile", "--json"], {
      cwd: root,
      env: { ...process.env, DATA_DIR: dataDir },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: reconcileMsMax,
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer };
    differences.push(
      `reconcile: ${String(stdout ?? "").trim()} ${String(stderr ?? "").trim()}`.slice(0, 400),
    );
  }
  return {
    generations: row.generations,
    served: counts.answers,
    chargedUsd: formatDollars(charged),
    differences,
  };
}
