import { eq, sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runCommand } from "#control/run-command.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { organizations } from "#schema/tables/organizations.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { acme, globex, runtime } = installation;
const { db } = runtime;
const test = suite("run-command");
test.after(() => installation.close());

test("of two commands that wait for each other both are done, one after the other", async () => {
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const rename = (
    [one, other]: [OrganizationId, OrganizationId],
    mine: () => void,
    theirs: Promise<void>,
  ) =>
    runCommand(db, async (tx) => {
      const lock = (id: OrganizationId) =>
        tx.execute(sql`update organizations set name = name || '+' where id = ${id}`);
      await lock(one);
      mine();
      await theirs;
      await lock(other);
      return { sequence: await recordChange(tx, "organization", one) };
    });
  await Promise.all([
    rename([acme.id, globex.id], first.resolve, second.promise),
    rename([globex.id, acme.id], second.resolve, first.promise),
  ]);
  for (const { id, slug } of [acme, globex]) {
    const [row] = await db.select().from(organizations).where(eq(organizations.id, id));
    assert.is(row?.name, `${slug}++`);
  }
});

test("a verb that throws leaves nothing behind, and is not run again", async () => {
  let runs = 0;
  const failing = runCommand(db, async (tx) => {
    runs++;
    await tx.execute(sql`update organizations set name = 'lost' where id = ${acme.id}`);
    throw new RangeError("no");
  });
  await failing.then(
    () => assert.unreachable(),
    (error) => assert.instance(error, RangeError),
  );
  const [row] = await db.select().from(organizations).where(eq(organizations.id, acme.id));
  assert.is.not(row?.name, "lost");
  assert.is(runs, 1);
});

test.run();
