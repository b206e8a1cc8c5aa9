/** Whether a client wants its answer kept and given again, and for how long (contract C-1, C-4). */
import type { IncomingHttpHeaders } from "node:http";

export type CacheWish = {
  /** How long the answer is kept, if this request has to be answered anew. */
  ttlSeconds: number;
  /** What is kept is thrown away first. */
  clear: boolean;
};
/** What a preset says of it; null: nothing. */
export type PresetCaching = { enabled: boolean | null; ttlSeconds: number | null };

const ttlSecondsDefault = 300;
const ttlSecondsMax = 86_400;
const silent: PresetCaching = { enabled: null, ttlSeconds: null };

/**
 * Null: nothing is kept, and nothing kept is given. A preset's `false` wins over all, then the header, then a preset's `true`.
 * Never throws: what cannot be read counts as not sent (C-1).
 */
export function cacheWish(
  headers: IncomingHttpHeaders,
  preset: PresetCaching = silent,
): CacheWish | null {
  if (preset.enabled === false) return null;
  if (!(switchOf(headers["x-openrouter-cache"]) ?? preset.enabled ?? false)) return null;
  const seconds = leadingNumber(headers["x-openrouter-cache-ttl"]) ?? preset.ttlSeconds;
  return {
    ttlSeconds: Math.min(Math.max(seconds ?? ttlSecondsDefault, 1), ttlSecondsMax),
    clear: switchOf(headers["x-openrouter-cache-clear"]) === true,
  };
}

type HeaderValue = IncomingHttpHeaders[string];

function switchOf(value: HeaderValue): boolean | null {
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  return word === "true" ? true : word === "false" ? false : null;
}

/** `60abc` is 60, `abc` and `-5` are nothing. */
function leadingNumber(value: HeaderValue): number | null {
  const [digits] = /^\d+/.exec(typeof value === "string" ? value.trim() : "") ?? [];
  return digits === undefined ? null : +digits;
}
