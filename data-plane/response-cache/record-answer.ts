/**
 * An answer as it is kept while it is sent: encoded a second time, by the same dialect, with a placeholder for the id and with
 * a bill of nothing. So what is given again later needs neither parsing nor editing, whatever its dialect: only the
 * placeholder is replaced. It costs the encoding of a miss twice, for those who asked for it.
 */
import { mintGenerationId } from "#schema/ids.ts";
import { zero } from "#schema/money/amount.ts";
import type { Bill, Dialect, Face, StreamEncoder } from "../dialects/dialect.ts";
import type { ChatAsk } from "../operations/chat.ts";
import { bodyBytesMax } from "./kept-answer.ts";

export type Recording = {
  /** Like the dialect it was made of, to the byte. */
  dialect: Dialect;
  placeholder: string;
  /** All of the answer; null when it has not come to its proper end, or is too long. */
  body: () => Buffer | null;
};

const nothing: Bill = {
  counts: {},
  charge: { total: zero, prompt: zero, completion: zero },
  source: "none",
  ownKey: false,
  upstreamCost: null,
};

export function recordAnswer(dialect: Dialect, nowMs: number): Recording {
  const placeholder = mintGenerationId(nowMs); // random, and nobody is told it: no answer can hold it by itself
  let pieces: string[] | null = []; // null: too long
  let characters = 0;
  let whole = false;
  const take = (text: string): void => {
    if (text === "" || !pieces) return;
    characters += text.length;
    if (characters > bodyBytesMax) pieces = null;
    else pieces.push(text);
  };
  const ofReplay = (face: Face): Face => ({ ...face, id: placeholder, unbilled: true });

  const encoder = (face: Face, ask: ChatAsk): StreamEncoder => {
    const sent = dialect.encoder(face, ask);
    const kept = dialect.encoder(ofReplay(face), { ...ask, promptTokensEstimate: 0 });
    const { texts: sentTexts } = sent;
    return {
      event(event) {
        if (pieces) take(kept.event(event));
        return sent.event(event);
      },
      ...(sentTexts
        ? {
            texts(texts, like) {
              if (pieces) take(kept.texts?.(texts, like) ?? "");
              return sentTexts(texts, like);
            },
          }
        : {}),
      end(bill) {
        if (pieces) take(kept.end(nothing));
        whole = true;
        return sent.end(bill);
      },
      broken: (refusal) => sent.broken(refusal),
    };
  };
  return {
    dialect: {
      ...dialect,
      encoder,
      encodeWhole(face, ask, answer, bill, native) {
        take(dialect.encodeWhole(ofReplay(face), ask, answer, nothing, native));
        whole = true;
        return dialect.encodeWhole(face, ask, answer, bill, native);
      },
    },
    placeholder,
    body() {
      if (!whole || !pieces) return null;
      const body = Buffer.from(pieces.join(""));
      return body.length > bodyBytesMax ? null : body;
    },
  };
}
