// Event streams: the same events however the bytes are sliced, by the standard's rules.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { EventTooLongError, sseParser } from "#data/upstream/sse.ts";

const test = suite("sse");

function eventsOf(slices: readonly Buffer[]): string[] {
  const events: string[] = [];
  const parser = sseParser((data) => events.push(data));
  for (const slice of slices) parser.feed(slice);
  parser.end();
  return events;
}

for (const { name, stream, events } of [
  { name: "LF ends a line", stream: "data: a\n\ndata: b\n\n", events: ["a", "b"] },
  { name: "CR ends a line", stream: "data: a\r\rdata: b\r\r", events: ["a", "b"] },
  { name: "CRLF ends one line, not two", stream: "data: a\r\ndata: b\r\n\r\n", events: ["a\nb"] },
  {
    name: "the three may be mixed",
    stream: "data: a\r\n\ndata: b\r\rdata: c\n\r\n",
    events: ["a", "b", "c"],
  },
  {
    name: "several data lines are one event",
    stream: "data: a\ndata\ndata:b\n\n",
    events: ["a\n\nb"],
  },
  {
    name: "one space after the colon is not data, the second is",
    stream: "data:  a\n\ndata:b\n\n",
    events: [" a", "b"],
  },
  {
    name: "comments, ids, names and unknown fields are nobody's data",
    stream: ": ping\n\nid: 1\nevent: x\nretry: 5\ndataset: no\nfoo\ndata: a\n\n",
    events: ["a"],
  },
  { name: "blank lines alone are no event", stream: "\n\n\r\n\r\n\n", events: [] },
  {
    name: "a last event without its blank line counts",
    stream: "data: a\n\ndata: [DONE]\n",
    events: ["a", "[DONE]"],
  },
  {
    name: "a last line without its end counts",
    stream: "data: a\n\ndata: [DONE]",
    events: ["a", "[DONE]"],
  },
  {
    name: "a byte order mark before the stream is skipped, one inside is data",
    stream: "\ufeffdata: a\n\ndata: \ufeffb\n\n",
    events: ["a", "\ufeffb"],
  },
  {
    name: "letters of two, three and four bytes survive",
    stream: "data: é€😀\n\ndata: 漢字\r\n\r\n",
    events: ["é€😀", "漢字"],
  },
  { name: "an empty stream has no events", stream: "", events: [] },
]) {
  test(`${name}, at every cut and byte by byte`, () => {
    const bytes = Buffer.from(stream);
    assert.equal(eventsOf([bytes]), events);
    for (let at = 0; at <= bytes.length; at++)
      assert.equal(eventsOf([bytes.subarray(0, at), bytes.subarray(at)]), events, `cut at ${at}`);
    for (let at = 0; at < bytes.length; at++)
      for (let next = at; next <= bytes.length; next++)
        assert.equal(
          eventsOf([bytes.subarray(0, at), bytes.subarray(at, next), bytes.subarray(next)]),
          events,
        );
    assert.equal(eventsOf([...bytes].map((byte) => Buffer.from([byte]))), events);
  });
}

test("any stream in any slicing gives the events of the whole", () => {
  const pieces = fc.array(
    fc.constantFrom(
      "data: ",
      "data",
      ":",
      " ",
      "\r",
      "\n",
      "\r\n",
      "x",
      "é",
      "😀",
      "[DONE]",
      "id: 1",
      "\ufeff",
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(pieces, fc.array(fc.nat(200), { maxLength: 12 }), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(""));
      const edges = [
        0,
        ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b),
        bytes.length,
      ];
      assert.equal(
        eventsOf(edges.slice(1).map((end, at) => bytes.subarray(edges[at], end))),
        eventsOf([bytes]),
      );
    }),
    { numRuns: 500 },
  );
});

test("text that is written as events is read as it was", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/g, "") || "x"),
      ),
      (texts) => {
        assert.equal(
          eventsOf([Buffer.from(texts.map((text) => `data: ${text}\n\n`).join(""))]),
          texts.map((text) => text.toWellFormed()),
        );
      },
    ),
  );
});

for (const { name, piece } of [
  { name: "a line without end", piece: "x".repeat(1_000_000) },
  { name: "an event without end", piece: `data: ${"x".repeat(1_000_000)}\n` },
]) {
  test(`${name} is given up on before it fills memory`, () => {
    const parser = sseParser(() => {});
    assert.throws(
      () => {
        for (let megabytes = 0; megabytes < 20; megabytes++) parser.feed(Buffer.from(piece));
      },
      (error: unknown) => error instanceof EventTooLongError,
    );
  });
}

test.run();
