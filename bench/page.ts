// A run as one page for a person: tables in markdown, CPU first. Pure.

import type { Measured, Run, TargetReport } from "./run.ts";
import type { Scenario } from "./scenarios.ts";
import type { Shot } from "./shot.ts";

/** What the page says about where and how it was measured. */
export type Circumstances = {
  date: string;
  host: string;
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  /** Of the repository; with "changed" behind it when the tree had changes. */
  commit: string;
  command: string;
  rounds: number;
  seconds: number;
  pinning: string;
  programs: string;
};

type Reading = { median: number; least: number; most: number };

const yardstick = "bare";

/** The page. Every number is the median of the rounds; in brackets the least and the most. */
export function renderPage(run: Run, at: Circumstances): string {
  const ran = run.targets.filter(({ skipped }) => skipped === null);
  return [
    `# Bench of ${at.date} on ${at.host}`,
    introduction(run, at),
    cpuSection(run, ran),
    latencySection(run, ran),
    streamSection(run, ran),
    rateSection(run, ran),
    memorySection(ran),
    moneySection(run, ran),
    absentSection(run),
  ]
    .filter((section) => section !== "")
    .join("\n\n")
    .concat("\n");
}

function introduction(run: Run, at: Circumstances): string {
  const others = run.measured.flatMap(({ shot }) => (shot ? [shot.othersCores] : []));
  const foreign = readingOf(others);
  return [
    `${at.cpu}, ${at.cores} cores, ${at.memoryGb} GB, ${at.system}; Node ${at.node}; commit ${at.commit}. \`${at.command}\`: ${at.rounds} ${at.rounds === 1 ? "round" : "rounds"} of ${at.seconds} s.`,
    `${at.pinning} ${at.programs}`,
    foreign === null
      ? ""
      : `Whatever else ran on the machine took ${foreign.median.toFixed(2)} cores meanwhile (${foreign.least.toFixed(2)} to ${foreign.most.toFixed(2)})${foreign.most > 0.3 ? ": it was shared, so read CPU and ratios, not milliseconds" : ""}.`,
  ]
    .filter(Boolean)
    .join("\n");
}

// --- CPU

function cpuSection(run: Run, ran: readonly TargetReport[]): string {
  const names = columns(ran.filter(({ bytes }) => bytes !== null));
  const rows = run.scenarios.flatMap((scenario) => {
    const cells = names.map((name) => {
      const own = readingsOf(run, scenario, name, cpuPerUnit);
      if (own === null) return whyOf(run, scenario, name);
      const base = readingsOf(run, scenario, yardstickOf(scenario), cpuPerUnit);
      const digits = own.median < 100 ? 1 : 0;
      return `${show(own, digits)}${base && name !== yardstickOf(scenario) ? ` **${(own.median / base.median).toFixed(2)}×**` : ""}`;
    });
    return cells.every((cell) => cell === "") ? [] : [[scenario.title, unitOf(scenario), ...cells]];
  });
  if (rows.length === 0) return "";
  return `## CPU, µs\n\nUser and system time of the gateway's processes in the window, for each answer or token. Bold: of \`${yardstick}\` in this run.\n\n${table(["scenario", "per", ...names], rows)}`;
}

function cpuPerUnit(shot: Shot): number | null {
  const cpu = shot.cpuUs["gateway"];
  const units = shot.tokens > 0 ? shot.tokens : shot.answers;
  return cpu === undefined || units === 0 ? null : cpu / units;
}

const unitOf = ({ answer }: Scenario): string => (answer.kind === "stream" ? "token" : "answer");

// --- Latency

function latencySection(run: Run, ran: readonly TargetReport[]): string {
  const open = run.scenarios.filter(({ load }) => load.kind === "open" || load.kind === "share");
  const names = columns(ran);
  const rows = open.flatMap((scenario) => {
    const streams = scenario.answer.kind === "stream";
    return (["p50", "p99"] as const).map((quantile) => [
      scenario.title,
      `${streams ? "first token" : "answer"} ${quantile}`,
      ...names.map((name) =>
        added(
          run,
          scenario,
          name,
          (shot) => (streams ? shot.firstToken : shot.latency)?.[quantile] ?? null,
        ),
      ),
    ]);
  });
  if (rows.length === 0) return "";
  return `## Latency added, µs\n\nOpen loop, from the instant at which a request was due. \`direct\` as it is; the others what they add to it, but all of it where each has a rate of its own.\n\n${table(["scenario", "", ...names], rows)}`;
}

