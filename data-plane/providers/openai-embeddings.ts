/**
 * The wire protocol of OpenAI's embeddings, as most providers speak it (Voyage and Jina with names of their own, which are
 * flags). Vectors are billed by the tokens of their inputs; there is no output to bill.
 */
import type { Counts } from "#schema/meters.ts";
import { readOpenaiEmbeddingsFlags } from "#schema/flags/openai-embeddings.ts";
import type { ChatAsk, Usage } from "../operations/chat.ts";
import { embeddingRows, inputsOf } from "../operations/embedding.ts";
import { isObject, parseObject } from "../operations/json-value.ts";
import { failureInside, failureOfAnswer, garbled } from "./failures.ts";
import { CannotEncode, type Flags, type WireProtocol } from "./wire-protocol.ts";

const path = "/embeddings";
const tokensMax = 100_000_000;

/** The gateway's own; the rest of a request reaches the provider, known or not. */
const withheld: ReadonlySet<string> = new Set([
  "provider",
  "models",
  "session_id",
  "trace",
  "usage",
  "input_type",
  "dimensions",
  "encoding_format",
  "api_base",
  "base_url",
  "api_key",
  "headers",
  "extra_headers",
  "extra_body",
]);

const inputTypes = {
  plain: (said: string) => said,
  voyage: (said: string) => (said.includes("query") ? "query" : "document"),
  jina: (said: string) => (said.includes("query") ? "retrieval.query" : "retrieval.passage"),
} as const;

function encodeBody({ body }: ChatAsk, model: string, given: Flags): string {
  const flags = readOpenaiEmbeddingsFlags(given);
  const sent: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body))
    if (!withheld.has(name) && value !== null) sent[name] = value;
  sent["model"] = model;
  const { dimensions, input_type: inputType, encoding_format: format } = body;
  if (typeof dimensions === "number") sent[flags.dimensionsField] = dimensions;
  if (typeof inputType === "string" && flags.inputTypeField !== null)
    sent[flags.inputTypeField] = inputTypes[flags.inputTypes](inputType);
  if (format === "base64" && flags.base64 !== "none") sent[flags.base64] = "base64";
  if (Array.isArray(body["input"]) && body["input"].some(isObject))
    throw new CannotEncode("input", "this endpoint takes text and token ids, not pictures");
  return JSON.stringify(sent);
}

/** Voyage and some others say `total_tokens` only; all of it is input. */
function usageOf(raw: unknown): Usage | null {
  if (!isObject(raw)) return null;
  const said = raw["prompt_tokens"] ?? raw["total_tokens"] ?? raw["input_tokens"];
  if (typeof said !== "number" || !Number.isInteger(said) || said < 0 || said > tokensMax)
    return { counts: null, raw };
  const counts: Counts = { input: BigInt(said), request: 1n };
  return { counts, raw };
}

export const openaiEmbeddings: WireProtocol = {
  operation: "embedding",
  framing: "sse",
  auth: "bearer",
  remoteMedia: "fetch",
  unsupported: new Set(),
  encode: (ask, { model, flags }) => ({ path, headers: {}, body: encodeBody(ask, model, flags) }),
  decoder: () => () => [
    { kind: "failure", failure: garbled("the provider streamed vectors, which nobody asked for") },
  ],
  decodeWhole(body, ask) {
    const whole = parseObject(body);
    if (!whole) return garbled(`the provider's answer is not JSON: ${body.slice(0, 200)}`);
    if (whole["error"] !== undefined && whole["error"] !== null) return failureInside(whole);
    const inputs = inputsOf(ask.body["input"]);
    const data = embeddingRows(whole["data"], inputs);
    if (!data)
      return garbled(`the provider's answer has not one vector for each of ${inputs} inputs`);
    return { whole: { id: whole["id"], data }, usage: usageOf(whole["usage"]) };
  },
  decodeFailure: failureOfAnswer,
};
