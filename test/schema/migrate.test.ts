// Migrations: four starters at once make one schema, and a second run makes nothing.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openClient } from "#schema/client.ts";
import { generationUuid, mintGenerationId } from "#schema/ids.ts";
import { migrate } from "#schema/migrate.ts";
import { testDatabase } from "#test/database.ts";

const database = await testDatabase();
const client = openClient(database.url, { connectionsMax: 2, name: "test" });
const test = suite("migrate");
test.after(async () => {
  await client.end();
  await database.close();
});

const applied = async () =>
  (await client`select hash from drizzle.__drizzle_migrations order by id`).map((row) =>
    String(row["hash"]),
  );

test("four processes that migrate an empty database at once apply each migration once", async () => {
  const before = await applied();
  await client`drop schema public cascade`;
  await client`drop schema drizzle cascade`;
  await client`create schema public`;
  await Promise.all(Array.from({ length: 4 }, () => migrate(database.url)));
  assert.equal(await applied(), before);
  assert.ok(before.length >= 2);
  assert.is((await client`select count(*)::int as n from generations`)[0]?.["n"], 0);
});

test("migrating again changes nothing", async () => {
  const before = await applied();
  await migrate(database.url);
  assert.equal(await applied(), before);
});

test("partitions of generations exist from last month to three months ahead, and making them again makes none", async () => {
  const names = (
    await client`select inhrelid::regclass::text as name from pg_inherits where inhparent = 'generations'::regclass`
  ).map((row) => String(row["name"]));
  const now = new Date();
  for (let step = -1; step <= 3; step++) {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + step, 1))
      .toISOString()
      .slice(0, 7);
    assert.ok(
      names.includes(`generations_${month.replace("-", "_")}`),
      `${month} in ${names.join(" ")}`,
    );
  }
  assert.is((await client`select ensure_generation_partitions(3) as made`)[0]?.["made"], 0);
});

for (const { name, instant, step } of [
  { name: "the first millisecond of next month", instant: 0, step: 1 },
  { name: "the last millisecond of this month", instant: -1, step: 1 },
]) {
  test(`a generation of ${name} lies in that month's partition`, async () => {
    const now = new Date();
    const atMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + step, 1) + instant;
    const uuid = generationUuid(mintGenerationId(atMs)) ?? "";
    await insert(uuid, atMs);
    const [row] =
      await client`select tableoid::regclass::text as name from generations where id = ${uuid}`;
    assert.is(
      row?.["name"],
      `generations_${new Date(atMs).toISOString().slice(0, 7).replace("-", "_")}`,
    );
  });
}

test("a generation whose clock was far off is kept all the same", async () => {
  const uuid = generationUuid(mintGenerationId(Date.UTC(1999, 0, 1))) ?? "";
  await insert(uuid, 0);
  assert.is(
    (
      await client`select tableoid::regclass::text as name from generations where id = ${uuid}`
    )[0]?.["name"],
    "generations_default",
  );
});

const insert = (uuid: string, atMs: number) => client`
  insert into generations (id, organization_id, workspace_id, key_id, gateway_id, requested_model, model_id, streamed, outcome, usage_source, charge, cost, admitted_at, duration_ms, digest)
  values (${uuid}, 'o', 'w', 'k', 'g', 'm', 'm', false, 'complete', 'none', 0, 0, ${new Date(atMs).toISOString()}::text::timestamptz, 1, 'd')`;

test.run();
