/** The gateway process: wires the parts, listens, and on SIGTERM lets what is under way finish. */
import { fstatSync, mkdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { openBoss, postingQueue } from "#schema/boss.ts";
import { openClient } from "#schema/client.ts";
import { mintId, type GatewayId } from "#schema/ids.ts";
import { closeGateway } from "#schema/ledger/return-leases.ts";
import { packShipment } from "#schema/spool/shipment.ts";
import { Callers } from "./authenticate.ts";
import { followChanges } from "./changes.ts";
import { answerCheck } from "./check-provider.ts";
import { environmentOfProcess, readConfig } from "./config.ts";
import { Forwarder } from "./forward.ts";
import { Health } from "./health.ts";
import { Leases } from "./leases.ts";
import { serveMetrics } from "./metrics.ts";
import { Recovery } from "./recover-lives.ts";
import { ResponseCache } from "./response-cache/response-cache.ts";
import type { Runtime } from "./runtime.ts";
import { createGateway } from "./server.ts";
import { buildSnapshot, loadRows, readRows, saveRows, type Snapshot } from "./snapshot.ts";
import { DiskSpace } from "./spool/disk-space.ts";
import { bytesIn } from "./spool/files.ts";
import { lockFolder } from "./spool/lock.ts";
import { forgetOldLives, markClosed } from "./spool/recover.ts";
import { Shipper, type Deliver } from "./spool/ship.ts";
import { Spool } from "./spool/spool.ts";
import { StageTimes } from "./stages.ts";
import { ExactCounter } from "./tokens/exact-counter.ts";
import { LearnedFactors } from "./tokens/learned-factors.ts";
import { MediaFetcher } from "./upstream/fetch-media.ts";
import { Pools } from "./upstream/pools.ts";

for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {}); // the supervisor may have died before us
process.on("SIGINT", () => {}); // Ctrl-C reaches the whole terminal; the supervisor tells us when to stop
process.on("uncaughtException", (cause) => {
  log("error", "uncaught exception; this gateway ends and is started again", {
    cause: (cause.stack ?? String(cause)).slice(0, 2_000),
  });
  process.exit(1);
});

function log(
  level: "warn" | "error",
  message: string,
  details: Record<string, string | number | null> = {},
): void {
  process.stderr.write(`${JSON.stringify({ level, at: "gateway", message, ...details })}\n`);
}

const config = readConfig(environmentOfProcess());
const gateway: GatewayId = mintId("gateway");
const client = openClient(config.databaseUrl, { connectionsMax: 4, name: config.name });

// --- The spool: ours, under a lock, and what dead lives left.
const spools = join(config.dataDir, "spool");
const lockWaitMs = 30_000; // another gateway may be recovering what a dead one left here
const orphanedAfterMs = 15_000; // gateways that are started together, or by a supervisor, are up long before
const ownFolder = join(spools, config.name);
mkdirSync(ownFolder, { recursive: true, mode: 0o700 });
const lock = await takeOwnFolder();
const spool = openSpool(join(ownFolder, gateway));
const space = new DiskSpace(spool, {
  freeBytesMin: config.spoolFreeBytesMin,
  makeRoom: () => forgetShipped(Number.POSITIVE_INFINITY), // kept only for whoever restores an old backup
});
space.start();

let boss: Promise<Awaited<ReturnType<typeof openBoss>>> | null = null;
const deliver: Deliver = async (job) => {
  boss ??= openBoss({
    databaseUrl: config.databaseUrl,
    as: "sender",
    connectionsMax: 2,
    onError: (error) => log("warn", "queue", { cause: error.message }),
  });
  const opened = await boss.catch((cause: unknown) => {
    boss = null; // Postgres was away; the next shipment opens it again
    throw cause;
  });
  await opened.boss.insert(postingQueue, [{ id: job.id, data: packShipment(job.lines) }]);
};
const shipper = new Shipper(spool.folder, deliver, { isTold: true });
spool.onFinal = (final) => shipper.wake(final);

// --- The routing tables: from Postgres, or the last good ones from disk.
const snapshotFile = join(config.dataDir, `snapshot-${config.name}.json`);
let snapshot: Snapshot | null = null;
let snapshotError: string | null = null;

