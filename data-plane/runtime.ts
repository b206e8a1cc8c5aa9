/** What the steps of a request may touch. Made once, in `main.ts`. */
import type { GatewayId } from "#schema/ids.ts";
import type { Callers } from "./authenticate.ts";
import type { Config } from "./config.ts";
import type { Health } from "./health.ts";
import type { Leases } from "./leases.ts";
import type { ResponseCache } from "./response-cache/response-cache.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StageTimes } from "./stages.ts";
import type { Spool } from "./spool/spool.ts";
import type { ExactCounter } from "./tokens/exact-counter.ts";
import type { LearnedFactors } from "./tokens/learned-factors.ts";
import type { MediaFetcher } from "./upstream/fetch-media.ts";
import type { Pools } from "./upstream/pools.ts";

export type Runtime = {
  config: Config;
  gateway: GatewayId;
  snapshot: () => Snapshot;
  callers: Callers;
  leases: Leases;
  spool: Spool;
  health: Health;
  stageTimes: StageTimes;
  pools: Pools;
  /** For what clients name by its address and providers do not fetch. */
  media: MediaFetcher;
  /** Answers that clients asked to be kept; asked only where a header says so. */
  responseCache: ResponseCache;
  tokens: { factors: LearnedFactors; counter: ExactCounter };
  now: () => number;
  random: () => number;
  /** One past the number of finals in this life's spool. */
  nextSequence: () => number;
  log(
    level: "warn" | "error",
    message: string,
    details?: Record<string, string | number | null>,
  ): void;
};
