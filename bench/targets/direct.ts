// No gateway: the load goes straight to the upstream. What all latencies are held against.

import { barePath, moneyOff, type Target } from "../target.ts";

export const direct: Target = {
  name: "direct",
  about: "no gateway",
  money: moneyOff,
  peer: false,
  workersMax: 1,
  prepare: async () => null,
  start: async ({ upstreamPort }) => ({
    address: `127.0.0.1:${upstreamPort}`,
    basePath: barePath,
    headers: [],
    nameOf: (model) => model,
    gateway: () => [],
    beside: () => [],
    stop: async () => {},
  }),
};
