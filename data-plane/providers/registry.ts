/** Every wire protocol by its name. */
import type { WireProtocolName } from "#schema/wire-protocols.ts";
import { bedrockConverse } from "./bedrock-converse.ts";
import { openaiChat } from "./openai-chat.ts";
import { geminiEmbeddings } from "./gemini-embeddings.ts";
import { jinaRerank } from "./jina-rerank.ts";
import { openaiEmbeddings } from "./openai-embeddings.ts";
import type { WireProtocol } from "./wire-protocol.ts";

const protocols: Readonly<Partial<Record<WireProtocolName, WireProtocol>>> = {
  "openai-chat": openaiChat,
  "bedrock-converse": bedrockConverse,
  "openai-embeddings": openaiEmbeddings,
  "gemini-embeddings": geminiEmbeddings,
  "jina-rerank": jinaRerank,
};

export function protocolOf(name: WireProtocolName): WireProtocol {
  const protocol = protocols[name];
  if (!protocol) throw new Error(`the wire protocol ${name} is not spoken yet`);
  return protocol;
}
