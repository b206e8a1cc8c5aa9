// `ai` with OpenRouter's own provider for it, as people use them.
import { createOpenRouter } from "@openrouter/ai-sdk-provider";
import {
  APICallError,
  generateObject,
  generateText,
  jsonSchema,
  stepCountIs,
  streamText,
  tool,
} from "ai";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clientWorld } from "./client-world.ts";

const world = await clientWorld();
const openrouter = createOpenRouter({
  apiKey: world.key,
  baseURL: world.baseUrl,
  compatibility: "strict",
});
const prompt = "Hello";
const maxRetries = 0;
const told: Record<string, string> = {
  "chat/ok": "Hello from the upstream",
  "responses/text": 'Grüß Gott, "world"! 🌍 plain words follow here',
};
const test = suite("ai with @openrouter/ai-sdk-provider");

for (const [model, text] of Object.entries(told)) {
  test(`${model}: generateText`, async () => {
    const answer = await generateText({ model: openrouter(model), prompt, maxRetries });
    assert.is(answer.text, text);
    assert.is(answer.finishReason, "stop");
    assert.ok((answer.usage.totalTokens ?? 0) > 0);
    const billed = answer.providerMetadata?.["openrouter"] as
      | { usage: { cost: number } }
      | undefined;
    assert.ok(billed && billed.usage.cost > 0);
  });

  test(`${model}: streamText`, async () => {
    const answer = streamText({ model: openrouter(model), prompt, maxRetries });
    let streamed = "";
    for await (const delta of answer.textStream) streamed += delta;
    assert.is(streamed, text);
    assert.is(await answer.finishReason, "stop");
  });

  // Called by itself: `ai` 7 asks it for a tool choice that it does not know.
  test(`${model}: the legacy completion model`, async () => {
    const legacy = openrouter.completion(model);
    const asked = {
      prompt: [{ role: "user" as const, content: [{ type: "text" as const, text: prompt }] }],
    };
    const { content } = await legacy.doGenerate(asked);
    assert.equal(content, [{ type: "text", text }]);
    let streamed = "";
    for await (const part of (await legacy.doStream(asked)).stream)
      if (part.type === "text-delta") streamed += part.delta;
    assert.is(streamed, text);
  });
}

test("generateObject parses what a schema held to", async () => {
  const { object } = await generateObject({
    model: openrouter("responses/json"),
    prompt,
    maxRetries,
    schema: jsonSchema<{ answer: number }>({
      type: "object",
      properties: { answer: { type: "number" } },
      required: ["answer"],
      additionalProperties: false,
    }),
  });
  assert.equal(object, { answer: 42 });
});

for (const { model, name, text } of [
  { model: "chat/tool-call", name: "get_weather", text: "It is sunny." },
  { model: "responses/tools", name: "weather", text: "It is sunny." },
  { model: "responses/parallel", name: "weather", text: "They are sunny,sunny." },
  { model: "responses/thinking-tools", name: "weather", text: "remembered: sunny" },
]) {
  const asked = {
    model: openrouter(model, { reasoning: { effort: "high" } }),
    prompt,
    maxRetries,
    stopWhen: stepCountIs(3),
    tools: {
      [name]: tool({
        description: "The weather of a city",
        inputSchema: jsonSchema<{ city: string }>({
          type: "object",
          properties: { city: { type: "string" } },
          required: ["city"],
        }),
        execute: async () => "sunny",
      }),
    },
  };
  test(`${model}: tools in two steps, whole`, async () => {
    const answer = await generateText(asked);
    assert.is(answer.steps.length, 2);
    assert.is(answer.text, text);
  });
  test(`${model}: tools in two steps, streamed`, async () => {
    const answer = streamText(asked);
    assert.is(await answer.text, text);
    assert.is((await answer.steps).length, 2);
  });
}

test("thoughts are reasoning parts", async () => {
  const answer = await generateText({
    model: openrouter("responses/thinking-tools", { reasoning: { effort: "high" } }),
    prompt,
    maxRetries,
  });
  assert.ok(answer.reasoningText?.includes("First part."));
});

test("a refusal is an APICallError with its status, a broken stream an error part", async () => {
  const error: unknown = await generateText({
    model: openrouter("responses/rate-limited"),
    prompt,
    maxRetries,
  }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  assert.ok(APICallError.isInstance(error) && error.statusCode === 429, String(error));
  for (const model of ["responses/breaks-later", "chat/cut-2"]) {
    const parts: string[] = [];
    const answer = streamText({ model: openrouter(model), prompt, maxRetries, onError: () => {} });
    for await (const part of answer.fullStream) parts.push(part.type);
    assert.ok(parts.includes("error"), parts.join(" "));
  }
});

test.after(() => world.close());
test.run();
