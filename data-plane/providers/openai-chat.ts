/**
 * The wire protocol of OpenAI's chat completions, as most providers speak it; their differences are flags (columns of
 * the provider row), not code. Pure functions: no fetch, no clock, no logging.
 */
import { createHash } from "node:crypto";
import { readOpenaiChatFlags, type OpenaiChatFlags } from "#schema/flags/openai-chat.ts";
import type {
  ChatAsk,
  Chunk,
  ChunkChoice,
  Delta,
  Failure,
  StreamEvent,
  ToolCallDelta,
  Usage,
  Whole,
  WholeChoice,
} from "../operations/chat.ts";
import { failureInside, failureOfAnswer, garbled } from "./failures.ts";
import { encodeBody, sessionDigest } from "./openai-chat-body.ts";
import { encodePlain } from "./openai-chat-plain.ts";
import { toolCallIds } from "./openai-chat-messages.ts";
import {
  thinkSplitter,
  withReasoning,
  type Piece,
  type ThinkSplitter,
} from "./openai-chat-reasoning.ts";
import { parseUsage } from "./openai-usage.ts";
import type { Flags, Upstream, UpstreamRequest, WireProtocol } from "./wire-protocol.ts";

/** @throws {CannotEncode} when the endpoint cannot be asked this. */
export function encode(ask: ChatAsk, upstream: Upstream): UpstreamRequest {
  const copied = encodePlain(ask, upstream);
  if (copied) return copied;
  const flags = readOpenaiChatFlags(upstream.flags);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(flags.headers ?? {}))
    headers[name.toLowerCase()] = String(value);
  const affinity = flags.sessionAffinityHeader;
  const session = affinity === null || affinity === "prompt_cache_key" ? null : sessionDigest(ask);
  if (affinity !== null && session !== null) headers[affinity] = session;
  return {
    path: flags.path.replaceAll("{model}", encodeURIComponent(upstream.model)),
    headers,
    body: encodeBody(ask, upstream),
  };
}

/** What a stream's chunks of text have in common, byte for byte, before and behind the text. */
type Mould = { before: string; after: string; like: Chunk };

/** A stream whose chunks differ in more than their text (an id for each, padding) is not worth looking at again. */
const mouldsMax = 4;
const mark = "turnpike";

/**
 * Events' data of one stream to events. Nearly all of a stream's chunks differ in their text only; once one was parsed,
 * the ones that are the same around a text without quotes and escapes are not parsed any more (a tenth of the work).
 * Decoding never throws: what cannot be read is a failure.
 * @param originals ids of tool calls that were replaced for the request, to what the client knows them by
 */
