/** Tokens counted with the real o200k vocabulary, on a thread of its own that lives only while it is needed. */
import { join } from "node:path";
import { Worker } from "node:worker_threads";

const waitingMax = 32;
const charactersMax = 4_000_000;
/** A request that waits longer for its own length is worse off than one that is tried. */
const patienceMs = 1_500;
const idleMs = 60_000;

type Waiting = { resolve: (tokens: number | null) => void; late: NodeJS.Timeout };

export class ExactCounter {
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #next = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** Null when it cannot be had: too long a text, too many that wait, or no answer within 1.5 s. Never rejects. */
  count(text: string): Promise<number | null> {
    if (text.length > charactersMax || this.#waiting.size >= waitingMax)
      return Promise.resolve(null);
    const worker = this.#started();
    const id = ++this.#next;
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#answer(id, null), patienceMs);
      this.#waiting.set(id, { resolve, late });
      worker.postMessage({ id, text });
    });
  }

  async close(): Promise<void> {
    if (this.#idle) clearTimeout(this.#idle);
    await this.#worker?.terminate();
    this.#lost();
  }

  #started(): Worker {
    if (this.#idle) clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.close(), idleMs);
    this.#idle.unref();
    if (this.#worker) return this.#worker;
    const worker = new Worker(join(import.meta.dirname, "count-worker.ts"));
    worker.unref();
    worker.on("message", ({ id, tokens }: { id: number; tokens: number }) =>
      this.#answer(id, tokens),
    );
    worker.on("error", () => this.#lost());
    worker.on("exit", () => {
      if (this.#worker === worker) this.#lost();
    });
    this.#worker = worker;
    return worker;
  }

  #answer(id: number, tokens: number | null): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.late);
    waiting.resolve(tokens);
  }

  /** The thread is gone: whoever waits goes on with the estimate. */
  #lost(): void {
    this.#worker = null;
    for (const id of this.#waiting.keys()) this.#answer(id, null);
  }
}
