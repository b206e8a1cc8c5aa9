/**
 * What differs between the models behind Converse: the endpoint's flags, and for what they do not say, the model's id. A
 * wrong guess is corrected by a flag of the endpoint's row; an ARN says nothing, so its row names `family` and `thinking`.
 */
import { readBedrockConverseFlags, type BedrockThinking } from "#schema/flags/bedrock-converse.ts";
import type { Upstream } from "../wire-protocol.ts";

export type ReasoningFormat =
  | "anthropic-claude-v1"
  | "bedrock-openai-responses-v1"
  | "bedrock-xai-responses-v1"
  | "unknown";

export type Traits = {
  /** Claude's own rules: fields of its own, a temperature or `top_p`, no thinking beside a forced call. */
  claude: boolean;
  /** A limit is always named: without one Claude and Grok get a small one of Bedrock's. */
  namesLimit: boolean;
  /** The field of Claude's own that allows one call at a time. */
  parallelField: boolean;
  /** Whose thoughts it reads again. */
  reasoningFormat: ReasoningFormat;
  thinking: BedrockThinking;
  thinkingDisplay: boolean;
  reasoningEcho: boolean;
  sampling: boolean;
  stop: boolean;
  topK: "top_k" | "nova" | "none";
  structuredOutput: "textFormat" | "outputFormat" | "tool";
  /** Whether it can be made to call a tool. */
  forcesTools: boolean;
  strictTools: boolean;
  mixedTurns: boolean;
  cachePoints: boolean;
  cacheTtl: boolean;
  /** Cache points among the tools too, which Nova does not know. */
  toolCachePoints: boolean;
  prefill: boolean;
};

export function traitsOf({ model, flags }: Upstream): Traits {
  const set = readBedrockConverseFlags(flags);
  const id = model.toLowerCase();
  const family =
    set.family ??
    (id.includes("anthropic.") || id.includes("claude")
      ? "anthropic"
      : id.includes("nova")
        ? "nova"
        : "other");
  const claude = family === "anthropic";
  // Not known, as of an ARN: what all newer ones do.
  const version = claude ? (claudeVersion(id) ?? 4.6) : 0;
  const gpt = /\bopenai\.gpt-\d/.test(id);
  const grok = /\bxai\./.test(id);
  const thinking = set.thinking ?? thinkingOf(id, family, version);
  return {
    claude,
    namesLimit: claude || grok,
    // `tool_choice` beside `toolConfig` is what LiteLLM sends to these, and not to older ones.
    parallelField: claude && version >= 4.5,
    thinking,
    thinkingDisplay: set.thinkingDisplay,
    reasoningEcho: set.reasoningEcho,
    reasoningFormat:
      set.reasoningFormat ??
      (claude
        ? "anthropic-claude-v1"
        : gpt
          ? "bedrock-openai-responses-v1"
          : grok
            ? "bedrock-xai-responses-v1"
            : "unknown"),
    // "This model doesn't support the temperature field": NousResearch/hermes-agent#111043 for Grok, #110046 for GPT.
    sampling: set.sampling ?? !((claude && version > 4.6) || gpt || grok),
    // "… the stopSequences field": langchain4j#3650 for gpt-oss, dify-official-plugins#1767 for Qwen.
    stop: set.stop ?? !/\b(openai|xai|qwen)\./.test(id),
    topK:
      set.topK ??
      (claude || id.includes("mistral.") ? "top_k" : family === "nova" ? "nova" : "none"),
    // Tried with live models from 4.5 on, beside thinking too, and refused by Sonnet 4: vercel/ai#17737.
    structuredOutput: set.structuredOutput ?? (claude && version >= 4.5 ? "outputFormat" : "tool"),
    // The API reference of ToolChoice: Mistral, Claude and Nova. What came later takes it too.
    forcesTools: (set.toolChoice ?? (/\b(meta|cohere|ai21)\./.test(id) ? "auto" : "any")) === "any",
    strictTools: set.strictTools,
    // "Conversation blocks and tool result blocks cannot be provided in the same turn": strands-agents/sdk-python#1223.
    mixedTurns: set.mixedTurns ?? !/\bmeta\./.test(id),
    cachePoints: set.cachePoints ?? (claude || family === "nova"),
    cacheTtl: set.cacheTtl ?? claude,
    toolCachePoints: claude,
    prefill: set.prefill ?? (claude && version < 4.6),
  };
}

/** `claude-3-7-sonnet-20250219` is 3.7, `claude-opus-4-20250514` is 4, `claude-fable-5-1` is 5.1. */
function claudeVersion(id: string): number | null {
  const [, major, minor = "0"] =
    /claude-(?:v)?(\d)(?:-(\d))?(?![\d.])(?=-|:|$)/.exec(id) ??
    /claude-[a-z]+-(\d)(?:-(\d))?(?!\d)/.exec(id) ??
    [];
  return major === undefined ? null : +`${major}.${minor}`;
}

function thinkingOf(id: string, family: string, version: number): BedrockThinking {
  if (family === "anthropic") {
    if (id.includes("fable") || (id.includes("opus") && version >= 5.5)) return "always";
    return version >= 4.6 ? "adaptive" : version >= 3.7 ? "budget" : "none";
  }
  if (id.includes("nova-2")) return "nova";
  if (id.includes("gpt-oss")) return "effort";
  return id.includes("openai.gpt-") ? "reasoning" : "none";
}
