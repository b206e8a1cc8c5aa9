/** The words between dialects and wire protocols for chat: what was asked, what can come back. Types only. */
import type { Counts } from "#schema/meters.ts";
import type { Member } from "./json-members.ts";

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

/** One decoded chat request. The body is kept as the client's own text, to be edited rather than rebuilt. */
export type ChatAsk = {
  text: string;
  members: readonly Member[];
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
  reasoningEffort: string | null;
  /** A tier that has prices of its own, such as `flex` or `priority`; null: the provider's ordinary one. */
  serviceTier: string | null;
  preferences: ProviderPreferences;
  /** Names of the optional parameters that were sent. */
  parameters: readonly string[];
  user: string | null;
  session: string | null;
};

export type Delta = {
  role?: string;
  content?: string | null;
  reasoning?: string | null;
  [field: string]: unknown;
};
export type ChunkChoice = {
  index?: number;
  delta?: Delta;
  finish_reason?: string | null;
  [field: string]: unknown;
};
/** A chunk as OpenAI-compatible providers send it: known fields by name, unknown ones kept. */
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
  | "invalid-request"
  | "model-gone"
  | "client-gone";
export type Failure = {
  kind: FailureKind;
  /** The provider's HTTP status, or null when it never answered. */
  status: number | null;
  /** In the provider's own words where it gave any; capped. */
  text: string;
  retryAfterSeconds: number | null;
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
  | { kind: "usage"; usage: Usage }
  | { kind: "done" }
  | { kind: "failure"; failure: Failure };
