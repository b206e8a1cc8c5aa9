/** One process to a gateway's spool folder: a file with the holder's pid and start, so that a dead holder is told from a live one. */
import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** When a process started, as the system tells it, or null when there is no such process (or no /proc: then pid alone decides). */
function startOf(pid: number): string | null {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ESRCH") return null;
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

/** Takes the folder's lock, or returns null when a living process holds it. */
export function lockFolder(folder: string): { release(): void } | null {
  const path = join(folder, "lock");
  const mine = `${process.pid} ${startOf(process.pid) ?? ""}`;
  for (let tries = 0; tries < 3; tries++) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeSync(file, mine);
      closeSync(file);
      return { release: () => rmSync(path, { force: true }) };
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    }
    const [pid = "", start = ""] = readFileSync(path, "utf8").split(" ");
    const holder = startOf(+pid);
    if (+pid > 0 && holder !== null && (holder === start || holder === "unknown")) return null;
    rmSync(path, { force: true }); // its holder is dead
  }
  return null;
}
