// One page about how fast usage was booked, for a person.

import type { Measured } from "./measure-posting.ts";

export type PostingPage = Measured & {
  machine: { cores: number; model: string; node: string; loadBefore: number };
  options: {
    generations: number;
    organizations: number;
    keys: number;
    seed: number;
    workers: number;
  };
};

export function postingReport({
  machine,
  options,
  sustained,
  burst,
  checked,
}: PostingPage): string {
  const { steady } = sustained;
  const { workers, postgres } = steady.cpuEach;
  const rows: [name: string, value: string][] = [
    ["machine", `${machine.cores} cores, ${machine.model}, Node ${machine.node}`],
    [
      "usage",
      `${count(options.generations)} generations, ${options.organizations} organizations, ${options.keys} keys, seed ${options.seed}`,
    ],
    ["workers", `${options.workers}`],
    ["", ""],
    [
      "booked, steady part",
      `${count(steady.perSecond)} a second, over ${steady.seconds.toFixed(1)} s`,
    ],
    [
      "booked, first commit to last",
      `${count(sustained.perSecond)} a second, over ${sustained.seconds.toFixed(1)} s`,
    ],
    ["CPU of the workers", `${micros(workers)} a generation, ${cores(workers, steady.perSecond)}`],
    ["CPU of Postgres", `${micros(postgres)} a generation, ${cores(postgres, steady.perSecond)}`],
    [
      "everything else on the machine",
      steady.othersCores === null ? "not seen" : `${steady.othersCores.toFixed(2)} cores`,
    ],
    [
      "statements for 1,000 generations",
      sustained.statementsPerThousand === null
        ? "not counted"
        : sustained.statementsPerThousand.toFixed(1),
    ],
    [
      "WAL a generation",
      `${count(sustained.walBytesEach)} bytes, ${sustained.walFullPagesEach.toFixed(3)} full pages`,
    ],
  ];
  if (burst !== null) {
    rows.push(
      ["", ""],
      [
        "burst",
        `${count(burst.burstPerSecond)} a second for ${burst.burstSeconds} s, in a feed of ${count(burst.basePerSecond)} a second`,
      ],
      ["lag before it", `${burst.baseLagSecondsMax.toFixed(2)} s at most`],
      ["lag because of it", `${burst.lagSecondsMax.toFixed(1)} s at most`],
      ["handed to the queue", afterItsEnd(burst.handOverSeconds)],
      ["lag below 1 s again", afterItsEnd(burst.drainSeconds)],
    );
  }
  const lines = rows.map(([name, value]) => (name === "" ? "" : `${name.padEnd(34)}${value}`));
  for (const { generations, sums, differences, checks } of checked) {
    lines.push("", `After ${count(generations)} generations of $0.0000036, in USD:`);
    for (const { what, expected, got } of sums)
      lines.push(
        `  ${what.padEnd(42)}${got.padEnd(14)}${got === expected ? "exact" : `WRONG, ${expected} expected`}`,
      );
    lines.push(
      `  ${"differences of any organization or key,".padEnd(42)}`,
      `  ${`and of ${checks} checks of the books`.padEnd(42)}${differences.length}`,
      ...differences.slice(0, 20).map((difference) => `    ${difference}`),
    );
  }
  return lines.join("\n");
}

const count = (value: number): string => Math.round(value).toLocaleString("en-US");
const afterItsEnd = (seconds: number | null): string =>
  seconds === null ? "not within 3 minutes" : `${seconds.toFixed(1)} s after its end`;
const micros = (value: number | null): string => (value === null ? "?" : `${value.toFixed(1)} µs`);
const cores = (each: number | null, perSecond: number): string =>
  each === null ? "not seen" : `${((each * perSecond) / 1_000_000).toFixed(2)} cores`;
