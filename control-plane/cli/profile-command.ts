/** `turnpike profile`: where the time of a running gateway goes, and its memory. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { addCommand, print, type Cli } from "./command.ts";
import { dataDirOf } from "./connection.ts";
import { CliError, UsageError, type CliContext } from "./context.ts";
import { table } from "./table.ts";

const secondsMax = 120;
const shownMax = 15;
const answerMsMax = 20_000; // beyond the seconds asked for

const place = z.object({ profile: z.string().startsWith("http://127.0.0.1:"), pid: z.number() });
const callFrame = z.object({
  functionName: z.string(),
  url: z.string(),
  lineNumber: z.number(),
});
const answer = z.object({
  gateway: z.string(),
  pid: z.number(),
  startedAt: z.string(),
  seconds: z.number(),
  requests: z.number(),
  cpuMicroseconds: z.number(),
  memory: z.object({
    rss: z.number(),
    heapUsed: z.number(),
    heapUsedBefore: z.number(),
    heapTotal: z.number(),
    heapLimit: z.number(),
    external: z.number(),
    arrayBuffers: z.number(),
    spaces: z.array(z.object({ name: z.string(), used: z.number(), size: z.number() })),
  }),
  cpu: z.looseObject({
    nodes: z.array(z.looseObject({ id: z.number(), callFrame })),
    samples: z.array(z.number()),
    timeDeltas: z.array(z.number()),
  }),
  heap: z.looseObject({}),
});
type Answer = z.infer<typeof answer>;
type Line = { function: string; place: string; microseconds: number };

export function addProfileCommand({ program, context }: Cli): void {
  addCommand(
    program,
    "profile",
    "sample a running gateway: a CPU profile, a heap profile and a summary, written as files",
    [
      "profile --seconds 10",
      "profile --seconds 30 --gateway gateway-2 --out /tmp",
      "profile --seconds 5 --json",
    ],
  )
    .option("--seconds <number>", `how long, from 1 to ${secondsMax}`, "10")
    .option("--gateway <name>", "one gateway, such as gateway-1; the first that runs if left out")
    .option("--out <folder>", "where the files go; the working folder if left out", ".")
    .action(async (options: { seconds: string; gateway?: string; out: string; json?: boolean }) => {
      const seconds = Number(options.seconds);
      if (!Number.isInteger(seconds) || seconds < 1 || seconds > secondsMax)
        throw new UsageError(
          `--seconds: expected a whole number from 1 to ${secondsMax}, got ${options.seconds}`,
        );
      const { name, url } = findGateway(context, options.gateway ?? null);
      if (!options.json)
        context.write(`Sampling ${name} for ${seconds} s; it goes on serving meanwhile.\n`);
      const taken = await take(name, url, seconds);
      const files = writeFiles(resolve(context.folder, options.out), taken);
      const lines = linesOf(taken);
      const { cpu: _cpu, heap: _heap, ...summary } = taken;
      print(context, options, { ...summary, top: lines, files }, () =>
        describe(taken, lines, files, context.width),
      );
    });
}

/** @throws {CliError} when none runs here, or not the one that was named. */
function findGateway(context: CliContext, asked: string | null): { name: string; url: string } {
  const folder = join(dataDirOf(context), "gateways");
  const living = gatewaysIn(folder).filter(({ pid }) => isAlive(pid));
  const found = asked === null ? living[0] : living.find(({ name }) => name === asked);
  if (found) return found;
  if (living.length > 0)
    throw new CliError(
      `no gateway ${asked} runs from this folder; there ${living.length === 1 ? "is" : "are"} ${living.map(({ name }) => name).join(", ")}`,
    );
  throw new CliError(
    `no gateway runs from ${dataDirOf(context)}; a profile is of a running one: turnpike start`,
  );
}

