// How clients of /responses and /completions speak to us: every refusal names its field, every stream keeps the grammar.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Bill, Face } from "#data/dialects/dialect.ts";
import { openaiCompletions } from "#data/dialects/openai-completions.ts";
import { openaiResponses } from "#data/dialects/openai-responses.ts";
import type { ChatAsk, Chunk, Delta, StreamEvent } from "#data/operations/chat.ts";
import { Refusal } from "#data/refusal.ts";
import { zero } from "#schema/money/amount.ts";

type Json = Record<string, unknown>;
const face: Face = { id: "gen-1-abc", created: 1_767_225_600, model: "a/b", provider: "Acme" };
const bill: Bill = {
  counts: { input: 10n, cache_read: 5n, output: 3n, reasoning: 2n, web_search: 1n, request: 1n },
  charge: { total: zero, prompt: zero, completion: zero, lines: [] } as unknown as Bill["charge"],
  source: "reported",
  ownKey: false,
  upstreamCost: null,
};
const ask = (body: Json, { decode } = openaiResponses): ChatAsk =>
  decode(Buffer.from(JSON.stringify({ model: "a/b", input: "Hello", ...body })));
const refusalOf = (body: Json, dialect = openaiResponses): Refusal => {
  try {
    ask(body, dialect);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  return assert.unreachable("it was accepted") as never;
};

const decoding = suite("/responses, what is asked");

decoding("every field has its place in the middle language", () => {
  const asked = ask({
    models: ["c/d"],
    instructions: "Be brief.",
    max_output_tokens: 100,
    temperature: 1,
    top_p: 0.5,
    reasoning: { effort: "high", summary: "auto" },
    text: {
      format: { type: "json_schema", name: "n", schema: {}, strict: true },
      verbosity: "low",
    },
    tools: [
      {
        type: "function",
        name: "f",
        description: "d",
        parameters: { type: "object" },
        strict: true,
      },
      { type: "web_search", search_context_size: "low" },
      { type: "custom", name: "x" },
    ],
    tool_choice: { type: "function", name: "f" },
    include: ["message.output_text.logprobs"],
    top_logprobs: 2,
    provider: { order: ["acme"], max_price: { prompt: 1 } },
    service_tier: "flex",
    user: "u",
    session_id: "s",
    metadata: { a: "b" },
    truncation: "auto",
  });
  assert.equal(asked.models, ["a/b", "c/d"]);
  assert.is(asked.outputTokensMax, 100);
  assert.is(asked.searchesBound > 0, true);
  assert.is(asked.serviceTier, "flex");
  assert.equal(asked.preferences.order, ["acme"]);
  assert.equal([asked.user, asked.session], ["u", "s"]);
  assert.is(asked.reasoning?.effort, "high");
  assert.equal(asked.parameters.toSorted(), [
    "logprobs",
    "max_tokens",
    "reasoning",
    "response_format",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "verbosity",
    "web_search_options",
  ]);
  const { body } = asked;
  assert.equal(body["messages"], [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Hello" },
  ]);
  assert.equal(body["response_format"], {
    type: "json_schema",
    json_schema: { name: "n", schema: {}, strict: true },
  });
  assert.equal(body["tools"], [
    {
      type: "function",
      function: { name: "f", description: "d", parameters: { type: "object" }, strict: true },
    },
    { type: "custom", name: "x" },
  ]);
  assert.equal(body["web_search_options"], { search_context_size: "low" });
  assert.equal(body["tool_choice"], { type: "function", function: { name: "f" } });
  assert.is(body["verbosity"], "low");
  assert.is(body["max_tokens"], 100);
});

decoding("items of one side that follow each other are one message, thoughts first", () => {
  const { body, images, promptTokensBound } = ask({
    input: [
      { role: "developer", content: "a" },
      {
        role: "user",
        content: [
          { type: "input_text", text: "b", prompt_cache_breakpoint: { mode: "explicit" } },
          { type: "input_image", image_url: "https://example.com/a.png", detail: "low" },
          { type: "input_file", filename: "f.pdf", file_data: "data:application/pdf;base64,AA" },
          { type: "input_file", file_url: "https://example.com/f.pdf" },
          { type: "input_audio", input_audio: { data: "AA", format: "wav" } },
        ],
      },
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "s" }],
        encrypted_content: "E",
      },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "said" }] },
      { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: "{}" },
      { type: "function_call", call_id: "call_2", name: "g", arguments: "{}" },
      { type: "function_call_output", call_id: "call_1", output: "one" },
      {
        type: "function_call_output",
        call_id: "call_2",
        output: [{ type: "input_text", text: "two" }],
      },
    ],
  });
  assert.is(images, 1);
  assert.ok(promptTokensBound > 20_000, "four attachments");
  assert.equal(body["messages"], [
    { role: "developer", content: "a" },
    {
      role: "user",
      content: [
        {
          type: "text",
          text: "b",
          cache_control: { type: "ephemeral" },
          prompt_cache_breakpoint: { mode: "explicit" },
        },
        { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low" } },
        { type: "file", file: { filename: "f.pdf", file_data: "data:application/pdf;base64,AA" } },
        { type: "file", file: { file_data: "https://example.com/f.pdf" } },
        { type: "input_audio", input_audio: { data: "AA", format: "wav" } },
      ],
    },
    {
      role: "assistant",
      content: "said",
      reasoning_details: [
        {
          type: "reasoning.summary",
          summary: "s",
          id: "rs_1",
          format: "openai-responses-v1",
          index: 0,
        },
        {
          type: "reasoning.encrypted",
          data: "E",
          id: "rs_1",
          format: "openai-responses-v1",
          index: 1,
        },
      ],
      reasoning: "s",
      tool_calls: [
        { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } },
        { id: "call_2", type: "function", function: { name: "g", arguments: "{}" } },
      ],
    },
    { role: "tool", tool_call_id: "call_1", content: "one" },
    { role: "tool", tool_call_id: "call_2", content: [{ type: "text", text: "two" }] },
  ]);
});

