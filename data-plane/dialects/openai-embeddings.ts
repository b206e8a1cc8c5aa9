/** How clients ask for vectors: OpenAI's embeddings with OpenRouter's additions (openrouter-api.md 1.1). */
import { completionMeters, promptMeters, sum } from "#schema/meters.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import type { ChatAsk } from "../operations/chat.ts";
import { toBase64, toNumbers, type Embeddings } from "../operations/embedding.ts";
import { isObject } from "../operations/json-value.ts";
import { invalid } from "../refusal.ts";
import { parseBody } from "./ask/body.ts";
import { optionalText, wholeNumber } from "./ask/fields.ts";
import { modelsOf } from "./ask/models.ts";
import { preferencesOf } from "./ask/preferences.ts";
import { promptSize } from "./ask/prompt-size.ts";
import type { Bill, Dialect, Face } from "./dialect.ts";

const inputsMax = 2_048; // OpenAI's own bound
const formats = ["float", "base64"];

function decode(bytes: Buffer): ChatAsk {
  const { text, body, members } = parseBody(bytes);
  const attachments = checkInput(body["input"]);
  const format = optionalText(body, "encoding_format", 16);
  if (format !== null && !formats.includes(format))
    throw invalid("encoding_format", "float or base64", format);
  if (body["stream"] === true) throw invalid("stream", "false: vectors are not streamed", true);
  const dimensions = wholeNumber(body, "dimensions");
  optionalText(body, "input_type", 64);
  const { bound, estimate } = promptSize(text, bytes.length, attachments);
  return {
    operation: "embedding",
    dialect: "openai-embeddings",
    text,
    members,
    body,
    models: modelsOf(body),
    stream: false,
    outputTokensMax: 0,
    promptTokensBound: bound,
    promptTokensEstimate: estimate,
    images: attachments,
    searchesBound: 0,
    reasoning: null,
    serviceTier: null,
    preferences: preferencesOf(body["provider"]),
    parameters: dimensions === null ? [] : ["dimensions"],
    user: optionalText(body, "user", 256),
    session: optionalText(body, "session_id", 256),
  };
}

/** One text, or a list of texts, of lists of token ids, or of parts; answers how many pictures are in it. */
function checkInput(input: unknown): number {
  if (typeof input === "string") {
    if (input === "") throw invalid("input", "text that is not empty", input);
    return 0;
  }
  if (!Array.isArray(input) || input.length === 0)
    throw invalid("input", "text, or a list of at least one text", input);
  if (typeof input[0] === "number") return checkTokens(input, "input");
  if (input.length > inputsMax)
    throw invalid("input", `at most ${inputsMax} inputs in one request`, input.length);
  let pictures = 0;
  for (const [at, one] of input.entries()) {
    if (typeof one === "string") {
      if (one === "") throw invalid(`input[${at}]`, "text that is not empty", one);
    } else if (Array.isArray(one)) checkTokens(one, `input[${at}]`);
    else if (isObject(one) && Array.isArray(one["content"]))
      pictures += one["content"].filter((part) => isObject(part) && part["type"] !== "text").length;
    else throw invalid(`input[${at}]`, "text, a list of token ids, or an object with content", one);
  }
  return pictures;
}

function checkTokens(ids: readonly unknown[], field: string): number {
  const wrong = ids.findIndex((id) => typeof id !== "number" || !Number.isInteger(id) || id < 0);
  if (wrong !== -1) throw invalid(`${field}[${wrong}]`, "a token id", ids[wrong]);
  if (ids.length === 0) throw invalid(field, "at least one token id", ids);
  return 0;
}

function encodeWhole(face: Face, ask: ChatAsk, whole: Embeddings, bill: Bill): string {
  const asBase64 = ask.body["encoding_format"] === "base64";
  const { counts, charge, ownKey } = bill;
  const tokens = +sum(counts, promptMeters).toString();
  return JSON.stringify({
    id: face.id,
    object: "list",
    model: face.model,
    provider: face.provider,
    data: whole.data.map(({ index, embedding }) => ({
      object: "embedding",
      index,
      // The openai client asks for base64 unless told otherwise, and makes an empty vector of anything else.
      embedding: asBase64 ? toBase64(embedding) : toNumbers(embedding),
    })),
    usage: {
      prompt_tokens: tokens,
      total_tokens: tokens + +sum(counts, completionMeters).toString(),
      cost: dollarsNumber(charge.total),
      is_byok: ownKey,
    },
  });
}

export const openaiEmbeddings: Dialect = {
  name: "openai-embeddings",
  decode,
  encoder: () => ({ event: () => "", end: () => "", broken: () => "" }),
  encodeWhole: (face, ask, whole, bill) => encodeWhole(face, ask, whole as Embeddings, bill),
  encodeRefusal: (refusal) => JSON.stringify(refusal.body()),
  heartbeat: "",
};
