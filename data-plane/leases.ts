/**
 * What this gateway may still use of each allowance. Admission takes from here, in memory; Postgres is asked when a
 * holding runs low, once for many requests and for everything they need. A holding is a share that `lease_allowances`
 * took out of the allowance, so the sum over all gateways never exceeds the limit, whatever happens here.
 *
 * Where much is left a lease is large and is renewed ahead of need. Near a limit that several gateways share the holding
 * is *strict*: no more is leased than the waiting requests need, and what they leave goes back at once, so that nobody
 * is refused while another gateway holds something idle.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "#schema/client.ts";
import type { AllowanceId, GatewayId } from "#schema/ids.ts";
import {
  leaseAllowances,
  recallLeases,
  type LeaseAnswer,
  type LeaseRequest,
} from "#schema/ledger/lease-allowances.ts";
import { returnLeases } from "#schema/ledger/return-leases.ts";
import type { AllowanceSubject, AllowanceUnit, AllowanceWindow } from "#schema/bounds.ts";
import { withinMs } from "./patience.ts";
import { windowEnd, windowStart } from "#schema/windows.ts";

const holdingsMax = 100_000;
const waitersMax = 20_000;
const idleMs = 60_000;
/** A lease aims at so many requests of the size that asks for it; Postgres grants less when little is left. */
const requestsPerLease = 32n;
/** Half of a lease is to last for a minute: for so long requests go on without Postgres (reliability.md 3.8, 3.9). */
const halfLeaseMs = 60_000;
/** With less than this many leases left, gateways that share an allowance go strict. */
const leasesWhenStrict = 2n;
const recallTries = 4;
const recallWaitMs = 40; // NOTIFY and one statement of the other gateway take a few milliseconds
const giveBackMs = 100; // of strict holdings: one statement for the requests that ended in this time
const statementTimeoutMs = 2_000;
/** After a failure nobody waits for Postgres again for so long. */
const awayMs = 250;

/** One bounded amount that a request is held against. */
export type Bound = {
  id: AllowanceId;
  subject: AllowanceSubject;
  unit: AllowanceUnit;
  window: AllowanceWindow;
  /** '' for every request, 'free' for free models, else a model id. */
  scope: string;
};
export type Demand = { bound: Bound; amount: bigint };

type Holding = {
  name: string;
  allowance: AllowanceId;
  window: AllowanceWindow;
  windowStart: Date;
  /** The same in ISO 8601, as usage records carry it. */
  windowStartText: string;
  /** Epoch milliseconds; infinite for a lifetime. */
  windowEndMs: number;
  /** Leased and not taken. Below zero after a use above its hold; the next lease makes up for it. */
  remaining: bigint;
  /** Taken by requests that are under way; until they end the holding may not be forgotten. */
  taken: bigint;
  holds: number;
  lastGrant: bigint;
  /** When that was, by the monotonic clock. */
  grantedAtMs: number;
  usedAtMs: number;
  toppingUp: boolean;
  strict: boolean;
};
export type Part = Demand & { holding: Holding };
export type Hold = { parts: readonly Part[] };

/**
 * short: too little is left of `bound`; `free` is what would still fit, and `inFlight` what requests under way and
 * other gateways hold of it and may give back. away: Postgres could not be asked.
 */
export type Denial =
  | {
      kind: "short";
      bound: Bound;
      amount: bigint;
      free: bigint;
      inFlight: bigint;
      /** Null: unbounded, so it cannot be short of anything but what is owed. */
      limit: bigint | null;
      windowStart: Date;
    }
  | { kind: "away"; cause: unknown };

type Waiter = { parts: readonly Part[]; resolve: (answer: Hold | Denial) => void };
/** Requests that are bounded by the same allowances in the same windows wait together. */
type Queue = { name: string; waiters: Waiter[] };

export type LeasesOptions = {
  client: Sql;
  gateway: GatewayId;
  /** A gateway that Postgres has not confirmed for so long may have been forfeited and stops using its leases. */
  trustMs?: number;
};

