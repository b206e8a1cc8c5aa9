// How long steps take, counted for everybody and told to whoever asks.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { stages, StageTimes, Stopwatch } from "#data/stages.ts";
import { smallGateway } from "./small-gateway.ts";

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
  for (const ms of [0.04, 0.05, 0.06, 4, 200_000]) times.observe("body", ms);
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
  asked.ended("authenticate");
  await sleep(20);
  asked.ended("upstream");
  const [first = "", second = "", ...others] = (asked.header ?? "").split(", ");
  assert.match(first, /^authenticate;dur=\d+\.\d{3}$/);
  assert.ok(Number(/^upstream;dur=(.*)$/.exec(second)?.[1]) >= 15, second);
  assert.is(others.length, 0);
  const silent = new Stopwatch(times, false);
  silent.ended("authenticate");
  assert.is(silent.header, null);
  assert.is(
    valueOf(
      times.expose("g"),
      'turnpike_request_stage_seconds_count{gateway="g",stage="authenticate"}',
    ),
    2,
  );
});

test("a client that asks is told where its time went, with the head; others are not, and all of it is in the metrics", async () => {
  const gateway = await smallGateway();
  const { key } = await gateway.key(await gateway.organization("10"));
  await gateway.model("ok");
  await gateway.key(await gateway.organization("1")); // waits until the model is in force
  const ask = { model: "acme/ok", messages: [{ role: "user", content: "hi" }] };
  const told = async (body: object, headers: Record<string, string>): Promise<string> => {
    const answer = await gateway.chat(key, body, headers);
    assert.is(answer.status, 200);
    await answer.text();
    return String(answer.headers["server-timing"] ?? "");
  };
  assert.is(await told(ask, {}), "");
  const names = (text: string): string[] =>
    text.split(", ").map((part) => part.slice(0, part.indexOf(";")));
  assert.equal(names(await told(ask, { "x-turnpike-timing": "1" })), [...stages]);
  assert.equal(
    names(await told({ ...ask, stream: true }, { "x-turnpike-timing": "1" })),
    stages.slice(0, -1),
  );
  const { metrics } = JSON.parse(
    readFileSync(join(gateway.dataDir, "gateways", "gateway-1.json"), "utf8"),
  ) as { metrics: string };
  const text = await (await fetch(metrics)).text();
  for (const stage of stages)
    assert.is(
      valueOf(text, `turnpike_request_stage_seconds_count{gateway="gateway-1",stage="${stage}"}`),
      3,
    );
  await gateway.close();
});

test.run();
