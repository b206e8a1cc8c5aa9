/** Flags of `gemini-generate-content`; docs/providers/gemini-generate-content.md has the same table. */
import { boolean, flagReader, members, number, word, words } from "./flag.ts";

/** Weakest first. */
export const geminiThinkingLevels = ["MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"] as const;
export type GeminiThinkingLevel = (typeof geminiThinkingLevels)[number];

const thresholds: readonly unknown[] = [
  "OFF",
  "BLOCK_NONE",
  "BLOCK_ONLY_HIGH",
  "BLOCK_MEDIUM_AND_ABOVE",
  "BLOCK_LOW_AND_ABOVE",
];

export const geminiGenerateContentFlags = {
  thinking: word(
    ["level", "budget", "none"],
    null,
    "how it is told how much to think: by `thinkingLevel` (from Gemini 3 on), by `thinkingBudget` (2.5), or not at all; absent: what its name says",
  ),
  thinkingLevels: words(
    geminiThinkingLevels,
    null,
    "the levels it takes; without `MINIMAL` it always thinks, and who wants no thinking is refused; absent: all but `XHIGH`, and without `MINIMAL` for Pro and for Flash from 3.7 on",
  ),
  thinkingBudgetMin: number(
    { least: 0, most: 1_000_000 },
    null,
    "the least budget in tokens; above 0 it always thinks; absent: 128 for 2.5 Pro, else 0",
  ),
  thinkingBudgetMax: number(
    { least: 1, most: 1_000_000 },
    null,
    "the largest budget in tokens; absent: 32,768 for 2.5 Pro, else 24,576",
  ),
  thinksByDefault: boolean(
    null,
    "it thinks when nothing is said about it, and its thoughts can be shown then; absent: all but Flash-Lite and Gemma do",
  ),
  functionCallIds: boolean(
    null,
    "function calls and their answers have an `id`; absent: at AI Studio they do, on Vertex they do not",
  ),
  signaturesRequired: boolean(
    null,
    "it refuses a function call of the current turn without its `thoughtSignature`, so that one from another model gets the documented `skip_thought_signature_validator`; absent: from Gemini 3 on",
  ),
  functionResponseParts: boolean(
    null,
    "pictures and files may stand inside a function response; `false`: they follow it; absent: from Gemini 3 on",
  ),
  schemaWithTools: boolean(
    null,
    "it takes `response_format` beside tools; `false`: who sends both is refused; absent: from Gemini 3 on",
  ),
  validatedCalls: boolean(
    null,
    "it knows the mode `VALIDATED`, which tools with `strict` are asked for in; absent: all but Gemma",
  ),
  systemInstruction: boolean(
    null,
    "it knows `systemInstruction`; `false`: instructions are what the user says first; absent: all but Gemma up to 3",
  ),
  penalties: boolean(
    null,
    "it takes `presence_penalty` and `frequency_penalty`; absent: all but Gemini 2.5 at AI Studio",
  ),
  logprobs: boolean(false, "it gives `logprobs`; `false`: they are not asked for"),
  webSearch: boolean(
    false,
    "who asks for a search (`web_search_options`, a tool `web_search…`) gets Google's; price `web_search` before you set it, because what nobody priced takes the endpoint out of use; `false`: the option is left out, and who sends the tool is refused",
  ),
  searchBilling: word(
    ["query", "prompt"],
    null,
    "what Google bills of its search: each query, or once each prompt that was searched for; absent: `query` from Gemini 3 on",
  ),
  safetySettings: members(
    '{"HARM_CATEGORY_HARASSMENT": "OFF"}',
    "from which probability on Google blocks what, for every request; absent: Google's own",
    (category, threshold) =>
      /^HARM_CATEGORY_[A-Z_]{1,60}$/.test(category) && thresholds.includes(threshold),
  ),
};

export const readGeminiGenerateContentFlags = flagReader(geminiGenerateContentFlags);
