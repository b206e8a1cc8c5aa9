// A provider's keys: sealed for their row and host, bounded, never shown; and MASTER_KEY's change, which none of them survives under the old one.
import { createCipheriv, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { asc, eq } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectProvider, type ConnectProviderInput } from "#control/catalogue/connect-provider.ts";
import { findProvider } from "#control/catalogue/find-provider.ts";
import { listProviderKeys } from "#control/catalogue/list-provider-keys.ts";
import { removeProviderKey } from "#control/catalogue/remove-provider-key.ts";
import { setProviderKey } from "#control/catalogue/set-provider-key.ts";
import { setProviderKeyStatus } from "#control/catalogue/set-provider-key-status.ts";
import { setProviderKeyWeight } from "#control/catalogue/set-provider-key-weight.ts";
import { CommandError } from "#control/command-error.ts";
import { applyConfiguration } from "#control/configuration/apply-configuration.ts";
import { exportConfiguration } from "#control/configuration/export-configuration.ts";
import { parseConfiguration } from "#control/configuration/parse-configuration.ts";
import { rotateMasterKey } from "#control/credentials/rotate-master-key.ts";
import { setCredential } from "#control/credentials/set-credential.ts";
import { installQueues } from "#control/jobs/queue.ts";
import { readiness } from "#control/readiness.ts";
import { keepMasterKey } from "#control/start/master-key.ts";
import { StartRefusal } from "#control/start/start-refusal.ts";
import type { ProviderId } from "#schema/ids.ts";
import { credentialContext, masterKeyId, sealedUnder, unseal } from "#schema/secrets.ts";
import { providerKeysMax } from "#schema/bounds.ts";
import { credentials, providerKeys } from "#schema/tables/catalogue.ts";
import { codeOf } from "./code-of.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { runtime, acme, providerId: millId } = installation;
const { db } = runtime;
await installQueues(installation.databaseUrl); // which readiness looks at
const masterKey = "ab".repeat(32);
const test = suite("provider keys");
test.after(() => installation.close());

const base: ConnectProviderInput = {
  slug: "keyed",
  name: "Keyed",
  protocol: "openai-chat",
  baseUrl: "https://api.keyed.test/v1",
  key: "sk-first-0123456789abcdef",
  allowPrivateNetwork: false,
  flags: {},
};
const { id: providerId } = await connectProvider(db, base, masterKey);
const rowsOf = (id: ProviderId) =>
  db
    .select()
    .from(providerKeys)
    .where(eq(providerKeys.providerId, id))
    .orderBy(asc(providerKeys.name));
const clear = async (id: ProviderId, keys = masterKey) =>
  Object.fromEntries(
    (await rowsOf(id)).map((row) => [
      row.name,
      unseal(row.sealedKey, credentialContext(row.id, row.origin), keys),
    ]),
  );
const set = (name: string, key: string, weight?: number) =>
  db.transaction((tx) => setProviderKey(tx, { providerId, name, key, weight }, masterKey));

test("a second key is added beside the first, replaced by name, and unchanged when said again", async () => {
  assert.is((await set("second", "sk-second-0123456789abcdef", 3)).outcome, "added");
  const again = await set("second", "sk-second-0123456789abcdef");
  assert.equal([again.outcome, again.sequence], ["unchanged", null]);
  assert.is((await set("second", "sk-other-0123456789abcdef")).outcome, "replaced");
  assert.equal(await clear(providerId), {
    default: "sk-first-0123456789abcdef",
    second: "sk-other-0123456789abcdef",
  });
  assert.is((await rowsOf(providerId))[1]?.weight, 3, "its weight is kept");
});

