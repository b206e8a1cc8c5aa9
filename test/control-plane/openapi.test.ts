// The OpenAPI document of this API, held to the API: it is well formed, whatever is asked by it is answered as it says, and
// what is answered has no member that it does not tell of.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parsePriceList } from "#control/catalogue/parse-price-list.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import type { OpenApiDocument, Operation } from "#control/rest/openapi-document.ts";
import { restHandler } from "#control/rest/rest-handler.ts";
import { routes } from "#control/rest/routes.ts";
import { mintId } from "#schema/ids.ts";
import { endpoints } from "#schema/tables/catalogue.ts";
import { members } from "#schema/tables/organizations.ts";
import { closed, misfits, valuesOf, type Schema } from "#test/json-schema.ts";
import { smallInstallation } from "./small-installation.ts";

const casesEach = Number(process.env["FUZZ_CASES"] ?? 25);
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 1_000_000);

const installation = await smallInstallation();
const { runtime, acme, record, book } = installation;
const handle = restHandler(runtime);
const server = createServer((request, response) => {
  void handle(request, response).then((answered) => {
    if (!answered) response.writeHead(421).end("not ours");
  });
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const told = await fetch(`${origin}/api/v1/openapi.json`);
const document = (await told.json()) as OpenApiDocument;
const shared = document.components.schemas;

const openapi = suite("openapi");
openapi.after(async () => {
  server.closeAllConnections();
  server.close();
  await installation.close();
});

openapi(
  "every route is described, under a name of its own, and each reference leads somewhere",
  () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.slice(1)}`),
    );
    for (const { method, path } of routes)
      assert.ok(described.includes(`${method} ${path}`), `${method} ${path}`);
    const names = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    assert.is(new Set(names).size, names.length);
    for (const [, name = ""] of JSON.stringify(document).matchAll(
      /"#\/components\/schemas\/(\w+)"/g,
    ))
      assert.ok(shared[name], name);
    assert.not.match(JSON.stringify(document), "$defs");
    const topics = new Set(document.tags.map(({ name }) => name));
    for (const methods of Object.values(document.paths))
      for (const { tags, summary } of Object.values(methods)) {
        assert.ok(topics.has(tags[0]));
        assert.ok(summary.length > 0 && !summary.endsWith("."), summary);
      }
  },
);

for (const [path, type] of [
  ["openapi.json", "application/json; charset=utf-8"],
  ["docs", "text/html; charset=utf-8"],
] as const)
  openapi(`${path} is open, may be kept, and is not sent again to who has it`, async () => {
    const first = await fetch(`${origin}/api/v1/${path}`);
    assert.is(first.status, 200);
    assert.is(first.headers.get("content-type"), type);
    assert.match(first.headers.get("cache-control") ?? "", /^public, max-age=\d+$/);
    const etag = first.headers.get("etag") ?? "";
    assert.match(etag, /^"[\w-]{22}"$/);
    const again = await fetch(`${origin}/api/v1/${path}`, {
      headers: { "if-none-match": `"other", ${etag}` },
    });
    assert.is(again.status, 304);
    assert.is(await again.text(), "");
    const changed = await fetch(`${origin}/api/v1/${path}`, {
      headers: { "if-none-match": '"other"' },
    });
    assert.is(changed.status, 200);
  });

openapi(
  "the page asks for nothing else: no script, no address but its own, and a policy that says so",
  async () => {
    const response = await fetch(`${origin}/api/v1/docs`);
    const html = await response.text();
    const policy = response.headers.get("content-security-policy") ?? "";
    assert.match(policy, /^default-src 'none'; style-src 'sha256-[\w+/=]+';/);
    assert.not.match(html, /<script|\son\w+=|\sstyle=|javascript:|@import|url\(/i);
    const addresses = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, address]) => address);
    const ids = new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));
    for (const address of addresses)
      assert.ok(
        address === "openapi.json" || (address?.startsWith("#") && ids.has(address.slice(1))),
        address,
      );
    for (const path of Object.keys(document.paths))
      assert.match(html.replaceAll(/<\/?var>/g, ""), `<code>${path}</code>`);
    assert.equal(unbalanced(html), []);
  },
);

/** Elements that are opened and not closed, or closed and not opened. */
function unbalanced(html: string): string[] {
  const empty = new Set(["meta", "!doctype", "br", "link"]);
  const may = new Set(["li", "dt", "dd"]); // closed by what follows
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, end, name = ""] of html.matchAll(/<(\/?)([!a-z][a-z0-9]*)\b[^>]*>/gi)) {
    if (empty.has(name.toLowerCase())) continue;
    if (end === "") open.push(name);
    else {
      while (open.at(-1) !== name && may.has(open.at(-1) ?? "")) open.pop();
      if (open.pop() !== name) wrong.push(`</${name}>`);
    }
  }
  return [...wrong, ...open];
}

// Something of everything, so that the answers are not empty.
const generation = record(acme, { at: new Date(Date.now() - 2 * 86_400_000) });
await book(generation, record(acme));
const [endpoint] = await runtime.db.select().from(endpoints).limit(1);
await runtime.db.insert(members).values({
  id: mintId("member"),
  organizationId: acme.id,
  email: "ada@acme.example",
  name: "Ada Lovelace",
  role: "viewer",
});
await putModel(runtime.db, {
  id: "acme/vectors",
  name: "Vectors",
  contextLength: 32_000,
  maxOutputTokens: null,
  inputModalities: ["text"],
  outputModalities: ["embeddings"],
  supportedParameters: [],
});
const { id: vectors } = await putEndpoint(runtime.db, {
  modelId: "acme/vectors",
  providerId: installation.providerId,
  upstreamModel: "vectors",
});
await publishPrice(runtime.db, {
  endpointId: vectors,
  side: "charge",
  lines: parsePriceList({ input: "0.06", output: "0" }, "charge", "charge"),
  effectiveAt: new Date(Date.now() - 1_000),
  publishedBy: "test",
});
if (endpoint)
  await putEndpoint(runtime.db, {
    modelId: endpoint.modelId,
    providerId: endpoint.providerId,
    upstreamModel: endpoint.upstreamModel,
    dataPolicy: { training: false, retentionDays: 0 },
  });
const manage = { authorization: `Bearer ${acme.management.key}` };
const infer = { authorization: `Bearer ${acme.inference.key}` };

async function ask(
  method: string,
  path: string,
  { body, headers = manage }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${origin}/api/v1${path}`, {
    method,
    headers: { ...headers, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: response.headers.get("content-type")?.startsWith("application/json")
      ? (JSON.parse(text) as unknown)
      : text,
  };
}

await ask("POST", "/byok", { body: { provider: "mill", key: "sk-of-acme-1234567890" } });
const names: Record<string, string> = {
  author: "acme",
  slug: "big-1",
  id: "acme%2Fbig-1",
  hash: String(readFirst(await ask("GET", "/keys"), "hash")),
  workspace: String(readFirst(await ask("GET", "/workspaces"), "slug")),
  interval: "monthly",
};
const credentialId = String(readFirst(await ask("GET", "/byok"), "id"));
await ask("PUT", `/workspaces/${names["workspace"]}/budgets/monthly`, { body: { limit_usd: 5 } });

function readFirst({ body }: { body: unknown }, name: string): unknown {
  const { data } = body as { data: Record<string, unknown>[] };
  assert.ok(data[0], JSON.stringify(body));
  return data[0][name];
}

const filled = (path: string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
    path.startsWith("/byok") && name === "id" ? credentialId : (names[name] ?? "x"),
  );

const answerOf = ({ responses }: Operation, status: number): Schema | null => {
  const content = responses[status]?.content ?? {};
  return Object.values(content)[0]?.schema ?? null;
};

const reads = Object.entries(document.paths).flatMap(([path, { get }]) =>
  get && !["/generation/content", "/docs", "/openapi.json"].includes(path) ? [{ path, get }] : [],
);
for (const { path, get } of reads)
  openapi(
    `GET ${path} answers what the document says, and no member that it does not`,
    async () => {
      const query = path === "/generation" ? `?id=${generation.id}` : "";
      const { status, body } = await ask("GET", filled(path) + query);
      assert.is(status, 200, JSON.stringify(body));
      const schema = answerOf(get, 200);
      assert.ok(schema);
      const strict = Object.fromEntries(
        Object.entries(shared).map(([name, one]) => [name, closed(one)]),
      );
      assert.equal(misfits(body, closed(schema), strict), []);
      if (path !== "/key" && path !== "/models/count") {
        const { data } = body as { data?: unknown };
        assert.ok(!Array.isArray(data) || data.length > 0, "there is nothing to look at");
      }
    },
  );

// Of bodies, those that fit and those that fit but for one member; of queries and names too.
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([, operation]) => operation.tags[0] !== "Inference")
    .map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
const odd = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("", "0", "-1", "null", "..", "%", "\u0000", "a/b", "🌍", "x".repeat(300)),
);

