/** One process to a gateway's spool folder: a file with the holder's pid and start, so that a dead holder is told from a live one. */
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** When a process started, as the system tells it, or null when there is no such process (or no /proc: then pid alone decides). */
function startOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if (codeOf(cause) === "ESRCH") return null;
  }
  if (!existsSync("/proc/self/stat")) return "unknown";
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? null : (fields[19] ?? "unknown");
  } catch {
    return null;
  }
}

/**
 * Takes the folder's lock, or returns null when a living process holds it. The file appears whole (it is linked into
 * place), and a dead holder's is moved aside, which only one of several takers can do.
 */
export function lockFolder(folder: string): { release(): void } | null {
  const path = join(folder, "lock");
  const mine = join(folder, `lock.${process.pid}`);
  writeFileSync(mine, `${process.pid} ${startOf(process.pid) ?? ""}`, { mode: 0o600 });
  try {
    for (let tries = 0; tries < 3; tries++) {
      if (linkInto(mine, path)) return { release: () => rmSync(path, { force: true }) };
      const holder = readIfThere(path);
      if (holder === null) continue; // released in between
      if (isAlive(holder)) return null;
      moveAside(path, holder);
    }
    return null;
  } finally {
    rmSync(mine, { force: true });
  }
}

function isAlive(holder: string): boolean {
  const [pid = "", start = ""] = holder.split(" ");
  const now = +pid > 0 ? startOf(+pid) : null;
  return now !== null && (now === start || now === "unknown");
}

/** Takes a dead holder's file away; should a new holder's be caught instead, it is put back. */
function moveAside(path: string, dead: string): void {
  const aside = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, aside);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return; // another taker was first
    throw cause;
  }
  if (readIfThere(aside) !== dead) linkInto(aside, path);
  rmSync(aside, { force: true });
}

function linkInto(from: string, path: string): boolean {
  try {
    linkSync(from, path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === "EEXIST") return false;
    throw cause;
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return null;
    throw cause;
  }
}

const codeOf = (cause: unknown): unknown =>
  cause instanceof Error && "code" in cause ? cause.code : undefined;
