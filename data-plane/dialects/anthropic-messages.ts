/**
 * How Anthropic's clients speak to us: `/messages`, in Anthropic's own grammar, with OpenRouter's fields beside it. Where the
 * provider speaks it too, what it says is edited and not rebuilt (docs/providers/anthropic-messages.md).
 */
import type { ChatAsk } from "../operations/chat.ts";
import { decode } from "./anthropic-messages/decode.ts";
import { errorOf } from "./anthropic-messages/error.ts";
import { FrameStream } from "./anthropic-messages/frames.ts";
import { MessageStream, sse } from "./anthropic-messages/stream.ts";
import { encodeWhole } from "./anthropic-messages/whole.ts";
import type { Dialect, Face, StreamEncoder } from "./dialect.ts";

function encoder(face: Face, ask: ChatAsk): StreamEncoder {
  const built = new MessageStream(face, ask);
  let frames: FrameStream | null = null;
  return {
    event(event) {
      if (event.kind === "frame")
        return (frames ??= new FrameStream(face)).frame(event.name, event.data);
      if (frames) return ""; // what a frame was decoded to
      if (event.kind === "text") return built.text(event.text);
      return event.kind === "chunk" ? built.chunk(event.chunk) : "";
    },
    end: (bill) => (frames ?? built).end(bill),
    broken: (refusal) => sse("error", JSON.stringify(errorOf(refusal, face.id))),
  };
}

export const anthropicMessages: Dialect = {
  name: "anthropic-messages",
  decode,
  encoder,
  encodeWhole,
  encodeRefusal: (refusal, id) => JSON.stringify(errorOf(refusal, id)),
  heartbeat: sse("ping", '{"type":"ping"}'),
};
