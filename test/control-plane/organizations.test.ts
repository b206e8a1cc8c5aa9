import { eq } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { actorOf } from "#control/actor.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import { findOrganization } from "#control/organizations/find-organization.ts";
import { listOrganizations } from "#control/organizations/list-organizations.ts";
import { updateOrganization } from "#control/organizations/update-organization.ts";
import { accounts } from "#schema/tables/ledger.ts";
import { workspaces } from "#schema/tables/organizations.ts";
import { codeOf } from "./code-of.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { acme, operatorKey, runtime } = installation;
const { db } = runtime;
const test = suite("organizations");
test.after(() => installation.close());

test("an organization comes with its workspace and its credit account", async () => {
  const { id, workspaceId } = await createOrganization(db, { slug: "fresh", name: "Fresh" });
  assert.equal(
    (await db.select().from(workspaces).where(eq(workspaces.organizationId, id))).map(
      (row) => row.id,
    ),
    [workspaceId],
  );
  assert.equal(
    (await db.select().from(accounts).where(eq(accounts.organizationId, id))).map(
      (row) => row.kind,
    ),
    ["credit"],
  );
});

test("a slug names one organization, and a second of that slug leaves nothing behind", async () => {
  const before = (await db.select().from(workspaces)).length;
  const again = db.transaction((tx) => createOrganization(tx, { slug: "acme", name: "Other" }));
  assert.is(await codeOf(again), "conflict");
  assert.is((await db.select().from(workspaces)).length, before);
});

test("an organization is found by slug and by id", async () => {
  assert.is((await findOrganization(db, "acme")).id, acme.id);
  assert.is((await findOrganization(db, acme.id)).slug, "acme");
  assert.is(await codeOf(findOrganization(db, "nobody")), "not_found");
});

test("pages go through all organizations once", async () => {
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listOrganizations>> = await listOrganizations(db, {
      limit: 2,
      after,
    });
    seen.push(...page.rows.map((row) => row.slug));
    after = page.next;
  } while (after !== null);
  assert.equal(seen, ["acme", "fresh", "globex", "house"]);
});

test("a suspended organization's keys are refused until it is active again", async () => {
  const ask = () => codeOf(actorOf(db, `Bearer ${acme.management.key}`));
  await updateOrganization(db, { id: acme.id, status: "suspended" });
  assert.is(await ask(), "forbidden");
  await updateOrganization(db, { id: acme.id, status: "active" });
  assert.is(await ask(), "none");
});

test("whoever suspends the operators' own organization can undo it", async () => {
  const { id } = await findOrganization(db, "house");
  await updateOrganization(db, { id, status: "suspended" });
  assert.is((await actorOf(db, `Bearer ${operatorKey}`)).role, "operator");
});

test.run();
