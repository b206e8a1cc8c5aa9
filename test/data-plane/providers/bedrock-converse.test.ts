// `bedrock-converse` alone: what a request becomes, what an answer means, and that no bytes at all break it.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openaiChat as dialect } from "#data/dialects/openai-chat.ts";
import type { ChatAsk, FailureKind, StreamEvent } from "#data/operations/chat.ts";
import { bedrockConverse } from "#data/providers/bedrock-converse.ts";
import { bodyOf } from "#data/providers/bedrock-converse/request.ts";
import type { ConverseBody } from "#data/providers/bedrock-converse/wire.ts";
import { CannotEncode, type Upstream } from "#data/providers/wire-protocol.ts";
import { awsEventStreamParser, EventStreamError } from "#data/upstream/aws-event-stream.ts";
import { checkFlags } from "#schema/flags/check-flags.ts";
import { eventFrame } from "#test/doubles/bedrock-api.ts";
import { seeded, slices } from "#test/doubles/strict-server.ts";

const test = suite("bedrock-converse");

const claude = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const opus = "anthropic.claude-opus-5";
const askOf = (body: object): ChatAsk =>
  dialect.decode(
    Buffer.from(
      JSON.stringify({ model: "a/b", messages: [{ role: "user", content: "Hello" }], ...body }),
    ),
  );
const upstreamOf = (model = claude, more: Partial<Upstream> = {}): Upstream => ({
  model,
  flags: {},
  outputTokensMax: null,
  outputTokensLimit: 8_192,
  serviceTier: null,
  media: new Map(),
  ...more,
});
const encoded = (body: object, upstream = upstreamOf()): ConverseBody =>
  bodyOf(askOf(body), upstream);
const hello = [{ role: "user", content: [{ text: "Hello" }] }];
const tool = (name: string) => ({
  type: "function",
  function: { name, parameters: { type: "object", properties: {} } },
});
const call = (id: string, name = "look", written = "{}") => ({
  id,
  type: "function",
  function: { name, arguments: written },
});
const schema = {
  type: "object",
  properties: { a: { type: "string", minLength: 2, format: "ipv4" } },
};
const format = { type: "json_schema", json_schema: { name: "thing", schema } };

for (const { name, body, upstream = upstreamOf("x.other-1"), expected } of [
  {
    name: "a plain request is nothing more than its messages",
    body: {},
    expected: { messages: hello },
  },
  {
    name: "Claude always gets a limit",
    body: {},
    upstream: upstreamOf(),
    expected: { messages: hello, inferenceConfig: { maxTokens: 8_192 } },
  },
  {
    name: "our clamp is before the client's limit",
    body: { max_tokens: 900 },
    upstream: upstreamOf("x.other-1", { outputTokensMax: 300 }),
    expected: { messages: hello, inferenceConfig: { maxTokens: 300 } },
  },
  {
    name: "sampling within what Converse takes; blank stops are left out",
    body: { temperature: 1.7, top_p: 0.4, stop: ["END", "\n"], top_k: 9, seed: 4 },
    expected: {
      messages: hello,
      inferenceConfig: { temperature: 1, topP: 0.4, stopSequences: ["END"] },
    },
  },
  {
    name: "Claude takes a temperature or top_p, and top_k as a field of its own",
    body: { temperature: 0.3, top_p: 0.4, top_k: 9 },
    upstream: upstreamOf(),
    expected: {
      messages: hello,
      inferenceConfig: { maxTokens: 8_192, temperature: 0.3 },
      additionalModelRequestFields: { top_k: 9 },
    },
  },
  {
    name: "a newer Claude takes no sampling",
    body: { temperature: 0.3, top_p: 0.4, top_k: 9 },
    upstream: upstreamOf(opus),
    expected: { messages: hello, inferenceConfig: { maxTokens: 8_192 } },
  },
  {
    name: "Nova's top_k stands in its own schema",
    body: { top_k: 9 },
    upstream: upstreamOf("amazon.nova-pro-v1:0"),
    expected: {
      messages: hello,
      additionalModelRequestFields: { inferenceConfig: { topK: 9 } },
    },
  },
  {
    name: "instructions come first; a later one stays where it was said",
    body: {
      messages: [
        { role: "developer", content: "Be brief." },
        { role: "user", content: "Hello" },
        { role: "system", content: "Now be long." },
        { role: "user", name: "ann", content: "And?" },
      ],
    },
    expected: {
      system: [{ text: "Be brief." }],
      messages: [
        {
          role: "user",
          content: [{ text: "Hello" }, { text: "Now be long." }, { text: "ann: And?" }],
        },
      ],
    },
  },
  {
    name: "blank text is left out, and a conversation begins with the user",
    body: {
      messages: [
        { role: "assistant", content: "Welcome!" },
        { role: "user", content: [{ type: "text", text: " \n" }] },
        { role: "user", content: "Hello" },
      ],
    },
    expected: {
      messages: [
        { role: "user", content: [{ text: "(begin)" }] },
        { role: "assistant", content: [{ text: "Welcome!" }] },
        ...hello,
      ],
    },
  },
  {
    name: "JSON without a schema is asked for in words",
    body: { response_format: { type: "json_object" } },
    expected: {
      system: [{ text: "Answer with one JSON object and nothing else." }],
      messages: hello,
    },
  },
  {
    name: "a schema by the flag textFormat, as it is, for a model that is not Claude",
    body: { response_format: format },
    upstream: upstreamOf("x.other-1", { flags: { structuredOutput: "textFormat" } }),
    expected: {
      messages: hello,
      outputConfig: {
        textFormat: {
          type: "json_schema",
          structure: { jsonSchema: { schema: JSON.stringify(schema), name: "thing" } },
        },
      },
    },
  },
  {
    name: "a schema by Claude's own word is closed, and bounds are left out",
    body: { response_format: format, reasoning: { effort: "low" } },
    upstream: upstreamOf(opus, { flags: { structuredOutput: "outputFormat" } }),
    expected: {
      messages: hello,
      inferenceConfig: { maxTokens: 8_192 },
      additionalModelRequestFields: {
        thinking: { type: "adaptive", display: "summarized" },
        output_config: {
          effort: "low",
          format: {
            type: "json_schema",
            schema: {
              type: "object",
              properties: { a: { type: "string", format: "ipv4" } },
              additionalProperties: false,
            },
          },
        },
      },
    },
  },
  {
    name: "tool_choice none leaves the tools out",
    body: { tools: [tool("look")], tool_choice: "none" },
    expected: { messages: hello },
  },
  {
    name: "one call at a time is Claude's own field beside the choice",
    body: { tools: [tool("look")], tool_choice: "required", parallel_tool_calls: false },
    upstream: upstreamOf(),
    expected: {
      messages: hello,
      inferenceConfig: { maxTokens: 8_192 },
      toolConfig: {
        tools: [
          { toolSpec: { name: "look", inputSchema: { json: { type: "object", properties: {} } } } },
        ],
        toolChoice: { any: {} },
      },
      additionalModelRequestFields: {
        tool_choice: { type: "any", disable_parallel_tool_use: true },
      },
    },
  },
  {
    name: "tier, guardrail, latency and fields of the row; a plain answer has no mode of a stream",
    body: {},
    upstream: upstreamOf("x.other-1", {
      serviceTier: "flex",
      flags: {
        guardrailConfig: {
          guardrailIdentifier: "g",
          guardrailVersion: "1",
          streamProcessingMode: "async",
        },
        latency: "optimized",
        additionalModelRequestFields: { a: 1 },
      },
    }),
    expected: {
      messages: hello,
      guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1" },
      additionalModelRequestFields: { a: 1 },
      performanceConfig: { latency: "optimized" },
      serviceTier: { type: "flex" },
    },
  },
  {
    name: "a picture that was named by its address is in the request",
    body: {
      messages: [
        {
          role: "user",
          content: [{ type: "image_url", image_url: { url: "https://a.example/b" } }],
        },
      ],
    },
    upstream: upstreamOf("x.other-1", {
      media: new Map([["https://a.example/b", { mediaType: "image/webp", base64: "AAAA" }]]),
    }),
    expected: {
      messages: [
        { role: "user", content: [{ image: { format: "webp", source: { bytes: "AAAA" } } }] },
      ],
    },
  },
  {
    name: "Nova knows cache points without a time, and none among tools",
    body: {
      tools: [{ ...tool("look"), cache_control: { type: "ephemeral" } }],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Hello", cache_control: { type: "ephemeral", ttl: "1h" } },
          ],
        },
      ],
    },
    upstream: upstreamOf("amazon.nova-pro-v1:0"),
    expected: {
      messages: [
        { role: "user", content: [{ text: "Hello" }, { cachePoint: { type: "default" } }] },
      ],
      toolConfig: {
        tools: [
          { toolSpec: { name: "look", inputSchema: { json: { type: "object", properties: {} } } } },
        ],
      },
    },
  },
] as { name: string; body: object; upstream?: Upstream; expected: object }[])
  test(name, () => assert.equal(encoded(body, upstream), expected));

