/** Flags of `jina-rerank`; docs/providers/jina-rerank.md has the same table. */
import { flagReader, word } from "./flag.ts";

export const jinaRerankFlags = {
  topField: word(["top_n", "top_k"], "top_n", "the name of the field for how many come back"),
};

export const readJinaRerankFlags = flagReader(jinaRerankFlags);
