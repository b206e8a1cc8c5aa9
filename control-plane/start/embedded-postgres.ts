// The Postgres that comes with Turnpike: a real server on loopback, in a folder, owned by whoever
// started it. It survives a `kill -9` of its starter (the next start adopts it) and its own.
import { execFile, spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { postgres } from "#schema/driver.ts";
import { makeDataFolder } from "./data-folder.ts";
import { commandOf, isAlive } from "./live-process.ts";
import { takeLock, type Lock } from "./lock-file.ts";
import { probePort } from "./port.ts";
import {
  choosePostgresAccount,
  giveTo,
  underAccount,
  type PostgresAccount,
} from "./postgres-account.ts";
import { findPostgresBinaries, type PostgresBinaries } from "./postgres-binaries.ts";
import { StartRefusal } from "./start-refusal.ts";

export type EmbeddedPostgres = {
  url: string;
  /** It was running already: started by another process, or left by a killed one. */
  adopted: boolean;
  pid: number;
  /** Resolves when the server process is gone, for whatever reason. */
  exited: Promise<void>;
  /** Fast shutdown (transactions are rolled back, then a checkpoint); resolves when it is gone. */
  stop(): Promise<void>;
};

const host = "127.0.0.1";
const user = "turnpike";
const database = "turnpike";

// Starting values, written into postgresql.conf by initdb: an operator may change them there.
const startingConfiguration = {
  shared_buffers: "128MB",
  max_connections: "200",
  synchronous_commit: "on", // a hold or a charge that was acknowledged must survive a crash
  log_checkpoints: "off",
  log_timezone: "UTC",
  timezone: "UTC",
};

// Below the ports that Linux (32768) and macOS (49152) give to outgoing connections, so that nobody
// gets ours by chance while it is restarting.
const portMin = 20_000;
const portMax = 32_000;

const pollMs = 5;
const logBytesMax = 16 * 1024 * 1024; // about 100 000 lines; one older file is kept
const fastShutdownMsMax = 60_000; // the checkpoint of a shutdown writes at most shared_buffers
const orphanMsMax = 30_000;

/**
 * Starts the cluster in `dataDir`/postgres, making it first if need be, or adopts it when it runs.
 * The URL stays the same over restarts: port and password are kept in `dataDir`/postgres.json (0600).
 * Only when another program has taken the port is a new one chosen; with `keepPort` it is waited for
 * instead, because the caller's other processes know the old one.
 * @throws {StartRefusal} when it cannot run here or will not start, with the reason from its log.
 */
export async function startPostgres({
  dataDir,
  keepPort = false,
  log = () => {},
}: {
  dataDir: string;
  keepPort?: boolean;
  log?: (line: string) => void;
}): Promise<EmbeddedPostgres> {
  const place = placeIn(dataDir);
  const lock = await waitForLock(join(place.dataDir, "postgres.lock"));
  try {
    const running = await findRunning(place, log);
    if (running !== null) {
      const secrets = requireSecrets(place);
      if (secrets.port !== running.port) writeSecrets(place, { ...secrets, port: running.port });
      return await connectTo(place, {
        pid: running.pid,
        adopted: true,
        exited: pollExit(running.pid, place),
        log,
      });
    }
    const server = await launch(place, { keepPort, log });
    return await connectTo(place, { ...server, adopted: false, log });
  } finally {
    lock.release();
  }
}

/** The URL of the cluster in `dataDir`, running or not; null when there is none. */
export function databaseUrlOf(dataDir: string): string | null {
  const secrets = readSecrets(join(dataDir, "postgres.json"));
  // Port 0: the cluster is being made and has never run.
  return secrets === null || secrets.port === 0 ? null : urlOf(secrets);
}

type Place = { dataDir: string; cluster: string; secretsFile: string; logFile: string };
type Secrets = { port: number; password: string };
type Server = { pid: number; exited: Promise<void> };

function placeIn(dataDir: string): Place {
  // Real, because it is compared with command lines and working folders of processes.
  const real = makeDataFolder(resolve(dataDir));
  return {
    dataDir: real,
    cluster: join(real, "postgres"),
    secretsFile: join(real, "postgres.json"),
    logFile: join(real, "postgres.log"),
  };
}

/** Two cold starts on one folder: the second waits for the first one's cluster and adopts it. */
async function waitForLock(path: string): Promise<Extract<Lock, { kind: "held" }>> {
  const waitMsMax = 120_000; // a crash recovery may be going on; 460 MB of WAL took 3.3 s
  for (const since = Date.now(); ; await sleep(20)) {
    const lock = takeLock(path);
    if (lock.kind === "held") return lock;
    if (Date.now() - since > waitMsMax) {
      throw new StartRefusal(
        `Process ${lock.pid} has been starting Postgres since ${lock.since} (${path}).`,
      );
    }
  }
}

type PidFile = { pid: number; port: number; status: string };

/** postmaster.pid by line: pid, folder, start, port, socket folder, address, shared memory, status. */
function readPidFile({ cluster }: Place): PidFile | null {
  const path = join(cluster, "postmaster.pid");
  if (!existsSync(path)) return null;
  const lines = readFileSync(path, "utf8").split("\n");
  return { pid: Number(lines[0]), port: Number(lines[3]), status: lines[7]?.trim() ?? "" };
}

/** Waits for a server that is coming up or going down, so what is returned takes connections. */
async function findRunning(place: Place, log: (line: string) => void): Promise<PidFile | null> {
  const since = Date.now();
  for (let told = false; ; await sleep(pollMs)) {
    const file = readPidFile(place);
    if (file === null || !serves(file.pid, place)) return null;
    if (file.status === "ready") return file;
    if (!told && Date.now() - since > 3_000) {
      told = true;
      log(`waiting for Postgres (process ${file.pid}), which is ${file.status || "starting"}`);
    }
  }
}

function serves(pid: number, { cluster }: Place): boolean {
  if (!Number.isInteger(pid) || pid <= 1 || !isAlive(pid)) return false;
  const command = commandOf(pid);
  // Where command lines cannot be read (Windows) a live process of that number has to do.
  return command === null ? process.platform === "win32" : command.includes(cluster);
}

async function launch(
  place: Place,
  { keepPort, log }: { keepPort: boolean; log: (line: string) => void },
): Promise<Server> {
  const binaries = await findPostgresBinaries();
  const account = choosePostgresAccount({ postgres: binaries.postgres, dataDir: place.dataDir });
  if (existsSync(place.cluster)) {
    giveTo(account, place.cluster);
    requireVersion(place, binaries);
    // Postgres would refuse when the dead one's number is a zombie's or somebody else's by now. Real
    // data stays safe without it: shared memory that is still in use stops a second server.
    if (existsSync(join(place.cluster, "postmaster.pid"))) {
      rmSync(join(place.cluster, "postmaster.pid"));
      endOrphans(place);
    }
  } else {
    log("making the database cluster");
    await createCluster(place, { binaries, account });
  }
  rotateLog(place);
  for (const since = Date.now(); ; await sleep(50)) {
    const port = await choosePort(place, { keepPort });
    const logFrom = existsSync(place.logFile) ? statSync(place.logFile).size : 0;
    const server = await run(place, { binaries, account, port, log });
    if (server !== null) return server;
    const words = readFileSync(place.logFile).subarray(logFrom).toString("utf8");
    const mayPass =
      /pre-existing shared memory block/.test(words) ||
      /could not bind|could not create any TCP/.test(words);
    if (!mayPass || Date.now() - since > orphanMsMax) {
      const reason = words.trim().split("\n").slice(-12).join("\n  ");
      throw new StartRefusal(`Postgres did not start. ${place.logFile} says:\n  ${reason}`);
    }
    endOrphans(place);
  }
}

/** Resolves when it takes connections, with null when it died first. */
async function run(
  place: Place,
  {
    binaries,
    account,
    port,
    log,
  }: {
    binaries: PostgresBinaries;
    account: PostgresAccount;
    port: number;
    log: (line: string) => void;
  },
): Promise<Server | null> {
  const args = [
    "-D",
    place.cluster,
    "-p",
    String(port),
    "-c",
    `listen_addresses=${host}`,
    "-c",
    "unix_socket_directories=",
  ];
  const command = underAccount(account, { file: binaries.postgres, args });
  // A file, not a pipe: an orphan would lose its log, and be killed by writing to it.
  const logFd = openSync(place.logFile, "a", 0o600);
  const child = spawn(command.file, command.args, {
    ...command.options,
    cwd: "/",
    detached: true, // its own process group: a Ctrl-C in the terminal must not reach it before our drain
    env: bareEnvironment(),
    stdio: ["ignore", logFd, logFd],
    windowsHide: true,
  });
  closeSync(logFd);
  let gone = false;
  const exited = new Promise<void>((resolveExit) => {
    const end = () => {
      gone = true;
      resolveExit();
    };
    child.once("exit", end);
    child.once("error", (error) => {
      writeFileSync(place.logFile, `cannot run ${command.file}: ${error.message}\n`, { flag: "a" });
      end();
    });
  });
  child.unref();
  const since = Date.now();
  for (let told = false; ; await sleep(pollMs)) {
    if (gone) return null;
    const file = readPidFile(place);
    if (child.pid !== undefined && file?.pid === child.pid && file.status === "ready") {
      return { pid: child.pid, exited };
    }
    if (!told && Date.now() - since > 3_000) {
      told = true;
      log(`Postgres is recovering from a crash; this takes as long as it takes (${place.logFile})`);
    }
  }
}

/** Made aside and renamed: a kill at any point leaves either no cluster or a whole one. */
async function createCluster(
  place: Place,
  { binaries, account }: { binaries: PostgresBinaries; account: PostgresAccount },
): Promise<void> {
  for (const name of readdirSync(place.dataDir)) {
    if (name.startsWith("postgres.new-")) rmSync(join(place.dataDir, name), { recursive: true });
  }
  const aside = join(place.dataDir, `postgres.new-${process.pid}`);
  const passwordFile = join(aside, "password");
  mkdirSync(aside, { mode: 0o700 });
  // Before the cluster, so that there is never a cluster whose password nobody knows.
  const secrets = readSecrets(place.secretsFile) ?? {
    port: 0,
    password: randomBytes(24).toString("base64url"),
  };
  writeSecrets(place, secrets);
  writeFileSync(passwordFile, secrets.password, { mode: 0o600 });
  if (account.kind === "nobody")
    for (const path of [aside, passwordFile]) chownSync(path, account.uid, account.gid);
  const command = underAccount(account, {
    file: binaries.initdb,
    // prettier-ignore
    args: [
      "-D", join(aside, "cluster"), "-U", user, `--pwfile=${passwordFile}`, "-A", "scram-sha-256",
      "-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
      "--data-checksums", "--no-instructions",
      ...Object.entries(startingConfiguration).flatMap(([name, value]) => [
        "-c",
        `${name}=${value}`,
      ]),
    ],
  });
  try {
    await promisify(execFile)(command.file, command.args, {
      ...command.options,
      cwd: "/",
      env: bareEnvironment(),
      windowsHide: true,
    });
  } catch (cause) {
    rmSync(aside, { recursive: true });
    const words =
      cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : String(cause);
    throw new StartRefusal(
      `Cannot make a database cluster in ${place.dataDir}:\n  ${words.replaceAll("\n", "\n  ")}`,
      { cause },
    );
  }
  renameSync(join(aside, "cluster"), place.cluster);
  rmSync(aside, { recursive: true });
}

/** The kept port, when it is free within a moment; else another, which is then kept. */
async function choosePort(place: Place, { keepPort }: { keepPort: boolean }): Promise<number> {
  const secrets = requireSecrets(place);
  // A server that was just killed may hold it a little longer through its last processes.
  const waitMsMax = keepPort ? 10_000 : 1_000;
  for (
    const since = Date.now();
    secrets.port !== 0 && Date.now() - since < waitMsMax;
    await sleep(20)
  ) {
    if ((await probePort({ host, port: secrets.port })).kind === "free") return secrets.port;
  }
  if (keepPort) {
    throw new StartRefusal(
      `Port ${secrets.port} of the embedded Postgres is taken by another program; waiting for it.`,
    );
  }
  for (;;) {
    const port = randomInt(portMin, portMax);
    if ((await probePort({ host, port })).kind !== "free") continue;
    writeSecrets(place, { ...secrets, port });
    return port;
  }
}

/**
 * After a `kill -9` of the server, its back ends notice only when they next wait for something; until
 * then no new server may start. They are found by their working folder, and lose nothing: what they
 * had not committed is gone with the server, and what they had is in the WAL.
 */
function endOrphans({ cluster }: Place): void {
  if (process.platform !== "linux") return;
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      if (readlinkSync(`/proc/${name}/cwd`) !== cluster) continue;
      if (commandOf(pid)?.[0]?.startsWith("postgres:") !== true) continue;
      process.kill(pid, "SIGQUIT");
    } catch {
      continue; // not ours to see, or gone since
    }
  }
}