// How models are told to think.
for (const { name, model = claude, reasoning, limit = 10_000, expected } of [
  {
    name: "by effort, of the limit",
    reasoning: { effort: "high" },
    expected: { thinking: { type: "enabled", budget_tokens: 8_000 } },
  },
  {
    name: "by tokens",
    reasoning: { max_tokens: 3_000 },
    expected: { thinking: { type: "enabled", budget_tokens: 3_000 } },
  },
  {
    name: "at least 1024",
    reasoning: { effort: "minimal" },
    limit: 2_000,
    expected: { thinking: { type: "enabled", budget_tokens: 1_024 } },
  },
  {
    name: "always below the limit",
    reasoning: { max_tokens: 50_000 },
    expected: { thinking: { type: "enabled", budget_tokens: 9_999 } },
  },
  {
    name: "not at all where there is no room",
    reasoning: { effort: "high" },
    limit: 500,
    expected: undefined,
  },
  {
    name: "off is nothing for a model that does not think unasked",
    reasoning: { enabled: false },
    expected: undefined,
  },
  {
    name: "off is said to one that does",
    model: opus,
    reasoning: { effort: "none" },
    expected: { thinking: { type: "disabled" } },
  },
  {
    name: "minimal is low",
    model: opus,
    reasoning: { effort: "minimal" },
    expected: {
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "low" },
    },
  },
  {
    name: "tokens become the nearest effort",
    model: opus,
    reasoning: { max_tokens: 4_400 },
    expected: {
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "medium" },
    },
  },
  {
    name: "thoughts that are not to be shown are left out at the source",
    model: opus,
    reasoning: { enabled: true, exclude: true },
    expected: { thinking: { type: "adaptive", display: "omitted" } },
  },
  {
    name: "gpt-oss has three levels",
    model: "openai.gpt-oss-120b-1:0",
    reasoning: { effort: "xhigh" },
    expected: { reasoning_effort: "high" },
  },
  {
    name: "GPT has its own",
    model: "openai.gpt-5.4",
    reasoning: { effort: "none" },
    expected: { reasoning: { effort: "none" } },
  },
  {
    name: "Nova below its highest, which takes no limit",
    model: "us.amazon.nova-2-lite-v1:0",
    reasoning: { effort: "high" },
    expected: { reasoningConfig: { type: "enabled", maxReasoningEffort: "medium" } },
  },
  {
    name: "Llama is told nothing",
    model: "meta.llama3-3-70b-instruct-v1:0",
    reasoning: { effort: "high" },
    expected: undefined,
  },
] as { name: string; model?: string; reasoning: object; limit?: number; expected: object }[])
  test(`${model.slice(0, 24)} is told to think ${name}`, () =>
    assert.equal(
      encoded({ reasoning }, upstreamOf(model, { outputTokensMax: limit }))
        .additionalModelRequestFields,
      expected,
    ));

