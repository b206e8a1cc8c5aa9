// Does to a real installation what a schedule says, one thing after the other.

import { setTimeout as sleep } from "node:timers/promises";
import { type Installation, kill } from "#test/stories/installation.ts";
import type { Fault, FaultKind } from "./schedule.ts";

export type Faults = {
  /** How often each kind met something. */
  done: ReadonlyMap<FaultKind, number>;
  /** `kill -9`s among them, each process counted. */
  kills(): number;
  /** Starts that had to be repeated, and why. */
  failedStarts: readonly string[];
  /** Resolves when all are done, and nothing is frozen any more. */
  ended: Promise<void>;
};

const startTries = 3; // as an init system would

/** Begins at once. A fault whose target is gone at its moment is left out; one that is late is done late. */
export function startFaults(installation: Installation, schedule: readonly Fault[]): Faults {
  const done = new Map<FaultKind, number>();
  const failedStarts: string[] = [];
  const thaws: Promise<void>[] = [];
  let kills = 0;
  const startedAtMs = performance.now();

  async function run(): Promise<void> {
    for (const fault of schedule) {
      await sleep(Math.max(0, startedAtMs + fault.atMs - performance.now()));
      if (await commit(fault)) done.set(fault.kind, (done.get(fault.kind) ?? 0) + 1);
    }
    await Promise.all(thaws);
  }

  async function commit({ kind, choice, heldMs }: Fault): Promise<boolean> {
    const { gateways, controlPlane, postgres } = installation.processes();
    const gateway = gateways[Math.floor(choice * gateways.length)];
    switch (kind) {
      case "kill-gateway":
        return end(gateway);
      case "kill-control-plane":
        return end(controlPlane[0]);
      case "kill-postgres":
        return end(postgres);
      case "stop-gateway":
        return freeze(gateway, heldMs);
      case "stop-control-plane":
        return freeze(controlPlane[0], heldMs);
      case "end-connections":
        return endConnections(installation);
      case "kill-supervisor":
        end(installation.supervisor());
        await startAgain();
        return true;
      case "kill-everything":
        for (const pid of [installation.supervisor(), ...gateways, ...controlPlane, postgres])
          end(pid);
        await startAgain();
        return true;
      default:
        return kind satisfies never;
    }
  }

  function end(pid: number | null | undefined): boolean {
    if (pid === null || pid === undefined) return false;
    kill(pid, "SIGKILL");
    kills++;
    return true;
  }

  function freeze(pid: number | undefined, heldMs: number): boolean {
    if (pid === undefined) return false;
    kill(pid, "SIGSTOP");
    thaws.push(sleep(heldMs).then(() => kill(pid, "SIGCONT")));
    return true;
  }

  async function startAgain(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await installation.start();
      } catch (error) {
        failedStarts.push(String(error).slice(-1_500));
        if (tries === startTries) throw error;
      }
    }
  }

  return { done, kills: () => kills, failedStarts, ended: run() };
}

async function endConnections({ sql }: Installation): Promise<boolean> {
  try {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
    return true;
  } catch {
    return false; // Postgres is away, which ends them too
  }
}
