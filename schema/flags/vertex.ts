/** Flags of `vertex`: those of the protocols in which publishers' models are spoken to there (docs/providers/vertex.md). */
import { anthropicMessagesFlags } from "./anthropic-messages.ts";
import type { Flag, FlagList } from "./flag.ts";
import { geminiGenerateContentFlags } from "./gemini-generate-content.ts";
import { openaiChatFlags } from "./openai-chat.ts";

/** A flag of two protocols takes the words of both: each reads its own, and the other's count as absent. */
const either = (one: Flag, other: Flag): Flag => ({
  values: one.values === other.values ? one.values : `${one.values}; or ${other.values}`,
  absent: null,
  meaning: `${one.meaning}; or ${other.meaning}`,
  parse: (value) => one.parse(value) ?? other.parse(value),
});

function together(...lists: FlagList[]): FlagList {
  const flags: Record<string, Flag> = {};
  for (const list of lists)
    for (const [name, flag] of Object.entries(list)) {
      const known = flags[name];
      flags[name] = known ? either(known, flag) : flag;
    }
  return flags;
}

export const vertexFlags: FlagList = together(
  geminiGenerateContentFlags,
  anthropicMessagesFlags,
  openaiChatFlags,
);