export class Leases {
  readonly #client: Sql;
  readonly #gateway: GatewayId;
  readonly #trustMs: number;
  readonly #holdings = new Map<string, Holding>();
  /** The holding that a bound of a caller had last: its window is computed and its name made once a window. */
  readonly #recent = new WeakMap<Bound, Holding>();
  readonly #queues = new Map<string, Queue>();
  readonly #sweep: NodeJS.Timeout;
  #waiting = 0;
  #givingBack: NodeJS.Timeout | null = null;
  #away: { untilMs: number; cause: unknown } = { untilMs: Number.NEGATIVE_INFINITY, cause: null };
  /** By both clocks: the wall clock may be set, the monotonic one stands still while the machine sleeps. */
  #confirmed = { wallMs: Date.now(), monotonicMs: performance.now() };

  constructor({ client, gateway, trustMs = Number.POSITIVE_INFINITY }: LeasesOptions) {
    this.#client = client;
    this.#gateway = gateway;
    this.#trustMs = trustMs;
    this.#sweep = setInterval(() => void this.returnIdle(Date.now()), 10_000);
    this.#sweep.unref();
  }

  /** Postgres says that this gateway lives: its leases are its own. */
  confirm(): void {
    this.#confirmed = { wallMs: Date.now(), monotonicMs: performance.now() };
  }

