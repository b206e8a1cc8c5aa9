// What Gemini has to show, at AI Studio and on Vertex alike, before the strict double of both (test/doubles/gemini-api.ts).
// Behind `--` in a model's name stands what it plays.
import * as assert from "uvu/assert";
import type { ChatAnswer, ChatStream, Conformance, Proof } from "./conformance.ts";

const user = (content: unknown): object => ({ role: "user", content });
const hi = { messages: [user("Hi")] };
const tool = (name: string): object => ({
  type: "function",
  function: {
    name,
    description: "d",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, unit: { const: "C" }, const: { type: "string" } },
      additionalProperties: false,
      $schema: "http://json-schema.org/draft-07/schema#",
    },
  },
});
const png = "data:image/png;base64,iVBORw0KGgo=";

type Message = {
  role: string;
  content: string | null;
  reasoning?: string;
  reasoning_details?: Record<string, unknown>[];
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
};
const messageOf = ({ body }: ChatAnswer): Message =>
  (body["choices"] as { message: Message }[])[0]?.message ?? { role: "", content: null };
const finishOf = ({ body }: ChatAnswer): unknown =>
  (body["choices"] as Record<string, unknown>[])[0]?.["finish_reason"];

/** What a client sends back of a stream: as OpenRouter's clients put it together. */
const again = (stream: ChatStream): object => ({
  role: "assistant",
  content: stream.content || null,
  reasoning_details: stream.reasoningDetails,
  ...(stream.toolCalls.length > 0
    ? {
        tool_calls: stream.toolCalls.map(({ id, ...called }) => ({
          id,
          type: "function",
          function: called,
        })),
      }
    : {}),
});

const proof = (sentence: string, prove: Proof["prove"]): Proof => ({ sentence, prove });

