/** A refusal in the shape that both OpenAI's own clients and OpenRouter's read. */
import type { Refusal } from "../refusal.ts";

/**
 * The contract's error (openrouter-api.md 3.3: an integer code that equals the status) with what OpenAI's error classes show
 * beside it: `type`, and `param`, the field that is at fault.
 */
export function openaiRefusal(refusal: Refusal): string {
  const { error } = refusal.body();
  const { field } = refusal.metadata;
  return JSON.stringify({
    error: {
      ...error,
      type: typeOf(refusal.status),
      param: typeof field === "string" ? field : null,
    },
  });
}

function typeOf(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}
