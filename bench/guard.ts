// npm run guard [-- --record]: CPU time a request against the bare proxy of the same run, held against what was recorded.
// It fails on a gross step only: a machine's noise is no regression, and nothing here is wall time.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { placementOf } from "./processes.ts";
import { openPrograms } from "./programs.ts";
import { type Measured, type Pace, run } from "./run.ts";
import { scenarios } from "./scenarios.ts";
import { bare } from "./targets/bare.ts";
import { turnpike } from "./targets/turnpike.ts";

/** By scenario: Turnpike's CPU time, money on, in bare proxies. */
type Ratios = Record<string, number>;
type Recorded = { date: string; node: string; ratios: Ratios };

/**
 * A quarter more than was recorded is a step; less comes and goes with the machine. `.ci/run` allows half more, because
 * its machines are not the one that was recorded on.
 */
const stepMin = Number(process.env["GUARD_STEP"] ?? "1.25");
const triesMax = 3;
const guarded = ["json-16", "burst"];
const file = join(import.meta.dirname, "recorded-ratios.json");
const pace: Pace = {
  rounds: 3,
  seconds: 1,
  warmSeconds: 0.3,
  heatAnswers: 6_000,
  heatSeconds: 15,
  restSeconds: 0,
  othersCoresMax: 0.5,
  tries: 2,
  patienceSeconds: 1,
};

const { values } = parseArgs({ options: { record: { type: "boolean", default: false } } });
const cache = process.env["BENCH_CACHE"] || join(homedir(), ".cache", "turnpike-bench");
const programs = openPrograms(cache);
if (programs.kind !== "c") skip(`no C compiler for the load generator (${programs.note ?? ""})`);
if (availableParallelism() < 2) skip("one core is not enough for a gateway and its load");

const recorded = JSON.parse(readFileSync(file, "utf8")) as Recorded;
let best: Ratios = {};
for (let attempt = 1; attempt <= triesMax; attempt++) {
  const ratios = await measure();
  // The lowest of the tries: noise only ever adds.
  best = Object.fromEntries(
    guarded.map((name) => [name, Math.min(best[name] ?? Infinity, ratios[name] ?? Infinity)]),
  );
  if (values.record ? attempt === triesMax : steps(best).length === 0) break;
}
for (const name of guarded)
  console.log(
    `guard: ${name} costs ${show(best[name])} bare proxies of CPU (recorded ${show(recorded.ratios[name])}, ${recorded.date})`,
  );
if (values.record) {
  const now: Recorded = {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    ratios: Object.fromEntries(guarded.map((name) => [name, Number(show(best[name]))])),
  };
  writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);
  console.log(`guard: recorded in ${file}`);
} else {
  for (const name of steps(best)) {
    console.error(
      `guard: ${name} became ${(((best[name] ?? 0) / (recorded.ratios[name] ?? 1) - 1) * 100).toFixed(0)} % dearer than what was recorded. ` +
        "Find out why (turnpike profile), or record what it costs now and say why: npm run guard -- --record",
    );
    process.exitCode = 1;
  }
}

function steps(ratios: Ratios): string[] {
  return guarded.filter((name) => (ratios[name] ?? 0) > (recorded.ratios[name] ?? 0) * stepMin);
}

async function measure(): Promise<Ratios> {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-guard-"));
  try {
    const result = await run({
      targets: [bare, turnpike],
      scenarios: scenarios.filter(({ name }) => guarded.includes(name)),
      pace,
      programs,
      placement: placementOf(availableParallelism()),
      cacheFolder: cache,
      folder,
      firstPort: Number(process.env["BENCH_PORT"] ?? "24500"),
      tell: () => {},
    });
    const wrong = result.targets.find(({ bill }) => (bill?.differences.length ?? 0) > 0);
    if (wrong) throw new Error(`the bill of ${wrong.name} is wrong: ${wrong.bill?.differences[0]}`);
    const missing = result.targets.find(({ skipped }) => skipped !== null);
    if (missing) throw new Error(`${missing.name} did not run: ${missing.skipped}`);
    return Object.fromEntries(
      guarded.map((name) => [
        name,
        costOf(result.measured, name, turnpike.name) / costOf(result.measured, name, bare.name),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/** µs of the gateway's CPU for one answer or token: the median of the rounds. */
function costOf(measured: readonly Measured[], scenario: string, target: string): number {
  const costs = measured
    .flatMap((one) => {
      if (one.scenario !== scenario || one.target !== target || one.shot === null) return [];
      const cpu = one.shot.cpuUs["gateway"];
      const count = one.shot.tokens > 0 ? one.shot.tokens : one.shot.answers;
      return cpu === undefined || count === 0 ? [] : [cpu / count];
    })
    .toSorted((a, b) => a - b);
  const middle = costs[Math.floor(costs.length / 2)];
  if (middle === undefined) throw new Error(`nothing was measured of ${target} in ${scenario}`);
  return middle;
}

function show(ratio: number | undefined): string {
  return ratio === undefined ? "–" : ratio.toFixed(2);
}

function skip(why: string): never {
  console.log(`guard: skipped, ${why}`);
  process.exit(0);
}
