// The spool on a disk that fails, is full, is slow, or is gone between any two operations.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { DiskSpace } from "#data/spool/disk-space.ts";
import { closeIntents, type Intent } from "#data/spool/recover.ts";
import { Shipper } from "#data/spool/ship.ts";
import { Spool } from "#data/spool/spool.ts";
import { readLife, segmentName, segmentsOf } from "#schema/spool/life.ts";
import { surveyRecords, type RecordType } from "#schema/spool/segment.ts";
import { faultyDisk } from "./faulty-disk.ts";

const root = mkdtempSync(join(tmpdir(), "turnpike-spool-faults-"));
const test = suite("spool faults");
test.after(() => {
  if (mounted !== null) execFileSync("umount", [mounted]);
  rmSync(root, { recursive: true, force: true });
});

let lives = 0;
const newFolder = () => join(root, "gateway-1", `gw_${++lives}`);
const shadowOf = (folder: string) => `${folder}-after-power-cut`;

type Small = { id: string; sequence: number };
const padding = "x".repeat(1_000); // about what a record measures
const intentOf = (id: string): string =>
  JSON.stringify({
    id,
    draws: [],
    admittedAt: new Date(0).toISOString(),
    ratesIfRecovered: null,
    padding,
  } satisfies Partial<Intent> & { padding: string });
const finalOf = (id: string, sequence: number): string =>
  JSON.stringify({ id, sequence, admittedAt: new Date(0).toISOString(), durationMs: 0, padding });

const recordsIn = (folder: string, type: RecordType): Small[] =>
  [...readLife(folder)].flatMap(({ records, damage }) => {
    assert.is(damage, null);
    return records
      .filter((record) => record.type === type)
      .map((record): Small => JSON.parse(record.payload.toString("utf8")));
  });
const idsIn = (folder: string, type: RecordType): string[] =>
  recordsIn(folder, type).map(({ id }) => id);
const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
const settle = (spool: Spool, id: string): void => {
  spool.append("final", finalOf(id, spool.finals + 1));
};
const smallOf = (lines: readonly string[]): Small[] => lines.map((line): Small => JSON.parse(line));
async function shipped(folder: string): Promise<Small[]> {
  const records: Small[] = [];
  const shipper = new Shipper(folder, async ({ lines }) => void records.push(...smallOf(lines)));
  await shipper.drain();
  assert.is(shipper.lastError, null);
  shipper.stop();
  return records;
}

// --- A sync that fails.

test("when a sync fails, what it did not confirm goes to a fresh segment, and nothing is lost or waits for ever", async () => {
  const folder = newFolder();
  const disk = faultyDisk(shadowOf(folder));
  const spool = new Spool(folder, { files: disk });
  for (const n of [1, 2]) settle(spool, `a${n}`);
  await spool.synced();
  const before = spool.position.offset;
  settle(spool, "b1");
  const waiting = spool.synced();
  disk.failingSyncs = 1;
  await waiting;
  assert.equal(segmentsOf(folder), [1, 2]);
  assert.is(
    statSync(join(folder, segmentName(1))).size,
    before,
    "cut to what is known to be on the disk",
  );
  assert.is(spool.refusal, null);
  assert.is(spool.syncFailures, 1);
  assert.is(spool.finals, 3);
  settle(spool, "c1");
  await spool.synced();
  spool.close();
  assert.equal(idsIn(folder, "final"), ["a1", "a2", "b1", "c1"]);
  assert.equal(idsIn(disk.afterPowerCut, "final"), ["a1", "a2", "b1", "c1"]);
});

test("a record that was appended while the failing sync was under way is rescued too", async () => {
  const folder = newFolder();
  const disk = faultyDisk(shadowOf(folder));
  const spool = new Spool(folder, { files: disk });
  disk.silent = true;
  settle(spool, "a");
  await new Promise((resolve) => setTimeout(resolve, 20));
  settle(spool, "b");
  const waiting = spool.synced();
  disk.failingSyncs = 1;
  disk.silent = false;
  disk.answer();
  await waiting;
  spool.close();
  assert.equal(idsIn(folder, "final"), ["a", "b"]);
  assert.equal(idsIn(disk.afterPowerCut, "final"), ["a", "b"]);
});

