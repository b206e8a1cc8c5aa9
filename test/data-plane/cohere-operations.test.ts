// Cohere's vectors and rankings through a running gateway: what comes, and that each is billed by Cohere's own unit.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { ask } from "#test/doubles/client.ts";
import { cohereKey, startCohereApi } from "#test/doubles/cohere-api.ts";
import { priceLine, smallGateway } from "./small-gateway.ts";

const test = suite("cohere's vectors and rankings");

const double = await startCohereApi();
const gateway = await smallGateway();
const { key } = await gateway.key(await gateway.organization("10"));
for (const { id, protocol, upstreamModel, output, lines } of [
  {
    id: "cohere/embed",
    protocol: "cohere-embed",
    upstreamModel: "embed-v4.0",
    output: "embeddings",
    lines: [priceLine("input", "0.12"), priceLine("output", "0")],
  },
  {
    id: "cohere/rerank",
    protocol: "cohere-rerank",
    upstreamModel: "rerank-v4.0-pro",
    output: "rerank",
    lines: [
      priceLine("input", "0"),
      priceLine("output", "0"),
      { ...priceLine("request", "0"), perUnit: 2_000_000_000n as never }, // $0.002 a search unit
    ],
  },
] as const) {
  await gateway.provider(protocol, `${double.origin}/v2`, { protocol, key: cohereKey });
  await gateway.db.transaction(async (tx) => {
    await putModel(tx, {
      id,
      name: id,
      contextLength: 128_000,
      maxOutputTokens: null,
      inputModalities: ["text", "image"],
      outputModalities: [output],
      supportedParameters: ["dimensions"],
    });
    const endpoint = await putEndpoint(tx, {
      modelId: id,
      providerId: gateway.providerId(protocol),
      upstreamModel,
      cancellable: true,
    });
    await publishPrice(tx, {
      endpointId: endpoint.id,
      side: "charge",
      lines: [...lines],
      effectiveAt: new Date(Date.now() - 1_000),
      publishedBy: "test",
    });
  });
}
await gateway.model("ok");
await gateway.key(await gateway.organization("1")); // waits until all of this is in force

const post = async (path: string, body: object) => {
  const answer = await ask(`http://127.0.0.1:${gateway.port}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${key}` },
    body,
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

test("vectors come in order and are charged by the billed token", async () => {
  const { status, body } = await post("embeddings", {
    model: "cohere/embed",
    input: ["one", "two"],
    dimensions: 2,
  });
  assert.is(status, 200, JSON.stringify(body));
  assert.equal(
    (body["data"] as { embedding: number[] }[]).map(({ embedding }) => embedding),
    [
      [0.5, 0.5],
      [1.5, 1.5],
    ],
  );
  const [final] = await gateway.finals(1);
  assert.equal([final?.usageSource, final?.charge], ["reported", String(6n * 120_000n)]);
});

test("a ranking of more than a hundred documents is charged as two search units", async () => {
  const documents = Array.from({ length: 101 }, (_, at) => `document ${at}`);
  const { status, body } = await post("rerank", {
    model: "cohere/rerank",
    query: "which",
    documents,
    top_n: 1,
  });
  assert.is(status, 200, JSON.stringify(body));
  assert.equal(body["results"], [
    { index: 100, relevance_score: 101 / 102, document: { text: "document 100" } },
  ]);
  assert.equal(body["usage"], { search_units: 2, total_tokens: 0, cost: 0.004, is_byok: false });
  const [final] = await gateway.finals(1);
  assert.is(final?.charge, "4000000000");
});

test("what Cohere cannot make a vector of is the client's 400 that says so, and nothing is sent", async () => {
  const before = double.requests.length;
  const { status, body } = await post("embeddings", { model: "cohere/embed", input: [[1, 2, 3]] });
  assert.is(status, 400);
  assert.match(JSON.stringify(body), "token ids");
  assert.is(double.requests.length, before);
});

test.after(async () => {
  await gateway.close();
  await double.close();
});
test.run();
