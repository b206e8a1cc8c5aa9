// Cohere's three protocols alone: what requests become, what answers mean, and that no text at all breaks them.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openaiChat as dialect } from "#data/dialects/openai-chat.ts";
import type { ChatAsk, FailureKind, StreamEvent } from "#data/operations/chat.ts";
import { cohereChat } from "#data/providers/cohere-chat.ts";
import { bodyOf } from "#data/providers/cohere-chat/request.ts";
import type { CohereBody } from "#data/providers/cohere-chat/wire.ts";
import { cohereEmbed } from "#data/providers/cohere-embed.ts";
import { cohereRerank } from "#data/providers/cohere-rerank.ts";
import { cohereUsage } from "#data/providers/cohere-usage.ts";
import { CannotEncode, type Upstream, type WireProtocol } from "#data/providers/wire-protocol.ts";
import { sseParser } from "#data/upstream/sse.ts";
import { cohereKey, startCohereApi } from "#test/doubles/cohere-api.ts";
import { seeded, slices } from "#test/doubles/strict-server.ts";

const test = suite("cohere");

const askOf = (body: object): ChatAsk =>
  dialect.decode(
    Buffer.from(
      JSON.stringify({ model: "a/b", messages: [{ role: "user", content: "Hello" }], ...body }),
    ),
  );
const upstreamOf = (more: Partial<Upstream> = {}): Upstream => ({
  model: "command-a-reasoning-08-2025",
  flags: {},
  outputTokensMax: null,
  outputTokensLimit: 4_000,
  serviceTier: null,
  media: new Map(),
  ...more,
});
const encoded = (
  body: object,
  more: Partial<Upstream> = {},
): Omit<CohereBody, "model" | "stream"> => {
  const { model: _model, stream: _stream, ...rest } = bodyOf(askOf(body), upstreamOf(more));
  return rest;
};
const hello = [{ role: "user", content: "Hello" }];
const tool = (name: string, strict = false) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: {} }, ...(strict ? { strict } : {}) },
});
const sentTool = (name: string) => {
  const { type, function: called } = tool(name);
  return { type, function: called };
};
const call = (id: string) => ({
  id,
  type: "function",
  function: { name: "look", arguments: "{}" },
});
const file = (data: string, filename = "notes.md") => ({
  type: "file",
  file: { filename, file_data: data },
});

