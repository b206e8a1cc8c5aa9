// From somebody's list to prices that hold: asked for over a real socket, compared, guarded, looked at, applied once.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";

import { eq } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fetchList } from "#control/catalogue-imports/fetch-list.ts";
import type { Listing } from "#control/catalogue-imports/listing.ts";
import { percentOf } from "#control/catalogue-imports/diff-listing.ts";
import { connectProvider } from "#control/catalogue/connect-provider.ts";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { parsePriceList } from "#control/catalogue/parse-price-list.ts";
import { listPrices } from "#control/catalogue/list-prices.ts";
import { writePriceList } from "#control/catalogue/write-price-list.ts";
import { run } from "#control/cli/run.ts";
import { startServer } from "#control/server.ts";
import { createAdminClient } from "#control/trpc/admin.ts";
import type { PriceList } from "#control/catalogue/price-list.ts";
import type { EndpointId } from "#schema/ids.ts";
import { catalogueProposals, endpoints, models, type PriceSide } from "#schema/tables/catalogue.ts";
import { codeOf } from "./code-of.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { runtime, operatorKey, acme } = installation;
const { db } = runtime;
const server = await startServer(runtime, { host: "127.0.0.1", port: 0 });
const admin = createAdminClient({ origin: server.origin, key: operatorKey });
const customer = createAdminClient({ origin: server.origin, key: acme.management.key });

async function refused(work: Promise<unknown>, pattern: RegExp): Promise<void> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  assert.match(String(error), pattern);
}

/** Somebody else's API: answers `/v1/models` with `answer`. */
let answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) =>
  void response.end("{}");
const upstream = createServer((request, response) => answer(request, response)).listen(
  0,
  "127.0.0.1",
);
await new Promise((resolve) => upstream.once("listening", resolve));
const upstreamOrigin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
const json = (value: unknown) => (_request: IncomingMessage, response: ServerResponse) =>
  void response.setHeader("content-type", "application/json").end(JSON.stringify(value));

const together = await connectProvider(
  db,
  {
    slug: "together",
    name: "Together",
    protocol: "openai-chat",
    baseUrl: `${upstreamOrigin}/v1`,
    key: "sk-of-ours",
    allowPrivateNetwork: true,
    flags: {},
  },
  runtime.masterKey,
);

const imports = suite("catalogue imports");
imports.after(async () => {
  upstream.closeAllConnections();
  upstream.close();
  await server.stop();
  await installation.close();
});

async function place(
  model: string,
  upstreamModel: string,
  lists: { charge?: PriceList; cost?: PriceList },
): Promise<EndpointId> {
  await putModel(db, {
    id: model,
    name: model,
    contextLength: 131_072,
    maxOutputTokens: 8_192,
    inputModalities: ["text"],
    outputModalities: ["text"],
    supportedParameters: [],
  });
  const { id } = await putEndpoint(db, { modelId: model, providerId: together.id, upstreamModel });
  for (const side of ["charge", "cost"] as const) {
    const list = lists[side];
    if (list)
      await publishPrice(db, {
        endpointId: id,
        side,
        lines: parsePriceList(list, side),
        effectiveAt: new Date(Date.now() - 60_000),
        publishedBy: "shipped catalogue",
      });
  }
  return id;
}
const inForce = async (endpointId: EndpointId, side: PriceSide) => {
  const { rows } = await listPrices(db, { endpointId, side, now: new Date(Date.now() + 1_000) });
  const [row] = rows.filter((each) => each.inForce);
  return row && { ...row, list: writePriceList(row.lines) };
};
const pricesOf = async (endpointId: EndpointId) => ({
  charge: (await inForce(endpointId, "charge"))?.list,
  cost: (await inForce(endpointId, "cost"))?.list,
});

const price = (input: string, output: string): PriceList => ({ input, output });
const plain = await place("openai/gpt-oss-120b", "openai/gpt-oss-120b", {
  charge: price("0.15", "0.60"),
  cost: price("0.15", "0.60"),
});
const dearer = await place("qwen/qwen3-32b", "Qwen/Qwen3-32B", {
  charge: price("0.50", "0.90"), // our own, above the cost
  cost: price("0.30", "0.60"),
});
const jump = await place("z-ai/glm-5.2", "zai-org/GLM-5.2", {
  charge: price("1.40", "4.40"),
  cost: price("1.40", "4.40"),
});
const tiered = await place("x-ai/grok-4.7", "xai/grok-4.7", {
  charge: {
    ...price("2", "6"),
    cache_read: "0.5",
    tiers: [{ above_input_tokens: 100_000, ...price("4", "12"), cache_read: "1" }],
  },
  cost: {
    ...price("2", "6"),
    cache_read: "0.5",
    tiers: [{ above_input_tokens: 100_000, ...price("4", "12"), cache_read: "1" }],
  },
});
const missing = await place("acme/retired", "acme/retired", {
  charge: price("1", "1"),
  cost: price("1", "1"),
});

