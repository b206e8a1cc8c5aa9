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

/** Of a short run, which has no time for chance: so many of each `kill -9`, and some of everything else. */
const briefDeck = (kills: number): FaultKind[] => [
  ...(["kill-gateway", "kill-control-plane", "kill-postgres"] as const).flatMap((kind) =>
    Array.from({ length: kills }, () => kind),
  ),
  "stop-gateway",
  "stop-gateway",
  "stop-control-plane",
  "end-connections",
  "end-connections",
  "kill-everything",
];

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

/**
 * At least `kills` of each process, in an order and at distances that follow from the seed. A worker that dies with a
 * batch in hand holds it up for half a minute, so none is killed in the last third.
 */
export function briefFaultsOf(options: {
  seed: number;
  durationMs: number;
  kills: number;
}): Fault[] {
  const random = randomOf(options.seed);
  const deck = briefDeck(options.kills)
    .map((kind) => ({ kind, at: random.next() * (kind === "kill-control-plane" ? 0.67 : 1) }))
    .toSorted((a, b) => a.at - b.at);
  const apartMs = (options.durationMs - quietMs) / deck.length;
  return deck.map(({ kind }, at): Fault => ({
    kind,
    atMs: Math.round(quietMs + apartMs * (at + 0.8 * random.next())),
    choice: random.next(),
    heldMs: kind.startsWith("stop-") ? random.between(1_000, 3_000) : 0,
  }));
}
