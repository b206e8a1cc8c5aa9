// What `anthropic-messages` shows through a running gateway, before a double that refuses what Anthropic refuses.
import * as assert from "uvu/assert";
import {
  anthropicKey,
  said,
  signatureOf,
  startAnthropicApi,
  thought,
} from "#test/doubles/anthropic-api.ts";
import type { ChatAnswer, Conformance } from "./conformance.ts";

const user = (content: unknown) => ({ messages: [{ role: "user", content }] });

type Message = {
  content: string | null;
  refusal?: string | null;
  reasoning?: string | null;
  reasoning_details?: Record<string, unknown>[];
  tool_calls?: { id: string; type: string; function: { name: string; arguments: string } }[];
};
type Choice = {
  message: Message;
  finish_reason: string;
  native_finish_reason: string;
  stop_details?: { explanation: string };
};
function choiceOf({ status, body }: ChatAnswer): Choice {
  assert.is(status, 200, JSON.stringify(body));
  const [choice] = body["choices"] as Choice[];
  assert.ok(choice);
  return choice;
}
const errorOf = ({ body }: ChatAnswer) =>
  body["error"] as { code: number; message: string; metadata: Record<string, unknown> };
const toolNamed = (name: string) => ({
  type: "function",
  function: {
    name,
    description: `looks up ${name}`,
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
});
const input = (day: number) => ({ city: "Zürich", day, 'quote"d': [1.5, null, "a\\b"] });
const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const pdf = Buffer.from("%PDF-1.4 no more than that").toString("base64");
const schema = {
  type: "object",
  properties: { name: { type: "string", minLength: 1 }, age: { type: "integer", minimum: 0 } },
  required: ["name", "age"],
};

export const conformance: Conformance = {
  protocol: "anthropic-messages",
  start: () => startAnthropicApi(),
  basePath: "/v1",
  key: anthropicKey,
  cells: {
    text: {
      sentence: "an answer comes back with its finish, its usage and the provider's own word",
      async prove({ chat, billed }) {
        const answer = await chat("claude-mid-text", {
          messages: [
            { role: "system", content: "Be brief." },
            { role: "user", content: "Hello" },
          ],
          temperature: 1.5,
          top_p: 0.5,
          seed: 7,
          stop: ["END", "\n"],
        });
        const choice = choiceOf(answer);
        assert.is(choice.message.content, said);
        assert.is(choice.finish_reason, "stop");
        assert.is(choice.native_finish_reason, "end_turn");
        const { counts, charge } = await billed(answer);
        assert.equal(counts, { input: 12n, output: 7n, request: 1n });
        assert.is(charge, 12_000_000n + 28_000_000n);
      },
    },
    stream: {
      sentence: "a stream with pings and unknown events is the same text, to the last character",
      async prove({ stream, billed }) {
        const answer = await stream("claude-mid-text", user("Hello"));
        assert.is(answer.content, said);
        assert.is(answer.finishReason, "stop");
        assert.is(answer.done, true);
        assert.is(answer.usage?.["prompt_tokens"], 12);
        assert.is(answer.usage?.["completion_tokens"], 7);
        const { counts, usageSource } = await billed(answer);
        assert.is(usageSource, "reported");
        assert.equal(counts, { input: 12n, output: 7n, request: 1n }, "nothing is added up twice");
      },
    },
    tools: {
      sentence: "a call streams in pieces, and its result goes back in the next turn",
      async prove({ stream, chat }) {
        const asked = { tools: [toolNamed("get_weather")], tool_choice: "required" };
        const first = await stream("claude-mid-tools", { ...user("Weather?"), ...asked });
        assert.is(first.content, "Let me look.");
        assert.is(first.finishReason, "tool_calls");
        const [call] = first.toolCalls;
        assert.ok(call);
        assert.is(call.name, "get_weather");
        assert.equal(JSON.parse(call.arguments), input(0));
        const second = await chat("claude-mid-tools", {
          ...asked,
          tool_choice: "auto",
          messages: [
            ...user("Weather?").messages,
            { role: "assistant", content: first.content, tool_calls: [wire(call)] },
            { role: "tool", tool_call_id: call.id, content: "rain" },
          ],
        });
        assert.is(choiceOf(second).message.content, `Seen: ${call.id}=rain`);
      },
    },
    "parallel tools": {
      sentence:
        "calls keep apart, also one without arguments, and results go first whatever their ids",
      async prove({ stream, chat }) {
        const tools = ["get_weather", "get_time", "get_mood"].map(toolNamed);
        const first = await stream("claude-mid-parallel", { ...user("All?"), tools });
        assert.equal(
          first.toolCalls.map(({ name, arguments: text }) => [name, JSON.parse(text) as unknown]),
          [
            ["get_weather", input(0)],
            ["get_time", input(1)],
            ["get_mood", {}],
          ],
        );
        const ids = ["functions.get_weather:0", "call_1", "call_2"];
        const second = await chat("claude-mid-parallel", {
          tools,
          messages: [
            ...user("All?").messages,
            {
              role: "assistant",
              content: null,
              tool_calls: first.toolCalls.map((call, at) => wire({ ...call, id: ids[at] ?? "" })),
            },
            { role: "tool", tool_call_id: ids[1], content: "noon" },
            { role: "tool", tool_call_id: ids[0], content: [{ type: "text", text: "rain" }] },
            { role: "tool", tool_call_id: ids[2], content: "" },
            { role: "user", content: "And?" },
          ],
        });
        const seen = choiceOf(second).message.content ?? "";
        assert.match(seen, /^Seen: call_1=noon; tp-[\w-]+=rain; call_2=$/);
        const alone = await chat("claude-mid-parallel", {
          ...user("All?"),
          tools,
          parallel_tool_calls: false,
        });
        assert.is(choiceOf(alone).message.tool_calls?.length, 1);
      },
    },
    image: {
      sentence: "a picture goes as its bytes or by its address",
      async prove({ chat, double }) {
        await chat(
          "claude-mid-text",
          user([
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } },
            { type: "image_url", image_url: { url: "https://example.com/a.jpg" } },
          ]),
        ).then(choiceOf);
        assert.equal(sentContent(double.requests.at(-1)?.body), [
          { type: "text", text: "What is this?" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
          { type: "image", source: { type: "url", url: "https://example.com/a.jpg" } },
        ]);
      },
    },
    PDF: {
      sentence: "a PDF goes as a document with its name",
      async prove({ chat, double }) {
        await chat(
          "claude-mid-text",
          user([
            {
              type: "file",
              file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${pdf}` },
            },
          ]),
        ).then(choiceOf);
        assert.equal(sentContent(double.requests.at(-1)?.body), [
          {
            type: "document",
            source: { type: "base64", media_type: "application/pdf", data: pdf },
            title: "a.pdf",
          },
        ]);
      },
    },
    "structured output": {
      sentence: "a schema goes as the API's own format, without the words that it refuses",
      async prove({ chat, stream }) {
        const asked = {
          ...user("Who?"),
          response_format: { type: "json_schema", json_schema: { name: "person", schema } },
        };
        const whole = choiceOf(await chat("claude-mid-json", asked));
        assert.equal(JSON.parse(whole.message.content ?? ""), { name: "Ada", age: 36 });
        assert.is(whole.finish_reason, "stop");
        const streamed = await stream("claude-mid-json", asked);
        assert.equal(JSON.parse(streamed.content), { name: "Ada", age: 36 });
      },
    },
    "reasoning round trip": {
      sentence: "thoughts come with their signature, and go back unchanged with the results",
      async prove({ stream, chat }) {
        const asked = { tools: [toolNamed("get_weather")], reasoning: { effort: "high" } };
        const first = await stream("claude-mid-tools", { ...user("Weather?"), ...asked });
        assert.is(first.reasoning, thought);
        assert.equal(first.reasoningDetails, [
          {
            type: "reasoning.text",
            text: thought,
            format: "anthropic-claude-v1",
            index: 0,
            signature: signatureOf(thought),
          },
        ]);
        const [call] = first.toolCalls;
        assert.ok(call);
        const second = await chat("claude-mid-tools", {
          ...asked,
          messages: [
            ...user("Weather?").messages,
            {
              role: "assistant",
              content: first.content,
              tool_calls: [wire(call)],
              reasoning_details: [
                { type: "reasoning.encrypted", data: "other", format: "openai-responses-v1" },
                ...first.reasoningDetails,
              ],
            },
            { role: "tool", tool_call_id: call.id, content: "rain" },
          ],
        });
        assert.is(choiceOf(second).message.content, `Seen: ${call.id}=rain`);
      },
    },
    "cache marks": {
      sentence: "marks arrive where they were put, and a fifth is the client's 400 that names all",
      async prove({ chat, double }) {
        const mark = { type: "ephemeral" };
        const hour = { type: "ephemeral", ttl: "1h" };
        const part = (text: string, cacheControl: object) => ({
          type: "text",
          text,
          cache_control: cacheControl,
        });
        const four = {
          tools: [{ ...toolNamed("get_weather"), cache_control: hour }],
          messages: [
            { role: "system", content: [part("Long.", hour)] },
            { role: "user", content: [part("Longer.", mark), { type: "text", text: "Hello" }] },
          ],
          cache_control: mark,
        };
        choiceOf(await chat("claude-mid-text", four));
        const sent = double.requests.at(-1)?.body as Record<string, never>;
        assert.equal(sent["system"], [{ type: "text", text: "Long.", cache_control: hour }]);
        assert.equal(sent["cache_control"], mark);
        assert.equal(sentContent(sent)[0], part("Longer.", mark));
        const before = double.requests.length;
        const refused = await chat("claude-mid-text", {
          ...four,
          messages: [
            ...four.messages,
            { role: "assistant", content: "So?" },
            { role: "user", content: [part("Five.", mark)] },
          ],
        });
        assert.is(refused.status, 400);
        assert.match(errorOf(refused).message, "messages[3].content[0]");
        assert.is(double.requests.length, before, "nothing was sent");
      },
    },
    "usage with cache": {
      sentence: "what was read and what was written for how long is billed apart, streamed or not",
      async prove({ chat, stream, billed }) {
        const expected = {
          input: 10n,
          cache_read: 2_000n,
          cache_write_5m: 100n,
          cache_write_1h: 200n,
          output: 30n,
          reasoning: 20n,
          request: 1n,
        };
        const whole = await chat("claude-mid-cache", user("Hello"));
        const usage = whole.body["usage"] as Record<string, unknown>;
        assert.is(usage["prompt_tokens"], 2_310);
        assert.is(usage["completion_tokens"], 50);
        assert.equal((await billed(whole)).counts, expected);
        const streamed = await stream("claude-mid-cache", user("Hello"));
        assert.equal((await billed(streamed)).counts, expected);
      },
    },
    refusal: {
      sentence: "a refusal is an answer that says so, and costs nothing before anything was said",
      async prove({ chat, stream, billed }) {
        const whole = await chat("claude-mid-refusal", user("Hello"));
        const choice = choiceOf(whole);
        assert.is(choice.finish_reason, "content_filter");
        assert.is(choice.native_finish_reason, "refusal");
        assert.is(choice.stop_details?.explanation, "This is declined.");
        assert.is((await billed(whole)).charge, 0n);
        const streamed = await stream("claude-mid-refusal", user("Hello"));
        assert.is(streamed.finishReason, "content_filter");
        assert.is((await billed(streamed)).charge, 0n);
        const midway = await stream("claude-mid-refusal-midway", user("Hello"));
        assert.is(midway.content, "First you");
        assert.is((await billed(midway)).charge, 12_000_000n + 12_000_000n);
      },
    },
    "overload in stream": {
      sentence:
        "an overload as the first event after 200 is another endpoint's answer; later it is told",
      async prove({ stream }) {
        const rescued = await stream("claude-mid-overloaded-in-stream", user("Hello"), {
          fallback: true,
        });
        assert.is(rescued.status, 200);
        assert.is(rescued.error, null);
        assert.is(rescued.done, true);
        const alone = await stream("claude-mid-overloaded-in-stream", user("Hello"));
        assert.is(alone.status, 503);
        const midway = await stream("claude-mid-overloaded-midway", user("Hello"));
        assert.is(midway.status, 200);
        assert.is(midway.error?.["code"], 503);
      },
    },
    "cut stream": {
      sentence: "a stream that is cut says so, and does not look like an end",
      async prove({ stream, billed }) {
        const answer = await stream("claude-mid-cut", user("Hello"));
        assert.ok(answer.content.length > 0);
        assert.is(answer.error?.["code"], 502);
        assert.is(answer.done, false);
        assert.is((await billed(answer)).outcome, "broken");
      },
    },
    "context overflow": {
      sentence: "a prompt that is too long is the client's 400 in words that clients look for",
      async prove({ chat }) {
        const answer = await chat("claude-mid-too-long", user("Hello"));
        assert.is(answer.status, 400);
        assert.is(errorOf(answer).metadata["error_type"], "context_length_exceeded");
        assert.match(errorOf(answer).message, "prompt is too long: 203000 tokens > 200000 maximum");
      },
    },
    "bad key": {
      sentence:
        "a key that the provider refuses is the operator's trouble and never the client's 401",
      async prove({ chat }) {
        const answer = await chat("claude-mid-text", user("Hello"), { wrongKey: true });
        assert.is(answer.status, 502);
        assert.not.match(errorOf(answer).message, "x-api-key");
      },
    },
  },
};

const wire = ({ id, name, arguments: text }: { id: string; name: string; arguments: string }) => ({
  id,
  type: "function",
  function: { name, arguments: text },
});

/** The content of the last message that the double was sent. */
function sentContent(body: unknown): unknown[] {
  const { messages } = body as { messages: { content: unknown[] }[] };
  return messages.at(-1)?.content ?? [];
}
