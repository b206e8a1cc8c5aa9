// npm run torture -- --minutes 1 --seed 42 --kills-per-minute 60
// npm run torture -- --minutes 1 --forfeit      at the end a gateway loses its disk and is forfeited
//
// Exit code 1 when anything is lost, doubled or wrong; then DATA_DIR is kept, and printed with the seed.

import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { report } from "./report.ts";
import { faultsOf } from "./schedule.ts";
import { torture } from "./torture.ts";
import { isClean } from "./verdict.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(randomInt(2 ** 31)) },
    "kills-per-minute": { type: "string", default: "60" },
    forfeit: { type: "boolean", default: false },
  },
});
const minutes = positive("minutes");
const faultsPerMinute = positive("kills-per-minute");
const seed = Number(values.seed);
if (!Number.isInteger(seed) || seed < 0)
  throw new Error(`--seed: expected a whole number, got ${values.seed}`);

// So that what was started is ended, which waits for the event "exit".
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => process.exit(130));

console.log(`seed ${seed}, ${minutes} minutes, ${faultsPerMinute} faults a minute`);
const startedAtMs = performance.now();
const tell = (line: string) =>
  console.log(`${((performance.now() - startedAtMs) / 1_000).toFixed(0).padStart(4)} s  ${line}`);
const durationMs = minutes * 60_000;
const faults = faultsOf({ seed, durationMs, perMinute: faultsPerMinute });
const result = await torture({ seed, durationMs, faults, forfeit: values.forfeit, tell });
console.log(`\n${report(result)}`);
if (!isClean(result.findings)) {
  console.log(`\nseed ${seed}; DATA_DIR is kept: ${result.dataDir}`);
  process.exitCode = 1;
}

function positive(name: "minutes" | "kills-per-minute"): number {
  const value = Number(values[name]);
  if (!(value > 0)) throw new Error(`--${name}: expected a number above 0, got ${values[name]}`);
  return value;
}