for (const { name, body, more = {}, expected } of [
  { name: "a plain request is its messages", body: {}, expected: { messages: hello } },
  {
    name: "names that differ, within Cohere's bounds; what it does not have is left out",
    body: {
      temperature: 1.4,
      top_p: 0,
      top_k: 900,
      frequency_penalty: -1,
      presence_penalty: 2,
      stop: ["a", "b", "", "c", "d"],
      seed: 3,
      user: "u",
      parallel_tool_calls: false,
      logprobs: true,
    },
    expected: {
      messages: hello,
      temperature: 1.4,
      p: 0.01,
      k: 500,
      seed: 3,
      frequency_penalty: 0,
      presence_penalty: 1,
      stop_sequences: ["a", "b", "c", "d"],
      logprobs: true,
    },
  },
  {
    name: "a named tool is the only one, and required",
    body: {
      tools: [tool("look", true), tool("go")],
      tool_choice: { type: "function", function: { name: "go" } },
    },
    expected: {
      messages: hello,
      tools: [sentTool("go")],
      strict_tools: true,
      tool_choice: "REQUIRED",
    },
  },
  {
    name: "no call is a word of its own",
    body: { tools: [tool("look")], tool_choice: "none" },
    expected: { messages: hello, tools: [sentTool("look")], tool_choice: "NONE" },
  },
  {
    name: "a model that does not know the word gets no tools instead",
    body: { tools: [tool("look")], tool_choice: "none" },
    more: { flags: { toolChoice: "auto" } },
    expected: { messages: hello },
  },
  {
    name: "files of text become documents beside what the client sent",
    body: {
      documents: ["one", { id: "2", data: { text: "two" } }],
      messages: [
        {
          role: "user",
          content: [file("data:text/markdown;base64,IyBIaQ=="), file("data:,gr%C3%BC%C3%9F", "")],
        },
      ],
    },
    more: { flags: { safetyMode: "STRICT", citations: "FAST" } },
    expected: {
      messages: [{ role: "user", content: "See the attached document." }],
      documents: [
        "one",
        { id: "2", data: { text: "two" } },
        { data: { text: "# Hi", title: "notes.md" } },
        { data: { text: "grüß" } },
      ],
      citation_options: { mode: "FAST" },
    },
  },
  {
    name: "the safety mode of the row, where nothing stands beside it",
    body: {},
    more: { flags: { safetyMode: "STRICT" } },
    expected: { messages: hello, safety_mode: "STRICT" },
  },
  {
    name: "blank messages are left out, a developer is the system, and names are told",
    body: {
      messages: [
        { role: "developer", content: "Be brief." },
        { role: "user", content: " " },
        { role: "user", name: "ann", content: "Hi" },
        { role: "assistant", content: null, refusal: "No." },
        { role: "user", name: "bob", content: [{ type: "text", text: "Why?" }] },
      ],
    },
    expected: {
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "ann: Hi" },
        { role: "assistant", content: "No." },
        { role: "user", content: "bob: Why?" },
      ],
    },
  },
  {
    name: "thinking by effort, of the limit",
    body: { reasoning: { effort: "high" }, max_tokens: 1_000 },
    expected: {
      messages: hello,
      max_tokens: 1_000,
      thinking: { type: "enabled", token_budget: 800 },
    },
  },
  {
    name: "thinking by tokens, below the limit",
    body: { reasoning: { max_tokens: 9_000 } },
    expected: { messages: hello, thinking: { type: "enabled", token_budget: 3_999 } },
  },
  {
    name: "thinking without a number",
    body: { reasoning: { enabled: true } },
    expected: { messages: hello, thinking: { type: "enabled" } },
  },
  {
    name: "no thinking",
    body: { reasoning: { effort: "none" } },
    expected: { messages: hello, thinking: { type: "disabled" } },
  },
  {
    name: "nothing about thinking to a model that does not know the word",
    body: { reasoning: { effort: "high" } },
    more: { flags: { thinking: false } },
    expected: { messages: hello },
  },
  {
    name: "a format without a schema",
    body: { response_format: { type: "json_object" } },
    expected: { messages: hello, response_format: { type: "json_object" } },
  },
] as { name: string; body: object; more?: Partial<Upstream>; expected: object }[])
  test(name, () => assert.equal(encoded(body, more), expected));

test("a plan and thoughts go back as what they were, another provider's do not", () => {
  const { messages } = encoded({
    messages: [
      ...hello,
      {
        role: "assistant",
        content: "Wait.",
        reasoning_details: [
          { type: "reasoning.text", text: "a", index: 0, format: "unknown" },
          { type: "reasoning.text", text: "b", index: 0, format: "unknown" },
          { type: "reasoning.text", text: "plan", index: 1, format: "unknown", id: "tool-plan" },
          { type: "reasoning.text", text: "x", index: 2, format: "google-gemini-v1" },
          { type: "reasoning.encrypted", data: "x", format: "unknown" },
        ],
        tool_calls: [call("1")],
      },
      { role: "tool", tool_call_id: "1", content: "done" },
    ],
  });
  assert.equal(messages[1], {
    role: "assistant",
    content: [
      { type: "thinking", thinking: "ab" },
      { type: "text", text: "Wait." },
    ],
    tool_calls: [call("1")],
    tool_plan: "plan",
  });
});

