/**
 * A shipment of usage records as it travels through the queue: lines of JSON, deflated, as base64. Records of one gateway
 * are alike, so that 130 of 1.2 kB become 5 to 30 kB. As plain lines they cost their gateway 6 µs a record for escaping
 * their quotes alone, and deflating costs 1 to 3; queue, log and vacuum of Postgres carry a tenth.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";

/** `count`: how many records, for whoever looks at the queue. */
export type Shipment = { deflated: string; count: number };

/** Above what 500 records of any size can be; what claims to be more is garbage. */
const textBytesMax = 64_000_000;

/** On this thread: 0.2 ms for 130 records, and handing it to another one costs as much. */
export function packShipment(lines: readonly string[]): Shipment {
  const bytes = deflateRawSync(Buffer.from(lines.join("\n")), { level: 1 }); // 6 takes four times as long, for a tenth less
  return { deflated: bytes.toString("base64"), count: lines.length };
}

/** The lines of a shipment. @throws when it is damaged, or absurdly large. */
export const unpackShipment = (deflated: string): string[] =>
  inflateRawSync(Buffer.from(deflated, "base64"), { maxOutputLength: textBytesMax })
    .toString("utf8")
    .split("\n");