test("a list shows which there are and under which master key, and no key", async () => {
  const rows = await listProviderKeys(db, providerId, masterKey);
  assert.equal(
    rows.map(({ name, label, weight, opens, masterKeyId: under }) => [
      name,
      label,
      weight,
      opens,
      under,
    ]),
    [
      ["default", "sk-…cdef", 1, true, masterKeyId(masterKey)],
      ["second", "sk-…cdef", 3, true, masterKeyId(masterKey)],
    ],
  );
  assert.not.ok(/0123456789|v2\./.test(JSON.stringify(rows)));
  assert.equal(
    (await listProviderKeys(db, providerId, "cd".repeat(32))).map(({ opens }) => opens),
    [false, false],
  );
});

test("weights are set, and a weight that it has already changes nothing", async () => {
  const weigh = (weight: number) =>
    db.transaction((tx) => setProviderKeyWeight(tx, { providerId, key: "second", weight }));
  assert.ok((await weigh(0)).sequence !== null);
  assert.is((await weigh(0)).sequence, null);
  assert.is(
    await codeOf(setProviderKeyWeight(db, { providerId, key: "nobody", weight: 1 })),
    "not_found",
  );
});

test("a disabled key stays so when it is said again, and another in its place is in use", async () => {
  const status = async () =>
    (await rowsOf(providerId)).find(({ name }) => name === "second")?.status;
  const change = (to: "active" | "disabled") =>
    db.transaction((tx) => setProviderKeyStatus(tx, { providerId, key: "second", status: to }));
  assert.ok((await change("disabled")).sequence !== null);
  assert.is((await change("disabled")).sequence, null);
  assert.is((await set("second", "sk-other-0123456789abcdef")).outcome, "unchanged");
  assert.is(await status(), "disabled");
  await set("second", "sk-third-0123456789abcdef");
  assert.is(await status(), "active");
});

test("a removed key is gone, sealed text and all", async () => {
  await db.transaction((tx) => removeProviderKey(tx, { providerId, key: "second" }));
  assert.equal(Object.keys(await clear(providerId)), ["default"]);
  assert.is(await codeOf(removeProviderKey(db, { providerId, key: "second" })), "not_found");
});

test("keys are bounded, however many are added at once", async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: providerKeysMax + 5 }, (_, at) => set(`k${at}`, `sk-k${at}`)),
  );
  assert.is((await rowsOf(providerId)).length, providerKeysMax);
  for (const outcome of outcomes)
    if (outcome.status === "rejected") {
      assert.ok(outcome.reason instanceof CommandError);
      assert.is(outcome.reason.code, "conflict");
      assert.match(outcome.reason.message, /20 keys, the most/);
    }
  for (const { name } of await rowsOf(providerId))
    if (name !== "default")
      await db.transaction((tx) => removeProviderKey(tx, { providerId, key: name }));
});

for (const key of ["two words", "line\nbreak", "ключ", "{not json", "x".repeat(8_001), ""]) {
  test(`${JSON.stringify(key.slice(0, 12))} is no key, and is not repeated`, async () => {
    await set("odd", key).then(
      () => assert.unreachable(),
      (error: CommandError) => {
        assert.is(error.code, "bad_request");
        assert.match(error.message, /^key: expected/);
        if (key !== "") assert.not.ok(error.message.includes(key));
      },
    );
  });
}

test("a service account's JSON is a key", async () => {
  assert.is((await set("account", '{"type": "service_account"}')).outcome, "added");
  await db.transaction((tx) => removeProviderKey(tx, { providerId, key: "account" }));
});

// --- Another host.
test("another host without its key is refused, and nothing changes", async () => {
  const moved = { ...base, key: undefined, baseUrl: "https://api.elsewhere.test/v1" };
  await connectProvider(db, moved, masterKey).then(
    () => assert.unreachable(),
    (error: CommandError) => {
      assert.is(error.code, "bad_request");
      assert.match(error.message, /given for https:\/\/api.keyed.test and is only ever sent there/);
    },
  );
});

test("another path of the same host keeps the key", async () => {
  const same = await connectProvider(
    db,
    { ...base, key: undefined, baseUrl: "https://api.keyed.test:443/v2" },
    masterKey,
  );
  assert.ok(same.changed);
  assert.equal(await clear(providerId), { default: "sk-first-0123456789abcdef" });
});

