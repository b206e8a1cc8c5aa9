/** Flags of `gemini-embeddings`; docs/providers/gemini-embeddings.md has the same table. */
import { flagReader } from "./flag.ts";

export const geminiEmbeddingsFlags = {};

export const readGeminiEmbeddingsFlags = flagReader(geminiEmbeddingsFlags);
