// What clients of Anthropic's Messages may send, and how they are answered: in Anthropic's own grammar whoever answers, and
// byte for byte what the provider said where it speaks the same.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { anthropicMessages } from "#data/dialects/anthropic-messages.ts";
import type { Bill, Face } from "#data/dialects/dialect.ts";
import type { ChatAsk, Chunk, Delta, StreamEvent } from "#data/operations/chat.ts";
import { openThought, sealThought } from "#data/operations/foreign-thoughts.ts";
import { encodeBody } from "#data/providers/anthropic-messages.ts";
import type { Upstream } from "#data/providers/wire-protocol.ts";
import { Refusal } from "#data/refusal.ts";
import type { ExactCounter } from "#data/tokens/exact-counter.ts";
import { LearnedFactors } from "#data/tokens/learned-factors.ts";
import { promptSize } from "#data/tokens/prompt-size.ts";
import { sseParser } from "#data/upstream/sse.ts";
import { seeded } from "#test/doubles/strict-server.ts";
import { parseDollars, zero } from "#schema/money/amount.ts";

const { decode, encoder, encodeWhole, encodeRefusal, heartbeat } = anthropicMessages;
const good = { model: "acme/big-1", max_tokens: 100, messages: [{ role: "user", content: "hi" }] };
const askOf = (body: object, headers = {}): ChatAsk =>
  decode(Buffer.from(JSON.stringify({ ...good, ...body })), headers);
const messagesOf = (body: object): unknown => askOf(body).body["messages"];

const asked = suite("anthropic messages: what is asked");

asked("everything of a request comes over into the middle language", () => {
  const mark = { type: "ephemeral", ttl: "1h" };
  const ask = askOf({
    system: [{ type: "text", text: "Be brief.", cache_control: mark }],
    temperature: 0.5,
    top_p: 0.9,
    top_k: 3,
    stop_sequences: ["END"],
    stream: true,
    metadata: { user_id: "u-1" },
    session_id: "s-1",
    thinking: { type: "enabled", budget_tokens: 2_000 },
    output_config: { format: { type: "json_schema", schema: { type: "object" } } },
    tools: [
      { name: "f", description: "d", input_schema: { type: "object" }, cache_control: mark },
      { type: "web_search_20250305", name: "web_search", max_uses: 4 },
      { type: "bash_20250124", name: "bash" },
    ],
    tool_choice: { type: "any", disable_parallel_tool_use: true },
    cache_control: { type: "ephemeral" },
    provider: { order: ["one"] },
    models: ["acme/other"],
    fallbacks: [{ model: "acme/third" }, "acme/fourth"],
    plugins: [{ id: "web" }],
  });
  assert.equal(ask.models, ["acme/big-1", "acme/other", "acme/third", "acme/fourth"]);
  assert.is(ask.outputTokensMax, 100);
  assert.is(ask.stream, true);
  assert.is(ask.user, "u-1");
  assert.is(ask.session, "s-1");
  assert.is(ask.searchesBound, 4);
  assert.equal(ask.preferences.order, ["one"]);
  assert.equal(ask.reasoning, { effort: null, maxTokens: 2_000, enabled: null, exclude: false });
  assert.equal(ask.body, {
    models: ["acme/other"],
    provider: { order: ["one"] },
    plugins: [{ id: "web" }],
    session_id: "s-1",
    model: "acme/big-1",
    messages: [
      {
        role: "system",
        content: [{ type: "text", text: "Be brief.", cache_control: mark }],
      },
      { role: "user", content: "hi" },
    ],
    max_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 3,
    cache_control: { type: "ephemeral" },
    stream: true,
    tools: [
      {
        type: "function",
        function: { name: "f", description: "d", parameters: { type: "object" } },
        cache_control: mark,
      },
      { type: "bash_20250124", name: "bash" },
    ],
    web_search_options: {},
    tool_choice: "required",
    parallel_tool_calls: false,
    stop: ["END"],
    reasoning: { max_tokens: 2_000 },
    response_format: {
      type: "json_schema",
      json_schema: { name: "answer", schema: { type: "object" }, strict: true },
    },
    user: "u-1",
  });
  for (const name of ["temperature", "tools", "reasoning", "response_format", "stop"])
    assert.ok(ask.parameters.includes(name), name);
});

asked("a turn of results becomes messages of their own, and what they show follows", () => {
  assert.equal(
    messagesOf({
      messages: [
        { role: "user", content: "q" },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "hm", signature: "S" },
            { type: "redacted_thinking", data: "R" },
            { type: "text", text: "so" },
            { type: "tool_use", id: "a", name: "f", input: { x: 1 } },
            { type: "tool_use", id: "b", name: "g", input: {} },
            { type: "server_tool_use", id: "c", name: "web_search", input: {} },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "b", is_error: true, content: "no" },
            {
              type: "tool_result",
              tool_use_id: "a",
              content: [
                { type: "text", text: "see" },
                { type: "image", source: { type: "url", url: "https://e.com/a.png" } },
              ],
            },
            { type: "text", text: "and?" },
          ],
        },
      ],
    }),
    [
      { role: "user", content: "q" },
      {
        role: "assistant",
        content: "so",
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: '{"x":1}' } },
          { id: "b", type: "function", function: { name: "g", arguments: "{}" } },
        ],
        reasoning: "hm",
        reasoning_details: [
          {
            type: "reasoning.text",
            text: "hm",
            signature: "S",
            format: "anthropic-claude-v1",
            index: 0,
          },
          { type: "reasoning.encrypted", data: "R", format: "anthropic-claude-v1", index: 1 },
        ],
      },
      { role: "tool", tool_call_id: "b", content: "no", is_error: true },
      {
        role: "tool",
        tool_call_id: "a",
        content: [
          { type: "text", text: "see" },
          { type: "text", text: "(What it shows follows the results.)" },
        ],
      },
      {
        role: "user",
        content: [
          { type: "text", text: "Shown by the result of a:" },
          { type: "image_url", image_url: { url: "https://e.com/a.png" } },
          { type: "text", text: "and?" },
        ],
      },
    ],
  );
});

