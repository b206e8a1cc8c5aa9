/** Hands finals to pg-boss in order, from the files themselves, so that memory stays flat however long Postgres is away. */
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { WrittenFinal } from "./spool.ts";
import { readCursor, segmentName, segmentsOf, type Position } from "#schema/spool/life.ts";
import {
  claimedBytes,
  segmentHeader,
  SpoolCorruptError,
  surveyRecords,
  type SpoolRecord,
} from "#schema/spool/segment.ts";

const recordsPerJobMax = 500;
const readBytes = 1_000_000;
const lingerMs = 8; // lets the finals of one moment travel as one job
/** While many come: a job costs about a millisecond of CPU here and in Postgres, however few records it holds. */
const busyLingerMs = 150;
const busyRecords = 4; // in the last job
const cursorSaveMs = 1_000;
const retryMsMax = 30_000;
/** Finals are shipped from memory as long as Postgres keeps up: reading them again was a tenth of a request. */
const rememberedCharactersMax = 8_000_000;
/** With a backup of the database that is younger than this, spools rebuild the usage ledger (reliability.md P-11). */
export const keptMs = 72 * 3_600_000;

/** What takes a job: pg-boss' `insert`, for which a job id that it already has is a no-op. A line is a final's JSON. */
export type Deliver = (job: { id: string; lines: readonly string[] }) => Promise<void>;

/** `full`: there may be another job as large. */
type Shipped = "nothing" | "some" | "full";

export class Shipper {
  readonly #folder: string;
  readonly #deliver: Deliver;
  readonly #isTold: boolean;
  #cursor: Position;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #failures = 0;
  #lastJob = 0;
  #stopped = false;
  #savedAtMs = Number.NEGATIVE_INFINITY;
  #saveTimer: NodeJS.Timeout | null = null;
  /** All finals behind the cursor, in order; null when they have to be read from the files. */
  #remembered: WrittenFinal[] | null = null;
  #rememberedCharacters = 0;
  /** The last sequence number that was handed over. */
  shipped = 0;
  lastError: string | null = null;

  /** @param options.isTold whether `wake` is called with every final that is written from now on */
  constructor(folder: string, deliver: Deliver, options: { isTold: boolean } = { isTold: false }) {
    this.#folder = folder;
    this.#deliver = deliver;
    this.#isTold = options.isTold;
    this.#cursor = readCursor(folder);
  }

  /** There may be finals behind the cursor. @param final the one that was just written, if it is at hand */
  wake(final: WrittenFinal | null = null): void {
    this.#remember(final);
    this.#shipSoon();
  }

