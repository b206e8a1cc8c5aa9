// `turnpike spool …` over real spool files: what it says of them, and that booking them again books nothing twice.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { run } from "#control/cli/run.ts";
import { postJobs, type PostingJob } from "#control/jobs/post-jobs.ts";
import { installQueues } from "#control/jobs/queue.ts";
import { startServer } from "#control/server.ts";
import type { LifeReport } from "#control/spool/inspect-life.ts";
import { markClosed } from "#data/spool/recover.ts";
import { Shipper } from "#data/spool/ship.ts";
import { Spool } from "#data/spool/spool.ts";
import { openBoss, postingQueue } from "#schema/boss.ts";
import { mintId } from "#schema/ids.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import { smallInstallation } from "./small-installation.ts";

const house = await smallInstallation();
await installQueues(house.databaseUrl);
const server = await startServer(house.runtime, { host: "127.0.0.1", port: 0 });
const root = mkdtempSync(join(tmpdir(), "turnpike-spool-commands-"));
const test = suite("spool commands");
test.after(async () => {
  await server.stop();
  await house.close();
  rmSync(root, { recursive: true, force: true });
});

let installations = 0;
/** A DATA_DIR of the installation that runs, or of none that anybody could reach. */
function newDataDir(options: { reachable: boolean } = { reachable: true }): string {
  const dataDir = mkdtempSync(join(root, `${++installations}-`));
  if (options.reachable) {
    writeFileSync(
      join(dataDir, "bootstrap.json"),
      JSON.stringify({
        origin: server.origin,
        inference_key: house.acme.inference.key,
        management_key: house.operatorKey,
        dashboard_url: server.origin,
        admin: { email: "operator@example.com", login_url: server.origin },
      }),
    );
  }
  return dataDir;
}

type Result = { code: number; out: string; error: string };
async function turnpike(dataDir: string, ...words: string[]): Promise<Result> {
  const result: Result = { code: -1, out: "", error: "" };
  result.code = await run(words, {
    environment: { DATA_DIR: dataDir },
    folder: root,
    stdin: Readable.from([]) as unknown as NodeJS.ReadStream,
    write: (text) => void (result.out += text),
    writeError: (text) => void (result.error += text),
    width: null,
  });
  return result;
}

/** A life with `finals` settled generations and `open` ones that are under way. */
function fill(
  dataDir: string,
  {
    gateway = "gateway-1",
    finals,
    open = 0,
    at = new Date(),
  }: { gateway?: string; finals: number; open?: number; at?: Date },
): { life: string; folder: string; records: UsageRecord[]; ends: number[] } {
  const life = mintId("gateway");
  const folder = join(dataDir, "spool", gateway, life);
  const spool = new Spool(folder);
  const records: UsageRecord[] = [];
  const ends: number[] = [];
  for (let n = 1; n <= finals; n++) {
    const record = house.record(house.acme, { gateway: life, sequence: n, at });
    spool.append("intent", JSON.stringify(record));
    spool.append("final", JSON.stringify(record));
    ends.push(spool.position.offset);
    records.push(record);
  }
  for (let n = 0; n < open; n++)
    spool.append("intent", JSON.stringify(house.record(house.acme, { gateway: life, at })));
  spool.close();
  return { life, folder, records, ends };
}
/** What the ledger has taken from the organization's credit, picodollars. */
const used = async (): Promise<bigint> => {
  const [row] = await house.runtime.db.execute<{ balance: string }>(
    sql`select balance::text from accounts where kind = 'credit' and organization_id = ${house.acme.id}`,
  );
  return -BigInt(row?.balance ?? "0");
};
const charge = 172_000_001n;
const inspect = async (dataDir: string, ...words: string[]): Promise<LifeReport[]> => {
  const { code, out, error } = await turnpike(dataDir, "spool", "inspect", "--json", ...words);
  assert.is(code, 0, error);
  return JSON.parse(out) as LifeReport[];
};