test("another host with a key takes that, and removes those that were for the first", async () => {
  await set("second", "sk-second-0123456789abcdef");
  const moved = await connectProvider(
    db,
    { ...base, key: "sk-new-0123456789abcdefgh", baseUrl: "https://api.elsewhere.test/v1" },
    masterKey,
  );
  assert.equal(moved.removedKeys, ["second"]);
  assert.equal(await clear(providerId), { default: "sk-new-0123456789abcdefgh" });
  assert.is((await rowsOf(providerId))[0]?.origin, "https://api.elsewhere.test");
});

test("null takes every key away", async () => {
  await connectProvider(
    db,
    { ...base, key: null, baseUrl: "https://api.elsewhere.test/v1" },
    masterKey,
  );
  assert.equal(await rowsOf(providerId), []);
});

// --- The config file.
const apply = (text: string, environment: Record<string, string> = {}) =>
  db.transaction((tx) =>
    applyConfiguration(tx, parseConfiguration(text), {
      masterKey,
      environment,
      actor: "test",
      now: new Date(),
    }),
  );
const written = `providers:
  - slug: filed
    protocol: openai-chat
    base_url: https://api.filed.test/v1
    key_env: FILED_API_KEY
    keys:
      - { name: second, key_env: FILED_SECOND_API_KEY, weight: 2 }
      - { name: reserve, key: sk-reserve, weight: 0 }
`;

test("a file's keys are set, kept where their variable is gone, and exported by name", async () => {
  const environment = { FILED_API_KEY: "sk-one", FILED_SECOND_API_KEY: "sk-two" };
  await apply(written, environment);
  assert.equal((await apply(written, environment)).changes, []);
  assert.equal((await apply(written)).changes, [], "keys that are known need not be set again");
  const exported = (await exportConfiguration(db, new Date()))["providers"] as Record<
    string,
    unknown
  >[];
  const filed = exported.find(({ slug }) => slug === "filed");
  assert.is(filed?.["key_env"], "FILED_API_KEY");
  assert.equal(filed?.["keys"], [
    { name: "reserve", key_env: "FILED_RESERVE_API_KEY", weight: 0 },
    { name: "second", key_env: "FILED_SECOND_API_KEY", weight: 2 },
  ]);
  await apply(
    "providers: [{slug: other, protocol: openai-chat, base_url: 'https://o.test/v1', keys: [{name: a, key_env: NOBODY_SET_IT}]}]",
  ).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /provider other: key_env names NOBODY_SET_IT/),
  );
});

test("a file that names no key leaves those that were added beside it", async () => {
  const plain = `providers: [{slug: plain, protocol: openai-chat, base_url: "https://p.test/v1"}]`;
  await apply(plain);
  const row = (await db.select().from(providerKeys)).length;
  const { id } = await findProvider(db, "plain");
  await db.transaction((tx) =>
    setProviderKey(tx, { providerId: id, name: "added", key: "sk-added" }, masterKey),
  );
  assert.equal((await apply(plain)).changes, []);
  assert.is((await db.select().from(providerKeys)).length, row + 1);
});

for (const { name, text, problem } of [
  {
    name: "a key of no kind",
    text: "keys: [{name: a}]",
    problem: /keys\[0\]\.key_env.*give key or key_env/,
  },
  {
    name: "both kinds",
    text: "keys: [{name: a, key: x, key_env: Y}]",
    problem: /give key or key_env/,
  },
  {
    name: "a name twice",
    text: "keys: [{name: a, key: x}, {name: a, key: y}]",
    problem: /keys\[1\]\.name.*used twice/,
  },
  {
    name: "the name of the first",
    text: "key: x, keys: [{name: default, key: y}]",
    problem: /is the name of the key in key or key_env/,
  },
  {
    name: "a negative weight",
    text: "keys: [{name: a, key: x, weight: -1}]",
    problem: /keys\[0\]\.weight.*0 or more/,
  },
]) {
  test(`a file with ${name} is refused`, () => {
    const file = `providers: [{slug: x, protocol: openai-chat, base_url: "https://x.test/v1", ${text}}]`;
    assert.throws(() => parseConfiguration(file), problem);
  });
}

