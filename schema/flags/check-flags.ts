/** The flags of every wire protocol, and what is wrong with some that somebody wrote. */
import { wireProtocols, type WireProtocolName } from "../wire-protocols.ts";
import { anthropicMessagesFlags } from "./anthropic-messages.ts";
import { anyProtocolFlags } from "./any-protocol.ts";
import { azureOpenaiFlags } from "./azure-openai.ts";
import { bedrockConverseFlags } from "./bedrock-converse.ts";
import { cohereChatFlags } from "./cohere-chat.ts";
import { cohereEmbedFlags } from "./cohere-embed.ts";
import { cohereRerankFlags } from "./cohere-rerank.ts";
import type { FlagList } from "./flag.ts";
import { geminiEmbeddingsFlags } from "./gemini-embeddings.ts";
import { geminiGenerateContentFlags } from "./gemini-generate-content.ts";
import { jinaRerankFlags } from "./jina-rerank.ts";
import { openaiChatFlags } from "./openai-chat.ts";
import { openaiEmbeddingsFlags } from "./openai-embeddings.ts";
import { openaiResponsesFlags } from "./openai-responses.ts";
import { vertexFlags } from "./vertex.ts";

/** Beside `anyProtocolFlags`, which each of them has. */
export const protocolFlags = {
  "openai-chat": openaiChatFlags,
  "azure-openai": azureOpenaiFlags,
  "openai-responses": openaiResponsesFlags,
  "anthropic-messages": anthropicMessagesFlags,
  "gemini-generate-content": geminiGenerateContentFlags,
  vertex: vertexFlags,
  "cohere-chat": cohereChatFlags,
  "bedrock-converse": bedrockConverseFlags,
  "openai-embeddings": openaiEmbeddingsFlags,
  "gemini-embeddings": geminiEmbeddingsFlags,
  "cohere-embed": cohereEmbedFlags,
  "cohere-rerank": cohereRerankFlags,
  "jina-rerank": jinaRerankFlags,
} as const satisfies Record<WireProtocolName, FlagList>;

export type FlagProblem = { flag: string; message: string };

const charactersMax = 10_000;

/**
 * What is wrong with a row's flags, for whoever writes it: names that the protocol does not have, and values that are none.
 * Null is as good as absent: it takes a provider's flag away from an endpoint.
 */
export function checkFlags(
  protocol: WireProtocolName,
  flags: Readonly<Record<string, unknown>>,
): FlagProblem[] {
  const known: FlagList = { ...anyProtocolFlags, ...protocolFlags[protocol] };
  const problems = Object.entries(flags).flatMap(([flag, value]): FlagProblem[] => {
    const declared = Object.hasOwn(known, flag) ? known[flag] : undefined;
    if (!declared) return [{ flag, message: unknownFlag(protocol, flag, Object.keys(known)) }];
    if (value === null || declared.parse(value) !== undefined) return [];
    return [{ flag, message: `expected ${plain(declared.values)}; got ${brief(value)}` }];
  });
  if (problems.length === 0 && JSON.stringify(flags).length > charactersMax)
    problems.push({ flag: "", message: `expected at most ${charactersMax} characters of JSON` });
  return problems;
}

function unknownFlag(protocol: WireProtocolName, flag: string, known: readonly string[]): string {
  const lower = flag.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const meant = known.find((name) => name.toLowerCase() === lower);
  if (meant !== undefined) return `is no flag of ${protocol}; did you mean ${meant}?`;
  const others = wireProtocols.filter((name) => Object.hasOwn(protocolFlags[name], flag));
  return others.length > 0
    ? `is a flag of ${others.join(" and ")}, not of ${protocol}`
    : `is no flag of ${protocol}; it has ${known.toSorted().join(", ")}`;
}

const plain = (values: string): string => values.replaceAll("`", "");
const brief = (value: unknown): string => {
  const written = JSON.stringify(value) ?? String(value);
  return written.length > 60 ? `${written.slice(0, 60)}…` : written;
};