test("inspect tells each life's records, what is open and what is not shipped, with nothing running at all", async () => {
  const dataDir = newDataDir({ reachable: false });
  const at = new Date(Date.now() - 3_600_000);
  const { life, folder, ends } = fill(dataDir, { finals: 3, open: 2, at });
  let taken = 0;
  const shipper = new Shipper(folder, async ({ lines }) => {
    if (taken > 0) throw new Error("away");
    taken += lines.length;
  });
  await shipper.drain();
  shipper.stop();
  const spool = new Spool(folder);
  spool.append(
    "final",
    JSON.stringify(house.record(house.acme, { gateway: life, sequence: 4, at })),
  );
  spool.close();
  const closed = fill(dataDir, { gateway: "gateway-2", finals: 1 });
  markClosed(closed.folder);
  const [report, other] = await inspect(dataDir);
  assert.ok(report && other);
  const { bytes, shippedTo, oldestUnshippedAt, ...rest } = report;
  assert.equal(rest, {
    gateway: "gateway-1",
    life,
    closed: false,
    segments: 1,
    intents: 5,
    finals: 4,
    open: 2,
    shipped: 3,
    unshipped: 1,
    torn: false,
    damaged: [],
    missing: 0,
  });
  assert.ok(bytes > 5_000);
  assert.ok(shippedTo.segment === 1 && shippedTo.offset >= (ends[2] ?? 0));
  assert.is(Date.parse(oldestUnshippedAt ?? ""), at.getTime() + 900);
  assert.ok(other.closed);
  assert.equal(
    (await inspect(dataDir, "--gateway", "gateway-2")).map(({ life: id }) => id),
    [closed.life],
  );
  const { out } = await turnpike(dataDir, "spool", "inspect");
  assert.match(out, /gateway-1 +gw_\w+ +open +1 +0\.0 +5 +4 +2 +1 +60 min/);
  const lines = (await turnpike(dataDir, "spool", "inspect", "--records", "--life", life)).out
    .trim()
    .split("\n");
  assert.is(lines.length, 9);
  assert.is((JSON.parse(lines[1] ?? "") as { type: string }).type, "final");
});

test("a segment that somebody deleted is noticed by the numbers that are missing", async () => {
  const dataDir = newDataDir({ reachable: false });
  const { folder, life } = fill(dataDir, { finals: 3 });
  const spool = new Spool(join(folder, "..", "gw_rest"));
  spool.append("final", JSON.stringify(house.record(house.acme, { gateway: life, sequence: 6 })));
  spool.close();
  copyFileSync(join(folder, "..", "gw_rest", "000001.spool"), join(folder, "000003.spool"));
  const [report] = (await inspect(dataDir)).filter((one) => one.life === life);
  assert.is(report?.missing, 2);
  const { out } = await turnpike(dataDir, "spool", "inspect", "--life", life);
  assert.match(
    out,
    /2 MISSING\n\n2 final\(s\) of gateway-1, life gw_\w+, were written and are not in its files: was a segment deleted\?/,
  );
});

test("a name that has no spool is refused, and so is a folder without one", async () => {
  const dataDir = newDataDir();
  assert.match((await turnpike(dataDir, "spool", "inspect")).error, /there is no spool in/);
  fill(dataDir, { finals: 1 });
  const { code, error } = await turnpike(dataDir, "spool", "replay", "--gateway", "gateway-9");
  assert.is(code, 1);
  assert.match(error, /no gateway gateway-9 has a spool in .*: gateway-1/);
  assert.is((await turnpike(dataDir, "spool", "replay", "--since", "yesterday")).code, 2);
});

test("replaying books what is missing, and a second time nothing", async () => {
  const dataDir = newDataDir();
  const { records } = fill(dataDir, { finals: 450 });
  await house.book(...records.slice(0, 100));
  const before = await used();
  const first = await turnpike(dataDir, "spool", "replay");
  assert.is(first.code, 0, first.error);
  assert.is(first.out, "booked         350\nalready there  100\nconflicting    0\n");
  assert.is((await used()) - before, 350n * charge);
  const second = await turnpike(dataDir, "spool", "replay", "--json");
  assert.equal(JSON.parse(second.out), {
    booked: 0,
    repeated: 450,
    conflicting: 0,
    refused: [],
    damaged: [],
  });
  assert.is((await used()) - before, 350n * charge);
});

