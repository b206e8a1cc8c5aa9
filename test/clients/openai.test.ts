// The `openai` package as people use it, against a running gateway: every answer is read by its own code.
import OpenAI from "openai";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clientWorld } from "./client-world.ts";

const world = await clientWorld();
const client = new OpenAI({ apiKey: world.key, baseURL: world.baseUrl, maxRetries: 0 });
const messages = [{ role: "user" as const, content: "Hello" }];
const parameters = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const told: Record<string, string> = {
  "chat/ok": "Hello from the upstream",
  "responses/text": 'Grüß Gott, "world"! 🌍 plain words follow here',
};

async function refusalOf(
  call: Promise<unknown>,
): Promise<InstanceType<typeof OpenAI.BadRequestError>> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof OpenAI.BadRequestError) return error;
  throw new Error(`expected a BadRequestError, got ${String(error)}`);
}

const chat = suite("openai, chat.completions");
for (const [model, text] of Object.entries(told)) {
  chat(`${model}: create`, async () => {
    const answer = await client.chat.completions.create({ model, messages });
    assert.is(answer.choices[0]?.message.content, text);
    assert.is(answer.choices[0]?.finish_reason, "stop");
    assert.is(answer.model, model);
    assert.ok((answer.usage?.total_tokens ?? 0) > 0);
  });

  chat(`${model}: stream, gathered by the client's own helper`, async () => {
    const stream = client.chat.completions.stream({ model, messages });
    let deltas = "";
    stream.on("content", (delta) => (deltas += delta));
    const final = await stream.finalChatCompletion();
    assert.is(deltas, text);
    assert.is(final.choices[0]?.message.content, text);
    assert.is(final.choices[0]?.finish_reason, "stop");
  });
}

for (const { model, name, answered } of [
  { model: "chat/tool-call", name: "get_weather", answered: "It is sunny." },
  { model: "responses/tools", name: "weather", answered: "It is sunny." },
  // This client leaves `reasoning_details` out of what it sends back, and is answered nevertheless.
  { model: "responses/thinking-tools", name: "weather", answered: "forgotten" },
])
  chat(`${model}: runTools calls the function and gives its answer back`, async () => {
    const called: unknown[] = [];
    const runner = client.chat.completions.runTools({
      model,
      messages,
      ...(model.includes("thinking") ? { reasoning_effort: "high" as const } : {}),
      tools: [
        {
          type: "function",
          function: {
            name,
            description: "weather",
            parameters,
            parse: (given: string) => JSON.parse(given) as unknown,
            function: (given: unknown) => {
              called.push(given);
              return "sunny";
            },
          },
        },
      ],
    });
    assert.is(await runner.finalContent(), answered);
    assert.is(called.length, 1);
  });

chat("a schema is held to, and parsed by the client", async () => {
  const answer = await client.chat.completions.parse({
    model: "responses/json",
    messages,
    response_format: {
      type: "json_schema",
      json_schema: { name: "answer", strict: true, schema: { type: "object" } },
    },
  });
  assert.equal(JSON.parse(answer.choices[0]?.message.content ?? ""), { answer: 42 });
});

const responses = suite("openai, responses");
for (const [model, text] of Object.entries(told)) {
  responses(`${model}: create`, async () => {
    const answer = await client.responses.create({
      model,
      input: "Hello",
      instructions: "Be brief.",
      metadata: { a: "b" },
    });
    assert.is(answer.output_text, text);
    assert.is(answer.status, "completed");
    assert.is(answer.model, model);
    assert.ok(answer.id.startsWith("gen-"));
    assert.is(answer.instructions, "Be brief.");
    const { usage } = answer;
    assert.ok(usage && usage.total_tokens === usage.input_tokens + usage.output_tokens);
    assert.ok((usage as unknown as { cost: number }).cost > 0);
  });

  responses(`${model}: stream, gathered by the client's own helper`, async () => {
    const stream = client.responses.stream({ model, input: "Hello" });
    const types: string[] = [];
    let sequence = -1;
    let deltas = "";
    for await (const event of stream) {
      types.push(event.type);
      assert.is(event.sequence_number, ++sequence, "numbers follow each other");
      if (event.type === "response.output_text.delta") deltas += event.delta;
    }
    assert.is(deltas, text);
    assert.equal(
      types.filter((type, index) => type !== types[index - 1]),
      [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
      ],
    );
    const final = await stream.finalResponse();
    assert.is(final.output_text, text);
    assert.ok(final.id.startsWith("gen-"));
    assert.is(final.model, model);
    assert.ok((final.usage as unknown as { cost: number }).cost > 0);
  });
}

