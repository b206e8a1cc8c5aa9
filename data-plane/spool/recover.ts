/** What a dead life of a gateway left: read back, closed by rule, shipped, and its leases returned. */
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readLife, segmentName } from "#schema/spool/life.ts";
import { SpoolCorruptError } from "#schema/spool/segment.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import type { SpoolFiles } from "./files.ts";
import { keptMs } from "./ship.ts";
import { Spool } from "./spool.ts";

/** What an intent says: everything of the final that is known at admission. */
export type Intent = Omit<UsageRecord, "sequence"> & {
  /**
   * Picodollars: per token, and the most that was held. Only for the notes of 0.1, which said tokens and not what they
   * come to.
   */
  ratesIfRecovered?: { input: string; output: string; most: string } | null;
};

/** What is the same in every intent, and not written since 0.2. */
const unsaid = {
  endpoint: null,
  provider: null,
  providerId: null,
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
  costPrice: null,
  attempts: [],
  firstTokenMs: null,
  durationMs: 0,
} as const;

/** What the final would have said at some moment of a stream. The first note of a generation also says who answered. */
export type Progress = {
  id: string;
  /** In the order of the intent's draws, each in its allowance's unit. */
  draws: string[];
} & Pick<UsageRecord, "counts" | "usageSource" | "charge" | "cost"> &
  Partial<Omit<UsageRecord, "id" | "sequence" | "draws">>;

/** As written by 0.1: our own estimate of what had been delivered. */
type OldProgress = { id: string; promptTokens: string; outputTokens: string };

/** The lives in a gateway's folder that are not closed yet, without `except`. */
export function openLives(folder: string, except: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter(
    (life) =>
      life.startsWith("gw_") && life !== except && !existsSync(join(folder, life, "closed")),
  );
}

/**
 * Closes every intent that has no final: the customer pays at most what the spool proves was delivered (the last
 * progress note of a stream; nothing when there is none), and the record says `recovered`.
 * @returns how many finals that life has: when so many are posted, its leases can go back. It is the highest sequence
 *   number, which counts neither a record that stands twice nor forgets one whose segment was shipped days ago.
 * @throws {SpoolCorruptError} when bytes in the middle of a segment are not what was written.
 */
export function closeIntents(folder: string, nowMs: number, files?: SpoolFiles): number {
  const intents = new Map<string, Intent>();
  const progress = new Map<string, Progress | OldProgress>();
  let sequence = 0;
  for (const { segment, records, damage } of readLife(folder)) {
    if (damage) {
      throw new SpoolCorruptError(
        `${join(folder, segmentName(segment))} is damaged at byte ${damage.at}; keep it, it holds usage that may not be booked, and see: turnpike spool inspect`,
      );
    }
    for (const { type, payload } of records) {
      const text = payload.toString("utf8");
      if (type === "intent") {
        const intent: Intent = { ...unsaid, ...JSON.parse(text) };
        intents.set(intent.id, intent);
      } else if (type === "progress") {
        const note: Progress | OldProgress = JSON.parse(text);
        progress.set(note.id, { ...progress.get(note.id), ...note });
      } else {
        const final: UsageRecord = JSON.parse(text);
        intents.delete(final.id);
        progress.delete(final.id);
        sequence = Math.max(sequence, final.sequence);
      }
    }
  }
  if (intents.size === 0) return sequence;
  const spool = new Spool(folder, files ? { files } : {});
  for (const intent of intents.values()) {
    sequence++;
    spool.append(
      "final",
      JSON.stringify(recovered(intent, progress.get(intent.id), sequence, nowMs)),
    );
  }
  spool.close();
  return sequence;
}

function recovered(
  { ratesIfRecovered, ...intent }: Intent,
  note: Progress | OldProgress | undefined,
  sequence: number,
  nowMs: number,
): UsageRecord {
  const durationMs = Math.max(0, Math.min(nowMs - Date.parse(intent.admittedAt), 2_147_483_647));
  const base: UsageRecord = {
    ...intent,
    sequence,
    outcome: "recovered",
    durationMs,
    error: "the gateway died before this generation ended",
  };
  if (!note) return base;
  if ("charge" in note) {
    const { draws, ...said } = note;
    return {
      ...base,
      ...said,
      draws: intent.draws.map((draw, at) => ({ ...draw, amount: draws[at] ?? "0" })),
    };
  }
  if (!ratesIfRecovered) return base;
  const estimated =
    BigInt(note.promptTokens) * BigInt(ratesIfRecovered.input) +
    BigInt(note.outputTokens) * BigInt(ratesIfRecovered.output);
  const most = BigInt(ratesIfRecovered.most);
  const charge = estimated < most ? estimated : most; // an estimate of ours never charges more than was held
  return {
    ...base,
    counts: { input: note.promptTokens, output: note.outputTokens },
    usageSource: "estimated",
    charge: charge.toString(),
    draws: intent.draws.map((draw) =>
      (draw.unit ?? "picodollars") === "picodollars"
        ? { ...draw, amount: charge.toString() }
        : draw,
    ),
  };
}

export function markClosed(folder: string): void {
  writeFileSync(join(folder, "closed"), "", { mode: 0o600 });
  rmSync(join(folder, "reserve"), { force: true });
}

/** Removes lives that were closed three days ago. */
export function forgetOldLives(folder: string, nowMs: number): void {
  if (!existsSync(folder)) return;
  for (const life of readdirSync(folder)) {
    const closed = join(folder, life, "closed");
    if (existsSync(closed) && nowMs - statSync(closed).mtimeMs > keptMs)
      rmSync(join(folder, life), { recursive: true, force: true });
  }
}
