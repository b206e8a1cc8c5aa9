// One chat request, end to end, as the clients that people use send it.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { OpenRouter } from "@openrouter/sdk";
import { generateText, jsonSchema, streamText, tool } from "ai";
import OpenAI from "openai";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ask, type ClientAnswer, type ClientEvent } from "#test/doubles/client.ts";
import { formatDollars } from "#schema/money/amount.ts";
import { played, rates, startInstallation, type StoryModel, untilPosted } from "./installation.ts";

const both = (acme: string, backup: string): StoryModel => ({
  id: `both/${acme}`,
  endpoints: [
    { provider: "acme", upstreamModel: acme },
    { provider: "backup", upstreamModel: backup },
  ],
});
const fallbacks = ["status-500", "status-429-retry-7", "reset", "hang", "error-first", "html"];

const installation = await startInstallation({
  models: [
    played("ok-p11-c7"),
    played("tool-call-p20-c12"),
    played("cut-3"),
    played("status-503"),
    ...fallbacks.map((script) => both(script, `ok-p6-c${script.length}`)),
  ],
});
const { origin, inferenceKey, chat, acme, backup } = installation;
const base = `${origin}/api/v1`;
const model = "acme/ok-p11-c7";
const cost = Number(formatDollars(11n * rates.input + 7n * rates.output));
const text = "Hello from the upstream";
const messages = [{ role: "user" as const, content: "hi" }];
const generationId = /^gen-\d+-[\w-]{22}$/;
const weather = {
  name: "get_weather",
  description: "The weather of a city",
  parameters: {
    type: "object" as const,
    properties: { city: { type: "string" as const } },
    required: ["city"],
  },
};

const openai = suite("openai");
const openaiClient = new OpenAI({ apiKey: inferenceKey, baseURL: base, maxRetries: 0 });

openai("a plain answer has text, usage with its cost, id, model and provider", async () => {
  const answer = await openaiClient.chat.completions.create({ model, messages });
  assert.is(answer.choices[0]?.message.content, text);
  assert.is(answer.choices[0]?.finish_reason, "stop");
  assert.match(answer.id, generationId);
  assert.is(answer.model, model);
  const { usage, provider } = answer as unknown as Answer;
  assert.is(provider, "Acme");
  assert.is(usage.prompt_tokens, 11);
  assert.is(usage.completion_tokens, 7);
  assert.is(usage.cost, cost);
});

openai("a streamed answer has the same, with one id in every chunk", async () => {
  const stream = await openaiClient.chat.completions.create({ model, messages, stream: true });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  assert.is(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), text);
  assert.is(new Set(chunks.map(({ id }) => id)).size, 1);
  assert.match(chunks[0]?.id ?? "", generationId);
  const last = chunks.at(-1) as unknown as Answer;
  assert.is(last.usage.cost, cost);
  assert.is(last.usage.total_tokens, 18);
  assert.is(chunks.filter(({ usage }) => usage).length, 1);
});

openai("a tool call is streamed in parts that make up its arguments", async () => {
  const stream = await openaiClient.chat.completions.create({
    model: "acme/tool-call-p20-c12",
    messages,
    stream: true,
    tools: [{ type: "function", function: weather }],
  });
  let name = "";
  let json = "";
  let finish: string | null = null;
  for await (const { choices } of stream) {
    for (const call of choices[0]?.delta.tool_calls ?? []) {
      name += call.function?.name ?? "";
      json += call.function?.arguments ?? "";
    }
    finish = choices[0]?.finish_reason ?? finish;
  }
  assert.is(name, "get_weather");
  assert.equal(JSON.parse(json), { city: "Paris" });
  assert.is(finish, "tool_calls");
});

openai(
  "a failure is the client's own kind of error, with its status, after one more try",
  async () => {
    const asked = acme.requests.length;
    await openaiClient.chat.completions.create({ model: "acme/status-503", messages }).then(
      () => assert.unreachable(),
      (error: unknown) => {
        assert.instance(error, OpenAI.APIError);
        assert.is((error as InstanceType<typeof OpenAI.APIError>).status, 503);
      },
    );
    assert.is(acme.requests.length, asked + 2); // nobody else was left to ask
  },
);

const aiSdk = suite("ai sdk");
const aiModel = (id: string) =>
  createOpenAICompatible({ name: "turnpike", baseURL: base, apiKey: inferenceKey })(id);

