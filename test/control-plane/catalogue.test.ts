// Providers, models, endpoints and prices: said twice is said once, and a price is never edited.
import { eq } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkBaseUrl } from "#control/catalogue/check-base-url.ts";
import { connectProvider, type ConnectProviderInput } from "#control/catalogue/connect-provider.ts";
import { disableModel } from "#control/catalogue/disable-model.ts";
import { disableProvider } from "#control/catalogue/disable-provider.ts";
import { findEndpoint } from "#control/catalogue/find-endpoint.ts";
import { findProvider } from "#control/catalogue/find-provider.ts";
import { listModels } from "#control/catalogue/list-models.ts";
import { listPrices } from "#control/catalogue/list-prices.ts";
import { listProviders } from "#control/catalogue/list-providers.ts";
import { parsePriceList } from "#control/catalogue/parse-price-list.ts";
import type { PriceList } from "#control/catalogue/price-list.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { writePriceList } from "#control/catalogue/write-price-list.ts";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import { CommandError } from "#control/command-error.ts";
import type { EndpointId } from "#schema/ids.ts";
import type { ProviderId } from "#schema/ids.ts";
import { credentialContext, unseal } from "#schema/secrets.ts";
import { prices, providerKeys } from "#schema/tables/catalogue.ts";
import { codeOf } from "./code-of.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { providerId, runtime } = installation;
const { db, masterKey } = runtime;
const test = suite("catalogue");
test.after(() => installation.close());

const acme: ConnectProviderInput = {
  slug: "acme-ai",
  name: "Acme",
  protocol: "openai-chat",
  baseUrl: "https://api.acme.test/v1/",
  key: "sk-secret",
  allowPrivateNetwork: false,
  flags: { a: [1] },
};
const keysOf = (id: ProviderId) =>
  db.select().from(providerKeys).where(eq(providerKeys.providerId, id));
const model = {
  id: "acme/one",
  name: "One",
  contextLength: 8192,
  maxOutputTokens: null,
  inputModalities: ["text"],
  outputModalities: ["text"],
  supportedParameters: ["tools"],
};

test("a provider that is connected again with the same words is unchanged", async () => {
  const first = await connectProvider(db, acme, masterKey);
  assert.ok(first.changed);
  const second = await connectProvider(
    db,
    { ...acme, baseUrl: "https://api.acme.test/v1" },
    masterKey,
  );
  assert.equal(second, {
    id: first.id,
    changed: false,
    removedKeys: [],
    sequence: null,
  });
});

test("a credential is kept unless another is given, and is sealed for its provider", async () => {
  await connectProvider(db, acme, masterKey);
  await connectProvider(db, { ...acme, key: undefined, name: "Acme Inc." }, masterKey);
  const kept = await findProvider(db, "acme-ai");
  assert.is(kept.name, "Acme Inc.");
  const [key] = await keysOf(kept.id);
  assert.not.ok(key?.sealedKey.includes("sk-secret"));
  const contextOf = (origin: string) => credentialContext(key?.id ?? "", origin);
  assert.is(
    unseal(key?.sealedKey ?? "", contextOf("https://api.acme.test"), masterKey),
    "sk-secret",
  );
  assert.throws(() => unseal(key?.sealedKey ?? "", contextOf("https://evil.test"), masterKey));
  assert.ok(
    (await connectProvider(db, { ...acme, name: "Acme Inc.", key: "sk-other" }, masterKey)).changed,
  );
  assert.ok(
    (await connectProvider(db, { ...acme, name: "Acme Inc.", key: null }, masterKey)).changed,
  );
  assert.equal(await keysOf(kept.id), []);
});

test("a list of providers shows whether there is a credential, and never the credential", async () => {
  await connectProvider(db, acme, masterKey);
  const { rows } = await listProviders(db, { limit: 100, after: null });
  assert.equal(
    rows.map((row) => [row.slug, row.keys]),
    [
      ["acme-ai", 1],
      ["mill", 1],
    ],
  );
  assert.not.ok(JSON.stringify(rows).includes("v2."));
});

