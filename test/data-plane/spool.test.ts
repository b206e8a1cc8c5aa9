// The spool: what was written survives a crash at any byte, once, and is closed by what it proves.
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { lockFolder } from "#data/spool/lock.ts";
import {
  closeIntents,
  type Intent,
  markClosed,
  openLives,
  type Progress,
} from "#data/spool/recover.ts";
import { Shipper } from "#data/spool/ship.ts";
import { Spool } from "#data/spool/spool.ts";
import { mintGenerationId } from "#schema/ids.ts";
import { segmentName, segmentsOf } from "#schema/spool/life.ts";
import {
  decodeRecords,
  encodeRecord,
  segmentHeader,
  SpoolCorruptError,
} from "#schema/spool/segment.ts";
import { usageRecord, type UsageRecord } from "#schema/usage-record.ts";

const root = mkdtempSync(join(tmpdir(), "turnpike-spool-"));
const test = suite("spool");
test.after(() => rmSync(root, { recursive: true, force: true }));

let lives = 0;
const newFolder = () => join(root, "gateway-1", `gw_${++lives}`);
const file = (folder: string) => join(folder, segmentName(1));
const recordsIn = (folder: string) =>
  decodeRecords(readFileSync(file(folder)).subarray(segmentHeader.length), segmentHeader.length);
const finalsIn = (folder: string) =>
  recordsIn(folder)
    .records.filter((one) => one.type === "final")
    .map((one) => usageRecord.parse(JSON.parse(one.payload.toString("utf8"))));

function intent(changes: Partial<Intent> = {}): Intent {
  const at = 1_764_000_000_000;
  return {
    id: mintGenerationId(at),
    gateway: "gw_1",
    organization: "org_1",
    workspace: "ws_1",
    key: "key_1",
    app: "",
    referer: null,
    externalUser: null,
    session: null,
    userAgent: null,
    requestedModel: "acme/big-1",
    model: "acme/big-1",
    endpoint: null,
    provider: null,
    providerId: null,
    streamed: true,
    cancelled: false,
    outcome: "recovered",
    finishReason: null,
    nativeFinishReason: null,
    upstreamId: null,
    error: null,
    counts: {},
    usageSource: "none",
    rawUsage: null,
    charge: "0",
    cost: "0",
    chargePrice: "price_1",
    costPrice: null,
    attempts: [],
    admittedAt: new Date(at).toISOString(),
    firstTokenMs: null,
    durationMs: 0,
    draws: [{ allowance: "alw_1", windowStart: new Date(0).toISOString(), amount: "0" }],
    ratesIfRecovered: { input: "1000000", output: "2000000", most: "30000000" },
    ...changes,
  };
}
const finalOf = (
  { ratesIfRecovered: _rates, ...rest }: Intent,
  sequence: number,
  changes: Partial<UsageRecord> = {},
): UsageRecord => ({ ...rest, sequence, outcome: "complete", ...changes });

test("what is appended is read back in order, whatever is in it", () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  const payloads = ["{}", '{"a":"é😀\u0000"}', "x".repeat(100_000), ""];
  for (const payload of payloads) spool.append("intent", payload);
  spool.close();
  const { records, torn } = recordsIn(folder);
  assert.equal(
    records.map((record) => record.payload.toString("utf8")),
    payloads,
  );
  assert.not(torn);
});

test("a crash at any byte of the last three records loses no record before it, and the next life goes on behind them", () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  const all = [intent(), intent(), intent(), intent()].map((one) => JSON.stringify({ id: one.id }));
  const ends: number[] = [];
  for (const payload of all) {
    spool.append("intent", payload);
    ends.push(spool.position.offset);
  }
  spool.close();
  const size = statSync(file(folder)).size;
  for (let at = ends[0] ?? 0; at <= size; at++) {
    const copy = `${folder}-cut`;
    cpSync(folder, copy, { recursive: true });
    truncateSync(file(copy), at);
    const whole = ends.filter((end) => end <= at).length;
    const again = new Spool(copy);
    again.append("intent", "after");
    again.close();
    const { records, torn } = recordsIn(copy);
    assert.equal(
      records.map((record) => record.payload.toString("utf8")),
      [...all.slice(0, whole), "after"],
      `cut at ${at}`,
    );
    assert.not(torn);
    rmSync(copy, { recursive: true });
  }
});

