// One run: a real installation under load and faults, then quiet, then the proof.

import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { reconcile } from "#control/credits/reconcile.ts";
import { startPostgres } from "#control/start/embedded-postgres.ts";
import { isAlive } from "#control/start/live-process.ts";
import { openClient, type Sql } from "#schema/client.ts";
import { openDatabase } from "#schema/database.ts";
import { generationIdOf, mintId } from "#schema/ids.ts";
import { formatDollars } from "#schema/money/amount.ts";
import type { Upstream } from "#test/doubles/upstream.ts";
import {
  differences,
  type Installation,
  kill,
  startInstallation,
  until,
} from "#test/stories/installation.ts";
import { type Faults, startFaults, type Victim } from "./fault-driver.ts";
import { type Load, models, ratesByModel, startLoad } from "./load.ts";
import { type Life, lostDataDir, readSpools, windowOf } from "./read-spools.ts";
import type { Fault, FaultKind } from "./schedule.ts";
import {
  type AccountName,
  accountNames,
  type Allowance,
  type Asked,
  type Booked,
  type Evidence,
  type Finding,
  findingsOf,
  isClean,
  type Served,
} from "./verdict.ts";

export type Result = {
  findings: Finding[];
  faults: ReadonlyMap<FaultKind, number>;
  kills: number;
  killed: ReadonlyMap<Victim, number>;
  asked: number;
  whole: number;
  /** How often each status came, by account; `null` where no head of an answer did. */
  statuses: ReadonlyMap<AccountName, ReadonlyMap<number | null, number>>;
  /** What was taken away from a gateway whose folder was thrown away; null when none was. */
  forfeit: { leases: number; lost: number } | null;
  generations: number;
  recovered: number;
  settledMs: number;
  /** Kept when something was found, else removed. */
  dataDir: string;
};

// A killed worker's batch is back within 35 s (expiry and both of pg-boss' looks at it), and is booked at once then.
const settleMsMax = 60_000;
const watchMs = 200;
const tellMs = 10_000;

// What the limited and the poor clients can spend in a second of their own three, so that both run out on the way.
const limitPerSecond = 150_000_000n;
const creditPerSecond = 250_000_000n;

const requestsPerMinute = 40n; // two clients ask for more
const requestsAtOnce = 2n; // of four clients
const freePerMinute = 30n;
const freePerDay = 400n;

/** What was written down of a gateway that does not come back. */
type Lost = { gateway: string; leases: number };

/** Runs it. @throws when the installation does not start, or not again. */
export async function torture(options: {
  seed: number;
  durationMs: number;
  faults: readonly Fault[];
  /** When the faults are over, one more gateway is killed, loses its folder and is forfeited. */
  forfeit?: boolean;
  tell: (line: string) => void;
}): Promise<Result> {
  const { seed, durationMs, tell } = options;
  const installation = await startInstallation({ models, credits: "1000.00" });
  let clean = false;
  try {
    const keys = await makeAccounts(installation, durationMs);
    const watched = watch(installation);
    const load = startLoad({ seed, keys, chat: installation.chat });
    const faults = startFaults(installation, options.faults);
    const teller = setInterval(() => tell(progress(load, faults, watched)), tellMs);
    let lost: Lost | null = null;
    try {
      await Promise.all([faults.ended, sleep(durationMs)]);
      if (options.forfeit) lost = await loseGateway(installation, tell);
      await load.stop();
    } finally {
      clearInterval(teller);
    }
    tell(`${progress(load, faults, watched)}; no more faults, waiting for it to settle`);
    const settleFrom = performance.now();
    const unsettled = await settle(installation);
    const settledMs = performance.now() - settleFrom;
    await watched.stop();

    const evidence = await gather({ installation, load, faults, watched, unsettled, lost });
    const findings = findingsOf(evidence);
    clean = isClean(findings);
    return {
      findings,
      faults: faults.done,
      kills: faults.kills(),
      killed: faults.killed,
      asked: load.asked.length,
      whole: load.asked.filter(({ whole }) => whole).length,
      statuses: statusesOf(load.asked),
      forfeit: lost && { leases: lost.leases, lost: evidence.lost.size },
      generations: evidence.booked.length,
      recovered: evidence.booked.filter(({ outcome }) => outcome === "recovered").length,
      settledMs,
      dataDir: installation.dataDir,
    };
  } finally {
    if (!clean) tell(`kept for a look: ${installation.dataDir}\n${installation.output()}`);
    await installation.close({ keepFolder: !clean });
  }
}

