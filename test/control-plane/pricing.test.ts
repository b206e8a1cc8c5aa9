// Policies and volume discounts: rows are only added, steps follow what was bought, and the preview asks the gateway's rule.
import * as fc from "fast-check";
import { eq, sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { applyVolumeDiscounts } from "#control/pricing/apply-volume-discounts.ts";
import { estimateListCost } from "#control/pricing/estimate-list-cost.ts";
import { listDiscounts } from "#control/pricing/list-discounts.ts";
import { listPolicies } from "#control/pricing/list-policies.ts";
import { previewPrice } from "#control/pricing/preview-price.ts";
import { readPolicies } from "#control/pricing/read-policies.ts";
import { readSteps } from "#control/pricing/read-steps.ts";
import { setPolicy } from "#control/pricing/set-policy.ts";
import { setVolumeDiscount } from "#control/pricing/set-volume-discount.ts";
import { sumListCost } from "#control/pricing/sum-list-cost.ts";
import {
  leftOutOfExport,
  writeConfiguration,
} from "#control/configuration/export-configuration.ts";
import { connectProvider } from "#control/catalogue/connect-provider.ts";
import { mintId, type EndpointId, type PriceId, type ProviderId } from "#schema/ids.ts";
import { meters, type Counts } from "#schema/meters.ts";
import { parseDollars, picodollars } from "#schema/money/amount.ts";
import { stepAt, type DatedList } from "#schema/money/in-force.ts";
import { netCost } from "#schema/money/policy.ts";
import { atInstant, charge, type Price, type PriceLine } from "#schema/money/price.ts";
import { discountSteps, pricingPolicies, volumeDiscounts } from "#schema/tables/catalogue.ts";
import { windowStart } from "#schema/windows.ts";
import { anyPriceList } from "./any-price-list.ts";
import { codeOf } from "./code-of.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { runtime, acme, globex } = installation;
const { db, masterKey } = runtime;
const test = suite("pricing");
test.after(() => installation.close());

const now = new Date();
const everyone = { organizationId: null, providerId: null, modelId: null };
const common = { effectiveAt: now, note: null, publishedBy: "test" };

test("a policy that holds anyway adds no row, and another one never edits it", async () => {
  const set = (basisPoints: number, effectiveAt = now) =>
    db.transaction((tx) =>
      setPolicy(
        tx,
        { ...everyone, ...common, kind: "list_discount", basisPoints, effectiveAt },
        now,
      ),
    );
  const first = await set(1000);
  assert.equal(await set(1000), { id: first.id, unchanged: true, sequence: null });
  const second = await set(2000);
  const later = await set(500, new Date(now.getTime() + 3_600_000));
  const ids = async (history: boolean) =>
    (await listPolicies(db, { history, limit: 100, after: null, now: new Date() })).rows.map(
      ({ id, state }) => [id, state],
    );
  assert.equal(await ids(false), [
    [later.id, "scheduled"],
    [second.id, "in force"],
  ]);
  assert.equal((await ids(true)).at(-1), [first.id, "past"]);
  const fee = await db.transaction((tx) =>
    setPolicy(tx, { ...everyone, ...common, kind: "own_key_fee", basisPoints: 500 }, now),
  );
  assert.ok((await ids(false)).some(([id, state]) => id === fee.id && state === "in force"));
  assert.ok((await ids(false)).some(([id, state]) => id === second.id && state === "in force"));
});

test("policies come in pages, and only those of a scope when one is named", async () => {
  await db.transaction(async (tx) => {
    for (const organizationId of [acme.id, globex.id])
      await setPolicy(
        tx,
        { ...everyone, ...common, organizationId, kind: "cost_plus", basisPoints: 2500 },
        now,
      );
  });
  const all = (await listPolicies(db, { history: true, limit: 100, after: null, now })).rows;
  const first = await listPolicies(db, { history: true, limit: 2, after: null, now });
  const rest = await listPolicies(db, { history: true, limit: 100, after: first.next, now });
  assert.equal(
    [...first.rows, ...rest.rows].map(({ id }) => id),
    all.map(({ id }) => id),
  );
  const own = await listPolicies(db, {
    organizationId: acme.id,
    history: false,
    limit: 100,
    after: null,
    now: new Date(),
  });
  assert.equal(
    own.rows.map((row) => [row.organization, row.kind]),
    [["acme", "cost_plus"]],
  );
});

test("two who set the same policy at once add one row", async () => {
  await Promise.all(
    [1, 2, 3].map(() =>
      db.transaction((tx) =>
        setPolicy(
          tx,
          { ...everyone, ...common, modelId: "acme/big-1", kind: "pass_on", basisPoints: 10 },
          now,
        ),
      ),
    ),
  );
  const rows = await db
    .select()
    .from(pricingPolicies)
    .where(eq(pricingPolicies.modelId, "acme/big-1"));
  assert.is(rows.length, 1);
});

for (const { name, kind, basisPoints, effectiveAt = now } of [
  { name: "more than all off", kind: "list_discount", basisPoints: 10_001 },
  { name: "more than all passed on", kind: "pass_on", basisPoints: 10_001 },
  { name: "a margin below nothing", kind: "cost_plus", basisPoints: -1 },
  { name: "half a hundredth of a percent", kind: "cost_plus", basisPoints: 0.5 },
  { name: "the list, and something off", kind: "list", basisPoints: 1 },
  {
    name: "a policy for yesterday",
    kind: "list",
    basisPoints: 0,
    effectiveAt: new Date(now.getTime() - 86_400_000),
  },
] as const) {
  test(`refused as a policy: ${name}`, async () => {
    const work = db.transaction((tx) =>
      setPolicy(tx, { ...everyone, ...common, kind, basisPoints, effectiveAt }, now),
    );
    assert.is(await codeOf(work), "bad_request");
  });
}

/** A provider of its own with one endpoint and a cost list, so that no test counts what another bought. */
async function anyProvider(lines: readonly PriceLine[]) {
  const slug = `p-${Math.random().toString(36).slice(2, 10)}`;
  return db.transaction(async (tx) => {
    const { id: providerId } = await connectProvider(
      tx,
      {
        slug,
        name: slug,
        protocol: "openai-chat",
        baseUrl: "https://p.test",
        key: null,
        allowPrivateNetwork: false,
        flags: {},
      },
      masterKey,
    );
    const { id: endpointId } = await putEndpoint(tx, {
      modelId: "acme/big-1",
      providerId,
      upstreamModel: slug,
    });
    const { id: priceId } = await publishPrice(tx, {
      endpointId,
      side: "cost",
      lines,
      effectiveAt: new Date(now.getTime() - 86_400_000),
      publishedBy: "test",
    });
    return { slug, providerId, endpointId, priceId };
  });
}
type AnyProvider = {
  slug: string;
  providerId: ProviderId;
  endpointId: EndpointId;
  priceId: PriceId;
};

const flat: PriceLine[] = (["input", "output"] as const).map((meter) => ({
  meter,
  perUnit: picodollars(1_000_000n), // a dollar a million
  aboveInputTokens: 0,
}));

/** A generation that cost what the gateway would have booked: the list at its instant, less the step's discount. */
function bought(
  of: AnyProvider,
  list: Price,
  {
    at,
    counts,
    serviceTier = "",
    basisPoints = 0,
    step = null,
    ownKey = false,
  }: {
    at: Date;
    counts: Counts;
    serviceTier?: string;
    basisPoints?: number;
    step?: string | null;
    ownKey?: boolean;
  },
) {
  const net = netCost(list, { id: "", basisPoints });
  const cost = ownKey ? 0n : charge(counts, atInstant(net, at.getTime()), serviceTier).total;
  return installation.record(acme, {
    at,
    endpoint: of.endpointId,
    provider: of.slug,
    providerId: of.providerId,
    counts: Object.fromEntries(Object.entries(counts).map(([meter, units]) => [meter, `${units}`])),
    cost: `${cost}`,
    costPrice: of.priceId,
    costStep: step,
    serviceTier: serviceTier === "" ? null : serviceTier,
    ownKey,
    charge: "0",
  });
}

test("the list cost of a month is exact, whatever the conditions and the discounts it was booked under", async () => {
  const month = windowStart("month", now);
  const inMonth = fc
    .integer({ min: 0, max: Math.max(1, Math.floor((now.getTime() - month.getTime()) / 1000) - 5) })
    .map((seconds) => new Date(month.getTime() + seconds * 1000));
  const use = fc.record({
    at: inMonth,
    counts: fc.dictionary(
      fc.constantFrom(...meters),
      fc.bigInt({ min: 0n, max: 300_000n }),
    ) as fc.Arbitrary<Counts>,
    serviceTier: fc.constantFrom("", "flex", "batch"),
    basisPoints: fc.constantFrom(0, 0, 333, 1000, 9999),
  });
  await fc.assert(
    fc.asyncProperty(
      anyPriceList,
      fc.array(use, { minLength: 1, maxLength: 12 }),
      async (lines, uses) => {
        const all: PriceLine[] = [
          ...lines,
          // What nobody priced costs nothing, and is not what this is about.
          ...meters
            .filter((meter) => !lines.some((line) => line.meter === meter))
            .map((meter) => ({ meter, perUnit: picodollars(7n), aboveInputTokens: 0 })),
        ];
        const provider = await anyProvider(all);
        const list = { id: provider.priceId, lines: all };
        const records = uses.map((each) => bought(provider, list, each));
        await installation.book(...records);
        await installation.book(
          bought(provider, list, { at: now, counts: { input: 9n }, ownKey: true }),
        );
        const expected = uses.reduce((sum, { at, counts, serviceTier }, index) => {
          const { total } = charge(counts, atInstant(list, at.getTime()), serviceTier);
          return records[index]?.cost === "0" ? sum : sum + total;
        }, 0n);
        assert.is(await sumListCost(db, provider.providerId, month), expected as never);
      },
    ),
    { numRuns: 6, endOnFailure: true },
  );
});

const tiers = [
  { above: parseDollars("10"), basisPoints: 500 },
  { above: parseDollars("50"), basisPoints: 1000 },
];
const discount = (providerId: ProviderId, more: object = {}) =>
  db.transaction((tx) =>
    setVolumeDiscount(
      tx,
      {
        providerId,
        tiers,
        effectiveAt: now,
        expiresAt: null,
        note: null,
        publishedBy: "test",
        ...more,
      },
      now,
    ),
  );
const run = (at: Date) => db.transaction((tx) => applyVolumeDiscounts(tx, at));
const stepsOf = (providerId: ProviderId) => readSteps(db, providerId);
// Mid-month, so that no test stands on a month's edge.
const day = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 15, 12));
const nextMonth = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));

