/**
 * Where a gateway's records stand on disk: `<DATA_DIR>/spool/<gateway>/<life>/000001.spool …`, beside them how far they
 * are shipped, and an empty file `closed` when all of the life is booked and its leases are back.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { segmentHeader, surveyRecords, type Damage, type SpoolRecord } from "./segment.ts";

/** A place in a life's spool. */
export type Position = { segment: number; offset: number };

export const segmentName = (segment: number): string => `${String(segment).padStart(6, "0")}.spool`;

/** The numbers of a life's segments, in order. The first ones may be gone: those that were shipped days ago. */
export function segmentsOf(folder: string): number[] {
  return existsSync(folder)
    ? readdirSync(folder)
        .flatMap((name) => (/^\d{6}\.spool$/.test(name) ? [+name.slice(0, 6)] : []))
        .toSorted((a, b) => a - b)
    : [];
}

export type Life = {
  /** The name that survives restarts, such as `gateway-1`. */
  gateway: string;
  /** The id of one life of it, such as `gw_4fZb…`. */
  id: string;
  folder: string;
  closed: boolean;
};

/** Every life of every gateway that an installation's spool still holds, by gateway. */
export function livesIn(dataDir: string): Life[] {
  const spools = join(dataDir, "spool");
  if (!existsSync(spools)) return [];
  return readdirSync(spools, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: gateway }) =>
      readdirSync(join(spools, gateway))
        .filter((id) => id.startsWith("gw_"))
        .toSorted()
        .map((id) => {
          const folder = join(spools, gateway, id);
          return { gateway, id, folder, closed: existsSync(join(folder, "closed")) };
        }),
    )
    .toSorted((a, b) => (a.gateway < b.gateway ? -1 : +(a.gateway > b.gateway)));
}

/** One segment, read whole. Its offsets are those in the file. */
export type Segment = {
  segment: number;
  bytes: number;
  records: SpoolRecord[];
  /** Bytes after the last sound record: a crash leaves that, and so does a reader who comes while one is written. */
  torn: boolean;
  damage: Damage | null;
  /** Records that stand whole behind the damage; whether they are all of them nobody can say. */
  behind: SpoolRecord[];
};

/** A life's segments one after the other, never more than one in memory. Damage is told, not thrown. */
export function* readLife(folder: string): Generator<Segment> {
  for (const segment of segmentsOf(folder)) {
    const file = readIfThere(join(folder, segmentName(segment)));
    if (file === null) continue;
    const start = segmentHeader.length;
    if (!file.subarray(0, start).equals(segmentHeader)) {
      const torn = file.length < start; // a crash while it was made
      const damage = torn ? null : { at: 0, soundAgainAt: file.length };
      yield { segment, bytes: file.length, records: [], torn, damage, behind: [] };
      continue;
    }
    const { records, torn, damage } = surveyRecords(file.subarray(start), start);
    const behind = damage
      ? surveyRecords(file.subarray(damage.soundAgainAt), damage.soundAgainAt).records
      : [];
    yield { segment, bytes: file.length, records, torn, damage, behind };
  }
}

/** How far a life is shipped. A cursor that is missing or torn says the beginning: the ledger absorbs what comes twice. */
export function readCursor(folder: string): Position {
  const start = { segment: segmentsOf(folder)[0] ?? 1, offset: segmentHeader.length };
  const path = join(folder, "cursor.json");
  if (!existsSync(path)) return start;
  try {
    const cursor: Partial<Position> = JSON.parse(readFileSync(path, "utf8"));
    if (typeof cursor.segment !== "number" || typeof cursor.offset !== "number") return start;
    return cursor.segment < start.segment
      ? start
      : { segment: cursor.segment, offset: cursor.offset };
  } catch {
    return start;
  }
}

/** A segment that was shipped days ago may be removed between the listing and the reading. */
function readIfThere(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return null;
    throw cause;
  }
}
