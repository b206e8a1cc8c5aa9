import type { Sql } from "postgres";
import { postgres } from "#schema/driver.ts";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { testDatabase } from "#test/database.ts";

const database = suite("test database");

database("two databases are migrated, apart from each other, and gone when closed", async () => {
  const [first, second] = await Promise.all([testDatabase(), testDatabase()]);
  assert.is.not(first.url, second.url);
  const sql = postgres(first.url, { max: 1 });
  const other = postgres(second.url, { max: 1 });
  await sql`create table only_here (n int)`;
  const tables = (client: Sql) =>
    client`select tablename from pg_tables where schemaname = 'public'`.then((rows) =>
      rows.map(({ tablename }) => String(tablename)),
    );
  assert.ok((await tables(sql)).includes("organizations"));
  assert.ok((await tables(other)).includes("organizations"));
  assert.not((await tables(other)).includes("only_here"));

  await first.close();
  await first.close(); // again does nothing
  await sql`select 1`.then(
    () => assert.unreachable(),
    (error: unknown) => assert.instance(error, Error),
  );
  await Promise.all([sql.end(), other.end()]);
  await second.close();
});

database.run();