async function discounted(more: object = {}) {
  const provider = await anyProvider(flat);
  await db.insert(volumeDiscounts).values({
    id: mintId("discount"),
    providerId: provider.providerId,
    tiers: tiers.map(({ above, basisPoints }) => ({ above: `${above}`, basisPoints })),
    effectiveAt: windowStart("month", day),
    publishedBy: "test",
    ...more,
  });
  const list = { id: provider.priceId, lines: flat };
  const buy = (dollars: bigint, more_: { basisPoints?: number; step?: string | null } = {}) =>
    installation.book(
      bought(provider, list, { at: day, counts: { input: dollars * 1_000_000n }, ...more_ }),
    );
  const held = async (at: Date) =>
    stepAt(await stepsOf(provider.providerId), provider.providerId, at.getTime())?.basisPoints ?? 0;
  return { ...provider, buy, held };
}

test("below the first tier there is no step; past it one for soon, and one for the next month's first instant", async () => {
  const { providerId, buy, held } = await discounted();
  await buy(10n);
  await run(day);
  assert.equal(await stepsOf(providerId), [], "a tier begins above its amount");
  await buy(1n);
  await run(day);
  const soon = new Date(day.getTime() + 10_000);
  assert.is(await held(day), 0, "every gateway hears of it before it holds");
  assert.is(await held(soon), 500);
  assert.is(await held(new Date(nextMonth.getTime() - 1)), 500);
  assert.is(await held(nextMonth), 0);
  const [first] = await db
    .select()
    .from(discountSteps)
    .where(eq(discountSteps.providerId, providerId));
  assert.is(first?.volume, parseDollars("11"));
});

