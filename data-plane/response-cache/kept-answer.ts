/** An answer that is kept, and its form outside of this process: one line of JSON, then the body, deflated. */
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import type { GenerationId, KeyId, OrganizationId } from "#schema/ids.ts";
import { parseObject } from "../operations/json-value.ts";

/** Under what an answer is kept. A key finds nothing but its own. */
export type Question = { keyId: KeyId; organizationId: OrganizationId; digest: string };

export type KeptAnswer = {
  /** The generation that it was made for. */
  source: GenerationId;
  /** Stands in the body wherever the id of the generation that is given it belongs. Nobody has ever been told it. */
  placeholder: string;
  /** That answered. */
  model: string;
  finishReason: string | null;
  nativeFinishReason: string | null;
  keptAtMs: number;
  ttlSeconds: number;
  /** What the client gets, JSON or the events of a stream. */
  body: Buffer;
};

/** A longer answer is not kept: about 30,000 tokens as chat's events, which are long for the word that each brings. */
export const bodyBytesMax = 8_000_000;

export const expiresAtMs = ({ keptAtMs, ttlSeconds }: KeptAnswer): number =>
  keptAtMs + ttlSeconds * 1_000;

const deflated = promisify(deflateRaw);
const inflated = promisify(inflateRaw);
const headBytesMax = 4_000;
const newline = 0x0a;

export function packKept({ body, ...head }: KeptAnswer): Promise<Buffer> {
  // The fastest level: events say the same again and again, and are a tenth of their size at any.
  return deflated(Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]), { level: 1 });
}

/** @throws when it is not what `packKept` packed. */
export async function unpackKept(packed: Buffer): Promise<KeptAnswer> {
  const bytes = await inflated(packed, { maxOutputLength: bodyBytesMax + headBytesMax });
  const end = bytes.indexOf(newline);
  const head = parseObject(bytes.toString("utf8", 0, end));
  if (!head) throw new Error("a kept answer has an unknown form");
  return { ...(head as Omit<KeptAnswer, "body">), body: bytes.subarray(end + 1) };
}