for (const { name, garbage } of [
  { name: "zeros", garbage: Buffer.alloc(5_000) },
  {
    name: "a length beyond the file",
    garbage: Buffer.from([0xff, 0xff, 0xff, 0x7f, 1, 2, 3, 4, 1, 9]),
  },
  {
    name: "a record with a wrong checksum",
    garbage: (() => {
      const bytes = encodeRecord("final", "{}");
      bytes[4] = (bytes[4] ?? 0) ^ 1;
      return bytes;
    })(),
  },
  {
    name: "a record of an unknown type",
    garbage: (() => {
      const bytes = encodeRecord("final", "{}");
      bytes[8] = 77;
      return bytes;
    })(),
  },
]) {
  test(`${name} at the end of a segment are cut off`, () => {
    const folder = newFolder();
    const spool = new Spool(folder);
    spool.append("intent", '"kept"');
    spool.close();
    appendFileSync(file(folder), garbage);
    new Spool(folder).close();
    assert.equal(
      recordsIn(folder).records.map((record) => record.payload.toString()),
      ['"kept"'],
    );
    assert.not(recordsIn(folder).torn);
  });
}

test("a file that is no spool is refused rather than cut", () => {
  const folder = newFolder();
  new Spool(folder).close();
  writeFileSync(file(folder), "something else that is longer than a header");
  assert.throws(() => new Spool(folder), /not a spool segment/);
});

test("an intent without an answer is closed at nothing, and one with progress at what was delivered", () => {
  const folder = newFolder();
  const [silent, streamed, done] = [intent(), intent(), intent()];
  const spool = new Spool(folder);
  for (const one of [silent, streamed, done]) spool.append("intent", JSON.stringify(one));
  spool.append(
    "progress",
    JSON.stringify({ id: streamed.id, promptTokens: "10", outputTokens: "1" }),
  );
  spool.append("final", JSON.stringify(finalOf(done, 1, { charge: "77" })));
  spool.append(
    "progress",
    JSON.stringify({ id: streamed.id, promptTokens: "10", outputTokens: "5" }),
  );
  spool.close();
  assert.is(closeIntents(folder, Date.parse(silent.admittedAt) + 5_000), 3);
  const finals = new Map(finalsIn(folder).map((final) => [final.id, final]));
  assert.is(finals.size, 3);
  const told = (of: Intent) => {
    const { charge, outcome, usageSource, counts, draws, durationMs } =
      finals.get(of.id) ?? (assert.unreachable() as never);
    return { charge, outcome, usageSource, counts, drawn: draws[0]?.amount, durationMs };
  };
  assert.equal(told(silent), {
    charge: "0",
    outcome: "recovered",
    usageSource: "none",
    counts: {},
    drawn: "0",
    durationMs: 5_000,
  });
  // 10 × 1,000,000 + 5 × 2,000,000, from the last note
  assert.equal(told(streamed), {
    charge: "20000000",
    outcome: "recovered",
    usageSource: "estimated",
    counts: { input: "10", output: "5" },
    drawn: "20000000",
    durationMs: 5_000,
  });
  assert.is(finals.get(done.id)?.charge, "77");
  assert.equal(
    [...finals.values()].map((final) => final.sequence).toSorted((a, b) => a - b),
    [1, 2, 3],
  );
});

test("a recovery names who answered as the first note says, and books what the last one says, in every unit", () => {
  const folder = newFolder();
  const streamed = intent({
    draws: ["picodollars", "requests", "tokens"].map((unit, at) => ({
      allowance: `alw_${at}`,
      windowStart: new Date(0).toISOString(),
      amount: "0",
      unit: unit as "requests",
    })),
  });
  const spool = new Spool(folder);
  spool.append("intent", JSON.stringify(streamed));
  const first: Progress = {
    id: streamed.id,
    counts: { input: "10", output: "1" },
    usageSource: "estimated",
    charge: "17",
    cost: "8",
    draws: ["17", "1", "11"],
    model: "acme/other",
    endpoint: "ep_1",
    provider: "mill",
    providerId: "prov_1",
    chargePrice: "price_2",
    costPrice: "price_3",
    firstTokenMs: 12,
  };
  const last: Progress = {
    id: streamed.id,
    counts: { input: "10", output: "9" },
    usageSource: "estimated",
    charge: "73",
    cost: "36",
    draws: ["73", "1", "19"],
  };
  for (const note of [first, last]) spool.append("progress", JSON.stringify(note));
  spool.close();
  assert.is(closeIntents(folder, Date.parse(streamed.admittedAt) + 100), 1);
  const [final] = finalsIn(folder);
  assert.equal(final, {
    ...finalOf(streamed, 1),
    ...first,
    ...last,
    outcome: "recovered",
    error: "the gateway died before this generation ended",
    durationMs: 100,
    draws: streamed.draws.map((draw, at) => ({ ...draw, amount: ["73", "1", "19"][at] ?? "" })),
  });
});

