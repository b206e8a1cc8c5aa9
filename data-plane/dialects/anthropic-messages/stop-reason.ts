/** Why an answer ended, in Anthropic's words. */

const own: ReadonlySet<unknown> = new Set([
  "end_turn",
  "max_tokens",
  "stop_sequence",
  "tool_use",
  "pause_turn",
  "refusal",
  "model_context_window_exceeded",
]);
const reasons: Readonly<Record<string, string>> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  function_call: "tool_use",
  content_filter: "refusal",
};

/** Anthropic's word where the provider used one, else the one for what it means. */
export const stopReasonOf = (finish: unknown, native: unknown): string => {
  if (typeof native === "string" && own.has(native) && finish !== "stop") return native;
  if (native === "stop_sequence" || native === "pause_turn") return native;
  return reasons[String(finish)] ?? "end_turn";
};
