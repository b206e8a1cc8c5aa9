// An organization's own credential at a provider: sealed for its row, never shown, gone when it is removed.
import { and, eq } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { listCredentials } from "#control/credentials/list-credentials.ts";
import { removeCredential } from "#control/credentials/remove-credential.ts";
import { setCredential } from "#control/credentials/set-credential.ts";
import { credentialContext, unseal } from "#schema/secrets.ts";
import { changes } from "#schema/tables/allowances.ts";
import { credentials } from "#schema/tables/catalogue.ts";
import { codeOf } from "./code-of.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { providerId, runtime, acme, globex } = installation;
const { db, masterKey } = runtime;
const test = suite("credentials");
test.after(() => installation.close());

const contextOf = (id: string) => credentialContext(id, "http://127.0.0.1:9");
const key = "sk-own-0123456789abcdef-last";
const set = (organizationId: typeof acme.id, secret = key) =>
  db.transaction((tx) =>
    setCredential(tx, { organizationId, providerId, name: "own key", key: secret }, masterKey),
  );
const rowOf = async (organizationId: typeof acme.id) => {
  const [row] = await db
    .select()
    .from(credentials)
    .where(
      and(eq(credentials.organizationId, organizationId), eq(credentials.providerId, providerId)),
    );
  return row;
};
const changesMade = async () =>
  (await db.select().from(changes).where(eq(changes.kind, "catalogue"))).length;

test("a credential is sealed for its own row, and no list shows more than its ends", async () => {
  const before = await changesMade();
  const { id, label, replaced } = await set(acme.id);
  assert.equal([label, replaced], ["sk-…last", false]);
  assert.is(await changesMade(), before + 1);
  const row = await rowOf(acme.id);
  assert.is(unseal(row?.sealedKey ?? "", contextOf(id), masterKey), key);
  assert.throws(() => unseal(row?.sealedKey ?? "", contextOf("mill"), masterKey));
  const { rows } = await listCredentials(db, { organizationId: acme.id, limit: 10, after: null });
  assert.equal(
    rows.map(({ provider, status }) => [provider, status]),
    [["mill", "active"]],
  );
  assert.not.ok(JSON.stringify(rows).includes("0123456789"));
  assert.not.ok(JSON.stringify(rows).includes("v2."));
});

test("a credential that is set again replaces the one there was, and keeps its id", async () => {
  const first = await set(globex.id);
  const second = await set(globex.id, "sk-own-another-0123456789-new");
  assert.equal([second.id, second.replaced], [first.id, true]);
  const row = await rowOf(globex.id);
  assert.is(
    unseal(row?.sealedKey ?? "", contextOf(first.id), masterKey),
    "sk-own-another-0123456789-new",
  );
});

test("two who set one at once leave one row, with the key of one of them", async () => {
  await Promise.all([set(acme.id, `${key}-1`), set(acme.id, `${key}-2`)]);
  const row = await rowOf(acme.id);
  const opened = unseal(row?.sealedKey ?? "", contextOf(row?.id ?? ""), masterKey);
  assert.ok([`${key}-1`, `${key}-2`].includes(opened));
});

test("a short key shows nothing of itself", async () => {
  assert.is((await set(acme.id, "short")).label, "…");
});

test("a credential that is removed is out of use, and its key is gone", async () => {
  await set(acme.id);
  await db.transaction((tx) => removeCredential(tx, { organizationId: acme.id, providerId }));
  const row = await rowOf(acme.id);
  assert.equal([row?.status, row?.sealedKey], ["disabled", ""]);
  assert.is(
    await codeOf(removeCredential(db, { organizationId: acme.id, providerId })),
    "not_found",
  );
  assert.not.ok((await set(acme.id)).replaced, "there is none to replace; it is in use again");
  assert.is((await rowOf(acme.id))?.status, "active");
});

test.run();
