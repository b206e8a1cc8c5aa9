// Credit: what is given is in the books and may be leased, both or neither, and once.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { grantCredits } from "#control/credits/grant-credits.ts";
import { readCredits } from "#control/credits/read-credits.ts";
import { reconcile } from "#control/credits/reconcile.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { parseDollars, picodollars } from "#schema/money/amount.ts";
import { codeOf } from "./code-of.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { db } = installation.runtime;
const test = suite("credits");
test.after(() => installation.close());

let count = 0;
const open = async () =>
  (await createOrganization(db, { slug: `payer-${++count}`, name: "Payer" })).id;
const grant = (organizationId: OrganizationId, dollars: string, idempotencyKey?: string) =>
  db.transaction((tx) =>
    grantCredits(tx, {
      organizationId,
      amount: parseDollars(dollars),
      actor: "test",
      idempotencyKey,
    }),
  );

test("a new organization has credit of nothing", async () => {
  assert.equal(await readCredits(db, await open()), {
    granted: 0n,
    used: 0n,
    leased: 0n,
    balance: 0n,
  } as never);
});

test("a grant is in the balance to the picodollar", async () => {
  const id = await open();
  await grant(id, "0.000000000001");
  const { balance, replayed } = await grant(id, "10");
  assert.is(balance, picodollars(10_000_000_000_001n));
  assert.not.ok(replayed);
  assert.is((await readCredits(db, id)).granted, 10_000_000_000_001n);
});

test("a grant under one idempotency key is given once, however many ask at once", async () => {
  const id = await open();
  const answers = await Promise.all(Array.from({ length: 6 }, () => grant(id, "5", "order-1")));
  assert.is(new Set(answers.map((answer) => answer.transferId)).size, 1);
  assert.is(answers.filter((answer) => !answer.replayed).length, 1);
  assert.is((await readCredits(db, id)).balance, parseDollars("5"));
});

test("an idempotency key belongs to its organization", async () => {
  const [one, other] = [await open(), await open()];
  await grant(one, "5", "order-1");
  assert.not.ok((await grant(other, "5", "order-1")).replayed);
});

test("an idempotency key that comes with another amount is refused", async () => {
  const id = await open();
  await grant(id, "5", "order-2");
  assert.is(await codeOf(grant(id, "6", "order-2")), "conflict");
  assert.is((await readCredits(db, id)).balance, parseDollars("5"));
});

test("grants at once to one organization all arrive", async () => {
  const id = await open();
  await Promise.all(Array.from({ length: 8 }, () => grant(id, "1")));
  assert.is((await readCredits(db, id)).balance, parseDollars("8"));
});

test("nothing and less than nothing cannot be granted", async () => {
  const id = await open();
  assert.is(await codeOf(grant(id, "0")), "bad_request");
  assert.is(await codeOf(grant(id, "-1")), "bad_request");
});

test("an organization that is not there cannot be granted to, and gets no account", async () => {
  assert.is(await codeOf(grant("org_nobody" as OrganizationId, "1")), "not_found");
});

test("after all of this the books balance", async () => {
  const { checks } = await reconcile(db);
  assert.equal(
    checks.flatMap((check) => check.differences),
    [],
  );
});

test.run();
