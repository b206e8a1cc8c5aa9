// What a gateway may spend, in its memory: never more than it leased, and what it does not use others can have.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { followChanges } from "#data/changes.ts";
import { type Bound, type Denial, type Hold, Leases } from "#data/leases.ts";
import type { Sql } from "#schema/client.ts";
import type { AllowanceId } from "#schema/ids.ts";
import { closeGateway } from "#schema/ledger/return-leases.ts";
import { epoch, smallLedger } from "#test/schema/small-ledger.ts";

const ledger = await smallLedger({ connectionsMax: 8 });
const { client } = ledger;
const test = suite("leases in memory");
const opened: { stop(): Promise<void> | void }[] = [];
test.after(async () => {
  for (const one of opened) await one.stop();
  await ledger.close();
});

async function openLeases(options: { listening?: boolean; client?: Sql } = {}) {
  const gateway = await ledger.gateway();
  const leases = new Leases({ client: options.client ?? client, gateway });
  opened.push(leases);
  if (options.listening) {
    opened.push(
      await followChanges(client, gateway, {
        take: async () => {},
        recall: (allowance) => void leases.recall(new Set([allowance])),
        lives: (living) => assert.ok(living),
        failed: (cause) => assert.unreachable(String(cause)),
      }),
    );
  }
  return { gateway, leases };
}
const bound = (id: AllowanceId, more: Partial<Bound> = {}): Bound => ({
  id,
  subject: "organization",
  unit: "picodollars",
  window: "lifetime",
  scope: "",
  ...more,
});
/** The same amount of every bound. */
const hold = async (leases: Leases, bounds: readonly Bound[], amount: bigint, atMs = nowMs) =>
  leases.hold(
    bounds.map((one) => ({ bound: one, amount })),
    atMs,
  );
const release = (leases: Leases, ended: Hold, used: bigint) =>
  leases.release(
    ended,
    ended.parts.map(() => used),
  );
const nowMs = Date.UTC(2026, 10, 25, 13);
const held = (answer: Hold | Denial): Hold =>
  "kind" in answer ? (assert.unreachable(`refused: ${answer.kind}`) as never) : answer;
const short = (answer: Hold | Denial): Denial & { kind: "short" } =>
  "kind" in answer && answer.kind === "short"
    ? answer
    : (assert.unreachable("it was held") as never);

test("two hundred holds at once never hold more than the allowance, and stop only when less than one is left", async () => {
  const allowance = await ledger.allowance(1_000n);
  const { leases } = await openLeases();
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => hold(leases, [bound(allowance)], 7n)),
  );
  const holds = answers.filter((answer) => !("kind" in answer));
  assert.is(holds.length, 142); // 1000 / 7
  assert.ok((await ledger.use(allowance)).leased <= 1_000n);
  assert.ok(short(answers.find((answer) => "kind" in answer) as Denial).free < 7n);
});

test("a refusal says how much would still fit", async () => {
  const allowance = await ledger.allowance(1_000n);
  const { leases } = await openLeases();
  held(await hold(leases, [bound(allowance)], 300n));
  const { free, bound: of } = short(await hold(leases, [bound(allowance)], 5_000n));
  assert.is(free, 700n);
  assert.is(of.id, allowance);
  held(await hold(leases, [bound(allowance)], free));
});

test("of a credit and a key's limit the one that is short is named, and nothing is held of the other", async () => {
  const [credit, limit] = [await ledger.allowance(1_000n), await ledger.allowance(50n)];
  const { leases } = await openLeases();
  const bounds = [bound(limit, { subject: "key" }), bound(credit)];
  assert.equal(short(await hold(leases, bounds, 60n)).bound, bounds[0]);
  held(await hold(leases, [bound(credit)], 1_000n));
  assert.is(short(await hold(leases, bounds, 1n)).bound.id, credit);
});

test("what a request did not use of its hold is there for the next", async () => {
  const allowance = await ledger.allowance(100n);
  const { leases } = await openLeases();
  const taken = held(await hold(leases, [bound(allowance)], 100n));
  short(await hold(leases, [bound(allowance)], 61n));
  release(leases, taken, 40n);
  held(await hold(leases, [bound(allowance)], 60n));
  short(await hold(leases, [bound(allowance)], 1n));
});

test("what a request used above its hold is owed, and taken from what is leased next", async () => {
  const allowance = await ledger.allowance(100n);
  const { leases } = await openLeases();
  release(leases, held(await hold(leases, [bound(allowance)], 10n)), 50n);
  assert.is(short(await hold(leases, [bound(allowance)], 51n)).free, 50n);
  held(await hold(leases, [bound(allowance)], 50n));
});