const listed = [
  { id: "openai/gpt-oss-120b", context_length: 131072, pricing: { input: 0.12, output: 0.6 } },
  { id: "Qwen/Qwen3-32B", context_length: 131072, pricing: { input: 0.27, output: 0.6 } },
  { id: "zai-org/GLM-5.2", context_length: 262144, pricing: { input: 0, output: 44 } },
  { id: "xai/grok-4.7", context_length: 131072, pricing: { input: 2, output: 6 } },
  {
    id: "zai-org/GLM-6",
    context_length: 1048576,
    pricing: { input: 1.5, output: 4.5, cached_input: 0.3 },
  },
  { id: "mystery-1", context_length: 8192, pricing: { input: 1, output: 2 } },
  { id: "deepseek-ai/Free", context_length: 8192, pricing: { input: 0, output: 0 } },
];
let proposal = "";

imports(
  "a provider's list is asked for with its own key, and nothing is changed by that",
  async () => {
    let asked = "";
    answer = (request, response) => {
      asked = `${request.method} ${request.url} ${request.headers.authorization}`;
      json(listed)(request, response);
    };
    const before = await pricesOf(plain);
    const summary = await admin.catalogue.importList.mutate({
      from: "provider",
      provider: "together",
    });
    assert.is(asked, "GET /v1/models Bearer sk-of-ours");
    assert.equal(await pricesOf(plain), before);
    assert.ok(summary.proposal);
    proposal = summary.proposal;
    assert.equal(
      { ...summary, proposal: "" },
      {
        proposal: "",
        endpoints: 3,
        models: 3,
        prices: 4,
        limits: 1,
        gone: 1,
        held: 5,
        passedOver: [],
      },
    );
  },
);

imports("a proposal says what would change, by how much, and what is held and why", async () => {
  const shown = await admin.catalogue.proposal.query({ proposal });
  assert.is(shown.source, "provider together");
  assert.equal(
    shown.changes.map(({ number, kind, model, guards, steps }) => ({
      number,
      kind,
      model,
      guards,
      steps: steps.map((step) => `${step.price} ${step.before}>${step.after} ${step.percent}`),
    })),
    [
      { number: 1, kind: "gone", model: "acme/retired", guards: ["gone"], steps: [] },
      {
        number: 2,
        kind: "endpoint",
        model: "deepseek/free",
        guards: ["to-zero"],
        steps: ["input null>0 null", "output null>0 null"],
      },
      {
        number: 3,
        kind: "price",
        model: "openai/gpt-oss-120b",
        guards: [],
        steps: ["input 0.15>0.12 -20.0"],
      },
      {
        number: 4,
        kind: "price",
        model: "qwen/qwen3-32b",
        guards: [],
        steps: ["input 0.3>0.27 -10.0"],
      },
      {
        number: 5,
        kind: "endpoint",
        model: "together/mystery-1",
        guards: ["unmatched"],
        steps: ["input null>1 null", "output null>2 null"],
      },
      {
        number: 6,
        kind: "price",
        model: "x-ai/grok-4.7",
        guards: ["loses"],
        steps: ["input above 100000 4>2 -50.0", "output above 100000 12>6 -50.0"],
      },
      { number: 7, kind: "facts", model: "z-ai/glm-5.2", guards: [], steps: [] },
      {
        number: 8,
        kind: "price",
        model: "z-ai/glm-5.2",
        guards: ["x5", "to-zero"],
        steps: ["input 1.4>0 -100.0", "output 4.4>44 +900.0"],
      },
      {
        number: 9,
        kind: "endpoint",
        model: "z-ai/glm-6",
        guards: [],
        steps: ["input null>1.5 null", "output null>4.5 null", "cache_read null>0.3 null"],
      },
    ],
  );
  assert.equal(
    await admin.catalogue.proposal
      .query({ proposal, limit: 2, after: 8 })
      .then(({ changes, next }) => [changes.length, next]),
    [1, null],
  );
});

