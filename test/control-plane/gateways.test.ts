// Gateways seen from the control plane: who is given up and when, and what is forgotten of windows that are over.
import { sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CommandError } from "#control/command-error.ts";
import { reconcile } from "#control/credits/reconcile.ts";
import { forfeitGateway } from "#control/gateways/forfeit-gateway.ts";
import { listGateways } from "#control/gateways/list-gateways.ts";
import { lostGateways } from "#control/gateways/lost-gateways.ts";
import { forgetOldWindows } from "#control/limits/forget-old-windows.ts";
import { setLimit } from "#control/limits/set-limit.ts";
import { commit } from "#control/run-command.ts";
import type { AllowanceUnit, AllowanceWindow } from "#schema/bounds.ts";
import { openClient } from "#schema/client.ts";
import { mintId, type AllowanceId, type GatewayId } from "#schema/ids.ts";
import { leaseAllowances } from "#schema/ledger/lease-allowances.ts";
import { picodollars } from "#schema/money/amount.ts";
import { windowStart } from "#schema/windows.ts";
import { codeOf } from "./code-of.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { acme, runtime } = installation;
const { db } = runtime;
const client = openClient(installation.databaseUrl, { connectionsMax: 6, name: "gateways test" });
const test = suite("gateways");
test.after(async () => {
  await client.end();
  await installation.close();
});

/** A gateway that was last seen so long ago. */
async function gateway(name: string, silentSeconds: number): Promise<GatewayId> {
  const id = mintId("gateway");
  await client`insert into gateways (id, name, host, pid, seen_at)
    values (${id}, ${name}, 'test', 1, now() - make_interval(secs => ${silentSeconds}))`;
  return id;
}
const forfeit = (nameOrId: string, force = false) =>
  commit(db, (tx) => forfeitGateway(tx, { nameOrId, force, actor: "test" }));
const lease = (id: GatewayId, allowance: AllowanceId, start: Date, need: bigint) =>
  leaseAllowances(client, id, [{ allowance, windowStart: start, need, want: need }]);

async function allowanceOf(
  subjectId: string,
  unit: AllowanceUnit,
  window: AllowanceWindow,
): Promise<AllowanceId> {
  const [row] = await client<{ id: AllowanceId }[]>`select id from allowances
    where subject_id = ${subjectId} and unit = ${unit} and window_kind = ${window} and scope = ''`;
  if (!row) throw new Error(`no allowance of ${unit} per ${window}`);
  return row.id;
}
const credit = await allowanceOf(acme.id, "picodollars", "lifetime");
const epoch = new Date(0);
const forget = () => forgetOldWindows(db, ["minute", "day", "week", "month"]);

async function assertLeasesBalance(): Promise<void> {
  const { checks } = await reconcile(db);
  for (const { name, differences } of checks)
    if (/leased|leases/.test(name)) assert.equal(differences, [], name);
}

test("a gateway that was just seen is not forfeited without force, and is told what would happen", async () => {
  const id = await gateway("busy", 3);
  await lease(id, credit, epoch, 1_250_000_000_000n);
  const error = await forfeit("busy").then(
    () => assert.unreachable() as never,
    (cause: CommandError) => cause,
  );
  assert.is(error.code, "conflict");
  assert.match(error.message, /seen \d s ago.*\$1\.25 of credit.*force/);
  const done = await forfeit("busy", true);
  assert.equal([done.id, done.leases, done.credit], [id, 1, 1_250_000_000_000n]);
  await assertLeasesBalance();
});

test("a gateway is named by its name while one of that name lives, and by its id", async () => {
  const [first, second] = [await gateway("twin", 90), await gateway("twin", 120)];
  const error = await forfeit("twin").then(
    () => assert.unreachable() as never,
    (cause: CommandError) => cause,
  );
  assert.is(error.code, "conflict");
  assert.ok(error.message.includes(first) && error.message.includes(second));
  assert.is((await forfeit(second)).id, second);
  assert.is((await forfeit("twin")).id, first);
  assert.is(await codeOf(forfeit("twin")), "not_found");
  assert.is(await codeOf(forfeit("nobody")), "not_found");
});

test("the list shows what gateways hold and what was taken from those that were given up, page by page", async () => {
  const [holder, lost] = [await gateway("holder", 1), await gateway("lost", 300)];
  await lease(holder, credit, epoch, 7n);
  await lease(lost, credit, epoch, 9n);
  await forfeit("lost");
  const all: Awaited<ReturnType<typeof listGateways>>["rows"] = [];
  for (let after: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof listGateways>> = await listGateways(db, {
      history: false,
      limit: 2,
      after,
    });
    all.push(...page.rows);
    if (page.next === null) break;
    after = page.next;
  }
  const named = (id: GatewayId) => all.find((row) => row.id === id);
  assert.equal([named(holder)?.state, named(holder)?.leased], ["living", 7n]);
  assert.equal(
    [named(lost)?.state, named(lost)?.leased, named(lost)?.forfeited],
    ["forfeited", 0n, 9n],
  );
  assert.is(new Set(all.map(({ id }) => id)).size, all.length);
  assert.ok(all.length >= 5);
});