test("a provider that was disabled stays so when a configuration is applied again", async () => {
  await connectProvider(db, acme, masterKey);
  await disableProvider(db, "acme-ai");
  await connectProvider(db, { ...acme, name: "Renamed" }, masterKey);
  assert.is((await findProvider(db, "acme-ai")).status, "disabled");
});

for (const url of [
  "http://localhost/v1",
  "http://127.0.0.1:9",
  "http://10.1.2.3",
  "http://[::1]/",
  "http://[::ffff:127.0.0.1]/",
  "http://192.168.0.1",
  "http://0x7f.1/",
]) {
  test(`${url} is refused as a provider unless private networks are allowed`, () => {
    assert.throws(
      () => checkBaseUrl(url, { allowPrivateNetwork: false }),
      (error: unknown) => error instanceof CommandError,
    );
    assert.ok(checkBaseUrl(url, { allowPrivateNetwork: true }));
  });
}
for (const url of [
  "",
  "http://169.254.169.254/latest",
  "acme",
  "ftp://acme.test",
  "https://user:pass@acme.test",
  "https://acme.test/v1?key=1",
  "file:///etc/passwd",
]) {
  test(`${JSON.stringify(url)} is no base URL`, () => {
    assert.throws(
      () => checkBaseUrl(url, { allowPrivateNetwork: true }),
      (error: unknown) => error instanceof CommandError,
    );
  });
}

test("a model and an endpoint that are said again are unchanged", async () => {
  assert.ok((await putModel(db, model)).changed);
  assert.not.ok((await putModel(db, model)).changed);
  assert.ok((await putModel(db, { ...model, contextLength: 4096 })).changed);
  const endpoint = { modelId: model.id, providerId, upstreamModel: "one" };
  const first = await putEndpoint(db, endpoint);
  assert.equal(await putEndpoint(db, endpoint), { id: first.id, changed: false, sequence: null });
  assert.ok((await putEndpoint(db, { ...endpoint, cancellable: false })).changed);
});

test("an endpoint of no model or no provider is refused", async () => {
  assert.is(
    await codeOf(putEndpoint(db, { modelId: "acme/none", providerId, upstreamModel: "x" })),
    "not_found",
  );
  assert.is(await codeOf(putModel(db, { ...model, id: "Not A Model" })), "bad_request");
});

test("a disabled model is listed only when asked for", async () => {
  await putModel(db, { ...model, id: "acme/gone" });
  await disableModel(db, "acme/gone");
  const ids = async (includeDisabled: boolean) =>
    (await listModels(db, { limit: 100, after: null, includeDisabled })).rows.map((row) => row.id);
  assert.ok((await ids(true)).includes("acme/gone"));
  assert.not.ok((await ids(false)).includes("acme/gone"));
});

test("pages go through all models once", async () => {
  const all = (await listModels(db, { limit: 100, after: null, includeDisabled: true })).rows.map(
    (row) => row.id,
  );
  const first = await listModels(db, { limit: 2, after: null, includeDisabled: true });
  const rest = await listModels(db, { limit: 100, after: first.next, includeDisabled: true });
  assert.equal(
    [...first.rows, ...rest.rows].map((row) => row.id),
    all,
  );
});

const publish = (endpointId: EndpointId, list: PriceList, effectiveAt = new Date()) =>
  db.transaction((tx) =>
    publishPrice(tx, {
      endpointId,
      side: "charge",
      lines: parsePriceList(list, "charge"),
      effectiveAt,
      publishedBy: "test",
    }),
  );
const endpointOf = async (name: string) => {
  await putModel(db, { ...model, id: `acme/${name}` });
  return (await putEndpoint(db, { modelId: `acme/${name}`, providerId, upstreamModel: name })).id;
};

