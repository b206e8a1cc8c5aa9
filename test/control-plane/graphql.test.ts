import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
  type IntrospectionQuery,
} from "graphql";
import { sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openDatabase } from "#schema/database.ts";
import { picodollars } from "#schema/money/amount.ts";
import { refundGeneration } from "#control/credits/refund-generation.ts";
import { graphqlHandler } from "#control/graphql/graphql-handler.ts";
import { schemaText } from "#control/graphql/schema.ts";
import { readPath } from "#test/read-path.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { runtime, acme, globex, operatorKey, record, book } = installation;
type Handle = ReturnType<typeof graphqlHandler>;

async function serve(handle: Handle): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => void handle(request, response)).listen(
    0,
    "127.0.0.1",
  );
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/graphql`, close };
}

const server = await serve(graphqlHandler(runtime));
const { url } = server;
const graphql = suite("graphql");
const at = new Date("2026-11-09T10:05:00Z");
const mine = record(acme, {
  at,
  app: "chat",
  attempts: [
    {
      endpoint: "ep_1",
      provider: "mill",
      model: "acme/big-1",
      status: 500,
      failure: "upstream answered 500",
      durationMs: 10,
    },
    {
      endpoint: "ep_2",
      provider: "mill",
      model: "acme/big-1",
      status: 200,
      failure: null,
      durationMs: 800,
    },
  ],
});
const older = record(acme, {
  at: new Date("2026-11-09T09:00:00Z"),
  outcome: "hung-up",
  cancelled: true,
});
const theirs = record(globex, { at });
await book(mine, older, theirs);

type Answer = {
  status: number;
  data: Record<string, unknown> | null;
  errors: { message: string; extensions: Record<string, unknown> }[];
  text: string;
};

async function send(
  body: string,
  headers: Record<string, string> = {},
  method = "POST",
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${acme.management.key}`,
      ...headers,
    },
    ...(method === "POST" ? { body } : {}),
  });
  const text = await response.text();
  const { data = null, errors = [] } = JSON.parse(text) as Partial<Answer>;
  return { status: response.status, data, errors, text };
}

const ask = (
  query: string,
  { key = acme.management.key, variables = {} }: { key?: string; variables?: object } = {},
) => send(JSON.stringify({ query, variables }), { authorization: `Bearer ${key}` });
const codes = (answer: Answer) => answer.errors.map((error) => error.extensions["code"]).join(" ");
const range = 'from: "2026-11-09", to: "2026-11-10"';

graphql("spend is answered as exact decimal text", async () => {
  const { status, data, errors } =
    await ask(`{ spend(${range}, groupBy: [MODEL, TIME], interval: HOUR) {
    from to total requests promptTokens completionTokens charge cost groups
    rows { model time key { id } app provider charge cost requests } } }`);
  assert.equal(errors, []);
  assert.is(status, 200);
  assert.equal(data?.["spend"], {
    from: "2026-11-09T00:00:00.000Z",
    to: "2026-11-10T00:00:00.000Z",
    total: "0.000344000002",
    charge: "0.000344000002",
    cost: null,
    requests: 2,
    promptTokens: 240,
    completionTokens: 70,
    groups: 2,
    rows: ["2026-11-09T09:00:00.000Z", "2026-11-09T10:00:00.000Z"].map((time) => ({
      model: "acme/big-1",
      time,
      key: null,
      app: null,
      provider: null,
      charge: "0.000172000001",
      cost: null,
      requests: 1,
    })),
  });
});

graphql("an operator asks about any organization, and sees the cost", async () => {
  const { data, errors } = await ask(
    `{ spend(${range}, organization: "globex") { charge cost } }`,
    { key: operatorKey },
  );
  assert.equal(errors, []);
  assert.equal(data?.["spend"], { charge: "0.000172000001", cost: "0.00009" });
  assert.is(
    codes(
      await ask(`{ spend(${range}, organization: "nobody") { charge } }`, { key: operatorKey }),
    ),
    "NOT_FOUND",
  );
});

graphql("another organization is refused alike whether it exists or not", async () => {
  const [there, absent, own] = await Promise.all(
    ["globex", "nobody", "acme"].map((slug) =>
      ask(`{ spend(${range}, organization: "${slug}") { charge } }`),
    ),
  );
  assert.is(there?.status, 403);
  assert.is(there?.text, absent?.text);
  assert.equal(own?.errors, []);
});

