// What a usage costs: exact, additive, at the right tier, and never above the ceiling that was held for it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  completionMeters,
  type Counts,
  type Meter,
  meters,
  promptMeters,
  sum,
} from "#schema/meters.ts";
import { parseDollars, parsePerMillion, picodollars } from "#schema/money/amount.ts";
import { formatHours, holdsAt, HoursError, overlap, parseHours } from "#schema/money/hours.ts";
import { chargeUnder, feeUnder, netCost, type PolicyKind } from "#schema/money/policy.ts";
import {
  atInstant,
  ceiling,
  charge,
  isComplete,
  type Price,
  type PriceLine,
  unitPrice,
  UnpricedMeterError,
} from "#schema/money/price.ts";

const test = suite("price");
const line = (meter: Meter, perMillion: string, aboveInputTokens = 0): PriceLine => ({
  meter,
  perUnit: parsePerMillion(perMillion),
  aboveInputTokens,
});
const listOf = (...lines: PriceLine[]): Price => ({ id: "price_test", lines });

const tiered = listOf(
  line("input", "3"),
  line("output", "15"),
  line("cache_read", "0.30"),
  line("input", "6", 200_000),
  line("output", "22.50", 200_000),
);
for (const { name, usage, dollars } of [
  { name: "one token at $3 per million is exact", usage: { input: 1n }, dollars: "0.000003" },
  { name: "nothing used costs nothing", usage: {}, dollars: "0" },
  {
    name: "cached input is charged at its own price",
    usage: { cache_read: 9n },
    dollars: "0.0000027",
  },
  {
    name: "reasoning is charged as output where it has no price",
    usage: { reasoning: 2n },
    dollars: "0.00003",
  },
  {
    name: "writing a cache is charged as input where it has no price",
    usage: { cache_write_5m: 1n, cache_write_1h: 1n },
    dollars: "0.000006",
  },
  {
    name: "audio is charged as input where it has no price",
    usage: { audio_input: 1n },
    dollars: "0.000003",
  },
  { name: "a fee per request that nobody set is none", usage: { request: 1n }, dollars: "0" },
  {
    name: "a prompt of exactly a tier's threshold pays the lower rate",
    usage: { input: 200_000n, output: 1n },
    dollars: "0.600015",
  },
  {
    name: "one token more puts the whole request on the higher rate",
    usage: { input: 200_001n, output: 1n },
    dollars: "1.2000285",
  },
  {
    name: "the cached part counts towards the threshold",
    usage: { input: 1n, cache_read: 200_000n },
    dollars: "0.060006",
  },
  {
    name: "a long answer does not count towards the threshold",
    usage: { input: 1n, output: 300_000n },
    dollars: "4.500003",
  },
] satisfies { name: string; usage: Counts; dollars: string }[]) {
  test(name, () => assert.is(charge(usage, tiered).total, parseDollars(dollars)));
}

for (const { meter } of [
  { meter: "image_output" },
  { meter: "web_search" },
  { meter: "audio_output" },
] as const) {
  test(`${meter} without a price is refused rather than given away`, () => {
    assert.throws(
      () => charge({ [meter]: 1n }, tiered),
      (error: unknown) => error instanceof UnpricedMeterError && error.meter === meter,
    );
  });
}

test("a negative count is refused", () =>
  assert.throws(() => charge({ input: -1n }, tiered), RangeError));

test("a price of zero is a price, and no price is none", () => {
  assert.ok(isComplete(listOf(line("input", "0"), line("output", "0"))));
  assert.not(isComplete(listOf(line("input", "1"))));
  assert.not(isComplete(listOf(line("output", "1"))));
  // What holds only above a threshold says nothing about a short prompt.
  assert.not(isComplete(listOf(line("input", "1", 10), line("output", "1"))));
  assert.is(unitPrice(listOf(line("input", "0")), "input", 0n), 0n as never);
});

const counts = fc.dictionary(
  fc.constantFrom(...meters),
  fc.bigInt({ min: 0n, max: 10_000_000n }),
) as fc.Arbitrary<Counts>;
const prices: fc.Arbitrary<Price> = fc
  .array(
    fc.record({
      meter: fc.constantFrom(...meters),
      perUnit: fc.bigInt({ min: 0n, max: 10n ** 9n }).map(picodollars),
      aboveInputTokens: fc.constantFrom(0, 1, 1000, 200_000),
    }),
    { maxLength: 30 },
  )
  .map((lines) => ({
    id: "price_any",
    lines: [
      ...meters.map((meter) => ({ meter, perUnit: picodollars(7n), aboveInputTokens: 0 })),
      ...lines,
    ].filter(
      (one, at, all) =>
        all.findLastIndex(
          (other) => other.meter === one.meter && other.aboveInputTokens === one.aboveInputTokens,
        ) === at,
    ),
  }));

