/** The words between dialects and wire protocols for chat: what was asked, what can come back. Types only. */
import type { Counts } from "#schema/meters.ts";
import type { Member } from "./json-members.ts";
import type { PlainRequest } from "./plain-request.ts";

export type ProviderPreferences = {
  order: readonly string[];
  only: readonly string[] | null;
  ignore: readonly string[];
  allowFallbacks: boolean;
  sort: "price" | null;
  /** Picodollars per token; null: no bound. Hard (contract R-9). */
  maxPrice: { input: bigint | null; output: bigint | null };
  /** Hard (contract R-16); null: any. */
  quantizations: readonly string[] | null;
  /** Only endpoints that are known not to keep or train on prompts (`zdr`, or `data_collection: "deny"`). */
  dataPolicy: boolean;
  /** Only endpoints that support every parameter that was sent (contract R-8). */
  requireParameters: boolean;
};

/** What is asked for: an answer, vectors, or an order of documents. A model serves one of them. */
export type Operation = "chat" | "embedding" | "rerank";

/** How a client speaks to us. Where it is also how an upstream is spoken to, the request is edited and not rebuilt. */
export type DialectName =
  | "openai-chat"
  | "openai-completions"
  | "openai-responses"
  | "anthropic-messages"
  | "openai-embeddings"
  | "openrouter-rerank";

/** How much a model is to think (contract P-1 to P-3); null: the client does not say. */
export type Reasoning = {
  /** `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`; of `effort` and `maxTokens` at most one is set. */
  effort: string | null;
  maxTokens: number | null;
  /** False: asked not to think; true: asked to, without saying how much. */
  enabled: boolean | null;
  /** Thoughts are billed and not shown. */
  exclude: boolean;
};

/** One decoded request. */
export type ChatAsk = {
  operation: Operation;
  dialect: DialectName;
  /** The client's own text in its own dialect, and its top-level members: to be edited rather than rebuilt. */
  text: string;
  members: readonly Member[];
  /** Where nothing else was said: then a protocol that speaks `dialect` need only copy it, with another model in it. */
  plain?: PlainRequest;
  /**
   * What is asked, in the middle language: the contract's chat request (openrouter-api.md part 2) whatever the dialect was.
   * For `openai-chat` it is the client's own body, of which only the roles and the types of parts have been checked.
   * Never changed once it is decoded.
   */
  body: Readonly<Record<string, unknown>>;
  /** In order of preference; at least one. */
  models: readonly string[];
  stream: boolean;
  /** What the client allows for output, or null when it does not say. */
  outputTokensMax: number | null;
  /** Never fewer than the tokens of the prompt: a token is at least one byte. Pictures are counted apart. */
  promptTokensBound: number;
  /** About how many there are, for choosing by context length. */
  promptTokensEstimate: number;
  /** Pictures in the prompt, where they are billed by the piece. */
  images: number;
  /** The most web searches that a provider may do for this request by itself. */
  searchesBound: number;
  /** The most that may be billed by the request, where it is not one: a ranking's search units. */
  requestsBound?: number;
  reasoning: Reasoning | null;
  /** A tier that has prices of its own, such as `flex` or `priority`; null: the provider's ordinary one. */
  serviceTier: string | null;
  preferences: ProviderPreferences;
  /** Names of the optional parameters that were sent. */
  parameters: readonly string[];
  user: string | null;
  session: string | null;
  /** Of the client's `anthropic-beta` or `x-anthropic-beta` header; an endpoint's flags say which of them are sent on. */
  anthropicBetas?: readonly string[];
};

/** What a model thought, in the contract's shape (openrouter-api.md 3.1): it comes back with the next turn as it was given. */
export type ReasoningDetail = {
  type: "reasoning.text" | "reasoning.summary" | "reasoning.encrypted";
  text?: string | null;
  summary?: string;
  data?: string;
  signature?: string | null;
  id?: string | null;
  /** Who can read it again: `anthropic-claude-v1`, `openai-responses-v1`, `xai-responses-v1`, `google-gemini-v1`, `unknown`. */
  format?: string;
  index?: number;
};
export type ToolCallDelta = {
  index: number;
  id?: string;
  type?: "function";
  function?: { name?: string; arguments?: string };
};
export type Delta = {
  role?: string;
  content?: string | null;
  reasoning?: string | null;
  reasoning_details?: ReasoningDetail[];
  tool_calls?: ToolCallDelta[];
  refusal?: string | null;
  annotations?: unknown[];
  images?: unknown[];
  [field: string]: unknown;
};
export type ChunkChoice = {
  index?: number;
  delta?: Delta;
  finish_reason?: string | null;
  /** Where the provider's own word is another than the contract's. */
  native_finish_reason?: string | null;
  [field: string]: unknown;
};
/** A chunk in the middle language, which is how OpenAI-compatible providers send it: known fields by name, unknown ones kept. */
export type Chunk = {
  id?: unknown;
  choices?: ChunkChoice[];
  usage?: unknown;
  [field: string]: unknown;
};
export type WholeChoice = {
  index?: number;
  message?: Record<string, unknown>;
  finish_reason?: string | null;
  native_finish_reason?: string | null;
  [field: string]: unknown;
};
export type Whole = {
  id?: unknown;
  choices?: WholeChoice[];
  usage?: unknown;
  [field: string]: unknown;
};

/** Disjoint counts, and the provider's own object beside them. Null: it says something that cannot be believed. */
export type Usage = { counts: Counts | null; raw: unknown };

/** Why an attempt did not answer; `kind` decides what happens next (contract/providers.md section 3.1). */
export type FailureKind =
  | "auth"
  | "billing"
  | "rate-limit"
  | "overloaded"
  | "timeout"
  | "server"
  | "context-length"
  | "content-policy"
  | "payload-too-large"
  | "invalid-request"
  /** The endpoint cannot be asked this, by our word (then nothing was sent) or its own; another one may be able to. */
  | "unsupported"
  | "model-gone"
  | "client-gone";
export type Failure = {
  kind: FailureKind;
  /** The provider's HTTP status, or null when it never answered. */
  status: number | null;
  /** In the provider's own words where it gave any; capped. */
  text: string;
  retryAfterSeconds: number | null;
  /** The provider's own word on whether the same request is worth sending again (`x-should-retry`). */
  shouldRetry?: boolean;
  /** Of `context-length`: the tokens that were asked for, where it says, and that are possible. */
  context?: { asked: number | null; most: number };
};

/** One thing a stream says. */
export type StreamEvent =
  | {
      kind: "chunk";
      chunk: Chunk;
      /** text, reasoning or a tool call: the point of no return */ content: boolean;
    }
  /** More text, in a chunk that is like an earlier one of the same stream in all but that; no quote or escape in it. */
  | { kind: "text"; text: string; like: Chunk }
  /** The same for several in a row, as they stand in one read; `characters` is how long they are together. */
  | { kind: "texts"; texts: readonly string[]; characters: number; like: Chunk }
  /** The provider's own event, before what it was decoded to: only where client and provider speak the same (`dialect`). */
  | { kind: "frame"; name: string; data: string }
  | { kind: "usage"; usage: Usage }
  | { kind: "done" }
  | { kind: "failure"; failure: Failure };