imports("the same list again is the same proposal, and only operators see any of it", async () => {
  const again = await admin.catalogue.importList.mutate({ from: "provider", provider: "together" });
  assert.is(again.proposal, proposal);
  assert.is((await admin.catalogue.proposals.query()).rows.length, 1);
  for (const ask of [
    () => customer.catalogue.proposals.query(),
    () => customer.catalogue.importList.mutate({ from: "provider", provider: "together" }),
    () => customer.catalogue.applyProposal.mutate({ proposal }),
  ])
    await refused(ask(), /operator/i);
});

imports(
  "what is guarded is not applied; the rest is, with its source, day and author",
  async () => {
    const before = (await db.select().from(models)).length;
    const applied = await admin.catalogue.applyProposal.mutate({ proposal });
    assert.is(applied.changed, true);
    assert.equal(applied.held, [
      "1: acme/retired at together (acme/retired): held for gone",
      "2: deepseek/free at together (deepseek-ai/Free): held for to-zero",
      "5: together/mystery-1 at together (mystery-1): held for unmatched",
      "6: x-ai/grok-4.7 at together (xai/grok-4.7): held for loses",
      "8: z-ai/glm-5.2 at together (zai-org/GLM-5.2): held for x5, to-zero",
    ]);
    assert.equal(await pricesOf(plain), {
      charge: { input: "0.12", output: "0.60" },
      cost: { input: "0.12", output: "0.60" },
    });
    // Their cost fell; what we charge above it is ours to say.
    assert.equal(await pricesOf(dearer), {
      charge: { input: "0.50", output: "0.90" },
      cost: { input: "0.27", output: "0.60" },
    });
    assert.match(
      applied.done.join("\n"),
      /qwen3-32b .*input 0\.3 to 0\.27 \(-10\.0%\); what you charge stays/,
    );
    assert.equal((await pricesOf(jump)).cost, { input: "1.40", output: "4.40" });
    const row = await inForce(plain, "cost");
    assert.is(row?.source, "provider together");
    assert.is(row?.asOf, new Date().toISOString().slice(0, 10));
    assert.match(row?.publishedBy ?? "", /^key_/);
    assert.is((await db.select().from(models)).length, before + 1);
    const [added] = await db
      .select()
      .from(endpoints)
      .where(eq(endpoints.upstreamModel, "zai-org/GLM-6"));
    assert.is(added?.modelId, "z-ai/glm-6");
    assert.ok(added && (await inForce(added.id, "charge")));
    const [larger] = await db.select().from(endpoints).where(eq(endpoints.id, jump));
    assert.is(larger?.contextLength, 262_144);
    const [closed] = await db.select().from(catalogueProposals);
    assert.match(closed?.closedBy ?? "", /^key_/);
    assert.is(closed?.outcome?.held.length, 5);
  },
);

imports("applying it twice does nothing more, and an applied one cannot be dismissed", async () => {
  const again = await admin.catalogue.applyProposal.mutate({ proposal, accept: ["all"] });
  assert.is(again.changed, false);
  assert.is(again.held.length, 5);
  await refused(admin.catalogue.dismissProposal.mutate({ proposal }), /applied already/);
});

imports("what was held is found again, and holds when somebody accepts it", async () => {
  const { proposal: next } = await admin.catalogue.importList.mutate({
    from: "provider",
    provider: "together",
  });
  assert.ok(next && next !== proposal);
  const { changes } = await admin.catalogue.proposal.query({ proposal: next });
  const numbers = new Map(changes.map(({ number, model }) => [model, `${number}`]));
  await refused(
    admin.catalogue.applyProposal.mutate({ proposal: next, accept: ["everything"] }),
    /accept: expected x5, to-zero/,
  );
  const applied = await admin.catalogue.applyProposal.mutate({
    proposal: next,
    accept: ["gone", "x5", numbers.get("x-ai/grok-4.7") ?? ""],
  });
  // One guard of two is not both.
  assert.match(applied.held.join("\n"), /glm-5\.2 .*held for to-zero/);
  assert.equal((await pricesOf(tiered)).cost, {
    input: "2.00",
    output: "6.00",
    cache_read: "0.50",
    tiers: [{ above_input_tokens: 100_000, cache_read: "1.00" }],
  });
  const [retired] = await db.select().from(endpoints).where(eq(endpoints.id, missing));
  assert.is(retired?.status, "disabled");
});