test("what a recovery charges is never above what was held", () => {
  const folder = newFolder();
  const long = intent();
  const spool = new Spool(folder);
  spool.append("intent", JSON.stringify(long));
  spool.append(
    "progress",
    JSON.stringify({ id: long.id, promptTokens: "10", outputTokens: "9000" }),
  );
  spool.close();
  closeIntents(folder, Date.parse(long.admittedAt));
  assert.equal(
    finalsIn(folder).map((final) => [final.charge, final.draws[0]?.amount]),
    [["30000000", "30000000"]],
  );
});

test("a flipped byte before sound records stops the spool loudly, and nothing is cut off", () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  for (const n of [1, 2, 3]) spool.append("final", JSON.stringify({ n }));
  spool.close();
  const path = join(folder, "000001.spool");
  const bytes = readFileSync(path);
  const flipped = Buffer.from(bytes);
  const at = flipped.indexOf('{"n":2}') + 5;
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  writeFileSync(path, flipped);
  assert.throws(
    () => new Spool(folder),
    (error: Error) =>
      error instanceof SpoolCorruptError && /damaged at byte \d+/.test(error.message),
  );
  assert.throws(
    () => closeIntents(folder, 0),
    (error: Error) => error instanceof SpoolCorruptError,
  );
  assert.equal(readFileSync(path), flipped);
});

test("recovering twice, also after a crash in the middle of it, closes every intent once", () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  const intents = [intent(), intent(), intent()];
  for (const one of intents) spool.append("intent", JSON.stringify(one));
  spool.close();
  const before = statSync(file(folder)).size;
  const nowMs = Date.parse(intents[0]?.admittedAt ?? "") + 1;
  assert.is(closeIntents(folder, nowMs), 3);
  const once = readFileSync(file(folder));
  assert.is(closeIntents(folder, nowMs + 9_999), 3);
  assert.ok(readFileSync(file(folder)).equals(once));
  for (let at = before; at <= once.length; at += 97) {
    truncateSync(file(folder), at);
    assert.is(closeIntents(folder, nowMs), 3);
    const finals = finalsIn(folder);
    assert.is(new Set(finals.map((final) => final.id)).size, 3);
    assert.equal(
      finals.map((final) => final.sequence),
      [1, 2, 3],
    );
    writeFileSync(file(folder), once);
  }
});

let seed = 20_261_125;
/** Mulberry32: the same numbers every time. */
function random(): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
}

type Job = { id: string; lines: readonly string[] };
const recordsOf = ({ lines }: Job): { sequence: number }[] =>
  lines.map((line): { sequence: number } => JSON.parse(line));
async function shipAll(folder: string): Promise<Job[]> {
  const jobs: Job[] = [];
  const shipper = new Shipper(folder, async (job) => {
    jobs.push(job);
  });
  await shipper.drain();
  shipper.stop();
  return jobs;
}

test("finals are shipped in order, at most 500 to a job, and intents are not", async () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  for (let sequence = 1; sequence <= 1_203; sequence++) {
    const one = intent();
    spool.append("intent", JSON.stringify(one));
    spool.append("final", JSON.stringify({ id: one.id, sequence }));
  }
  spool.close();
  const jobs = await shipAll(folder);
  assert.equal(
    jobs.map((job) => recordsOf(job).length),
    [500, 500, 203],
  );
  assert.equal(
    jobs.flatMap((job) => recordsOf(job).map((record) => record.sequence)),
    Array.from({ length: 1_203 }, (_, at) => at + 1),
  );
  assert.is(new Set(jobs.map((job) => job.id)).size, 3);
  for (const job of jobs)
    assert.match(job.id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.is(
    (await shipAll(folder)).flatMap(recordsOf).length % 1_203,
    0,
    "all again or nothing again",
  );

  // The cursor is lost in a crash: the same part of the file is the same job.
  rmSync(join(folder, "cursor.json"), { force: true });
  assert.equal(await shipAll(folder), jobs);
});

test("two lives never have a job id in common", async () => {
  const ids: string[] = [];
  for (let life = 0; life < 2; life++) {
    const folder = newFolder();
    const spool = new Spool(folder);
    spool.append("final", '{"sequence":1}');
    spool.close();
    ids.push(...(await shipAll(folder)).map((job) => job.id));
  }
  assert.is(new Set(ids).size, 2);
});

