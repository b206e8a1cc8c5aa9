// `npm start`: brings up database, control plane, gateways and simulator, keeps them up, and takes
// them down in the order in which nothing is lost.
import { enableCompileCache } from "node:module";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createConsole } from "./console.ts";
import { makeDataFolder } from "./data-folder.ts";
import { startPostgres, type EmbeddedPostgres } from "./embedded-postgres.ts";
import { takeLock } from "./lock-file.ts";
import { keepMasterKey } from "./master-key.ts";
import { probePort } from "./port.ts";
import { compileCacheFolder, programsOf } from "./programs.ts";
import { waitUntilReady } from "./ready.ts";
import { completeSettings, parseSettings, type GivenSettings, type Settings } from "./settings.ts";
import { StartRefusal } from "./start-refusal.ts";
import {
  keepAlive,
  runChild,
  stopInOrder,
  type ChildProgram,
  type Kept,
  type Running,
} from "./supervise.ts";
import { welcome } from "./welcome.ts";

const nodeMajorMin = 24;
const readyMsMax = 20_000;

// A Ctrl-C in the terminal reaches us from the terminal and again from npm, which passes it on.
const sameSignalMsMax = 300;

// Children of a killed supervisor notice at once, and close their ports before they finish their streams.
const leftoverMsMax = 5_000;

const startedAt = performance.now();
const terminal = createConsole((text) => process.stderr.write(text));
// Whoever reads our output may go away (`npm start | head`); that is no reason to stop serving.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const stopped = new AbortController();
const running: { postgres: Kept[]; simulator: Kept[]; controlPlane: Kept[]; gateways: Kept[] } = {
  postgres: [],
  simulator: [],
  controlPlane: [],
  gateways: [],
};
let releaseLock = () => {};
let drainSeconds = 0;
let firstSignalAt: number | null = null;
let forced = false;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);

// Told to stop, npm ends the shell between it and us (where that has not become us), and not us.
const parentPid = process.ppid;
if (process.env["npm_lifecycle_event"] !== undefined) {
  setInterval(() => {
    if (process.ppid !== parentPid && firstSignalAt === null) onSignal("SIGTERM");
  }, 250).unref();
}

const starting = start();
await starting.catch(async (error: unknown) => {
  if (stopped.signal.aborted) return; // it failed because what it needed was being stopped
  report(error);
  await stopAll();
  process.exit(1);
});

async function start(): Promise<void> {
  if (Number(process.versions.node.split(".")[0]) < nodeMajorMin) {
    throw new StartRefusal(
      `Turnpike needs Node ${nodeMajorMin} or newer, and this is ${process.versions.node}. ` +
        `\`npm ci\` brings one along, and \`npm start\` uses it.`,
    );
  }
  const given = parseSettings(process.env, {
    folder: process.cwd(),
    cores: availableParallelism(),
    platform: process.platform,
  });
  drainSeconds = given.drainSeconds;
  const dataDir = makeDataFolder(given.dataDir);
  const { wasStale } = lockFolder(dataDir);
  await requirePorts(given, { waitMsMax: wasStale ? leftoverMsMax : 0 });

  // Reading TypeScript is most of a start: kept compiled, a warm one took 2.9 s instead of 4.1 on a busy machine.
  enableCompileCache(join(dataDir, compileCacheFolder));
  // Loading what installs takes about as long as starting Postgres, so both at once.
  const installing = import("#control/install.ts");
  installing.catch(() => {}); // awaited below; Postgres may fail first
  const databaseUrl = given.databaseUrl ?? (await startDatabase(dataDir));
  if (stopped.signal.aborted) return;
  const { masterKey, also } =
    given.databaseUrl === null
      ? keepMasterKey(dataDir, given.masterKey, given.masterKeyAlso)
      : { masterKey: given.masterKey ?? "", also: given.masterKeyAlso };
  const settings = completeSettings(
    { ...given, dataDir, masterKeyAlso: also },
    { databaseUrl, masterKey },
  );
  const { install } = await installing;
  const installation = await install(settings);
  if (stopped.signal.aborted) return;

  const programs = programsOf(settings, { drainSeconds });
  if (installation.simulator) {
    await requirePort("CONTROL_PORT + 1 (the simulator's)", addressOf(settings.simulatorUrl), {
      waitMsMax: 0,
    });
    running.simulator = [keepChild(programs.simulator)];
  }
  running.controlPlane = [keepChild(programs.controlPlane)];
  running.gateways = programs.gateways.map(keepChild);

  await allReady(settings);
  if (stopped.signal.aborted) return;
  const colour = process.stdout.isTTY && !process.env["NO_COLOR"] && process.env["TERM"] !== "dumb";
  process.stdout.write(
    welcome(installation, { readyMs: performance.now() - startedAt, dataDir, colour }),
  );
}

function lockFolder(dataDir: string): { wasStale: boolean } {
  const lock = takeLock(join(dataDir, "start.lock"));
  if (lock.kind === "busy") {
    throw new StartRefusal(
      `Turnpike is running on ${dataDir} already: process ${lock.pid ?? "unknown"}, since ${lock.since ?? "just now"}. ` +
        `Stop it first, or start a second one with its own DATA_DIR, PORT and CONTROL_PORT.`,
    );
  }
  releaseLock = lock.release;
  return lock;
}

