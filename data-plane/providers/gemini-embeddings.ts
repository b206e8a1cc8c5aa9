/**
 * The wire protocol of Gemini's embeddings: `models/{model}:batchEmbedContents`, one request for each input. The API says
 * nothing of usage, so tokens are estimated and said to be (contract/providers.md 4.3; ai.google.dev, embeddings).
 */
import type { ChatAsk } from "../operations/chat.ts";
import { embeddingRows, inputsOf } from "../operations/embedding.ts";
import { isObject, parseObject } from "../operations/json-value.ts";
import { failureInside, failureOfAnswer, garbled } from "./failures.ts";
import { CannotEncode, type WireProtocol } from "./wire-protocol.ts";

const inputsMax = 100; // what one batch takes

function encodeBody({ body }: ChatAsk, model: string): string {
  const { input, dimensions, input_type: inputType } = body;
  const inputs: unknown[] = Array.isArray(input) ? input : [input];
  if (inputs.length > inputsMax)
    throw new CannotEncode("input", `this endpoint takes at most ${inputsMax} inputs at once`);
  return JSON.stringify({
    requests: inputs.map((text, at) => {
      if (typeof text !== "string")
        throw new CannotEncode(
          `input[${at}]`,
          "this endpoint takes text, not token ids or pictures",
        );
      return {
        model: `models/${model}`,
        content: { parts: [{ text }] },
        ...(typeof dimensions === "number" ? { outputDimensionality: dimensions } : {}),
        ...(typeof inputType === "string" ? { taskType: taskOf(inputType) } : {}),
      };
    }),
  });
}

/** A word of its own passes; the two that everybody has are translated. */
function taskOf(inputType: string): string {
  if (/^[A-Z_]+$/.test(inputType)) return inputType;
  return inputType.includes("query") ? "RETRIEVAL_QUERY" : "RETRIEVAL_DOCUMENT";
}

export const geminiEmbeddings: WireProtocol = {
  operation: "embedding",
  framing: "sse",
  auth: "x-goog-api-key",
  remoteMedia: "inline",
  unsupported: new Set(),
  encode: (ask, { model }) => ({
    path: `/models/${encodeURIComponent(model)}:batchEmbedContents`,
    headers: {},
    body: encodeBody(ask, model),
  }),
  decoder: () => () => [
    { kind: "failure", failure: garbled("the provider streamed vectors, which nobody asked for") },
  ],
  decodeWhole(body, ask) {
    const answer = parseObject(body);
    if (!answer) return garbled(`the provider's answer is not JSON: ${body.slice(0, 200)}`);
    if (isObject(answer["error"])) return failureInside(answer);
    const vectors = Array.isArray(answer["embeddings"]) ? answer["embeddings"] : [];
    const inputs = inputsOf(ask.body["input"]);
    const data = embeddingRows(
      vectors.map((vector: unknown) => ({ embedding: isObject(vector) ? vector["values"] : null })),
      inputs,
    );
    if (!data)
      return garbled(`the provider's answer has not one vector for each of ${inputs} inputs`);
    return { whole: { data }, usage: null };
  },
  decodeFailure: failureOfAnswer,
};
