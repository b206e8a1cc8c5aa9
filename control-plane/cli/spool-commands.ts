/** `turnpike spool …`: what gateways keep on disk until it is booked. Reads DATA_DIR itself, so it needs nothing that runs. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { livesIn, readLife, type Life } from "#schema/spool/life.ts";
import { finalsIn } from "../spool/finals-in.ts";
import { inspectLife, type DamagedSegment, type LifeReport } from "../spool/inspect-life.ts";
import { addCommand, addRoom, print, type Cli } from "./command.ts";
import { dataDirOf, withAdmin } from "./connection.ts";
import { CliError, UsageError, type CliContext } from "./context.ts";
import { table } from "./table.ts";

type Selection = { gateway?: string; life?: string };

export function addSpoolCommands({ program, context }: Cli): void {
  const room = addRoom(program, "spool", "what gateways keep on disk: inspect, replay", [
    "spool inspect",
    "spool replay --since 2026-11-24T00:00:00Z",
  ]);

  addCommand(
    room,
    "inspect",
    "what each life of each gateway holds, has shipped and left open, and whether its files are sound",
    ["spool inspect", "spool inspect --gateway gateway-1 --json", "spool inspect --records"],
  )
    .option("--gateway <name>", "one gateway, such as gateway-1")
    .option("--life <id>", "one life of a gateway, such as gw_4fZb…")
    .option("--records", "print every record, one JSON object a line")
    .action((options: Selection & { records?: boolean; json?: boolean }) => {
      const lives = selectLives(context, options);
      if (options.records) return printRecords(context, lives);
      const reports = lives.map(inspectLife);
      print(context, options, reports, () =>
        reports.length === 0
          ? "Nothing was metered here yet.\n"
          : `${table(reports, columns, context.width)}${reports.flatMap((report) => [...report.damaged.map(whatToDo), ...whatIsMissing(report)]).join("")}`,
      );
    });

  addCommand(
    room,
    "replay",
    "book everything again that the kept spools hold; what is booked already stays as it is",
    [
      "spool replay",
      "spool replay --gateway gateway-1 --since 2026-11-24T00:00:00Z",
      "spool replay --life gw_4fZb1example --json",
    ],
  )
    .option("--gateway <name>", "one gateway, such as gateway-1")
    .option("--life <id>", "one life of a gateway, such as gw_4fZb…")
    .option(
      "--since <instant>",
      "only what was admitted from then on, such as 2026-11-24T00:00:00Z",
    )
    .action(async (options: Selection & { since?: string; json?: boolean }) => {
      const lives = selectLives(context, options);
      const since = options.since === undefined ? null : parseInstant(options.since);
      const result = await replay(context, lives, since);
      const { booked, repeated, conflicting, refused, damaged } = result;
      print(context, options, result, () =>
        [
          `booked         ${booked}\n`,
          `already there  ${repeated}\n`,
          `conflicting    ${conflicting}${conflicting > 0 ? "  (kept in the table posting_conflicts; what is booked stands)" : ""}\n`,
          ...(refused.length > 0 ? [`refused        ${refused.length}\n`] : []),
          ...refused.map(({ id, reason }) => `    ${id ?? "no id"}: ${reason}\n`),
          ...damaged.map(whatToDo),
        ].join(""),
      );
      const troubles = [
        ...(refused.length > 0 ? [`${refused.length} record(s) were refused`] : []),
        ...(damaged.length > 0
          ? [`${damaged.length} segment(s) are damaged; everything before the damage was replayed`]
          : []),
      ];
      if (troubles.length > 0) throw new CliError(troubles.join(", and "));
    });
}

/** @throws {CliError} when there is no spool here, or nothing of that name in it. */
function selectLives(context: CliContext, { gateway, life }: Selection): Life[] {
  const dataDir = dataDirOf(context);
  if (!existsSync(join(dataDir, "spool")))
    throw new CliError(
      `there is no spool in ${dataDir}; name another installation's folder with DATA_DIR=…`,
    );
  const all = livesIn(dataDir);
  const selected = all.filter(
    (each) =>
      (gateway === undefined || each.gateway === gateway) &&
      (life === undefined || each.id === life),
  );
  if (selected.length === 0 && all.length > 0)
    throw new CliError(
      `no ${life === undefined ? `gateway ${gateway}` : `life ${life}`} has a spool in ${dataDir}; those that do: ${[...new Set(all.map((each) => (life === undefined ? each.gateway : each.id)))].join(", ")}`,
    );
  return selected;
}

