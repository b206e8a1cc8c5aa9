/**
 * Every way to end without an answer. A refusal is thrown and caught once, in `server.ts`; its order of precedence is
 * the order of the steps in `generate.ts`: route, credential, body, model, endpoint, money, upstream.
 */
export type ErrorType =
  | "invalid_request"
  | "invalid_prompt"
  | "context_length_exceeded"
  | "authentication"
  | "payment_required"
  | "permission_denied"
  | "not_found"
  | "timeout"
  | "payload_too_large"
  | "rate_limit_exceeded"
  | "server"
  | "provider_unavailable"
  | "provider_overloaded"
  | "content_policy_violation";

export type RefusalDetails = {
  status: number;
  type: ErrorType;
  message: string;
  metadata?: Record<string, unknown>;
  headers?: Record<string, string>;
  cause?: unknown;
};

export class Refusal extends Error {
  readonly status: number;
  readonly type: ErrorType;
  readonly metadata: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor({ status, type, message, metadata = {}, headers = {}, cause }: RefusalDetails) {
    super(message, { cause });
    this.status = status;
    this.type = type;
    this.metadata = metadata;
    this.headers = headers;
  }

  /** The contract's shape (openrouter-api.md 3.3): an integer code that equals the HTTP status. */
  body(): { error: { code: number; message: string; metadata: Record<string, unknown> } } {
    return {
      error: {
        code: this.status,
        message: this.message,
        metadata: { error_type: this.type, ...this.metadata },
      },
    };
  }
}

/** 400 about one field: which, what was expected, and what came (nothing, when the field is missing). */
export const invalid = (field: string, expected: string, got: unknown): Refusal =>
  new Refusal({
    status: 400,
    type: "invalid_request",
    message: `${field}: expected ${expected}, got ${brief(got)}`,
    metadata: { field },
  });

/** A value in at most 60 characters, for an error text. */
export function brief(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** 503 for trouble of our own: never a 401 or 402 (reliability.md P-14). */
export const unavailable = (message: string, cause?: unknown): Refusal =>
  new Refusal({
    status: 503,
    type: "provider_overloaded",
    message,
    headers: { "retry-after": "5" },
    cause,
  });
