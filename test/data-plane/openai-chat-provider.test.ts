// The wire protocol of OpenAI's chat: failures that are told apart, keys that never leak.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openaiChat as dialect } from "#data/dialects/openai-chat.ts";
import type { ChatAsk, Failure, FailureKind } from "#data/operations/chat.ts";
import { encodeBody } from "#data/providers/openai-chat-body.ts";
import { decodeWhole } from "#data/providers/openai-chat-answer.ts";
import { decodeEvent } from "#data/providers/openai-chat-events.ts";
import { openaiChat } from "#data/providers/openai-chat.ts";
import type { Upstream } from "#data/providers/wire-protocol.ts";

const test = suite("openai chat provider");
const { decodeFailure } = openaiChat;

const error = (message: string, more: object = {}) =>
  JSON.stringify({ error: { message, ...more } });
for (const { name, status, body, kind } of [
  { name: "a wrong key", status: 401, body: error("Incorrect API key provided"), kind: "auth" },
  {
    name: "a key without permission",
    status: 403,
    body: error("Project does not have access"),
    kind: "auth",
  },
  {
    name: "moderation",
    status: 403,
    body: error("Your input was flagged by moderation"),
    kind: "content-policy",
  },
  { name: "an empty account", status: 402, body: error("Insufficient Balance"), kind: "billing" },
  {
    name: "an empty account that looks like a rate limit",
    status: 429,
    body: error("You exceeded your current quota", { code: "insufficient_quota" }),
    kind: "billing",
  },
  { name: "a rate limit", status: 429, body: error("Rate limit reached"), kind: "rate-limit" },
  { name: "an overloaded provider", status: 529, body: error("Overloaded"), kind: "overloaded" },
  { name: "a 503", status: 503, body: "", kind: "overloaded" },
  { name: "a gateway's time-out", status: 504, body: "<html>", kind: "timeout" },
  {
    name: "a prompt that is too long",
    status: 400,
    body: error("This model's maximum context length is 8192 tokens", {
      code: "context_length_exceeded",
    }),
    kind: "context-length",
  },
  {
    name: "a mistake of the client",
    status: 400,
    body: error("Invalid value for tool_choice"),
    kind: "invalid-request",
  },
  {
    name: "an unprocessable body",
    status: 422,
    body: error("field required"),
    kind: "invalid-request",
  },
  { name: "a model that is gone", status: 404, body: error("model not found"), kind: "model-gone" },
  { name: "a web page", status: 502, body: "<html><h1>nginx</h1></html>", kind: "server" },
  { name: "nothing at all", status: 500, body: "", kind: "server" },
  {
    name: "an error that is a text",
    status: 400,
    body: JSON.stringify({ error: "bad things" }),
    kind: "invalid-request",
  },
] satisfies { name: string; status: number; body: string; kind: FailureKind }[]) {
  test(`${name} (${status}) is ${kind}`, () => {
    const failure = decodeFailure(status, {}, body);
    assert.is(failure.kind, kind);
    assert.is(failure.status, status);
    assert.ok(failure.text.length > 0);
  });
}

for (const { header, seconds } of [
  { header: "7", seconds: 7 },
  { header: "0", seconds: 0 },
  { header: "1.2", seconds: 2 },
  { header: "86400", seconds: 86400 },
  { header: "86401", seconds: 86400 },
  { header: "-1", seconds: null },
  { header: "soon", seconds: null },
  { header: "9".repeat(400), seconds: null },
  { header: undefined, seconds: null },
]) {
  test(`Retry-After ${header?.slice(0, 12) ?? "absent"} is ${seconds ?? "not followed"}`, () => {
    assert.is(
      decodeFailure(429, header === undefined ? {} : { "retry-after": header }, "")
        .retryAfterSeconds,
      seconds,
    );
  });
}

for (const secret of [
  "sk-proj-abcdefghijklmnop1234",
  "gsk_abcdefghijklmnop1234",
  "sk-tp-v1-abcdefghijklmnop1234",
  "xai-abcdefghijklmnop1234",
]) {
  test(`a provider's words never pass on ${secret.slice(0, 8)}… (U7)`, () => {
    for (const failure of [
      decodeFailure(401, {}, error(`Incorrect API key provided: ${secret}. Find it at`)),
      decodeFailure(500, {}, `oops ${secret}`),
      decodeWhole(error(secret), {}) as Failure,
    ]) {
      assert.not(failure.text.includes(secret), failure.text);
      assert.not(failure.text.includes("abcdefghijklmnop"), failure.text);
    }
  });
}

test("a provider's words are capped", () =>
  assert.ok(decodeFailure(400, {}, error("x".repeat(100_000))).text.length <= 1000));