test("GPT and Grok get no sampling and no stops, and Grok a limit", () => {
  const body = { temperature: 0.4, top_p: 0.3, stop: "END" };
  assert.equal(encoded(body, upstreamOf("us.xai.grok-4.7")), {
    messages: hello,
    inferenceConfig: { maxTokens: 8_192 },
  });
  assert.equal(encoded(body, upstreamOf("global.openai.gpt-5.6-terra")), { messages: hello });
  assert.equal(encoded({ stop: "END" }, upstreamOf("openai.gpt-oss-20b-1:0")), { messages: hello });
});

test("GPT and Grok get back what is enciphered for them, and no thoughts in words", () => {
  const format = "bedrock-openai-responses-v1";
  const [, turn] = turnsOf(
    [
      asked,
      {
        role: "assistant",
        content: "Yes",
        reasoning_details: [
          { type: "reasoning.text", text: "hm", format },
          { type: "reasoning.encrypted", data: "QUJD", format },
          { type: "reasoning.encrypted", data: "WFla", format: "bedrock-xai-responses-v1" },
          { type: "reasoning.encrypted", data: "WFla", format: "openai-responses-v1" },
        ],
      },
      asked,
    ],
    {},
    upstreamOf("global.openai.gpt-5.6-terra"),
  );
  assert.equal(turn?.content, [{ reasoningContent: { redactedContent: "QUJD" } }, { text: "Yes" }]);
});

test("what is enciphered comes in pieces of base64 and is one", () => {
  const redacted = (bytes: string): [string, unknown] => [
    "contentBlockDelta",
    {
      contentBlockIndex: 0,
      delta: { reasoningContent: { redactedContent: Buffer.from(bytes).toString("base64") } },
    },
  ];
  const events = decode(
    [
      redacted("four"),
      redacted("three"),
      ["contentBlockStop", { contentBlockIndex: 0 }],
      redacted("x"),
      ["messageStop", { stopReason: "end_turn" }],
    ],
    {},
    upstreamOf("us.xai.grok-4.7"),
  );
  assert.equal(
    events.slice(0, 2).map((event) => {
      const [detail] =
        (event.kind === "chunk" && event.chunk.choices?.[0]?.delta?.reasoning_details) || [];
      return [Buffer.from(detail?.data ?? "", "base64").toString(), detail?.format];
    }),
    [
      ["fourthree", "bedrock-xai-responses-v1"],
      ["x", "bedrock-xai-responses-v1"],
    ],
  );
});

test("Nova at its highest effort gets neither a limit nor sampling, where nobody set a limit", () => {
  const body = { reasoning: { effort: "max" }, temperature: 0.2 };
  assert.equal(encoded(body, upstreamOf("amazon.nova-2-lite-v1:0")), {
    messages: hello,
    additionalModelRequestFields: {
      reasoningConfig: { type: "enabled", maxReasoningEffort: "high" },
    },
  });
});

test("where a tool has to be called Claude does not think", () => {
  const body = { tools: [tool("look")], tool_choice: "required", reasoning: { effort: "high" } };
  assert.is(encoded(body).additionalModelRequestFields, undefined);
  assert.equal(encoded(body, upstreamOf(opus)).additionalModelRequestFields, {
    thinking: { type: "disabled" },
  });
});

// Calls and results.
const turnsOf = (messages: object[], more: object = {}, upstream = upstreamOf()) =>
  encoded({ messages, ...more }, upstream).messages;
const asked = { role: "user", content: "Go" };

test("ids that Converse refuses are replaced, the same every time, and never for two calls", () => {
  const messages = [
    asked,
    { role: "assistant", tool_calls: [call("a/b"), call("c".repeat(65))] },
    { role: "tool", tool_call_id: "c".repeat(65), content: "2" },
    { role: "tool", tool_call_id: "a/b", content: "1" },
    { role: "assistant", tool_calls: [call("a/b")] }, // some providers count from 0 in every turn
    { role: "tool", tool_call_id: "a/b", content: "3" },
  ];
  const turns = turnsOf(messages, { tools: [tool("look")] });
  const ids = turns.flatMap(({ content }) =>
    content.flatMap((block) => block.toolUse?.toolUseId ?? block.toolResult?.toolUseId ?? []),
  );
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{1,64}$/);
  const [first, second, secondResult, firstResult, third, thirdResult] = ids;
  assert.equal([first, second, third], [firstResult, secondResult, thirdResult]);
  assert.is(new Set(ids).size, 3);
  assert.equal(turnsOf(messages, { tools: [tool("look")] }), turns);
});

test("the name of a tool's message is not what it said", () => {
  const turns = turnsOf(
    [
      asked,
      { role: "assistant", name: "bot", content: "Hm", tool_calls: [call("1")] },
      { role: "tool", name: "look", tool_call_id: "1", content: "blue" },
    ],
    { tools: [tool("look")] },
  );
  assert.equal(turns[2]?.content[0]?.toolResult?.content, [{ text: "blue" }]);
  assert.equal(turns[1]?.content[0], { text: "Hm" });
});

