// How long steps take, counted for everybody and told to whoever asks.
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { stages, StageTimes, Stopwatch } from "#data/stages.ts";

const test = suite("stages");
const valueOf = (text: string, line: string): number =>
  Number(
    text
      .split("\n")
      .find((one) => one.startsWith(line))
      ?.split(" ")
      .at(-1),
  );

test("a histogram's buckets add up, hold each duration from its bound on, and give the sum in seconds", () => {
  const times = new StageTimes();
  for (const ms of [0.04, 0.05, 0.06, 4, 200_000]) times.observe(1, ms);
  const text = times.expose("g");
  const bucket = (le: string): number =>
    valueOf(text, `turnpike_request_stage_seconds_bucket{gateway="g",stage="body",le="${le}"}`);
  assert.equal(
    [bucket("0.00005"), bucket("0.0001"), bucket("0.005"), bucket("120"), bucket("+Inf")],
    [2, 3, 4, 4, 5],
  );
  assert.is(valueOf(text, 'turnpike_request_stage_seconds_count{gateway="g",stage="body"}'), 5);
  assert.ok(
    Math.abs(
      valueOf(text, 'turnpike_request_stage_seconds_sum{gateway="g",stage="body"}') - 200.00415,
    ) < 1e-9,
  );
  assert.is(valueOf(text, 'turnpike_request_stage_seconds_count{gateway="g",stage="admit"}'), 0);
});
test("a stopwatch tells the stages that have ended, in their order and in milliseconds, and only when asked", async () => {
  const times = new StageTimes();
  const asked = new Stopwatch(times, true);
  asked.next();
  await sleep(20);
  asked.next();
  const [first = "", second = "", ...others] = (asked.header ?? "").split(", ");
  assert.match(first, /^authenticate;dur=\d+\.\d{3}$/);
  assert.ok(Number(/dur=(.*)/.exec(second)?.[1]) >= 15, second);
  assert.is(others.length, 0);
  const silent = new Stopwatch(times, false);
  silent.next();
  assert.is(silent.header, null);
  assert.is(
    valueOf(
      times.expose("g"),
      'turnpike_request_stage_seconds_count{gateway="g",stage="authenticate"}',
    ),
    2,
  );
});
test("what comes after the last stage is no stage", () => {
  const times = new StageTimes();
  const watch = new Stopwatch(times, true);
  for (let each = 0; each < stages.length + 3; each++) watch.next();
  assert.is(times.expose("g").match(/_count\{/g)?.length, stages.length);
});

test.run();
