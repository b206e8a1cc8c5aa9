// The parent's side of `fill-queue.ts`.

import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { FillAnswer, FillCommand } from "./fill-queue.ts";
import type { World } from "./posting-world.ts";

export type Progress = Extract<FillAnswer, { kind: "progress" }>;
export type Done = Extract<FillAnswer, { kind: "done" }>;
export type QueueFiller = {
  pid: number;
  /** The newest progress of what runs, or of what ran last. */
  progress(): Progress | null;
  /** Resolves when all of it is in the queue. @throws when the process ends before that. */
  run(command: Extract<FillCommand, { kind: "fill" | "pace" }>): Promise<Done>;
  /** Ends what runs; its `run` then resolves. */
  stop(): void;
  close(): Promise<void>;
};

/** Starts a process that fills the queue of a database with the usage of a world. */
export async function startFiller(options: {
  databaseUrl: string;
  world: World;
  seed: number;
}): Promise<QueueFiller> {
  const child = fork(join(import.meta.dirname, "fill-queue.ts"), {
    stdio: "inherit",
    serialization: "advanced", // a step may last for ever, which JSON cannot say
  });
  let newest: Progress | null = null;
  let waiting: { kind: FillAnswer["kind"]; take: (answer: FillAnswer) => void } | null = null;
  child.on("message", (answer: FillAnswer) => {
    if (answer.kind === "progress") newest = answer;
    else if (waiting?.kind === answer.kind) waiting.take(answer);
  });
  const ended = once(child, "exit").then(() => {
    throw new Error("the process that fills the queue has ended");
  });
  ended.catch(() => {}); // heard by those who wait for it
  const ask = async <Kind extends FillAnswer["kind"]>(command: FillCommand, kind: Kind) => {
    const answered = new Promise<Extract<FillAnswer, { kind: Kind }>>((take) => {
      waiting = { kind, take: (answer) => take(answer as Extract<FillAnswer, { kind: Kind }>) };
    });
    child.send(command);
    return Promise.race([answered, ended]);
  };
  await ask({ kind: "open", ...options }, "opened");
  return {
    pid: child.pid ?? 0,
    progress: () => newest,
    run: (command) => {
      newest = null;
      return ask(command, "done");
    },
    stop: () => child.send({ kind: "stop" } satisfies FillCommand),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}
