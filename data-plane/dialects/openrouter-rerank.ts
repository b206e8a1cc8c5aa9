/** How clients ask for an order of documents: OpenRouter's rerank (openrouter-api.md 1.1). */
import { promptMeters, sum } from "#schema/meters.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import type { ChatAsk } from "../operations/chat.ts";
import type { Ranking } from "../operations/embedding.ts";
import { isObject } from "../operations/json-value.ts";
import { invalid } from "../refusal.ts";
import { parseBody } from "./ask/body.ts";
import { optionalText, wholeNumber } from "./ask/fields.ts";
import { modelsOf } from "./ask/models.ts";
import { preferencesOf } from "./ask/preferences.ts";
import { sizeOf } from "./ask/prompt-size.ts";
import type { Bill, Dialect, Face } from "./dialect.ts";

const documentsMax = 1_000;
const queryCharactersMax = 100_000;
/** Cohere bills a search unit for every hundred documents, and long ones as several of this many tokens (its pricing page). */
const documentsPerUnit = 100;
const tokensPerPiece = 500;

function decode(bytes: Buffer): ChatAsk {
  const { text, body, members } = parseBody(bytes);
  const { query, documents } = body;
  if (typeof query !== "string" || query === "") throw invalid("query", "text", query);
  if (query.length > queryCharactersMax)
    throw invalid("query", `at most ${queryCharactersMax} characters`, query.length);
  if (!Array.isArray(documents) || documents.length === 0)
    throw invalid("documents", "a list with at least one document", documents);
  if (documents.length > documentsMax)
    throw invalid("documents", `at most ${documentsMax} documents`, documents.length);
  let pictures = 0;
  for (const [at, document] of documents.entries()) {
    if (typeof document === "string") continue;
    if (!isObject(document) || (typeof document["text"] !== "string" && !document["image"]))
      throw invalid(`documents[${at}]`, "text, or an object with text or image", document);
    if (document["image"]) pictures++;
  }
  wholeNumber(body, "top_n");
  // Whoever bills by the token bills the query once for each document.
  const written = bytes.length + Buffer.byteLength(query) * documents.length;
  const { bound, estimate } = sizeOf(written, pictures);
  const pieces = documents.length + Math.ceil(written / tokensPerPiece);
  return {
    operation: "rerank",
    dialect: "openrouter-rerank",
    text,
    members,
    body,
    models: modelsOf(body),
    stream: false,
    outputTokensMax: 0,
    promptTokensBound: bound,
    promptTokensEstimate: estimate,
    images: pictures,
    searchesBound: 0,
    requestsBound: Math.ceil(pieces / documentsPerUnit),
    reasoning: null,
    serviceTier: null,
    preferences: preferencesOf(body["provider"]),
    parameters: [],
    user: optionalText(body, "user", 256),
    session: optionalText(body, "session_id", 256),
  };
}

function encodeWhole(face: Face, { body }: ChatAsk, { results }: Ranking, bill: Bill): string {
  const { counts, charge, ownKey } = bill;
  const documents = Array.isArray(body["documents"]) ? (body["documents"] as unknown[]) : [];
  return JSON.stringify({
    id: face.id,
    model: face.model,
    provider: face.provider,
    results: results.map(({ index, relevance_score }) => {
      const document = documents[index];
      return {
        index,
        relevance_score,
        document: { text: isObject(document) ? (document["text"] ?? "") : document },
      };
    }),
    usage: {
      search_units: +(counts.request ?? 0n).toString(),
      total_tokens: +sum(counts, promptMeters).toString(),
      cost: dollarsNumber(charge.total),
      is_byok: ownKey,
    },
  });
}

export const openrouterRerank: Dialect = {
  name: "openrouter-rerank",
  decode,
  encoder: () => ({ event: () => "", end: () => "", broken: () => "" }),
  encodeWhole: (face, ask, whole, bill) => encodeWhole(face, ask, whole as Ranking, bill),
  encodeRefusal: (refusal) => JSON.stringify(refusal.body()),
  heartbeat: "",
};
