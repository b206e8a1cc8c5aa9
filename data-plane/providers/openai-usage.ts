/** OpenAI's usage object, and what other providers make of it, into disjoint meters: no token is counted by two of them. */
import type { Counts } from "#schema/meters.ts";
import type { Usage } from "../operations/chat.ts";
import { isObject } from "../operations/json-value.ts";

/** Above any context window: a count beyond it is garbage (reliability.md M-8). */
const tokensMax = 100_000_000;

/**
 * Null when there is no usage, or none that can be believed (negative, fractional, text, absurd): then it is estimated, and
 * said to be. OpenAI counts cached tokens inside the prompt and reasoning inside the completion. Others leave them out, which
 * shows when a part is larger than its whole or when `total_tokens` only adds up that way; where it does not show, the flags
 * `completionExcludesReasoning` and `promptExcludesCached` say it (true: outside, false: inside).
 * The names are those of contract/providers.md 1.2, seen on 22 November 2026.
 */
export function parseUsage(
  raw: unknown,
  flags: Readonly<Record<string, unknown>>,
): (Usage & { counts: Counts }) | null {
  if (!isObject(raw)) return null;
  const total = count(raw["total_tokens"]);
  const prompt = count(raw["prompt_tokens"]);
  // Google's compatible interface leaves the completion out when it is empty or all of it was thought.
  const rest = total !== null && prompt !== null && total >= prompt ? total - prompt : null;
  const saysCompletion = (raw["completion_tokens"] ?? null) !== null;
  const completion = saysCompletion ? count(raw["completion_tokens"]) : rest;
  if (prompt === null || completion === null) return null;

  const inPrompt = objectOf(raw["prompt_tokens_details"] ?? raw["prompt_token_details"]); // Mistral has both
  const inCompletion = objectOf(raw["completion_tokens_details"]);
  const told = {
    read: first(
      inPrompt["cached_tokens"],
      raw["prompt_cache_hit_tokens"], // DeepSeek
      raw["cached_tokens"], // Moonshot, Together
      raw["num_cached_tokens"], // Mistral
      raw["cache_read_input_tokens"], // Anthropic behind an adapter
    ),
    written: first(
      inPrompt["cache_write_tokens"],
      inPrompt["cache_creation_input_tokens"], // Alibaba
      raw["cache_creation_input_tokens"], // Anthropic behind an adapter
    ),
    writtenForAnHour: first(objectOf(raw["cache_creation"])["ephemeral_1h_input_tokens"]),
    reasoning: first(inCompletion["reasoning_tokens"], raw["reasoning_tokens"]), // Perplexity: beside the others
  };
  const cached = told.read + told.written;
  const both = prompt + completion;
  const completionExcludes =
    saysCompletion &&
    told.reasoning > 0 &&
    (flagged(flags["completionExcludesReasoning"]) ??
      (told.reasoning > completion ||
        total === both + told.reasoning ||
        total === both + told.reasoning + cached));
  const promptExcludes =
    cached > 0 &&
    (flagged(flags["promptExcludesCached"]) ??
      (cached > prompt || total === both + cached + (completionExcludes ? told.reasoning : 0)));

  // A part inside its whole is never larger than it, whatever was said.
  const read = promptExcludes ? told.read : Math.min(told.read, prompt);
  const written = promptExcludes ? told.written : Math.min(told.written, prompt - read);
  const writtenForAnHour = Math.min(told.writtenForAnHour, written);
  const reasoning = completionExcludes ? told.reasoning : Math.min(told.reasoning, completion);
  const input = promptExcludes ? prompt : prompt - read - written;
  const output = completionExcludes ? completion : completion - reasoning;
  const audioInput = Math.min(first(inPrompt["audio_tokens"]), input);
  const audioOutput = Math.min(first(inCompletion["audio_tokens"]), output);
  // What Perplexity read for its answer stands outside the prompt and is billed as input (its notes on sonar-deep-research).
  const citations = first(raw["citation_tokens"]);

  const counts: Counts = {
    input: BigInt(input - audioInput + citations),
    output: BigInt(output - audioOutput),
    request: 1n,
  };
  const more = {
    cache_read: read,
    cache_write_5m: written - writtenForAnHour,
    cache_write_1h: writtenForAnHour,
    reasoning,
    audio_input: audioInput,
    audio_output: audioOutput,
    web_search: first(
      raw["num_search_queries"], // Perplexity
      objectOf(raw["server_tool_use"])["web_search_requests"], // OpenRouter, Anthropic behind an adapter
    ),
  };
  for (const meter of [
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "reasoning",
    "audio_input",
    "audio_output",
    "web_search",
  ] as const)
    if (more[meter] > 0) counts[meter] = BigInt(more[meter]);
  return { counts, raw };
}

const flagged = (flag: unknown): boolean | null => (typeof flag === "boolean" ? flag : null);

const count = (value: unknown): number | null =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= tokensMax
    ? value
    : null;
/** The first of a part's names under which more than nothing is said. */
function first(...values: readonly unknown[]): number {
  for (const value of values) {
    const units = count(value);
    if (units !== null && units > 0) return units;
  }
  return 0;
}
const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});
