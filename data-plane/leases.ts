/**
 * What this gateway may still spend of each allowance. Admission takes from here, in memory; Postgres is asked when a
 * holding runs low, for many requests at once. A holding is a share that `lease_allowances` took out of the allowance,
 * so the sum over all gateways never exceeds the limit, whatever happens here.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "#schema/client.ts";
import type { AllowanceId, GatewayId } from "#schema/ids.ts";
import { leaseAllowances, recallLeases } from "#schema/ledger/lease-allowances.ts";
import { returnLeases } from "#schema/ledger/return-leases.ts";
import type { AllowanceWindow } from "#schema/tables/allowances.ts";
import { windowStart } from "#schema/windows.ts";

const holdingsMax = 100_000;
const idleMs = 60_000;
/** A lease aims at so many requests of the size that asks for it; Postgres grants less when little is left. */
const requestsPerLease = 32n;
const recallTries = 4;
const recallWaitMs = 40; // NOTIFY and one statement of the other gateway take a few milliseconds
const statementTimeoutMs = 3_000;

type Holding = {
  allowance: AllowanceId;
  windowStart: Date;
  /** Leased and not taken. Below zero after a charge above its hold; the next lease makes up for it. */
  remaining: bigint;
  /** Holds that will still be released into `remaining`: until then it may not be forgotten. */
  holds: number;
  lastGrant: bigint;
  usedAtMs: number;
  topUp: boolean;
};

export type Bound = { id: AllowanceId; subject: "organization" | "key"; window: AllowanceWindow };
export type Hold = { amount: bigint; holdings: readonly Holding[] };
/** Too little is left of `bound`: `free` is what would still fit. `away`: Postgres could not be asked. */
export type Denial =
  | { kind: "short"; bound: Bound; free: bigint }
  | { kind: "away"; cause: unknown };

export class Leases {
  readonly #client: Sql;
  readonly #gateway: GatewayId;
  readonly #holdings = new Map<string, Holding>();
  readonly #asking = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, bigint>();
  readonly #sweep: NodeJS.Timeout;

  constructor(client: Sql, gateway: GatewayId) {
    this.#client = client;
    this.#gateway = gateway;
    this.#sweep = setInterval(() => void this.returnIdle(Date.now()), 10_000);
    this.#sweep.unref();
  }

  /** Takes an amount from every bound at once, or from none. */
  async hold(bounds: readonly Bound[], amount: bigint, nowMs: number): Promise<Hold | Denial> {
    const now = new Date(nowMs);
    const holdings = bounds.map((bound) => this.#holding(bound, now));
    const group = holdings.map((holding) => holding.allowance).join(" ");
    for (let tries = 0; ;) {
      if (take(holdings, amount, nowMs)) {
        for (const holding of holdings)
          if (!holding.topUp && holding.remaining * 2n < holding.lastGrant)
            this.#topUp(holding, amount);
        return { amount, holdings };
      }
      const asking = this.#asking.get(group);
      if (asking) {
        this.#waiting.set(group, (this.#waiting.get(group) ?? 0n) + amount);
        await asking;
        continue;
      }
      const denial = await this.#lease(group, bounds, holdings, amount);
      if (denial === null) continue;
      if (denial.kind === "away" || denial.held <= 0n || tries++ >= recallTries)
        return denial.kind === "away"
          ? denial
          : { kind: "short", bound: denial.bound, free: denial.free };
      await recallLeases(
        this.#client,
        this.#gateway,
        holdings.map((holding) => holding.allowance),
      ).catch(() => {});
      await sleep(recallWaitMs);
    }
  }

  /** Asks Postgres once for what the holdings lack; everyone else who lacks the same waits for that answer. */
  async #lease(
    group: string,
    bounds: readonly Bound[],
    holdings: readonly Holding[],
    amount: bigint,
  ): Promise<
    | (
        | { kind: "short"; held: bigint; bound: Bound; free: bigint }
        | { kind: "away"; cause: unknown }
      )
    | null
  > {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#asking.set(group, promise);
    const crowd = this.#waiting.get(group) ?? 0n;
    this.#waiting.delete(group);
    try {
      const answers = await withTimeout(
        leaseAllowances(
          this.#client,
          this.#gateway,
          holdings.map((holding) => ({
            allowance: holding.allowance,
            windowStart: holding.windowStart,
            need: amount > holding.remaining ? amount - holding.remaining : 0n,
            want: amount * requestsPerLease + crowd,
          })),
        ),
      );
      let short: { kind: "short"; held: bigint; bound: Bound; free: bigint } | null = null;
      for (const [at, holding] of holdings.entries()) {
        const answer = answers.find((one) => one.allowance === holding.allowance);
        const bound = bounds[at];
        if (!bound) continue;
        if (!answer) return { kind: "short", held: 0n, bound, free: 0n }; // the allowance is gone
        if (answer.granted > 0n) {
          holding.remaining += answer.granted;
          holding.lastGrant = answer.granted;
        } else if (answer.free + holding.remaining < amount && !short) {
          // What this gateway holds itself is not what a recall could bring back.
          short = {
            kind: "short",
            held: answer.held - max(holding.remaining, 0n),
            bound,
            free: max(answer.free + holding.remaining, 0n),
          };
        }
      }
      return short;
    } catch (cause) {
      return { kind: "away", cause };
    } finally {
      this.#asking.delete(group);
      resolve();
    }
  }