imports("what somebody changed meanwhile is not overwritten", async () => {
  answer = json([
    { id: "openai/gpt-oss-120b", context_length: 131072, pricing: { input: 0.11, output: 0.6 } },
  ]);
  const { proposal: stale } = await admin.catalogue.importList.mutate({
    from: "provider",
    provider: "together",
  });
  assert.ok(stale);
  await publishPrice(db, {
    endpointId: plain,
    side: "cost",
    lines: parsePriceList(price("0.10", "0.55"), "cost"),
    effectiveAt: new Date(),
    publishedBy: "somebody",
  });
  const applied = await admin.catalogue.applyProposal.mutate({
    proposal: stale,
    only: [await numberOf(stale, "openai/gpt-oss-120b")],
  });
  assert.is(applied.changed, false);
  assert.match(applied.held.join(), /its price was changed since; import again/);
  assert.equal((await pricesOf(plain)).cost, { input: "0.10", output: "0.55" });
});

const numberOf = async (id: string, model: string): Promise<number> => {
  const { changes } = await admin.catalogue.proposal.query({ proposal: id });
  return changes.find((change) => change.model === model)?.number ?? 0;
};

imports("two operators that apply one proposal at once apply it once", async () => {
  answer = json([
    { id: "Qwen/Qwen3-32B", context_length: 131072, pricing: { input: 0.2, output: 0.6 } },
  ]);
  const { proposal: raced } = await admin.catalogue.importList.mutate({
    from: "provider",
    provider: "together",
  });
  assert.ok(raced);
  const both = await Promise.all(
    [1, 2].map(() => admin.catalogue.applyProposal.mutate({ proposal: raced })),
  );
  assert.is(both.filter(({ changed }) => changed).length, 1);
  const { rows } = await listPrices(db, { endpointId: dearer, side: "cost" });
  assert.is(rows.filter(({ lines }) => writePriceList(lines).input === "0.20").length, 1);
});

imports("a dismissed proposal stays dismissed", async () => {
  answer = json([
    { id: "Qwen/Qwen3-32B", context_length: 131072, pricing: { input: 0.1, output: 0.6 } },
  ]);
  const { proposal: unwanted } = await admin.catalogue.importList.mutate({
    from: "provider",
    provider: "together",
  });
  assert.ok(unwanted);
  assert.is((await admin.catalogue.dismissProposal.mutate({ proposal: unwanted })).changed, true);
  assert.is((await admin.catalogue.dismissProposal.mutate({ proposal: unwanted })).changed, false);
  await refused(admin.catalogue.applyProposal.mutate({ proposal: unwanted }), /was dismissed/);
  const [row] = (await admin.catalogue.proposals.query({ limit: 1 })).rows;
  assert.is(row?.id, unwanted);
  assert.is(row?.status, "dismissed");
});

imports("a list that was brought from a file is read like one that was asked for", async () => {
  const endpoint = {
    provider: "together",
    upstreamModel: "Qwen/Qwen3-32B",
    model: null,
    tag: null,
    name: "Qwen3 32B",
    contextLength: 131_072,
    maxOutputTokens: null,
    inputModalities: ["text"],
    outputModalities: ["text"],
    supportedParameters: [],
    details: {},
    price: price("0.25", "0.60"),
    remarks: [],
  };
  const list: Listing = {
    source: "models.dev",
    asOf: "2026-11-20",
    complete: [],
    endpoints: [
      endpoint,
      { ...endpoint, provider: "elsewhere" },
      { ...endpoint, provider: "elsewhere" },
    ],
    skipped: [],
  };
  const summary = await admin.catalogue.propose.mutate({ listing: list });
  assert.is(summary.prices, 1);
  assert.equal(summary.passedOver, ["provider elsewhere is not connected (2 times)"]);
  assert.ok(summary.proposal);
  await admin.catalogue.applyProposal.mutate({ proposal: summary.proposal ?? "" });
  const row = await inForce(dearer, "cost");
  assert.equal([row?.source, row?.asOf], ["models.dev", "2026-11-20"]);
  const none = await admin.catalogue.propose.mutate({
    listing: { ...list, endpoints: [endpoint] },
  });
  assert.equal(none.proposal, null);
});

