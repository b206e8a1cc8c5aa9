// What follows from failures: who is benched and for how long, who may be asked next, and when the same one is asked again.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { consequences, mayFollow, retryAfterMs } from "#data/consequences.ts";
import { Health } from "#data/health.ts";
import type { FailureKind } from "#data/operations/chat.ts";

const test = suite("health");
const acme = { endpoint: "e1 k1", key: "k1" };
const sameKey = { endpoint: "e2 k1", key: "k1" };
const otherKey = { endpoint: "e1 k2", key: "k2" };

for (const { kind, retryAfterSeconds = null, times = 1, benched } of [
  { kind: "auth", benched: { here: 300, sameKey: 300, otherKey: 0 } },
  { kind: "billing", retryAfterSeconds: 2, benched: { here: 300, sameKey: 300, otherKey: 0 } },
  { kind: "model-gone", benched: { here: 300, sameKey: 0, otherKey: 0 } },
  { kind: "rate-limit", retryAfterSeconds: 7, benched: { here: 7, sameKey: 0, otherKey: 0 } },
  {
    kind: "rate-limit",
    retryAfterSeconds: 3_600,
    benched: { here: 3_600, sameKey: 0, otherKey: 0 },
  },
  { kind: "rate-limit", benched: { here: 1, sameKey: 0, otherKey: 0 } },
  { kind: "rate-limit", times: 4, benched: { here: 8, sameKey: 0, otherKey: 0 } },
  { kind: "rate-limit", times: 400, benched: { here: 60, sameKey: 0, otherKey: 0 } },
  { kind: "overloaded", times: 9, benched: { here: 5, sameKey: 0, otherKey: 0 } },
  { kind: "server", times: 2, benched: { here: 0, sameKey: 0, otherKey: 0 } },
  { kind: "server", times: 3, benched: { here: 10, sameKey: 0, otherKey: 0 } },
  { kind: "timeout", times: 3, benched: { here: 10, sameKey: 0, otherKey: 0 } },
  { kind: "invalid-request", times: 9, benched: { here: 0, sameKey: 0, otherKey: 0 } },
  { kind: "context-length", times: 9, benched: { here: 0, sameKey: 0, otherKey: 0 } },
  { kind: "content-policy", times: 9, benched: { here: 0, sameKey: 0, otherKey: 0 } },
  { kind: "client-gone", times: 9, benched: { here: 0, sameKey: 0, otherKey: 0 } },
  { kind: "unsupported", times: 9, benched: { here: 0, sameKey: 0, otherKey: 0 } },
] satisfies { kind: FailureKind; [field: string]: unknown }[] as {
  kind: FailureKind;
  retryAfterSeconds?: number | null;
  times?: number;
  benched: { here: number; sameKey: number; otherKey: number };
}[]) {
  test(`${kind} ${times} times${retryAfterSeconds === null ? "" : `, to be asked again after ${retryAfterSeconds} s`}: benched for ${JSON.stringify(benched)} seconds`, () => {
    const health = new Health();
    for (let time = 0; time < times; time++) health.failed(acme, kind, retryAfterSeconds, 0);
    const seconds = (name: typeof acme): number => {
      for (let second = 0; second <= 4_000; second++)
        if (!health.isBenched(name, second * 1_000)) return second;
      return Infinity;
    };
    assert.equal(
      { here: seconds(acme), sameKey: seconds(sameKey), otherKey: seconds(otherKey) },
      benched,
    );
    health.succeeded(acme);
    assert.not(health.isBenched(acme, 0));
    assert.not(health.isBenched(sameKey, 0));
  });
}

test("a shorter cool-down never ends a longer one", () => {
  const health = new Health();
  health.failed(acme, "rate-limit", 600, 0);
  health.failed(acme, "rate-limit", 1, 0);
  assert.ok(health.isBenched(acme, 599_000));
});
test("usage that cannot be believed three times in a row benches the endpoint (M-8)", () => {
  const health = new Health();
  for (let time = 0; time < 3; time++) {
    assert.not(health.isBenched(acme, 0));
    health.reported(acme, { believed: false }, 0);
  }
  assert.ok(health.isBenched(acme, 59_999));
  assert.not(health.isBenched(acme, 60_000));
});
test("what is known is bounded, however many endpoints and keys there were", () => {
  const health = new Health();
  for (let each = 0; each < 50_000; each++)
    health.failed({ endpoint: `e${each}`, key: `k${each}` }, "auth", null, 0);
  assert.not(health.isBenched({ endpoint: "e0", key: "k0" }, 0));
  assert.ok(health.isBenched({ endpoint: "e49999", key: "k49999" }, 0));
});

const small = { model: { id: "acme/big-1" }, contextLength: 8_000 };
const large = { model: { id: "acme/big-1" }, contextLength: 16_000 };
const other = { model: { id: "acme/big-2" }, contextLength: 4_000 };
for (const { kind, next } of [
  { kind: "server", next: { small: true, large: true, other: true } },
  { kind: "auth", next: { small: true, large: true, other: true } },
  { kind: "unsupported", next: { small: true, large: true, other: true } },
  { kind: "context-length", next: { small: false, large: true, other: true } },
  { kind: "payload-too-large", next: { small: false, large: false, other: true } },
  { kind: "invalid-request", next: { small: false, large: false, other: true } },
  { kind: "content-policy", next: { small: false, large: false, other: true } },
  { kind: "client-gone", next: { small: false, large: false, other: false } },
] as const) {
  test(`after ${kind} those are asked that may do better: ${JSON.stringify(next)}`, () =>
    assert.equal(
      {
        small: mayFollow(kind, small, small),
        large: mayFollow(kind, small, large),
        other: mayFollow(kind, small, other),
      },
      next,
    ));
}

for (const { kind, retryAfterSeconds = null, shouldRetry, ms } of [
  { kind: "server", ms: 300 },
  { kind: "overloaded", ms: 300 },
  { kind: "overloaded", retryAfterSeconds: 1, ms: 1_300 },
  { kind: "overloaded", retryAfterSeconds: 30, ms: null },
  { kind: "rate-limit", ms: null },
  { kind: "rate-limit", retryAfterSeconds: 2, ms: 2_300 },
  { kind: "rate-limit", retryAfterSeconds: 3, ms: null },
  { kind: "timeout", ms: null },
  { kind: "timeout", shouldRetry: true, ms: 300 },
  { kind: "server", shouldRetry: false, ms: null },
  { kind: "auth", ms: null },
  { kind: "invalid-request", ms: null },
  { kind: "client-gone", shouldRetry: true, ms: null },
] satisfies { kind: FailureKind; [field: string]: unknown }[] as {
  kind: FailureKind;
  retryAfterSeconds?: number;
  shouldRetry?: boolean;
  ms: number | null;
}[]) {
  test(`${kind} with ${retryAfterSeconds ?? "no"} seconds and x-should-retry ${shouldRetry ?? "unsaid"} is asked again after ${ms} ms`, () => {
    const failure = { kind, status: 500, text: "", retryAfterSeconds };
    assert.is(
      retryAfterMs(shouldRetry === undefined ? failure : { ...failure, shouldRetry }, 0.5),
      ms,
    );
  });
}
test("a key is benched only by what makes it useless everywhere", () =>
  assert.equal(
    Object.entries(consequences).flatMap(([kind, { bench }]) => (bench === "key" ? [kind] : [])),
    ["auth", "billing"],
  ));

test.run();
