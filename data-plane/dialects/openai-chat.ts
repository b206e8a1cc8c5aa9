/** How clients of `/chat/completions` speak to us: OpenAI's chat with OpenRouter's additions (openrouter-api.md parts 2 and 3). */
import { isUtf8 } from "node:buffer";
import { completionMeters, promptMeters, sum } from "#schema/meters.ts";
import { dollarsNumber, parsePerMillion } from "#schema/money/amount.ts";
import type { ChatAsk, Chunk, ProviderPreferences, Reasoning, Whole } from "../operations/chat.ts";
import { JsonLimitError, scanMembers } from "../operations/json-members.ts";
import { brief, invalid, Refusal } from "../refusal.ts";
import type { Bill, Dialect, Face, StreamEncoder } from "./dialect.ts";

const messagesMax = 10_000;
const modelsMax = 20;
/** A picture or file in a data URL is not billed by its bytes; this is more than any provider bills for one (providers.md 5.4). */
const tokensPerAttachment = 5_000;
const roles = new Set(["system", "developer", "user", "assistant", "tool", "function"]);

/**
 * A body as an ask. Only what the gateway acts on is checked; the rest is the provider's to judge and passes as it is.
 * @throws {Refusal} 400 that names the field, what was expected and what came.
 */
function decode(bytes: Buffer): ChatAsk {
  if (!isUtf8(bytes)) {
    throw new Refusal({
      status: 400,
      type: "invalid_request",
      message: "the body is not valid UTF-8",
    });
  }
  const text = bytes.toString("utf8");
  const { body, members } = parse(text);
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
    serviceTier: serviceTier(body),
    preferences: preferencesOf(body["provider"]),
    parameters: members.flatMap(({ name }) =>
      parameterNames.has(name) && body[name] !== null ? [name] : [],
    ),
    user: optionalText(body, "user", 256),
    session: optionalText(body, "session_id", 256),
  };
}

