// What is charged when: the cases of docs/billing.md, each through a real gateway before a scripted provider. What the client
// is told, what the spool says, what is posted and what leaves the balance are one number.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { setCredential } from "#control/credentials/set-credential.ts";
import { setPolicy } from "#control/pricing/set-policy.ts";
import {
  generationUuid,
  type EndpointId,
  type OrganizationId,
  type PriceId,
  type ProviderId,
} from "#schema/ids.ts";
import { postGenerations } from "#schema/ledger/post-generations.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import { parseDollars } from "#schema/money/amount.ts";
import type { PriceLine } from "#schema/money/price.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import { ask, type ClientAnswer } from "#test/doubles/client.ts";
import { masterKey, priceLine, smallGateway } from "./small-gateway.ts";

/** An answer that the double's language has no words for. */
type Play = {
  /** One after the other in a stream, the last one in a plain answer. */
  usage: readonly unknown[];
  text?: string;
  finishReason?: string | null;
  serviceTier?: string;
};
const plays = new Map<string, Play>();
const ownKey = "sk-own-credential-of-theirs";
const deadKey = "sk-own-credential-that-expired";

const gateway = await smallGateway(({ body, headers }, response) => {
  const { model = "", stream } = body as { model?: string; stream?: boolean };
  if (headers.authorization === `Bearer ${deadKey}`) {
    response.writeHead(401, { "content-type": "application/json" });
    response.end('{"error":{"message":"Incorrect API key provided"}}');
    return undefined;
  }
  const play = plays.get(model);
  if (!play) return {};
  const { usage, text = "Hello", finishReason = "stop", serviceTier } = play;
  const head = { id: "x", model, ...(serviceTier ? { service_tier: serviceTier } : {}) };
  if (stream !== true) {
    const choices = [
      { index: 0, message: { role: "assistant", content: text }, finish_reason: finishReason },
    ];
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ ...head, choices, usage: usage.at(-1) }));
    return undefined;
  }
  const send = (event: object) =>
    response.write(`data: ${JSON.stringify({ ...head, ...event })}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (text !== "") send({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] });
  for (const one of usage.slice(0, -1)) send({ choices: [], usage: one });
  send({ choices: [{ index: 0, delta: {}, finish_reason: finishReason }] });
  send({ choices: [], usage: usage.at(-1) });
  response.end("data: [DONE]\n\n");
  return undefined;
});
const { db, upstream, port } = gateway;
const test = suite("charged when");
test.after(() => gateway.close());

const rich = await gateway.organization("1000");
const { key } = await gateway.key(rich);
const { key: broke } = await gateway.key(await gateway.organization("0"));
const million = 1_000_000n; // picodollars a token, at a dollar a million
const used = { prompt_tokens: 100, completion_tokens: 50, total_tokens: 150 };
const usedCharge = 100n * million + 50n * 2n * million;
const halfPrice = [priceLine("input", "0.5"), priceLine("output", "1")];
const usedAtHalfPrice = usedCharge / 2n;

async function play(name: string, script: Play, more: Parameters<typeof gateway.model>[1] = {}) {
  plays.set(name, script);
  return gateway.model(name, more);
}
for (const script of [
  "ok-p100-c50",
  "status-500",
  "status-429",
  "empty-completion-c0",
  "cut-2",
  "slow-20-chunks-200",
  "wait-300-p100-c50",
  "no-usage",
  "no-usage-chunks-2000",
])
  await gateway.model(script);
await gateway.model("slow-20-chunks-30-p100-c50", { id: "acme/runs-on", cancellable: false });
await gateway.model("ok-p100-c50", {
  id: "acme/dear",
  charge: [priceLine("input", "10"), priceLine("output", "20")],
});
await gateway.model("wait-300-p100-c50", { id: "acme/repriced" });
await gateway.model("ok-p100-c50", { id: "acme/costly", cost: halfPrice });
await play(
  "parts",
  {
    usage: [
      {
        prompt_tokens: 100,
        completion_tokens: 50,
        prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10 },
        completion_tokens_details: { reasoning_tokens: 30 },
      },
    ],
  },
  {
    charge: [
      priceLine("input", "1"),
      priceLine("cache_read", "0.1"),
      priceLine("cache_write_5m", "1.25"),
      priceLine("output", "2"),
      priceLine("reasoning", "3"),
    ],
  },
);
await play(
  "fees",
  { usage: [used] },
  {
    charge: [
      priceLine("input", "1"),
      priceLine("output", "2"),
      { meter: "request", perUnit: parseDollars("0.005"), aboveInputTokens: 0 },
      { meter: "image_input", perUnit: parseDollars("0.001"), aboveInputTokens: 0 },
    ],
  },
);
await play(
  "nothing",
  { usage: [{ prompt_tokens: 9, completion_tokens: 0 }], text: "", finishReason: null },
  { cost: halfPrice },
);
await play("ends-in-error", { usage: [used], finishReason: "error" }, { cost: halfPrice });
await play("cumulative", {
  usage: [
    { prompt_tokens: 100, completion_tokens: 1 },
    { prompt_tokens: 100, completion_tokens: 20 },
    used,
  ],
});
await play("good-then-bad", { usage: [used, { prompt_tokens: -1, completion_tokens: -1 }] });
const impossible: Record<string, unknown> = {
  "a negative number": { prompt_tokens: 9, completion_tokens: -50 },
  "a text": { prompt_tokens: 9, completion_tokens: "50" },
  "a fraction": { prompt_tokens: 9.5, completion_tokens: 50 },
  "1e18": { prompt_tokens: 9, completion_tokens: 1e18 },
  "an answer far longer than max_tokens": { prompt_tokens: 9, completion_tokens: 5_000 },
  "a prompt longer than the model's context": { prompt_tokens: 90_000, completion_tokens: 5 },
  "reasoning longer than the model's context": {
    prompt_tokens: 9,
    completion_tokens: 5,
    completion_tokens_details: { reasoning_tokens: 90_000 },
  },
  "no completion beside a text": { prompt_tokens: 9, completion_tokens: 0 },
};
for (const [at, usage] of Object.values(impossible).entries())
  await play(`impossible-${at}`, { usage: [usage] });
await gateway.provider("honest", upstream.url);
await play(
  "liar",
  { usage: [{ prompt_tokens: 9, completion_tokens: -1 }] },
  { id: "acme/two-homes" },
);
await gateway.model("ok-p100-c50", {
  id: "acme/two-homes",
  provider: "honest",
  charge: [priceLine("input", "3"), priceLine("output", "3")],
});
await play("audio", {
  usage: [{ ...used, completion_tokens_details: { audio_tokens: 20 } }],
});
for (const serviceTier of ["default", "flex", "priority"])
  await play(
    serviceTier,
    { usage: [used], serviceTier },
    {
      charge: ["", "flex", "priority"].flatMap((tier, at) => [
        priceLine("input", ["1", "0.5", "3"][at] ?? "", { serviceTier: tier }),
        priceLine("output", ["2", "1", "6"][at] ?? "", { serviceTier: tier }),
      ]),
    },
  );
for (const prompt of [200, 201])
  await play(
    `long-${prompt}`,
    { usage: [{ prompt_tokens: prompt, completion_tokens: 10 }] },
    {
      charge: [
        priceLine("input", "1"),
        priceLine("output", "2"),
        priceLine("input", "4", { aboveInputTokens: 200 }),
        priceLine("output", "8", { aboveInputTokens: 200 }),
      ],
    },
  );
// The edges of these hours are the start of this minute: one begins there, the other has just ended.
const clock = (atMs: number): string => new Date(atMs).toISOString().slice(11, 16);
const nowMs = Date.now();
for (const [name, hours] of [
  ["in-hours", `${clock(nowMs)}-${clock(nowMs + 3_600_000)}`],
  ["after-hours", `${clock(nowMs - 3_600_000)}-${clock(nowMs)}`],
] as const)
  await play(
    name,
    { usage: [used] },
    {
      charge: [
        priceLine("input", "1"),
        priceLine("output", "2"),
        priceLine("input", "0.5", { hours }),
        priceLine("output", "1", { hours }),
      ],
    },
  );
await gateway.settled(await db.transaction((tx) => recordChange(tx, "catalogue", "")));

const [mill] = await db.execute<{ id: ProviderId }>(
  sql`select id from providers where slug = 'mill'`,
);
if (!mill) throw new Error("the small gateway has no provider");
const millId = mill.id;
const hello = { messages: [{ role: "user", content: "hi" }] };
const chat = (model: string, more: object = {}, secret = key) =>
  gateway.chat(secret, { model, ...hello, ...more });

type Told = { model: string; cost: number; isByok: boolean; upstreamCost: number | null };

/** What an answer says about its price, at its end when it is a stream. */
async function told(answer: ClientAnswer): Promise<Told> {
  assert.is(answer.status, 200);
  const text = answer.headers["content-type"]?.includes("event-stream")
    ? ((await answer.rest())
        .flatMap((event) => (event.kind === "data" ? [event.data] : []))
        .at(-2) ?? "")
    : await answer.text();
  const { model, usage } = JSON.parse(text) as {
    model: string;
    usage: {
      cost: number;
      is_byok: boolean;
      cost_details: { upstream_inference_cost: number | null };
    };
  };
  return {
    model,
    cost: usage.cost,
    isByok: usage.is_byok,
    upstreamCost: usage.cost_details.upstream_inference_cost,
  };
}

async function balanceOf(organization: OrganizationId): Promise<bigint> {
  const [row] = await db.execute<{ balance: string }>(
    sql`select balance from accounts where kind = 'credit' and organization_id = ${organization}`,
  );
  return BigInt(row?.balance ?? 0);
}

/** The one final of a request, posted. Its charge is what the client was told and what left the balance. */
async function charged(
  expected: bigint | ((final: UsageRecord) => bigint),
  answer: Told | null,
): Promise<UsageRecord> {
  const [final, ...others] = await gateway.finals(1);
  assert.ok(final);
  assert.is(others.length, 0);
  const charge = typeof expected === "bigint" ? expected : expected(final);
  assert.is(BigInt(final.charge), charge, `charged ${final.charge} instead of ${charge}`);
  if (answer) assert.is(answer.cost, dollarsNumber(charge));
  const organization = final.organization as OrganizationId;
  const before = await balanceOf(organization);
  await db.transaction((tx) => postGenerations(tx, [final]));
  assert.is(before - (await balanceOf(organization)), charge);
  const [row] = await db.execute<{ charge: string }>(
    sql`select charge from generations where id = ${generationUuid(final.id)}::uuid`,
  );
  assert.is(BigInt(row?.charge ?? -1), charge);
  return final;
}

/** What a request is held against: what somebody without credit is told that it needs. */
async function held(model: string, more: object = {}): Promise<bigint> {
  const answer = await chat(model, more, broke);
  assert.is(answer.status, 402);
  const { error } = (await answer.json()) as { error: { metadata: { required: string } } };
  return parseDollars(error.metadata.required);
}

/** By the counts that it names, at the prices of `small-gateway.ts`. */
const atListPrice = ({ counts }: UsageRecord): bigint =>
  BigInt(counts.input ?? 0) * million + BigInt(counts.output ?? 0) * 2n * million;

async function publish(
  model: string,
  lines: readonly PriceLine[],
  organizationId: OrganizationId | null = null,
): Promise<PriceId> {
  const [endpoint] = await db.execute<{ id: EndpointId }>(
    sql`select id from endpoints where model_id = ${model}`,
  );
  if (!endpoint) throw new Error(`no endpoint serves ${model}`);
  const { id, sequence } = await db.transaction((tx) =>
    publishPrice(tx, {
      endpointId: endpoint.id,
      side: "charge",
      organizationId,
      lines,
      effectiveAt: new Date(),
      publishedBy: "test",
    }),
  );
  await gateway.settled(sequence ?? 0);
  return id;
}

/** An organization with credit and a policy of its own. */
async function under(
  kind: "list_discount" | "cost_plus" | "own_key_fee" | null,
  basisPoints = 0,
  dollars = "10",
) {
  const organizationId = await gateway.organization(dollars);
  const scope = { organizationId, providerId: null, modelId: null };
  const rest = { effectiveAt: new Date(), note: null, publishedBy: "test" };
  if (kind)
    await db.transaction((tx) =>
      setPolicy(tx, { ...scope, kind, basisPoints, ...rest }, new Date()),
    );
  return { organizationId, key: (await gateway.key(organizationId)).key };
}
const bring = async (organizationId: OrganizationId, secret: string) =>
  gateway.settled(
    (
      await db.transaction((tx) =>
        setCredential(
          tx,
          { organizationId, providerId: millId, name: "own", key: secret },
          masterKey,
        ),
      )
    ).sequence,
  );

/** What the provider was asked for last. */
const tierSent = (): string | undefined =>
  (upstream.requests.at(-1)?.body as { service_tier?: string } | undefined)?.service_tier;

const rows: string[] = [];
/** A row of the table in docs/billing.md. */
const row = (name: string, proof: () => Promise<void>): void => {
  rows.push(name);
  test(name, proof);
};
const plainAndStreamed = [{ stream: false }, { stream: true }];

row("a complete answer", async () => {
  for (const stream of plainAndStreamed) {
    const final = await charged(usedCharge, await told(await chat("acme/ok-p100-c50", stream)));
    assert.equal([final.outcome, final.usageSource], ["complete", "reported"]);
  }
});

row("cached, written and reasoning tokens", async () => {
  // 30 + 60 × 0.1 + 10 × 1.25 + 20 × 2 + 30 × 3 millionths of a dollar
  for (const stream of plainAndStreamed) {
    const final = await charged(178_500_000n, await told(await chat("acme/parts", stream)));
    assert.equal(final.counts, {
      input: "30",
      cache_read: "60",
      cache_write_5m: "10",
      output: "20",
      reasoning: "30",
      request: "1",
    });
  }
});

row("fees per request and per picture", async () => {
  await charged(usedCharge + parseDollars("0.005"), await told(await chat("acme/fees")));
  const picture = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
  const messages = [{ role: "user", content: [picture, picture] }];
  const final = await charged(
    usedCharge + parseDollars("0.007"),
    await told(await chat("acme/fees", { messages })),
  );
  assert.is(final.counts.image_input, "2");
});

row("a failed attempt before the answer", async () => {
  for (const stream of plainAndStreamed) {
    const answer = await told(
      await chat("acme/status-500", { models: ["acme/ok-p100-c50"], ...stream }),
    );
    const final = await charged(usedCharge, answer);
    assert.equal(
      final.attempts.map((attempt) => attempt.status),
      [500, 200],
    );
  }
});

row("every attempt failed", async () => {
  for (const stream of plainAndStreamed) {
    assert.is(
      (await chat("acme/status-500", { models: ["acme/status-429"], ...stream })).status,
      429,
    );
    const final = await charged(0n, null);
    assert.equal([final.outcome, final.usageSource, final.cost], ["failed", "none", "0"]);
  }
});

row("no completion and no finish reason", async () => {
  for (const stream of plainAndStreamed) {
    const final = await charged(0n, await told(await chat("acme/nothing", stream)));
    assert.equal(
      [final.outcome, final.counts.input, final.cost],
      ["complete", "9", String(9n * 500_000n)],
    );
  }
});

row("no completion, but a finish reason", async () => {
  for (const stream of plainAndStreamed)
    await charged(9n * million, await told(await chat("acme/empty-completion-c0", stream)));
});

row("a finish reason of error", async () => {
  const final = await charged(0n, await told(await chat("acme/ends-in-error")));
  assert.equal(
    [final.outcome, final.finishReason, final.cost],
    ["broken", "error", String(usedAtHalfPrice)],
  );
  await (await chat("acme/ends-in-error", { stream: true })).rest();
  assert.is((await charged(0n, null)).outcome, "broken");
});

row("a stream that the provider cuts", async () => {
  await (await chat("acme/cut-2", { stream: true })).rest();
  const final = await charged(0n, null);
  assert.equal([final.outcome, final.finishReason], ["broken", "error"]);
});

row("a plain answer that the provider cuts", async () => {
  assert.is((await chat("acme/cut-2")).status, 502);
  assert.is((await charged(0n, null)).outcome, "failed");
});

row("a client that leaves a stream, and the provider stops", async () => {
  const before = upstream.served.length;
  const answer = await chat("acme/slow-20-chunks-200", { stream: true });
  for (let events = 0; events < 5; events++) await answer.next();
  answer.hangUp();
  await upstream.whenServed(before + 1);
  assert.is(upstream.served.at(-1)?.outcome, "aborted");
  const final = await charged(atListPrice, null);
  assert.equal([final.outcome, final.cancelled, final.usageSource], ["hung-up", true, "estimated"]);
  const output = BigInt(final.counts.output ?? 0);
  assert.ok(output > 0n && output < 200n, `${output} tokens`);
});

row("a client that leaves before any content", async () => {
  const gone = new AbortController();
  const asked = upstream.requests.length;
  const answer = ask(`http://127.0.0.1:${port}/api/v1/chat/completions`, {
    body: { model: "acme/wait-300-p100-c50", ...hello, stream: true },
    headers: { authorization: `Bearer ${key}` },
    signal: gone.signal,
  }).catch(() => null);
  await upstream.whenRequested(asked + 1);
  gone.abort();
  await answer;
  const final = await charged(0n, null);
  assert.equal([final.outcome, final.cancelled], ["hung-up", true]);
});