test("the same id in every turn and the same file in every message take no longer for it", () => {
  const messages: object[] = [];
  for (let turn = 0; turn < 3_000; turn++)
    messages.push(
      { role: "assistant", tool_calls: [call("call_0")] },
      { role: "tool", tool_call_id: "call_0", content: "x" },
    );
  const files = Array.from({ length: 5_000 }, () => ({
    type: "file",
    file: { filename: "a.pdf", file_data: "QUJD" },
  }));
  const startedAtMs = performance.now();
  const turns = turnsOf([...messages, { role: "user", content: files }], {
    tools: [tool("look")],
  });
  assert.ok(performance.now() - startedAtMs < 2_000);
  const names = (turns.at(-1)?.content ?? []).flatMap((block) => block.document?.name ?? []);
  assert.is(new Set(names).size, 5_000);
  const ids = turns.flatMap(({ content }) => content[0]?.toolUse?.toolUseId ?? []);
  assert.is(new Set(ids).size, 3_000);
});

test("without tools calls and results are told in words, and what was thought beside them is not", () => {
  const turns = turnsOf([
    asked,
    {
      role: "assistant",
      content: "Wait.",
      reasoning_details: [
        { type: "reasoning.text", text: "hm", signature: "s", format: "anthropic-claude-v1" },
      ],
      tool_calls: [call("1", "look", '{"at":"sky"}')],
    },
    { role: "tool", tool_call_id: "1", content: "blue" },
    { role: "user", content: "So?" },
  ]);
  assert.equal(turns, [
    { role: "user", content: [{ text: "Go" }] },
    {
      role: "assistant",
      content: [{ text: "Wait." }, { text: 'I called look with {"at":"sky"}.' }],
    },
    {
      role: "user",
      content: [{ text: "The result of look:" }, { text: "blue" }, { text: "So?" }],
    },
  ]);
});

test("thoughts in pieces are one block, in place, and unsigned or foreign ones are left out", () => {
  const format = "anthropic-claude-v1";
  const [, turn] = turnsOf([
    asked,
    {
      role: "assistant",
      content: "Yes",
      reasoning_details: [
        { type: "reasoning.text", text: "one ", index: 0, format },
        { type: "reasoning.text", text: "two", index: 0, format },
        { type: "reasoning.text", signature: "sig", index: 0, format },
        { type: "reasoning.encrypted", data: "QUJD", index: 1, format },
        { type: "reasoning.text", text: "never signed", index: 2, format },
        { type: "reasoning.text", text: "x", signature: "y", format: "google-gemini-v1" },
        { type: "reasoning.encrypted", data: "z", format: "openai-responses-v1" },
      ],
    },
    asked,
  ]);
  assert.equal(turn?.content, [
    { reasoningContent: { reasoningText: { text: "one two", signature: "sig" } } },
    { reasoningContent: { redactedContent: "QUJD" } },
    { text: "Yes" },
  ]);
  const [, other] = turnsOf(
    [
      asked,
      {
        role: "assistant",
        content: "Yes",
        reasoning_details: [{ type: "reasoning.text", text: "x", format: "unknown" }],
      },
      asked,
    ],
    {},
    upstreamOf("x.other-1"),
  );
  assert.equal(other?.content, [{ text: "Yes" }]);
});

test("after another provider's call Claude is not told to think by a budget, which it would refuse", () => {
  const messages = [
    asked,
    { role: "assistant", tool_calls: [call("1")] },
    { role: "tool", tool_call_id: "1", content: "x" },
  ];
  const body = { messages, tools: [tool("look")], reasoning: { effort: "high" } };
  assert.is(encoded(body).additionalModelRequestFields, undefined);
  assert.ok(encoded(body, upstreamOf(opus)).additionalModelRequestFields);
});

test("instructions alone are what the user says, and thoughts alone are nothing", () => {
  assert.equal(
    encoded({ messages: [{ role: "system", content: "Hi" }] }, upstreamOf("x.other-1")),
    {
      messages: [{ role: "user", content: [{ text: "Hi" }] }],
    },
  );
  const thoughts = [
    { type: "reasoning.text", text: "hm", signature: "s", format: "anthropic-claude-v1" },
  ];
  const alone = { role: "assistant", content: "", reasoning_details: thoughts };
  assert.equal(turnsOf([asked, alone, asked]), [
    { role: "user", content: [{ text: "Go" }, { text: "Go" }] },
  ]);
});

test("a mark on a call is a cache point behind it", () => {
  const marked = { ...call("1"), cache_control: { type: "ephemeral" } };
  const [, turn] = turnsOf(
    [
      asked,
      { role: "assistant", tool_calls: [marked] },
      { role: "tool", tool_call_id: "1", content: "x", cache_control: { type: "ephemeral" } },
    ],
    { tools: [tool("look")] },
  );
  assert.equal(turn?.content[1], { cachePoint: { type: "default" } });
});

test("a model that refuses text beside calls gets them apart", () => {
  const turns = turnsOf(
    [
      asked,
      { role: "assistant", content: "Let me see.", tool_calls: [call("1")] },
      { role: "tool", tool_call_id: "1", content: "sun" },
      { role: "user", content: "Thanks" },
    ],
    { tools: [tool("look")] },
    upstreamOf("us.meta.llama4-scout-17b-instruct-v1:0"),
  );
  assert.equal(
    turns.map(({ role, content }) => [role, ...content.map((block) => Object.keys(block)[0])]),
    [
      ["user", "text"],
      ["assistant", "toolUse"],
      ["user", "toolResult"],
      ["assistant", "text"],
      ["user", "text"],
    ],
  );
});

