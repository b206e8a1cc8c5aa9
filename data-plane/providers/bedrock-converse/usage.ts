/** Converse's usage into disjoint meters. */
import type { Counts } from "#schema/meters.ts";
import { isObject } from "../../operations/json-value.ts";
import type { Usage } from "../../operations/chat.ts";

/** Above any context window: a count beyond it is garbage (reliability.md M-8). */
const tokensMax = 100_000_000;

/**
 * `inputTokens` leaves out what was read from and written to the cache (Claude's way; the endpoint's flag
 * `promptExcludesCached: false` says otherwise), and `cacheDetails` splits what was written by how long it holds. Thoughts
 * are inside `outputTokens`, and nothing says how many they were. Null counts when it cannot be believed.
 */
export function usageOf(raw: unknown, promptExcludesCached: boolean): Usage | null {
  if (!isObject(raw) || Object.keys(raw).length === 0) return null;
  const said = count(raw["inputTokens"]);
  const output = count(raw["outputTokens"]);
  const read = count(raw["cacheReadInputTokens"] ?? 0);
  const written = count(raw["cacheWriteInputTokens"] ?? 0);
  if (said === null || output === null || read === null || written === null)
    return { counts: null, raw };
  const input = promptExcludesCached ? said : said - read - written;
  if (input < 0) return { counts: null, raw };
  const hour = Math.min(writtenForAnHour(raw["cacheDetails"]), written);
  const counts: Counts = { input: BigInt(input), output: BigInt(output), request: 1n };
  if (read > 0) counts.cache_read = BigInt(read);
  if (written > hour) counts.cache_write_5m = BigInt(written - hour);
  if (hour > 0) counts.cache_write_1h = BigInt(hour);
  return { counts, raw };
}

function writtenForAnHour(details: unknown): number {
  if (!Array.isArray(details)) return 0;
  return details.reduce(
    (total: number, detail) =>
      isObject(detail) && detail["ttl"] === "1h"
        ? total + (count(detail["inputTokens"]) ?? 0)
        : total,
    0,
  );
}

const count = (value: unknown): number | null =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= tokensMax
    ? value
    : null;
