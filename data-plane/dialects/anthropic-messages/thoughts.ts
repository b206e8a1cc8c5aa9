/** The contract's reasoning details as Anthropic's blocks: Claude's own with its signature, others sealed in one. */
import type { ReasoningDetail } from "../../operations/chat.ts";
import { sealThought } from "../../operations/foreign-thoughts.ts";

const claude = "anthropic-claude-v1";

/** What goes where a signature goes. Never empty, because clients and Claude take that for a block that was tampered with. */
export const signatureOf = (detail: ReasoningDetail): string =>
  detail.format === claude && typeof detail.signature === "string" && detail.signature !== ""
    ? detail.signature
    : sealThought(detail);

/** What is enciphered, as the data of a redacted block. */
export const redactedOf = (detail: ReasoningDetail): object => ({
  type: "redacted_thinking",
  data:
    detail.format === claude && typeof detail.data === "string" ? detail.data : sealThought(detail),
});

/** The text of a detail that has any: a thought, or what is told of it. */
export const textOf = (detail: ReasoningDetail): string => detail.text ?? detail.summary ?? "";

/** Details as they can be trusted: a provider may send anything under their name. */
export const detailsOf = (value: unknown): ReasoningDetail[] =>
  Array.isArray(value) ? value.filter(isDetail) : [];

const types: ReadonlySet<unknown> = new Set([
  "reasoning.text",
  "reasoning.summary",
  "reasoning.encrypted",
]);
function isDetail(value: unknown): value is ReasoningDetail {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { type, text, summary, data } = value as Record<string, unknown>;
  return types.has(type) && [text, summary, data].every((one) => isText(one));
}
const isText = (value: unknown): boolean =>
  value === undefined || value === null || typeof value === "string";
