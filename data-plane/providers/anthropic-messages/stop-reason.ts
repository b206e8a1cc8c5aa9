/** Why Claude stopped, in the contract's words (contract/anthropic-messages.md 4.7). */

const reasons: Readonly<Record<string, string>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  pause_turn: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
};

/** An unknown word is a `stop`; the word itself stays beside it. */
export const finishReasonOf = (stopReason: string): string => reasons[stopReason] ?? "stop";
