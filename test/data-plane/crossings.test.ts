// The table: how a client speaks × how its model's provider is spoken to. Every cell through one running gateway, before
// strict doubles that slice their streams at random, and read by the clients' own packages.
//
//   CROSSING="Responses × vertex" node test/run.ts test/data-plane/crossings     one row
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import type { Counts } from "#schema/meters.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import { picodollars } from "#schema/money/amount.ts";
import type { PriceLine } from "#schema/money/price.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import { ask } from "#test/doubles/client.ts";
import type { StrictServer } from "#test/doubles/strict-server.ts";
import { chatClient } from "./crossings/chat-client.ts";
import { completionsClient } from "./crossings/completions-client.ts";
import type { Answer, DialectClient, Question, Tool, Turn } from "./crossings/dialect-client.ts";
import { messagesClient } from "./crossings/messages-client.ts";
import { played, type Played, type Thinker } from "./crossings/protocols.ts";
import { responsesClient } from "./crossings/responses-client.ts";
import { priceLine, smallGateway } from "./small-gateway.ts";

const test = suite("crossings");
const clients = [chatClient, responsesClient, messagesClient, completionsClient];
const only = process.env["CROSSING"];

const cells = [
  "text",
  "stream",
  "tools",
  "reasoning",
  "schema",
  "picture",
  "filtered",
  "usage",
  "error",
] as const;
type Cell = (typeof cells)[number];

const completions = "platform.openai.com/docs/api-reference/completions/create";
/** What a dialect has no word for, whoever serves it; with where that stands. */
const absent: Readonly<Record<string, Partial<Record<Cell, string>>>> = {
  [completionsClient.name]: {
    tools: `${completions} has no tools`,
    reasoning: `${completions} has no thoughts; OpenRouter's \`reasoning\` of a choice is not sent back`,
    schema: `${completions} has no response_format`,
    picture: `${completions}: a prompt is text`,
  },
};

/** Dollars per million; every meter of its own, so that a token in the wrong one shows in the charge. */
const perMillion = {
  input: "1",
  cache_read: "0.1",
  cache_write_5m: "1.25",
  cache_write_1h: "2",
  output: "4",
  reasoning: "5",
} as const;
const prices: PriceLine[] = [
  priceLine("input", perMillion.input),
  priceLine("cache_read", perMillion.cache_read),
  priceLine("cache_write_5m", perMillion.cache_write_5m),
  priceLine("cache_write_1h", perMillion.cache_write_1h),
  priceLine("output", perMillion.output),
  priceLine("reasoning", perMillion.reasoning),
];
const chargeOf = (counts: Counts): bigint =>
  prices.reduce((total, { meter, perUnit }) => total + (counts[meter] ?? 0n) * perUnit, 0n);

const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
};
const toolsNamed = (...names: string[]): Tool[] =>
  [...new Set(names)].map((name) => ({ name, description: `looks up ${name}`, parameters }));
const supported =
  "max_tokens tools reasoning include_reasoning response_format structured_outputs".split(" ");
const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const question: Turn = { kind: "user", text: "What is the weather?" };

const gateway = await smallGateway(undefined, { environment: { GATEWAY_NAME: "gateway-1" } });
const doubles = new Map<string, StrictServer>();

for (const { conformance } of played) {
  const { protocol, start, basePath, key, flags = {} } = conformance;
  const double = await start();
  doubles.set(protocol, double);
  await gateway.provider(protocol, double.origin + basePath, {
    protocol,
    key,
    flags: { firstContentTimeoutMs: 10_000, ...flags },
  });
}
const modelOf = (protocol: string, upstreamModel: string): string =>
  `${protocol}/${upstreamModel.toLowerCase().replaceAll(/[^a-z0-9._-]/g, "-")}`;
