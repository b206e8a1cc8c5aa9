// Four gateways are asked two thousand times at once for what an allowance can give a hundred times: a hundred are
// served, for every kind of limit, and nothing that was refused or has ended keeps a share.
//
//   npm test -- limit-race
//   REPEAT=20 SEED=7 TEST_TIMEOUT_MS=1800000 npm test -- limit-race     many rounds, and the idle return at the end

import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { grantCredits } from "#control/credits/grant-credits.ts";
import { updateKey } from "#control/keys/update-key.ts";
import type { AllowanceId, OrganizationId } from "#schema/ids.ts";
import { formatDollars, parseDollars, picodollars } from "#schema/money/amount.ts";
import type { AllowanceWindow } from "#schema/bounds.ts";
import { windowEnd } from "#schema/windows.ts";
import { testDatabase } from "#test/database.ts";
import { type Random, randomOf } from "#test/torture/random.ts";
import { startFleet } from "./fleet.ts";
import { until } from "./installation.ts";

const gateways = 4;
const perGateway = 500;
const fits = 100;
const perRequest = "0.0000036"; // USD; a request costs this and nothing else, so its hold is its charge
const fee = parseDollars(perRequest);
const rich = "1000"; // USD
/** A window that ends in the middle of a race would rightly serve its part twice. */
const raceMsMax = 20_000;
const triesMax = 40;
const againMs = 300;
const rounds = Number(process.env["REPEAT"] ?? 1);
const seed = Number(process.env["SEED"] ?? randomInt(2 ** 31));
console.log(`seed ${seed}, ${rounds} round(s)`);

/** While it is held the double answers nobody who asks for the model "held". */
let gate = Promise.withResolvers<void>();
gate.resolve();
const database = await testDatabase();
const fleet = await startFleet({
  databaseUrl: database.url,
  gateways,
  async handler({ body }) {
    if ((body as { model?: string } | null)?.model === "held") await gate.promise;
    return {};
  },
});
const { db, sql, upstream } = fleet;
await fleet.model("acme/paid", { request: perRequest });
await fleet.model("acme/held", { request: perRequest }, "held");
await fleet.model("acme/gratis:free", {});
await warmUp();

const test = suite("limit race");
test.after(async () => {
  await fleet.close();
  await database.close();
});

// Each gateway has been asked before, as any that is in use: the first request of a process takes a hundred times longer.
async function warmUp(): Promise<void> {
  const { key } = await fleet.key(await fleet.organization(rich));
  const ports = fleet.ports.flatMap((port) => Array.from({ length: 50 }, () => port));
  await Promise.all(
    ports.map(async (port) =>
      assert.is((await fleet.chat(port, key, { model: "acme/paid" })).status, 200),
    ),
  );
}

type Racer = {
  organization: OrganizationId;
  key: string;
  allowance: AllowanceId;
  /** The limit rises by so many requests. */
  raise: (requests: number) => Promise<void>;
};
type Race = {
  of: string;
  model: string;
  status: number;
  sources: readonly string[];
  window: AllowanceWindow;
  /** What one request takes of it. */
  each: bigint;
  start: () => Promise<Racer>;
};

const allowanceOf = async (subject: string, unit: string, window: AllowanceWindow) => {
  const [row] = await sql<{ id: AllowanceId }[]>`
    select id from allowances where subject_id = ${subject} and unit = ${unit} and window_kind = ${window} and scope = ''`;
  return row?.id ?? assert.unreachable(`no ${window} allowance of ${unit} for ${subject}`);
};

const races: readonly Race[] = [
  {
    of: "an organization's credit",
    model: "acme/paid",
    status: 402,
    sources: ["openrouter_credits", "openrouter_in_flight_budget"],
    window: "lifetime",
    each: fee,
    async start() {
      const organization = await fleet.organization(formatDollars(picodollars(fee * BigInt(fits))));
      const { key } = await fleet.key(organization);
      return {
        organization,
        key,
        allowance: (await allowanceOf(organization, "picodollars", "lifetime")) as AllowanceId,
        async raise(requests) {
          const { sequence } = await db.transaction((tx) =>
            grantCredits(tx, {
              organizationId: organization,
              amount: picodollars(fee * BigInt(requests)),
              actor: "test",
            }),
          );
          await fleet.settled(sequence ?? 0);
        },
      };
    },
  },
  {
    of: "a key's daily limit",
    model: "acme/paid",
    status: 403,
    sources: ["openrouter_key_limit"],
    window: "day",
    each: fee,
    async start() {
      const organization = await fleet.organization(rich);
      const limit = picodollars(fee * BigInt(fits));
      const { id, key } = await fleet.key(organization, { limit, limitReset: "daily" });
      return {
        organization,
        key,
        allowance: (await allowanceOf(id, "picodollars", "day")) as AllowanceId,
        async raise(requests) {
          const { sequence } = await db.transaction((tx) =>
            updateKey(tx, {
              idOrHash: id,
              organizationId: organization,
              limit: picodollars(limit + fee * BigInt(requests)),
            }),
          );
          await fleet.settled(sequence);
        },
      };
    },
  },
  {
    of: "a key's requests per minute",
    model: "acme/paid",
    status: 429,
    sources: ["openrouter_rate_limit"],
    window: "minute",
    each: 1n,
    start: () => bounded({ subject: "key", unit: "requests", window: "minute", scope: "" }),
  },
  {
    of: "an organization's free requests per day",
    model: "acme/gratis:free",
    status: 429,
    sources: ["openrouter_free_tier_daily"],
    window: "day",
    each: 1n,
    start: () =>
      bounded({ subject: "organization", unit: "requests", window: "day", scope: "free" }),
  },
];

