/**
 * The gateway's durable list of what it has metered. One folder for one life of a gateway:
 * `<DATA_DIR>/spool/<gateway name>/<gateway id>/000001.spool …`. A plain write survives `kill -9`; `fsync` follows
 * within a few milliseconds for many records at once, and `DURABILITY=strict` waits for it.
 *
 * A disk may fail and it may be full. A failed fsync is never tried again on the same file: what may be lost is written
 * to a fresh one. And beside the segments lies a reserve of real bytes, which becomes the next segment when nothing else
 * can be had, so that what was admitted can always be settled.
 */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { segmentName, segmentsOf, type Position } from "#schema/spool/life.ts";
import {
  decodeRecords,
  encodeRecordInto,
  recordBytesMax,
  segmentHeader,
  type RecordType,
} from "#schema/spool/segment.ts";
import { diskFiles, isNoSpace, type SpoolFiles } from "./files.ts";

const segmentBytesMax = 64_000_000;
/**
 * One fsync serves every record of this time. With nobody waiting it is what a power cut may lose, and an fsync every 4 ms
 * took 17 µs of each of 3,000 requests a second; a client of `strict` waits at most the shorter one and the disk.
 */
const syncDelayMs = 20;
const awaitedSyncDelayMs = 4;
/** Records are made in pieces of memory of this size, which come back when the disk has them: a request allocates none. */
const blockBytes = 262_144;
const spareBlocksMax = 16;
/** What is kept in memory until the disk has confirmed it: seconds at full load. A disk that is further behind is stuck. */
const unsyncedBytesMax = 64_000_000;
/** What the reserve counts for each request under way. Finals measure 1.0 to 1.4 kB, one with eight failed attempts 4 kB. */
const reserveBytesPerRequest = 4_096;
const reserveStepBytes = 4_194_304; // 1,023 requests under way; written in about 2 ms
const reserveName = "reserve";

/** Why no new work is taken: `code` for us, `sentence` for the client. */
export type SpoolRefusal = {
  code: "failed" | "full" | "slow";
  sentence: string;
  cause: Error | null;
};

const sentences = {
  failed:
    "This gateway's disk has failed, so it cannot record usage and takes no requests. It is started again in a moment.",
  full: "This gateway's disk is full, so it cannot record usage and takes no requests. It takes them again by itself when there is space.",
  slow: "This gateway's disk is behind, so it takes no requests right now. Try again in a few seconds.",
} as const satisfies Record<SpoolRefusal["code"], string>;

/** A segment that is being written, or was and is not known to be on the disk yet. */
type OpenSegment = { segment: number; file: number; size: number; syncedSize: number };
type Waiting = { resolve: () => void; reject: (cause: Error) => void };
/** Records as they are written, one behind the other. */
type Piece = { block: Buffer; from: number; to: number };
/** A final as it stands in its segment, for who ships it: it need not be read again. */
export type WrittenFinal = {
  text: string;
  sequence: number;
  segment: number;
  /** just past the record */ end: number;
};
/** Something that is appended at the end of this turn of the event loop. */
type Draft = {
  type: RecordType;
  /** @param sequence which final of this life it is, from 1 */
  payload: (sequence: number) => string;
  written: ((cause: Error | null) => void) | null;
};

export class Spool {
  readonly folder: string;
  readonly #files: SpoolFiles;
  /** The last one is written to. */
  #open: OpenSegment[];
  #reserve: { file: number; bytes: number } | null = null;
  /** The reserve is what is written to. */
  #inReserve = false;
  /** Records that no sync has confirmed: under one that is under way, and since. */
  #syncing: Piece[] = [];
  #unsynced: Piece[] = [];
  #block: Buffer = Buffer.allocUnsafeSlow(blockBytes);
  #blockUsed = 0;
  readonly #spareBlocks: Buffer[] = [];
  #drafts: Draft[] = [];
  #unsyncedBytes = 0;
  #syncWaiting: Waiting[] = [];
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | null = null;
  #timerIsAwaited = false;
  /** Counts syncs; the answer to one that was given up is not listened to. */
  #attempt = 0;
  #syncRunning = false;
  #toClose: number[] = [];
  #failure: Error | null = null;
  #noSpace: Error | null = null;
  #underWay = 0;
  #short: string | null = null;
  /** Finals written through this object: so many of this life will be posted. */
  finals = 0;
  /** Times that the disk refused a sync and the records went to a fresh segment. */
  syncFailures = 0;
  /** Called after a final was written: there is something to ship. Null: it has to be read from where it stands. */
  onFinal: (final: WrittenFinal | null) => void = () => {};
  /** Called once, when the disk has failed for good: finish what is under way, and end. */
  onFailure: (cause: Error) => void = () => {};