async function connectTo(
  place: Place,
  { pid, exited, adopted, log }: Server & { adopted: boolean; log: (line: string) => void },
): Promise<EmbeddedPostgres> {
  const url = urlOf(requireSecrets(place));
  let stopping: Promise<void> | null = null;
  const stop = () => (stopping ??= stopServer(place, { pid, exited, log }));
  try {
    await ensureDatabase(url);
  } catch (cause) {
    if (!adopted) await stop();
    if (cause instanceof Error && "code" in cause && cause.code === "28P01") {
      throw new StartRefusal(
        `The password in ${place.secretsFile} is not that of the cluster in ${place.cluster}. ` +
          `Put back the file that belongs to it.`,
        { cause },
      );
    }
    throw cause;
  }
  return { url, adopted, pid, exited, stop };
}

async function ensureDatabase(url: string): Promise<void> {
  const options = { max: 1, onnotice: () => {}, connect_timeout: 30 };
  const own = postgres(url, options);
  try {
    await own`select 1`;
    return;
  } catch (error) {
    // invalid_catalog_name: the cluster is new, or was killed between being made and this line
    if (!(error instanceof Error && "code" in error && error.code === "3D000")) throw error;
  } finally {
    await own.end({ timeout: 1 });
  }
  const first = postgres(url, { ...options, database: "postgres" });
  try {
    await first`create database ${first(database)}`;
  } finally {
    await first.end({ timeout: 1 });
  }
}

