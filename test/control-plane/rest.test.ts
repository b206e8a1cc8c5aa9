import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { OpenRouter } from "@openrouter/sdk";
import OpenAI from "openai";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openDatabase } from "#schema/database.ts";
import { mintGenerationId } from "#schema/ids.ts";
import { disableModel } from "#control/catalogue/disable-model.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import { restHandler } from "#control/rest/rest-handler.ts";
import type { Runtime } from "#control/runtime.ts";
import { readPath } from "#test/read-path.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { runtime, acme, globex, record, book } = installation;
const { server, origin } = await serve(runtime);
const rest = suite("rest");

async function serve(of: Runtime): Promise<{ server: Server; origin: string }> {
  const handle = restHandler(of);
  const listening = createServer((request, response) => {
    void handle(request, response).then((answered) => {
      if (!answered) response.writeHead(421).end("not ours");
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => listening.once("listening", resolve));
  return {
    server: listening,
    origin: `http://127.0.0.1:${(listening.address() as AddressInfo).port}`,
  };
}

const sdkFor = (apiKey: string) =>
  new OpenRouter({
    apiKey,
    serverURL: `${origin}/api/v1`,
    retryConfig: { strategy: "none" },
    timeoutMs: 10_000,
  });
const sdk = sdkFor(acme.inference.key);
const manager = sdkFor(acme.management.key);
const openai = new OpenAI({
  apiKey: acme.inference.key,
  baseURL: `${origin}/api/v1`,
  maxRetries: 0,
});

async function get(
  path: string,
  {
    key,
    method = "GET",
    headers = {},
  }: { key?: string; method?: string; headers?: Record<string, string> } = {},
) {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), ...headers },
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: (text.startsWith("{") ? JSON.parse(text) : {}) as unknown,
  };
}

const idsOf = (body: unknown) =>
  (readPath(body, "data") as { id: string }[]).map((model) => model.id);

rest("the OpenRouter SDK lists models, one model, its endpoints and providers", async () => {
  const ids: string[] = [];
  for await (const page of await sdk.models.list())
    ids.push(...page.result.data.map((model) => model.id));
  assert.equal(ids.toSorted(), ["acme/big-1", "acme/small-1"]);
  const { data: model } = await sdk.models.get({ author: "acme", slug: "big-1" });
  assert.is(model.pricing.prompt, "0.000001");
  assert.is(model.pricing.inputCacheRead, "0.0000001");
  assert.equal(
    model.pricing.overrides?.map(({ minPromptTokens, prompt, completion }) => ({
      minPromptTokens,
      prompt,
      completion,
    })),
    [{ minPromptTokens: 200_000, prompt: "0.000002", completion: "0.000004" }],
  );
  assert.is((await sdk.models.count()).data.count, 2);
  const { data } = await sdk.endpoints.list({ author: "acme", slug: "big-1" });
  assert.is(data.endpoints[0]?.tag, "mill");
  assert.is(data.endpoints[0]?.contextLength, 131_072);
  assert.equal(
    (await sdk.providers.list()).data.map((provider) => provider.slug),
    ["mill"],
  );
});

rest("the OpenRouter SDK pages to the end and stops", async () => {
  const seen: string[] = [];
  for await (const page of await sdk.models.list({ q: "acme", limit: 1 }))
    seen.push(...page.result.data.map((model) => model.id));
  assert.equal(seen.toSorted(), ["acme/big-1", "acme/small-1"]);
});

rest("the OpenRouter SDK reads the key it uses, of either kind", async () => {
  const { data } = await sdk.apiKeys.getCurrentKeyMetadata();
  assert.is(data.limit, 5);
  assert.is(data.limitReset, "daily");
  assert.is(data.isManagementKey, false);
  assert.is(data.organizationId, acme.id);
  assert.is((await manager.apiKeys.getCurrentKeyMetadata()).data.isManagementKey, true);
  assert.equal(
    (await get("/api/v1/auth/key", { key: acme.inference.key })).body,
    (await get("/api/v1/key", { key: acme.inference.key })).body,
  );
});

rest("the OpenRouter SDK reads credits with a management key", async () => {
  const { data } = await manager.credits.getCredits();
  assert.is(data.totalCredits, 25);
});