for (const { field, body } of [
  { field: "store", body: { store: true } },
  { field: "previous_response_id", body: { previous_response_id: "resp_1" } },
  { field: "conversation", body: { conversation: "conv_1" } },
  { field: "prompt", body: { prompt: { id: "p" } } },
  { field: "background", body: { background: true } },
  { field: "input", body: { input: undefined } },
  { field: "input", body: { input: [] } },
  { field: "input", body: { input: "" } },
  { field: "input", body: { input: { role: "user" } } },
  { field: "input[0]", body: { input: ["x"] } },
  { field: "input[0]", body: { input: [{ type: "item_reference", id: "x" }] } },
  { field: "input[0].role", body: { input: [{ role: "tool", content: "x" }] } },
  { field: "input[0].content", body: { input: [{ role: "user", content: 7 }] } },
  {
    field: "input[0].content[0].type",
    body: { input: [{ role: "user", content: [{ type: "image_url" }] }] },
  },
  {
    field: "input[0].content[0].image_url",
    body: { input: [{ role: "user", content: [{ type: "input_image", file_id: "file-1" }] }] },
  },
  { field: "input[0].call_id", body: { input: [{ type: "function_call_output", output: "x" }] } },
  {
    field: "input[0].arguments",
    body: { input: [{ type: "function_call", call_id: "a", name: "b", arguments: {} }] },
  },
  { field: "instructions", body: { instructions: ["x"] } },
  { field: "tools[0].type", body: { tools: [{ type: "file_search", vector_store_ids: [] }] } },
  { field: "tools[0].type", body: { tools: [{ type: "openrouter:web_search" }] } },
  { field: "tools[0].type", body: { tools: [{ type: "image_generation" }] } },
  { field: "tools[0].type", body: { tools: [{ type: "shell" }] } },
  { field: "tools[0].type", body: { tools: [{ type: "mcp", server_label: "a" }] } },
  {
    field: "tools[0].name",
    body: { tools: [{ type: "function", function: { name: "chat's shape" } }] },
  },
  {
    field: "tool_choice.name",
    body: { tools: [{ type: "function", name: "f" }], tool_choice: { type: "function" } },
  },
  { field: "text.format.type", body: { text: { format: { type: "grammar" } } } },
  { field: "text.format", body: { text: { format: { type: "json_schema", json_schema: {} } } } },
  { field: "metadata.a", body: { metadata: { a: 1 } } },
  { field: "truncation", body: { truncation: "middle" } },
  { field: "temperature", body: { temperature: 3 } },
  { field: "max_output_tokens", body: { max_output_tokens: 0 } },
  { field: "reasoning.effort", body: { reasoning: { effort: "huge" } } },
  { field: "stream", body: { stream: "yes" } },
] satisfies { field: string; body: Json }[])
  decoding(`a bad ${field} is refused by its name: ${JSON.stringify(body).slice(0, 60)}`, () => {
    const refusal = refusalOf(body);
    assert.is(refusal.status, 400);
    assert.is(refusal.metadata["field"], field);
    const { error } = JSON.parse(openaiResponses.encodeRefusal(refusal, null)) as { error: Json };
    assert.equal(
      [error["code"], error["type"], error["param"]],
      [400, "invalid_request_error", field],
    );
  });

