/** What a client is told when every attempt failed: the last failure, the provider's own words, and the ones before it. */
import type { Failure, FailureKind } from "./operations/chat.ts";
import { Refusal, type ErrorType } from "./refusal.ts";
import type { Choice } from "./route.ts";

/** Our credential's trouble is never shown as the client's (reliability.md P-14). */
const told = {
  auth: { status: 502, type: "provider_unavailable" },
  billing: { status: 502, type: "provider_unavailable" },
  "rate-limit": { status: 429, type: "rate_limit_exceeded" },
  overloaded: { status: 503, type: "provider_overloaded" },
  timeout: { status: 504, type: "timeout" },
  server: { status: 502, type: "provider_unavailable" },
  "context-length": { status: 400, type: "context_length_exceeded" },
  "content-policy": { status: 403, type: "content_policy_violation" },
  "payload-too-large": { status: 413, type: "payload_too_large" },
  unsupported: { status: 400, type: "invalid_request" },
  "invalid-request": { status: 400, type: "invalid_request" },
  "model-gone": { status: 404, type: "not_found" },
  "client-gone": { status: 499, type: "invalid_request" },
} as const satisfies Record<FailureKind, { status: number; type: ErrorType }>;

export function refusalOf(failures: readonly { choice: Choice; failure: Failure }[]): Refusal {
  const last = failures.at(-1);
  if (!last)
    return new Refusal({
      status: 503,
      type: "provider_overloaded",
      message: "No provider could be asked",
    });
  const { choice, failure } = last;
  const { status, type } = told[failure.kind];
  const provider = choice.endpoint.provider.name;
  const ours = failure.kind === "auth" || failure.kind === "billing";
  const message = ours
    ? `${provider} refused this gateway's own ${failure.kind === "auth" ? "credential" : "account"}; the operator has to look after it`
    : `${provider}: ${failure.text}`;
  return new Refusal({
    status,
    type,
    message,
    metadata: {
      provider_name: provider,
      // Text, and absent when the provider gave none: `@openrouter/sdk` refuses a number here.
      ...(failure.status === null ? {} : { provider_code: String(failure.status) }),
      ...(ours ? {} : { raw: failure.text }),
      ...(failures.length > 1
        ? {
            previous_errors: failures.slice(0, -1).map((one) => ({
              provider: one.choice.endpoint.provider.name,
              code: one.failure.status ?? told[one.failure.kind].status,
              status: one.failure.kind,
            })),
          }
        : {}),
    },
    headers:
      failure.retryAfterSeconds === null || (status !== 429 && status !== 503)
        ? {}
        : { "retry-after": String(failure.retryAfterSeconds) },
  });
}