asked("pictures and documents come over, and are not counted by their bytes", () => {
  const data = "A".repeat(400_000);
  const ask = askOf({
    messages: [
      {
        role: "user",
        content: [
          { type: "image", source: { type: "base64", media_type: "image/png", data } },
          {
            type: "document",
            title: "a.pdf",
            source: { type: "base64", media_type: "application/pdf", data },
          },
          {
            type: "document",
            title: "b.txt",
            source: { type: "text", media_type: "text/plain", data: "words" },
          },
        ],
      },
    ],
  });
  assert.equal(ask.body["messages"], [
    {
      role: "user",
      content: [
        { type: "image_url", image_url: { url: `data:image/png;base64,${data}` } },
        {
          type: "file",
          file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${data}` },
        },
        { type: "text", text: '<document title="b.txt">\nwords\n</document>' },
      ],
    },
  ]);
  assert.is(ask.images, 1);
  assert.ok(ask.promptTokensEstimate < 5_000, String(ask.promptTokensEstimate));
  assert.ok(ask.promptTokensBound < 15_000, String(ask.promptTokensBound));
});

asked("a picture in a prompt that may not fit is not read as text", async () => {
  const ask = askOf({
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "word ".repeat(10_000) },
          {
            type: "image",
            source: { type: "base64", media_type: "image/png", data: "A".repeat(1_000_000) },
          },
        ],
      },
    ],
  });
  const model = { id: "acme/big-1", tokenizer: "o200k" };
  const counter = { count: () => Promise.resolve(null) } as unknown as ExactCounter;
  const size = await promptSize(
    ask,
    [{ contextLength: 20_000, model }],
    new LearnedFactors(),
    counter,
  );
  const tokens = size.of(model);
  assert.ok(tokens > 9_000 && tokens < 15_000, String(tokens));
});

for (const { name, body, reasoning } of [
  {
    name: "adaptive",
    body: { thinking: { type: "adaptive" } },
    reasoning: { effort: null, maxTokens: null, enabled: true, exclude: false },
  },
  {
    name: "adaptive with an effort, not shown",
    body: { thinking: { type: "adaptive", display: "omitted" }, output_config: { effort: "max" } },
    reasoning: { effort: "max", maxTokens: null, enabled: null, exclude: true },
  },
  {
    name: "an effort alone",
    body: { output_config: { effort: "low" } },
    reasoning: { effort: "low", maxTokens: null, enabled: null, exclude: false },
  },
  {
    name: "disabled",
    body: { thinking: { type: "disabled" } },
    reasoning: { effort: null, maxTokens: null, enabled: false, exclude: false },
  },
  { name: "nothing", body: {}, reasoning: null },
])
  asked(`thinking, ${name}, is the contract's reasoning`, () => {
    assert.equal(askOf(body).reasoning, reasoning);
  });

asked("max_tokens 0 warms a cache, and none is the endpoint's maximum", () => {
  assert.is(askOf({ max_tokens: 0 }).outputTokensMax, 0);
  assert.is(askOf({ max_tokens: undefined }).outputTokensMax, null);
});

asked("a session stands in its own field, or where Claude Code puts it", () => {
  const session = "5698bce0-09d9-4fc1-80c9-2e6f845d8bec";
  const sessionOf = (more: object) => askOf(more).session;
  assert.is(
    sessionOf({ metadata: { user_id: `{"device_id":"d","session_id":"${session}"}` } }),
    session,
  );
  assert.is(sessionOf({ metadata: { user_id: `user_1_account__session_${session}` } }), session);
  assert.is(sessionOf({ metadata: { user_id: `_session_${session}` }, session_id: "s" }), "s");
  assert.is(sessionOf({ metadata: { user_id: "u-1" } }), null);
  assert.is(sessionOf({}), null);
});

asked("betas come from either header, each once, and not without end", () => {
  assert.equal(askOf({}, { "anthropic-beta": "a, b,", "x-anthropic-beta": "b,c" }).anthropicBetas, [
    "a",
    "b",
    "c",
  ]);
  const many = Array.from({ length: 1_000 }, (_, at) => `beta-${at}`).join(",");
  assert.is(askOf({}, { "anthropic-beta": many }).anthropicBetas?.length, 32);
});

const user = (...content: unknown[]) => ({ messages: [{ role: "user", content }] });
for (const [field, body] of [
  ["messages", { messages: [] }],
  ["messages", { messages: "hi" }],
  ["messages[0]", { messages: ["hi"] }],
  ["messages[0].role", { messages: [{ role: "tool", content: "x" }] }],
  ["messages[0].content", { messages: [{ role: "user", content: 7 }] }],
  ["messages[0].content[0]", user("x")],
  ["messages[0].content[0].text", user({ type: "text" })],
  ["messages[0].content[0].source", user({ type: "image" })],
  ["messages[0].content[0].source.type", user({ type: "image", source: { type: "x" } })],
  [
    "messages[0].content[0].source.data",
    user({ type: "image", source: { type: "base64", media_type: "image/png" } }),
  ],
  ["messages[0].content[0].tool_use_id", user({ type: "tool_result", content: "x" })],
  [
    "messages[0].content[0].input",
    {
      messages: [
        { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: "{}" }] },
      ],
    },
  ],
  ["system", { system: 7 }],
  ["model", { model: 7 }],
  ["models", { models: "a" }],
  ["fallbacks", { fallbacks: 7 }],
  ["max_tokens", { max_tokens: -1 }],
  ["max_tokens", { max_tokens: 1.5 }],
  ["temperature", { temperature: 1.1 }],
  ["top_p", { top_p: 2 }],
  ["stream", { stream: "yes" }],
  ["stop_sequences", { stop_sequences: "END" }],
  ["metadata", { metadata: "u" }],
  ["user_id", { metadata: { user_id: 7 } }],
  ["tools", { tools: {} }],
  ["tools[0].name", { tools: [{ input_schema: {} }] }],
  ["tools[0].input_schema", { tools: [{ name: "f", input_schema: "x" }] }],
  ["tools[0].max_uses", { tools: [{ type: "web_search_20250305", max_uses: 0 }] }],
  ["tool_choice", { tool_choice: "any" }],
  ["tool_choice.type", { tool_choice: { type: "required" } }],
  ["tool_choice.name", { tool_choice: { type: "tool" } }],
  ["thinking", { thinking: true }],
  ["thinking.budget_tokens", { thinking: { type: "enabled" } }],
  ["output_config", { output_config: 1 }],
  ["output_config.effort", { output_config: { effort: "huge" } }],
  ["output_config.format", { output_config: { format: { type: "json_object" } } }],
  ["provider.order", { provider: { order: "a" } }],
  ["session_id", { session_id: 7 }],
] as [string, object][])
  asked(`${field}: ${JSON.stringify(body).slice(0, 70)} is a 400 that names it`, () => {
    try {
      askOf(body);
    } catch (cause) {
      assert.instance(cause, Refusal);
      assert.is((cause as Refusal).status, 400);
      assert.is((cause as Refusal).metadata["field"], field);
      const told = JSON.parse(encodeRefusal(cause as Refusal, null)) as {
        error: { type: string; message: string };
      };
      assert.is(told.error.type, "invalid_request_error");
      assert.match(told.error.message, "expected");
      return;
    }
    assert.unreachable("it was accepted");
  });

const seed = Math.floor(Math.random() * 2 ** 31);
asked(`nothing hostile is more than a refusal (100,000 bodies, seed ${seed})`, () => {
  const random = seeded(seed);
  const pick = <One>(list: readonly One[]): One => list[Math.floor(random() * list.length)] as One;
  const odd = [undefined, null, 7, "", "x", [], {}, [null], { type: 7 }, true];
  const members: Record<string, readonly unknown[]> = {
    text: ["t", ...odd],
    source: [
      { type: "base64", media_type: "image/png", data: "AA==" },
      { type: "base64", data: 7 },
      { type: "url", url: "https://e.com" },
      { type: "text", data: "d" },
      { type: "content", content: [{ type: "image" }] },
      { type: "file" },
      ...odd,
    ],
    content: ["c", [{ type: "text", text: "t" }], [{ type: "image", source: {} }], ...odd],
    signature: ["turnpike.v1.e30", "turnpike.v1.!", "turnpike.v1.bnVsbA", "S", ...odd],
    data: ["turnpike.v1.eyJ0eXBlIjoicmVhc29uaW5nLnRleHQifQ", ...odd],
    thinking: ["t", ...odd],
    id: ["a", ...odd],
    tool_use_id: ["a", ...odd],
    name: ["f", ...odd],
    input: [{ a: 1 }, ...odd],
    cache_control: [{ type: "ephemeral" }, ...odd],
    title: ["t", ...odd],
  };
  const names = Object.keys(members);
  const types =
    "text image document search_result tool_use tool_result thinking redacted_thinking x".split(
      " ",
    );
  const block = (): unknown => {
    if (random() < 0.1) return pick(odd);
    const made: Record<string, unknown> = { type: random() < 0.95 ? pick(types) : pick(odd) };
    for (let count = Math.floor(random() * 5); count > 0; count--) {
      const name = pick(names);
      made[name] = pick(members[name] ?? []);
    }
    return made;
  };
  const several = (most: number): unknown =>
    random() < 0.1 ? pick(odd) : Array.from({ length: Math.floor(random() * most) }, block);
  let accepted = 0;
  for (let count = 0; count < 100_000; count++) {
    const body: Record<string, unknown> = {
      messages: [
        { role: "user", content: several(3) },
        { role: pick(["assistant", "user", "system", "x"]), content: several(4) },
      ],
    };
    for (const name of ["system", "tools", "thinking", "output_config", "metadata", "tool_choice"])
      if (random() < 0.1) body[name] = random() < 0.5 ? several(2) : block();
    try {
      askOf(body);
      accepted++;
    } catch (cause) {
      if (!(cause instanceof Refusal) || cause.status !== 400) throw cause;
    }
  }
  assert.ok(accepted > 1_000, `${accepted} were accepted`);
});

asked.run();

const same = suite("anthropic messages: to a provider that speaks it too");

const upstream: Upstream = {
  model: "claude-x",
  flags: {},
  outputTokensMax: null,
  outputTokensLimit: 8_192,
  serviceTier: null,
  media: new Map(),
};
const passed = (text: string, more: Partial<Upstream> = {}): string =>
  encodeBody(decode(Buffer.from(text)), { ...upstream, ...more });

same("unknown fields, their order, white space inside and numbers survive", () => {
  const kept =
    '"max_tokens":1e2,"messages":[ {"content" : "h\\u0069", "role":"user", "odd":1.0} ],"new_field":{"b":12345678901234567890,"a":-0}';
  assert.is(
    passed(`{"model":"a/b",${kept},"models":["c/d"],"provider":{},"workspace_id":"w"}`),
    `{"model":"claude-x",${kept}}`,
  );
});

/** A loop of calls as another provider made them, with its thought in our seal. */
const loop = (ids: readonly string[]) => ({
  model: "a/b",
  max_tokens: 4_096,
  thinking: { type: "enabled", budget_tokens: 1_500 },
  messages: [
    { role: "user", content: "hi" },
    ...ids.flatMap((id) => [
      {
        role: "assistant",
        content: [
          {
            type: "thinking",
            thinking: "Hm.",
            signature: sealThought({ type: "reasoning.text", format: "unknown" }),
          },
          { type: "tool_use", id, name: "f", input: {} },
        ],
      },
      { role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "o" }] },
    ]),
  ],
});
type Sent = {
  thinking?: object;
  messages: { content: { type: string; id?: string; tool_use_id?: string }[] }[];
};

same("calls that another provider made get ids that Anthropic takes, each once", () => {
  const { messages } = JSON.parse(
    passed(JSON.stringify(loop(["functions.f:0", "toolu_1", "functions.f:0"]))),
  ) as Sent;
  const pairs = messages.slice(1).map(({ content: [block] }) => block?.id ?? block?.tool_use_id);
  assert.is(pairs[2], "toolu_1");
  assert.is(new Set(pairs).size, 3);
  for (const [at, id = ""] of pairs.entries()) {
    assert.match(id, /^[a-zA-Z0-9_-]+$/);
    assert.is(id, pairs[at - (at % 2)]);
  }
});

same("a budget for thoughts is not sent about calls that another provider made", () => {
  const thinkingWith = (flags: Upstream["flags"]) =>
    (JSON.parse(passed(JSON.stringify(loop(["toolu_1"])), { flags })) as Sent).thinking;
  assert.is(thinkingWith({ thinking: "budget" }), undefined);
  assert.equal(thinkingWith({}), { type: "adaptive", display: "summarized" });
});

same(
  "what is billed at a price that nobody is charged is not asked for, unless the row sells it",
  () => {
    const text =
      '{"model":"a/b","max_tokens":9,"messages":[{"role":"user","content":"x"}],"speed":"fast","inference_geo":"us"}';
    assert.not.match(passed(text), /speed|inference_geo/);
    assert.match(passed(text, { flags: { speed: true } }), '"speed":"fast"');
    assert.match(passed(text, { flags: { inferenceGeo: true } }), '"inference_geo":"us"');
  },
);

same("a clamp bounds max_tokens, and a budget of thoughts stays below it", () => {
  const text =
    '{"model":"a/b","max_tokens":9000,"thinking":{"type":"enabled","budget_tokens":8500},"messages":[{"role":"user","content":"x"}]}';
  const body = JSON.parse(passed(text)) as Record<string, { budget_tokens: number }>;
  assert.is(body["max_tokens"] as unknown, 8_192);
  assert.is(body["thinking"]?.budget_tokens, 4_096);
  const short = JSON.parse(passed(text, { outputTokensMax: 500 })) as Record<string, unknown>;
  assert.is(short["max_tokens"], 500);
  assert.is(short["thinking"], undefined);
  assert.match(
    passed('{"model":"a/b","messages":[{"role":"user","content":"x"}]}'),
    '"max_tokens":8192',
  );
});

same("thoughts that Claude has not signed are taken out, and its own are not touched", () => {
  const sealed = sealThought({
    type: "reasoning.text",
    format: "google-gemini-v1",
    signature: "g",
  });
  const body = (content: object[]) =>
    JSON.stringify({
      model: "a/b",
      max_tokens: 9,
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", content },
        { role: "user", content: "y" },
      ],
    });
  const own = { type: "thinking", thinking: "mine", signature: "S" };
  const text = { type: "text", text: "so" };
  assert.is(
    passed(
      body([
        own,
        { type: "thinking", thinking: "theirs", signature: sealed },
        { type: "redacted_thinking", data: sealed },
        { type: "thinking", thinking: "nobody's", signature: "" },
        text,
      ]),
    ),
    passed(body([own, text])),
  );
});

