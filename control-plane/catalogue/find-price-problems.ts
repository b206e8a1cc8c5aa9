import type { Meter } from "#schema/meters.ts";
import { formatHours, overlap, parseHours } from "#schema/money/hours.ts";
import { unitPrice, type PriceLine } from "#schema/money/price.ts";
import type { PriceSide } from "#schema/tables/catalogue.ts";
import { wordOf, type PricePath } from "./price-list.ts";

export type PriceProblem = { path: PricePath; message: string };

const linesMax = 400;

/**
 * What is wrong with lines that are each right by themselves, so that of every usage at every instant it is plain what
 * it costs: two lines for one thing, hours that overlap, a condition without the lengths that hold outside it, and on
 * the charge side a list or a service tier without input or output. Empty when all is well.
 * @param pathOf where the line of an index was written.
 */
export function findPriceProblems(
  lines: readonly PriceLine[],
  { side, pathOf }: { side?: PriceSide | undefined; pathOf: (at: number) => PricePath },
): PriceProblem[] {
  if (lines.length > linesMax)
    return [{ path: [], message: `expected at most ${linesMax} prices, got ${lines.length}` }];
  const problems: PriceProblem[] = [
    ...findTwice(lines, pathOf),
    ...findOverlaps(lines, pathOf),
    ...findMissingLengths(lines, pathOf),
  ];
  if (side === "charge" && problems.length === 0) problems.push(...findIncomplete(lines));
  return problems;
}

/** A line's condition in words, with the edge of its tier: "input above 200,000 input tokens at mon 08:00-18:00". */
export function nameLine(line: PriceLine): string {
  return [
    wordOf(line.meter),
    ...(line.serviceTier ? [`of service tier ${line.serviceTier}`] : []),
    ...(line.hours ? [`at ${line.hours} UTC`] : []),
    ...(line.aboveInputTokens > 0
      ? [`above ${line.aboveInputTokens.toLocaleString("en-US")} input tokens`]
      : []),
  ].join(" ");
}

type PathOf = (at: number) => PricePath;

function findTwice(lines: readonly PriceLine[], pathOf: PathOf): PriceProblem[] {
  const seen = new Set<string>();
  return lines.flatMap((line, at) => {
    const name = nameLine(line);
    if (line.perUnit < 0n)
      return [{ path: pathOf(at), message: `the price for ${name} is negative` }];
    if (seen.has(name))
      return [{ path: pathOf(at), message: `is a second price for ${name}; expected one` }];
    seen.add(name);
    return [];
  });
}

function findOverlaps(lines: readonly PriceLine[], pathOf: PathOf): PriceProblem[] {
  const problems: PriceProblem[] = [];
  for (const group of groups(lines, (line) => `${line.meter} ${line.serviceTier ?? ""}`)) {
    const seen = new Map<string, ReturnType<typeof parseHours>>();
    for (const [line, at] of group) {
      if (!line.hours || seen.has(line.hours)) continue;
      const hours = parseHours(line.hours);
      const other = [...seen].find(([, earlier]) => overlap(earlier, hours))?.[0];
      if (other !== undefined)
        problems.push({
          path: pathOf(at),
          message: `its hours ${formatHours(hours)} overlap with ${other} for the same ${wordOf(line.meter)}; expected hours of which one holds at a time`,
        });
      seen.set(line.hours, hours);
    }
  }
  return problems;
}

/** A condition replaces all of a meter's lines while it holds; a length that it does not mention would be anybody's guess. */
function findMissingLengths(lines: readonly PriceLine[], pathOf: PathOf): PriceProblem[] {
  const problems: PriceProblem[] = [];
  const lengthsOf = (meter: Meter, serviceTier: string): number[] =>
    lines
      .filter(
        (line) => line.meter === meter && (line.serviceTier ?? "") === serviceTier && !line.hours,
      )
      .map((line) => line.aboveInputTokens);
  for (const group of groups(
    lines,
    (line) => `${line.meter} ${line.serviceTier ?? ""} ${line.hours ?? ""}`,
  )) {
    const [first] = group;
    if (!first) continue;
    const [{ meter, serviceTier = "", hours = "" }, at] = first;
    if (serviceTier === "" && hours === "") continue;
    const has = new Set(group.map(([line]) => line.aboveInputTokens));
    const needed = [
      ...lengthsOf(meter, ""),
      ...(hours === "" ? [] : lengthsOf(meter, serviceTier)),
    ];
    const missing = needed.find((length) => !has.has(length));
    if (missing === undefined) continue;
    const condition = [
      ...(serviceTier === "" ? [] : [`service tier ${serviceTier}`]),
      ...(hours === "" ? [] : [hours]),
    ].join(" at ");
    problems.push({
      path: pathOf(at),
      message: `${wordOf(meter)} has a price ${missing === 0 ? "for prompts of any length" : `above ${missing.toLocaleString("en-US")} input tokens`} otherwise, and none for ${condition}; a condition must give every length that the list gives without it`,
    });
  }
  return problems;
}

/** What a charge list, or a service tier of it, must have and does not. */
export function findIncomplete(lines: readonly PriceLine[]): PriceProblem[] {
  const problems: PriceProblem[] = [];
  const base = { id: "", lines: lines.filter((line) => !line.hours && !line.serviceTier) };
  for (const word of ["input", "output"] as const) {
    if (unitPrice(base, word, 0n) === null)
      problems.push({
        path: [word],
        message: 'is missing; a model without a complete price is refused, and "0" makes it free',
      });
  }
  const serviceTiers = new Set(lines.flatMap((line) => line.serviceTier || []));
  for (const tier of serviceTiers) {
    for (const word of ["input", "output"] as const) {
      // Any hour and length will do: what the tier leaves out at others, the list says without it.
      if (!lines.some((line) => line.serviceTier === tier && line.meter === word))
        problems.push({
          path: ["service_tiers", tier, word],
          message: "is missing; a service tier that is charged gives both input and output",
        });
    }
  }
  return problems;
}

function groups(
  lines: readonly PriceLine[],
  keyOf: (line: PriceLine) => string,
): Iterable<[line: PriceLine, at: number][]> {
  const indexed = lines.map((line, at): [PriceLine, number] => [line, at]);
  return Map.groupBy(indexed, ([line]) => keyOf(line)).values();
}
