// Anthropic's Messages upstream: what is written is taken by a double that refuses what Anthropic refuses, whatever the
// generation of the model; what is read counts every token once; and nothing hostile throws.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openaiChat } from "#data/dialects/openai-chat.ts";
import type { ChatAsk, Chunk, StreamEvent } from "#data/operations/chat.ts";
import { anthropicMessages, encodeBody } from "#data/providers/anthropic-messages.ts";
import { schemaSubset } from "#data/providers/claude-schema.ts";
import {
  originalToolId,
  ToolIds,
  validToolId,
} from "#data/providers/anthropic-messages/tool-ids.ts";
import { mergeUsage, usageOf } from "#data/providers/anthropic-messages/usage.ts";
import { CannotEncode, type Upstream } from "#data/providers/wire-protocol.ts";
import { sseParser } from "#data/upstream/sse.ts";
import {
  anthropicKey,
  problemOf,
  said,
  signatureOf,
  startAnthropicApi,
  thought,
} from "#test/doubles/anthropic-api.ts";
import { seeded, slices } from "#test/doubles/strict-server.ts";

type Flags = Record<string, unknown>;
const generations: Record<string, Flags> = {
  old: { thinking: "budget", structuredOutputs: "tool" },
  mid: { prefill: false },
  new: { sampling: false, prefill: false, midSystem: true },
  always: { thinking: "always", sampling: false, prefill: false },
};
const upstreamOf = (model: string, flags: Flags, more: Partial<Upstream> = {}): Upstream => ({
  model,
  flags,
  outputTokensMax: null,
  outputTokensLimit: 8_192,
  serviceTier: null,
  media: new Map(),
  ...more,
});
const askOf = (body: object): ChatAsk =>
  openaiChat.decode(
    Buffer.from(
      JSON.stringify({ model: "a/b", messages: [{ role: "user", content: "Hello" }], ...body }),
    ),
  );
const written = (
  body: object,
  flags: Flags = {},
  more: Partial<Upstream> = {},
): Record<string, unknown> =>
  JSON.parse(encodeBody(askOf(body), upstreamOf("claude-mid-text", flags, more))) as Record<
    string,
    unknown
  >;
function refusedBecause(body: object, flags: Flags = {}): CannotEncode {
  try {
    written(body, flags);
  } catch (cause) {
    if (cause instanceof CannotEncode) return cause;
    throw cause;
  }
  return assert.unreachable("it was written") as never;
}

const double = await startAnthropicApi();

