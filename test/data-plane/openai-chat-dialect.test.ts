// What clients may send: every refusal names its field, and nothing hostile is more than a refusal (reliability.md D40–D57).
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { encodeChunk, finishReasonOf, openaiChat } from "#data/dialects/openai-chat.ts";
import { Refusal } from "#data/refusal.ts";
import { zero } from "#schema/money/amount.ts";

const test = suite("openai chat dialect");
const { decode } = openaiChat;
const good = { model: "acme/big-1", messages: [{ role: "user", content: "hi" }] };
const refusalOf = (bytes: Buffer): Refusal => {
  try {
    decode(bytes);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  return assert.unreachable("it was accepted") as never;
};

for (const { name, text, says } of [
  { name: "an empty body (D40)", text: "", says: "empty" },
  { name: "null (D40)", text: "null", says: "JSON object" },
  { name: "a list (D40)", text: "[]", says: "JSON object" },
  { name: "a text (D40)", text: '"x"', says: "JSON object" },
  { name: "a number (D40)", text: "1", says: "JSON object" },
  { name: "true (D40)", text: "true", says: "JSON object" },
  { name: "truncated JSON (D41)", text: '{"model":"a', says: "not valid JSON" },
  { name: "a trailing comma (D41)", text: '{"a":1,}', says: "not valid JSON" },
  { name: "a comment (D41)", text: '{"a":1/*x*/}', says: "not valid JSON" },
  { name: "two documents (D41)", text: '{"a":1}{"b":2}', says: "not valid JSON" },
  {
    name: "a byte order mark (D41)",
    text: `\ufeff${JSON.stringify(good)}`,
    says: "not valid JSON",
  },
  { name: "two models (D46)", text: '{"model":"a/b","model":"c/d","messages":[]}', says: "twice" },
  { name: "nesting of 10,000 (D44)", text: `{"a":${"[".repeat(10_000)}`, says: "nested" },
]) {
  test(`${name} is a 400 that says so, without an echo of the body`, () => {
    const { status, type, message } = refusalOf(Buffer.from(text));
    assert.is(status, 400);
    assert.is(type, "invalid_request");
    assert.match(message, says);
    assert.ok(message.length < 250, message);
  });
}

test("invalid UTF-8 is a 400 (D42)", () => {
  assert.match(
    refusalOf(
      Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    ).message,
    "UTF-8",
  );
});

for (const { field, value, rule } of [
  ...[undefined, "", 7, ["a"], {}, "x".repeat(5_000), null].map((value) => ({
    field: "model",
    value,
    rule: "D48",
  })),
  ...[{}, "a/b", Array.from({ length: 21 }, (_, at) => `a/${at}`), [""], [7], [["a/b"]]].map(
    (value) => ({ field: "models", value, rule: "D49" }),
  ),
  ...[0, -1, 1.5, "10", 2 ** 53].map((value) => ({ field: "max_tokens", value, rule: "D51" })),
  ...[0, "10", {}].map((value) => ({ field: "max_completion_tokens", value, rule: "D51" })),
  ...[-1, 3, "hot", 1e308].map((value) => ({ field: "temperature", value, rule: "D52" })),
  ...[2, -0.1, "x"].map((value) => ({ field: "top_p", value, rule: "D52" })),
  ...[0, 2, 10_000, "1"].map((value) => ({ field: "n", value, rule: "D52" })),
  ...["true", 1, {}, []].map((value) => ({ field: "stream", value, rule: "D53" })),
  ...[7, {}, "x".repeat(257)].map((value) => ({ field: "user", value, rule: "S-41" })),
  ...["x", [], 1].map((value) => ({ field: "provider", value, rule: "S-41" })),
  ...["x", 1].map((value) => ({ field: "reasoning", value, rule: "S-41" })),
] as { field: string; value: unknown; rule: string }[]) {
  test(`${field} ${JSON.stringify(value)?.slice(0, 30) ?? "missing"} is a 400 that names the field (${rule})`, () => {
    const { status, type, message, metadata } = refusalOf(
      Buffer.from(JSON.stringify({ ...good, [field]: value })),
    );
    assert.is(status, 400);
    assert.is(type, "invalid_request");
    assert.ok(String(metadata["field"]).startsWith(field), message);
    assert.match(message, field);
    assert.match(message, "expected");
  });
}

test("max_tokens of 1e999 is a 400 (D51)", () => {
  assert.match(
    refusalOf(
      Buffer.from('{"model":"a/b","messages":[{"role":"user","content":"x"}],"max_tokens":1e999}'),
    ).message,
    "max_tokens",
  );
});

for (const { name, provider, field } of [
  { name: "order that is a text", provider: { order: "x" }, field: "provider.order" },
  { name: "only with a number", provider: { only: [1] }, field: "provider.only" },
  {
    name: "allow_fallbacks that is a text",
    provider: { allow_fallbacks: "no" },
    field: "provider.allow_fallbacks",
  },
]) {
  test(`provider preferences with ${name} are a 400`, () =>
    assert.is(
      refusalOf(Buffer.from(JSON.stringify({ ...good, provider }))).metadata["field"],
      field,
    ));
}

for (const { name, messages, field } of [
  { name: "no messages", messages: undefined, field: "messages" },
  { name: "an empty list", messages: [], field: "messages" },
  { name: "a text", messages: "hi", field: "messages" },
  {
    name: "100,001 of them",
    messages: Array.from({ length: 10_001 }, () => ({ role: "user", content: "" })),
    field: "messages",
  },
  {
    name: "a null among them",
    messages: [{ role: "user", content: "a" }, null],
    field: "messages[1]",
  },
  { name: "the role root", messages: [{ role: "root", content: "a" }], field: "messages[0].role" },
  {
    name: "content that is an object",
    messages: [{ role: "user", content: {} }],
    field: "messages[0].content",
  },
  {
    name: "content that is a number",
    messages: [{ role: "user", content: 5 }],
    field: "messages[0].content",
  },
  {
    name: "a part without a type",
    messages: [{ role: "user", content: [{ text: "a" }] }],
    field: "messages[0].content[0]",
  },
]) {
  test(`messages with ${name} are an invalid_prompt that names the index (D50)`, () => {
    const { status, type, metadata } = refusalOf(
      Buffer.from(JSON.stringify({ ...good, messages })),
    );
    assert.equal([status, type, metadata["field"]], [400, "invalid_prompt", field]);
  });
}

for (const { name, body } of [
  {
    name: "null where a field is optional (D51)",
    body: {
      max_tokens: null,
      temperature: null,
      stream: null,
      user: null,
      provider: null,
      reasoning: null,
      n: null,
    },
  },
  { name: "unknown fields", body: { foo: { bar: [1] } } },
  { name: "a lone surrogate (D43)", body: { messages: [{ role: "user", content: "\ud800\0" }] } },
  {
    name: "__proto__ and constructor as fields (D47)",
    body: JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    ) as object,
  },
  {
    name: "a picture by address (D58)",
    body: {
      messages: [
        {
          role: "user",
          content: [{ type: "image_url", image_url: { url: "http://169.254.169.254/" } }],
        },
      ],
    },
  },
  {
    name: "an answer of the assistant with tool calls and no content",
    body: {
      messages: [
        { role: "assistant", content: null, tool_calls: [] },
        { role: "tool", content: "x", tool_call_id: "1" },
      ],
    },
  },
]) {
  test(`${name} is accepted`, () => {
    decode(Buffer.from(JSON.stringify({ ...good, ...body })));
    assert.is(({} as { polluted?: boolean }).polluted, undefined);
  });
}