test("what was bought at a discount counts at list cost", async () => {
  const { providerId, buy, held } = await discounted();
  await buy(11n);
  await run(day);
  const step = (await stepsOf(providerId))[0]?.id ?? null;
  await buy(39n, { basisPoints: 500, step });
  await run(new Date(day.getTime() + 60_000));
  assert.is(await held(new Date(day.getTime() + 80_000)), 500, "50 is not above 50");
  await buy(1n, { basisPoints: 500, step });
  await run(new Date(day.getTime() + 120_000));
  assert.is(await held(new Date(day.getTime() + 130_000)), 1000);
  assert.is(await held(nextMonth), 0);
});

test("run twice, and at once with itself, it adds each step once", async () => {
  const { providerId, buy } = await discounted();
  await buy(60n);
  await Promise.all([run(day), run(day), run(day)]);
  await run(day);
  await run(new Date(day.getTime() + 60_000));
  assert.equal(
    (await stepsOf(providerId)).map((step) => step.basisPoints),
    [1000, 0],
  );
});

test("when a discount ends its steps end with it, and a later one takes over at its instant", async () => {
  const ends = new Date(day.getTime() + 3_600_000);
  const { providerId, buy, held } = await discounted({ expiresAt: ends });
  await buy(60n);
  await run(day);
  assert.is(await held(new Date(ends.getTime() - 1)), 1000);
  assert.is(await held(ends), 0);
  await db.insert(volumeDiscounts).values({
    id: mintId("discount"),
    providerId,
    tiers: [{ above: "0", basisPoints: 300 }],
    effectiveAt: ends,
    publishedBy: "test",
  });
  await run(day);
  assert.is(await held(new Date(ends.getTime() - 1)), 1000);
  assert.is(await held(ends), 300);
  assert.is(await held(nextMonth), 300, "a tier above nothing holds from a month's start");
});