/** Through encode, a real socket and decode, as the gateway would go. */
async function ask(generation: string, script: string, body: object, stream: boolean) {
  const asked = askOf({ ...body, stream });
  const upstream = upstreamOf(`claude-${generation}-${script}`, generations[generation] ?? {});
  const { path, headers, body: text } = anthropicMessages.encode(asked, upstream);
  const response = await fetch(`${double.origin}/v1${path}`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json", "x-api-key": anthropicKey },
    body: text,
  });
  const answer = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${answer}\n${text}`);
  if (!stream) {
    const decoded = anthropicMessages.decodeWhole(answer, asked, upstream);
    if ("kind" in decoded) throw new Error(decoded.text);
    const [choice] = decoded.whole.choices ?? [];
    return { message: choice?.message ?? {}, finish: choice?.finish_reason, usage: decoded.usage };
  }
  const decode = anthropicMessages.decoder(asked, upstream);
  const events: StreamEvent[] = [];
  const parser = sseParser((data, name) => events.push(...decode(data, name)));
  parser.feed(Buffer.from(answer));
  parser.end();
  return gather(events);
}

/** What a stream adds up to, as a whole answer would say it. */
function gather(events: readonly StreamEvent[]) {
  let content = "";
  let reasoning = "";
  let finish: string | null | undefined = null;
  let usage = null;
  const calls: { id: string; type: string; function: { name: string; arguments: string } }[] = [];
  for (const event of events) {
    if (event.kind === "failure") throw new Error(event.failure.text);
    if (event.kind === "text") content += event.text;
    if (event.kind === "usage") usage = event.usage;
    if (event.kind !== "chunk") continue;
    for (const { delta = {}, finish_reason: reason } of event.chunk.choices ?? []) {
      content += delta.content ?? "";
      reasoning += delta.reasoning ?? "";
      finish = reason ?? finish;
      for (const { index, id, function: named } of delta.tool_calls ?? []) {
        const call = (calls[index] ??= {
          id: id ?? "",
          type: "function",
          function: { name: named?.name ?? "", arguments: "" },
        });
        call.function.arguments += named?.arguments ?? "";
      }
    }
  }
  return { message: { content, reasoning, tool_calls: calls }, finish, usage };
}

const taken = suite("anthropic-messages: what is written is taken by every generation");

const weather = {
  type: "function",
  function: { name: "weather", parameters: { type: "object", properties: {} }, strict: true },
};
const call = (id: string, text = "{}") => ({
  id,
  type: "function",
  function: { name: "weather", arguments: text },
});
const schema = {
  type: "object",
  properties: {
    pattern: { type: "string", pattern: "^a", format: "regex" },
    oneOf: { oneOf: [{ type: "integer", minimum: 1 }, { type: "null" }] },
  },
};
const named = { type: "function", function: { name: "weather" } };
const person = { type: "json_schema", json_schema: { name: "person", strict: true, schema } };
const history = [
  { role: "system", content: "Be brief." },
  { role: "user", name: "ada", content: "Weather?" },
  {
    role: "assistant",
    content: "",
    tool_calls: [call("functions.weather:0"), call("call_0", '{"a":1}')],
    reasoning_details: [
      { type: "reasoning.text", text: "mine", format: "google-gemini-v1", signature: "g" },
    ],
  },
  { role: "tool", tool_call_id: "call_0", content: "rain" },
  { role: "tool", tool_call_id: "functions.weather:0", content: [{ type: "text", text: " " }] },
  { role: "assistant", content: null, tool_calls: [call("call_0")] },
  { role: "tool", tool_call_id: "call_0", content: "sun" },
  {
    role: "user",
    content: [
      { type: "text", text: "" },
      { type: "text", text: "So?" },
    ],
  },
  { role: "system", content: "Be even briefer." },
];
const asks: Record<string, object> = {
  "nothing special": {},
  "all of the sampling": { temperature: 2, top_p: 0.3, top_k: 5, seed: 1, min_p: 0.1, n: 1 },
  "a long conversation with other providers' ids and thoughts": {
    messages: history,
    tools: [weather],
  },
  "thinking with everything": {
    messages: history,
    tools: [weather],
    reasoning: { effort: "xhigh" },
    temperature: 0.1,
    max_tokens: 4_000,
  },
  "thinking with little room": { reasoning: { effort: "low" }, max_tokens: 200 },
  "thinking by a budget": { reasoning: { max_tokens: 2_000 }, max_tokens: 3_000 },
  "thinking that is not shown": { reasoning: { effort: "minimal", exclude: true } },
  "a schema": { response_format: person, max_tokens: 2_000 },
  "a schema and thinking": { response_format: person, reasoning: { enabled: true } },
  "a schema and tools": { response_format: person, tools: [weather] },
  "JSON of any shape": { response_format: { type: "json_object" } },
  "no parallel calls": { tools: [weather], parallel_tool_calls: false },
  "no calls at all": { tools: [weather], tool_choice: "none", parallel_tool_calls: false },
  "a choice without tools": { tool_choice: "auto", parallel_tool_calls: false },
  "a system prompt alone": { messages: [{ role: "system", content: "Say hello." }] },
  "an empty assistant turn in between": {
    messages: [
      { role: "user", content: "a" },
      { role: "assistant", content: "" },
      { role: "user", content: "b" },
    ],
  },
  "stops of white space": { stop: ["\n", "  ", "END"] },
  "a user and a tier": { user: "u-1", service_tier: "flex" },
  "marks at four places": {
    tools: [{ ...weather, cache_control: { type: "ephemeral", ttl: "1h" } }],
    cache_control: { type: "ephemeral" },
    messages: [
      {
        role: "system",
        content: [{ type: "text", text: "s", cache_control: { type: "ephemeral", ttl: "1h" } }],
      },
      {
        role: "user",
        content: [{ type: "text", text: "u", cache_control: { type: "ephemeral" } }],
      },
    ],
  },
};
for (const [name, body] of Object.entries(asks))
  for (const generation of Object.keys(generations))
    for (const stream of [false, true])
      taken(`${name}: ${generation}, ${stream ? "streamed" : "plain"}`, async () => {
        const { message } = await ask(generation, "text", body, stream);
        assert.match(String(message["content"]), /Bonjour|^Seen: call_0-2=sun$/);
      });

for (const generation of ["old", "mid", "new"])
  for (const stream of [false, true]) {
    taken(
      `a forced tool is called, thinking or not: ${generation}, ${String(stream)}`,
      async () => {
        const { message, finish } = await ask(
          generation,
          "tools",
          { tools: [weather], tool_choice: "required", reasoning: { effort: "high" } },
          stream,
        );
        assert.is((message["tool_calls"] as unknown[]).length, 1);
        assert.is(finish, "tool_calls");
      },
    );

    taken(
      `JSON comes back as text, whoever makes it: ${generation}, ${String(stream)}`,
      async () => {
        for (const more of [{}, { reasoning: { effort: "low" } }, { tools: [weather] }]) {
          const { message, finish } = await ask(
            generation,
            "json",
            { response_format: person, max_tokens: 4_000, ...more },
            stream,
          );
          assert.equal(JSON.parse(String(message["content"])), { name: "Ada", age: 36 });
          assert.is(finish, "stop");
        }
      },
    );
  }

taken("what a stream says is what the whole answer says", async () => {
  for (const script of ["text", "tools", "parallel", "json", "cache", "refusal-midway", "long"]) {
    const body = { tools: [weather], reasoning: { effort: "high" } };
    const whole = await ask("mid", script, body, false);
    const streamed = await ask("mid", script, body, true);
    assert.is(streamed.message["content"], whole.message["content"] ?? "");
    assert.is(streamed.message["reasoning"], whole.message["reasoning"] ?? "");
    assert.equal(streamed.message["tool_calls"], whole.message["tool_calls"] ?? []);
    assert.is(streamed.finish, whole.finish);
    assert.equal(streamed.usage?.counts, whole.usage?.counts);
  }
});

const written100k = Math.floor(Math.random() * 2 ** 31);
taken(`what a client may write is taken or refused here, never there (seed ${written100k})`, () => {
  const random = seeded(written100k);
  const pick = <One>(list: readonly One[]): One => list[Math.floor(random() * list.length)] as One;
  const format = "anthropic-claude-v1";
  const mark = (): object =>
    random() < 0.15
      ? { cache_control: { type: "ephemeral", ...pick([{}, { ttl: "5m" }, { ttl: "1h" }]) } }
      : {};
  const part = (): unknown =>
    pick([
      { type: "text", text: pick(["a", "", " ", "b \n"]), ...mark() },
      { type: "image_url", image_url: { url: "data:image/jpg;base64,AAAA" }, ...mark() },
      { type: "image_url", image_url: { url: "https://e.com/a" } },
      { type: "file", file: { filename: "a", file_data: "data:text/csv,a%2Cb" }, ...mark() },
      { type: "file", file: { file_data: "data:application/pdf;base64,AAAA" } },
    ]);
  const content = (): unknown =>
    pick(["text", "", "  ", null, Array.from({ length: Math.floor(random() * 3) }, part)]);
  const details = (): unknown[] => [
    { type: "reasoning.text", text: thought, signature: signatureOf(thought), format, index: 0 },
    ...(random() < 0.5 ? [{ type: "reasoning.encrypted", data: "enc-1", format }] : []),
    ...(random() < 0.5 ? [{ type: "reasoning.text", text: "x", format: "unknown" }] : []),
  ];
  const messagesOf = (): unknown[] => {
    const messages: unknown[] = [{ role: "user", content: "q", name: pick(["ada", undefined]) }];
    for (let count = Math.floor(random() * 6); count > 0; count--) {
      const role = pick(["system", "developer", "user", "user", "assistant", "loop"]);
      if (role !== "loop") {
        messages.push({
          role,
          content: role === "user" ? content() : pick(["t", "", " u ", null]),
        });
        continue;
      }
      const ids = pick([["a"], ["call_0", "x:1"], ["call_0"], ["é", "b", "c"]]);
      messages.push({
        role: "assistant",
        content: pick([null, "so", ""]),
        tool_calls: ids.map((id) => call(id, pick(["", "{}", '{"a":[1]}']))),
        ...(random() < 0.5 ? { reasoning_details: details() } : {}),
      });
      for (const id of ids.toReversed())
        messages.push({
          role: "tool",
          tool_call_id: id,
          content: content() ?? "",
          ...(random() < 0.2 ? { is_error: true } : {}),
        });
    }
    return messages;
  };
  let sent = 0;
  for (let count = 0; count < 8_000; count++) {
    const generation = pick(Object.keys(generations));
    const body = {
      messages: messagesOf(),
      max_tokens: pick([undefined, 1, 500, 2_000, 100_000]),
      temperature: pick([undefined, 0, 1.5]),
      top_p: pick([undefined, 0.5]),
      top_k: pick([undefined, 0, 7]),
      stop: pick([undefined, "x", ["\n", "y"]]),
      tools: pick([undefined, [], [weather], [{ ...weather, ...mark() }]]),
      tool_choice: pick([undefined, "auto", "none", "required", named]),
      parallel_tool_calls: pick([undefined, true, false]),
      response_format: pick([undefined, undefined, person, { type: "json_object" }]),
      reasoning: pick([
        undefined,
        {},
        { effort: pick(["none", "minimal", "xhigh", "max"]) },
        { max_tokens: pick([100, 1_500, 50_000]) },
        { enabled: pick([true, false]), exclude: true },
      ]),
      cache_control: pick([undefined, undefined, { type: "ephemeral", ttl: "1h" }]),
      user: pick([undefined, "u"]),
      service_tier: pick([undefined, "flex", "priority"]),
      stream: pick([true, false]),
    };
    let text: string;
    try {
      text = encodeBody(
        askOf(body),
        upstreamOf(`claude-${generation}-text`, generations[generation] ?? {}),
      );
    } catch (cause) {
      if (!(cause instanceof CannotEncode)) throw cause;
      continue;
    }
    sent++;
    const problem = problemOf(JSON.parse(text));
    if (problem !== null) throw new Error(`${problem}\n${JSON.stringify(body)}\n${text}`);
  }
  assert.ok(sent > 2_000, `${sent} were sent`);
});

taken.after(() => double.close());
taken.run();

const request = suite("anthropic-messages: the request");

type ThinkingCase = {
  name: string;
  reasoning: object | undefined;
  flags?: Flags;
  maxTokens?: number;
  thinking: object | undefined;
  effort?: string;
};
for (const { name, reasoning, flags = {}, maxTokens = 10_000, thinking, effort } of [
  { name: "nothing said is nothing sent", reasoning: undefined, thinking: undefined },
  {
    name: "an effort",
    reasoning: { effort: "high" },
    thinking: { type: "adaptive", display: "summarized" },
    effort: "high",
  },
  {
    name: "the least effort is the nearest that there is (P-2)",
    reasoning: { effort: "minimal" },
    thinking: { type: "adaptive", display: "summarized" },
    effort: "low",
  },
  {
    name: "an effort that the model lacks is the nearest, and of two the lesser (P-2)",
    reasoning: { effort: "xhigh" },
    flags: { efforts: ["low", "medium", "high", "max"] },
    thinking: { type: "adaptive", display: "summarized" },
    effort: "high",
  },
  {
    name: "a budget is the nearest effort where there are only efforts (P-1)",
    reasoning: { max_tokens: 4_700 },
    thinking: { type: "adaptive", display: "summarized" },
    effort: "medium",
  },
  {
    name: "thoughts that are not shown are left out by the provider (P-3)",
    reasoning: { effort: "low", exclude: true },
    thinking: { type: "adaptive", display: "omitted" },
    effort: "low",
  },
  { name: "off is said", reasoning: { enabled: false }, thinking: { type: "disabled" } },
  { name: "no effort is off", reasoning: { effort: "none" }, thinking: { type: "disabled" } },
  ...(
    [
      ["max", 9_500],
      ["xhigh", 9_500],
      ["high", 8_000],
      ["medium", 5_000],
      ["low", 2_000],
      ["minimal", 1_024],
    ] as const
  ).map(([word, budget]) => ({
    name: `a budget for effort ${word} is a share of max_tokens, and at least 1024 (P-1)`,
    reasoning: { effort: word },
    flags: { thinking: "budget" },
    thinking: { type: "enabled", budget_tokens: budget },
  })),
  {
    name: "a budget is never more than 128,000 (P-1)",
    reasoning: { effort: "high" },
    flags: { thinking: "budget" },
    maxTokens: 1_000_000,
    thinking: { type: "enabled", budget_tokens: 128_000 },
  },
  {
    name: "a budget that is named is sent",
    reasoning: { max_tokens: 3_000 },
    flags: { thinking: "budget" },
    thinking: { type: "enabled", budget_tokens: 3_000 },
  },
  {
    name: "an answer too short to think in is not thought about",
    reasoning: { effort: "max" },
    flags: { thinking: "budget" },
    maxTokens: 1_024,
    thinking: undefined,
  },
  {
    name: "a model that does not think is not told to",
    reasoning: { effort: "max" },
    flags: { thinking: "none" },
    thinking: undefined,
  },
] as ThinkingCase[])
  request(`${name}`, () => {
    const body = written({ ...(reasoning ? { reasoning } : {}), max_tokens: maxTokens }, flags, {
      outputTokensLimit: 1_000_000,
    });
    assert.equal(body["thinking"], thinking);
    assert.equal(body["output_config"], effort === undefined ? undefined : { effort });
  });

for (const { name, body, flags = {}, field } of [
  {
    name: "a budget above the answer",
    body: { reasoning: { max_tokens: 5_000 }, max_tokens: 4_000 },
    flags: { thinking: "budget" },
    field: "reasoning.max_tokens",
  },
  {
    name: "no thinking where it cannot be helped",
    body: { reasoning: { enabled: false } },
    flags: { thinking: "always" },
    field: "reasoning",
  },
  {
    name: "a forced tool of a model that always thinks",
    body: { tools: [weather], tool_choice: "required" },
    flags: { thinking: "always" },
    field: "tool_choice",
  },
  {
    name: "a call that nobody answers",
    body: {
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", tool_calls: [call("x")] },
        { role: "user", content: "b" },
      ],
    },
    field: "messages[1].tool_calls[0]",
  },
  {
    name: "an answer to no call",
    body: { messages: [{ role: "tool", tool_call_id: "x", content: "a" }] },
    field: "messages[0].tool_call_id",
  },
  {
    name: "arguments that are no object",
    body: { messages: [{ role: "assistant", tool_calls: [call("x", "[1")] }] },
    field: "messages[0].tool_calls[0].function.arguments",
  },
  {
    name: "sound",
    body: { messages: [{ role: "user", content: [{ type: "input_audio", input_audio: {} }] }] },
    field: "messages[0].content[0]",
  },
  {
    name: "a picture of a kind that Claude does not see",
    body: {
      messages: [
        {
          role: "user",
          content: [{ type: "image_url", image_url: { url: "data:image/tiff;base64,AA==" } }],
        },
      ],
    },
    field: "messages[0].content[0].image_url.url",
  },
  {
    name: "a file at another provider",
    body: { messages: [{ role: "user", content: [{ type: "file", file: { file_id: "f" } }] }] },
    field: "messages[0].content[0].file.file_data",
  },
  {
    name: "a prefill for a model that refuses one",
    body: {
      messages: [
        { role: "user", content: "a" },
        { role: "assistant", content: "b" },
      ],
    },
    flags: { prefill: false },
    field: "messages",
  },
  {
    name: "an hour behind five minutes",
    body: {
      tools: [{ ...weather, cache_control: { type: "ephemeral" } }],
      messages: [
        {
          role: "user",
          content: [{ type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } }],
        },
      ],
    },
    field: "messages[0].content[0].cache_control",
  },
  {
    name: "nothing that says anything",
    body: { messages: [{ role: "user", content: " " }] },
    field: "messages",
  },
])
  request(`${name} is refused before anything is sent, and the field is named`, () => {
    assert.is(refusedBecause(body, flags).field, field);
  });

request("a fifth mark is refused with the places of all five", () => {
  const text = { type: "text", text: "a", cache_control: { type: "ephemeral" } };
  const { message } = refusedBecause({
    tools: [{ ...weather, cache_control: { type: "ephemeral" } }],
    messages: [
      { role: "system", content: [text] },
      { role: "user", content: [text, text, text] },
    ],
  });
  for (const place of [
    "tools[0]",
    "messages[0].content[0]",
    "messages[1].content[0]",
    "messages[1].content[1]",
    "messages[1].content[2]",
  ])
    assert.match(message, place);
});

request("where a host has no cache, marks are left out, and no number of them is too many", () => {
  const text = { type: "text", text: "a", cache_control: { type: "ephemeral" } };
  const body = written(
    { messages: [{ role: "user", content: [text, text, text, text, text] }] },
    { cacheControl: false },
  );
  assert.not.match(JSON.stringify(body), "cache_control");
});

request("where a host has no automatic caching, its mark goes to the last block", () => {
  const body = written({ cache_control: { type: "ephemeral" } }, { topLevelCache: false });
  assert.is(body["cache_control"], undefined);
  assert.equal(body["messages"], [
    {
      role: "user",
      content: [{ type: "text", text: "Hello", cache_control: { type: "ephemeral" } }],
    },
  ]);
});

request("thoughts go back unchanged and first, put together from the pieces of a stream", () => {
  const format = "anthropic-claude-v1";
  const body = written({
    messages: [
      { role: "user", content: "a" },
      {
        role: "assistant",
        content: "b",
        reasoning_details: [
          { type: "reasoning.text", text: "one ", format, index: 0 },
          { type: "reasoning.text", text: "and\n two", format, index: 0 },
          { type: "reasoning.text", signature: "S1", format, index: 0 },
          { type: "reasoning.encrypted", data: "R", format, index: 1 },
          { type: "reasoning.summary", summary: "no", format: "openai-responses-v1", index: 2 },
          { type: "reasoning.text", text: "unsigned", format, index: 3 },
          { type: "reasoning.text", text: "", signature: "S2", format, index: 4 },
        ],
      },
      { role: "user", content: "c" },
    ],
  });
  assert.equal((body["messages"] as unknown[])[1], {
    role: "assistant",
    content: [
      { type: "thinking", thinking: "one and\n two", signature: "S1" },
      { type: "redacted_thinking", data: "R" },
      { type: "thinking", thinking: "", signature: "S2" },
      { type: "text", text: "b" },
    ],
  });
});

request("a budget model is not told to think in a loop whose call came without a thought", () => {
  const messages = [
    { role: "user", content: "a" },
    { role: "assistant", tool_calls: [call("x")] },
    { role: "tool", tool_call_id: "x", content: "b" },
  ];
  const body = { messages, tools: [weather], reasoning: { effort: "high" } };
  assert.is(written(body, { thinking: "budget" })["thinking"], undefined);
  assert.ok(written(body)["thinking"]);
});

request(
  "a clamp of ours and the endpoint's maximum bound max_tokens, which is never left out",
  () => {
    assert.is(written({})["max_tokens"], 8_192);
    assert.is(written({ max_tokens: 10_000 })["max_tokens"], 8_192);
    assert.is(written({ max_tokens: 100 })["max_tokens"], 100);
    assert.is(written({}, {}, { outputTokensMax: 50 })["max_tokens"], 50);
  },
);

request("betas are the row's and what it lets through of the client's", () => {
  const headersFor = (flags: Flags) =>
    anthropicMessages.encode(
      Object.assign(askOf({}), { anthropicBetas: ["a-1", "b-2", "bad value\r\nx: y"] }),
      upstreamOf("m", flags),
    ).headers["anthropic-beta"];
  assert.is(headersFor({}), "a-1,b-2");
  assert.is(headersFor({ betas: ["c-3", "a-1"] }), "c-3,a-1,b-2");
  assert.is(headersFor({ clientBetas: ["b-2"] }), "b-2");
  assert.is(headersFor({ clientBetas: [] }), undefined);
});

request(
  "a web search is asked for by the tool that the row names, as often as was held for",
  () => {
    const options = { web_search_options: {} };
    assert.is(written(options)["tools"], undefined);
    assert.equal(written(options, { webSearchTool: "web_search_20250305" })["tools"], [
      { type: "web_search_20250305", name: "web_search", max_uses: 10 },
    ]);
  },
);

request("another host of the API takes members away and adds its own", () => {
  const more = new Map([
    ["model", null],
    ["anthropic_version", '"vertex-2023-10-16"'],
  ]);
  const body = JSON.parse(encodeBody(askOf({}), upstreamOf("m", {}), more)) as object;
  assert.equal(Object.keys(body), ["max_tokens", "messages", "anthropic_version"]);
});

request("a schema loses what is refused, and no property that is called so", () => {
  assert.equal(schemaSubset(schema), {
    type: "object",
    properties: {
      pattern: { type: "string" },
      oneOf: { anyOf: [{ type: "integer" }, { type: "null" }] },
    },
    additionalProperties: false,
  });
});

request(
  "every id becomes a valid one, no two the same, and comes back (tens of thousands of ids)",
  () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", maxLength: 20 }), { maxLength: 50 }),
        (ids) => {
          const given = new ToolIds();
          const sent = ids.map((id) => given.take(id));
          assert.is(new Set(sent).size, ids.length);
          for (const id of sent) assert.match(id, /^[a-zA-Z0-9_-]+$|^$/);
          for (const id of ids.filter((one) => one !== ""))
            assert.is(originalToolId(validToolId(id)), id);
        },
      ),
      { numRuns: 500 },
    );
  },
);

request.run();

const usage = suite("anthropic-messages: usage");

const start = {
  input_tokens: 10,
  cache_creation_input_tokens: 300,
  cache_read_input_tokens: 2_000,
  cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
  output_tokens: 1,
};
for (const { name, said: told, counts } of [
  {
    name: "message_delta repeats what message_start said, and nothing is added (envoy ai-gateway #2279, one-api-pro #13)",
    said: [
      start,
      {
        input_tokens: 10,
        cache_creation_input_tokens: 300,
        cache_read_input_tokens: 2_000,
        output_tokens: 50,
      },
    ],
    counts: {
      input: 10n,
      cache_read: 2_000n,
      cache_write_5m: 100n,
      cache_write_1h: 200n,
      output: 50n,
    },
  },
  {
    name: "a host that knows its counts only at the end is billed by them (envoy #2290)",
    said: [
      { input_tokens: 0, output_tokens: 0 },
      { input_tokens: 25, output_tokens: 9 },
    ],
    counts: { input: 25n, output: 9n },
  },
  {
    name: "a host that tells the whole prompt first and its split later is billed by the split (bifrost #5355)",
    said: [
      { input_tokens: 1_000, output_tokens: 1 },
      { input_tokens: 200, cache_read_input_tokens: 800, output_tokens: 9 },
    ],
    counts: { input: 200n, cache_read: 800n, output: 9n },
  },
  {
    name: "an end that tells the output only leaves the input as it was",
    said: [start, { output_tokens: 50 }],
    counts: {
      input: 10n,
      cache_read: 2_000n,
      cache_write_5m: 100n,
      cache_write_1h: 200n,
      output: 50n,
    },
  },
  {
    name: "nulls say nothing",
    said: [start, { input_tokens: null, cache_read_input_tokens: null, output_tokens: 50 }],
    counts: {
      input: 10n,
      cache_read: 2_000n,
      cache_write_5m: 100n,
      cache_write_1h: 200n,
      output: 50n,
    },
  },
  {
    name: "zeros at the end do not make a prompt free",
    said: [
      { input_tokens: 25, output_tokens: 1 },
      {
        input_tokens: 0,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 0,
        output_tokens: 9,
      },
    ],
    counts: { input: 25n, output: 9n },
  },
  {
    name: "output in several deltas is the last one, not their sum",
    said: [start, { output_tokens: 20 }, { output_tokens: 50 }],
    counts: {
      input: 10n,
      cache_read: 2_000n,
      cache_write_5m: 100n,
      cache_write_1h: 200n,
      output: 50n,
    },
  },
  {
    name: "a cache that was written for an hour is billed as that, though the end tells only the total",
    said: [
      {
        input_tokens: 1,
        cache_creation_input_tokens: 500,
        cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 500 },
        output_tokens: 1,
      },
      { input_tokens: 1, cache_creation_input_tokens: 500, output_tokens: 2 },
    ],
    counts: { input: 1n, cache_write_1h: 500n, output: 2n },
  },
  {
    name: "a write without its split is one of five minutes",
    said: [{ input_tokens: 1, cache_creation_input_tokens: 500, output_tokens: 2 }],
    counts: { input: 1n, cache_write_5m: 500n, output: 2n },
  },
  {
    name: "thoughts are part of the output and are counted once",
    said: [{ input_tokens: 1, output_tokens: 50, output_tokens_details: { thinking_tokens: 30 } }],
    counts: { input: 1n, output: 20n, reasoning: 30n },
  },
  {
    name: "more thoughts than output are no more than it",
    said: [{ input_tokens: 1, output_tokens: 5, output_tokens_details: { thinking_tokens: 30 } }],
    counts: { input: 1n, output: 0n, reasoning: 5n },
  },
  {
    name: "searches are counted by the piece",
    said: [{ input_tokens: 1, output_tokens: 5, server_tool_use: { web_search_requests: 3 } }],
    counts: { input: 1n, output: 5n, web_search: 3n },
  },
  {
    name: "several samplings are billed by their sum, not by the last",
    said: [
      {
        input_tokens: 7,
        output_tokens: 5,
        iterations: [
          { type: "compaction", input_tokens: 100, output_tokens: 20 },
          { type: "message", input_tokens: 7, cache_read_input_tokens: 3, output_tokens: 5 },
        ],
      },
    ],
    counts: { input: 107n, cache_read: 3n, output: 25n },
  },
])
  usage(name, () => {
    let merged: Readonly<Record<string, unknown>> = {};
    for (const one of told) merged = mergeUsage(merged, one);
    assert.equal(usageOf(merged)?.counts, { ...counts, request: 1n });
  });

for (const [name, raw] of Object.entries({
  negative: { input_tokens: -1, output_tokens: 1 },
  fractional: { input_tokens: 1.5, output_tokens: 1 },
  text: { input_tokens: "12", output_tokens: 1 },
  absurd: { input_tokens: 1e15, output_tokens: 1 },
  "without tokens": { service_tier: "standard" },
}))
  usage(`a usage that is ${name} is not believed`, () => {
    assert.is(usageOf(raw)?.counts, null);
  });

usage("no usage is none", () => {
  assert.is(usageOf(null), null);
  assert.is(usageOf({}), null);
});

usage.run();

const failures = suite("anthropic-messages: failures");

const error = (type: string, message: string, details?: object) =>
  JSON.stringify({ type: "error", error: { type, message, details }, request_id: "req_1" });
for (const { name, status, body, kind, headers = {} } of [
  {
    name: "a malformed request",
    status: 400,
    body: error("invalid_request_error", "max_tokens: Field required"),
    kind: "invalid-request",
  },
  {
    name: "a prompt that is too long",
    status: 400,
    body: error("invalid_request_error", "prompt is too long: 203000 tokens > 200000 maximum"),
    kind: "context-length",
  },
  {
    name: "a prompt and an answer that are too long together",
    status: 400,
    body: error(
      "invalid_request_error",
      "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens` and try again",
    ),
    kind: "context-length",
  },
  {
    name: "a spend limit of the workspace, which comes as 400",
    status: 400,
    body: error(
      "invalid_request_error",
      "You have reached your specified workspace API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
    ),
    kind: "billing",
  },
  {
    name: "an empty balance, which comes as 400",
    status: 400,
    body: error(
      "invalid_request_error",
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
    ),
    kind: "billing",
  },
  {
    name: "the monthly cap of a tier, which comes as 429",
    status: 429,
    body: error("rate_limit_error", "Monthly spend limit reached.", {
      error_code: "enforced_spend_limit_reached",
    }),
    kind: "billing",
  },
  {
    name: "an account whose retention a model refuses",
    status: 400,
    body: error(
      "invalid_request_error",
      "This model is not available to organizations with a data retention period under 30 days.",
    ),
    kind: "auth",
  },
  {
    name: "a key that is none",
    status: 401,
    body: error("authentication_error", "invalid x-api-key"),
    kind: "auth",
  },
  {
    name: "a bill that was not paid",
    status: 402,
    body: error("billing_error", "payment"),
    kind: "billing",
  },
  {
    name: "a key that may not",
    status: 403,
    body: error("permission_error", "Your API key does not have permission"),
    kind: "auth",
  },
  {
    name: "a model that is gone",
    status: 404,
    body: error("not_found_error", "model: claude-1"),
    kind: "model-gone",
  },
  { name: "a conflict", status: 409, body: error("conflict_error", "conflict"), kind: "server" },
  {
    name: "a request that is too large",
    status: 413,
    body: error("request_too_large", "Request exceeds the maximum size"),
    kind: "payload-too-large",
  },
  {
    name: "a rate limit with its time",
    status: 429,
    body: error("rate_limit_error", "too fast"),
    headers: { "retry-after": "7" },
    kind: "rate-limit",
  },
  { name: "an error of theirs", status: 500, body: error("api_error", "oops"), kind: "server" },
  { name: "a timeout", status: 504, body: error("timeout_error", "late"), kind: "timeout" },
  {
    name: "an overload",
    status: 529,
    body: error("overloaded_error", "Overloaded"),
    kind: "overloaded",
  },
  { name: "a page of a proxy", status: 502, body: "<html>", kind: "server" },
])
  failures(`${name} is ${kind}, and inside a stream too`, () => {
    const failure = anthropicMessages.decodeFailure(status, headers, body);
    assert.is(failure.kind, kind);
    assert.is(failure.retryAfterSeconds, "retry-after" in headers ? 7 : null);
    if (!body.startsWith("{")) return;
    const [event, ...rest] = anthropicMessages.decoder(askOf({}), upstreamOf("m", {}))(
      body,
      "error",
    );
    assert.equal(rest, []);
    assert.is(event?.kind === "failure" && event.failure.kind, kind);
  });