row("a client that leaves a stream, and the provider runs on", async () => {
  const answer = await chat("acme/runs-on", { stream: true });
  await answer.next();
  answer.hangUp("rst");
  const final = await charged(usedCharge, null);
  assert.equal([final.outcome, final.cancelled, final.usageSource], ["hung-up", true, "reported"]);
});

row("a client that leaves before a plain answer", async () => {
  const gone = new AbortController();
  const asked = upstream.requests.length;
  const answer = ask(`http://127.0.0.1:${port}/api/v1/chat/completions`, {
    body: { model: "acme/wait-300-p100-c50", ...hello },
    headers: { authorization: `Bearer ${key}` },
    signal: gone.signal,
  }).catch(() => null);
  await upstream.whenRequested(asked + 1);
  gone.abort();
  await answer;
  const final = await charged(usedCharge, null);
  assert.equal([final.outcome, final.cancelled], ["hung-up", true]);
});

row("an answer without usage", async () => {
  for (const stream of plainAndStreamed) {
    const answer = await told(await chat("acme/no-usage", stream));
    const { counts } = await charged(atListPrice, answer);
    assert.is(counts.output, "6"); // "Hello from the upstream" has 23 characters
  }
  for (const stream of plainAndStreamed) {
    // More came than was allowed: our count is not worth more than what was held.
    const most = await held("acme/no-usage-chunks-2000", { max_tokens: 10, ...stream });
    const answer = await told(
      await chat("acme/no-usage-chunks-2000", { max_tokens: 10, ...stream }),
    );
    const final = await charged(most, answer);
    assert.is(final.usageSource, "estimated");
    assert.ok(atListPrice(final) > most);
  }
});

