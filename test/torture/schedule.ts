// What is done to an installation, and when: all of it follows from a seed, before anything runs.

import { randomOf } from "./random.ts";

export const faultKinds = {
  "kill-gateway": { weight: 8, says: "kill -9 of a gateway" },
  "kill-control-plane": { weight: 6, says: "kill -9 of the control plane, which posts" },
  "kill-postgres": { weight: 4, says: "kill -9 of Postgres" },
  "stop-gateway": { weight: 3, says: "a gateway frozen for 1 to 3 s" },
  "stop-control-plane": { weight: 3, says: "the control plane frozen for 1 to 3 s" },
  "end-connections": { weight: 4, says: "every database connection ended" },
  "kill-supervisor": { weight: 1, says: "kill -9 of the supervisor, and a start at once" },
  "kill-everything": { weight: 1, says: "kill -9 of every process at once, and a start" },
} as const satisfies Record<string, { weight: number; says: string }>;
export type FaultKind = keyof typeof faultKinds;

export type Fault = {
  kind: FaultKind;
  /** After the beginning. */
  atMs: number;
  /** Which of several processes it meets: from 0 to below 1, whatever their number is by then. */
  choice: number;
  /** How long a frozen process stays so; 0 for the other kinds. */
  heldMs: number;
};

// Gateways need a moment to have something under way that a death can hurt.
const quietMs = 500;

/** Faults in order of time, at random distances that make `perMinute` of them a minute on average. */
export function faultsOf(options: {
  seed: number;
  durationMs: number;
  perMinute: number;
}): Fault[] {
  const random = randomOf(options.seed);
  const kinds = Object.entries(faultKinds).map(([kind, { weight }]) => ({
    kind: kind as FaultKind,
    weight,
  }));
  const apartMs = 60_000 / options.perMinute;
  const faults: Fault[] = [];
  for (let atMs = quietMs; ;) {
    atMs += Math.round(apartMs * (0.2 + 1.6 * random.next())); // 1 on average
    const { kind } = random.pick(kinds);
    const choice = random.next();
    const heldMs = kind.startsWith("stop-") ? random.between(1_000, 3_000) : 0;
    if (atMs >= options.durationMs) return faults;
    faults.push({ kind, atMs, choice, heldMs });
  }
}