for (const { name, said, flags, expected } of [
  {
    name: "adaptive thinking and an effort, of a model that thinks by budget",
    said: { thinking: { type: "adaptive" }, output_config: { effort: "high", format: null } },
    flags: { thinking: "budget" },
    expected: {
      thinking: { type: "enabled", budget_tokens: 4_000 },
      output_config: { format: null },
    },
  },
  {
    name: "a budget, of a model that thinks by effort and takes no sampling",
    said: { thinking: { type: "enabled", budget_tokens: 4_000 }, temperature: 1, top_k: 5 },
    flags: { sampling: false },
    expected: {
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "high" },
    },
  },
  {
    name: "a budget, of a model that takes both",
    said: { thinking: { type: "enabled", budget_tokens: 4_000 } },
    flags: {},
    expected: { thinking: { type: "enabled", budget_tokens: 4_000 } },
  },
  {
    name: "an effort that is not known, as the nearest",
    said: { thinking: { type: "adaptive" }, output_config: { effort: "xhigh" } },
    flags: { efforts: ["low", "medium", "high", "max"] },
    expected: {
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "high" },
    },
  },
  {
    name: "no thinking, of a model that always thinks",
    said: { thinking: { type: "disabled" } },
    flags: { thinking: "always" },
    expected: {},
  },
  {
    name: "thinking, of a model that does not",
    said: { thinking: { type: "adaptive" }, output_config: { effort: "low" } },
    flags: { thinking: "none" },
    expected: {},
  },
] as { name: string; said: object; flags: Record<string, unknown>; expected: object }[])
  same(`what the row says is refused is asked in its words: ${name}`, () => {
    const messages = [{ role: "user", content: "x" }];
    const text = JSON.stringify({ model: "a/b", max_tokens: 5_000, messages, ...said });
    assert.equal(JSON.parse(passed(text, { flags })), {
      model: "claude-x",
      max_tokens: 5_000,
      messages,
      ...expected,
    });
  });

