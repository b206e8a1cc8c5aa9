/** Flags of `openai-embeddings`; docs/providers/openai-embeddings.md has the same table. */
import { flagReader } from "./flag.ts";

export const openaiEmbeddingsFlags = {};

export const readOpenaiEmbeddingsFlags = flagReader(openaiEmbeddingsFlags);
