// Does to a real installation what a schedule says, one thing after the other.

import { setTimeout as sleep } from "node:timers/promises";
import { type Installation, kill, type Processes, until } from "#test/stories/installation.ts";
import type { Fault, FaultKind } from "./schedule.ts";

export type Faults = {
  /** How often each kind met something. */
  done: ReadonlyMap<FaultKind, number>;
  /** `kill -9`s among them, each process counted, and of which. */
  kills(): number;
  killed: ReadonlyMap<Victim, number>;
  /** Starts that had to be repeated, and why. */
  failedStarts: readonly string[];
  /** Resolves when all are done, and nothing is frozen any more. */
  ended: Promise<void>;
};

export type Victim = "gateway" | "control plane" | "Postgres" | "supervisor";

const startTries = 3; // as an init system would

// A process that was killed is back within a second or two; where several faults come close together the next one waits.
const targetMsMax = 5_000;

/** Begins at once. A fault that is late is done late; one whose target is not there for 5 s is left out. */
export function startFaults(installation: Installation, schedule: readonly Fault[]): Faults {
  const done = new Map<FaultKind, number>();
  const failedStarts: string[] = [];
  const thaws: Promise<void>[] = [];
  const killed = new Map<Victim, number>();
  const startedAtMs = performance.now();

  async function run(): Promise<void> {
    for (const fault of schedule) {
      await sleep(Math.max(0, startedAtMs + fault.atMs - performance.now()));
      if (await commit(fault)) done.set(fault.kind, (done.get(fault.kind) ?? 0) + 1);
    }
    await Promise.all(thaws);
  }

  async function commit({ kind, choice, heldMs }: Fault): Promise<boolean> {
    await until(() => isThere(installation.processes(), kind), "its target", targetMsMax).catch(
      () => {}, // then it is left out
    );
    const { gateways, controlPlane, postgres } = installation.processes();
    const gateway = gateways[Math.floor(choice * gateways.length)];
    switch (kind) {
      case "kill-gateway":
        return end("gateway", gateway);
      case "kill-control-plane":
        return end("control plane", controlPlane[0]);
      case "kill-postgres":
        return end("Postgres", postgres);
      case "stop-gateway":
        return freeze(gateway, heldMs);
      case "stop-control-plane":
        return freeze(controlPlane[0], heldMs);
      case "end-connections":
        return endConnections(installation);
      case "kill-supervisor":
        end("supervisor", installation.supervisor());
        await startAgain();
        return true;
      case "kill-everything":
        end("supervisor", installation.supervisor());
        for (const pid of gateways) end("gateway", pid);
        for (const pid of controlPlane) end("control plane", pid);
        end("Postgres", postgres);
        await startAgain();
        return true;
      default:
        return kind satisfies never;
    }
  }

  function end(victim: Victim, pid: number | null | undefined): boolean {
    if (pid === null || pid === undefined) return false;
    kill(pid, "SIGKILL");
    killed.set(victim, (killed.get(victim) ?? 0) + 1);
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

  const kills = () => [...killed.values()].reduce((sum, times) => sum + times, 0);
  return { done, kills, killed, failedStarts, ended: run() };
}

function isThere({ gateways, controlPlane, postgres }: Processes, kind: FaultKind): boolean {
  if (kind.endsWith("gateway")) return gateways.length > 0;
  if (kind.endsWith("control-plane")) return controlPlane.length > 0;
  return !kind.endsWith("postgres") || postgres !== null;
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