test("a gateway that is silent for the quarantine is given up when it is found so twice, a minute apart", async () => {
  const [dead, quiet] = [await gateway("dead", 3_700), await gateway("quiet", 3_000)];
  await lease(dead, credit, epoch, 11n);
  const find = lostGateways();
  const at = (nowMs: number) => find(db, { quarantineMinutes: 60, nowMs });
  assert.equal(await at(0), []);
  assert.equal(await at(59_999), []);
  assert.equal(
    (await at(60_000)).map(({ id, credit: amount }) => [id, amount]),
    [[dead, 11n]],
  );
  assert.equal(await at(200_000), []);
  assert.is((await forfeit("quiet")).id, quiet); // still there
  await assertLeasesBalance();
});

test("after hours without Postgres nobody is given up who says within a minute that it lives", async () => {
  const id = await gateway("back", 9_000); // all looked lost while the database was away
  const find = lostGateways();
  await find(db, { quarantineMinutes: 60, nowMs: 0 });
  await client`update gateways set seen_at = now() where id = ${id}`;
  assert.equal(await find(db, { quarantineMinutes: 60, nowMs: 90_000 }), []);
  await client`update gateways set seen_at = now() - interval '2 hours' where id = ${id}`;
  assert.equal(await find(db, { quarantineMinutes: 60, nowMs: 91_000 }), []); // lost anew: the minute begins again
  assert.is((await find(db, { quarantineMinutes: 60, nowMs: 151_000 })).length, 1);
});

test("windows that are over for long are forgotten with their leases, and no others", async () => {
  const id = await gateway("keeper", 0);
  const now = Date.now();
  const day = 86_400_000;
  for (const unit of ["requests", "tokens"] as const)
    for (const window of ["minute", "day", "month", "lifetime"] as const)
      await commit(db, (tx) =>
        setLimit(tx, {
          organizationId: acme.id,
          subject: { kind: "key", id: acme.inference.id },
          unit,
          window,
          scope: "",
          limit: picodollars(1_000n),
        }),
      );
  const starts = async (allowance: AllowanceId) =>
    (
      await client<{ window_start: Date }[]>`select window_start from allowance_uses
        where allowance_id = ${allowance} order by window_start`
    ).map((row) => row.window_start.getTime());
  const kept: [AllowanceId, number[]][] = [];
  for (const { window, agesMs, keptMs } of [
    { window: "minute", agesMs: [17 * 60_000, 3_600_000], keptMs: [0, 14 * 60_000] },
    { window: "day", agesMs: [402 * day], keptMs: [0, 398 * day] },
    { window: "month", agesMs: [440 * day], keptMs: [0, 60 * day] },
  ] as const) {
    const allowance = await allowanceOf(acme.inference.id, "requests", window);
    const startOf = (age: number) => windowStart(window, new Date(now - age));
    for (const age of [...agesMs, ...keptMs]) await lease(id, allowance, startOf(age), 3n);
    kept.push([allowance, keptMs.map((age) => startOf(age).getTime()).toSorted((a, b) => a - b)]);
  }
  const lifetime = await allowanceOf(acme.inference.id, "requests", "lifetime");
  await lease(id, lifetime, epoch, 3n);
  assert.is((await forget()).forgotten, 4);
  for (const [allowance, windows] of kept) assert.equal(await starts(allowance), windows);
  assert.equal(await starts(lifetime), [0]);
  await assertLeasesBalance();
  assert.is((await forget()).forgotten, 0);
});

test("usage of a window that was forgotten is booked when it comes, and forgotten by the next run", async () => {
  const id = await gateway("late", 0);
  const allowance = await allowanceOf(acme.inference.id, "requests", "minute");
  const start = windowStart("minute", new Date(Date.now() - 3_600_000));
  await lease(id, allowance, start, 3n);
  await forget();
  await installation.book(
    installation.record(acme, {
      gateway: id,
      charge: "0",
      draws: [{ allowance, windowStart: start.toISOString(), amount: "1" }],
    }),
  );
  const [row] = await client<
    { used: string; leased: string }[]
  >`select used, leased from allowance_uses
    where allowance_id = ${allowance} and window_start = ${start.toISOString()}::text::timestamptz`;
  assert.equal([row?.used, row?.leased], ["1", "0"]);
  await assertLeasesBalance();
  assert.is((await forget()).forgotten, 1);
});

test("while windows are forgotten leases go on, and what is leased is what gateways hold", async () => {
  const id = await gateway("hot", 0);
  const allowance = await allowanceOf(acme.inference.id, "tokens", "minute");
  const starts = Array.from({ length: 40 }, (_, at) =>
    windowStart("minute", new Date(Date.now() - (at - 2) * 60_000)),
  );
  await Promise.all([
    ...starts.map((start) => lease(id, allowance, start, 1n)),
    forget(),
    ...starts.toReversed().map((start) => lease(id, allowance, start, 1n)),
    forget(),
    ...starts.map((start) => lease(id, allowance, start, 1n)),
  ]);
  await assertLeasesBalance();
  await forget();
  const [row] = await db.execute<{ total: string }>(
    sql`select count(*)::text as total from allowance_uses where allowance_id = ${allowance}`,
  );
  assert.ok(Number(row?.total) <= 19, row?.total);
});

test.run();