for (const { name, body, more = {}, field } of [
  {
    name: "a PDF",
    body: { messages: [{ role: "user", content: [file("data:application/pdf;base64,QUJD")] }] },
    field: "messages[0].content[0].file.file_data",
  },
  {
    name: "a file at an address",
    body: { messages: [{ role: "user", content: [file("https://x.example/a.txt")] }] },
    field: "messages[0].content[0].file.file_data",
  },
  {
    name: "sound",
    body: { messages: [{ role: "user", content: [{ type: "input_audio", input_audio: {} }] }] },
    field: "messages[0].content[0].type",
  },
  {
    name: "a picture from a tool",
    body: {
      messages: [
        ...hello,
        { role: "assistant", tool_calls: [call("1")] },
        {
          role: "tool",
          tool_call_id: "1",
          content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
        },
      ],
    },
    field: "messages[2].content[0].type",
  },
  {
    name: "a result of no call",
    body: { messages: [...hello, { role: "tool", tool_call_id: "1", content: "x" }] },
    field: "messages[1].tool_call_id",
  },
  {
    name: "a call without its result",
    body: { messages: [...hello, { role: "assistant", tool_calls: [call("1")] }, ...hello] },
    field: "messages[1].tool_calls[0]",
  },
  {
    name: "a call that nobody answers",
    body: { messages: [...hello, { role: "assistant", tool_calls: [call("1")] }] },
    field: "messages[1].tool_calls[0]",
  },
  {
    name: "arguments that are no object",
    body: {
      messages: [
        ...hello,
        {
          role: "assistant",
          tool_calls: [{ ...call("1"), function: { name: "a", arguments: "[]" } }],
        },
      ],
    },
    field: "messages[1].tool_calls[0].function.arguments",
  },
  {
    name: "a tool of the provider's",
    body: { tools: [{ type: "openrouter:web_search" }] },
    field: "tools[0].type",
  },
  {
    name: "a tool that is not there",
    body: { tools: [tool("look")], tool_choice: { type: "function", function: { name: "go" } } },
    field: "tool_choice",
  },
  {
    name: "a forced call from a model that cannot be forced",
    body: { tools: [tool("look")], tool_choice: "required" },
    more: { flags: { toolChoice: "auto" } },
    field: "tool_choice",
  },
  {
    name: "a format beside documents",
    body: { documents: ["x"], response_format: { type: "json_object" } },
    field: "response_format",
  },
  { name: "nothing", body: { messages: [{ role: "user", content: "" }] }, field: "messages" },
] as { name: string; body: object; more?: Partial<Upstream>; field: string }[])
  test(`${name} is not sent, and the field is named`, () =>
    refuses(() => encoded(body, more), field));

function refuses(encode: () => unknown, field: string): void {
  try {
    encode();
  } catch (cause) {
    assert.instance(cause, CannotEncode);
    assert.is((cause as CannotEncode).field, field);
    return;
  }
  assert.unreachable();
}

// What comes back.
const decode = (events: (object | string)[]): StreamEvent[] => {
  const decoder = cohereChat.decoder(askOf({ stream: true }), upstreamOf());
  return events.flatMap((event) =>
    decoder(typeof event === "string" ? event : JSON.stringify(event), ""),
  );
};
const contentDelta = (content: object, more: object = {}) => ({
  type: "content-delta",
  index: 0,
  delta: { message: { content } },
  ...more,
});

test("text is told by reference after its first piece, unless it needs escapes", () => {
  const events = decode(["one", " two", ' "3"'].map((text) => contentDelta({ text })));
  assert.equal(
    events.map(({ kind }) => kind),
    ["chunk", "text", "chunk"],
  );
});

test("a plan and thoughts have indexes of their own, so that a client keeps them apart", () => {
  const events = decode([
    contentDelta({ thinking: "hm" }),
    { type: "tool-plan-delta", delta: { message: { tool_plan: "I will" } } },
    contentDelta({ thinking: " yes" }),
  ]);
  assert.equal(
    events.map((event) =>
      event.kind === "chunk" ? event.chunk.choices?.[0]?.delta?.reasoning_details?.[0] : null,
    ),
    [
      { type: "reasoning.text", text: "hm", format: "unknown", index: 0 },
      { type: "reasoning.text", text: "I will", format: "unknown", index: 1, id: "tool-plan" },
      { type: "reasoning.text", text: " yes", format: "unknown", index: 0 },
    ],
  );
});

