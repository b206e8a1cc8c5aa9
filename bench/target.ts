// What the bench asks of whatever it measures. One file in `targets/` each.

import type { UpstreamCounts } from "./upstream-counts.ts";

export type Surroundings = {
  /** The first of ten ports that are the target's. */
  port: number;
  upstreamPort: number;
  /** Every model that a scenario will ask for. */
  models: readonly string[];
  workers: 1 | 2;
  /** Outside of the repository; kept between runs: what is installed. */
  cacheFolder: string;
  /** This target's own, for this run. */
  folder: string;
  /** Cores of the gateway, and of what works for it beside it; null: any. */
  gatewayCores: string | null;
  otherCores: string | null;
};

export type Running = {
  /** HOST:PORT. */
  address: string;
  /** What stands before a dialect's path: "/v1". */
  basePath: string;
  headers: readonly string[];
  /** How this target calls an upstream's model. */
  nameOf(model: string): string;
  /** The processes that a request passes through. Empty: there is none, or its CPU is not known. */
  gateway(): number[];
  /** What works for them, on its own time: a control plane, a database. */
  beside(): number[];
  /** Waits until what was served is booked. Resolves with what is still missing, or null. */
  settle?(counts: UpstreamCounts): Promise<string | null>;
  /** Holds the bill against what the upstream served. */
  verify?(counts: UpstreamCounts): Promise<Bill>;
  stop(): Promise<void>;
};

/** `differences` is empty when the bill is right. */
export type Bill = {
  generations: number;
  served: number;
  chargedUsd: string;
  differences: string[];
};

export type Target = {
  name: string;
  /** What runs, with its version, in a few words. */
  about: string;
  /** What of key check, limits, credit and a durable record of usage is on; for a person. */
  money: string;
  /** Others' gateways run with `--peers`. */
  peer: boolean;
  workersMax: 1 | 2;
  /** Installs what is missing. Resolves with why it cannot run here, or null. */
  prepare(cacheFolder: string): Promise<string | null>;
  /** @throws when it does not start; it is then skipped with that word. */
  start(surroundings: Surroundings): Promise<Running>;
};

export const barePath = "/v1";
export const moneyOff = "none: it only forwards";
