import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { readCursor, readLife, segmentName, type Life, type Position } from "#schema/spool/life.ts";

/** A segment with bytes in its middle that are not what was written. */
export type DamagedSegment = {
  file: string;
  /** Offsets in it: where the damage begins, and where a sound record stands again. */
  at: number;
  soundAgainAt: number;
  /** Ids of finals that stand whole behind the damage, in the same segment. */
  finalsBehind: string[];
};

/** What one life's spool holds, read from its files alone. */
export type LifeReport = {
  gateway: string;
  life: string;
  /** Everything of it is booked and its leases are back. */
  closed: boolean;
  segments: number;
  /** The reserve included. */
  bytes: number;
  intents: number;
  finals: number;
  /** Intents without a final: requests under way, or what a crash left open. */
  open: number;
  shippedTo: Position;
  shipped: number;
  unshipped: number;
  /** When the oldest final ended that is not shipped. */
  oldestUnshippedAt: string | null;
  /** The last segment ends in something that is no whole record: a crash, or a record that is being written right now. */
  torn: boolean;
  damaged: DamagedSegment[];
  /** Finals that must have been written and stand nowhere: their numbers are left out, as when a segment was deleted. */
  missing: number;
};

/** @throws what the disk says when the folder cannot be read. */
export function inspectLife(life: Life): LifeReport {
  const shippedTo = readCursor(life.folder);
  const open = new Set<string>();
  const damaged: DamagedSegment[] = [];
  let [segments, bytes, intents, shipped, unshipped, torn] = [
    0,
    reserveBytes(life),
    0,
    0,
    0,
    false,
  ];
  let missing = 0;
  let highest = 0; // what was written again after a failed fsync has a sequence number that was there before
  let oldestUnshippedAt: string | null = null;
  for (const segment of readLife(life.folder)) {
    segments++;
    bytes += segment.bytes;
    torn = segment.torn && segment.damage === null;
    if (segment.damage) {
      damaged.push({
        file: join(life.folder, segmentName(segment.segment)),
        ...segment.damage,
        finalsBehind: segment.behind
          .filter(({ type }) => type === "final")
          .map(({ payload }) => readRecord(payload).id),
      });
    }
    for (const { type, payload, end } of segment.records) {
      if (type === "progress") continue;
      const record = readRecord(payload);
      if (type === "intent") {
        intents++;
        open.add(record.id);
        continue;
      }
      open.delete(record.id);
      if (record.sequence <= highest) continue;
      // Old segments are removed from the front, so only with the first one there it is known where numbers begin.
      if (highest > 0 || segment.segment === 1) missing += record.sequence - highest - 1;
      highest = record.sequence;
      const isShipped =
        segment.segment < shippedTo.segment ||
        (segment.segment === shippedTo.segment && end <= shippedTo.offset);
      if (isShipped) shipped++;
      else {
        unshipped++;
        oldestUnshippedAt ??= endedAt(record);
      }
    }
  }
  return {
    gateway: life.gateway,
    life: life.id,
    closed: life.closed,
    segments,
    bytes,
    intents,
    finals: shipped + unshipped,
    open: open.size,
    shippedTo,
    shipped,
    unshipped,
    oldestUnshippedAt,
    torn,
    damaged,
    missing,
  };
}

type Spooled = { id: string; sequence: number; admittedAt?: string; durationMs?: number };

function readRecord(payload: Buffer): Spooled {
  const record: Partial<Spooled> = JSON.parse(payload.toString("utf8"));
  return { ...record, id: record.id ?? "?", sequence: record.sequence ?? 0 };
}

function endedAt({ admittedAt, durationMs = 0 }: Spooled): string | null {
  const atMs = Date.parse(admittedAt ?? "") + durationMs;
  return Number.isNaN(atMs) ? null : new Date(atMs).toISOString();
}

function reserveBytes({ folder }: Life): number {
  const path = join(folder, "reserve");
  return existsSync(path) ? statSync(path).size : 0;
}
