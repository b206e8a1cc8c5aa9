// What is measured. A scenario is data: a new one is a row here, and every target runs it.

import type { DialectName } from "./dialects.ts";

export type Answer =
  | { kind: "json"; contentBytes: number }
  | { kind: "stream"; tokens: number; gapMs: number };

export type Load =
  /** Each of the connections asks again as soon as it is answered. */
  | { kind: "closed"; connections: number }
  /** Requests are due at fixed instants; `connections` is only how many may be open at once. */
  | { kind: "open"; perSecond: number; connections: number }
  /** An open loop at a share of what this very target answered in the closed loop named `of`, in the same round. */
  | { kind: "share"; of: string; share: number; connections: number }
  /** The highest open-loop rate at which p99 stays within the bound; starts from the closed loop named `of`. */
  | { kind: "bound"; of: string; p99MsMax: number; connections: number };

export type Scenario = {
  name: string;
  title: string;
  /** What the client speaks, and what the provider does. */
  dialects: { client: DialectName; provider: DialectName };
  /** About so long is the request's prompt. */
  promptBytes: number;
  answer: Answer;
  load: Load;
  /** Gateway processes of a target. Targets that cannot have two sit out where two are asked for. */
  workers: 1 | 2;
  /** Of a measuring window; absent: the run's own. */
  seconds?: number;
  warmSeconds?: number;
  /** All targets rest so long before it. */
  restSeconds?: number;
  /** Part of `--quick`. */
  quick: boolean;
};

const same = { client: "openai-chat", provider: "openai-chat" } as const;
const small = { promptBytes: 2_000, answer: { kind: "json", contentBytes: 400 } } as const;

export const scenarios: readonly Scenario[] = [
  json("json-1", "small JSON, 1 connection", 1, { quick: false }),
  json("json-16", "small JSON, 16 connections", 16, { quick: true }),
  json("json-64", "small JSON, 64 connections", 64, { quick: false }),
  json("json-256", "small JSON, 256 connections", 256, { quick: false }),
  {
    ...json("body-50k", "50 KB request bodies, 16 connections", 16, { quick: true }),
    promptBytes: 50_000,
  },
  {
    ...json("body-1m", "1 MB request bodies, 4 connections", 4, { quick: false }),
    promptBytes: 1_000_000,
  },
  {
    ...json("answer-50k", "50 KB answers, 16 connections", 16, { quick: false }),
    answer: { kind: "json", contentBytes: 50_000 },
  },
  {
    name: "burst",
    title: "streams of 100 tokens as fast as they go, 16 connections",
    dialects: same,
    promptBytes: 2_000,
    answer: { kind: "stream", tokens: 100, gapMs: 0 },
    load: { kind: "closed", connections: 16 },
    workers: 1,
    quick: true,
  },
  flow("flow-100", "100 streams, a token every 20 ms", {
    connections: 100,
    tokens: 50,
    gapMs: 20,
    quick: true,
  }),
  flow("flow-1000", "1,000 streams, a token every 20 ms (50,000 tokens a second)", {
    connections: 1_000,
    tokens: 50,
    gapMs: 20,
    quick: false,
  }),
  {
    // 10,000 streams at 20 ms would be 500,000 tokens a second: more than upstream and load can do on a core.
    ...flow("flow-10000", "10,000 streams, a token a second", {
      connections: 10_000,
      tokens: 8,
      gapMs: 1_000,
      quick: false,
    }),
    seconds: 8,
    warmSeconds: 8,
  },
  {
    name: "first-token",
    title: "100 streams a second begin, 20 tokens 5 ms apart (open loop)",
    dialects: same,
    promptBytes: 2_000,
    answer: { kind: "stream", tokens: 20, gapMs: 5 },
    load: { kind: "open", perSecond: 100, connections: 256 },
    workers: 1,
    quick: true,
  },
  open("rate-200", "200 requests a second (open loop)", 200, { quick: false }),
  open("rate-1000", "1,000 requests a second (open loop)", 1_000, { quick: true }),
  {
    ...json("half-load", "half of its own rate in json-64 (open loop)", 64, { quick: false }),
    load: { kind: "share", of: "json-64", share: 0.5, connections: 256 },
  },
  {
    ...open("after-idle", "1,000 requests a second, right after a minute of rest", 1_000, {
      quick: false,
    }),
    restSeconds: 60,
    warmSeconds: 0,
    seconds: 1,
  },
  {
    ...json("bound-10ms", "highest rate with p99 within 10 ms (open loop)", 64, { quick: false }),
    load: { kind: "bound", of: "json-64", p99MsMax: 10, connections: 1_000 },
  },
  {
    ...json("json-64-two", "small JSON, 64 connections, 2 workers", 64, { quick: false }),
    workers: 2,
  },
];

/** The name of the model, which tells the upstream how to answer (see `upstream.c`). */
export function modelOf({ answer }: Pick<Scenario, "answer">): string {
  switch (answer.kind) {
    case "json":
      return `bench-k${answer.contentBytes}`;
    case "stream":
      return answer.gapMs === 0
        ? `bench-n${answer.tokens}`
        : `bench-n${answer.tokens}-g${answer.gapMs}`;
  }
}

// The upstream's own constants (upstream.c).
const streamContentBytes = 32;
const jsonTokens = 100;
export const promptTokens = 512;

/** What a right answer contains, to the byte and the token. */
export function expectationOf({ answer }: Pick<Scenario, "answer">): {
  contentBytes: number;
  completionTokens: number;
} {
  return answer.kind === "json"
    ? { contentBytes: answer.contentBytes, completionTokens: jsonTokens }
    : { contentBytes: answer.tokens * streamContentBytes, completionTokens: answer.tokens };
}

/** What a machine must allow for it, or null: each stream of a gateway is two sockets. */
export function openFilesNeeded({ load }: Scenario): number {
  return load.kind === "closed" ? load.connections * 2 + 200 : 0;
}

function json(
  name: string,
  title: string,
  connections: number,
  { quick }: { quick: boolean },
): Scenario {
  return {
    name,
    title,
    dialects: same,
    ...small,
    load: { kind: "closed", connections },
    workers: 1,
    quick,
  };
}

function open(
  name: string,
  title: string,
  perSecond: number,
  { quick }: { quick: boolean },
): Scenario {
  return {
    name,
    title,
    dialects: same,
    ...small,
    load: { kind: "open", perSecond, connections: 256 },
    workers: 1,
    quick,
  };
}

function flow(
  name: string,
  title: string,
  {
    connections,
    tokens,
    gapMs,
    quick,
  }: { connections: number; tokens: number; gapMs: number; quick: boolean },
): Scenario {
  return {
    name,
    title,
    dialects: same,
    promptBytes: 2_000,
    answer: { kind: "stream", tokens, gapMs },
    load: { kind: "closed", connections },
    workers: 1,
    warmSeconds: (tokens * gapMs) / 1_000, // by then as many streams end as begin
    quick,
  };
}
