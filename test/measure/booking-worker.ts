// `npm run worker`, started as it is: the program, not its parts.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export type BookingWorker = {
  pid: number;
  /** @throws when it has ended, with what it said last. */
  check(): void;
  /** Lets the batch in hand finish. */
  stop(): Promise<void>;
};

const root = join(import.meta.dirname, "../..");
const stopMsMax = 30_000;

export function startWorker(options: {
  databaseUrl: string;
  masterKey: string;
  arguments?: readonly string[] | undefined;
}): BookingWorker {
  const child = spawn(process.execPath, [...(options.arguments ?? []), "control-plane/worker.ts"], {
    cwd: root,
    env: {
      PATH: process.env["PATH"],
      DATABASE_URL: options.databaseUrl,
      MASTER_KEY: options.masterKey,
    },
    stdio: ["ignore", "inherit", "pipe"],
  });
  let said = "";
  child.stderr
    .setEncoding("utf8")
    .on("data", (text: string) => (said = (said + text).slice(-4_000)));
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  return {
    pid: child.pid ?? 0,
    check() {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`the worker has ended: ${said}`);
    },
    async stop() {
      process.off("exit", kill);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      const late = setTimeout(kill, stopMsMax);
      await exited;
      clearTimeout(late);
      if (said !== "") console.error(`the worker said:\n${said}`);
    },
  };
}
