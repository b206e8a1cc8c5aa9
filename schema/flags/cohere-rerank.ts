/** Flags of `cohere-rerank`; docs/providers/cohere-rerank.md has the same table. */
import { flagReader } from "./flag.ts";

export const cohereRerankFlags = {};

export const readCohereRerankFlags = flagReader(cohereRerankFlags);
