// Inference, asked by what the OpenAPI document says can be asked, through a running gateway: no 5xx, and every answer is what
// the document says.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openApiDocument } from "#control/rest/openapi-document.ts";
import { routes } from "#control/rest/routes.ts";
import { misfits, valuesOf } from "#test/json-schema.ts";
import { clientWorld } from "./client-world.ts";

const casesEach = Number(process.env["FUZZ_CASES"] ?? 40);
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 1_000_000);
const world = await clientWorld();
const document = openApiDocument(routes);
const shared = document.components.schemas;
/** Who answers. Nobody here ranks documents, which is an answer too. */
const models: Record<string, readonly string[]> = {
  "/chat/completions": ["chat/ok", "responses/text"],
  "/responses": ["responses/text", "chat/ok"],
  "/messages": ["chat/ok", "responses/text"],
  "/messages/count_tokens": ["chat/ok"],
  "/completions": ["chat/ok"],
  "/embeddings": ["vectors/small"],
  "/rerank": ["nobody/ranks"],
};

const contract = suite("inference contract");
contract.after(() => world.close());
console.log(`${casesEach} cases for each operation, seed ${seed}`);

for (const [path, names] of Object.entries(models))
  contract(`POST ${path}: whatever is asked is answered as the document says`, async () => {
    const operation = document.paths[path]?.["post"];
    const schema = operation?.requestBody?.content["application/json"]?.schema;
    assert.ok(operation && schema);
    const statuses = new Map<number, number>();
    const cases = fc.record({
      body: valuesOf(schema, shared),
      model: fc.constantFrom(...names),
      // Most preferences exclude everybody, which is one answer over and over.
      preferring: fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ body, model, preferring }) => {
        const { models: _models, provider, ...rest } = body as Record<string, unknown>;
        const response = await fetch(world.baseUrl + path, {
          method: "POST",
          headers: { authorization: `Bearer ${world.key}`, "content-type": "application/json" },
          body: JSON.stringify({ ...rest, model, ...(preferring ? { provider } : {}) }),
        });
        const text = await response.text();
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        assert.ok(response.status < 500, `${response.status} ${text.slice(0, 500)}`);
        const described = operation.responses[response.status]?.content;
        assert.ok(described, `a status that is not described: ${response.status} ${text}`);
        const type = response.headers.get("content-type")?.split(";", 1)[0] ?? "";
        const of = described[type];
        assert.ok(of, `a content type that is not described: ${type}`);
        if (type === "application/json")
          assert.equal(misfits(JSON.parse(text), of.schema, shared), [], text.slice(0, 500));
      }),
      { numRuns: casesEach, seed, endOnFailure: true },
    );
    if (path !== "/rerank")
      assert.ok(
        (statuses.get(200) ?? 0) > 0,
        `none was answered: ${JSON.stringify([...statuses])}`,
      );
  });

contract.run();