rest("credits are for management keys only", async () => {
  const { status, body } = await get("/api/v1/credits", { key: acme.inference.key });
  assert.is(status, 403);
  assert.equal(readPath(body, "error"), {
    code: 403,
    message: "Only management keys can perform this operation",
    metadata: { error_type: "permission_denied" },
  });
});

rest("a generation that is booked has every member, and counts for its key", async () => {
  const booked = record(acme, { referer: "https://app.example", externalUser: "u-1" });
  await book(booked);
  const { data } = await sdk.generations.getGeneration({ id: booked.id });
  assert.is(data.id, booked.id);
  assert.is(data.totalCost, 0.000172000001);
  assert.is(data.nativeTokensPrompt, 120);
  assert.is(data.nativeTokensCached, 20);
  assert.is(data.tokensCompletion, 35);
  assert.is(data.nativeTokensReasoning, 5);
  assert.is(data.providerName, "Mill"); // its display name, not its slug
  assert.is(data.externalUser, "u-1");
  assert.equal(
    data.providerResponses?.map((attempt) => attempt.status),
    [200],
  );
  assert.is((await sdk.apiKeys.getCurrentKeyMetadata()).data.usageDaily, 0.000172000001);
});

for (const { output, apiType } of [
  { output: "text", apiType: "completions" },
  { output: "embeddings", apiType: "embeddings" },
  { output: "rerank", apiType: "rerank" },
]) {
  rest(`a generation of a model that puts out ${output} says that it was ${apiType}`, async () => {
    const model = `acme/kind-${output}`;
    await putModel(runtime.db, {
      id: model,
      name: model,
      contextLength: 8_192,
      maxOutputTokens: null,
      inputModalities: ["text"],
      outputModalities: [output],
      supportedParameters: [],
    });
    const booked = record(acme, { model });
    await book(booked);
    const { data } = await sdk.generations.getGeneration({ id: booked.id });
    assert.is(data.apiType, apiType);
    await disableModel(runtime.db, model); // the lists below know two models
  });
}

rest("a generation that is just being booked is waited for", async () => {
  const coming = record(acme);
  const asked = Date.now();
  const answer = get(`/api/v1/generation?id=${coming.id}`, { key: acme.inference.key });
  const alsoAsked = get(`/v1/generation?id=${coming.id}`, { key: acme.management.key });
  await new Promise((resolve) => server.once("request", resolve)); // it is asked before it is there
  await book(coming);
  assert.is(readPath((await answer).body, "data.id"), coming.id);
  assert.is((await alsoAsked).status, 200);
  assert.ok(Date.now() - asked < 3000);
});

rest(
  "a generation on the organization's own credential says so, and which tier was served (B-7)",
  async () => {
    const booked = {
      ...record(acme),
      ownKey: true,
      serviceTier: "flex",
      cost: "0",
      costPrice: null,
    };
    await book(booked);
    const { body } = await get(`/api/v1/generation?id=${booked.id}`, { key: acme.inference.key });
    assert.is(readPath(body, "data.is_byok"), true);
    assert.is(readPath(body, "data.service_tier"), "flex");
  },
);

rest(
  "an unknown, an old, a malformed and another organization's generation are one 404",
  async () => {
    const theirs = record(globex, { at: new Date(Date.now() - 3_600_000) });
    await book(theirs);
    for (const id of [
      theirs.id,
      mintGenerationId(Date.now() - 3_600_000),
      mintGenerationId(Date.now() + 3_600_000),
      "gen-1-nonsense",
      "x".repeat(2000),
    ]) {
      const { status, body } = await get(`/api/v1/generation?id=${id}`, {
        key: acme.inference.key,
      });
      assert.is(status, 404);
      assert.equal(readPath(body, "error"), {
        code: 404,
        message: `Generation ${id.slice(0, 80)} not found`,
        metadata: { error_type: "not_found" },
      });
    }
    assert.is((await get("/api/v1/generation", { key: acme.inference.key })).status, 400);
  },
);

rest("who waits for another organization's generation is told that there is none", async () => {
  const theirs = record(globex);
  const answer = get(`/api/v1/generation?id=${theirs.id}`, { key: acme.inference.key });
  await new Promise((resolve) => server.once("request", resolve));
  await book(theirs);
  assert.is((await answer).status, 404);
});