graphql("generations page by cursor, newest first, with everything about them", async () => {
  const query = `query ($first: Int!, $after: String, $filter: GenerationFilter) {
    generations(first: $first, after: $after, filter: $filter) {
      pageInfo { hasNextPage hasPreviousPage endCursor }
      edges { cursor node { id model provider key { id name } app charge cost outcome finishReason promptTokens
        meters { input cacheRead output reasoning } timings { admittedAt firstTokenMs durationMs }
        attempts { provider status failure durationMs } } } } }`;
  const one = await ask(query, { variables: { first: 1 } });
  assert.equal(one.errors, []);
  const pageInfo = readPath(one.data, "generations.pageInfo");
  assert.equal(pageInfo, { hasNextPage: true, hasPreviousPage: false, endCursor: mine.id });
  assert.equal(readPath(one.data, "generations.edges.0.node"), {
    id: mine.id,
    model: "acme/big-1",
    provider: "mill",
    key: { id: acme.inference.id, name: "app" },
    app: "chat",
    charge: "0.000172000001",
    cost: null,
    outcome: "COMPLETE",
    finishReason: "stop",
    promptTokens: 120,
    meters: { input: 100, cacheRead: 20, output: 30, reasoning: 5 },
    timings: { admittedAt: at.toISOString(), firstTokenMs: 120, durationMs: 900 },
    attempts: [
      { provider: "mill", status: 500, failure: "upstream answered 500", durationMs: 10 },
      { provider: "mill", status: 200, failure: null, durationMs: 800 },
    ],
  });
  const two = await ask(query, { variables: { first: 1, after: readPath(pageInfo, "endCursor") } });
  assert.is(readPath(two.data, "generations.edges.0.node.id"), older.id);
  assert.is(readPath(two.data, "generations.pageInfo.hasNextPage"), false);
  const filtered = await ask(query, {
    variables: { first: 5, filter: { outcome: "HUNG_UP", key: acme.inference.id, app: "" } },
  });
  assert.is(readPath(filtered.data, "generations.edges.length"), 1);
});

graphql(
  "one generation is found by its id; another organization's and an unknown one are not, alike",
  async () => {
    const found = await ask(`{ generation(id: "${mine.id}") { id charge } }`);
    assert.equal(found.data, { generation: { id: mine.id, charge: "0.000172000001" } });
    for (const id of [theirs.id, record(acme).id]) {
      const missing = await ask(`{ generation(id: "${id}") { id } }`);
      assert.equal(missing.data, { generation: null });
      assert.is(codes(missing), "NOT_FOUND");
      assert.is(missing.status, 200);
    }
  },
);

graphql("what was given back of a generation is told beside its charge, which stays", async () => {
  const query = `{ generation(id: "${theirs.id}", organization: "globex") { charge refunded } }`;
  const before = await ask(query, { key: operatorKey });
  assert.equal(before.data, { generation: { charge: "0.000172000001", refunded: "0" } });
  await runtime.db.transaction((tx) =>
    refundGeneration(tx, {
      generation: theirs.id,
      amount: picodollars(72_000_001n),
      actor: "test",
      reason: "slow",
    }),
  );
  const after = await ask(query, { key: operatorKey });
  assert.equal(after.data, {
    generation: { charge: "0.000172000001", refunded: "0.000072000001" },
  });
});

for (const { name, headers, status, code } of [
  { name: "no key", headers: { authorization: "" }, status: 401, code: "UNAUTHENTICATED" },
  {
    name: "a made-up key",
    headers: { authorization: "Bearer sk-tp-v1-nonsense" },
    status: 401,
    code: "UNAUTHENTICATED",
  },
  {
    name: "an inference key",
    headers: { authorization: `Bearer ${acme.inference.key}` },
    status: 403,
    code: "FORBIDDEN",
  },
  {
    name: "a form",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    status: 415,
    code: "BAD_REQUEST",
  },
  {
    name: "plain text",
    headers: { "content-type": "text/plain" },
    status: 415,
    code: "BAD_REQUEST",
  },
]) {
  graphql(`${name} is refused with ${status}`, async () => {
    const answer = await send(JSON.stringify({ query: "{ __typename }" }), headers);
    assert.is(answer.status, status);
    assert.is(codes(answer), code);
  });
}

graphql("only POST is answered", async () => {
  assert.is((await send("", {}, "GET")).status, 405);
});

