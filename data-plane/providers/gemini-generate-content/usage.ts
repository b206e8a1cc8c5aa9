/** Gemini's usage metadata, whose counts overlap, into meters that do not (contract/providers.md 4.3). */
import type { Counts } from "#schema/meters.ts";
import type { Usage } from "../../operations/chat.ts";
import { listOf } from "./wire.ts";
import { isObject } from "../../operations/json-value.ts";

/** Above any context window: a count beyond it is garbage (reliability.md M-8). */
const tokensMax = 100_000_000;

/**
 * Every event of a stream gives the sum so far: the last holds. Cached tokens are inside the prompt; thoughts stand beside
 * the candidates, except where the total shows that they are inside; what tools read stands beside the prompt. Sound is
 * counted apart in both directions. Pictures that were made are counted in tokens, which is how Google bills them, so
 * `image_output` is priced per token; pictures in the prompt are input like text.
 * @param searches billable searches so far
 * @returns counts null when something in it cannot be believed.
 */
export function usageOf(raw: Record<string, unknown>, searches: number): Usage {
  const names = [
    "promptTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
    "toolUsePromptTokenCount",
    "cachedContentTokenCount",
    "totalTokenCount",
  ] as const;
  const said: Partial<Record<(typeof names)[number], number>> = {};
  for (const name of names) {
    const value = raw[name] ?? null;
    if (value === null) continue;
    if (!isCount(value)) return { counts: null, raw };
    said[name] = value;
  }
  const prompt = said.promptTokenCount;
  if (prompt === undefined) return { counts: null, raw };
  const candidates = said.candidatesTokenCount ?? 0; // left out while there is none, and when all was thought
  const thoughts = said.thoughtsTokenCount ?? 0;
  const tools = said.toolUsePromptTokenCount ?? 0;
  const inside =
    thoughts > 0 && thoughts <= candidates && said.totalTokenCount === prompt + tools + candidates;
  // A part inside its whole is never larger than it, whatever was said.
  const read = Math.min(said.cachedContentTokenCount ?? 0, prompt);
  const audioInput = Math.min(
    Math.max(of(raw["promptTokensDetails"], "AUDIO") - of(raw["cacheTokensDetails"], "AUDIO"), 0),
    prompt - read,
  );
  const answer = inside ? candidates - thoughts : candidates;
  const image = Math.min(of(raw["candidatesTokensDetails"], "IMAGE"), answer);
  const audioOutput = Math.min(of(raw["candidatesTokensDetails"], "AUDIO"), answer - image);
  const counts: Counts = {
    input: BigInt(prompt - read - audioInput + tools),
    output: BigInt(answer - image - audioOutput),
    request: 1n,
  };
  const more = {
    cache_read: read,
    reasoning: thoughts,
    audio_input: audioInput,
    image_output: image,
    audio_output: audioOutput,
    web_search: searches,
  };
  for (const meter of [
    "cache_read",
    "reasoning",
    "audio_input",
    "image_output",
    "audio_output",
    "web_search",
  ] as const)
    if (more[meter] > 0) counts[meter] = BigInt(more[meter]);
  return { counts, raw };
}

/** Tokens of a modality in one of the lists of details. */
function of(details: unknown, modality: string): number {
  let tokens = 0;
  for (const detail of listOf(details))
    if (isObject(detail) && detail["modality"] === modality && isCount(detail["tokenCount"]))
      tokens += detail["tokenCount"];
  return tokens;
}

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= tokensMax;

/** The tier that was served, in the contract's words: AI Studio says it as it was asked for, Vertex as a kind of traffic. */
export function servedTier(raw: Record<string, unknown>): string | null {
  const tier = raw["serviceTier"] ?? raw["trafficType"];
  switch (typeof tier === "string" ? tier.toLowerCase() : "") {
    case "flex":
    case "on_demand_flex":
      return "flex";
    case "priority":
    case "on_demand_priority":
      return "priority";
    case "standard":
    case "on_demand":
      return "default";
    default:
      return null;
  }
}