test("a document is named, typed and accompanied", () => {
  const file = (filename: string, file_data: string) => ({
    type: "file",
    file: { filename, file_data },
  });
  const [turn] = turnsOf([
    {
      role: "user",
      content: [
        file("a  b_c.PDF", "QUJD"),
        file("", "data:text/plain,gr%C3%BC%C3%9F"),
        file("notes.md", "data:text/plain;base64,QUJD"),
        file("t.csv", "data:application/octet-stream;base64,QUJD"),
      ],
    },
  ]);
  assert.equal(
    turn?.content.map((block) => block.text ?? [block.document?.name, block.document?.format]),
    [
      "See the attached document.",
      ["a b c PDF", "pdf"],
      ["document", "txt"],
      ["notes md", "md"],
      ["t csv", "csv"],
    ],
  );
});

for (const { name, body, upstream = upstreamOf(), field } of [
  {
    name: "a call without its result",
    body: {
      tools: [tool("look")],
      messages: [asked, { role: "assistant", tool_calls: [call("1")] }, asked],
    },
    field: "messages[1].tool_calls[0]",
  },
  {
    name: "a call that nobody answers",
    body: {
      tools: [tool("look")],
      messages: [asked, { role: "assistant", tool_calls: [call("1")] }],
    },
    field: "messages[1].tool_calls[0]",
  },
  {
    name: "a result of no call",
    body: { messages: [asked, { role: "tool", tool_call_id: "1", content: "x" }] },
    field: "messages[1].tool_call_id",
  },
  {
    name: "arguments that are no object",
    body: {
      tools: [tool("look")],
      messages: [asked, { role: "assistant", tool_calls: [call("1", "look", "[1")] }],
    },
    field: "messages[1].tool_calls[0].function.arguments",
  },
  {
    name: "an address that nobody fetched",
    body: {
      messages: [
        {
          role: "user",
          content: [{ type: "image_url", image_url: { url: "https://x.example/y.png" } }],
        },
      ],
    },
    field: "messages[0].content[0].image_url.url",
  },
  {
    name: "a picture of no kind that it takes",
    body: {
      messages: [
        {
          role: "user",
          content: [{ type: "image_url", image_url: { url: "data:image/tiff;base64,AAAA" } }],
        },
      ],
    },
    field: "messages[0].content[0].image_url.url",
  },
  {
    name: "a file that is kept elsewhere",
    body: {
      messages: [{ role: "user", content: [{ type: "file", file: { file_id: "file-1" } }] }],
    },
    field: "messages[0].content[0].file.file_data",
  },
  {
    name: "a tool that the provider would have to run",
    body: { tools: [{ type: "openrouter:web_search" }] },
    field: "tools[0].type",
  },
  {
    name: "nothing at all",
    body: { messages: [{ role: "user", content: "" }] },
    field: "messages",
  },
  {
    name: "a message to go on with, for a model that does not",
    body: { messages: [asked, { role: "assistant", content: "So" }] },
    upstream: upstreamOf(opus),
    field: "messages[1]",
  },
  {
    name: "no thoughts from a model that always thinks",
    body: { reasoning: { effort: "none" } },
    upstream: upstreamOf("anthropic.claude-fable-5"),
    field: "reasoning.effort",
  },
  {
    name: "a forced call from a model that always thinks",
    body: { tools: [tool("look")], tool_choice: "required" },
    upstream: upstreamOf("anthropic.claude-fable-5"),
    field: "tool_choice",
  },
  {
    name: "a forced call from a model that cannot be forced",
    body: { tools: [tool("look")], tool_choice: "required" },
    upstream: upstreamOf("meta.llama3-3-70b-instruct-v1:0"),
    field: "tool_choice",
  },
  {
    name: "a schema that is no object's, where the answer is a tool's input",
    upstream: upstreamOf("amazon.nova-pro-v1:0"),
    body: {
      response_format: {
        type: "json_schema",
        json_schema: { name: "x", schema: { type: "array" } },
      },
    },
    field: "response_format.json_schema.schema.type",
  },
] as { name: string; body: object; upstream?: Upstream; field: string }[])
  test(`${name} is not sent, and the field is named`, () => {
    try {
      encoded(body, upstream);
    } catch (cause) {
      assert.instance(cause, CannotEncode);
      assert.is((cause as CannotEncode).field, field);
      return;
    }
    assert.unreachable();
  });

test("a message to go on with is trimmed, or it would be refused", () => {
  const turns = turnsOf([asked, { role: "assistant", content: "So \n" }]);
  assert.equal(turns.at(-1), { role: "assistant", content: [{ text: "So" }] });
});

test("the model's id is one segment of the path", () => {
  const arn = "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-opus-5";
  const { path } = bedrockConverse.encode(askOf({ stream: true }), upstreamOf(arn));
  assert.is(
    path,
    "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Feu.anthropic.claude-opus-5/converse-stream",
  );
});

// What comes back.
const decode = (events: [string, unknown][], body: object = {}, upstream = upstreamOf()) => {
  const decoder = bedrockConverse.decoder(askOf({ stream: true, ...body }), upstream);
  return events.flatMap(([name, data]) =>
    decoder(typeof data === "string" ? data : JSON.stringify(data), name),
  );
};
const textDelta = (text: string, at = 0): [string, unknown] => [
  "contentBlockDelta",
  { contentBlockIndex: at, delta: { text }, p: "abc" },
];
const usageIn = (usage: object, flags: object = {}) => {
  const events = decode([["metadata", { usage }]], {}, upstreamOf(claude, { flags: { ...flags } }));
  const event = events.find((one) => one.kind === "usage");
  return event?.kind === "usage" ? event.usage.counts : undefined;
};

