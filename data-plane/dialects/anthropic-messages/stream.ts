/** An answer in the middle language as Anthropic's events: one block at a time, each with its start, deltas and stop. */
import type {
  ChatAsk,
  Chunk,
  Delta,
  ReasoningDetail,
  ToolCallDelta,
} from "../../operations/chat.ts";

import type { Bill, Face } from "../dialect.ts";
import { shownThoughts, type Shown } from "../shown-thoughts.ts";
import { citationOf } from "./citations.ts";
import { stopReasonOf } from "./stop-reason.ts";
import { detailsOf, redactedOf, signatureOf, textOf } from "./thoughts.ts";
import { usageOf } from "./usage.ts";
import { isObject } from "../../operations/json-value.ts";

type Call = { id: string; name: string; pieces: string[] };
type Open =
  | { kind: "text" }
  | { kind: "thinking"; key: string; detail: ReasoningDetail }
  | { kind: "tool"; call: number };

export const sse = (name: string, data: string): string => `event: ${name}\ndata: ${data}\n\n`;
const event = (value: { type: string; [member: string]: unknown }): string =>
  sse(value.type, JSON.stringify(value));

export class MessageStream {
  readonly #face: Face;
  readonly #ask: ChatAsk;
  readonly #shown: Shown;
  #started = false;
  #blocks = 0;
  #open: Open | null = null;
  /** Around a text delta of the block under way. */
  #textBefore = "";
  #finish: { reason: unknown; native: unknown; details: unknown } = {
    reason: null,
    native: null,
    details: null,
  };
  /**
   * Calls that began while another one was being written: a block of Anthropic's ends before the next begins, and when a
   * provider is done with one call is only known when it says something else.
   */
  readonly #waiting = new Map<number, Call>();

  constructor(face: Face, ask: ChatAsk) {
    this.#face = face;
    this.#ask = ask;
    this.#shown = shownThoughts(ask.reasoning?.exclude === true);
  }

  chunk({ choices = [] }: Chunk): string {
    const [choice] = choices;
    if (!choice) return "";
    const { delta, finish_reason: finish } = choice;
    let said = this.#start();
    if (isObject(delta)) said += this.#delta(delta);
    if (typeof finish === "string")
      this.#finish = {
        reason: finish,
        native: choice.native_finish_reason ?? finish,
        details: choice["stop_details"] ?? null,
      };
    return said;
  }

  /** Text without a quote or an escape in it. */
  text(text: string): string {
    return this.#start() + this.#openText() + this.#textBefore + text + '"}}\n\n';
  }

  end(bill: Bill): string {
    const { reason, native, details } = this.#finish;
    return (
      this.#start() +
      this.#closeAll() +
      event({
        type: "message_delta",
        delta: {
          stop_reason: stopReasonOf(reason, native),
          stop_sequence: null,
          stop_details: details,
        },
        usage: usageOf(bill),
      }) +
      event({ type: "message_stop" })
    );
  }

  #start(): string {
    if (this.#started) return "";
    this.#started = true;
    const { id, model, provider } = this.#face;
    return event({
      type: "message_start",
      message: {
        id,
        type: "message",
        role: "assistant",
        model,
        provider,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        // By estimate: what was really used is known at the end, and `message_delta` says it.
        usage: {
          input_tokens: this.#ask.promptTokensEstimate,
          cache_creation_input_tokens: 0,
          cache_read_input_tokens: 0,
          output_tokens: 0,
        },
      },
    });
  }

  #delta(delta: Delta): string {
    const { content, refusal, reasoning, annotations, tool_calls: calls } = delta;
    let said = "";
    const details = detailsOf(delta.reasoning_details);
    if (details.length === 0 && typeof reasoning === "string" && reasoning !== "")
      details.push({ type: "reasoning.text", text: reasoning, format: "unknown" });
    for (const detail of details) if (this.#shown(detail)) said += this.#thought(detail);
    for (const text of [content, refusal])
      if (typeof text === "string" && text !== "")
        said += `${this.#openText()}${this.#textBefore}${JSON.stringify(text).slice(1)}}}\n\n`;
    if (Array.isArray(annotations)) said += this.#citations(annotations);
    if (Array.isArray(calls)) for (const call of calls) said += this.#call(call);
    return said;
  }

  #openText(): string {
    if (this.#open?.kind === "text") return "";
    const said = this.#closeAll() + this.#begin({ kind: "text" }, { type: "text", text: "" });
    this.#textBefore = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${this.#blocks},"delta":{"type":"text_delta","text":"`;
    return said;
  }

  #thought(detail: ReasoningDetail): string {
    if (detail.type === "reasoning.encrypted") {
      const said = this.#closeAll() + this.#startBlock(redactedOf(detail));
      return said + this.#stop();
    }
    const text = textOf(detail);
    const key = `${detail.type} ${detail.index ?? ""} ${detail.id ?? ""}`;
    let said = "";
    if (this.#open?.kind === "thinking" && this.#open.key === key)
      this.#open.detail = { ...this.#open.detail, ...known(detail) };
    else
      said +=
        this.#closeAll() +
        this.#begin(
          { kind: "thinking", key, detail },
          { type: "thinking", thinking: "", signature: "" },
        );
    if (text !== "") said += this.#deltaEvent({ type: "thinking_delta", thinking: text });
    return said;
  }

  #citations(annotations: readonly unknown[]): string {
    if (this.#open?.kind !== "text") return ""; // a citation stands in the text that cites
    let said = "";
    for (const annotation of annotations) {
      const citation = citationOf(annotation);
      if (citation) said += this.#deltaEvent({ type: "citations_delta", citation });
    }
    return said;
  }

  #call(call: ToolCallDelta): string {
    if (!isObject(call)) return "";
    const { index, id, function: named } = call;
    const at = typeof index === "number" ? index : 0;
    const name = isObject(named) && typeof named["name"] === "string" ? named["name"] : "";
    const piece =
      isObject(named) && typeof named["arguments"] === "string" ? named["arguments"] : "";
    if (this.#open?.kind === "tool" && this.#open.call === at) return this.#input(piece);
    const waiting = this.#waiting.get(at);
    if (waiting) {
      waiting.pieces.push(piece);
      waiting.name ||= name;
      return "";
    }
    const known: Call = {
      id: typeof id === "string" && id !== "" ? id : `toolu_${this.#face.id}_${at}`,
      name,
      pieces: [],
    };
    if (this.#open?.kind === "tool") {
      known.pieces.push(piece);
      this.#waiting.set(at, known);
      return "";
    }
    return this.#closeAll() + this.#beginCall(at, known) + this.#input(piece);
  }

  #beginCall(at: number, { id, name }: Call): string {
    return this.#begin({ kind: "tool", call: at }, { type: "tool_use", id, name, input: {} });
  }

  #input(piece: string): string {
    return piece === "" ? "" : this.#deltaEvent({ type: "input_json_delta", partial_json: piece });
  }

  #begin(open: Open, block: object): string {
    this.#open = open;
    return this.#startBlock(block);
  }

  #startBlock(block: object): string {
    return event({ type: "content_block_start", index: this.#blocks, content_block: block });
  }

  #deltaEvent(delta: object): string {
    return event({ type: "content_block_delta", index: this.#blocks, delta });
  }

  #stop(): string {
    return event({ type: "content_block_stop", index: this.#blocks++ });
  }

  /** Ends the block under way, and writes the calls that waited for that. */
  #closeAll(): string {
    let said = this.#close();
    for (const [at, call] of this.#waiting) {
      said += this.#beginCall(at, call) + this.#input(call.pieces.join("")) + this.#close();
    }
    this.#waiting.clear();
    return said;
  }

  #close(): string {
    const open = this.#open;
    if (!open) return "";
    this.#open = null;
    const signed =
      open.kind === "thinking"
        ? this.#deltaEvent({ type: "signature_delta", signature: signatureOf(open.detail) })
        : "";
    return signed + this.#stop();
  }
}

/** Without members that say nothing: they would take away what an earlier piece said. */
const known = (detail: ReasoningDetail): Partial<ReasoningDetail> =>
  Object.fromEntries(
    Object.entries(detail).filter(([, value]) => value !== null && value !== undefined),
  );
