/** Flags of `anthropic-messages`; docs/providers/anthropic-messages.md has the same table. What holds without one is how Claude 4.6 behaves. */
import { boolean, flagReader, text, texts, word, words } from "./flag.ts";

export const anthropicEfforts = ["low", "medium", "high", "xhigh", "max"] as const;
export type AnthropicEffort = (typeof anthropicEfforts)[number];

const betaName = { pattern: /^[a-z0-9][a-z0-9._-]{0,79}$/i, like: "context-1m-2025-08-07" };

export const anthropicMessagesFlags = {
  thinking: word(
    ["adaptive", "always", "budget", "none"],
    "adaptive",
    "how it is told to think: by effort (`adaptive`; `always`: and it cannot be told not to), by a budget of tokens (`budget`), or not at all (`none`)",
  ),
  efforts: words(
    anthropicEfforts,
    anthropicEfforts,
    "the efforts that it knows; another is asked for as the nearest",
  ),
  thinkingDisplay: boolean(
    true,
    "it is asked to show a summary of its thoughts, which newer models leave out otherwise; `false` where it does not know the word",
  ),
  sampling: boolean(
    true,
    "it takes `temperature`, `top_p` and `top_k`; `false` for all of Claude after 4.6",
  ),
  prefill: boolean(
    true,
    "it continues an assistant message at the end; `false`: who sends one is not asked of it",
  ),
  structuredOutputs: word(
    ["format", "tool"],
    "format",
    "how a JSON schema is asked for: `output_config.format`, or a tool that it has to call and whose input is the answer",
  ),
  strictTools: boolean(true, "it knows `strict` in a tool"),
  forcedToolChoice: boolean(null, "it can be made to call a tool; absent: unless it always thinks"),
  midSystem: boolean(
    false,
    "it takes system messages after a user's; `false`: they are text of the user's turn",
  ),
  cacheControl: boolean(true, "it knows cache marks; `false`: they are left out"),
  topLevelCache: boolean(
    true,
    "it knows `cache_control` at top level; `false`: the mark goes to the last block",
  ),
  webSearchTool: text(
    { pattern: /^web_search_\d{8}$/, like: "web_search_20250305" },
    null,
    "the tool by which it searches for who sends `web_search_options`; absent: it does not",
  ),
  betas: texts(betaName, [], "`anthropic-beta` of every request"),
  clientBetas: texts(betaName, null, "which of a client's own betas are sent on; absent: all"),
  anthropicVersion: text(
    { pattern: /^\d{4}-\d\d-\d\d$/, like: "2023-06-01" },
    "2023-06-01",
    "`anthropic-version`",
  ),
  speed: boolean(
    false,
    "`speed` of a client that speaks Messages is sent on: the fast mode has a price of its own",
  ),
  inferenceGeo: boolean(
    false,
    "`inference_geo` of a client that speaks Messages is sent on: some regions have a price of their own",
  ),
};

export const readAnthropicMessagesFlags = flagReader(anthropicMessagesFlags);
