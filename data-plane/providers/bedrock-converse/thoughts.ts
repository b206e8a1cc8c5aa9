/** What a model thought: as blocks of an earlier turn, and how it is told how much to think (contract P-1 to P-4). */
import { isObject } from "../../operations/json-value.ts";
import type { ChatAsk } from "../../operations/chat.ts";
import { CannotEncode } from "../wire-protocol.ts";
import type { Traits } from "./traits.ts";
import type { ContentBlock } from "./wire.ts";

/**
 * Thoughts that the model can read again, unchanged and in order; the pieces of a stream are one block again. Claude's are
 * signed, GPT's and Grok's enciphered, and in any other shape they are refused; what is neither goes back only with
 * `reasoningEcho`. What another family thought is left out.
 */
export function ownThoughts(details: unknown, traits: Traits): ContentBlock[] {
  if (!Array.isArray(details)) return [];
  const format = traits.reasoningFormat;
  const isPlain = format === "unknown";
  if (isPlain && !traits.reasoningEcho) return [];
  const takesText = isPlain || format === "anthropic-claude-v1";
  const blocks: ContentBlock[] = [];
  let open: { index: unknown; text: string; signature: string } | null = null;
  const close = (): void => {
    if (open && (open.signature !== "" || (isPlain && open.text !== "")))
      blocks.push({
        reasoningContent: {
          reasoningText: {
            text: open.text,
            ...(open.signature === "" ? {} : { signature: open.signature }),
          },
        },
      });
    open = null;
  };
  for (const detail of details) {
    if (!isObject(detail) || (detail["format"] ?? "unknown") !== format) continue;
    const { type, text, signature, data, index } = detail;
    if (type === "reasoning.encrypted" && typeof data === "string" && data !== "") {
      close();
      blocks.push({ reasoningContent: { redactedContent: data } });
    }
    if (type !== "reasoning.text" || !takesText) continue;
    if (open && (open.index !== index || open.signature !== "")) close();
    open ??= { index, text: "", signature: "" };
    if (typeof text === "string") open.text += text;
    if (typeof signature === "string") open.signature += signature;
  }
  close();
  return blocks;
}

const efforts = ["minimal", "low", "medium", "high", "xhigh", "max"] as const;
type Effort = (typeof efforts)[number];
/** Of `max_tokens` (contract P-1), in percent. */
const percents: Readonly<Record<Effort, number>> = {
  minimal: 10,
  low: 20,
  medium: 50,
  high: 80,
  xhigh: 95,
  max: 95,
};
/** Anthropic's least, and the most that is asked for (contract P-1). */
const budgetMin = 1_024;
const budgetMax = 128_000;

export type Thinking = {
  /** Fields of the model's own. */
  fields: Record<string, unknown>;
  /** Whether it was asked to think: sampling and a forced tool do not go with that everywhere. */
  on: boolean;
  /** Nova at its highest effort takes neither a token limit nor sampling. */
  unlimited: boolean;
};
const silent: Thinking = { fields: {}, on: false, unlimited: false };

/**
 * @param context.limit the most tokens of the answer, thoughts included
 * @param context.capped whether that is a bound of the request, and not only the model's own
 * @param context.forced a tool has to be called, beside which Claude does not think
 * @param context.loopWithoutThoughts results are there of calls before which nothing was thought: told to think by a
 *   budget, Claude refuses those
 * @throws {CannotEncode} where a model that always thinks is told not to, or is made to call a tool (contract P-2)
 */
export function thinkingOf(
  { reasoning }: ChatAsk,
  traits: Traits,
  {
    limit,
    capped,
    forced,
    loopWithoutThoughts,
  }: { limit: number; capped: boolean; forced: boolean; loopWithoutThoughts: boolean },
): Thinking {
  const off = reasoning?.effort === "none" || reasoning?.enabled === false;
  const effort = reasoning && !off ? effortOf(reasoning, limit) : null;
  const asked = effort !== null || (reasoning?.enabled ?? false);
  const mandatory = traits.thinking === "always" || traits.thinking === "effort";
  if (off && mandatory)
    throw new CannotEncode(
      reasoning?.effort === "none" ? "reasoning.effort" : "reasoning.enabled",
      "this model always thinks; ask for a low effort instead",
    );
  switch (traits.thinking) {
    case "none":
      return silent;
    case "always":
      if (forced)
        throw new CannotEncode(
          "tool_choice",
          "this model always thinks, and cannot be made to call a tool while it does",
        );
      return asked ? adaptive(effort, reasoning, traits) : silent;
    case "adaptive":
      if (off || (forced && asked))
        return { ...silent, fields: { thinking: { type: "disabled" } } };
      return asked ? adaptive(effort, reasoning, traits) : silent;
    case "budget": {
      if (!asked || forced || loopWithoutThoughts) return silent;
      const share = Math.floor((limit * percents[effort ?? "medium"]) / 100);
      const wanted = Math.max(Math.min(reasoning?.maxTokens ?? share, budgetMax), budgetMin);
      const budget = Math.min(wanted, limit - 1);
      // The limit is a promise to whoever pays: where there is no room within it, nothing is thought.
      if (budget < budgetMin) return silent;
      const fields = { thinking: { type: "enabled", budget_tokens: budget } };
      return { fields, on: true, unlimited: false };
    }
    case "effort": // gpt-oss
      if (!asked) return silent;
      return { ...silent, fields: { reasoning_effort: threeLevels(effort ?? "medium") } };
    case "reasoning": // GPT
      if (off) return { ...silent, fields: { reasoning: { effort: "none" } } };
      return asked ? { ...silent, fields: { reasoning: { effort: effort ?? "medium" } } } : silent;
    case "nova": {
      if (off) return { ...silent, fields: { reasoningConfig: { type: "disabled" } } };
      if (!asked) return silent;
      const level = threeLevels(effort ?? "medium");
      // At "high" Nova takes no token limit, and ours must hold.
      const maxReasoningEffort = level === "high" && capped ? "medium" : level;
      return {
        fields: { reasoningConfig: { type: "enabled", maxReasoningEffort } },
        on: true,
        unlimited: maxReasoningEffort === "high",
      };
    }
    default:
      return traits.thinking satisfies never;
  }
}

function adaptive(
  effort: Effort | null,
  reasoning: ChatAsk["reasoning"],
  traits: Traits,
): Thinking {
  const display = { display: reasoning?.exclude ? "omitted" : "summarized" };
  return {
    fields: {
      thinking: { type: "adaptive", ...(traits.thinkingDisplay ? display : {}) },
      ...(effort === null
        ? {}
        : { output_config: { effort: effort === "minimal" ? "low" : effort } }),
    },
    on: true,
    unlimited: false,
  };
}

/** The effort that was asked for, or the nearest to a budget of tokens. */
function effortOf(
  { effort, maxTokens }: NonNullable<ChatAsk["reasoning"]>,
  limit: number,
): Effort | null {
  const named = efforts.find((one) => one === effort);
  if (named !== undefined) return named;
  if (maxTokens === null) return null;
  const percent = (100 * maxTokens) / limit;
  // Not "max": it would be the same share as "xhigh".
  return efforts
    .slice(0, -1)
    .reduce((nearest, one) =>
      Math.abs(percents[one] - percent) < Math.abs(percents[nearest] - percent) ? one : nearest,
    );
}

const threeLevels = (effort: Effort): "low" | "medium" | "high" =>
  effort === "minimal" || effort === "low" ? "low" : effort === "medium" ? "medium" : "high";
