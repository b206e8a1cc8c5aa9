// What every wire protocol for chat has to show: one cell of the table for each line here, proved through a running
// gateway before a strict double of the API, or absent because the API does not have it.
import type { IncomingHttpHeaders } from "node:http";
import type { WireProtocolName } from "#schema/wire-protocols.ts";
import type { StrictServer } from "#test/doubles/strict-server.ts";

export const cells = [
  "text",
  "stream",
  "tools",
  "parallel tools",
  "image",
  "PDF",
  "structured output",
  "reasoning round trip",
  "cache marks",
  "usage with cache",
  "refusal",
  "overload in stream",
  "cut stream",
  "context overflow",
  "bad key",
] as const;
export type Cell = (typeof cells)[number];

/**
 * What the ledger will know of one request: units by meter, and picodollars. Prices in dollars per million: input 1, cache_read 0.1,
 * cache_write_5m 1.25, cache_write_1h 2, output 4, reasoning 5.
 */
export type Billed = {
  outcome: string;
  usageSource: string;
  counts: Partial<Record<string, bigint>>;
  charge: bigint;
};

export type ChatAnswer = {
  status: number;
  /** Of the generation. */
  id: string;
  headers: IncomingHttpHeaders;
  /** Of a plain answer: as OpenRouter's clients get it. */
  body: Record<string, unknown>;
};
export type ChatStream = {
  status: number;
  id: string;
  /** Every event's data but `[DONE]`. */
  chunks: Record<string, unknown>[];
  /** Whether `[DONE]` came. */
  done: boolean;
  /** Text, thoughts and tool calls put together again; `reasoning_details` merged by index. */
  content: string;
  reasoning: string;
  reasoningDetails: Record<string, unknown>[];
  toolCalls: { id: string; name: string; arguments: string }[];
  finishReason: string | null;
  usage: Record<string, unknown> | null;
  error: Record<string, unknown> | null;
};

export type World = {
  /**
   * A chat request to a model that the double serves as `upstreamModel` (`max_tokens` 2048 unless said). `fallback`: a healthy
   * endpoint of another provider stands behind it. `wrongKey`: the credential is one that the double does not take.
   */
  chat: (
    upstreamModel: string,
    body: object,
    more?: { fallback?: boolean; wrongKey?: boolean },
  ) => Promise<ChatAnswer>;
  stream: (
    upstreamModel: string,
    body: object,
    more?: { fallback?: boolean; wrongKey?: boolean },
  ) => Promise<ChatStream>;
  /** What was settled: waits until the generation of an answer is in the spool. */
  billed: (answer: ChatAnswer | ChatStream) => Promise<Billed>;
  double: StrictServer;
};

/** Rejects when the guarantee does not hold; its sentence is the test's name. */
export type Proof = { sentence: string; prove: (world: World) => Promise<void> };
/** The API does not have it; with the source that says so. */
export type Absent = { absent: string };

export type Conformance = {
  protocol: WireProtocolName;
  /** A strict server of the API. What it answers is decided by the upstream model's name in the request. */
  start: () => Promise<StrictServer>;
  /** Behind the double's origin, such as `/v1`. */
  basePath: string;
  /** The only credential that the double takes. */
  key: string;
  flags?: Record<string, unknown>;
  cells: Record<Cell, Proof | Absent>;
};