async function startDatabase(dataDir: string): Promise<string> {
  const first = await startPostgres({ dataDir, log: terminal.say });
  const again = () => startPostgres({ dataDir, keepPort: true, log: terminal.say }).then(asRunning);
  running.postgres = [
    keepAlive({ name: "postgres", running: asRunning(first), start: again, log: terminal.say }),
  ];
  return first.url;
}

function asRunning(postgres: EmbeddedPostgres): Running {
  return {
    pid: postgres.pid,
    exited: postgres.exited.then(() => "see postgres.log"),
    stop: () => void postgres.stop(),
    // Never SIGKILL: a fast shutdown takes milliseconds once its clients are gone.
    kill: () => void postgres.stop(),
  };
}

function keepChild(program: ChildProgram): Kept {
  const write = terminal.writerOf(program.name);
  return keepAlive({
    name: program.name,
    start: () => runChild(program, { write }),
    log: terminal.say,
  });
}

async function requirePorts(
  given: GivenSettings,
  { waitMsMax }: { waitMsMax: number },
): Promise<void> {
  await requirePort("PORT", { host: given.host, port: given.port }, { waitMsMax });
  await requirePort("CONTROL_PORT", { host: "127.0.0.1", port: given.controlPort }, { waitMsMax });
}

async function requirePort(
  name: string,
  address: { host: string; port: number },
  { waitMsMax }: { waitMsMax: number },
): Promise<void> {
  for (const since = Date.now(); ; await sleep(50)) {
    const state = await probePort(address);
    if (state.kind === "free") return;
    if (state.code === "EADDRINUSE" && Date.now() - since < waitMsMax) continue;
    throw new StartRefusal(portRefusal(state.code, { name, ...address }));
  }
}

function portRefusal(
  code: string,
  { name, host, port }: { name: string; host: string; port: number },
): string {
  switch (code) {
    case "EADDRINUSE":
      return `${name} is ${port}, and another program listens on ${host}:${port}. Stop it, or set ${name.split(" ")[0]} to a free port.`;
    case "EACCES":
      return `${name} is ${port}, and this user may not listen on it (ports below 1024 are root's). Choose a higher one.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `HOST is ${host}, which is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all addresses.`;
    default:
      return `Cannot listen on ${host}:${port} (${name}): ${code}.`;
  }
}

/** Says what is late and goes on waiting: a slow machine is served too, and Ctrl-C ends it. */
async function allReady(settings: Settings): Promise<void> {
  const parts = [
    { names: ["control-plane"], origin: `http://127.0.0.1:${settings.controlPort}` },
    {
      names: running.gateways.map(({ name }) => name),
      origin: `http://${connectable(settings.host)}:${settings.port}`,
    },
  ];
  await Promise.all(
    parts.map(async ({ names, origin }) => {
      const wait = (waitMsMax: number) =>
        waitUntilReady({ origin, waitMsMax, signal: stopped.signal });
      const late = await wait(readyMsMax);
      if (late === null || stopped.signal.aborted) return;
      terminal.say(
        `${names.join(", ")} not ready after ${readyMsMax / 1_000} s: ${origin}/readyz says ${late}`,
      );
      for (const name of names)
        for (const line of terminal.lastLinesOf(name)) terminal.say(`  ${name}: ${line}`);
      terminal.say("still waiting; Ctrl-C stops everything");
      await wait(Infinity);
    }),
  );
}

function onSignal(signal: NodeJS.Signals): void {
  const now = performance.now();
  if (firstSignalAt === null) {
    firstSignalAt = now;
    const streams =
      running.gateways.length > 0
        ? `; open streams may finish within ${drainSeconds} s, Ctrl-C again cuts them`
        : "";
    terminal.say(`${signal}: stopping${streams}`);
    void stopAll().then(() => process.exit(forced ? 130 : 0), fail);
  } else if (now - firstSignalAt > sameSignalMsMax) {
    forced = true;
    terminal.say("killing what has not finished");
    for (const kept of [running.gateways, running.controlPlane, running.simulator].flat()) {
      void kept.stop(); // or it would be started again
      kept.kill();
    }
  }
}

/** Gateways first, since they need all the others; then what they were handing over to; Postgres last. */
async function stopAll(): Promise<void> {
  stopped.abort();
  const { gateways, controlPlane, simulator } = running;
  await stopInOrder([gateways, controlPlane, simulator, running.postgres]);
  if (firstSignalAt !== null && running.gateways.length === 0) {
    // Stopped while starting: Postgres may have come up since. Its own start is short; an install that
    // lost its database fails by itself.
    await Promise.race([starting.catch(() => {}), sleep(leftoverMsMax)]);
    await stopInOrder([running.postgres]);
  }
  releaseLock();
}

function fail(error: unknown): never {
  report(error);
  process.exit(1);
}

function report(error: unknown): void {
  if (error instanceof StartRefusal) process.stderr.write(`\n${error.message}\n\n`);
  else
    process.stderr.write(
      `\nTurnpike could not start.\n${error instanceof Error ? error.stack : String(error)}\n\n`,
    );
}

function addressOf(origin: string): { host: string; port: number } {
  const { hostname, port } = new URL(origin);
  return { host: hostname, port: Number(port) };
}

/** An address that means "all of them" can be listened on, not connected to. */
function connectable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
