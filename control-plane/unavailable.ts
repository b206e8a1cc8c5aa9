import { CommandError } from "./command-error.ts";
import { LateError } from "./within.ts";

// Who says what when nothing answers; class 08 (connection exceptions) besides.
const awayCodes: ReadonlySet<string> = new Set([
  // postgres.js
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  // the socket
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  // Postgres: shut down, crashed, starting up, out of connections
  "57P01",
  "57P02",
  "57P03",
  "53300",
]);

/** Whether an error, or one that it wraps, says that Postgres is away. That says nothing about the caller: it is 503. */
export function isPostgresAway(error: unknown): boolean {
  for (
    let cause = error, depth = 0;
    cause instanceof Error && depth < 10;
    cause = cause.cause, depth++
  ) {
    if (cause instanceof LateError) return true;
    const code: unknown = "code" in cause ? cause.code : undefined;
    if (typeof code === "string" && (awayCodes.has(code) || code.startsWith("08"))) return true;
  }
  return false;
}

/** The error itself, or a CommandError `unavailable` in its place when it says that Postgres is away. */
export function asUnavailable(error: unknown): unknown {
  if (error instanceof CommandError || !isPostgresAway(error)) return error;
  return new CommandError(
    "unavailable",
    "the database does not answer right now; try again shortly, and after a command look first whether it took effect",
    { cause: error },
  );
}