decoding(
  "a shell of the client's own is passed on, and so is what only this protocol knows",
  () => {
    const tools = [{ type: "shell", environment: { type: "local" } }, { type: "apply_patch" }];
    assert.equal(ask({ tools }).body["tools"], tools);
  },
);

decoding("what is null is as good as absent", () => {
  const names =
    "store previous_response_id conversation prompt background instructions max_output_tokens temperature text tools tool_choice include metadata truncation reasoning provider user service_tier".split(
      " ",
    );
  const { body } = ask(Object.fromEntries(names.map((name) => [name, null])));
  assert.equal(body["messages"], [{ role: "user", content: "Hello" }]);
  assert.equal(Object.keys(body).toSorted(), ["messages", "model"]);
});

decoding("whatever stands in the body, it is an ask or a 400", () => {
  const names = [
    "input",
    "tools",
    "text",
    "reasoning",
    "tool_choice",
    "include",
    "metadata",
    "provider",
    "models",
    "max_output_tokens",
  ];
  const item = fc.record(
    {
      type: fc.constantFrom(
        "message",
        "function_call",
        "function_call_output",
        "reasoning",
        "dream",
        7,
      ),
      role: fc.constantFrom("user", "assistant", "x"),
      content: fc.jsonValue(),
      call_id: fc.jsonValue(),
      name: fc.jsonValue(),
      arguments: fc.jsonValue(),
      output: fc.jsonValue(),
      summary: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.oneof(fc.jsonValue(), fc.array(item, { maxLength: 6 })),
      (name, value) => {
        try {
          ask({ [name]: value });
        } catch (error) {
          if (!(error instanceof Refusal) || error.status !== 400) throw error;
        }
      },
    ),
    { numRuns: 5_000 },
  );
});
decoding.run();

const encoding = suite("/responses, what is answered");
const eventsIn = (text: string): Json[] =>
  text
    .split("\n\n")
    .filter((frame) => frame !== "")
    .map((frame) => {
      const [name = "", data = ""] = frame.split("\n");
      const event = JSON.parse(data.slice("data: ".length)) as Json;
      assert.is(name, `event: ${String(event["type"])}`);
      return event;
    });
const chunk = (delta: Delta, more: Json = {}): StreamEvent => ({
  kind: "chunk",
  chunk: { choices: [{ index: 0, delta, ...more }] },
  content: true,
});
const streamed = (list: readonly StreamEvent[]): Json[] => {
  const encoder = openaiResponses.encoder(face, ask({ stream: true }));
  return eventsIn(list.map((event) => encoder.event(event)).join("") + encoder.end(bill));
};

const responseIn = (events: readonly Json[]): { usage: Json; output: Json[] } => {
  const last = events.at(-1);
  assert.ok(last);
  return last["response"] as { usage: Json; output: Json[] };
};

encoding("usage overlaps as OpenAI's does, with what it cost", () => {
  const { usage } = responseIn(streamed([chunk({ content: "Hi" })]));
  assert.equal(usage, {
    input_tokens: 15,
    input_tokens_details: { cached_tokens: 5, cache_write_tokens: 0 },
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 2 },
    total_tokens: 20,
    cost: 0,
    is_byok: false,
    cost_details: {
      upstream_inference_cost: null,
      upstream_inference_input_cost: 0,
      upstream_inference_output_cost: 0,
    },
    server_tool_use_details: { web_search_requests: 1 },
  });
});

