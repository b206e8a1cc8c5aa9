/** OpenAI's usage object into disjoint meters: it counts cached tokens inside the prompt and reasoning inside the completion. */
import type { Counts } from "#schema/meters.ts";
import type { Usage } from "../operations/chat.ts";

/** Above any context window: a count beyond it is garbage (reliability.md M-8). */
const tokensMax = 100_000_000;

/**
 * Null when there is no usage, or none that can be believed (negative, fractional, absurd): then it is estimated, and
 * said to be. The flags `completionExcludesReasoning` and `promptExcludesCached` turn a provider's own way round.
 */
export function parseUsage(raw: unknown, flags: Readonly<Record<string, unknown>>): Usage | null {
  if (!isObject(raw)) return null;
  const prompt = count(raw["prompt_tokens"]);
  const completion = count(raw["completion_tokens"]);
  if (prompt === null || completion === null) return null;
  const promptDetails = isObject(raw["prompt_tokens_details"]) ? raw["prompt_tokens_details"] : {};
  const completionDetails = isObject(raw["completion_tokens_details"])
    ? raw["completion_tokens_details"]
    : {};
  const read = count(promptDetails["cached_tokens"]) ?? count(raw["prompt_cache_hit_tokens"]) ?? 0;
  const written = count(promptDetails["cache_write_tokens"]) ?? 0;
  const reasoning = count(completionDetails["reasoning_tokens"]) ?? 0;
  // A part larger than its whole means that the whole leaves it out.
  const promptExcludes = flags["promptExcludesCached"] === true || read + written > prompt;
  const completionExcludes =
    flags["completionExcludesReasoning"] === true || reasoning > completion;
  const counts: Counts = {
    input: BigInt(promptExcludes ? prompt : prompt - read - written),
    output: BigInt(completionExcludes ? completion : completion - reasoning),
    request: 1n,
  };
  if (read > 0) counts.cache_read = BigInt(read);
  if (written > 0) counts.cache_write_5m = BigInt(written);
  if (reasoning > 0) counts.reasoning = BigInt(reasoning);
  return { counts, raw };
}

const count = (value: unknown): number | null =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= tokensMax
    ? value
    : null;
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