row("usage that comes twice, or grows", async () => {
  for (const model of ["acme/cumulative", "acme/good-then-bad"]) {
    const final = await charged(usedCharge, await told(await chat(model, { stream: true })));
    assert.equal(
      [final.usageSource, final.counts],
      ["reported", { input: "100", output: "50", request: "1" }],
    );
  }
});

row("usage that cannot be", async () => {
  for (const [at, [name, usage]] of Object.entries(impossible).entries()) {
    for (const stream of plainAndStreamed) {
      const limits = { max_tokens: 500, ...stream };
      const most = await held(`acme/impossible-${at}`, limits);
      const answer = await told(await chat(`acme/impossible-${at}`, limits));
      const final = await charged(atListPrice, answer);
      assert.is(final.usageSource, "estimated", name);
      assert.ok(BigInt(final.charge) > 0n && BigInt(final.charge) <= most, name);
      assert.is(final.counts.output, "2", name); // "Hello" has 5 characters
      assert.equal(final.rawUsage, usage, name);
    }
  }
});

test("whoever reports impossible usage three times in a row is asked after the others (M-8)", async () => {
  const cheapestFirst = { provider: { sort: "price" } };
  const answered: (string | null)[] = [];
  for (let times = 0; times < 4; times++) {
    await told(await chat("acme/two-homes", cheapestFirst));
    answered.push((await gateway.finals(1))[0]?.provider ?? null);
  }
  assert.equal(answered, ["mill", "mill", "mill", "honest"]);
});