async function reload(): Promise<void> {
  try {
    const rows = await readRows(client, Date.now());
    const read = buildSnapshot(rows, config.masterKey);
    tellProblems(read.problems, snapshot?.problems ?? []);
    snapshot = read;
    snapshotError = null;
    saveRows(snapshotFile, rows);
  } catch (cause) {
    snapshotError = String(cause);
    log("warn", "the routing tables could not be refreshed; the last good ones stay in force", {
      cause: snapshotError,
    });
    throw cause;
  }
}

/** Each once, when it appears: the tables are read again at every change. */
function tellProblems(now: readonly string[], before: readonly string[]): void {
  for (const problem of now)
    if (!before.includes(problem))
      log("warn", "a row of the catalogue cannot be used", { problem });
}

const callers = new Callers(client);
const leases = new Leases({ client, gateway, trustMs: config.leaseTrustMs });
const pools = new Pools();
const media = new MediaFetcher();
// Connections of its own, which are opened when the first client asks for caching: keys and leases never wait for an answer.
const cacheClient = openClient(config.databaseUrl, {
  connectionsMax: 2,
  name: `${config.name} cache`,
  statementTimeoutMs: 5_000,
});
const responseCache = new ResponseCache(cacheClient, config.masterKey);
const runtime: Runtime = {
  config,
  gateway,
  callers,
  leases,
  spool,
  pools,
  media,
  responseCache,
  tokens: { factors: new LearnedFactors(), counter: new ExactCounter() },
  snapshot() {
    if (!snapshot) throw new Error("no routing tables yet");
    return snapshot;
  },
  health: new Health(),
  stageTimes: new StageTimes(),
  now: () => Date.now(),
  random: () => Math.random(),
  nextSequence: () => spool.finals + 1,
  log,
};

/** Whether Postgres knows this gateway; until then it may not lease. */
let registered = false;
let following: { stop(): Promise<void> } | null = null;

async function register(): Promise<void> {
  await client`insert into gateways (id, name, host, pid) values (${gateway}, ${config.name}, ${hostname()}, ${process.pid}) on conflict do nothing`;
  registered = true;
  following = await followChanges(client, gateway, {
    async take(changes, all) {
      if (all) callers.forgetAll();
      const bounds = changes.flatMap((change) => {
        if (change.kind === "key") return callers.forget(change.subject);
        return change.kind === "organization" ? callers.forgetOrganization(change.subject) : [];
      });
      // A limit may have been lowered: what lies here of it counts against the new one from now on.
      await leases.recall(new Set(bounds.map((bound) => bound.id)));
      if (all || changes.some((change) => change.kind === "catalogue")) await reload();
    },
    recall: (allowance) => void leases.recall(new Set([allowance])),
    lives: (living) => {
      if (living) return leases.confirm();
      log("error", "this gateway was forfeited; it ends and is started again");
      void stop();
    },
    failed: (cause) =>
      log("warn", "changes could not be read; they are read again in a few seconds", {
        cause: String(cause),
      }),
  });
  if (!snapshot) await reload();
}

const tryAgainMsMax = 500; // Postgres is back within a second or two, and until then no lease can be had

async function untilDone(work: () => Promise<void>, what: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (cause) {
      if (tries === 0) log("warn", `${what} failed and is tried again`, { cause: String(cause) });
      await sleep(Math.min(tryAgainMsMax, 100 * 2 ** tries));
    }
  }
}

const recovery = new Recovery({ client, gateway, deliver, log });
const connected = untilDone(register, "reaching Postgres");
const kept = loadRows(snapshotFile);
if (kept) {
  try {
    snapshot = buildSnapshot(kept, config.masterKey);
  } catch (cause) {
    log("warn", "the routing tables on disk cannot be used", { cause: String(cause) });
  }
}
await (snapshot ? Promise.race([connected, sleep(1_500)]) : connected);
const recovered = connected
  .then(() => untilDone(() => recovery.recoverFolder(ownFolder), "recovering an earlier spool"))
  .then(() => sleep(orphanedAfterMs))
  .then(() =>
    untilDone(
      () => recovery.recoverOrphans(spools, config.name),
      "recovering the spool of another gateway",
    ),
  );

