// What a usage costs: exact, additive, at the right tier, and never above the ceiling that was held for it.
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
import {
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

test.run();
