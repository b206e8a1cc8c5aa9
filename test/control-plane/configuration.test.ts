import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq, sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { applyConfiguration, type Applied } from "#control/configuration/apply-configuration.ts";
import {
  exportConfiguration,
  writeConfiguration,
} from "#control/configuration/export-configuration.ts";
import {
  ConfigurationError,
  parseConfiguration,
} from "#control/configuration/parse-configuration.ts";
import { saveSecrets } from "#control/configuration/save-secrets.ts";
import { reconcile } from "#control/credits/reconcile.ts";
import { revokeKey } from "#control/keys/revoke-key.ts";
import { openDatabase } from "#schema/database.ts";
import { credentialContext, hashKey, unseal } from "#schema/secrets.ts";
import { changes } from "#schema/tables/allowances.ts";
import { priceLines, prices, providerKeys, providers } from "#schema/tables/catalogue.ts";
import { keys } from "#schema/tables/keys.ts";
import { accounts } from "#schema/tables/ledger.ts";
import { organizations } from "#schema/tables/organizations.ts";
import { testDatabase } from "#test/database.ts";

const configuration = suite("configuration");
const database = await testDatabase();
const opened = openDatabase(database.url, { connectionsMax: 3, name: "configuration test" });
const { db } = opened;
const folder = mkdtempSync(join(tmpdir(), "turnpike-configuration-"));
const masterKey = "ab".repeat(32);

