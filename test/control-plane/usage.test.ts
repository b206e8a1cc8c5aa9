import { suite } from "uvu";
import * as assert from "uvu/assert";
import { generationUuid } from "#schema/ids.ts";
import { listGenerations } from "#control/usage/list-generations.ts";
import { readGeneration } from "#control/usage/read-generation.ts";
import { sumSpend, type SpendQuestion } from "#control/usage/sum-spend.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const {
  runtime: { db },
  acme,
  globex,
  record,
  book,
} = installation;
const usage = suite("usage");

// Monday 9 November 2026 to Tuesday the 10th, in UTC.
const hour = (text: string) => new Date(`2026-11-${text}:00Z`);
await book(
  record(acme, { at: hour("09T10:05"), charge: "3", cost: "1", app: "chat" }),
  record(acme, {
    at: hour("09T10:50"),
    charge: "5",
    cost: "2",
    app: "chat",
    model: "acme/small-1",
  }),
  record(acme, { at: hour("09T23:59"), charge: "7", cost: "3" }),
  record(acme, {
    at: hour("10T00:00"),
    charge: "11",
    cost: "5",
    outcome: "failed",
    provider: null,
    providerId: null,
    counts: {},
  }),
  record(globex, { at: hour("09T10:05"), charge: "1000", cost: "1" }),
);

const ask = (changes: Partial<SpendQuestion> = {}) =>
  sumSpend(db, {
    organizationId: acme.id,
    from: hour("09T00:00"),
    to: hour("12T00:00"),
    groupBy: [],
    interval: "day",
    first: 100,
    ...changes,
  });
const shown = (rows: readonly { charge: bigint }[]) =>
  rows.map((row) => String(row.charge)).join(" ");

usage("a sum is exact and is the organization's own", async () => {
  const { total, rows } = await ask();
  assert.is(total.charge, 26n);
  assert.is(total.cost, 11n);
  assert.is(total.requests, 4n);
  assert.is(total.promptTokens, 360n);
  assert.equal(rows, []);
});

usage("over nothing the sums are zero", async () => {
  for (const groupBy of [[], ["model"], ["time", "key"]] as const) {
    const { total, rows, groups } = await ask({
      from: hour("01T00:00"),
      to: hour("02T00:00"),
      groupBy,
    });
    assert.is(total.charge, 0n);
    assert.is(total.requests, 0n);
    assert.is(groups, 0);
    assert.equal(rows, []);
  }
});

for (const { groupBy, charges } of [
  { groupBy: ["model"], charges: "21 5" },
  { groupBy: ["key"], charges: "26" },
  { groupBy: ["app"], charges: "18 8" },
  { groupBy: ["provider"], charges: "15 11" },
  { groupBy: ["time"], charges: "15 11" },
  { groupBy: ["app", "model"], charges: "18 5 3" },
  { groupBy: ["time", "model"], charges: "10 5 11" },
  { groupBy: ["key", "provider"], charges: "15 11" },
] as const) {
  usage(`grouped by ${groupBy.join(" and ")} the rows add up to the total`, async () => {
    const { rows, total, groups } = await ask({ groupBy });
    assert.is(shown(rows), charges);
    assert.is(groups, rows.length);
    assert.is(
      rows.reduce((sum, row) => sum + row.charge, 0n),
      total.charge,
    );
  });
}

for (const { interval, times } of [
  { interval: "hour", times: "2026-11-09T10 2026-11-09T23 2026-11-10T00" },
  { interval: "day", times: "2026-11-09T00 2026-11-10T00" },
  { interval: "week", times: "2026-11-09T00" },
  { interval: "month", times: "2026-11-01T00" },
] as const) {
  usage(`a ${interval} starts where it does in UTC`, async () => {
    const { rows } = await ask({ groupBy: ["time"], interval });
    assert.is(rows.map((row) => row.time?.toISOString().slice(0, 13)).join(" "), times);
  });
}

usage("a range is widened to full hours, and says so", async () => {
  const { from, to, total } = await ask({ from: hour("09T10:30"), to: hour("09T10:45") });
  assert.is(from.toISOString(), "2026-11-09T10:00:00.000Z");
  assert.is(to.toISOString(), "2026-11-09T11:00:00.000Z");
  assert.is(total.charge, 8n);
});

usage("rows that were cut off are counted and are in the total", async () => {
  const { rows, groups, total } = await ask({ groupBy: ["model"], first: 1 });
  assert.is(shown(rows), "21");
  assert.is(groups, 2);
  assert.is(total.charge, 26n);
});

usage("a filter holds, and a hostile one is only text", async () => {
  assert.is((await ask({ model: "acme/small-1" })).total.charge, 5n);
  assert.is((await ask({ app: "" })).total.charge, 18n);
  assert.is((await ask({ app: "' or 1=1 --" })).total.charge, 0n);
});

usage("a key is named in its row", async () => {
  const { rows } = await ask({ groupBy: ["key"] });
  assert.equal(rows[0]?.key, { id: acme.inference.id, name: "app" });
});

usage("pages of generations meet without a gap or a repeat", async () => {
  const seen: string[] = [];
  let after: string | null = null;
  for (let more = true; more;) {
    const page: Awaited<ReturnType<typeof listGenerations>> = await listGenerations(db, {
      organizationId: acme.id,
      first: 2,
      after,
    });
    seen.push(...page.rows.map((row) => row.id));
    after = seen.at(-1) ?? null;
    more = page.hasMore;
  }
  assert.is(new Set(seen).size, 4);
  assert.equal(seen, seen.toSorted().reverse(), "newest first");
});

usage("generations are filtered by time, outcome and app", async () => {
  const count = async (filter: object) =>
    (await listGenerations(db, { organizationId: acme.id, first: 10, after: null, ...filter })).rows
      .length;
  assert.is(await count({ from: hour("09T10:50") }), 3);
  assert.is(await count({ to: hour("10T00:00") }), 3);
  assert.is(await count({ outcome: "failed" }), 1);
  assert.is(await count({ app: "chat", model: "acme/small-1" }), 1);
});

usage("another organization's generation is not there", async () => {
  const theirs = record(globex);
  await book(theirs);
  const uuid = generationUuid(theirs.id) ?? "";
  assert.is(await readGeneration(db, { uuid, organizationId: acme.id }), null);
  assert.is((await readGeneration(db, { uuid, organizationId: globex.id }))?.keyName, "app");
});

usage.after(() => installation.close());
usage.run();