async function bounded(of: {
  subject: "key" | "organization";
  unit: "requests" | "concurrency";
  window: AllowanceWindow;
  scope: string;
}): Promise<Racer> {
  const organization = await fleet.organization(rich);
  const { id, key } = await fleet.key(organization);
  const subjectId = of.subject === "key" ? id : organization;
  const set = (limit: number) =>
    fleet.bound({ ...of, organization, subjectId, limit: BigInt(limit) });
  if (of.scope === "free")
    // the tier's own, which is lower
    await fleet.bound({ ...of, organization, subjectId, window: "minute", limit: null });
  return {
    organization,
    key,
    allowance: await set(fits),
    raise: async (requests) => void (await set(fits + requests)),
  };
}

/** `again`: the answer says when it is of use to ask again. */
type Told = { status: number; source: string | undefined; again: boolean };

/**
 * So many requests to every gateway at once, in an order that follows from the seed. On a machine that is busy with
 * something else Postgres may be too slow for a gateway, which then says 503; its clients ask again, as it tells them.
 */
function ask(racer: Racer, model: string, each: number, random: Random): Promise<Told>[] {
  const order = fleet.ports
    .flatMap((port) => Array.from({ length: each }, () => ({ port, at: random.next() })))
    .toSorted((a, b) => a.at - b.at);
  return order.map(async ({ port }) => {
    for (let tries = 1; ; tries++) {
      const answer = await fleet.chat(port, racer.key, { model });
      const { error } = (await answer.json()) as {
        error?: { metadata?: { limit_source?: string } };
      };
      if (answer.status === 503 && tries < triesMax) {
        await sleep(againMs);
        continue;
      }
      return {
        status: answer.status,
        source: error?.metadata?.limit_source,
        again:
          Number(answer.headers["retry-after"]) > 0 ||
          Number(answer.headers["x-ratelimit-reset"]) > Date.now(),
      };
    }
  });
}

/** How many of each kind of answer there were: `{"200": 100, "402 openrouter_credits": 1900}`; and why gateways failed. */
function tally(told: readonly Told[]): string {
  const counts: Record<string, number> = {};
  const count = (kind: string) => (counts[kind] = (counts[kind] ?? 0) + 1);
  for (const { status, source } of told)
    count(source === undefined ? String(status) : `${status} ${source}`);
  for (const [, cause = ""] of fleet.output().matchAll(/"cause":"([^"]*)"/g)) count(cause);
  return JSON.stringify(counts);
}

/** Asserts that so many were served and all others refused as this race refuses. */
function assertShared(race: Race, told: readonly Told[], served: number): void {
  const counts = tally(told);
  assert.is(told.filter(({ status }) => status === 200).length, served, counts);
  const refused = told.filter(({ status }) => status !== 200);
  assert.ok(
    refused.every(
      ({ status, source = "" }) => status === race.status && race.sources.includes(source),
    ),
    counts,
  );
  if (race.status === 429)
    assert.ok(
      refused.every(({ again }) => again),
      "a 429 says when to ask again",
    );
}

function tell(round: number, of: string): void {
  if (rounds > 1) console.log(`round ${round + 1} of ${rounds}: ${of} is exact`);
}

async function untilWindowHas(window: AllowanceWindow, ms: number): Promise<void> {
  const end = windowEnd(window, new Date());
  const left = end === null ? Number.POSITIVE_INFINITY : end.getTime() - Date.now();
  if (left < ms) await sleep(left + 50);
}

async function untilBooked(organization: OrganizationId, count: number): Promise<void> {
  await until(
    async () => (await booked(organization)).count >= count,
    `${count} are booked`,
    30_000,
  );
}

async function booked(organization: OrganizationId): Promise<{ count: number; charge: bigint }> {
  const [row] = await sql<{ count: number; charge: string }[]>`
    select count(*)::int as count, coalesce(sum(charge), 0) as charge from generations where organization_id = ${organization}`;
  return { count: row?.count ?? 0, charge: BigInt(row?.charge ?? 0) };
}