failures.run();

const streams = suite("anthropic-messages: streams");

const decoderOf = (body: object = {}, flags: Flags = {}) =>
  anthropicMessages.decoder(askOf(body), upstreamOf("m", flags));
const opening = [
  '{"type":"message_start","message":{"id":"msg_1","usage":{"input_tokens":3,"output_tokens":1}}}',
  '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
];
const delta = (text: string, padding = "") =>
  `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":${JSON.stringify(text)}}${padding}}`;

streams(
  "what the start says of the answer's length is no count: who leaves is not billed by it",
  () => {
    const events = decoderOf()(opening[0] ?? "", "message_start");
    const told = events.find((event) => event.kind === "usage");
    assert.equal(told?.usage.counts, { input: 3n, output: 0n, request: 1n });
  },
);

streams("text takes the short way, padded or not, and says the same as the long way", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.string({ unit: "binary", maxLength: 12 }), fc.integer({ min: 0, max: 9 })),
        { maxLength: 20 },
      ),
      (pieces) => {
        const decode = decoderOf();
        for (const data of opening) decode(data, "");
        const events = pieces.flatMap(([text, padding]) =>
          decode(delta(text, " ".repeat(padding)), "content_block_delta"),
        );
        const { message } = gather(events);
        assert.is(message.content, pieces.map(([text]) => text).join(""));
      },
    ),
    { numRuns: 800 },
  );
  const decode = decoderOf();
  for (const data of opening) decode(data, "");
  decode(delta("one"), "");
  const [short] = decode(delta("two", "   "), "");
  assert.is(short?.kind, "text");
  const like: Chunk | null = short?.kind === "text" ? short.like : null;
  const [again] = decode(delta("three"), "");
  assert.ok(again?.kind === "text" && again.like === like, "one object for all of a stream");
});