for (const { model, name, answered } of [
  { model: "chat/tool-call", name: "get_weather", answered: "It is sunny." },
  { model: "responses/tools", name: "weather", answered: "It is sunny." },
  { model: "responses/thinking-tools", name: "weather", answered: "remembered: sunny" },
])
  for (const streamed of [false, true])
    responses(`${model}: a loop of tools, ${streamed ? "streamed" : "whole"}`, async () => {
      const asked = {
        model,
        tools: [{ type: "function" as const, name, parameters, strict: true }],
        ...(model.includes("thinking")
          ? {
              reasoning: { effort: "high" as const },
              include: ["reasoning.encrypted_content" as const],
            }
          : {}),
      };
      const answer = async (input: OpenAI.Responses.ResponseInput) =>
        streamed
          ? client.responses.stream({ ...asked, input }).finalResponse()
          : client.responses.create({ ...asked, input });
      const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "Hello" }];
      const first = await answer(input);
      const call = first.output.find((item) => item.type === "function_call");
      assert.ok(call?.type === "function_call", JSON.stringify(first.output));
      assert.is(call.name, name);
      JSON.parse(call.arguments);
      const second = await answer([
        ...input,
        ...(first.output as OpenAI.Responses.ResponseInput),
        { type: "function_call_output", call_id: call.call_id, output: "sunny" },
      ]);
      assert.is(second.output_text, answered);
    });

for (const streamed of [false, true])
  responses(
    `thoughts of Claude go back to it as they came, ${streamed ? "streamed" : "whole"}`,
    async () => {
      const answer = async (input: OpenAI.Responses.ResponseInput) => {
        const asked = {
          model: "anthropic/claude-mid-tools",
          input,
          max_output_tokens: 900,
          reasoning: { effort: "high" as const },
          tools: [{ type: "function" as const, name: "get_weather", parameters, strict: false }],
        };
        return streamed
          ? client.responses.stream(asked).finalResponse()
          : client.responses.create(asked);
      };
      const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "Weather?" }];
      const first = await answer(input);
      const [thought] = first.output;
      assert.ok(
        thought?.type === "reasoning" && thought.content?.[0]?.text,
        JSON.stringify(first.output),
      );
      const call = first.output.find((item) => item.type === "function_call");
      assert.ok(call?.type === "function_call");
      const second = await answer([
        ...input,
        ...(first.output as OpenAI.Responses.ResponseInput),
        { type: "function_call_output", call_id: call.call_id, output: "rain" },
      ]);
      assert.is(second.output_text, `Seen: ${call.call_id}=rain`);
    },
  );

responses(
  "signatures of Gemini stand where they stood, though the turn went through items",
  async () => {
    const asked = {
      model: "gemini/gemini-3.8-flash--think",
      reasoning: { effort: "high" as const },
    };
    const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "Hi" }];
    for (const first of [
      await client.responses.create({ ...asked, input }),
      await client.responses.stream({ ...asked, input }).finalResponse(),
    ]) {
      const second = await client.responses.create({
        ...asked,
        input: [
          ...input,
          ...(first.output as OpenAI.Responses.ResponseInput),
          { role: "user", content: "And?" },
        ],
      });
      assert.is(second.output_text, "Signed before. an answer");
    }
  },
);

responses("an answer that was cut off is incomplete, and says why", async () => {
  for (const model of ["responses/cutoff", "chat/length"]) {
    const answer = await client.responses.create({ model, input: "Hello" });
    assert.is(answer.status, "incomplete");
    assert.is(answer.incomplete_details?.reason, "max_output_tokens");
    const streamed = await client.responses.stream({ model, input: "Hello" }).finalResponse();
    assert.is(streamed.status, "incomplete");
  }
});

