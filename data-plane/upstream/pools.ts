/** undici pools: one for each provider and credential, so that customers never share a socket (reliability.md S-33). */
import { Pool } from "undici";
import { guardedLookup, refusalOfHost } from "./guard.ts";

const connectTimeoutMs = 5_000;
const connectionsMax = 512;
const poolsMax = 1_000;

export type Destination = {
  origin: string;
  allowPrivateNetwork: boolean;
  /** tells credentials apart; never sent */ credentialId: string;
};

export class Pools {
  readonly #pools = new Map<string, Pool>();
  /** Of the last request, which is often the next one's too. */
  #last: { destination: Destination; pool: Pool } | null = null;

  /** The pool of a destination. @throws when the origin is a private address and the provider may not use one, or one that nobody may. */
  of(destination: Destination): Pool {
    const last = this.#last;
    if (
      last &&
      last.destination.credentialId === destination.credentialId &&
      last.destination.origin === destination.origin &&
      last.destination.allowPrivateNetwork === destination.allowPrivateNetwork
    )
      return last.pool;
    const pool = this.#find(destination);
    this.#last = { destination, pool };
    return pool;
  }

  #find(destination: Destination): Pool {
    const name = `${destination.origin} ${destination.credentialId} ${destination.allowPrivateNetwork}`;
    const known = this.#pools.get(name);
    if (known) return known;
    const { hostname } = new URL(destination.origin);
    const allowed = destination.allowPrivateNetwork ? "private" : "public";
    const refusal = refusalOfHost(hostname, allowed);
    if (refusal !== null) throw new Error(refusal);
    const pool = new Pool(destination.origin, {
      connections: connectionsMax,
      allowH2: false,
      keepAliveTimeout: 30_000,
      // Off: `attempt.ts` watches every call with one shared timer (4 % of a proxied request).
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 32_768,
      connect: { timeout: connectTimeoutMs, lookup: guardedLookup(allowed) },
    });
    if (this.#pools.size >= poolsMax) this.#evict();
    this.#pools.set(name, pool);
    return pool;
  }

  /** The oldest pool goes; `close` lets its requests finish. */
  #evict(): void {
    for (const [name, pool] of this.#pools) {
      this.#pools.delete(name);
      this.#last = null;
      void pool.close().catch(() => pool.destroy());
      return;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }
}
