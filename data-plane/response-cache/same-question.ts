/** When two requests ask the same (contract C-2). Pure. */
import { hash } from "node:crypto";
import type { ChatAsk, DialectName } from "../operations/chat.ts";

/** What is answered from what was kept (contract C-6, and the legacy completions beside them). */
const kept: ReadonlySet<DialectName> = new Set([
  "openai-chat",
  "openai-completions",
  "openai-responses",
  "anthropic-messages",
  "openai-embeddings",
]);

export const isKept = (ask: Pick<ChatAsk, "dialect">): boolean => kept.has(ask.dialect);

/**
 * Equal for two requests of one key exactly if one answer serves both: the same kind of endpoint, models, streamed or not,
 * the same features switched on by header, and the same body but for spaces between its tokens. The order of its members
 * matters. Headers that say who asks are no part of it.
 */
export const questionText = (
  keyId: string,
  {
    dialect,
    operation,
    stream,
    models,
    anthropicBetas = [],
    text,
  }: Pick<ChatAsk, "dialect" | "operation" | "stream" | "models" | "anthropicBetas" | "text">,
): string =>
  JSON.stringify([
    keyId,
    dialect,
    operation,
    stream,
    models,
    anthropicBetas,
    hash("sha256", withoutSpaces(Buffer.from(text)), "hex"),
  ]);

const quote = 0x22;
const backslash = 0x5c;

/** JSON without the white space between its tokens. What stands in its strings stays. Works in place. */
export function withoutSpaces(json: Buffer): Buffer {
  let to = 0;
  for (let from = 0; from < json.length;) {
    const byte = json[from] ?? 0;
    if (byte === quote) {
      const end = endOfString(json, from);
      json.copyWithin(to, from, end);
      to += end - from;
      from = end;
      continue;
    }
    from++;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
    json[to++] = byte;
  }
  return json.subarray(0, to);
}

/** Just past the string that begins at `from`. */
function endOfString(json: Buffer, from: number): number {
  for (let at = from + 1; ;) {
    const end = json.indexOf(quote, at);
    if (end === -1) return json.length;
    let slashes = 0;
    while (json[end - 1 - slashes] === backslash) slashes++;
    if (slashes % 2 === 0) return end + 1;
    at = end + 1;
  }
}