aiSdk("generateText has text and usage", async () => {
  const answer = await generateText({ model: aiModel(model), prompt: "hi", maxRetries: 0 });
  assert.is(answer.text, text);
  assert.is(answer.usage.inputTokens, 11);
  assert.is(answer.usage.outputTokens, 7);
  assert.is(answer.finishReason, "stop");
});

aiSdk("streamText has text, usage and a finish reason", async () => {
  const answer = streamText({ model: aiModel(model), prompt: "hi", maxRetries: 0 });
  let streamed = "";
  for await (const part of answer.textStream) streamed += part;
  assert.is(streamed, text);
  assert.is(await answer.finishReason, "stop");
  assert.is((await answer.usage).totalTokens, 18);
});

aiSdk("a streamed tool call is parsed", async () => {
  const answer = streamText({
    model: aiModel("acme/tool-call-p20-c12"),
    prompt: "hi",
    maxRetries: 0,
    tools: { get_weather: tool({ inputSchema: jsonSchema<{ city: string }>(weather.parameters) }) },
  });
  await answer.consumeStream();
  const [call] = await answer.toolCalls;
  assert.is(call?.toolName, "get_weather");
  assert.equal(call?.input, { city: "Paris" });
});

// It refuses every answer that is not exactly as its schema says.
const openRouter = suite("@openrouter/sdk");
const openRouterClient = new OpenRouter({
  apiKey: inferenceKey,
  serverURL: base,
  retryConfig: { strategy: "none" },
});

openRouter("a plain answer is valid, and has its cost", async () => {
  const answer = await openRouterClient.chat.send({ chatRequest: { model, messages } });
  if (!("choices" in answer)) throw new Error("expected a whole answer");
  assert.is(answer.choices[0]?.message.content, text);
  assert.is(answer.usage?.cost, cost);
});

openRouter("every chunk of a streamed answer is valid, and the last has its cost", async () => {
  const answer = await openRouterClient.chat.send({
    chatRequest: { model, messages, stream: true },
  });
  if ("choices" in answer) throw new Error("expected a stream");
  let streamed = "";
  const costs: (number | null | undefined)[] = [];
  for await (const chunk of answer) {
    streamed += chunk.choices[0]?.delta.content ?? "";
    if (chunk.usage) costs.push(chunk.usage.cost);
  }
  assert.is(streamed, text);
  assert.equal(costs, [cost]);
});

openRouter("a stream that breaks is told in a valid chunk", async () => {
  const answer = await openRouterClient.chat.send({
    chatRequest: { model: "acme/cut-3", messages, stream: true },
  });
  if ("choices" in answer) throw new Error("expected a stream");
  const errors = [];
  for await (const chunk of answer) if (chunk.error) errors.push(chunk.error);
  assert.is(errors.length, 1);
  assert.is(errors[0]?.code, 502);
  assert.is(errors[0]?.metadata?.errorType, "provider_unavailable");
});

openRouter("the generation of an answer is valid and has its cost", async () => {
  const answer = await openRouterClient.chat.send({ chatRequest: { model, messages } });
  if (!("choices" in answer)) throw new Error("expected a whole answer");
  const { data } = await openRouterClient.generations.getGeneration({ id: answer.id });
  assert.is(data.id, answer.id);
  assert.is(data.totalCost, cost);
  assert.is(data.model, model);
});

const wire = suite("wire");

for (const path of ["/api/v1", "/v1"]) {
  wire(`${path} answers, and names the generation in a header`, async () => {
    const answer = await fetch(`${origin}${path}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${inferenceKey}`, "content-type": "application/json" },
      body: JSON.stringify({ model, messages }),
    });
    const body = (await answer.json()) as Answer;
    assert.is(answer.status, 200);
    assert.is(answer.headers.get("x-generation-id"), body.id);
    assert.is(body.choices[0]?.message.content, text);
  });
}

wire("a failure of the provider names its generation in a header, and costs nothing", async () => {
  const answer = await chat("acme/status-503");
  assert.is(answer.status, 503);
  const { error } = (await answer.json()) as Broken;
  assert.is(error.code, 503);
  assert.is(error.metadata["provider_name"], "Acme");
  const { data } = await generationOf(answer);
  assert.is(data.total_cost, 0);
});