test("what the queue has booked is already there, though jsonb has changed the order of its names", async () => {
  const dataDir = newDataDir();
  const { life, folder } = fill(dataDir, { finals: 0 });
  const rawUsage = {
    prompt_tokens: 120,
    details: { zeta: 1, a: [{ long_name: 1, b: 2 }] },
    x: 1.5,
  };
  const record = house.record(house.acme, {
    gateway: life,
    rawUsage,
    counts: { reasoning: "5", output: "30", input: "100", cache_read: "20" },
  });
  const spool = new Spool(folder);
  spool.append("final", JSON.stringify(record));
  spool.close();
  const { boss, stop } = await openBoss({
    databaseUrl: house.databaseUrl,
    as: "sender",
    connectionsMax: 1,
    onError: () => {},
  });
  await boss.insert(postingQueue, [{ data: { records: [record] } }]);
  const jobs = await boss.fetch<PostingJob>(postingQueue, { includeMetadata: true });
  await postJobs(house.runtime.db, boss, jobs);
  await stop();
  const { out } = await turnpike(dataDir, "spool", "replay");
  assert.is(out, "booked         0\nalready there  1\nconflicting    0\n");
});

test("only one gateway's, one life's, or what was admitted lately is replayed when that is asked for", async () => {
  const dataDir = newDataDir();
  const old = fill(dataDir, { finals: 2, at: new Date("2026-11-20T10:00:00Z") });
  fill(dataDir, { finals: 3, at: new Date("2026-11-24T10:00:00Z") });
  fill(dataDir, { gateway: "gateway-2", finals: 4, at: new Date("2026-11-24T10:00:00Z") });
  const booked = async (...words: string[]): Promise<number> =>
    (
      JSON.parse((await turnpike(dataDir, "spool", "replay", "--json", ...words)).out) as {
        booked: number;
      }
    ).booked;
  assert.is(await booked("--gateway", "gateway-1", "--since", "2026-11-22T00:00:00Z"), 3);
  assert.is(await booked("--life", old.life), 2);
  assert.is(await booked(), 4);
});

test("a record that contradicts what is booked is told, and what is booked stands", async () => {
  const dataDir = newDataDir();
  const { records } = fill(dataDir, { finals: 2 });
  const [first] = records;
  assert.ok(first);
  await house.book({ ...first, charge: "5" });
  const before = await used();
  const { code, out } = await turnpike(dataDir, "spool", "replay");
  assert.is(code, 0);
  assert.match(out, /booked +1\nalready there +0\nconflicting +1 /);
  assert.is((await used()) - before, charge);
});

test("what stands before damage is replayed, what stands behind it is named, and the exit code is 1", async () => {
  const dataDir = newDataDir();
  const { folder, records, ends } = fill(dataDir, { finals: 5 });
  const path = join(folder, "000001.spool");
  const bytes = readFileSync(path);
  bytes[(ends[2] ?? 0) - 100] = (bytes[(ends[2] ?? 0) - 100] ?? 0) ^ 1; // in the third final
  writeFileSync(path, bytes);
  const before = await used();
  const { code, out, error } = await turnpike(dataDir, "spool", "replay");
  assert.is(code, 1);
  assert.match(out, /^booked +2\n/);
  assert.match(out, new RegExp(`000001\\.spool is damaged from byte \\d+ to byte ${ends[2]}`));
  assert.match(out, `2 final(s), which are not replayed: ${records[3]?.id}, ${records[4]?.id}`);
  assert.match(error, /1 segment\(s\) are damaged; everything before the damage was replayed/);
  assert.is((await used()) - before, 2n * charge);
  const [report] = await inspect(dataDir);
  assert.equal(report?.damaged[0]?.finalsBehind, [records[3]?.id, records[4]?.id]);
  assert.match((await turnpike(dataDir, "spool", "inspect")).out, /DAMAGED/);
});

test("a record that Postgres refuses stops none of the others, and the exit code is 1", async () => {
  const dataDir = newDataDir();
  const { folder, life } = fill(dataDir, { finals: 3 });
  const spool = new Spool(folder);
  const bad = house.record(house.acme, { gateway: life, sequence: 4, admittedAt: "yesterday-ish" });
  spool.append("final", JSON.stringify(bad));
  spool.append("final", JSON.stringify({ hello: "world" }));
  spool.append("final", JSON.stringify(house.record(house.acme, { gateway: life, sequence: 5 })));
  spool.close();
  const { code, out, error } = await turnpike(dataDir, "spool", "replay");
  assert.is(code, 1);
  assert.match(out, /^booked +4\n/);
  assert.match(out, /refused +2\n/);
  assert.match(out, new RegExp(`${bad.id}: .*yesterday-ish`));
  assert.match(error, /2 record\(s\) were refused/);
});

test.run();