same(
  "system messages between turns are the user's text for a model that knows none, else untouched",
  () => {
    const text =
      '{"model":"a/b","max_tokens":9,"messages":[{"role":"user","content":"x"},{"role":"system","content":"s"},{"role":"assistant","content":"y"},{"role":"system","content":[{"type":"text","text":"t"}]}]}';
    assert.equal((JSON.parse(passed(text)) as { messages: unknown }).messages, [
      {
        role: "user",
        content: [
          { type: "text", text: "x" },
          { type: "text", text: "s" },
        ],
      },
      { role: "assistant", content: "y" },
      { role: "user", content: [{ type: "text", text: "t" }] },
    ]);
    assert.is(passed(text, { flags: { midSystem: true } }), text.replace('"a/b"', '"claude-x"'));
  },
);

same("a host without automatic caching gets its mark on the last block", () => {
  const text =
    '{"model":"a/b","max_tokens":9,"cache_control":{"type":"ephemeral"},"messages":[{"role":"user","content":"x"}]}';
  assert.is(
    passed(text, { flags: { topLevelCache: false } }),
    '{"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}]}',
  );
  assert.match(passed(text), '"cache_control":{"type":"ephemeral"}');
});

same("a host that does not fetch gets what was fetched, in results too", () => {
  const image = '{"type":"image","source":{"type":"url","url":"https://e.com/a"}}';
  const text = `{"model":"a/b","max_tokens":9,"messages":[{"role":"user","content":[${image},{"type":"tool_result","tool_use_id":"t","content":[${image}]}]}]}`;
  const inline =
    '{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}';
  const media = new Map([["https://e.com/a", { mediaType: "image/png", base64: "AAAA" }]]);
  assert.is(passed(text, { media }), text.replaceAll(image, inline).replace('"a/b"', '"claude-x"'));
});