streams(
  "a tool whose input stands in its start, as hosts send it that do not stream, is whole",
  () => {
    const decode = decoderOf();
    const { message } = gather(
      [
        opening[0] ?? "",
        '{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"a":1}}}',
        '{"type":"content_block_stop","index":0}',
      ].flatMap((data) => decode(data, "")),
    );
    assert.is(message.tool_calls[0]?.function.arguments, '{"a":1}');
  },
);

streams("thoughts that the client does not want are withheld with their signature", () => {
  const decode = decoderOf({ reasoning: { effort: "high", exclude: true } });
  const events = [
    '{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}',
    `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":${JSON.stringify(thought)}}}`,
    `{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"${signatureOf(thought)}"}}`,
  ].flatMap((data) => decode(data, ""));
  assert.equal(events, []);
});

streams("citations stand where they are, by the characters before", () => {
  const decode = decoderOf();
  const events = [
    ...opening,
    delta("It says: "),
    '{"type":"content_block_stop","index":0}',
    '{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"","citations":[]}}',
    '{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"https://e.com/a","title":"A","encrypted_index":"x","cited_text":"well"}}}',
    '{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"char_location","document_index":0,"cited_text":"no address"}}}',
    '{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"all is well"}}',
    '{"type":"content_block_stop","index":1}',
  ].flatMap((data) => decode(data, ""));
  const annotations = events.flatMap((event) =>
    event.kind === "chunk" ? (event.chunk.choices?.[0]?.delta?.annotations ?? []) : [],
  );
  assert.equal(annotations, [
    {
      type: "url_citation",
      url_citation: {
        url: "https://e.com/a",
        title: "A",
        content: "well",
        start_index: 9,
        end_index: 20,
      },
    },
  ]);
});

