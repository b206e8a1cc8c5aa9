// What the public catalogue says of a model and its endpoints, judged by OpenRouter's own SDK, which throws at a member that
// is missing or of another kind.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { OpenRouter } from "@openrouter/sdk";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parsePriceList } from "#control/catalogue/parse-price-list.ts";
import type { PriceList } from "#control/catalogue/price-list.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { putEndpoint, type PutEndpointInput } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import { restHandler } from "#control/rest/rest-handler.ts";
import { shippedModels } from "#control/shipped-catalogue/models.ts";
import { shippedProviders } from "#control/shipped-catalogue/providers.ts";
import { seedModels } from "#control/shipped-catalogue/seed-models.ts";
import { configurationSchema } from "#control/configuration/configuration.ts";
import { mintId } from "#schema/ids.ts";
import { providers } from "#schema/tables/catalogue.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { runtime, acme, providerId } = installation;
const { db } = runtime;
const handle = restHandler(runtime);
const listening = createServer((request, response) => void handle(request, response)).listen(
  0,
  "127.0.0.1",
);
await new Promise((resolve) => listening.once("listening", resolve));
const origin = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
const sdk = new OpenRouter({
  apiKey: acme.inference.key,
  serverURL: `${origin}/api/v1`,
  retryConfig: { strategy: "none" },
  timeoutMs: 30_000,
});

const catalogue = suite("rest catalogue");
catalogue.after(async () => {
  listening.closeAllConnections();
  listening.close();
  await installation.close();
});

async function endpointOf(
  input: Omit<PutEndpointInput, "providerId">,
  charge: PriceList,
): Promise<void> {
  const { id } = await putEndpoint(db, { providerId, ...input });
  await publishPrice(db, {
    endpointId: id,
    side: "charge",
    lines: parsePriceList(charge, "charge", "charge"),
    effectiveAt: new Date(Date.now() - 1_000),
    publishedBy: "test",
  });
}

await putModel(db, {
  id: "deepseek/thinker-2",
  name: "Thinker 2",
  contextLength: 100_000,
  maxOutputTokens: 10_000,
  inputModalities: ["text", "image"],
  outputModalities: ["text"],
  supportedParameters: ["tools", "tool_choice", "temperature", "reasoning"],
  tokenizer: "deepseek",
  details: {
    hugging_face_id: "deepseek-ai/Thinker-2",
    knowledge_cutoff: "2026-01-31",
    released_on: "2026-10-01",
    expires_on: "2027-10-01",
    reasoning: {
      mandatory: false,
      default_enabled: true,
      supported_efforts: ["high", "low"],
      default_effort: "high",
    },
    aliases: ["~deepseek/thinker-latest"],
  },
});
await endpointOf(
  { modelId: "deepseek/thinker-2", upstreamModel: "thinker-2" },
  {
    input: "1",
    output: "2",
    cache_read: "0.1",
    hours: [
      { at: "mon,fri 22:00-02:00", input: "2", output: "4", cache_read: "0.2" },
      { at: "06:00-10:00", input: "3", output: "6", cache_read: "0.3" },
    ],
  },
);
await endpointOf(
  {
    modelId: "deepseek/thinker-2",
    upstreamModel: "thinker-2-fast",
    tag: "fast",
    quantization: "fp8",
    contextLength: 50_000,
    supportedParameters: ["tools", "tool_choice"],
    flags: { toolChoice: "auto-only" },
  },
  { input: "4", output: "8" },
);
await putModel(db, {
  id: "voyage/vectors",
  name: "Vectors",
  contextLength: 32_000,
  maxOutputTokens: null,
  inputModalities: ["text"],
  outputModalities: ["embeddings"],
  supportedParameters: [],
});
await endpointOf(
  { modelId: "voyage/vectors", upstreamModel: "vectors", protocol: "openai-embeddings" },
  { input: "0.06", output: "0" },
);

catalogue("a model says what is known of it, in the contract's words", async () => {
  const { data } = await sdk.models.get({ author: "deepseek", slug: "thinker-2" });
  assert.is(data.huggingFaceId, "deepseek-ai/Thinker-2");
  assert.is(data.knowledgeCutoff, "2026-01-31");
  assert.is(data.expirationDate, "2027-10-01");
  assert.is(data.created, Date.parse("2026-10-01") / 1_000);
  assert.is(data.architecture.tokenizer, "DeepSeek");
  assert.is(data.architecture.modality, "text+image->text");
  assert.equal(data.reasoning, {
    mandatory: false,
    defaultEnabled: true,
    defaultEffort: "high",
    supportedEfforts: ["high", "low"],
  });
  assert.is((await sdk.models.get({ author: "acme", slug: "big-1" })).data.reasoning, undefined);
});