const face: Face = { id: "gen-1-x", created: 1, model: "acme/big-1", provider: "Acme" };
const bill: Bill = {
  counts: { input: 3n, cache_read: 5n, cache_write_1h: 7n, output: 4n, reasoning: 2n, request: 1n },
  charge: {
    total: parseDollars("0.5"),
    prompt: parseDollars("0.3"),
    completion: parseDollars("0.2"),
  } as Bill["charge"],
  source: "reported",
  ownKey: false,
  upstreamCost: null,
};
const streamed = (events: readonly StreamEvent[], ask: ChatAsk = askOf({})): string => {
  const { event, end } = encoder(face, ask);
  return events.map(event).join("") + end(bill);
};
const eventsIn = (text: string): { name: string; data: Record<string, unknown> }[] => {
  const events: { name: string; data: Record<string, unknown> }[] = [];
  const parser = sseParser((data, name) =>
    events.push({ name, data: JSON.parse(data) as Record<string, unknown> }),
  );
  parser.feed(Buffer.from(text));
  parser.end();
  return events;
};
const frame = (name: string, data: string): StreamEvent => ({ kind: "frame", name, data });

same("frames pass as they are, but for id, model and usage", () => {
  const text = streamed([
    frame(
      "message_start",
      '{"type":"message_start", "message":{"id":"msg_1","odd":1.0,"model":"claude-x","usage":{"input_tokens":15}}}',
    ),
    { kind: "chunk", chunk: { choices: [{ delta: { content: "" } }] }, content: false },
    frame("ping", '{"type": "ping"}'),
    frame("content_block_delta", '{"type":"content_block_delta","x":1.50  }'),
    { kind: "text", text: "never twice", like: {} },
    frame(
      "message_delta",
      '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":6,"odd":[1.0]},"more":2.0}',
    ),
    frame("ping", '{"type":"ping"}'),
    frame("message_stop", '{"type":"message_stop","amazon":1.0}'),
  ]);
  assert.is(
    text,
    [
      'event: message_start\ndata: {"type":"message_start","message":{"id":"gen-1-x","odd":1.0,"model":"acme/big-1","usage":{"input_tokens":15}}}',
      'event: ping\ndata: {"type": "ping"}',
      'event: content_block_delta\ndata: {"type":"content_block_delta","x":1.50  }',
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":6,"odd":[1.0],"input_tokens":3,"cache_creation_input_tokens":7,"cache_read_input_tokens":5,"cost":0.5,"is_byok":false,"cost_details":{"upstream_inference_cost":null,"upstream_inference_prompt_cost":0.3,"upstream_inference_completions_cost":0.2}},"more":2.0}',
      'event: message_stop\ndata: {"type":"message_stop","amazon":1.0}',
      "",
    ].join("\n\n"),
  );
});