test("a price list that is in force anyway adds no row, and another one never edits it", async () => {
  const endpointId = await endpointOf("priced");
  const first = await publish(endpointId, { input: "1.00", output: "2.00" });
  const same = await publish(endpointId, { output: "2", input: "1.000000" });
  assert.equal(same, { id: first.id, unchanged: true, sequence: null });
  const second = await publish(endpointId, { input: "1.00", output: "3.00" });
  assert.not.ok(second.unchanged);
  const { rows } = await listPrices(db, { endpointId });
  assert.equal(
    rows.map((list) => [list.id, writePriceList(list.lines).output, list.inForce]),
    [
      [second.id, "3.00", true],
      [first.id, "2.00", false],
    ],
  );
});

test("of two lists of one instant the later is in force, even from one transaction", async () => {
  const endpointId = await endpointOf("twice");
  const at = new Date();
  const lines = (output: string) => parsePriceList({ input: "1", output }, "charge");
  const last = await db.transaction(async (tx) => {
    const common = { endpointId, side: "charge", effectiveAt: at, publishedBy: "test" } as const;
    await publishPrice(tx, { ...common, lines: lines("1") });
    return publishPrice(tx, { ...common, lines: lines("2") });
  });
  assert.is((await listPrices(db, { endpointId })).rows[0]?.id, last.id);
});

test("two who publish the same at once add one list", async () => {
  const endpointId = await endpointOf("raced");
  await publish(endpointId, { input: "1", output: "1" });
  const at = new Date();
  const answers = await Promise.all(
    [1, 2, 3].map(() => publish(endpointId, { input: "2", output: "2" }, at)),
  );
  assert.is(new Set(answers.map((answer) => answer.id)).size, 1);
  assert.is((await db.select().from(prices).where(eq(prices.endpointId, endpointId))).length, 2);
});

test("a list for later waits for its instant", async () => {
  const endpointId = await endpointOf("later");
  await publish(endpointId, { input: "1", output: "1" });
  await publish(endpointId, { input: "9", output: "9" }, new Date(Date.now() + 3_600_000));
  assert.ok((await publish(endpointId, { input: "1", output: "1" })).unchanged);
});

for (const { name, list } of [
  { name: "a charge without an output price is refused, never free", list: { input: "1" } },
  { name: "a negative price is refused", list: { input: "-1", output: "1" } },
  {
    name: "a price that cannot be charged exactly is refused",
    list: { input: "0.0000001", output: "1" },
  },
  { name: "a price that is no number is refused", list: { input: "cheap", output: "1" } },
  {
    name: "a price for something unknown is refused",
    list: { input: "1", output: "1", thinking: "1" } as PriceList,
  },
  { name: "an empty list is refused", list: {} },
]) {
  test(name, async () => {
    const endpointId = await endpointOf("refused");
    const work = (async () => publish(endpointId, list))();
    assert.is(await codeOf(work), "bad_request");
    assert.equal((await listPrices(db, { endpointId })).rows, []);
  });
}

test("a free model says so", async () => {
  assert.not.ok((await publish(await endpointOf("free"), { input: "0", output: "0" })).unchanged);
});

test("an endpoint is found by model and provider, unless they have several", async () => {
  const id = await endpointOf("found");
  assert.is((await findEndpoint(db, { model: "acme/found", provider: "mill" })).id, id);
  await putEndpoint(db, { modelId: "acme/found", providerId, upstreamModel: "found-2" });
  assert.is(
    await codeOf(findEndpoint(db, { model: "acme/found", provider: "mill" })),
    "bad_request",
  );
  assert.is(
    (await findEndpoint(db, { model: "acme/found", provider: "mill", upstreamModel: "found" })).id,
    id,
  );
  assert.is(await codeOf(findEndpoint(db, { model: "acme/found" })), "bad_request");
  assert.is(
    await codeOf(findEndpoint(db, { model: "acme/found", provider: "nobody" })),
    "not_found",
  );
});

test.run();