encoding("a stream without a word is a whole response nevertheless", () => {
  assert.equal(
    streamed([]).map((event) => event["type"]),
    ["response.created", "response.in_progress", "response.completed"],
  );
});

const details = [
  {
    type: "reasoning.text" as const,
    text: "I thought",
    signature: "sig",
    format: "anthropic-claude-v1",
    index: 0,
  },
  {
    type: "reasoning.encrypted" as const,
    data: "redacted",
    format: "anthropic-claude-v1",
    index: 1,
  },
  {
    type: "reasoning.encrypted" as const,
    data: "E",
    id: "rs_9",
    format: "openai-responses-v1",
    index: 2,
  },
];
encoding("thoughts come back from the client as they were, whosever they are", () => {
  const calls = [{ id: "call_1", type: "function", function: { name: "f", arguments: "{}" } }];
  const whole = {
    choices: [
      {
        message: { content: "said", reasoning_details: details, tool_calls: calls },
        finish_reason: "tool_calls",
      },
    ],
  };
  const { output } = JSON.parse(openaiResponses.encodeWhole(face, ask({}), whole, bill)) as {
    output: Json[];
  };
  const again = ask({
    input: [
      { role: "user", content: "x" },
      ...output,
      { type: "function_call_output", call_id: "call_1", output: "o" },
    ],
  });
  const turn = (again.body["messages"] as Json[])[1];
  assert.equal(turn?.["reasoning_details"], details);
  assert.equal(turn?.["tool_calls"], calls);
  assert.is(turn?.["content"], "said");
});

encoding("streamed and whole are the same output", () => {
  const message = {
    content: "said",
    refusal: "no",
    reasoning_details: details,
    tool_calls: [
      { index: 0, id: "c", type: "function" as const, function: { name: "f", arguments: "{}" } },
    ],
    annotations: [
      {
        type: "url_citation",
        url_citation: { url: "u", title: "t", start_index: 0, end_index: 1 },
      },
    ],
    images: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA" } }],
  };
  const last = streamed([chunk(message), chunk({}, { finish_reason: "stop" })]).at(-1);
  const whole = JSON.parse(
    openaiResponses.encodeWhole(
      face,
      ask({ stream: true }),
      { choices: [{ message, finish_reason: "stop" }] },
      bill,
    ),
  ) as Json;
  assert.equal(whole, last?.["response"]);
});

