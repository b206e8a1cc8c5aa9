// The cells of `openai-chat` and `azure-openai`, before the strict double of OpenAI's and Azure's chat completions.
import * as assert from "uvu/assert";
import { azureKey, openaiKey, startAzureApi, startOpenaiApi } from "#test/doubles/openai-api.ts";
import type { Cell, ChatAnswer, Conformance, Proof } from "./conformance.ts";

const user = (content: unknown) => ({ role: "user", content });
const hello = { messages: [user("Hello")] };
const tools = [
  {
    type: "function",
    function: {
      name: "weather",
      description: "The weather of a city",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  },
];
const said = 'Grüß Gott, "world"! 🌍 plain words follow here';

type Message = {
  content: string | null;
  refusal?: string | null;
  reasoning?: string | null;
  reasoning_details?: Record<string, unknown>[];
  tool_calls?: { id: string; type: string; function: { name: string; arguments: string } }[];
};
const choiceOf = ({ body }: ChatAnswer) => {
  const [choice] = (body["choices"] ?? []) as { message: Message; finish_reason: string }[];
  assert.ok(choice, JSON.stringify(body));
  return choice;
};

const cells: Record<Cell, Proof> = {
  text: {
    sentence: "a plain answer is the message's text, and what it used is billed",
    async prove({ chat, billed }) {
      const answer = await chat("text", hello);
      assert.is(choiceOf(answer).message.content, said);
      assert.is(choiceOf(answer).finish_reason, "stop");
      const { counts, charge } = await billed(answer);
      assert.equal(counts, { input: 20n, output: 10n, request: 1n });
      assert.is(charge, 20n * 1_000_000n + 10n * 4_000_000n);
      // A model that thinks knows another name of the limit only, and no empty list of tools.
      assert.is(
        choiceOf(await chat("reasoning-text", { ...hello, tools: [], tool_choice: "auto" })).message
          .content,
        said,
      );
    },
  },
  stream: {
    sentence: "a stream is put together to the same text, whatever its slices, and ends properly",
    async prove({ stream, billed }) {
      const answer = await stream("text", hello);
      assert.is(answer.content, said);
      assert.is(answer.finishReason, "stop");
      assert.ok(answer.done);
      assert.is(answer.usage?.["prompt_tokens"], 20);
      assert.equal((await billed(answer)).counts, { input: 20n, output: 10n, request: 1n });
    },
  },
  tools: {
    sentence: "a call is streamed under its id, and its answer goes back to it",
    async prove({ stream, chat }) {
      const first = await stream("tools", { ...hello, tools });
      assert.equal(first.toolCalls, [
        { id: "call_1", name: "weather", arguments: '{"city":"Wien"}' },
      ]);
      assert.is(first.finishReason, "tool_calls");
      const second = await chat("tools", {
        tools,
        messages: [
          user("Hello"),
          {
            role: "assistant",
            content: null,
            reasoning: "thought elsewhere",
            reasoning_details: [
              { type: "reasoning.encrypted", data: "x", format: "google-gemini-v1" },
            ],
            tool_calls: first.toolCalls.map(({ id, ...called }) => ({
              id,
              type: "function",
              function: called,
            })),
          },
          { role: "tool", tool_call_id: "call_1", content: "sunny" },
        ],
      });
      assert.is(choiceOf(second).message.content, "It is sunny.");
    },
  },
  "parallel tools": {
    sentence: "two calls keep their places, ids and arguments, streamed or not",
    async prove({ stream, chat }) {
      const asked = { ...hello, tools, parallel_tool_calls: true };
      const expected = [
        { id: "call_1", name: "weather", arguments: '{"city":"Wien"}' },
        { id: "call_2", name: "weather", arguments: '{"city":"Graz"}' },
      ];
      assert.equal((await stream("parallel", asked)).toolCalls, expected);
      const whole = choiceOf(await chat("parallel", asked)).message.tool_calls ?? [];
      assert.equal(
        whole.map(({ id, function: called }) => ({ id, ...called })),
        expected,
      );
    },
  },
  image: {
    sentence: "a picture goes as the client sent it, with its detail",
    async prove({ chat }) {
      const url = "data:image/png;base64,iVBORw0KGgo=";
      const parts = [
        { type: "text", text: "What is this?" },
        { type: "image_url", image_url: { url, detail: "low" } },
      ];
      const answer = await chat("image", { messages: [user(parts)] });
      assert.is(choiceOf(answer).message.content, "seen data:image/png;base64 low");
    },
  },
  PDF: {
    sentence: "a file goes as the client sent it, with its name",
    async prove({ chat }) {
      const file = { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" };
      const answer = await chat("pdf", { messages: [user([{ type: "file", file }])] });
      assert.is(choiceOf(answer).message.content, "read a.pdf");
    },
  },
  "structured output": {
    sentence: "a schema goes as the client sent it",
    async prove({ chat }) {
      const answer = await chat("json", {
        ...hello,
        response_format: {
          type: "json_schema",
          json_schema: { name: "answer", strict: true, schema: { type: "object" } },
        },
      });
      assert.is(choiceOf(answer).message.content, '{"answer":42}');
    },
  },
  "reasoning round trip": {
    sentence:
      "thoughts come as reasoning and reasoning_details, are billed, and go back with their call",
    async prove({ chat, stream, billed }) {
      const asked = { ...hello, tools, reasoning: { effort: "high" } };
      const streamed = await stream("thinking-tools", asked);
      assert.is(streamed.reasoning, "First the city, then the weather.");
      assert.equal((await billed(streamed)).counts, {
        input: 20n,
        output: 10n,
        reasoning: 30n,
        request: 1n,
      });
      const { message } = choiceOf(await chat("thinking-tools", asked));
      assert.is(message.reasoning, streamed.reasoning);
      assert.equal(message.reasoning_details, streamed.reasoningDetails);
      assert.not("reasoning_content" in message);
      const again = await chat("thinking-tools", {
        tools,
        messages: [
          user("Hello"),
          {
            role: "assistant",
            content: null,
            tool_calls: message.tool_calls,
            reasoning_details: message.reasoning_details,
          },
          { role: "tool", tool_call_id: "call_1", content: "sunny" },
        ],
      });
      assert.is(choiceOf(again).message.content, "remembered: First the city, then the weather.");
      const hidden = await stream("thinking-tools", {
        ...asked,
        reasoning: { effort: "high", exclude: true },
      });
      assert.equal(
        [hidden.reasoning, hidden.reasoningDetails, hidden.toolCalls.length],
        ["", [], 1],
      );
      assert.is((await billed(hidden)).counts["reasoning"], 30n);
    },
  },
  "cache marks": {
    sentence: "cache_control, which OpenAI refuses and does not need, is left out",
    async prove({ chat }) {
      const part = { type: "text", text: "long", cache_control: { type: "ephemeral" } };
      const answer = await chat("cached", {
        messages: [user([part])],
        cache_control: { type: "ephemeral" },
      });
      assert.is(choiceOf(answer).message.content, "from the cache");
    },
  },
  "usage with cache": {
    sentence: "cached, written and thought tokens are counted once each",
    async prove({ stream, billed }) {
      const answer = await stream("cached", hello);
      const { counts, charge } = await billed(answer);
      assert.equal(counts, {
        input: 100n,
        cache_read: 600n,
        cache_write_5m: 300n,
        output: 30n,
        reasoning: 20n,
        request: 1n,
      });
      assert.is(
        charge,
        100n * 1_000_000n +
          600n * 100_000n +
          300n * 1_250_000n +
          30n * 4_000_000n +
          20n * 5_000_000n,
      );
      assert.is(answer.usage?.["prompt_tokens"], 1_000);
      assert.is(answer.usage?.["completion_tokens"], 50);
    },
  },
  refusal: {
    sentence:
      "a refusal is told as one, a filtered answer ends with content_filter, a filtered prompt is a 403",
    async prove({ chat, stream }) {
      assert.is(choiceOf(await chat("refusal", hello)).message.refusal, "I cannot help with that.");
      assert.is((await stream("filtered", hello)).finishReason, "content_filter");
      assert.is((await chat("filtered-prompt", hello)).status, 403);
    },
  },
  "overload in stream": {
    sentence: "an overload inside of a 200 goes to another endpoint before the client sees a thing",
    async prove({ stream }) {
      const answer = await stream("overloaded-in-stream", hello, { fallback: true });
      assert.equal([answer.status, answer.error, answer.finishReason], [200, null, "stop"]);
      assert.is((await stream("overloaded-in-stream", hello)).status, 503);
      assert.is((await stream("rate-limited", hello)).status, 429);
    },
  },
  "cut stream": {
    sentence: "a stream that breaks off says so, and never looks finished",
    async prove({ stream }) {
      for (const model of ["cut", "ends-early", "breaks-later"]) {
        const answer = await stream(model, hello);
        assert.is(answer.status, 200);
        assert.ok(answer.content.startsWith("It begins"), answer.content);
        assert.equal([answer.done, answer.finishReason], [false, "error"]);
        assert.ok(answer.error);
      }
    },
  },
  "context overflow": {
    sentence: "a prompt that is too long is the client's 400, with the words that clients look for",
    async prove({ chat }) {
      for (const model of ["too-long", "too-long-in-words"]) {
        const answer = await chat(model, hello);
        assert.is(answer.status, 400);
        assert.match(JSON.stringify(answer.body), /maximum context length/);
        assert.match(JSON.stringify(answer.body), /context_length_exceeded/);
      }
    },
  },
  "bad key": {
    sentence: "our credential's refusal is never shown as the client's",
    async prove({ chat }) {
      const answer = await chat("text", hello, { wrongKey: true });
      assert.is(answer.status, 502);
      assert.not(JSON.stringify(answer.body).includes("sk-wr"));
      assert.is((await chat("text", hello, { wrongKey: true, fallback: true })).status, 200);
    },
  },
};

const flags = {
  tokenLimitField: "max_completion_tokens",
  reasoningEcho: "reasoning_content",
};

export const openaiChat: Conformance = {
  protocol: "openai-chat",
  start: () => startOpenaiApi(),
  basePath: "/v1",
  key: openaiKey,
  flags: { ...flags, includeObfuscation: false },
  cells,
};

export const azureOpenai: Conformance = {
  protocol: "azure-openai",
  start: () => startAzureApi(),
  basePath: "",
  key: azureKey,
  flags: { ...flags, apiVersion: "2024-10-21" },
  cells,
};
