/** The JSON body of a request below /api/v1, bounded and parsed. */
import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import { malformed, Refusal } from "./refusal.ts";

const bytesMax = 1_000_000;
const patienceMs = 30_000;

/** @throws {Refusal} 413, 415, 408, or 400 that names each field with what was expected. */
export async function readBody<Shape>(
  request: IncomingMessage,
  shape: z.ZodType<Shape>,
): Promise<Shape> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity")
    throw refused(
      415,
      `Content-Encoding ${encoding.slice(0, 40)} is not accepted; send the JSON uncompressed`,
    );
  const text = (await bytesOf(request)).toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused(
      400,
      text === "" ? "the body is empty; a JSON object was expected" : "the body is not valid JSON",
    );
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw malformed(parsed.error);
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = (): Refusal =>
    refused(413, `the body is larger than ${bytesMax} bytes (1 MB)`, { connection: "close" });
  if (Number(request.headers["content-length"] ?? 0) > bytesMax) throw tooLarge();
  const pieces: Buffer[] = [];
  let size = 0;
  const late = setTimeout(() => request.destroy(new Error("too slow")), patienceMs);
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > bytesMax) throw tooLarge();
      pieces.push(piece);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw refused(400, "the connection ended before the body did");
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(pieces);
}

const refused = (status: number, message: string, headers: Record<string, string> = {}): Refusal =>
  new Refusal(status, "invalid_request", message, headers);
