// Which list, policy and discount step hold: the newest of the most specific, and never one that has expired.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type DatedList,
  type DatedPolicy,
  type DatedStep,
  listAt,
  policyAt,
  stepAt,
  termsAt,
} from "#schema/money/in-force.ts";
import { picodollars } from "#schema/money/amount.ts";
import { unitPrice } from "#schema/money/price.ts";

const test = suite("in force");

const listOf = (
  id: string,
  effectiveAtMs: number,
  expiresAtMs: number | null = null,
  perUnit: bigint | null = 100n,
): DatedList => ({
  id,
  effectiveAtMs,
  expiresAtMs,
  lines:
    perUnit === null
      ? []
      : (["input", "output"] as const).map((meter) => ({
          meter,
          perUnit: picodollars(perUnit),
          aboveInputTokens: 0,
        })),
});

for (const { name, lists, atMs, id } of [
  {
    name: "nothing is in force before the first list",
    lists: [listOf("a", 10)],
    atMs: 9,
    id: null,
  },
  { name: "a list holds from its first instant on", lists: [listOf("a", 10)], atMs: 10, id: "a" },
  {
    name: "a later list takes over at its instant",
    lists: [listOf("a", 10), listOf("b", 20)],
    atMs: 20,
    id: "b",
  },
  {
    name: "a list that is to come does not hold yet",
    lists: [listOf("a", 10), listOf("b", 20)],
    atMs: 19,
    id: "a",
  },
  {
    name: "of two lists of one instant the later published holds",
    lists: [listOf("a", 10), listOf("b", 10)],
    atMs: 11,
    id: "b",
  },
  {
    name: "a list holds until just before it expires",
    lists: [listOf("a", 0), listOf("b", 10, 20)],
    atMs: 19,
    id: "b",
  },
  {
    name: "when a list expires the one before it holds again",
    lists: [listOf("a", 0), listOf("b", 10, 20)],
    atMs: 20,
    id: "a",
  },
  {
    name: "when the only list expires nothing is in force",
    lists: [listOf("a", 0, 5)],
    atMs: 5,
    id: null,
  },
  {
    name: "a list without lines withdraws those before it",
    lists: [listOf("a", 0), listOf("b", 10, null, null)],
    atMs: 10,
    id: null,
  },
  {
    name: "after a withdrawal a new list holds",
    lists: [listOf("a", 0), listOf("b", 10, null, null), listOf("c", 20)],
    atMs: 20,
    id: "c",
  },
  {
    name: "a withdrawal that expires gives back what it withdrew",
    lists: [listOf("a", 0), listOf("b", 10, 20, null)],
    atMs: 20,
    id: "a",
  },
]) {
  test(name, () => assert.is(listAt(lists, atMs)?.id ?? null, id));
}

const scope = { organizationId: "org_a", providerId: "prov_a", modelId: "m/a" };
const policyOf = (id: string, over: Partial<DatedPolicy> = {}): DatedPolicy => ({
  id,
  kind: "list_discount",
  basisPoints: 100,
  organizationId: null,
  providerId: null,
  modelId: null,
  effectiveAtMs: 0,
  ...over,
});
const everyScope = [
  {},
  { providerId: "prov_a" },
  { modelId: "m/a" },
  { modelId: "m/a", providerId: "prov_a" },
  { organizationId: "org_a" },
  { organizationId: "org_a", providerId: "prov_a" },
  { organizationId: "org_a", modelId: "m/a" },
  { organizationId: "org_a", modelId: "m/a", providerId: "prov_a" },
];

test("of policies for wider and narrower scopes the narrowest holds, in whatever order they were published", () => {
  for (const [narrow, scopeOf] of everyScope.entries()) {
    const policies = everyScope
      .slice(0, narrow + 1)
      .map((each, at) => policyOf(`pol_${at}`, { ...each, effectiveAtMs: narrow - at }));
    for (const order of [policies, policies.toReversed()])
      assert.is(
        policyAt(order, scope, 1000, "charge")?.id,
        `pol_${narrow}`,
        JSON.stringify(scopeOf),
      );
  }
});

test("a policy for somebody else, another provider or another model does not hold", () => {
  for (const other of [{ organizationId: "org_b" }, { providerId: "prov_b" }, { modelId: "m/b" }])
    assert.is(policyAt([policyOf("pol", other)], scope, 0, "charge"), null);
});

test("of one scope the newest that is effective holds, and of one instant the later published", () => {
  const policies = [
    policyOf("late", { effectiveAtMs: 30 }),
    policyOf("first", { effectiveAtMs: 10 }),
    policyOf("second", { effectiveAtMs: 10 }),
  ];
  assert.is(policyAt(policies, scope, 9, "charge"), null);
  assert.is(policyAt(policies, scope, 10, "charge")?.id, "second");
  assert.is(policyAt(policies, scope, 30, "charge")?.id, "late");
});

