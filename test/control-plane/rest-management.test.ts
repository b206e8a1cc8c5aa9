// What OpenRouter's own SDK does with a management key: keys, workspaces and budgets, own credentials, activity, analytics.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { OpenRouter } from "@openrouter/sdk";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { actorOf } from "#control/actor.ts";
import { mintKey } from "#control/keys/mint-key.ts";
import { restHandler } from "#control/rest/rest-handler.ts";
import { metrics, dimensions } from "#control/usage/usage-words.ts";
import { readPath } from "#test/read-path.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { runtime, acme, globex, record, book } = installation;
const handle = restHandler(runtime);
const server = createServer((request, response) => {
  void handle(request, response).then((answered) => {
    if (!answered) response.writeHead(421).end("not ours");
  });
}).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const rest = suite("rest for management keys");

const sdkFor = (apiKey: string) =>
  new OpenRouter({
    apiKey,
    serverURL: `${origin}/api/v1`,
    retryConfig: { strategy: "none" },
    timeoutMs: 10_000,
  });
const manager = sdkFor(acme.management.key);

async function send(method: string, path: string, body?: unknown, key = acme.management.key) {
  const response = await fetch(`${origin}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as unknown };
}
const messageOf = (body: unknown): string => String(readPath(body, "error.message"));

rest(
  "a key's life through the SDK: made once with its secret, listed, limited, disabled, deleted",
  async () => {
    const made = await manager.apiKeys.create({
      requestBody: {
        name: "app",
        limit: 5.25,
        limitReset: "daily",
        expiresAt: new Date(Date.now() + 86_400_000),
      },
    });
    assert.match(made.key, /^sk-/);
    assert.equal(
      [made.data.name, made.data.limit, made.data.limitRemaining, made.data.limitReset],
      ["app", 5.25, 5.25, "daily"],
    );
    assert.is((await actorOf(runtime.db, `Bearer ${made.key}`)).keyKind, "inference");
    const { hash } = made.data;
    assert.is((await manager.apiKeys.get({ hash })).data.name, "app");
    assert.ok((await manager.apiKeys.list()).data.some((key) => key.hash === hash));
    const changed = await manager.apiKeys.update({
      hash,
      requestBody: { name: "renamed", limit: null, disabled: true },
    });
    assert.equal(
      [changed.data.name, changed.data.limit, changed.data.limitReset, changed.data.disabled],
      ["renamed", null, null, true],
    );
    assert.not.ok(
      (await manager.apiKeys.list()).data.some((key) => key.hash === hash),
      "disabled ones are left out",
    );
    assert.ok(
      (await manager.apiKeys.list({ includeDisabled: true })).data.some((key) => key.hash === hash),
    );
    assert.is((await manager.apiKeys.delete({ hash })).deleted, true);
    assert.is((await send("GET", `keys/${hash}`)).status, 404);
    const refused = await actorOf(runtime.db, `Bearer ${made.key}`).then(
      () => "it is let in",
      (error: Error) => error.message,
    );
    assert.match(refused, /revoked|disabled/);
  },
);
rest(
  "money is exact: a limit of a tenth of a cent, a millionth, and more digits than a number has",
  async () => {
    for (const [limit, shown] of [
      [0.001, 0.001],
      [0.000_000_5, 0.000_000_5],
      ["0.123456789012", 0.123_456_789_012],
    ] as const) {
      const { status, body } = await send("POST", "keys", { name: "small", limit });
      assert.is(status, 201, messageOf(body));
      assert.is(readPath(body, "data.limit"), shown);
      await send("DELETE", `keys/${String(readPath(body, "data.hash"))}`);
    }
  },
);
for (const { name, method = "POST", path, body, status = 400, says } of [
  { name: "a key without a name", path: "keys", body: {}, says: "name" },
  {
    name: "a limit below nothing",
    path: "keys",
    body: { name: "a", limit: -1 },
    says: "limit: expected an amount that is not negative",
  },
  {
    name: "a limit that is a word",
    path: "keys",
    body: { name: "a", limit: true },
    says: "limit: expected an amount in USD",
  },
  {
    name: "a reset without a limit",
    path: "keys",
    body: { name: "a", limit_reset: "daily" },
    says: "no limit to reset",
  },
  {
    name: "another reset",
    path: "keys",
    body: { name: "a", limit: 1, limit_reset: "hourly" },
    says: "limit_reset: expected daily",
  },
  {
    name: "an expiry in the past",
    path: "keys",
    body: { name: "a", expires_at: "2020-01-01T00:00:00Z" },
    says: "expires_at: expected an instant in the future",
  },
  {
    name: "a field that nobody knows",
    path: "keys",
    body: { name: "a", colour: "red" },
    says: "colour",
  },
  {
    name: "a workspace that is not there",
    path: "keys",
    body: { name: "a", workspace_id: "nowhere" },
    status: 404,
    says: "no workspace",
  },
  {
    name: "own credentials under a limit",
    path: "keys",
    body: { name: "a", include_byok_in_limit: true },
    says: "only false is possible",
  },
  { name: "no JSON", path: "keys", body: "{", says: "not valid JSON" },
  { name: "nothing", path: "keys", body: "", says: "empty" },
  { name: "a list", path: "keys", body: [], says: "expected object" },
  {
    name: "a megabyte",
    path: "keys",
    body: { name: "a".repeat(1_000_001) },
    status: 413,
    says: "1 MB",
  },
  {
    name: "a method that is not answered",
    method: "PUT",
    path: "keys",
    body: {},
    status: 405,
    says: "send GET or POST",
  },
  {
    name: "a key of another organization",
    method: "PATCH",
    path: "keys/ffff",
    body: { name: "x" },
    status: 404,
    says: "no key",
  },
  {
    name: "a slug of capitals",
    path: "workspaces",
    body: { name: "A", slug: "Production" },
    says: "slug: expected lower-case",
  },
  {
    name: "another slug for default",
    method: "PATCH",
    path: "workspaces/default",
    body: { slug: "other" },
    says: "keeps its slug",
  },
  {
    name: "the end of default",
    method: "DELETE",
    path: "workspaces/default",
    body: undefined,
    says: "cannot be deleted",
  },
  {
    name: "a budget by the hour",
    method: "PUT",
    path: "workspaces/default/budgets/hourly",
    body: { limit_usd: 1 },
    says: "one of lifetime",
  },
  {
    name: "a credential for a provider that nobody knows",
    path: "byok",
    body: { provider: "nobody", key: "sk" },
    status: 404,
    says: "nobody",
  },
  {
    name: "a credential for some models",
    path: "byok",
    body: { provider: "mill", key: "sk", allowed_models: ["a/b"] },
    says: "for all models",
  },
  {
    name: "a metric that nobody knows",
    path: "analytics/query",
    body: { metrics: ["joy"] },
    says: "expected a metric, one of request_count",
  },
  {
    name: "three dimensions",
    path: "analytics/query",
    body: { metrics: ["request_count"], dimensions: ["model", "app", "provider"] },
    says: "at most 2 dimensions",
  },
  {
    name: "latency over a year",
    path: "analytics/query",
    body: {
      metrics: ["p99_latency"],
      time_range: { start: "2025-12-01T00:00:00Z", end: "2026-11-01T00:00:00Z" },
    },
    says: "p99_latency is known for at most 31 days",
  },
  {
    name: "an order by what is not asked for",
    path: "analytics/query",
    body: { metrics: ["request_count"], order_by: { field: "total_usage" } },
    says: "expected something that is asked for: request_count",
  },
]) {
  rest(`${name} is refused, with the field and what was expected`, async () => {
    const answer = await send(method, path, body);
    assert.is(answer.status, status, messageOf(answer.body));
    assert.match(messageOf(answer.body), says);
    assert.is(readPath(answer.body, "error.code"), status);
  });
}
rest(
  "only a management key of the role admin or above may change things; any management key may ask",
  async () => {
    const inference = await send("POST", "keys", { name: "a" }, acme.inference.key);
    assert.equal(
      [inference.status, messageOf(inference.body)],
      [403, "Only management keys can perform this operation"],
    );
    const viewer = await mintKey(runtime.db, {
      organizationId: acme.id,
      kind: "management",
      role: "viewer",
      name: "viewer",
      limit: null,
      limitReset: null,
      expiresAt: null,
    });
    const refused = await send("POST", "keys", { name: "a" }, viewer.key);
    assert.is(refused.status, 403);
    assert.match(messageOf(refused.body), "role is viewer");
    assert.is((await send("GET", "keys", undefined, viewer.key)).status, 200);
    assert.is(
      (await send("POST", "analytics/query", { metrics: ["request_count"] }, viewer.key)).status,
      200,
    );
  },
);
rest(
  "management keys are not there for this door, and neither is another organization's key",
  async () => {
    const { data } = await manager.apiKeys.list({ includeDisabled: true });
    const { body } = await send("GET", "keys", undefined, globex.management.key);
    const others = (readPath(body, "data") as { hash: string }[]).map(({ hash }) => hash);
    assert.not.ok(data.some(({ hash }) => others.includes(hash)));
    for (const hash of others) assert.is((await send("DELETE", `keys/${hash}`)).status, 404);
  },
);
rest("workspaces and their budgets through the SDK, and a workspace with keys stays", async () => {
  const made = await manager.workspaces.create({
    createWorkspaceRequest: { name: "Production", slug: "production" },
  });
  const { id } = made.data;
  assert.is((await manager.workspaces.get({ id })).data.slug, "production");
  assert.is(
    (await manager.workspaces.update({ id, updateWorkspaceRequest: { name: "Prod" } })).data.name,
    "Prod",
  );
  const { status, body } = await send("PUT", "workspaces/production/budgets/monthly", {
    limit_usd: 100,
  });
  assert.equal(
    [status, readPath(body, "data.limit_usd"), readPath(body, "data.reset_interval")],
    [200, 100, "monthly"],
  );
  const tooMuch = await send("PUT", "workspaces/production/budgets/daily", { limit_usd: 200 });
  assert.is(tooMuch.status, 400, "a day may not have more than its month");
  const budgets = await manager.workspaces.listBudgets({ workspaceRef: "production" });
  assert.equal(
    budgets.data.map(({ limitUsd }) => limitUsd),
    [100],
  );
  assert.is((await send("DELETE", "workspaces/production/budgets/monthly")).status, 200);
  assert.is((await send("GET", "workspaces/production/budgets/monthly")).status, 404);
  const key = await manager.apiKeys.create({
    requestBody: { name: "in production", workspaceId: "production" },
  });
  assert.is(key.data.workspaceId, id);
  const kept = await send("DELETE", "workspaces/production");
  assert.is(kept.status, 409);
  assert.match(messageOf(kept.body), "1 key(s) belong");
  const empty = await send("POST", "workspaces", { name: "Empty", slug: "empty" });
  await send("PUT", "workspaces/empty/budgets/daily", { limit_usd: 1 });
  assert.is(empty.status, 201);
  assert.is((await send("DELETE", "workspaces/empty")).status, 200);
  assert.is((await send("GET", "workspaces/empty")).status, 404);
  const { result } = await firstPage(manager.workspaces.list({}));
  assert.equal(
    result.data.map(({ slug }) => slug),
    ["default", "production"],
  );
});
rest("an own credential is sealed, shown by its label, replaced and removed", async () => {
  const made = await manager.byok.create({
    createBYOKKeyRequest: { provider: "mill" as never, key: "sk-of-acme-itself-123456" },
  });
  assert.not.match(JSON.stringify(made), "sk-of-acme-itself-123456");
  const { id } = made.data;
  assert.is((await send("POST", "byok", { provider: "mill", key: "sk-again" })).status, 409);
  assert.is((await manager.byok.get({ id })).data.id, id);
  const { label } = (
    await manager.byok.update({ id, updateBYOKKeyRequest: { key: "sk-another-one-of-acme-999" } })
  ).data;
  assert.is.not(label, made.data.label);
  const { result } = await firstPage(manager.byok.list({}));
  assert.equal(
    result.data.map((one) => one.id),
    [id],
  );
  assert.is((await manager.byok.delete({ id })).deleted, true);
  assert.is((await send("GET", `byok/${id}`)).status, 404);
});

const dayMs = 86_400_000;
const yesterday = new Date(Math.floor(Date.now() / dayMs) * dayMs - dayMs / 2);
await book(
  record(acme, { at: yesterday, charge: "3000000000000" }),
  record(acme, { at: yesterday, charge: "1000000000000", model: "acme/small-1" }),
  record(acme, { at: new Date(yesterday.getTime() - dayMs), charge: "500000000000" }),
  record(acme, { charge: "70000000000" }), // today is not complete
  record(globex, { at: yesterday, charge: "9000000000000" }),
);

rest(
  "activity is by completed UTC day and model, the dearest first, exact, and nobody else's",
  async () => {
    const { data } = await manager.analytics.getUserActivity();
    const day = yesterday.toISOString().slice(0, 10);
    assert.equal(
      data.map(({ date, model, usage, requests }) => [date, model, usage, requests]),
      [
        [day, "acme/big-1", 3, 1],
        [day, "acme/small-1", 1, 1],
        [new Date(yesterday.getTime() - dayMs).toISOString().slice(0, 10), "acme/big-1", 0.5, 1],
      ],
    );
    const one = await manager.analytics.getUserActivity({ date: day });
    assert.is(one.data.length, 2);
    const today = await send("GET", `activity?date=${new Date().toISOString().slice(0, 10)}`);
    assert.is(today.status, 400);
    assert.match(messageOf(today.body), "completed UTC days");
  },
);
rest(
  "analytics: what can be asked is told, and each metric and each dimension of it can be",
  async () => {
    const meta = await manager.analytics.getAnalyticsMeta();
    assert.equal(
      meta.data.metrics.map(({ name }) => name),
      metrics.map(({ name }) => name),
    );
    for (const metric of metrics) {
      for (const dimension of dimensions) {
        const answer = await send("POST", "analytics/query", {
          metrics: [metric.name],
          dimensions: [dimension.name],
          granularity: "day",
          order_by: { field: metric.name, direction: "asc" },
        });
        assert.is(
          answer.status,
          200,
          `${metric.name} by ${dimension.name}: ${messageOf(answer.body)}`,
        );
        assert.is(
          readPath(answer.body, "data.metadata.row_count"),
          (readPath(answer.body, "data.data") as unknown[]).length,
        );
      }
    }
  },
);
rest(
  "analytics: roll-up and single generations agree, counts are text and money is a number",
  async () => {
    const ask = {
      metrics: ["request_count", "total_usage", "tokens_total"],
      dimensions: ["model"],
    };
    const rolled = await send("POST", "analytics/query", { ...ask, granularity: "day" });
    const single = await send("POST", "analytics/query", {
      ...ask,
      metrics: [...ask.metrics, "p50_latency"],
      granularity: "day",
    });
    const plain = (body: unknown) =>
      (readPath(body, "data.data") as Record<string, unknown>[]).map((row) =>
        Object.fromEntries(Object.entries(row).filter(([name]) => name !== "p50_latency")),
      );
    assert.equal(plain(rolled.body), plain(single.body));
    const [first] = plain(rolled.body);
    assert.type(first?.["request_count"], "string");
    assert.type(first?.["total_usage"], "number");
    assert.match(String(first?.["date__day"]), /^\d{4}-\d\d-\d\dT00:00:00Z$/);
    const { data } = await manager.analytics.queryAnalytics({
      requestBody: { metrics: ["request_count"] },
    });
    assert.is(data.data.length, 1);
  },
);
rest("analytics: filters, order, and the groups with the most", async () => {
  const query = async (more: object) =>
    readPath(
      (
        await send("POST", "analytics/query", {
          metrics: ["total_usage"],
          dimensions: ["model"],
          ...more,
        })
      ).body,
      "data.data",
    ) as { model: string; total_usage: number }[];
  assert.equal(
    (await query({})).map(({ model }) => model),
    ["acme/big-1", "acme/small-1"],
  );
  assert.equal(
    (await query({ group_limit: 1 })).map(({ model }) => model),
    ["acme/big-1"],
  );
  assert.equal(
    (await query({ order_by: { field: "total_usage", direction: "asc" } })).map(
      ({ model }) => model,
    ),
    ["acme/small-1", "acme/big-1"],
  );
  assert.equal(
    (await query({ filters: [{ field: "model", operator: "neq", value: "acme/big-1" }] })).map(
      ({ total_usage: usage }) => usage,
    ),
    [1],
  );
  assert.equal(
    await query({
      filters: [{ field: "model", operator: "in", value: ["x' or 1=1 --", "acme/none"] }],
    }),
    [],
  );
});

async function firstPage<Page>(pages: Promise<AsyncIterable<Page>>): Promise<Page> {
  for await (const page of await pages) return page;
  throw new Error("there was no page");
}

rest.after(async () => {
  server.close();
  server.closeAllConnections();
  await installation.close();
});
rest("a text with the character NUL, which cannot be stored, is a 400 that says so", async () => {
  for (const [method, path, body] of [
    ["POST", "workspaces", { name: "a\u0000b", slug: "nul" }],
    ["POST", "keys", { name: "a\u0000b" }],
    ["POST", "byok", { provider: "a\u0000b", key: "sk-1234567890" }],
    ["GET", "workspaces/%00", undefined],
    ["GET", "activity?workspace_id=%00", undefined],
  ] as const) {
    const answer = await send(method, path, body);
    assert.is(answer.status, 400, `${method} ${path}`);
    assert.match(messageOf(answer.body), "NUL");
  }
});

rest.run();
