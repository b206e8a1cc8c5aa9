/** Anthropic's usage, which comes in pieces that repeat each other, into meters that do not (contract/anthropic-messages.md 4.4, 4.5). */
import type { Counts } from "#schema/meters.ts";
import type { Usage } from "../../operations/chat.ts";
import { isObject } from "../../operations/json-value.ts";

/** Above any context window: a count beyond it is garbage (reliability.md M-8). */
const tokensMax = 100_000_000;
const iterationsMax = 1_000;

type Raw = Readonly<Record<string, unknown>>;

const cacheTotals = ["cache_creation_input_tokens", "cache_read_input_tokens"] as const;
const cacheFields = [...cacheTotals, "cache_creation"] as const;
const inputFields = ["input_tokens", ...cacheFields] as const;

/**
 * Two usage objects of one stream as one: for each field the last that is not null, never a sum, because `message_delta`
 * repeats what `message_start` said. The input side is taken as a whole when the later one splits it by cache (some hosts
 * tell the whole prompt first and the split at the end), and is not replaced by one that adds up to nothing, which other
 * hosts send at the end.
 */
export function mergeUsage(earlier: Raw, later: unknown): Raw {
  if (!isObject(later)) return earlier;
  const merged: Record<string, unknown> = { ...earlier };
  const splits = cacheFields.some((field) => (later[field] ?? null) !== null);
  const isEmpty = inputFields.every((field) => isNothing(later[field]));
  // But for how long was written: `message_start` alone says it at Anthropic.
  if (splits && !isEmpty) for (const field of cacheTotals) delete merged[field];
  for (const [field, value] of Object.entries(later)) {
    if (value === null || value === undefined) continue;
    if (isEmpty && isNothing(value) && (inputFields as readonly string[]).includes(field)) {
      merged[field] ??= value;
      continue;
    }
    merged[field] = value;
  }
  return merged;
}

/** Whether a usage field says that there was none of it. */
const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === 0 ||
  (isObject(value) && Object.values(value).every((one) => one === 0 || one === null));

/**
 * Null when there is no usage at all; counts are null when what it says cannot be believed (negative, fractional, text,
 * absurd). `input_tokens` is what was neither read from the cache nor written to it; `output_tokens` holds the thoughts.
 * Where the API tells one usage for every sampling (`iterations`, with compaction or fallbacks), their sum is what is billed.
 */
export function usageOf(raw: unknown): Usage | null {
  if (!isObject(raw) || Object.keys(raw).length === 0) return null;
  const iterations: unknown[] = Array.isArray(raw["iterations"]) ? raw["iterations"] : [];
  const parts = iterations.length > 0 && iterations.length <= iterationsMax ? iterations : [raw];
  const counts: Counts = { input: 0n, output: 0n, request: 1n };
  for (const part of parts) {
    const told = isObject(part) ? tokensOf(part) : null;
    if (!told) return { counts: null, raw };
    for (const [meter, count] of Object.entries(told) as [keyof typeof told, number][])
      if (count > 0 || meter === "input" || meter === "output")
        counts[meter] = (counts[meter] ?? 0n) + BigInt(count);
  }
  const searches = isObject(raw["server_tool_use"])
    ? (countOf(raw["server_tool_use"]["web_search_requests"]) ?? 0)
    : 0;
  if (searches > 0) counts.web_search = BigInt(searches);
  return { counts, raw };
}

function tokensOf(raw: Raw): {
  input: number;
  cache_read: number;
  cache_write_5m: number;
  cache_write_1h: number;
  output: number;
  reasoning: number;
} | null {
  const input = countOf(raw["input_tokens"] ?? 0);
  const output = countOf(raw["output_tokens"] ?? 0);
  const read = countOf(raw["cache_read_input_tokens"] ?? 0);
  const split = isObject(raw["cache_creation"]) ? raw["cache_creation"] : {};
  const short = countOf(split["ephemeral_5m_input_tokens"] ?? 0);
  const long = countOf(split["ephemeral_1h_input_tokens"] ?? 0);
  const written = countOf(raw["cache_creation_input_tokens"] ?? (short ?? 0) + (long ?? 0));
  const details = raw["output_tokens_details"];
  const thought = countOf((isObject(details) ? details["thinking_tokens"] : 0) ?? 0);
  if (
    input === null ||
    output === null ||
    read === null ||
    short === null ||
    long === null ||
    written === null ||
    thought === null
  )
    return null;
  // A usage without either side is not one.
  if ((raw["input_tokens"] ?? null) === null && (raw["output_tokens"] ?? null) === null)
    return null;
  const forAnHour = Math.min(long, written);
  const reasoning = Math.min(thought, output);
  return {
    input,
    cache_read: read,
    cache_write_5m: written - forAnHour,
    cache_write_1h: forAnHour,
    output: output - reasoning,
    reasoning,
  };
}

const countOf = (value: unknown): number | null =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= tokensMax
    ? value
    : null;

/** What is billed when Claude refuses before it has said anything: nothing (contract/anthropic-messages.md 4.7). */
export const unbilled = (raw: unknown): Usage => ({
  counts: { input: 0n, output: 0n, request: 1n },
  raw,
});
