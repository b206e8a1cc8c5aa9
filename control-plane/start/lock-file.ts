// A lock that outlives nothing: it names its holder, and a holder that is gone has lost it.
// Only for processes of one machine that see each other's process ids.
import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { isAlive, startOf } from "./live-process.ts";

export type Lock =
  | {
      kind: "held";
      /** The last holder died without letting go. */ wasStale: boolean;
      release: () => void;
    }
  | { kind: "busy"; pid: number | null; since: string | null };

type Holder = { pid: number; processStart: string | null; since: string };

// Creating and filling the file are two steps; a file that stays empty is from a process killed between.
const fillingMsMax = 2_000;

/** Takes the lock at `path` or says who has it. Never waits. */
export function takeLock(path: string): Lock {
  let wasStale = false;
  for (;;) {
    const holder: Holder = {
      pid: process.pid,
      processStart: startOf(process.pid),
      since: new Date().toISOString(),
    };
    const content = `${JSON.stringify(holder)}\n`;
    try {
      writeFileSync(path, content, { flag: "wx", mode: 0o600 });
      return { kind: "held", wasStale, release: () => releaseLock(path, content) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const seen = readLock(path);
    if (seen === null) continue; // released in between
    if (isHeld(seen)) {
      return { kind: "busy", pid: seen.holder?.pid ?? null, since: seen.holder?.since ?? null };
    }
    wasStale = true;
    removeStale(path, seen.content);
  }
}

type Seen = { content: string; holder: Holder | null; ageMs: number };

function readLock(path: string): Seen | null {
  try {
    const content = readFileSync(path, "utf8");
    return { content, holder: parseHolder(content), ageMs: Date.now() - statSync(path).mtimeMs };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

function isHeld({ holder, ageMs }: Seen): boolean {
  if (holder === null) return ageMs < fillingMsMax;
  if (!isAlive(holder.pid)) return false;
  const start = startOf(holder.pid);
  // Another process may have been given the same number since.
  return start === null || holder.processStart === null || start === holder.processStart;
}

/** Two processes may find the same stale lock; the rename lets one win, and the look shows who. */
function removeStale(path: string, content: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw error;
  }
  // Not what was judged stale: somebody took it over in the meantime, so it goes back.
  if (readFileSync(aside, "utf8") !== content) renameSync(aside, path);
  else rmSync(aside);
}

function releaseLock(path: string, content: string): void {
  if (readLock(path)?.content === content) rmSync(path, { force: true });
}

function parseHolder(content: string): Holder | null {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== "object" || value === null) return null;
    if (!("pid" in value) || typeof value.pid !== "number") return null;
    return {
      pid: value.pid,
      processStart:
        "processStart" in value && typeof value.processStart === "string"
          ? value.processStart
          : null,
      since: "since" in value && typeof value.since === "string" ? value.since : "",
    };
  } catch {
    return null; // half written
  }
}
