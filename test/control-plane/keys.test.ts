// Keys: what is stored, what a limit counts, and what a revoked key may still do (nothing).
import { eq, sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { actorOf } from "#control/actor.ts";
import { findKey } from "#control/keys/find-key.ts";
import { listKeys } from "#control/keys/list-keys.ts";
import { mintKey } from "#control/keys/mint-key.ts";
import { revokeKey } from "#control/keys/revoke-key.ts";
import { updateKey } from "#control/keys/update-key.ts";
import { openDatabase } from "#schema/database.ts";
import type { KeyId, WorkspaceId } from "#schema/ids.ts";
import { parseDollars } from "#schema/money/amount.ts";
import { hashKey } from "#schema/secrets.ts";
import { allowances, changes } from "#schema/tables/allowances.ts";
import { windowStart } from "#schema/windows.ts";
import { codeOf } from "./code-of.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { acme, globex, runtime } = installation;
const { db } = runtime;
const test = suite("keys");
test.after(() => installation.close());

const plain = {
  organizationId: acme.id,
  kind: "inference",
  name: "plain",
  limit: null,
  limitReset: null,
  expiresAt: null,
} as const;

test("a minted key is stored as its hash alone", async () => {
  const minted = await mintKey(db, plain);
  const rows = await db.execute(sql`select k::text as line from keys k`);
  assert.not.ok(JSON.stringify([...rows]).includes(minted.key));
  assert.is(minted.hash, hashKey(minted.key));
  assert.is((await actorOf(db, `Bearer ${minted.key}`)).keyId, minted.id);
});

test("what bounds a key is its limit, in the window of its reset", async () => {
  const { id } = await mintKey(db, { ...plain, limit: parseDollars("5"), limitReset: "daily" });
  assert.equal(await limitsOf(id), { day: "5000000000000" });
  await updateKey(db, { organizationId: acme.id, idOrHash: id, limitReset: "monthly" });
  assert.equal(await limitsOf(id), { day: "null", month: "5000000000000" });
  await updateKey(db, { organizationId: acme.id, idOrHash: id, limit: null });
  assert.equal(await limitsOf(id), { day: "null", month: "null" });
});

test("what was spent before a limit was set counts against it", async () => {
  const key = await mintKey(db, plain);
  await installation.book(installation.record(acme, { key: key.id, charge: "2000000000001" }));
  await updateKey(db, {
    organizationId: acme.id,
    idOrHash: key.hash,
    limit: parseDollars("3"),
    limitReset: "daily",
  });
  const found = await findKey(db, { organizationId: acme.id, idOrHash: key.id });
  assert.is(found.usage, 2000000000001n);
  assert.is(found.usageDaily, 2000000000001n);
  assert.is(found.limitRemaining, 999999999999n);
});

test("usage is told by UTC day, week and month, and a limit that is overdrawn leaves nothing", async () => {
  const key = await mintKey(db, { ...plain, limit: parseDollars("1"), limitReset: "monthly" });
  const now = new Date();
  const long = new Date(windowStart("month", now).getTime() - 86_400_000 * 8);
  const [allowance] = await db.select().from(allowances).where(eq(allowances.subjectId, key.id));
  await installation.book(
    installation.record(acme, { key: key.id, charge: "7", at: long }),
    installation.record(acme, {
      key: key.id,
      charge: "1000000000005",
      draws: [
        {
          allowance: allowance?.id ?? "",
          windowStart: windowStart("month", now).toISOString(),
          amount: "1000000000005",
        },
      ],
    }),
  );
  const found = await findKey(db, { organizationId: acme.id, idOrHash: key.id });
  assert.is(found.usage, 1000000000012n);
  assert.is(found.usageMonthly, 1000000000005n);
  assert.is(found.usageWeekly, 1000000000005n);
  assert.is(found.limitRemaining, 0n);
});

test("a list leaves out revoked keys, and disabled ones unless asked for", async () => {
  const disabled = await mintKey(db, { ...plain, organizationId: globex.id, name: "disabled" });
  const revoked = await mintKey(db, { ...plain, organizationId: globex.id, name: "revoked" });
  await updateKey(db, { organizationId: globex.id, idOrHash: disabled.id, disabled: true });
  await revokeKey(db, { organizationId: globex.id, idOrHash: revoked.id });
  const names = async (includeDisabled: boolean) =>
    (
      await listKeys(db, { organizationId: globex.id, includeDisabled, limit: 100, offset: 0 })
    ).rows.map((row) => row.name);
  assert.equal((await names(true)).sort(), ["app", "disabled", "owner"]);
  assert.equal((await names(false)).sort(), ["app", "owner"]);
  const page = await listKeys(db, {
    organizationId: globex.id,
    includeDisabled: true,
    limit: 1,
    offset: 1,
  });
  assert.is(page.total, 3);
  assert.is(page.rows.length, 1);
});

test("L-9: a key that was revoked, disabled or has expired authenticates nobody", async () => {
  const revoked = await mintKey(db, plain);
  await revokeKey(db, { organizationId: acme.id, idOrHash: revoked.hash });
  const disabled = await mintKey(db, plain);
  await updateKey(db, { organizationId: acme.id, idOrHash: disabled.id, disabled: true });
  const expired = await mintKey(db, { ...plain, expiresAt: new Date(Date.now() - 1) });
  for (const { key } of [revoked, disabled, expired]) {
    assert.is(await codeOf(actorOf(db, `Bearer ${key}`)), "unauthenticated");
  }
  for (const header of [
    undefined,
    "",
    "Bearer ",
    "Bearer sk-tp-v1-short",
    `Basic ${acme.management.key}`,
  ]) {
    assert.is(await codeOf(actorOf(db, header)), "unauthenticated");
  }
});

test("revoking twice tells gateways twice and keeps the first instant", async () => {
  const { id, hash } = await mintKey(db, plain);
  const first = await revokeKey(db, { organizationId: acme.id, idOrHash: id });
  const second = await revokeKey(db, { organizationId: acme.id, idOrHash: hash });
  assert.equal(second.revokedAt, first.revokedAt);
  assert.ok(second.sequence > first.sequence);
  const told = await db.select().from(changes).where(eq(changes.subject, hash));
  assert.is(told.length, 3); // minted, revoked, revoked
});

test("another organization's key and workspace are as good as none", async () => {
  const stranger = { organizationId: globex.id, idOrHash: acme.inference.id };
  assert.is(await codeOf(findKey(db, stranger)), "not_found");
  assert.is(await codeOf(updateKey(db, { ...stranger, disabled: true })), "not_found");
  assert.is(await codeOf(revokeKey(db, stranger)), "not_found");
  assert.is(
    await codeOf(
      mintKey(db, { ...plain, organizationId: globex.id, workspaceId: acme.workspaceId }),
    ),
    "not_found",
  );
  assert.is(
    await codeOf(mintKey(db, { ...plain, workspaceId: "ws_none" as WorkspaceId })),
    "not_found",
  );
});

for (const { name, contradiction } of [
  { name: "an inference key has no role", contradiction: { role: "owner" } },
  {
    name: "a management key has no limit",
    contradiction: { kind: "management", limit: parseDollars("1") },
  },
  { name: "a reset needs a limit", contradiction: { limitReset: "daily" } },
] as const) {
  test(name, async () =>
    assert.is(await codeOf(mintKey(db, { ...plain, ...contradiction })), "bad_request"),
  );
}

test("a key that cannot be checked because the database is away is not a wrong key", async () => {
  const away = openDatabase("postgres://nobody@127.0.0.1:9/none", {
    connectionsMax: 1,
    name: "away",
  });
  assert.is(await codeOf(actorOf(away.db, `Bearer ${acme.management.key}`)), "unavailable");
  await away.close();
});

test("a management key without a role asked for is an admin's", async () => {
  const { key } = await mintKey(db, { ...plain, kind: "management" });
  assert.is((await actorOf(db, `Bearer ${key}`)).role, "admin");
});

async function limitsOf(id: KeyId): Promise<Record<string, string>> {
  const rows = await db
    .select()
    .from(allowances)
    .where(eq(allowances.subjectId, id))
    .orderBy(allowances.window);
  return Object.fromEntries(rows.map((row) => [row.window, String(row.limit)]));
}

test.run();
