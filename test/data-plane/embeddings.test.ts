// Vectors and rankings, through a running gateway, before doubles that are as strict as the APIs they play.
import OpenAI from "openai";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import type { WireProtocolName } from "#schema/wire-protocols.ts";
import { ask } from "#test/doubles/client.ts";
import {
  startStrictServer,
  type DoubleReply,
  type DoubleRequest,
} from "#test/doubles/strict-server.ts";
import { priceLine, smallGateway } from "./small-gateway.ts";

const test = suite("embeddings and rerank");

const refuse = (message: string): DoubleReply => ({ status: 400, body: { error: { message } } });
const vectors = new Map([
  ["one", [0.5, -1.25, 2]],
  ["two", [0.125, 4, -8]],
]);

/** Plays OpenAI, Voyage, Gemini and Jina by their paths; refuses what each of them refuses. */
const double = await startStrictServer(({ path, body, headers }: DoubleRequest): DoubleReply => {
  const sent = body as Record<string, unknown>;
  if (path === "/v1/embeddings") {
    if (headers.authorization !== "Bearer sk-vectors")
      return { status: 401, body: { error: { message: "Incorrect API key" } } };
    const known = ["model", "input", "encoding_format", "dimensions", "user"];
    const unknown = Object.keys(sent).find((name) => !known.includes(name));
    if (unknown !== undefined) return refuse(`Unrecognized request argument: ${unknown}`);
    const inputs = Array.isArray(sent["input"])
      ? (sent["input"] as string[])
      : [sent["input"] as string];
    if (sent["model"] === "one-short") return embeddingAnswer(inputs.slice(1), false);
    return embeddingAnswer(inputs, sent["encoding_format"] === "base64");
  }
  if (path === "/voyage/embeddings") {
    const known = ["model", "input", "input_type", "output_dimension"];
    const unknown = Object.keys(sent).find((name) => !known.includes(name));
    if (unknown !== undefined) return refuse(`Argument '${unknown}' is not supported by our API`);
    if (!["query", "document", undefined].includes(sent["input_type"] as string))
      return refuse("input_type");
    return {
      status: 200,
      body: {
        object: "list",
        data: [{ index: 0, embedding: vectors.get("one") }],
        usage: { total_tokens: 6 },
      },
    };
  }
  if (path === "/google/models/vec%2F1:batchEmbedContents") {
    if (headers["x-goog-api-key"] !== "sk-vectors")
      return {
        status: 400,
        body: {
          error: {
            code: 400,
            message: "API key not valid",
            status: "INVALID_ARGUMENT",
            details: [{ reason: "API_KEY_INVALID" }],
          },
        },
      };
    const requests = sent["requests"] as { content: { parts: { text: string }[] } }[];
    return {
      status: 200,
      body: {
        embeddings: requests.map(({ content }) => ({
          values: vectors.get(content.parts[0]?.text ?? "") ?? [1],
        })),
      },
    };
  }
  if (path === "/jina/rerank") {
    const documents = sent["documents"] as string[];
    if (documents.some((document) => typeof document !== "string"))
      return refuse("documents must be text");
    if ("top_n" in sent) return refuse("top_n");
    const results = documents.map((document, index) => ({
      index,
      relevance_score: document.length / 100,
    }));
    return {
      status: 200,
      body: {
        data: results
          .toSorted((a, b) => b.relevance_score - a.relevance_score)
          .slice(0, (sent["top_k"] as number | undefined) ?? 100),
        usage: { total_tokens: 42 },
      },
    };
  }
  return { status: 404, body: { error: { message: `no ${path}` } } };
});

function embeddingAnswer(inputs: readonly string[], base64: boolean): DoubleReply {
  const data = inputs.map((input, index) => {
    const vector = vectors.get(input) ?? [1, 2, 3];
    const embedding = base64
      ? Buffer.from(Float32Array.from(vector).buffer).toString("base64")
      : vector;
    return { object: "embedding", index, embedding };
  });
  return {
    status: 200,
    // Out of order, as nobody promises it is in.
    body: {
      object: "list",
      model: "theirs",
      data: data.toReversed(),
      usage: { prompt_tokens: 9, total_tokens: 9 },
    },
  };
}

