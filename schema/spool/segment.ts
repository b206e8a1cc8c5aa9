/**
 * The bytes of a spool segment: a header, then records of length, checksum, type and payload. A segment is only ever
 * added to; a torn last record is what a crash leaves and is cut off, a bad record before a good one is corruption.
 */
import { crc32 } from "node:zlib";

export const segmentHeader = Buffer.from("TURNPIKE-SPOOL-1\n");
export const recordTypes = { intent: 1, progress: 2, final: 3 } as const;
export type RecordType = keyof typeof recordTypes;
const typeNames: ReadonlyMap<number, RecordType> = new Map(
  Object.entries(recordTypes).map(([name, code]) => [code, name as RecordType]),
);

const frameBytes = 9; // u32 length, u32 crc32 of type and payload, u8 type
/** Above what any record can be (fields are capped), so a length beyond it is garbage. */
const payloadBytesMax = 4_000_000;

export type SpoolRecord = {
  type: RecordType;
  payload: Buffer;
  /** offset just past the record */ end: number;
};

/** One record as bytes. */
export function encodeRecord(type: RecordType, payload: string): Buffer {
  const record = Buffer.allocUnsafe(recordBytesMax(payload));
  return record.subarray(0, encodeRecordInto(record, 0, type, payload));
}

/** So much room a record needs at most: a UTF-16 unit is at most three bytes of UTF-8. */
export const recordBytesMax = (payload: string): number => frameBytes + payload.length * 3;

/** Writes a record into memory that has room for it, and returns where it ends. */
export function encodeRecordInto(
  bytes: Buffer,
  at: number,
  type: RecordType,
  payload: string,
): number {
  const length = bytes.write(payload, at + frameBytes, "utf8");
  const end = at + frameBytes + length;
  bytes.writeUInt32LE(length, at);
  bytes[at + 8] = recordTypes[type];
  bytes.writeUInt32LE(crc32(bytes.subarray(at + 8, end)), at + 4);
  return end;
}

/** Bytes in the middle of a segment are not what was written. What stands behind them must not be lost in silence. */
export class SpoolCorruptError extends Error {}

/** Offsets in the file: where sound records end, and where one stands again behind that. */
export type Damage = { at: number; soundAgainAt: number };

/**
 * Records in `bytes`, which begin at `base` in the file. Stops at the first that is not whole and sound; `torn` says
 * that bytes remain after it.
 * @throws {SpoolCorruptError} when a sound record stands behind one that is not: a crash cannot leave that, a disk can.
 */
export function decodeRecords(
  bytes: Buffer,
  base: number,
): { records: SpoolRecord[]; torn: boolean } {
  const { records, torn, damage } = surveyRecords(bytes, base);
  if (damage) {
    throw new SpoolCorruptError(
      `the spool is damaged at byte ${damage.at}, before a sound record at byte ${damage.soundAgainAt}; keep the file, it holds usage that is not booked`,
    );
  }
  return { records, torn };
}

/** As `decodeRecords`, for whoever has to say what is damaged instead of stopping at it. */
export function surveyRecords(
  bytes: Buffer,
  base: number,
): { records: SpoolRecord[]; torn: boolean; damage: Damage | null } {
  const records: SpoolRecord[] = [];
  let at = 0;
  for (let record = recordAt(bytes, at); record; record = recordAt(bytes, at)) {
    at = record.end;
    records.push({ ...record, end: base + record.end });
  }
  let damage: Damage | null = null;
  for (let behind = at + 1; behind + frameBytes <= bytes.length; behind++) {
    if (recordAt(bytes, behind) === null) continue;
    damage = { at: base + at, soundAgainAt: base + behind };
    break;
  }
  return { records, torn: at < bytes.length, damage };
}

/**
 * How many bytes the record at the start of `bytes` takes, as its frame claims, or null when no record can start so:
 * what a reader must have before it can say whether the record is sound.
 */
export function claimedBytes(bytes: Buffer): number | null {
  if (bytes.length < frameBytes) return frameBytes;
  const length = bytes.readUInt32LE(0);
  return typeNames.has(bytes[8] ?? 0) && length <= payloadBytesMax ? frameBytes + length : null;
}

function recordAt(bytes: Buffer, at: number): SpoolRecord | null {
  if (at + frameBytes > bytes.length) return null;
  const length = bytes.readUInt32LE(at);
  const type = typeNames.get(bytes[at + 8] ?? 0);
  const end = at + frameBytes + length;
  if (type === undefined || length > payloadBytesMax || end > bytes.length) return null;
  if (crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4)) return null;
  return { type, payload: bytes.subarray(at + frameBytes, end), end };
}