catalogue("prices of hours are overrides, and what passes midnight is two of them", async () => {
  const { data } = await sdk.models.get({ author: "deepseek", slug: "thinker-2" });
  // Ordinary conditions on top, whatever the hour is now.
  assert.is(data.pricing.prompt, "0.000001");
  assert.equal(
    data.pricing.overrides?.map((each) => ({
      prompt: each.prompt,
      days: each.utcDays ?? null,
      from: each.utcStart,
      to: each.utcEnd,
    })),
    [
      { prompt: "0.000003", days: null, from: 600, to: 1_000 },
      { prompt: "0.000002", days: ["monday", "friday"], from: 2_200, to: 0 },
      { prompt: "0.000002", days: ["tuesday", "saturday"], from: 0, to: 200 },
    ],
  );
});

catalogue(
  "an endpoint says its tag, its own parameters and how it takes tool choices",
  async () => {
    const { data } = await sdk.endpoints.list({ author: "deepseek", slug: "thinker-2" });
    assert.equal(
      data.endpoints.map((each) => ({
        tag: each.tag,
        quantization: each.quantization,
        context: each.contextLength,
        parameters: each.supportedParameters,
        tools: each.supportsToolChoice,
        caching: each.supportsImplicitCaching,
      })),
      [
        {
          tag: "mill",
          quantization: null,
          context: 100_000,
          parameters: ["tools", "tool_choice", "temperature", "reasoning"],
          tools: { auto: true, function: true, none: true, required: true },
          caching: true,
        },
        {
          tag: "mill/fast",
          quantization: "fp8",
          context: 50_000,
          parameters: ["tools", "tool_choice"],
          tools: { auto: true, function: false, none: true, required: false },
          caching: false,
        },
      ],
    );
  },
);

catalogue("an alias is listed with what it stands for, and can be asked for", async () => {
  const { data } = await sdk.models.get({ author: "~deepseek", slug: "thinker-latest" });
  assert.is(data.id, "~deepseek/thinker-latest");
  assert.is(data.canonicalSlug, "deepseek/thinker-2");
  assert.equal(data.aliasTarget, { slug: "deepseek/thinker-2", name: "Thinker 2" });
  // Of two models that claim it the newer has it.
  await putModel(db, {
    id: "deepseek/thinker-3",
    name: "Thinker 3",
    contextLength: 100_000,
    maxOutputTokens: 10_000,
    inputModalities: ["text"],
    outputModalities: ["text"],
    supportedParameters: [],
    details: { aliases: ["~deepseek/thinker-latest"] },
  });
  await endpointOf(
    { modelId: "deepseek/thinker-3", upstreamModel: "thinker-3" },
    { input: "1", output: "2" },
  );
  const later = await sdk.models.get({ author: "~deepseek", slug: "thinker-latest" });
  assert.is(later.data.aliasTarget?.slug, "deepseek/thinker-3");
});

catalogue("vectors are listed for those who ask for them", async () => {
  const idsOf = async (query: string) => {
    const response = await fetch(`${origin}/api/v1/models${query}`);
    const { data } = (await response.json()) as { data: { id: string }[] };
    return data.map(({ id }) => id);
  };
  assert.is((await idsOf("")).includes("voyage/vectors"), false);
  assert.equal(await idsOf("?output_modalities=embeddings"), ["voyage/vectors"]);
  assert.is((await idsOf("?output_modalities=all")).includes("voyage/vectors"), true);
});

catalogue("the whole shipped catalogue is what the SDK takes, model by model", async () => {
  const rows = shippedProviders.map(({ slug, name, protocol, flags }) => ({
    id: mintId("provider"),
    slug,
    name,
    protocol,
    baseUrl: "https://api.example.com/v1",
    flags,
  }));
  await db.insert(providers).values(rows);
  const { models } = configurationSchema.parse({ models: shippedModels });
  await db.transaction((tx) =>
    seedModels(tx, models, {
      providers: new Map(rows.map((row) => [row.slug, row])),
      now: new Date(Date.now() - 1_000),
    }),
  );
  const listed: { id: string; tokenizer: string | undefined; overrides: number }[] = [];
  for await (const page of await sdk.models.list({ outputModalities: "all" }))
    listed.push(
      ...page.result.data.map(({ id, architecture, pricing }) => ({
        id,
        tokenizer: architecture.tokenizer,
        overrides: pricing.overrides?.length ?? 0,
      })),
    );
  for (const { id } of shippedModels)
    assert.ok(
      listed.some((one) => one.id === id),
      id,
    );
  assert.ok(listed.filter(({ id }) => id.startsWith("~")).length >= 25);
  assert.is(
    listed.find(({ id }) => id === "deepseek/deepseek-v4.1-flash-1017")?.tokenizer,
    "DeepSeek",
  );
  const { data } = await sdk.endpoints.list({
    author: "deepseek",
    slug: "deepseek-v4.1-flash-1017",
  });
  const own = data.endpoints.find(({ tag }) => tag === "deepseek");
  assert.is(own?.pricing.prompt, "0.00000015");
  assert.equal(
    own?.pricing.overrides?.map(({ prompt, utcStart, utcEnd, utcDays }) => [
      prompt,
      utcStart,
      utcEnd,
      utcDays?.length,
    ]),
    [
      ["0.0000003", 100, 400, 5],
      ["0.0000003", 600, 1_000, 5],
    ],
  );
  assert.ok(data.endpoints.some(({ tag }) => tag === "baseten/fast"));
});

catalogue.run();
