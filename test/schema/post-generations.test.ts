// Posting: every generation is booked exactly once, and every sum that is derived from it agrees to the picodollar.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type AllowanceId,
  type GatewayId,
  generationUuid,
  mintGenerationId,
  type OrganizationId,
  type ProviderId,
} from "#schema/ids.ts";
import { leaseAllowances } from "#schema/ledger/lease-allowances.ts";
import { postGenerations } from "#schema/ledger/post-generations.ts";
import { closeGateway } from "#schema/ledger/return-leases.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import { epoch, smallLedger, usageOf } from "./small-ledger.ts";

const ledger = await smallLedger();
const { client, db } = ledger;
const test = suite("post generations");
test.after(() => ledger.close());

const post = (...records: UsageRecord[]) => db.transaction((tx) => postGenerations(tx, records));
const credit = (organization: OrganizationId) => ledger.balance({ kind: "credit", organization });
const draw = (allowance: AllowanceId, amount: string) => ({
  allowance,
  windowStart: epoch.toISOString(),
  amount,
});
const postedBy = async (gateway: GatewayId) =>
  Number((await client`select posted from gateways where id = ${gateway}`)[0]?.["posted"]);

async function small(limit = 10n ** 15n) {
  const organization = await ledger.organization();
  const provider = await ledger.provider();
  const gateway = await ledger.gateway();
  const allowance = await ledger.allowance(limit, { organization });
  return { organization, provider, gateway, allowance };
}

test("a record posted twice is booked once, whether apart or in one batch", async () => {
  const of = await small();
  await leaseAllowances(client, of.gateway, [
    { allowance: of.allowance, windowStart: epoch, need: 10_000_000n, want: 10_000_000n },
  ]);
  const record = usageOf(of, { draws: [draw(of.allowance, "3600000")] });
  assert.equal(await post(record, record), { booked: 1, repeated: 1, conflicting: 0 });
  assert.equal(await post(record), { booked: 0, repeated: 1, conflicting: 0 });
  assert.is(await credit(of.organization), -3_600_000n);
  assert.is(await ledger.balance({ kind: "provider_payable", provider: of.provider }), 1_800_000n);
  assert.is(await ledger.balance({ kind: "provider_cost", provider: of.provider }), -1_800_000n);
  assert.equal(await ledger.use(of.allowance), { used: 3_600_000n, leased: 6_400_000n });
  assert.is(await ledger.held(of.allowance), 6_400_000n);
  assert.is(await postedBy(of.gateway), 1);
  const hours =
    await client`select requests::text, failures::text, prompt_tokens::text, cached_tokens::text, completion_tokens::text, reasoning_tokens::text, charge, cost
    from usage_hours where organization_id = ${of.organization}`;
  assert.equal(
    [...hours].map((row) => ({ ...row })),
    [
      {
        requests: "1",
        failures: "0",
        prompt_tokens: "120",
        cached_tokens: "20",
        completion_tokens: "35",
        reasoning_tokens: "5",
        charge: "3600000",
        cost: "1800000",
      },
    ],
  );
});

for (const { name, deliver } of [
  {
    name: "apart",
    deliver: async (one: UsageRecord, two: UsageRecord) => {
      await post(one);
      await post(two);
      await post(two);
    },
  },
  {
    name: "in one batch",
    deliver: async (one: UsageRecord, two: UsageRecord) => {
      await post(one, two);
      await post(two);
    },
  },
]) {
  test(`a second, different record under one id, ${name}, is kept aside and the first stands`, async () => {
    const of = await small();
    const record = usageOf(of);
    await deliver(record, { ...record, charge: "9" });
    assert.is(await credit(of.organization), -3_600_000n);
    const uuid = generationUuid(record.id);
    const kept =
      await client`select record->>'charge' as charge from posting_conflicts where generation_id = ${uuid}`;
    assert.equal(
      [...kept].map((row) => row["charge"]),
      ["9"],
    );
    assert.is(
      (await client`select charge from generations where id = ${uuid}`)[0]?.["charge"],
      "3600000",
    );
  });
}

test("a charge of nothing moves nothing and is still in the books", async () => {
  const of = await small();
  assert.equal(
    await post(
      usageOf(of, { charge: "0", cost: "0", outcome: "failed", counts: {}, usageSource: "none" }),
    ),
    { booked: 1, repeated: 0, conflicting: 0 },
  );
  assert.is(await credit(of.organization), 0n);
  const [row] =
    await client`select failures::text, requests::text from usage_hours where organization_id = ${of.organization}`;
  assert.equal({ ...row }, { failures: "1", requests: "1" });
});

test("a broken answer that costs us and not the customer is booked as our cost alone", async () => {
  const of = await small();
  await post(usageOf(of, { charge: "0", outcome: "broken" }));
  assert.is(await credit(of.organization), 0n);
  assert.is(await ledger.balance({ kind: "provider_payable", provider: of.provider }), 1_800_000n);
});

test("an amount of 38 digits is booked exactly", async () => {
  const of = await small();
  const most = 10n ** 37n + 1n;
  await post(usageOf(of, { charge: String(most), cost: "0" }));
  assert.is(await credit(of.organization), -most);
});

