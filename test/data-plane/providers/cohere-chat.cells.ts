// What `cohere-chat` shows through a running gateway, before a double that refuses every field that Cohere does not know.
import { createHash } from "node:crypto";
import * as assert from "uvu/assert";
import { cohereKey, startCohereApi } from "#test/doubles/cohere-api.ts";
import type { ChatAnswer, Conformance } from "./conformance.ts";

const command = "command-a-03-2025";
const reasoner = "command-a-reasoning-08-2025";
const user = (content: unknown) => ({ messages: [{ role: "user", content }] });
const said = 'Hello from "Cohere" – grüß dich 🌍.';

type Choice = {
  message: { content: string | null; tool_calls?: object[]; annotations?: object[] };
  finish_reason: string;
  native_finish_reason: string;
};
function choiceOf({ status, body }: ChatAnswer): Choice {
  assert.is(status, 200, JSON.stringify(body));
  const [choice] = body["choices"] as Choice[];
  assert.ok(choice);
  return choice;
}
const toolNamed = (name: string, properties: object = { city: { type: "string" } }) => ({
  type: "function",
  function: { name, description: name, parameters: { type: "object", properties }, strict: true },
});
const callOf = (call: { id: string; name: string; arguments: string }) => ({
  id: call.id,
  type: "function",
  function: { name: call.name, arguments: call.arguments },
});
const picture = "data:image/png;base64,iVBORw0KGgo=";

