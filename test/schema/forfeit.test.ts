// A gateway that does not come back: what it held goes back, once, and what it had used is still booked (C-18).
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { AllowanceId, GatewayId } from "#schema/ids.ts";
import { forfeitGateway } from "#schema/ledger/forfeit-gateway.ts";
import { leaseAllowances } from "#schema/ledger/lease-allowances.ts";
import { postGenerations } from "#schema/ledger/post-generations.ts";
import { closeGateway, returnLeases } from "#schema/ledger/return-leases.ts";
import { epoch, smallLedger, usageOf } from "./small-ledger.ts";

const ledger = await smallLedger({ connectionsMax: 12 });
const { client, db } = ledger;
const test = suite("forfeit");
test.after(() => ledger.close());

const lease = (gateway: GatewayId, allowance: AllowanceId, need: bigint) =>
  leaseAllowances(client, gateway, [{ allowance, windowStart: epoch, need, want: need }]);
const forfeit = (gateway: GatewayId) =>
  db.transaction((tx) => forfeitGateway(tx, { gateway, actor: "test" }));
const giveBack = (gateway: GatewayId, allowance: AllowanceId, amount: bigint) =>
  returnLeases(client, gateway, [{ allowance, windowStart: epoch, amount }]);
async function stateOf(gateway: GatewayId): Promise<string> {
  const [row] = await client<{ state: string }[]>`select state from gateways where id = ${gateway}`;
  return row?.state ?? "unknown";
}
async function forfeitsOf(gateway: GatewayId): Promise<[string, bigint][]> {
  const rows = await client<{ allowance_id: string; amount: string }[]>`
    select allowance_id, amount from forfeits where gateway_id = ${gateway} order by id`;
  return rows.map((row) => [row.allowance_id, BigInt(row.amount)]);
}
const isRefused = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => false,
    () => true,
  );

test("what a gateway held goes back to every allowance, and the forfeits say how much", async () => {
  const [gateway, other] = [await ledger.gateway(), await ledger.gateway()];
  const [first, second] = [await ledger.allowance(100n), await ledger.allowance(100n)];
  await lease(gateway, first, 30n);
  await lease(gateway, second, 40n);
  await lease(other, second, 50n);
  const given = await forfeit(gateway);
  assert.equal(
    new Map(given?.map(({ allowance, amount }) => [allowance, amount])),
    new Map([
      [first, 30n],
      [second, 40n],
    ]),
  );
  assert.equal(
    new Map(await forfeitsOf(gateway)),
    new Map([
      [first, 30n],
      [second, 40n],
    ]),
  );
  assert.equal(await ledger.use(first), { used: 0n, leased: 0n });
  assert.equal(await ledger.use(second), { used: 0n, leased: 50n });
  assert.is(await stateOf(gateway), "forfeited");
  assert.is((await lease(other, first, 100n))[0]?.granted, 100n);
});

test("a gateway is forfeited once, and one that is unknown or closed not at all", async () => {
  const [gateway, closed] = [await ledger.gateway(), await ledger.gateway()];
  await closeGateway(client, closed);
  assert.equal(await forfeit(gateway), []);
  assert.is(await forfeit(gateway), null);
  assert.is(await forfeit(closed), null);
  assert.is(await forfeit("gw_unknown" as GatewayId), null);
  assert.is(await stateOf(closed), "closed");
});

test("a forfeited gateway leases nothing, returns nothing a second time, and closing it leaves it forfeited", async () => {
  const gateway = await ledger.gateway();
  const allowance = await ledger.allowance(100n);
  await lease(gateway, allowance, 30n);
  await forfeit(gateway);
  assert.ok(await isRefused(lease(gateway, allowance, 1n)));
  await giveBack(gateway, allowance, 30n);
  assert.equal(await ledger.use(allowance), { used: 0n, leased: 0n });
  await closeGateway(client, gateway);
  assert.equal(await ledger.use(allowance), { used: 0n, leased: 0n });
  assert.is(await stateOf(gateway), "forfeited");
});

test("usage of a forfeited gateway that comes late is booked in full and touches no lease", async () => {
  const [gateway, other] = [await ledger.gateway(), await ledger.gateway()];
  const organization = await ledger.organization();
  const allowance = await ledger.allowance(100n, { organization });
  await lease(gateway, allowance, 30n);
  await forfeit(gateway);
  await lease(other, allowance, 100n); // all of it, because nobody knew
  const late = usageOf(
    { organization, provider: null, gateway },
    { charge: "25", draws: [{ allowance, windowStart: epoch.toISOString(), amount: "25" }] },
  );
  await db.transaction((tx) => postGenerations(tx, [late]));
  assert.equal(await ledger.use(allowance), { used: 25n, leased: 100n });
  assert.is(await ledger.held(allowance), 100n);
  const [answer] = await lease(other, allowance, 1n);
  assert.equal([answer?.granted, answer?.free], [0n, -25n]); // overdrawn by what it had used, no more than it held
  assert.equal(await forfeitsOf(gateway), [[allowance, 30n]]);
});

test("however leases, returns and postings meet a forfeit, what is leased is what gateways hold", async () => {
  for (let round = 0; round < 12; round++) {
    const [gateway, other] = [await ledger.gateway(), await ledger.gateway()];
    const organization = await ledger.organization();
    const allowance = await ledger.allowance(1_000_000n, { organization });
    await lease(gateway, allowance, 100n);
    const settled = await Promise.allSettled([
      ...Array.from({ length: 4 }, () => lease(gateway, allowance, 10n)),
      ...Array.from({ length: 3 }, () => lease(other, allowance, 10n)),
      giveBack(gateway, allowance, 5n),
      db.transaction((tx) =>
        postGenerations(tx, [
          usageOf(
            { organization, provider: null, gateway },
            { charge: "7", draws: [{ allowance, windowStart: epoch.toISOString(), amount: "7" }] },
          ),
        ]),
      ),
      forfeit(gateway),
      giveBack(gateway, allowance, 5n),
      lease(gateway, allowance, 10n),
    ]);
    // Leases of the forfeited one may be refused, and nothing else: they all lock gateways before allowances.
    const wronged = settled.flatMap((each, at) =>
      each.status === "rejected" && at >= 4 && at !== 11 ? [`${at}: ${String(each.reason)}`] : [],
    );
    assert.equal(wronged, []);
    const { leased } = await ledger.use(allowance);
    assert.is(leased, await ledger.held(allowance));
    assert.is(leased, 30n);
    assert.is(await stateOf(gateway), "forfeited");
  }
});

test.run();
