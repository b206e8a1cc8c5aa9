// CPU time of processes, from /proc: of one, and of a Postgres with all its backends.

import { existsSync, readdirSync, readFileSync } from "node:fs";

const ticksPerSecond = 100; // sysconf(_SC_CLK_TCK) on every Linux that Node runs on

/** Microseconds of CPU of one process, user and system; null where there is no /proc, or no such process. */
export function cpuMicros(pid: number): number | null {
  const fields = statOf(pid);
  return fields === null ? null : micros(fields, [utime, stime]);
}

/** Microseconds of CPU of a postmaster, the children it has and those it had. */
export function postgresCpuMicros(postmaster: number): number | null {
  const own = statOf(postmaster);
  if (own === null) return null;
  let total = micros(own, [utime, stime, cutime, cstime]);
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(Number(name));
    if (fields?.[parent] === String(postmaster)) total += micros(fields, [utime, stime]);
  }
  return total;
}

// Places after the command's closing bracket, see proc(5).
const parent = 1;
const [utime, stime, cutime, cstime] = [11, 12, 13, 14];

function statOf(pid: number): string[] | null {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return null;
  try {
    const text = readFileSync(path, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null; // it ended between the two calls
  }
}

const micros = (fields: readonly string[], places: readonly number[]): number =>
  places.reduce((sum, at) => sum + Number(fields[at] ?? 0), 0) * (1_000_000 / ticksPerSecond);

/** Microseconds that all cores together were busy, by whomever; null where there is no /proc. */
export function machineCpuMicros(): number | null {
  if (!existsSync("/proc/stat")) return null;
  // user, nice, system, idle, iowait, irq, softirq, steal: proc(5)
  const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0, steal = 0] = (
    readFileSync("/proc/stat", "utf8").split("\n")[0] ?? ""
  )
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + soft + steal) * (1_000_000 / ticksPerSecond);
}
