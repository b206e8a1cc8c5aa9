/** How clients of `/chat/completions` speak to us: OpenAI's chat with OpenRouter's additions (openrouter-api.md parts 2 and 3). */
import { completionMeters, promptMeters, sum } from "#schema/meters.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import type { ChatAsk, Chunk, Whole } from "../operations/chat.ts";
import { invalid, Refusal } from "../refusal.ts";
import { jsonText } from "../operations/json-text.ts";
import { readPlain } from "../operations/plain-request.ts";
import { parseBody } from "./ask/body.ts";
import { bounded, optionalText, wholeNumber } from "./ask/fields.ts";
import { modelsOf } from "./ask/models.ts";
import { parametersOf } from "./ask/parameters.ts";
import { plainAsk } from "./ask/plain.ts";
import { preferencesOf } from "./ask/preferences.ts";
import { promptSize } from "./ask/prompt-size.ts";
import { reasoningOf } from "./ask/reasoning.ts";
import { searchesBound } from "./ask/searches.ts";
import { serviceTierOf } from "./ask/service-tier.ts";
import type { Bill, Dialect, Face, StreamEncoder } from "./dialect.ts";
import { isObject } from "../operations/json-value.ts";
import { shownThoughts, type Shown } from "./shown-thoughts.ts";

const messagesMax = 10_000;
const roles = new Set(["system", "developer", "user", "assistant", "tool", "function"]);

/**
 * A body as an ask. Only what the gateway acts on is checked; the rest is the provider's to judge and passes as it is.
 * @throws {Refusal} 400 that names the field, what was expected and what came.
 */
function decode(bytes: Buffer): ChatAsk {
  const plain = readPlain(bytes);
  return (plain && plainAsk(plain, bytes.length)) ?? decodeAny(bytes);
}

/** The same in the general way, which is the only one for most of what can be asked. */
export function decodeAny(bytes: Buffer): ChatAsk {
  const { text, body, members } = parseBody(bytes);
  const messages = body["messages"];
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalidPrompt("messages", "a list with at least one message", messages);
  if (messages.length > messagesMax)
    throw invalidPrompt("messages", `at most ${messagesMax} messages`, messages.length);
  const parts = { images: 0, attachments: 0 };
  for (const [index, message] of messages.entries()) checkMessage(message, index, parts);
  const models = modelsOf(body);
  const stream = body["stream"] ?? false;
  if (typeof stream !== "boolean") throw invalid("stream", "true or false", stream);
  bounded(body, "temperature", 0, 2);
  bounded(body, "top_p", 0, 1);
  bounded(body, "frequency_penalty", -2, 2);
  bounded(body, "presence_penalty", -2, 2);
  if (body["n"] !== undefined && body["n"] !== null && body["n"] !== 1)
    throw invalid("n", "1: one choice is what this endpoint answers", body["n"]);
  const outputTokensMax =
    wholeNumber(body, "max_completion_tokens") ?? wholeNumber(body, "max_tokens");
  const { bound, estimate } = promptSize(text, bytes.length, parts.attachments);
  return {
    operation: "chat",
    dialect: "openai-chat",
    text,
    members,
    body,
    models,
    stream,
    outputTokensMax,
    promptTokensBound: bound,
    promptTokensEstimate: estimate,
    images: parts.images,
    searchesBound: searchesBound(body),
    reasoning: reasoningOf(body),
    serviceTier: serviceTierOf(body),
    preferences: preferencesOf(body["provider"]),
    parameters: parametersOf(body),
    user: optionalText(body, "user", 256),
    session: optionalText(body, "session_id", 256),
  };
}

function checkMessage(
  message: unknown,
  index: number,
  parts: { images: number; attachments: number },
): void {
  const field = `messages[${index}]`;
  if (!isObject(message)) throw invalidPrompt(field, "an object with role and content", message);
  const { role, content } = message;
  if (typeof role !== "string" || !roles.has(role))
    throw invalidPrompt(`${field}.role`, "system, developer, user, assistant or tool", role);
  if (content === undefined || content === null || typeof content === "string") return;
  if (!Array.isArray(content))
    throw invalidPrompt(`${field}.content`, "text or a list of parts", content);
  for (const [part, value] of content.entries()) {
    if (!isObject(value) || typeof value["type"] !== "string")
      throw invalidPrompt(`${field}.content[${part}]`, "an object with a type", value);
    if (value["type"] === "text") continue;
    parts.attachments++;
    if (value["type"] === "image_url") parts.images++;
  }
}