test("the estimate is never below the exact sum, so no tier is passed unseen", async () => {
  const { slug, providerId, buy } = await discounted();
  await buy(11n);
  await run(day);
  const steps = await stepsOf(providerId);
  await buy(7n, { basisPoints: 500, step: steps[0]?.id ?? null });
  const month = windowStart("month", day);
  const about = await estimateListCost(db, { id: providerId, slug }, { month, steps });
  const exact = await sumListCost(db, providerId, month);
  assert.is(exact, parseDollars("18"));
  assert.ok(about !== "unbounded" && about >= exact);
});

test("a discount that is set has its first step at once, is listed, and ends without tiers", async () => {
  const { providerId, slug } = await anyProvider(flat);
  await discount(providerId, { tiers: [{ above: picodollars(0n), basisPoints: 200 }] });
  const soon = new Date(now.getTime() + 11_000);
  const list = () =>
    listDiscounts(db, { providerId, history: false, limit: 10, after: null, now: soon });
  assert.equal(
    (await list()).rows.map((row) => [row.provider, row.state, row.stepNow]),
    [[slug, "in force", 200]],
  );
  await discount(providerId, { tiers: [] });
  assert.is((await list()).rows[0]?.stepNow, 0);
});

for (const { name, more } of [
  { name: "tiers that do not ascend", more: { tiers: tiers.toReversed() } },
  { name: "more than all off", more: { tiers: [{ above: picodollars(0n), basisPoints: 10_001 }] } },
  { name: "an end before its start", more: { expiresAt: now } },
  { name: "a start that is past", more: { effectiveAt: new Date(now.getTime() - 86_400_000) } },
]) {
  test(`refused as a volume discount: ${name}`, async () => {
    const { providerId } = await anyProvider(flat);
    assert.is(await codeOf(discount(providerId, more)), "bad_request");
  });
}

