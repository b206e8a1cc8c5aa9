/**
 * Thoughts of other providers in the one place that Anthropic's Messages has for them: a block's signature. A client sends
 * it back as it is, so that whoever thought it can be given it again, whatever the client speaks (contract P-4).
 */
import type { ReasoningDetail } from "./chat.ts";

/** Begins every such signature; none of Anthropic's does, which are base64. */
export const foreignMark = "turnpike.v1.";

const types: ReadonlySet<unknown> = new Set([
  "reasoning.text",
  "reasoning.summary",
  "reasoning.encrypted",
]);

/** Everything of a detail but its text, which stands beside it. */
export function sealThought({
  text: _text,
  summary: _summary,
  ...detail
}: ReasoningDetail): string {
  return foreignMark + Buffer.from(JSON.stringify(detail), "utf8").toString("base64url");
}

/** The detail again, without its text; null when it is none of ours or was changed on its way. */
export function openThought(sealed: string): ReasoningDetail | null {
  if (!sealed.startsWith(foreignMark)) return null;
  try {
    const value: unknown = JSON.parse(
      Buffer.from(sealed.slice(foreignMark.length), "base64url").toString("utf8"),
    );
    return isDetail(value) ? value : null;
  } catch {
    return null;
  }
}

const isDetail = (value: unknown): value is ReasoningDetail =>
  typeof value === "object" && value !== null && "type" in value && types.has(value.type);
