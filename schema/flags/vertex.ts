/** Flags of `vertex`: those of the language in which a publisher's models are spoken to (docs/providers/vertex.md). */
import { anthropicMessagesFlags } from "./anthropic-messages.ts";
import { word } from "./flag.ts";
import { geminiGenerateContentFlags } from "./gemini-generate-content.ts";
import { openaiChatFlags } from "./openai-chat.ts";

export const vertexFlags = {
  ...openaiChatFlags,
  ...anthropicMessagesFlags,
  ...geminiGenerateContentFlags,
  thinking: word(
    ["level", "budget", "none", "adaptive", "always"],
    null,
    "how it is told how much to think: Gemini's words for Google's models, those of `anthropic-messages` for Claude; absent: what Gemini's name says, `adaptive` for Claude",
  ),
};