test("a second failure stops admission, fails who waits for the disk, and still takes finals", async () => {
  const folder = newFolder();
  const disk = faultyDisk(shadowOf(folder));
  const spool = new Spool(folder, { files: disk });
  const failures: string[] = [];
  spool.onFailure = (cause) => void failures.push(cause.message);
  spool.append("intent", intentOf("a"));
  spool.append("intent", intentOf("b"));
  settle(spool, "a");
  disk.failingSyncs = 2;
  const error = await spool.synced().catch((cause: Error) => cause);
  assert.ok(error instanceof Error);
  assert.is(failures.length, 1);
  assert.is(spool.refusal?.code, "failed");
  assert.throws(() => spool.append("intent", intentOf("c")), /disk has failed/);
  settle(spool, "b");
  assert.throws(() => spool.close(), /cannot be synced/);
  assert.is(failures.length, 1);
  assert.equal(new Set(idsIn(folder, "final")), new Set(["a", "b"]));
  assert.is(closeIntents(folder, 0), 2, "so many finals will be posted, wherever they stand twice");
  assert.equal(
    (await shipped(folder)).map(({ id }) => id).filter((id, at, all) => all.indexOf(id) === at),
    ["a", "b"],
  );
});

test("records that stand twice are counted once and shipped once in a job", async () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  for (const n of [1, 2, 3]) settle(spool, `a${n}`);
  spool.close();
  cpSync(join(folder, segmentName(1)), join(folder, segmentName(2)));
  assert.is(closeIntents(folder, 0), 3);
  // The copies are in another segment, so in another job; the ledger drops them by their id.
  assert.is((await shipped(folder)).length, 6);
  const once = newFolder();
  const again = new Spool(once);
  for (const _ of [1, 2]) again.append("final", finalOf("a1", 1));
  again.close();
  assert.equal(
    (await shipped(once)).map(({ id }) => id),
    ["a1"],
  );
});

test("a shipper that stands behind where a retired segment was cut goes on with the fresh one", async () => {
  const folder = newFolder();
  const disk = faultyDisk(shadowOf(folder));
  const spool = new Spool(folder, { files: disk });
  const got: string[] = [];
  const shipper = new Shipper(folder, async ({ lines }) => {
    got.push(...smallOf(lines).map(({ id }) => id));
  });
  settle(spool, "a");
  await spool.synced();
  disk.silent = true;
  settle(spool, "b");
  await shipper.drain();
  assert.equal(got, ["a", "b"]);
  const waiting = spool.synced();
  disk.failingSyncs = 1;
  disk.silent = false;
  await new Promise((resolve) => setTimeout(resolve, 20));
  disk.answer();
  await waiting;
  settle(spool, "c");
  await shipper.drain();
  assert.is(shipper.lastError, null);
  assert.equal(got, ["a", "b", "b", "c"]);
  assert.is(shipper.shipped, 3);
  shipper.stop();
  spool.close();
});