configuration.after(async () => {
  await opened.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

/** The file of design.md, section 11. */
const example = `
providers:
  - slug: acme
    name: Acme
    protocol: openai-chat
    base_url: http://127.0.0.1:9100/v1
    key: sk-literal
    allow_private_network: true
    flags: {tokenLimitField: max_completion_tokens}
models:
  - id: acme/big-1
    name: "Acme: Big 1"
    context_length: 131072
    max_output_tokens: 8192
    input_modalities: [text]
    output_modalities: [text]
    supported_parameters: [temperature, max_tokens, tools, tool_choice, response_format]
    endpoints:
      - provider: acme
        upstream_model: big-1
        charge: {input: "1.00", output: "2.00", cache_read: "0.10", cache_write: "1.25", request: "0.001"}
        cost:   {input: "0.80", output: "1.60", tiers: [{above_input_tokens: 100000, input: "1.60", output: "3.20"}]}
        context_length: 131072
organizations:
  - slug: demo
    credits: "25.00"
    keys: [{name: app, limit: "5.00", limit_reset: daily}, {name: batch}]
`;

const apply = (text: string, environment: Record<string, string> = {}): Promise<Applied> =>
  db.transaction(async (tx) => {
    const known = await tx.select({ slug: providers.slug }).from(providers);
    const parsed = parseConfiguration(
      text,
      known.map(({ slug }) => slug),
    );
    return applyConfiguration(tx, parsed, {
      masterKey,
      environment,
      actor: "test",
      now: new Date(),
    });
  });

/** A provider's keys in clear, by name. */
async function keysIn(slug: string): Promise<Record<string, string>> {
  const rows = await db
    .select({ key: providerKeys })
    .from(providerKeys)
    .innerJoin(providers, eq(providers.id, providerKeys.providerId))
    .where(eq(providers.slug, slug));
  return Object.fromEntries(
    rows.map(({ key }) => [
      key.name,
      unseal(key.sealedKey, credentialContext(key.id, key.origin), masterKey),
    ]),
  );
}

function problemsOf(text: string): string[] {
  try {
    parseConfiguration(text);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

configuration("the documented file becomes providers, prices, credit and keys", async () => {
  const applied = await apply(example);
  assert.is(applied.notes.length, 0);
  const [provider] = await db.select().from(providers).where(eq(providers.slug, "acme"));
  assert.equal(await keysIn("acme"), { default: "sk-literal" });
  assert.equal(provider?.flags, { tokenLimitField: "max_completion_tokens" });

  const lines = await db
    .select({
      side: prices.side,
      meter: priceLines.meter,
      above: priceLines.aboveInputTokens,
      perUnit: priceLines.perUnit,
    })
    .from(priceLines)
    .innerJoin(prices, eq(prices.id, priceLines.priceId));
  const perUnit = (side: string, meter: string, above = 0) =>
    lines.find((line) => line.side === side && line.meter === meter && line.above === above)
      ?.perUnit;
  assert.is(
    perUnit("charge", "input"),
    1_000_000n,
    "1.00 per million is a million picodollars per token",
  );
  assert.is(perUnit("charge", "cache_write_5m"), 1_250_000n);
  assert.is(
    perUnit("charge", "request"),
    1_000_000_000n,
    "a fee per request is per request, not per million",
  );
  assert.is(perUnit("cost", "output", 100_000), 3_200_000n);

  const [account] = await db
    .select({ balance: accounts.balance })
    .from(accounts)
    .innerJoin(organizations, eq(organizations.id, accounts.organizationId))
    .where(eq(organizations.slug, "demo"));
  assert.is(account?.balance, 25_000_000_000_000n);
  const secret = applied.secrets["demo"]?.["app"] ?? "";
  const [key] = await db
    .select()
    .from(keys)
    .where(eq(keys.hash, hashKey(secret)));
  assert.is(key?.limit, 5_000_000_000_000n);
  assert.is(key?.limitReset, "daily");
});

configuration("a second time changes nothing and tells no gateway", async () => {
  const count = async () =>
    (await db.select({ count: sql<string>`count(*)` }).from(changes))[0]?.count;
  const before = await count();
  const applied = await apply(example);
  assert.equal(applied, { changes: [], notes: [], secrets: {}, sequence: null });
  assert.is(await count(), before);
});

configuration("two at once leave one grant and one key of each name", async () => {
  const text = `organizations: [{slug: twins, credits: 3, keys: [{name: a}]}]`;
  const both = await Promise.all([apply(text), apply(text)]);
  assert.equal(
    both.map((applied) => applied.changes.length).toSorted((a, b) => a - b),
    [0, 3],
  );
  const { checks } = await reconcile(db);
  assert.equal(
    checks.flatMap(({ differences }) => differences),
    [],
  );
});

configuration("only what differs is changed, and it is named", async () => {
  const dearer = example
    .replace('output: "2.00"', 'output: "2.50"')
    .replace('limit: "5.00"', 'limit: "6.00"');
  assert.equal((await apply(dearer)).changes, [
    "charge of acme/big-1 at acme published",
    "limit of key app of demo set",
  ]);
  assert.is((await apply(example)).changes.length, 2, "and back");
});

configuration("credit is granted once: another amount is noted, not granted", async () => {
  const { changes: done, notes } = await apply(example.replace('"25.00"', '"50.00"'));
  assert.equal(done, []);
  assert.match(notes.join(), /granted once.*turnpike credits grant demo/);
});

configuration("a revoked key is not minted again", async () => {
  const [organization] = await db
    .select()
    .from(organizations)
    .where(eq(organizations.slug, "twins"));
  const [key] = await db
    .select()
    .from(keys)
    .where(eq(keys.organizationId, organization?.id ?? ("" as never)));
  await db.transaction((tx) =>
    revokeKey(tx, {
      organizationId: key?.organizationId ?? ("" as never),
      idOrHash: key?.id ?? "",
    }),
  );
  const { secrets, notes } = await apply(`organizations: [{slug: twins, keys: [{name: a}]}]`);
  assert.equal(secrets, {});
  assert.match(notes.join(), /was revoked and stays so/);
});

configuration(
  "key_env is read from the environment, kept when it is gone, and missed when it never was",
  async () => {
    const text = (slug: string) =>
      `providers: [{slug: ${slug}, protocol: openai-chat, base_url: "https://api.example.com/v1", key_env: SOME_KEY}]`;
    await apply(text("elsewhere"), { SOME_KEY: "sk-1" });
    assert.equal(await keysIn("elsewhere"), { default: "sk-1" });
    assert.equal((await apply(text("elsewhere"))).changes, []);
    await apply(text("elsewhere"), { SOME_KEY: "sk-2" });
    assert.equal(await keysIn("elsewhere"), { default: "sk-2" });
    await apply(text("nobody")).then(
      () => assert.unreachable(),
      (error: Error) =>
        assert.match(error.message, /provider nobody: key_env names SOME_KEY, which is not set/),
    );
  },
);

configuration("an endpoint may name a provider that is connected already", async () => {
  const { changes: done } = await apply(
    `models: [{id: acme/small, context_length: 8192, endpoints: [{provider: acme, upstream_model: small, charge: {input: 1, output: 2}}]}]`,
  );
  assert.is(done.length, 3);
});

configuration(
  "what is exported holds no secret, says the same, and changes nothing when it is applied",
  async () => {
    const exported = await db.transaction((tx) => exportConfiguration(tx, new Date()));
    for (const format of ["yaml", "json"] as const) {
      const text = writeConfiguration(exported, format);
      assert.not.match(text, /sk-/);
      assert.equal((await apply(text)).changes, [], text);
      assert.equal(parse(text), exported, "text and value are one");
    }
    const written = parseConfiguration(writeConfiguration(exported, "yaml"));
    const original = parseConfiguration(example);
    assert.equal(
      written.models.find(({ id }) => id === "acme/big-1"),
      original.models[0],
    );
    assert.equal(
      written.organizations.find(({ slug }) => slug === "demo")?.keys,
      original.organizations[0]?.keys.map((key) => key),
    );
    assert.is(written.organizations.find(({ slug }) => slug === "demo")?.credits, "25.00");
    assert.is(written.providers.find(({ slug }) => slug === "acme")?.key_env, "ACME_API_KEY");
  },
);

configuration("an exported file rebuilds the catalogue in an empty database", async () => {
  const text = writeConfiguration(
    await db.transaction((tx) => exportConfiguration(tx, new Date())),
    "yaml",
  );
  const other = await testDatabase();
  const empty = openDatabase(other.url, { connectionsMax: 1, name: "configuration test" });
  try {
    await empty.db.transaction((tx) =>
      applyConfiguration(tx, parseConfiguration(text), {
        masterKey,
        environment: { ACME_API_KEY: "sk-3", ELSEWHERE_API_KEY: "sk-4" },
        actor: "test",
        now: new Date(),
      }),
    );
    assert.is(
      writeConfiguration(
        await empty.db.transaction((tx) => exportConfiguration(tx, new Date())),
        "yaml",
      ),
      text,
    );
  } finally {
    await empty.close();
    await other.close();
  }
});

for (const { name, text, problems } of [
  {
    name: "every problem is told at once, with the path of its field",
    text: `
providers:
  - {slug: Acme, protocol: openai-chat, base_url: "ftp://x"}
models:
  - id: acme/big
    context_length: 0
    endpoints:
      - {provider: acme, upstream_model: a, charge: {input: "1", output: "2"}}
      - {provider: acme, upstream_model: b, charge: {input: "1.0000001", output: "2"}}
`,
    problems: [
      /^providers\[0\]\.slug: expected a slug/,
      /^providers\[0\]\.base_url: expected an http or https URL/,
      /^models\[0\]\.context_length: expected a whole number of tokens above zero/,
      /^models\[0\]\.endpoints\[1\]\.charge\.input: a price per million may have at most 6 decimals/,
      /^models\[0\]\.endpoints\[0\]\.provider: there is no provider "acme"/,
      /^models\[0\]\.endpoints\[1\]\.provider: there is no provider "acme"/,
    ],
  },
  {
    name: "an unknown field is an error that names it",
    text: `{providers: [{slug: a, protocol: openai-chat, base_url: "https://x.example", api_key: x}], modles: []}`,
    problems: [/^providers\[0\]\.api_key: is not a field/, /^modles: is not a field/],
  },
  {
    name: "a protocol that nobody speaks is answered with those that are spoken",
    text: `providers: [{slug: a, protocol: anthropic-messages, base_url: "https://x.example"}, {slug: b, protocol: soap, base_url: "https://x.example"}, {slug: c, base_url: "https://x.example"}]`,
    problems: [
      /^providers\[1\]\.protocol: expected one of openai-chat, azure-openai, .*; got "soap"$/,
      /^providers\[2\]\.protocol: is missing; expected one of openai-chat, /,
    ],
  },
  {
    name: "a flag that the protocol does not have, or of another kind, is refused with what is meant",
    text: `providers: [
      {slug: a, protocol: openai-chat, base_url: "https://x.example", flags: {tokenLimitField: max, token_limit_field: max_tokens, frobnicate: 1, apiVersion: x}},
      {slug: b, protocol: openai-chat, base_url: "https://x.example", flags: {unsupported: [seed, magic], headers: {authorization: x}, firstContentTimeoutMs: 0, auth: none}}]`,
    problems: [
      /^providers\[0\]\.flags\.tokenLimitField: expected max_tokens, max_completion_tokens; got "max"$/,
      /^providers\[0\]\.flags\.token_limit_field: is no flag of openai-chat; did you mean tokenLimitField\?$/,
      /^providers\[0\]\.flags\.frobnicate: is no flag of openai-chat; it has assistantContentAsString, /,
      /^providers\[0\]\.flags\.apiVersion: is a flag of azure-openai, not of openai-chat$/,
      /^providers\[1\]\.flags\.unsupported: expected a list of temperature, .*; got \["seed","magic"\]$/,
      /^providers\[1\]\.flags\.headers: expected members such as/,
      /^providers\[1\]\.flags\.firstContentTimeoutMs: expected a whole number from 1 to 3,600,000; got 0$/,
    ],
  },
  {
    name: "ids and names are used once",
    text: `{providers: [{slug: a, protocol: openai-chat, base_url: "https://x.example"}, {slug: a, protocol: openai-chat, base_url: "https://x.example"}],
      models: [{id: a/b, context_length: 1}, {id: a/b, context_length: 1}], organizations: [{slug: o, keys: [{name: k}, {name: k}]}]}`,
    problems: [
      /^providers\[1\]\.slug: "a" is used twice; the first is providers\[0\]\.slug/,
      /^models\[1\]\.id: "a\/b" is used twice/,
      /^organizations\[0\]\.keys\[1\]\.name: "k" is used twice/,
    ],
  },
  {
    name: "an endpoint without a complete charge is refused, never free",
    text: `{providers: [{slug: a, protocol: openai-chat, base_url: "https://x.example"}],
      models: [{id: a/b, context_length: 1, endpoints: [{provider: a, upstream_model: x}, {provider: a, upstream_model: y, charge: {input: "1"}}]}]}`,
    problems: [
      /^models\[0\]\.endpoints\[0\]\.charge: is missing/,
      /^models\[0\]\.endpoints\[1\]\.charge\.output: is missing; a model without a complete price is refused/,
    ],
  },
  {
    name: "key and key_env together are refused",
    text: `providers: [{slug: a, protocol: openai-chat, base_url: "https://x.example", key: x, key_env: Y}]`,
    problems: [/^providers\[0\]\.key_env: give key or key_env, not both/],
  },
  {
    name: "broken YAML is told with its line",
    text: "providers:\n  - {slug: a",
    problems: [/^: is not valid YAML/],
  },
  {
    name: "an alias that names nothing is told, not thrown",
    text: "providers: *nobody",
    problems: [/^: is not valid YAML: Unresolved alias/],
  },
  {
    name: "a file that is a list is refused",
    text: "[]",
    problems: [/^: expected a map with providers/],
  },
]) {
  configuration(name, () => {
    const found = problemsOf(text);
    assert.is(found.length, problems.length, found.join("\n"));
    for (const [index, problem] of problems.entries()) assert.match(found[index] ?? "", problem);
  });
}

configuration("an empty file asks for nothing", () => assert.equal(problemsOf(""), []));

configuration("secrets are merged into a file that only its owner reads", () => {
  saveSecrets(folder, { demo: { app: "one" } });
  saveSecrets(folder, { demo: { batch: "two" }, other: { app: "three" } });
  const path = join(folder, "keys.json");
  assert.equal(JSON.parse(readFileSync(path, "utf8")), {
    demo: { app: "one", batch: "two" },
    other: { app: "three" },
  });
  assert.is(statSync(path).mode & 0o777, 0o600);
});

configuration.run();
