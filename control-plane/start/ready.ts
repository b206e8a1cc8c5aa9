import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until `<origin>/readyz` answers 200.
 * @returns null, or after `waitMsMax` what it said last: a status with its body, or why no connection.
 */
export async function waitUntilReady({
  origin,
  waitMsMax,
  signal,
}: {
  origin: string;
  waitMsMax: number;
  signal: AbortSignal;
}): Promise<string | null> {
  let last = "no answer";
  for (const since = Date.now(); Date.now() - since < waitMsMax; await sleep(25)) {
    if (signal.aborted) return "stopped";
    try {
      const response = await fetch(`${origin}/readyz`, {
        signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]),
      });
      const body = await response.text();
      if (response.ok) return null;
      last = `${response.status} ${body.slice(0, 500)}`;
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      last = cause instanceof Error ? cause.message || cause.name : String(cause);
    }
  }
  return last;
}
