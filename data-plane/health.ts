/** What recent attempts say about who is asked: what is benched, and until when. This gateway's own view, and bounded. */
import { consequences, type CoolDown } from "./consequences.ts";
import type { FailureKind } from "./operations/chat.ts";

/** An endpoint as it is reached with one credential, and that credential wherever else it is used. */
export type HealthName = { endpoint: string; key: string };

const misreportsToBench = 3;
const misreportMs = 60_000;
/** Endpoints times credentials; beyond it the one that was heard of longest ago is forgotten, which benches nothing. */
const statesMax = 20_000;

type State = { benchedUntilMs: number; failuresInARow: number };

export class Health {
  readonly #endpoints = new Map<string, State>();
  readonly #keys = new Map<string, State>();
  readonly #misreports = new Map<string, number>();

  isBenched({ endpoint, key }: HealthName, nowMs: number): boolean {
    if (this.#allIsWell) return false;
    return (
      (this.#endpoints.get(endpoint)?.benchedUntilMs ?? 0) > nowMs ||
      (this.#keys.get(key)?.benchedUntilMs ?? 0) > nowMs
    );
  }

  succeeded({ endpoint, key }: HealthName): void {
    if (this.#allIsWell) return;
    this.#endpoints.delete(endpoint);
    this.#keys.delete(key);
  }

  /** As nearly always; then no name is made and looked for, four times a request. */
  get #allIsWell(): boolean {
    return this.#endpoints.size === 0 && this.#keys.size === 0;
  }

  /** Whoever reports impossible usage three times in a row is asked last for a while (reliability.md M-8): what it costs is a guess. */
  reported({ endpoint }: HealthName, { believed }: { believed: boolean }, nowMs: number): void {
    if (believed) {
      if (this.#misreports.size > 0) this.#misreports.delete(endpoint);
      return;
    }
    const inARow = (this.#misreports.get(endpoint) ?? 0) + 1;
    put(this.#misreports, endpoint, inARow);
    if (inARow >= misreportsToBench)
      put(this.#endpoints, endpoint, { benchedUntilMs: nowMs + misreportMs, failuresInARow: 0 });
  }

  /**
   * A client's own mistake benches nothing, a dead credential benches it everywhere at once, and a fault benches when it
   * repeats (`consequences`).
   */
  failed(
    { endpoint, key }: HealthName,
    kind: FailureKind,
    retryAfterSeconds: number | null,
    nowMs: number,
  ): void {
    const { bench, coolDown } = consequences[kind];
    if (bench === "none") return;
    const [states, name] = bench === "key" ? [this.#keys, key] : [this.#endpoints, endpoint];
    const before = states.get(name);
    const failuresInARow = (before?.failuresInARow ?? 0) + 1;
    const ms = benchMs(coolDown, failuresInARow, retryAfterSeconds);
    const benchedUntilMs = Math.max(before?.benchedUntilMs ?? 0, ms === 0 ? 0 : nowMs + ms);
    put(states, name, { benchedUntilMs, failuresInARow });
  }
}

function benchMs(
  coolDown: CoolDown,
  failuresInARow: number,
  retryAfterSeconds: number | null,
): number {
  switch (coolDown.kind) {
    case "none":
      return 0;
    case "fixed":
      return coolDown.ms;
    case "reset":
      return retryAfterSeconds === null
        ? Math.min(coolDown.leastMs * 2 ** Math.min(failuresInARow - 1, 30), coolDown.mostMs)
        : retryAfterSeconds * 1_000;
    case "after-faults":
      return failuresInARow >= coolDown.faults ? coolDown.ms : 0;
    default:
      return coolDown satisfies never;
  }
}

function put<Value>(map: Map<string, Value>, name: string, value: Value): void {
  map.delete(name); // so that the order is that of when each was heard of last
  map.set(name, value);
  if (map.size <= statesMax) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
