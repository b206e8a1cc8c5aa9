/** One stream of Anthropic's events to the middle language. A decoder is a closure over what is open; it never throws. */
import type { ChatAsk, Chunk, Delta, StreamEvent } from "../../operations/chat.ts";
import { garbled } from "../failures.ts";
import type { Decoder, Upstream } from "../wire-protocol.ts";
import { annotationOf } from "./annotations.ts";
import { failureOfError } from "./failure.ts";
import { flagsOf } from "./flags.ts";
import { finishReasonOf } from "./stop-reason.ts";
import { format } from "./thoughts.ts";
import { answerToolName } from "./tools.ts";
import { mergeUsage, unbilled, usageOf } from "./usage.ts";
import { isObject, parseObject } from "../../operations/json-value.ts";

/** More blocks open at a time than any answer has; beyond it the stream is garbage. */
const openMax = 256;
const citationsMax = 1_000;

type Block =
  | { kind: "text"; startedAt: number; citations: unknown[] }
  /** `withheld`: there was text that the client does not want to see; without it the signature is good for nothing. */
  | { kind: "thinking"; index: number; withheld: boolean }
  /** `input` is what came with the start: hosts that do not stream arguments put them there. */
  | { kind: "tool"; index: number; input: unknown; empty: boolean }
  /** The tool that stands in for structured output: its input is the answer's text. */
  | { kind: "answer"; input: unknown; empty: boolean }
  | { kind: "other" };

type Thinking = Extract<Block, { kind: "thinking" }>;

export function eventDecoder(ask: ChatAsk, upstream: Upstream): Decoder {
  const stream = new Stream(
    answerToolName(ask, flagsOf(upstream)),
    ask.reasoning?.exclude === true,
  );
  const framed = ask.dialect === "anthropic-messages";
  return (data, name) => stream.decode(data, name, framed);
}

const textStart = '{"type":"content_block_delta","index":';

class Stream {
  readonly #answerTool: string | null;
  readonly #exclude: boolean;
  #id: unknown;
  #like: Chunk | null = null;
  #usage: Readonly<Record<string, unknown>> = {};
  readonly #open = new Map<unknown, Block>();
  #calls = 0;
  #thoughts = 0;
  #characters = 0;
  #spoke = false;
  #answered = false;
  /** The start of the text deltas of the block under way, up to the text. */
  #mould: string | null = null;

  constructor(answerTool: string | null, exclude: boolean) {
    this.#answerTool = answerTool;
    this.#exclude = exclude;
  }