test("a charge is the plain sum over meters, however they are divided, at one prompt length", () => {
  fc.assert(
    fc.property(counts, prices, (usage, price) => {
      const promptTokens = sum(usage, promptMeters);
      let total = 0n;
      for (const meter of meters)
        total += (usage[meter] ?? 0n) * (unitPrice(price, meter, promptTokens) ?? 0n);
      const charged = charge(usage, price);
      assert.is(charged.total, total as never);
      assert.ok(charged.prompt + charged.completion <= charged.total);
    }),
  );
});

test("no usage within its bounds is ever charged more than the ceiling (contract B-3)", () => {
  const tokens = fc.dictionary(
    fc.constantFrom(...promptMeters, ...completionMeters),
    fc.bigInt({ min: 0n, max: 300_000n }),
  ) as fc.Arbitrary<Counts>;
  fc.assert(
    fc.property(tokens, prices, fc.bigInt({ min: 0n, max: 1000n }), (usage, price, slack) => {
      const bound = {
        promptTokens: sum(usage, promptMeters) + slack,
        outputTokens: sum(usage, completionMeters) + slack,
      };
      assert.ok(charge({ ...usage, request: 1n }, price).total <= ceiling(bound, price));
    }),
  );
});

test("the ceiling of a list without a cache price covers a prompt that is cached", () => {
  const plain = listOf(line("input", "1"), line("output", "2"));
  assert.ok(
    charge({ cache_write_1h: 100n, reasoning: 5n }, plain).total <=
      ceiling({ promptTokens: 100n, outputTokens: 5n }, plain),
  );
});

test("lines in another order cost the same", () => {
  fc.assert(
    fc.property(counts, prices, (usage, price) => {
      assert.is(
        charge(usage, { ...price, lines: price.lines.toReversed() }).total,
        charge(usage, price).total,
      );
    }),
  );
});

// --- Every condition at once.

const tiersAny = ["", "flex", "priority"] as const;
const hoursAny = ["", "mon,tue 08:00-12:00", "sat,sun 00:00-00:00", "wed 22:00-06:00"] as const;
const weekMs = 7 * 86_400_000;
const conditional: fc.Arbitrary<Price> = fc
  .array(
    fc.record({
      meter: fc.constantFrom(...meters),
      perUnit: fc.bigInt({ min: 0n, max: 10n ** 9n }).map(picodollars),
      aboveInputTokens: fc.constantFrom(0, 1, 1000, 200_000),
      serviceTier: fc.constantFrom(...tiersAny),
      hours: fc.constantFrom(...hoursAny),
    }),
    { maxLength: 40 },
  )
  .map((lines) => ({
    id: "price_any",
    lines: [
      ...meters.map((meter) => ({
        meter,
        perUnit: picodollars(7n),
        aboveInputTokens: 0,
        serviceTier: "",
        hours: "",
      })),
      // While hours hold, only their lines do: each group of hours has a price for prompts of any length.
      ...lines.map((one) => ({ ...one, aboveInputTokens: 0 })),
      ...lines,
    ].filter(
      (one, at, all) =>
        all.findLastIndex(
          (other) =>
            other.meter === one.meter &&
            other.aboveInputTokens === one.aboveInputTokens &&
            other.serviceTier === one.serviceTier &&
            other.hours === one.hours,
        ) === at,
    ),
  }));
const servedTier = fc.constantFrom(...tiersAny, "batch");
const instant = fc.integer({ min: 0, max: 2 * weekMs });