test("what lies idle goes back to the allowance; what a long request holds goes back when it ends", async () => {
  const allowance = await ledger.allowance(1_000n);
  const { leases } = await openLeases();
  const taken = held(await hold(leases, [bound(allowance)], 10n));
  await leases.returnIdle(nowMs + 30_000);
  assert.ok((await ledger.use(allowance)).leased >= 10n);
  await leases.returnIdle(nowMs + 61_000);
  assert.equal(await ledger.use(allowance), { used: 0n, leased: 10n });
  release(leases, taken, 0n);
  await leases.recall(new Set([allowance]));
  await leases.recall(new Set([allowance]));
  assert.equal(await ledger.use(allowance), { used: 0n, leased: 0n });
});

test("a gateway in need gets back what another holds idle", async () => {
  const allowance = await ledger.allowance(1_000n);
  const [one, two] = [await openLeases({ listening: true }), await openLeases({ listening: true })];
  release(one.leases, held(await hold(one.leases, [bound(allowance)], 900n)), 0n);
  assert.ok((await ledger.held(allowance)) >= 900n);
  held(await hold(two.leases, [bound(allowance)], 950n));
  assert.ok((await ledger.use(allowance)).leased <= 1_000n);
  const { free } = short(await hold(one.leases, [bound(allowance)], 100n));
  assert.ok(free <= 50n);
});

test("the last cent is held by one of two gateways, not by both (M-18)", async () => {
  for (let round = 0; round < 5; round++) {
    const allowance = await ledger.allowance(10n);
    const [one, two] = [
      await openLeases({ listening: true }),
      await openLeases({ listening: true }),
    ];
    const answers = await Promise.all(
      [one, two].map(({ leases }) => hold(leases, [bound(allowance)], 10n)),
    );
    assert.is(answers.filter((answer) => !("kind" in answer)).length, 1);
  }
});

test("a new window begins with the whole limit", async () => {
  const allowance = await ledger.allowance(100n, { window: "day" });
  const { leases } = await openLeases();
  const daily = bound(allowance, { subject: "key", window: "day" });
  const midnightMs = Date.UTC(2026, 10, 26);
  const today = held(await hold(leases, [daily], 100n, midnightMs - 100));
  short(await hold(leases, [daily], 1n, midnightMs - 1));
  const tomorrow = held(await hold(leases, [daily], 100n, midnightMs));
  assert.is(today.parts[0]?.holding.windowStart.toISOString(), "2026-11-25T00:00:00.000Z");
  assert.is(tomorrow.parts[0]?.holding.windowStart.toISOString(), "2026-11-26T00:00:00.000Z");
});

test("a limit that was lowered below what is out is refused, without asking Postgres for ever", async () => {
  const [credit, limit] = [await ledger.allowance(10_000n), await ledger.allowance(1_000n)];
  const { leases } = await openLeases();
  const bounds = [bound(credit), bound(limit, { subject: "key" })];
  release(leases, held(await hold(leases, bounds, 600n)), 0n);
  await client`update allowances set limit_amount = 10 where id = ${limit}`;
  held(await hold(leases, bounds, 500n)); // what was leased may be spent: a lowered limit holds within a lease
  const answer = await Promise.race([
    hold(leases, bounds, 500n),
    new Promise<null>((resolve) => setTimeout(resolve, 5_000, null)),
  ]);
  assert.is(short(answer ?? (assert.unreachable("it never answers") as never)).bound.id, limit);
});

test("an allowance that is gone is a refusal with nothing free", async () => {
  const allowance = await ledger.allowance(100n);
  await client`delete from allowances where id = ${allowance}`;
  const { leases } = await openLeases();
  const answer = await hold(leases, [bound(allowance)], 1n);
  assert.ok("kind" in answer);
});

test("without Postgres what was leased can be spent, and what was not is refused as away", async () => {
  const allowance = await ledger.allowance(3_200n);
  const { openClient } = await import("#schema/client.ts");
  const own = openClient(ledger.url, { connectionsMax: 1, name: "test away" });
  const { leases } = await openLeases({ client: own });
  held(await hold(leases, [bound(allowance)], 10n));
  const leased = (await ledger.use(allowance)).leased;
  await own.end({ timeout: 0 });
  let spent = 10n;
  for (;;) {
    const answer = await hold(leases, [bound(allowance)], 10n);
    if ("kind" in answer) {
      assert.is(answer.kind, "away");
      break;
    }
    spent += 10n;
  }
  assert.ok(spent <= leased && spent > leased - 10n, `${spent} of ${leased}`);
});