for (const { name, body, status, code } of [
  { name: "no JSON", body: "{", status: 400, code: "BAD_REQUEST" },
  {
    name: "a batch",
    body: JSON.stringify([{ query: "{ __typename }" }]),
    status: 400,
    code: "BAD_REQUEST",
  },
  { name: "no query", body: "{}", status: 400, code: "BAD_REQUEST" },
  {
    name: "variables that are a list",
    body: JSON.stringify({ query: "{ __typename }", variables: [1] }),
    status: 400,
    code: "BAD_REQUEST",
  },
  {
    name: "a megabyte of variables",
    body: JSON.stringify({ query: "{ __typename }", variables: { a: "x".repeat(1_000_000) } }),
    status: 413,
    code: "BAD_REQUEST",
  },
  {
    name: "a document above 16 kB",
    body: JSON.stringify({ query: `{ __typename } #${"x".repeat(17_000)}` }),
    status: 400,
    code: "BAD_REQUEST",
  },
] as const) {
  graphql(`${name} is refused before it is read as a question`, async () => {
    const answer = await send(body);
    assert.is(answer.status, status);
    assert.is(codes(answer), code);
  });
}

for (const { name, query, variables, code } of [
  { name: "a syntax error", query: "{ spend(", code: "GRAPHQL_PARSE_FAILED" },
  { name: "an unknown field", query: "{ passwords }", code: "GRAPHQL_VALIDATION_FAILED" },
  { name: "a mutation", query: "mutation { drop }", code: "GRAPHQL_VALIDATION_FAILED" },
  { name: "a subscription", query: "subscription { drop }", code: "GRAPHQL_VALIDATION_FAILED" },
  {
    name: "16 aliases",
    query: `{ ${Array.from({ length: 16 }, (_, i) => `a${i}: __typename`).join(" ")} }`,
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  {
    name: "1,400 tokens",
    query: `{ ${"__typename ".repeat(1400)} }`,
    code: "GRAPHQL_PARSE_FAILED",
  },
  {
    name: "a fragment that spreads itself",
    query: "{ generations { ...a } } fragment a on GenerationConnection { ...a }",
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  {
    name: "21 directives",
    query: `{ __typename ${"@include(if: true) ".repeat(21)} }`,
    code: "GRAPHQL_VALIDATION_FAILED",
  },
  {
    name: "fragments that double at every step",
    query: `{ generations { edges { node { ...f0 } } } } ${Array.from({ length: 30 }, (_, i) => `fragment f${i} on Generation { ${i === 29 ? "id" : `...f${i + 1} ...f${i + 1}`} }`).join(" ")}`,
    code: "QUERY_COMPLEXITY QUERY_BREADTH",
  },
  {
    name: "a page of a million",
    query: "{ generations(first: 1000000) { edges { node { id } } } }",
    code: "QUERY_COMPLEXITY",
  },
  {
    name: "a page of 101",
    query: "{ generations(first: 101) { edges { cursor } } }",
    code: "BAD_USER_INPUT",
  },
  {
    name: "a page of minus one",
    query: "{ generations(first: -1) { edges { cursor } } }",
    code: "BAD_USER_INPUT",
  },
  {
    name: "a page of none",
    query: "{ generations(first: 0) { edges { cursor } } }",
    code: "BAD_USER_INPUT",
  },
  {
    name: "a cursor that is none",
    query: `{ generations(after: "' or 1=1") { edges { cursor } } }`,
    code: "BAD_USER_INPUT",
  },
  {
    name: "a cursor with its time changed",
    query: `{ generations(after: "${mine.id.replace(/-\d+-/, "-1-")}") { edges { cursor } } }`,
    code: "BAD_USER_INPUT",
  },
  {
    name: "an id of another kind",
    query: `{ generation(id: "${acme.inference.id}") { id } }`,
    code: "BAD_USER_INPUT",
  },
  {
    name: "a filter by a secret",
    query: `{ generations(filter: {key: "${acme.inference.key}"}) { edges { cursor } } }`,
    code: "BAD_USER_INPUT",
  },
  {
    name: "a filter of 10 kB",
    query: `{ generations(filter: {app: "${"x".repeat(10_000)}"}) { edges { cursor } } }`,
    code: "BAD_USER_INPUT",
  },
  {
    name: "a filter with a NUL",
    query: `{ generations(filter: {app: "\\u0000"}) { edges { cursor } } }`,
    code: "BAD_USER_INPUT",
  },
  {
    name: "a range of a hundred years",
    query: `{ spend(from: "1950-01-01", to: "2050-01-01") { charge } }`,
    code: "BAD_USER_INPUT",
  },
  {
    name: "an end before the start",
    query: `{ spend(from: "2026-02-01", to: "2026-01-01") { charge } }`,
    code: "BAD_USER_INPUT",
  },
  {
    name: "a time without a zone",
    query: `{ spend(from: "2026-01-01T00:00:00", to: "2026-01-02") { charge } }`,
    code: "BAD_USER_INPUT",
  },
  {
    name: "three dimensions",
    query: `{ spend(${range}, groupBy: [MODEL, KEY, APP]) { charge } }`,
    code: "BAD_USER_INPUT",
  },
  {
    name: "one dimension twice",
    query: `{ spend(${range}, groupBy: [KEY, KEY]) { charge } }`,
    code: "BAD_USER_INPUT",
  },
  {
    name: "a variable that is missing",
    query: "query ($id: ID!) { generation(id: $id) { id } }",
    code: "BAD_USER_INPUT",
  },
  {
    name: "a variable of the wrong type",
    query: "query ($first: Int!) { generations(first: $first) { edges { cursor } } }",
    variables: { first: "x" },
    code: "BAD_USER_INPUT",
  },
] as { name: string; query: string; variables?: object; code: string }[]) {
  graphql(`${name} is refused with 400 and a code`, async () => {
    const answer = await ask(query, variables ? { variables } : {});
    assert.is(codes(answer), code, answer.text);
    assert.is(answer.status, 400);
  });
}

graphql("a tool that introspects gets the whole schema", async () => {
  const { data, errors } = await ask(getIntrospectionQuery());
  assert.equal(errors, []);
  assert.ok(buildClientSchema(data as unknown as IntrospectionQuery).getType("SpendReport"));
});

graphql("the widest page that a dashboard asks for is within the limits", async () => {
  const { errors } =
    await ask(`{ generations(first: 100) { pageInfo { hasNextPage endCursor } edges { node {
    id model provider key { id name } app charge outcome finishReason promptTokens completionTokens
    meters { input cacheRead output reasoning } timings { admittedAt firstTokenMs durationMs } attempts { provider status failure } } } }
  }`);
  assert.equal(errors, []);
  const spend = await ask(
    `{ spend(from: "2025-11-01", to: "2026-11-30", groupBy: [TIME], first: 400) { total rows { time charge requests promptTokens completionTokens } } }`,
  );
  assert.equal(spend.errors, []);
});

graphql("a failure of ours is masked, and a database that is away is 503 and not 401", async () => {
  const gone = openDatabase("postgres://nobody@127.0.0.1:9/none", {
    connectionsMax: 1,
    name: "test",
  });
  for (const away of [{ analytics: gone.db }, { db: gone.db, analytics: gone.db }]) {
    const probe = await serve(graphqlHandler({ ...runtime, ...away }));
    const response = await fetch(probe.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${acme.management.key}`,
      },
      body: JSON.stringify({ query: `{ spend(${range}) { charge } }` }),
    });
    const text = await response.text();
    assert.is(response.status, 503, text);
    assert.match(text, "UNAVAILABLE");
    assert.not.match(text, /ECONNREFUSED|select|127\.0\.0\.1/i);
    probe.close();
  }
  await gone.close();
});

graphql("a question that takes too long is ended, and told how to ask for less", async () => {
  const hasty = openDatabase(installation.databaseUrl, {
    connectionsMax: 1,
    name: "test",
    statementTimeoutMs: 100,
  });
  const impatient = await serve(graphqlHandler({ ...runtime, analytics: hasty.db }));
  await runtime.db.transaction(async (tx) => {
    await tx.execute(sql`lock table usage_hours in access exclusive mode`);
    const response = await fetch(impatient.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${acme.management.key}`,
      },
      body: JSON.stringify({ query: `{ spend(${range}) { charge } }` }),
    });
    const body: unknown = await response.json();
    assert.is(response.status, 504);
    assert.is(readPath(body, "errors.0.extensions.code"), "TIMEOUT");
    assert.match(String(readPath(body, "errors.0.message")), "shorter time range");
  });
  impatient.close();
  await hasty.close();
});

graphql("no other site may read an answer", async () => {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      origin: "https://evil.example",
      authorization: `Bearer ${acme.management.key}`,
    },
    body: JSON.stringify({ query: "{ __typename }" }),
  });
  assert.is(response.headers.get("access-control-allow-origin"), null);
  assert.is(response.headers.get("cache-control"), "no-store");
  await response.text();
});

graphql(
  "schema.graphql is what is served; if not, run node control-plane/graphql/print-schema.ts",
  async () => {
    const file = new URL("../../control-plane/graphql/schema.graphql", import.meta.url);
    // Read and printed again, because how it is laid out is the formatter's.
    const written = buildSchema(await readFile(file, "utf8"));
    assert.is(`${printSchema(lexicographicSortSchema(written))}\n`, schemaText());
  },
);

graphql.after(async () => {
  server.close();
  await installation.close();
});
graphql.run();