const gateway = await smallGateway();
const { key } = await gateway.key(await gateway.organization("10"));
for (const [slug, protocol, base, flags] of [
  ["openai", "openai-embeddings", "/v1", {}],
  [
    "voyage",
    "openai-embeddings",
    "/voyage",
    {
      dimensionsField: "output_dimension",
      inputTypeField: "input_type",
      inputTypes: "voyage",
      base64: "none",
    },
  ],
  ["google", "gemini-embeddings", "/google", {}],
  ["jina", "jina-rerank", "/jina", { topField: "top_k" }],
] as const satisfies readonly (readonly [
  string,
  WireProtocolName,
  string,
  Record<string, unknown>,
])[])
  await gateway.provider(slug, double.origin + base, { protocol, key: "sk-vectors", flags });

for (const { id, provider, upstreamModel, output } of [
  { id: "acme/vec", provider: "openai", upstreamModel: "vec-1", output: "embeddings" },
  { id: "acme/short", provider: "openai", upstreamModel: "one-short", output: "embeddings" },
  { id: "acme/voyage", provider: "voyage", upstreamModel: "voyage-4", output: "embeddings" },
  { id: "acme/google", provider: "google", upstreamModel: "vec/1", output: "embeddings" },
  { id: "acme/ranker", provider: "jina", upstreamModel: "rank-1", output: "rerank" },
]) {
  await gateway.db.transaction(async (tx) => {
    await putModel(tx, {
      id,
      name: id,
      contextLength: 8_192,
      maxOutputTokens: null,
      inputModalities: ["text"],
      outputModalities: [output],
      supportedParameters: ["dimensions"],
    });
    const endpoint = await putEndpoint(tx, {
      modelId: id,
      providerId: gateway.providerId(provider),
      upstreamModel,
      cancellable: true,
    });
    await publishPrice(tx, {
      endpointId: endpoint.id,
      side: "charge",
      lines: [priceLine("input", "100"), priceLine("output", "0")],
      effectiveAt: new Date(Date.now() - 1_000),
      publishedBy: "test",
    });
  });
}
await gateway.model("ok");
await gateway.key(await gateway.organization("1")); // waits until all of this is in force

