/** What Cohere bills, into disjoint meters; the same for chat, vectors and rankings. */
import type { Counts } from "#schema/meters.ts";
import type { Usage } from "../operations/chat.ts";
import { isObject } from "../operations/json-value.ts";

/** Above any context window: a count beyond it is garbage (reliability.md M-8). */
const tokensMax = 100_000_000;

/**
 * `billed_units` is the bill; `tokens` is what was physically read and written, and stands in where there is no bill. What
 * came from the cache is a part of the input, at most all of it. Search units of a ranking are counted as requests, of a
 * chat as web searches. Null counts when it cannot be believed.
 */
export function cohereUsage(
  raw: unknown,
  operation: "chat" | "embedding" | "rerank",
): Usage | null {
  if (!isObject(raw)) return null;
  const billed = isObject(raw["billed_units"]) ? raw["billed_units"] : null;
  const said = billed ?? (isObject(raw["tokens"]) ? raw["tokens"] : null);
  if (!said) return null;
  const of = (name: string): number | null => count(said[name] ?? 0);
  const input = of("input_tokens");
  const output = of("output_tokens");
  const searches = of("search_units");
  const images = of("image_tokens");
  if (input === null || output === null || searches === null || images === null)
    return { counts: null, raw };
  if (operation === "rerank")
    return { counts: { input: BigInt(input), request: BigInt(Math.max(searches, 1)) }, raw };
  if (operation === "embedding")
    return { counts: { input: BigInt(input + images), request: 1n }, raw };
  if (said["input_tokens"] === undefined || said["output_tokens"] === undefined)
    return { counts: null, raw };
  const cached = Math.min(count(raw["cached_tokens"] ?? 0) ?? 0, input);
  const counts: Counts = { input: BigInt(input - cached), output: BigInt(output), request: 1n };
  if (cached > 0) counts.cache_read = BigInt(cached);
  if (searches > 0) counts.web_search = BigInt(searches);
  return { counts, raw };
}

/** Its numbers are floats on the wire. */
const count = (value: unknown): number | null =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= tokensMax
    ? value
    : null;
