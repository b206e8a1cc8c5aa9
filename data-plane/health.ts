/** What recent attempts say about each endpoint: who is benched, and until when. This gateway's own view, bounded by the catalogue. */
import type { FailureKind } from "./operations/chat.ts";

const rateLimitMs = 5_000;
const overloadMs = 5_000;
const faultMs = 10_000;
const keyMs = 60_000;
/** A provider may ask for an hour; we look again after a minute. */
const benchMsMax = 60_000;
const faultsToBench = 3;
const misreportsToBench = 3;

type State = { benchedUntilMs: number; faultsInARow: number };

export class Health {
  /** By endpoint and credential (`healthNameOf`). */
  readonly #states = new Map<string, State>();
  readonly #misreports = new Map<string, number>();

  isBenched(endpoint: string, nowMs: number): boolean {
    return (this.#states.get(endpoint)?.benchedUntilMs ?? 0) > nowMs;
  }

  succeeded(endpoint: string): void {
    this.#states.delete(endpoint);
  }

  /** Whoever reports impossible usage three times in a row is asked last for a while (reliability.md M-8): what it costs is a guess. */
  reported(endpoint: string, { believed }: { believed: boolean }, nowMs: number): void {
    if (believed) return void this.#misreports.delete(endpoint);
    const inARow = (this.#misreports.get(endpoint) ?? 0) + 1;
    this.#misreports.set(endpoint, inARow);
    if (inARow >= misreportsToBench)
      this.#states.set(endpoint, { benchedUntilMs: nowMs + benchMsMax, faultsInARow: 0 });
  }

  /** A client's own mistake benches nothing; a dead credential benches at once; a fault benches when it repeats. */
  failed(
    endpoint: string,
    kind: FailureKind,
    retryAfterSeconds: number | null,
    nowMs: number,
  ): void {
    const state = this.#states.get(endpoint) ?? { benchedUntilMs: 0, faultsInARow: 0 };
    const bench = (ms: number): void => {
      state.benchedUntilMs =
        nowMs + Math.min(retryAfterSeconds === null ? ms : retryAfterSeconds * 1000, benchMsMax);
    };
    switch (kind) {
      case "client-gone":
      case "invalid-request":
      case "context-length":
      case "payload-too-large":
      case "unsupported":
      case "content-policy":
        return;
      case "auth":
      case "billing":
      case "model-gone":
        bench(keyMs);
        break;
      case "rate-limit":
        bench(rateLimitMs);
        break;
      case "overloaded":
        bench(overloadMs);
        break;
      case "timeout":
      case "server":
        if (++state.faultsInARow >= faultsToBench) bench(faultMs);
        break;
      default:
        kind satisfies never;
    }
    this.#states.set(endpoint, state);
  }
}
