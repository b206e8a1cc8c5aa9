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
  const leases = new Leases(options.client ?? client, gateway);
  opened.push(leases);
  if (options.listening) {
    opened.push(
      await followChanges(client, gateway, {
        take: async () => {},
        recall: (allowance) => void leases.recall(allowance),
        failed: (cause) => assert.unreachable(String(cause)),
      }),
    );
  }
  return { gateway, leases };
}
const bound = (id: AllowanceId, subject: Bound["subject"] = "organization"): Bound => ({
  id,
  subject,
  window: "lifetime",
});
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
    Array.from({ length: 200 }, () => leases.hold([bound(allowance)], 7n, nowMs)),
  );
  const holds = answers.filter((answer) => !("kind" in answer));
  assert.is(holds.length, 142); // 1000 / 7
  assert.ok((await ledger.use(allowance)).leased <= 1_000n);
  assert.ok(short(answers.find((answer) => "kind" in answer) as Denial).free < 7n);
});

test("a refusal says how much would still fit", async () => {
  const allowance = await ledger.allowance(1_000n);
  const { leases } = await openLeases();
  held(await leases.hold([bound(allowance)], 300n, nowMs));
  const { free, bound: of } = short(await leases.hold([bound(allowance)], 5_000n, nowMs));
  assert.is(free, 700n);
  assert.is(of.id, allowance);
  held(await leases.hold([bound(allowance)], free, nowMs));
});

test("of a credit and a key's limit the one that is short is named, and nothing is held of the other", async () => {
  const [credit, limit] = [await ledger.allowance(1_000n), await ledger.allowance(50n)];
  const { leases } = await openLeases();
  const bounds = [bound(limit, "key"), bound(credit)];
  assert.equal(short(await leases.hold(bounds, 60n, nowMs)).bound, bounds[0]);
  held(await leases.hold([bound(credit)], 1_000n, nowMs));
  assert.is(short(await leases.hold(bounds, 1n, nowMs)).bound.id, credit);
});

test("what a request did not use of its hold is there for the next", async () => {
  const allowance = await ledger.allowance(100n);
  const { leases } = await openLeases();
  const hold = held(await leases.hold([bound(allowance)], 100n, nowMs));
  short(await leases.hold([bound(allowance)], 61n, nowMs));
  leases.release(hold, 40n);
  held(await leases.hold([bound(allowance)], 60n, nowMs));
  short(await leases.hold([bound(allowance)], 1n, nowMs));
});

test("what a request used above its hold is owed, and taken from what is leased next", async () => {
  const allowance = await ledger.allowance(100n);
  const { leases } = await openLeases();
  leases.release(held(await leases.hold([bound(allowance)], 10n, nowMs)), 50n);
  assert.is(short(await leases.hold([bound(allowance)], 51n, nowMs)).free, 50n);
  held(await leases.hold([bound(allowance)], 50n, nowMs));
});

test("what lies idle goes back to the allowance; what a long request holds goes back when it ends", async () => {
  const allowance = await ledger.allowance(1_000n);
  const { leases } = await openLeases();
  const hold = held(await leases.hold([bound(allowance)], 10n, nowMs));
  await leases.returnIdle(nowMs + 30_000);
  assert.ok((await ledger.use(allowance)).leased >= 10n);
  await leases.returnIdle(nowMs + 61_000);
  assert.equal(await ledger.use(allowance), { used: 0n, leased: 10n });
  leases.release(hold, 0n);
  await leases.recall(allowance);
  await leases.recall(allowance);
  assert.equal(await ledger.use(allowance), { used: 0n, leased: 0n });
});

test("a gateway in need gets back what another holds idle", async () => {
  const allowance = await ledger.allowance(1_000n);
  const [one, two] = [await openLeases({ listening: true }), await openLeases({ listening: true })];
  one.leases.release(held(await one.leases.hold([bound(allowance)], 900n, nowMs)), 0n);
  assert.ok((await ledger.held(allowance)) >= 900n);
  held(await two.leases.hold([bound(allowance)], 950n, nowMs));
  assert.ok((await ledger.use(allowance)).leased <= 1_000n);
  const { free } = short(await one.leases.hold([bound(allowance)], 100n, nowMs));
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
      [one, two].map(({ leases }) => leases.hold([bound(allowance)], 10n, nowMs)),
    );
    assert.is(answers.filter((answer) => !("kind" in answer)).length, 1);
  }
});

test("a new window begins with the whole limit", async () => {
  const allowance = await ledger.allowance(100n, { window: "day" });
  const { leases } = await openLeases();
  const daily: Bound = { id: allowance, subject: "key", window: "day" };
  const midnightMs = Date.UTC(2026, 10, 26);
  const today = held(await leases.hold([daily], 100n, midnightMs - 100));
  short(await leases.hold([daily], 1n, midnightMs - 1));
  const tomorrow = held(await leases.hold([daily], 100n, midnightMs));
  assert.is(today.holdings[0]?.windowStart.toISOString(), "2026-11-25T00:00:00.000Z");
  assert.is(tomorrow.holdings[0]?.windowStart.toISOString(), "2026-11-26T00:00:00.000Z");
});

test("a limit that was lowered below what is out is refused, without asking Postgres for ever", async () => {
  const [credit, limit] = [await ledger.allowance(10_000n), await ledger.allowance(1_000n)];
  const { leases } = await openLeases();
  const bounds = [bound(credit), bound(limit, "key")];
  leases.release(held(await leases.hold(bounds, 600n, nowMs)), 0n);
  await client`update allowances set limit_amount = 10 where id = ${limit}`;
  held(await leases.hold(bounds, 500n, nowMs)); // what was leased may be spent: a lowered limit holds within a lease
  const answer = await Promise.race([
    leases.hold(bounds, 500n, nowMs),
    new Promise<null>((resolve) => setTimeout(resolve, 5_000, null)),
  ]);
  assert.is(short(answer ?? (assert.unreachable("it never answers") as never)).bound.id, limit);
});

test("an allowance that is gone is a refusal with nothing free", async () => {
  const allowance = await ledger.allowance(100n);
  await client`delete from allowances where id = ${allowance}`;
  const { leases } = await openLeases();
  const answer = await leases.hold([bound(allowance)], 1n, nowMs);
  assert.ok("kind" in answer);
});

test("without Postgres what was leased can be spent, and what was not is refused as away", async () => {
  const allowance = await ledger.allowance(3_200n);
  const { openClient } = await import("#schema/client.ts");
  const own = openClient(ledger.url, { connectionsMax: 1, name: "test away" });
  const { leases } = await openLeases({ client: own });
  held(await leases.hold([bound(allowance)], 10n, nowMs));
  const leased = (await ledger.use(allowance)).leased;
  await own.end({ timeout: 0 });
  let spent = 10n;
  for (;;) {
    const answer = await leases.hold([bound(allowance)], 10n, nowMs);
    if ("kind" in answer) {
      assert.is(answer.kind, "away");
      break;
    }
    spent += 10n;
  }
  assert.ok(spent <= leased && spent > leased - 10n, `${spent} of ${leased}`);
});

test("a closed life gives back what it held", async () => {
  const allowance = await ledger.allowance(100n);
  const { gateway, leases } = await openLeases();
  held(await leases.hold([bound(allowance)], 100n, nowMs));
  await closeGateway(client, gateway);
  assert.equal(await ledger.use(allowance, epoch), { used: 0n, leased: 0n });
});

test.run();
