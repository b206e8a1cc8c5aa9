/** Flags of `bedrock-converse`; docs/providers/bedrock-converse.md has the same table. */
import { flagReader } from "./flag.ts";

export const bedrockConverseFlags = {};

export const readBedrockConverseFlags = flagReader(bedrockConverseFlags);
