/** Flags of `bedrock-converse`; docs/providers/bedrock-converse.md has the same table. */
import { boolean, flagReader, members, text, word } from "./flag.ts";

export const bedrockThinking = [
  "adaptive",
  "always",
  "budget",
  "effort",
  "nova",
  "reasoning",
  "none",
] as const;
export type BedrockThinking = (typeof bedrockThinking)[number];

export const bedrockConverseFlags = {
  region: text(
    { pattern: /^[a-z0-9-]{1,40}$/, like: "eu-central-1" },
    null,
    "the region that requests are signed for; absent: the credential's, else the one in the base URL",
  ),
  family: word(
    ["anthropic", "nova", "other"],
    null,
    "whose rules the model follows; absent: what its id says, which an ARN does not",
  ),
  thinking: word(
    bedrockThinking,
    null,
    "how it is told to think: Claude by effort (`adaptive`; `always`: and it cannot be told not to) or by a budget (`budget`), gpt-oss by `reasoning_effort` (`effort`), Nova 2 by `reasoningConfig` (`nova`), GPT by `reasoning` (`reasoning`), or not at all (`none`); absent: what its id says",
  ),
  thinkingDisplay: boolean(
    true,
    "Claude is asked to show a summary of its thoughts, which newer models leave out otherwise; `false` where the model does not know the word",
  ),
  reasoningEcho: boolean(
    false,
    "thoughts that are neither signed nor enciphered go back to it too",
  ),
  reasoningFormat: word(
    ["anthropic-claude-v1", "bedrock-openai-responses-v1", "bedrock-xai-responses-v1", "unknown"],
    null,
    "the `format` of its `reasoning_details`, of which only its own go back to it: Claude's are signed, GPT's and Grok's enciphered; absent: what its id says",
  ),
  sampling: boolean(
    null,
    "`false`: it refuses `temperature`, `top_p` and `top_k`; absent: Claude after 4.6, GPT and Grok do",
  ),
  stop: boolean(
    null,
    "`false`: it refuses `stopSequences`; absent: GPT, gpt-oss, Grok and Qwen do",
  ),
  topK: word(
    ["top_k", "nova", "none"],
    null,
    "where `top_k` goes: a field of the model's own, Nova's `inferenceConfig.topK`, or nowhere; absent: what its id says",
  ),
  structuredOutput: word(
    ["textFormat", "outputFormat", "tool"],
    null,
    "how a JSON schema is asked for: `outputConfig.textFormat`; Claude's own `output_config.format`; or a tool that it has to call and whose input is the answer; absent: `outputFormat` for Claude from 4.5 on, else `tool`",
  ),
  toolChoice: word(
    ["any", "auto"],
    null,
    "`auto`: it cannot be made to call a tool, and is not asked by who wants that; absent: what its id says",
  ),
  strictTools: boolean(false, "it knows `strict` in a tool"),
  mixedTurns: boolean(
    null,
    "`false`: it refuses text beside tool calls or their results in one turn; absent: what its id says",
  ),
  cachePoints: boolean(null, "it knows cache points; absent: Claude and Nova do"),
  cacheTtl: boolean(null, "it knows how long a cache point holds; absent: Claude does"),
  prefill: boolean(
    null,
    "it continues an assistant message at the end; absent: Claude up to 4.5 does",
  ),
  promptExcludesCached: boolean(
    true,
    "its `inputTokens` leaves out what was read from or written to the cache",
  ),
  latency: word(["standard", "optimized"], null, "`performanceConfig.latency`"),
  guardrailConfig: members(
    '{"guardrailIdentifier": "gr-1", "guardrailVersion": "1"}',
    "the guardrail that every request goes through; `streamProcessingMode` is left out of plain answers",
    (name, value) =>
      ["guardrailIdentifier", "guardrailVersion", "trace", "streamProcessingMode"].includes(name) &&
      typeof value === "string",
  ),
  additionalModelRequestFields: members(
    '{"anthropic_beta": ["context-1m-2025-08-07"]}',
    "fields of the model's own that are added to every request; what the request itself asks for wins",
  ),
};

export const readBedrockConverseFlags = flagReader(bedrockConverseFlags);
