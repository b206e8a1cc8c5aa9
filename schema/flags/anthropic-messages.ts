/** Flags of `anthropic-messages`; docs/providers/anthropic-messages.md has the same table. */
import { flagReader } from "./flag.ts";

export const anthropicMessagesFlags = {};

export const readAnthropicMessagesFlags = flagReader(anthropicMessagesFlags);
