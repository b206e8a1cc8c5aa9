// A run's result as people read it.

import { faultKinds, type FaultKind } from "./schedule.ts";
import type { Result } from "./torture.ts";
import { countOf } from "./verdict.ts";

const linesMax = 8; // of one sentence; the folder is kept for the others

export function report(result: Result): string {
  const { findings } = result;
  const rows = findings.map(({ sentence, looked, violations }) =>
    [
      violations.length === 0 ? "  ok   " : "  BAD  ",
      String(looked).padStart(8),
      String(violations.length).padStart(6),
      `  ${sentence}`,
      ...violations.slice(0, linesMax).map((line) => `\n${" ".repeat(25)}${line}`),
      violations.length > linesMax
        ? `\n${" ".repeat(25)}and ${violations.length - linesMax} more`
        : "",
    ].join(""),
  );
  const faults = [...result.faults].map(
    ([kind, times]: [FaultKind, number]) =>
      `  ${String(times).padStart(5)}  ${faultKinds[kind].says}`,
  );
  const killed = [...result.killed].map(([victim, times]) => `${times} × ${victim}`);
  const statuses = [...result.statuses].map(([account, times]) => {
    const words = [...times]
      .toSorted(([, a], [, b]) => b - a)
      .map(([status, count]) => `${count} × ${status ?? "no head"}`);
    return `  ${account.padEnd(8)} ${words.join(", ")}`;
  });
  return [
    `${result.kills} kills in all: ${killed.join(", ")}`,
    ...faults,
    ...(result.forfeit
      ? [
          `one gateway lost its folder and was forfeited: ${result.forfeit.leases} leases went back, ${result.forfeit.lost} requests were lost with it`,
        ]
      : []),
    `${result.asked} requests, ${result.whole} answered whole; by account:`,
    ...statuses,
    `${result.generations} generations booked, ${result.recovered} of them closed after their gateway died; settled in ${(result.settledMs / 1_000).toFixed(1)} s`,
    "",
    "           looked   off",
    ...rows,
    "",
    `${countOf(findings, "lost")} lost, ${countOf(findings, "doubled")} doubled, ${countOf(findings, "wrong")} wrong`,
  ].join("\n");
}