imports(
  "an address is asked over https only, where it says, and for as much as is bounded",
  async () => {
    const code = (work: Promise<unknown>) => codeOf(work);
    assert.is(await code(fetchList(`${upstreamOrigin}/v1/models`)), "bad_request");
    assert.is(await code(fetchList("https://localhost/models")), "bad_request");
    assert.is(
      await code(fetchList("https://169.254.169.254/latest", { allowPrivate: true })),
      "bad_request",
    );
    assert.is(await code(fetchList("ftp://example.com/", { allowPrivate: true })), "bad_request");
    const ask = (bounds = {}) => fetchList(upstreamOrigin, { allowPrivate: true, ...bounds });
    answer = json({ fine: true });
    assert.equal(await ask(), { fine: true });
    answer = (_request, response) =>
      void response.writeHead(302, { location: "http://169.254.169.254/" }).end();
    await refused(ask(), /redirect, which is not followed/);
    answer = (_request, response) => void response.writeHead(401).end("secret text");
    await refused(ask(), /answered with status 401$/);
    answer = (_request, response) => void response.end("<html>");
    await refused(ask(), /did not answer with JSON/);
    answer = (_request, response) => void response.end(`"${"a".repeat(100_000)}"`);
    await refused(ask({ bytesMax: 50_000 }), /more than 50000 bytes/);
    answer = () => {}; // silence
    await refused(ask({ timeoutMs: 200 }), /did not answer within 0\.2 s/);
  },
);

imports("a provider that has no list says so", async () => {
  await connectProvider(
    db,
    {
      slug: "bedrock",
      name: "Bedrock",
      protocol: "bedrock-converse",
      baseUrl: "https://bedrock-runtime.us-east-1.amazonaws.com",
      key: "k",
      allowPrivateNetwork: false,
      flags: {},
    },
    runtime.masterKey,
  );
  await refused(
    admin.catalogue.importList.mutate({ from: "provider", provider: "bedrock" }),
    /has no list that says what may be called/,
  );
});

imports("the CLI reads a file, shows what it would change, and applies it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-import-"));
  writeFileSync(
    join(folder, "bootstrap.json"),
    JSON.stringify({
      origin: server.origin,
      inference_key: acme.inference.key,
      management_key: operatorKey,
      dashboard_url: server.origin,
      admin: { email: "a@b", login_url: server.origin },
    }),
    { mode: 0o600 },
  );
  writeFileSync(
    join(folder, "api.json"),
    JSON.stringify({
      togetherai: {
        models: {
          "Qwen/Qwen3-32B": {
            name: "Qwen3 32B",
            cost: { input: 0.24, output: 0.48 },
            limit: { context: 131072, output: 8192 },
          },
        },
      },
      groq: { models: { "not-connected": { cost: { input: 1, output: 1 } } } },
    }),
  );
  const turnpike = async (...words: string[]) => {
    const result = { code: -1, out: "", error: "" };
    result.code = await run(words, {
      environment: { DATA_DIR: folder },
      folder,
      stdin: Readable.from([]) as unknown as NodeJS.ReadStream,
      write: (text) => void (result.out += text),
      writeError: (text) => void (result.error += text),
      width: 140,
    });
    return result;
  };
  const from = ["catalogue", "import", "--from", "models.dev", "--file", "api.json"];
  const shown = await turnpike(...from, "--as-of", "2026-11-23");
  assert.is(shown.code, 0, shown.error);
  assert.match(shown.out, /price +qwen\/qwen3-32b +together +input 0\.25 → 0\.24 \(-4\.0%\)/);
  const [, id = ""] = /turnpike catalogue apply (prop_\w+)/.exec(shown.out) ?? [];
  assert.match((await turnpike("catalogue", "show", id)).out, /models\.dev of 2026-11-23: open/);
  const held = await turnpike("catalogue", "apply", id, "--only", "x");
  assert.is(held.code, 2);
  const applied = await turnpike("catalogue", "apply", id);
  assert.is(applied.code, 0, applied.error);
  assert.match(applied.out, /qwen3-32b at together .*input 0\.25 to 0\.24/);
  assert.match((await turnpike("catalogue", "apply", id)).out, /unchanged/);
  assert.match(
    (await turnpike("catalogue", "proposals")).out,
    /prop_\w+ +models\.dev +2026-11-23 +\d+ +applied/,
  );
  assert.equal((await inForce(dearer, "cost"))?.asOf, "2026-11-23");
  const bad = await turnpike("catalogue", "import", "--from", "nowhere");
  assert.is(bad.code, 2);
  assert.match(bad.error, /expected models\.dev, openrouter or provider/);
  rmSync(folder, { recursive: true });
});

imports("percents are exact to a tenth", () => {
  assert.is(percentOf(4n, 3n), "-25.0");
  assert.is(percentOf(3n, 4n), "+33.3");
  assert.is(percentOf(10n, 11n), "+10.0");
  assert.is(percentOf(1n, 0n), "-100.0");
  assert.is(percentOf(1_000n, 1_000_000n), "+99900.0");
});

imports.run();
