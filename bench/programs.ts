// The upstream and the load generator: in C where the machine has a compiler, compiled at the first run;
// else the slow ones in TypeScript, which take the core that they should leave to others.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { hasProgram } from "./processes.ts";

export type Programs = {
  kind: "c" | "slow";
  /** Why it is not the fast kind, for a person; else null. */
  note: string | null;
  upstream: readonly [string, ...string[]];
  load: readonly [string, ...string[]];
};

/** @param folder where the binaries are kept; named by their source, so that a changed one is compiled anew. */
export function openPrograms(folder: string): Programs {
  if (process.platform !== "linux") return slowPrograms("the C programs need Linux (epoll)");
  const compiler = ["cc", "gcc", "clang"].find(hasProgram);
  if (compiler === undefined) return slowPrograms("there is no C compiler (cc, gcc or clang)");
  try {
    return {
      kind: "c",
      note: null,
      upstream: [compile(compiler, { folder, name: "upstream" })],
      load: [compile(compiler, { folder, name: "load" })],
    };
  } catch (error) {
    return slowPrograms(
      `${compiler} failed: ${error instanceof Error ? error.message : "unknown"}`,
    );
  }
}

/** The same in TypeScript, with the same command lines. */
export function slowPrograms(why: string): Programs {
  const run = (file: string): readonly [string, ...string[]] => [
    process.execPath,
    join(import.meta.dirname, "slow", file),
  ];
  return {
    kind: "slow",
    note: `${why}: upstream and load generator run on Node, and take several times as much CPU. Trust CPU per request; do not trust latency and throughput.`,
    upstream: run("upstream.ts"),
    load: run("load.ts"),
  };
}

function compile(compiler: string, { folder, name }: { folder: string; name: string }): string {
  const source = join(import.meta.dirname, `${name}.c`);
  const digest = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 12);
  const binary = join(folder, `${name}-${digest}`);
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const unfinished = `${binary}.${process.pid}`;
  execFileSync(compiler, ["-O2", "-o", unfinished, source], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  renameSync(unfinished, binary);
  return binary;
}
