/**
 * The wire protocol of Cohere's embeddings, version 2: text and pictures, at most 96 a request (its SDK's reference,
 * November 2026). Billed by `meta.billed_units`.
 */
import { readCohereEmbedFlags } from "#schema/flags/cohere-embed.ts";
import type { ChatAsk } from "../operations/chat.ts";
import { embeddingRows } from "../operations/embedding.ts";
import { isObject, parseObject } from "../operations/json-value.ts";
import { cohereUsage } from "./cohere-usage.ts";
import { failureInside, failureOfAnswer, garbled } from "./failures.ts";
import { CannotEncode, type Upstream, type WireProtocol } from "./wire-protocol.ts";

const inputsMax = 96;
const inputTypes: ReadonlySet<unknown> = new Set([
  "search_document",
  "search_query",
  "classification",
  "clustering",
  "image",
]);

type Content = { type: "text"; text: string } | { type: "image_url"; image_url: { url: string } };

/** One input: text, a part, or a list of them. Token ids are OpenAI's, and no other model's. */
function contentOf(input: unknown, field: string): Content[] {
  if (typeof input === "string") return [{ type: "text", text: input }];
  const parts = isObject(input) && Array.isArray(input["content"]) ? input["content"] : [input];
  return parts.map((part: unknown): Content => {
    const { type, text, image_url: image } = isObject(part) ? part : {};
    if (type === "text" && typeof text === "string") return { type, text };
    const url = isObject(image) ? image["url"] : image;
    if (type === "image_url" && typeof url === "string" && url.startsWith("data:image/"))
      return { type, image_url: { url } };
    throw new CannotEncode(field, "expected text, or parts of text and pictures as data URLs");
  });
}

function encodeBody({ body }: ChatAsk, { model, flags: given }: Upstream): string {
  const flags = readCohereEmbedFlags(given);
  const { input, dimensions, input_type: asked, encoding_format: format } = body;
  if (Array.isArray(input) && input.some((one) => typeof one === "number" || Array.isArray(one)))
    throw new CannotEncode("input", "Cohere takes text, not token ids");
  const all = Array.isArray(input) ? input : [input];
  if (all.length > inputsMax)
    throw new CannotEncode("input", `Cohere takes at most ${inputsMax} inputs, got ${all.length}`);
  const inputs = all.map((one, at) => contentOf(one, `input[${at}]`));
  const texts = inputs.flatMap((parts) =>
    parts.length === 1 && parts[0]?.type === "text" ? [parts[0].text] : [],
  );
  const inputType =
    typeof asked === "string"
      ? inputTypes.has(asked)
        ? asked
        : asked.includes("query")
          ? "search_query"
          : "search_document"
      : flags.inputType;
  return JSON.stringify({
    model,
    ...(texts.length === inputs.length
      ? { texts }
      : { inputs: inputs.map((content) => ({ content })) }),
    input_type: inputType,
    embedding_types: [format === "base64" ? "base64" : "float"],
    ...(typeof dimensions === "number" ? { output_dimension: dimensions } : {}),
    ...(flags.truncate === null ? {} : { truncate: flags.truncate }),
  });
}

export const cohereEmbed: WireProtocol = {
  operation: "embedding",
  framing: "sse",
  auth: "bearer",
  remoteMedia: "fetch",
  unsupported: new Set(),
  encode: (ask, upstream) => ({ path: "/embed", headers: {}, body: encodeBody(ask, upstream) }),
  decoder: () => () => [
    { kind: "failure", failure: garbled("the provider streamed vectors, which nobody asked for") },
  ],
  decodeWhole(body, { body: asked }) {
    const answer = parseObject(body);
    if (!answer) return garbled(`the provider's answer is not JSON: ${body.slice(0, 200)}`);
    if (typeof answer["message"] === "string") return failureInside(answer);
    const { input, encoding_format: format } = asked;
    const inputs = Array.isArray(input) ? input.length : 1;
    const vectors = isObject(answer["embeddings"])
      ? answer["embeddings"][format === "base64" ? "base64" : "float"]
      : null;
    const data = embeddingRows(
      Array.isArray(vectors) ? vectors.map((embedding: unknown) => ({ embedding })) : null,
      inputs,
    );
    if (!data)
      return garbled(`the provider's answer has not one vector for each of ${inputs} inputs`);
    return { whole: { id: answer["id"], data }, usage: cohereUsage(answer["meta"], "embedding") };
  },
  decodeFailure: failureOfAnswer,
};