test("a full segment is left for the next one while a sync is under way, and both reach the disk", async () => {
  const folder = newFolder();
  const disk = faultyDisk(shadowOf(folder));
  const spool = new Spool(folder, { files: disk });
  disk.silent = true;
  const large = JSON.stringify({ id: "x", sequence: 1, padding: "x".repeat(3_500_000) });
  for (let n = 0; n < 20; n++) spool.append("final", large);
  assert.equal(segmentsOf(folder), [1, 2]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const waiting = spool.synced();
  disk.silent = false;
  disk.answer();
  await waiting;
  spool.close();
  assert.is(idsIn(disk.afterPowerCut, "final").length, 20);
});

// --- A disk that is slow.

test("a disk that does not keep up stops admission until it has, and finals go on", async () => {
  const folder = newFolder();
  const disk = faultyDisk(shadowOf(folder));
  const spool = new Spool(folder, { files: disk, reserve: true });
  disk.silent = true;
  const large = "x".repeat(3_600_000);
  for (let n = 0; n < 18; n++)
    spool.append("final", JSON.stringify({ id: `f${n}`, sequence: n + 1, large }));
  assert.is(spool.refusal?.code, "slow");
  assert.throws(() => spool.append("intent", intentOf("a")), /is behind/);
  settle(spool, "f18");
  await new Promise((resolve) => setTimeout(resolve, 20));
  disk.silent = false;
  disk.answer();
  await spool.synced();
  assert.is(spool.refusal, null);
  spool.append("intent", intentOf("a"));
  spool.close();
});

// --- A disk that is full.

for (const { name, copiesOnWrite } of [
  { name: "in place", copiesOnWrite: false },
  { name: "by copying", copiesOnWrite: true },
]) {
  test(`on a full disk that writes ${name} everything under way is settled, nothing new begins, and work goes on when there is space`, async () => {
    const folder = newFolder();
    const disk = faultyDisk(shadowOf(folder));
    const spool = new Spool(folder, { files: disk, reserve: true });
    disk.copiesOnWrite = copiesOnWrite;
    const ids = numbers(900).map((n) => `r${n}`);
    for (const id of ids) spool.append("intent", intentOf(id));
    disk.free = 10_000; // nine finals, and a part of the tenth
    for (const id of ids.slice(0, 500)) settle(spool, id);
    assert.is(spool.refusal?.code, "full");
    assert.throws(() => spool.append("intent", intentOf("late")), /disk is full/);
    spool.append("progress", JSON.stringify({ id: "r600" })); // dropped: it is for finals only
    for (const id of ids.slice(500)) settle(spool, id);
    await spool.synced();
    assert.not(existsSync(join(folder, "reserve")));

    spool.setShort(null);
    assert.is(spool.refusal?.code, "full", "there is no space yet");
    disk.free = 100_000_000;
    spool.setShort(null);
    assert.is(spool.refusal, null);
    assert.ok(existsSync(join(folder, "reserve")));
    spool.append("intent", intentOf("next"));
    settle(spool, "next");
    await spool.synced();
    spool.close();
    assert.equal(segmentsOf(folder), [1, 2, 3]);
    assert.equal(idsIn(folder, "final"), [...ids, "next"]);
    assert.equal(
      recordsIn(folder, "final").map(({ sequence }) => sequence),
      numbers(901),
    );
    assert.equal(idsIn(folder, "progress"), []);
    assert.equal(idsIn(disk.afterPowerCut, "final"), [...ids, "next"]);
    assert.equal(
      (await shipped(folder)).map(({ id }) => id),
      [...ids, "next"],
    );
  });
}

test("the reserve grows with the requests under way, and when it cannot the request is refused", () => {
  const folder = newFolder();
  const disk = faultyDisk(shadowOf(folder));
  const spool = new Spool(folder, { files: disk, reserve: true });
  const bytes = () => statSync(join(folder, "reserve")).size;
  const first = bytes();
  for (const n of numbers(1_500)) spool.append("intent", intentOf(`a${n}`));
  assert.ok(bytes() >= 1_500 * 4_096, `${bytes()} bytes, ${first} before`);
  disk.free = 1_500_000; // intents would fit, their finals would not
  const refused = numbers(1_000).findIndex((n) => {
    try {
      spool.append("intent", intentOf(`b${n}`));
      return false;
    } catch {
      return true;
    }
  });
  assert.ok(refused > 0);
  assert.is(spool.refusal?.code, "full");
  for (const n of numbers(1_500)) settle(spool, `a${n}`);
  for (const n of numbers(refused)) settle(spool, `b${n}`);
  spool.close();
  assert.is(new Set(idsIn(folder, "final")).size, 1_500 + refused);
});

test("a gateway that died on a full disk is recovered inside the reserve that it left", async () => {
  const folder = newFolder();
  const disk = faultyDisk(shadowOf(folder));
  const spool = new Spool(folder, { files: disk, reserve: true });
  for (const n of numbers(300)) spool.append("intent", intentOf(`a${n}`));
  await spool.synced(); // and here it dies
  const again = faultyDisk(shadowOf(folder));
  again.free = 0;
  assert.is(closeIntents(folder, 0, again), 300);
  assert.is(new Set(idsIn(folder, "final")).size, 300);
  assert.is((await shipped(folder)).length, 300);
});

test("a sync that fails for lack of space is saved by the reserve", async () => {
  const folder = newFolder();
  const disk = faultyDisk(shadowOf(folder));
  const spool = new Spool(folder, { files: disk, reserve: true });
  spool.append("intent", intentOf("a"));
  settle(spool, "a");
  const waiting = spool.synced();
  disk.free = 0;
  disk.failingSyncs = 1;
  await waiting;
  assert.is(spool.refusal?.code, "full");
  spool.close();
  assert.equal(idsIn(disk.afterPowerCut, "final"), ["a"]);
});

test("space is looked at once a second, with a margin before the door opens again", async () => {
  let free = 1_000;
  const told: (string | null)[] = [];
  const space = new DiskSpace(
    { folder: root, setShort: (reason) => void told.push(reason) },
    { freeBytesMin: 500, measure: async () => free },
  );
  for (const bytes of [1_000, 499, 520, 549, 550, 520, 499]) {
    free = bytes;
    await space.check();
  }
  assert.equal(
    told.map((reason) => reason !== null),
    [false, true, true, true, false, false, true],
  );
  assert.match(told[1] ?? "", "499 bytes are free where 500 are wanted");
  const kept = { bytes: 100 };
  const roomy = new DiskSpace(
    { folder: root, setShort: (reason) => void told.push(reason) },
    {
      freeBytesMin: 500,
      measure: async () => 450 + (kept.bytes === 0 ? 100 : 0),
      makeRoom: () => void (kept.bytes = 0),
    },
  );
  await roomy.check();
  assert.is(kept.bytes, 0);
  assert.is(told.at(-1), null, "what was only kept to be safe made room enough");
  const real = new DiskSpace({ folder: root, setShort: () => {} }, { freeBytesMin: 0 });
  await real.check();
  assert.ok(real.freeBytes > 0);
});

const mounted = mountSmall();
if (mounted === null)
  console.log("no file system could be mounted here: the full disk is only played");
else {
  test("on a real file system of 16 MB that somebody else fills, all of it holds", async () => {
    const folder = join(mounted, "gateway-1", "gw_real");
    const spool = new Spool(folder, { reserve: true });
    const space = new DiskSpace(spool, { freeBytesMin: 1_000_000 });
    await space.check();
    assert.is(spool.refusal, null);
    const ids = numbers(1_000).map((n) => `r${n}`);
    for (const id of ids) spool.append("intent", intentOf(id));
    fill(join(mounted, "somebody-else"));
    await space.check();
    assert.is(space.freeBytes, 0);
    assert.is(spool.refusal?.code, "full");
    for (const id of ids) settle(spool, id);
    await spool.synced();
    rmSync(join(mounted, "somebody-else"));
    await space.check();
    assert.is(spool.refusal, null);
    spool.append("intent", intentOf("next"));
    settle(spool, "next");
    spool.close();
    assert.equal(idsIn(folder, "final"), [...ids, "next"]);
    assert.equal(
      (await shipped(folder)).map(({ id }) => id),
      [...ids, "next"],
    );
  });
}

/** A tmpfs, or null where only root may. */
function mountSmall(): string | null {
  const path = join(root, "small");
  mkdirSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", path], { stdio: "ignore" });
    return path;
  } catch {
    return null;
  }
}