/** The same at AI Studio and on Vertex; `of` makes a model's name. */
export const geminiCells = (
  of: (script: string, family?: string) => string,
): Conformance["cells"] => ({
  text: proof(
    "a plain answer is said, counted and finished in the contract's words",
    async (world) => {
      const answer = await world.chat(of("text"), hi);
      assert.is(answer.status, 200, JSON.stringify(answer.body));
      assert.is(messageOf(answer).content, 'Hello, wörld 🙂 "well"\n');
      assert.is(finishOf(answer), "stop");
      const billed = await world.billed(answer);
      assert.equal(billed.counts, { input: 9n, output: 4n, request: 1n });
      assert.is(billed.usageSource, "reported");
    },
  ),
  stream: proof(
    "a stream is the same answer in pieces, ends properly and is counted once",
    async (world) => {
      const stream = await world.stream(of("text"), hi);
      assert.is(stream.content, 'Hello, wörld 🙂 "well"\n');
      assert.is(stream.finishReason, "stop");
      assert.ok(stream.done);
      assert.is(stream.usage?.["prompt_tokens"], 9);
      assert.is(stream.usage?.["completion_tokens"], 4);
      assert.equal((await world.billed(stream)).counts, { input: 9n, output: 4n, request: 1n });
    },
  ),
  tools: proof(
    "a call comes with its thoughts and goes back signed, with its answer by name",
    async (world) => {
      const tools = [tool("get_weather")];
      for (const first of [
        await world.chat(of("tools"), { messages: [user("Weather?")], tools }),
        await world.stream(of("tools"), { messages: [user("Weather?")], tools }),
      ]) {
        const said = "chunks" in first ? again(first) : messageOf(first);
        const { tool_calls: [call] = [] } = said as Message;
        assert.is(call?.function.name, "get_weather", JSON.stringify(first));
        assert.equal(JSON.parse(call?.function.arguments ?? ""), { city: "Oslo" });
        assert.is("chunks" in first ? first.finishReason : finishOf(first), "tool_calls");
        const second = await world.chat(of("tools"), {
          tools,
          messages: [
            user("Weather?"),
            said,
            { role: "tool", tool_call_id: call?.id, content: "18 degrees" },
          ],
        });
        assert.is(second.status, 200, JSON.stringify(second.body));
        assert.is(messageOf(second).content, 'It was answered: [{"output":"18 degrees"}]');
      }
    },
  ),
  "parallel tools": proof(
    "calls of one answer have ids of their own whatever came, and are answered in their order",
    async (world) => {
      const tools = [tool("get_weather"), tool("get_time")];
      const stream = await world.stream(of("parallel"), { messages: [user("Weather?")], tools });
      const ids = stream.toolCalls.map(({ id }) => id);
      assert.equal(
        stream.toolCalls.map(({ name }) => name),
        ["get_weather", "get_weather", "get_time"],
      );
      assert.is(new Set(ids).size, 3, ids.join());
      const results = ["cold", "warm", "noon"].map((content, index) => ({
        role: "tool",
        tool_call_id: ids[index],
        content,
      }));
      const second = await world.chat(of("parallel"), {
        tools,
        messages: [user("Weather?"), again(stream), ...results.toReversed()],
      });
      assert.is(second.status, 200, JSON.stringify(second.body));
      assert.is(
        messageOf(second).content,
        '{"output":"cold"} and {"output":"warm"} and {"output":"noon"}',
      );
    },
  ),
  image: proof("a picture in a data URL is part of the request", async (world) => {
    const answer = await world.chat(of("image"), {
      messages: [user([{ type: "image_url", image_url: { url: png } }])],
    });
    assert.is(messageOf(answer).content, "image/png of 12 characters");
  }),
  PDF: proof("a PDF in a data URL is part of the request", async (world) => {
    const file = { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBERi0=" };
    const answer = await world.chat(of("pdf"), {
      messages: [
        user([
          { type: "text", text: "Read" },
          { type: "file", file },
        ]),
      ],
    });
    assert.is(messageOf(answer).content, "application/pdf of 8 characters");
  }),
  "structured output": proof("a schema is asked for, with an enum for its const", async (world) => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" }, kind: { const: "city" } },
    };
    const stream = await world.stream(of("json"), {
      ...hi,
      response_format: { type: "json_schema", json_schema: { name: "city", strict: true, schema } },
    });
    assert.equal(JSON.parse(stream.content), { city: "Oslo" });
    const sent = world.double.requests.at(-1)?.body as {
      generationConfig: { responseJsonSchema: unknown };
    };
    assert.equal(sent.generationConfig.responseJsonSchema, {
      type: "object",
      properties: { city: { type: "string" }, kind: { enum: ["city"] } },
    });
  }),
  "reasoning round trip": proof(
    "thoughts are shown, and what is signed goes back unchanged and in its place",
    async (world) => {
      const reasoning = { effort: "high" };
      const stream = await world.stream(of("think"), { ...hi, reasoning });
      assert.is(stream.reasoning, "First this.", JSON.stringify(stream.error));
      assert.is(stream.content, "Now an answer");
      assert.equal(
        stream.reasoningDetails.map(({ type, format }) => [type, format]),
        [
          ["reasoning.text", "google-gemini-v1"],
          ["reasoning.encrypted", "google-gemini-v1"],
          ["reasoning.encrypted", "google-gemini-v1"],
        ],
      );
      assert.is((await world.billed(stream)).counts["reasoning"], 7n);
      const whole = await world.chat(of("think"), { ...hi, reasoning });
      for (const said of [again(stream), messageOf(whole)]) {
        const second = await world.chat(of("think"), {
          reasoning,
          messages: [user("Hi"), said, user("And?")],
        });
        assert.is(
          messageOf(second).content,
          "Signed before. an answer",
          JSON.stringify(second.body),
        );
      }
      const foreign = {
        role: "assistant",
        content: "Now an answer",
        reasoning_details: [
          { type: "reasoning.text", text: "t", signature: "s", format: "anthropic-claude-v1" },
        ],
      };
      const third = await world.chat(of("think"), {
        reasoning,
        messages: [user("Hi"), foreign, user("And?")],
      });
      assert.is(messageOf(third).content, "Now an answer", JSON.stringify(third.body));
    },
  ),
  "cache marks": proof("marks for a cache are left out: Gemini caches by itself", async (world) => {
    const text = { type: "text", text: "Long", cache_control: { type: "ephemeral" } };
    const answer = await world.chat(of("text"), {
      messages: [{ role: "system", content: [text] }, user([text])],
      cache_control: { type: "ephemeral" },
    });
    assert.is(answer.status, 200, JSON.stringify(answer.body));
  }),
  "usage with cache": proof(
    "what was read from the cache is inside the prompt and billed once",
    async (world) => {
      const stream = await world.stream(of("cache"), hi);
      const billed = await world.billed(stream);
      assert.equal(billed.counts, {
        input: 9n,
        cache_read: 100n,
        output: 4n,
        reasoning: 7n,
        request: 1n,
      });
      // 9 × 1 + 100 × 0.1 + 4 × 4 + 7 × 5, in microdollars
      assert.is(billed.charge, 70_000_000n);
    },
  ),
  refusal: proof(
    "a refused prompt is content policy, a refused answer a finish reason",
    async (world) => {
      const blocked = await world.chat(of("blocked"), hi);
      assert.ok(blocked.status >= 400, String(blocked.status));
      assert.match(JSON.stringify(blocked.body), "PROHIBITED_CONTENT");
      assert.is((await world.billed(blocked)).charge, 0n);
      const filtered = await world.stream(of("filtered"), hi);
      assert.is(filtered.content, "Once");
      assert.is(filtered.finishReason, "content_filter");
    },
  ),
  "overload in stream": proof(
    "an overload inside a stream that has not spoken is answered elsewhere",
    async (world) => {
      for (const script of ["overloaded-in-stream", "overloaded", "empty", "malformed"]) {
        const stream = await world.stream(of(script), hi, { fallback: true });
        assert.is(stream.status, 200, script);
        assert.ok(stream.content.length > 0 && stream.done, script);
      }
    },
  ),
  "cut stream": proof(
    "a stream without a finish reason is told as broken and not as ended",
    async (world) => {
      const stream = await world.stream(of("cut"), hi);
      assert.ok(stream.content !== "" && "Hello, wor".startsWith(stream.content), stream.content);
      assert.ok(stream.error, "an error is told");
      assert.not.ok(stream.done && stream.finishReason === "stop");
    },
  ),
  "context overflow": proof(
    "a prompt that is too long is the client's 400, in Google's words",
    async (world) => {
      const answer = await world.chat(of("long"), hi);
      assert.is(answer.status, 400);
      assert.match(JSON.stringify(answer.body), "exceeds the maximum number of tokens");
    },
  ),
  "bad key": proof(
    "a key that Google does not take is ours to repair, not the client's 401",
    async (world) => {
      const answer = await world.chat(of("text"), hi, { wrongKey: true });
      assert.ok(answer.status >= 500, `${answer.status} ${JSON.stringify(answer.body)}`);
      assert.not.match(JSON.stringify(answer.body), "AIza");
    },
  ),
});
