/** What a provider's refusal means, whatever shape it comes in (contract/providers.md section 3). Pure. */
import type { Failure, FailureKind } from "../operations/chat.ts";
import type { UpstreamHeaders } from "./wire-protocol.ts";

/** An answer that is not a success. */
export function failureOfAnswer(status: number, headers: UpstreamHeaders, body: string): Failure {
  const failure = failureOf(status, parseObject(body) ?? {}, body);
  return { ...failure, retryAfterSeconds: retryAfter(headers) };
}

/** What a provider says is wrong inside an answer or stream that began as a success. */
export const failureInside = (parsed: Record<string, unknown>): Failure => failureOf(200, parsed);

/** An answer that breaks the provider's own protocol. */
export const garbled = (text: string): Failure => ({
  kind: "server",
  status: 200,
  text,
  retryAfterSeconds: null,
});

const contextSignatures =
  /context[ _-]?length|maximum context|context window|too many tokens|prompt is too long|input is too long|exceeds the (model'?s )?(maximum|limit)/i;
const billingSignatures =
  /insufficient[ _]?(quota|balance|credit)|exceeded your current quota|credit balance is too low|arrearage/i;
const overloadSignatures = /overloaded|high demand|at capacity|model busy|server_busy/i;

function failureOf(status: number, parsed: Record<string, unknown>, raw = ""): Failure {
  const error = isObject(parsed["error"]) ? parsed["error"] : parsed;
  const message =
    typeof parsed["error"] === "string"
      ? parsed["error"]
      : typeof error["message"] === "string"
        ? error["message"]
        : raw;
  const words = `${message} ${textOf(error["code"])} ${textOf(error["type"])}`;
  const code =
    typeof error["code"] === "number" &&
    error["code"] >= 400 &&
    error["code"] < 600 &&
    status === 200
      ? error["code"]
      : status;
  return {
    kind: kindOf(code, words),
    status,
    text: redact(message.trim() || `HTTP ${status}`).slice(0, 1000),
    retryAfterSeconds: null,
  };
}

function kindOf(status: number, words: string): FailureKind {
  if (billingSignatures.test(words) || status === 402) return "billing";
  if (status === 401 || status === 403)
    return /content|moderation|policy|flagged/i.test(words) ? "content-policy" : "auth";
  if (status === 429) return "rate-limit";
  if (status === 529 || status === 503 || overloadSignatures.test(words)) return "overloaded";
  if (status === 408 || status === 504 || status === 522 || status === 524) return "timeout";
  if (status === 404 || status === 410) return "model-gone";
  if (status >= 400 && status < 500) {
    if (contextSignatures.test(words)) return "context-length";
    if (/content_filter|content policy|data_inspection/i.test(words)) return "content-policy";
    return "invalid-request";
  }
  return "server";
}

/** Anything shaped like a key, ours or a provider's, is not passed on (reliability.md U7). */
const redact = (text: string): string =>
  text.replace(/\b(sk|pk|key|gsk|xai|api)[-_][\w-]{12,}/gi, "[redacted]");

function retryAfter(headers: UpstreamHeaders): number | null {
  const value = headers["retry-after"];
  if (typeof value !== "string") return null;
  const seconds = /^\d{1,9}(\.\d+)?$/.test(value) ? Math.ceil(+value) : NaN;
  return Number.isFinite(seconds) ? Math.min(seconds, 3_600) : null;
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";
