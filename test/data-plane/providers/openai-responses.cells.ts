// The cells of `openai-responses`, before the strict double of OpenAI's API.
import * as assert from "uvu/assert";
import { responsesKey, startResponsesApi } from "#test/doubles/responses-api.ts";
import type { ChatAnswer, Conformance } from "./conformance.ts";

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

type Message = {
  content: string | null;
  refusal?: string | null;
  reasoning_details?: Record<string, unknown>[];
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
};
const choiceOf = ({ body }: ChatAnswer) => {
  const [choice] = body["choices"] as { message: Message; finish_reason: string }[];
  assert.ok(choice, JSON.stringify(body));
  return choice;
};

export const conformance: Conformance = {
  protocol: "openai-responses",
  start: () => startResponsesApi(),
  basePath: "/v1",
  key: responsesKey,
  flags: { cacheMarks: "breakpoints" },
  cells: {
    text: {
      sentence: "a plain answer is the message's text, and what it used is billed",
      async prove({ chat, billed }) {
        const answer = await chat("text", hello);
        assert.is(answer.status, 200, JSON.stringify(answer.body));
        const choice = choiceOf(answer);
        assert.is(choice.message.content, 'Grüß Gott, "world"! 🌍 plain words follow here');
        assert.is(choice.finish_reason, "stop");
        const { counts, charge } = await billed(answer);
        assert.equal(counts, { input: 20n, output: 10n, request: 1n });
        assert.is(charge, 20n * 1_000_000n + 10n * 4_000_000n);
      },
    },
    stream: {
      sentence: "a stream is put together to the same text, whatever its slices, and ends properly",
      async prove({ stream, billed }) {
        const answer = await stream("text", hello);
        assert.is(answer.content, 'Grüß Gott, "world"! 🌍 plain words follow here');
        assert.is(answer.finishReason, "stop");
        assert.ok(answer.done);
        assert.is(answer.usage?.["prompt_tokens"], 20);
        assert.equal((await billed(answer)).counts, { input: 20n, output: 10n, request: 1n });
      },
    },
    tools: {
      sentence: "a call is streamed under its call_id, and its answer goes back to it",
      async prove({ stream, chat, double }) {
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
        const sent = double.requests.at(-1)?.body as { tools: { strict: unknown }[] };
        assert.is(sent.tools[0]?.strict, false, "what chat leaves out would be strict here");
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
      sentence: "a picture goes as input_image with its detail",
      async prove({ chat }) {
        const url = "data:image/png;base64,iVBORw0KGgo=";
        const answer = await chat("image", {
          messages: [
            user([
              { type: "text", text: "What is this?" },
              { type: "image_url", image_url: { url, detail: "low" } },
            ]),
          ],
        });
        assert.is(choiceOf(answer).message.content, "seen data:image/png;base64, low");
      },
    },
    PDF: {
      sentence: "a file goes as input_file with its name, or by its address",
      async prove({ chat }) {
        const ask = async (file: object) =>
          choiceOf(await chat("pdf", { messages: [user([{ type: "file", file }])] })).message
            .content;
        assert.is(
          await ask({ filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" }),
          "read a.pdf",
        );
        assert.is(
          await ask({ file_data: "data:application/pdf;base64,JVBERi0=" }),
          "read file.pdf",
        );
        assert.is(
          await ask({ file_data: "https://example.com/a.pdf" }),
          "read https://example.com/a.pdf",
        );
      },
    },
    "structured output": {
      sentence: "a schema goes as text.format",
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
        "enciphered thoughts come with the calls and go back before them, whole and streamed",
      async prove({ chat, stream, billed, double }) {
        const asked = { ...hello, tools, reasoning: { effort: "high" } };
        const streamed = await stream("thinking-tools", asked);
        assert.is(streamed.reasoning, "First part. \n\nSecond part.");
        assert.equal((await billed(streamed)).counts, {
          input: 20n,
          output: 10n,
          reasoning: 30n,
          request: 1n,
        });
        const whole = choiceOf(await chat("thinking-tools", asked)).message;
        assert.equal(whole.reasoning_details, streamed.reasoningDetails);
        const again = await chat("thinking-tools", {
          tools,
          messages: [
            user("Hello"),
            {
              role: "assistant",
              content: null,
              tool_calls: whole.tool_calls,
              reasoning_details: whole.reasoning_details,
            },
            { role: "tool", tool_call_id: "call_1", content: "sunny" },
          ],
        });
        assert.is(choiceOf(again).message.content, "remembered: sunny");
        const sent = double.requests.at(-1)?.body as { store: boolean; include: string[] };
        assert.is(sent.store, false);
        assert.equal(sent.include, ["reasoning.encrypted_content"]);
      },
    },
    "cache marks": {
      sentence: "cache_control becomes a breakpoint where the endpoint has them",
      async prove({ chat }) {
        const part = { type: "text", text: "long", cache_control: { type: "ephemeral" } };
        const answer = await chat("cached", { messages: [user([part])] });
        assert.is(choiceOf(answer).message.content, "marked");
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
      sentence: "a refusal is told as one, and a filtered answer ends with content_filter",
      async prove({ chat, stream }) {
        assert.is(
          choiceOf(await chat("refusal", hello)).message.refusal,
          "I cannot help with that.",
        );
        assert.is((await stream("filtered", hello)).finishReason, "content_filter");
      },
    },
    "overload in stream": {
      sentence:
        "an overload inside of a 200 goes to another endpoint before the client sees a thing",
      async prove({ stream }) {
        for (const model of ["overloaded-in-stream", "failed-in-stream"]) {
          const answer = await stream(model, hello, { fallback: true });
          assert.is(answer.status, 200);
          assert.is(answer.error, null);
          assert.is(answer.finishReason, "stop");
        }
        assert.is((await stream("overloaded-in-stream", hello)).status, 503);
        assert.is((await stream("failed-in-stream", hello)).status, 429);
      },
    },
    "cut stream": {
      sentence: "a stream that breaks off says so, and never looks finished",
      async prove({ stream }) {
        for (const model of ["cut", "breaks-later"]) {
          const answer = await stream(model, hello);
          assert.is(answer.status, 200);
          assert.ok(answer.content.startsWith("It begins"), answer.content);
          assert.is(answer.done, false);
          assert.is(answer.finishReason, "error");
          assert.ok(answer.error);
        }
      },
    },
    "context overflow": {
      sentence: "a prompt that is too long is the client's 400",
      async prove({ chat }) {
        const answer = await chat("too-long", hello);
        assert.is(answer.status, 400, JSON.stringify(answer.body));
      },
    },
    "bad key": {
      sentence: "our credential's refusal is never shown as the client's",
      async prove({ chat }) {
        const answer = await chat("text", hello, { wrongKey: true });
        assert.is(answer.status, 502);
        assert.ok(!JSON.stringify(answer.body).includes("sk-wr"));
        assert.is((await chat("text", hello, { wrongKey: true, fallback: true })).status, 200);
      },
    },
  },
};