async function makeAccounts(
  installation: Installation,
  durationMs: number,
): Promise<Record<AccountName, string>> {
  const { admin, sql, inferenceKey } = installation;
  const seconds = BigInt(Math.ceil(durationMs / 1_000));
  const limited = await admin.keys.mint.mutate({
    name: "limited",
    limit: formatDollars(limitPerSecond * seconds),
    limitReset: "daily",
  });
  for (const slug of ["low", "gratis"])
    await admin.organizations.create.mutate({ slug, name: slug });
  const amount = formatDollars(creditPerSecond * seconds);
  await admin.credits.grant.mutate({ organization: "low", amount });
  const mint = async (name: AccountName, organization?: string): Promise<string> => {
    const minted = await admin.keys.mint.mutate({
      name,
      ...(organization ? { organization } : {}),
    });
    return minted.key;
  };
  const keys = {
    ample: inferenceKey,
    limited: limited.key,
    low: await mint("low", "low"),
    hurried: await mint("hurried"),
    narrow: await mint("narrow"),
    gratis: await mint("gratis", "gratis"),
  };
  // No gateway has met these keys yet, so none has to hear of it.
  await boundKey(sql, "hurried", { unit: "requests", window: "minute", limit: requestsPerMinute });
  await boundKey(sql, "narrow", { unit: "concurrency", window: "lifetime", limit: requestsAtOnce });
  for (const [window, limit] of [
    ["minute", freePerMinute],
    ["day", freePerDay],
  ] as const)
    await sql`
      insert into allowances (id, organization_id, subject_kind, subject_id, unit, window_kind, scope, limit_amount)
      select ${mintId("allowance")}, id, 'organization', id, 'requests', ${window}, 'free', ${String(limit)}::numeric
        from organizations where slug = 'gratis'
      on conflict (subject_kind, subject_id, unit, window_kind, scope) do update set limit_amount = excluded.limit_amount, origin = 'set'`;
  return keys;
}

async function boundKey(
  sql: Sql,
  name: AccountName,
  { unit, window, limit }: { unit: string; window: string; limit: bigint },
): Promise<void> {
  await sql`
    insert into allowances (id, organization_id, subject_kind, subject_id, unit, window_kind, limit_amount)
    select ${mintId("allowance")}, organization_id, 'key', id, ${unit}, ${window}, ${String(limit)}::numeric
      from keys where name = ${name}`;
}

/** Kills a gateway under load and puts its folder where it is not found; then forfeits it by command. */
async function loseGateway(
  installation: Installation,
  tell: (line: string) => void,
): Promise<Lost> {
  const { admin, sql, dataDir } = installation;
  await until(() => installation.processes().gateways.length === 2, "two gateways run");
  const answers = () =>
    differences(installation).then(
      () => true,
      () => false,
    );
  await until(answers, "the control plane answers after the last fault", settleMsMax);
  const [pid = 0] = installation.processes().gateways;
  const [row] = await sql<{ id: string; name: string }[]>`
    select id, name from gateways where pid = ${pid} and state = 'living'`;
  if (!row) throw new Error(`process ${pid} is no gateway that Postgres knows`);
  kill(pid, "SIGKILL");
  mkdirSync(join(lostDataDir(dataDir), "spool", row.name), { recursive: true });
  renameSync(
    join(dataDir, "spool", row.name, row.id),
    join(lostDataDir(dataDir), "spool", row.name, row.id),
  );
  tell(`${row.name} (${row.id}) is killed, and its folder thrown away`);
  await sleep(shippedMsMax);
  const { leases } = await admin.gateways.forfeit.mutate({ gateway: row.id, force: true });
  await sleep(shippedMsMax); // the load goes on with what it gave back
  return { gateway: row.id, leases };
}
// What it had shipped is booked by then, so that nothing of it is overdrawn.
const shippedMsMax = 2_000;

function statusesOf(asked: readonly Asked[]): Map<AccountName, ReadonlyMap<number | null, number>> {
  const accounts = new Map<AccountName, Map<number | null, number>>();
  for (const { account, status } of asked) {
    const statuses = accounts.get(account) ?? new Map<number | null, number>();
    accounts.set(account, statuses);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  return accounts;
}

type Watch = {
  exceeded: ReadonlySet<string>;
  looks: () => number;
  posted: () => number;
  stop: () => Promise<void>;
};

/** Looks all the time, whenever Postgres can be asked: a limit may not be exceeded for a moment either. */
function watch({ databaseUrl }: Installation): Watch {
  const sql = openClient(databaseUrl, { connectionsMax: 1, name: "torture watcher" });
  const exceeded = new Set<string>();
  let posted = 0;
  let looks = 0;
  let looking = false;
  const look = async () => {
    const rows = await sql<Record<string, string>[]>`
      select a.subject_kind, a.subject_id, a.unit, a.window_kind, u.used, u.leased, a.limit_amount
        from allowances a join allowance_uses u on u.allowance_id = a.id
       where u.used + u.leased > a.limit_amount or u.leased < 0 or u.used < 0`;
    for (const row of rows)
      exceeded.add(
        `${row["subject_kind"]} ${row["subject_id"]}: ${row["used"]} ${row["unit"]} used and ${row["leased"]} leased of ${row["limit_amount"]} (${row["window_kind"]})`,
      );
    const [count] = await sql<{ count: number }[]>`select count(*)::int as count from generations`;
    posted = count?.count ?? 0;
    looks++;
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .catch(() => {}) // Postgres is away
      .finally(() => {
        looking = false;
      });
  }, watchMs);
  return {
    exceeded,
    looks: () => looks,
    posted: () => posted,
    async stop() {
      clearInterval(timer);
      await sql.end({ timeout: 1 });
    },
  };
}