// --- MASTER_KEY.
/** The form without a key id, as versions before several keys wrote it. */
function sealedAsBefore(secret: string, context: string, under: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(under, "hex"), nonce, {
    authTagLength: 16,
  });
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return ["v1", nonce, body, cipher.getAuthTag()]
    .map((part) => (typeof part === "string" ? part : part.toString("base64url")))
    .join(".");
}

test("rotation seals everything again, both master keys open meanwhile, and a second run finds nothing to do", async () => {
  const next = "cd".repeat(32);
  await db.transaction((tx) =>
    setCredential(
      tx,
      { organizationId: acme.id, providerId: millId, name: "own", key: "sk-own" },
      masterKey,
    ),
  );
  const [millKey] = await rowsOf(millId);
  if (!millKey) throw new Error("no key");
  await db
    .update(providerKeys)
    .set({ sealedKey: sealedAsBefore("sk-upstream", "mill", masterKey) })
    .where(eq(providerKeys.id, millKey.id));
  const both = [next, masterKey] as const;
  const first = await db.transaction((tx) => rotateMasterKey(tx, both));
  assert.ok(first.providerKeys >= 4 && first.credentials === 1, JSON.stringify(first));
  assert.equal([first.already, first.unreadable], [0, 0]);
  assert.ok(first.sequence !== null, "gateways hear of it");
  for (const { sealedKey } of await db.select().from(providerKeys))
    assert.is(sealedUnder(sealedKey), masterKeyId(next));
  assert.equal(await clear(millId, next), { default: "sk-upstream" });
  const [own] = await db.select().from(credentials);
  assert.is(
    unseal(own?.sealedKey ?? "", credentialContext(own?.id ?? "", own?.origin ?? ""), next),
    "sk-own",
  );
  const second = await db.transaction((tx) => rotateMasterKey(tx, both));
  assert.equal([second.providerKeys, second.credentials, second.sequence], [0, 0, null]);
  assert.is(second.already, first.providerKeys + first.credentials);
  assert.is(
    (await db.transaction((tx) => rotateMasterKey(tx, next))).unreadable,
    0,
    "the old one can go",
  );

  // What nobody can open is told and left, and does not stop the rest.
  const lost = await db.transaction((tx) => rotateMasterKey(tx, "ef".repeat(32)));
  assert.is(lost.unreadable, first.providerKeys + first.credentials);
  assert.ok(lost.unreadableNames.includes("key default of mill"), lost.unreadableNames.join());
  assert.match((await readiness(runtime)).degraded.join(), /sealed under another MASTER_KEY/);
  await db.transaction((tx) => rotateMasterKey(tx, [masterKey, next]));
  assert.not.ok(/sealed under another/.test((await readiness(runtime)).degraded.join()));
});

test("an embedded installation's master key gives way to another only beside itself", () => {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-master-key-"));
  const [first, second] = ["11".repeat(32), "22".repeat(32)];
  assert.equal(keepMasterKey(folder, first), { masterKey: first, also: null });
  assert.throws(
    () => keepMasterKey(folder, second),
    (error: unknown) => error instanceof StartRefusal,
  );
  assert.equal(keepMasterKey(folder, null), { masterKey: first, also: null });
  assert.equal(keepMasterKey(folder, second, first), { masterKey: second, also: first });
  // The next start need not be told: the key before still opens what was not sealed again.
  assert.equal(keepMasterKey(folder, null), { masterKey: second, also: first });
  assert.is(readFileSync(join(folder, "master.key"), "utf8").trim(), second);
  for (const file of ["master.key", "master.key.previous"])
    assert.is(statSync(join(folder, file)).mode & 0o777, 0o600);
  rmSync(folder, { recursive: true });
});

test.run();
