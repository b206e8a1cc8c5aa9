// A whole installation, as `npm start` makes it: supervisor, Postgres, control plane and two gateways in
// a folder of their own, in front of two scripted providers. Nothing of it is mocked.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, chmodSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readBootstrap } from "#control/read-bootstrap.ts";
import { databaseUrlOf } from "#control/start/embedded-postgres.ts";
import { type AdminClient, createAdminClient } from "#control/trpc/admin.ts";
import { openClient, type Sql } from "#schema/client.ts";
import { ask, type ClientAnswer } from "#test/doubles/client.ts";
import { startUpstream, type Upstream } from "#test/doubles/upstream.ts";

/** USD per million tokens of every model, and the same in picodollars per token. Odd, so that a slip shows. */
export const listPrice = { input: "0.37", output: "1.23", cache_read: "0.05" };
export const rates = { input: 370_000n, cacheRead: 50_000n, output: 1_230_000n };

const root = join(import.meta.dirname, "../..");
const readyMsMax = 60_000; // two seconds on a machine that has nothing else to do
const pollMs = 25;

export type StoryModel = {
  id: string;
  /** `listPrice` when absent. */
  charge?: typeof listPrice;
  endpoints: { provider: "acme" | "backup"; upstreamModel: string }[];
};

/** `acme/<script>`, which the provider acme plays (see `doubles/upstream-script.ts`). */
export const played = (script: string): StoryModel => ({
  id: `acme/${script}`,
  endpoints: [{ provider: "acme", upstreamModel: script }],
});

export type Processes = { controlPlane: number[]; gateways: number[]; postgres: number | null };