row("a fallback to a dearer model", async () => {
  const fallback = { models: ["acme/dear"], max_tokens: 500 };
  const most = await held("acme/status-500", fallback);
  const answer = await told(await chat("acme/status-500", fallback));
  assert.is(answer.model, "acme/dear");
  const final = await charged(usedCharge * 10n, answer);
  assert.equal([final.model, final.requestedModel], ["acme/dear", "acme/status-500"]);
  assert.ok(
    BigInt(final.charge) <= most && most > (await held("acme/status-500", { max_tokens: 500 })),
  );
});

row("a price that changes before the answer is there", async () => {
  const asked = upstream.requests.length;
  const before = chat("acme/repriced", { stream: true });
  await upstream.whenRequested(asked + 1);
  const next = await publish("acme/repriced", [priceLine("input", "7"), priceLine("output", "7")]);
  const first = await charged(usedCharge, await told(await before));
  assert.is.not(first.chargePrice, next);
  const second = await charged(150n * 7n * million, await told(await chat("acme/repriced")));
  assert.is(second.chargePrice, next);
});

row("a meter without a price", async () => {
  const final = await charged(
    100n * million + 30n * 2n * million,
    await told(await chat("acme/audio")),
  );
  assert.equal([final.unpriced, final.counts.audio_output], [["audio_output"], "20"]);
  const [unpriced] = await db.execute<{ meter: string; units: string }>(
    sql`select meter, units from unpriced_usage where endpoint_id = ${final.endpoint}`,
  );
  assert.equal([unpriced?.meter, unpriced?.units], ["audio_output", "20"]);
  const [change] = await db.execute<{ sequence: string }>(
    sql`select max(sequence) as sequence from changes`,
  );
  await gateway.settled(Number(change?.sequence));
  assert.is((await chat("acme/audio")).status, 404);
  await publish("acme/audio", [
    priceLine("input", "1"),
    priceLine("output", "2"),
    priceLine("audio_output", "5"),
  ]);
  const again = await charged(
    100n * million + 30n * 2n * million + 20n * 5n * million,
    await told(await chat("acme/audio")),
  );
  assert.is(again.unpriced, undefined);
});

