// Runs one uvu file in a process of its own and says how it went, trusting nothing but the totals.
//
// uvu exits 0 when a before hook throws, when an after.each hook throws, and when a suite never
// calls .run(); the totals it prints still tell the truth.

import { spawn } from "node:child_process";

export type Summary = { passed: number; failed: number; skipped: number };
export type FileResult = Summary & { file: string; output: string; durationMs: number };

/**
 * Runs `file` with this Node. Never rejects: a crash, a time-out or a silence is a failed result.
 * The file gets its own process group, so what it started is ended with it.
 */
export function runFile(
  file: string,
  options: { timeoutMs: number; environment: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<FileResult> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const child = spawn(process.execPath, [file], {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...options.environment, FORCE_COLOR: "0" },
    });

    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));

    const timer = setTimeout(() => {
      output += `\n  Killed after ${options.timeoutMs / 1000} s without an end.\n`;
      killGroup(child.pid);
    }, options.timeoutMs);
    const onAbort = () => killGroup(child.pid);
    options.signal?.addEventListener("abort", onAbort);

    let grace: NodeJS.Timeout | undefined;
    let done = false;
    const finish = (exitCode: number | null) => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      clearTimeout(grace);
      options.signal?.removeEventListener("abort", onAbort);
      killGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
      const durationMs = performance.now() - startedAt;
      resolve({ file, output, durationMs, ...summarise(output, exitCode) });
    };
    child.on("error", (error) => {
      output += `\n  Could not be started: ${error.message}\n`;
      finish(null);
    });
    child.on("close", finish);
    // A grandchild that outlives the file keeps the pipes open, and "close" never comes.
    child.on("exit", (exitCode) => {
      grace = setTimeout(() => finish(exitCode), 1_000);
    });
  });
}

/**
 * What a finished uvu process says about itself. Every summary counts, not only the last: uvu
 * prints one more when a suite is run after an await, and the later one then resets its exit code.
 * A process that counted nothing, or that failed without counting a failure, is one failure.
 */
export function summarise(output: string, exitCode: number | null): Summary {
  const printed = output.matchAll(
    /^ {2}Total: {5}(\d+)\r?\n {2}Passed: {4}(\d+)\r?\n {2}Skipped: {3}(\d+)\r?$/gm,
  );
  let total = 0;
  let passed = 0;
  let skipped = 0;
  for (const [, totalText, passedText, skippedText] of printed) {
    total += Number(totalText);
    passed += Number(passedText);
    skipped += Number(skippedText);
  }
  let failed = total - passed;
  const nothingCounted = total === 0 && skipped === 0;
  if (nothingCounted || (exitCode !== 0 && failed === 0)) failed += 1;
  return { passed, failed, skipped };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // ESRCH: the whole group has ended by itself, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
