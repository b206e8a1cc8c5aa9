// The response cache (contract C-1 to C-6) through gateways in this process, whose clock is ours: two that share a Postgres,
// and one whose cache cannot reach it.
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectProvider } from "#control/catalogue/connect-provider.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import { grantCredits } from "#control/credits/grant-credits.ts";
import { mintKey } from "#control/keys/mint-key.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import { Callers } from "#data/authenticate.ts";
import { readConfig } from "#data/config.ts";
import { Forwarder } from "#data/forward.ts";
import { Health } from "#data/health.ts";
import { Leases } from "#data/leases.ts";
import { ResponseCache } from "#data/response-cache/response-cache.ts";
import { createGateway } from "#data/server.ts";
import { buildSnapshot, readRows } from "#data/snapshot.ts";
import { StageTimes } from "#data/stages.ts";
import { Spool } from "#data/spool/spool.ts";
import { ExactCounter } from "#data/tokens/exact-counter.ts";
import { LearnedFactors } from "#data/tokens/learned-factors.ts";
import { MediaFetcher } from "#data/upstream/fetch-media.ts";
import { Pools } from "#data/upstream/pools.ts";
import { openClient, type Sql } from "#schema/client.ts";
import { generationUuid, mintId, type OrganizationId } from "#schema/ids.ts";
import { postGenerations } from "#schema/ledger/post-generations.ts";
import { parseDollars } from "#schema/money/amount.ts";
import { decodeRecords, segmentHeader } from "#schema/spool/segment.ts";
import { usageRecord, type UsageRecord } from "#schema/usage-record.ts";
import type { WireProtocolName } from "#schema/wire-protocols.ts";
import { anthropicKey, startAnthropicApi } from "#test/doubles/anthropic-api.ts";
import { ask, type ClientAnswer } from "#test/doubles/client.ts";
import { responsesKey, startResponsesApi } from "#test/doubles/responses-api.ts";
import { startUpstream } from "#test/doubles/upstream.ts";
import { smallLedger } from "#test/schema/small-ledger.ts";
import { priceLine } from "./small-gateway.ts";

const masterKey = "cd".repeat(32);
/** While it is held the double answers nobody who asks for the model "held". */
let gate = Promise.withResolvers<void>();
let asked = 0; // embeddings
const upstream = await startUpstream(async ({ body, path }, response) => {
  if (path.endsWith("/embeddings")) {
    asked++;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      '{"object":"list","model":"v","data":[{"object":"embedding","index":0,"embedding":[0.5,-1]}],"usage":{"prompt_tokens":9,"total_tokens":9}}',
    );
    return undefined;
  }
  const { model } = body as { model?: string };
  if (model === "held") await gate.promise;
  if (model !== "errored") return {};
  const choice = {
    index: 0,
    message: { role: "assistant", content: "Hal" },
    finish_reason: "error",
  };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ id: "x", model, choices: [choice] }));
  return undefined;
});
const anthropic = await startAnthropicApi();
const responses = await startResponsesApi();
const ledger = await smallLedger();
const { client, db } = ledger;
const folder = mkdtempSync(join(tmpdir(), "turnpike-cache-"));
await makeCatalogue();
const organization = await newOrganization("1000");

async function newOrganization(dollars: string): Promise<OrganizationId> {
  return db.transaction(async (tx) => {
    const slug = `o-${Math.random().toString(36).slice(2)}`;
    const { id } = await createOrganization(tx, { slug, name: "O" });
    await grantCredits(tx, { organizationId: id, amount: parseDollars(dollars), actor: "test" });
    return id;
  });
}
const newKey = (organizationId = organization) =>
  db.transaction((tx) =>
    mintKey(tx, {
      organizationId,
      kind: "inference",
      name: "k",
      limit: null,
      limitReset: null,
      expiresAt: null,
    }),
  );

