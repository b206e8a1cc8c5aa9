/** Every wire protocol by its name. The compiler sees to it that none is missing. */
import type { WireProtocolName } from "#schema/wire-protocols.ts";
import { anthropicMessages } from "./anthropic-messages.ts";
import { azureOpenai } from "./azure-openai.ts";
import { bedrockConverse } from "./bedrock-converse.ts";
import { cohereChat } from "./cohere-chat.ts";
import { cohereEmbed } from "./cohere-embed.ts";
import { cohereRerank } from "./cohere-rerank.ts";
import { openaiChat } from "./openai-chat.ts";
import { geminiEmbeddings } from "./gemini-embeddings.ts";
import { geminiGenerateContent } from "./gemini-generate-content.ts";
import { jinaRerank } from "./jina-rerank.ts";
import { openaiEmbeddings } from "./openai-embeddings.ts";
import { openaiResponses } from "./openai-responses.ts";
import { vertex } from "./vertex.ts";
import type { WireProtocol } from "./wire-protocol.ts";

const protocols: Readonly<Record<WireProtocolName, WireProtocol>> = {
  "openai-chat": openaiChat,
  "azure-openai": azureOpenai,
  "openai-responses": openaiResponses,
  "anthropic-messages": anthropicMessages,
  "bedrock-converse": bedrockConverse,
  "cohere-chat": cohereChat,
  "cohere-embed": cohereEmbed,
  "cohere-rerank": cohereRerank,
  "openai-embeddings": openaiEmbeddings,
  "gemini-embeddings": geminiEmbeddings,
  "gemini-generate-content": geminiGenerateContent,
  vertex,
  "jina-rerank": jinaRerank,
};

export const protocolOf = (name: WireProtocolName): WireProtocol => protocols[name];
