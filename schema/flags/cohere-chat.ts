/** Flags of `cohere-chat`; docs/providers/cohere-chat.md has the same table. */
import { flagReader } from "./flag.ts";

export const cohereChatFlags = {};

export const readCohereChatFlags = flagReader(cohereChatFlags);
