/** What a dead life of a gateway left: read back, closed by rule, shipped, and its leases returned. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { UsageRecord } from "#schema/usage-record.ts";
import { decodeRecords, segmentHeader } from "./segment.ts";
import { segmentName, segmentsOf, Spool } from "./spool.ts";

/** What an intent says: everything of the final that is known at admission, and the prices to close it with. */
export type Intent = Omit<UsageRecord, "sequence"> & {
  /** Picodollars: per token, and the most that was held. */
  ratesIfRecovered: { input: string; output: string; most: string } | null;
};
/** What had been delivered at some moment of a stream, by our own estimate. */
export type Progress = { id: string; promptTokens: string; outputTokens: string };

const keptMs = 72 * 3_600_000; // with a backup younger than this, spools rebuild the usage ledger (reliability.md P-11)

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
 * @returns how many finals that life has: when so many are posted, its leases can go back.
 */
export function closeIntents(folder: string, nowMs: number): number {
  const intents = new Map<string, Intent>();
  const progress = new Map<string, Progress>();
  let finals = 0;
  let sequence = 0;
  for (const segment of segmentsOf(folder)) {
    const bytes = readFileSync(join(folder, segmentName(segment)));
    for (const record of decodeRecords(bytes.subarray(segmentHeader.length), segmentHeader.length)
      .records) {
      const text = record.payload.toString("utf8");
      if (record.type === "intent") {
        const intent: Intent = JSON.parse(text);
        intents.set(intent.id, intent);
      } else if (record.type === "progress") {
        const note: Progress = JSON.parse(text);
        progress.set(note.id, note);
      } else {
        const final: UsageRecord = JSON.parse(text);
        intents.delete(final.id);
        progress.delete(final.id);
        sequence = Math.max(sequence, final.sequence);
        finals++;
      }
    }
  }
  if (intents.size === 0) return finals;
  const spool = new Spool(folder);
  for (const intent of intents.values()) {
    sequence++;
    spool.append(
      "final",
      JSON.stringify(recovered(intent, progress.get(intent.id), sequence, nowMs)),
    );
  }
  spool.close();
  return finals + intents.size;
}

function recovered(
  { ratesIfRecovered, ...intent }: Intent,
  note: Progress | undefined,
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
  if (!note || !ratesIfRecovered) return base;
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
    draws: intent.draws.map((draw) => ({ ...draw, amount: charge.toString() })),
  };
}

export function markClosed(folder: string): void {
  writeFileSync(join(folder, "closed"), "", { mode: 0o600 });
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