function progress(load: Load, faults: Faults, { posted }: Watch): string {
  const whole = load.asked.filter((one) => one.whole).length;
  return `${load.asked.length} requests ended, ${whole} answered whole, ${posted()} booked, ${faults.kills()} kills`;
}

/** Waits until everything spooled is booked and every dead life is closed. Returns what is not so in time. */
async function settle(installation: Installation): Promise<string[]> {
  let waitingFor: string[] = [];
  const look = async () => {
    waitingFor = await unsettledOf(installation).catch((error: unknown) => [String(error)]);
    return waitingFor.length === 0;
  };
  await until(look, "it has settled", settleMsMax).catch(() => {}); // told by what is still waited for
  return waitingFor;
}

async function unsettledOf(installation: Installation): Promise<string[]> {
  const { sql, acme, backup, dataDir } = installation;
  const waiting: string[] = [];
  const { gateways, controlPlane } = installation.processes();
  if (gateways.length !== 2) waiting.push(`${gateways.length} gateways run`);
  if (controlPlane.length !== 1) waiting.push(`${controlPlane.length} control planes run`);
  for (const { requests, served } of [acme, backup])
    if (requests.length !== served.length)
      waiting.push(`${requests.length - served.length} requests are open at a provider`);
  const rows = await sql<{ id: string; pid: number; posted: string; state: string }[]>`
    select id, pid, posted, state from gateways`;
  const known = new Map(rows.map((row) => [row.id, row]));
  for (const life of readSpools(dataDir)) {
    const posted = Number(known.get(life.id)?.posted ?? 0);
    if (life.open.length > 0) waiting.push(`${named(life)} has ${life.open.length} open intents`);
    if (posted !== life.finals.length)
      waiting.push(`${named(life)}: ${posted} of ${life.finals.length} finals are booked`);
  }
  for (const { id, pid, state } of rows)
    if (state === "living" && !(gateways.includes(pid) && isAlive(pid)))
      waiting.push(`${id} (process ${pid}) is dead and not closed`);
  return waiting;
}

const named = ({ gateway, id }: Life): string => `${gateway} ${id}`;

async function gather({
  installation,
  load,
  faults,
  watched,
  unsettled,
  lost,
}: {
  installation: Installation;
  load: Load;
  faults: Faults;
  watched: Watch;
  unsettled: readonly string[];
  lost: Lost | null;
}): Promise<Evidence> {
  const { sql, dataDir, acme, backup } = installation;
  const rows = await sql<
    {
      id: string;
      external_user: string | null;
      model_id: string;
      provider: string | null;
      upstream_id: string | null;
      outcome: string;
      usage_source: string;
      charge: string;
    }[]
  >`select id, external_user, model_id, provider, upstream_id, outcome, usage_source, charge from generations`;
  const booked = rows.map((row): Booked => ({
    generation: generationIdOf(row.id),
    tag: row.external_user,
    model: row.model_id,
    provider: row.provider,
    upstreamAnswer: row.upstream_id,
    outcome: row.outcome,
    reported: row.usage_source === "reported",
    charge: BigInt(row.charge),
  }));
  const isBooked = new Set(booked.map(({ generation }) => generation));
  const gone = readSpools(lostDataDir(dataDir)); // of these it counts what was shipped in time
  const [aside] = await sql<{ conflicts: number; dead: number }[]>`
    select (select count(*)::int from posting_conflicts) as conflicts,
           (select count(*)::int from pgboss.job where name = 'post-generations-dead') as dead`;
  const evidence = {
    rates: ratesByModel,
    asked: load.asked,
    served: [...servedBy("acme", acme), ...servedBy("backup", backup)],
    booked,
    spooled: [
      ...readSpools(dataDir).flatMap(({ finals }) => finals),
      ...gone.flatMap(({ finals }) => finals.filter((one) => isBooked.has(one.generation))),
    ],
    allowances: await readAllowances(installation),
    watched: { looks: watched.looks(), exceeded: [...watched.exceeded] },
    lost: new Set(
      gone.flatMap(({ open, ended }) =>
        [...open, ...ended].flatMap((one) => (isBooked.has(one.generation) ? [] : [one.tag])),
      ),
    ),
  };
  const mustBeEmpty = new Map<string, readonly string[]>([
    [`all is booked and closed within ${settleMsMax / 1_000} s`, unsettled],
    ["reconcile finds 0 differences", await differences(installation)],
    [
      "nothing is set aside for a person",
      aside && aside.conflicts + aside.dead > 0
        ? [`${aside.conflicts} conflicts, ${aside.dead} dead letters`]
        : [],
    ],
    ["every start after a kill succeeds", faults.failedStarts],
    ...(await drain(installation, lost)),
  ]);
  return { ...evidence, mustBeEmpty };
}

