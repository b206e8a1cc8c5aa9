// The shipped catalogue, put beside what an operator has made of it since.

import { eq } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { listPrices } from "#control/catalogue/list-prices.ts";
import { parsePriceList } from "#control/catalogue/parse-price-list.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import {
  configurationSchema,
  type ModelConfiguration,
  type WrittenModel,
} from "#control/configuration/configuration.ts";
import { shippedModels } from "#control/shipped-catalogue/models.ts";
import { shippedProviders } from "#control/shipped-catalogue/providers.ts";
import { seedModels } from "#control/shipped-catalogue/seed-models.ts";
import { openDatabase } from "#schema/database.ts";
import { mintId } from "#schema/ids.ts";
import { endpoints, models, priceLines, prices, providers } from "#schema/tables/catalogue.ts";
import { testDatabase } from "#test/database.ts";

const database = await testDatabase();
const opened = openDatabase(database.url, { connectionsMax: 2, name: "seed test" });
const { db } = opened;
const rows = shippedProviders.map(({ slug, name, protocol, flags }) => ({
  id: mintId("provider"),
  slug,
  name,
  protocol,
  baseUrl: "https://api.example.com/v1",
  flags,
}));
await db.insert(providers).values(rows);

const seeding = suite("seeding");
seeding.after(async () => {
  await opened.close();
  await database.close();
});

const ofProviders = () => new Map(rows.map((row) => [row.slug, row]));
const parsed = (written: readonly WrittenModel[]): ModelConfiguration[] =>
  configurationSchema.parse({
    models: written.map((model) => ({
      ...model,
      endpoints: (model.endpoints ?? []).map((endpoint) => ({
        ...endpoint,
        cost: endpoint.charge,
      })),
    })),
  }).models;
const seed = (wanted: readonly ModelConfiguration[], connected = ofProviders()) =>
  db.transaction((tx) =>
    seedModels(tx, wanted, { providers: connected, now: new Date(Date.now() - 1_000) }),
  );
const counts = async () => ({
  models: await db.$count(models),
  endpoints: await db.$count(endpoints),
  prices: await db.$count(prices),
  lines: await db.$count(priceLines),
});

const whole = parsed(shippedModels);

seeding("all of it is put in at once, with both sides priced, and one change is told", async () => {
  const startedAt = performance.now();
  const sequence = await seed(whole);
  const tookMs = performance.now() - startedAt;
  assert.is(typeof sequence, "number");
  const found = await counts();
  assert.is(found.models, shippedModels.length);
  assert.is(found.prices, found.endpoints * 2);
  // A second on a quiet machine; a start may not take longer for it than people wait.
  assert.ok(tookMs < 15_000, `${tookMs} ms`);
  const [without] = await db.select().from(prices).where(eq(prices.source, ""));
  assert.is(without, undefined);
});

seeding("a second time does nothing", async () => {
  const before = await counts();
  assert.is(await seed(whole), null);
  assert.equal(await counts(), before);
});

const small = (input: string, more: Partial<WrittenModel> = {}): WrittenModel => ({
  id: "acme/small",
  name: "Small",
  context_length: 1_000,
  ...more,
  endpoints: [
    {
      provider: "groq",
      upstream_model: "small",
      charge: { input, output: "2.00", source: "a list", as_of: "2026-11-22" },
      flags: { reasoningIn: "none" },
    },
  ],
});
const smallEndpoint = async () => {
  const [row] = await db.select().from(endpoints).where(eq(endpoints.modelId, "acme/small"));
  assert.ok(row);
  return row;
};

seeding("newer prices and facts of ours replace older ones of ours, as new lists", async () => {
  await seed(parsed([small("1.00")]));
  const { id } = await smallEndpoint();
  const newer = parsed([small("0.50")]);
  newer[0]?.endpoints.splice(0, 1, {
    ...(newer[0].endpoints[0] ?? assert.unreachable()),
    tag: "fast",
  } as ModelConfiguration["endpoints"][number]);
  assert.is(typeof (await seed(newer)), "number");
  assert.is((await smallEndpoint()).tag, "fast");
  const { rows: lists } = await listPrices(db, { endpointId: id, side: "charge" });
  assert.equal(
    lists.map(({ lines, source, asOf, publishedBy }) => [lines.length, source, asOf, publishedBy]),
    [
      [2, "a list", "2026-11-22", "shipped catalogue"],
      [2, "a list", "2026-11-22", "shipped catalogue"],
    ],
  );
});

seeding("a list of the operator's own, on either side, keeps the endpoint as it is", async () => {
  const { id } = await smallEndpoint();
  await publishPrice(db, {
    endpointId: id,
    side: "cost",
    lines: parsePriceList({ input: "9", output: "9" }, "cost"),
    effectiveAt: new Date(),
    publishedBy: "key_somebody",
  });
  const before = await counts();
  assert.is(await seed(parsed([small("0.10")])), null);
  assert.equal(await counts(), before);
  assert.is((await smallEndpoint()).tag, "fast");
});

seeding("a model is not rewritten, but gets facts that nobody gave yet", async () => {
  await db.update(models).set({ name: "Ours" }).where(eq(models.id, "acme/small"));
  await seed(
    parsed([
      small("0.10", { name: "Theirs", tokenizer: "qwen", details: { released_on: "2026-01-01" } }),
    ]),
  );
  const [row] = await db.select().from(models).where(eq(models.id, "acme/small"));
  assert.equal(
    [row?.name, row?.tokenizer, row?.details],
    ["Ours", "qwen", { released_on: "2026-01-01" }],
  );
  await seed(parsed([small("0.10", { tokenizer: "kimi" })]));
  const [later] = await db.select().from(models).where(eq(models.id, "acme/small"));
  assert.is(later?.tokenizer, "qwen");
});

seeding(
  "flags that the provider's protocol does not have are left out, and stop no start",
  async () => {
    const connected = ofProviders();
    const groq = connected.get("groq");
    assert.ok(groq);
    connected.set("groq", { ...groq, protocol: "anthropic-messages" });
    const other = { ...small("1.00"), id: "acme/other" };
    await seed(parsed([other]), connected);
    const [row] = await db.select().from(endpoints).where(eq(endpoints.modelId, "acme/other"));
    assert.equal(row?.flags, {});
  },
);

seeding.run();
