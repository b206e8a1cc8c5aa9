// Starting programs on a core of their own, and reading what they take from /proc. CPU and memory are
// known on Linux only; elsewhere everything runs, unpinned, and those figures are absent.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type Program = { child: ChildProcess; pid: number; stop(): Promise<void> };

/** Which cores what runs on; null leaves it to the kernel. */
export type Placement = {
  /** Upstream, load generator, and what works for a gateway beside it: its control plane and database. */
  load: string | null;
  gateway: string | null;
  /** Where two gateway processes run. On two cores they share one with the load. */
  twoGateways: string | null;
};

const stopMsMax = 15_000;
const listenMsMax = 60_000;

/** One core for the gateway, the other (or the first, of more) for upstream and load. */
export function placementOf(cores: number): Placement {
  if (cores < 2 || !hasProgram("taskset")) return { load: null, gateway: null, twoGateways: null };
  return cores < 4
    ? { load: "0", gateway: "1", twoGateways: "0,1" }
    : { load: "0,1", gateway: "2", twoGateways: "2,3" };
}

export function hasProgram(name: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v "$1"`, "sh", name], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Starts a program on the given cores. What it prints goes to the end of `logFile`. */
export function start(
  command: string,
  words: readonly string[],
  options: {
    cores: string | null;
    logFile: string;
    env?: Record<string, string | undefined>;
    cwd?: string;
  },
): Program {
  const log = openSync(options.logFile, "a");
  const [program, all] =
    options.cores === null
      ? [command, words]
      : ["taskset", ["-c", options.cores, command, ...words]];
  const child = spawn(program, all, {
    stdio: ["ignore", log, log],
    env: { ...process.env, ...options.env },
    ...(options.cwd ? { cwd: options.cwd } : {}),
  });
  closeSync(log); // the child has its own
  child.on("error", () => {}); // seen as an exit by whoever waits for its port
  living.add(child);
  child.once("exit", () => living.delete(child));
  return { child, pid: child.pid ?? 0, stop: () => stop(child) };
}

const living = new Set<ChildProcess>();
// They end their own children orderly; a killed nginx or supervisor would leave those behind.
process.once("exit", () => {
  for (const child of living) child.kill("SIGTERM");
});

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const killing = setTimeout(() => child.kill("SIGKILL"), stopMsMax);
  await ended;
  clearTimeout(killing);
}

/** Waits until something listens there. @throws when the program ends before, or after a minute. */
export async function listening(
  port: number,
  { program, logFile }: { program: Program; logFile: string },
): Promise<void> {
  const until = performance.now() + listenMsMax;
  while (performance.now() < until) {
    if (await accepts(port)) return;
    if (program.child.exitCode !== null || program.child.signalCode !== null || program.pid === 0)
      throw new Error(`it ended before it listened on ${port}: ${tailOf(logFile)}`);
    await sleep(50);
  }
  throw new Error(`nothing listens on ${port} after ${listenMsMax / 1_000} s: ${tailOf(logFile)}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function tailOf(file: string): string {
  return readFileSync(file, "utf8").trim().split("\n").slice(-5).join(" | ").slice(-600);
}

/** A process and all below it. */
export function familyOf(pid: number): number[] {
  const found = [pid];
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim();
      if (children) found.push(...children.split(" ").flatMap((child) => familyOf(Number(child))));
    }
  } catch {
    // Gone, or no /proc.
  }
  return found;
}

export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

/** CPU time so far of these processes' living threads, µs; 0 where there is no /proc. */
export function cpuUsOf(pids: readonly number[]): number {
  let ns = 0;
  for (const pid of pids) {
    try {
      for (const task of readdirSync(`/proc/${pid}/task`))
        ns += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // Gone.
    }
  }
  return ns / 1_000;
}

/** CPU time of everything on the machine so far, ms of one core; 0 where there is no /proc. */
export function machineBusyMs(): number {
  try {
    const [, ...fields] =
      readFileSync("/proc/stat", "utf8").split("\n", 1)[0]?.trim().split(/\s+/) ?? [];
    const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0] = fields.map(Number);
    return (user + nice + system + irq + softIrq) * 10; // USER_HZ is 100 on every Linux
  } catch {
    return 0;
  }
}

/** Resident memory of all of them, bytes; 0 where there is no /proc. Pages that they share count each time. */
export function residentBytesOf(pids: readonly number[]): number {
  return sumOfKilobytes(pids, "status", /^VmRSS:\s+(\d+)/m);
}

/** The same with shared pages divided among those who share them: for Postgres, whose buffers are shared. */
export function proportionalBytesOf(pids: readonly number[]): number {
  return sumOfKilobytes(pids, "smaps_rollup", /^Pss:\s+(\d+)/m);
}

function sumOfKilobytes(pids: readonly number[], file: string, pattern: RegExp): number {
  let kilobytes = 0;
  for (const pid of pids) {
    try {
      kilobytes += Number(pattern.exec(readFileSync(`/proc/${pid}/${file}`, "utf8"))?.[1] ?? 0);
    } catch {
      // Gone.
    }
  }
  return kilobytes * 1_024;
}

/** Moves processes with all their threads onto other cores. */
export function moveTo(cores: string | null, pids: readonly number[]): void {
  if (cores === null) return;
  for (const pid of pids) {
    try {
      execFileSync("taskset", ["-a", "-c", "-p", cores, String(pid)], { stdio: "ignore" });
    } catch {
      // Gone meanwhile.
    }
  }
}

/** How many files a process may have open here; Infinity where it is not said. */
export function openFilesMax(): number {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const [, , hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(limits) ?? [];
    return hard === undefined ? Infinity : Number(hard);
  } catch {
    return Infinity;
  }
}