const deltas = fc.oneof(
  fc.record({ content: fc.string() }),
  fc.record({ reasoning: fc.string() }),
  fc.record({ refusal: fc.string() }),
  fc.record({
    reasoning_details: fc.array(
      fc.record({
        type: fc.constantFrom(
          "reasoning.text" as const,
          "reasoning.summary" as const,
          "reasoning.encrypted" as const,
        ),
        text: fc.string(),
        summary: fc.string(),
        data: fc.string(),
        index: fc.nat(2),
        id: fc.constantFrom(null, "rs_a", "rs_b"),
      }),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    tool_calls: fc.array(
      fc.record({
        index: fc.nat(2),
        id: fc.constantFrom("a", "b"),
        function: fc.record({ name: fc.constantFrom("f", "g"), arguments: fc.string() }),
      }),
      { maxLength: 2 },
    ),
  }),
);
const pieces = fc.oneof(
  deltas.map((delta): StreamEvent => chunk(delta)),
  fc
    .stringMatching(/^[a-z ]{1,9}$/)
    .map((text): StreamEvent => ({ kind: "text", text, like: shared })),
);
const shared: Chunk = { choices: [{ index: 0, delta: { content: "x" } }] };

encoding("whatever a stream brings, its events keep the grammar", () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 25 }), (list) => {
      const events = streamed(list);
      assert.equal(
        events.map((event) => event["sequence_number"]),
        [...events.keys()],
      );
      const items = new Map<
        unknown,
        { id: unknown; done: Json | null; parts: Map<unknown, string> }
      >();
      for (const event of events) {
        const place = event["output_index"];
        const type = String(event["type"]);
        const item = event["item"] as Json | undefined;
        if (type === "response.output_item.added") {
          assert.is(place, items.size);
          items.set(place, { id: item?.["id"], done: null, parts: new Map() });
        } else if (place !== undefined) {
          const known = items.get(place);
          assert.ok(known && known.done === null, `${type} of an item that is open`);
          assert.is(event["item_id"] ?? item?.["id"], known.id);
          const part = `${type.includes("summary") ? "s" : "c"}${JSON.stringify(event["content_index"] ?? event["summary_index"] ?? "")}`;
          if (type.endsWith(".delta"))
            known.parts.set(part, (known.parts.get(part) ?? "") + String(event["delta"]));
          const whole = event["text"] ?? event["refusal"] ?? event["arguments"];
          if (type.endsWith(".done") && typeof whole === "string")
            assert.is(known.parts.get(part) ?? "", whole);
          if (type === "response.output_item.done") known.done = item ?? null;
        }
      }
      const { output } = responseIn(events);
      assert.equal(
        output,
        [...items.values()].map(({ done }) => done),
      );
      const said = list.reduce(
        (text, event) =>
          text +
          (event.kind === "text"
            ? event.text
            : event.kind === "chunk"
              ? (event.chunk.choices?.[0]?.delta?.content ?? "")
              : ""),
        "",
      );
      const shown = output
        .flatMap((item) => (item["type"] === "message" ? (item["content"] as Json[]) : []))
        .map((part) => (typeof part["text"] === "string" ? part["text"] : ""))
        .join("");
      assert.is(shown, said);
    }),
    { numRuns: 2_000 },
  );
});

encoding("a stream that broke says so in one event, whose number follows", () => {
  const refusal = new Refusal({ status: 502, type: "provider_unavailable", message: "It broke." });
  const encoder = openaiResponses.encoder(face, ask({ stream: true }));
  const events = eventsIn(encoder.event(chunk({ content: "Hi" })) + encoder.broken(refusal));
  const last = events.at(-1) as Json & { response: Json };
  assert.is(last.type, "response.failed");
  assert.is(last["sequence_number"], events.length - 1);
  assert.equal(last.response["error"], { code: "server_error", message: "It broke." });
  assert.is(last.response["error_type"], "provider_unavailable");
  assert.ok(!events.some((event) => event["type"] === "response.completed"));
});

encoding("a refusal before anything began is a flat error", () => {
  const refusal = new Refusal({ status: 429, type: "rate_limit_exceeded", message: "Too fast." });
  const [event, ...others] = eventsIn(
    openaiResponses.encoder(face, ask({ stream: true })).broken(refusal),
  );
  assert.equal(event, {
    type: "error",
    sequence_number: 0,
    code: "rate_limit_exceeded",
    message: "Too fast.",
    param: null,
  });
  assert.is(others.length, 0);
});

encoding(
  "the provider's own events go on byte for byte, but for those that hold the response",
  () => {
    const encoder = openaiResponses.encoder(face, ask({ stream: true }));
    const frame = (name: string, data: string): string =>
      encoder.event({ kind: "frame", name, data });
    const created = frame(
      "response.created",
      '{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","model":"gpt-6","status":"in_progress","x":1}}',
    );
    const { response } = eventsIn(created)[0] as { response: Json };
    assert.equal([response["id"], response["model"], response["x"]], [face.id, face.model, 1]);
    const odd =
      '{"type": "response.output_text.delta","delta":"\\u0041 \\"response\\":","sequence_number" : 1, "obfuscation":"zz"}';
    assert.is(
      frame("response.output_text.delta", odd),
      `event: response.output_text.delta\ndata: ${odd}\n\n`,
    );
    assert.is(encoder.event({ kind: "text", text: "A", like: shared }), "", "told already");
    assert.is(encoder.event(chunk({ content: "A" })), "");
    const completed =
      '{"type":"response.completed","sequence_number":2,"response":{"id":"resp_1","status":"completed","output":[{"a":1}],"usage":{"input_tokens":1}}}';
    assert.is(frame("response.completed", completed), "", "it waits for the bill");
    const [end] = eventsIn(encoder.end(bill)) as { response: Json & { usage: Json } }[];
    assert.equal(
      [end?.response["id"], end?.response["output"], end?.response.usage["input_tokens"]],
      [face.id, [{ a: 1 }], 15],
    );
  },
);

