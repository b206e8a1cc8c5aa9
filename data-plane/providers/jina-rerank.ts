/**
 * The wire protocol of Jina's rerank, which Voyage speaks too (with `top_k`, a flag, and its rows under `data`). Billed by
 * tokens of query and documents, in `usage.total_tokens` (docs.voyageai.com, jina.ai/reranker; 22 November 2026).
 */
import { readJinaRerankFlags } from "#schema/flags/jina-rerank.ts";
import type { ChatAsk, Usage } from "../operations/chat.ts";
import { rankedDocuments } from "../operations/embedding.ts";
import { isObject, parseObject } from "../operations/json-value.ts";
import { failureInside, failureOfAnswer, garbled } from "./failures.ts";
import { CannotEncode, type Flags, type WireProtocol } from "./wire-protocol.ts";

const tokensMax = 100_000_000;

function encodeBody({ body }: ChatAsk, model: string, given: Flags): string {
  const { query, documents, top_n: topN } = body;
  const { topField } = readJinaRerankFlags(given);
  const texts = (Array.isArray(documents) ? documents : []).map((document: unknown, at) => {
    if (typeof document === "string") return document;
    if (isObject(document) && typeof document["text"] === "string" && !document["image"])
      return document["text"];
    throw new CannotEncode(`documents[${at}]`, "this endpoint ranks text, not pictures");
  });
  return JSON.stringify({
    model,
    query,
    documents: texts,
    ...(typeof topN === "number" ? { [topField]: topN } : {}),
    return_documents: false,
  });
}

function usageOf(raw: unknown): Usage | null {
  if (!isObject(raw)) return null;
  const said = raw["total_tokens"] ?? raw["prompt_tokens"];
  if (typeof said !== "number" || !Number.isInteger(said) || said < 0 || said > tokensMax)
    return { counts: null, raw };
  return { counts: { input: BigInt(said), request: 1n }, raw };
}

export const jinaRerank: WireProtocol = {
  operation: "rerank",
  framing: "sse",
  auth: "bearer",
  remoteMedia: "fetch",
  unsupported: new Set(),
  encode: (ask, { model, flags }) => ({
    path: "/rerank",
    headers: {},
    body: encodeBody(ask, model, flags),
  }),
  decoder: () => () => [
    {
      kind: "failure",
      failure: garbled("the provider streamed a ranking, which nobody asked for"),
    },
  ],
  decodeWhole(body, ask) {
    const answer = parseObject(body);
    if (!answer) return garbled(`the provider's answer is not JSON: ${body.slice(0, 200)}`);
    if (answer["error"] !== undefined && answer["error"] !== null) return failureInside(answer);
    const { documents } = ask.body;
    const results = rankedDocuments(
      answer["results"] ?? answer["data"],
      Array.isArray(documents) ? documents.length : 0,
    );
    if (!results) return garbled("the provider's answer is no ranking of the documents");
    return { whole: { id: answer["id"], results }, usage: usageOf(answer["usage"]) };
  },
  decodeFailure: failureOfAnswer,
};