// --- Streams

function streamSection(run: Run, ran: readonly TargetReport[]): string {
  const names = columns(ran);
  const streams = run.scenarios.filter(
    ({ answer }) => answer.kind === "stream" && answer.gapMs > 0,
  );
  const rows = streams.flatMap((scenario) =>
    (
      [
        ["first token p50", ({ firstToken }) => firstToken?.p50],
        ["first token p99", ({ firstToken }) => firstToken?.p99],
        ["a token's travel p50", ({ travel }) => travel?.p50],
        ["a token's travel p99", ({ travel }) => travel?.p99],
        ["gap between tokens p99", ({ gap }) => gap?.p99],
      ] satisfies [string, (shot: Shot) => number | undefined][]
    ).map(([word, of]) => [
      scenario.title,
      word,
      ...names.map((name) => {
        const reading = readingsOf(run, scenario, name, (shot) => of(shot) ?? null);
        return reading === null ? whyOf(run, scenario, name) : show(reading, 0);
      }),
    ]),
  );
  if (rows.length === 0) return "";
  return `## Paced streams, µs\n\nTravel is from the upstream's write of a token to its arrival at the client.\n\n${table(["scenario", "", ...names], rows)}`;
}

// --- Throughput

function rateSection(run: Run, ran: readonly TargetReport[]): string {
  const names = columns(ran);
  const rows = run.scenarios
    .filter(({ load }) => load.kind === "closed" || load.kind === "bound")
    .map((scenario) => [
      scenario.title,
      `${unitOf(scenario)}s/s`,
      ...names.map((name) => {
        const reading = readingsOf(
          run,
          scenario,
          name,
          (shot) => (shot.tokens > 0 ? shot.tokens : shot.answers) / shot.seconds,
        );
        return reading === null ? whyOf(run, scenario, name) : show(reading, 0);
      }),
    ]);
  if (rows.length === 0) return "";
  return `## Throughput\n\nOf a gateway on one core (of \`×2\`: on two, which it shares with the load where there are no more).\n\n${table(["scenario", "", ...names], rows)}`;
}

// --- Memory and money

function memorySection(ran: readonly TargetReport[]): string {
  const rows = ran.flatMap(({ name, bytes, besideBytes }) =>
    bytes === null
      ? []
      : [
          [
            name,
            megabytes(bytes.idle),
            megabytes(bytes.loaded),
            megabytes(bytes.after),
            besideBytes === null
              ? ""
              : `${megabytes(besideBytes.idle)} / ${megabytes(besideBytes.after)}`,
          ],
        ],
  );
  if (rows.length === 0) return "";
  return `## Memory, MB\n\nResident, of the gateway's processes. Beside it: control plane and database.\n\n${table(["target", "idle", "loaded", "after", "beside it, idle / after"], rows)}`;
}

function moneySection(run: Run, ran: readonly TargetReport[]): string {
  const rows = ran.map((report) => {
    const { name, about, money, bill } = report;
    const beside = readingOf(
      run.measured.flatMap((one) =>
        one.target === name && one.besideUsPerAnswer !== null ? [one.besideUsPerAnswer] : [],
      ),
    );
    const shots = run.measured.flatMap(({ target, shot }) =>
      target === name && shot ? [shot] : [],
    );
    const wrong = shots.reduce((sum, shot) => sum + shot.wrong, 0);
    const all = shots.reduce((sum, shot) => sum + shot.allAnswers, 0);
    return [
      name,
      about,
      money,
      billWords(bill),
      beside === null ? "" : show(beside, 0),
      `${wrong} of ${all}`,
    ];
  });
  const notes = ran.flatMap(({ name, notes: texts }) =>
    texts.map((text) => `- ${name}: ${oneLine(text)}`),
  );
  return (
    `## Money, and what was wrong\n\nEvery answer is checked: status, end, content to the byte, usage. Beside: CPU of control plane and database until all was booked, µs an answer, over all scenarios.\n\n` +
    table(["target", "what it is", "money on", "bill", "beside, µs", "wrong answers"], rows) +
    (notes.length === 0 ? "" : `\n\n${notes.join("\n")}`)
  );
}