test("a citation names its document's address, or its id where it has none; a plan's is left out", () => {
  const citation = (more: object) => ({
    type: "citation-start",
    index: 0,
    delta: { message: { citations: { start: 1, end: 4, text: "abc", ...more } } },
  });
  const events = decode([
    citation({
      type: "TEXT_CONTENT",
      sources: [
        { type: "document", id: "d:1", document: { title: "T", url: "https://x.example" } },
        { type: "tool", id: "look:0", tool_output: {} },
      ],
    }),
    citation({ type: "PLAN", sources: [{ type: "document", id: "d:1" }] }),
  ]);
  assert.is(events.length, 1);
  const [event] = events;
  assert.ok(event?.kind === "chunk");
  const shared = { content: "abc", start_index: 1, end_index: 4 };
  assert.equal(event.chunk.choices?.[0]?.delta?.annotations, [
    { type: "url_citation", url_citation: { url: "https://x.example", title: "T", ...shared } },
    { type: "url_citation", url_citation: { url: "tool:look:0", title: "look:0", ...shared } },
  ]);
});

test("log probabilities stand beside their text", () => {
  const [event] = decode([
    contentDelta(
      { text: "Hi" },
      { logprobs: { text: "Hi", token_ids: [1, 2], logprobs: [-1, -0.5] } },
    ),
  ]);
  assert.ok(event?.kind === "chunk");
  assert.equal(event.chunk.choices?.[0]?.["logprobs"], {
    content: [{ token: "Hi", logprob: -1.5, bytes: [72, 105], top_logprobs: [] }],
  });
});

for (const [word, finish] of [
  ["COMPLETE", "stop"],
  ["STOP_SEQUENCE", "stop"],
  ["MAX_TOKENS", "length"],
  ["TOOL_CALL", "tool_calls"],
  ["SOMETHING_NEW", "stop"],
] as const)
  test(`the end ${word} is ${finish}, and the provider's word stays`, () => {
    const [event, done] = decode([{ type: "message-end", delta: { finish_reason: word } }]);
    assert.ok(event?.kind === "chunk");
    assert.is(event.chunk.choices?.[0]?.finish_reason, finish);
    assert.is(event.chunk.choices?.[0]?.native_finish_reason, word);
    assert.is(done?.kind, "done");
  });

for (const { word, error, kind } of [
  { word: "ERROR", error: "it broke", kind: "server" },
  { word: "TIMEOUT", error: "it took long", kind: "timeout" },
] as const)
  test(`the end ${word} is a failure with Cohere's words`, () => {
    const [event] = decode([{ type: "message-end", delta: { finish_reason: word, error } }]);
    assert.ok(event?.kind === "failure");
    assert.is(event.failure.kind, kind);
    assert.match(event.failure.text, error);
  });

for (const { name, raw, operation = "chat", counts } of [
  {
    name: "the bill is before what was physically read",
    raw: {
      billed_units: { input_tokens: 11, output_tokens: 7 },
      tokens: { input_tokens: 508, output_tokens: 9 },
    },
    counts: { input: 11n, output: 7n, request: 1n },
  },
  {
    name: "what came from the cache is never more than the bill",
    raw: { billed_units: { input_tokens: 11, output_tokens: 7 }, cached_tokens: 500 },
    counts: { input: 0n, cache_read: 11n, output: 7n, request: 1n },
  },
  {
    name: "searches are counted apart",
    raw: { billed_units: { input_tokens: 1, output_tokens: 2, search_units: 3 } },
    counts: { input: 1n, output: 2n, request: 1n, web_search: 3n },
  },
  {
    name: "without a bill it is what was read and written",
    raw: { tokens: { input_tokens: 5, output_tokens: 6 } },
    counts: { input: 5n, output: 6n, request: 1n },
  },
  { name: "half a bill is not believed", raw: { billed_units: { input_tokens: 5 } }, counts: null },
  {
    name: "a negative bill is not believed",
    raw: { billed_units: { input_tokens: -5, output_tokens: 1 } },
    counts: null,
  },
  {
    name: "a bill of fractions is not believed",
    raw: { billed_units: { input_tokens: 5.5, output_tokens: 1 } },
    counts: null,
  },
  { name: "no bill at all is none", raw: {}, counts: undefined },
  {
    name: "a ranking is billed by search units",
    raw: { billed_units: { search_units: 3 } },
    operation: "rerank",
    counts: { input: 0n, request: 3n },
  },
  {
    name: "vectors of pictures are input too",
    raw: { billed_units: { input_tokens: 3, image_tokens: 40 } },
    operation: "embedding",
    counts: { input: 43n, request: 1n },
  },
] as { name: string; raw: unknown; operation?: "chat" | "embedding" | "rerank"; counts: unknown }[])
  test(`usage: ${name}`, () => assert.equal(cohereUsage(raw, operation)?.counts, counts));