for (const { name, data, kinds } of [
  {
    name: "a role alone is no content",
    data: { choices: [{ index: 0, delta: { role: "assistant", content: "" } }] },
    kinds: ["chunk"],
  },
  {
    name: "text is content",
    data: { choices: [{ index: 0, delta: { content: "hi" } }] },
    kinds: ["chunk!"],
  },
  {
    name: "reasoning is content",
    data: { choices: [{ index: 0, delta: { reasoning_content: "hm" } }] },
    kinds: ["chunk!"],
  },
  {
    name: "a tool call is content",
    data: { choices: [{ index: 0, delta: { tool_calls: [{ index: 0 }] } }] },
    kinds: ["chunk!"],
  },
  {
    name: "usage without choices is usage",
    data: { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
    kinds: ["usage"],
  },
  {
    name: "usage beside a finish reason is both",
    data: {
      choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
    },
    kinds: ["chunk", "usage"],
  },
  {
    name: "usage under Groq's name is usage",
    data: { choices: [], x_groq: { usage: { prompt_tokens: 1, completion_tokens: 2 } } },
    kinds: ["usage"],
  },
  {
    name: "an error is a failure",
    data: { error: { message: "Overloaded", code: 529 } },
    kinds: ["failure"],
  },
  {
    name: "an error of null is none",
    data: { error: null, choices: [{ delta: { content: "x" } }] },
    kinds: ["chunk!"],
  },
  { name: "choices that are none are nothing", data: { choices: [null, 5] }, kinds: [] },
]) {
  test(`${name} in a stream`, () => {
    const events = decodeEvent(JSON.stringify(data), {});
    assert.equal(
      events.map((event) => (event.kind === "chunk" && event.content ? "chunk!" : event.kind)),
      kinds,
    );
  });
}

test("no event and no answer, however broken, makes decoding throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc
          .jsonValue()
          .map((value) => JSON.stringify({ choices: [value], usage: value, error: null })),
      ),
      (text) => {
        decodeEvent(text, {});
        decodeWhole(text, {});
        decodeFailure(500, {}, text);
      },
    ),
    { numRuns: 1000 },
  );
});

const ask = (body: object): ChatAsk =>
  dialect.decode(
    Buffer.from(
      JSON.stringify({ messages: [{ role: "user", content: "hi" }], model: "acme/big-1", ...body }),
    ),
  );
const sent = (body: object, upstream: Partial<Upstream> = {}) =>
  JSON.parse(
    encodeBody(ask(body), {
      model: "big-1",
      flags: {},
      outputTokensMax: null,
      outputTokensLimit: 8_192,
      serviceTier: null,
      media: new Map(),
      ...upstream,
    }),
  ) as Record<string, unknown>;

test("the provider gets its own name of the model, and what the gateway does not know as the client wrote it", () => {
  assert.equal(sent({ top_k: 5, unknown_field: { a: [1] } }), {
    messages: [{ role: "user", content: "hi" }],
    model: "big-1",
    top_k: 5,
    unknown_field: { a: [1] },
  });
});
test("what is for the gateway, or would point a provider elsewhere, stays here (D59)", () => {
  const withheld = {
    provider: { order: ["x"] },
    models: ["a/b"],
    usage: { include: true },
    transforms: [],
    session_id: "s",
    api_base: "http://169.254.169.254/",
    base_url: "http://x",
    api_key: "k",
    headers: { a: "b" },
    extra_headers: {},
    extra_body: {},
    custom_llm_provider: "x",
  };
  assert.equal(Object.keys(sent(withheld)).toSorted(), ["messages", "model"]);
});
test("a stream asks for its usage, and a plain answer does not (contract B-12)", () => {
  assert.equal(sent({ stream: true })["stream_options"], { include_usage: true });
  assert.equal(sent({ stream: true, stream_options: { include_usage: false } })["stream_options"], {
    include_usage: true,
  });
  assert.is(sent({ stream_options: { include_usage: true } })["stream_options"], undefined);
});
for (const { asked, priced = null, passed } of [
  { asked: "priority", priced: "priority", passed: "priority" },
  { asked: "fast", priced: "priority", passed: "priority" },
  { asked: "priority", passed: undefined },
  { asked: "auto", passed: "auto" },
  { asked: "default", passed: "default" },
]) {
  test(`service_tier ${asked} is sent on as ${passed ?? "nothing"} where ${priced ?? "no tier"} is priced`, () =>
    assert.is(sent({ service_tier: asked }, { serviceTier: priced })["service_tier"], passed));
}
test("a clamp takes the place of both names of the limit, under the name that the provider knows", () => {
  assert.is(sent({}, { outputTokensMax: 99 })["max_tokens"], 99);
  const renamed = sent({ max_tokens: 5 }, { flags: { tokenLimitField: "max_completion_tokens" } });
  assert.is(renamed["max_completion_tokens"], 5);
  assert.is(renamed["max_tokens"], undefined);
});

test.run();
