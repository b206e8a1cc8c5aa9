// Leases in Postgres: however many ask at once, no more is out than there is.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { AllowanceId, GatewayId } from "#schema/ids.ts";
import { leaseAllowances } from "#schema/ledger/lease-allowances.ts";
import { closeGateway, returnConcurrency, returnLeases } from "#schema/ledger/return-leases.ts";
import { epoch, smallLedger } from "./small-ledger.ts";

const ledger = await smallLedger({ connectionsMax: 12 });
const { client } = ledger;
const test = suite("leases");
test.after(() => ledger.close());

const gateways = await Promise.all(Array.from({ length: 4 }, () => ledger.gateway()));
const [first, second] = gateways as [GatewayId, GatewayId];
const lease = (
  gateway: GatewayId,
  needs: readonly { allowance: AllowanceId; need: bigint; want?: bigint }[],
) =>
  leaseAllowances(
    client,
    gateway,
    needs.map(({ allowance, need, want = need }) => ({
      allowance,
      windowStart: epoch,
      need,
      want,
    })),
  );

for (const { name, limit, need, want } of [
  { name: "that each want far more than their need", limit: 1000n, need: 30n, want: 960n },
  { name: "that want no more than their need", limit: 1001n, need: 30n, want: 30n },
  { name: "of which only one can be served", limit: 7n, need: 5n, want: 5n },
  { name: "for an allowance of nothing", limit: 0n, need: 1n, want: 32n },
]) {
  test(`fifty leases at once over four gateways ${name} never exceed the limit`, async () => {
    const allowance = await ledger.allowance(limit);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) =>
        lease(gateways[at % 4] as GatewayId, [{ allowance, need, want }]),
      ),
    );
    const granted = answers.flat().map((answer) => answer.granted);
    const total = granted.reduce((sum, one) => sum + one, 0n);
    assert.ok(total <= limit, `${total} of ${limit}`);
    assert.ok(granted.every((one) => one === 0n || one >= need));
    assert.is((await ledger.use(allowance)).leased, total);
    assert.is(await ledger.held(allowance), total);
    assert.ok(limit - total < need, "nobody was refused while there was enough");
  });
}

test("of two allowances both are leased or neither", async () => {
  const [wide, narrow] = [await ledger.allowance(1000n), await ledger.allowance(10n)];
  const refused = await lease(first, [
    { allowance: wide, need: 20n },
    { allowance: narrow, need: 20n },
  ]);
  assert.equal(
    refused.map((answer) => answer.granted),
    [0n, 0n],
  );
  assert.equal(
    new Map(refused.map((answer) => [answer.allowance, answer.free])),
    new Map([
      [wide, 1000n],
      [narrow, 10n],
    ]),
  );
  assert.is(await ledger.held(wide), 0n);
  const granted = await lease(first, [
    { allowance: wide, need: 10n },
    { allowance: narrow, need: 10n },
  ]);
  assert.equal(
    granted.map((answer) => answer.granted),
    [10n, 10n],
  );
});

test("leases over the same two allowances in either order do not deadlock, and both stay within their limits", async () => {
  const [one, two] = [await ledger.allowance(500n), await ledger.allowance(300n)];
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) => {
      const needs = [
        { allowance: one, need: 9n },
        { allowance: two, need: 9n },
      ];
      return lease(gateways[at % 4] as GatewayId, at % 2 === 0 ? needs : needs.toReversed());
    }),
  );
  for (const { allowance, limit } of [
    { allowance: one, limit: 500n },
    { allowance: two, limit: 300n },
  ]) {
    const total = answers
      .flat()
      .filter((answer) => answer.allowance === allowance)
      .reduce((sum, answer) => sum + answer.granted, 0n);
    assert.ok(total <= limit);
    assert.is(await ledger.held(allowance), total);
  }
});

test("an allowance without a limit is leased as wanted, and counted", async () => {
  const allowance = await ledger.allowance(null);
  const [answer] = await lease(first, [{ allowance, need: 10n ** 12n, want: 32n * 10n ** 12n }]);
  assert.is(answer?.granted, 32n * 10n ** 12n);
});

test("a share is at most half of what is free divided by the living gateways, unless the need is more", async () => {
  const allowance = await ledger.allowance(800n);
  const [answer] = await lease(first, [{ allowance, need: 1n, want: 800n }]);
  assert.is(answer?.granted, 100n); // 800 / (2 × 4)
  const [needed] = await lease(second, [{ allowance, need: 600n, want: 600n }]);
  assert.is(needed?.granted, 600n);
});

test("a limit that was lowered below what is out refuses a need, and does not stand in the way of who needs nothing of it", async () => {
  const [wide, lowered] = [await ledger.allowance(1000n), await ledger.allowance(100n)];
  await lease(first, [{ allowance: lowered, need: 80n }]);
  await client`update allowances set limit_amount = 50 where id = ${lowered}`;
  const [refused] = await lease(first, [{ allowance: lowered, need: 1n }]);
  assert.is(refused?.granted, 0n);
  assert.is(refused?.free, -30n);
  const answers = await lease(first, [
    { allowance: wide, need: 10n },
    { allowance: lowered, need: 0n, want: 10n },
  ]);
  assert.equal(
    new Map(answers.map((answer) => [answer.allowance, answer.granted])),
    new Map([
      [wide, 10n],
      [lowered, 0n],
    ]),
  );
});

test("what is returned can be leased by another, and no more than that", async () => {
  const allowance = await ledger.allowance(100n);
  await lease(first, [{ allowance, need: 100n }]);
  assert.is((await lease(second, [{ allowance, need: 40n }]))[0]?.granted, 0n);
  await returnLeases(client, first, [{ allowance, windowStart: epoch, amount: 60n }]);
  assert.is((await lease(second, [{ allowance, need: 60n }]))[0]?.granted, 60n);
  assert.is((await lease(second, [{ allowance, need: 1n }]))[0]?.granted, 0n);
  assert.is(await ledger.held(allowance), 100n);
  assert.is((await ledger.use(allowance)).leased, 100n);
});

test("closing a gateway's life gives back all it held, once", async () => {
  const gateway = await ledger.gateway();
  const [one, two] = [await ledger.allowance(100n), await ledger.allowance(200n)];
  await lease(gateway, [
    { allowance: one, need: 100n },
    { allowance: two, need: 150n },
  ]);
  await lease(first, [{ allowance: two, need: 50n }]);
  await closeGateway(client, gateway);
  await closeGateway(client, gateway);
  assert.equal(await ledger.use(one), { used: 0n, leased: 0n });
  assert.equal(await ledger.use(two), { used: 0n, leased: 50n });
  assert.is(
    (await client`select state from gateways where id = ${gateway}`)[0]?.["state"],
    "closed",
  );
});

test("lives that are over give back what they held of requests at once, and keep what may be spent", async () => {
  const [one, two] = [await ledger.gateway(), await ledger.gateway()];
  const [money, slots] = [await ledger.allowance(100n), await ledger.allowance(10n)];
  await client`update allowances set unit = 'concurrency' where id = ${slots}`;
  for (const gateway of [one, two, first])
    await lease(gateway, [
      { allowance: money, need: 30n },
      { allowance: slots, need: 3n },
    ]);
  await returnConcurrency(client, [one, two]);
  await returnConcurrency(client, [one, two]);
  assert.equal(await ledger.use(slots), { used: 0n, leased: 3n });
  assert.is(await ledger.held(slots), 3n);
  assert.equal(await ledger.use(money), { used: 0n, leased: 90n });
});

test.run();
