import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { isAlive } from "#control/start/live-process.ts";
import { takeLock } from "#control/start/lock-file.ts";
import { parseSettings, type Environment } from "#control/start/settings.ts";
import {
  keepAlive,
  restartDelayMs,
  runChild,
  stopInOrder,
  type Kept,
  type Running,
} from "#control/start/supervise.ts";

const folder = mkdtempSync(join(tmpdir(), "turnpike-supervise-"));

// A child that says when it is up, drains as long as it is told, and ends with its parent.
writeFileSync(
  join(folder, "child.mjs"),
  `
const drain = () => setTimeout(() => { console.log("drained"); process.exit(0); }, Number(process.env.DRAIN_MS));
process.on("SIGTERM", () => { console.log("draining"); drain(); });
process.stdin.resume().on("end", drain);
console.log("up");
console.error("a warning");
`,
);
writeFileSync(
  join(folder, "stubborn.mjs"),
  `process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6); console.log("up");`,
);

/** Lines as they come, and a way to wait for one. */
function transcript() {
  const lines: string[] = [];
  let wake = () => {};
  return {
    lines,
    write: (line: string) => {
      lines.push(line);
      wake();
    },
    until: async (line: string, times = 1): Promise<void> => {
      while (lines.filter((seen) => seen === line).length < times) {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

function child(
  name: string,
  {
    write,
    file = "child.mjs",
    drainMs = 0,
    stopMsMax = 5_000,
  }: {
    write: (line: string) => void;
    file?: string;
    drainMs?: number;
    stopMsMax?: number;
  },
): Kept {
  const environment = { DRAIN_MS: String(drainMs) };
  return keepAlive({
    name,
    start: () =>
      runChild(
        { name, file, folder, environment, stopMsMax },
        { write: (line) => write(`${name} ${line}`) },
      ),
    log: write,
  });
}

const supervise = suite("supervise");

supervise("a child that was killed is back within a second, as another process", async () => {
  const { write, until, lines } = transcript();
  const kept = child("gateway-1", { write });
  await until("gateway-1 up");
  const pid = kept.pid();
  const killedAt = Date.now();
  kept.kill();
  await until("gateway-1 up", 2);
  assert.ok(Date.now() - killedAt < 1_000, `took ${Date.now() - killedAt} ms`);
  assert.is.not(kept.pid(), pid);
  assert.ok(lines.includes("gateway-1 ended (SIGKILL); starting it again"));
  await kept.stop();
});

supervise(
  "what it writes to either stream comes through, and its last words before its end",
  async () => {
    const { write, lines, until } = transcript();
    const kept = child("gateway-1", { write });
    await until("gateway-1 up");
    await kept.stop();
    assert.ok(lines.includes("gateway-1 a warning"));
    assert.is(lines.at(-1), "gateway-1 drained");
  },
);

supervise("a child in the middle of its drain is waited for, and not started again", async () => {
  const { write, until, lines } = transcript();
  const kept = child("gateway-1", { write, drainMs: 300 });
  await until("gateway-1 up");
  await kept.stop();
  assert.equal(lines.slice(-2), ["gateway-1 draining", "gateway-1 drained"]);
  assert.is(kept.pid(), null);
});

supervise("a group is gone before the next is told to stop", async () => {
  const { write, until, lines } = transcript();
  const gateways = ["gateway-1", "gateway-2"].map((name) => child(name, { write, drainMs: 150 }));
  const controlPlane = child("control-plane", { write });
  for (const name of ["gateway-1", "gateway-2", "control-plane"]) await until(`${name} up`);
  await stopInOrder([gateways, [controlPlane]]);
  const told = lines.indexOf("control-plane draining");
  for (const gateway of ["gateway-1", "gateway-2"])
    assert.ok(lines.indexOf(`${gateway} drained`) < told);
});

supervise("a child that ignores its stop is killed in the end, and it is said", async () => {
  const { write, until, lines } = transcript();
  const kept = child("gateway-1", { write, file: "stubborn.mjs", stopMsMax: 200 });
  await until("gateway-1 up");
  await kept.stop();
  assert.is(lines.at(-1), "gateway-1 did not finish within 0.2 s and is killed");
});

supervise("a Ctrl-C in the terminal does not reach the children", async () => {
  const { write, until } = transcript();
  const kept = child("gateway-1", { write });
  await until("gateway-1 up");
  const group = (pid: number) =>
    readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[2];
  if (process.platform === "linux") assert.is.not(group(kept.pid() ?? 0), group(process.pid));
  await kept.stop();
});

supervise("children end when their supervisor is killed", async () => {
  const script = `
    import { runChild } from ${JSON.stringify(new URL("../../control-plane/start/supervise.ts", import.meta.url).href)};
    const program = { name: "a", file: "child.mjs", folder: ${JSON.stringify(folder)}, environment: { DRAIN_MS: "0" }, stopMsMax: 1000 };
    const child = runChild(program, { write: (line) => line === "up" && console.log(child.pid) });
  `;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(said.toString());
  assert.ok(isAlive(pid));
  parent.kill("SIGKILL");
  while (isAlive(pid)) await turn();
});

supervise("what cannot start is tried less and less often, but at least every five seconds", () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9, 50].map(restartDelayMs);
  assert.equal(delays, [0, 0, 0, 0, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
});

supervise("a start that throws is tried again, with its reason said", async () => {
  const { write, lines } = transcript();
  let tries = 0;
  const running: Running = { pid: 1, exited: new Promise(() => {}), stop() {}, kill() {} };
  await new Promise<void>((resolve) => {
    keepAlive({
      name: "postgres",
      log: write,
      start() {
        tries += 1;
        if (tries < 3) throw new Error("port taken");
        resolve();
        return running;
      },
    });
  });
  assert.equal(lines, Array(2).fill("postgres did not start (port taken); starting it again"));
});

const locks = suite("start lock");

locks("is held by one, named to the other, and free after", () => {
  const path = join(folder, "a.lock");
  const lock = takeLock(path);
  assert.is(lock.kind, "held");
  const other = takeLock(path);
  assert.is(other.kind === "busy" && other.pid, process.pid);
  if (lock.kind === "held") lock.release();
  assert.is(existsSync(path), false);
});

for (const { name, holder } of [
  { name: "a holder that is gone", holder: { pid: 2 ** 22 + 1, processStart: "x" } },
  {
    name: "a holder whose number another process has now",
    holder: { pid: process.pid, processStart: "earlier" },
  },
]) {
  locks(`is taken over from ${name}`, () => {
    if (process.platform === "win32") return; // starts of processes are not known there
    const path = join(folder, "b.lock");
    writeFileSync(path, JSON.stringify({ ...holder, since: "2026-01-01T00:00:00Z" }));
    const lock = takeLock(path);
    assert.is(lock.kind === "held" && lock.wasStale, true);
    if (lock.kind === "held") lock.release();
  });
}

const settings = suite("settings");
const machine = { folder: "/srv/turnpike", cores: 4, platform: "linux" };
const key = "0123456789abcdef".repeat(4);
const url = "postgres://user:secret@db/turnpike";

settings("with nothing set are the documented ones", () => {
  const { environment: _, ...given } = parseSettings({ PORT: " " }, machine);
  assert.equal(given, {
    host: "127.0.0.1",
    port: 4000,
    controlPort: 4001,
    databaseUrl: null,
    analyticsDatabaseUrl: null,
    dataDir: "/srv/turnpike/.turnpike",
    gatewayWorkers: 4,
    masterKey: null,
    masterKeyAlso: null,
    durability: "process",
    spoolFreeMbMin: 512,
    leaseQuarantineMinutes: 60,
    configFile: null,
    bootstrapCredits: "10.00",
    simulatorUrl: "http://127.0.0.1:4002",
    drainSeconds: 600,
  });
});

const refused: { environment: Environment; says: string }[] = [
  { environment: { PORT: "abc" }, says: 'PORT must be a whole number from 1 to 65535, got "abc"' },
  { environment: { PORT: "0" }, says: 'PORT must be a whole number from 1 to 65535, got "0"' },
  {
    environment: { CONTROL_PORT: "65535" },
    says: "CONTROL_PORT must be a whole number from 1 to 65534",
  },
  {
    environment: { PORT: "5001", CONTROL_PORT: "5001" },
    says: "PORT (5001) must differ from CONTROL_PORT (5001)",
  },
  {
    environment: { GATEWAY_WORKERS: "1.5" },
    says: "GATEWAY_WORKERS must be a whole number from 1 to 256",
  },
  {
    environment: { DURABILITY: "never" },
    says: 'DURABILITY must be one of process, strict, got "never"',
  },
  {
    environment: { DATABASE_URL: "mysql://db/x", MASTER_KEY: key },
    says: "DATABASE_URL must be a Postgres URL",
  },
  { environment: { DATABASE_URL: url }, says: "openssl rand -hex 32" },
  {
    environment: { DATABASE_URL: url, MASTER_KEY: "abc" },
    says: "MASTER_KEY must be 64 hexadecimal digits",
  },
  { environment: { MASTER_KEY: key, MASTER_KEY_FILE: "/k" }, says: "not both" },
  {
    environment: { TURNPIKE_CONFIG: "no.yaml" },
    says: "/srv/turnpike/no.yaml, which does not exist",
  },
  {
    environment: { BOOTSTRAP_CREDITS: "-1" },
    says: "BOOTSTRAP_CREDITS must be dollars as a decimal",
  },
];
for (const { environment, says } of refused) {
  settings(
    `${Object.keys(environment).join(" and ")} that cannot be meant is refused: ${says}`,
    () => {
      assert.throws(
        () => parseSettings(environment, machine),
        (error: unknown) =>
          error instanceof Error &&
          error.message.includes(says) &&
          !error.message.includes("secret"),
      );
    },
  );
}

supervise.run();
locks.run();
settings.after(() => rmSync(folder, { recursive: true, force: true }));
settings.run();
