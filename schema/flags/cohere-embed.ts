/** Flags of `cohere-embed`; docs/providers/cohere-embed.md has the same table. */
import { flagReader } from "./flag.ts";

export const cohereEmbedFlags = {};

export const readCohereEmbedFlags = flagReader(cohereEmbedFlags);