function fill(path: string): void {
  for (const bytes of [1_000_000, 1_000, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: "a" });
    } catch {
      // full, for pieces of this size
    }
  }
}

// --- A process that dies between any two operations.

const story = async (spool: Spool, disk: ReturnType<typeof faultyDisk>, done: Set<string>) => {
  const end = (id: string): void => {
    settle(spool, id);
    done.add(id);
  };
  const ids = numbers(12).map((n) => `s${n}`);
  for (const id of ids) spool.append("intent", intentOf(id));
  end("s1");
  await spool.synced();
  end("s2");
  disk.failingSyncs = 1;
  await spool.synced();
  end("s3");
  disk.free = 3_000;
  for (const id of ["s4", "s5", "s6", "s7"]) end(id);
  await spool.synced();
  disk.free = 50_000_000;
  disk.failingSyncs = 1;
  end("s8"); // in the reserve, whose sync fails
  await spool.synced();
  spool.setShort(null);
  end("s9");
  spool.close();
};

test("killed between any two operations of the disk, every final that was written is there, and every intent is closed once", async () => {
  let at = 0;
  for (let finished = false; !finished; at++) {
    const folder = newFolder();
    const disk = faultyDisk(shadowOf(folder));
    disk.operationsLeft = at;
    const done = new Set<string>();
    const life = async (): Promise<void> => {
      await story(new Spool(folder, { files: disk, reserve: true }), disk, done);
      finished = true;
    };
    // Whatever it makes of the death of its disk, nothing of it reaches the files any more.
    const ended = await Promise.race([life().catch((cause: unknown) => cause), disk.dead]);
    if (!finished && disk.operationsLeft > 0) throw ended;
    const intents = new Set(existsSync(folder) ? idsIn(folder, "intent") : []);
    const finals = existsSync(folder) ? closeIntents(folder, 0) : 0;
    const closed = existsSync(folder) ? recordsIn(folder, "final") : [];
    const byId = new Map(closed.map((final) => [final.id, final.sequence]));
    for (const id of done) assert.ok(byId.has(id), `${id} after ${at} operations`);
    assert.equal(new Set(byId.keys()), intents, `after ${at} operations`);
    assert.equal(
      [...byId.values()].toSorted((a, b) => a - b),
      numbers(finals),
      `after ${at} operations`,
    );
    assert.is(closeIntents(folder, 1), finals);
    const posted = new Set((await shipped(folder)).map(({ id }) => id));
    assert.is(posted.size, finals, `after ${at} operations`);
    rmSync(folder, { recursive: true, force: true });
    rmSync(disk.afterPowerCut, { recursive: true, force: true });
  }
  assert.ok(at > 40, `${at} operations`);
});

