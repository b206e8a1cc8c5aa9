// Money in text: what is written is what is read, to the picodollar.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { dollarsNumber } from "#schema/dollars-number.ts";
import {
  AmountError,
  formatDollars,
  formatPerMillion,
  parseDollars,
  parsePerMillion,
  showDollars,
} from "#schema/money/amount.ts";

const test = suite("amount");
const max = 10n ** 38n - 1n;

test("formatting and parsing again gives the same amount, over all that the database can hold", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -max, max }), (amount) => {
      assert.is(parseDollars(formatDollars(amount)), amount as never);
      assert.is(parseDollars(showDollars(amount)), amount as never);
    }),
  );
});

for (const { text, amount, formatted } of [
  { text: "0", amount: 0n, formatted: "0" },
  { text: "-0", amount: 0n, formatted: "0" },
  { text: "10", amount: 10_000_000_000_000n, formatted: "10" },
  { text: "0.10", amount: 100_000_000_000n, formatted: "0.1" },
  { text: "0.0000036", amount: 3_600_000n, formatted: "0.0000036" },
  { text: "0.000000000001", amount: 1n, formatted: "0.000000000001" },
  { text: "-0.5", amount: -500_000_000_000n, formatted: "-0.5" },
  { text: " 7.25 ", amount: 7_250_000_000_000n, formatted: "7.25" },
  {
    text: "99999999999999999999999999.999999999999",
    amount: max,
    formatted: "99999999999999999999999999.999999999999",
  },
]) {
  test(`${JSON.stringify(text)} USD is ${amount} picodollars and is written ${formatted}`, () => {
    assert.is(parseDollars(text), amount as never);
    assert.is(formatDollars(amount), formatted);
  });
}

for (const text of [
  "",
  " ",
  "1e3",
  "1,000",
  "1.",
  ".5",
  "+1",
  "0x10",
  "Infinity",
  "NaN",
  "1.0000000000001",
  "--1",
  "1 2",
  "$1",
  "١",
  "100000000000000000000000000",
  "1\n2",
  "1_000",
]) {
  test(`${JSON.stringify(text)} is no amount`, () =>
    assert.throws(
      () => parseDollars(text),
      (error: unknown) => error instanceof AmountError,
    ));
}

test("an amount is shown with at least two decimals and with no digit lost", () => {
  assert.is(showDollars(10_000_000_000_000n), "10.00");
  assert.is(showDollars(3_600_000n), "0.0000036");
  assert.is(showDollars(-100_000_000_000n), "-0.10");
});

test("the JSON number of an amount below 8,192 USD reads back to the same picodollar", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 8_191n * 10n ** 12n }), (amount) => {
      assert.is(parseDollars(dollarsNumber(amount).toFixed(12)), amount as never);
    }),
  );
});

test("a price per million is a whole number of picodollars per unit, and is written back the same", () => {
  assert.is(parsePerMillion("0.10"), 100_000n as never);
  assert.is(parsePerMillion("0.000001"), 1n as never);
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), (perUnit) => {
      assert.is(parsePerMillion(formatPerMillion(perUnit)), perUnit as never);
    }),
  );
});

for (const { name, text } of [
  { name: "a price per million with seven decimals", text: "0.0000001" },
  { name: "a negative price", text: "-1" },
  { name: "a price that is a word", text: "free" },
]) {
  test(`${name} is refused`, () =>
    assert.throws(
      () => parsePerMillion(text),
      (error: unknown) => error instanceof AmountError,
    ));
}

test.run();