function invalidPrompt(field: string, expected: string, got: unknown): Refusal {
  const { message, metadata } = invalid(field, expected, got);
  return new Refusal({ status: 400, type: "invalid_prompt", message, metadata });
}

const finishReasons = new Set(["tool_calls", "stop", "length", "content_filter", "error"]);
/** The provider's word in the contract's vocabulary; null stays null. */
export function finishReasonOf(native: string | null): string | null {
  if (native === null || finishReasons.has(native)) return native;
  if (native === "function_call" || native === "tool_use") return "tool_calls";
  return native === "max_tokens" || native === "model_length" ? "length" : "stop";
}

/** One of the provider's chunks as ours. `usage` is left out: it comes once, at the end. */
export function encodeChunk(face: Face, chunk: Chunk): string {
  const usual = usualDelta(chunk);
  if (usual !== null) {
    const { system_fingerprint: fingerprint, service_tier: tier } = chunk;
    const seldom =
      (typeof fingerprint === "string" ? `,"system_fingerprint":${jsonText(fingerprint)}` : "") +
      (typeof tier === "string" ? `,"service_tier":${jsonText(tier)}` : "");
    return `data: {"id":"${face.id}","object":"chat.completion.chunk","created":${face.created},"model":${jsonText(face.model)},"provider":${jsonText(face.provider)},"choices":[${usual}]${seldom}}\n\n`;
  }
  const choices = (chunk.choices ?? []).map((choice, place) => {
    const { delta = {}, finish_reason: finish = null, index, ...rest } = choice;
    const native = choice.native_finish_reason ?? finish;
    const clean = Object.fromEntries(
      Object.entries(isObject(delta) ? delta : {}).filter(
        ([name, value]) => !(value === null && name !== "content"),
      ),
    );
    return {
      index: index ?? place,
      ...rest,
      delta: clean,
      finish_reason: finishReasonOf(finish),
      native_finish_reason: native,
      logprobs: rest["logprobs"] ?? null,
    };
  });
  const { system_fingerprint: fingerprint, service_tier: tier } = chunk;
  return event({
    id: face.id,
    object: "chat.completion.chunk",
    created: face.created,
    model: face.model,
    provider: face.provider,
    choices,
    ...(typeof fingerprint === "string" ? { system_fingerprint: fingerprint } : {}),
    ...(typeof tier === "string" ? { service_tier: tier } : {}),
  });
}

/** One choice of a role, a text or an end, as nearly all are, by hand; null for every other chunk. */
function usualDelta({ choices }: Chunk): string | null {
  const choice = choices?.length === 1 ? choices[0] : undefined;
  const delta = choice?.delta;
  if (!choice || !isObject(delta)) return null;
  for (const name in choice) if (!usualOfChunk.has(name)) return null;
  let said = "";
  for (const name in delta) {
    const value = delta[name];
    if (name !== "role" && name !== "content") {
      if (value !== null) return null;
    } else if (typeof value === "string" || (value === null && name === "content"))
      said += `${said === "" ? "" : ","}"${name}":${value === null ? "null" : JSON.stringify(value)}`;
    else if (value !== null) return null;
  }
  const { index = 0, finish_reason: finish = null, logprobs = null } = choice;
  if (typeof index !== "number" || logprobs !== null) return null;
  const native = choice.native_finish_reason ?? finish;
  return `{"index":${index},"delta":{${said}},"finish_reason":${textOrNull(finishReasonOf(finish))},"native_finish_reason":${textOrNull(native)},"logprobs":null}`;
}
const usualOfChunk: ReadonlySet<string> = new Set([
  "index",
  "delta",
  "finish_reason",
  "native_finish_reason",
  "logprobs",
]);

/** From the private use area, so that no name holds it. */
const mark = "\ue000text\ue000";

/**
 * The mark makes two bytes a character of whatever it stands in, and of every chunk that is made with a part of that: to
 * measure and encode those was 7 % of a stream.
 */
const narrowed = (text: string): string => Buffer.from(text, "utf8").toString("utf8");