test("text of a stream is told by reference after its first piece, unless it needs escapes", () => {
  const events = decode([
    textDelta("one"),
    textDelta(" two"),
    textDelta(' "three"'),
    textDelta("\ud83c"),
  ]);
  assert.equal(
    events.map(({ kind }) => kind),
    ["chunk", "text", "chunk", "chunk"],
  );
});

test("what is said beside an answer that comes as a tool's input is left out, and told where none comes", () => {
  const contentOf = (events: StreamEvent[]) =>
    events
      .map((event) =>
        event.kind === "text"
          ? event.text
          : event.kind === "chunk"
            ? (event.chunk.choices?.[0]?.delta?.content ?? "")
            : "",
      )
      .join("");
  const body = { response_format: format };
  const answer: [string, unknown][] = [
    [
      "contentBlockStart",
      { contentBlockIndex: 1, start: { toolUse: { toolUseId: "t", name: "answer" } } },
    ],
    ["contentBlockDelta", { contentBlockIndex: 1, delta: { toolUse: { input: '{"a":1}' } } }],
    ["contentBlockStop", { contentBlockIndex: 1 }],
  ];
  const stop: [string, unknown] = ["messageStop", { stopReason: "tool_use" }];
  const nova = upstreamOf("amazon.nova-pro-v1:0");
  assert.is(contentOf(decode([textDelta("Well: "), ...answer, stop], body, nova)), '{"a":1}');
  assert.is(contentOf(decode([textDelta("I will not."), stop], body, nova)), "I will not.");
});

test("an event that nobody knows is ignored, whatever is in it", () => {
  assert.equal(
    decode([
      ["initial-response", ""],
      ["tomorrow", "{}"],
    ]),
    [],
  );
});

test("an exception without JSON is still one", () => {
  const [event] = decode([["exception:throttlingException", "slow down"]]);
  assert.ok(event?.kind === "failure" && event.failure.kind === "rate-limit");
});

for (const { name, usage, flags = {}, counts } of [
  {
    name: "cached tokens stand outside the input",
    usage: {
      inputTokens: 5,
      outputTokens: 7,
      totalTokens: 112,
      cacheReadInputTokens: 60,
      cacheWriteInputTokens: 40,
    },
    counts: { input: 5n, output: 7n, request: 1n, cache_read: 60n, cache_write_5m: 40n },
  },
  {
    name: "and inside where the row says so",
    usage: {
      inputTokens: 105,
      outputTokens: 7,
      totalTokens: 112,
      cacheReadInputTokens: 60,
      cacheWriteInputTokens: 40,
    },
    flags: { promptExcludesCached: false },
    counts: { input: 5n, output: 7n, request: 1n, cache_read: 60n, cache_write_5m: 40n },
  },
  {
    name: "what was written for an hour has its own meter, and is never more than was written",
    usage: {
      inputTokens: 5,
      outputTokens: 7,
      cacheWriteInputTokens: 40,
      cacheDetails: [
        { ttl: "1h", inputTokens: 30 },
        { ttl: "5m", inputTokens: 10 },
        { ttl: "1h", inputTokens: 100 },
      ],
    },
    counts: { input: 5n, output: 7n, request: 1n, cache_write_1h: 40n },
  },
  {
    name: "a negative count is not believed",
    usage: { inputTokens: -5, outputTokens: 7 },
    counts: null,
  },
  {
    name: "half a count is not believed",
    usage: { inputTokens: 1.5, outputTokens: 7 },
    counts: null,
  },
  { name: "a count without output is not believed", usage: { inputTokens: 5 }, counts: null },
  { name: "an empty report is none", usage: {}, counts: undefined },
] as { name: string; usage: object; flags?: object; counts: unknown }[])
  test(`usage: ${name}`, () => assert.equal(usageIn(usage, flags), counts));

for (const [word, finish] of [
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool_calls"],
  ["content_filtered", "content_filter"],
  ["guardrail_intervened", "content_filter"],
  ["a_word_of_tomorrow", "stop"],
] as const)
  test(`the end ${word} is ${finish}, and the provider's word stays`, () => {
    const [event] = decode([["messageStop", { stopReason: word }]]);
    assert.ok(event?.kind === "chunk");
    const [choice] = event.chunk.choices ?? [];
    assert.is(choice?.finish_reason, finish);
    assert.is(choice?.native_finish_reason, word);
  });

test("a call that broke is a failure that says so", () => {
  const [event] = decode([["messageStop", { stopReason: "malformed_tool_use" }]]);
  assert.ok(event?.kind === "failure");
  assert.match(event.failure.text, "malformed_tool_use");
});

for (const { name, data, kind } of [
  {
    name: "exception:throttlingException",
    data: { message: "Too many tokens, please wait" },
    kind: "rate-limit",
  },
  { name: "exception:serviceUnavailableException", data: { message: "x" }, kind: "overloaded" },
  { name: "exception:internalServerException", data: { message: "x" }, kind: "server" },
  { name: "exception:modelStreamErrorException", data: { message: "x" }, kind: "server" },
  { name: "exception:modelTimeoutException", data: { message: "x" }, kind: "timeout" },
  {
    name: "exception:validationException",
    data: { message: "Input is too long for requested model." },
    kind: "context-length",
  },
  { name: "exception:validationException", data: { message: "bad" }, kind: "invalid-request" },
  { name: "error:InternalFailure", data: { message: "x" }, kind: "server" },
] as { name: string; data: object; kind: FailureKind }[])
  test(`${name} in a stream is ${kind}`, () => {
    const [event] = decode([[name, data]]);
    assert.ok(event?.kind === "failure");
    assert.is(event.failure.kind, kind);
    assert.match(event.failure.text, name.slice(name.indexOf(":") + 1));
  });