rest("more than 200 waiting are told to ask again, and those that leave make room", async () => {
  const leave = new AbortController();
  const statuses: number[] = [];
  const asking = Array.from({ length: 230 }, () =>
    fetch(`${origin}/api/v1/generation?id=${mintGenerationId(Date.now())}`, {
      headers: { authorization: `Bearer ${acme.inference.key}` },
      signal: leave.signal,
    }).then(
      (response) => {
        statuses.push(response.status);
        if (statuses.length === 30) leave.abort(); // all that are going to be refused at once
      },
      (error: unknown) => assert.is((error as Error).name, "AbortError"),
    ),
  );
  await Promise.all(asking);
  assert.equal([...new Set(statuses)], [503]);
  const coming = record(acme);
  const answer = get(`/api/v1/generation?id=${coming.id}`, { key: acme.inference.key });
  await book(coming);
  assert.is((await answer).status, 200);
});

rest("the openai client lists and retrieves models, the slash escaped or not", async () => {
  const ids: string[] = [];
  for await (const model of openai.models.list()) ids.push(model.id);
  assert.equal(ids.toSorted(), ["acme/big-1", "acme/small-1"]);
  const model = await openai.models.retrieve("acme/big-1");
  assert.is(model.id, "acme/big-1");
  assert.is(model.object, "model");
  assert.is(model.owned_by, "acme");
  assert.is(readPath((await get("/v1/models/acme/big-1")).body, "id"), "acme/big-1");
});

for (const { query, ids } of [
  { query: "q=SMALL", ids: "acme/small-1" },
  { query: "q=%25%25%25", ids: "" },
  { query: "supported_parameters=tools,temperature", ids: "acme/big-1 acme/small-1" },
  { query: "supported_parameters=tools,logprobs", ids: "" },
  { query: "input_modalities=text", ids: "acme/big-1 acme/small-1" },
  { query: "input_modalities=text,image", ids: "" },
  { query: "output_modalities=image", ids: "" },
  { query: "output_modalities=all", ids: "acme/big-1 acme/small-1" },
  { query: "context=131072", ids: "acme/big-1 acme/small-1" },
  { query: "context=131073", ids: "" },
  { query: "max_price=0.5", ids: "acme/small-1" },
  { query: "min_price=0.5", ids: "acme/big-1" },
  { query: "max_price=1", ids: "acme/big-1 acme/small-1" },
  { query: "providers=mill", ids: "acme/big-1 acme/small-1" },
  { query: "category=unheard-of", ids: "acme/big-1 acme/small-1" },
]) {
  rest(`GET /models?${query} finds ${ids || "nothing"}`, async () => {
    const { body } = await get(`/api/v1/models?${query}`);
    assert.is(idsOf(body).toSorted().join(" "), ids);
    assert.is(readPath(body, "total_count"), idsOf(body).length);
    assert.is(
      readPath((await get(`/api/v1/models/count?${query}`)).body, "data.count"),
      readPath(body, "total_count"),
    );
  });
}

rest("models sort by price, and a page names the next", async () => {
  const { body } = await get("/api/v1/models?sort=pricing-low-to-high&limit=1");
  assert.is(readPath(body, "data.0.id"), "acme/small-1");
  assert.is(readPath(body, "total_count"), 2);
  const next = await get(String(readPath(body, "links.next")));
  assert.is(readPath(next.body, "data.0.id"), "acme/big-1");
  assert.is(readPath(next.body, "links.next"), null);
  assert.equal(idsOf((await get("/api/v1/models?offset=10")).body), []);
});

for (const query of [
  "limit=0",
  "limit=1001",
  "limit=x",
  "offset=-1",
  "context=1e9",
  "max_price=cheap",
  `q=${"x".repeat(201)}`,
]) {
  rest(`GET /models?${query.slice(0, 20)} is refused and says which field`, async () => {
    const { status, body } = await get(`/api/v1/models?${query}`);
    assert.is(status, 400);
    assert.is(readPath(body, "error.code"), 400);
    assert.match(String(readPath(body, "error.message")), new RegExp(`^${query.split("=")[0]}:`));
  });
}

