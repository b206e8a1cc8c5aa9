/** What follows from a failed attempt, by its class (contract/providers.md section 3.1). One table; pure. */
import type { Failure, FailureKind } from "./operations/chat.ts";

export type Consequence = {
  /**
   * Whether the same endpoint is asked once more, after a moment, when no other one is left to ask: `when-soon` where the
   * provider says that it answers again within two seconds. `x-should-retry` has the last word.
   */
  retryHere: "never" | "when-soon" | "once";
  /**
   * Who may be asked next. A client's own mistake is the same everywhere, except that another model, or the same one with
   * more room, may take what this one does not (contract F-2, F-3).
   */
  moveOn: "anywhere" | "larger-window" | "other-model" | "nowhere";
  /** Who is asked last for a while: the credential at all of its provider's endpoints, or this endpoint with it. */
  bench: "none" | "key" | "endpoint";
  coolDown: CoolDown;
};
/** For how long. `reset`: as long as the provider says, else from `leastMs` on twice as long each time in a row. */
export type CoolDown =
  | { kind: "none" }
  | { kind: "fixed"; ms: number }
  | { kind: "reset"; leastMs: number; mostMs: number }
  | { kind: "after-faults"; faults: number; ms: number };

const none: CoolDown = { kind: "none" };
// Until an operator has looked after it, which takes minutes at best; then one request finds out again.
const key = { bench: "key", coolDown: { kind: "fixed", ms: 300_000 } } as const;
const faults = {
  bench: "endpoint",
  coolDown: { kind: "after-faults", faults: 3, ms: 10_000 },
} as const;
const notItsFault = { bench: "none", coolDown: none } as const;

export const consequences = {
  auth: { retryHere: "never", moveOn: "anywhere", ...key },
  billing: { retryHere: "never", moveOn: "anywhere", ...key },
  "rate-limit": {
    retryHere: "when-soon",
    moveOn: "anywhere",
    bench: "endpoint",
    coolDown: { kind: "reset", leastMs: 1_000, mostMs: 60_000 },
  },
  overloaded: {
    retryHere: "once",
    moveOn: "anywhere",
    bench: "endpoint",
    coolDown: { kind: "reset", leastMs: 5_000, mostMs: 5_000 },
  },
  timeout: { retryHere: "never", moveOn: "anywhere", ...faults },
  server: { retryHere: "once", moveOn: "anywhere", ...faults },
  "context-length": { retryHere: "never", moveOn: "larger-window", ...notItsFault },
  "payload-too-large": { retryHere: "never", moveOn: "other-model", ...notItsFault },
  "content-policy": { retryHere: "never", moveOn: "other-model", ...notItsFault },
  "invalid-request": { retryHere: "never", moveOn: "other-model", ...notItsFault },
  unsupported: { retryHere: "never", moveOn: "anywhere", ...notItsFault },
  "model-gone": {
    retryHere: "never",
    moveOn: "anywhere",
    bench: "endpoint",
    coolDown: { kind: "fixed", ms: 300_000 },
  },
  "client-gone": { retryHere: "never", moveOn: "nowhere", ...notItsFault },
} as const satisfies Record<FailureKind, Consequence>;

/** As much of an endpoint as decides whether it may be asked after another one failed. */
export type Window = { model: { id: string }; contextLength: number };

/** Whether an endpoint may be asked after another one failed like this. */
export function mayFollow(kind: FailureKind, failed: Window, next: Window): boolean {
  const { moveOn } = consequences[kind];
  switch (moveOn) {
    case "anywhere":
      return true;
    case "larger-window":
      return next.model.id !== failed.model.id || next.contextLength > failed.contextLength;
    case "other-model":
      return next.model.id !== failed.model.id;
    case "nowhere":
      return false;
    default:
      return moveOn satisfies never;
  }
}

/** A provider's "in two seconds" is worth the wait; a longer one is the client's to decide. */
const soonSeconds = 2;
const pauseMsLeast = 100;
const pauseMsMost = 500;

/**
 * After how many milliseconds the same endpoint is asked once more; null: not. For when there is no other to ask: moving on
 * is faster. With jitter, so that gateways do not come back together.
 * @param random from 0 to below 1
 */
export function retryAfterMs(
  { kind, retryAfterSeconds, shouldRetry }: Failure,
  random: number,
): number | null {
  const { retryHere } = consequences[kind];
  const soon = retryAfterSeconds === null ? null : retryAfterSeconds <= soonSeconds;
  const worth =
    kind !== "client-gone" &&
    soon !== false &&
    (shouldRetry ?? (retryHere === "once" || (retryHere === "when-soon" && soon === true)));
  if (!worth) return null;
  const pauseMs = Math.round(pauseMsLeast + random * (pauseMsMost - pauseMsLeast));
  return (retryAfterSeconds ?? 0) * 1_000 + pauseMs;
}