same("a second message_delta that tells only the usage does not lose why it ended", () => {
  const text = streamed([
    frame(
      "message_delta",
      '{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{}}',
    ),
    frame("message_delta", '{"type":"message_delta","delta":{"stop_reason":null},"usage":{}}'),
  ]);
  assert.match(text, '"stop_reason":"tool_use"');
  assert.match(text, "event: message_stop");
});

same("an end that nobody can read is still an end with its usage", () => {
  const twice = '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"delta":{}}';
  const text = streamed([frame("message_delta", twice)]);
  assert.match(text, '"cost":0.5');
  assert.match(text, "event: message_stop");
});

same("a whole answer keeps its text, but for id, model and usage", () => {
  const text =
    '{"id":"msg_1","content":[{"type":"tool_use","input":{"n":1.0,"b":12345678901234567890}}],"model":"claude-x","usage":{"input_tokens":3,"output_tokens":6},"new":1e3}';
  assert.is(
    encodeWhole(face, askOf({}), {}, bill, { text }),
    '{"id":"gen-1-x","content":[{"type":"tool_use","input":{"n":1.0,"b":12345678901234567890}}],"model":"acme/big-1","usage":{"input_tokens":3,"output_tokens":6,"cache_creation_input_tokens":7,"cache_read_input_tokens":5,"cost":0.5,"is_byok":false,"cost_details":{"upstream_inference_cost":null,"upstream_inference_prompt_cost":0.3,"upstream_inference_completions_cost":0.2}},"new":1e3}',
  );
});

same.run();

const other = suite("anthropic messages: from a provider that speaks something else");

const chunk = (delta: Delta, more: object = {}): StreamEvent => ({
  kind: "chunk",
  chunk: { choices: [{ index: 0, delta, ...more }] },
  content: true,
});
const finish = (reason: string, native = reason): StreamEvent =>
  chunk({}, { finish_reason: reason, native_finish_reason: native });

/** Reads events as a strict client does. @throws where they break Anthropic's grammar. */
function read(text: string): { blocks: Record<string, unknown>[]; stop: unknown; usage: unknown } {
  const blocks: Record<string, unknown>[] = [];
  let state: "before" | "between" | "inside" | "ended" | "over" = "before";
  let stop: unknown = null;
  let usage: unknown = null;
  for (const { name, data } of eventsIn(text)) {
    assert.is(data["type"], name);
    const { index, content_block: block, delta } = data;
    switch (name) {
      case "message_start":
        assert.is(state, "before");
        state = "between";
        break;
      case "content_block_start":
        assert.is(state, "between");
        assert.is(index, blocks.length);
        blocks.push({ ...(block as object) });
        state = "inside";
        break;
      case "content_block_delta": {
        assert.is(state, "inside");
        assert.is(index, blocks.length - 1);
        const last = blocks.at(-1) ?? {};
        const added = delta as Record<string, string>;
        const kinds: Record<string, [string, string]> = {
          text_delta: ["text", "text"],
          thinking_delta: ["thinking", "thinking"],
          signature_delta: ["thinking", "signature"],
          input_json_delta: ["tool_use", "partial_json"],
          citations_delta: ["text", "citation"],
        };
        const [of, member] = kinds[added["type"] ?? ""] ?? ["", ""];
        assert.is(last["type"], of);
        const value = added[member] as unknown;
        if (typeof value === "string") {
          const before = last[member];
          last[member] = (typeof before === "string" ? before : "") + value;
        } else last[member] = value;
        break;
      }
      case "content_block_stop":
        assert.is(state, "inside");
        assert.is(index, blocks.length - 1);
        state = "between";
        break;
      case "message_delta":
        assert.is(state, "between");
        stop = (delta as Record<string, unknown>)["stop_reason"];
        ({ usage } = data);
        state = "ended";
        break;
      case "message_stop":
        assert.is(state, "ended");
        state = "over";
        break;
      default:
        assert.unreachable(name);
    }
  }
  assert.is(state, "over");
  return { blocks, stop, usage };
}

