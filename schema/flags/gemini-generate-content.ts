/** Flags of `gemini-generate-content`; docs/providers/gemini-generate-content.md has the same table. */
import { flagReader } from "./flag.ts";

export const geminiGenerateContentFlags = {};

export const readGeminiGenerateContentFlags = flagReader(geminiGenerateContentFlags);