export function eventDecoder(
  rowFlags: Flags,
  originals: () => ReadonlyMap<string, string> = () => noIds,
): (data: string, name?: string) => StreamEvent[] {
  const flags = readOpenaiChatFlags(rowFlags);
  const stream = new ChatStream(flags, rowFlags, originals);
  let mould: Mould | null = null;
  let moulds = 0;
  return (data, name = "") => {
    if (
      mould &&
      data.length >= mould.before.length + mould.after.length &&
      data.startsWith(mould.before) &&
      data.endsWith(mould.after)
    ) {
      const text = data.slice(mould.before.length, data.length - mould.after.length);
      // eslint-disable-next-line no-control-regex -- no JSON text holds them bare
      if (!/["\\\u0000-\u001f]/.test(text)) return [{ kind: "text", text, like: mould.like }];
    }
    const events = stream.decode(data, name);
    const [event] = events;
    if (moulds < mouldsMax && events.length === 1 && event?.kind === "chunk" && stream.textIsText) {
      const cast = mouldOf(data, event.chunk);
      if (cast) moulds++;
      mould = cast ?? mould;
    }
    return events;
  };
}

/** One event's data, as the first of its stream. */
export const decodeEvent = (data: string, flags: Flags): StreamEvent[] =>
  new ChatStream(readOpenaiChatFlags(flags), flags, () => noIds).decode(data, "");

const noIds: ReadonlyMap<string, string> = new Map();
/** Choices of one answer that are told apart; we ask for one. */
const choicesMax = 16;
/** Tool calls of one choice; a broken provider must not fill the memory. */
const callsMax = 1_000;

/** What one choice of a stream has said so far, as far as later chunks depend on it. */
type ChoiceState = { splitter: ThinkSplitter | null; calls: Set<number>; lastCall: number };

class ChatStream {
  readonly #flags: OpenaiChatFlags;
  readonly #rowFlags: Flags;
  readonly #originals: () => ReadonlyMap<string, string>;
  readonly #states = new Map<number, ChoiceState>();

  constructor(
    flags: OpenaiChatFlags,
    rowFlags: Flags,
    originals: () => ReadonlyMap<string, string>,
  ) {
    this.#flags = flags;
    this.#rowFlags = rowFlags;
    this.#originals = originals;
  }

  /** Whether text goes on as it is: no thoughts can stand in it (any more). */
  get textIsText(): boolean {
    if (this.#flags.reasoningOut === "fields") return true;
    for (const { splitter } of this.#states.values()) if (!splitter?.answering()) return false;
    return this.#states.size > 0;
  }

  decode(data: string, name: string): StreamEvent[] {
    if (data === "[DONE]") return [...this.#kept(), { kind: "done" }];
    if (data.trim() === "") return [];
    const chunk = parseObject(data);
    if (!chunk)
      return [
        {
          kind: "failure",
          failure: garbled(`the provider sent an event that is not JSON: ${data.slice(0, 200)}`),
        },
      ];
    const failure = name === "error" ? failureInside(chunk) : failureOf(chunk);
    if (failure) return [{ kind: "failure", failure }];
    const found: ChunkChoice[] = Array.isArray(chunk["choices"])
      ? chunk["choices"].filter(isObject).slice(0, choicesMax)
      : [];
    const usage = usageOf(chunk, found, this.#rowFlags);
    const choices = found.map((choice, place) => this.#choice(choice, place, chunk));
    const broken = choices.map(brokenFinish).find((one) => one !== null);
    const events: StreamEvent[] = [];
    if (choices.length > 0)
      events.push({
        kind: "chunk",
        chunk: { ...chunk, choices },
        content: choices.some(hasContent),
      });
    if (usage) events.push({ kind: "usage", usage });
    return broken
      ? [...events.filter(({ kind }) => kind === "usage"), { kind: "failure", failure: broken }]
      : events;
  }

  /** One choice in the contract's words. */
  #choice(choice: ChunkChoice, place: number, chunk: Record<string, unknown>): ChunkChoice {
    const index = typeof choice.index === "number" ? choice.index : place;
    const state = this.#stateOf(index);
    const { usage: _usage, message: _message, ...rest } = choice; // old Moonshot; MiniMax says all of it again at the end
    let delta: Delta = isObject(choice.delta) ? choice.delta : {};
    delta = withReasoning(delta, this.#flags.reasoningFormat);
    const finish = typeof choice.finish_reason === "string" ? choice.finish_reason : "";
    if (state.splitter && (typeof delta.content === "string" || finish !== "")) {
      const { content = null, ...others } = delta;
      delta = withPiece(
        others,
        [
          state.splitter.feed(typeof content === "string" ? content : ""),
          ...(finish === "" ? [] : [state.splitter.end()]),
        ],
        this.#flags.reasoningFormat,
      );
    }
    if (Array.isArray(delta.tool_calls))
      delta = { ...delta, tool_calls: this.#calls(delta.tool_calls, state, chunk["id"]) };
    if (finish === "") return { ...rest, delta, finish_reason: null };
    return { ...rest, delta, ...finishOf(finish, state.calls.size > 0) };
  }

  /** Each with an index (xAI sends a call whole and without), and the first piece of each with an id and a type. */
  #calls(calls: readonly unknown[], state: ChoiceState, answerId: unknown): ToolCallDelta[] {
    return calls.filter(isObject).map((call) => {
      const target = isObject(call["function"]) ? call["function"] : {};
      const id = typeof call["id"] === "string" && call["id"] !== "" ? call["id"] : null;
      const named = typeof target["name"] === "string" && target["name"] !== "";
      const index =
        typeof call["index"] === "number"
          ? call["index"]
          : id !== null || named || state.lastCall < 0
            ? state.lastCall + 1
            : state.lastCall;
      state.lastCall = index;
      const begins = !state.calls.has(index);
      if (begins && state.calls.size < callsMax) state.calls.add(index);
      const known = id ?? (begins ? madeId(answerId, index, target) : null);
      const { id: _id, type: _type, index: _index, function: _function, ...others } = call;
      return {
        ...others,
        index,
        ...(known === null ? {} : { id: this.#originals().get(known) ?? known }),
        ...(begins || typeof call["type"] === "string" ? { type: "function" as const } : {}),
        function: withTextArguments(target),
      };
    });
  }

  /** What was kept back as the beginning of a mark, when a stream ends without a finish reason. */
  #kept(): StreamEvent[] {
    return [...this.#states].flatMap(([index, { splitter }]): StreamEvent[] => {
      const piece = splitter?.end();
      if (!piece || piece.content + piece.reasoning === "") return [];
      const delta = withPiece({}, [piece], this.#flags.reasoningFormat);
      return [
        {
          kind: "chunk",
          chunk: { choices: [{ index, delta, finish_reason: null }] },
          content: true,
        },
      ];
    });
  }

  #stateOf(index: number): ChoiceState {
    const known = this.#states.get(index);
    if (known) return known;
    const { reasoningOut } = this.#flags;
    const splitter =
      reasoningOut === "fields" ? null : thinkSplitter({ open: reasoningOut === "thinkOpen" });
    const state: ChoiceState = { splitter, calls: new Set(), lastCall: -1 };
    if (this.#states.size < choicesMax) this.#states.set(index, state);
    return state;
  }
}

/** A delta with text that has been cut into text and thoughts. */
function withPiece(delta: Delta, pieces: readonly Piece[], format: string): Delta {
  const content = pieces.map((piece) => piece.content).join("");
  const reasoning = pieces.map((piece) => piece.reasoning).join("");
  return {
    ...delta,
    ...(content === "" ? {} : { content }),
    ...(reasoning === ""
      ? {}
      : {
          reasoning,
          reasoning_details: [{ type: "reasoning.text", text: reasoning, format, index: 0 }],
        }),
  };
}

/** For a call without an id; different in the turns of a conversation, as far as the answers are. */
const madeId = (answerId: unknown, index: number, target: Record<string, unknown>): string =>
  `call_${createHash("sha256")
    .update(JSON.stringify([answerId, index, target]))
    .digest("hex")
    .slice(0, 24)}`;

/** Arguments are text; some hosts send the object that it should spell, or null. */
function withTextArguments(
  target: Record<string, unknown>,
): NonNullable<ToolCallDelta["function"]> {
  const { name, arguments: given, ...rest } = target;
  return {
    ...rest,
    ...(typeof name === "string" && name !== "" ? { name } : {}),
    ...(given === undefined
      ? {}
      : {
          arguments:
            typeof given === "string" ? given : given === null ? "" : JSON.stringify(given),
        }),
  };
}

/** Providers' finish reasons in the contract's words; what is not here is an ordinary end. */
const finishWords: Readonly<Record<string, string>> = {
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  tool_use: "tool_calls",
  length: "length",
  max_tokens: "length",
  max_output_tokens: "length",
  max_length: "length",
  model_length: "length", // Mistral
  model_context_window_exceeded: "length", // Z.ai
  content_filter: "content_filter",
  sensitive: "content_filter", // Z.ai
  safety: "content_filter",
  prohibited_content: "content_filter",
  error: "error",
  eos: "stop", // Together
};
/** Those that say that the provider gave up. */
const brokenWords: Readonly<Record<string, Failure>> = {
  insufficient_system_resource: {
    kind: "overloaded", // DeepSeek
    status: 200,
    text: "the provider ran out of resources in the middle of its answer (insufficient_system_resource)",
    retryAfterSeconds: null,
  },
  network_error: {
    kind: "server", // Z.ai
    status: 200,
    text: "the provider gave up in the middle of its answer (network_error)",
    retryAfterSeconds: null,
  },
};

function finishOf(
  native: string,
  called: boolean,
): { finish_reason: string; native_finish_reason: string } {
  const word = finishWords[native.toLowerCase()] ?? "stop";
  // Some hosts end a tool call with `stop`, as OpenAI does a forced one.
  return {
    finish_reason: word === "stop" && called ? "tool_calls" : word,
    native_finish_reason: native,
  };
}

const brokenFinish = ({
  native_finish_reason: native,
}: ChunkChoice | WholeChoice): Failure | null =>
  (typeof native === "string" ? brokenWords[native] : undefined) ?? null;

/** What is wrong with an answer or event that began as a success: each provider says it in a place of its own. */
function failureOf(said: Record<string, unknown>): Failure | null {
  if ((said["error"] ?? null) !== null && said["error"] !== false) return failureInside(said); // xAI: text beside a code
  const response = said["base_resp"]; // MiniMax
  if (isObject(response) && (response["status_code"] ?? 0) !== 0) return failureInside(said);
  const groq = said["x_groq"];
  if (isObject(groq) && typeof groq["error"] === "string")
    return failureInside({ error: groq["error"] });
  if (Array.isArray(said["choices"])) return null;
  const other = ["message", "detail", "errors", "status_msg"].some(
    (name) => (said[name] ?? null) !== null,
  );
  return other || said["object"] === "error" ? failureInside(said) : null; // vLLM, FastAPI, Cloudflare
}

/** Null unless the chunk is one piece of text and nothing else. */
function mouldOf(data: string, chunk: Chunk): Mould | null {
  const [choice, ...others] = chunk.choices ?? [];
  if (!choice || others.length > 0 || !isObject(choice.delta)) return null;
  if (typeof choice.finish_reason === "string" || (chunk.usage ?? null) !== null) return null;
  const { content, ...rest } = choice.delta;
  if (typeof content !== "string" || content === "") return null;
  if (Object.values(rest).some((value) => value !== null)) return null;
  const name = data.indexOf('"content":"');
  if (name === -1) return null;
  const start = name + '"content":"'.length;
  const end = start + content.length;
  if (data.slice(start, end) !== content || data[end] !== '"') return null;
  const before = data.slice(0, start);
  const after = data.slice(end);
  // That it was this member, and no other of the same name, shows when something else stands there.
  const other = parseObject(before + mark + after);
  const same =
    JSON.stringify(other) ===
    JSON.stringify(parseObject(data)).replace(
      JSON.stringify({ content }).slice(1, -1),
      JSON.stringify({ content: mark }).slice(1, -1),
    );
  const [marked] = Array.isArray(other?.["choices"]) ? other["choices"] : [];
  const found = isObject(marked) && isObject(marked["delta"]) ? marked["delta"]["content"] : null;
  return same && found === mark ? { before, after, like: chunk } : null;
}

/** Where a provider puts its usage: Groq under a name of its own, old models of Moonshot beside their first choice. */
function usageOf(
  answer: Record<string, unknown>,
  choices: readonly Record<string, unknown>[],
  flags: Flags,
): Usage | null {
  const raw =
    answer["usage"] ??
    (isObject(answer["x_groq"]) ? answer["x_groq"]["usage"] : null) ??
    choices.find((choice) => isObject(choice["usage"]))?.["usage"];
  if (!isObject(raw) || Object.keys(raw).length === 0) return null;
  return parseUsage(raw, flags) ?? { counts: null, raw };
}

function hasContent(choice: ChunkChoice): boolean {
  const delta = choice.delta;
  if (!isObject(delta)) return false;
  return Object.entries(delta).some(
    ([name, value]) =>
      name !== "role" &&
      value !== null &&
      value !== "" &&
      !(Array.isArray(value) && value.length === 0),
  );
}

/** A whole answer, or why it is none. */
export function decodeWhole(
  body: string,
  rowFlags: Flags,
  originals: () => ReadonlyMap<string, string> = () => noIds,
): { whole: Whole; usage: Usage | null } | Failure {
  const flags = readOpenaiChatFlags(rowFlags);
  const whole = parseObject(body);
  if (!whole) return garbled(`the provider's answer is not JSON: ${body.slice(0, 200)}`);
  const failure = failureOf(whole);
  if (failure) return failure;
  const found: WholeChoice[] = Array.isArray(whole["choices"])
    ? whole["choices"].filter(isObject)
    : [];
  if (found.length === 0) return garbled("the provider's answer has no choices");
  const choices = found.map((choice) => wholeChoice(choice, flags, whole["id"], originals));
  const broken = choices.map(brokenFinish).find((one) => one !== null);
  if (broken) return broken;
  return { whole: { ...whole, choices }, usage: usageOf(whole, found, rowFlags) };
}

function wholeChoice(
  choice: WholeChoice,
  flags: OpenaiChatFlags,
  answerId: unknown,
  originals: () => ReadonlyMap<string, string>,
): WholeChoice {
  const { usage: _usage, ...rest } = choice;
  let message: Record<string, unknown> = isObject(choice.message) ? choice.message : {};
  message = withReasoning(message, flags.reasoningFormat);
  if (flags.reasoningOut !== "fields" && typeof message["content"] === "string") {
    const splitter = thinkSplitter({ open: flags.reasoningOut === "thinkOpen" });
    const { content, ...others } = message;
    const pieces = [splitter.feed(String(content)), splitter.end()];
    message = { content: "", ...withPiece(others, pieces, flags.reasoningFormat) };
  }
  const calls = Array.isArray(message["tool_calls"]) ? message["tool_calls"].filter(isObject) : [];
  if (calls.length > 0) {
    const made = calls.map((call, index) => {
      const id = typeof call["id"] === "string" && call["id"] !== "" ? call["id"] : null;
      const target = isObject(call["function"]) ? call["function"] : {};
      const known = id ?? madeId(answerId, index, target);
      const { index: _index, ...others } = call;
      return {
        ...others,
        id: originals().get(known) ?? known,
        type: "function",
        function: withTextArguments({ arguments: "", ...target }),
      };
    });
    message = { ...message, tool_calls: made };
  }
  const native = typeof choice.finish_reason === "string" ? choice.finish_reason : "";
  const finish = native === "" ? { finish_reason: null } : finishOf(native, calls.length > 0);
  return { ...rest, message, ...finish };
}

/** What this request's replaced ids of tool calls were, for a provider that repeats one; made when a call comes. */
function originalsOf(ask: ChatAsk, { flags }: Upstream): () => ReadonlyMap<string, string> {
  const { toolCallIdFormat } = readOpenaiChatFlags(flags);
  if (toolCallIdFormat === "any") return () => noIds;
  let originals: ReadonlyMap<string, string> | null = null;
  return () => {
    const messages = Array.isArray(ask.body["messages"]) ? ask.body["messages"] : [];
    const made = (): ReadonlyMap<string, string> =>
      new Map([...toolCallIds(messages, { toolCallIdFormat })].map(([id, other]) => [other, id]));
    return (originals ??= made());
  };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const openaiChat: WireProtocol = {
  operation: "chat",
  framing: "sse",
  auth: "bearer",
  remoteMedia: "fetch",
  unsupported: new Set(),
  encode,
  decoder: (ask, upstream) => eventDecoder(upstream.flags, originalsOf(ask, upstream)),
  decodeWhole: (body, ask, upstream) =>
    decodeWhole(body, upstream.flags, originalsOf(ask, upstream)),
  decodeFailure: failureOfAnswer,
};
