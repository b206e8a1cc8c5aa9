// OpenAI's Responses API as a wire protocol: what is sent, what its events say, and what its usage counts.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openaiChat as chatDialect } from "#data/dialects/openai-chat.ts";
import { openaiResponses as responsesDialect } from "#data/dialects/openai-responses.ts";
import type { ChatAsk, StreamEvent } from "#data/operations/chat.ts";
import { openaiResponses } from "#data/providers/openai-responses.ts";
import { CannotEncode, type Upstream } from "#data/providers/wire-protocol.ts";
import { sseParser } from "#data/upstream/sse.ts";
import { seeded, slices } from "#test/doubles/strict-server.ts";

type Json = Record<string, unknown>;
const upstreamOf = (flags: Json = {}, more: Partial<Upstream> = {}): Upstream => ({
  model: "gpt-6",
  flags,
  outputTokensMax: null,
  outputTokensLimit: 10_000,
  serviceTier: null,
  media: new Map(),
  ...more,
});
const hello = [{ role: "user", content: "Hello" }];
const askOf = (body: Json): ChatAsk =>
  chatDialect.decode(Buffer.from(JSON.stringify({ model: "a/b", messages: hello, ...body })));
const sent = (body: Json, flags: Json = {}, more: Partial<Upstream> = {}): Json =>
  JSON.parse(openaiResponses.encode(askOf(body), upstreamOf(flags, more)).body) as Json;
const refusedField = (body: Json, flags: Json = {}): string => {
  try {
    sent(body, flags);
  } catch (error) {
    if (error instanceof CannotEncode) return error.field;
    throw error;
  }
  return assert.unreachable("it was sent") as never;
};

const request = suite("openai-responses, request");

request("nothing is stored, and nothing that was not asked is sent", () => {
  assert.equal(sent({}), {
    model: "gpt-6",
    input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] }],
    store: false,
    stream: false,
  });
});

for (const { name, body, flags, has } of [
  { name: "a limit", body: { max_tokens: 100 }, has: { max_output_tokens: 100 } },
  {
    name: "a limit below the API's least",
    body: { max_tokens: 1 },
    has: { max_output_tokens: 16 },
  },
  { name: "temperature", body: { temperature: 0.5 }, has: { temperature: 0.5 } },
  {
    name: "temperature, where it is refused",
    body: { temperature: 0.5 },
    flags: { sampling: false },
    has: { temperature: undefined },
  },
  {
    name: "an object as JSON",
    body: { response_format: { type: "json_object" } },
    has: { text: { format: { type: "json_object" } } },
  },
  { name: "verbosity", body: { verbosity: "max" }, has: { text: { verbosity: "high" } } },
  {
    name: "an effort",
    body: { reasoning: { effort: "low" } },
    has: {
      reasoning: { effort: "low", summary: "auto" },
      include: ["reasoning.encrypted_content"],
    },
  },
  {
    name: "an effort by its older name",
    body: { reasoning_effort: "high" },
    has: { reasoning: { effort: "high", summary: "auto" } },
  },
  {
    name: "no thinking",
    body: { reasoning: { enabled: false } },
    has: { reasoning: { effort: "none" }, include: undefined },
  },
  {
    name: "thoughts that are not shown",
    body: { reasoning: { effort: "low", exclude: true } },
    has: { reasoning: { effort: "low" } },
  },
  {
    name: "a summary of a kind",
    body: { reasoning: { summary: "detailed" } },
    has: { reasoning: { summary: "detailed" } },
  },
  {
    name: "tokens as the nearest effort",
    body: { reasoning: { max_tokens: 500 }, max_tokens: 1_000 },
    has: { reasoning: { effort: "medium", summary: "auto" } },
  },
  {
    name: "many tokens, where no more than high is known of",
    body: { reasoning: { max_tokens: 990 }, max_tokens: 1_000 },
    has: { reasoning: { effort: "high", summary: "auto" } },
  },
  {
    name: "an effort that the endpoint does not have",
    body: { reasoning: { effort: "minimal" } },
    flags: { reasoningEfforts: ["none", "low", "high"] },
    has: { reasoning: { effort: "low", summary: "auto" } },
  },
  {
    name: "an account without summaries",
    body: { reasoning: { effort: "low" } },
    flags: { reasoningSummary: false },
    has: { reasoning: { effort: "low" } },
  },
  {
    name: "a model that does not think",
    body: { reasoning: { effort: "low" } },
    flags: { reasoning: "never" },
    has: { reasoning: undefined, include: undefined },
  },
  {
    name: "a model that always thinks",
    body: {},
    flags: { reasoning: "always" },
    has: { include: ["reasoning.encrypted_content"] },
  },
  {
    name: "logprobs",
    body: { logprobs: true, top_logprobs: 3 },
    has: { include: ["message.output_text.logprobs"], top_logprobs: 3 },
  },
  {
    name: "who asks",
    body: { user: "u", safety_identifier: "s", prompt_cache_key: "k" },
    has: { user: "u", safety_identifier: "s", prompt_cache_key: "k" },
  },
  {
    name: "a search",
    body: {
      web_search_options: {
        search_context_size: "low",
        user_location: { type: "approximate", approximate: { city: "Wien" } },
      },
    },
    has: {
      tools: [
        {
          type: "web_search",
          search_context_size: "low",
          user_location: { type: "approximate", city: "Wien" },
        },
      ],
    },
  },
  {
    name: "a function to be called",
    body: {
      tools: [{ type: "function", function: { name: "f" } }],
      tool_choice: { type: "function", function: { name: "f" } },
      parallel_tool_calls: false,
    },
    has: {
      tools: [
        {
          type: "function",
          name: "f",
          parameters: { type: "object", properties: {} },
          strict: false,
        },
      ],
      tool_choice: { type: "function", name: "f" },
      parallel_tool_calls: false,
    },
  },
  {
    name: "what the API has no word for",
    body: {
      stop: "x",
      seed: 1,
      frequency_penalty: 1,
      presence_penalty: 1,
      logit_bias: { 1: 1 },
      top_k: 4,
      provider: {},
      models: ["c/d"],
    },
    has: {
      stop: undefined,
      seed: undefined,
      frequency_penalty: undefined,
      presence_penalty: undefined,
      logit_bias: undefined,
      top_k: undefined,
      provider: undefined,
      models: undefined,
    },
  },
] satisfies { name: string; body: Json; flags?: Json; has: Json }[])
  request(`${name} is sent in its words`, () => {
    const made = sent(body, flags);
    for (const [field, value] of Object.entries(has)) assert.equal(made[field], value, field);
  });

