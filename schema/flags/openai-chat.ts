/**
 * Flags of `openai-chat`: in what those who speak OpenAI's chat completions differ (contract/providers.md section 2 and
 * 1.2, facts of 22 November 2026). docs/providers/openai-chat.md says which provider needs which.
 */
import {
  boolean,
  flagReader,
  type FlagValues,
  members,
  number,
  text,
  word,
  words,
} from "./flag.ts";

export const reasoningEfforts = [
  "none",
  "minimal",
  "low",
  "medium",
  "high",
  "xhigh",
  "max",
] as const;
export type ReasoningEffort = (typeof reasoningEfforts)[number];

/** Parameters and parts of them that an endpoint may not have. */
export const leavableParameters = [
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "top_a",
  "frequency_penalty",
  "presence_penalty",
  "repetition_penalty",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "seed",
  "stop",
  "n",
  "user",
  "store",
  "metadata",
  "verbosity",
  "prediction",
  "modalities",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "strict_tools",
  "response_format",
  "structured_outputs",
  "web_search_options",
  "service_tier",
  "prompt_cache_key",
] as const;

/** Headers that are ours to set; what else an operator names is sent. */
const ownHeaders =
  /^(authorization|host|connection|content-.*|transfer-encoding|accept|cookie|te|upgrade|expect|api-key|x-api-key)$/i;

