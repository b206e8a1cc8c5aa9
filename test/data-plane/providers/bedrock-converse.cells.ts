// What `bedrock-converse` shows through a running gateway, before a double that checks signatures, framing and every field.
import { createHash } from "node:crypto";
import * as assert from "uvu/assert";
import { bedrockCredential, bedrockKeys, startBedrockApi } from "#test/doubles/bedrock-api.ts";
import type { ChatAnswer, Conformance } from "./conformance.ts";

const claude = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";
const modern = "anthropic.claude-opus-5";
const user = (content: unknown) => ({ messages: [{ role: "user", content }] });
const said = 'Hello from "Bedrock" – grüß dich 🌍.';

type Message = {
  content: string | null;
  reasoning?: string;
  reasoning_details?: Record<string, unknown>[];
  tool_calls?: { id: string; type: string; function: { name: string; arguments: string } }[];
};
type Choice = { message: Message; finish_reason: string; native_finish_reason: string };
function choiceOf({ status, body }: ChatAnswer): Choice {
  assert.is(status, 200, JSON.stringify(body));
  const [choice] = body["choices"] as Choice[];
  assert.ok(choice);
  return choice;
}
const toolNamed = (name: string) => ({
  type: "function",
  function: {
    name,
    description: `looks up ${name}`,
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
});
const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const pdf = Buffer.from("%PDF-1.4 no more than that").toString("base64");
const digest = (base64: string) =>
  createHash("sha256").update(Buffer.from(base64, "base64")).digest("hex").slice(0, 16);
const schema = {
  type: "object",
  properties: { name: { type: "string", minLength: 1 }, age: { type: "integer" } },
  required: ["name", "age"],
};

const turns = (
  question: string,
  details: object[],
  call: { id: string; name: string; arguments: string },
  result: string,
) => [
  ...user(question).messages,
  {
    role: "assistant",
    content: "",
    reasoning_details: details,
    tool_calls: [
      { id: call.id, type: "function", function: { name: call.name, arguments: call.arguments } },
    ],
  },
  { role: "tool", tool_call_id: call.id, content: result },
];

export const conformance: Conformance = {
  protocol: "bedrock-converse",
  start: () => startBedrockApi(),
  basePath: "",
  key: bedrockCredential,
  flags: { region: bedrockKeys.region },
  cells: {
    text: {
      sentence: "an answer comes back with its finish, its usage and the provider's own word",
      async prove({ chat, billed }) {
        const answer = await chat(claude, { ...user("Hello"), temperature: 0.5, stop: ["END"] });
        const choice = choiceOf(answer);
        assert.is(choice.message.content, said);
        assert.is(choice.finish_reason, "stop");
        assert.is(choice.native_finish_reason, "end_turn");
        const { counts, charge } = await billed(answer);
        assert.equal(counts, { input: 11n, output: 7n, request: 1n });
        assert.is(charge, 11_000_000n + 28_000_000n);
      },
    },
    stream: {
      sentence: "a stream of frames is the same text, to the last character",
      async prove({ stream, billed, double }) {
        const answer = await stream(modern, user("Hello"));
        assert.is(answer.content, said);
        assert.is(answer.finishReason, "stop");
        assert.is(answer.done, true);
        assert.is(answer.usage?.["completion_tokens"], 7);
        assert.is((await billed(answer)).usageSource, "reported");
        const path = double.requests.at(-1)?.path ?? "";
        assert.is(path, "/model/anthropic.claude-opus-5/converse-stream");
      },
    },
    tools: {
      sentence: "a call streams in pieces, and its result goes back in the next turn",
      async prove({ stream, chat }) {
        const asked = { tools: [toolNamed("get_weather")], tool_choice: "auto" };
        const first = await stream(claude, { ...user("Weather in Paris?"), ...asked });
        assert.is(first.content, "Let me look.");
        assert.is(first.finishReason, "tool_calls");
        const [call] = first.toolCalls;
        assert.ok(call);
        assert.equal(JSON.parse(call.arguments), { city: "a city" });
        const second = await chat(claude, {
          ...asked,
          messages: [
            ...user("Weather in Paris?").messages,
            {
              role: "assistant",
              content: first.content,
              tool_calls: [
                {
                  id: call.id,
                  type: "function",
                  function: { name: call.name, arguments: call.arguments },
                },
              ],
            },
            { role: "tool", tool_call_id: call.id, content: "sunny" },
            { role: "user", content: "And now?" },
          ],
        });
        assert.is(choiceOf(second).message.content, "The tools said sunny.");
        // Which refuses text beside calls and results.
        const apart = await chat("us.meta.llama4-scout-17b-instruct-v1:0", {
          ...asked,
          messages: [
            ...turns("Weather?", [], { ...call, id: "call 1" }, "rain"),
            { role: "user", content: "And now?" },
          ],
        });
        assert.is(apart.status, 200, JSON.stringify(apart.body));
      },
    },
    "parallel tools": {
      sentence:
        "calls keep their places, and all results of a turn go back in one, whatever ids they had",
      async prove({ stream, chat }) {
        const asked = {
          tools: [
            toolNamed("get_weather"),
            toolNamed("get_time"),
            { type: "function", function: { name: "ping" } },
          ],
        };
        const first = await stream(claude, { ...user("Both?"), ...asked });
        assert.equal(
          first.toolCalls.map(({ name, arguments: written }) => [name, written]),
          [
            ["get_weather", '{"city":"a city"}'],
            ["get_time", '{"city":"a city"}'],
            ["ping", "{}"],
          ],
        );
        const ids = ["call 1/a", "x".repeat(90), "toolu_1"];
        const second = await chat(claude, {
          ...asked,
          messages: [
            ...user("Both?").messages,
            {
              role: "assistant",
              content: null,
              tool_calls: first.toolCalls.map((call, index) => ({
                id: ids[index],
                type: "function",
                function: { name: call.name, arguments: call.arguments },
              })),
            },
            { role: "tool", tool_call_id: ids[1], content: "noon" },
            { role: "tool", tool_call_id: ids[0], content: [{ type: "text", text: "rain" }] },
            { role: "tool", tool_call_id: ids[2], content: "" },
          ],
        });
        assert.is(
          choiceOf(second).message.content,
          "The tools said noon and rain and (no output).",
        );
      },
    },
    image: {
      sentence: "a picture arrives byte for byte, with its format",
      async prove({ chat }) {
        const answer = await chat(
          claude,
          user([
            { type: "text", text: "What is it?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } },
          ]),
        );
        assert.is(choiceOf(answer).message.content, `I see the image  as png: ${digest(png)}`);
      },
    },
    PDF: {
      sentence:
        "a document gets a name that Bedrock takes, twice the same name becomes two, and a text stands beside",
      async prove({ chat }) {
        const file = {
          type: "file",
          file: {
            filename: "../Q3_report (final).pdf",
            file_data: `data:application/pdf;base64,${pdf}`,
          },
        };
        const answer = await chat(claude, user([file, file]));
        assert.is(
          choiceOf(answer).message.content,
          `I see the document Q3 report (final) pdf as pdf: ${digest(pdf)}`,
        );
      },
    },
    "structured output": {
      sentence:
        "a schema is a tool that is called, and its input is the answer, plain and streamed; newer Claude has a word of its own, and thinks beside it",
      async prove({ chat, stream, double }) {
        const format = {
          ...user("Who?"),
          response_format: {
            type: "json_schema",
            json_schema: { name: "person", schema, strict: true },
          },
        };
        const expected = { name: "a name", age: 7 };
        for (const model of ["amazon.nova-pro-v1:0", "anthropic.claude-sonnet-4-20250514-v1:0"]) {
          const plain = choiceOf(await chat(model, format));
          assert.equal(JSON.parse(plain.message.content ?? ""), expected);
          assert.is(plain.finish_reason, "stop");
          assert.is(plain.message.tool_calls, undefined);
          const streamed = await stream(model, format);
          assert.equal(JSON.parse(streamed.content), expected);
          assert.is(streamed.finishReason, "stop");
          assert.equal(streamed.toolCalls, []);
        }
        const own = choiceOf(await chat(claude, { ...format, reasoning: { effort: "high" } }));
        assert.equal(JSON.parse(own.message.content ?? ""), expected);
        const body = double.requests.at(-1)?.body as {
          toolConfig?: object;
          additionalModelRequestFields: Record<string, unknown>;
        };
        assert.is(body.toolConfig, undefined);
        assert.ok(body.additionalModelRequestFields["thinking"]);
      },
    },
    "reasoning round trip": {
      sentence:
        "thoughts, signatures and what is enciphered come back to Claude unchanged, and nobody else's do",
      async prove({ stream, chat, double }) {
        const tools = [toolNamed("get_weather")];
        const first = await stream(claude, {
          ...user("Weather?"),
          tools,
          reasoning: { max_tokens: 1_100 },
          temperature: 0.2,
        });
        assert.is(first.reasoning, 'The user wants an answer. "Quoted" thoughts…');
        assert.equal(
          first.reasoningDetails.map(({ type, format }) => [type, format]),
          [
            ["reasoning.text", "anthropic-claude-v1"],
            ["reasoning.encrypted", "anthropic-claude-v1"],
          ],
        );
        const [call] = first.toolCalls;
        assert.ok(call);
        const messages = [
          ...user("Weather?").messages,
          {
            role: "assistant",
            content: first.content,
            reasoning_details: [
              ...first.reasoningDetails,
              { type: "reasoning.text", text: "x", signature: "y", format: "google-gemini-v1" },
            ],
            tool_calls: [
              {
                id: call.id,
                type: "function",
                function: { name: call.name, arguments: call.arguments },
              },
            ],
          },
          { role: "tool", tool_call_id: call.id, content: "sunny" },
        ];
        const second = await chat(claude, { messages, tools, reasoning: { effort: "high" } });
        assert.is(choiceOf(second).message.content, "The tools said sunny.");
        assert.is(choiceOf(second).message.reasoning, first.reasoning);
        const grok = "us.xai.grok-4.7";
        const sealed = await stream(grok, {
          ...user("Weather?"),
          tools,
          temperature: 1,
          stop: ["X"],
        });
        assert.equal(
          sealed.reasoningDetails.map(({ type, format }) => [type, format]),
          [["reasoning.encrypted", "bedrock-xai-responses-v1"]],
        );
        const [sealedCall] = sealed.toolCalls;
        assert.ok(sealedCall);
        const back = [...sealed.reasoningDetails, ...first.reasoningDetails];
        const after = await chat(grok, {
          tools,
          messages: turns("Weather?", back, sealedCall, "sunny"),
        });
        assert.is(choiceOf(after).message.content, "The tools said sunny.");
        const sent = double.requests.at(-1)?.body as { messages: { content: object[] }[] };
        const [, turn] = sent.messages;
        assert.is(turn?.content.filter((block) => "reasoningContent" in block).length, 1);
        await chat(modern, { ...user("Think"), reasoning: { effort: "max" }, temperature: 0.3 });
        const last = double.requests.at(-1)?.body as { additionalModelRequestFields: object };
        assert.equal(last.additionalModelRequestFields, {
          thinking: { type: "adaptive", display: "summarized" },
          output_config: { effort: "max" },
        });
      },
    },
    "cache marks": {
      sentence: "marks become cache points behind what they mark, and the automatic one goes last",
      async prove({ chat, double }) {
        const hour = { type: "ephemeral", ttl: "1h" };
        const answer = await chat(claude, {
          cache_control: { type: "ephemeral" },
          tools: [{ ...toolNamed("get_weather"), cache_control: hour }],
          messages: [
            { role: "system", content: [{ type: "text", text: "Be brief.", cache_control: hour }] },
            {
              role: "user",
              content: [{ type: "text", text: "Hello", cache_control: { type: "ephemeral" } }],
            },
            { role: "assistant", content: "Yes?" },
            { role: "user", content: "Go on" },
          ],
        });
        assert.is(answer.status, 200);
        const body = double.requests.at(-1)?.body as {
          system: object[];
          messages: { content: object[] }[];
          toolConfig: { tools: object[] };
        };
        assert.equal(body.system[1], { cachePoint: { type: "default", ttl: "1h" } });
        assert.equal(body.toolConfig.tools[1], { cachePoint: { type: "default", ttl: "1h" } });
        assert.equal(
          body.messages.map(({ content }) => content.length),
          [2, 1, 2],
        );
      },
    },
    "usage with cache": {
      sentence:
        "what is read from and written to the cache stands outside the input, each under its own meter",
      async prove({ stream, billed }) {
        const mark = (ttl: string) => ({ type: "ephemeral", ttl });
        const answer = await stream(claude, {
          messages: [
            {
              role: "system",
              content: [{ type: "text", text: "Be brief.", cache_control: mark("1h") }],
            },
            { role: "user", content: [{ type: "text", text: "Hello", cache_control: mark("5m") }] },
          ],
        });
        assert.is(answer.usage?.["prompt_tokens"], 11 + 300 + 300);
        const { counts, charge } = await billed(answer);
        assert.equal(counts, {
          input: 11n,
          output: 7n,
          request: 1n,
          cache_read: 300n,
          cache_write_5m: 100n,
          cache_write_1h: 200n,
        });
        assert.is(charge, 11_000_000n + 28_000_000n + 30_000_000n + 125_000_000n + 400_000_000n);
      },
    },
    refusal: {
      sentence: "a guardrail's intervention is a finish of its own, with Bedrock's word beside it",
      async prove({ chat, stream }) {
        const choice = choiceOf(await chat(`${claude}--refused`, user("How do I …?")));
        assert.is(choice.finish_reason, "content_filter");
        assert.is(choice.native_finish_reason, "guardrail_intervened");
        assert.is(
          (await stream(`${claude}--refused`, user("How?"))).finishReason,
          "content_filter",
        );
      },
    },
    "overload in stream": {
      sentence: "an exception in the stream before any content is answered by another endpoint",
      async prove({ stream }) {
        const rescued = await stream(`${claude}--overloaded`, user("Hello"), { fallback: true });
        assert.is(rescued.status, 200);
        assert.ok(rescued.content.length > 0);
        const alone = await stream(`${claude}--overloaded`, user("Hello"));
        assert.is(alone.status, 503);
        assert.match(JSON.stringify(alone.error), "serviceUnavailableException");
      },
    },
    "cut stream": {
      sentence:
        "a frame that is cut off, a connection that is and an exception between are told in the stream",
      async prove({ stream, billed }) {
        const cut = await stream(`${claude}--cut`, user("Hello"));
        assert.is(cut.content, "Hello");
        assert.is(cut.done, false);
        assert.match(JSON.stringify(cut.error), "cut off");
        assert.is((await billed(cut)).usageSource, "estimated");
        const reset = await stream(`${claude}--reset`, user("Hello"));
        assert.ok(reset.error);
        const broken = await stream(`${claude}--breaks`, user("Hello"));
        assert.match(JSON.stringify(broken.error), "the model fell over");
      },
    },
    "context overflow": {
      sentence:
        "a prompt that is too long is the client's 400, and too many tokens a minute are not",
      async prove({ chat }) {
        const long = await chat(`${claude}--long`, user("Hello"));
        assert.is(long.status, 400);
        assert.match(JSON.stringify(long.body), "Input is too long");
        assert.match(JSON.stringify(long.body), "context_length_exceeded");
        assert.is((await chat(`${claude}--throttled`, user("Hello"))).status, 429);
      },
    },
    "bad key": {
      sentence:
        "a wrong signature is our trouble and not the client's, and another endpoint answers",
      async prove({ chat }) {
        const alone = await chat(claude, user("Hello"), { wrongKey: true });
        assert.is(alone.status, 502);
        const rescued = await chat(claude, user("Hello"), { wrongKey: true, fallback: true });
        assert.is(rescued.status, 200);
      },
    },
  },
};
