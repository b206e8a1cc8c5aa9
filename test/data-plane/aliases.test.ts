// A model's other names in the routing tables.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { putModel } from "#control/catalogue/put-model.ts";
import { buildSnapshot, readRows } from "#data/snapshot.ts";
import { openClient } from "#schema/client.ts";
import { openDatabase } from "#schema/database.ts";
import { testDatabase } from "#test/database.ts";

const database = await testDatabase();
const opened = openDatabase(database.url, { connectionsMax: 1, name: "aliases test" });
const client = openClient(database.url, { connectionsMax: 1, name: "aliases test" });

const aliases = suite("aliases");
aliases.after(async () => {
  await client.end();
  await opened.close();
  await database.close();
});

const model = (id: string, names: string[]) =>
  putModel(opened.db, {
    id,
    name: id,
    contextLength: 1_000,
    maxOutputTokens: null,
    inputModalities: ["text"],
    outputModalities: ["text"],
    supportedParameters: [],
    details: { aliases: names },
  });
const idOf = async (name: string) =>
  buildSnapshot(await readRows(client, Date.now()), "ab".repeat(32)).models.get(name)?.id;

aliases(
  "a model is found by its other names, and the newest of a family has the family's",
  async () => {
    await model("acme/big-1", ["~acme/big-latest"]);
    assert.is(await idOf("~acme/big-latest"), "acme/big-1");
    await model("acme/big-2", ["~acme/big-latest", "acme/big"]);
    assert.is(await idOf("~acme/big-latest"), "acme/big-2");
    assert.is(await idOf("acme/big"), "acme/big-2");
    assert.is(await idOf("acme/big-1"), "acme/big-1");
  },
);

aliases("a name that is a model's own id is that model", async () => {
  await model("acme/small", []);
  await model("acme/tiny", ["acme/small"]);
  assert.is(await idOf("acme/small"), "acme/small");
});

aliases("rows that an earlier version kept on disk have no aliases, and are read", async () => {
  const rows = await readRows(client, Date.now());
  for (const row of rows.models) delete row.aliases;
  const { models } = buildSnapshot(rows, "ab".repeat(32));
  assert.is(models.get("acme/big-2")?.id, "acme/big-2");
  assert.is(models.get("~acme/big-latest"), undefined);
});

aliases.run();