async function makeCatalogue(): Promise<void> {
  const providers: [string, WireProtocolName, string, string][] = [
    ["mill", "openai-chat", upstream.url, "sk-upstream"],
    ["vectors", "openai-embeddings", upstream.url, "sk-upstream"],
    ["anthropic", "anthropic-messages", `${anthropic.origin}/v1`, anthropicKey],
    ["openai", "openai-responses", `${responses.origin}/v1`, responsesKey],
  ];
  const ids = new Map<string, Awaited<ReturnType<typeof connectProvider>>["id"]>();
  for (const [slug, protocol, baseUrl, key] of providers) {
    const { id } = await connectProvider(
      db,
      { slug, name: slug, protocol, baseUrl, key, allowPrivateNetwork: true, flags: {} },
      masterKey,
    );
    ids.set(slug, id);
  }
  for (const [model, provider] of [
    ["ok", "mill"],
    ["held", "mill"],
    ["errored", "mill"],
    ["status-400", "mill"],
    ["cut-2", "mill"],
    ["error-event-2", "mill"],
    ["slow-50-chunks-40", "mill"],
    ["chunks-15000", "mill"],
    ["vec", "vectors"],
    ["claude-mid-text", "anthropic"],
    ["text", "openai"],
  ] as const)
    await db.transaction(async (tx) => {
      const id = `acme/${model}`;
      await putModel(tx, {
        id,
        name: id,
        contextLength: 200_000,
        maxOutputTokens: model === "vec" ? null : 100_000,
        inputModalities: ["text"],
        outputModalities: [model === "vec" ? "embeddings" : "text"],
        supportedParameters: [],
      });
      const providerId = ids.get(provider);
      if (!providerId) throw new Error(provider);
      const endpoint = await putEndpoint(tx, {
        modelId: id,
        providerId,
        upstreamModel: model,
        cancellable: true,
      });
      await publishPrice(tx, {
        endpointId: endpoint.id,
        side: "charge",
        lines: [priceLine("input", "1"), priceLine("output", "2")],
        effectiveAt: new Date(Date.now() - 1_000),
        publishedBy: "test",
      });
    });
}

const snapshot = buildSnapshot(await readRows(client, Date.now()), masterKey);
let nowMs = Date.now();

