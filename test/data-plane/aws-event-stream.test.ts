// Amazon's event-stream framing: whole under any slicing, and damage is told as damage.
import { crc32 } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { awsEventStreamParser, EventStreamError } from "#data/upstream/aws-event-stream.ts";
import { eventFrame } from "#test/doubles/bedrock-api.ts";
import { seeded, slices } from "#test/doubles/strict-server.ts";

const test = suite("AWS event stream");

const event = (name: string, payload: string): Buffer =>
  eventFrame({ ":message-type": "event", ":event-type": name }, payload);

function parse(pieces: Iterable<Buffer>): { events: [string, string][]; error: Error | null } {
  const events: [string, string][] = [];
  const parser = awsEventStreamParser((data, name) => events.push([name, data]));
  try {
    for (const piece of pieces) parser.feed(piece);
    parser.end();
  } catch (cause) {
    assert.instance(cause, EventStreamError);
    return { events, error: cause as Error };
  }
  return { events, error: null };
}

const frames = [
  event("messageStart", '{"role":"assistant"}'),
  event("contentBlockDelta", `{"delta":{"text":"grüß dich 🌍"}}`),
  event("empty", ""),
  event("long", JSON.stringify({ text: "x".repeat(200_000) })),
  event("metadata", "{}"),
];
const all: [string, string][] = [
  ["messageStart", '{"role":"assistant"}'],
  ["contentBlockDelta", '{"delta":{"text":"grüß dich 🌍"}}'],
  ["empty", ""],
  ["long", JSON.stringify({ text: "x".repeat(200_000) })],
  ["metadata", "{}"],
];

test("events are the same however the bytes are sliced", () => {
  const bytes = Buffer.concat(frames);
  assert.equal(parse([bytes]), { events: all, error: null });
  for (let seed = 1; seed <= 20; seed++)
    assert.equal(parse(slices(bytes, seeded(seed))), { events: all, error: null }, `seed ${seed}`);
  const small = Buffer.concat([...frames.slice(0, 3), ...frames.slice(4)]);
  const single = Array.from(small, (_, at) => small.subarray(at, at + 1));
  assert.is(parse(single).events.length, 4);
});

test("a frame's bytes are copied: the buffer that they came in may be used again", () => {
  const bytes = Buffer.concat(frames.slice(0, 2));
  const events: string[] = [];
  const parser = awsEventStreamParser((data) => events.push(data));
  const shared = Buffer.alloc(7);
  for (let at = 0; at < bytes.length; at += 7) {
    const length = bytes.copy(shared, 0, at, at + 7);
    parser.feed(shared.subarray(0, length));
    shared.fill(0);
  }
  parser.end();
  assert.equal(
    events,
    all.slice(0, 2).map(([, data]) => data),
  );
});

test("an exception and an error carry their kind in the name", () => {
  const { events } = parse([
    eventFrame(
      { ":message-type": "exception", ":exception-type": "throttlingException" },
      '{"message":"slow down"}',
    ),
    eventFrame(
      { ":message-type": "error", ":error-code": "InternalFailure", ":error-message": "oh" },
      "",
    ),
  ]);
  assert.equal(events, [
    ["exception:throttlingException", '{"message":"slow down"}'],
    ["error:InternalFailure", '{"message":"oh"}'],
  ]);
});

test("headers of every type are stepped over", () => {
  const header = (name: string, type: number, value: Buffer): Buffer =>
    Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([type]), value]);
  const headers = Buffer.concat([
    header("yes", 0, Buffer.alloc(0)),
    header("no", 1, Buffer.alloc(0)),
    header("byte", 2, Buffer.alloc(1)),
    header("short", 3, Buffer.alloc(2)),
    header("int", 4, Buffer.alloc(4)),
    header("long", 5, Buffer.alloc(8)),
    header("bytes", 6, Buffer.from([0, 3, 1, 2, 3])),
    header("at", 8, Buffer.alloc(8)),
    header("id", 9, Buffer.alloc(16)),
    header(":event-type", 7, Buffer.from([0, 2, 111, 107])),
  ]);
  assert.equal(parse([framed(headers, Buffer.from("{}"))]).events, [["ok", "{}"]]);
});

/** A frame with right checksums around any headers. */
function framed(headers: Buffer, payload: Buffer, claims: { headers?: number } = {}): Buffer {
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + headers.length + payload.length, 0);
  prelude.writeUInt32BE(claims.headers ?? headers.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const before = Buffer.concat([prelude, headers, payload]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(before));
  return Buffer.concat([before, sum]);
}
const prelude = (total: number, headers: number): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(total, 0);
  bytes.writeUInt32BE(headers, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  return bytes;
};
const flipped = (frame: Buffer, at: number): Buffer => {
  const copy = Buffer.from(frame);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
};
const [start = Buffer.alloc(0)] = frames;

for (const { name, bytes, says } of [
  { name: "a wrong checksum of the prelude", bytes: flipped(start, 2), says: /prelude is wrong/ },
  { name: "a wrong checksum of the frame", bytes: flipped(start, 30), says: /checksum of a frame/ },
  { name: "a claim beyond 16 MB", bytes: prelude(17 * 1024 * 1024, 0), says: /claims 17825792/ },
  { name: "a claim below a frame", bytes: prelude(15, 0), says: /fewer than a frame has/ },
  {
    name: "headers beyond their frame",
    bytes: framed(Buffer.alloc(0), Buffer.from("{}"), { headers: 3 }),
    says: /of headers/,
  },
  {
    name: "a header beyond the headers",
    bytes: framed(Buffer.from([1, 97, 7, 255, 255]), Buffer.alloc(0)),
    says: /runs over/,
  },
  {
    name: "a header of no known type",
    bytes: framed(Buffer.from([1, 97, 10]), Buffer.alloc(0)),
    says: /unknown type 10/,
  },
  { name: "a frame that is cut off", bytes: start.subarray(0, 40), says: /cut off.*40 bytes/ },
  { name: "half a prelude", bytes: start.subarray(0, 5), says: /cut off.*5 bytes/ },
])
  test(`${name} is refused in words`, () => {
    const { error } = parse([Buffer.concat([start, bytes])]);
    assert.match(error?.message ?? "", says);
    assert.match(parse(slices(bytes, seeded(7))).error?.message ?? "", says);
  });

test("a frame that claims much is not given room before it comes", () => {
  const before = process.memoryUsage().arrayBuffers;
  const parsers = Array.from({ length: 50 }, () => awsEventStreamParser(() => {}));
  for (const parser of parsers) parser.feed(prelude(16 * 1024 * 1024, 0));
  assert.ok(process.memoryUsage().arrayBuffers - before < 10_000_000);
});

test.run();
