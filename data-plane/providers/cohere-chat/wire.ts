/**
 * Cohere's v2 chat on the wire, by hand: its SDK (cohere-ai 8.1, November 2026) exports only types in camel case, which it
 * translates. Types only.
 */

export type TextPart = { type: "text"; text: string };
export type ImagePart = {
  type: "image_url";
  image_url: { url: string; detail?: "auto" | "low" | "high" };
};
export type ThinkingPart = { type: "thinking"; thinking: string };
export type ToolCall = {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
};
export type CohereMessage =
  | { role: "system"; content: string }
  | { role: "user"; content: string | (TextPart | ImagePart)[] }
  | {
      role: "assistant";
      content?: string | (TextPart | ThinkingPart)[];
      tool_calls?: ToolCall[];
      /** What a model without thoughts says before it calls tools. */
      tool_plan?: string;
    }
  | { role: "tool"; tool_call_id: string; content: string };

export type CohereTool = {
  type: "function";
  function: { name: string; description?: string; parameters: Record<string, unknown> };
};
export type CohereDocument = { id?: string; data: Record<string, unknown> };

export type CohereBody = {
  model: string;
  messages: CohereMessage[];
  stream: boolean;
  tools?: CohereTool[];
  strict_tools?: true;
  tool_choice?: "REQUIRED" | "NONE";
  documents?: (string | CohereDocument)[];
  citation_options?: { mode: string };
  response_format?: { type: "json_object"; json_schema?: Record<string, unknown> };
  safety_mode?: string;
  max_tokens?: number;
  stop_sequences?: string[];
  temperature?: number;
  seed?: number;
  frequency_penalty?: number;
  presence_penalty?: number;
  k?: number;
  p?: number;
  logprobs?: true;
  thinking?: { type: "enabled" | "disabled"; token_budget?: number };
};

export type FinishReason =
  | "COMPLETE"
  | "STOP_SEQUENCE"
  | "MAX_TOKENS"
  | "TOOL_CALL"
  | "ERROR"
  | "TIMEOUT";