for (const { status, type, message, kind } of [
  {
    status: 429,
    type: "ThrottlingException",
    message: "Too many tokens, please wait before trying again.",
    kind: "rate-limit",
  },
  {
    status: 400,
    type: "ValidationException",
    message: "Input is too long for requested model.",
    kind: "context-length",
  },
  {
    status: 400,
    type: "ValidationException",
    message: "Malformed input request",
    kind: "invalid-request",
  },
  { status: 400, type: "ServiceQuotaExceededException", message: "quota", kind: "rate-limit" },
  {
    status: 400,
    type: "ValidationException",
    message: "Invocation of model ID x with on-demand throughput isn’t supported.",
    kind: "model-gone",
  },
  {
    status: 403,
    type: "AccessDeniedException",
    message: "You don't have access to the model with the specified model ID.",
    kind: "model-gone",
  },
  {
    status: 403,
    type: "UnrecognizedClientException",
    message: "The security token included in the request is invalid.",
    kind: "auth",
  },
  {
    status: 403,
    type: "ExpiredTokenException",
    message: "The security token included in the request is expired",
    kind: "auth",
  },
  { status: 404, type: "ResourceNotFoundException", message: "gone", kind: "model-gone" },
  { status: 408, type: "ModelTimeoutException", message: "slow", kind: "timeout" },
  { status: 424, type: "ModelErrorException", message: "broke", kind: "server" },
  { status: 429, type: "ModelNotReadyException", message: "starting", kind: "overloaded" },
  { status: 500, type: "InternalServerException", message: "oops", kind: "server" },
  { status: 503, type: "ServiceUnavailableException", message: "full", kind: "overloaded" },
] as { status: number; type: string; message: string; kind: FailureKind }[])
  test(`${type} (${message.slice(0, 20)}) is ${kind}`, () => {
    const headers = { "x-amzn-errortype": `${type}:http://internal.amazon.com/` };
    const failure = bedrockConverse.decodeFailure(status, headers, JSON.stringify({ message }));
    assert.is(failure.kind, kind);
    assert.match(failure.text, message);
  });

test("a clock that is wrong is what a refused signature is said to come from", () => {
  const message =
    "Signature expired: 20261125T000000Z is now earlier than 20261125T010000Z (20261125T010500Z - 5 min.)";
  const failure = bedrockConverse.decodeFailure(403, {}, JSON.stringify({ message }));
  assert.is(failure.kind, "auth");
  assert.match(failure.text, /clock of this gateway is wrong.*20261125T010000Z/);
});

test("what AWS would have signed is not passed on: the session token is in it", () => {
  const message =
    "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'POST\n/model/x/converse\n\nx-amz-security-token:IQoJb3JpZ2lu";
  const headers = { "x-amzn-errortype": "InvalidSignatureException" };
  const failure = bedrockConverse.decodeFailure(403, headers, JSON.stringify({ message }));
  assert.is(failure.kind, "auth");
  assert.is(
    failure.text,
    "The request signature we calculated does not match the signature you provided.",
  );
});

test("the same answer comes whole: thoughts, calls, text, citations and a picture", () => {
  const decoded = bedrockConverse.decodeWhole(
    JSON.stringify({
      output: {
        message: {
          role: "assistant",
          content: [
            { reasoningContent: { reasoningText: { text: "hm", signature: "s" } } },
            { text: "See: " },
            {
              citationsContent: {
                content: [{ text: "cited" }],
                citations: [{ title: "T", location: { web: { url: "https://x.example" } } }],
              },
            },
            { toolUse: { toolUseId: "t1", name: "look", input: { a: 1 } } },
            { image: { format: "png", source: { bytes: "AAAA" } } },
          ],
        },
      },
      stopReason: "tool_use",
      usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
      serviceTier: { type: "flex" },
    }),
    askOf({}),
    upstreamOf(),
  );
  assert.ok("whole" in decoded);
  const { whole } = decoded;
  assert.is(whole["service_tier"], "flex");
  assert.equal(whole.choices?.[0], {
    index: 0,
    message: {
      role: "assistant",
      content: "See: cited",
      refusal: null,
      reasoning: "hm",
      reasoning_details: [
        {
          type: "reasoning.text",
          text: "hm",
          signature: "s",
          format: "anthropic-claude-v1",
          index: 0,
        },
      ],
      tool_calls: [
        { id: "t1", type: "function", function: { name: "look", arguments: '{"a":1}' } },
      ],
      annotations: [
        {
          type: "url_citation",
          url_citation: { url: "https://x.example", title: "T", start_index: 0, end_index: 0 },
        },
      ],
      images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
    },
    finish_reason: "tool_calls",
    native_finish_reason: "tool_use",
  });
});

for (const body of ["", "null", "[]", "{}", '{"output":{}}', '{"message":"x"}', "<html>"])
  test(`an answer of ${JSON.stringify(body)} is a failure in words`, () => {
    const decoded = bedrockConverse.decodeWhole(body, askOf({}), upstreamOf());
    assert.ok("kind" in decoded && decoded.text.length > 0);
  });

test("flags that are none are refused, those of the table are taken", () => {
  const flags = {
    region: "eu-west-1",
    family: "anthropic",
    thinking: "budget",
    structuredOutput: "textFormat",
    guardrailConfig: { guardrailIdentifier: "a", guardrailVersion: "DRAFT" },
  };
  assert.equal(checkFlags("bedrock-converse", flags), []);
  assert.is(checkFlags("bedrock-converse", { thinking: "hard" }).length, 1);
  assert.is(checkFlags("bedrock-converse", { guardrailConfig: { x: "y" } }).length, 1);
});

// Whatever comes, it is events or a failure that says what is wrong, and nothing is thrown or kept.
const seed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