const post = async (path: string, body: object) => {
  const answer = await ask(`http://127.0.0.1:${gateway.port}${path}`, {
    headers: { authorization: `Bearer ${key}` },
    body,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const messageOf = ({ body }: { body: Record<string, unknown> }): string =>
  (body["error"] as { message: string }).message;

test("the openai client gets its vectors in the base64 that it asks for unasked, in the order of its inputs, and is charged by the token", async () => {
  const client = new OpenAI({
    apiKey: key,
    baseURL: `http://127.0.0.1:${gateway.port}/api/v1`,
    maxRetries: 0,
  });
  const { data, model, usage } = await client.embeddings.create({
    model: "acme/vec",
    input: ["one", "two"],
  });
  assert.equal(
    data.map(({ embedding }) => embedding),
    [
      [0.5, -1.25, 2],
      [0.125, 4, -8],
    ],
  );
  assert.equal([model, usage.prompt_tokens], ["acme/vec", 9]);
  assert.is((usage as unknown as { cost: number }).cost, 0.0009);
  const [final] = await gateway.finals(1);
  assert.equal(
    [final?.outcome, final?.usageSource, final?.charge],
    ["complete", "reported", "900000000"],
  );
});
test("floats are floats, whatever the provider sends", async () => {
  const { body } = await post("/v1/embeddings", { model: "acme/vec", input: "two" });
  assert.equal((body["data"] as { embedding: unknown }[])[0]?.embedding, [0.125, 4, -8]);
  await gateway.finals(1);
});
test("Voyage gets its own names for the length and the kind of input, and base64 is made here", async () => {
  const { status, body } = await post("/api/v1/embeddings", {
    model: "acme/voyage",
    input: "one",
    dimensions: 3,
    input_type: "search_query",
    encoding_format: "base64",
  });
  assert.is(status, 200, JSON.stringify(body));
  assert.equal(double.requests.at(-1)?.body, {
    model: "voyage-4",
    input: "one",
    output_dimension: 3,
    input_type: "query",
  });
  const [row] = body["data"] as { embedding: string }[];
  assert.equal(
    [...new Float32Array(new Uint8Array(Buffer.from(row?.embedding ?? "", "base64")).buffer)],
    [0.5, -1.25, 2],
  );
  await gateway.finals(1);
});
test("Google is asked once for all texts; what it does not count is estimated and said to be", async () => {
  const { status, body } = await post("/api/v1/embeddings", {
    model: "acme/google",
    input: ["one", "two"],
    dimensions: 3,
  });
  assert.is(status, 200, JSON.stringify(body));
  assert.equal(
    (body["data"] as { embedding: unknown }[]).map(({ embedding }) => embedding),
    [vectors.get("one"), vectors.get("two")],
  );
  const [final] = await gateway.finals(1);
  assert.is(final?.usageSource, "estimated");
});
test("documents come back best first, by the names they came with", async () => {
  const { status, body } = await post("/api/v1/rerank", {
    model: "acme/ranker",
    query: "long",
    documents: ["a", { text: "the longest of all" }, "longer"],
    top_n: 2,
  });
  assert.is(status, 200, JSON.stringify(body));
  assert.equal(body["results"], [
    { index: 1, relevance_score: 0.18, document: { text: "the longest of all" } },
    { index: 2, relevance_score: 0.06, document: { text: "longer" } },
  ]);
  assert.equal(body["usage"], { search_units: 1, total_tokens: 42, cost: 0.0042, is_byok: false });
  await gateway.finals(1);
});
test("an answer with a vector missing is the provider's failure, and costs nothing", async () => {
  const answer = await post("/api/v1/embeddings", { model: "acme/short", input: ["one", "two"] });
  assert.is(answer.status, 502);
  assert.match(messageOf(answer), "one vector for each of 2 inputs");
  const [final] = await gateway.finals(1);
  assert.is(final?.charge, "0");
});
for (const { name, path, body, says } of [
  {
    name: "an empty input",
    path: "embeddings",
    body: { input: "" },
    says: "input: expected text that is not empty",
  },
  { name: "no input", path: "embeddings", body: {}, says: "input: expected text, or a list" },
  {
    name: "an input of numbers that are no ids",
    path: "embeddings",
    body: { input: [1, -2] },
    says: "input[1]: expected a token id",
  },
  {
    name: "too many inputs",
    path: "embeddings",
    body: { input: Array.from({ length: 2_049 }, () => "a") },
    says: "at most 2048",
  },
  {
    name: "another encoding",
    path: "embeddings",
    body: { input: "a", encoding_format: "hex" },
    says: "float or base64",
  },
  {
    name: "a stream of vectors",
    path: "embeddings",
    body: { input: "a", stream: true },
    says: "not streamed",
  },
  {
    name: "a chat model asked for vectors",
    path: "embeddings",
    body: { model: "acme/ok", input: "a" },
    says: "POST /api/v1/chat/completions",
  },
  {
    name: "a model for vectors asked to chat",
    path: "chat/completions",
    body: { messages: [{ role: "user", content: "hi" }] },
    says: "POST /api/v1/embeddings",
  },
  {
    name: "a ranking without documents",
    path: "rerank",
    body: { query: "a", documents: [] },
    says: "documents: expected a list",
  },
  {
    name: "a ranking without a query",
    path: "rerank",
    body: { documents: ["a"] },
    says: "query: expected text",
  },
  {
    name: "a document that is none",
    path: "rerank",
    body: { query: "a", documents: [7] },
    says: "documents[0]: expected text",
  },
]) {
  test(`${name} is refused with the field and what was expected`, async () => {
    const answer = await post(`/api/v1/${path}`, { model: "acme/vec", ...body });
    assert.is(answer.status, 400);
    assert.match(messageOf(answer), says);
  });
}

test.after(async () => {
  await gateway.close();
  await double.close();
});
test.run();