test("fees for own credentials and ways to charge do not get into each other's way", () => {
  const policies = [
    policyOf("charge"),
    policyOf("fee", { kind: "own_key_fee", organizationId: "org_a" }),
  ];
  assert.is(policyAt(policies, scope, 0, "charge")?.id, "charge");
  assert.is(policyAt(policies, scope, 0, "own_key_fee")?.id, "fee");
  assert.is(policyAt([policyOf("charge")], scope, 0, "own_key_fee"), null);
});

test("a provider's step holds from its instant on, and no other provider's", () => {
  const steps: DatedStep[] = [
    { id: "next", providerId: "prov_a", basisPoints: 0, effectiveAtMs: 100 },
    { id: "now", providerId: "prov_a", basisPoints: 500, effectiveAtMs: 10 },
    { id: "other", providerId: "prov_b", basisPoints: 900, effectiveAtMs: 20 },
  ];
  assert.is(stepAt(steps, "prov_a", 9), null);
  assert.is(stepAt(steps, "prov_a", 99)?.id, "now");
  assert.is(stepAt(steps, "prov_a", 100)?.id, "next");
});

const rows = {
  organizationLists: [] as DatedList[],
  chargeLists: [listOf("general", 0)],
  costLists: [listOf("cost", 0, null, 80n)],
  policies: [] as DatedPolicy[],
  steps: [] as DatedStep[],
};
const inputOf = (terms: ReturnType<typeof termsAt>) =>
  [terms.charge, terms.cost].map((price) => price && unitPrice(price, "input", 0n));

test("a policy is about the general list: an organization's own list stands as it is", () => {
  const policies = [policyOf("half", { basisPoints: 5000 })];
  assert.equal(inputOf(termsAt({ ...rows, policies }, scope, 0)), [50n, 80n]);
  const organizationLists = [listOf("own", 5, 10, 70n)];
  const terms = termsAt({ ...rows, policies, organizationLists }, scope, 5);
  assert.equal([terms.list?.id, terms.ownList, terms.policy], ["own", true, null]);
  assert.equal(inputOf(terms), [70n, 80n]);
  // When it has expired, the general list and its policy hold again.
  assert.equal(inputOf(termsAt({ ...rows, policies, organizationLists }, scope, 10)), [50n, 80n]);
});

test("a discount lowers our cost at once, and the charge by what is passed on", () => {
  const steps: DatedStep[] = [
    { id: "step", providerId: "prov_a", basisPoints: 1000, effectiveAtMs: 10 },
  ];
  const passOn = [policyOf("half of it", { kind: "pass_on", basisPoints: 5000 })];
  const margin = [policyOf("margin", { kind: "cost_plus", basisPoints: 2500 })];
  assert.equal(inputOf(termsAt({ ...rows, steps }, scope, 10)), [100n, 72n]);
  assert.equal(inputOf(termsAt({ ...rows, steps, policies: passOn }, scope, 9)), [100n, 80n]);
  assert.equal(inputOf(termsAt({ ...rows, steps, policies: passOn }, scope, 10)), [95n, 72n]);
  assert.equal(inputOf(termsAt({ ...rows, steps, policies: margin }, scope, 10)), [90n, 72n]);
});

test("nothing is sold that has no list, and nothing at cost plus whose cost is unknown", () => {
  assert.is(termsAt({ ...rows, chargeLists: [] }, scope, 0).charge, null);
  const policies = [policyOf("margin", { kind: "cost_plus" })];
  assert.is(termsAt({ ...rows, costLists: [], policies }, scope, 0).charge, null);
});

test("what holds at an instant does not depend on lists that start later", () => {
  const dated = fc.record({
    at: fc.integer({ min: 0, max: 100 }),
    lasts: fc.option(fc.integer({ min: 1, max: 50 })),
    empty: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(dated, { maxLength: 12 }),
      fc.integer({ min: 0, max: 120 }),
      (all, atMs) => {
        const lists = all
          .toSorted((a, b) => a.at - b.at)
          .map(({ at, lasts, empty }, index) =>
            listOf(`${index}`, at, lasts === null ? null : at + lasts, empty ? null : 1n),
          );
        const known = lists.filter((list) => list.effectiveAtMs <= atMs);
        assert.is(listAt(lists, atMs), listAt(known, atMs));
        const found = listAt(lists, atMs);
        assert.ok(found === null || found.expiresAtMs === null || found.expiresAtMs > atMs);
      },
    ),
  );
});

test.run();