test("a shipment that was not taken is the same shipment the next time, and nothing overtakes it", async () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  for (let sequence = 1; sequence <= 3; sequence++)
    spool.append("final", JSON.stringify({ sequence }));
  const tried: Job[] = [];
  let away = true;
  const shipper = new Shipper(folder, async (job) => {
    tried.push(job);
    if (away) throw new Error("Postgres is away");
  });
  await shipper.drain();
  assert.match(shipper.lastError ?? "", "away");
  assert.is(shipper.shipped, 0);
  away = false;
  await shipper.drain();
  shipper.stop();
  spool.close();
  assert.equal(tried[1], tried[0]);
  assert.is(tried.length, 2);
  assert.is(shipper.shipped, 3);
  assert.is(shipper.lastError, null);
});

test("a life is open until it is marked closed", () => {
  const folder = newFolder();
  new Spool(folder).close();
  const [gateway, life = ""] = [join(root, "gateway-1"), folder.split("/").at(-1)];
  assert.ok(openLives(gateway, "").includes(life));
  assert.not(openLives(gateway, life).includes(life));
  markClosed(folder);
  assert.not(openLives(gateway, "").includes(life));
});

test("a folder is locked once, by a living process, and a dead one's lock is taken over", () => {
  const folder = newFolder();
  new Spool(folder).close();
  const lock = lockFolder(folder);
  assert.ok(lock);
  assert.is(lockFolder(folder), null);
  lock?.release();
  writeFileSync(join(folder, "lock"), "999999999 1");
  const second = lockFolder(folder);
  assert.ok(second);
  second?.release();
  writeFileSync(join(folder, "lock"), `${process.pid} 1`); // our pid, but another process had it
  assert.ok(lockFolder(folder));
});

test("a full segment is followed by the next one, synced on the way, and all of both is shipped in order", async () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  const padding = "x".repeat(1_000_000);
  const synced: Promise<void>[] = [];
  for (let sequence = 1; sequence <= 70; sequence++) {
    spool.append("final", JSON.stringify({ sequence, padding }));
    if (sequence % 10 === 0) synced.push(spool.synced());
    if (sequence % 25 === 0) await synced.at(-1);
  }
  await Promise.all(synced);
  spool.append("final", '{"sequence":71}');
  assert.is(spool.failure, null);
  assert.equal(segmentsOf(folder), [1, 2]);
  const jobs = await shipAll(folder);
  assert.equal(
    jobs.flatMap((job) => recordsOf(job).map((record) => record.sequence)),
    Array.from({ length: 71 }, (_, at) => at + 1),
  );
  spool.close();
  const again = new Spool(folder);
  assert.is(again.position.segment, 2);
  again.close();
});

test("synced resolves when what was appended is on the disk", async () => {
  const spool = new Spool(newFolder());
  spool.append("final", "{}");
  await spool.synced();
  await spool.synced();
  spool.close();
});

test("a shipper that is told of finals ships each, in order, whatever fails meanwhile and however they were written", async () => {
  for (let round = 0; round < 12; round++) {
    const folder = newFolder();
    const spool = new Spool(folder);
    const shipped: number[] = [];
    const jobs = new Set<string>();
    let failures = 0;
    const shipper = new Shipper(
      folder,
      async (job) => {
        await turn();
        if (random() < 0.2) {
          failures++;
          throw new Error("away");
        }
        assert.not(jobs.has(job.id), "another part has another id");
        jobs.add(job.id);
        shipped.push(...recordsOf(job).map(({ sequence }) => sequence));
      },
      { isTold: true },
    );
    spool.onFinal = (final) => shipper.wake(final);
    let written = 0;
    for (let step = 0; step < 60; step++) {
      for (let count = Math.floor(random() * 40); count > 0; count--) {
        spool.appendSoon("intent", () => JSON.stringify({ id: `i${step}-${count}` }));
        const padding = "x".repeat(random() < 0.01 ? 300_000 : 20);
        spool.appendSoon(
          "final",
          (sequence) => JSON.stringify({ id: `f${sequence}`, sequence, padding }),
          (cause) => assert.is(cause, null),
        );
        written++;
      }
      if (random() < 0.1) {
        spool.append("final", JSON.stringify({ id: "alone", sequence: spool.finals + 1 }));
        written++;
      }
      await turn();
      if (random() < 0.3) await shipper.drain();
    }
    await turn();
    while (shipper.shipped < written) await shipper.drain();
    shipper.stop();
    spool.close();
    assert.is(spool.finals, written);
    assert.equal(
      shipped,
      Array.from({ length: written }, (_, at) => at + 1),
      `round ${round}, ${failures} failures`,
    );
  }
});

test.run();
