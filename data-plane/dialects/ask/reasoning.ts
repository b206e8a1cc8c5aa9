/** How much a model is to think, in the contract's words. */
import type { Reasoning } from "../../operations/chat.ts";
import { invalid } from "../../refusal.ts";
import { optionalText, wholeNumber } from "./fields.ts";
import { isObject } from "../../operations/json-value.ts";

export const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** `reasoning`, or its older spellings `reasoning_effort` and `include_reasoning` (contract part 2, P-1 to P-3). */
export function reasoningOf(body: Record<string, unknown>): Reasoning | null {
  const reasoning = body["reasoning"] ?? null;
  const besides = optionalText(body, "reasoning_effort", 32);
  const include = body["include_reasoning"] ?? null;
  if (include !== null && typeof include !== "boolean")
    throw invalid("include_reasoning", "true or false", include);
  if (reasoning === null) {
    if (besides === null && include === null) return null;
    return { effort: besides, maxTokens: null, enabled: null, exclude: include === false };
  }
  if (!isObject(reasoning)) throw invalid("reasoning", "an object", reasoning);
  const effort = reasoning["effort"] ?? null;
  const enabled = reasoning["enabled"] ?? null;
  const exclude = reasoning["exclude"] ?? false;
  if (effort !== null && (typeof effort !== "string" || !efforts.includes(effort)))
    throw invalid("reasoning.effort", `one of ${efforts.join(", ")}`, effort);
  if (effort !== null && besides !== null && effort !== besides)
    throw invalid("reasoning_effort", "left out beside reasoning.effort", besides);
  if (enabled !== null && typeof enabled !== "boolean")
    throw invalid("reasoning.enabled", "true or false", enabled);
  if (typeof exclude !== "boolean") throw invalid("reasoning.exclude", "true or false", exclude);
  const maxTokens = wholeNumber(reasoning, "max_tokens", "reasoning.max_tokens");
  if (effort !== null && maxTokens !== null)
    throw invalid("reasoning", "effort or max_tokens, not both", reasoning);
  return {
    effort: effort ?? besides,
    maxTokens,
    enabled,
    exclude: exclude || include === false,
  };
}