function gatewaysIn(folder: string): { name: string; url: string; pid: number }[] {
  let files: string[];
  try {
    files = readdirSync(folder)
      .filter((file) => file.endsWith(".json"))
      .toSorted();
  } catch {
    return []; // never started
  }
  return files.flatMap((file) => {
    const parsed = place.safeParse(readJson(join(folder, file)));
    return parsed.success
      ? [{ name: file.slice(0, -".json".length), url: parsed.data.profile, pid: parsed.data.pid }]
      : [];
  });
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null; // being written
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function take(name: string, url: string, seconds: number): Promise<Answer> {
  const response = await fetch(`${url}?seconds=${seconds}`, {
    method: "POST",
    headers: { "x-turnpike": "profile" },
    signal: AbortSignal.timeout(seconds * 1_000 + answerMsMax),
  }).catch((cause: unknown) => {
    throw new CliError(`${name} did not answer: ${cause instanceof Error ? cause.message : ""}`, {
      cause,
    });
  });
  const body: unknown = await response.json();
  if (response.ok) return answer.parse(body);
  const { error } = z.object({ error: z.string() }).parse(body);
  throw new CliError(`${name}: ${error}`);
}

function writeFiles(folder: string, { cpu, heap, ...summary }: Answer): string[] {
  const base = join(
    folder,
    `${summary.gateway}-${summary.startedAt.slice(0, 19).replaceAll(/[:T]/g, "-")}`,
  );
  const written: [string, object][] = [
    [`${base}.cpuprofile`, cpu],
    [`${base}.heapprofile`, heap],
    [`${base}.json`, summary],
  ];
  for (const [path, value] of written) {
    try {
      writeFileSync(path, JSON.stringify(value), { flag: "wx" });
    } catch (cause) {
      throw new CliError(`--out: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    }
  }
  return written.map(([path]) => path);
}

/** What ran, longest first, by the time that a function itself was on top. */
function linesOf({ cpu }: Answer): Line[] {
  const frames = new Map(cpu.nodes.map((node) => [node.id, node.callFrame]));
  const lines = new Map<string, Line>();
  for (const [at, id] of cpu.samples.entries()) {
    const frame = frames.get(id);
    if (!frame) continue;
    const where = frame.url === "" ? "" : `${shortened(frame.url)}:${frame.lineNumber + 1}`;
    const name = frame.functionName || "(anonymous)";
    const line = lines.get(`${name} ${where}`) ?? { function: name, place: where, microseconds: 0 };
    line.microseconds += cpu.timeDeltas[at] ?? 0;
    lines.set(`${name} ${where}`, line);
  }
  return [...lines.values()].toSorted((a, b) => b.microseconds - a.microseconds);
}

const shortened = (url: string): string =>
  url
    .replace(/^file:\/\//, "")
    .replace(/^.*\/(?=(data-plane|schema|control-plane|node_modules)\/)/, "");

function describe(
  taken: Answer,
  lines: readonly Line[],
  files: readonly string[],
  width: number | null,
): string {
  const total = lines.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const busy = lines.filter((line) => line.function !== "(idle)");
  const idle = lines.find((line) => line.function === "(idle)")?.microseconds ?? 0;
  const percent = (part: number, whole: number): string =>
    whole === 0 ? "–" : `${((part / whole) * 100).toFixed(1)} %`;
  const { memory, requests, cpuMicroseconds, seconds } = taken;
  const each = requests === 0 ? "" : `, ${Math.round(cpuMicroseconds / requests)} µs of CPU each`;
  return [
    `\n${taken.gateway} (pid ${taken.pid}): ${requests} requests in ${seconds} s${each}; its thread was busy ${percent(total - idle, total)} of the time.\n`,
    busy.length === 0
      ? ""
      : `\n${table(
          busy.slice(0, shownMax),
          [
            {
              title: "SELF",
              value: (line) => percent(line.microseconds, total - idle),
              align: "right",
            },
            { title: "FUNCTION", value: (line) => line.function },
            { title: "WHERE", value: (line) => line.place, flexible: true },
          ],
          width,
        )}`,
    `\nmemory  ${megabytes(memory.rss)} resident; heap ${megabytes(memory.heapUsed)} of ${megabytes(memory.heapTotal)} used (${megabytes(memory.heapUsedBefore)} before), limit ${megabytes(memory.heapLimit)}; buffers ${megabytes(memory.arrayBuffers)}\n`,
    `\n${files.map((file) => `${file}\n`).join("")}`,
    "Open .cpuprofile and .heapprofile in VS Code, or in Chrome's DevTools (Performance, Memory).\n",
  ].join("");
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
