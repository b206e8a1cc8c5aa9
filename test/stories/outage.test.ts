// Postgres goes away under load and comes back: who has a lease is served, everybody else is told that it is our
// trouble and when to try again, and in the end everything is booked, once.
//
//   OUTAGE_SECONDS=60 npm test -- outage     a whole minute

import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startPostgres } from "#control/start/embedded-postgres.ts";
import { migrate } from "#schema/migrate.ts";
import { formatDollars, parseDollars, picodollars } from "#schema/money/amount.ts";
import { startFleet } from "./fleet.ts";
import { until } from "./installation.ts";

const outageMs = Number(process.env["OUTAGE_SECONDS"] ?? 6) * 1_000;
const gateways = 2;
const perRequest = "0.0000036"; // USD
const fee = parseDollars(perRequest);
const clientsPerAccount = 4;
const thinkMs = 40;
const patienceMs = 15_000;

const dataDir = mkdtempSync(join(tmpdir(), "turnpike-outage-"));
chmodSync(dataDir, 0o711); // root's Postgres runs as nobody, and has to get through
let postgres = await startPostgres({ dataDir });
await migrate(postgres.url);
const fleet = await startFleet({ databaseUrl: postgres.url, gateways });
const { sql, upstream } = fleet;
await fleet.model("acme/short", { request: perRequest });
await fleet.model("acme/long", { request: perRequest }, "slow-100-chunks-30");
await fleet.model("acme/dear", { request: formatDollars(picodollars(fee * 400n)) });

const test = suite("outage");
test.after(async () => {
  await fleet.close();
  await postgres.stop();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});

const rich = await fleet.organization("1000");
const poor = await fleet.organization(formatDollars(picodollars(fee * 400n)));
const keys = {
  /** Ample credit, no limit of its own. */
  ample: (await fleet.key(rich)).key,
  /** A daily limit that the load would use up in some seconds. */
  limited: (await fleet.key(rich, { limit: picodollars(fee * 400n), limitReset: "daily" })).key,
  /** An organization whose credit the load would use up in some seconds. */
  poor: (await fleet.key(poor)).key,
  /** No gateway has met it when Postgres goes. */
  unmet: (await fleet.key(rich)).key,
};
type Account = keyof typeof keys;

type Told = {
  account: Account;
  port: number;
  status: number;
  /** When it was asked, and when its answer had ended. */
  fromMs: number;
  toMs: number;
  generation: string | undefined;
  whole: boolean;
  retryAfter: string | undefined;
  message: string | undefined;
};
const told: Told[] = [];

async function request(account: Account, port: number): Promise<Told> {
  const fromMs = performance.now();
  const answer = await fleet.chat(port, keys[account], { model: "acme/short" });
  const { error } = (await answer.json()) as { error?: { message?: string } };
  const { "x-generation-id": generation, "retry-after": retryAfter } = answer.headers;
  const one = {
    account,
    port,
    status: answer.status,
    fromMs,
    toMs: performance.now(),
    generation: typeof generation === "string" ? generation : undefined,
    whole: answer.status === 200 && answer.ending() === "clean",
    retryAfter,
    message: error?.message,
  };
  told.push(one);
  return one;
}

let leaving = false;
function startClients(accounts: readonly Account[]): Promise<void>[] {
  return accounts.flatMap((account) =>
    Array.from({ length: clientsPerAccount }, async (_, at) => {
      const port = fleet.ports[at % gateways] ?? 0;
      while (!leaving) {
        await request(account, port);
        await sleep(thinkMs);
      }
    }),
  );
}

const since = (fromMs: number, account?: Account) =>
  told.filter((one) => one.fromMs > fromMs && (account === undefined || one.account === account));
const counts = (some: readonly Told[]): string =>
  JSON.stringify(
    Object.groupBy(some, ({ account, status }) => `${account} ${status}`),
    (_, value) => (Array.isArray(value) ? value.length : (value as unknown)),
  );

let clients: Promise<void>[] = [];
let goneAtMs = 0;
let backAtMs = 0;