function billWords(bill: TargetReport["bill"]): string {
  if (bill === null) return "";
  if (bill.differences.length > 0) return `WRONG: ${bill.differences.join("; ")}`;
  return `${bill.generations} generations for ${bill.served} served, $${bill.chargedUsd}, 0 differences`;
}

function absentSection(run: Run): string {
  const lines = [
    ...run.targets.flatMap(({ name, skipped }) =>
      skipped === null ? [] : [`- ${name}: ${oneLine(skipped)}`],
    ),
    ...run.skippedScenarios.map(({ name, why }) => `- scenario ${name}: ${why}`),
  ];
  return lines.length === 0 ? "" : `## Not measured\n\n${lines.join("\n")}`;
}

// --- Parts

const columns = (ran: readonly TargetReport[]): string[] => ran.map(({ name }) => name);

function shotsOf(run: Run, scenario: Scenario, target: string): Measured[] {
  return run.measured.filter((one) => one.scenario === scenario.name && one.target === target);
}

/** What two workers are held against has two workers. */
const yardstickOf = ({ workers }: Scenario): string =>
  workers === 1 ? yardstick : `${yardstick} ×${workers}`;

// A round with more wrong answers than this is no result, however fast it was.
const wrongShareMax = 0.01;

const isRight = ({ wrong, allAnswers }: Shot): boolean => wrong <= allAnswers * wrongShareMax;

/** Null when no round has it. */
function readingsOf(
  run: Run,
  scenario: Scenario,
  target: string,
  of: (shot: Shot) => number | null,
): Reading | null {
  const values = shotsOf(run, scenario, target).flatMap(({ shot }) => {
    const value = shot !== null && isRight(shot) ? of(shot) : null;
    return value === null ? [] : [value];
  });
  return readingOf(values);
}

function readingOf(values: readonly number[]): Reading | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? 0;
  const median = (at((sorted.length - 1) >> 1) + at(sorted.length >> 1)) / 2;
  return { median, least: at(0), most: at(sorted.length - 1) };
}

/** What a round of this target adds to the direct one of the same round. */
function added(
  run: Run,
  scenario: Scenario,
  target: string,
  of: (shot: Shot) => number | null,
): string {
  const own = readingsOf(run, scenario, target, of);
  if (own === null) return whyOf(run, scenario, target);
  // At a share of its own rate each is loaded differently, so there is nothing to take off.
  if (target === "direct" || scenario.load.kind === "share") return show(own, 0);
  const direct = new Map(
    shotsOf(run, scenario, "direct").map(({ round, shot }) => [round, shot ? of(shot) : null]),
  );
  const differences = shotsOf(run, scenario, target).flatMap(({ round, shot }) => {
    const value = shot ? of(shot) : null;
    const base = direct.get(round) ?? null;
    return value === null || base === null ? [] : [value - base];
  });
  const reading = readingOf(differences);
  return reading === null ? `${show(own, 0)} in all` : `+${show(reading, 0)}`;
}

function whyOf(run: Run, scenario: Scenario, target: string): string {
  const shots = shotsOf(run, scenario, target);
  if (shots.some(({ shot }) => shot !== null && !isRight(shot))) return "wrong answers";
  return oneLine(shots.find(({ why }) => why !== null)?.why ?? "").slice(0, 60);
}

function show({ median, least, most }: Reading, digits: number): string {
  const [a, b, c] = [median, least, most].map((value) => number(value, digits));
  return b === c ? `${a}` : `${a} (${b}–${c})`;
}

function number(value: number, digits: number): string {
  return value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

const megabytes = (bytes: number): string => number(bytes / 1_048_576, 0);

const oneLine = (text: string): string => text.replace(/\s+/g, " ").replaceAll("|", "\\|");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    row(head),
    row(head.map((_, index) => (index < 2 ? "---" : "--:"))),
    ...rows.map(row),
  ].join("\n");
}