other("text, thoughts and calls are blocks one after the other, with the bill's usage", () => {
  const like: Chunk = { choices: [{ index: 0, delta: { content: "" } }] };
  const { blocks, stop, usage } = read(
    streamed([
      chunk({ role: "assistant", content: "" }),
      chunk({ reasoning: "hm " }),
      chunk({ reasoning: "hm" }),
      chunk({ content: 'so "' }),
      { kind: "text", text: "plain", like },
      chunk({
        tool_calls: [
          { index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } },
        ],
      }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"x":' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
      finish("tool_calls"),
    ]),
  );
  const [thinking, ...rest] = blocks;
  assert.is(thinking?.["thinking"], "hm hm");
  assert.equal(openThought(String(thinking?.["signature"])), {
    type: "reasoning.text",
    format: "unknown",
  });
  assert.equal(rest, [
    { type: "text", text: 'so "plain' },
    { type: "tool_use", id: "a", name: "f", input: {}, partial_json: '{"x":1}' },
  ]);
  assert.is(stop, "tool_use");
  assert.equal(usage, {
    input_tokens: 3,
    cache_creation_input_tokens: 7,
    cache_read_input_tokens: 5,
    output_tokens: 6,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 7 },
    output_tokens_details: { thinking_tokens: 2 },
    server_tool_use: null,
    service_tier: "standard",
    cost: 0.5,
    is_byok: false,
    cost_details: {
      upstream_inference_cost: null,
      upstream_inference_prompt_cost: 0.3,
      upstream_inference_completions_cost: 0.2,
    },
  });
});

other("calls that are streamed across each other are sorted out", () => {
  const piece = (index: number, text: string, first = false): StreamEvent =>
    chunk({
      tool_calls: [
        first
          ? {
              index,
              id: `id${index}`,
              type: "function",
              function: { name: `f${index}`, arguments: text },
            }
          : { index, function: { arguments: text } },
      ],
    });
  const { blocks } = read(
    streamed([
      piece(0, "{", true),
      piece(1, '{"b":', true),
      piece(0, '"a":1'),
      piece(1, "2}"),
      piece(0, "}"),
      finish("tool_calls"),
    ]),
  );
  assert.equal(
    blocks.map((block) => [block["id"], block["name"], block["partial_json"]]),
    [
      ["id0", "f0", '{"a":1}'],
      ["id1", "f1", '{"b":2}'],
    ],
  );
});

other("thoughts of every kind come back in the next turn as they were given", () => {
  const details = [
    {
      type: "reasoning.text" as const,
      text: "a",
      format: "google-gemini-v1",
      signature: "g",
      index: 0,
    },
    {
      type: "reasoning.summary" as const,
      summary: "b",
      format: "openai-responses-v1",
      id: "rs_1",
      index: 1,
    },
    {
      type: "reasoning.encrypted" as const,
      data: "c",
      format: "openai-responses-v1",
      id: "rs_1",
      index: 2,
    },
    {
      type: "reasoning.text" as const,
      text: "d",
      format: "anthropic-claude-v1",
      signature: "S",
      index: 3,
    },
    { type: "reasoning.encrypted" as const, data: "e", format: "anthropic-claude-v1", index: 4 },
  ];
  const { blocks } = read(
    streamed([
      ...details.map((detail) => chunk({ reasoning_details: [detail] })),
      chunk({ content: "so" }),
      finish("stop"),
    ]),
  );
  assert.is(blocks[3]?.["signature"], "S");
  assert.equal(blocks[4], { type: "redacted_thinking", data: "e" });
  const back = (
    messagesOf({
      messages: [
        { role: "user", content: "q" },
        { role: "assistant", content: blocks },
      ],
    }) as { reasoning_details?: unknown }[]
  )[1];
  assert.equal(back?.reasoning_details, details);
  const whole = JSON.parse(
    encodeWhole(
      face,
      askOf({}),
      {
        choices: [
          { message: { content: "so", reasoning_details: details }, finish_reason: "stop" },
        ],
      },
      bill,
    ),
  ) as { content: unknown };
  assert.equal(whole.content, blocks);
});

other("thoughts that shall not be shown are not, unless they are only a signature", () => {
  const ask = askOf({ thinking: { type: "adaptive", display: "omitted" } });
  const { blocks } = read(
    streamed(
      [
        chunk({ reasoning: "secret" }),
        chunk({
          reasoning_details: [
            { type: "reasoning.text", signature: "S", format: "anthropic-claude-v1", index: 0 },
          ],
        }),
        chunk({ content: "so" }),
        finish("stop"),
      ],
      ask,
    ),
  );
  assert.equal(blocks, [
    { type: "thinking", thinking: "", signature: "S" },
    { type: "text", text: "so" },
  ]);
});

for (const [reason, native, stop] of [
  ["stop", "stop", "end_turn"],
  ["stop", "stop_sequence", "stop_sequence"],
  ["stop", "tool_use", "end_turn"],
  ["length", "MAX_TOKENS", "max_tokens"],
  ["length", "model_context_window_exceeded", "model_context_window_exceeded"],
  ["tool_calls", "STOP", "tool_use"],
  ["content_filter", "SAFETY", "refusal"],
] as const)
  other(`finish reason ${reason} (${native}) is ${stop}`, () => {
    assert.is(read(streamed([chunk({ content: "a" }), finish(reason, native)])).stop, stop);
  });