request("a tier is sent only where it has a price", () => {
  assert.is(sent({ service_tier: "flex" })["service_tier"], undefined);
  assert.is(sent({ service_tier: "flex" }, {}, { serviceTier: "flex" })["service_tier"], "flex");
});

request("flags add headers, a digest of the session, and the wish for no padding", () => {
  const flags = {
    headers: { "OpenAI-Project": "p" },
    sessionAffinityHeader: "prompt_cache_key",
    includeObfuscation: false,
  };
  const { headers, body } = openaiResponses.encode(
    askOf({ session_id: "s", stream: true }),
    upstreamOf(flags),
  );
  const made = JSON.parse(body) as Json;
  assert.equal(headers, { "openai-project": "p" });
  assert.equal(made["stream_options"], { include_obfuscation: false });
  const key = made["prompt_cache_key"];
  assert.ok(typeof key === "string" && key.length === 32 && key !== "s");
  assert.is(sent({ session_id: "s", prompt_cache_key: "own" }, flags)["prompt_cache_key"], "own");
  const header = openaiResponses.encode(
    askOf({ session_id: "s" }),
    upstreamOf({ sessionAffinityHeader: "x-session-id" }),
  );
  assert.equal(header.headers, { "x-session-id": key });
});

request("a picture that was fetched is sent instead of its address", () => {
  const url = "https://example.com/a.png";
  const media = new Map([[url, { mediaType: "image/png", base64: "AAAA" }]]);
  const content = [{ type: "image_url", image_url: { url } }];
  const { input } = sent({ messages: [{ role: "user", content }] }, {}, { media });
  assert.equal((input as { content: unknown }[])[0]?.content, [
    { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "auto" },
  ]);
});

request("roles stay, except where developer is not known", () => {
  const messages = [{ role: "developer", content: "a" }, ...hello];
  const roles = (flags: Json) =>
    (sent({ messages }, flags)["input"] as { role: string }[])[0]?.role;
  assert.is(roles({}), "developer");
  assert.is(roles({ systemRole: "system" }), "system");
});