// --- Bytes that are not what was written.

test("whichever byte of a segment flips, no record is read that was not written, and damage before a sound record is named", () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  const written = numbers(3).map((n) => JSON.stringify({ id: `f${n}`, sequence: n }));
  const ends: number[] = [];
  for (const payload of written) {
    spool.append("final", payload);
    ends.push(spool.position.offset);
  }
  spool.close();
  const path = join(folder, segmentName(1));
  const bytes = readFileSync(path);
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [1, 0x80]) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ bit;
      writeFileSync(path, flipped);
      const [segment] = readLife(folder);
      const sound = ends.filter((end) => end <= at).length;
      const read = segment?.records.map((record) => record.payload.toString("utf8")) ?? [];
      const inHeader = at < 17;
      assert.equal(read, inHeader ? [] : written.slice(0, sound), `byte ${at}`);
      const last = at >= (ends[1] ?? 0);
      assert.is(segment?.damage !== null, !last, `byte ${at}`);
      if (!last) assert.throws(() => closeIntents(folder, 0), /damaged at byte \d+/);
      if (!last && !inHeader) {
        assert.is(segment?.damage?.at, [17, ...ends][sound], `byte ${at}`);
        const behind = segment?.behind.map((record) => record.payload.toString("utf8"));
        assert.equal(behind, written.slice(sound + 1), `byte ${at}`);
      }
    }
  }
});

test("cut at any byte, a shipper ships what is whole, once, and stops there without a complaint", async () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  const ends: number[] = [];
  for (const n of numbers(3)) {
    spool.append("final", JSON.stringify({ id: `f${n}`, sequence: n }));
    ends.push(spool.position.offset);
  }
  spool.close();
  for (let size = 17; size <= (ends[2] ?? 0); size++) {
    const copy = newFolder();
    cpSync(folder, copy, { recursive: true });
    truncateSync(join(copy, segmentName(1)), size);
    const whole = ends.filter((end) => end <= size).length;
    assert.equal(
      (await shipped(copy)).map(({ sequence }) => sequence),
      numbers(whole),
    );
    rmSync(copy, { recursive: true });
  }
});

