// One run: a real installation under load and faults, then quiet, then the proof.

import { isAlive } from "#control/start/live-process.ts";
import { generationIdOf } from "#schema/ids.ts";
import { formatDollars } from "#schema/money/amount.ts";
import type { Upstream } from "#test/doubles/upstream.ts";
import {
  differences,
  type Installation,
  startInstallation,
  until,
} from "#test/stories/installation.ts";
import { type Faults, startFaults } from "./fault-driver.ts";
import { type Load, models, ratesByModel, startLoad } from "./load.ts";
import { type Life, readSpools } from "./read-spools.ts";
import { type FaultKind, faultsOf } from "./schedule.ts";
import {
  type AccountName,
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
  asked: number;
  whole: number;
  /** How often each status came; `null` where no head of an answer did. */
  statuses: ReadonlyMap<number | null, number>;
  generations: number;
  recovered: number;
  settledMs: number;
  /** Kept when something was found, else removed. */
  dataDir: string;
};

// A killed worker's batch is back within 35 s (expiry and both of pg-boss' looks at it), and is booked at once then.
const settleMsMax = 60_000;
const watchMs = 1_000;
const tellMs = 10_000;

// What the limited and the poor clients can spend in a second of their own three, so that both run out on the way.
const limitPerSecond = 150_000_000n;
const creditPerSecond = 250_000_000n;

/** Runs it. @throws when the installation does not start, or not again. */
export async function torture(options: {
  seed: number;
  durationMs: number;
  faultsPerMinute: number;
  tell: (line: string) => void;
}): Promise<Result> {
  const { seed, durationMs, tell } = options;
  const installation = await startInstallation({ models, credits: "1000.00" });
  let clean = false;
  try {
    const keys = await mintKeys(installation, durationMs);
    const watched = watch(installation);
    const load = startLoad({ seed, keys, chat: installation.chat });
    const schedule = faultsOf({ seed, durationMs, perMinute: options.faultsPerMinute });
    const faults = startFaults(installation, schedule);
    const teller = setInterval(() => tell(progress(load, faults, watched)), tellMs);
    try {
      await Promise.all([faults.ended, until(() => false, "", durationMs).catch(() => {})]);
      await load.stop();
    } finally {
      clearInterval(teller);
    }
    tell(`${progress(load, faults, watched)}; no more faults, waiting for it to settle`);
    const settleFrom = performance.now();
    const unsettled = await settle(installation);
    const settledMs = performance.now() - settleFrom;
    watched.stop();

    const evidence = await gather(installation, load, faults, [...watched.exceeded], unsettled);
    const findings = findingsOf(evidence);
    clean = isClean(findings);
    return {
      findings,
      faults: faults.done,
      kills: faults.kills(),
      asked: load.asked.length,
      whole: load.asked.filter(({ whole }) => whole).length,
      statuses: statusesOf(load.asked),
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

async function mintKeys(
  { admin, inferenceKey }: Installation,
  durationMs: number,
): Promise<Record<AccountName, string>> {
  const seconds = BigInt(Math.ceil(durationMs / 1_000));
  const limited = await admin.keys.mint.mutate({
    name: "limited",
    limit: formatDollars(limitPerSecond * seconds),
    limitReset: "daily",
  });
  await admin.organizations.create.mutate({ slug: "low", name: "Low" });
  const amount = formatDollars(creditPerSecond * seconds);
  await admin.credits.grant.mutate({ organization: "low", amount });
  const low = await admin.keys.mint.mutate({ organization: "low", name: "low" });
  return { ample: inferenceKey, limited: limited.key, low: low.key };
}

function statusesOf(asked: readonly Asked[]): Map<number | null, number> {
  const statuses = new Map<number | null, number>();
  for (const { status } of asked) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  return statuses;
}

type Watch = { exceeded: ReadonlySet<string>; posted: () => number; stop: () => void };

/** Looks once a second, whenever Postgres can be asked: a limit may not be exceeded for a moment either. */
function watch({ sql }: Installation): Watch {
  const exceeded = new Set<string>();
  let posted = 0;
  const look = async () => {
    const rows = await sql<{ subject_id: string; used: string; limit_amount: string }[]>`
      select a.subject_id, u.used, a.limit_amount from allowances a join allowance_uses u on u.allowance_id = a.id
       where u.used > a.limit_amount or u.used + u.leased > a.limit_amount or u.leased < 0`;
    for (const row of rows)
      exceeded.add(`${row.subject_id}: ${row.used} used of ${row.limit_amount}, or more leased`);
    const [count] = await sql<{ count: number }[]>`select count(*)::int as count from generations`;
    posted = count?.count ?? 0;
  };
  const timer = setInterval(() => void look().catch(() => {}), watchMs); // Postgres may be away
  return { exceeded, posted: () => posted, stop: () => clearInterval(timer) };
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

async function gather(
  installation: Installation,
  load: Load,
  faults: Faults,
  exceeded: string[],
  unsettled: string[],
): Promise<Evidence> {
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
  const stranded = await sql<{ gateway_id: string; amount: string }[]>`
    select l.gateway_id, l.amount from leases l left join gateways g on g.id = l.gateway_id
     where g.state is distinct from 'living'`;
  const [aside] = await sql<{ conflicts: number; dead: number }[]>`
    select (select count(*)::int from posting_conflicts) as conflicts,
           (select count(*)::int from pgboss.job where name = 'post-generations-dead') as dead`;
  return {
    rates: ratesByModel,
    asked: load.asked,
    served: [...servedBy("acme", acme), ...servedBy("backup", backup)],
    booked: rows.map((row): Booked => ({
      generation: generationIdOf(row.id),
      tag: row.external_user,
      model: row.model_id,
      provider: row.provider,
      upstreamAnswer: row.upstream_id,
      outcome: row.outcome,
      reported: row.usage_source === "reported",
      charge: BigInt(row.charge),
    })),
    spooled: readSpools(dataDir).flatMap(({ finals }) => finals),
    allowances: await readAllowances(installation),
    mustBeEmpty: new Map([
      [`all is booked and closed within ${settleMsMax / 1_000} s`, unsettled],
      ["no limit or credit is exceeded or over-leased at any moment", exceeded],
      ["reconcile finds 0 differences", await differences(installation)],
      [
        "no dead gateway holds a lease",
        stranded.map(({ gateway_id: id, amount }) => `${id}: ${amount}`),
      ],
      [
        "nothing is set aside for a person",
        aside && aside.conflicts + aside.dead > 0
          ? [`${aside.conflicts} conflicts, ${aside.dead} dead letters`]
          : [],
      ],
      ["every start after a kill succeeds", faults.failedStarts],
    ]),
  };
}

async function readAllowances({ sql }: Installation): Promise<Allowance[]> {
  const rows = await sql<{ account: AccountName; limit_amount: string; used: string }[]>`
    select case when k.name = 'limited' then 'limited' else 'low' end as account, a.limit_amount, u.used
      from allowances a join allowance_uses u on u.allowance_id = a.id
      left join keys k on a.subject_kind = 'key' and k.id = a.subject_id
      left join organizations o on a.subject_kind = 'organization' and o.id = a.subject_id
     where k.name = 'limited' or o.slug = 'low'`;
  return rows.map(({ account, limit_amount: limit, used }) => ({
    account,
    limit: BigInt(limit),
    used: BigInt(used),
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