  /**
   * Opens a life's folder for appending, after cutting what a crash tore off its end.
   * @param options.reserve whether to make a reserve; one that is there is used either way.
   * @throws {SpoolCorruptError} when bytes in the middle of the last segment are not what was written; and whatever the
   *   disk says when it is full or read-only.
   */
  constructor(folder: string, options: { reserve?: boolean; files?: SpoolFiles } = {}) {
    this.folder = folder;
    this.#files = options.files ?? diskFiles;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#takeOldReserve();
    const segment = segmentsOf(folder).at(-1) ?? 1;
    const path = join(folder, segmentName(segment));
    const file = this.#openSegment(segment);
    const size = soundBytes(path);
    this.#files.truncate(file, size);
    this.#open = [{ segment, file, size, syncedSize: size }];
    if (options.reserve) this.#growReserve(reserveStepBytes);
  }

  /** Where the next record will stand. */
  get position(): Position {
    const { segment, size } = this.#current;
    return { segment, offset: size };
  }

  /** Why a gateway that needs this spool must not admit, or null. */
  get refusal(): SpoolRefusal | null {
    if (this.#failure) return { code: "failed", sentence: sentences.failed, cause: this.#failure };
    if (this.#noSpace || this.#short !== null)
      return {
        code: "full",
        sentence: sentences.full,
        cause: this.#noSpace ?? new Error(this.#short ?? ""),
      };
    if (this.#unsyncedBytes > unsyncedBytesMax)
      return { code: "slow", sentence: sentences.slow, cause: null };
    return null;
  }

  /** The disk has failed for good. */
  get failure(): Error | null {
    return this.#failure;
  }

  /**
   * Writes a record; when this returns it survives the death of the process. Finals are written whatever the state of
   * the disk, as long as it takes bytes at all. Progress is dropped when bytes are scarce: it costs us money, not a client.
   * @throws when the disk refuses, or an intent comes while there is a `refusal`. The record was then not written, or
   *   is a torn tail.
   */
  append(type: RecordType, payload: string): void {
    if (type === "intent") this.#mustTakeWork();
    if (type === "progress" && (this.#failure || this.#inReserve)) return;
    const piece = this.#encode(type, payload);
    try {
      if (type === "intent") this.#reserveFor(this.#underWay + 1);
      this.#write(piece, { mayUseReserve: type === "final" });
    } catch (cause) {
      if (isNoSpace(cause)) {
        this.#noSpace = cause;
        if (type === "progress") return;
      }
      throw new Error(`the spool in ${this.folder} cannot be written`, { cause });
    }
    this.#wrote(piece);
    this.#count(type);
  }

  /**
   * The same at the end of this turn of the event loop, in one write with the records of all other requests of the turn: a
   * write for each record was 8 µs of a request of 290. `written` is told once, when the record survives the death of the
   * process, or why it was not written.
   * @throws when an intent comes while there is a `refusal`.
   */
  appendSoon(
    type: RecordType,
    payload: (sequence: number) => string,
    written: ((cause: Error | null) => void) | null = null,
  ): void {
    if (type === "intent") this.#mustTakeWork();
    if (this.#drafts.push({ type, payload, written }) === 1) setImmediate(this.#writeDrafts);
  }

  readonly #writeDrafts = (): void => {
    const drafts = this.#drafts;
    if (drafts.length === 0) return; // `close` was here before
    this.#drafts = [];
    if (this.#failure || this.#inReserve || !this.#writeTogether(drafts))
      for (const draft of drafts) this.#writeAlone(draft);
  };

  /** Returns false when nothing of it was written. */
  #writeTogether(drafts: readonly Draft[]): boolean {
    let intents = 0;
    let sequence = this.finals;
    let piece: Piece | null = null;
    let pieces: Piece[] | null = null; // more than one only where a block has come to its end
    const finals: { text: string; sequence: number; to: number }[] = [];
    for (const { type, payload } of drafts) {
      if (type === "intent") intents++;
      if (type === "final") sequence++;
      const text = payload(sequence);
      const record = this.#encode(type, text);
      if (type === "final") finals.push({ text, sequence, to: record.to });
      if (piece && piece.block === record.block && piece.to === record.from) piece.to = record.to;
      else {
        if (piece) (pieces ??= []).push(piece);
        piece = record;
      }
    }
    if (!piece) return true;
    try {
      if (intents > 0) this.#reserveFor(this.#underWay + intents);
      for (const one of pieces ?? []) this.#write(one, { mayUseReserve: false });
      this.#write(piece, { mayUseReserve: false });
    } catch {
      return false; // one by one it shows which of them fit; what was written already stands twice, and is booked once
    }
    const { segment, size } = this.#current;
    const base = pieces ? null : size - piece.to;
    for (const one of pieces ?? []) this.#wrote(one);
    this.#wrote(piece);
    this.#underWay = Math.max(0, this.#underWay + intents - finals.length);
    this.finals += finals.length;
    for (const { text, sequence: number, to } of finals)
      this.onFinal(base === null ? null : { text, sequence: number, segment, end: base + to });
    for (const { written } of drafts) written?.(null);
    return true;
  }

  #writeAlone({ type, payload, written }: Draft): void {
    try {
      this.append(type, payload(this.finals + 1));
    } catch (cause) {
      return written?.(errorOf(cause));
    }
    written?.(null);
  }

  #mustTakeWork(): void {
    const { refusal } = this;
    if (refusal) throw new Error(refusal.sentence, { cause: refusal.cause });
  }

  #wrote(piece: Piece): void {
    if (this.#failure) return;
    const last = this.#unsynced.at(-1);
    if (last && last.block === piece.block && last.to === piece.from) last.to = piece.to;
    else this.#unsynced.push(piece);
    this.#unsyncedBytes += piece.to - piece.from;
    this.#syncSoon();
  }

  #count(type: RecordType): void {
    if (type === "intent") this.#underWay++;
    if (type === "final") {
      this.#underWay = Math.max(0, this.#underWay - 1);
      this.finals++;
      this.onFinal(null);
    }
  }

  /** A record in memory that stays until the disk has it. */
  #encode(type: RecordType, payload: string): Piece {
    const most = recordBytesMax(payload);
    if (this.#block.length - this.#blockUsed < most) {
      this.#block =
        most > blockBytes
          ? Buffer.allocUnsafeSlow(most)
          : (this.#spareBlocks.pop() ?? Buffer.allocUnsafeSlow(blockBytes));
      this.#blockUsed = 0;
    }
    const from = this.#blockUsed;
    const to = encodeRecordInto(this.#block, from, type, payload);
    this.#blockUsed = to;
    return { block: this.#block, from, to };
  }

  /** Resolves when everything appended so far is on the disk. @throws when the disk has failed for good. */
  synced(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#unsynced.length === 0 && this.#syncing.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#syncSoon();
    });
  }

  /** Told by who watches the disk: a reason to take no new work, or null when there is space (again). */
  setShort(reason: string | null): void {
    this.#short = reason;
    if (reason === null && (this.#noSpace || this.#inReserve)) this.#leaveReserve();
  }

  /** @throws when what was appended cannot be brought to the disk, not even in a fresh file. */
  close(): void {
    this.#writeDrafts();
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    try {
      for (const { file } of this.#open) this.#files.syncNow(file);
      this.#confirm([...this.#syncWaiting, ...this.#waiting]);
    } catch (cause) {
      if (!this.#failure) this.#retire(errorOf(cause));
    }
    this.#attempt++;
    if (this.#inReserve) this.#files.truncate(this.#current.file, this.#current.size);
    for (const { file } of this.#open) this.#closeLater(file);
    if (this.#reserve) {
      this.#files.close(this.#reserve.file);
      this.#files.remove(join(this.folder, reserveName));
      this.#reserve = null;
    }
    if (this.#failure) throw this.#failure;
  }

  get #current(): OpenSegment {
    const current = this.#open.at(-1);
    if (!current) throw new Error("a spool has a segment");
    return current;
  }

  // --- Writing.

  #write(record: Piece, { mayUseReserve }: { mayUseReserve: boolean }): void {
    try {
      const { size } = this.#current;
      if (!this.#inReserve && size + record.to - record.from > segmentBytesMax) this.#roll();
      this.#writeTo(this.#current, record);
    } catch (cause) {
      if (!mayUseReserve || !isNoSpace(cause)) throw cause;
      this.#noSpace = cause;
      if (!this.#inReserve) this.#enterReserve();
      this.#writeInReserve(record);
    }
  }

  #writeTo(segment: OpenSegment, { block, from, to }: Piece): void {
    try {
      for (let at = from; at < to;)
        at += this.#files.write(segment.file, block, at, to - at, segment.size + at - from);
    } catch (cause) {
      if (!this.#inReserve) this.#files.truncate(segment.file, segment.size);
      throw cause;
    }
    segment.size += to - from;
  }

  #rollOrEnterReserve(): void {
    try {
      this.#roll();
    } catch (cause) {
      if (!isNoSpace(cause)) throw cause;
      this.#noSpace = cause;
      this.#enterReserve();
    }
  }

  #roll(): void {
    const segment = this.#current.segment + 1;
    const file = this.#openSegment(segment);
    const size = segmentHeader.length;
    this.#open.push({ segment, file, size, syncedSize: size });
  }

  /** Opens a segment, makes it if it is not there, and leaves nothing behind when that fails. */
  #openSegment(segment: number): number {
    const path = join(this.folder, segmentName(segment));
    const isNew = !existsSync(path);
    const file = this.#files.open(path, isNew ? "wx+" : "r+");
    try {
      if (this.#files.size(file) >= segmentHeader.length) return file;
      this.#files.truncate(file, 0);
      this.#files.write(file, segmentHeader, 0, segmentHeader.length, 0);
      this.#files.syncNow(file);
      this.#files.syncFolder(this.folder);
      return file;
    } catch (cause) {
      this.#files.close(file);
      if (isNew) this.#files.remove(path);
      throw cause;
    }
  }

  // --- The reserve: a file of real bytes that is a segment already, but for its name.

  /** A dead life's, which its recovery may need. */
  #takeOldReserve(): void {
    const path = join(this.folder, reserveName);
    if (!existsSync(path)) return;
    const file = this.#files.open(path, "r+");
    const bytes = this.#files.size(file);
    if (bytes >= segmentHeader.length) this.#reserve = { file, bytes };
    else this.#files.close(file);
  }

  #reserveFor(requests: number): void {
    if (!this.#reserve) return;
    while (this.#reserve.bytes < requests * reserveBytesPerRequest)
      this.#growReserve(this.#reserve.bytes + reserveStepBytes);
  }

  /** Zeros: no record can be read out of them. Bytes, because a file of holes would reserve nothing. */
  #growReserve(bytes: number): void {
    const path = join(this.folder, reserveName);
    const before = this.#reserve;
    const reserve = before ?? { file: this.#files.open(path, "w+"), bytes: 0 };
    const zeros = Buffer.alloc(262_144);
    try {
      while (reserve.bytes < bytes) {
        const part = reserve.bytes === 0 ? Buffer.concat([segmentHeader, zeros]) : zeros;
        reserve.bytes += this.#files.write(reserve.file, part, 0, part.length, reserve.bytes);
      }
      if (!before) this.#files.syncNow(reserve.file);
    } catch (cause) {
      if (!before) {
        this.#files.close(reserve.file);
        this.#files.remove(path);
      }
      throw cause;
    }
    this.#reserve = reserve;
  }

  #enterReserve(): void {
    if (!this.#reserve) throw new Error("the disk is full and the reserve is used up");
    const segment = this.#current.segment + 1;
    const { file } = this.#reserve;
    this.#files.rename(join(this.folder, reserveName), join(this.folder, segmentName(segment)));
    const size = segmentHeader.length;
    this.#open.push({ segment, file, size, syncedSize: size });
    this.#reserve = null;
    this.#inReserve = true;
    try {
      this.#files.syncFolder(this.folder);
    } catch (cause) {
      this.#fail(errorOf(cause));
    }
  }

  #writeInReserve(record: Piece): void {
    try {
      this.#writeTo(this.#current, record);
    } catch (cause) {
      if (!isNoSpace(cause)) throw cause;
      // A file system that copies on write needs room even here: what is left of the reserve is given to it.
      this.#files.truncate(this.#current.file, this.#current.size);
      this.#writeTo(this.#current, record);
    }
  }

  /** There is space again: an ordinary segment and a new reserve, or all stays as it is until the next try. */
  #leaveReserve(): void {
    try {
      if (!this.#reserve) this.#growReserve(reserveStepBytes);
      this.#reserveFor(this.#underWay);
      if (this.#inReserve) {
        const { file, size } = this.#current;
        this.#roll();
        this.#files.truncate(file, size);
      }
      this.#inReserve = false;
      this.#noSpace = null;
    } catch (cause) {
      this.#noSpace = errorOf(cause);
    }
  }

  // --- To the disk.

  #syncSoon(): void {
    if (this.#syncRunning) return;
    const awaited = this.#waiting.length > 0;
    if (this.#timer && awaited && !this.#timerIsAwaited) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    if (this.#timer) return;
    this.#timerIsAwaited = awaited;
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#sync();
      },
      awaited ? awaitedSyncDelayMs : syncDelayMs,
    );
  }

  #sync(): void {
    const attempt = ++this.#attempt;
    const sizes = new Map(this.#open.map((segment) => [segment, segment.size]));
    const dirty = this.#open.filter((segment) => segment.size > segment.syncedSize);
    this.#syncing = this.#unsynced;
    this.#unsynced = [];
    this.#syncWaiting = this.#waiting;
    this.#waiting = [];
    this.#syncRunning = true;
    const done = (cause: Error | null): void => {
      this.#syncRunning = false;
      for (const file of this.#toClose.splice(0)) this.#files.close(file);
      if (attempt !== this.#attempt) return; // given up: its records went elsewhere meanwhile
      if (cause) this.#retire(cause);
      else {
        for (const [segment, size] of sizes) segment.syncedSize = size;
        for (const segment of this.#open.slice(0, -1)) {
          if (segment.syncedSize < segment.size) continue;
          this.#open.splice(this.#open.indexOf(segment), 1);
          this.#files.close(segment.file);
        }
        this.#confirmSynced();
        for (const one of this.#syncWaiting.splice(0)) one.resolve();
      }
      if (this.#unsynced.length > 0 || this.#waiting.length > 0) this.#syncSoon();
    };
    const next = (): void => {
      const segment = dirty.shift();
      if (!segment) return done(null);
      this.#files.sync(segment.file, (cause) => (cause ? done(cause) : next()));
    };
    next();
  }

  /** What the last sync was for is on the disk: its memory is free again, unless later records lie in it too. */
  #confirmSynced(): void {
    const [next] = this.#unsynced;
    for (const { block, from, to } of this.#syncing) {
      this.#unsyncedBytes -= to - from;
      if (block === this.#block || block === next?.block || block.length !== blockBytes) continue;
      if (this.#spareBlocks.length < spareBlocksMax && this.#spareBlocks.at(-1) !== block)
        this.#spareBlocks.push(block);
    }
    this.#syncing = [];
  }

  /**
   * A failed fsync may never be tried again on the same file: the kernel has already called the pages clean. What no
   * sync has confirmed is written to a fresh segment, where a second failure is the end. Then the old ones are cut to
   * what is known to be on the disk. A crash in between leaves records twice, which have one id and are booked once.
   */
  #retire(cause: Error): void {
    this.syncFailures++;
    this.#attempt++;
    const suspect = [...this.#open];
    const records = [...this.#syncing, ...this.#unsynced];
    try {
      if (this.#inReserve) {
        this.#inReserve = false;
        this.#roll();
      } else this.#rollOrEnterReserve();
      const fresh = this.#current;
      this.#open = [fresh]; // also when its sync fails: what readers come to last must be what is written last
      for (const record of records) this.#writeTo(fresh, record);
      this.#files.syncNow(fresh.file);
      fresh.syncedSize = fresh.size;
      for (const old of suspect) {
        this.#files.truncate(old.file, old.syncedSize);
        this.#closeLater(old.file);
      }
    } catch (again) {
      return this.#fail(new AggregateError([cause, again], `${cause.message}; ${String(again)}`));
    }
    this.#confirm([...this.#syncWaiting, ...this.#waiting]);
  }

  #confirm(waiting: readonly Waiting[]): void {
    this.#syncing = [];
    this.#unsynced = [];
    this.#unsyncedBytes = 0;
    this.#syncWaiting = [];
    this.#waiting = [];
    for (const one of waiting) one.resolve();
  }

  #fail(cause: Error): void {
    this.#failure = new Error(`the spool in ${this.folder} cannot be synced to disk`, { cause });
    const waiting = [...this.#syncWaiting, ...this.#waiting];
    this.#confirm([]);
    for (const one of waiting) one.reject(this.#failure);
    this.onFailure(this.#failure);
  }

  /** A sync that is under way must not find another file under its number. */
  #closeLater(file: number): void {
    if (this.#syncRunning) this.#toClose.push(file);
    else this.#files.close(file);
  }
}

/** The length of the sound part of a segment. @throws when it is none of ours, or damaged before its end. */
function soundBytes(path: string): number {
  const bytes = readFileSync(path);
  if (!bytes.subarray(0, segmentHeader.length).equals(segmentHeader))
    throw new Error(`${path} is not a spool segment of this version`);
  const { records } = decodeRecords(bytes.subarray(segmentHeader.length), segmentHeader.length);
  return records.at(-1)?.end ?? segmentHeader.length;
}

const errorOf = (cause: unknown): Error =>
  cause instanceof Error ? cause : new Error(String(cause));