  #shipSoon(): void {
    if (this.#stopped || this.#timer || this.#running) return;
    const wait =
      this.#failures === 0
        ? this.#lastJob > busyRecords
          ? busyLingerMs
          : lingerMs
        : Math.min(retryMsMax, 250 * 2 ** this.#failures) * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (!this.#running) void this.#run({ untilNothingIsLeft: false });
    }, wait);
  }

  /** Ships everything there is, once; a failure is remembered and tried again later by itself. */
  drain(): Promise<void> {
    return this.#running
      ? this.#running.then(() => this.drain())
      : this.#run({ untilNothingIsLeft: true });
  }

  #run(options: { untilNothingIsLeft: boolean }): Promise<void> {
    this.#running = this.#shipAll(options).then((again) => {
      this.#running = null;
      if (again || this.#failures > 0) this.#shipSoon();
    });
    return this.#running;
  }

  /**
   * Without an end, only full jobs are followed by the next at once: what comes while one is on its way is few, and a job
   * costs about a millisecond however few it holds. Resolves to whether something was shipped.
   */
  async #shipAll({ untilNothingIsLeft }: { untilNothingIsLeft: boolean }): Promise<boolean> {
    let again = false;
    try {
      while (!this.#stopped) {
        const shipped = await this.#shipOne();
        if (shipped === "nothing") break;
        again = true;
        if (shipped === "some" && !untilNothingIsLeft) break;
      }
      this.#failures = 0;
      this.lastError = null;
    } catch (cause) {
      this.#failures = Math.min(this.#failures + 1, 8);
      this.lastError = String(cause);
    }
    return again;
  }

  #remember(final: WrittenFinal | null): void {
    const remembered = this.#remembered;
    if (!remembered) return;
    this.#rememberedCharacters += final?.text.length ?? 0;
    if (
      final?.segment === this.#cursor.segment &&
      this.#rememberedCharacters <= rememberedCharactersMax
    )
      remembered.push(final);
    else this.#forget(); // Postgres is behind, or the next segment has begun
  }

  #forget(): void {
    this.#remembered = null;
    this.#rememberedCharacters = 0;
  }

  /** One job of what is remembered. */
  async #shipRemembered(remembered: readonly WrittenFinal[]): Promise<Shipped> {
    const from = this.#cursor;
    const part = remembered.slice(0, recordsPerJobMax);
    const last = part.at(-1);
    if (!last) return "nothing";
    this.#lastJob = part.length;
    await this.#deliver({
      id: jobId(this.#folder, from, last.end),
      lines: part.map(({ text }) => text),
    });
    this.shipped = Math.max(this.shipped, last.sequence);
    this.#move({ segment: from.segment, offset: last.end });
    for (const { text } of this.#remembered?.splice(0, part.length) ?? [])
      this.#rememberedCharacters -= text.length;
    return part.length === recordsPerJobMax ? "full" : "some";
  }

  /** One job of at most 500 finals. */
  async #shipOne(): Promise<Shipped> {
    if (this.#remembered) return this.#shipRemembered(this.#remembered);
    const from = this.#cursor;
    const records = readPart(this.#folder, from);
    const finals: string[] = [];
    const seen = new Set<string>(); // a record that was written again after a failed fsync stands here twice
    let end = from.offset;
    for (const record of records) {
      if (finals.length === recordsPerJobMax) break;
      end = record.end;
      if (record.type !== "final") continue;
      const final = record.payload.toString("utf8");
      if (seen.has(final)) continue;
      seen.add(final);
      finals.push(final);
    }
    if (end === from.offset) {
      const next = segmentsOf(this.#folder).find((segment) => segment > from.segment);
      if (next === undefined) {
        if (this.#isTold) this.#remembered = []; // nothing is behind the cursor: from here on it is enough to listen
        return "nothing";
      }
      this.#move({ segment: next, offset: segmentHeader.length });
      return "full";
    }
    // All that there is was read: what comes from here on, also while this is on its way, need not be read.
    if (this.#isTold && isEnd(this.#folder, { segment: from.segment, offset: end }))
      this.#remembered = [];
    if (finals.length > 0) {
      this.#lastJob = finals.length;
      try {
        await this.#deliver({ id: jobId(this.#folder, from, end), lines: finals });
      } catch (cause) {
        this.#forget(); // these are to be read again
        throw cause;
      }
      const { sequence: last }: { sequence?: unknown } = JSON.parse(finals.at(-1) ?? "{}");
      if (typeof last === "number") this.shipped = Math.max(this.shipped, last);
    }
    this.#move({ segment: from.segment, offset: end });
    return finals.length === 0 || finals.length === recordsPerJobMax ? "full" : "some";
  }

  /** Written once a second, and not synced: to ship again from an older place is harmless, a rename for each job is not free. */
  #move(to: Position): void {
    this.#cursor = to;
    const waitMs = this.#savedAtMs + cursorSaveMs - performance.now();
    if (waitMs <= 0) return this.#save();
    this.#saveTimer ??= setTimeout(() => this.#save(), waitMs).unref();
  }

  #save(): void {
    if (this.#saveTimer) clearTimeout(this.#saveTimer);
    this.#saveTimer = null;
    this.#savedAtMs = performance.now();
    const path = join(this.#folder, "cursor.json");
    try {
      writeFileSync(`${path}.new`, JSON.stringify(this.#cursor), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    } catch {
      // A full or failing disk: the next save may do better, and until then more is shipped again, which is harmless.
    }
  }

  /** When the oldest final ended that Postgres has not taken, in epoch milliseconds; null when it has them all. */
  oldestUnshippedMs(): number | null {
    try {
      return this.#oldestMs({ ...this.#cursor });
    } catch {
      return null; // damaged or unreadable there; `lastError` says so
    }
  }

  #oldestMs(at: Position): number | null {
    for (;;) {
      const records = readPart(this.#folder, at);
      const final = records.find((record) => record.type === "final");
      if (final) return endedAtMs(final);
      const next = segmentsOf(this.#folder).find((segment) => segment > at.segment);
      const end = records.at(-1)?.end;
      if (end !== undefined) at.offset = end;
      else if (next === undefined) return null;
      else Object.assign(at, { segment: next, offset: segmentHeader.length });
    }
  }

  /**
   * Removes segments that were shipped three days ago. The life goes on, and the one before the shipper's is kept: a full
   * segment has finals, and the highest of their sequence numbers says how many the life has.
   */
  forgetShipped(nowMs: number): void {
    for (const segment of segmentsOf(this.#folder)) {
      if (segment >= this.#cursor.segment - 1) return;
      const path = join(this.#folder, segmentName(segment));
      if (nowMs - statSync(path).mtimeMs > keptMs) rmSync(path, { force: true });
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#save();
    if (this.#timer) clearTimeout(this.#timer);
  }
}

/** Whether nothing stands behind a place. */
const isEnd = (folder: string, { segment, offset }: Position): boolean =>
  statSync(join(folder, segmentName(segment)), { throwIfNoEntry: false })?.size === offset &&
  segmentsOf(folder).at(-1) === segment;

function endedAtMs(final: SpoolRecord): number {
  const { admittedAt, durationMs }: { admittedAt?: unknown; durationMs?: unknown } = JSON.parse(
    final.payload.toString("utf8"),
  );
  return (Date.parse(String(admittedAt)) || 0) + (typeof durationMs === "number" ? durationMs : 0);
}

/** A job's id from where its records stand: the same part shipped again has the same id, another part never has. */
function jobId(folder: string, from: Position, end: number): string {
  const hex = createHash("sha256")
    .update(`${folder.split("/").slice(-2).join("/")} ${from.segment} ${from.offset} ${end}`)
    .digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** For every read of this process: a megabyte for each job kept the garbage collector busy. */
const scratch = Buffer.allocUnsafeSlow(readBytes);

/**
 * The sound records from a place on: as many as one read holds, and at least one if there is one. They are views of a
 * buffer that the next read fills anew.
 * @throws {SpoolCorruptError} when the place itself is damaged; what stands before damage is returned first.
 */
function readPart(folder: string, from: Position): SpoolRecord[] {
  const path = join(folder, segmentName(from.segment));
  if (!existsSync(path)) return []; // a life that ended before it had a segment
  const file = openSync(path, "r");
  try {
    for (let length = readBytes; ;) {
      const bytes = length === readBytes ? scratch : Buffer.allocUnsafe(length);
      const part = bytes.subarray(0, readSync(file, bytes, 0, length, from.offset));
      const needed = claimedBytes(part);
      if (needed !== null && needed > length) {
        length = needed; // one record that is longer than one read
        continue;
      }
      const { records } = surveyRecords(part, from.offset);
      if (records.length > 0 || part.length === 0) return records;
      // Nothing sound here: a torn end, or damage with the rest of the segment behind it, however far.
      const { damage } = surveyRecords(readFileSync(path).subarray(from.offset), from.offset);
      if (damage) {
        throw new SpoolCorruptError(
          `${path} is damaged at byte ${damage.at}; what stands behind it is not shipped, see: turnpike spool inspect`,
        );
      }
      return records;
    }
  } finally {
    closeSync(file);
  }
}
