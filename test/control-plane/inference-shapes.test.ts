// The document describes inference by schemas, and the data plane validates it by decoders of its own. What the schemas
// accept the decoders accept; what the decoders check the schemas say. Beyond that the decoders are the milder ones: they
// take `models: []` beside a model, a null beside what excludes it, the role `function`, block and item types that only one
// provider knows, and prices in `max_price` with any number of decimals that are zero.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { inferenceOperations } from "#control/rest/inference/operations.ts";
import { jsonSchemaOf, type JsonSchema } from "#control/rest/openapi-document.ts";
import { anthropicMessages } from "#data/dialects/anthropic-messages.ts";
import { dialects } from "#data/dialects/registry.ts";
import { Refusal } from "#data/refusal.ts";
import { misfits, valuesOf } from "#test/json-schema.ts";

const casesEach = Number(process.env["FUZZ_CASES"] ?? 400);
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 1_000_000);
const shapes = suite("inference shapes");
console.log(`${casesEach} cases each, seed ${seed}`);

shapes("every path that a gateway answers is described, and no other", () => {
  const served = [...dialects.keys()].filter((path) => path.startsWith("/api/v1/"));
  const described = inferenceOperations.map(({ path }) => `/api/v1/${path}`);
  assert.equal(described.toSorted(), [...served, "/api/v1/messages/count_tokens"].toSorted());
});

function refusalOf(path: string, body: unknown): string | null {
  const dialect = dialects.get(`/api/v1/${path}`) ?? anthropicMessages;
  try {
    dialect.decode(Buffer.from(JSON.stringify(body)), {});
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

for (const { path, body } of inferenceOperations) {
  const shared: Record<string, JsonSchema> = {};
  const schema = jsonSchemaOf(body, shared);

  shapes(`${path}: what fits the document is taken by the schema and by the decoder`, () => {
    fc.assert(
      fc.property(valuesOf(schema, shared), (value) => {
        assert.equal(misfits(value, schema, shared), []);
        const parsed = body.safeParse(value);
        assert.ok(parsed.success, `the schema: ${JSON.stringify(parsed.error?.issues)}`);
        assert.is(refusalOf(path, value), null);
      }),
      { numRuns: casesEach, seed },
    );
  });
}

const model = "acme/big-1";
const messages = [{ role: "user", content: "Hello" }];
for (const { path, good, wrong } of [
  {
    path: "chat/completions",
    good: { model, messages },
    wrong: {
      model: ["", 7, undefined],
      models: ["acme/big-1", [7], Array.from({ length: 21 }, (_one, at) => `a/${at}`)],
      messages: [
        undefined,
        [],
        "Hello",
        [7],
        [{ role: "nobody", content: "" }],
        [{ role: "user", content: 7 }],
      ],
      stream: ["yes"],
      temperature: [2.1, -0.1, "warm"],
      top_p: [1.1],
      presence_penalty: [-2.1],
      n: [2],
      max_tokens: [0, 1.5, "many"],
      reasoning: ["much", { effort: "huge" }, { effort: "low", max_tokens: 5 }, { enabled: 1 }],
      provider: [
        "openai",
        { order: "openai" },
        { zdr: "yes" },
        { data_collection: "some" },
        { max_price: { prompt: "cheap" } },
      ],
      user: [7, "x".repeat(257)],
    },
  },
  {
    path: "completions",
    good: { model, prompt: "Hello" },
    wrong: {
      prompt: [undefined, "", ["a", "b"], [1]],
      echo: [true],
      suffix: ["x"],
      best_of: [2],
      logprobs: [3],
    },
  },
  {
    path: "responses",
    good: { model, input: "Hello" },
    wrong: {
      input: [
        undefined,
        "",
        [],
        [7],
        [{ type: "function_call", name: "x", arguments: "{}" }],
        [{ role: "user", content: 7 }],
      ],
      store: [true],
      previous_response_id: ["resp_1"],
      background: [true],
      max_output_tokens: [0],
      truncation: ["some"],
      metadata: [7, { a: 1 }, { ["k".repeat(65)]: "" }],
      tools: ["search", [{ type: "function" }]],
      text: ["plain", { format: { type: "json_schema" } }],
    },
  },
  {
    path: "messages",
    good: { model, messages },
    wrong: {
      messages: [
        undefined,
        [],
        [{ role: "tool", content: "" }],
        [{ role: "user", content: [{ type: "text" }] }],
        [{ role: "assistant", content: [{ type: "tool_use", id: "1", name: "x" }] }],
      ],
      temperature: [1.1],
      max_tokens: ["many"],
      tools: ["search", [{ name: "" }]],
      tool_choice: ["auto", { type: "some" }, { type: "tool" }],
      thinking: ["much", { type: "enabled" }],
      stop_sequences: ["x", [7]],
    },
  },
  {
    path: "embeddings",
    good: { model, input: "Hello" },
    wrong: {
      input: [undefined, "", [], [""], [-1], [[]]],
      encoding_format: ["hex"],
      dimensions: [0],
      input_type: [7],
    },
  },
  {
    path: "rerank",
    good: { model, query: "Hello", documents: ["a"] },
    wrong: { query: [undefined, ""], documents: [undefined, [], [7], [{}]], top_n: [0] },
  },
] as const) {
  const operation = inferenceOperations.find((one) => one.path === path);
  shapes(`${path}: what the decoder refuses the document refuses`, () => {
    assert.ok(operation);
    const shared: Record<string, JsonSchema> = {};
    const schema = jsonSchemaOf(operation.body, shared);
    assert.equal(misfits(good, schema, shared), []);
    for (const [name, values] of Object.entries(wrong))
      for (const value of values) {
        const { [name]: _replaced, ...rest } = good as Record<string, unknown>;
        const body = value === undefined ? rest : { ...rest, [name]: value };
        const text = `${name}: ${JSON.stringify(value)}`;
        assert.ok(refusalOf(path, body) !== null, `the decoder takes ${text}`);
        assert.ok(misfits(body, schema, shared).length > 0, `the document takes ${text}`);
        assert.not.ok(operation.body.safeParse(body).success, `the schema takes ${text}`);
      }
  });
}

shapes.run();