export const conformance: Conformance = {
  protocol: "cohere-chat",
  start: () => startCohereApi(),
  basePath: "/v2",
  key: cohereKey,
  cells: {
    text: {
      sentence:
        "an answer comes back with its finish, and what is billed is Cohere's bill and not the prompt it made",
      async prove({ chat, billed, double }) {
        const answer = await chat(command, {
          ...user("Hello"),
          top_p: 1,
          top_k: 4,
          stop: "END",
          seed: 7,
        });
        const choice = choiceOf(answer);
        assert.is(choice.message.content, said);
        assert.is(choice.finish_reason, "stop");
        assert.is(choice.native_finish_reason, "COMPLETE");
        const { counts, charge } = await billed(answer);
        assert.equal(counts, { input: 7n, cache_read: 4n, output: 7n, request: 1n });
        assert.is(charge, 7_000_000n + 400_000n + 28_000_000n);
        assert.equal(double.requests.at(-1)?.body, {
          model: command,
          messages: [{ role: "user", content: "Hello" }],
          stream: false,
          max_tokens: 2_048,
          p: 0.99,
          k: 4,
          seed: 7,
          stop_sequences: ["END"],
        });
      },
    },
    stream: {
      sentence: "a stream is the same text, and its proper end needs no [DONE] of Cohere's",
      async prove({ stream, billed }) {
        const answer = await stream(command, user("Hello"));
        assert.is(answer.content, said);
        assert.is(answer.finishReason, "stop");
        assert.is(answer.done, true);
        assert.is(answer.usage?.["prompt_tokens"], 11);
        assert.is((await billed(answer)).usageSource, "reported");
      },
    },
    tools: {
      sentence:
        "a plan is reasoning, a call streams in pieces, and plan and result go back in the next turn",
      async prove({ stream, chat }) {
        const tools = [toolNamed("get_weather")];
        const first = await stream(command, {
          ...user("Weather?"),
          tools,
          tool_choice: "required",
        });
        assert.is(first.reasoning, "I will look it up.");
        assert.is(first.finishReason, "tool_calls");
        const [call] = first.toolCalls;
        assert.ok(call);
        assert.equal(JSON.parse(call.arguments), { city: "a city" });
        const second = await chat(command, {
          tools,
          messages: [
            ...user("Weather?").messages,
            {
              role: "assistant",
              content: null,
              reasoning_details: first.reasoningDetails,
              tool_calls: [callOf(call)],
            },
            { role: "tool", tool_call_id: call.id, content: "sunny" },
          ],
        });
        assert.is(
          choiceOf(second).message.content,
          "The tools said sunny. My plan was: I will look it up.",
        );
      },
    },
    "parallel tools": {
      sentence: "calls keep their places, one of them without arguments, and each gets its result",
      async prove({ stream, chat }) {
        const tools = [toolNamed("get_weather"), toolNamed("ping", {})];
        const first = await stream(command, { ...user("Both?"), tools });
        assert.equal(
          first.toolCalls.map(({ name, arguments: written }) => [name, written]),
          [
            ["get_weather", '{"city":"a city"}'],
            ["ping", "{}"],
          ],
        );
        const [one, two] = first.toolCalls;
        assert.ok(one && two);
        const second = await chat(command, {
          tools,
          messages: [
            ...user("Both?").messages,
            { role: "assistant", content: null, tool_calls: first.toolCalls.map(callOf) },
            { role: "tool", tool_call_id: two.id, content: "" },
            { role: "tool", tool_call_id: one.id, content: [{ type: "text", text: "rain" }] },
          ],
        });
        assert.is(choiceOf(second).message.content, "The tools said (no output) and rain.");
      },
    },
    image: {
      sentence: "a picture arrives as it was sent",
      async prove({ chat }) {
        const answer = await chat(
          "command-a-vision-07-2025",
          user([
            { type: "text", text: "What is it?" },
            { type: "image_url", image_url: { url: picture, detail: "low" } },
          ]),
        );
        const digest = createHash("sha256").update(picture).digest("hex").slice(0, 16);
        assert.is(choiceOf(answer).message.content, `I see ${digest}`);
      },
    },
    PDF: {
      absent:
        "the reference of v2/chat (cohere-ai 8.1): documents are text; a PDF is refused and its text wanted instead",
    },
    "structured output": {
      sentence: "a schema goes inline, and beside tools another endpoint is asked",
      async prove({ chat, stream }) {
        const schema = {
          type: "object",
          properties: { name: { type: "string" }, age: { type: "integer" } },
          required: ["name"],
        };
        const format = {
          ...user("Who?"),
          response_format: { type: "json_schema", json_schema: { name: "person", schema } },
        };
        const expected = { name: "a name", age: 7 };
        assert.equal(
          JSON.parse(choiceOf(await chat(command, format)).message.content ?? ""),
          expected,
        );
        assert.equal(JSON.parse((await stream(command, format)).content), expected);
        const both = { ...format, tools: [toolNamed("look")] };
        const refused = await chat(command, both);
        assert.is(refused.status, 400);
        assert.match(JSON.stringify(refused.body), "response_format");
        assert.is((await chat(command, both, { fallback: true })).status, 200);
      },
    },
    "reasoning round trip": {
      sentence: "thoughts come out, and go back before the calls that they led to",
      async prove({ stream, chat, double }) {
        const tools = [toolNamed("get_weather")];
        const first = await stream(reasoner, {
          ...user("Weather?"),
          tools,
          reasoning: { effort: "medium" },
        });
        assert.is(first.reasoning, 'First, "think" – then…');
        const sent = double.requests.at(-1)?.body as { thinking?: object };
        assert.equal(sent.thinking, { type: "enabled", token_budget: 1_024 });
        const [call] = first.toolCalls;
        assert.ok(call);
        const second = await chat(reasoner, {
          tools,
          messages: [
            ...user("Weather?").messages,
            {
              role: "assistant",
              content: "",
              reasoning_details: [
                ...first.reasoningDetails,
                {
                  type: "reasoning.text",
                  text: "x",
                  signature: "y",
                  format: "anthropic-claude-v1",
                },
              ],
              tool_calls: [callOf(call)],
            },
            { role: "tool", tool_call_id: call.id, content: "sunny" },
          ],
        });
        assert.is(
          choiceOf(second).message.content,
          "The tools said sunny. I remember what I thought.",
        );
      },
    },
    "cache marks": {
      absent:
        "the reference of v2/chat (cohere-ai 8.1) has no cache control: prompts are cached unasked",
    },
    "usage with cache": {
      sentence: "what came from the cache is a part of the billed input",
      async prove({ chat, billed }) {
        const answer = await chat(command, user("Hello"));
        const usage = answer.body["usage"] as {
          prompt_tokens: number;
          prompt_tokens_details: { cached_tokens: number };
        };
        assert.is(usage.prompt_tokens, 11);
        assert.is(usage.prompt_tokens_details.cached_tokens, 4);
        assert.is((await billed(answer)).counts["cache_read"], 4n);
      },
    },
    refusal: {
      absent:
        "the finish words of v2/chat (cohere-ai 8.1) have none for a refusal: the model says it in its text",
    },
    "overload in stream": {
      sentence: "an answer that ends in ERROR before any content is asked for elsewhere",
      async prove({ stream }) {
        const rescued = await stream(`${command}--failing`, user("Hello"), { fallback: true });
        assert.is(rescued.status, 200);
        assert.ok(rescued.content.length > 0);
        const alone = await stream(`${command}--failing`, user("Hello"));
        assert.is(alone.status, 502);
        assert.match(JSON.stringify(alone.error), "the model fell over");
        assert.is((await stream(`${command}--overloaded`, user("Hello"))).status, 503);
      },
    },
    "cut stream": {
      sentence:
        "a connection that is cut, an end without an end and one that came too late are told in the stream",
      async prove({ stream, billed }) {
        assert.ok((await stream(`${command}--cut`, user("Hello"))).error);
        for (const how of ["ended", "errored"]) {
          const answer = await stream(`${command}--${how}`, user("Hello"));
          assert.is(answer.content, "Hello from");
          assert.is(answer.done, false);
          assert.ok(answer.error, how);
          assert.is((await billed(answer)).usageSource, "estimated");
        }
      },
    },
    "context overflow": {
      sentence:
        "a prompt that is too long is the client's 400, and too many calls a minute are not",
      async prove({ chat }) {
        const long = await chat(`${command}--long`, user("Hello"));
        assert.is(long.status, 400);
        assert.match(JSON.stringify(long.body), "context_length_exceeded");
        assert.is((await chat(`${command}--limited`, user("Hello"))).status, 429);
      },
    },
    "bad key": {
      sentence: "a key that Cohere does not know is our trouble, and another endpoint answers",
      async prove({ chat }) {
        assert.is((await chat(command, user("Hello"), { wrongKey: true })).status, 502);
        const rescued = await chat(command, user("Hello"), { wrongKey: true, fallback: true });
        assert.is(rescued.status, 200);
      },
    },
  },
};