test("what arrives after its lease was closed is still used, and gives nothing back twice", async () => {
  const of = await small();
  await leaseAllowances(client, of.gateway, [
    { allowance: of.allowance, windowStart: epoch, need: 5_000_000n, want: 5_000_000n },
  ]);
  await closeGateway(client, of.gateway);
  await post(usageOf(of, { draws: [draw(of.allowance, "3600000")] }));
  assert.equal(await ledger.use(of.allowance), { used: 3_600_000n, leased: 0n });
});

test("a charge above its lease makes the lease owe, so that used and leased together stay true", async () => {
  const of = await small();
  await leaseAllowances(client, of.gateway, [
    { allowance: of.allowance, windowStart: epoch, need: 1_000_000n, want: 1_000_000n },
  ]);
  await post(usageOf(of, { draws: [draw(of.allowance, "3600000")] }));
  assert.equal(await ledger.use(of.allowance), { used: 3_600_000n, leased: -2_600_000n });
  await closeGateway(client, of.gateway);
  assert.equal(await ledger.use(of.allowance), { used: 3_600_000n, leased: 0n });
});

for (const { name, changes } of [
  { name: "a generation id that is none", changes: { id: "gen-1-short" } },
  { name: "a NUL in a text", changes: { app: "a\0b" } },
  { name: "a charge that is no number", changes: { charge: "-1" } },
] satisfies { name: string; changes: Partial<UsageRecord> }[]) {
  test(`a batch with ${name} is booked not at all`, async () => {
    const of = await small();
    const good = usageOf(of);
    await post(good, usageOf(of, changes)).then(
      () => assert.unreachable(),
      (error: unknown) => assert.instance(error, Error),
    );
    assert.is(await credit(of.organization), 0n);
    assert.is(
      (await client`select 1 from generations where id = ${generationUuid(good.id)}`).length,
      0,
    );
  });
}

test("twenty thousand generations of 3,600,000 picodollars are 72,000,000,000 in every sum", async () => {
  const of = await small();
  await leaseAllowances(client, of.gateway, [
    { allowance: of.allowance, windowStart: epoch, need: 10n ** 11n, want: 10n ** 11n },
  ]);
  const draws = [draw(of.allowance, "3600000")];
  for (let batch = 0; batch < 40; batch++) {
    await post(
      ...Array.from({ length: 500 }, (_, at) =>
        usageOf(of, {
          draws,
          id: mintGenerationId(Date.UTC(2026, 10, 25, batch % 24) + at),
          admittedAt: new Date(Date.UTC(2026, 10, 25, batch % 24)).toISOString(),
        }),
      ),
    );
  }
  const all = 72_000_000_000n;
  assert.is(await credit(of.organization), -all);
  assert.equal(await ledger.use(of.allowance), { used: all, leased: 10n ** 11n - all });
  assert.is(await postedBy(of.gateway), 20_000);
  const [sums] = await client`
    select (select sum(charge) from generations where organization_id = ${of.organization}) as generations,
      (select sum(charge) from usage_hours where organization_id = ${of.organization}) as hours,
      (select sum(requests)::text from usage_hours where organization_id = ${of.organization}) as requests,
      (select sum(amount) from transfers t where t.id in (select charge_transfer_id from generations where organization_id = ${of.organization})) as transfers`;
  assert.equal(
    { ...sums },
    { generations: String(all), hours: String(all), requests: "20000", transfers: String(all) },
  );
});

test("two posters over the same organizations and new providers in opposite order do not deadlock, and lose nothing", async () => {
  const organizations = await Promise.all(Array.from({ length: 4 }, () => ledger.organization()));
  const gateway = await ledger.gateway();
  const allowances = await Promise.all(
    organizations.map((organization) => ledger.allowance(10n ** 15n, { organization })),
  );
  const rounds = 12;
  for (let round = 0; round < rounds; round++) {
    const providers: ProviderId[] = await Promise.all(organizations.map(() => ledger.provider()));
    const records = () =>
      organizations.map((organization, at) =>
        usageOf(
          { organization, provider: providers[at] ?? null, gateway },
          { draws: [draw(allowances[at] as AllowanceId, "3600000")] },
        ),
      );
    await Promise.all([post(...records()), post(...records().toReversed())]);
  }
  for (const [at, organization] of organizations.entries()) {
    assert.is(await credit(organization), BigInt(rounds) * -7_200_000n);
    assert.is((await ledger.use(allowances[at] as AllowanceId)).used, BigInt(rounds) * 7_200_000n);
  }
});

test("one record delivered to two posters at the same time is booked once", async () => {
  const of = await small();
  const records = Array.from({ length: 20 }, () => usageOf(of));
  const posted = await Promise.all([post(...records), post(...records.toReversed())]);
  assert.is(
    posted.reduce((sum, one) => sum + one.booked, 0),
    20,
  );
  assert.is(await credit(of.organization), -72_000_000n);
});

test("after all of this the books balance", async () => {
  assert.equal(await ledger.books(), { balances: 0n, unbalanced: 0 });
});

test.run();
