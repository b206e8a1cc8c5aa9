/** When a provider that refused is worth asking again, in any of the notations in which it is said (contract/providers.md 1.3). Pure. */
import type { FailureKind } from "../operations/chat.ts";
import type { UpstreamHeaders } from "./wire-protocol.ts";

/** A day: what is further off is a mistake of the header. */
const resetSecondsMax = 86_400;
/** `x-ratelimit-reset-tokens`, `x-ratelimit-reset`, `ratelimitbysize-reset`, `x-tokenlimit-reset`, `anthropic-ratelimit-input-tokens-reset`. */
const resetName =
  /^(?:anthropic-)?(?:x-)?(?:ratelimit|tokenlimit)\w*(?:-[\w-]+)?-reset(?:-[\w-]+)?$/;

/**
 * After how many seconds it is worth asking again, rounded up, within a day; null: not said. The headers that every answer
 * of a provider carries are looked at for a rate only, and of them those with nothing remaining first.
 */
export function resetSeconds(
  kind: FailureKind,
  headers: UpstreamHeaders,
  parsed: unknown,
  text: string,
): number | null {
  const said = Date.parse(headerOf(headers, "date") ?? "");
  const nowMs = Number.isNaN(said) ? null : said;
  const inTime = [
    millisecondsOf(headerOf(headers, "retry-after-ms"), nowMs, 1),
    millisecondsOf(headerOf(headers, "retry-after"), nowMs, 1_000),
  ].find((one) => one !== null);
  if (inTime !== undefined) return secondsOf(inTime);
  if (kind !== "rate-limit" && kind !== "overloaded") return null;
  const inBody = retryInfo(parsed) ?? sentenceWait(text);
  if (inBody !== null) return secondsOf(inBody);
  if (kind !== "rate-limit") return null;
  const resets = Object.keys(headers)
    .filter((name) => resetName.test(name))
    .flatMap((name) => {
      const ms = millisecondsOf(headerOf(headers, name), nowMs, 1_000);
      const remaining = headerOf(headers, name.replace("reset", "remaining"));
      return ms === null ? [] : [{ ms, spent: remaining !== null && +remaining === 0 }];
    });
  const spent = resets.filter((reset) => reset.spent).map(({ ms }) => ms);
  if (spent.length > 0) return secondsOf(Math.max(...spent));
  return resets.length > 0 ? secondsOf(Math.min(...resets.map(({ ms }) => ms))) : null;
}

const secondsOf = (ms: number): number =>
  Math.min(Math.max(Math.ceil(ms / 1_000), 0), resetSecondsMax);

const durationPattern =
  /^(?:(\d{1,6}(?:\.\d+)?)h)?(?:(\d{1,6}(?:\.\d+)?)m(?!s))?(?:(\d{1,9}(?:\.\d+)?)s)?(?:(\d{1,9}(?:\.\d+)?)ms)?$/;

/**
 * Milliseconds from now, of any of five notations: a number (in `unitMs`, or an instant of Unix time in seconds or
 * milliseconds where it is that large), a Go duration (`1m2.5s`), RFC 3339, an HTTP date. Null for anything else, and for
 * an instant where the answer has no `date`.
 */
function millisecondsOf(value: string | null, nowMs: number | null, unitMs: number): number | null {
  const written = value?.trim() ?? "";
  if (written === "") return null;
  if (/^\d{1,15}(?:\.\d{1,9})?$/.test(written)) {
    const number = +written;
    if (number < 1e9 || unitMs === 1) return number * unitMs;
    if (nowMs === null) return null;
    return number >= 1e12 ? number - nowMs : number * 1_000 - nowMs;
  }
  const duration = durationPattern.exec(written);
  if (duration) {
    const [, hours = "0", minutes = "0", seconds = "0", milliseconds = "0"] = duration;
    return (+hours * 3_600 + +minutes * 60 + +seconds) * 1_000 + +milliseconds;
  }
  const isInstant =
    /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/i.test(written) ||
    /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*, [\w -]+ [\d:]+ GMT$/.test(written);
  const instantMs = isInstant ? Date.parse(written) : NaN;
  return Number.isNaN(instantMs) || nowMs === null ? null : instantMs - nowMs;
}

/** Google's `google.rpc.RetryInfo` among the details of an error. */
function retryInfo(parsed: unknown): number | null {
  const { details } = objectOf(objectOf(Array.isArray(parsed) ? parsed[0] : parsed)["error"]);
  if (!Array.isArray(details)) return null;
  const delay = details.map((detail) => objectOf(detail)["retryDelay"]).find(Boolean);
  return typeof delay === "string" ? millisecondsOf(delay, null, 1_000) : null;
}

/** "Please try again in 1.2s" (OpenAI), "Please retry after 6 seconds" (Azure). */
function sentenceWait(text: string): number | null {
  const found =
    /(?:try again|retry)(?: again)? (?:in|after) (?<time>(?:\d+h)?(?:\d+m(?!s))?(?:\d+(?:\.\d+)?)(?<unit>ms|s| ?seconds?| ?minutes?)?)/i.exec(
      text,
    )?.groups;
  const { time = "", unit = "" } = found ?? {};
  if (unit === "") return null;
  if (/minute/.test(unit)) return Number.parseInt(time, 10) * 60_000;
  return millisecondsOf(time.replace(/ ?seconds?$/i, "s"), null, 1_000);
}

/** The first value of a header. */
export const headerOf = (headers: UpstreamHeaders, name: string): string | null => {
  const value = headers[name];
  const [first] = Array.isArray(value) ? value : [value];
  return first ?? null;
};

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