const forwarder = new Forwarder(config.controlUrl);
const { server, active, total, stopAdmitting } = createGateway(runtime, forwarder, () => ({
  ready: snapshot !== null && !spool.refusal,
  degraded: [
    ...(registered ? [] : ["Postgres has not been reached; serving the last routing tables"]),
    ...(snapshotError ? ["the routing tables could not be refreshed"] : []),
    ...(snapshot && snapshot.problems.length > 0
      ? [
          `${snapshot.problems.length} provider key(s) or rows cannot be used; the gateway's log names them`,
        ]
      : []),
    ...(shipper.lastError ? ["usage is kept in the spool until Postgres takes it"] : []),
    ...(spool.refusal
      ? [`no requests are taken: ${spool.refusal.cause?.message ?? spool.refusal.code}`]
      : []),
    ...(recovery.damaged.size > 0
      ? [`${recovery.damaged.size} damaged spool(s); what to do says: turnpike spool inspect`]
      : []),
  ],
}));
server.listen({
  host: config.host,
  port: config.port,
  backlog: 4_096,
  ...(process.platform === "linux" ? { reusePort: true } : {}),
});
server.once("listening", () =>
  process.stdout.write(
    `${JSON.stringify({ level: "info", at: "gateway", message: "listening", name: config.name, port: config.port })}\n`,
  ),
);

const loopDelay = monitorEventLoopDelay({ resolution: 10 });
loopDelay.enable();
serveMetrics(
  config.dataDir,
  config.name,
  [
    {
      name: "turnpike_requests_total",
      help: "Requests taken since this gateway started.",
      kind: "counter",
      read: total,
    },
    { name: "turnpike_requests_active", help: "Requests under way.", kind: "gauge", read: active },
    {
      name: "turnpike_generations_total",
      help: "Generations settled since this gateway started.",
      kind: "counter",
      read: () => spool.finals,
    },
    {
      name: "turnpike_spool_unshipped",
      help: "Settled generations that Postgres has not taken yet.",
      kind: "gauge",
      read: () => spool.finals - shipper.shipped,
    },
    {
      name: "turnpike_spool_oldest_unshipped_seconds",
      help: "How long ago the oldest generation ended that Postgres has not taken; 0 when it has them all.",
      kind: "gauge",
      read: () => {
        const oldestMs = shipper.oldestUnshippedMs();
        return oldestMs === null ? 0 : Math.max(0, (Date.now() - oldestMs) / 1000);
      },
    },
    {
      name: "turnpike_spool_bytes",
      help: "What this gateway's spool takes on the disk, earlier lives and the reserve included.",
      kind: "gauge",
      read: () => bytesIn(ownFolder),
    },
    {
      name: "turnpike_spool_free_bytes",
      help: "What is free on the spool's disk; -1 until it was asked.",
      kind: "gauge",
      read: () => space.freeBytes,
    },
    {
      name: "turnpike_spool_sync_failures_total",
      help: "Times that the disk refused a sync, and records went to a fresh segment.",
      kind: "counter",
      read: () => spool.syncFailures,
    },
    {
      name: "turnpike_spool_refusing",
      help: "1 while no requests are taken because the disk is full, behind or failed.",
      kind: "gauge",
      read: () => +(spool.refusal !== null),
    },
    {
      name: "turnpike_ship_failing",
      help: "1 while shipping to Postgres fails.",
      kind: "gauge",
      read: () => +(shipper.lastError !== null),
    },
    {
      name: "turnpike_snapshot_age_seconds",
      help: "Age of the routing tables.",
      kind: "gauge",
      read: () => (snapshot ? (Date.now() - snapshot.takenAtMs) / 1000 : -1),
    },
    {
      name: "turnpike_catalogue_problems",
      help: "Provider keys and rows of the catalogue that cannot be used; the log names them.",
      kind: "gauge",
      read: () => snapshot?.problems.length ?? 0,
    },
    {
      name: "turnpike_event_loop_delay_max_seconds",
      help: "The longest that this gateway's thread was busy with one thing since this was last read, to 10 ms.",
      kind: "gauge",
      read: () => {
        const longest = loopDelay.max / 1e9;
        loopDelay.reset();
        return longest;
      },
    },
    {
      name: "turnpike_response_cache_hits_total",
      help: "Answers that were kept and given again.",
      kind: "counter",
      read: () => responseCache.hits,
    },
    {
      name: "turnpike_response_cache_misses_total",
      help: "Requests that asked for caching and found nothing.",
      kind: "counter",
      read: () => responseCache.misses,
    },
    {
      name: "turnpike_response_cache_bytes",
      help: "Memory that kept answers take in this gateway.",
      kind: "gauge",
      read: () => responseCache.bytes,
    },
    {
      name: "turnpike_response_cache_failures_total",
      help: "Times that kept answers in Postgres could not be asked for, read or written; each was a miss.",
      kind: "counter",
      read: () => responseCache.failures,
    },
    {
      name: "turnpike_resident_bytes",
      help: "Memory of this process.",
      kind: "gauge",
      read: () => process.memoryUsage.rss(),
    },
  ],
  () => runtime.stageTimes.expose(config.name),
  total,
  (asked) => answerCheck(asked, runtime),
);

