/** A whole answer as Anthropic's message. */
import type { ChatAsk, Whole } from "../../operations/chat.ts";
import { JsonLimitError } from "../../operations/json-members.ts";

import type { Bill, Face } from "../dialect.ts";
import { citationOf } from "./citations.ts";
import { billed, edited } from "./native.ts";
import { stopReasonOf } from "./stop-reason.ts";
import { detailsOf, redactedOf, signatureOf, textOf } from "./thoughts.ts";
import { usageOf } from "./usage.ts";
import { isObject } from "../../operations/json-value.ts";

/** @param native `{text}`: the provider's own answer in this dialect, which is edited and not rebuilt */
export function encodeWhole(
  face: Face,
  ask: ChatAsk,
  whole: Whole,
  bill: Bill,
  native?: Record<string, unknown>,
): string {
  if (typeof native?.["text"] === "string") {
    try {
      return edited(native["text"], {
        id: JSON.stringify(face.id),
        model: JSON.stringify(face.model),
        usage: billed(bill),
      });
    } catch (cause) {
      if (!(cause instanceof JsonLimitError)) throw cause; // too large to be edited: rebuilt
    }
  }
  const [choice] = whole.choices ?? [];
  const finish = choice?.finish_reason ?? null;
  return JSON.stringify({
    id: face.id,
    type: "message",
    role: "assistant",
    model: face.model,
    provider: face.provider,
    content: contentOf(choice?.message ?? {}, face, ask.reasoning?.exclude === true),
    stop_reason: stopReasonOf(finish, choice?.native_finish_reason ?? finish),
    stop_sequence: null,
    stop_details: choice?.["stop_details"] ?? null,
    usage: usageOf(bill),
  });
}

function contentOf(message: Record<string, unknown>, face: Face, exclude: boolean): object[] {
  const content: object[] = [];
  const details = detailsOf(message["reasoning_details"]);
  const { reasoning } = message;
  if (details.length === 0 && typeof reasoning === "string" && reasoning !== "")
    details.push({ type: "reasoning.text", text: reasoning, format: "unknown" });
  for (const detail of details) {
    if (detail.type === "reasoning.encrypted") content.push(redactedOf(detail));
    else if (!exclude || textOf(detail) === "")
      content.push({
        type: "thinking",
        thinking: textOf(detail),
        signature: signatureOf(detail),
      });
  }
  const citations = (Array.isArray(message["annotations"]) ? message["annotations"] : [])
    .map(citationOf)
    .filter((citation) => citation !== null);
  for (const text of [textIn(message["content"]), message["refusal"]])
    if (typeof text === "string" && text !== "")
      content.push({
        type: "text",
        text,
        ...(citations.length > 0 ? { citations: citations.splice(0) } : {}),
      });
  const calls: unknown[] = Array.isArray(message["tool_calls"]) ? message["tool_calls"] : [];
  for (const [at, call] of calls.entries()) {
    if (!isObject(call) || !isObject(call["function"])) continue;
    const { name, arguments: text } = call["function"];
    content.push({
      type: "tool_use",
      id:
        typeof call["id"] === "string" && call["id"] !== "" ? call["id"] : `toolu_${face.id}_${at}`,
      name,
      input: inputOf(text),
    });
  }
  return content;
}

/** Some providers answer in parts. */
function textIn(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content
    .map((part: unknown) =>
      isObject(part) && typeof part["text"] === "string" ? part["text"] : "",
    )
    .join("");
}

/** Arguments that are no JSON object are the model's mistake; the client gets to see them. */
function inputOf(text: unknown): unknown {
  if (text === undefined || text === null || text === "") return {};
  try {
    const input: unknown = typeof text === "string" ? JSON.parse(text) : text;
    if (isObject(input)) return input;
  } catch {
    // told below
  }
  return { invalid_json: text };
}