  /**
   * Takes an amount of every bound at once, or of none. Answers at once when memory has enough, which it nearly always
   * does; else when Postgres has been asked.
   */
  hold(demands: readonly Demand[], nowMs: number): Hold | Denial | Promise<Hold | Denial> {
    if (!this.#trusted())
      return {
        kind: "away",
        cause: new Error("Postgres has not confirmed this gateway for too long"),
      };
    const parts: Part[] = [];
    for (const { bound, amount } of demands)
      parts.push({ bound, amount, holding: this.#holding(bound, nowMs) });
    if (take(parts, nowMs)) {
      this.#topUp(parts);
      return { parts };
    }
    if (performance.now() < this.#away.untilMs) return { kind: "away", cause: this.#away.cause };
    if (this.#waiting >= waitersMax)
      return { kind: "away", cause: new Error(`${waitersMax} requests wait for a lease already`) };
    return new Promise((resolve) => {
      const name = parts.map((part) => part.holding.name).join(" ");
      const queue = this.#queues.get(name);
      this.#waiting++;
      const waiter: Waiter = {
        parts,
        resolve: (answer) => {
          this.#waiting--;
          resolve(answer);
        },
      };
      if (queue) return void queue.waiters.push(waiter);
      const opened: Queue = { name, waiters: [waiter] };
      this.#queues.set(name, opened);
      void this.#serve(opened, nowMs);
    });
  }

  /** Leases for all that wait in a queue until each has its hold or its denial. Never rejects. */
  async #serve(queue: Queue, nowMs: number): Promise<void> {
    for (let recalls = 0; ;) {
      queue.waiters = queue.waiters.filter((waiter) => {
        if (!take(waiter.parts, nowMs)) return true;
        waiter.resolve({ parts: waiter.parts });
        return false;
      });
      const [first] = queue.waiters;
      if (!first) return void this.#queues.delete(queue.name); // at once: whoever comes next opens another
      let shortage: Shortage | null;
      try {
        shortage = await this.#lease(first.parts, queue);
      } catch (cause) {
        this.#away = { untilMs: performance.now() + awayMs, cause };
        for (const waiter of queue.waiters.splice(0)) waiter.resolve({ kind: "away", cause });
        continue;
      }
      if (!shortage) continue;
      if (shortage.elsewhere && recalls < recallTries) {
        recalls++;
        // Only what is short: a key at its limit is no reason to take its organization's credit from others.
        await recallLeases(this.#client, this.#gateway, [shortage.denial.bound.id]).catch(() => {}); // away: the next statement says so
        await sleep(recallWaitMs);
        continue;
      }
      // Whoever waits for as much of the same gets the same answer; who needs less is asked for next.
      const { at, denial } = shortage;
      queue.waiters = queue.waiters.filter((waiter) => {
        const part = waiter.parts[at];
        if (waiter !== first && part && part.amount < denial.amount) return true;
        waiter.resolve({ ...denial, amount: part?.amount ?? denial.amount });
        return false;
      });
    }
  }

  /** Asks Postgres once for what the first in a queue lacks, and for what would be welcome. @throws when it is away. */
  async #lease(parts: readonly Part[], queue: Queue): Promise<Shortage | null> {
    const requests = parts.map(({ holding, amount }, at): LeaseRequest => {
      let crowd = 0n;
      for (const waiter of queue.waiters) crowd += waiter.parts[at]?.amount ?? 0n;
      const need = max(amount - holding.remaining, 0n);
      const ahead = holding.strict ? 0n : max(nextGrant(holding), amount * requestsPerLease);
      const want = crowd + ahead - holding.remaining;
      return {
        allowance: holding.allowance,
        windowStart: holding.windowStart,
        need,
        want: max(want, need),
      };
    });
    const answers = await this.#ask(parts, requests);
    for (const [at, { bound, holding, amount }] of parts.entries()) {
      const answer = answers[at];
      if (answer && (answer.granted > 0n || holding.remaining >= amount)) continue;
      const free = max((answer?.free ?? 0n) + holding.remaining, 0n);
      if (answer && free >= amount) continue; // another part was short
      const idle = max(holding.remaining, 0n);
      const others = (answer?.held ?? 0n) - idle - holding.taken;
      return {
        at,
        // With nobody else alive there is nobody to ask; what a dead gateway holds comes back when it is recovered.
        elsewhere: (answer?.gateways ?? 1) > 1 && others > 0n,
        denial: {
          kind: "short",
          bound,
          amount,
          free,
          inFlight: max((answer?.held ?? 0n) - idle, 0n),
          limit: answer ? answer.limit : 0n,
          windowStart: holding.windowStart,
        },
      };
    }
    return null;
  }

  /** Leases, and books what came, also when it comes too late for whoever waits. Answers in the order of the requests. */
  async #ask(
    parts: readonly Part[],
    requests: readonly LeaseRequest[],
  ): Promise<(LeaseAnswer | undefined)[]> {
    const asked = leaseAllowances(this.#client, this.#gateway, requests).then((rows) =>
      parts.map(({ holding, amount }) => {
        const answer = rows.find(
          (row) =>
            row.allowance === holding.allowance &&
            row.windowStart.getTime() === holding.windowStart.getTime(),
        );
        if (!answer) return undefined; // the allowance is gone
        holding.remaining += answer.granted;
        if (answer.granted > 0n) {
          holding.lastGrant = answer.granted;
          holding.grantedAtMs = performance.now();
        }
        holding.strict =
          answer.gateways > 1 && answer.free < amount * requestsPerLease * leasesWhenStrict;
        return answer;
      }),
    );
    return withinMs(asked, statementTimeoutMs);
  }

  /** Asks ahead of need, so that a hot account's requests do not wait for Postgres. */
  #topUp(parts: readonly Part[]): void {
    let any = false;
    for (const { holding } of parts) any ||= isLow(holding);
    if (!any || performance.now() < this.#away.untilMs) return;
    const low = parts.filter(({ holding }) => isLow(holding));
    for (const { holding } of low) holding.toppingUp = true;
    const requests = low.map(({ holding, amount }) => ({
      allowance: holding.allowance,
      windowStart: holding.windowStart,
      need: 0n,
      want: max(nextGrant(holding), amount * requestsPerLease),
    }));
    const again = (ms: number) =>
      setTimeout(() => {
        for (const { holding } of low) holding.toppingUp = false;
      }, ms).unref();
    this.#ask(low, requests).then(
      (answers) => {
        const got = answers.every((answer) => (answer?.granted ?? 0n) > 0n);
        again(got ? 20 : 1_000); // nothing is left: who is in need asks again
      },
      (cause: unknown) => {
        this.#away = { untilMs: performance.now() + awayMs, cause };
        again(1_000);
      },
    );
  }

  /**
   * Ends a hold: `used[i]` of part i is used up and the rest is free again. It may be more than was held, and is owed
   * then.
   */
  release(hold: Hold, used: readonly bigint[]): void {
    let strict = false;
    let at = 0;
    for (const { holding, amount } of hold.parts) {
      holding.remaining += amount - (used[at++] ?? 0n);
      holding.taken -= amount;
      holding.holds--;
      strict ||= holding.strict;
    }
    if (!strict || this.#givingBack) return;
    this.#givingBack = setTimeout(() => {
      this.#givingBack = null;
      void this.#giveBack([...this.#holdings.values()].filter((holding) => holding.strict));
    }, giveBackMs);
    this.#givingBack.unref();
  }

  /** Another gateway needs it, or a limit was changed: everything idle of these allowances goes back. */
  async recall(allowances: ReadonlySet<string>): Promise<void> {
    if (allowances.size === 0) return;
    await this.#giveBack(
      [...this.#holdings.values()].filter((holding) => allowances.has(holding.allowance)),
    );
  }

  /** Gives back what nobody used for a minute, and forgets what is over. */
  async returnIdle(nowMs: number): Promise<void> {
    const now = new Date(nowMs);
    const idle = [...this.#holdings.entries()].filter(
      ([, holding]) => nowMs - holding.usedAtMs > idleMs,
    );
    // What is left of a minute that is over is of use to nobody; a job sweeps its rows away.
    const isOver = ({ window, windowStart: start }: Holding): boolean =>
      window === "minute" && start.getTime() < windowStart("minute", now).getTime();
    await this.#giveBack(idle.map(([, holding]) => holding).filter((holding) => !isOver(holding)));
    for (const [name, holding] of idle)
      if (holding.holds === 0 && (holding.remaining === 0n || isOver(holding)))
        this.#holdings.delete(name);
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
    if (this.#givingBack) clearTimeout(this.#givingBack);
  }

  #trusted(): boolean {
    const { wallMs, monotonicMs } = this.#confirmed;
    return Math.max(Date.now() - wallMs, performance.now() - monotonicMs) < this.#trustMs;
  }

  #holding(bound: Bound, nowMs: number): Holding {
    const recent = this.#recent.get(bound);
    if (
      recent &&
      nowMs < recent.windowEndMs &&
      nowMs >= recent.windowStart.getTime() &&
      this.#holdings.get(recent.name) === recent
    ) {
      recent.usedAtMs = nowMs; // from here on the sweep leaves it alone: its lease may be on the way
      return recent;
    }
    const holding = this.#findHolding(bound, nowMs);
    this.#recent.set(bound, holding);
    return holding;
  }

