// npm run bench [-- --quick] [--peers] [--scenario NAME]… [--target NAME]… [--rounds N] [--seconds S] [--out FOLDER]

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, homedir, hostname, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { allTargets } from "./all-targets.ts";
import { type Circumstances, renderPage } from "./page.ts";
import { placementOf } from "./processes.ts";
import { openPrograms, slowPrograms } from "./programs.ts";
import { type Pace, run } from "./run.ts";
import { scenarios } from "./scenarios.ts";
import { outOfReach } from "./targets/out-of-reach.ts";

const usage = `npm run bench -- [options]
  --quick            a few scenarios, short windows: about two minutes without peers
  --peers            others' gateways too
  --scenario NAME    only this one; repeatable: ${scenarios.map(({ name }) => name).join(", ")}
  --target NAME      only this one; repeatable: ${allTargets.map(({ name }) => name).join(", ")}
  --rounds N         how often each is measured (5; quick: 3)
  --seconds S        a measuring window (3; quick: 1)
  --port N           the first of the ports that are used (24000, or BENCH_PORT)
  --out FOLDER       where the page and its JSON go (bench/results)
  --slow-programs    upstream and load generator on Node, as without a C compiler
  --keep             leaves data and logs of the run where they are, and says where`;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    peers: { type: "boolean", default: false },
    scenario: { type: "string", multiple: true, default: [] },
    target: { type: "string", multiple: true, default: [] },
    rounds: { type: "string" },
    seconds: { type: "string" },
    port: { type: "string", default: process.env["BENCH_PORT"] ?? "24000" },
    out: { type: "string", default: join(import.meta.dirname, "results") },
    keep: { type: "boolean", default: false },
    "slow-programs": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit(0);
}

const chosenScenarios = choose(
  "scenario",
  scenarios,
  values.scenario,
  ({ quick }) => quick || !values.quick,
);
const chosenTargets = choose(
  "target",
  allTargets,
  values.target,
  ({ peer }) => !peer || values.peers,
);
const pace: Pace = {
  rounds: whole("rounds", values.rounds ?? (values.quick ? "3" : "5")),
  seconds: Number(values.seconds ?? (values.quick ? "1" : "3")),
  warmSeconds: values.quick ? 0.3 : 0.5,
  heatAnswers: values.quick ? 6_000 : 60_000,
  heatSeconds: values.quick ? 30 : 60,
  restSeconds: values.quick ? 3 : 15,
  othersCoresMax: 0.3,
  tries: values.quick ? 2 : 4,
  patienceSeconds: values.quick ? 2 : 10,
};

const cacheFolder =
  process.env["BENCH_CACHE"] ||
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "turnpike-bench");
mkdirSync(cacheFolder, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), "turnpike-bench-"));
const cores = availableParallelism();
const placement = placementOf(cores);
const programs = values["slow-programs"]
  ? slowPrograms("--slow-programs")
  : openPrograms(cacheFolder);
if (programs.note !== null) console.error(programs.note);
const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(130); // the second time: at once
    console.error("stopping after this shot");
    stop.abort();
  });
}

try {
  const result = await run({
    targets: chosenTargets,
    scenarios: chosenScenarios,
    pace,
    programs,
    placement,
    cacheFolder,
    folder,
    firstPort: whole("port", values.port),
    tell: (text) => console.error(text),
    signal: stop.signal,
  });
  if (values.peers) {
    for (const { name, why } of outOfReach)
      result.targets.push({
        name,
        about: "",
        money: "",
        workers: 1,
        skipped: why,
        bytes: null,
        besideBytes: null,
        bill: null,
        notes: [],
      });
  }
  const at = circumstances();
  const page = renderPage(result, at);
  mkdirSync(values.out, { recursive: true });
  const file = join(values.out, `${at.date.replace(/[: ]/g, "-")}-${at.host}`);
  writeFileSync(`${file}.md`, page);
  writeFileSync(
    `${file}.json`,
    `${JSON.stringify({ circumstances: at, pace, ...result }, null, 1)}\n`,
  );
  console.log(page);
  console.error(`written to ${file}.md and .json`);
  const wrongBills = result.targets.filter(
    ({ bill }) => bill !== null && bill.differences.length > 0,
  );
  if (wrongBills.length > 0) {
    console.error("The bill is wrong: these figures are no result.");
    process.exitCode = 1;
  }
} catch (error) {
  if (!stop.signal.aborted) throw error;
  process.exitCode = 130;
} finally {
  if (values.keep) console.error(`data and logs: ${folder}`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

function choose<Item extends { name: string }>(
  word: string,
  all: readonly Item[],
  names: readonly string[],
  otherwise: (item: Item) => boolean,
): Item[] {
  for (const name of names) {
    if (all.some((item) => item.name === name)) continue;
    console.error(`--${word} ${name}: expected one of ${all.map((item) => item.name).join(", ")}`);
    process.exit(2);
  }
  return all.filter((item) => (names.length > 0 ? names.includes(item.name) : otherwise(item)));
}

function whole(word: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`--${word} ${text}: a whole number above 0 expected`);
  process.exit(2);
}

function circumstances(): Circumstances {
  const git = (...words: string[]): string => {
    try {
      return execFileSync("git", words, {
        cwd: import.meta.dirname,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
    } catch {
      return "";
    }
  };
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    host: hostname(),
    cpu: cpus()[0]?.model ?? "an unknown processor",
    cores,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
    commit: `${git("rev-parse", "--short", "HEAD") || "unknown"}${git("status", "--porcelain") === "" ? "" : " and uncommitted changes"}`,
    command: ["npm run bench --", ...process.argv.slice(2)].join(" "),
    rounds: pace.rounds,
    seconds: pace.seconds,
    pinning:
      placement.gateway === null
        ? "Nothing was pinned to a core."
        : `Gateways ran on core ${placement.gateway}; upstream, load, control planes and databases on ${placement.load}.`,
    programs:
      programs.kind === "c"
        ? "Upstream and load generator in C."
        : `Upstream and load generator on Node (${programs.note ?? ""})`,
  };
}