rest("a model that was added, changed or disabled is so in the next answer", async () => {
  const description = async () =>
    readPath((await get("/api/v1/model/acme/small-1")).body, "data.description");
  assert.is(await description(), "");
  await runtime.db.transaction((tx) =>
    putModel(tx, {
      id: "acme/small-1",
      name: "Small",
      description: "changed",
      contextLength: 131_072,
      maxOutputTokens: 8192,
      inputModalities: ["text"],
      outputModalities: ["text"],
      supportedParameters: ["temperature", "tools", "tool_choice"],
    }),
  );
  assert.is(await description(), "changed");
  await runtime.db.transaction((tx) => disableModel(tx, "acme/small-1"));
  const { status, body } = await get("/api/v1/model/acme/small-1");
  assert.is(status, 404);
  assert.is(readPath(body, "error.metadata.error_type"), "not_found");
});

for (const path of [
  "/api/v1/key",
  "/api/v1/credits",
  "/api/v1/generation?id=gen-1-x",
  "/api/v1/models/user",
]) {
  rest(`${path} wants a key, and says so in the contract's words`, async () => {
    const none = await get(path);
    assert.is(none.status, 401);
    assert.equal(readPath(none.body, "error"), {
      code: 401,
      message: "Missing Authentication header",
      metadata: { error_type: "authentication" },
    });
    const wrong = await get(path, { key: "sk-or-v1-of-somebody-else" });
    assert.is(wrong.status, 401);
    assert.is(readPath(wrong.body, "error.message"), "User not found.");
    assert.is(wrong.headers.get("access-control-allow-origin"), null);
  });
}

rest("the catalogue may be read by any page, without credentials", async () => {
  for (const path of [
    "/api/v1/models",
    "/api/v1/providers",
    "/api/v1/models/nobody/nothing/endpoints",
  ]) {
    const { headers } = await get(path, { headers: { origin: "https://any.example" } });
    assert.is(headers.get("access-control-allow-origin"), "*");
    assert.is(headers.get("access-control-allow-credentials"), null);
  }
  const preflight = await get("/api/v1/models", {
    method: "OPTIONS",
    headers: { origin: "https://any.example", "access-control-request-method": "GET" },
  });
  assert.is(preflight.status, 204);
  assert.match(preflight.headers.get("access-control-allow-headers") ?? "", "authorization");
});

rest("HEAD is GET without a body, and any other method is refused", async () => {
  const head = await get("/api/v1/models", { method: "HEAD" });
  assert.is(head.status, 200);
  assert.is(head.text, "");
  const post = await get("/api/v1/models", { method: "POST" });
  assert.is(post.status, 405);
  assert.is(readPath(post.body, "error.code"), 405);
});

for (const path of [
  "/",
  "/api/v1",
  "/api/v1/",
  "/api/v2/models",
  "/api/v1/modelsx",
  "/api/v1/model/a",
  "/api/v1/models/%ff",
  "/api/v1/%2e%2e/%2e%2e/etc",
  "/api/v1/__proto__",
]) {
  rest(`${path} is not ours`, async () => {
    assert.is((await get(path)).status, 421);
  });
}

for (const path of [
  "/api/v1/model/a/%00",
  "/api/v1/models/__proto__",
  "/api/v1/models/a%2Fb%2Fc",
  "/v1/model/constructor/prototype",
]) {
  rest(`${path} is a 404 in the contract's shape`, async () => {
    const { status, body } = await get(path);
    assert.is(status, 404);
    assert.is(readPath(body, "error.code"), 404);
  });
}

rest("with the database away every answer is 503, and a good key is not called bad", async () => {
  const gone = openDatabase("postgres://nobody@127.0.0.1:9/none", {
    connectionsMax: 1,
    name: "test",
  });
  const away = await serve({ ...runtime, db: gone.db, analytics: gone.db });
  for (const path of [
    "models",
    "providers",
    "key",
    "credits",
    `generation?id=${mintGenerationId(Date.now())}`,
  ]) {
    const response = await fetch(`${away.origin}/api/v1/${path}`, {
      headers: { authorization: `Bearer ${acme.management.key}` },
    });
    const body: unknown = await response.json();
    assert.is(response.status, 503);
    assert.is(readPath(body, "error.code"), 503);
    assert.is(response.headers.get("retry-after"), "1");
    assert.not.match(JSON.stringify(body), /ECONN|127\.0/);
  }
  away.server.closeAllConnections();
  away.server.close();
  await gone.close();
});

rest.after(async () => {
  server.closeAllConnections();
  server.close();
  await installation.close();
});
rest.run();
