// Runs every test file and refuses a green that is not one.
//
//   node test/run.ts             all of them
//   node test/run.ts ledger sse  those with one of these words in their path
//
// TEST_TIMEOUT_MS bounds one file; TEST_DATABASE_URL names a Postgres to use instead of starting
// one; TEST_PARALLEL is how many files run at once. The last line is "13 passed, 0 failed", and the
// exit code is 1 when anything failed or nothing was found.

import { glob } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { openDatabaseServer } from "./database-server.ts";
import { type FileResult, runFile } from "./run-file.ts";

const root = join(import.meta.dirname, "..");
const timeoutMs = Number(process.env["TEST_TIMEOUT_MS"] ?? 300_000);
const parallel = Number(process.env["TEST_PARALLEL"] ?? availableParallelism());

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => stop.abort());
}

const wanted = process.argv.slice(2);
const files = await findFiles(wanted);
if (files.length === 0) {
  console.log(`No test file matches ${wanted.join(" or ")}.`);
  console.log("0 passed, 1 failed");
  process.exit(1);
}

const startedAt = performance.now();
process.exitCode = report(await runAll(files));

async function findFiles(words: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const file of glob("test/**/*.test.ts", { cwd: root })) found.push(file);
  return found
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .sort();
}

async function runAll(queue: readonly string[]): Promise<FileResult[]> {
  const server = await openDatabaseServer().catch((error: unknown) => {
    console.log("The tests' database could not be started or migrated, so nothing was run.");
    console.log(error);
    console.log("0 passed, 1 failed");
    process.exit(1);
  });
  try {
    const environment = {
      ...process.env,
      TEST_DATABASE_URL: server.url,
      TEST_DATABASE_TEMPLATE: server.template,
    };
    const finished: FileResult[] = [];
    const waiting = [...queue];
    const worker = async () => {
      for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
        if (stop.signal.aborted) return;
        const result = await runFile(join(root, file), {
          timeoutMs,
          environment,
          signal: stop.signal,
        });
        finished.push(result);
        if (!stop.signal.aborted) tell(result);
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, parallel) }, worker));
    return finished;
  } finally {
    await server.close();
  }
}

function tell(result: FileResult): void {
  const seconds = `${(result.durationMs / 1000).toFixed(1)} s`;
  const verdict = result.failed > 0 ? `${result.failed} FAILED` : "ok";
  console.log(
    `${verdict.padEnd(9)} ${String(result.passed).padStart(4)} passed ${seconds.padStart(8)}  ${relative(root, result.file)}`,
  );
  if (result.failed > 0) console.log(`\n${result.output.trimEnd()}\n`);
}

/** Prints the totals and returns the exit code. */
function report(finished: readonly FileResult[]): number {
  const total = (count: "passed" | "failed" | "skipped") =>
    finished.reduce((sum, result) => sum + result[count], 0);
  const failed = finished.filter((result) => result.failed > 0);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);

  console.log(`\n${finished.length} files in ${seconds} s`);
  for (const result of failed) console.log(`FAILED ${relative(root, result.file)}`);
  if (stop.signal.aborted)
    console.log(`Interrupted: ${files.length - finished.length} files were not run.`);
  const failures = stop.signal.aborted ? Math.max(1, total("failed")) : total("failed");
  const skipped = total("skipped") > 0 ? `, ${total("skipped")} skipped` : "";
  console.log(`${total("passed")} passed, ${failures} failed${skipped}`);
  if (stop.signal.aborted) return 130;
  return failures > 0 ? 1 : 0;
}