const stream: Buffer[] = [
  ["messageStart", { role: "assistant" }],
  ["contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { text: "hm" } } }],
  ["contentBlockDelta", { contentBlockIndex: 0, delta: { reasoningContent: { signature: "s" } } }],
  ["contentBlockStop", { contentBlockIndex: 0 }],
  textDelta("Hello", 1),
  textDelta(" there", 1),
  ["contentBlockStop", { contentBlockIndex: 1 }],
  [
    "contentBlockStart",
    { contentBlockIndex: 2, start: { toolUse: { toolUseId: "t", name: "n" } } },
  ],
  ["contentBlockDelta", { contentBlockIndex: 2, delta: { toolUse: { input: "{}" } } }],
  ["contentBlockStop", { contentBlockIndex: 2 }],
  ["messageStop", { stopReason: "tool_use" }],
  ["metadata", { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } }],
].map(([name, payload]) =>
  eventFrame({ ":message-type": "event", ":event-type": name as string }, JSON.stringify(payload)),
);

const askedOnce = askOf({ stream: true });
const upstreamOnce = upstreamOf();

/** @returns what a run ended with: the events, and what the framing refused */
function run(bytes: Iterable<Buffer>): { events: StreamEvent[]; refused: string | null } {
  const decoder = bedrockConverse.decoder(askedOnce, upstreamOnce);
  const events: StreamEvent[] = [];
  const parser = awsEventStreamParser((data, name) => events.push(...decoder(data, name)));
  try {
    for (const piece of bytes) parser.feed(piece);
    parser.end();
  } catch (cause) {
    if (!(cause instanceof EventStreamError)) throw cause;
    return { events, refused: cause.message };
  }
  return { events, refused: null };
}

test(`40,000 damaged streams end in words (FUZZ_SEED=${seed})`, () => {
  const random = seeded(seed);
  const below = (most: number): number => Math.floor(random() * most);
  for (let round = 0; round < 40_000; round++) {
    const bytes = Buffer.concat(stream);
    const damage = round % 4;
    let damaged: Buffer;
    if (damage === 0) {
      damaged = Buffer.from(bytes);
      const at = below(damaged.length);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << below(8));
    } else if (damage === 1) damaged = bytes.subarray(0, 1 + below(bytes.length - 1));
    else if (damage === 2) {
      const from = below(bytes.length);
      damaged = Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + below(30))]);
    } else damaged = Buffer.from(Array.from({ length: below(80) }, () => below(256)));
    const { refused, events } = run([damaged]);
    const whole = events.some((event) => event.kind === "done");
    assert.ok(refused !== null || whole || damage > 0, `round ${round}: a flipped bit passed`);
    // A cut between frames shows only in what is missing: the attempt looks for the end.
    if (damage < 2 && refused !== null) assert.match(refused, /event stream/);
    for (const event of events)
      if (event.kind === "failure") assert.ok(event.failure.text.length > 0);
  }
});

test(`60,000 streams of frames out of order or with any JSON are decoded (FUZZ_SEED=${seed})`, () => {
  const random = seeded(seed + 1);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  };
  const names = [
    "messageStart",
    "contentBlockStart",
    "contentBlockDelta",
    "contentBlockStop",
    "messageStop",
    "metadata",
    "exception:throttlingException",
    "exception:",
    "error:x",
    "",
    "new",
  ];
  const words = [
    "contentBlockIndex",
    "delta",
    "start",
    "toolUse",
    "text",
    "input",
    "reasoningContent",
    "signature",
    "redactedContent",
    "stopReason",
    "usage",
    "inputTokens",
    "outputTokens",
    "cacheDetails",
    "message",
    "citation",
    "location",
    "web",
    "url",
    "p",
  ];
  const value = (depth: number): unknown => {
    const kind = Math.floor(random() * (depth > 4 ? 6 : 8));
    if (kind === 0) return null;
    if (kind === 1) return Math.floor(random() * 1e12) - 1e11;
    if (kind === 2) return pick(["", "x", "tool_use", "1h", '"\\\u0000', "\ud800"]);
    if (kind === 3) return random() < 0.5;
    if (kind === 4) return random();
    if (kind === 5) return [];
    if (kind === 6) return Array.from({ length: 2 }, () => value(depth + 1));
    return Object.fromEntries(Array.from({ length: 3 }, () => [pick(words), value(depth + 1)]));
  };
  for (let round = 0; round < 60_000; round++) {
    const decoder = bedrockConverse.decoder(askedOnce, upstreamOnce);
    for (let step = 0; step < 4; step++) {
      const data = random() < 0.1 ? pick(["", "{", "[]", "null", "{}x"]) : JSON.stringify(value(0));
      for (const event of decoder(data, pick(names))) {
        if (event.kind === "failure") assert.ok(event.failure.text.length > 0);
        if (event.kind === "usage" && event.usage.counts)
          for (const count of Object.values(event.usage.counts)) assert.ok(count >= 0n);
      }
    }
    if (round % 60 === 0) {
      const shuffled = stream.toSorted(() => random() - 0.5);
      const { refused } = run(slices(Buffer.concat(shuffled), random));
      assert.is(refused, null, `round ${round}`);
    }
  }
});

test("blocks that never end are not remembered without bound", () => {
  const decoder = bedrockConverse.decoder(askedOnce, upstreamOnce);
  const starts = Array.from({ length: 10_001 }, (_, at) =>
    decoder(
      JSON.stringify({ contentBlockIndex: at, start: { toolUse: { toolUseId: "t", name: "n" } } }),
      "contentBlockStart",
    ),
  ).flat();
  const last = starts.at(-1);
  assert.ok(last?.kind === "failure");
  assert.match(last.failure.text, "too many blocks");
});

test.run();
