/** Hands finals to pg-boss in order, from the files themselves, so that memory stays flat however long Postgres is away. */
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { decodeRecords, segmentHeader } from "./segment.ts";
import { segmentName, segmentsOf, type Position } from "./spool.ts";

const recordsPerJobMax = 500;
const readBytes = 1_000_000;
const lingerMs = 8; // lets the finals of one moment travel as one job
const cursorSaveMs = 1_000;
const retryMsMax = 30_000;

/** What takes a job: pg-boss' `insert`, for which a job id that it already has is a no-op. */
export type Deliver = (job: { id: string; data: { records: unknown[] } }) => Promise<void>;

export class Shipper {
  readonly #folder: string;
  readonly #deliver: Deliver;
  #cursor: Position;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #failures = 0;
  #stopped = false;
  #savedAtMs = Number.NEGATIVE_INFINITY;
  /** The last sequence number that was handed over. */
  shipped = 0;
  lastError: string | null = null;

  constructor(folder: string, deliver: Deliver) {
    this.#folder = folder;
    this.#deliver = deliver;
    this.#cursor = readCursor(folder);
  }

  /** There may be finals behind the cursor. */
  wake(): void {
    if (this.#stopped || this.#timer || this.#running) return;
    const wait =
      this.#failures === 0
        ? lingerMs
        : Math.min(retryMsMax, 250 * 2 ** this.#failures) * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.drain();
    }, wait);
  }

  /** Ships everything there is, once; a failure is remembered and tried again later by itself. */
  drain(): Promise<void> {
    this.#running ??= this.#shipAll().finally(() => {
      this.#running = null;
      if (this.#failures > 0) this.wake();
    });
    return this.#running;
  }

  async #shipAll(): Promise<void> {
    try {
      for (let more = true; more && !this.#stopped;) more = await this.#shipOne();
      this.#failures = 0;
      this.lastError = null;
    } catch (cause) {
      this.#failures = Math.min(this.#failures + 1, 8);
      this.lastError = String(cause);
    }
  }

  /** One job of at most 500 finals. Returns whether there may be more. */
  async #shipOne(): Promise<boolean> {
    const from = this.#cursor;
    const bytes = readPart(this.#folder, from);
    const { records } = decodeRecords(bytes, from.offset);
    const finals: { sequence?: unknown }[] = [];
    let end = from.offset;
    for (const record of records) {
      if (finals.length === recordsPerJobMax) break;
      end = record.end;
      if (record.type === "final") finals.push(JSON.parse(record.payload.toString("utf8")));
    }
    if (end === from.offset) {
      const next = segmentsOf(this.#folder).find((segment) => segment > from.segment);
      if (next === undefined) return false;
      this.#move({ segment: next, offset: segmentHeader.length });
      return true;
    }
    if (finals.length > 0) {
      await this.#deliver({ id: jobId(this.#folder, from, end), data: { records: finals } });
      const last = finals.at(-1)?.sequence;
      if (typeof last === "number") this.shipped = Math.max(this.shipped, last);
    }
    this.#move({ segment: from.segment, offset: end });
    return true;
  }

  /** Written once a second, and not synced: to ship again from an older place is harmless, a rename for each job is not free. */
  #move(to: Position): void {
    this.#cursor = to;
    const nowMs = performance.now();
    if (nowMs - this.#savedAtMs < cursorSaveMs) return;
    this.#savedAtMs = nowMs;
    this.#save();
  }

  #save(): void {
    const path = join(this.#folder, "cursor.json");
    writeFileSync(`${path}.new`, JSON.stringify(this.#cursor), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  stop(): void {
    this.#stopped = true;
    this.#save();
    if (this.#timer) clearTimeout(this.#timer);
  }
}

/** A job's id from where its records stand: the same part shipped again has the same id, another part never has. */
function jobId(folder: string, from: Position, end: number): string {
  const hex = createHash("sha256")
    .update(`${folder.split("/").slice(-2).join("/")} ${from.segment} ${from.offset} ${end}`)
    .digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function readCursor(folder: string): Position {
  const path = join(folder, "cursor.json");
  const start = { segment: segmentsOf(folder)[0] ?? 1, offset: segmentHeader.length };
  if (!existsSync(path)) return start;
  try {
    const cursor: Partial<Position> = JSON.parse(readFileSync(path, "utf8"));
    return typeof cursor.segment === "number" && typeof cursor.offset === "number"
      ? { segment: cursor.segment, offset: cursor.offset }
      : start;
  } catch {
    return start; // a torn cursor file: ship from the beginning, which the ledger absorbs
  }
}

function readPart(folder: string, from: Position): Buffer {
  const file = openSync(join(folder, segmentName(from.segment)), "r");
  try {
    // A record can be longer than one read; then read on until it is whole or the file ends.
    for (let length = readBytes; ; length *= 2) {
      const bytes = Buffer.allocUnsafe(length);
      const got = readSync(file, bytes, 0, length, from.offset);
      const part = bytes.subarray(0, got);
      if (got < length || decodeRecords(part, from.offset).records.length > 0) return part;
      if (length > 16_000_000) return part;
    }
  } finally {
    closeSync(file);
  }
}
