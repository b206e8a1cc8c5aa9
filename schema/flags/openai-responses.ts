/**
 * Flags of `openai-responses`: in what those who speak OpenAI's Responses API differ, and its models from each other
 * (contract/providers.md 4.1, facts of 22 November 2026). docs/providers/openai-responses.md has the same table.
 */
import { boolean, flagReader, text, word, words } from "./flag.ts";
import { openaiChatFlags, reasoningEfforts } from "./openai-chat.ts";

export const openaiResponsesFlags = {
  path: text(
    { pattern: /^\/[\w./:@%-]*(\?[\w=&.-]*)?$/, like: "/responses" },
    "/responses",
    "what stands behind the base URL",
  ),
  // The same of one provider, whichever of the two its endpoint speaks.
  headers: { ...openaiChatFlags.headers },
  sessionAffinityHeader: { ...openaiChatFlags.sessionAffinityHeader },
  includeObfuscation: boolean(
    null,
    "said to a provider that pads its events against eavesdroppers, for clients of other dialects; `false` saves the padding",
  ),
  reasoning: word(
    ["always", "asked", "never"],
    "asked",
    "whether enciphered thoughts are asked for, which a model that does not think refuses: with every request; when the client asks for reasoning or sends thoughts back; never, and then no `reasoning` is sent either",
  ),
  reasoningEfforts: words(
    reasoningEfforts,
    null,
    "the efforts that it knows, the nearest of which is sent; absent: whatever is asked",
  ),
  reasoningMandatory: boolean(
    false,
    "it cannot be told not to think, and such a request is refused",
  ),
  reasoningSummary: boolean(
    true,
    "`false`: it, or our account there, does not give summaries of thoughts, and none is asked for",
  ),
  reasoningFormat: text(
    { pattern: /^[a-z0-9.-]{1,60}$/, like: "xai-responses-v1" },
    "openai-responses-v1",
    "the `format` of its `reasoning_details`; only thoughts of that format are sent back",
  ),
  plainReasoning: boolean(
    false,
    "it takes thoughts back that are not enciphered (open models behind vLLM); OpenAI looks those up by their id and finds nothing",
  ),
  sampling: boolean(
    true,
    "`false`: it refuses `temperature` and `top_p`, as OpenAI's reasoning models do; they are left out",
  ),
  systemRole: word(
    ["system", "developer"],
    "developer",
    "whether it knows the role `developer`; where it does not, such a message gets the role `system`",
  ),
  cacheMarks: word(
    ["drop", "breakpoints"],
    "drop",
    "what becomes of `cache_control` on a part: nothing, or `prompt_cache_breakpoint` (GPT-5.6 and newer)",
  ),
  promptExcludesCached: boolean(
    null,
    "its `input_tokens` do not contain cached ones; found by the totals if absent",
  ),
  completionExcludesReasoning: boolean(
    null,
    "its `output_tokens` do not contain reasoning; found by the totals if absent",
  ),
};

export type OpenaiResponsesFlags = ReturnType<typeof readOpenaiResponsesFlags>;
export const readOpenaiResponsesFlags = flagReader(openaiResponsesFlags);
