/** Thoughts between turns: Claude reads again only what it signed, unchanged and in place (contract P-4, anthropic-messages.md 4.7). */
import type {
  RedactedThinkingBlockParam,
  ThinkingBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import { isObject } from "../../operations/json-value.ts";

/** What our own answers are marked with, and the only thoughts that are sent back. */
export const format = "anthropic-claude-v1";

/**
 * The `reasoning_details` of an assistant message as blocks. Pieces of one thought, as they were streamed, are put together
 * again; what another provider signed, or nobody, is left out: it would be a 400.
 */
export function thoughtBlocks(
  details: unknown,
): (ThinkingBlockParam | RedactedThinkingBlockParam)[] {
  const blocks: (ThinkingBlockParam | RedactedThinkingBlockParam)[] = [];
  let open: { text: string; index: unknown } | null = null;
  for (const detail of Array.isArray(details) ? details : []) {
    if (!isObject(detail) || detail["format"] !== format) continue;
    if (detail["type"] === "reasoning.encrypted") {
      open = null;
      if (typeof detail["data"] === "string")
        blocks.push({ type: "redacted_thinking", data: detail["data"] });
      continue;
    }
    if (detail["type"] !== "reasoning.text") continue;
    const { text, signature, index } = detail;
    if (open === null || open.index !== index) open = { text: "", index };
    if (typeof text === "string") open.text += text;
    if (typeof signature !== "string" || signature === "") continue;
    blocks.push({ type: "thinking", thinking: open.text, signature });
    open = null;
  }
  return blocks;
}
