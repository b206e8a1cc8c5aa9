import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { and, eq } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { actorOf } from "#control/actor.ts";
import { reconcile } from "#control/credits/reconcile.ts";
import { readCredits } from "#control/credits/read-credits.ts";
import { install, type Installation } from "#control/install.ts";
import { revokeKey } from "#control/keys/revoke-key.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import type { Settings } from "#control/start/settings.ts";
import { openDatabase } from "#schema/database.ts";
import { parsePerMillion } from "#schema/money/amount.ts";
import { allowances, allowanceUses } from "#schema/tables/allowances.ts";
import { endpoints, models, prices, providers } from "#schema/tables/catalogue.ts";
import { keys } from "#schema/tables/keys.ts";
import { members, organizations } from "#schema/tables/organizations.ts";
import { testDatabase } from "#test/database.ts";

const installation = suite("install");
const folders: string[] = [];
const first = await testDatabase();
const second = await testDatabase();
const one = openDatabase(first.url, { connectionsMax: 2, name: "install test" });
const two = openDatabase(second.url, { connectionsMax: 2, name: "install test" });

installation.after(async () => {
  await one.close();
  await two.close();
  await first.close();
  await second.close();
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-install-"));
  folders.push(folder);
  return folder;
}

const settingsOf = (
  databaseUrl: string,
  dataDir: string,
  changed: Partial<Settings> = {},
): Settings => ({
  host: "127.0.0.1",
  port: 4000,
  controlPort: 4001,
  databaseUrl,
  analyticsDatabaseUrl: databaseUrl,
  dataDir,
  gatewayWorkers: 1,
  masterKey: "cd".repeat(32),
  masterKeyAlso: null,
  durability: "process",
  leaseQuarantineMinutes: 60,
  spoolFreeMbMin: 512,
  configFile: null,
  bootstrapCredits: "10.00",
  simulatorUrl: "http://127.0.0.1:4002",
  environment: {},
  ...changed,
});

const dataDir = newFolder();
const settings = settingsOf(first.url, dataDir);
const bootstrapFile = (folder = dataDir) =>
  JSON.parse(readFileSync(join(folder, "bootstrap.json"), "utf8")) as Record<string, unknown>;
const statusOf = async (slug: string) =>
  (await one.db.select().from(providers).where(eq(providers.slug, slug)))[0]?.status;
const countOf = async () => ({
  organizations: (await one.db.select().from(organizations)).length,
  keys: (await one.db.select().from(keys)).length,
  prices: (await one.db.select().from(prices)).length,
});
let begun: Installation;

installation("two first starts at once make one installation with working keys", async () => {
  const [a, b] = await Promise.all([install(settings), install(settings)]);
  assert.equal(a, b);
  begun = a;
  assert.is(a.origin, "http://127.0.0.1:4000");
  assert.is(a.simulator, true);
  assert.is(a.model, "simulator/small");
  assert.equal(a.notes, []);
  assert.equal(await countOf(), { organizations: 1, keys: 2, prices: 6 });
  const inference = await actorOf(one.db, `Bearer ${a.inferenceKey}`);
  const management = await actorOf(one.db, `Bearer ${a.managementKey}`);
  assert.is(inference.keyKind, "inference");
  assert.is(management.role, "operator");
  assert.is((await readCredits(one.db, inference.organizationId)).balance, 10_000_000_000_000n);
  assert.equal(
    (await one.db.select().from(members)).map(({ email, role }) => ({ email, role })),
    [{ email: "admin@localhost", role: "owner" }],
  );
});

installation("bootstrap.json has the documented form, and only its owner reads it", () => {
  assert.equal(bootstrapFile(), {
    origin: "http://127.0.0.1:4000",
    inference_key: begun.inferenceKey,
    management_key: begun.managementKey,
    dashboard_url: "http://127.0.0.1:4000/",
    admin: { email: "admin@localhost", login_url: "http://127.0.0.1:4000/" },
  });
  assert.is(statSync(join(dataDir, "bootstrap.json")).mode & 0o777, 0o600);
});

installation("a later start finds everything done, and follows a new port", async () => {
  const before = await countOf();
  const again = await install({ ...settings, port: 8080 });
  assert.is(again.inferenceKey, begun.inferenceKey);
  assert.is(bootstrapFile()["origin"], "http://127.0.0.1:8080");
  assert.equal(await countOf(), before);
  const [provider] = await one.db.select().from(providers);
  assert.is(provider?.baseUrl, "http://127.0.0.1:4002/v1");
});

installation("an address that means all addresses is told as one that can be called", async () => {
  assert.is((await install({ ...settings, host: "0.0.0.0" })).origin, "http://127.0.0.1:4000");
  assert.is((await install({ ...settings, host: "::1" })).origin, "http://[::1]:4000");
});

installation(
  "a provider key in the environment connects it, and the simulator steps back",
  async () => {
    const environment = {
      GROQ_API_KEY: "gsk-1",
      OPENAI_API_KEY: " ",
      CLOUDFLARE_API_KEY: "x",
      REPLICATE_API_KEY: "y",
    };
    const connected = await install({ ...settings, environment });
    assert.is(connected.simulator, false);
    assert.is(connected.model, "openai/gpt-oss-20b");
    assert.is(await statusOf("simulator"), "disabled");
    assert.is(await statusOf("groq"), "active");
    assert.is(await statusOf("openai"), undefined, "an empty variable is none");
    assert.is(await statusOf("cloudflare"), undefined);
    assert.match(
      connected.notes.join(),
      /CLOUDFLARE_API_KEY is set, but Cloudflare Workers AI also needs CLOUDFLARE_ACCOUNT_ID/,
    );
    assert.match(connected.notes.join(), /REPLICATE_API_KEY is set, but it is not used/);
    const ofGroq = await one.db
      .select({ id: endpoints.id })
      .from(endpoints)
      .innerJoin(providers, eq(providers.id, endpoints.providerId))
      .where(eq(providers.slug, "groq"));
    assert.ok(ofGroq.length >= 3);
    for (const { id } of ofGroq) {
      const sides = (await one.db.select().from(prices).where(eq(prices.endpointId, id))).map(
        ({ side }) => side,
      );
      assert.equal(sides.toSorted(), ["charge", "cost"]);
    }
  },
);

installation(
  "what an operator changed in the shipped catalogue survives the next start",
  async () => {
    const environment = { GROQ_API_KEY: "gsk-1" };
    const [endpoint] = await one.db
      .select()
      .from(endpoints)
      .where(eq(endpoints.modelId, "openai/gpt-oss-20b"));
    assert.ok(endpoint);
    await one.db.update(models).set({ name: "Ours" }).where(eq(models.id, "openai/gpt-oss-20b"));
    const lines = (["input", "output"] as const).map((meter) => ({
      meter,
      perUnit: parsePerMillion("9"),
      aboveInputTokens: 0,
    }));
    await one.db.transaction((tx) =>
      publishPrice(tx, {
        endpointId: endpoint.id,
        side: "charge",
        lines,
        effectiveAt: new Date(),
        publishedBy: "somebody",
      }),
    );
    const before = await countOf();
    await install({ ...settings, environment });
    assert.equal(await countOf(), before);
    assert.is(
      (await one.db.select().from(models).where(eq(models.id, "openai/gpt-oss-20b")))[0]?.name,
      "Ours",
    );
  },
);

installation(
  "a start without the variable keeps the provider, and the simulator away",
  async () => {
    const later = await install(settings);
    assert.is(later.simulator, false);
    assert.is(await statusOf("groq"), "active");
  },
);

installation("the simulator is back when nothing else is in use", async () => {
  await one.db.update(providers).set({ status: "disabled" }).where(eq(providers.slug, "groq"));
  const later = await install(settings);
  assert.is(later.simulator, true);
  assert.is(await statusOf("simulator"), "active");
});

installation("a revoked key is not handed out again, and not replaced either", async () => {
  const actor = await actorOf(one.db, `Bearer ${begun.inferenceKey}`);
  await one.db.transaction((tx) =>
    revokeKey(tx, { organizationId: actor.organizationId, idOrHash: actor.keyId }),
  );
  const later = await install(settings);
  assert.is(later.inferenceKey, null);
  assert.is(later.managementKey, begun.managementKey);
  assert.match(later.notes.join(), /revoked/);
});

installation(
  "a lost bootstrap.json is replaced by new keys, and that is said; credit is not given again",
  async () => {
    rmSync(join(dataDir, "bootstrap.json"));
    const later = await install(settings);
    assert.match(later.notes.join(), /bootstrap\.json was missing/);
    assert.is.not(later.inferenceKey, begun.inferenceKey);
    const actor = await actorOf(one.db, `Bearer ${later.inferenceKey}`);
    const [key] = await one.db.select().from(keys).where(eq(keys.id, actor.keyId));
    assert.is(key?.name, "bootstrap (replaced)");
    assert.is((await readCredits(one.db, actor.organizationId)).granted, 10_000_000_000_000n);
    const { checks } = await reconcile(one.db);
    assert.equal(
      checks.flatMap(({ differences }) => differences),
      [],
    );
  },
);

installation(
  "a config file is applied at every start, and its secrets go to keys.json",
  async () => {
    const folder = newFolder();
    const configFile = join(folder, "turnpike.yaml");
    const text = `
providers: [{slug: acme, protocol: openai-chat, base_url: "https://api.acme.example/v1", key_env: ACME_API_KEY}]
models: [{id: acme/big, context_length: 8192, endpoints: [{provider: acme, upstream_model: big, charge: {input: 1, output: 2}}]}]
organizations: [{slug: demo, credits: "5", keys: [{name: app}]}]
`;
    writeFileSync(configFile, text);
    const configured = settingsOf(second.url, folder, {
      configFile,
      environment: { ACME_API_KEY: "sk-acme" },
      bootstrapCredits: "0",
    });
    const done = await install(configured);
    assert.is(done.simulator, false);
    assert.is(done.model, "acme/big");
    const secrets = JSON.parse(readFileSync(join(folder, "keys.json"), "utf8")) as {
      demo: { app: string };
    };
    const actor = await actorOf(two.db, `Bearer ${secrets.demo.app}`);
    assert.is((await readCredits(two.db, actor.organizationId)).balance, 5_000_000_000_000n);
    const again = await install(configured);
    assert.equal(again.notes, []);
    assert.equal(JSON.parse(readFileSync(join(folder, "keys.json"), "utf8")), secrets);

    writeFileSync(configFile, text.replace("input: 1,", ""));
    await install(configured).then(
      () => assert.unreachable(),
      (error: Error) =>
        assert.match(error.message, /models\[0\]\.endpoints\[0\]\.charge\.input .*is missing/),
    );
  },
);

installation(
  "a database of a version that knew no rate tiers has them after the next start",
  async () => {
    const folder = newFolder();
    const settings = settingsOf(second.url, folder);
    const ofTiers = and(
      eq(allowances.subjectKind, "organization"),
      eq(allowances.unit, "requests"),
    );
    await install(settings);
    const before = await two.db.select().from(allowances).where(ofTiers);
    assert.ok(before.length >= 2);
    await two.db.delete(allowanceUses);
    await two.db.delete(allowances).where(ofTiers);
    await install(settings);
    const after = await two.db.select().from(allowances).where(ofTiers);
    assert.equal(
      after.map(({ window, limit }) => `${window} ${limit}`).toSorted(),
      before.map(({ window, limit }) => `${window} ${limit}`).toSorted(),
    );
  },
);

installation("a first start that a wrong config file ends leaves nothing half done", async () => {
  const third = await testDatabase();
  try {
    const folder = newFolder();
    const configFile = join(folder, "turnpike.yaml");
    writeFileSync(configFile, "providers: 3");
    const wrong = settingsOf(third.url, folder, { configFile });
    await install(wrong).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, /providers .*expected a list of providers/),
    );
    const mended = await install({ ...wrong, configFile: null });
    const opened = openDatabase(third.url, { connectionsMax: 1, name: "install test" });
    try {
      assert.is((await actorOf(opened.db, `Bearer ${mended.managementKey}`)).role, "operator");
      assert.equal(mended.notes, []);
    } finally {
      await opened.close();
    }
  } finally {
    await third.close();
  }
});

installation.run();
