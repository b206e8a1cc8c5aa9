// Keeps processes alive: what dies is started again at once, until it is told to stop.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** Something that runs once: a child, or the embedded Postgres. */
export type Running = {
  pid: number;
  /** Resolves when it is gone, with how, as people say it: `exit code 1`, `SIGKILL`. */
  exited: Promise<string>;
  /** Asks it to finish and end. Whoever wants to know when, waits for `exited`. */
  stop(): void;
  kill(): void;
};

export type Kept = {
  name: string;
  /** Null between a death and the next start. */
  pid(): number | null;
  /** Never starts it again, asks it to stop, and resolves when it is gone. */
  stop(): Promise<void>;
  /** Ends it now, losing what it was doing. */
  kill(): void;
};

export type ChildProgram = {
  name: string;
  /** The file for Node to run; it shows in the command line, so that `ps` tells the processes apart. */
  file: string;
  folder: string;
  environment: Record<string, string | undefined>;
  /** After this long in `stop` it is killed. */
  stopMsMax: number;
};

// A life this long counts as a start that worked. Torture tests and operators who kill a healthy
// process again and again get it back at once; a process that cannot start is not tried in a hot loop.
const quickDeathMs = 2_000;
const quickDeathsMax = 5; // within 10 s, since each came within 2 s
const backoffMsMin = 500;
const backoffMsMax = 5_000;

/** How long to wait before the next start, after this many quick deaths in a row. */
export function restartDelayMs(quickDeaths: number): number {
  if (quickDeaths < quickDeathsMax) return 0;
  return Math.min(backoffMsMax, backoffMsMin * 2 ** (quickDeaths - quickDeathsMax));
}

/**
 * Starts it, and again whenever it is gone. A `start` that throws counts as a quick death.
 * @param options.running a first one that was started already.
 */
export function keepAlive({
  name,
  running,
  start,
  log,
}: {
  name: string;
  running?: Running;
  start: () => Running | Promise<Running>;
  log: (line: string) => void;
}): Kept {
  const stopped = new AbortController();
  let current: Running | null = running ?? null;
  let quickDeaths = 0;

  async function live(): Promise<void> {
    while (!stopped.signal.aborted) {
      const startedAt = Date.now();
      const how = await liveOnce();
      if (stopped.signal.aborted) return;
      quickDeaths = Date.now() - startedAt < quickDeathMs ? quickDeaths + 1 : 0;
      const delayMs = restartDelayMs(quickDeaths);
      const when =
        delayMs === 0
          ? "starting it again"
          : `${quickDeaths} times in a row, next try in ${delayMs / 1_000} s`;
      log(`${name} ${how}; ${when}`);
      await sleep(delayMs, undefined, { signal: stopped.signal }).catch(() => {}); // stopped meanwhile
    }
  }

  async function liveOnce(): Promise<string> {
    try {
      current ??= await start();
    } catch (error) {
      return `did not start (${error instanceof Error ? error.message : String(error)})`;
    }
    // It was asked to stop while it was being started.
    if (stopped.signal.aborted) current.stop();
    const how = await current.exited;
    current = null;
    return `ended (${how})`;
  }

  const ended = live();
  return {
    name,
    pid: () => current?.pid ?? null,
    kill: () => current?.kill(),
    stop() {
      if (!stopped.signal.aborted) {
        stopped.abort();
        current?.stop();
      }
      return ended;
    },
  };
}

/**
 * Runs a Node program in a process group of its own, so that Ctrl-C in the terminal reaches only us
 * and the order of stopping stays ours. It learns that we are gone by the end of its standard input.
 * @param options.write gets its output, line by line.
 */
export function runChild(
  program: ChildProgram,
  { write }: { write: (line: string) => void },
): Running {
  const child = spawn(process.execPath, [program.file], {
    cwd: program.folder,
    env: program.environment,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
  });
  const lines = [eachLine(child.stdout, write), eachLine(child.stderr, write)];
  child.stdin.on("error", () => {}); // nothing is written; a reset at its death is no news
  let stopTimer: NodeJS.Timeout | undefined;

  const exited = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  }).then(async (how) => {
    clearTimeout(stopTimer);
    // Its last words, which say why. A grandchild may hold the pipe open, so not for long.
    await Promise.race([Promise.all(lines), sleep(200, undefined, { ref: false })]);
    return how;
  });

  const send = (signal: NodeJS.Signals) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
  };
  return {
    pid: child.pid ?? 0,
    exited,
    kill: () => send("SIGKILL"),
    stop() {
      send("SIGTERM");
      stopTimer = setTimeout(() => {
        write(`did not finish within ${program.stopMsMax / 1_000} s and is killed`);
        send("SIGKILL");
      }, program.stopMsMax);
    },
  };
}

/** Stops group after group, in order: within one group all at once. */
export async function stopInOrder(groups: Kept[][]): Promise<void> {
  for (const group of groups) await Promise.all(group.map((kept) => kept.stop()));
}

function eachLine(stream: Readable, write: (line: string) => void): Promise<void> {
  return new Promise((resolve) => {
    stream.on("error", () => {}); // ends in `close` too
    createInterface({ input: stream, crlfDelay: Infinity })
      .on("line", write)
      .once("close", resolve);
  });
}