async function usesOf(allowance: AllowanceId): Promise<{ used: bigint; leased: bigint }> {
  const rows = await sql<{ used: string; leased: string }[]>`
    select used, leased from allowance_uses where allowance_id = ${allowance}`;
  return {
    used: rows.reduce((sum, row) => sum + BigInt(row.used), 0n),
    leased: rows.reduce((sum, row) => sum + BigInt(row.leased), 0n),
  };
}

for (const [at, race] of races.entries()) {
  test(`of ${gateways} × ${perGateway} requests at once exactly the ${fits} that fit ${race.of} are served`, async () => {
    for (let round = 0; round < rounds; round++) {
      const random = randomOf(seed, at * 1_000 + round);
      await untilWindowHas(race.window, raceMsMax);
      const racer = await race.start();
      const asked = upstream.requests.length;

      assertShared(race, await Promise.all(ask(racer, race.model, perGateway, random)), fits);
      assert.is(upstream.requests.length - asked, fits, "what is refused never reaches a provider");

      // What is not used up is not stranded at a gateway either: of a little more, all can be had.
      await racer.raise(10);
      assertShared(race, await Promise.all(ask(racer, race.model, 25, random)), 10);

      await untilBooked(racer.organization, fits + 10);
      const { count, charge } = await booked(racer.organization);
      const { used, leased } = await usesOf(racer.allowance);
      assert.is(count, fits + 10);
      assert.is(charge, race.model.endsWith(":free") ? 0n : fee * BigInt(fits + 10));
      assert.is(used, race.each * BigInt(fits + 10));
      assert.is(leased, 0n, "all of it is used");
      tell(round, race.of);
    }
  });
}

test(`of ${gateways} × ${perGateway} requests at once exactly ${fits} run at the same time, and as many again when they have ended`, async () => {
  for (let round = 0; round < rounds; round++) {
    const random = randomOf(seed, 9_000 + round);
    const racer = await bounded({
      subject: "key",
      unit: "concurrency",
      window: "lifetime",
      scope: "",
    });
    for (const wave of [1, 2]) {
      gate = Promise.withResolvers<void>();
      const asked = upstream.requests.length;
      const told: Told[] = [];
      const all = ask(racer, "acme/held", perGateway, random).map(async (one) =>
        told.push(await one),
      );
      const refusals = gateways * perGateway - fits;
      // The last that are admitted may still be on their way to the provider when the last refusal comes.
      await until(
        () => told.length >= refusals && upstream.requests.length - asked >= fits,
        `wave ${wave}: ${refusals} are refused and ${fits} are under way`,
      )
        .catch((cause: unknown) => {
          throw new Error(`wave ${wave}: ${upstream.requests.length - asked}, ${tally(told)}`, {
            cause,
          });
        })
        .finally(() => gate.resolve());
      assert.is(upstream.requests.length - asked, fits, `wave ${wave}: no more are under way`);
      await Promise.all(all);
      const counts = tally(told);
      assert.is(told.filter(({ status }) => status === 200).length, fits, counts);
      assert.is(
        told.filter(({ status, source }) => status === 429 && source === "openrouter_concurrency")
          .length,
        refusals,
        counts,
      );
    }
    await untilBooked(racer.organization, 2 * fits);
    assert.is((await usesOf(racer.allowance)).used, 0n, "what has ended is not used up");
    tell(round, "a key's requests at once");
  }
});

if (rounds > 1) {
  // What is left of a minute that is over is of use to nobody, and goes with its window.
  test("what lies idle at living gateways goes back by itself", async () => {
    const idle = async () => {
      const rows = await sql`
        select a.unit, u.window_start, u.leased from allowance_uses u join allowances a on a.id = u.allowance_id
         where u.leased <> 0 and (a.window_kind <> 'minute' or u.window_start >= date_trunc('minute', now()))`;
      return rows.length;
    };
    await until(async () => (await idle()) === 0, "nothing is leased", 100_000);
  });
}

test("when the gateways have drained nothing is leased, no limit is exceeded, and the books reconcile", async () => {
  await fleet.drain();
  const phantom = await sql`
    select a.unit, a.window_kind, a.limit_amount, u.used, u.leased from allowance_uses u join allowances a on a.id = u.allowance_id
     where u.leased <> 0 or u.used > a.limit_amount`;
  assert.equal([...phantom], []);
  assert.equal([...(await sql`select * from leases where amount <> 0`)], []);
  assert.equal(
    [...(await sql`select distinct state from gateways`)].map((row) => row["state"]),
    ["closed"],
  );
  assert.equal(await fleet.differences(), []);
});

test.run();