for (const { status, message, kind } of [
  {
    status: 400,
    message:
      "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292",
    kind: "context-length",
  },
  { status: 400, message: "invalid request: temperature", kind: "invalid-request" },
  { status: 401, message: "invalid api token", kind: "auth" },
  { status: 402, message: "Please add or update your payment method", kind: "billing" },
  { status: 404, message: "model 'command' was removed", kind: "model-gone" },
  { status: 422, message: "unprocessable", kind: "invalid-request" },
  {
    status: 429,
    message: "You are using a Trial key, which is limited to 20 API calls / minute",
    kind: "rate-limit",
  },
  { status: 498, message: "invalid token", kind: "auth" },
  { status: 500, message: "internal server error", kind: "server" },
  { status: 503, message: "service unavailable", kind: "overloaded" },
  { status: 504, message: "gateway timeout", kind: "timeout" },
] as { status: number; message: string; kind: FailureKind }[])
  test(`${status} "${message.slice(0, 24)}" is ${kind}`, () =>
    assert.is(
      cohereChat.decodeFailure(status, {}, JSON.stringify({ id: "x", message })).kind,
      kind,
    ));

for (const body of [
  "",
  "null",
  "[]",
  "{}",
  '{"message":"sorry"}',
  "<html>",
  '{"message":{},"finish_reason":"ERROR"}',
])
  test(`an answer of ${JSON.stringify(body)} is a failure in words`, () => {
    const decoded = cohereChat.decodeWhole(body, askOf({}), upstreamOf());
    assert.ok("kind" in decoded && decoded.text.length > 0);
  });

// Vectors and rankings, before the double.
const double = await startCohereApi();
async function send(protocol: WireProtocol, body: object, more: Partial<Upstream> = {}) {
  const ask = {
    ...askOf({}),
    body: body as Record<string, unknown>,
    operation: protocol.operation,
  };
  const { path, body: sent } = protocol.encode(ask, upstreamOf({ model: "embed-v4.0", ...more }));
  const answer = await fetch(`${double.origin}/v2${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${cohereKey}` },
    body: sent,
  });
  const text = await answer.text();
  assert.is(answer.status, 200, text);
  const decoded = protocol.decodeWhole(text, ask, upstreamOf());
  assert.ok("whole" in decoded, text);
  return { ...decoded, sent: JSON.parse(sent) as Record<string, unknown> };
}

test("vectors come in the order of their texts, and are billed by them", async () => {
  const { whole, usage, sent } = await send(cohereEmbed, { input: ["a", "b"], dimensions: 3 });
  assert.equal(whole["data"], [
    { index: 0, embedding: [0.5, 0.5, 0.5] },
    { index: 1, embedding: [1.5, 1.5, 1.5] },
  ]);
  assert.equal(usage?.counts, { input: 6n, request: 1n });
  assert.equal(sent, {
    model: "embed-v4.0",
    texts: ["a", "b"],
    input_type: "search_document",
    embedding_types: ["float"],
    output_dimension: 3,
  });
});

test("vectors in base64, of a query, of a text and a picture in one", async () => {
  const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
  const { whole, sent } = await send(cohereEmbed, {
    input: [{ content: [{ type: "text", text: "a" }, image] }],
    input_type: "retrieval.query",
    encoding_format: "base64",
  });
  const [row] = whole["data"] as { embedding: string }[];
  assert.is(
    row?.embedding,
    Buffer.from(Float32Array.from([0.5, 0.5, 0.5, 0.5]).buffer).toString("base64"),
  );
  assert.is(sent["input_type"], "search_query");
  assert.ok(Array.isArray(sent["inputs"]));
});

test("what Cohere cannot make a vector of is not sent", () => {
  const encode = (input: unknown) => () =>
    cohereEmbed.encode({ ...askOf({}), body: { input } }, upstreamOf());
  refuses(encode([1, 2]), "input");
  refuses(encode([[1, 2]]), "input");
  refuses(encode(Array.from({ length: 97 }, () => "x")), "input");
  refuses(encode([{ type: "image_url", image_url: { url: "https://x.example" } }]), "input[0]");
});