async function stopServer(
  place: Place,
  { pid, exited, log }: Server & { log: (line: string) => void },
): Promise<void> {
  const binaries = process.platform === "win32" ? await findPostgresBinaries() : null;
  const tell = (signal: "SIGINT" | "SIGQUIT", mode: "fast" | "immediate") => {
    if (!serves(pid, place)) return;
    // Windows has no signals; pg_ctl knows the named pipe that stands in for them.
    if (binaries !== null)
      execFile(binaries.pgCtl, ["stop", "-D", place.cluster, "-m", mode], () => {});
    else process.kill(pid, signal);
  };
  tell("SIGINT", "fast");
  const late = setTimeout(() => {
    log(
      `Postgres did not stop within ${fastShutdownMsMax / 1_000} s; it will recover at the next start`,
    );
    tell("SIGQUIT", "immediate");
  }, fastShutdownMsMax);
  // An exit event does not keep this process alive, since the child is unref'd; the timer does.
  await exited;
  clearTimeout(late);
}

function pollExit(pid: number, place: Place): Promise<void> {
  return new Promise((resolveExit) => {
    const timer = setInterval(() => {
      if (serves(pid, place)) return;
      clearInterval(timer);
      resolveExit();
    }, 50).unref();
  });
}

function requireVersion({ cluster }: Place, { postgres: binary }: PostgresBinaries): void {
  const made = readFileSync(join(cluster, "PG_VERSION"), "utf8").trim();
  // The bootstrap script says its version in its first line; it costs no process to ask.
  const script = join(binary, "..", "..", "share", "postgresql", "postgres.bki");
  if (!existsSync(script)) return; // then Postgres itself refuses, less politely
  const offered = /^# PostgreSQL (\d+)/.exec(readFileSync(script, "utf8"))?.[1];
  if (offered === undefined || offered === made) return;
  throw new StartRefusal(
    `The cluster in ${cluster} was made by PostgreSQL ${made}, and this version of Turnpike brings ${offered}. ` +
      `Start the earlier version once, dump with pg_dump, and load into a new DATA_DIR.`,
  );
}

