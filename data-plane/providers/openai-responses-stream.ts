/** Events of OpenAI's Responses API to what they say (contract/providers.md 4.1). Pure. */
import { readOpenaiResponsesFlags } from "#schema/flags/openai-responses.ts";
import type { ChatAsk, Chunk, Delta, StreamEvent } from "../operations/chat.ts";
import { failureInside, garbled } from "./failures.ts";
import {
  annotationOf,
  finishOf,
  imageOf,
  isObject,
  logprobsOf,
  parseObject,
  saidFailure,
  usageOf,
  usualFormat,
} from "./openai-responses-answer.ts";
import type { Decoder, Upstream } from "./wire-protocol.ts";

type Json = Record<string, unknown>;

/** What has been told of one item of the output. */
type Item = {
  id: string | null;
  /** Of the call, among the calls. */
  call: number;
  /** Characters of text, refusal or arguments told so far. */
  told: number;
  annotations: number;
  /** By the number of its part: the detail it is told as, and its characters. */
  thoughts: Map<string, { index: number; told: number }>;
  done: boolean;
};

const textDelta = "response.output_text.delta";
/** No answer has more: what an upstream that counts for ever can make us hold. */
const itemsMax = 10_000;
/** JSON text needs no escape for it. */
// eslint-disable-next-line no-control-regex -- no JSON text holds them bare
const plain = /^[^"\\\u0000-\u001f]*$/;

/**
 * One stream. What an event of deltas left out is taken from the event that ends its item, and what that left out from the
 * answer as a whole, because not every provider of this API sends all three; nothing is told twice. Events and items that
 * are not known say nothing.
 */
export function eventDecoder(ask: ChatAsk, { flags }: Upstream): Decoder {
  const format = readOpenaiResponsesFlags(flags).reasoningFormat;
  const hidden = ask.reasoning?.exclude === true;
  const frames = ask.dialect === "openai-responses";
  const items = new Map<string, Item>();
  const face: Pick<Chunk, "id"> = {};
  let like: Chunk | null = null;
  let calls = 0;
  let details = 0;
  let ended = false;
  /** The item that text goes to, and how an event says so. */
  let usual: { item: Item; place: string } | null = null;

  const chunk = (delta: Delta, content: boolean, more: Json = {}): StreamEvent => ({
    kind: "chunk",
    chunk: { ...face, choices: [{ index: 0, delta, ...more }] },
    content,
  });

  /** By its place, else by its id: some have no place, and some change the id between events. */
  const itemAt = (event: Json, whole: Json = {}): Item | null => {
    const place = event["output_index"];
    const id = whole["id"] ?? event["item_id"];
    const keys = [
      ...(typeof place === "number" ? [`at ${place}`] : []),
      ...(typeof id === "string" ? [id] : []),
    ];
    for (const key of keys) {
      const known = items.get(key);
      if (known) return known;
    }
    if (items.size >= itemsMax || keys.length === 0) return null;
    const made: Item = {
      id: typeof id === "string" ? id : null,
      call: -1,
      told: 0,
      annotations: 0,
      thoughts: new Map(),
      done: false,
    };
    for (const key of keys) items.set(key, made);
    return made;
  };

  const tellText = (item: Item, text: unknown, logprobs: unknown): StreamEvent[] => {
    if (typeof text !== "string" || text === "") return [];
    item.told += text.length;
    const measured = logprobsOf(logprobs);
    if (measured) return [chunk({ content: text }, true, { logprobs: measured })];
    if (like && plain.test(text) && text.isWellFormed()) return [{ kind: "text", text, like }];
    const event = chunk({ content: text }, true);
    if (!like && event.kind === "chunk") like = event.chunk;
    return [event];
  };

  const tellRefusal = (item: Item, text: unknown): StreamEvent[] => {
    if (typeof text !== "string" || text === "") return [];
    item.told += text.length;
    return [chunk({ refusal: text }, true)];
  };

  const tellCall = (item: Item, call: Json): StreamEvent[] => {
    const { call_id: id, name } = call;
    if (item.call >= 0 || typeof id !== "string" || typeof name !== "string") return [];
    item.call = calls++;
    const made = { index: item.call, id, type: "function" as const };
    return [chunk({ tool_calls: [{ ...made, function: { name, arguments: "" } }] }, true)];
  };

  const tellArguments = (item: Item, text: unknown): StreamEvent[] => {
    if (item.call < 0 || typeof text !== "string" || text === "") return [];
    item.told += text.length;
    return [chunk({ tool_calls: [{ index: item.call, function: { arguments: text } }] }, true)];
  };

  /** @param part such as `summary 0`: parts of a summary are told apart, and set apart for people */
  const tellThought = (item: Item, part: string, text: unknown): StreamEvent[] => {
    if (hidden || typeof text !== "string" || text === "") return [];
    let thought = item.thoughts.get(part);
    const first = !thought;
    if (!thought) item.thoughts.set(part, (thought = { index: details++, told: 0 }));
    thought.told += text.length;
    const apart = first && item.thoughts.size > 1 ? "\n\n" : "";
    const said = part.startsWith("summary")
      ? { type: "reasoning.summary" as const, summary: text }
      : { type: "reasoning.text" as const, text };
    const detail = { ...said, id: item.id, format, index: thought.index };
    return [chunk({ reasoning: apart + text, reasoning_details: [detail] }, true)];
  };

  /** The item as a whole: what of it was not told yet. */
  const finishItem = (item: Item, whole: Json): StreamEvent[] => {
    if (item.done) return [];
    item.done = true;
    const events: StreamEvent[] = [];
    switch (whole["type"]) {
      case "message": {
        const parts = Array.isArray(whole["content"]) ? whole["content"].filter(isObject) : [];
        if (item.told === 0)
          for (const part of parts)
            if (part["type"] === "output_text")
              events.push(...tellText(item, part["text"], part["logprobs"]));
            else if (part["type"] === "refusal") events.push(...tellRefusal(item, part["refusal"]));
        const annotations = parts
          .flatMap((part) => (Array.isArray(part["annotations"]) ? part["annotations"] : []))
          .slice(item.annotations)
          .flatMap(annotationOf);
        if (annotations.length > 0) events.push(chunk({ annotations }, true));
        break;
      }
      case "function_call":
        events.push(...tellCall(item, whole));
        if (item.told === 0) events.push(...tellArguments(item, whole["arguments"]));
        break;
      case "reasoning": {
        for (const [name, kind] of [
          ["summary", "summary"],
          ["content", "text"],
        ] as const)
          for (const [index, part] of objectsIn(whole[name]).entries())
            if (!item.thoughts.has(`${kind} ${index}`))
              events.push(...tellThought(item, `${kind} ${index}`, part["text"]));
        const data = whole["encrypted_content"];
        if (hidden || typeof data !== "string" || data === "") break;
        const id = typeof whole["id"] === "string" ? whole["id"] : item.id;
        const detail = { type: "reasoning.encrypted" as const, data, id, format, index: details++ };
        events.push(chunk({ reasoning_details: [detail] }, false));
        break;
      }
      case "image_generation_call":
        for (const image of imageOf(whole)) events.push(chunk({ images: [image] }, true));
        break;
      default:
    }
    return events;
  };

  const end = (response: Json): StreamEvent[] => {
    if (ended) return [];
    const output = objectsIn(response["output"]);
    const events = output.flatMap((whole, index) => {
      const item = itemAt({ output_index: index }, whole);
      return item ? finishItem(item, whole) : [];
    });
    ended = true;
    const finish = finishOf(response, calls > 0);
    const tier = response["service_tier"];
    events.push({
      kind: "chunk",
      chunk: {
        ...face,
        ...(typeof tier === "string" ? { service_tier: tier } : {}),
        choices: [{ index: 0, delta: {}, ...finish }],
      },
      content: false,
    });
    const usage = usageOf(response, flags);
    if (usage) events.push({ kind: "usage", usage });
    events.push({ kind: "done" });
    return events;
  };

  const read = (event: Json, name: string): StreamEvent[] => {
    const type = typeof event["type"] === "string" ? event["type"] : name;
    const response = isObject(event["response"]) ? event["response"] : {};
    switch (type) {
      case "response.created":
      case "response.in_progress":
      case "response.queued": {
        if (face.id !== undefined) return [];
        face.id = typeof response["id"] === "string" ? response["id"] : "";
        return [chunk({ role: "assistant", content: "" }, false)];
      }
      case "response.output_item.added": {
        const whole = isObject(event["item"]) ? event["item"] : {};
        const item = itemAt(event, whole);
        if (!item || whole["type"] !== "function_call") return [];
        return [...tellCall(item, whole), ...tellArguments(item, whole["arguments"])];
      }
      case textDelta: {
        const item = itemAt(event);
        if (!item) return [];
        const place = event["output_index"];
        if (typeof place === "number") usual = { item, place: `"output_index":${place},` };
        return tellText(item, event["delta"], event["logprobs"]);
      }
      case "response.refusal.delta": {
        const item = itemAt(event);
        return item ? tellRefusal(item, event["delta"]) : [];
      }
      case "response.function_call_arguments.delta": {
        const item = itemAt(event);
        return item ? tellArguments(item, event["delta"]) : [];
      }
      case "response.reasoning_summary_text.delta": {
        const item = itemAt(event);
        return item
          ? tellThought(item, `summary ${numberOf(event["summary_index"])}`, event["delta"])
          : [];
      }
      case "response.reasoning_text.delta": {
        const item = itemAt(event);
        return item
          ? tellThought(item, `text ${numberOf(event["content_index"])}`, event["delta"])
          : [];
      }
      case "response.output_text.annotation.added": {
        const item = itemAt(event);
        if (!item) return [];
        item.annotations++;
        const annotations = annotationOf(event["annotation"]);
        return annotations.length > 0 ? [chunk({ annotations }, true)] : [];
      }
      case "response.output_item.done": {
        const whole = isObject(event["item"]) ? event["item"] : {};
        const item = itemAt(event, whole);
        return item ? finishItem(item, whole) : [];
      }
      case "response.completed":
      case "response.incomplete":
        return response["status"] === "failed"
          ? [{ kind: "failure", failure: saidFailure(response["error"]) }]
          : end(response);
      case "response.failed":
      case "response.cancelled":
        return [{ kind: "failure", failure: saidFailure(response["error"]) }];
      case "error":
        // Documented flat; OpenAI itself puts it a level deeper for what it refuses at once.
        return [
          {
            kind: "failure",
            failure: saidFailure(isObject(event["error"]) ? event["error"] : event),
          },
        ];
      default:
        // xAI reports `{code, error}` inside a 200 (contract/providers.md 0.3).
        return type === "" && (event["error"] ?? null) !== null
          ? [{ kind: "failure", failure: failureInside(event) }]
          : [];
    }
  };

  /**
   * Nearly all of a stream's events are a piece of text. With no object inside, and no escape in the text, their members need
   * not be parsed to be told apart: a text cannot hold the name of one unescaped. A fifth of the work.
   */
  const quickText = (data: string, name: string): string | null => {
    if (name !== textDelta || !usual || data.indexOf("{", 1) !== -1) return null;
    if (!data.startsWith("{") || !data.includes(usual.place)) return null;
    const start = data.indexOf('"delta":"') + '"delta":"'.length;
    const end = data.indexOf('"', start);
    if (start < '"delta":"'.length || end <= start || !data.endsWith("}")) return null;
    const text = data.slice(start, end);
    return plain.test(text) ? text : null;
  };

  return (data, name) => {
    if (data === "[DONE]") return [];
    const text = like && quickText(data, name);
    if (like && usual && text !== null) {
      usual.item.told += text.length;
      const told: StreamEvent = { kind: "text", text, like };
      return frames ? [{ kind: "frame", name, data }, told] : [told];
    }
    const event = parseObject(data);
    if (!event)
      return [
        {
          kind: "failure",
          failure: garbled(`the provider sent an event that is not JSON: ${data.slice(0, 200)}`),
        },
      ];
    const events = read(event, name);
    return frames ? [{ kind: "frame", name, data: framed(event, data, flags) }, ...events] : events;
  };
}

/** The provider's own event; on thoughts of another family than the usual one it says whose they are, for the next turn. */
function framed(event: Json, data: string, flags: Upstream["flags"]): string {
  const format = readOpenaiResponsesFlags(flags).reasoningFormat;
  if (format === usualFormat || !data.includes('"reasoning"')) return data;
  const mark = (item: unknown): unknown =>
    isObject(item) && item["type"] === "reasoning" ? { ...item, format } : item;
  const { item, response } = event;
  if (isObject(item)) return JSON.stringify({ ...event, item: mark(item) });
  if (!isObject(response) || !Array.isArray(response["output"])) return data;
  return JSON.stringify({
    ...event,
    response: { ...response, output: response["output"].map(mark) },
  });
}

const objectsIn = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);