for (const stream of [false, true]) {
  wire(
    `GET /generation right after ${stream ? "a streamed" : "a plain"} answer has it`,
    async () => {
      for (let at = 0; at < 50; at += 1) {
        const answer = await chat(model, { stream });
        await answer.text();
        const { data } = await generationOf(answer);
        assert.is(data.total_cost, cost);
        assert.is(data.streamed, stream);
      }
    },
  );
}

wire("a stream ends with one usage chunk and [DONE]", async () => {
  const answer = await chat(model, { stream: true });
  assert.is(answer.headers["content-type"], "text/event-stream; charset=utf-8");
  const events = dataOf(await answer.rest());
  assert.is(events.at(-1), "[DONE]");
  assert.is(events.filter((event) => event.includes('"usage"')).length, 1);
  assert.is(answer.ending(), "clean");
});

wire("a stream that the provider cuts says so in one last event, without [DONE]", async () => {
  const answer = await chat("acme/cut-3", { stream: true });
  const events = dataOf(await answer.rest());
  const last = JSON.parse(events.at(-1) ?? "") as Broken & Answer;
  assert.is(last.error.code, 502);
  assert.is(last.error.metadata["error_type"], "provider_unavailable");
  assert.is(last.choices[0]?.finish_reason, "error");
  assert.is(last.id, answer.headers["x-generation-id"]);
  assert.is(events.filter((event) => event.includes('"content":"Hello"')).length, 1);
  const { data } = await generationOf(answer);
  assert.is(data.total_cost, 0);
  assert.is(data.finish_reason, "error");
});

const fallback = suite("fallback");
for (const script of fallbacks) {
  for (const stream of [false, true]) {
    fallback(
      `${script}, ${stream ? "streamed" : "plain"}: the next provider answers, and is charged`,
      async () => {
        const asked = backup.requests.length;
        const answer = await chat(`both/${script}`, { stream, provider: { order: ["acme"] } });
        const said = await answer.text();
        assert.is(answer.status, 200, said);
        assert.match(said, '"provider":"Backup"');
        assert.not.match(said, '"error":');
        assert.is(backup.requests.length, asked + 1);
        const { data } = await generationOf(answer);
        assert.is(data.provider_name, "Backup");
        assert.is(
          data.total_cost,
          Number(formatDollars(6n * rates.input + BigInt(script.length) * rates.output)),
        );
      },
    );
  }
}

const spend = suite("spend");
spend.after(() => installation.close()); // the last to run

spend("GraphQL's total is the sum of the generations, and the credit used", async () => {
  // Every request asked it first. The two that nobody could answer did so a second time, unless it was known to struggle.
  const failed = acme.requests.filter(
    ({ body }) => (body as { model: string }).model === "status-503",
  );
  await untilPosted(installation, acme.requests.length - failed.length + 2);
  const [row] = await installation.sql<{ charge: string; count: number }[]>`
    select sum(charge) as charge, count(*)::int as count from generations`;
  const now = Date.now();
  const [from, to] = [now - 3_600_000, now + 3_600_000].map((at) => new Date(at).toISOString());
  const { spend: report } = (await installation.question(
    `{ spend(from: "${from}", to: "${to}") { total requests } }`,
  )) as { spend: { total: string; requests: number } };
  assert.is(report.total, formatDollars(BigInt(row?.charge ?? 0)));
  assert.is(report.requests, row?.count);
  assert.is((await installation.admin.credits.get.query({})).used, report.total);
});

type Answer = {
  id: string;
  provider: string;
  choices: { message: { content: string }; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number; cost: number };
};
type Broken = { error: { code: number; message: string; metadata: Record<string, unknown> } };
type Told = {
  data: { total_cost: number; streamed: boolean; provider_name: string; finish_reason: string };
};

/** Asked once, at once. @throws when it is not there. */
async function generationOf(answer: ClientAnswer): Promise<Told> {
  const id = String(answer.headers["x-generation-id"]);
  const told = await ask(`${base}/generation?id=${id}`, {
    headers: { authorization: `Bearer ${inferenceKey}` },
  });
  if (told.status !== 200) throw new Error(`${id}: ${told.status} ${await told.text()}`);
  return (await told.json()) as Told;
}

const dataOf = (events: readonly ClientEvent[]): string[] =>
  events.flatMap((event) => (event.kind === "data" ? [event.data] : []));

openai.run();
aiSdk.run();
openRouter.run();
wire.run();
fallback.run();
spend.run();