test("a damaged segment is shipped up to the damage, which is then named, and not passed over", async () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  const ends: number[] = [];
  for (const n of numbers(4)) {
    spool.append("final", finalOf(`f${n}`, n));
    ends.push(spool.position.offset);
  }
  // Damage that is longer than what is read at once must not look like the end of the segment.
  spool.append("final", JSON.stringify({ id: "f5", sequence: 5, padding: "x".repeat(2_500_000) }));
  spool.append("final", finalOf("f6", 6));
  spool.close();
  const path = join(folder, segmentName(1));
  const bytes = readFileSync(path);
  const at = (ends[3] ?? 0) + 30;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  writeFileSync(join(folder, segmentName(2)), bytes.subarray(0, ends[0]));
  const got: number[] = [];
  const shipper = new Shipper(folder, async ({ lines }) => {
    got.push(...smallOf(lines).map(({ sequence }) => sequence));
  });
  await shipper.drain();
  assert.equal(got, [1, 2, 3, 4]);
  assert.match(shipper.lastError ?? "", `damaged at byte ${ends[3]}`);
  await shipper.drain();
  assert.equal(got, [1, 2, 3, 4]);
  shipper.stop();
});

// --- What is kept, and what is told.

test("segments that were shipped three days ago are removed, and the life still knows how many finals it had", async () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  const large = "x".repeat(3_500_000);
  for (const n of numbers(40))
    spool.append("final", JSON.stringify({ id: `f${n}`, sequence: n, large }));
  await spool.synced();
  spool.append("intent", intentOf("open"));
  spool.close();
  assert.equal(segmentsOf(folder), [1, 2, 3]);
  const shipper = new Shipper(folder, async () => {});
  shipper.forgetShipped(Date.now() + 80 * 3_600_000);
  assert.equal(segmentsOf(folder), [1, 2, 3], "not shipped yet");
  await shipper.drain();
  shipper.forgetShipped(Date.now() + 70 * 3_600_000);
  assert.equal(segmentsOf(folder), [1, 2, 3], "not old yet");
  shipper.forgetShipped(Date.now() + 80 * 3_600_000);
  assert.equal(segmentsOf(folder), [2, 3]);
  shipper.stop();
  assert.is(closeIntents(folder, 0), 41);
  assert.equal(
    (await shipped(folder)).map(({ id }) => id),
    ["open"],
  );
});

test("the age of what is not shipped is that of the oldest final behind the cursor", async () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  spool.append("intent", intentOf("a"));
  const ended = (id: string, atMs: number) =>
    JSON.stringify({ id, sequence: 1, admittedAt: new Date(atMs).toISOString(), durationMs: 500 });
  const shipper = new Shipper(folder, async () => {});
  assert.is(shipper.oldestUnshippedMs(), null);
  spool.append("final", ended("a", 10_000));
  spool.append("final", ended("b", 20_000));
  assert.is(shipper.oldestUnshippedMs(), 10_500);
  await shipper.drain();
  assert.is(shipper.oldestUnshippedMs(), null);
  spool.append("final", ended("c", 30_000));
  assert.is(shipper.oldestUnshippedMs(), 30_500);
  shipper.stop();
  spool.close();
});

test("where the shipper stands is on disk a moment after it has shipped", async () => {
  const folder = newFolder();
  const spool = new Spool(folder);
  const shipper = new Shipper(folder, async () => {});
  settle(spool, "a");
  await shipper.drain();
  settle(spool, "b");
  await shipper.drain();
  const saved = (): number =>
    (JSON.parse(readFileSync(join(folder, "cursor.json"), "utf8")) as { offset: number }).offset;
  for (let tries = 0; saved() < spool.position.offset && tries < 100; tries++)
    await new Promise((resolve) => setTimeout(resolve, 30));
  assert.is(saved(), spool.position.offset);
  shipper.stop();
  spool.close();
});

test("zeros at the end of a segment, which a reserve leaves, are no record and no damage", () => {
  const { records, torn, damage } = surveyRecords(Buffer.alloc(1_000_000), 0);
  assert.equal([records.length, torn, damage], [0, true, null]);
});

test.run();