/** Ends the installation as an operator does, and looks at what is left with Postgres alone. */
async function drain(
  installation: Installation,
  lost: Lost | null,
): Promise<[sentence: string, violations: string[]][]> {
  const { dataDir } = installation;
  const code = await installation.stop();
  const postgres = await startPostgres({ dataDir });
  const { db, close } = openDatabase(postgres.url, { connectionsMax: 1, name: "torture" });
  const sql = openClient(postgres.url, { connectionsMax: 1, name: "torture" });
  try {
    const leases = await sql<Record<string, string>[]>`
      select gateway_id, allowance_id, window_start, amount from leases where amount <> 0`;
    const leased = await sql<Record<string, string>[]>`
      select allowance_id, window_start, leased from allowance_uses where leased <> 0`;
    const living = await sql<Record<string, string>[]>`
      select id, name, state from gateways where state <> 'closed'`;
    const forfeits = await sql<Record<string, string>[]>`select * from forfeits`;
    const { checks } = await reconcile(db);
    const lines = (rows: Iterable<object>) => [...rows].map((row) => JSON.stringify(row));
    return [
      ["a drained installation ends with exit code 0", code === 0 ? [] : [`exit code ${code}`]],
      [
        "no lease is left over when all gateways have drained",
        [...lines(leases), ...lines(leased)],
      ],
      [
        "every life is closed, in Postgres and on disk, but for one that was forfeited",
        [
          ...living
            .filter(({ id, state }) => state !== "forfeited" || id !== lost?.gateway)
            .map(({ id, name, state }) => `${name} ${id} is ${state}`),
          ...readSpools(dataDir)
            .filter(({ closed }) => !closed)
            .map((life) => `${named(life)} is not marked closed`),
        ],
      ],
      [
        "what was taken away from a gateway is written down, and from no other",
        forfeits.length === (lost?.leases ?? 0) &&
        forfeits.every((row) => row["gateway_id"] === lost?.gateway)
          ? []
          : lines(forfeits),
      ],
      [
        "reconcile finds 0 differences after the drain",
        checks.flatMap((check) => check.differences.map((line) => `${check.name}: ${line}`)),
      ],
    ];
  } finally {
    await sql.end();
    await close();
    await postgres.stop();
  }
}

async function readAllowances({ sql }: Installation): Promise<Allowance[]> {
  const rows = await sql<
    {
      id: string;
      account: string;
      unit: string;
      window_start: Date;
      limit_amount: string | null;
      used: string;
    }[]
  >`
    select a.id, coalesce(k.name, o.slug) as account, a.unit, u.window_start, a.limit_amount, u.used
      from allowances a join allowance_uses u on u.allowance_id = a.id
      left join keys k on a.subject_kind = 'key' and k.id = a.subject_id
      left join organizations o on a.subject_kind = 'organization' and o.id = a.subject_id`;
  return rows.map((row) => ({
    account: accountNames.find((name) => name === row.account) ?? "ample",
    unit: row.unit,
    window: windowOf(row.id, row.window_start),
    limit: row.limit_amount === null ? null : BigInt(row.limit_amount),
    used: BigInt(row.used),
  }));
}

/** The double names its answers by the number of the request, so each has its request's tag. */
function servedBy(provider: string, { requests, served }: Upstream): Served[] {
  const answered = new Map(served.map((one) => [one.id, one]));
  return requests.map(({ body }, at) => {
    const answer = `chatcmpl-double-${at + 1}`;
    const one = answered.get(answer);
    const cached = /-k(\d+)/.exec(one?.model ?? "")?.[1] ?? "0";
    const { promptTokens: input = null, completionTokens: output = null } = one ?? {};
    return {
      tag: (body as { user?: string } | null)?.user ?? "",
      provider,
      answer,
      usage:
        input === null || output === null
          ? null
          : { input: BigInt(input), output: BigInt(output), cacheRead: BigInt(cached) },
    };
  });
}
