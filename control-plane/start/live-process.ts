// Process ids are reused, and in containers the dead may stay as zombies: a pid alone says nothing.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** True when the process runs. A zombie (dead, not yet reaped by its parent) does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return processStat(pid)?.state !== "Z";
}

/**
 * When a process started, in the words of the operating system; comparable only for equality and only
 * on the machine it was read on. Null when there is no such process or the system does not say.
 */
export function startOf(pid: number): string | null {
  if (process.platform === "linux") {
    const ticks = processStat(pid)?.startTicks;
    return ticks === undefined ? null : `${bootId()}/${ticks}`;
  }
  return process.platform === "win32" ? null : ps(pid, "lstart=");
}

/** The command line as one string per argument, or null when it cannot be known. */
export function commandOf(pid: number): string[] | null {
  if (process.platform === "linux") {
    const line = readOrNull(`/proc/${pid}/cmdline`);
    return line === null ? null : line.split("\0").slice(0, -1);
  }
  if (process.platform === "win32") return null;
  // `ps` joins the arguments by blanks; good enough to look for a path without blanks in it.
  return ps(pid, "command=")?.split(" ") ?? null;
}

function processStat(pid: number): { state: string; startTicks: string } | null {
  const stat = process.platform === "linux" ? readOrNull(`/proc/${pid}/stat`) : null;
  if (stat === null) return null;
  // The second field is the name in brackets and may hold blanks; proc_pid_stat(5) numbers from 1.
  const fromThird = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fromThird[0] ?? "?", startTicks: fromThird[22 - 3] ?? "?" };
}

function bootId(): string {
  return readOrNull("/proc/sys/kernel/random/boot_id")?.trim() ?? "";
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null; // gone, or not ours to read: unknown either way
  }
}

function ps(pid: number, column: string): string | null {
  try {
    const out = execFileSync("ps", ["-o", column, "-p", String(pid)], { encoding: "utf8" });
    return out.trim() || null;
  } catch {
    return null; // ps exits 1 when there is no such process
  }
}
