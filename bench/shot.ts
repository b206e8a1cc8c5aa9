// One shot: one target, one scenario, one window of the load generator.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { dialects } from "./dialects.ts";
import type { Programs } from "./programs.ts";
import { expectationOf, modelOf, type Scenario } from "./scenarios.ts";
import type { Running } from "./target.ts";

/** Microseconds. */
export type Quantiles = {
  count: number;
  mean: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
};

/** What the load generator prints (see load.c). */
export type Shot = {
  seconds: number;
  started: number;
  /** In the window. */
  answers: number;
  tokens: number;
  /** With those of warm-up and after the window. */
  allAnswers: number;
  wrong: number;
  wrongBy: Record<string, number>;
  statuses: Record<string, number>;
  /** What the first wrong answer was. */
  sample: string;
  latency: Quantiles | null;
  firstByte: Quantiles | null;
  firstToken: Quantiles | null;
  gap: Quantiles | null;
  /** From the upstream's write of a token to its arrival. */
  travel: Quantiles | null;
  /** What all that is no part of this run took of the machine meanwhile. */
  othersCores: number;
  cpuUs: Record<string, number>;
};

/** How hard to shoot. Closed: as fast as answers come. Open: at a rate. */
export type Aim = {
  connections: number;
  perSecond: number | null;
  seconds: number;
  warmSeconds: number;
  answersMax?: number;
};

// A stream of a slow gateway may take this long to end after the window; cut, it would spoil the bill.
const graceSeconds = 40;

/**
 * @param options.cpu names and processes whose CPU time in the window is wanted.
 * @throws when the load generator fails; wrong answers are no failure but are counted.
 */
export async function shoot(
  running: Running,
  scenario: Scenario,
  aim: Aim,
  options: {
    programs: Programs;
    cores: string | null;
    folder: string;
    cpu: Readonly<Record<string, readonly number[]>>;
  },
): Promise<Shot> {
  const dialect = dialects[scenario.dialects.client];
  const { contentBytes, completionTokens } = expectationOf(scenario);
  const bodyFile = join(options.folder, "request.json");
  writeFileSync(
    bodyFile,
    dialect.body({
      model: running.nameOf(modelOf(scenario)),
      bytes: scenario.promptBytes,
      stream: scenario.answer.kind === "stream",
    }),
  );
  const settings: Record<string, string | number | null> = {
    url: running.address,
    path: `${running.basePath}${dialect.path}`,
    body: bodyFile,
    connections: aim.connections,
    seconds: aim.seconds,
    warm: aim.warmSeconds,
    grace: graceSeconds,
    rate: aim.perSecond,
    answers: aim.answersMax ?? null,
    content: contentBytes,
    "content-member": dialect.contentMember,
    usage: completionTokens,
    "usage-member": dialect.usageMember,
    done: dialect.done,
  };
  const words = [
    ...Object.entries(settings).flatMap(([name, value]) =>
      value === null ? [] : [`--${name}`, String(value)],
    ),
    ...running.headers.flatMap((header) => ["--header", header]),
    ...Object.entries(options.cpu).flatMap(([name, pids]) =>
      pids.length === 0 ? [] : ["--cpu", `${name}=${pids.join(",")}`],
    ),
  ];
  const [program, ...first] = options.programs.load;
  const [command, all] =
    options.cores === null
      ? [program, [...first, ...words]]
      : ["taskset", ["-c", options.cores, program, ...first, ...words]];
  const child = spawn(command, all, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`the load generator ended with ${code}: ${complaint.trim()}`);
  return JSON.parse(output) as Shot;
}