/** The same for chunks that differ in their text only: what stands around the text is made once. */
export function textEncoder(face: Face): {
  one: (text: string, like: Chunk) => string;
  many: (texts: readonly string[], like: Chunk) => string;
} {
  let of: Chunk | null = null;
  let before = "";
  let after = "";
  const learn = (like: Chunk): void => {
    of = like;
    const [choice] = like.choices ?? [];
    const marked = { ...like, choices: [{ ...choice, delta: { content: mark } }] };
    [before = "", after = ""] = encodeChunk(face, marked).split(mark).map(narrowed);
  };
  return {
    one(text, like) {
      if (of !== like) learn(like);
      return before + text + after;
    },
    many(texts, like) {
      if (of !== like) learn(like);
      return before + texts.join(after + before) + after;
    },
  };
}

/** The last chunk of a stream, with usage and an empty `choices`, and the end mark. */
const encodeEnd = (face: Face, bill: Bill): string =>
  `data: {"id":"${face.id}","object":"chat.completion.chunk","created":${face.created},"model":${jsonText(face.model)},"provider":${jsonText(face.provider)},"choices":[],"usage":${usageText(bill)}}\n\n${done}`;

/** The one event by which a broken stream says so; nothing that looks like a clean end follows it. */
function encodeBreak(face: Face, refusal: Refusal): string {
  const { error } = refusal.body();
  return event({
    id: face.id,
    object: "chat.completion.chunk",
    created: face.created,
    model: face.model,
    provider: face.provider,
    error,
    choices: [
      { index: 0, delta: { content: "" }, finish_reason: "error", native_finish_reason: null },
    ],
  });
}

const heartbeat = ": TURNPIKE PROCESSING\n\n";
const done = "data: [DONE]\n\n";
const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

/** A whole answer in the contract's shape; what the provider said beyond it is kept. */
function encodeWhole(face: Face, whole: Whole, bill: Bill): string {
  const choices = usualChoices(whole.choices) ?? JSON.stringify(shapedChoices(whole));
  const { system_fingerprint: fingerprint, service_tier: tier } = whole;
  return `{"id":"${face.id}","object":"chat.completion","created":${face.created},"model":${jsonText(face.model)},"provider":${jsonText(face.provider)},"system_fingerprint":${textOrNull(fingerprint)},"service_tier":${textOrNull(tier)},"choices":${choices},"usage":${usageText(bill)}}`;
}

const textOrNull = (value: unknown): string =>
  typeof value === "string" ? jsonText(value) : "null";

/**
 * One choice with a text and nothing else, as nearly all are, put together by hand: a third of the work of making its
 * object. Null for every other answer.
 */
function usualChoices(choices: Whole["choices"]): string | null {
  const choice = choices?.length === 1 ? choices[0] : undefined;
  const message = choice?.message;
  if (!choice || !isObject(message)) return null;
  for (const name in message) {
    if (name === "content" || message[name] === null) continue;
    if (name !== "role" || message[name] !== "assistant") return null;
  }
  for (const name in choice) if (!usualOfChoice.has(name)) return null;
  const { index = 0, finish_reason: finish = null, logprobs = null } = choice;
  const { content = null } = message;
  if (typeof index !== "number" || logprobs !== null || typeof content !== "string") return null;
  const native = choice.native_finish_reason ?? finish;
  return `[{"index":${index},"finish_reason":${textOrNull(finishReasonOf(finish))},"native_finish_reason":${textOrNull(native)},"logprobs":null,"message":{"role":"assistant","content":${JSON.stringify(content)},"refusal":null,"reasoning":null}}]`;
}
const usualOfChoice: ReadonlySet<string> = new Set([
  "index",
  "message",
  "finish_reason",
  "native_finish_reason",
  "logprobs",
]);

function shapedChoices(whole: Whole): unknown[] {
  return (whole.choices ?? []).map((choice, place) => {
    const { message, finish_reason: finish = null, index, logprobs, ...rest } = choice;
    const native = choice.native_finish_reason ?? finish;
    const said = Object.fromEntries(
      Object.entries(isObject(message) ? message : {}).filter(
        ([name, value]) => value !== null || name === "content" || name === "refusal",
      ),
    );
    return {
      index: index ?? place,
      ...rest,
      finish_reason: finishReasonOf(finish),
      native_finish_reason: native,
      logprobs: logprobs ?? null,
      message: { role: "assistant", content: null, refusal: null, reasoning: null, ...said },
    };
  });
}