other("an answer of nothing is a message of nothing", () => {
  assert.equal(read(streamed([])).blocks, []);
});

other("a whole answer is a message", () => {
  const message = JSON.parse(
    encodeWhole(
      face,
      askOf({}),
      {
        choices: [
          {
            message: {
              content: "see",
              annotations: [
                {
                  type: "url_citation",
                  url_citation: { url: "https://e.com", title: "E", content: "c" },
                },
              ],
              tool_calls: [
                { id: "a", type: "function", function: { name: "f", arguments: '{"x":1}' } },
                { id: "b", type: "function", function: { name: "g", arguments: "not JSON" } },
              ],
            },
            finish_reason: "tool_calls",
          },
        ],
      },
      bill,
    ),
  ) as Record<string, unknown>;
  assert.equal(message["content"], [
    {
      type: "text",
      text: "see",
      citations: [
        {
          type: "web_search_result_location",
          url: "https://e.com",
          title: "E",
          cited_text: "c",
          encrypted_index: "",
        },
      ],
    },
    { type: "tool_use", id: "a", name: "f", input: { x: 1 } },
    { type: "tool_use", id: "b", name: "g", input: { invalid_json: "not JSON" } },
  ]);
  assert.is(message["stop_reason"], "tool_use");
});

other("whatever a provider says, in whatever order, the events keep to the grammar", () => {
  const index = fc.integer({ min: 0, max: 3 });
  const text = fc.string({ unit: "binary", maxLength: 6 });
  const deltas = fc.oneof(
    fc.record({ content: fc.oneof(text, fc.constant(null)) }),
    fc.record({ reasoning: text }),
    fc.record({ refusal: text }),
    fc.record({
      reasoning_details: fc.array(
        fc.record({
          type: fc.constantFrom("reasoning.text", "reasoning.summary", "reasoning.encrypted", "x"),
          text: fc.oneof(text, fc.constant(null), fc.constant(7)),
          summary: fc.oneof(text, fc.constant(undefined)),
          data: fc.oneof(text, fc.constant(undefined)),
          signature: fc.oneof(text, fc.constant(7)),
          format: fc.constantFrom("anthropic-claude-v1", "unknown", undefined),
          index,
        }),
        { maxLength: 3 },
      ),
    }),
    fc.record({
      tool_calls: fc.array(
        fc.record({
          index: fc.oneof(index, fc.constant("x")),
          id: fc.oneof(text, fc.constant(undefined)),
          function: fc.oneof(
            fc.record({ name: fc.oneof(text, fc.constant(undefined)), arguments: text }),
            fc.constant(null),
          ),
        }),
        { maxLength: 3 },
      ),
    }),
    fc.record({ annotations: fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 2 }) }),
    fc.jsonValue({ maxDepth: 1 }),
  );
  fc.assert(
    fc.property(fc.array(deltas, { maxLength: 12 }), (several) => {
      const events = several.map((delta) => chunk(delta as Delta));
      const { blocks } = read(streamed([...events, finish("stop")]));
      const content = several.map((delta) => {
        const { content: said, refusal } = (
          typeof delta === "object" && delta !== null ? delta : {}
        ) as Record<string, unknown>;
        return [said, refusal].map((one) => (typeof one === "string" ? one : "")).join("");
      });
      const told = blocks.map((block) => (block["type"] === "text" ? block["text"] : "")).join("");
      assert.is(told, content.join("").toWellFormed());
    }),
    { numRuns: 1_500 },
  );
});

other.run();

const endings = suite("anthropic messages: errors");

for (const [status, type] of [
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [402, "billing_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [408, "timeout_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [500, "api_error"],
  [502, "api_error"],
  [503, "overloaded_error"],
  [504, "timeout_error"],
] as const)
  endings(`${status} is ${type}`, () => {
    const refusal = new Refusal({ status, type: "server", message: "why", metadata: { a: 1 } });
    assert.equal(JSON.parse(encodeRefusal(refusal, "gen-1")), {
      type: "error",
      error: { type, message: "why", error_type: "server", metadata: { a: 1 } },
      request_id: "gen-1",
    });
  });

endings("a broken stream ends in one error event, and a heartbeat is a ping", () => {
  const { event, broken } = encoder(face, askOf({}));
  const text =
    event(chunk({ content: "a" })) +
    broken(new Refusal({ status: 502, type: "provider_unavailable", message: "cut" }));
  const names = eventsIn(heartbeat + text).map(({ name }) => name);
  assert.equal(names, [
    "ping",
    "message_start",
    "content_block_start",
    "content_block_delta",
    "error",
  ]);
});

endings("an estimate of the prompt is told at the start, and free is free", () => {
  const ask = askOf({});
  const { event, end } = encoder(face, ask);
  const [start] = eventsIn(event(chunk({ content: "a" })));
  const { message } = (start?.data ?? {}) as unknown as {
    message: { usage: { input_tokens: number } };
  };
  assert.is(message.usage.input_tokens, ask.promptTokensEstimate);
  const free = end({
    ...bill,
    charge: { total: zero, prompt: zero, completion: zero } as Bill["charge"],
  });
  assert.match(free, '"cost":0');
});

endings.run();
