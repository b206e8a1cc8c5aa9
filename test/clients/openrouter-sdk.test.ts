// `@openrouter/sdk`, which holds every answer to its schema (openrouter-api.md 7.4): an event that it does not know arrives as
// UNKNOWN and its text is lost.
import { OpenRouter } from "@openrouter/sdk";
import { tool } from "@openrouter/sdk/lib/tool.js";
import { z } from "zod";
import type {
  ChatResult,
  ChatStreamChunk,
  OpenResponsesResult,
  StreamEvents,
} from "@openrouter/sdk/models";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clientWorld } from "./client-world.ts";

const world = await clientWorld();
const client = new OpenRouter({
  apiKey: world.key,
  serverURL: world.baseUrl,
  retryConfig: { strategy: "none" },
});
const messages = [{ role: "user" as const, content: "Hello" }];
const told: Record<string, string> = {
  "chat/ok": "Hello from the upstream",
  "responses/text": 'Grüß Gott, "world"! 🌍 plain words follow here',
};
const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};

// The client's types do not tell an answer from a stream.
type ChatRequest = Parameters<typeof client.chat.send>[0]["chatRequest"];
type ResponsesRequest = Parameters<typeof client.responses.send>[0]["responsesRequest"];
const wholeChat = async (chatRequest: ChatRequest) =>
  (await client.chat.send({ chatRequest })) as ChatResult;
const chatStream = async (chatRequest: ChatRequest) =>
  (await client.chat.send({
    chatRequest: { ...chatRequest, stream: true },
  })) as AsyncIterable<ChatStreamChunk>;
const wholeResponse = async (responsesRequest: ResponsesRequest) =>
  (await client.responses.send({ responsesRequest })) as OpenResponsesResult;
const responseStream = async (responsesRequest: ResponsesRequest) =>
  (await client.responses.send({
    responsesRequest: { ...responsesRequest, stream: true },
  })) as AsyncIterable<StreamEvents>;

const chat = suite("@openrouter/sdk, chat");
for (const [model, text] of Object.entries(told))
  chat(`${model}: send and stream`, async () => {
    const answer = await wholeChat({ model, messages });
    assert.is(answer.choices[0]?.message.content, text);
    assert.ok((answer.usage?.cost ?? 0) > 0);
    let streamed = "";
    let cost = 0;
    for await (const chunk of await chatStream({ model, messages })) {
      streamed += chunk.choices[0]?.delta.content ?? "";
      cost = chunk.usage?.cost ?? cost;
    }
    assert.is(streamed, text);
    assert.ok(cost > 0);
  });

chat("thoughts keep their details, whole and streamed", async () => {
  const chatRequest = {
    model: "responses/thinking-tools",
    messages,
    reasoning: { effort: "high" as const },
    tools: [{ type: "function" as const, function: { name: "weather", parameters } }],
  };
  const answer = await wholeChat(chatRequest);
  const { message } = answer.choices[0] ?? {};
  assert.is(message?.reasoning, "First part. \n\nSecond part.");
  assert.is(message?.reasoningDetails?.length, 3);
  assert.is(message?.toolCalls?.[0]?.id, "call_1");
  const stream = await chatStream(chatRequest);
  const details: unknown[] = [];
  for await (const chunk of stream)
    details.push(...(chunk.choices[0]?.delta.reasoningDetails ?? []));
  assert.ok(details.length >= 3);
});

const responses = suite("@openrouter/sdk, responses");
for (const [model, text] of Object.entries(told)) {
  responses(`${model}: send`, async () => {
    const answer = await wholeResponse({ model, input: "Hello", metadata: { a: "b" } });
    const [message] = answer.output;
    assert.ok(message?.type === "message");
    const [part] = message.content;
    assert.ok(part?.type === "output_text");
    assert.is(part.text, text);
    assert.ok((answer.usage?.cost ?? 0) > 0);
    assert.is(answer.usage?.costDetails?.upstreamInferenceCost, null);
  });

  responses(`${model}: stream, of which it knows every event`, async () => {
    const { events, text: streamed } = await gather(model);
    assert.is(streamed, text);
    assert.equal([events[0], events.at(-1)], ["response.created", "response.completed"]);
  });
}

for (const model of [
  "chat/tool-call",
  "responses/tools",
  "responses/thinking-tools",
  "responses/search",
  "responses/painter",
  "chat/ok-r2",
  "responses/refusal",
  "responses/cutoff",
  "chat/length",
])
  responses(`${model}: it knows every event`, async () => {
    const { last } = await gather(model);
    assert.ok(last?.type === "response.completed" || last?.type === "response.incomplete");
    assert.ok((last.response.usage?.cost ?? 0) > 0);
    const whole = await wholeResponse(requestOf(model));
    assert.ok(whole.output.length > 0);
  });

for (const model of ["responses/breaks-later", "chat/cut-2"])
  responses(`${model}: a stream that breaks ends with response.failed`, async () => {
    const { last } = await gather(model);
    assert.ok(last?.type === "response.failed");
    assert.is(last.response.error?.code, "server_error");
    assert.ok(last.response.errorType);
  });

responses("a refusal is the error class of its status", async () => {
  for (const [model, name] of [
    ["nobody/nothing", "BadRequestResponseError"],
    ["responses/rate-limited", "TooManyRequestsResponseError"],
  ] as const) {
    const error: unknown = await client.responses
      .send({ responsesRequest: { model, input: "Hello" } })
      .then(
        () => null,
        (thrown: unknown) => thrown,
      );
    assert.is(error instanceof Error ? error.name : error, name);
  }
});

for (const { model, name, text } of [
  { model: "chat/tool-call", name: "get_weather", text: "It is sunny." },
  { model: "responses/tools", name: "weather", text: "It is sunny." },
  { model: "responses/thinking-tools", name: "weather", text: "remembered: sunny" },
])
  responses(`${model}: callModel runs the tool and goes on`, async () => {
    const called: unknown[] = [];
    const result = client.callModel({
      model,
      input: "Hello",
      ...(model.includes("thinking")
        ? {
            reasoning: { effort: "high" as const },
            include: ["reasoning.encrypted_content" as const],
          }
        : {}),
      tools: [
        tool({
          name,
          description: "The weather of a city",
          inputSchema: z.looseObject({ city: z.string().optional() }),
          execute: async (given) => {
            called.push(given);
            return "sunny";
          },
        }),
      ] as const,
    });
    // What a tool returns is sent as JSON.
    assert.is((await result.getText()).replaceAll('"', ""), text);
    assert.is(called.length, 1);
  });

const requestOf = (model: string) => ({
  model,
  input: "Hello",
  reasoning: model.includes("thinking") ? { effort: "high" as const } : undefined,
  include: model.includes("thinking") ? ["reasoning.encrypted_content" as const] : undefined,
  tools:
    model === "responses/search"
      ? [{ type: "web_search" as const }]
      : [{ type: "function" as const, name: "weather", parameters, strict: true }],
});

async function gather(model: string) {
  const stream = await responseStream(requestOf(model));
  const events: string[] = [];
  let text = "";
  let last: StreamEvents | null = null;
  for await (const event of stream) {
    assert.is.not(String(event.type), "UNKNOWN", JSON.stringify(event));
    events.push(event.type);
    if (event.type === "response.output_text.delta") text += event.delta;
    last = event;
  }
  return { events, text, last };
}

responses.after(() => world.close());
chat.run();
responses.run();