row("the organization's own credential", async () => {
  const { organizationId, key: theirs } = await under("own_key_fee", 500);
  await bring(organizationId, ownKey);
  const answer = await told(await chat("acme/costly", {}, theirs));
  assert.equal([answer.isByok, answer.upstreamCost], [true, dollarsNumber(usedAtHalfPrice)]);
  const final = await charged(usedCharge / 20n, answer);
  assert.equal([final.ownKey, final.cost], [true, "0"]);
  assert.ok(final.chargePolicy);
  assert.is(upstream.requests.at(-1)?.headers.authorization, `Bearer ${ownKey}`);
});

row("the organization's own credential, without a fee", async () => {
  const { organizationId, key: theirs } = await under(null);
  await bring(organizationId, ownKey);
  for (const stream of plainAndStreamed) {
    const answer = await told(await chat("acme/costly", stream, theirs));
    assert.equal([answer.isByok, answer.upstreamCost], [true, dollarsNumber(usedAtHalfPrice)]);
    assert.equal([(await charged(0n, answer)).ownKey], [true]);
  }
});

row("an own credential that the provider refuses", async () => {
  const { organizationId, key: theirs } = await under("own_key_fee", 500);
  await bring(organizationId, deadKey);
  const answer = await told(await chat("acme/costly", {}, theirs));
  assert.is(answer.isByok, false);
  const final = await charged(usedCharge, answer);
  assert.equal(
    [final.ownKey, final.cost, final.attempts.map((attempt) => attempt.status)],
    [undefined, String(usedAtHalfPrice), [401, 200]],
  );
});

