/** A stream of OpenAI's chat in our words. Pure: a decoder is a closure that eats events' data. */
import { readOpenaiChatFlags, type OpenaiChatFlags } from "#schema/flags/openai-chat.ts";
import type { Chunk, ChunkChoice, Delta, StreamEvent, ToolCallDelta } from "../operations/chat.ts";
import { failureInside, garbled } from "./failures.ts";
import {
  brokenFinish,
  failureOf,
  finishOf,
  madeId,
  noOriginals,
  parseObject,
  usageOf,
  withPiece,
  withTextArguments,
  type Originals,
} from "./openai-chat-answer.ts";
import { thinkSplitter, withReasoning, type ThinkSplitter } from "./openai-chat-reasoning.ts";
import type { Decoder, Flags } from "./wire-protocol.ts";
import { isObject } from "../operations/json-value.ts";

/** What a stream's chunks of text have in common, byte for byte, before and behind the text. */
type Mould = {
  before: string;
  after: string;
  like: Chunk;
  /** The same with what the framing puts around an event, and between two. */
  prefix: string;
  suffix: string;
  between: string;
};

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
  originals: Originals = noOriginals,
): ((data: string, name?: string) => StreamEvent[]) & Pick<Decoder, "run"> {
  const flags = readOpenaiChatFlags(rowFlags);
  const stream = new ChatStream(flags, rowFlags, originals);
  let mould: Mould | null = null;
  let moulds = 0;
  const decode = (data: string, name = ""): StreamEvent[] => {
    if (
      mould &&
      data.length >= mould.before.length + mould.after.length &&
      data.startsWith(mould.before) &&
      data.endsWith(mould.after)
    ) {
      const text = data.slice(mould.before.length, data.length - mould.after.length);
      if (!needsEscape.test(text)) return [{ kind: "text", text, like: mould.like }];
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
  return Object.assign(decode, {
    run: (input: string, from: number) => (mould ? runOf(mould, input, from) : null),
  });
}

// eslint-disable-next-line no-control-regex -- no JSON text holds them bare
const needsEscape = /["\\\u0000-\u001f]/;

/**
 * Whole events in a row that are like the mould: one cut for all of them instead of one a line, in a burst a fifth of the
 * work. Text holds no quote, and what stands behind one begins with a quote, so no text can look like the end of another.
 */
function runOf(
  { prefix, suffix, between, like }: Mould,
  input: string,
  from: number,
): { event: StreamEvent; end: number } | null {
  if (!input.startsWith(prefix, from)) return null;
  const start = from + prefix.length;
  const last = input.lastIndexOf(suffix);
  if (last < start) return null;
  const texts = input.slice(start, last).split(between);
  let characters = last - start - (texts.length - 1) * between.length;
  if (needsEscape.test(texts.join(""))) {
    const other = texts.findIndex((text) => needsEscape.test(text));
    if (other === 0) return null;
    texts.length = other;
    characters = texts.reduce((total, { length }) => total + length, 0);
  }
  const end = from + characters + texts.length * between.length;
  return { event: { kind: "texts", texts, characters, like }, end };
}

/** One event's data, as the first of its stream. */
export const decodeEvent = (data: string, flags: Flags): StreamEvent[] =>
  new ChatStream(readOpenaiChatFlags(flags), flags, noOriginals).decode(data, "");

/** Choices of one answer that are told apart; we ask for one. */
const choicesMax = 16;
/** Tool calls of one choice; a broken provider must not fill the memory. */
const callsMax = 1_000;

/** What one choice of a stream has said so far, as far as later chunks depend on it. */
type ChoiceState = { splitter: ThinkSplitter | null; calls: Set<number>; lastCall: number };

class ChatStream {
  readonly #flags: OpenaiChatFlags;
  readonly #rowFlags: Flags;
  readonly #originals: Originals;
  readonly #states = new Map<number, ChoiceState>();

  constructor(flags: OpenaiChatFlags, rowFlags: Flags, originals: Originals) {
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
  // That it is this member, and no other of the same name, shows when something else stands there: it is one string.
  const other = parseObject(before + mark + after);
  const [marked] = Array.isArray(other?.["choices"]) ? other["choices"] : [];
  const found = isObject(marked) && isObject(marked["delta"]) ? marked["delta"]["content"] : null;
  if (found !== mark) return null;
  const prefix = `data: ${before}`;
  const suffix = `${after}\n\n`;
  return { before, after, like: chunk, prefix, suffix, between: suffix + prefix };
}
