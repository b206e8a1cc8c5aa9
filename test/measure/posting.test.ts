// The measurement in small, and without a clock: what is booked by two workers at once, some of it delivered twice, is exact.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { testDatabase } from "#test/database.ts";
import { measurePosting } from "./measure-posting.ts";
import { dueAfter, dueAt, type Step } from "./pace.ts";

const generations = 20_000;
const database = await testDatabase();
const test = suite("posting");
test.after(() => database.close());

test("twenty thousand generations of $0.0000036 are exactly $0.072 in accounts, allowances, roll-ups and GraphQL", async () => {
  const { checked } = await measurePosting({
    databaseUrl: database.url,
    postmasterPid: null,
    generations,
    organizations: 4,
    keys: 12,
    seed: 1,
    workers: 2,
    burstSeconds: 0,
    reship: 5,
    tell: () => {},
  });
  assert.is(checked.length, 1);
  for (const { generations: counted, sums, differences, checks } of checked) {
    assert.equal(differences, []);
    assert.is(counted, generations);
    assert.ok(checks > 5 && sums.length > 5, `${checks} checks, ${sums.length} sums`);
    for (const { what, got } of sums) assert.is(got, "0.072", what);
  }
});

const steps: Step[] = [
  { perSecond: 10, seconds: 2 },
  { perSecond: 100, seconds: 1 },
  { perSecond: 1, seconds: Number.POSITIVE_INFINITY },
];
for (const { records, second } of [
  { records: 0, second: 0 },
  { records: 10, second: 1 },
  { records: 20, second: 2 },
  { records: 70, second: 2.5 },
  { records: 125, second: 8 },
]) {
  test(`${records} records of a feed that changes are due after ${second} s`, () => {
    assert.is(dueAfter(steps, second), records);
    assert.is(dueAt(steps, records), second);
  });
}

test("what a feed never has is never due", () => {
  assert.is(dueAt(steps.slice(0, 2), 121), Number.POSITIVE_INFINITY);
  assert.is(dueAfter(steps.slice(0, 2), 1_000), 120);
});

test.run();
