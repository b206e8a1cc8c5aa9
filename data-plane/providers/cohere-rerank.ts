/**
 * The wire protocol of Cohere's rerank, version 2. Billed by search units, `meta.billed_units.search_units`: one for a query
 * with up to a hundred documents (cohere.com/pricing, November 2026). They are counted as requests.
 */
import type { ChatAsk } from "../operations/chat.ts";
import { rankedDocuments } from "../operations/embedding.ts";
import { isObject, parseObject } from "../operations/json-value.ts";
import { cohereUsage } from "./cohere-usage.ts";
import { failureInside, failureOfAnswer, garbled } from "./failures.ts";
import { CannotEncode, type WireProtocol } from "./wire-protocol.ts";

function encodeBody({ body }: ChatAsk, model: string): string {
  const { query, documents, top_n: topN } = body;
  const texts = (Array.isArray(documents) ? documents : []).map((document: unknown, at) => {
    if (typeof document === "string") return document;
    if (isObject(document) && typeof document["text"] === "string" && !document["image"])
      return document["text"];
    throw new CannotEncode(`documents[${at}]`, "this endpoint ranks text, not pictures");
  });
  // More than there are is refused by none of its peers, and means all.
  const top = typeof topN === "number" ? Math.min(topN, texts.length) : null;
  return JSON.stringify({
    model,
    query,
    documents: texts,
    ...(top === null ? {} : { top_n: top }),
  });
}

export const cohereRerank: WireProtocol = {
  operation: "rerank",
  framing: "sse",
  auth: "bearer",
  remoteMedia: "fetch",
  unsupported: new Set(),
  encode: (ask, { model }) => ({ path: "/rerank", headers: {}, body: encodeBody(ask, model) }),
  decoder: () => () => [
    {
      kind: "failure",
      failure: garbled("the provider streamed a ranking, which nobody asked for"),
    },
  ],
  decodeWhole(body, ask) {
    const answer = parseObject(body);
    if (!answer) return garbled(`the provider's answer is not JSON: ${body.slice(0, 200)}`);
    if (typeof answer["message"] === "string") return failureInside(answer);
    const { documents } = ask.body;
    const results = rankedDocuments(
      answer["results"],
      Array.isArray(documents) ? documents.length : 0,
    );
    if (!results) return garbled("the provider's answer is no ranking of the documents");
    return { whole: { id: answer["id"], results }, usage: cohereUsage(answer["meta"], "rerank") };
  },
  decodeFailure: failureOfAnswer,
};