test("at any instant and tier the parts of a charge sum to its total, and every unit is priced exactly once", () => {
  fc.assert(
    fc.property(counts, conditional, servedTier, instant, (usage, list, tier, atMs) => {
      const price = atInstant(list, atMs);
      const whole = charge(usage, price, tier);
      const promptTokens = sum(usage, promptMeters);
      let total = 0n;
      for (const meter of meters) {
        // By itself a meter has the price that it has among others, at the same prompt length.
        const units = usage[meter] ?? 0n;
        const perUnit = unitPrice(price, meter, promptTokens, tier);
        assert.ok(perUnit !== null && list.lines.some((one) => one.perUnit === perUnit));
        total += units * perUnit;
      }
      assert.is(whole.total, total as never);
      const others = meters.filter(
        (meter) =>
          !(promptMeters as readonly Meter[]).includes(meter) &&
          !(completionMeters as readonly Meter[]).includes(meter),
      );
      const rest = others.reduce(
        (amount, meter) =>
          amount + (usage[meter] ?? 0n) * (unitPrice(price, meter, promptTokens, tier) ?? 0n),
        0n,
      );
      assert.is(whole.prompt + whole.completion + rest, whole.total as never);
    }),
  );
});

test("no usage within its bounds is charged above the ceiling, whatever tier is served and hour it is", () => {
  const used = fc.dictionary(
    fc.constantFrom(...promptMeters, ...completionMeters),
    fc.bigInt({ min: 0n, max: 300_000n }),
  ) as fc.Arbitrary<Counts>;
  const few = fc.bigInt({ min: 0n, max: 20n });
  fc.assert(
    fc.property(
      used,
      conditional,
      servedTier,
      instant,
      few,
      few,
      (usage, list, tier, atMs, images, searches) => {
        const price = atInstant(list, atMs);
        const bound = {
          promptTokens: sum(usage, promptMeters),
          outputTokens: sum(usage, completionMeters),
          images,
          searches,
        };
        const all = { ...usage, request: 1n, image_input: images, web_search: searches };
        const charged = charge(all, price, tier).total;
        assert.ok(charged <= ceiling(bound, price));
        assert.ok(
          ceiling(bound, price) <= ceiling(bound, list),
          "nor is the list as a whole below it",
        );
      },
    ),
  );
});

test("what holds at an instant depends on the time of the week alone", () => {
  fc.assert(
    fc.property(conditional, instant, fc.integer({ min: 0, max: 2900 }), (list, atMs, weeks) => {
      assert.equal(atInstant(list, atMs), atInstant(list, atMs + weeks * weekMs));
    }),
  );
});

for (const { name, hours, at, holds } of [
  {
    name: "the first minute is in",
    hours: "16:30-00:30",
    at: "2026-11-25T16:30:00.000Z",
    holds: true,
  },
  {
    name: "the minute before is not",
    hours: "16:30-00:30",
    at: "2026-11-25T16:29:59.999Z",
    holds: false,
  },
  {
    name: "the last minute is in",
    hours: "16:30-00:30",
    at: "2026-11-25T00:29:59.999Z",
    holds: true,
  },
  { name: "the end is not", hours: "16:30-00:30", at: "2026-11-25T00:30:00.000Z", holds: false },
  {
    name: "a Friday's night ends on Saturday",
    hours: "fri 22:00-06:00",
    at: "2026-11-28T05:59:00Z",
    holds: true,
  },
  {
    name: "and does not begin on one",
    hours: "fri 22:00-06:00",
    at: "2026-11-28T22:00:00Z",
    holds: false,
  },
  {
    name: "a Sunday's night ends on Monday",
    hours: "sun 22:00-06:00",
    at: "2026-11-30T01:00:00Z",
    holds: true,
  },
  {
    name: "midnight to midnight is all day",
    hours: "sat 00:00-00:00",
    at: "2026-11-28T23:59:59Z",
    holds: true,
  },
  { name: "and only that day", hours: "sat 00:00-00:00", at: "2026-11-29T00:00:00Z", holds: false },
  {
    name: "a leap day is a day",
    hours: "tue 00:00-00:00",
    at: "2028-02-29T12:00:00Z",
    holds: true,
  },
]) {
  test(`hours ${hours}: ${name}`, () =>
    assert.is(holdsAt(parseHours(hours), Date.parse(at)), holds));
}

