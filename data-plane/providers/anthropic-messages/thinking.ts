/** How much to think, in the words that a model of Anthropic's takes: an effort, a budget, or nothing (contract P-1, P-2). */
import type { ThinkingConfigParam } from "@anthropic-ai/sdk/resources/messages";
import { anthropicEfforts, type AnthropicEffort } from "#schema/flags/anthropic-messages.ts";
import type { Reasoning } from "../../operations/chat.ts";
import { CannotEncode } from "../wire-protocol.ts";
import { canForce, type MessagesFlags } from "./flags.ts";

export type Thinking = {
  /** Null: nothing is said, so the model's own default holds. */
  config: ThinkingConfigParam | null;
  effort: AnthropicEffort | null;
  /** Whether it is known that the model thinks: then sampling fields are not sent. */
  on: boolean;
};

const nothing: Thinking = { config: null, effort: null, on: false };
const off: Thinking = { config: { type: "disabled" }, effort: null, on: false };

/** The API's own least (https://docs.claude.com/en/docs/build-with-claude/extended-thinking, read November 2026). */
const budgetMin = 1_024;
const budgetMax = 128_000;

/** Of `max_tokens`, by effort (contract P-1). */
const shares: Readonly<Record<string, number>> = {
  max: 0.95,
  xhigh: 0.95,
  high: 0.8,
  medium: 0.5,
  low: 0.2,
  minimal: 0.1,
};

export type ThinkingCircumstances = {
  flags: MessagesFlags;
  /** What is sent as `max_tokens`. */
  maxTokens: number;
  /** A tool is forced by the client: the API refuses that together with thinking. */
  forced: boolean;
  /** The last turn answers tool calls that came without a thought we can send back, which `budget` models refuse. */
  loopWithoutThoughts: boolean;
};

/** @throws {CannotEncode} when the model cannot be asked to think so: never silently against what was asked. */
export function thinkingOf(
  reasoning: Reasoning | null,
  { flags, maxTokens, forced, loopWithoutThoughts }: ThinkingCircumstances,
): Thinking {
  const style = flags.thinking;
  if (style === "none") return nothing;
  if (forced && style === "always" && !canForce(flags))
    throw new CannotEncode(
      "tool_choice",
      "this model always thinks, and a model that thinks cannot be forced to call a tool; use auto",
    );
  if (reasoning?.enabled === false || reasoning?.effort === "none") {
    if (style === "always")
      throw new CannotEncode(
        "reasoning",
        "this model always thinks; leave it out or name an effort",
      );
    return off;
  }
  const asked =
    reasoning !== null &&
    (reasoning.effort !== null || reasoning.maxTokens !== null || reasoning.enabled === true);
  // Some adaptive models think unless told not to, and then refuse a forced tool.
  if (forced && style === "adaptive") return off;
  if (!asked || forced) return nothing;
  return style === "budget"
    ? byBudget(reasoning, maxTokens, loopWithoutThoughts)
    : byEffort(reasoning, maxTokens, flags);
}

function byEffort(reasoning: Reasoning, maxTokens: number, flags: MessagesFlags): Thinking {
  const wanted =
    reasoning.effort ??
    (reasoning.maxTokens === null ? null : effortOfShare(reasoning.maxTokens / maxTokens));
  const display = flags.thinkingDisplay
    ? { display: reasoning.exclude ? ("omitted" as const) : ("summarized" as const) }
    : {};
  return {
    config: { type: "adaptive", ...display },
    effort: wanted === null ? null : nearestEffort(wanted, flags.efforts),
    on: true,
  };
}

function byBudget(reasoning: Reasoning, maxTokens: number, loopWithoutThoughts: boolean): Thinking {
  if (loopWithoutThoughts) return nothing;
  if (reasoning.maxTokens !== null) {
    const budget = Math.max(reasoning.maxTokens, budgetMin);
    if (budget >= maxTokens)
      throw new CannotEncode(
        "reasoning.max_tokens",
        `must be below max_tokens (${maxTokens}), because thoughts count towards it`,
      );
    return { config: { type: "enabled", budget_tokens: budget }, effort: null, on: true };
  }
  const share = shares[reasoning.effort ?? "medium"] ?? 0.5;
  const budget = Math.max(Math.min(Math.floor(maxTokens * share), budgetMax), budgetMin);
  // Too short an answer to think in: thinking needs 1024 tokens, and the client's bound is not raised.
  if (budget >= maxTokens) return nothing;
  return { config: { type: "enabled", budget_tokens: budget }, effort: null, on: true };
}

/** The effort whose share of `max_tokens` is nearest. */
function effortOfShare(share: number): string {
  let nearest = "low";
  for (const effort of ["medium", "high", "max"])
    if (distance(effort, share) < distance(nearest, share)) nearest = effort;
  return nearest;
}
const distance = (effort: string, share: number): number => Math.abs((shares[effort] ?? 0) - share);

const ranks: readonly string[] = ["minimal", ...anthropicEfforts];

/** The nearest effort that the model knows; of two the lesser (contract P-2). */
export function nearestEffort(wanted: string, known: readonly AnthropicEffort[]): AnthropicEffort {
  const rank = ranks.indexOf(wanted);
  let nearest: AnthropicEffort = known[0] ?? "medium";
  for (const effort of known)
    if (Math.abs(ranks.indexOf(effort) - rank) < Math.abs(ranks.indexOf(nearest) - rank))
      nearest = effort;
  return nearest;
}
