/**
 * The gateway's durable list of what it has metered. One folder for one life of a gateway:
 * `<DATA_DIR>/spool/<gateway name>/<gateway id>/000001.spool …`. A plain write survives `kill -9`; `fsync` follows
 * within a few milliseconds for many records at once, and `DURABILITY=strict` waits for it.
 */
import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeSync,
  ftruncateSync,
  fstatSync,
} from "node:fs";
import { join } from "node:path";
import { decodeRecords, encodeRecord, segmentHeader, type RecordType } from "./segment.ts";

const segmentBytesMax = 64_000_000;
const syncDelayMs = 4; // one fsync serves every record of this time; a client of `strict` waits at most this and the disk

/** A place in a spool: shipped up to here. */
export type Position = { segment: number; offset: number };

export const segmentName = (segment: number): string => `${String(segment).padStart(6, "0")}.spool`;

export function segmentsOf(folder: string): number[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .flatMap((name) => (/^\d{6}\.spool$/.test(name) ? [+name.slice(0, 6)] : []))
        .toSorted((a, b) => a - b)
    : [];
}

export class Spool {
  readonly folder: string;
  #segment: number;
  #file: number;
  #size: number;
  #dirty = false;
  #timer: NodeJS.Timeout | null = null;
  #waiting: { resolve: () => void; reject: (cause: Error) => void }[] = [];
  #failure: Error | null = null;
  /** Finals written through this object: so many of this life will be posted. */
  finals = 0;
  /** Called after a final was written: there is something to ship. */
  onFinal: () => void = () => {};

  /** Opens a life's folder for appending, after cutting what a crash tore off its end. */
  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#segment = segmentsOf(folder).at(-1) ?? 1;
    this.#file = openSegment(folder, this.#segment);
    this.#size = cutTornTail(this.#file, join(folder, segmentName(this.#segment)));
  }

  /** Where the next record will stand. */
  get position(): Position {
    return { segment: this.#segment, offset: this.#size };
  }

  /** Whether records can still be written; a gateway that cannot spool must not admit. */
  get failure(): Error | null {
    return this.#failure;
  }

  /**
   * Writes a record; when this returns it survives the death of the process.
   * @throws when the disk refuses. The record was then not written, or is a torn tail.
   */
  append(type: RecordType, payload: string): void {
    if (this.#failure) throw this.#failure;
    const record = encodeRecord(type, payload);
    if (this.#size + record.length > segmentBytesMax) this.#roll();
    try {
      let written = 0;
      while (written < record.length)
        written += writeSync(
          this.#file,
          record,
          written,
          record.length - written,
          this.#size + written,
        );
    } catch (cause) {
      ftruncateSync(this.#file, this.#size);
      throw new Error(`the spool in ${this.folder} cannot be written`, { cause });
    }
    this.#size += record.length;
    this.#dirty = true;
    this.#timer ??= setTimeout(() => this.#sync(), syncDelayMs);
    if (type === "final") {
      this.finals++;
      this.onFinal();
    }
  }

  /** Resolves when everything appended so far is on the disk. */
  synced(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (!this.#dirty) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #sync(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#dirty = false;
    fdatasync(this.#file, (cause) => {
      this.#timer =
        this.#dirty || this.#waiting.length > 0
          ? setTimeout(() => this.#sync(), syncDelayMs)
          : null;
      if (!cause) {
        for (const one of waiting) one.resolve();
        return;
      }
      // A failed fsync may never be tried again on the same file: the kernel has already called the pages clean.
      this.#failure = new Error(`the spool in ${this.folder} cannot be synced to disk`, { cause });
      for (const one of waiting) one.reject(this.#failure);
    });
  }

  #roll(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
    this.#segment++;
    this.#file = openSegment(this.folder, this.#segment);
    this.#size = segmentHeader.length;
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    fsyncSync(this.#file);
    closeSync(this.#file);
    for (const one of this.#waiting) one.resolve();
    this.#waiting = [];
  }
}

function openSegment(folder: string, segment: number): number {
  const path = join(folder, segmentName(segment));
  const file = openSync(path, existsSync(path) ? "r+" : "wx+", 0o600);
  if (fstatSync(file).size < segmentHeader.length) {
    ftruncateSync(file, 0);
    writeSync(file, segmentHeader, 0, segmentHeader.length, 0);
    fsyncSync(file);
    const directory = openSync(folder, "r");
    fsyncSync(directory);
    closeSync(directory);
  }
  return file;
}

/** Returns the length of the sound part, and cuts the file there. */
function cutTornTail(file: number, path: string): number {
  const bytes = readFileSync(path);
  if (!bytes.subarray(0, segmentHeader.length).equals(segmentHeader))
    throw new Error(`${path} is not a spool segment of this version`);
  const { records, torn } = decodeRecords(
    bytes.subarray(segmentHeader.length),
    segmentHeader.length,
  );
  const end = records.at(-1)?.end ?? segmentHeader.length;
  if (torn) ftruncateSync(file, end);
  return end;
}