const seed = Math.floor(Math.random() * 2 ** 31);
streams(
  `nothing that a provider sends throws, and no block is counted for ever (seed ${seed})`,
  () => {
    const random = seeded(seed);
    const pick = <One>(list: readonly One[]): One =>
      list[Math.floor(random() * list.length)] as One;
    const frames = [
      ...opening,
      delta("a"),
      delta('q"\\'),
      '{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{"}}',
      '{"type":"content_block_delta","index":7,"delta":{"type":"thinking_delta","thinking":"t"}}',
      '{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":5,"name":null}}',
      '{"type":"content_block_start","index":{},"content_block":{"type":"redacted_thinking"}}',
      '{"type":"content_block_start","index":2,"content_block":7}',
      '{"type":"content_block_stop","index":0}',
      '{"type":"content_block_stop"}',
      '{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":3}}',
      '{"type":"message_delta","usage":[]}',
      '{"type":"message_delta","delta":null,"usage":{"input_tokens":-4,"output_tokens":"x"}}',
      '{"type":"message_start"}',
      '{"type":"ping"}',
      '{"type":"error","error":{}}',
      '{"type":"error"}',
      "[]",
      "null",
      "7",
      '"text"',
      "",
      "{",
    ];
    for (let round = 0; round < 20_000; round++) {
      const body = round % 2 === 0 ? {} : { response_format: person };
      const decode = decoderOf(body, round % 2 === 0 ? {} : { structuredOutputs: "tool" });
      const text = Array.from({ length: 5 }, () => {
        const frame = pick(frames);
        const cut = random() < 0.3 ? frame.slice(0, Math.floor(random() * frame.length)) : frame;
        return `event: ${pick(["x", "message_start", "error"])}\ndata: ${cut}\n\n`;
      }).join("");
      const parser = sseParser((data, name) => {
        for (const event of decode(data, name)) assert.ok(event.kind.length > 0);
      });
      if (random() < 0.05)
        for (const slice of slices(Buffer.from(text), random)) parser.feed(slice);
      else parser.feed(Buffer.from(text));
      parser.end();
      anthropicMessages.decodeWhole(pick(frames), askOf(body), upstreamOf("m", {}));
    }
  },
);

streams("a stream that opens blocks without end is a failure", () => {
  const decode = decoderOf();
  let failed = false;
  for (let index = 0; index < 1_000 && !failed; index++)
    failed = decode(
      `{"type":"content_block_start","index":${index},"content_block":{"type":"text","text":""}}`,
      "",
    ).some(({ kind }) => kind === "failure");
  assert.ok(failed);
});

streams("the first words are the first content, and pings before it are none", () => {
  const decode = decoderOf();
  const kinds = [...opening, '{"type":"ping"}', delta(said)].flatMap((data) =>
    decode(data, "").map(
      (event) => event.kind === "text" || (event.kind === "chunk" && event.content),
    ),
  );
  assert.equal(kinds.indexOf(true), kinds.length - 1);
});

streams.run();