encoding("the provider's own failure is told as ours, with the number after its last event", () => {
  const encoder = openaiResponses.encoder(face, ask({ stream: true }));
  encoder.event({
    kind: "frame",
    name: "response.output_text.delta",
    data: '{"type":"response.output_text.delta","sequence_number":41}',
  });
  assert.is(
    encoder.event({
      kind: "frame",
      name: "error",
      data: '{"type":"error","sequence_number":42,"message":"secret"}',
    }),
    "",
  );
  const [event] = eventsIn(
    encoder.broken(new Refusal({ status: 502, type: "provider_unavailable", message: "m" })),
  );
  assert.equal([event?.["type"], event?.["sequence_number"]], ["response.failed", 42]);
});

encoding(
  "a whole answer of the provider's keeps what it said, under our id, model and bill",
  () => {
    const native = {
      id: "resp_1",
      object: "response",
      status: "completed",
      output: [{ a: 1 }],
      usage: {},
      tool_usage: { b: 2 },
    };
    const answer = JSON.parse(
      openaiResponses.encodeWhole(face, ask({}), {}, bill, native),
    ) as Json & { usage: Json };
    assert.equal(
      [answer["id"], answer["model"], answer["output"], answer["tool_usage"]],
      [face.id, face.model, [{ a: 1 }], { b: 2 }],
    );
    assert.is(answer.usage["input_tokens"], 15);
  },
);
encoding.run();

const completions = suite("/completions");
completions("a prompt is what the user says, and nothing of the old dialect goes on", () => {
  const { body, outputTokensMax, parameters } = ask(
    {
      prompt: "Once",
      max_tokens: 5,
      temperature: 0,
      echo: false,
      best_of: 1,
      n: 1,
      logprobs: null,
      suffix: null,
    },
    openaiCompletions,
  );
  assert.equal(body["messages"], [{ role: "user", content: "Once" }]);
  assert.is(outputTokensMax, 5);
  assert.equal(parameters.toSorted(), ["max_tokens", "temperature"]);
  for (const name of ["prompt", "echo", "best_of", "n", "logprobs", "suffix"])
    assert.ok(!(name in body), name);
});
for (const [field, value] of [
  ["prompt", ["a", "b"]],
  ["prompt", [1, 2]],
  ["prompt", ""],
  ["prompt", undefined],
  ["suffix", "x"],
  ["echo", true],
  ["best_of", 3],
  ["n", 2],
  ["logprobs", 5],
] as const)
  completions(`${field} ${JSON.stringify(value)} is refused by its name`, () => {
    assert.is(
      refusalOf({ prompt: "Once", [field]: value }, openaiCompletions).metadata["field"],
      field,
    );
  });
completions(
  "thoughts stand beside the text, and a text that needs no escape is put in as it is",
  () => {
    const encoder = openaiCompletions.encoder(face, ask({ prompt: "x" }, openaiCompletions));
    const said = [
      chunk({ role: "assistant", content: "" }),
      chunk({ reasoning: "hm" }),
      chunk({ content: 'a"b' }),
      { kind: "text" as const, text: " c", like: shared },
      chunk({}, { finish_reason: "length" }),
    ]
      .map((event) => encoder.event(event))
      .join("");
    const chunks = said
      .split("\n\n")
      .filter(Boolean)
      .map((frame) => JSON.parse(frame.slice("data: ".length)) as { choices: Json[] });
    assert.equal(
      chunks.map(({ choices }) => [
        choices[0]?.["text"],
        choices[0]?.["reasoning"],
        choices[0]?.["finish_reason"],
      ]),
      [
        ["", "hm", null],
        ['a"b', undefined, null],
        [" c", undefined, null],
        ["", undefined, "length"],
      ],
    );
    assert.ok(encoder.end(bill).endsWith("data: [DONE]\n\n"));
  },
);
completions.run();
