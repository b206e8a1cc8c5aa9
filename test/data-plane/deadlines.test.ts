// Many deadlines on one timer: each once, none early, none after it was cancelled.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Deadlines } from "#data/deadlines.ts";

const test = suite("deadlines");

test("each deadline passes once, not early, and at most two steps late", () => {
  let nowMs = 10_000;
  const deadlines = new Deadlines(() => nowMs);
  const passed = new Map<number, number>();
  const asked = [1, 100, 249, 250, 251, 1_000, 59_999, 60_000];
  for (const ms of asked)
    deadlines.after(ms, () => {
      assert.not(passed.has(ms));
      passed.set(ms, nowMs - 10_000);
    });
  for (; nowMs < 71_000; nowMs += 50) deadlines.sweep();
  assert.equal(
    [...passed.keys()].toSorted((a, b) => a - b),
    asked,
  );
  for (const [ms, at] of passed) assert.ok(at >= ms && at <= ms + 550, `${ms} passed at ${at}`);
});

test("a cancelled deadline does not pass, also when another one of its step cancels it", () => {
  let nowMs = 0;
  const deadlines = new Deadlines(() => nowMs);
  const passed: string[] = [];
  const second: { cancel(): void }[] = [];
  deadlines.after(10, () => {
    passed.push("first");
    for (const one of second) one.cancel();
  });
  second.push(deadlines.after(10, () => passed.push("second")));
  deadlines.after(10, () => passed.push("third")).cancel();
  nowMs = 1_000;
  deadlines.sweep();
  assert.equal(passed, ["first"]);
});

test("a clock that jumps far ahead passes everything that is due, and what is set meanwhile waits its turn", () => {
  let nowMs = 0;
  const deadlines = new Deadlines(() => nowMs);
  const passed: string[] = [];
  deadlines.after(5_000, () => {
    passed.push("outer");
    deadlines.after(1_000, () => passed.push("inner"));
  });
  nowMs = 3_600_000;
  deadlines.sweep();
  assert.equal(passed, ["outer"]);
  nowMs += 2_000;
  deadlines.sweep();
  assert.equal(passed, ["outer", "inner"]);
});

test.run();
