/**
 * What a provider's refusal means, whatever shape it comes in (contract/providers.md section 3): what it says is looked
 * for in every place where one of them puts it, and classed by tables (`failure-classes.ts`). Pure.
 */
import type { Failure } from "../operations/chat.ts";
import { contextOf, kindOf, type Answer } from "./failure-classes.ts";
import { headerOf, resetSeconds } from "./failure-resets.ts";
import type { UpstreamHeaders } from "./wire-protocol.ts";

const textCharactersMax = 1_000;

/** An answer that is not a success. */
export function failureOfAnswer(status: number, headers: UpstreamHeaders, body: string): Failure {
  const parsed = parse(body);
  const failure = failureOf(status, headers, parsed, body);
  const should = headerOf(headers, "x-should-retry");
  return {
    ...failure,
    retryAfterSeconds: resetSeconds(failure.kind, headers, parsed, failure.text),
    ...(should === "true" || should === "false" ? { shouldRetry: should === "true" } : {}),
  };
}

/** What a provider says is wrong inside an answer or stream that began as a success. */
export function failureInside(parsed: Record<string, unknown>): Failure {
  const failure = failureOf(200, {}, parsed, "");
  return { ...failure, retryAfterSeconds: resetSeconds(failure.kind, {}, parsed, failure.text) };
}

/** An answer that breaks the provider's own protocol. */
export const garbled = (text: string): Failure => ({
  kind: "server",
  status: 200,
  text: redact(text),
  retryAfterSeconds: null,
});

function failureOf(
  status: number,
  headers: UpstreamHeaders,
  parsed: unknown,
  body: string,
): Failure {
  const top = objectOf(Array.isArray(parsed) ? parsed[0] : parsed);
  const said = sentenceOf(top, body);
  const answer: Answer = {
    status: statusInside(status, top),
    codes: codesOf(top, headers),
    words: said,
    silent: body.trim() === "" && said === "",
  };
  const kind = kindOf(answer);
  const text = (
    status >= 300 && status < 400
      ? `HTTP ${status}, a redirect, which is not followed: the provider's base URL is not right`
      : said === ""
        ? `HTTP ${status}`
        : redact(said)
  ).slice(0, textCharactersMax);
  const failure: Failure = { kind, status, text, retryAfterSeconds: null };
  if (kind !== "context-length") return failure;
  const context = contextOf(said);
  if (!context) return failure;
  const told = /maximum context length/i.test(text)
    ? text
    : `${text} (maximum context length: ${context.most} tokens${context.asked === null ? "" : `, requested: ${context.asked}`})`;
  return { ...failure, text: told, context };
}

/** Inside of a success the status is what the error says it is. */
function statusInside(status: number, top: Record<string, unknown>): number {
  if (status !== 200) return status;
  const error = objectOf(top["error"]);
  const named = [
    error["code"],
    error["http_code"],
    error["status_code"],
    error["status"],
    top["code"],
    top["status_code"],
  ];
  return (
    named.map(Number).find((one) => Number.isInteger(one) && one >= 400 && one < 600) ?? status
  );
}

/** Machine words, wherever a provider puts them. */
function codesOf(top: Record<string, unknown>, headers: UpstreamHeaders): Set<string> {
  const error = objectOf(top["error"]);
  const details = Array.isArray(error["details"]) ? error["details"].map(objectOf) : [];
  const response = objectOf(top["base_resp"])["status_code"];
  const amazon = headerOf(headers, "x-amzn-errortype") ?? top["__type"] ?? "";
  const words = [
    error["code"],
    error["type"],
    error["status"], // Google: RESOURCE_EXHAUSTED
    objectOf(error["details"])["error_code"], // Anthropic
    objectOf(error["innererror"])["code"], // Azure
    ...details.map((detail) => detail["reason"]), // Google
    top["code"],
    top["type"],
    top["error_code"], // Databricks
    top["reason"], // Novita
    typeof top["error"] === "string" && /^\w+$/.test(top["error"]) ? top["error"] : null,
    Array.isArray(top["errors"]) ? objectOf(top["errors"][0])["code"] : null, // Cloudflare
    typeof amazon === "string" ? amazon.replace(/:.*$/s, "").replace(/^.*#/s, "") : null,
    typeof response === "number" ? `base_resp ${response}` : null,
  ];
  return new Set(
    words.flatMap((word) =>
      (typeof word === "string" && word !== "") || typeof word === "number"
        ? [String(word).toLowerCase()]
        : [],
    ),
  );
}

/** What an error says to people, in whichever of a dozen places; the body's beginning when in none. */
function sentenceOf(top: Record<string, unknown>, body: string): string {
  const error = objectOf(top["error"]);
  const detail = top["detail"];
  const [first] = Array.isArray(detail) ? detail.map(objectOf) : [];
  const [entry] = Array.isArray(top["errors"]) ? top["errors"] : [];
  const raw = objectOf(error["metadata"])["raw"]; // OpenRouter: "Provider returned error"
  const places = [
    typeof error["message"] === "string" && typeof raw === "string"
      ? `${error["message"]}: ${raw}`
      : error["message"],
    typeof top["error"] === "string" && typeof top["message"] === "string"
      ? `${top["error"]}: ${top["message"]}` // Scaleway
      : top["error"],
    top["message"],
    detail,
    first && typeof first["msg"] === "string" ? `${placeOf(first["loc"])}${first["msg"]}` : null,
    objectOf(detail)["error"],
    objectOf(entry)["message"],
    entry,
    objectOf(top["base_resp"])["status_msg"],
    top["status_msg"],
    top["title"],
    objectOf(top["fault"])["faultstring"],
    error["code"], // nothing but a word
    error["type"],
  ];
  const said = places.find((one): one is string => typeof one === "string" && one.trim() !== "");
  if (said !== undefined) return said.trim();
  const written = body.trim();
  if (!/^(?:<!doctype|<html|<\?xml|<head|<body)/i.test(written)) return written.slice(0, 300);
  const title = /<(title|h1)[^>]*>\s*([^<]{1,200}?)\s*<\/\1>/i.exec(written)?.[2];
  return `an HTML page${title === undefined ? "" : `: ${title}`}`;
}

const placeOf = (place: unknown): string =>
  Array.isArray(place) && place.length > 0 ? `${place.slice(0, 8).map(String).join(".")}: ` : "";

/** Anything shaped like a key, ours or a provider's, is not passed on (reliability.md U7). */
const redact = (text: string): string =>
  text.replace(
    /\b(?:sk|pk|key|gsk|xai|api)[-_][\w-]{12,}|\bAIza[\w-]{20,}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|\bBearer [\w.~+/-]{12,}=*/gi,
    "[redacted]",
  );

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