await gateway.db.transaction(async (tx) => {
  for (const one of played) {
    const { protocol } = one.conformance;
    const names = [
      ...[one.text, one.tools, one.parallel, one.usage, one.schema, ...one.thinkers].map(
        ({ model: name }) => name,
      ),
      ...("model" in one.filtered ? [one.filtered.model] : []),
    ];
    const others = [one.seeing, one.limited, one.overflowing, one.cut];
    for (const upstreamModel of new Set([...names, ...others])) {
      const id = modelOf(protocol, upstreamModel);
      await putModel(tx, {
        id,
        name: id,
        contextLength: 200_000,
        maxOutputTokens: 8_192,
        inputModalities: ["text", "image"],
        outputModalities: ["text"],
        supportedParameters: supported,
      });
      const { id: endpointId } = await putEndpoint(tx, {
        modelId: id,
        providerId: gateway.providerId(protocol),
        upstreamModel,
        cancellable: true,
        flags: one.thinkers.find(({ model: name }) => name === upstreamModel)?.flags,
      });
      await publishPrice(tx, {
        endpointId,
        side: "charge",
        lines: prices,
        effectiveAt: new Date(Date.now() - 1_000),
        publishedBy: "test",
      });
    }
  }
});
const { key } = await gateway.key(await gateway.organization("1000"));

type Reply = { status: number; id: string; body: string };

async function send(client: DialectClient, asked: Question): Promise<Reply> {
  const answer = await ask(`http://127.0.0.1:${gateway.port}${client.path}`, {
    body: client.body(asked),
    headers: { authorization: `Bearer ${key}` },
  });
  return {
    status: answer.status,
    id: String(answer.headers["x-generation-id"] ?? ""),
    body: await answer.text(),
  };
}