test("while Postgres is away a lease is served from, and without one there is a 503 that says why and until when", async () => {
  clients = startClients(["ample", "limited", "poor"]);
  await until(
    () => (["ample", "limited", "poor"] as const).every((account) => since(0, account).length > 20),
    "load runs",
  );
  // A lease is some requests of the size that asked for it: after a dear one, enough for a minute of cheap ones.
  for (const port of fleet.ports)
    assert.is((await fleet.chat(port, keys.ample, { model: "acme/dear" })).status, 200);
  // Under way when Postgres goes, and longer than a statement may take.
  const streams = await Promise.all(
    fleet.ports.map((port) => fleet.chat(port, keys.ample, { model: "acme/long", stream: true })),
  );
  for (const stream of streams) await stream.next();

  await postgres.stop();
  goneAtMs = performance.now();
  console.log("Postgres is gone");
  clients.push(...startClients(["unmet"]));
  for (const stream of streams) {
    const events = await stream.rest();
    const last = events.at(-1);
    assert.is(stream.ending(), "clean");
    assert.is(last?.kind === "data" ? last.data : "", "[DONE]");
  }
  await sleep(Math.max(0, goneAtMs + outageMs - performance.now()));
  backAtMs = performance.now();
  postgres = await startPostgres({ dataDir, keepPort: true });

  const during = since(goneAtMs).filter(({ toMs }) => toMs < backAtMs);
  console.log(`away for ${((backAtMs - goneAtMs) / 1_000).toFixed(1)} s: ${counts(during)}`);
  for (const port of fleet.ports) {
    const ample = during.filter((one) => one.account === "ample" && one.port === port);
    assert.ok(ample.length > 20);
    assert.equal(
      ample.filter(({ status }) => status !== 200),
      [],
      `the gateway on ${port} serves whom it has a lease for as if nothing were`,
    );
  }
  for (const account of ["limited", "poor"] as const)
    assert.ok(
      during.some((one) => one.account === account && one.status === 503),
      `${account} runs out of its lease`,
    );
  assert.equal(
    during
      .filter(({ status }) => status !== 200 && status !== 503)
      .map(({ status, message }) => `${status} ${message}`),
    [],
    "our trouble is nobody's 401, 402, 403 or 429",
  );
  for (const { message = "", retryAfter } of during.filter(({ status }) => status === 503)) {
    assert.match(message, /database does not answer/);
    assert.ok(Number(retryAfter) > 0, `Retry-After: ${retryAfter}`);
  }
  assert.ok(
    during.every(({ account, status }) => account !== "unmet" || status === 503),
    "a key that is not known is not called unknown",
  );
  const slowest = Math.max(...during.map(({ fromMs, toMs }) => toMs - fromMs));
  assert.ok(slowest < patienceMs, `nobody waits for long: ${slowest.toFixed(0)} ms`);
});

test("when it is back, everybody who may is served again without a restart", async () => {
  for (const account of ["ample", "unmet"] as const)
    for (const port of fleet.ports)
      await until(
        () => since(backAtMs, account).some((one) => one.port === port && one.status === 200),
        `${account} is served on ${port}`,
      );
  leaving = true;
  await Promise.all(clients);
  const after = since(backAtMs).filter(({ status }) => [401, 404, 429, 500].includes(status));
  assert.equal(after, []);
});

test("all that was served is booked, once, and nothing else", async () => {
  const served = upstream.requests.length; // every one was served whole: the double breaks nothing here
  const [streams, dear] = [gateways, gateways];
  assert.is(told.filter(({ whole }) => whole).length + streams + dear, served);
  const [row] = await sql<{ count: number }[]>`select count(*)::int as count from generations`;
  let booked = row?.count ?? 0;
  await until(
    async () => {
      const [now] = await sql<{ count: number }[]>`select count(*)::int as count from generations`;
      booked = now?.count ?? 0;
      return booked >= served;
    },
    `${served} are booked`,
    60_000,
  ).catch((cause) => {
    throw new Error(`${booked} of ${served} are booked`, { cause });
  });
  const [sums] = await sql<{ count: number; charge: string; distinct_answers: number }[]>`
    select count(*)::int as count, sum(charge) as charge, count(distinct upstream_id)::int as distinct_answers from generations`;
  assert.equal(
    { ...sums },
    {
      count: served,
      charge: String(fee * BigInt(served - dear + dear * 400)),
      distinct_answers: served,
    },
  );
});

test("no limit is exceeded, the books reconcile, and drained gateways hold nothing", async () => {
  assert.equal(await fleet.differences(), []);
  await fleet.drain();
  const off = await sql`
    select a.unit, a.limit_amount, u.used, u.leased from allowance_uses u join allowances a on a.id = u.allowance_id
     where u.used > a.limit_amount or u.leased <> 0`;
  assert.equal([...off], []);
  assert.equal(await fleet.differences(), []);
});

test.run();
