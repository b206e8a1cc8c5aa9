/** Flags of `cohere-chat`; docs/providers/cohere-chat.md has the same table. */
import { boolean, flagReader, word } from "./flag.ts";

export const cohereChatFlags = {
  thinking: boolean(true, "`false`: it does not know `thinking`, which is left out"),
  toolChoice: word(
    ["required", "auto"],
    "required",
    "`auto`: it does not know `tool_choice` (models before Command R7B), so who wants a tool called or none does not ask it",
  ),
  strictTools: boolean(true, "it knows `strict_tools`"),
  safetyMode: word(
    ["CONTEXTUAL", "STRICT", "OFF"],
    null,
    "`safety_mode`, which is not sent beside tools or documents",
  ),
  citations: word(
    ["FAST", "ACCURATE", "OFF", "ENABLED", "DISABLED"],
    null,
    "`citation_options.mode`; absent: the model's own",
  ),
};

export const readCohereChatFlags = flagReader(cohereChatFlags);