test("each bound is held by its own amount, and used by its own", async () => {
  const [credit, rate] = [await ledger.allowance(1_000n), await ledger.allowance(3n)];
  const { leases } = await openLeases();
  const demands = [
    { bound: bound(credit), amount: 100n },
    { bound: bound(rate, { subject: "key", unit: "requests" }), amount: 1n },
  ];
  for (let at = 0; at < 3; at++) leases.release(held(await leases.hold(demands, nowMs)), [40n, 1n]);
  const denial = short(await leases.hold(demands, nowMs));
  assert.is(denial.bound.id, rate);
  assert.is(denial.limit, 3n);
  held(await hold(leases, [bound(credit)], 880n)); // 1000 − 3 · 40
});

test("what is refused while requests under way hold the rest says how much they hold", async () => {
  const allowance = await ledger.allowance(100n);
  const { leases } = await openLeases();
  const under = held(await hold(leases, [bound(allowance)], 90n));
  const denial = short(await hold(leases, [bound(allowance)], 50n));
  assert.equal([denial.free, denial.inFlight], [10n, 90n]);
  release(leases, under, 5n);
  held(await hold(leases, [bound(allowance)], 95n));
});

test("five hundred that are refused together ask Postgres a handful of times", async () => {
  const allowance = await ledger.allowance(10n);
  const other = await openLeases();
  held(await hold(other.leases, [bound(allowance)], 10n)); // in flight elsewhere, so a recall brings nothing
  let statements = 0;
  const counting = new Proxy(client, {
    apply(target, self, given) {
      statements++;
      return Reflect.apply(target, self, given);
    },
  });
  const { leases } = await openLeases({ client: counting });
  const answers = await Promise.all(
    Array.from({ length: 500 }, () => hold(leases, [bound(allowance)], 1n)),
  );
  assert.ok(answers.every((answer) => short(answer).free === 0n));
  assert.ok(statements <= 10, `${statements} statements`);
});

test("near a limit that several gateways share, what a request leaves goes back by itself", async () => {
  const allowance = await ledger.allowance(1_000n);
  const { leases } = await openLeases();
  await openLeases(); // another that lives
  const taken = held(await hold(leases, [bound(allowance)], 100n));
  assert.equal(await ledger.use(allowance), { used: 0n, leased: 100n }); // no more than it needs
  release(leases, taken, 30n);
  for (let tries = 0; (await ledger.use(allowance)).leased !== 30n; tries++) {
    if (tries > 100) assert.unreachable("it was not given back");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});

test("a gateway that Postgres has not confirmed for too long stops using what it holds", async () => {
  const allowance = await ledger.allowance(1_000n);
  const leases = new Leases({ client, gateway: await ledger.gateway(), trustMs: 60 });
  opened.push(leases);
  held(await hold(leases, [bound(allowance)], 1n));
  await new Promise((resolve) => setTimeout(resolve, 80));
  const answer = await hold(leases, [bound(allowance)], 1n);
  assert.is("kind" in answer && answer.kind, "away");
  leases.confirm();
  held(await hold(leases, [bound(allowance)], 1n));
});

test("a lease that comes after its request has given up is not lost", async () => {
  const allowance = await ledger.allowance(1_000n);
  const { leases } = await openLeases();
  await client.begin(async (tx) => {
    await tx`select from allowance_uses where allowance_id = ${allowance} for update`;
    await tx`insert into allowance_uses (allowance_id, window_start) values (${allowance}, ${epoch}) on conflict do nothing`;
    const answer = await hold(leases, [bound(allowance)], 10n);
    assert.is("kind" in answer && answer.kind, "away");
  });
  await new Promise((resolve) => setTimeout(resolve, 300)); // the statement goes through, and Postgres is asked again
  const before = (await ledger.use(allowance)).leased;
  assert.ok(before >= 10n);
  held(await hold(leases, [bound(allowance)], before));
});

test("what is used fast is leased for longer each time, so that requests go on when Postgres goes away", async () => {
  const allowance = await ledger.allowance(1_000_000n);
  const { leases } = await openLeases();
  const used = 5_000n;
  for (let at = 0n; at < used; at++)
    release(leases, held(await hold(leases, [bound(allowance)], 1n)), 1n);
  const left = (await ledger.held(allowance)) - used;
  assert.ok(left > 200n, `${left} are left of ${used} that were used within a minute`); // of two equal leases at most 64
});

test("a closed life gives back what it held", async () => {
  const allowance = await ledger.allowance(100n);
  const { gateway, leases } = await openLeases();
  held(await hold(leases, [bound(allowance)], 100n));
  await closeGateway(client, gateway);
  assert.equal(await ledger.use(allowance, epoch), { used: 0n, leased: 0n });
});

test.run();
