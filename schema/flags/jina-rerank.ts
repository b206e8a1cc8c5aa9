/** Flags of `jina-rerank`; docs/providers/jina-rerank.md has the same table. */
import { flagReader } from "./flag.ts";

export const jinaRerankFlags = {};

export const readJinaRerankFlags = flagReader(jinaRerankFlags);