test("hours read back as they are written, and share a minute exactly when some instant is in both", () => {
  const anyHours = fc
    .record({
      days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
      fromMinute: fc.integer({ min: 0, max: 1439 }),
      toMinute: fc.integer({ min: 0, max: 1439 }),
    })
    .map(({ days, ...minutes }) => ({ days: new Set(days), ...minutes }));
  fc.assert(
    fc.property(anyHours, anyHours, (a, b) => {
      const text = formatHours(a);
      assert.is(formatHours(parseHours(text)), text);
      let shared = false;
      // Where both hold there is an instant at which one of them begins.
      for (const begins of [a, b])
        for (const day of begins.days) {
          const atMs = ((day + 4) % 7) * 86_400_000 + begins.fromMinute * 60_000 + weekMs;
          if (holdsAt(a, atMs) && holdsAt(b, atMs)) shared = true;
        }
      assert.is(overlap(a, b), shared);
    }),
    { numRuns: 60 },
  );
});

for (const text of [
  "",
  "8:00-9:00",
  "24:00-01:00",
  "08:60-09:00",
  "mon 08:00",
  "mon, tue 08:00-09:00",
  "mon,mon 08:00-09:00",
  "MON 08:00-09:00",
  "08:00-09:00 mon",
])
  test(`${JSON.stringify(text)} is no hours`, () =>
    assert.throws(
      () => parseHours(text),
      (error: unknown) => error instanceof HoursError,
    ));

// --- From lists to what is asked and paid.

const points = fc.integer({ min: 0, max: 10_000 });

test("a policy or a discount rounds once, up, by less than a picodollar a unit", () => {
  fc.assert(
    fc.property(conditional, points, points, (list, off, share) => {
      const step = { id: "step", basisPoints: off };
      const policy = (kind: PolicyKind, basisPoints = share) => ({
        id: "policy",
        kind,
        basisPoints,
      });
      const made: [Price | null, times: bigint, over: bigint][] = [
        [netCost(list, step), BigInt(10_000 - off), 10_000n],
        [
          chargeUnder({ list, cost: null, step, policy: policy("list_discount") }),
          BigInt(10_000 - share),
          10_000n,
        ],
        [
          chargeUnder({ list, cost: null, step, policy: policy("pass_on") }),
          100_000_000n - BigInt(off * share),
          100_000_000n,
        ],
        [
          chargeUnder({ list: null, cost: list, step: null, policy: policy("cost_plus") }),
          BigInt(10_000 + share),
          10_000n,
        ],
        [feeUnder(list, policy("own_key_fee")), BigInt(share), 10_000n],
      ];
      for (const [price, times, over] of made) {
        assert.ok(price);
        for (const [at, { perUnit, ...conditions }] of price.lines.entries()) {
          const { perUnit: before, ...same } = list.lines[at] ?? { perUnit: 0n };
          assert.equal(conditions, same, "conditions are kept");
          const exact = before * times; // over `over`
          assert.ok(perUnit * over >= exact && perUnit * over - exact < over);
        }
      }
    }),
    { numRuns: 40 },
  );
});

test("without a policy the list is charged as it is, and so it is with the policy `list`", () => {
  fc.assert(
    fc.property(conditional, points, (list, off) => {
      const step = { id: "step", basisPoints: off };
      for (const policy of [null, { id: "policy", kind: "list" as const, basisPoints: 0 }])
        assert.is(chargeUnder({ list, cost: list, step, policy }), list);
    }),
    { numRuns: 20 },
  );
});

test("no float is on the path of money: schema/money turns no amount into a number", () => {
  const folder = join(import.meta.dirname, "../../schema/money");
  const offences = readdirSync(folder)
    .filter((name) => name.endsWith(".ts") && name !== "hours.ts") // a clock, no money
    .flatMap((name) =>
      findFloats(readFileSync(join(folder, name), "utf8")).map((code) => `${name}: ${code}`),
    );
  assert.equal(offences, []);
  for (const planted of [
    "Number(amount)",
    "parseFloat(text)",
    "x = +amount;",
    "f(+amount)",
    "amount / 0.5",
    "Math.round(a)",
    "a.toFixed(2)",
  ])
    assert.is(findFloats(`  ${planted}`).length, 1, planted);
});

/** Lines of code that make a float or round one. Comments and text may speak of anything. */
function findFloats(source: string): string[] {
  return source
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .split("\n")
    .map((line) => line.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`|\/\/.*$/g, '""').trim())
    .filter((line) =>
      /\bNumber\(|\bparseFloat\(|\bparseInt\(|(?:^|[=(,:?]|=>|return)\s*\+[\w(]|\d\.\d|\bMath\.|\.toFixed\(/.test(
        line,
      ),
    );
}

test.run();