spool.onFailure = (cause) => {
  log("error", "the disk has failed: what is under way is finished, then this gateway ends", {
    cause: cause.cause instanceof Error ? cause.cause.message : cause.message,
  });
  void stop(1);
};
const failedGraceMs = 60_000;
const forgetMs = 3_600_000;
setInterval(() => forgetShipped(Date.now()), forgetMs).unref();

let stopping = false;
async function stop(exitCode = 0): Promise<void> {
  if (stopping) return;
  stopping = true;
  stopAdmitting();
  // With a disk that has failed there is no gateway here until this one has ended.
  const graceMs = exitCode === 0 ? config.drainMs : Math.min(config.drainMs, failedGraceMs);
  const deadline = Date.now() + graceMs;
  while (active() > 0 && Date.now() < deadline) {
    server.closeIdleConnections();
    await sleep(20);
  }
  server.closeAllConnections(); // what is left after the grace ends as a hang-up and is settled as one
  for (let waits = 0; waits < 50 && active() > 0; waits++) await sleep(20);
  leases.stop();
  await shipper.drain();
  await closeOwnLife();
  shipper.stop();
  space.stop();
  closeSpool();
  await Promise.allSettled([
    following?.stop(),
    boss?.then((opened) => opened.stop()),
    forwarder.close(),
    pools.close(),
    media.close(),
    cacheClient.end({ timeout: 1 }),
  ]);
  await client.end({ timeout: 2 });
  lock.release();
  process.exit(spool.failure ? 1 : exitCode);
}

/** A spool that cannot be brought to the disk has said so already, and the exit code says it again. */
function closeSpool(): void {
  try {
    spool.close();
  } catch (cause) {
    log("error", "the spool could not be closed", { cause: String(cause) });
  }
}

/** Waits a moment until all of this life is posted, so that its leases go back now rather than at the next start. */
async function closeOwnLife(): Promise<void> {
  try {
    for (let waits = 0; waits < 100; waits++) {
      const [row] = await client<
        { posted: string }[]
      >`select posted from gateways where id = ${gateway}`;
      if (row && +row.posted >= spool.finals) {
        await closeGateway(client, gateway);
        markClosed(spool.folder);
        return;
      }
      await sleep(50);
    }
  } catch {
    // Postgres is away: the spool is on disk, and the next start ships it and returns the leases
  }
}

process.on("SIGTERM", () => void stop());
if (spool.failure) spool.onFailure(spool.failure);
// The supervisor holds our standard input: when it dies, however it dies, the pipe ends and so do we.
if (holdsPipe(0))
  process.stdin
    .resume()
    .on("end", () => void stop())
    .on("error", () => void stop());
await recovered;

/** Removes what Postgres has had for three days, counted back from an instant in epoch milliseconds. */
function forgetShipped(nowMs: number): void {
  shipper.forgetShipped(nowMs);
  forgetOldLives(ownFolder, nowMs);
}

/** A life that never began leaves nothing: on a full disk there may be one every few seconds. */
function openSpool(folder: string): Spool {
  try {
    return new Spool(folder, { reserve: true });
  } catch (cause) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`the spool in ${folder} cannot be begun: ${String(cause)}`, { cause });
  }
}

async function takeOwnFolder(): Promise<{ release(): void }> {
  for (const since = performance.now(); performance.now() - since < lockWaitMs; await sleep(100)) {
    const held = lockFolder(ownFolder);
    if (held) return held;
  }
  log("error", `another process holds ${ownFolder}; two gateways may not share a spool`);
  process.exit(1);
}

function holdsPipe(descriptor: number): boolean {
  try {
    const stat = fstatSync(descriptor);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false; // closed
  }
}
