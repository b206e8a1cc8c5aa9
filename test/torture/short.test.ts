// Fifteen seconds of `npm run torture`, with another seed each time. A red one is repeated with the seed it prints:
// npm run torture -- --minutes 0.25 --seed <seed> --kills-per-minute 40

import { randomInt } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { report } from "./report.ts";
import { torture } from "./torture.ts";
import { isClean } from "./verdict.ts";

const seed = randomInt(2 ** 31);
console.log(`seed ${seed}`);
const result = await torture({
  seed,
  durationMs: 15_000,
  faultsPerMinute: 40,
  tell: (line) => console.log(line),
});

const short = suite("torture");

short("through fifteen seconds of kills nothing is lost, doubled or off by a picodollar", () => {
  const told = `seed ${seed}, DATA_DIR ${result.dataDir}\n${report(result)}`;
  assert.ok(isClean(result.findings), told);
});

short("something was at stake: processes died, and clients were answered", () => {
  assert.ok(result.kills > 0, `${result.kills} kills`);
  assert.ok(result.whole > 20, `${result.whole} answers`);
});

short.run();
