import type { z } from "zod";
import { CommandError } from "../command-error.ts";
import { reportError } from "../report-error.ts";
import { isPostgresAway } from "../unavailable.ts";
import { isUnstorableText, unstorableText } from "../unstorable-text.ts";

/** The contract's words for what went wrong (openrouter-api.md 3.3). */
export type ErrorType =
  | "invalid_request"
  | "authentication"
  | "permission_denied"
  | "not_found"
  | "server"
  | "provider_overloaded"; // 503, whoever it is that cannot answer now

/** A request that is refused. The message is for its sender. */
export class Refusal extends Error {
  readonly status: number;
  readonly errorType: ErrorType;
  readonly headers: Record<string, string>;
  constructor(
    status: number,
    errorType: ErrorType,
    message: string,
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.status = status;
    this.errorType = errorType;
    this.headers = headers;
  }
}

const retryAfterSeconds = "1";

/** Any error as a refusal; one that was not written for the sender becomes a masked 500 and is logged. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof CommandError) {
    switch (error.code) {
      case "bad_request":
        return new Refusal(400, "invalid_request", error.message);
      case "unauthenticated":
        return new Refusal(401, "authentication", error.message);
      case "forbidden":
        return new Refusal(403, "permission_denied", error.message);
      case "not_found":
        return new Refusal(404, "not_found", error.message);
      case "conflict":
        return new Refusal(409, "invalid_request", error.message);
      case "unavailable":
        return away();
      default:
        return error.code satisfies never;
    }
  }
  if (isPostgresAway(error)) return away();
  if (isUnstorableText(error)) return new Refusal(400, "invalid_request", unstorableText);
  reportError("rest", error);
  return new Refusal(500, "server", "Something failed on our side; it has been logged");
}

const away = (): Refusal =>
  new Refusal(
    503,
    "provider_overloaded",
    "The database does not answer right now; ask again shortly",
    {
      "retry-after": retryAfterSeconds,
    },
  );

const problemsMax = 10;

/** 400 for what came from outside and is not what a schema expects: each field with what was expected, the first ten. */
export const malformed = ({ issues }: z.ZodError): Refusal =>
  new Refusal(
    400,
    "invalid_request",
    issues
      .slice(0, problemsMax)
      .map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": "))
      .join("; "),
  );

/** The contract's one error shape. `code` is the HTTP status as an integer: the SDK throws on anything else. */
export const errorBody = ({ status, errorType, message }: Refusal): object => ({
  error: { code: status, message, metadata: { error_type: errorType } },
});