function parse(text: string): { body: Record<string, unknown>; members: ChatAsk["members"] } {
  let members;
  try {
    members = scanMembers(text);
  } catch (cause) {
    if (cause instanceof JsonLimitError)
      throw new Refusal({ status: 400, type: "invalid_request", message: cause.message });
    throw cause;
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    const reason =
      cause instanceof Error
        ? cause.message.replace(/, ?"?.*is not valid JSON$/s, "").slice(0, 100)
        : "";
    throw new Refusal({
      status: 400,
      type: "invalid_request",
      message: `the body is not valid JSON${text === "" ? ": it is empty" : reason === "" ? "" : `: ${reason}`}`,
    });
  }
  if (!isObject(body))
    throw new Refusal({
      status: 400,
      type: "invalid_request",
      message: `the body must be a JSON object, got ${brief(body)}`,
    });
  return { body, members };
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

/** A provider that searches by itself says neither before nor during how often; none is known to do more for one answer. */
const searchesMax = 10;

function searchesBound({ web_search_options: options, tools }: Record<string, unknown>): number {
  const searches =
    (options !== undefined && options !== null) ||
    (Array.isArray(tools) &&
      tools.some((tool) => isObject(tool) && String(tool["type"]).startsWith("web_search")));
  return searches ? searchesMax : 0;
}

function invalidPrompt(field: string, expected: string, got: unknown): Refusal {
  const { message, metadata } = invalid(field, expected, got);
  return new Refusal({ status: 400, type: "invalid_prompt", message, metadata });
}

function modelsOf(body: Record<string, unknown>): string[] {
  const { model, models = [] } = body;
  if (model !== undefined && (typeof model !== "string" || model === ""))
    throw invalid("model", 'a model id such as "author/name"', model);
  if (!Array.isArray(models)) throw invalid("models", "a list of model ids", models);
  if (models.length > modelsMax)
    throw invalid("models", `at most ${modelsMax} model ids`, models.length);
  for (const [index, one] of models.entries())
    if (typeof one !== "string" || one === "") throw invalid(`models[${index}]`, "a model id", one);
  const all = [...new Set<string>([...(model === undefined ? [] : [model]), ...models])];
  if (all.length === 0)
    throw invalid(
      "model",
      'a model id such as "author/name"; GET /api/v1/models lists them',
      undefined,
    );
  const long = all.find((one) => one.length > 256);
  if (long !== undefined) throw invalid("model", "at most 256 characters", long.length);
  return all;
}

function bounded(body: Record<string, unknown>, field: string, least: number, most: number): void {
  const value = body[field];
  if (value === undefined || value === null) return;
  if (typeof value !== "number" || !(value >= least && value <= most))
    throw invalid(field, `a number from ${least} to ${most}`, value);
}

function wholeNumber(
  body: Record<string, unknown>,
  field: string,
  name: string = field,
): number | null {
  const value = body[field];
  if (value === undefined || value === null) return null;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > 100_000_000)
    throw invalid(name, "a whole number of at least 1", value);
  return value;
}

function optionalText(
  body: Record<string, unknown>,
  field: string,
  charactersMax: number,
): string | null {
  const value = body[field];
  if (value === undefined || value === null) return null;
  if (typeof value !== "string") throw invalid(field, "text", value);
  if (value.length > charactersMax)
    throw invalid(field, `at most ${charactersMax} characters`, value.length);
  return value;
}

const efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

/** `reasoning`, or its older spellings `reasoning_effort` and `include_reasoning` (contract part 2, P-1 to P-3). */
function reasoningOf(body: Record<string, unknown>): Reasoning | null {
  const reasoning = body["reasoning"] ?? null;
  const besides = optionalText(body, "reasoning_effort", 32);
  const include = body["include_reasoning"] ?? null;
  if (include !== null && typeof include !== "boolean")
    throw invalid("include_reasoning", "true or false", include);
  if (reasoning === null) {
    if (besides === null && include === null) return null;
    return { effort: besides, maxTokens: null, enabled: null, exclude: include === false };
  }
  if (!isObject(reasoning)) throw invalid("reasoning", "an object", reasoning);
  const effort = reasoning["effort"] ?? null;
  const enabled = reasoning["enabled"] ?? null;
  const exclude = reasoning["exclude"] ?? false;
  if (effort !== null && (typeof effort !== "string" || !efforts.includes(effort)))
    throw invalid("reasoning.effort", `one of ${efforts.join(", ")}`, effort);
  if (effort !== null && besides !== null && effort !== besides)
    throw invalid("reasoning_effort", "left out beside reasoning.effort", besides);
  if (enabled !== null && typeof enabled !== "boolean")
    throw invalid("reasoning.enabled", "true or false", enabled);
  if (typeof exclude !== "boolean") throw invalid("reasoning.exclude", "true or false", exclude);
  const maxTokens = wholeNumber(reasoning, "max_tokens", "reasoning.max_tokens");
  if (effort !== null && maxTokens !== null)
    throw invalid("reasoning", "effort or max_tokens, not both", reasoning);
  return {
    effort: effort ?? besides,
    maxTokens,
    enabled,
    exclude: exclude || include === false,
  };
}

/** The contract's words (openrouter-api.md part 2): `fast` is another for `priority`. */
function serviceTier(body: Record<string, unknown>): string | null {
  const tier = optionalText(body, "service_tier", 32);
  if (tier === null || tier === "auto" || tier === "default") return null;
  return tier === "fast" ? "priority" : tier;
}

const noPreferences: ProviderPreferences = {
  order: [],
  only: null,
  ignore: [],
  allowFallbacks: true,
  sort: null,
  maxPrice: { input: null, output: null },
  quantizations: null,
  dataPolicy: false,
  requireParameters: false,
};

function preferencesOf(provider: unknown): ProviderPreferences {
  if (provider === undefined || provider === null) return noPreferences;
  if (!isObject(provider)) throw invalid("provider", "an object", provider);
  const words = (field: string): string[] | null => {
    const value = provider[field];
    if (value === undefined || value === null) return null;
    if (
      !Array.isArray(value) ||
      value.length > 100 ||
      value.some((word) => typeof word !== "string")
    )
      throw invalid(`provider.${field}`, "a list of at most 100 words", value);
    return value;
  };
  const flag = (field: string, otherwise: boolean): boolean => {
    const value = provider[field] ?? otherwise;
    if (typeof value !== "boolean") throw invalid(`provider.${field}`, "true or false", value);
    return value;
  };
  const { sort, data_collection: collection = "allow" } = provider;
  if (collection !== null && collection !== "allow" && collection !== "deny")
    throw invalid("provider.data_collection", "allow or deny", collection);
  return {
    order: words("order") ?? [],
    only: words("only"),
    ignore: words("ignore") ?? [],
    allowFallbacks: flag("allow_fallbacks", true),
    sort: (isObject(sort) ? sort["by"] : sort) === "price" ? "price" : null,
    maxPrice: maxPriceOf(provider["max_price"]),
    quantizations: words("quantizations"),
    dataPolicy: flag("zdr", false) || collection === "deny",
    requireParameters: flag("require_parameters", false),
  };
}

/** USD per million tokens, as a number or, from the SDK, as text. */
function maxPriceOf(value: unknown): ProviderPreferences["maxPrice"] {
  if (value === undefined || value === null) return noPreferences.maxPrice;
  if (!isObject(value)) throw invalid("provider.max_price", "an object", value);
  const bound = (field: string): bigint | null => {
    const price = value[field];
    if (price === undefined || price === null) return null;
    const refused = invalid(
      `provider.max_price.${field}`,
      'USD per million tokens, such as 2 or "0.5"',
      price,
    );
    if (typeof price !== "number" && typeof price !== "string") throw refused;
    try {
      return parsePerMillion(String(price));
    } catch {
      throw refused;
    }
  };
  return { input: bound("prompt"), output: bound("completion") };
}

/** Members that are parameters in the catalogue's vocabulary; the others are not for an endpoint to support. */
const parameterNames = new Set([
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "top_a",
  "frequency_penalty",
  "presence_penalty",
  "repetition_penalty",
  "max_tokens",
  "max_completion_tokens",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "prediction",
  "seed",
  "response_format",
  "structured_outputs",
  "stop",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "include_reasoning",
  "reasoning",
  "reasoning_effort",
  "web_search_options",
  "verbosity",
]);

/** Bytes bound tokens from above; what stands in data URLs is taken out and counted by the piece. */
function promptSize(
  text: string,
  bytes: number,
  attachments: number,
): { bound: number; estimate: number } {
  let attached = 0;
  let pieces = 0;
  for (let at = text.indexOf('"data:'); at !== -1; at = text.indexOf('"data:', at + 1)) {
    const end = text.indexOf('"', at + 1);
    if (end === -1) break;
    attached += end - at;
    pieces++;
    at = end;
  }
  const written = bytes - attached;
  pieces = Math.max(pieces, attachments); // those named by an address are not in the text
  return {
    bound: written + pieces * tokensPerAttachment,
    estimate: Math.ceil(written / 4) + pieces * 1_500,
  };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const finishReasons = new Set(["tool_calls", "stop", "length", "content_filter", "error"]);
/** The provider's word in the contract's vocabulary; null stays null. */
export function finishReasonOf(native: string | null): string | null {
  if (native === null || finishReasons.has(native)) return native;
  if (native === "function_call" || native === "tool_use") return "tool_calls";
  return native === "max_tokens" || native === "model_length" ? "length" : "stop";
}

/** One of the provider's chunks as ours. `usage` is left out: it comes once, at the end. */
export function encodeChunk(face: Face, chunk: Chunk): string {
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

/** From the private use area, so that no name holds it. */
const mark = "\ue000text\ue000";

/** The same for chunks that differ in their text only: what stands around the text is made once. */
export function textEncoder(face: Face): (text: string, like: Chunk) => string {
  let of: Chunk | null = null;
  let before = "";
  let after = "";
  return (text, like) => {
    if (of !== like) {
      of = like;
      const [choice] = like.choices ?? [];
      const marked = { ...like, choices: [{ ...choice, delta: { content: mark } }] };
      [before = "", after = ""] = encodeChunk(face, marked).split(mark);
    }
    return before + text + after;
  };
}

/** The last chunk of a stream, with usage and an empty `choices`, and the end mark. */
const encodeEnd = (face: Face, bill: Bill): string =>
  event({
    id: face.id,
    object: "chat.completion.chunk",
    created: face.created,
    model: face.model,
    provider: face.provider,
    choices: [],
    usage: usage(bill),
  }) + done;

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
  const choices = (whole.choices ?? []).map((choice, place) => {
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
  const { system_fingerprint: fingerprint, service_tier: tier } = whole;
  return JSON.stringify({
    id: face.id,
    object: "chat.completion",
    created: face.created,
    model: face.model,
    provider: face.provider,
    system_fingerprint: typeof fingerprint === "string" ? fingerprint : null,
    service_tier: typeof tier === "string" ? tier : null,
    choices,
    usage: usage(bill),
  });
}

function usage({ counts, charge, ownKey, upstreamCost }: Bill): unknown {
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

function encoder(face: Face): StreamEncoder {
  const encodeText = textEncoder(face);
  return {
    event(event) {
      if (event.kind === "text") return encodeText(event.text, event.like);
      return event.kind === "chunk" ? encodeChunk(face, event.chunk) : "";
    },
    end: (bill) => encodeEnd(face, bill),
    broken: (refusal) => encodeBreak(face, refusal),
  };
}

export const openaiChat: Dialect = {
  name: "openai-chat",
  decode,
  encoder,
  encodeWhole: (face, _ask, whole, bill) => encodeWhole(face, whole, bill),
  encodeRefusal: (refusal) => JSON.stringify(refusal.body()),
  heartbeat,
};