  #findHolding(bound: Bound, nowMs: number): Holding {
    const start = windowStart(bound.window, new Date(nowMs));
    const name = `${bound.id}@${start.getTime()}`;
    const known = this.#holdings.get(name);
    if (known) {
      known.usedAtMs = nowMs;
      return known;
    }
    if (this.#holdings.size >= holdingsMax) void this.returnIdle(Number.POSITIVE_INFINITY);
    const holding: Holding = {
      name,
      allowance: bound.id,
      window: bound.window,
      windowStart: start,
      windowStartText: start.toISOString(),
      windowEndMs: endOf(bound, nowMs)?.getTime() ?? Number.POSITIVE_INFINITY,
      remaining: 0n,
      taken: 0n,
      holds: 0,
      lastGrant: 0n,
      grantedAtMs: Number.NEGATIVE_INFINITY,
      usedAtMs: nowMs,
      toppingUp: false,
      strict: false,
    };
    this.#holdings.set(name, holding);
    return holding;
  }
}

type Shortage = { at: number; elsewhere: boolean; denial: Denial & { kind: "short" } };

function take(parts: readonly Part[], nowMs: number): boolean {
  for (const { holding, amount } of parts) if (holding.remaining < amount) return false;
  for (const { holding, amount } of parts) {
    holding.remaining -= amount;
    holding.taken += amount;
    holding.holds++;
    holding.usedAtMs = nowMs;
  }
  return true;
}

/** Half of the last lease is used up, and nobody has asked for the next one. */
const isLow = ({ strict, toppingUp, remaining, lastGrant }: Holding): boolean =>
  !strict && !toppingUp && remaining * 2n < lastGrant;

/** Twice the last one when half of it was used up early, so that a hot account has a lease for as long as Postgres may be away. */
function nextGrant({ lastGrant, grantedAtMs }: Holding): bigint {
  const lastedMs = performance.now() - grantedAtMs;
  if (lastedMs < halfLeaseMs) return lastGrant * 2n;
  return lastedMs < 4 * halfLeaseMs ? lastGrant : lastGrant / 2n;
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** When the window of a bound ends that a request of `nowMs` counts in, or null for a lifetime. */
export const endOf = (bound: Bound, nowMs: number): Date | null =>
  windowEnd(bound.window, new Date(nowMs));
