/**
 * Many deadlines on one timer. A timer a request costs a quarter of a microsecond to set and clear, and undici's two and
 * node:http's two come on top; one sweep a quarter of a second costs nothing. So a deadline is late by up to a step.
 */
const stepMs = 250;

export type Deadline = { cancel(): void };

export class Deadlines {
  readonly #steps = new Map<number, Set<Entry>>();
  readonly #now: () => number;
  #timer: NodeJS.Timeout | null = null;
  #swept = 0;

  /** @param now milliseconds of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#swept = this.#stepOf(now());
  }

  /** Runs something once `ms` have passed, unless it is cancelled. */
  after(ms: number, run: () => void): Deadline {
    const nowMs = this.#now();
    if (!this.#timer) this.#swept = this.#stepOf(nowMs); // nothing is waiting: the time since then was empty
    const step = this.#stepOf(nowMs + ms) + 1;
    let entries = this.#steps.get(step);
    if (!entries) this.#steps.set(step, (entries = new Set()));
    const entry = new Entry(run, entries);
    entries.add(entry);
    // After the sockets were read: when the process stood still, what came meanwhile was in time (patience.ts).
    this.#timer ??= setInterval(() => setImmediate(() => this.sweep()), stepMs).unref();
    return entry;
  }

  /** Runs what is due. Called by the timer, and by tests. */
  sweep(): void {
    const due = this.#stepOf(this.#now());
    for (; this.#swept <= due; this.#swept++) {
      const entries = this.#steps.get(this.#swept);
      if (!entries) continue;
      this.#steps.delete(this.#swept);
      for (const entry of entries) entry.run();
    }
    if (this.#steps.size > 0 || !this.#timer) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #stepOf(ms: number): number {
    return Math.floor(ms / stepMs);
  }
}

class Entry implements Deadline {
  readonly run: () => void;
  readonly #among: Set<Entry>;

  constructor(run: () => void, among: Set<Entry>) {
    this.run = run;
    this.#among = among;
  }

  cancel(): void {
    this.#among.delete(this);
  }
}

/** For everything in this process. */
export const deadlines = new Deadlines();