responses("a refusal and citations arrive where the client looks for them", async () => {
  const refused = await client.responses.create({ model: "responses/refusal", input: "Hello" });
  const [message] = refused.output;
  assert.ok(message?.type === "message" && message.content[0]?.type === "refusal");
  const found = await client.responses
    .stream({ model: "responses/search", input: "Hello", tools: [{ type: "web_search" }] })
    .finalResponse();
  const said = found.output.find((item) => item.type === "message");
  assert.ok(said?.content[0]?.type === "output_text");
  assert.is(said.content[0].annotations.length, 1);
});

responses("a stream that breaks ends with response.failed", async () => {
  for (const model of ["responses/breaks-later", "chat/cut-2"]) {
    const stream = await client.responses.create({ model, input: "Hello", stream: true });
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of stream) events.push(event);
    const last = events.at(-1);
    assert.ok(last?.type === "response.failed", JSON.stringify(last));
    assert.is(last.response.status, "failed");
    assert.is(last.response.error?.code, "server_error");
    assert.equal(
      events.map((event) => event.sequence_number),
      [...events.keys()],
    );
  }
});

responses("what would need something stored is refused with a sentence", async () => {
  for (const [field, more] of [
    ["store", { store: true }],
    ["previous_response_id", { previous_response_id: "resp_1" }],
    ["input[0]", { input: [{ type: "item_reference" as const, id: "msg_1" }] }],
  ] as const) {
    const error = await refusalOf(
      client.responses.create({ model: "responses/text", input: "Hello", ...(more as object) }),
    );
    assert.ok(String(error).includes("stored here"), String(error));
    assert.is(error.param, field);
  }
});

const completions = suite("openai, completions");
for (const [model, text] of Object.entries(told)) {
  completions(`${model}: create and stream`, async () => {
    const answer = await client.completions.create({ model, prompt: "Hello" });
    assert.is(answer.object, "text_completion");
    assert.is(answer.choices[0]?.text, text);
    assert.is(answer.choices[0]?.finish_reason, "stop");
    let streamed = "";
    let usage = 0;
    for await (const chunk of await client.completions.create({
      model,
      prompt: ["Hello"],
      stream: true,
    })) {
      streamed += chunk.choices[0]?.text ?? "";
      usage += chunk.usage?.total_tokens ?? 0;
    }
    assert.is(streamed, text);
    assert.is(usage, answer.usage?.total_tokens);
  });
}

completions("what only a model that continues a text can do is refused", async () => {
  for (const more of [{ suffix: "x" }, { echo: true }, { best_of: 2 }, { prompt: ["a", "b"] }]) {
    const error = await refusalOf(
      client.completions.create({ model: "chat/ok", prompt: "Hello", ...more }),
    );
    assert.is(error.param, Object.keys(more)[0]);
  }
});

const errors = suite("openai, error classes");
const stranger = new OpenAI({ apiKey: "sk-or-v1-nobody", baseURL: world.baseUrl, maxRetries: 0 });
type Call = { name: string; call: (from: OpenAI, model: string) => Promise<unknown> };
const calls: Call[] = [
  { name: "chat", call: (from, model) => from.chat.completions.create({ model, messages }) },
  { name: "responses", call: (from, model) => from.responses.create({ model, input: "Hello" }) },
  {
    name: "completions",
    call: (from, model) => from.completions.create({ model, prompt: "Hello" }),
  },
];
for (const { name, call } of calls)
  errors(`${name}: each failure is the class that the client has for it`, async () => {
    const thrown = async (from: OpenAI, model: string): Promise<unknown> =>
      call(from, model).then(
        () => assert.unreachable(),
        (error: unknown) => error,
      );
    assert.instance(await thrown(stranger, "chat/ok"), OpenAI.AuthenticationError);
    assert.instance(await thrown(client, "nobody/nothing"), OpenAI.BadRequestError);
    assert.instance(await thrown(client, "responses/too-long"), OpenAI.BadRequestError);
    assert.instance(await thrown(client, "responses/rate-limited"), OpenAI.RateLimitError);
  });

errors.after(() => world.close());
chat.run();
responses.run();
completions.run();
errors.run();