row("an own credential, and no credit", async () => {
  const { organizationId, key: theirs } = await under(null, 0, "0");
  assert.is((await chat("acme/costly", {}, theirs)).status, 402);
  await bring(organizationId, ownKey);
  assert.is((await charged(0n, await told(await chat("acme/costly", {}, theirs)))).ownKey, true);
  // It is not helped out with ours, which it could not pay.
  await bring(organizationId, deadKey);
  assert.is((await chat("acme/costly", {}, theirs)).status, 502);
  assert.is((await charged(0n, null)).attempts.length, 1);
});

row("the service tier that was served", async () => {
  for (const [tier, charge] of [
    ["default", usedCharge],
    ["flex", usedAtHalfPrice],
    ["priority", usedCharge * 3n],
  ] as const) {
    for (const stream of plainAndStreamed) {
      const asked = { service_tier: "auto", max_tokens: 500, ...stream };
      const final = await charged(charge, await told(await chat(`acme/${tier}`, asked)));
      assert.is(final.serviceTier, tier);
      assert.ok(charge <= (await held(`acme/${tier}`, asked)));
    }
  }
});

row("a service tier that nobody has priced", async () => {
  const priority = { service_tier: "priority" };
  await charged(usedCharge, await told(await chat("acme/ok-p100-c50", priority)));
  assert.is(tierSent(), undefined);
  await charged(usedCharge * 3n, await told(await chat("acme/priority", priority)));
  assert.is(tierSent(), "priority");
  // Who asks for less is not given the ordinary tier instead (contract P-12).
  const refused = await chat("acme/ok-p100-c50", { service_tier: "flex" });
  assert.is(refused.status, 404);
  assert.match(await refused.text(), "service_tier flex");
  await charged(usedAtHalfPrice, await told(await chat("acme/flex", { service_tier: "flex" })));
});