test("models that are named twice are asked once, in the order given (D49)", () => {
  assert.equal(
    decode(Buffer.from(JSON.stringify({ ...good, models: ["b/c", "acme/big-1", "b/c"] }))).models,
    ["acme/big-1", "b/c"],
  );
});

test("the bound on a prompt's tokens is never below its bytes, except for what stands in data URLs", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 500 }), (content) => {
      const text = JSON.stringify({ ...good, messages: [{ role: "user", content }] });
      assert.ok(
        decode(Buffer.from(text)).promptTokensBound >= Buffer.byteLength(content) ||
          content.includes('"data:'),
      );
    }),
  );
  const picture = decode(
    Buffer.from(
      JSON.stringify({
        ...good,
        messages: [
          {
            role: "user",
            content: [
              {
                type: "image_url",
                image_url: { url: `data:image/png;base64,${"A".repeat(900_000)}` },
              },
            ],
          },
        ],
      }),
    ),
  );
  assert.ok(picture.promptTokensBound < 10_000);
});

test("no body at all is more than a refusal", () => {
  const field = fc.constantFrom(
    "model",
    "models",
    "messages",
    "stream",
    "max_tokens",
    "temperature",
    "provider",
    "reasoning",
    "user",
    "session_id",
    "n",
  );
  const body = fc
    .dictionary(field, fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true })
    .map((changes) => Buffer.from(JSON.stringify({ ...good, ...changes })));
  fc.assert(
    fc.property(
      fc.oneof(
        body,
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        try {
          decode(bytes);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          assert.is(error.status, 400);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

for (const { native, ours } of [
  { native: null, ours: null },
  { native: "stop", ours: "stop" },
  { native: "length", ours: "length" },
  { native: "tool_calls", ours: "tool_calls" },
  { native: "function_call", ours: "tool_calls" },
  { native: "max_tokens", ours: "length" },
  { native: "content_filter", ours: "content_filter" },
  { native: "something_new", ours: "stop" },
]) {
  test(`the provider's finish reason ${native} is told as ${ours}`, () =>
    assert.is(finishReasonOf(native), ours));
}

const face = { id: "gen-1-x", created: 1, model: "acme/big-1", provider: "Mill" };
test("a chunk carries our id and model, keeps what the provider added, and leaves its usage out", () => {
  const chunk = JSON.parse(
    encodeChunk(face, {
      id: "theirs",
      model: "theirs",
      usage: { prompt_tokens: 1 },
      choices: [{ index: 0, delta: { content: "a", extra: 1 }, finish_reason: null }],
    }).slice(6),
  ) as Record<string, unknown>;
  assert.equal([chunk["id"], chunk["model"], chunk["usage"]], ["gen-1-x", "acme/big-1", undefined]);
  assert.equal(chunk["choices"], [
    {
      index: 0,
      delta: { content: "a", extra: 1 },
      finish_reason: null,
      native_finish_reason: null,
      logprobs: null,
    },
  ]);
});
test("a stream ends with usage, no choices and [DONE]; a broken one with an error and nothing after it", () => {
  const encoder = openaiChat.encoder(face, decode(Buffer.from(JSON.stringify(good))));
  const end = encoder.end({
    counts: { input: 3n, cache_read: 1n, output: 2n },
    charge: { total: zero, prompt: zero, completion: zero },
    source: "reported",
    ownKey: false,
    upstreamCost: null,
  });
  const [last = "", done] = end.split("\n\n");
  const { usage, choices } = JSON.parse(last.slice(6)) as {
    usage: { prompt_tokens: number; total_tokens: number; cost: number };
    choices: unknown[];
  };
  assert.equal(
    [usage.prompt_tokens, usage.total_tokens, usage.cost, choices.length, done],
    [4, 6, 0, 0, "data: [DONE]"],
  );
  const broken = encoder.broken(
    new Refusal({ status: 502, type: "provider_unavailable", message: "gone" }),
  );
  assert.match(broken, '"code":502');
  assert.match(broken, '"finish_reason":"error"');
  assert.not.match(broken, "DONE");
});

test.run();