console.log(`${casesEach} cases for each operation, seed ${seed}`);
for (const { path, method, operation } of operations)
  openapi(`${method} ${path}: whatever is asked is answered as the document says`, async () => {
    const { parameters = [], requestBody } = operation;
    const schema = requestBody?.content["application/json"]?.schema;
    const inQuery = parameters.filter((parameter) => parameter.in === "query");
    const cases = fc.record({
      names: fc.oneof(
        { weight: 3, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.array(odd, { minLength: 3, maxLength: 3 }) },
      ),
      query: fc.record(
        Object.fromEntries(
          inQuery.map(({ name, schema: of }) => [
            name,
            fc.oneof({ weight: 3, arbitrary: valuesOf(of, shared) }, { weight: 1, arbitrary: odd }),
          ]),
        ),
        { requiredKeys: [] },
      ),
      body: schema
        ? fc.oneof(
            { weight: 3, arbitrary: valuesOf(schema, shared) },
            { weight: 1, arbitrary: fc.jsonValue() },
          )
        : fc.constant(undefined),
      headers: fc.constantFrom(manage, manage, manage, infer, {}),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ names: other, query, body, headers }) => {
        let at = 0;
        const asked = other
          ? path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(other[at++] ?? "x") || "x")
          : filled(path);
        // A path of dots is another path, and it is not this operation that answers.
        if (asked.split("/").some((word) => word === "." || word === "..")) return;
        // The one credential and the key are kept, so that others have something to find.
        if (method === "DELETE" && !other) return;
        const search = new URLSearchParams(
          Object.entries(query).map(([name, value]) => [name, String(value)]),
        );
        const got = await ask(method, `${asked}?${search}`, { body, headers });
        const text = `${got.status} ${JSON.stringify(got.body).slice(0, 500)}`;
        assert.ok(got.status < 500, text);
        const described = answerOf(operation, got.status);
        assert.ok(described, `a status that is not described: ${text}`);
        assert.equal(misfits(got.body, described, shared), [], text);
      }),
      { numRuns: casesEach, seed, endOnFailure: true },
    );
  });

openapi.run();