type Replayed = {
  booked: number;
  repeated: number;
  conflicting: number;
  refused: { id: string | null; reason: string }[];
  damaged: DamagedSegment[];
};

async function replay(
  context: CliContext,
  lives: readonly Life[],
  since: Date | null,
): Promise<Replayed> {
  const total: Replayed = { booked: 0, repeated: 0, conflicting: 0, refused: [], damaged: [] };
  let done = 0;
  const show = (text: string): void => {
    if (context.width !== null) context.writeError(`\r${text.padEnd(context.width - 1)}`);
  };
  await withAdmin(context, async (admin) => {
    for (const [at, life] of lives.entries()) {
      for (const records of finalsIn(life, { since })) {
        const part = await admin.spool.replay.mutate({ records });
        total.booked += part.booked;
        total.repeated += part.repeated;
        total.conflicting += part.conflicting;
        total.refused.push(...part.refused);
        done += records.length;
        show(`${life.gateway}, life ${at + 1} of ${lives.length}: ${done} records`);
      }
      total.damaged.push(...inspectLife(life).damaged);
    }
  });
  if (context.width !== null) context.writeError(`\r${" ".repeat(context.width - 1)}\r`);
  return total;
}

function printRecords(context: CliContext, lives: readonly Life[]): void {
  for (const { gateway, id: life, folder } of lives) {
    for (const { segment, records } of readLife(folder)) {
      for (const { type, payload, end } of records) {
        const record: unknown = JSON.parse(payload.toString("utf8"));
        context.write(`${JSON.stringify({ gateway, life, segment, end, type, record })}\n`);
      }
    }
  }
}

const columns = [
  { title: "GATEWAY", value: (row: LifeReport) => row.gateway },
  { title: "LIFE", value: (row: LifeReport) => row.life, flexible: true },
  { title: "STATE", value: (row: LifeReport) => (row.closed ? "closed" : "open") },
  { title: "SEGMENTS", value: (row: LifeReport) => row.segments, align: "right" as const },
  {
    title: "MB",
    value: (row: LifeReport) => (row.bytes / 1e6).toFixed(1),
    align: "right" as const,
  },
  { title: "INTENTS", value: (row: LifeReport) => row.intents, align: "right" as const },
  { title: "FINALS", value: (row: LifeReport) => row.finals, align: "right" as const },
  { title: "OPEN", value: (row: LifeReport) => row.open, align: "right" as const },
  { title: "UNSHIPPED", value: (row: LifeReport) => row.unshipped, align: "right" as const },
  { title: "OLDEST", value: (row: LifeReport) => ageOf(row.oldestUnshippedAt) },
  {
    title: "SHIPPED UP TO",
    value: ({ shippedTo }: LifeReport) => `${shippedTo.segment}:${shippedTo.offset}`,
  },
  {
    title: "FILES",
    value: (row: LifeReport) =>
      row.damaged.length > 0
        ? "DAMAGED"
        : row.missing > 0
          ? `${row.missing} MISSING`
          : row.torn
            ? "torn end"
            : "sound",
  },
];

function ageOf(instant: string | null): string {
  if (instant === null) return "–";
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(instant)) / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7_200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}

function whatToDo({ file, at, soundAgainAt, finalsBehind }: DamagedSegment): string {
  return [
    `\n${file} is damaged from byte ${at} to byte ${soundAgainAt} (or further).\n`,
    `  Copy the folder away, then book what stands before the damage: turnpike spool replay\n`,
    finalsBehind.length === 0
      ? "  No final stands whole behind it.\n"
      : `  Behind it stand ${finalsBehind.length} final(s), which are not replayed: ${finalsBehind.slice(0, 20).join(", ")}${finalsBehind.length > 20 ? " …" : ""}\n`,
    `  The leases of this life stay out until you end it: turnpike gateways forfeit\n`,
  ].join("");
}

function whatIsMissing({ gateway, life, missing, damaged }: LifeReport): string[] {
  if (missing === 0) return [];
  return [
    `\n${missing} final(s) of ${gateway}, life ${life}, were written and are not in its files${damaged.length > 0 ? "; the damage above may be why" : ": was a segment deleted?"}\n`,
    "  The life is not closed before as many are booked as were written. If they are lost: turnpike gateways forfeit\n",
  ];
}

function parseInstant(text: string): Date {
  const at = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(at.getTime()))
    throw new UsageError(
      `--since: expected an instant such as 2026-11-24T00:00:00Z, got ${JSON.stringify(text)}`,
    );
  return at;
}
