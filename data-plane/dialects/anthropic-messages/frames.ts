/** A stream that the provider sends in this very dialect: passed on as it is, but for what is ours to say. */
import { JsonLimitError } from "../../operations/json-members.ts";
import type { Bill, Face } from "../dialect.ts";
import { billed, edited } from "./native.ts";
import { sse } from "./stream.ts";

export class FrameStream {
  readonly #face: Face;
  /** The end is kept until it is known what the answer cost. */
  #delta: string | null = null;
  #stop: string | null = null;

  constructor(face: Face) {
    this.#face = face;
  }

  frame(name: string, data: string): string {
    switch (name) {
      case "message_start":
        return frame(name, this.#renamed(data));
      case "message_delta":
        // Some hosts tell the usage in a second one, after the reason; the reason is what must not be lost.
        if (this.#delta === null || !saysWhy(this.#delta) || saysWhy(data)) this.#delta = data;
        return "";
      case "message_stop":
        this.#stop = data;
        return "";
      case "ping":
        return this.#delta === null ? frame(name, data) : "";
      default:
        return frame(name, data);
    }
  }

  end(bill: Bill): string {
    return (
      frame("message_delta", this.#billed(bill)) +
      frame("message_stop", this.#stop ?? '{"type":"message_stop"}')
    );
  }

  #billed(bill: Bill): string {
    const usage = billed(bill);
    try {
      if (this.#delta !== null) return edited(this.#delta, { usage });
    } catch (cause) {
      if (!(cause instanceof JsonLimitError)) throw cause; // an event that cannot be edited is replaced
    }
    return `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":${usage(null)}}`;
  }

  #renamed(data: string): string {
    const { id, model, unbilled } = this.#face;
    const edits = {
      id: JSON.stringify(id),
      model: JSON.stringify(model),
      ...(unbilled ? { usage: noTokens } : {}),
    };
    try {
      return edited(data, { message: (message) => edited(message ?? "{}", edits) });
    } catch (cause) {
      if (cause instanceof JsonLimitError) return data;
      throw cause;
    }
  }
}

const noTokens =
  '{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}';

const saysWhy = (data: string): boolean => /"stop_reason"\s*:\s*"/.test(data);

/** A line break between two tokens of JSON is a line of its own in an event. */
const frame = (name: string, data: string): string =>
  sse(name, data.includes("\n") ? data.replaceAll("\n", "\ndata: ") : data);