test("a ranking comes best first, and is billed by search units", async () => {
  const documents = Array.from({ length: 101 }, (_, at) => (at === 0 ? { text: "zero" } : `${at}`));
  const { whole, usage, sent } = await send(cohereRerank, { query: "q", documents, top_n: 500 });
  assert.is((whole["results"] as object[]).length, 101);
  assert.equal((whole["results"] as object[])[0], { index: 100, relevance_score: 101 / 102 });
  assert.equal(usage?.counts, { input: 0n, request: 2n });
  assert.is(sent["top_n"], 101);
  refuses(
    () =>
      cohereRerank.encode(
        { ...askOf({}), body: { query: "q", documents: [{ image: "x" }] } },
        upstreamOf(),
      ),
    "documents[0]",
  );
});

for (const protocol of [cohereEmbed, cohereRerank])
  for (const body of [
    "",
    "{}",
    '{"results":[{"index":7,"relevance_score":1}]}',
    '{"embeddings":{"float":[[]]}}',
    '{"message":"no"}',
  ])
    test(`${protocol.operation}: ${JSON.stringify(body)} is a failure in words`, () => {
      const ask = { ...askOf({}), body: { input: ["a"], documents: ["a"] } };
      const decoded = protocol.decodeWhole(body, ask, upstreamOf());
      assert.ok("kind" in decoded && decoded.text.length > 0);
    });

// Whatever comes, it is events or a failure that says what is wrong, and nothing is thrown or kept.
const seed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const askedOnce = askOf({ stream: true });
const upstreamOnce = upstreamOf();

test(`100,000 streams of any JSON under any name are decoded (FUZZ_SEED=${seed})`, () => {
  const random = seeded(seed);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  const types = [
    "message-start",
    "content-start",
    "content-delta",
    "content-end",
    "tool-plan-delta",
    "tool-call-start",
    "tool-call-delta",
    "tool-call-end",
    "citation-start",
    "citation-end",
    "message-end",
    "debug",
    "new",
    "",
  ];
  const words = [
    "type",
    "index",
    "delta",
    "message",
    "content",
    "text",
    "thinking",
    "tool_calls",
    "function",
    "arguments",
    "name",
    "id",
    "tool_plan",
    "citations",
    "sources",
    "document",
    "logprobs",
    "finish_reason",
    "usage",
    "billed_units",
    "input_tokens",
    "output_tokens",
    "error",
  ];
  const value = (depth: number): unknown => {
    const kind = Math.floor(random() * (depth > 5 ? 6 : 9));
    if (kind === 0) return null;
    if (kind === 1) return Math.floor(random() * 1e12) - 1e11;
    if (kind === 2) return pick(["", "x", "COMPLETE", "ERROR", '"\\\u0000', "\ud800"]);
    if (kind === 3) return random() < 0.5;
    if (kind === 4) return pick(types);
    if (kind === 5) return [];
    if (kind === 6) return [value(depth + 1)];
    return Object.fromEntries(Array.from({ length: 3 }, () => [pick(words), value(depth + 1)]));
  };
  for (let round = 0; round < 100_000; round++) {
    const decoder = cohereChat.decoder(askedOnce, upstreamOnce);
    const events: StreamEvent[] = [];
    const parser = sseParser((data, name) => events.push(...decoder(data, name)));
    const type = pick(types);
    const data =
      random() < 0.1
        ? pick(["{", "[]", "null", "x"])
        : JSON.stringify({ type, delta: value(1), index: value(5), message: value(5) });
    const bytes = Buffer.from(`event: ${pick(types)}\ndata: ${data}\n\n`);
    if (round % 10 === 0) for (const slice of slices(bytes, random)) parser.feed(slice);
    else
      parser.feed(random() < 0.2 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes);
    parser.end();
    for (const event of events) {
      if (event.kind === "failure") assert.ok(event.failure.text.length > 0);
      if (event.kind === "usage" && event.usage.counts)
        for (const count of Object.values(event.usage.counts)) assert.ok(count >= 0n);
    }
  }
});

test.after(() => double.close());
test.run();