  /** Asks ahead of need, so that a hot account's requests do not wait for Postgres. */
  #topUp(holding: Holding, amount: bigint): void {
    holding.topUp = true;
    const want = max(holding.lastGrant, amount * requestsPerLease);
    withTimeout(
      leaseAllowances(this.#client, this.#gateway, [
        { allowance: holding.allowance, windowStart: holding.windowStart, need: 0n, want },
      ]),
    ).then(
      ([answer]) => {
        if (answer && answer.granted > 0n) {
          holding.remaining += answer.granted;
          holding.lastGrant = answer.granted;
        }
        setTimeout(() => {
          holding.topUp = false;
        }, 100).unref(); // little is left: no need to ask for every request
      },
      () =>
        setTimeout(() => {
          holding.topUp = false;
        }, 1_000).unref(), // away: the next request in need asks again
    );
  }

  /** Gives back what a request did not use of its hold; `used` may be more than was held, and is owed then. */
  release(hold: Hold, used: bigint): void {
    for (const holding of hold.holdings) {
      holding.remaining += hold.amount - used;
      holding.holds--;
    }
  }

  /** Another gateway needs it: everything idle of this allowance goes back. */
  async recall(allowance: string): Promise<void> {
    await this.#giveBack(
      [...this.#holdings.values()].filter((holding) => holding.allowance === allowance),
    );
  }

  async returnIdle(nowMs: number): Promise<void> {
    const idle = [...this.#holdings.entries()].filter(
      ([, holding]) => nowMs - holding.usedAtMs > idleMs,
    );
    await this.#giveBack(idle.map(([, holding]) => holding));
    for (const [name, holding] of idle)
      if (holding.remaining === 0n && holding.holds === 0) this.#holdings.delete(name);
  }

  async #giveBack(holdings: readonly Holding[]): Promise<void> {
    const returns = holdings
      .filter((holding) => holding.remaining > 0n)
      .map((holding) => {
        const amount = holding.remaining;
        holding.remaining = 0n; // before Postgres knows: what is given back may not be spent any more
        return { allowance: holding.allowance, windowStart: holding.windowStart, amount };
      });
    // If the statement fails the share stays out until this life is closed: stranded for a while, never spent twice.
    await returnLeases(this.#client, this.#gateway, returns).catch(() => {});
  }

  stop(): void {
    clearInterval(this.#sweep);
  }

  #holding(bound: Bound, now: Date): Holding {
    const start = windowStart(bound.window, now);
    const name = `${bound.id} ${start.getTime()}`;
    const known = this.#holdings.get(name);
    if (known) {
      known.usedAtMs = now.getTime(); // from here on the sweep leaves it alone: its lease may be on the way
      return known;
    }
    if (this.#holdings.size >= holdingsMax) void this.returnIdle(Number.POSITIVE_INFINITY);
    const holding: Holding = {
      allowance: bound.id,
      windowStart: start,
      remaining: 0n,
      holds: 0,
      lastGrant: 0n,
      usedAtMs: now.getTime(),
      topUp: false,
    };
    this.#holdings.set(name, holding);
    return holding;
  }
}

function take(holdings: readonly Holding[], amount: bigint, nowMs: number): boolean {
  for (const holding of holdings) if (holding.remaining < amount) return false;
  for (const holding of holdings) {
    holding.remaining -= amount;
    holding.holds++;
    holding.usedAtMs = nowMs;
  }
  return true;
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** A statement that does not answer is an absent Postgres. Should it be carried out later, its share is stranded until this life closes. */
async function withTimeout<Value>(work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Postgres did not answer within ${statementTimeoutMs} ms`)),
      statementTimeoutMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
