/** What Google's refusals mean (contract/providers.md 1.3, 3.1): JSON with a status word and details, sometimes in a list. */
import type { Failure, FailureKind } from "../../operations/chat.ts";
import { failureOfAnswer } from "../failures.ts";
import type { UpstreamHeaders } from "../wire-protocol.ts";
import { listOf, textOf } from "./wire.ts";
import { isObject } from "../../operations/json-value.ts";

/** A quota of a day is not back in the seconds that Google names; an hour is the longest that an endpoint rests. */
const dayQuotaRestSeconds = 3_600;

/** An answer that is not a success. */
export function failureOfGoogle(status: number, headers: UpstreamHeaders, body: string): Failure {
  const said = parse(body);
  const first: unknown = Array.isArray(said) ? said[0] : said; // streams wrap it in a list
  if (!isObject(first) || !isObject(first["error"])) return failureOfAnswer(status, headers, body);
  return refine(failureOfAnswer(status, headers, JSON.stringify(first)), first["error"], status);
}

/** An error inside a stream that began as a success. */
export function failureInStream(error: Record<string, unknown>): Failure {
  const code = typeof error["code"] === "number" ? error["code"] : 500;
  const failure = refine(failureOfAnswer(code, {}, JSON.stringify({ error })), error, code);
  return { ...failure, status: 200 };
}

function refine(failure: Failure, error: Record<string, unknown>, status: number): Failure {
  const message = textOf(error["message"]);
  const word = textOf(error["status"]);
  const details = listOf(error["details"]).filter(isObject);
  const reasons = details.map((detail) => textOf(detail["reason"]));
  const kind = kindOf(status, word, message, reasons) ?? failure.kind;
  const text = failure.text.replace(/\bAIza[\w-]{10,}/g, "[redacted]");
  const delay = details.map((detail) => secondsOf(detail["retryDelay"])).find((s) => s !== null);
  const daily =
    kind === "rate-limit" && /PerDay|per day/i.test(JSON.stringify(details).slice(0, 20_000));
  return {
    ...failure,
    kind,
    text,
    retryAfterSeconds: daily ? dayQuotaRestSeconds : (delay ?? failure.retryAfterSeconds),
  };
}

/** Null: as the status says. Bad keys are a 400 here, and every 429 speaks of "your plan and billing details". */
function kindOf(
  status: number,
  word: string,
  message: string,
  reasons: readonly string[],
): FailureKind | null {
  const reason = (...wanted: string[]): boolean => wanted.some((one) => reasons.includes(one));
  if (
    reason("API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED") ||
    /API key (not valid|expired|not found)/i.test(message)
  )
    return "auth";
  if (reason("BILLING_DISABLED") || (status === 402 && word === "RESOURCE_EXHAUSTED"))
    return "billing";
  if (/(enable billing|requires billing)/i.test(message) && status !== 429) return "billing";
  if (/location is not supported/i.test(message)) return "model-gone";
  if (/input token count.*exceeds the maximum number of tokens|token count.*exceeds/i.test(message))
    return "context-length";
  if (status === 413 || /payload size exceeds/i.test(message)) return "payload-too-large";
  switch (word) {
    case "UNAUTHENTICATED":
    case "PERMISSION_DENIED":
      return "auth";
    case "RESOURCE_EXHAUSTED":
      return "rate-limit";
    case "UNAVAILABLE":
      return "overloaded";
    case "DEADLINE_EXCEEDED":
      return "timeout";
    case "NOT_FOUND":
      return "model-gone";
    case "INTERNAL":
    case "UNKNOWN":
    case "CANCELLED":
    case "ABORTED":
      return "server";
    case "INVALID_ARGUMENT":
    case "FAILED_PRECONDITION":
    case "OUT_OF_RANGE":
      return "invalid-request";
    default:
      return null;
  }
}

/** `"17s"`, `"17.5s"` in whole seconds, at most an hour. */
function secondsOf(value: unknown): number | null {
  const [, seconds] = /^(\d{1,9}(?:\.\d+)?)s$/.exec(textOf(value)) ?? [];
  return seconds === undefined ? null : Math.min(Math.ceil(+seconds), 3_600);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