const list = (id: string, dollars: string): DatedList => ({
  id,
  effectiveAtMs: 0,
  expiresAtMs: null,
  lines: flat.map((line) => ({
    ...line,
    perUnit: picodollars(parseDollars(dollars) / 1_000_000n),
  })),
});
const rows = {
  organizationLists: [],
  chargeLists: [list("charge", "2")],
  costLists: [list("cost", "1")],
  policies: [],
  steps: [{ id: "step", providerId: "prov", basisPoints: 1000, effectiveAtMs: 0 }],
};
const scope = { organizationId: "", providerId: "prov", modelId: "acme/big-1" };
const usage = {
  atMs: 5,
  counts: { input: 1_000_000n, output: 1_000_000n },
  serviceTier: "",
  ownKey: false,
};

test("a preview says charge, cost and margin, and what a policy that is not set would give", () => {
  const plain = previewPrice(rows, scope, usage, null);
  assert.equal(
    [plain.chargeTotal, plain.costTotal, plain.margin],
    [parseDollars("4"), parseDollars("1.8"), parseDollars("2.2")],
  );
  assert.equal(
    plain.meters.map(({ meter, charge: part }) => [meter, part?.amount]),
    [
      ["input", parseDollars("2")],
      ["output", parseDollars("2")],
    ],
  );
  const tried = previewPrice(rows, scope, usage, {
    id: "tried",
    kind: "cost_plus",
    basisPoints: 5000,
  });
  assert.is(tried.chargeTotal, parseDollars("2.7"));
  assert.is(tried.policy?.id, "tried");
});

test("a preview with the customer's own credential asks the fee, and costs nothing", () => {
  const fee = previewPrice(
    rows,
    scope,
    { ...usage, ownKey: true },
    { id: "tried", kind: "own_key_fee", basisPoints: 500 },
  );
  assert.equal([fee.chargeTotal, fee.costTotal], [parseDollars("0.2"), 0n]);
  assert.is(previewPrice(rows, scope, { ...usage, ownKey: true }, null).chargeTotal, 0n as never);
});

test("a preview of what has no price says so, and gives no sum", () => {
  const searched = previewPrice(rows, scope, { ...usage, counts: { web_search: 1n } }, null);
  assert.equal(
    [searched.chargeTotal, searched.margin, searched.meters[0]?.charge],
    [null, null, null],
  );
  const unsold = previewPrice({ ...rows, chargeLists: [] }, scope, usage, null);
  assert.is(unsold.chargeTotal, null);
});

test("all policies and steps are read in the order of their publication", async () => {
  const policies = await readPolicies(db);
  assert.is(policies.length, (await db.select().from(pricingPolicies)).length);
  assert.is((await readSteps(db)).length, (await db.select().from(discountSteps)).length);
});

test("an export says at its top what decides about prices and is not in it, and nothing when there is nothing", async () => {
  const undone = new Error("only looked at");
  const told = await new Promise<string[][]>((resolve, reject) => {
    db.transaction(async (tx) => {
      await tx.execute(sql`truncate pricing_policies, volume_discounts, discount_steps`);
      const before = await leftOutOfExport(tx);
      const policy = { ...everyone, ...common, kind: "list_discount" as const, basisPoints: 1_000 };
      await setPolicy(tx, policy, now);
      const between = await leftOutOfExport(tx);
      await setPolicy(tx, { ...policy, kind: "list", basisPoints: 0 }, now);
      resolve([before, between, await leftOutOfExport(tx)]);
      throw undone;
    }).catch((cause: unknown) => {
      if (cause !== undone) reject(cause);
    });
  });
  assert.equal(told, [[], ["1 pricing policies: turnpike policies list"], []]);
  const text = writeConfiguration({ providers: [] }, "yaml", told[1]);
  assert.match(
    text,
    /^# Not in this file, and to be set again where it is applied:\n# {3}1 pricing/,
  );
  assert.equal(writeConfiguration({ providers: [] }, "json", told[1]), '{\n  "providers": []\n}\n');
});

test.run();