  decode(data: string, name: string, framed: boolean): StreamEvent[] {
    const text = this.#quickText(data);
    if (text !== null) {
      this.#characters += text.length;
      const event: StreamEvent = { kind: "text", text, like: this.#likeChunk() };
      return framed ? [{ kind: "frame", name, data }, event] : [event];
    }
    const parsed = parseObject(data);
    if (!parsed)
      return [
        {
          kind: "failure",
          failure: garbled(`the provider sent an event that is not JSON: ${data.slice(0, 200)}`),
        },
      ];
    const type = typeof parsed["type"] === "string" ? parsed["type"] : name;
    if (type === "error" || isObject(parsed["error"]))
      return [{ kind: "failure", failure: failureOfError(parsed) }];
    const events = this.#event(type, parsed, data);
    return framed ? [{ kind: "frame", name: name === "" ? type : name, data }, ...events] : events;
  }

  /** Most of a stream is text deltas that differ in nothing else; those without an escape need no parser. */
  #quickText(data: string): string | null {
    const mould = this.#mould;
    if (mould === null || !data.startsWith(mould)) return null;
    const end = data.lastIndexOf('"');
    if (end <= mould.length) return null; // an empty one is no content, and takes the long way
    // Anthropic pads its events with spaces before the last brace.
    if (!/^"\s*\}\s*\}\s*$/.test(data.slice(end))) return null;
    const text = data.slice(mould.length, end);
    // eslint-disable-next-line no-control-regex -- no JSON text holds them bare
    return /["\\\u0000-\u001f]/.test(text) ? null : text;
  }

  #event(type: string, event: Record<string, unknown>, data: string): StreamEvent[] {
    switch (type) {
      case "message_start":
        return this.#start(event["message"]);
      case "content_block_start":
        return this.#blockStart(event["index"], event["content_block"]);
      case "content_block_delta":
        return this.#blockDelta(event["index"], event["delta"], data);
      case "content_block_stop":
        return this.#blockStop(event["index"]);
      case "message_delta":
        return this.#delta(event);
      case "message_stop":
        return [{ kind: "done" }];
      default:
        return []; // pings, and what there will be
    }
  }

  #start(message: unknown): StreamEvent[] {
    const said = isObject(message) ? message : {};
    this.#id = said["id"];
    this.#usage = mergeUsage(this.#usage, said["usage"]);
    // What it says of the answer's length is a mark and no count (1 to 8, whatever follows): the end tells it, and where the
    // end never comes, because the client has left, it is estimated.
    const usage = usageOf(this.#usage);
    if (usage?.counts) {
      const { reasoning: _thought, ...counts } = usage.counts;
      usage.counts = { ...counts, output: 0n };
    }
    return [
      this.#chunk({ role: "assistant", content: "" }, false),
      ...(usage ? [{ kind: "usage" as const, usage }] : []),
    ];
  }

  #blockStart(index: unknown, content: unknown): StreamEvent[] {
    if (!isObject(content)) return [];
    if (this.#open.size >= openMax)
      return [{ kind: "failure", failure: garbled("the provider's stream opens too many blocks") }];
    this.#mould = null;
    const block = this.#blockOf(content);
    this.#open.set(index, block);
    switch (block.kind) {
      case "text":
        return this.#text(content["text"]);
      case "thinking":
        return [
          ...this.#thought(block, content["thinking"]),
          ...this.#signature(block, content["signature"]),
        ];
      case "tool":
        return [
          this.#chunk({
            tool_calls: [
              {
                index: block.index,
                id: textOr(content["id"]),
                type: "function",
                function: { name: textOr(content["name"]), arguments: "" },
              },
            ],
          }),
        ];
      case "other":
        if (content["type"] !== "redacted_thinking" || typeof content["data"] !== "string")
          return [];
        return [
          this.#chunk({
            reasoning_details: [
              {
                type: "reasoning.encrypted",
                data: content["data"],
                format,
                index: this.#thoughts++,
              },
            ],
          }),
        ];
      case "answer":
        return [];
      default:
        return block satisfies never;
    }
  }

  #blockOf(content: Record<string, unknown>): Block {
    switch (content["type"]) {
      case "text":
        return { kind: "text", startedAt: this.#characters, citations: [] };
      case "thinking":
        return { kind: "thinking", index: this.#thoughts++, withheld: false };
      case "tool_use":
        if (this.#answerTool !== null && content["name"] === this.#answerTool) {
          this.#answered = true;
          return { kind: "answer", input: content["input"], empty: true };
        }
        return { kind: "tool", index: this.#calls++, input: content["input"], empty: true };
      default:
        return { kind: "other" };
    }
  }

  #blockDelta(index: unknown, delta: unknown, data: string): StreamEvent[] {
    if (!isObject(delta)) return [];
    const block = this.#open.get(index);
    switch (delta["type"]) {
      case "text_delta": {
        const { text } = delta;
        if (typeof text === "string" && text !== "") this.#cast(data, index);
        return this.#text(text);
      }
      case "thinking_delta":
        return block?.kind === "thinking" ? this.#thought(block, delta["thinking"]) : [];
      case "signature_delta":
        return block?.kind === "thinking" ? this.#signature(block, delta["signature"]) : [];
      case "input_json_delta":
        return this.#input(block, delta["partial_json"]);
      case "citations_delta":
        if (block?.kind === "text" && block.citations.length < citationsMax)
          block.citations.push(delta["citation"]);
        return [];
      default:
        return [];
    }
  }

  #cast(data: string, index: unknown): void {
    const mould = `${textStart}${String(index)},"delta":{"type":"text_delta","text":"`;
    this.#mould = data.startsWith(mould) ? mould : null;
  }

  #text(text: unknown): StreamEvent[] {
    if (typeof text !== "string" || text === "") return [];
    this.#characters += text.length;
    return [this.#chunk({ content: text })];
  }

  #thought(block: Thinking, text: unknown): StreamEvent[] {
    if (typeof text !== "string" || text === "") return [];
    if (this.#exclude) block.withheld = true;
    if (block.withheld) return [];
    const { index } = block;
    return [
      this.#chunk({
        reasoning: text,
        reasoning_details: [{ type: "reasoning.text", text, format, index }],
      }),
    ];
  }

  #signature({ index, withheld }: Thinking, signature: unknown): StreamEvent[] {
    if (typeof signature !== "string" || signature === "" || withheld) return [];
    return [
      this.#chunk({ reasoning_details: [{ type: "reasoning.text", signature, format, index }] }),
    ];
  }

  #input(block: Block | undefined, piece: unknown): StreamEvent[] {
    if (typeof piece !== "string" || piece === "") return [];
    if (block?.kind === "answer") {
      block.empty = false;
      return this.#text(piece);
    }
    if (block?.kind !== "tool") return [];
    block.empty = false;
    return [this.#chunk({ tool_calls: [{ index: block.index, function: { arguments: piece } }] })];
  }

  #blockStop(index: unknown): StreamEvent[] {
    const block = this.#open.get(index);
    this.#open.delete(index);
    this.#mould = null;
    if (block?.kind === "tool" && block.empty)
      return this.#input(block, JSON.stringify(isObject(block.input) ? block.input : {}));
    if (block?.kind === "answer" && block.empty)
      return this.#text(JSON.stringify(isObject(block.input) ? block.input : {}));
    if (block?.kind !== "text") return [];
    const annotations = block.citations
      .map((citation) => annotationOf(citation, block.startedAt, this.#characters))
      .filter((annotation) => annotation !== null);
    return annotations.length > 0 ? [this.#chunk({ annotations })] : [];
  }

  #delta(event: Record<string, unknown>): StreamEvent[] {
    const delta = isObject(event["delta"]) ? event["delta"] : {};
    this.#usage = mergeUsage(this.#usage, event["usage"]);
    const reason = delta["stop_reason"];
    const events: StreamEvent[] = [];
    if (typeof reason === "string") {
      const details = isObject(delta["stop_details"])
        ? delta["stop_details"]
        : event["stop_details"];
      const only = this.#answered && this.#calls === 0 && reason === "tool_use";
      events.push({
        kind: "chunk",
        chunk: {
          ...this.#head(),
          choices: [
            {
              index: 0,
              delta: { content: "" },
              finish_reason: only ? "stop" : finishReasonOf(reason),
              native_finish_reason: reason,
              // Why it refuses is no text of the answer, and nobody is billed for it.
              ...(isObject(details) ? { stop_details: details } : {}),
            },
          ],
        },
        content: false,
      });
      if (reason === "refusal" && !this.#spoke)
        return [...events, { kind: "usage", usage: unbilled(this.#usage) }];
    }
    return [...events, ...this.#usageEvent()];
  }

  #usageEvent(): StreamEvent[] {
    const usage = usageOf(this.#usage);
    return usage ? [{ kind: "usage", usage }] : [];
  }

  #head(): Chunk {
    const tier = this.#usage["service_tier"];
    return {
      id: this.#id,
      ...(typeof tier === "string" && tier !== "standard" ? { service_tier: tier } : {}),
    };
  }

  #chunk(delta: Delta, content = true): StreamEvent {
    if (content) this.#spoke = true;
    return {
      kind: "chunk",
      chunk: { ...this.#head(), choices: [{ index: 0, delta, finish_reason: null }] },
      content,
    };
  }

  #likeChunk(): Chunk {
    return (this.#like ??= {
      ...this.#head(),
      choices: [{ index: 0, delta: { content: "" }, finish_reason: null }],
    });
  }
}

/** Text, or none where something else came. */
const textOr = (value: unknown): string => (typeof value === "string" ? value : "");
