// The short way through a stream's chunks says what the long way says, byte for byte, whatever the provider sends.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Face } from "#data/dialects/dialect.ts";
import { encodeChunk, textEncoder } from "#data/dialects/openai-chat.ts";
import type { StreamEvent } from "#data/operations/chat.ts";
import { decodeEvent, eventDecoder } from "#data/providers/openai-chat-events.ts";
import { sseParser } from "#data/upstream/sse.ts";

const test = suite("stream moulds");
const face: Face = { id: "gen-1-x", created: 1, model: "acme/big-1", provider: "Acme" };

const longWay = (data: string): string[] =>
  decodeEvent(data, {}).flatMap((event) =>
    event.kind === "chunk" ? [encodeChunk(face, event.chunk)] : [event.kind],
  );

/** Both ways through one stream, and how many chunks took the short one. */
function bothWays(stream: readonly string[]): { short: number } {
  const decode = eventDecoder({});
  const encodeText = textEncoder(face).one;
  let short = 0;
  for (const data of stream) {
    const said = decode(data).flatMap((event) => {
      if (event.kind === "text") {
        short++;
        return [encodeText(event.text, event.like)];
      }
      return event.kind === "chunk" ? [encodeChunk(face, event.chunk)] : [event.kind];
    });
    assert.equal(said, longWay(data));
  }
  return { short };
}

const chunk = (delta: object, more: object = {}): string =>
  JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 5,
    model: "theirs",
    system_fingerprint: "fp_1",
    choices: [{ index: 0, delta, finish_reason: null }],
    ...more,
  });

test("chunks that differ in their text only take the short way, but for the first", () => {
  const words = "A text of many words, with números and 漢字 and 🙂 in it.".split(/(?= )/);
  const { short } = bothWays([
    chunk({ role: "assistant", content: "" }),
    ...words.map((content) => chunk({ content })),
    JSON.stringify({ id: "chatcmpl-1", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
    "[DONE]",
  ]);
  assert.is(short, words.length - 1);
});

for (const { name, second } of [
  { name: "a quote", second: chunk({ content: 'say "so"' }) },
  { name: "an escape", second: chunk({ content: "line\nline" }) },
  { name: "a text that would end the string", second: chunk({ content: '","x":"' }) },
  { name: "a role beside the text", second: chunk({ role: "assistant", content: "b" }) },
  { name: "a tool call beside the text", second: chunk({ content: "b", tool_calls: [] }) },
  { name: "a finish reason", second: chunk({ content: "b" }).replace("null", '"stop"') },
  {
    name: "usage",
    second: chunk({ content: "b" }, { usage: { prompt_tokens: 1, completion_tokens: 1 } }),
  },
  { name: "an error", second: chunk({ content: "b" }, { error: { message: "no" } }) },
  { name: "another id", second: chunk({ content: "b" }).replace("chatcmpl-1", "chatcmpl-2") },
  { name: "what is not JSON", second: `${chunk({ content: "b" })}}` },
  { name: "a bare control character", second: chunk({ content: "b" }).replace('"b"', '"\u0001"') },
]) {
  test(`a chunk with ${name} takes the long way`, () => {
    assert.is(bothWays([chunk({ content: "a" }), second]).short, 0);
  });
}

test("a member of the same name before the text does not lead astray", () => {
  const astray = (content: string) =>
    `{"id":"1","meta":{"content":"a"},"choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}}}]}`;
  bothWays(["a", "b", "a", "c"].map(astray));
});

test("any stream of any texts and shapes says the same both ways", () => {
  const piece = fc.record({
    text: fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.constant("a")),
    shape: fc.constantFrom("text", "reasoning", "two", "padded", "none"),
  });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
      bothWays(
        pieces.map(({ text, shape }) => {
          switch (shape) {
            case "reasoning":
              return chunk({ content: "", reasoning: text });
            case "two":
              return JSON.stringify({
                choices: [
                  { index: 0, delta: { content: text } },
                  { index: 1, delta: { content: text } },
                ],
              });
            case "padded":
              return chunk({ content: text }, { obfuscation: text });
            case "none":
              return chunk({ content: null });
            default:
              return chunk({ content: text });
          }
        }),
      );
    }),
    { numRuns: 500 },
  );
});

/** What a client gets of a stream that comes in these pieces, by runs or without them; and how many texts came in runs. */
function received(pieces: readonly Buffer[], { runs }: { runs: boolean }) {
  const decode = eventDecoder({});
  const said = textEncoder(face);
  let text = "";
  let characters = 0;
  let inRuns = 0;
  const take = (event: StreamEvent): void => {
    if (event.kind === "text") {
      text += said.one(event.text, event.like);
      characters += event.text.length;
    } else if (event.kind === "texts") {
      text += said.many(event.texts, event.like);
      characters += event.characters;
      inRuns += event.texts.length;
    } else text += event.kind === "chunk" ? encodeChunk(face, event.chunk) : event.kind;
  };
  const parser = sseParser(
    (data, name) => decode(data, name).forEach(take),
    (input, from) => {
      const run = runs ? decode.run?.(input, from) : null;
      if (run) take(run.event);
      return run?.end ?? from;
    },
  );
  for (const piece of pieces) parser.feed(piece);
  parser.end();
  return { text, characters, inRuns };
}

const anyEvent = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.string({ unit: "grapheme", minLength: 1 }).map((content) => chunk({ content })),
  },
  {
    weight: 12,
    arbitrary: fc
      .constantFrom("a", " word", "data: ", "{}", "漢")
      .map((content) => chunk({ content })),
  },
  fc.constantFrom(
    chunk({ content: 'say "so"' }),
    chunk({ content: "b" }, { usage: { prompt_tokens: 1, completion_tokens: 1 } }),
    chunk({ content: "b" }).replace("null", '"stop"'),
    chunk({ content: "b" }).replace("chatcmpl-1", "chatcmpl-2"),
    "[DONE]",
    "not JSON",
  ),
);
const anyFraming = fc.constantFrom(
  (data: string) => `data: ${data}\n\n`,
  (data: string) => `data: ${data}\n\n`,
  (data: string) => `data:${data}\n\n`,
  (data: string) => `data: ${data}\r\n\r\n`,
  (data: string) => `event: message\ndata: ${data}\n\n`,
  (data: string) => `: comment\n\ndata: ${data}\n\n`,
);

test("events that are cut together say what they say one by one, whatever they are and however they are sliced", () => {
  let inRuns = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyEvent, anyFraming), { maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 12 }),
      (events, lengths) => {
        const bytes = Buffer.from(events.map(([data, framing]) => framing(data)).join(""));
        const pieces: Buffer[] = [];
        for (let at = 0, next = 0; at < bytes.length; next++) {
          const length = lengths[next % lengths.length] ?? 1;
          pieces.push(bytes.subarray(at, at + length));
          at += length;
        }
        const together = received(pieces, { runs: true });
        const alone = received(pieces, { runs: false });
        assert.is(together.text, alone.text);
        assert.is(together.characters, alone.characters);
        inRuns += together.inRuns;
      },
    ),
    { numRuns: 3_000 },
  );
  assert.ok(inRuns > 500, `${inRuns} texts came in runs`);
});

test.run();