export const openaiChatFlags = {
  path: text(
    { pattern: /^\/[\w./{}:@%-]*(\?[\w=&.-]*)?$/, like: "/chat/completions" },
    "/chat/completions",
    "what stands behind the base URL; `{model}` in it is the provider's name of the model",
  ),
  headers: members(
    '{"OpenAI-Project": "team/project"}',
    "more headers, the same for every request",
    (name, value) =>
      /^[\w-]{1,100}$/.test(name) &&
      !ownHeaders.test(name) &&
      typeof value === "string" &&
      /^[\x20-\x7e]{0,1000}$/.test(value),
  ),
  extraBody: members(
    '{"tool_stream": true}',
    "members that are added to a body that does not have them",
    (name) => !["model", "messages", "stream", "stream_options"].includes(name),
  ),
  tokenLimitField: word(
    ["max_tokens", "max_completion_tokens"],
    "max_tokens",
    "what the provider calls the limit of the answer",
  ),
  maxTokensReserve: boolean(
    false,
    "it counts the limit against its rate limits in advance: one that only repeats the endpoint's own maximum is not sent",
  ),
  systemRole: word(
    ["system", "developer"],
    "system",
    "whether it knows the role `developer`; where it does not, such a message gets the role `system`",
  ),
  usageInStream: word(
    ["optin", "always", "x_groq", "choice"],
    "optin",
    "whether it has to be asked for usage in a stream (`optin`); the others say where it comes unasked, and `stream_options` is left out",
  ),
  includeObfuscation: boolean(
    null,
    "said to a provider that pads its chunks against eavesdroppers; `false` saves the padding",
  ),
  reasoningIn: word(
    [
      "effort",
      "thinkingType",
      "enableThinking",
      "chatTemplateKwargs",
      "chatTemplateArgs",
      "reasoningEnabled",
      "reasoningObject",
      "string",
      "promptMode",
      "none",
    ],
    "effort",
    "how it is told to think: `reasoning_effort`; `thinking: {type}`; `enable_thinking`; that inside `chat_template_kwargs` or `chat_template_args`; `reasoning: {enabled}`; OpenRouter's `reasoning`; `thinking` as a word; Mistral's `prompt_mode`; not at all",
  ),
  reasoningEfforts: words(
    reasoningEfforts,
    null,
    "the efforts that it knows, the nearest of which is sent; absent: whatever is asked, and only where `reasoningIn` is `effort`, `string` or `reasoningObject`",
  ),
  reasoningBudgetField: word(
    ["thinking_budget", "budget_tokens"],
    null,
    "where `reasoning.max_tokens` goes: a member of its own, or `thinking.budget_tokens`; absent: it becomes the nearest effort",
  ),
  reasoningMandatory: boolean(
    false,
    "it cannot be told not to think, and such a request is refused",
  ),
  thinkingMembers: members(
    '{"clear_thinking": false}',
    "what else stands in `thinking` whenever that is sent",
  ),
  thinkingKwarg: text(
    { pattern: /^\w{1,60}$/, like: "thinking" },
    "enable_thinking",
    "what the chat template calls the switch, where `reasoningIn` is a template's",
  ),
  thinkingNeedsStream: boolean(false, "it thinks in streams only: a plain answer is asked without"),
  effortWithTools: boolean(
    true,
    "`false`: it refuses `reasoning_effort` beside `tools`, so it is left out then (GPT-5.4 and newer in chat)",
  ),
  reasoningOut: word(
    ["fields", "think", "thinkOpen"],
    "fields",
    "where thoughts are: the first of `reasoning_content`, `reasoning` and `reasoning_text` that is not empty; between `<think>` and `</think>` in the text; the same with the first mark left out",
  ),
  reasoningFormat: text(
    { pattern: /^[a-z0-9.-]{1,60}$/, like: "unknown" },
    "unknown",
    "the `format` of its `reasoning_details`; only thoughts of that format, or of none, are sent back",
  ),
  reasoningEcho: word(
    ["none", "reasoning_content", "reasoning", "reasoning_details", "thinking_part"],
    "none",
    "under which name earlier thoughts go back to it: members of the message, or Mistral's part of its content",
  ),
  reasoningEchoRequired: boolean(
    false,
    "it refuses an assistant message with tool calls and without thoughts: an empty text is sent then",
  ),
  unsupported: words(
    leavableParameters,
    [],
    "what it does not have: left out, or for `structured_outputs` said in the prompt; `strict_tools` is `strict` inside a tool",
  ),
  toolChoice: word(
    ["required", "any", "auto-only"],
    "required",
    "its word for `tool_choice: required`; `auto-only`: it cannot be made to call a tool, and is not asked by who wants that",
  ),
  toolCallIdFormat: word(
    ["any", "mistral9", "anthropic64"],
    "any",
    "which ids of tool calls it takes: nine letters and digits; up to 64 of letters, digits, `_` and `-`. Others are replaced for the request",
  ),
  emptyAssistantContent: word(
    ["keep", "null", "empty"],
    "keep",
    "what an assistant message without text says: as the client wrote it, `null`, or an empty text",
  ),
  toolHistoryNeedsTools: boolean(
    false,
    "it refuses tool calls in the conversation without `tools`: they are declared from the conversation then",
  ),
  assistantContentAsString: boolean(
    false,
    "text parts of an assistant message become one text, because parts make the model imitate them",
  ),
  mergeSameRole: boolean(
    false,
    "it wants user and assistant to alternate: neighbours of one role become one message",
  ),
  prefill: word(
    ["keep", "prefix", "refuse"],
    "keep",
    "an assistant message at the end: as it is, marked with `prefix: true`, or not for this endpoint",
  ),
  cacheMarks: word(
    ["drop", "keep"],
    "drop",
    "whether it knows `cache_control` on parts of a message",
  ),
  sessionAffinityHeader: word(
    ["x-session-affinity", "x-session-id", "prompt_cache_key"],
    null,
    "where a digest of the client's session goes, so that its turns meet one cache: a header, or the member `prompt_cache_key`",
  ),
  seedField: word(["seed", "random_seed"], "seed", "what it calls `seed`"),
  stopAsArray: boolean(false, "it takes a list for `stop` and no single text"),
  logprobsAsInteger: boolean(
    false,
    "its `logprobs` is the number that OpenAI calls `top_logprobs`",
  ),
  temperatureMax: number(
    { least: 0, most: 2, whole: false },
    null,
    "the highest `temperature` that it takes; a higher one is sent as this",
  ),
  promptExcludesCached: boolean(
    null,
    "its `prompt_tokens` do not contain cached ones; found by the totals if absent",
  ),
  completionExcludesReasoning: boolean(
    null,
    "its `completion_tokens` do not contain reasoning; found by the totals if absent",
  ),
};

export type OpenaiChatFlags = FlagValues<typeof openaiChatFlags>;
export const readOpenaiChatFlags = flagReader(openaiChatFlags);
