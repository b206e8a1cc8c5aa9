/** A body's bytes as a JSON object, with where its members stand. */
import { isUtf8 } from "node:buffer";
import type { Member } from "../../operations/json-members.ts";
import { JsonLimitError, scanMembers } from "../../operations/json-members.ts";
import { brief, Refusal } from "../../refusal.ts";
import { isObject } from "../../operations/json-value.ts";

export type Body = { text: string; body: Record<string, unknown>; members: Member[] };

/** @throws {Refusal} 400 for bytes that are not UTF-8, not JSON, no object, too deep, too many values, or a member twice. */
export function parseBody(bytes: Buffer): Body {
  if (!isUtf8(bytes)) {
    throw new Refusal({
      status: 400,
      type: "invalid_request",
      message: "the body is not valid UTF-8",
    });
  }
  const text = bytes.toString("utf8");
  return { text, ...parse(text) };
}

function parse(text: string): { body: Record<string, unknown>; members: Member[] } {
  let members;
  try {
    members = scanMembers(text);
  } catch (cause) {
    if (cause instanceof JsonLimitError)
      throw new Refusal({ status: 400, type: "invalid_request", message: cause.message });
    throw cause;
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    const reason =
      cause instanceof Error
        ? cause.message.replace(/, ?"?.*is not valid JSON$/s, "").slice(0, 100)
        : "";
    throw new Refusal({
      status: 400,
      type: "invalid_request",
      message: `the body is not valid JSON${text === "" ? ": it is empty" : reason === "" ? "" : `: ${reason}`}`,
    });
  }
  if (!isObject(body))
    throw new Refusal({
      status: 400,
      type: "invalid_request",
      message: `the body must be a JSON object, got ${brief(body)}`,
    });
  return { body, members };
}
