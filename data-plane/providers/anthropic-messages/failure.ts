/** Anthropic's errors, where its own words say more than status and text do (contract/anthropic-messages.md 4.2). */
import type { Failure } from "../../operations/chat.ts";
import { failureInside, failureOfAnswer } from "../failures.ts";
import type { UpstreamHeaders } from "../wire-protocol.ts";
import { isObject } from "../../operations/json-value.ts";

/** The status that an error's type stands for, because inside a stream there is no other. */
const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** Spend limits come as 400 or as 429, and neither is the client's fault nor over in a minute. */
const spent = /spend limit|spending limit|usage limits?\b|credit balance/i;
/** Newest models refuse everything of an organization that keeps prompts for less than 30 days: ours, not the client's. */
const retention = /data retention|retention (?:period|policy)/i;
const tooLong = /exceed context limit|prompt is too long/i;

export function decodeFailure(status: number, headers: UpstreamHeaders, body: string): Failure {
  const failure = failureOfAnswer(status, headers, body);
  return refined(failure, status, errorOf(parse(body)));
}

/** An `error` event, or an error that came as a success. */
export function failureOfError(parsed: Record<string, unknown>): Failure {
  const error = errorOf(parsed);
  const status = statuses[String(error["type"])] ?? 500;
  return refined(failureInside({ error: { ...error, code: status } }), status, error);
}

function refined(failure: Failure, status: number, error: Record<string, unknown>): Failure {
  const message = typeof error["message"] === "string" ? error["message"] : "";
  const details = isObject(error["details"]) ? error["details"] : {};
  const code = typeof details["error_code"] === "string" ? details["error_code"] : "";
  const type = error["type"];
  const as = (kind: Failure["kind"]): Failure => ({ ...failure, kind });
  if (type === "billing_error" || /spend_limit|credit/.test(code)) return as("billing");
  if ((status === 400 || status === 403 || status === 429) && spent.test(message))
    return as("billing");
  if (status === 400 && tooLong.test(message)) return as("context-length");
  if (status === 400 && retention.test(message)) return as("auth");
  if (status === 413) return as("payload-too-large");
  if (status === 409) return as("server");
  if (type === "permission_error" || type === "authentication_error") return as("auth");
  if (type === "rate_limit_error") return as("rate-limit");
  if (type === "overloaded_error") return as("overloaded");
  if (type === "timeout_error") return as("timeout");
  return failure;
}

const errorOf = (parsed: unknown): Record<string, unknown> => {
  if (!isObject(parsed)) return {};
  return isObject(parsed["error"]) ? parsed["error"] : parsed;
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