export type Installation = {
  origin: string;
  inferenceKey: string;
  managementKey: string;
  dataDir: string;
  databaseUrl: string;
  /** The providers. */
  acme: Upstream;
  backup: Upstream;
  admin: AdminClient;
  sql: Sql;
  /** What runs now, by process id. */
  processes(): Processes;
  supervisor(): number;
  /** One chat request, on a connection of its own. */
  chat: (model: string, rest?: object, options?: ChatOptions) => Promise<ClientAnswer>;
  /** A question to GraphQL. @throws when it has errors. */
  question(query: string): Promise<Record<string, unknown>>;
  /** Starts it again, on the same folder and ports. */
  start(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** What supervisor and children have written. */
  output(): string;
  /** Ends everything, however it stands, and removes the folder unless that is to be looked at. */
  close(options?: { keepFolder: boolean }): Promise<void>;
};

export type ChatOptions = { key?: string; signal?: AbortSignal };

/** Starts an installation and waits until it is ready. @throws with what it printed when it is not in 30 s. */
export async function startInstallation(options: {
  models: readonly StoryModel[];
  credits?: string;
}): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-story-"));
  chmodSync(folder, 0o711); // root's Postgres runs as nobody, and has to get through
  const dataDir = join(folder, "data");
  const [acme, backup] = await Promise.all([startUpstream(), startUpstream()]);
  const configFile = join(folder, "turnpike.yaml");
  writeFileSync(configFile, configuration(options.models, { acme, backup }));
  const [port, controlPort] = await freePorts();
  const origin = `http://127.0.0.1:${port}`;

  let child: ChildProcess | null = null;
  let output = "";
  const killAll = () => {
    child?.kill("SIGKILL");
    for (const pid of [...pidsOf(dataDir).map((each) => each.pid), postgresPid(dataDir)])
      if (pid !== null) kill(pid, "SIGKILL");
  };
  const onExit = () => {
    killAll();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  process.once("exit", onExit);

  async function start(): Promise<void> {
    const started = spawn(process.execPath, ["control-plane/start/main.ts"], {
      cwd: root,
      env: environment({
        DATA_DIR: dataDir,
        PORT: String(port),
        CONTROL_PORT: String(controlPort),
        GATEWAY_WORKERS: "2",
        TURNPIKE_CONFIG: configFile,
        BOOTSTRAP_CREDITS: options.credits ?? "100.00",
      }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = started;
    let welcomed = false;
    const hear = (text: string) => {
      output += text;
      welcomed ||= text.includes(origin);
    };
    started.stdout.setEncoding("utf8").on("data", hear);
    started.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    await until(
      () => {
        if (started.exitCode !== null) throw new Error(`It ended at once:\n${output}`);
        return welcomed;
      },
      "the installation is ready",
      readyMsMax,
    ).catch((cause: unknown) => {
      killAll();
      throw new Error(`It did not start:\n${output}`, { cause });
    });
  }
  await start();

  const keys = readBootstrap(dataDir);
  const databaseUrl = databaseUrlOf(dataDir);
  if (keys === null || databaseUrl === null) throw new Error(`no bootstrap.json in ${dataDir}`);
  const sql = openClient(databaseUrl, { connectionsMax: 2, name: "story" });

  return {
    origin,
    inferenceKey: keys.inference_key,
    managementKey: keys.management_key,
    dataDir,
    databaseUrl,
    acme,
    backup,
    admin: createAdminClient({ origin, key: keys.management_key }),
    sql,
    processes() {
      const running = pidsOf(dataDir);
      const having = (file: string) =>
        running.filter(({ command }) => command.includes(file)).map(({ pid }) => pid);
      return {
        controlPlane: having("control-plane/main.ts"),
        gateways: having("data-plane/main.ts"),
        postgres: postgresPid(dataDir),
      };
    },
    supervisor: () => child?.pid ?? 0,
    chat: (model, rest = {}, { key = keys.inference_key, signal } = {}) =>
      ask(`${origin}/api/v1/chat/completions`, {
        headers: { authorization: `Bearer ${key}` },
        body: { model, messages: [{ role: "user", content: "hi" }], ...rest },
        ...(signal ? { signal } : {}),
      }),
    async question(query) {
      const answer = await ask(`${origin}/graphql`, {
        headers: { authorization: `Bearer ${keys.management_key}` },
        body: { query },
      });
      const { data, errors } = (await answer.json()) as {
        data?: Record<string, unknown>;
        errors?: object[];
      };
      if (errors || !data) throw new Error(`GraphQL: ${JSON.stringify(errors)}`);
      return data;
    },
    start,
    async stop() {
      const stopping = child;
      if (stopping === null || stopping.exitCode !== null) return stopping?.exitCode ?? null;
      stopping.kill("SIGTERM");
      const [code] = (await once(stopping, "exit")) as [number | null];
      return code;
    },
    output: () => output,
    async close({ keepFolder } = { keepFolder: false }) {
      await sql.end({ timeout: 1 }).catch(() => {}); // Postgres may be gone already
      killAll();
      await until(() => pidsOf(dataDir).length === 0, "nothing of it runs", 10_000);
      await Promise.all([acme.close(), backup.close()]);
      // Postgres' own children notice its death within a moment, and may write until then.
      if (!keepFolder)
        rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      process.off("exit", onExit);
    },
  };
}

/** Asks again and again, every 25 ms. @throws when it is not so in time. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 20_000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await sleep(pollMs);
  }
}

/** Waits until so many generations are booked, of all that there ever were. */
export async function untilPosted({ sql }: Installation, count: number): Promise<void> {
  let posted = 0;
  await until(
    async () => {
      const [row] = await sql<{ count: number }[]>`select count(*)::int as count from generations`;
      posted = row?.count ?? 0;
      return posted >= count;
    },
    `${count} generations are booked`,
    30_000,
  ).catch((cause: unknown) => {
    throw new Error(`${posted} of ${count} generations are booked`, { cause });
  });
}

/** Everything that `reconcile` finds to differ; empty is what is promised. */
export async function differences({ admin }: Installation): Promise<string[]> {
  const { checks } = await admin.credits.reconcile.query();
  return checks.flatMap((check) => check.differences.map((line) => `${check.name}: ${line}`));
}

function configuration(
  models: readonly StoryModel[],
  providers: { acme: Upstream; backup: Upstream },
): string {
  const flags = { firstContentTimeoutMs: 1_500 };
  // JSON is YAML.
  return JSON.stringify({
    providers: Object.entries(providers).map(([slug, { url }]) => ({
      slug,
      name: slug === "acme" ? "Acme" : "Backup",
      protocol: "openai-chat",
      base_url: url,
      key: `sk-${slug}`,
      allow_private_network: true,
      flags,
    })),
    models: models.map(({ id, charge = listPrice, endpoints }) => ({
      id,
      context_length: 131_072,
      max_output_tokens: 8_192,
      supported_parameters: ["temperature", "max_tokens", "tools"],
      endpoints: endpoints.map(({ provider, upstreamModel }) => ({
        provider,
        upstream_model: upstreamModel,
        charge,
        cost: { input: "0.30", output: "1.00" },
      })),
    })),
  });
}

/** The machine's own variables without settings of whoever runs the tests. */
function environment(settings: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  return { PATH, HOME, TMPDIR, LANG, NO_COLOR: "1", ...settings };
}

/** A port for the gateways, and one for the control plane. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address !== null && typeof address === "object") ports.push(address.port);
  }
  for (const server of servers) {
    server.close();
    await once(server, "close");
  }
  const [port = 0, controlPort = 0] = ports;
  return port === controlPort + 1 ? freePorts() : [port, controlPort];
}

/** Every process that was started with this folder as its DATA_DIR. */
function pidsOf(dataDir: string): { pid: number; command: string }[] {
  const found: { pid: number; command: string }[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (!readFileSync(`/proc/${name}/environ`, "utf8").includes(`DATA_DIR=${dataDir}\0`))
        continue;
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      if (command !== "") found.push({ pid: Number(name), command }); // empty: dead, and not yet waited for
    } catch {
      continue; // it ended while we looked, or is not ours to look at
    }
  }
  return found;
}

function postgresPid(dataDir: string): number | null {
  try {
    return Number(readFileSync(join(dataDir, "postgres/postmaster.pid"), "utf8").split("\n", 1)[0]);
  } catch {
    return null; // it is not running
  }
}

/** Sends a signal; a process that has ended is no error. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
