// The bench measures what it says, against its own upstream with nothing in between. No number is asserted
// that a busy machine could change: how fast is for `npm run bench` to say.

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Circumstances, renderPage } from "#bench/page.ts";
import { listening, start } from "#bench/processes.ts";
import { openPrograms, type Programs, slowPrograms } from "#bench/programs.ts";
import { type Pace, run } from "#bench/run.ts";
import { type Scenario, scenarios } from "#bench/scenarios.ts";
import { bare } from "#bench/targets/bare.ts";
import { direct } from "#bench/targets/direct.ts";

const pace: Pace = {
  rounds: 1,
  seconds: 0.2,
  warmSeconds: 0.05,
  heatAnswers: 50,
  heatSeconds: 0.2,
  restSeconds: 0,
  othersCoresMax: Infinity,
  tries: 1,
  patienceSeconds: 0,
};
const at: Circumstances = {
  date: "2026-11-25 12:00",
  host: "here",
  cpu: "a processor",
  cores: 2,
  memoryGb: 4,
  system: "linux",
  node: "24",
  commit: "abc",
  command: "npm run bench",
  rounds: 2,
  seconds: 0.2,
  pinning: "",
  programs: "",
};

const folder = mkdtempSync(join(tmpdir(), "turnpike-bench-test-"));
const fast = openPrograms(join(folder, "cache"));
// Node takes a third of a second to start, once for each shot.
const kinds = [
  { word: "the slow programs", programs: slowPrograms("asked for"), rounds: 1 },
  ...(fast.kind === "c" ? [{ word: "the C programs", programs: fast, rounds: 2 }] : []),
];
if (fast.kind !== "c") console.log(`skipped the C programs: ${fast.note}`);

const bench = suite("bench");
bench.after(() => rmSync(folder, { recursive: true, force: true }));

for (const { word, programs, rounds } of kinds) {
  bench(`${word}: each answer, token and byte that was served arrives and is counted`, async () => {
    const names = ["json-16", "burst", "first-token"];
    const result = await run({
      ...options(programs, names, await freePort()),
      pace: { ...pace, rounds },
    });
    for (const { scenario, target, shot, why } of result.measured) {
      const place = `${scenario} ${target}`;
      if (shot === null) throw new Error(`${place}: ${why}`);
      assert.is(shot.wrong, 0, `${place}: ${shot.sample}`);
      assert.ok(shot.allAnswers > 0, place);
      assert.is(shot.allAnswers, shot.started, `${place}: what was begun has ended`);
      if (scenario !== "json-16") assert.ok((shot.travel?.count ?? 0) > 0, place);
    }
    assert.is(result.measured.length, names.length * 2 * rounds, "each scenario at both targets");
    const page = renderPage(result, at);
    for (const title of ["## CPU", "## Latency added", "## Throughput", "## Memory"])
      assert.ok(page.includes(title) || process.platform !== "linux", title);
    assertTables(page);
  });

  bench(`${word}: an answer of another length, or with other usage, is counted as wrong`, async () => {
    const port = await freePort();
    const logFile = join(folder, "log");
    const [program, ...words] = programs.upstream;
    const upstream = start(program, [...words, String(port)], { cores: null, logFile });
    await listening(port, { program: upstream, logFile });
    const body = join(folder, "body.json");
    writeFileSync(body, '{"model":"bench-k400","messages":[{"role":"user","content":"hi"}]}');
    for (const { expected, wrongBy } of [
      { expected: ["--content=400", "--usage=100"], wrongBy: null },
      { expected: ["--content=401", "--usage=100"], wrongBy: "content" },
      { expected: ["--content=400", "--usage=99"], wrongBy: "usage" },
    ]) {
      const [load, ...first] = programs.load;
      const { stdout } = await promisify(execFile)(load, [
        ...first,
        `--url=127.0.0.1:${port}`,
        `--body=${body}`,
        "--connections=2",
        "--seconds=0.1",
        "--warm=0",
        ...expected,
      ]);
      const shot = JSON.parse(stdout) as { wrong: number; allAnswers: number; wrongBy: object };
      assert.ok(shot.allAnswers > 0);
      assert.equal(shot.wrongBy, wrongBy === null ? {} : { [wrongBy]: shot.allAnswers });
    }
    await upstream.stop();
  });
}

bench("a target that cannot be had is named on the page, with the reason", async () => {
  const programs = slowPrograms("asked for");
  const absent = { ...bare, name: "absent", prepare: async () => "no registry has it" };
  const result = await run({
    ...options(programs, ["json-16"], await freePort()),
    targets: [absent],
  });
  assert.ok(renderPage(result, at).includes("- absent: no registry has it"));
});

bench.run();

function options(programs: Programs, names: readonly string[], firstPort: number) {
  return {
    targets: [direct, bare],
    scenarios: scenarios.filter(({ name }) => names.includes(name)).map(brief),
    pace,
    programs,
    placement: { load: null, gateway: null, twoGateways: null },
    cacheFolder: join(folder, "cache"),
    folder,
    firstPort,
    tell: () => {},
  };
}

/** Slow programs on a busy machine must keep up too. */
function brief(scenario: Scenario): Scenario {
  const { load } = scenario;
  return load.kind === "open" ? { ...scenario, load: { ...load, perSecond: 20 } } : scenario;
}

/** Every row of a table has as many cells as its head, and none says NaN or undefined. */
function assertTables(page: string): void {
  let cells = 0;
  let rows = 0;
  for (const line of page.split("\n")) {
    const count = line.startsWith("|") ? line.split(/(?<!\\)\|/).length : 0;
    if (count > 0 && cells > 0) assert.is(count, cells, line);
    cells = count;
    rows += count > 0 ? 1 : 0;
  }
  assert.ok(rows > 10, page);
  assert.not.match(page, /NaN|undefined|Infinity/);
}

/** The first of some ports that are free together. */
async function freePort(): Promise<number> {
  for (let port = 24_500 + (process.pid % 400); ; port += 50) {
    const free = await Promise.all([0, 9, 10, 19].map((offset) => isFree(port + offset)));
    if (free.every(Boolean)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