async function answered(
  client: DialectClient,
  asked: Question,
): Promise<{ answer: Answer; id: string }> {
  const { status, id, body } = await send(client, asked);
  assert.is(status, 200, body);
  try {
    const answer = asked.stream ? await client.stream(body, asked) : client.whole(body, asked);
    return { answer, id };
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : "?"} in:\n${body}`, { cause });
  }
}

const records = new Map<string, UsageRecord>();
async function settledAs(id: string): Promise<UsageRecord> {
  for (let tries = 0; tries < 200; tries++) {
    const record = records.get(id);
    if (record) return record;
    for (const one of await gateway.finals(0)) records.set(one.id, one);
    if (!records.has(id)) await sleep(20);
  }
  throw new Error(`${id} was never settled`);
}

type Crossing = { client: DialectClient; one: Played; double: StrictServer };
const model = ({ one }: Crossing, upstreamModel: string): string =>
  modelOf(one.conformance.protocol, upstreamModel);

const proofs: Record<Cell, (crossing: Crossing) => Promise<void>> = {
  text: (crossing) => textOf(crossing, false),
  stream: (crossing) => textOf(crossing, true),

  async tools(crossing) {
    const { client, one } = crossing;
    const { name, input, answered: pattern } = one.tools;
    const asked = { model: model(crossing, one.tools.model), tools: toolsNamed(name) };
    for (const stream of [true, false]) {
      const first = await answered(client, { ...asked, turns: [question], stream });
      const [call, ...others] = first.answer.calls;
      assert.is(others.length, 0);
      assert.equal({ name: call?.name, input: call?.input }, { name, input });
      assert.is(first.answer.finish, "tools");
      const results = [{ id: call?.id ?? "", text: "sunny" }];
      const second = await answered(client, {
        ...asked,
        turns: [question, { kind: "answer", answer: first.answer }, { kind: "results", results }],
        stream: !stream,
      });
      assert.match(second.answer.text, pattern);
      assert.is(second.answer.finish, "stop");
    }
    for (const stream of [true, false]) {
      const { answer } = await answered(client, {
        model: model(crossing, one.parallel.model),
        tools: toolsNamed(...one.parallel.names),
        turns: [question],
        stream,
      });
      assert.equal(
        answer.calls.slice(0, 2).map((call) => call.name),
        one.parallel.names,
      );
      assert.is(new Set(answer.calls.map(({ id }) => id)).size, answer.calls.length);
    }
  },

  async reasoning(crossing) {
    for (const thinker of crossing.one.thinkers)
      for (const stream of [true, false]) {
        await remembers(crossing, thinker, stream);
        await keepsQuiet(crossing, thinker, stream);
      }
  },

  async schema(crossing) {
    const { client, one } = crossing;
    for (const stream of [true, false]) {
      const { answer } = await answered(client, {
        model: model(crossing, one.schema.model),
        turns: [question],
        schema: schemaFor(crossing),
        stream,
      });
      assert.equal(JSON.parse(answer.text), one.schema.value);
      assert.equal([answer.finish, answer.calls], ["stop", []]);
    }
  },

  async picture(crossing) {
    const { client, one, double } = crossing;
    await answered(client, {
      model: model(crossing, one.seeing),
      turns: [{ kind: "user", text: "What is this?", picture: png }],
      stream: true,
    });
    assert.ok(JSON.stringify(double.requests.at(-1)?.body).includes(png));
  },

  async filtered(crossing) {
    const { client, one } = crossing;
    if (!("model" in one.filtered)) return;
    for (const stream of [true, false]) {
      const { answer } = await answered(client, {
        model: model(crossing, one.filtered.model),
        turns: [question],
        stream,
      });
      assert.is(answer.finish, "filtered");
      assert.ok(answer.text.length > 0);
    }
  },

  async usage(crossing) {
    const { client, one } = crossing;
    const marks = one.usage.marked === true && client !== completionsClient;
    const counts = marks ? one.usage.counts : (one.usage.unmarked ?? one.usage.counts);
    const charge = chargeOf(counts);
    for (const stream of [true, false]) {
      const { answer, id } = await answered(client, {
        model: model(crossing, one.usage.model),
        turns: [{ kind: "user", text: "Hello", ...(marks ? { cached: true } : {}) }],
        stream,
      });
      const record = await settledAs(id);
      assert.equal(
        Object.fromEntries(
          Object.entries(record.counts).map(([meter, count]) => [meter, BigInt(count ?? 0)]),
        ),
        counts,
      );
      assert.is(BigInt(record.charge), charge);
      assert.is(record.usageSource, "reported");
      assert.equal(answer.told, {
        input: Number(counts.input ?? 0n),
        cacheRead: Number(counts.cache_read ?? 0n),
        cacheWrite: Number((counts.cache_write_5m ?? 0n) + (counts.cache_write_1h ?? 0n)),
        output: Number(counts.output ?? 0n),
        reasoning: Number(counts.reasoning ?? 0n),
        cost: dollarsNumber(picodollars(charge)),
      });
    }
  },

  async error(crossing) {
    const { client, one } = crossing;
    for (const stream of [false, true]) {
      const asking = (upstreamModel: string): Question => ({
        model: model(crossing, upstreamModel),
        turns: [question],
        stream,
      });
      const limited = await send(client, asking(one.limited));
      assert.is(limited.status, 429, limited.body);
      const limit = await client.refusal(429, limited.body, asking(one.limited));
      assert.equal(
        { kind: limit.kind, errorType: limit.errorType },
        { kind: "rate limit", errorType: "rate_limit_exceeded" },
      );
      const long = await send(client, asking(one.overflowing));
      assert.is(long.status, 400, long.body);
      const overflow = await client.refusal(400, long.body, asking(one.overflowing));
      assert.equal(
        { kind: overflow.kind, errorType: overflow.errorType },
        { kind: "bad request", errorType: "context_length_exceeded" },
      );
      assert.is((await settledAs(limited.id)).charge, 0n.toString());
      assert.is((await settledAs(long.id)).charge, 0n.toString());
    }
    const asked = { model: model(crossing, one.cut), turns: [question], stream: true };
    const cut = await send(client, asked);
    assert.is(cut.status, 200, cut.body);
    const broken = await client.broken(cut.body, asked);
    assert.is(broken.errorType, "provider_unavailable");
    assert.ok(broken.message.length > 10);
    const settled = await settledAs(cut.id);
    assert.equal([settled.outcome, settled.usageSource], ["broken", "estimated"]);
  },
};

/** With words that Anthropic refuses; where its own client asks it, nothing is rewritten, so there it is as it has to be. */
const schemaFor = ({ client, one }: Crossing): object => ({
  type: "object",
  required: ["name", "age"],
  ...(client === messagesClient && one.conformance.protocol === "anthropic-messages"
    ? {
        properties: { name: { type: "string" }, age: { type: "integer" } },
        additionalProperties: false,
      }
    : { properties: { name: { type: "string", minLength: 1 }, age: { type: "integer" } } }),
});

async function textOf(crossing: Crossing, stream: boolean): Promise<void> {
  const { client, one } = crossing;
  const { answer, id } = await answered(client, {
    model: model(crossing, one.text.model),
    turns: [question],
    stream,
  });
  assert.is(answer.text, one.text.said);
  assert.is(answer.finish, "stop");
  assert.equal(answer.calls, []);
  assert.is((await settledAs(id)).outcome, "complete");
}

async function remembers(
  crossing: Crossing,
  { model: upstreamModel, thought, tool, remembered }: Thinker,
  stream: boolean,
): Promise<void> {
  const { client, double } = crossing;
  const asked = {
    model: model(crossing, upstreamModel),
    thinks: true,
    ...(tool === null ? {} : { tools: toolsNamed(tool) }),
  };
  const first = await answered(client, { ...asked, turns: [question], stream });
  assert.ok(first.answer.thoughts.includes(thought), first.answer.thoughts);
  const next: Turn =
    tool === null
      ? { kind: "user", text: "And then?" }
      : {
          kind: "results",
          results: first.answer.calls.map(({ id }) => ({ id, text: "sunny" })),
        };
  const second = await answered(client, {
    ...asked,
    turns: [question, { kind: "answer", answer: first.answer }, next],
    stream: !stream,
  });
  const request = JSON.stringify(double.requests.at(-1)?.body);
  assert.ok(
    remembered(second.answer.text, request),
    `${second.answer.text}\nsent back: ${JSON.stringify(first.answer.said)}\nasked: ${request}`,
  );
}

/** Thoughts that the client does not want to see are not shown, and what is left of them takes no harm on its way back. */
async function keepsQuiet(
  crossing: Crossing,
  { model: upstreamModel, tool }: Thinker,
  stream: boolean,
): Promise<void> {
  const { client } = crossing;
  const asked = {
    model: model(crossing, upstreamModel),
    thinks: "hidden" as const,
    ...(tool === null ? {} : { tools: toolsNamed(tool) }),
  };
  const first = await answered(client, { ...asked, turns: [question], stream });
  assert.is(first.answer.thoughts, "");
  assert.is(first.answer.finish, tool === null ? "stop" : "tools");
  const turns: Turn[] = [
    question,
    { kind: "answer", answer: first.answer },
    tool === null
      ? { kind: "user", text: "And then?" }
      : { kind: "results", results: first.answer.calls.map(({ id }) => ({ id, text: "sunny" })) },
  ];
  const second = await answered(client, { ...asked, turns, stream: !stream });
  assert.is(second.answer.thoughts, "");
  assert.is(second.answer.finish, "stop");
}

type Row = { client: string; protocol: string; marks: string[] };
const rows: Row[] = [];
for (const client of clients)
  for (const one of played) {
    const { protocol } = one.conformance;
    const name = `${client.name} × ${protocol}`;
    if (only !== undefined && !name.includes(only)) continue;
    const double = doubles.get(protocol);
    if (!double) throw new Error(`no double of ${protocol}`);
    const row: Row = { client: client.name, protocol, marks: [] };
    rows.push(row);
    for (const [place, cell] of cells.entries()) {
      const reason =
        absent[client.name]?.[cell] ??
        (cell === "filtered" && "absent" in one.filtered ? one.filtered.absent : undefined);
      row.marks[place] = reason === undefined ? "✗" : "–";
      if (reason === undefined)
        test(`${name}, ${cell}`, async () => {
          await proofs[cell]({ client, one, double });
          row.marks[place] = "✓";
        });
    }
  }

test("the documentation's table is what was proved", () => {
  if (only !== undefined) return;
  const page = readFileSync(join(import.meta.dirname, "../../docs/clients.md"), "utf8");
  const told = page
    .split("\n")
    .filter((line) => clients.some(({ name }) => line.startsWith(`| ${name} | \``)))
    .map((line) => line.replaceAll(/ +/g, " "));
  assert.equal(
    told,
    rows.map(
      ({ client, protocol, marks }) => `| ${client} | \`${protocol}\` | ${marks.join(" | ")} |`,
    ),
  );
});

test.after(async () => {
  await gateway.close();
  await Promise.all([...doubles.values()].map((double) => double.close())); // an open server keeps the process from ending
  const width = Math.max(
    ...rows.map(({ client, protocol }) => client.length + protocol.length + 3),
  );
  console.log(`\n${" ".repeat(width)}  ${cells.map((cell) => cell.padEnd(9)).join(" ")}`);
  for (const { client, protocol, marks } of rows)
    console.log(
      `${`${client} × ${protocol}`.padEnd(width)}  ${marks.map((mark) => mark.padEnd(9)).join(" ")}`,
    );
});

test.run();