/** `usage` of an answer (openrouter-api.md 3.1). */
export function usage({ counts, charge, ownKey, upstreamCost }: Bill): unknown {
  const prompt = +sum(counts, promptMeters).toString();
  const completion = +sum(counts, completionMeters).toString();
  const count = (value: bigint | undefined): number => +(value ?? 0n).toString();
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    cost: dollarsNumber(charge.total),
    is_byok: ownKey,
    prompt_tokens_details: {
      cached_tokens: count(counts.cache_read),
      cache_write_tokens: count((counts.cache_write_5m ?? 0n) + (counts.cache_write_1h ?? 0n)),
      audio_tokens: count(counts.audio_input),
      video_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: count(counts.reasoning),
      image_tokens: count(counts.image_output),
      audio_tokens: count(counts.audio_output),
    },
    cost_details: {
      upstream_inference_cost: ownKey && upstreamCost !== null ? dollarsNumber(upstreamCost) : null,
      upstream_inference_prompt_cost: dollarsNumber(charge.prompt),
      upstream_inference_completions_cost: dollarsNumber(charge.completion),
    },
  };
}

/** The same as text: an object of four, made only to be written, was 3 % of a small request. */
function usageText({ counts, charge, ownKey, upstreamCost }: Bill): string {
  const prompt = Number(sum(counts, promptMeters));
  const completion = Number(sum(counts, completionMeters));
  const written = (counts.cache_write_5m ?? 0n) + (counts.cache_write_1h ?? 0n);
  const upstream = ownKey && upstreamCost !== null ? dollarsNumber(upstreamCost) : null;
  return `{"prompt_tokens":${prompt},"completion_tokens":${completion},"total_tokens":${prompt + completion},"cost":${dollarsNumber(charge.total)},"is_byok":${ownKey},"prompt_tokens_details":{"cached_tokens":${counts.cache_read ?? 0n},"cache_write_tokens":${written},"audio_tokens":${counts.audio_input ?? 0n},"video_tokens":0},"completion_tokens_details":{"reasoning_tokens":${counts.reasoning ?? 0n},"image_tokens":${counts.image_output ?? 0n},"audio_tokens":${counts.audio_output ?? 0n}},"cost_details":{"upstream_inference_cost":${upstream},"upstream_inference_prompt_cost":${dollarsNumber(charge.prompt)},"upstream_inference_completions_cost":${dollarsNumber(charge.completion)}}}`;
}

/** Thoughts that are billed and not shown (contract P-3); the bill has counted them before they get here. */
function spoken(said: Readonly<Record<string, unknown>>, shown: Shown): Record<string, unknown> {
  const { reasoning: _text, reasoning_details: details, ...rest } = said;
  const kept = Array.isArray(details) ? details.filter(isObject).filter(shown) : [];
  return kept.length > 0 ? { ...rest, reasoning_details: kept } : rest;
}
/** Null: nothing is left of it. */
function withoutThoughts(chunk: Chunk, shown: Shown): Chunk | null {
  let left = false;
  const choices = (chunk.choices ?? []).map((choice) => {
    if (
      !isObject(choice.delta) ||
      !("reasoning" in choice.delta || "reasoning_details" in choice.delta)
    ) {
      left = true;
      return choice;
    }
    const delta = spoken(choice.delta, shown);
    left ||=
      typeof choice.finish_reason === "string" ||
      Object.entries(delta).some(([, value]) => value !== null && value !== "");
    return { ...choice, delta };
  });
  return left ? { ...chunk, choices } : null;
}
const wholeWithoutThoughts = (whole: Whole): Whole => ({
  ...whole,
  choices: (whole.choices ?? []).map((choice) =>
    choice.message ? { ...choice, message: spoken(choice.message, shownThoughts(true)) } : choice,
  ),
});

function encoder(face: Face, { reasoning }: ChatAsk): StreamEncoder {
  const said = textEncoder(face);
  const shown = reasoning?.exclude === true ? shownThoughts(true) : null;
  return {
    event(event) {
      if (event.kind === "text") return said.one(event.text, event.like);
      if (event.kind !== "chunk") return "";
      const chunk = shown ? withoutThoughts(event.chunk, shown) : event.chunk;
      return chunk ? encodeChunk(face, chunk) : "";
    },
    texts: said.many,
    end: (bill) => encodeEnd(face, bill),
    broken: (refusal) => encodeBreak(face, refusal),
  };
}

export const openaiChat: Dialect = {
  name: "openai-chat",
  decode,
  encoder,
  encodeWhole: (face, { reasoning }, whole, bill) =>
    encodeWhole(face, reasoning?.exclude === true ? wholeWithoutThoughts(whole) : whole, bill),
  encodeRefusal: (refusal) => JSON.stringify(refusal.body()),
  heartbeat,
};
