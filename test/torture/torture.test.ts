// A short torture with every `npm test`: each process is killed six times under load of every kind, and then the
// proof of a long one (`npm run torture`), which is the same.

import { randomInt } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { report } from "./report.ts";
import { briefFaultsOf } from "./schedule.ts";
import { torture } from "./torture.ts";
import { isClean } from "./verdict.ts";

const durationMs = 16_000;
const kills = 6;
const seed = Number(process.env["SEED"] ?? randomInt(2 ** 31));
console.log(`seed ${seed}`);

const test = suite("torture");

test("after kills of every process under load nothing is lost, doubled or wrong", async () => {
  const faults = briefFaultsOf({ seed, durationMs, kills });
  const lines: string[] = [];
  const result = await torture({ seed, durationMs, faults, tell: (line) => void lines.push(line) });
  const told = `seed ${seed}\n${lines.join("\n")}\n${report(result)}`;
  assert.ok(isClean(result.findings), told);
  for (const victim of ["gateway", "control plane", "Postgres"] as const)
    assert.ok((result.killed.get(victim) ?? 0) >= kills, `${victim}\n${told}`);
  for (const { sentence, looked } of result.findings.slice(0, 4))
    assert.ok(looked > 0, `${sentence}: there was nothing to look at\n${told}`);
});

test.run();
