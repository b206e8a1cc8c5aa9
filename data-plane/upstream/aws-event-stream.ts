/**
 * Amazon's event-stream framing (`application/vnd.amazon.eventstream`) to events' data and names: the same shape as
 * `sse.ts`, so that an attempt does not care which of them it feeds. Pure: fed bytes, it calls back.
 *
 * A frame is `total u32 | headers u32 | crc32 of these 8 bytes u32 | headers | payload | crc32 of all before u32`, big-endian;
 * a header is `name length u8 | name | type u8 | value` (contract/providers.md 4.5, decoded there with AWS's own codec).
 */
import { crc32 } from "node:zlib";

export class EventStreamError extends Error {
  override readonly name = "EventStreamError";
}

const preludeBytes = 12;
/** Prelude and the last checksum: a frame without headers and payload. */
const frameBytesMin = preludeBytes + 4;
// AWS's own codecs allow 24 MB in all and 128 KiB of headers; no event of a model is near that.
const frameBytesMax = 16 * 1024 * 1024;
const headersBytesMax = 128 * 1024;
/** What is put aside for an unfinished frame at first; it doubles as bytes come, whatever length the frame claims. */
const restBytesMin = 4_096;

/**
 * Feeds any slicing of the stream; `data` is called once for each frame with its payload as text and its name: the
 * event's type, or `exception:throttlingException` and `error:InternalFailure` for what ends a stream badly (an error
 * without a payload has `{"message"}` as its data).
 * @throws {EventStreamError} when a length or checksum is wrong, or, from `end`, when the last frame is cut off.
 */
export function awsEventStreamParser(data: (data: string, name: string) => void): {
  feed(bytes: Buffer): void;
  end(): void;
} {
  let rest = Buffer.alloc(0); // an unfinished frame, in a buffer that may be larger
  let held = 0;

  /** Frames from `from` on, to callbacks. Returns where the unfinished one begins. */
  const take = (bytes: Buffer): number => {
    let at = 0;
    while (bytes.length - at >= preludeBytes) {
      const total = totalOf(bytes, at);
      if (bytes.length - at < total) break;
      const frame = bytes.subarray(at, at + total);
      at += total;
      const { name, text } = readFrame(frame);
      data(text, name);
    }
    return at;
  };

  const hold = (bytes: Buffer): void => {
    if (held + bytes.length > rest.length) {
      const larger = Buffer.allocUnsafe(
        Math.max(restBytesMin, 2 * rest.length, held + bytes.length),
      );
      rest.copy(larger, 0, 0, held);
      rest = larger;
    }
    bytes.copy(rest, held);
    held += bytes.length;
  };

  /** The bytes that the frame under way still lacks, as far as its length is known. */
  const lacking = (): number =>
    held < preludeBytes ? preludeBytes - held : totalOf(rest, 0) - held;

  return {
    feed(bytes) {
      let input = bytes;
      while (held > 0 && input.length > 0) {
        const part = input.subarray(0, lacking());
        hold(part);
        input = input.subarray(part.length);
        if (held < preludeBytes || lacking() > 0) continue;
        const frame = rest.subarray(0, held);
        held = 0;
        take(frame);
        if (rest.length > restBytesMin) rest = Buffer.alloc(0); // one long frame is not remembered
      }
      if (input.length === 0) return;
      const taken = take(input);
      if (taken < input.length) hold(input.subarray(taken));
    },
    end() {
      const left = held;
      held = 0;
      rest = Buffer.alloc(0);
      if (left > 0)
        throw new EventStreamError(
          `the provider's event stream was cut off: its last frame has ${left} bytes and no end`,
        );
    },
  };
}

/** The length of the frame at `at`, whose prelude is there. */
function totalOf(bytes: Buffer, at: number): number {
  const total = bytes.readUInt32BE(at);
  const headers = bytes.readUInt32BE(at + 4);
  // The checksum first: a length that is wrong for that reason is damage, and not an oversized event.
  if (crc32(bytes.subarray(at, at + 8)) !== bytes.readUInt32BE(at + 8))
    throw damaged("the checksum of a frame's prelude is wrong");
  if (total > frameBytesMax)
    throw damaged(`a frame claims ${total} bytes, more than ${frameBytesMax}`);
  if (total < frameBytesMin) throw damaged(`a frame claims ${total} bytes, fewer than a frame has`);
  if (headers > headersBytesMax || headers > total - frameBytesMin)
    throw damaged(`a frame of ${total} bytes claims ${headers} bytes of headers`);
  return total;
}

function readFrame(frame: Buffer): { name: string; text: string } {
  const end = frame.length - 4;
  if (crc32(frame.subarray(0, end)) !== frame.readUInt32BE(end))
    throw damaged("the checksum of a frame is wrong");
  const payloadAt = preludeBytes + frame.readUInt32BE(4);
  const headers = readHeaders(frame.subarray(preludeBytes, payloadAt));
  const text = frame.toString("utf8", payloadAt, end);
  switch (headers.get(":message-type")) {
    case "exception":
      return { name: `exception:${headers.get(":exception-type") ?? ""}`, text };
    case "error": {
      const message = headers.get(":error-message") ?? "";
      return {
        name: `error:${headers.get(":error-code") ?? ""}`,
        text: text === "" ? JSON.stringify({ message }) : text,
      };
    }
    default:
      return { name: headers.get(":event-type") ?? "", text };
  }
}

/** Bytes of a value by its type; null: two bytes say how many follow. */
const valueBytes: readonly (number | null)[] = [
  0, // true
  0, // false
  1, // byte
  2, // short
  4, // integer
  8, // long
  null, // bytes
  null, // text
  8, // instant
  16, // uuid
];
const textType = 7;

/** The headers that are text, by name; the others are stepped over. */
function readHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  let at = 0;
  const skip = (count: number): number => {
    const start = at;
    at += count;
    if (at > bytes.length) throw damaged("a header runs over the end of its frame's headers");
    return start;
  };
  while (at < bytes.length) {
    const nameBytes = bytes.readUInt8(skip(1));
    const nameAt = skip(nameBytes);
    const type = bytes.readUInt8(skip(1));
    const fixed = valueBytes[type];
    if (fixed === undefined) throw damaged(`a header is of the unknown type ${type}`);
    const length = fixed ?? bytes.readUInt16BE(skip(2));
    const valueAt = skip(length);
    if (type === textType)
      headers.set(
        bytes.toString("utf8", nameAt, nameAt + nameBytes),
        bytes.toString("utf8", valueAt, valueAt + length),
      );
  }
  return headers;
}

const damaged = (text: string): EventStreamError =>
  new EventStreamError(`the provider's event stream is damaged: ${text}`);