const call = { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };
const details = [
  { type: "reasoning.summary", summary: "s", id: "rs_1", format: "openai-responses-v1", index: 0 },
  { type: "reasoning.encrypted", data: "d1", id: "rs_1", format: "openai-responses-v1", index: 1 },
  { type: "reasoning.text", text: "t", signature: "sig", format: "anthropic-claude-v1", index: 2 },
  { type: "reasoning.encrypted", data: "d2", id: "rs_2", format: "openai-responses-v1", index: 3 },
  {
    type: "reasoning.summary",
    summary: "never finished",
    id: "rs_3",
    format: "openai-responses-v1",
    index: 4,
  },
];
const turn = { role: "assistant", content: "said", tool_calls: [call], reasoning_details: details };
const answer = { role: "tool", tool_call_id: "call_1", content: "out" };
const typesOf = (input: unknown) =>
  (input as { type: string; id?: string }[]).map(({ type, id }) =>
    id === undefined ? type : `${type} ${id}`,
  );

request(
  "thoughts of this family go before what came of them; those of others, and those that were not enciphered, do not go",
  () => {
    const { input, include } = sent({ messages: [...hello, turn, answer] });
    assert.equal(typesOf(input), [
      "message",
      "reasoning rs_1",
      "reasoning rs_2",
      "message",
      "function_call",
      "function_call_output",
    ]);
    assert.equal((input as Json[])[1], {
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "s" }],
      encrypted_content: "d1",
    });
    assert.equal(include, ["reasoning.encrypted_content"]);
    const xai = sent(
      { messages: [...hello, turn, answer] },
      { reasoningFormat: "xai-responses-v1" },
    );
    assert.ok(!typesOf(xai["input"]).some((type) => type.startsWith("reasoning")));
  },
);

request("a thought that nothing came of is not sent", () => {
  const { input } = sent({
    messages: [{ role: "assistant", content: "", reasoning_details: details }, ...hello],
  });
  assert.equal(typesOf(input), ["message"]);
});

for (const { name, body, flags, field } of [
  {
    name: "an answer without its call",
    body: { messages: [...hello, answer] },
    field: "messages[1].tool_call_id",
  },
  {
    name: "a call without its answer",
    body: { messages: [...hello, turn] },
    field: "messages[1].tool_calls",
  },
  {
    name: "two calls with one id",
    body: { messages: [...hello, { ...turn, tool_calls: [call, call] }] },
    field: "messages[1].tool_calls",
  },
  {
    name: "a call without a name",
    body: {
      messages: [{ role: "assistant", tool_calls: [{ id: "a", type: "function", function: {} }] }],
    },
    field: "messages[0].tool_calls[0].function.name",
  },
  {
    name: "arguments that are an object",
    body: {
      messages: [
        {
          role: "assistant",
          tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: {} } }],
        },
      ],
    },
    field: "messages[0].tool_calls[0].function.arguments",
  },
  {
    name: "a film",
    body: {
      messages: [{ role: "user", content: [{ type: "video_url", video_url: { url: "x" } }] }],
    },
    field: "messages[0].content[0].type",
  },
  {
    name: "a tool of another kind",
    body: { tools: [{ type: "custom", custom: { name: "x" } }] },
    field: "tools[0].type",
  },
  {
    name: "a format of another kind",
    body: { response_format: { type: "grammar", grammar: "x" } },
    field: "response_format.type",
  },
  { name: "sound as an answer", body: { modalities: ["text", "audio"] }, field: "modalities" },
  {
    name: "no thinking, of a model that always thinks",
    body: { reasoning: { effort: "none" } },
    flags: { reasoningMandatory: true },
    field: "reasoning",
  },
] satisfies { name: string; body: Json; flags?: Json; field: string }[])
  request(`${name} is refused with the name of the field`, () => {
    assert.is(refusedField(body, flags), field);
  });

request("the same dialect keeps the client's text, but for what must be another", () => {
  const text =
    '{ "model":"a/b" , "input" : [ {"role":"user","content":"Gr\\u00fc\\u00df"} ],"max_output_tokens":4,"provider":{"order":[]},\n"custom":1e2,"stream":true}';
  const ask = responsesDialect.decode(Buffer.from(text));
  const { body, path } = openaiResponses.encode(
    ask,
    upstreamOf({ path: "/responses?api-version=v1" }),
  );
  assert.is(path, "/responses?api-version=v1");
  assert.is(
    body,
    '{"model":"gpt-6","input" : [ {"role":"user","content":"Gr\\u00fc\\u00df"} ],"max_output_tokens":16,"custom":1e2,"stream":true,"store":false}',
  );
});