function rotateLog({ logFile }: Place): void {
  if (existsSync(logFile) && statSync(logFile).size > logBytesMax)
    renameSync(logFile, `${logFile}.1`);
}

/** None of ours: it holds MASTER_KEY and provider keys, and PG… variables would mislead Postgres. */
function bareEnvironment(): Record<string, string> {
  const kept: Record<string, string> = { LC_ALL: "C", TZ: "UTC" };
  for (const name of ["PATH", "SystemRoot", "TEMP", "TMP"]) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function urlOf({ port, password }: Secrets): string {
  return `postgres://${user}:${password}@${host}:${port}/${database}`;
}

function requireSecrets({ secretsFile, cluster }: Place): Secrets {
  const secrets = readSecrets(secretsFile);
  if (secrets !== null) return secrets;
  throw new StartRefusal(
    `${secretsFile} is missing: it holds the password of the database in ${cluster}. Put it back from a backup.`,
  );
}

function readSecrets(path: string): Secrets | null {
  if (!existsSync(path)) return null;
  const value: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (typeof value === "object" && value !== null && "port" in value && "password" in value) {
    const { port, password } = value;
    if (typeof port === "number" && typeof password === "string") return { port, password };
  }
  throw new StartRefusal(
    `${path} must hold {"port": <number>, "password": <string>}; put it back from a backup.`,
  );
}

function writeSecrets({ secretsFile }: Place, secrets: Secrets): void {
  const aside = `${secretsFile}.new`;
  writeFileSync(aside, `${JSON.stringify({ host, user, database, ...secrets })}\n`, {
    mode: 0o600,
  });
  renameSync(aside, secretsFile);
}