async function startGateway(cacheClient: Sql) {
  const gateway = await ledger.gateway();
  const spool = new Spool(join(folder, gateway));
  const leases = new Leases({ client, gateway });
  const pools = new Pools();
  const forwarder = new Forwarder("http://127.0.0.1:9");
  const { server } = createGateway(
    {
      config: readConfig({
        PORT: "0",
        DATABASE_URL: ledger.url,
        DATA_DIR: folder,
        MASTER_KEY: masterKey,
        CONTROL_URL: "http://127.0.0.1:9",
      }),
      gateway,
      callers: new Callers(client),
      leases,
      spool,
      pools,
      media: new MediaFetcher(),
      responseCache: new ResponseCache(cacheClient, masterKey),
      tokens: { factors: new LearnedFactors(), counter: new ExactCounter() },
      snapshot: () => snapshot,
      health: new Health(),
      stageTimes: new StageTimes(),
      now: () => nowMs,
      random: () => 0.5,
      nextSequence: () => spool.finals + 1,
      log: () => {},
    },
    forwarder,
    () => ({ ready: true, degraded: [] }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    async post(
      path: string,
      key: string,
      body: object | string,
      headers: Record<string, string> = {},
    ): Promise<ClientAnswer> {
      return ask(`http://127.0.0.1:${port}/api/v1${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "x-openrouter-cache": "true", ...headers },
        body,
      });
    },
    finals: () => finalsIn(join(folder, gateway)),
    final(id: unknown): UsageRecord {
      const found = finalsIn(join(folder, gateway)).find((final) => final.id === id);
      if (!found) throw new Error(`no final ${String(id)}`);
      return found;
    },
    async close() {
      leases.stop();
      server.closeAllConnections();
      server.close();
      spool.close();
      await forwarder.close();
      await pools.close();
    },
  };
}

function finalsIn(path: string): UsageRecord[] {
  return readdirSync(path)
    .filter((name) => name.endsWith(".spool"))
    .toSorted()
    .flatMap(
      (name) =>
        decodeRecords(readFileSync(join(path, name)).subarray(segmentHeader.length), 0).records,
    )
    .filter((record) => record.type === "final")
    .map((record) => usageRecord.parse(JSON.parse(record.payload.toString("utf8"))));
}

const cacheClients = [1, 2].map((at) =>
  openClient(ledger.url, { connectionsMax: 2, name: `cache ${at}` }),
);
const nowhere = openClient("postgres://a:b@127.0.0.1:9/c", { connectionsMax: 1, name: "nowhere" });
const [firstClient, secondClient] = cacheClients;
if (!firstClient || !secondClient) throw new Error("no clients");
const one = await startGateway(firstClient);
const two = await startGateway(secondClient);
const alone = await startGateway(nowhere);

const test = suite("response cache");
test.after(async () => {
  for (const gateway of [one, two, alone]) await gateway.close();
  for (const cacheClient of [...cacheClients, nowhere]) await cacheClient.end({ timeout: 0 });
  await upstream.close();
  await anthropic.close();
  await responses.close();
  await ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

const chat = (model = "ok", more: object = {}) => ({
  model: `acme/${model}`,
  messages: [{ role: "user", content: "hi" }],
  ...more,
});
const told = ({ headers }: ClientAnswer) => ({
  status: headers["x-openrouter-cache-status"],
  age: headers["x-openrouter-cache-age"],
  ttl: headers["x-openrouter-cache-ttl"],
  source: headers["x-openrouter-cache-source-id"],
});
const idOf = ({ headers }: ClientAnswer): string => String(headers["x-generation-id"]);
/** Asks, reads to the end, and says whether it was a hit. */
async function statusOf(...[path, key, body, headers]: Parameters<typeof one.post>) {
  const answer = await one.post(path, key, body, headers);
  await answer.text();
  return told(answer).status;
}
/** Once Postgres has so many answers of a key. */
async function inPostgres(keyId: string, count = 1): Promise<void> {
  for (let tries = 0; ; tries++) {
    const rows = await client`select from response_cache where key_id = ${keyId}`;
    if (rows.length >= count) return;
    if (tries > 200) throw new Error("it was not written");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("C-1: without the header, or with false, nothing is kept and nothing kept is given", async () => {
  const { key } = await newKey();
  assert.is(await statusOf("/chat/completions", key, chat()), "MISS");
  for (const word of ["false", "", "1"]) {
    const answer = await one.post("/chat/completions", key, chat(), { "x-openrouter-cache": word });
    assert.equal(told(answer), {
      status: undefined,
      age: undefined,
      ttl: undefined,
      source: undefined,
    });
    assert.is(
      ((await answer.json()) as { usage: { prompt_tokens: number } }).usage.prompt_tokens,
      9,
    );
  }
});

for (const { name, other } of [
  { name: "another key, of the same organization,", other: () => newKey() },
  { name: "a key of another organization", other: async () => newKey(await newOrganization("10")) },
])
  test(`C-2: ${name} never gets what was kept`, async () => {
    const { key } = await newKey();
    await statusOf("/chat/completions", key, chat());
    assert.is(await statusOf("/chat/completions", key, chat()), "HIT");
    assert.is(await statusOf("/chat/completions", (await other()).key, chat()), "MISS");
  });

const written = JSON.stringify(chat());
const reordered = JSON.stringify({ messages: chat().messages, model: "acme/ok" });
for (const { name, body, headers = {}, status } of [
  { name: "the same body", body: written, status: "HIT" },
  { name: "other spaces", body: JSON.stringify(chat(), null, 4), status: "HIT" },
  { name: "another order of its members", body: reordered, status: "MISS" },
  { name: "a space more in the text", body: written.replace('"hi"', '"hi "'), status: "MISS" },
  { name: "streamed", body: JSON.stringify(chat("ok", { stream: true })), status: "MISS" },
  {
    name: "other names of who asks",
    body: written,
    headers: { "x-title": "other", "http-referer": "https://b.example" },
    status: "HIT",
  },
])
  test(`C-2: with ${name} it is a ${status}`, async () => {
    const { key } = await newKey();
    await statusOf("/chat/completions", key, written, { "x-title": "mine" });
    assert.is(await statusOf("/chat/completions", key, body, headers), status);
  });

for (const { path, model, body } of [
  { path: "/chat/completions", model: "ok", body: {} },
  { path: "/chat/completions", model: "claude-mid-text", body: { max_tokens: 100 } },
  { path: "/completions", model: "ok", body: { messages: undefined, prompt: "hi" } },
  { path: "/responses", model: "ok", body: { messages: undefined, input: "hi" } },
  { path: "/responses", model: "text", body: { messages: undefined, input: "hi" } },
  { path: "/messages", model: "ok", body: { max_tokens: 100 } },
  { path: "/messages", model: "claude-mid-text", body: { max_tokens: 100 } },
  { path: "/embeddings", model: "vec", body: { messages: undefined, input: "hi" } },
])
  for (const stream of path === "/embeddings" ? [false] : [false, true])
    test(`C-3: ${path} by ${model}, ${stream ? "streamed" : "plain"}: a hit is the same answer, with an id of its own and usage of zero, and asks nobody`, async () => {
      const { key } = await newKey();
      const sent = { ...chat(model, body), ...(stream ? { stream } : {}) };
      const miss = await one.post(path, key, sent);
      const first = await miss.text();
      assert.is(miss.status, 200, first);
      assert.equal(told(miss), { status: "MISS", age: undefined, ttl: "300", source: undefined });
      const calls = () =>
        upstream.requests.length + anthropic.requests.length + responses.requests.length + asked;
      const before = calls();
      const hit = await one.post(path, key, sent);
      const second = await hit.text();
      assert.is(hit.status, 200);
      assert.equal(told(hit), { status: "HIT", age: "0", ttl: "300", source: idOf(miss) });
      assert.is(calls(), before, "no provider was asked");
      assert.is(hit.headers["content-type"], miss.headers["content-type"]);
      const id = idOf(hit);
      assert.is.not(id, idOf(miss));
      assert.ok(second.includes(id), second);
      assert.not.ok(second.includes(idOf(miss)));
      assert.is(hit.ending(), "clean");
      assert.equal(
        withoutUsage(second.replaceAll(id, "ID")),
        withoutUsage(first.replaceAll(idOf(miss), "ID")),
      );
      for (const count of numbersOfUsage(second)) assert.is(count, "0", second);
      assert.ok(numbersOfUsage(first).some((count) => count !== "0"));

      const final = one.final(id);
      assert.is(final.responseCacheSource, idOf(miss));
      assert.equal(
        [final.charge, final.cost, final.outcome, final.counts, final.attempts, final.usageSource],
        ["0", "0", "complete", {}, [], "none"],
      );
      const source = one.final(idOf(miss));
      assert.is.not(source.charge, "0");
      assert.equal(
        [final.model, final.finishReason, final.streamed],
        [source.model, source.finishReason, source.streamed],
      );
    });

const usageNumber = /"((?:\w*tokens|cost|upstream_\w+_cost)\w*)":\s*(-?[\d.e-]+)/g;
const isAsked = (name: string) => !/^max_|^prompt_tokens_details/.test(name);
const numbersOfUsage = (text: string): string[] =>
  [...text.matchAll(usageNumber)].flatMap(([, name = "", count = ""]) =>
    isAsked(name) ? [count] : [],
  );
/** JSON bodies of an answer, without all that says what was used. */
const withoutUsage = (text: string): unknown =>
  text.split("\n").map((line) => {
    const json = line.replace(/^data: /, "");
    if (!json.startsWith("{")) return line;
    return JSON.parse(json, (name, value: unknown) => (name === "usage" ? undefined : value));
  });

test("C-3: age and what is left add up to the TTL that it was kept with, and after it there is nothing", async () => {
  const { key } = await newKey();
  const start = nowMs;
  await statusOf("/chat/completions", key, chat(), { "x-openrouter-cache-ttl": "60abc" });
  for (const [laterMs, want] of [
    [0, { status: "HIT", age: "0", ttl: "60" }],
    [999, { status: "HIT", age: "0", ttl: "60" }],
    [12_500, { status: "HIT", age: "12", ttl: "48" }],
    [59_999, { status: "HIT", age: "59", ttl: "1" }],
    [60_000, { status: "MISS", age: undefined, ttl: "5" }],
  ] as const) {
    nowMs = start + laterMs;
    const answer = await one.post("/chat/completions", key, chat(), {
      "x-openrouter-cache-ttl": "5",
    });
    await answer.text();
    const { source: _source, ...rest } = told(answer);
    assert.equal(rest, want);
  }
  nowMs = start;
});

for (const { model, stream, status } of [
  { model: "status-400", stream: false, status: 400 },
  { model: "status-400", stream: true, status: 400 },
  { model: "cut-2", stream: true, status: 200 },
  { model: "error-event-2", stream: true, status: 200 },
  { model: "errored", stream: false, status: 200 },
])
  test(`C-3: what is no whole good answer (${model}${stream ? ", streamed" : ""}) is not kept`, async () => {
    const { key, id } = await newKey();
    for (let times = 0; times < 2; times++) {
      const answer = await one.post("/chat/completions", key, chat(model, { stream }));
      await answer.text();
      assert.is(answer.status, status);
      assert.is(told(answer).status, status === 200 ? "MISS" : undefined);
    }
    assert.is((await client`select from response_cache where key_id = ${id}`).length, 0);
  });

test("C-3: what the client has left is not kept", async () => {
  const { key } = await newKey();
  const body = chat("slow-50-chunks-40", { stream: true });
  const answer = await one.post("/chat/completions", key, body);
  await answer.next();
  const before = one.finals().length;
  answer.hangUp();
  for (let tries = 0; one.finals().length === before && tries < 300; tries++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const again = await one.post("/chat/completions", key, body);
  assert.is(told(again).status, "MISS");
  again.hangUp();
});

test("a long stream is kept in Postgres and given again whole, in pieces that a slow client can take", async () => {
  const { key, id } = await newKey();
  const body = chat("chunks-15000", { stream: true });
  const miss = await (await one.post("/chat/completions", key, body)).text();
  assert.ok(miss.length > 4_000_000, "more than memory takes");
  await inPostgres(id);
  const answer = await one.post("/chat/completions", key, body);
  assert.is(told(answer).status, "HIT");
  await new Promise((resolve) => setTimeout(resolve, 100)); // does not read
  const hit = await answer.text();
  assert.equal(hit.split("\n\n").length, miss.split("\n\n").length);
  assert.ok(hit.endsWith("data: [DONE]\n\n"));
});

test("C-4: clearing asks anew and keeps that, here and at the other gateway", async () => {
  const { key, id } = await newKey();
  const start = nowMs;
  await statusOf("/chat/completions", key, chat());
  await inPostgres(id);
  assert.is(told(await two.post("/chat/completions", key, chat())).status, "HIT");
  nowMs += 2_000;
  const clear = { "x-openrouter-cache-clear": "true" };
  const cleared = await one.post("/chat/completions", key, chat(), clear);
  await cleared.text();
  assert.is(told(cleared).status, "MISS");
  const off = { "x-openrouter-cache": "false", ...clear };
  assert.is(await statusOf("/chat/completions", key, chat(), off), undefined);
  const again = await one.post("/chat/completions", key, chat());
  assert.is(told(again).source, idOf(cleared), "off, it clears nothing");
  await inPostgres(id);
  const there = await two.post("/chat/completions", key, chat());
  assert.is(told(there).source, idOf(cleared), "what the other had in memory does not stand");
  nowMs = start;
});

test("C-5: two equal requests at once are two misses, both charged", async () => {
  const { key } = await newKey();
  gate = Promise.withResolvers<void>();
  const arrived = upstream.requests.length;
  const both = [1, 2].map(() => one.post("/chat/completions", key, chat("held")));
  await upstream.whenRequested(arrived + 2);
  gate.resolve();
  const answers = await Promise.all(both);
  for (const answer of answers) {
    await answer.text();
    assert.is(told(answer).status, "MISS");
    assert.is(one.final(idOf(answer)).charge, String(9n * 1_000_000n + 4n * 2_000_000n));
  }
  assert.is(await statusOf("/chat/completions", key, chat("held")), "HIT");
});

test("another gateway gives what this one kept, and says whose it was", async () => {
  const { key, id } = await newKey();
  for (const stream of [false, true]) {
    const miss = await one.post("/chat/completions", key, chat("ok", { stream }));
    await miss.text();
    await inPostgres(id, stream ? 2 : 1);
    const hit = await two.post("/chat/completions", key, chat("ok", { stream }));
    assert.equal(told(hit), { status: "HIT", age: "0", ttl: "300", source: idOf(miss) });
    assert.ok((await hit.text()).includes(idOf(hit)));
  }
});

test("with Postgres away the cache is this gateway's memory, and nobody is refused or waits long", async () => {
  const { key } = await newKey();
  const since = performance.now();
  const miss = await alone.post("/chat/completions", key, chat());
  assert.is(miss.status, 200);
  assert.is(told(miss).status, "MISS");
  await miss.text();
  const hit = await alone.post("/chat/completions", key, chat());
  assert.is(told(hit).status, "HIT");
  assert.ok(performance.now() - since < 3_000);
});

test("a hit holds no money and takes none: a key at its limit of money gets it, and one at its rate does not", async () => {
  const { key, id } = await newKey();
  await statusOf("/chat/completions", key, chat());
  const limit = async (unit: string, window: string, amount: string): Promise<void> => {
    await client`insert into allowances (id, organization_id, subject_kind, subject_id, unit, window_kind, limit_amount)
      values (${mintId("allowance")}, ${organization}, 'key', ${id}, ${unit}, ${window}, ${amount}::numeric)`;
    nowMs += 10_000; // the caller is read again: at the next request it is asked for, and stands at the one after
    await statusOf("/chat/completions", key, chat());
    await new Promise((resolve) => setTimeout(resolve, 200));
  };
  const start = nowMs;
  await limit("picodollars", "lifetime", "1");
  assert.is(await statusOf("/chat/completions", key, chat()), "HIT");
  assert.is((await one.post("/chat/completions", key, chat("ok", { seed: 1 }))).status, 403);
  await limit("requests", "day", "2");
  assert.is(await statusOf("/chat/completions", key, chat()), "HIT");
  assert.is(await statusOf("/chat/completions", key, chat()), "HIT");
  assert.is((await one.post("/chat/completions", key, chat())).status, 429);
  nowMs = start;
});

for (const { name, change, message } of [
  { name: "disabled", change: "disabled = true", message: /disabled/ },
  { name: "expired", change: "expires_at = now() - interval '1 hour'", message: /expired/ },
  { name: "revoked", change: "revoked_at = now()", message: /not found/ },
])
  test(`what a key has kept is out of reach when it is ${name}`, async () => {
    const { key, id } = await newKey();
    await statusOf("/chat/completions", key, chat());
    await client.unsafe(`update keys set ${change} where id = '${id}'`);
    const fresh = await startGateway(firstClient); // knows nobody yet
    const answer = await fresh.post("/chat/completions", key, chat());
    assert.is(answer.status, 401);
    assert.match(await answer.text(), message);
    await fresh.close();
  });

test("a hit is booked as a generation that names its source, and moves no money", async () => {
  const { key } = await newKey();
  const miss = await one.post("/chat/completions", key, chat());
  await miss.text();
  const hit = await one.post("/chat/completions", key, chat());
  await hit.text();
  await db.transaction((tx) => postGenerations(tx, [one.final(idOf(miss)), one.final(idOf(hit))]));
  const [row] = await client<Record<string, unknown>[]>`
    select response_cache_source_id, charge::text, charge_transfer_id, outcome, endpoint_id, provider
    from generations where id = ${generationUuid(idOf(hit)) ?? ""}`;
  assert.equal(row, {
    response_cache_source_id: generationUuid(idOf(miss)),
    charge: "0",
    charge_transfer_id: null,
    outcome: "complete",
    endpoint_id: null,
    provider: null,
  });
});

test.run();
