// Which endpoints are asked, and in which order (contract R and F rules).
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { mintId } from "#schema/ids.ts";
import { Refusal } from "#data/refusal.ts";
import { candidates, nearestNames, order } from "#data/route.ts";
import { askFor, type SmallEndpoint, snapshotOf } from "./small-catalogue.ts";

const test = suite("route");
const organization = mintId("organization");
const two: SmallEndpoint[] = [
  { model: "acme/big-1", provider: "mill", perMillion: "1" },
  { model: "acme/big-1", provider: "forge", perMillion: "3" },
];

/** mulberry32: the same numbers on every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
const none = { isBenched: () => false, random: () => 0.5 };
const ordered = (
  endpoints: SmallEndpoint[],
  body: object,
  known: Partial<Parameters<typeof order>[2]> = {},
) => {
  const ask = askFor({ model: "acme/big-1", ...body });
  return order(candidates(ask, snapshotOf(...endpoints), organization, 1), ask, {
    ...none,
    ...known,
  });
};
const slugs = (...of: Parameters<typeof ordered>) =>
  ordered(...of).map((choice) => choice.endpoint.provider.slug);
const refusalOf = (endpoints: SmallEndpoint[], body: object): Refusal => {
  try {
    candidates(askFor({ model: "acme/big-1", ...body }), snapshotOf(...endpoints), organization, 1);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  return assert.unreachable("something was found") as never;
};

test("a provider at a third of the price is asked first about nine times in ten (R-1)", () => {
  const random = seeded(20_261_125);
  let first = 0;
  for (let draw = 0; draw < 10_000; draw++) if (slugs(two, {}, { random })[0] === "mill") first++;
  assert.ok(first > 8_850 && first < 9_150, `${first} of 10,000`); // 9,000 expected, standard deviation 30
});

test("whatever the draw, every endpoint is asked once", () => {
  for (const random of [() => 0, () => 1 - 2 ** -53, seeded(1)]) {
    assert.equal(
      slugs(
        [...two, { model: "acme/big-1", provider: "free", perMillion: "0" }],
        {},
        { random },
      ).toSorted(),
      ["forge", "free", "mill"],
    );
  }
});

for (const { name, preferences, expected } of [
  {
    name: "order is strict, and the others follow (R-4)",
    preferences: { order: ["forge"] },
    expected: ["forge", "mill"],
  },
  {
    name: "order without fallbacks asks only those named (R-4)",
    preferences: { order: ["forge"], allow_fallbacks: false },
    expected: ["forge"],
  },
  {
    name: "sort by price asks the cheapest first (R-3)",
    preferences: { sort: "price" },
    expected: ["mill", "forge"],
  },
  {
    name: "only keeps the others out (R-5)",
    preferences: { only: ["forge"] },
    expected: ["forge"],
  },
  {
    name: "ignore keeps those named out (R-5)",
    preferences: { ignore: ["mill"] },
    expected: ["forge"],
  },
  {
    name: "no fallbacks asks one",
    preferences: { allow_fallbacks: false, sort: "price" },
    expected: ["mill"],
  },
  {
    name: "a name that nobody has in order is passed over",
    preferences: { order: ["nobody", "forge"] },
    expected: ["forge", "mill"],
  },
]) {
  test(name, () => assert.equal(slugs(two, { provider: preferences }), expected));
}

test("a benched endpoint is asked last, not never", () => {
  const isBenched = (choice: { endpoint: { provider: { slug: string } } }) =>
    choice.endpoint.provider.slug === "mill";
  assert.equal(slugs(two, {}, { isBenched, random: () => 0 }), ["forge", "mill"]);
  assert.equal(slugs(two, { provider: { order: ["mill"] } }, { isBenched }), ["mill", "forge"]); // strictly in that order
});

test("a provider can be named with its quantization (R-6)", () => {
  assert.equal(
    slugs([{ ...two[0], quantization: "fp8" } as SmallEndpoint, two[1] as SmallEndpoint], {
      provider: { only: ["mill/fp8"] },
    }),
    ["mill"],
  );
});

test("models are asked in the order given, each with all its endpoints before the next (F-1, R-11)", () => {
  const all: SmallEndpoint[] = [
    ...two,
    { model: "acme/small-1", provider: "mill", perMillion: "0.01" },
  ];
  assert.equal(
    ordered(all, { models: ["acme/small-1"] }).map((choice) => choice.endpoint.model.id),
    ["acme/big-1", "acme/big-1", "acme/small-1"],
  );
  assert.equal(
    ordered(all, { model: undefined, models: ["acme/small-1", "acme/big-1"] })[0]?.endpoint.model
      .id,
    "acme/small-1",
  );
  assert.equal(ordered(all, { model: "acme/nope", models: ["acme/small-1"] }).length, 1);
});

test("an unknown model is a 400 that names the nearest", () => {
  const refusal = refusalOf(two, { model: "acme/bigg-1" });
  assert.equal([refusal.status, refusal.metadata["field"]], [400, "model"]);
  assert.match(refusal.message, "acme/bigg-1 is not a valid model ID");
  assert.match(refusal.message, "Did you mean acme/big-1?");
});

test("an unknown model that is like nothing says where the list is, and is answered quickly however long the list", () => {
  assert.match(refusalOf(two, { model: "zzzzz" }).message, "/api/v1/models");
  const names = Array.from({ length: 5_000 }, (_, at) => `author-${at}/model-${at}`);
  const startedAt = performance.now();
  assert.is(nearestNames("author-17/modle-17".repeat(10), names).length <= 3, true);
  assert.ok(performance.now() - startedAt < 500);
});

test("preferences that leave nothing are a 404 that says who there is (R-7)", () => {
  const refusal = refusalOf(two, { provider: { only: ["nobody"] } });
  assert.equal([refusal.status, refusal.type], [404, "not_found"]);
  assert.equal(refusal.metadata, {
    excluded_by: ["allowed_providers"],
    available_providers: ["mill", "forge"],
    requested_providers: ["nobody"],
  });
});

for (const { name, body, expected } of [
  {
    name: "max_price keeps what is at or below it (R-9)",
    body: { provider: { max_price: { prompt: "1" } } },
    expected: ["mill"],
  },
  {
    name: "max_price may be a number (R-9)",
    body: { provider: { max_price: { prompt: 2.5 } } },
    expected: ["mill"],
  },
]) {
  test(name, () => assert.equal(slugs(two, body), expected));
}

for (const { name, body, excluded } of [
  {
    name: "max_price below every price (R-9)",
    body: { provider: { max_price: { completion: "0.5" } } },
    excluded: "max_price",
  },
  {
    name: "zdr, which the catalogue cannot promise (R-12)",
    body: { provider: { zdr: true } },
    excluded: "data_policy",
  },
  {
    name: 'data_collection "deny" (R-12)',
    body: { provider: { data_collection: "deny" } },
    excluded: "data_policy",
  },
  {
    name: "a quantization that nobody serves (R-16)",
    body: { provider: { quantizations: ["fp4"] } },
    excluded: "quantization",
  },
  {
    name: "require_parameters for a parameter that the model lacks (R-8)",
    body: { logit_bias: {}, provider: { require_parameters: true } },
    excluded: "require_parameters",
  },
]) {
  test(`${name} leaves nothing, and the 404 says why (R-7)`, () => {
    const refusal = refusalOf(two, body);
    assert.is(refusal.status, 404);
    assert.equal(refusal.metadata["excluded_by"], [excluded]);
  });
}

test("a model whose endpoints have no price in force is a 404, never free", () => {
  const refusal = refusalOf([{ model: "acme/big-1", provider: "mill", priced: false }], {});
  assert.equal([refusal.status, refusal.type], [404, "not_found"]);
  const later = snapshotOf(two[0] as SmallEndpoint);
  for (const model of later.models.values())
    for (const endpoint of model.endpoints)
      Object.assign(endpoint, {
        charges: endpoint.charges.map((price) => ({ ...price, effectiveAtMs: 100 })),
      });
  assert.throws(
    () => candidates(askFor({ model: "acme/big-1" }), later, organization, 99),
    (error: unknown) => error instanceof Refusal && error.status === 404,
  );
  assert.is(candidates(askFor({ model: "acme/big-1" }), later, organization, 100).length, 1);
});

test("a prompt that fits one endpoint and not another is sent where it fits, and a 400 where it fits nowhere (R-17)", () => {
  const long = { messages: [{ role: "user", content: "word ".repeat(4_000) }] }; // about 5,000 tokens
  assert.equal(
    slugs([{ ...two[0], contextLength: 1_000 } as SmallEndpoint, two[1] as SmallEndpoint], long),
    ["forge"],
  );
  const refusal = refusalOf([{ ...two[0], contextLength: 1_000 } as SmallEndpoint], long);
  assert.equal([refusal.status, refusal.type], [400, "context_length_exceeded"]);
  assert.match(refusal.message, "maximum context length is 1000 tokens");
});

test("what a client allows for output is bounded by the endpoint", () => {
  assert.is(ordered(two, { max_tokens: 5_000 })[0]?.outputTokensMax, 1_000);
  assert.is(ordered(two, { max_tokens: 5 })[0]?.outputTokensMax, 5);
});

test.run();
