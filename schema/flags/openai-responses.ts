/** Flags of `openai-responses`; docs/providers/openai-responses.md has the same table. */
import { flagReader } from "./flag.ts";

export const openaiResponsesFlags = {};

export const readOpenaiResponsesFlags = flagReader(openaiResponsesFlags);