request(
  "the same dialect loses what only another family, our encoder or a client's helper can read",
  () => {
    const input = [
      {
        role: "user",
        content: [{ type: "input_text", text: "a", cache_control: { type: "ephemeral" } }],
      },
      {
        type: "reasoning",
        id: "rs_a",
        summary: [],
        encrypted_content: "x",
        format: "anthropic-claude-v1",
      },
      {
        type: "reasoning",
        id: "rs_b",
        summary: [],
        encrypted_content: "y",
        format: "openai-responses-v1",
      },
      { type: "reasoning", id: "rs_c", summary: [] },
      { type: "function_call", call_id: "c", name: "f", arguments: "{}", parsed_arguments: {} },
      { type: "function_call_output", call_id: "c", output: "o" },
    ];
    const ask = responsesDialect.decode(
      Buffer.from(
        JSON.stringify({ model: "a/b", input, reasoning: { effort: "low", max_tokens: null } }),
      ),
    );
    const made = JSON.parse(openaiResponses.encode(ask, upstreamOf()).body) as Json;
    assert.equal(made["input"], [
      { role: "user", content: [{ type: "input_text", text: "a" }] },
      { type: "reasoning", id: "rs_b", summary: [], encrypted_content: "y" },
      { type: "function_call", call_id: "c", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c", output: "o" },
    ]);
    assert.equal(made["reasoning"], { effort: "low" });
    assert.equal(made["include"], ["reasoning.encrypted_content"]);
  },
);
request("ids of calls that others made stand once and are no longer than OpenAI takes them", () => {
  const long = `functions.weather:${"x".repeat(80)}`;
  const call = (id: string) => ({
    role: "assistant",
    tool_calls: [{ id, type: "function", function: { name: "f", arguments: "{}" } }],
  });
  const answer = (id: string) => ({ role: "tool", tool_call_id: id, content: "o" });
  const messages = ["c:0", "c:0", long, "c:0"].flatMap((id) => [call(id), answer(id)]);
  const idsIn = (made: Json): string[] =>
    (made["input"] as Json[]).flatMap((item) =>
      "call_id" in item ? [String(item["call_id"])] : [],
    );
  const ids = idsIn(sent({ messages: [...hello, ...messages] }));
  assert.is(ids[0], "c:0");
  assert.is(new Set(ids).size, 4);
  for (const [place, id] of ids.entries()) {
    assert.is(id, ids[place - (place % 2)]);
    assert.ok(id.length <= 64);
  }
  const native = responsesDialect.decode(
    Buffer.from(
      JSON.stringify({
        model: "a/b",
        input: [
          { role: "user", content: "a" },
          { type: "function_call", call_id: long, name: "f", arguments: "{}" },
          { type: "function_call_output", call_id: long, output: "o" },
        ],
      }),
    ),
  );
  const [first = "", second] = idsIn(
    JSON.parse(openaiResponses.encode(native, upstreamOf()).body) as Json,
  );
  assert.is(first, second);
  assert.ok(first.length <= 64 && first !== "");
});
request(
  "thoughts that another account enciphered are another endpoint's to try, and no fault of the client's",
  () => {
    const body =
      '{"error":{"message":"The encrypted content for item rs_1 could not be verified.","type":"invalid_request_error","code":"invalid_encrypted_content"}}';
    assert.is(openaiResponses.decodeFailure(400, {}, body).kind, "unsupported");
  },
);
request.run();

const usage = suite("openai-responses, usage");
const wholeOf = (answered: Json, flags: Json = {}) => {
  const decoded = openaiResponses.decodeWhole(
    JSON.stringify({ object: "response", status: "completed", output: [], ...answered }),
    askOf({}),
    upstreamOf(flags),
  );
  assert.ok("whole" in decoded, "it is an answer");
  return decoded;
};
const tokens = (input: number, output: number, more: Json = {}): Json => ({
  input_tokens: input,
  output_tokens: output,
  total_tokens: input + output,
  ...more,
});
const search = (type: string, status = "completed") => ({
  type: "web_search_call",
  status,
  action: { type },
});
for (const { name, answered, counts } of [
  {
    name: "cached and written tokens are inside the input",
    answered: {
      usage: tokens(100, 5, {
        input_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
      }),
    },
    counts: { input: 10n, cache_read: 60n, cache_write_5m: 30n, output: 5n, request: 1n },
  },
  {
    name: "reasoning is inside the output",
    answered: { usage: tokens(10, 50, { output_tokens_details: { reasoning_tokens: 40 } }) },
    counts: { input: 10n, output: 10n, reasoning: 40n, request: 1n },
  },
  {
    name: "reasoning beside the output shows in the total (xAI)",
    answered: {
      usage: {
        input_tokens: 10,
        output_tokens: 5,
        total_tokens: 55,
        output_tokens_details: { reasoning_tokens: 40 },
      },
    },
    counts: { input: 10n, output: 5n, reasoning: 40n, request: 1n },
  },
  {
    name: "searches are the search actions among the items",
    answered: {
      output: [
        search("search"),
        search("open_page"),
        search("find_in_page"),
        search("search", "failed"),
      ],
      usage: tokens(1, 1),
    },
    counts: { input: 1n, output: 1n, web_search: 1n, request: 1n },
  },
  {
    name: "the provider's own count of searches wins",
    answered: {
      output: [search("search")],
      tool_usage: { web_search: { num_requests: 3 } },
      usage: tokens(1, 1),
    },
    counts: { input: 1n, output: 1n, web_search: 3n, request: 1n },
  },
  {
    name: "xAI counts searches inside its usage",
    answered: { usage: tokens(1, 1, { server_side_tool_usage_details: { web_search_calls: 2 } }) },
    counts: { input: 1n, output: 1n, web_search: 2n, request: 1n },
  },
  {
    name: "pictures are counted by the piece",
    answered: { output: [{ type: "image_generation_call", result: "AA" }], usage: tokens(1, 1) },
    counts: { input: 1n, output: 1n, image_output: 1n, request: 1n },
  },
  {
    name: "what cannot be believed is not counted",
    answered: { usage: tokens(-1, 5) },
    counts: null,
  },
] satisfies { name: string; answered: Json; counts: object | null }[])
  usage(name, () => assert.equal(wholeOf(answered).usage?.counts, counts));
usage("no usage is none, and not zero", () => assert.is(wholeOf({}).usage, null));
usage.run();

const events = suite("openai-responses, events");
const decoded = (
  list: readonly Json[],
  { body = {}, flags = {} }: { body?: Json; flags?: Json } = {},
): StreamEvent[] => {
  const decode = openaiResponses.decoder(askOf({ stream: true, ...body }), upstreamOf(flags));
  return list.flatMap((event) => decode(JSON.stringify(event), String(event["type"])));
};
const told = (list: readonly StreamEvent[]) => {
  const said = {
    text: "",
    reasoning: "",
    refusal: "",
    calls: [] as string[],
    details: [] as Json[],
    finish: "",
  };
  for (const event of list) {
    if (event.kind === "text") said.text += event.text;
    if (event.kind !== "chunk") continue;
    const [choice] = event.chunk.choices ?? [];
    const { delta = {} } = choice ?? {};
    said.text += delta.content ?? "";
    said.reasoning += delta.reasoning ?? "";
    said.refusal += delta.refusal ?? "";
    said.details.push(...(delta.reasoning_details ?? []));
    for (const { index, function: called } of delta.tool_calls ?? [])
      said.calls[index] =
        (said.calls[index] ?? "") + (called?.name ?? "") + (called?.arguments ?? "");
    said.finish = choice?.finish_reason ?? said.finish;
  }
  return said;
};
const message = (text: string): Json => ({
  id: "msg_1",
  type: "message",
  content: [{ type: "output_text", text }],
});
const completed = (output: readonly Json[], more: Json = {}): Json => ({
  type: "response.completed",
  response: { status: "completed", output, usage: tokens(1, 1), ...more },
});
const delta = (text: string, more: Json = { output_index: 0 }): Json => ({
  type: "response.output_text.delta",
  item_id: "msg_1",
  delta: text,
  ...more,
});
const done = (item: Json, more: Json = { output_index: 0 }): Json => ({
  type: "response.output_item.done",
  item,
  ...more,
});

for (const { name, list } of [
  {
    name: "deltas, item and answer",
    list: [delta("Hel"), delta("lo"), done(message("Hello")), completed([message("Hello")])],
  },
  { name: "deltas only", list: [delta("Hel"), delta("lo"), completed([])] },
  { name: "the item only", list: [done(message("Hello")), completed([])] },
  { name: "the answer only", list: [completed([message("Hello")])] },
  {
    name: "no places, ids only",
    list: [delta("Hello", {}), done(message("Hello"), {}), completed([message("Hello")])],
  },
  {
    name: "places, and an id that changes",
    list: [
      delta("Hello"),
      done({ ...message("Hello"), id: "other" }),
      completed([{ ...message("Hello"), id: "third" }]),
    ],
  },
  {
    name: "the end twice",
    list: [delta("Hello"), completed([message("Hello")]), completed([message("Hello")])],
  },
  {
    name: "events and items that nobody knows",
    list: [
      { type: "response.tomorrow" },
      done({ type: "dream", id: "x" }, { output_index: 7 }),
      delta("Hello"),
      completed([message("Hello")]),
    ],
  },
] satisfies { name: string; list: Json[] }[])
  events(`the text is told once, from ${name}`, () => {
    const all = decoded(list);
    assert.is(told(all).text, "Hello");
    assert.is(told(all).finish, "stop");
    assert.is(all.filter((event) => event.kind === "done").length, 1);
    assert.is(all.filter((event) => event.kind === "usage").length, 1);
  });

events(
  "plain text after the first piece takes the short way, what needs escapes the long one",
  () => {
    const all = decoded([delta("a"), delta("plain"), delta('"'), delta("\ud83c"), delta("\ndone")]);
    assert.equal(
      all.map(({ kind }) => kind),
      ["chunk", "text", "chunk", "chunk", "chunk"],
    );
  },
);

events("the call_id is the call's id, and calls keep their order", () => {
  const item = (id: string): Json => ({
    id: `fc_${id}`,
    type: "function_call",
    call_id: id,
    name: `f_${id}`,
    arguments: "",
  });
  const all = decoded([
    { type: "response.output_item.added", output_index: 0, item: item("a") },
    { type: "response.output_item.added", output_index: 1, item: item("b") },
    { type: "response.function_call_arguments.delta", output_index: 1, delta: "{2}" },
    { type: "response.function_call_arguments.delta", output_index: 0, delta: "{1}" },
    completed([
      { ...item("a"), arguments: "{1}" },
      { ...item("b"), arguments: "{2}" },
      { ...item("c"), arguments: "{3}" },
    ]),
  ]);
  assert.equal(told(all).calls, ["f_a{1}", "f_b{2}", "f_c{3}"]);
  assert.is(told(all).finish, "tool_calls");
  const [first] = all;
  assert.ok(first?.kind === "chunk");
  assert.equal(first.chunk.choices?.[0]?.delta?.tool_calls, [
    { index: 0, id: "a", type: "function", function: { name: "f_a", arguments: "" } },
  ]);
});

events("a call that was cut is not to be run", () => {
  const item = { id: "fc", type: "function_call", call_id: "a", name: "f", arguments: '{"x' };
  const all = decoded([
    done(item),
    {
      type: "response.incomplete",
      response: {
        status: "incomplete",
        incomplete_details: { reason: "max_output_tokens" },
        output: [item],
      },
    },
  ]);
  assert.is(told(all).finish, "length");
});

const thinking = [
  {
    type: "response.reasoning_summary_text.delta",
    item_id: "rs_1",
    output_index: 0,
    summary_index: 0,
    delta: "one",
  },
  {
    type: "response.reasoning_summary_text.delta",
    item_id: "rs_1",
    output_index: 0,
    summary_index: 1,
    delta: "two",
  },
  {
    type: "response.reasoning_text.delta",
    item_id: "rs_1",
    output_index: 0,
    content_index: 0,
    delta: "raw",
  },
  done({
    type: "reasoning",
    id: "rs_1",
    summary: [{ text: "one" }, { text: "two" }],
    content: [{ text: "raw" }],
    encrypted_content: "E",
  }),
];
events("parts of a thought are told apart, and its enciphered form at its end", () => {
  const { reasoning, details: found } = told(decoded(thinking));
  assert.is(reasoning, "one\n\ntwo\n\nraw");
  const common = { id: "rs_1", format: "openai-responses-v1" };
  assert.equal(found, [
    { type: "reasoning.summary", summary: "one", ...common, index: 0 },
    { type: "reasoning.summary", summary: "two", ...common, index: 1 },
    { type: "reasoning.text", text: "raw", ...common, index: 2 },
    { type: "reasoning.encrypted", data: "E", ...common, index: 3 },
  ]);
});

events("thoughts that shall not be shown are not", () => {
  const { reasoning, details: found } = told(
    decoded(thinking, { body: { reasoning: { exclude: true } } }),
  );
  assert.equal([reasoning, found], ["", []]);
});

for (const { name, event, kind } of [
  {
    name: "a flat error",
    event: { type: "error", code: "server_error", message: "m", param: null },
    kind: "server",
  },
  {
    name: "an error a level deeper",
    event: {
      type: "error",
      error: { type: "server_error", code: "server_is_overloaded", message: "m" },
    },
    kind: "overloaded",
  },
  {
    name: "a rate",
    event: {
      type: "response.failed",
      response: { error: { code: "rate_limit_exceeded", message: "Please try again in 6s." } },
    },
    kind: "rate-limit",
  },
  {
    name: "an empty account",
    event: {
      type: "error",
      code: "insufficient_quota",
      message: "You exceeded your current quota",
    },
    kind: "billing",
  },
  {
    name: "too long a prompt",
    event: {
      type: "error",
      code: "context_length_exceeded",
      message: "Your input exceeds the context window of this model.",
    },
    kind: "context-length",
  },
  {
    name: "a policy",
    event: { type: "response.failed", response: { error: { code: "bio_policy", message: "m" } } },
    kind: "content-policy",
  },
  {
    name: "an answer that failed in the words of one that did not",
    event: {
      type: "response.completed",
      response: { status: "failed", error: { code: "server_error", message: "m" } },
    },
    kind: "server",
  },
  { name: "no reason at all", event: { type: "response.failed", response: {} }, kind: "server" },
] satisfies { name: string; event: Json; kind: string }[])
  events(`${name} inside of a stream is a failure of its kind`, () => {
    const [found] = decoded([event]);
    assert.is(found?.kind === "failure" ? found.failure.kind : found?.kind, kind);
  });

events("xAI's error inside of a 200 has no type and is one nevertheless", () => {
  const decode = openaiResponses.decoder(askOf({ stream: true }), upstreamOf());
  const [found] = decode(
    '{"code":"The service is currently unavailable","error":"overloaded"}',
    "",
  );
  assert.is(found?.kind === "failure" && found.failure.kind, "overloaded");
});

events(
  "frames come first, and only for a client of the same dialect; foreign thoughts in them say whose they are",
  () => {
    const ask = responsesDialect.decode(Buffer.from('{"model":"a/b","input":"x","stream":true}'));
    const decode = openaiResponses.decoder(
      ask,
      upstreamOf({ reasoningFormat: "xai-responses-v1" }),
    );
    const data = JSON.stringify(delta("Hello"));
    const [frame, chunk] = decode(data, "response.output_text.delta");
    assert.equal(frame, { kind: "frame", name: "response.output_text.delta", data });
    assert.is(chunk?.kind, "chunk");
    const [thought] = decode(
      JSON.stringify(done({ type: "reasoning", id: "rs", summary: [] })),
      "response.output_item.done",
    );
    assert.ok(thought?.kind === "frame" && thought.data.includes('"format":"xai-responses-v1"'));
  },
);
events.run();

const fuzz = suite("openai-responses, anything at all");
const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

fuzz(
  `a hundred thousand odd events are read without a throw, and nothing is told after the end (seed ${seed})`,
  () => {
    const random = seeded(seed);
    const pick = <Value>(list: readonly Value[]): Value =>
      list[Math.floor(random() * list.length)] as Value;
    const odd = (): unknown =>
      pick([
        undefined,
        null,
        0,
        -1,
        1.5,
        1e9,
        "",
        "x",
        "\ud800",
        [],
        {},
        [null],
        { type: "x" },
        { text: 1 },
        true,
        "A".repeat(300),
      ]);
    const types = (
      "created in_progress output_item.added output_item.done output_text.delta completed incomplete failed " +
      "function_call_arguments.delta reasoning_summary_text.delta reasoning_text.delta refusal.delta " +
      "output_text.annotation.added x"
    )
      .split(" ")
      .map((type) => `response.${type}`);
    const members = [
      "delta",
      "output_index",
      "summary_index",
      "content_index",
      "item_id",
      "annotation",
      "logprobs",
      "error",
    ];
    const item = (): unknown =>
      random() < 0.2
        ? odd()
        : {
            type: pick(["message", "function_call", "reasoning", "image_generation_call", "y", 3]),
            id: odd(),
            call_id: odd(),
            name: odd(),
            arguments: odd(),
            content: pick([
              odd(),
              [odd(), { type: "output_text", text: odd(), annotations: odd() }],
            ]),
            summary: pick([odd(), [odd()]]),
            encrypted_content: odd(),
            result: odd(),
          };
    let streams = 0;
    let decode = openaiResponses.decoder(askOf({ stream: true }), upstreamOf());
    for (let round = 0; round < 100_000; round++) {
      if (random() < 0.05) {
        decode = openaiResponses.decoder(askOf({ stream: true }), upstreamOf());
        streams++;
      }
      const event: Json = { type: random() < 0.02 ? odd() : pick(types) };
      for (const name of members)
        if (random() < 0.5)
          event[name] =
            random() < 0.4 ? odd() : name.endsWith("index") ? Math.floor(random() * 3) : "t";
      if (random() < 0.5) event["item"] = item();
      if (random() < 0.4)
        event["response"] = {
          status: odd(),
          error: odd(),
          output: pick([odd(), [item(), item()]]),
          usage: pick([odd(), tokens(1, 2)]),
          incomplete_details: odd(),
        };
      let data = JSON.stringify(event);
      if (random() < 0.05) data = data.slice(0, Math.floor(random() * data.length));
      for (const found of decode(data, "")) {
        if (found.kind === "usage" && found.usage.counts)
          for (const count of Object.values(found.usage.counts)) assert.ok(count >= 0n);
        if (found.kind === "text") assert.is(JSON.stringify(found.text), `"${found.text}"`);
      }
    }
    assert.ok(streams > 100);
  },
);

fuzz(
  `text that is not parsed is the text that parsing finds, however an event is written (seed ${seed})`,
  () => {
    const random = seeded(seed);
    const pick = <Value>(list: readonly Value[]): Value =>
      list[Math.floor(random() * list.length)] as Value;
    const bits = [
      "a",
      " ",
      '"',
      "\\",
      "\n",
      "delta",
      '"delta":"',
      '"output_index":0,',
      "{",
      "}",
      "ü",
      "🌍",
      "\u2028",
    ];
    const name = "response.output_text.delta";
    let quick = 0;
    for (let round = 0; round < 500; round++) {
      const fast = openaiResponses.decoder(askOf({ stream: true }), upstreamOf());
      const slow = openaiResponses.decoder(askOf({ stream: true }), upstreamOf());
      let expected = "";
      const found: [StreamEvent[], StreamEvent[]] = [[], []];
      for (let count = 0; count < 20; count++) {
        let text = pick(bits);
        while (random() < 0.5) text += pick(bits);
        expected += text;
        const members: [string, unknown][] = [
          ["type", name],
          ["delta", text],
          ["output_index", pick([0, 0, 0, 1])],
          ["item_id", pick(["m", '"delta":"x"'])],
          ["logprobs", pick([[], [], [{ delta: "x" }]])],
          ["obfuscation", pick(["zz", "delta", '\\"delta\\":'])],
        ];
        if (random() < 0.5) members.sort(() => random() - 0.5);
        const data = JSON.stringify(Object.fromEntries(members), null, random() < 0.1 ? 1 : 0);
        const events = fast(data, name);
        if (events[0]?.kind === "text") quick++;
        found[0].push(...events);
        found[1].push(...slow(data, ""));
      }
      assert.is(told(found[0]).text, expected);
      assert.equal(found[0], found[1]);
    }
    assert.ok(quick > 500, `${quick}`);
  },
);

fuzz(`random bytes and cut streams go through the parser and the decoder (seed ${seed})`, () => {
  const random = seeded(seed);
  const whole = Buffer.from(
    [delta("Grüß"), delta("🌍"), done(message("Grüß🌍")), completed([message("Grüß🌍")])]
      .map((event) => `event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(""),
  );
  for (let round = 0; round < 2_000; round++) {
    const bytes = Buffer.from(whole.subarray(0, Math.floor(random() * (whole.length + 1))));
    const clean = random() < 0.5;
    if (!clean)
      for (let hits = 0; hits < 3; hits++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    const decode = openaiResponses.decoder(askOf({ stream: true }), upstreamOf());
    const found: StreamEvent[] = [];
    const parser = sseParser((data, name) => found.push(...decode(data, name)));
    for (const slice of slices(bytes, random)) parser.feed(slice);
    parser.end();
    if (clean && !found.some(({ kind }) => kind === "failure"))
      assert.ok("Grüß🌍".startsWith(told(found).text));
  }
});

fuzz(`odd bodies are an answer or a failure (seed ${seed})`, () => {
  const random = seeded(seed);
  const parts = [
    "{",
    "}",
    '"output":',
    "[",
    "]",
    '"status":"completed"',
    ",",
    "null",
    '"error":',
    '{"type":"message"}',
    '"x"',
    "1",
  ];
  for (let round = 0; round < 20_000; round++) {
    let body = "";
    for (let count = Math.floor(random() * 12); count > 0; count--)
      body += parts[Math.floor(random() * parts.length)];
    const found = openaiResponses.decodeWhole(body, askOf({}), upstreamOf());
    assert.ok("kind" in found || "whole" in found);
  }
});
fuzz.run();