row("a price list of the organization's own", async () => {
  const { organizationId, key: theirs } = await under("list_discount", 5_000);
  await publish(
    "acme/ok-p100-c50",
    [priceLine("input", "0.7"), priceLine("output", "0.7")],
    organizationId,
  );
  const final = await charged(
    150n * 700_000n,
    await told(await chat("acme/ok-p100-c50", {}, theirs)),
  );
  assert.is(final.chargePolicy, null);
  await charged(usedCharge, await told(await chat("acme/ok-p100-c50")));
});

row("a margin on our cost", async () => {
  const { key: theirs } = await under("cost_plus", 2_000);
  const final = await charged(
    (usedAtHalfPrice * 12n) / 10n,
    await told(await chat("acme/costly", {}, theirs)),
  );
  assert.ok(final.chargePolicy);
  assert.is(final.cost, String(usedAtHalfPrice));
});

row("a discount on the list", async () => {
  const { key: theirs } = await under("list_discount", 1_000);
  const final = await charged(
    (usedCharge * 9n) / 10n,
    await told(await chat("acme/costly", {}, theirs)),
  );
  assert.ok(final.chargePolicy);
});

row("a prompt at the edge of a price tier, and past it", async () => {
  await charged(200n * million + 10n * 2n * million, await told(await chat("acme/long-200")));
  await charged(201n * 4n * million + 10n * 8n * million, await told(await chat("acme/long-201")));
});

row("the hours of a price, from their first minute to before their last", async () => {
  await charged(usedAtHalfPrice, await told(await chat("acme/in-hours")));
  await charged(usedCharge, await told(await chat("acme/after-hours")));
});

test("the cases of docs/billing.md are these, no more and no less", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/billing.md"), "utf8");
  const [, section = ""] = page.split("\n## Case by case\n");
  const table = (section.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2);
  assert.equal(
    table.map((line) => line.split("|")[1]?.trim()),
    rows,
  );
});

test.run();
