// A thousand requests, some of which go wrong in every way there is: what they cost is exact, to the picodollar.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { generationUuid } from "#schema/ids.ts";
import { formatDollars, parseDollars } from "#schema/money/amount.ts";
import { differences, played, rates, startInstallation, untilPosted } from "./installation.ts";

const requestCount = 1_000;
const concurrency = 20;

/** In turn; `weight` times each. */
const kinds = [
  { script: "ok-p11-c7", stream: false, end: "whole", weight: 4 },
  { script: "ok-p1203-c345-k1001", stream: true, end: "whole", weight: 4 },
  { script: "ok-p31-c64-r50-chunks-9", stream: true, end: "whole", weight: 3 },
  { script: "slow-5-p17-c4", stream: true, end: "whole", weight: 2 },
  { script: "tool-call-p40-c21", stream: true, end: "whole", weight: 1 },
  { script: "cut-3", stream: true, end: "broken", weight: 1 },
  { script: "cutrst-2", stream: true, end: "broken", weight: 1 },
  { script: "slow-20-chunks-200", stream: true, end: "left", weight: 1 },
  { script: "status-500", stream: true, end: "refused", weight: 1 },
  { script: "status-400", stream: false, end: "refused", weight: 1 },
  { script: "reset", stream: false, end: "refused", weight: 1 },
] as const;
const turns = kinds.flatMap((kind) => Array.from({ length: kind.weight }, () => kind));

type Done = { id: string; kind: (typeof kinds)[number]; status: number; cost: number | null };

const installation = await startInstallation({
  models: kinds.map(({ script }) => played(script)),
  credits: "500.00",
});
const { sql, acme, admin } = installation;
const done: Done[] = [];
const waiting = Array.from({ length: requestCount }, (_, at) => at);
await Promise.all(
  Array.from({ length: concurrency }, async () => {
    for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
      const kind = turns[at % turns.length];
      if (kind) done.push(await send(kind));
    }
  }),
);
await untilPosted(installation, requestCount);

type Booked = {
  id: string;
  charge: string;
  outcome: string;
  upstream_id: string | null;
  usage_source: string;
};
const booked = new Map(
  (await sql<Booked[]>`select id, charge, outcome, upstream_id, usage_source from generations`).map(
    (row) => [row.id, row],
  ),
);
const bookedOf = ({ id }: Done): Booked => {
  const row = booked.get(generationUuid(id) ?? "");
  if (!row) throw new Error(`${id} is not booked`);
  return row;
};
const of = (end: Done["kind"]["end"]) => done.filter(({ kind }) => kind.end === end);
const total = [...booked.values()].reduce((sum, { charge }) => sum + BigInt(charge), 0n);

const money = suite("money");
money.after(() => installation.close());

money("every request is booked exactly once, under the id that its client was told", () => {
  assert.is(done.length, requestCount);
  assert.is(new Set(done.map(({ id }) => id)).size, requestCount);
  assert.is(booked.size, requestCount);
  for (const one of done) bookedOf(one);
});

money("a complete answer costs its price times what the provider reported, exactly", () => {
  const served = new Map(acme.served.map((one) => [one.id, one]));
  for (const one of of("whole")) {
    const { charge, outcome, upstream_id: upstreamId } = bookedOf(one);
    const answer = served.get(upstreamId ?? "");
    assert.is(outcome, "complete");
    if (!answer) throw new Error(`the provider never served ${upstreamId}`);
    const cached = BigInt(/-k(\d+)/.exec(answer.model)?.[1] ?? 0);
    const expected =
      (BigInt(answer.promptTokens ?? 0) - cached) * rates.input +
      cached * rates.cacheRead +
      BigInt(answer.completionTokens ?? 0) * rates.output;
    assert.is(BigInt(charge), expected, answer.model);
  }
});

money("what a client is shown is what it is charged", () => {
  for (const one of of("whole")) {
    assert.is(one.cost, Number(formatDollars(BigInt(bookedOf(one).charge))), one.kind.script);
  }
});

money("an answer that the provider cut, or never gave, costs nothing", () => {
  for (const one of of("broken")) {
    assert.is(bookedOf(one).outcome, "broken");
    assert.is(bookedOf(one).charge, "0");
  }
  for (const one of of("refused")) {
    assert.ok(one.status >= 400, one.kind.script);
    assert.is(bookedOf(one).outcome, "failed");
    assert.is(bookedOf(one).charge, "0");
  }
});

money("a client that leaves is charged for what it got, by our own count, and no more", () => {
  const whole = 200n * rates.output; // had it stayed, at least
  for (const one of of("left")) {
    const { charge, outcome, usage_source: source } = bookedOf(one);
    assert.is(outcome, "hung-up");
    assert.is(source, "estimated");
    assert.ok(BigInt(charge) > 0n);
    assert.ok(BigInt(charge) < whole, charge);
  }
});

money(
  "the balance falls by exactly the sum of the charges, and GraphQL says the same",
  async () => {
    const { granted, used, balance } = await admin.credits.get.query({});
    assert.is(used, formatDollars(total));
    assert.is(parseDollars(granted) - parseDollars(balance), total);
    const now = Date.now();
    const [from, to] = [now - 3_600_000, now + 3_600_000].map((at) => new Date(at).toISOString());
    const { spend } = (await installation.question(
      `{ spend(from: "${from}", to: "${to}") { total requests failures } }`,
    )) as { spend: { total: string; requests: number; failures: number } };
    assert.equal(spend, {
      total: formatDollars(total),
      requests: requestCount,
      failures: of("refused").length,
    });
  },
);

money("the books reconcile with 0 differences", async () => {
  assert.equal(await differences(installation), []);
});

money.run();

async function send(kind: Done["kind"]): Promise<Done> {
  const answer = await installation.chat(`acme/${kind.script}`, { stream: kind.stream });
  const { "x-generation-id": id } = answer.headers;
  if (typeof id !== "string") throw new Error(`${kind.script}: no X-Generation-Id`);
  const base = { id, kind, status: answer.status };
  if (kind.end === "left") {
    await answer.next();
    await answer.next();
    answer.hangUp(id.charCodeAt(id.length - 1) % 2 === 0 ? "fin" : "rst");
    return { ...base, cost: null };
  }
  const text = kind.stream
    ? (await answer.rest()).map((event) => (event.kind === "data" ? event.data : "")).join("\n")
    : await answer.text();
  const cost = /"cost":([\d.e-]+)/.exec(text)?.[1];
  return { ...base, cost: cost === undefined ? null : Number(cost) };
}
