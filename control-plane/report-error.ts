/** One JSON line to standard error: where, what, and why. Secrets never get here: errors carry no request bodies. */
export function reportError(at: string, error: unknown): void {
  const chain: string[] = [];
  for (
    let cause = error, depth = 0;
    cause instanceof Error && depth < 5;
    cause = cause.cause, depth++
  ) {
    // A failed query's own message repeats its parameters, among them hashes and sealed credentials.
    chain.push(
      cause.name === "DrizzleQueryError" || "query" in cause
        ? "a query failed"
        : cause.message.slice(0, 1_000),
    );
  }
  const stack = error instanceof Error ? frames(error) : undefined;
  process.stderr.write(
    `${JSON.stringify({ level: "error", at, message: chain.join(": ") || String(error).slice(0, 1_000), stack })}\n`,
  );
}

/** The same for something that nobody did wrong and somebody should know. */
export function reportWarning(at: string, message: string): void {
  process.stderr.write(`${JSON.stringify({ level: "warn", at, message })}\n`);
}

const frames = (error: Error): string[] =>
  (error.stack ?? "")
    .split("\n")
    .filter((line) => line.startsWith("    at "))
    .slice(0, 8)
    .map((line) => line.trim());
