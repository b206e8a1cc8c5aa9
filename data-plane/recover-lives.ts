/** What dead lives left in spool folders: closed by rule, shipped and posted, their leases returned. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "#schema/client.ts";
import type { GatewayId } from "#schema/ids.ts";
import { closeGateway, returnConcurrency } from "#schema/ledger/return-leases.ts";
import { SpoolCorruptError } from "#schema/spool/segment.ts";
import type { Runtime } from "./runtime.ts";
import { lockFolder } from "./spool/lock.ts";
import { closeIntents, forgetOldLives, markClosed, openLives } from "./spool/recover.ts";
import { Shipper, type Deliver } from "./spool/ship.ts";

const postedEveryMs = 200;

export class Recovery {
  /** Lives that cannot be closed by rule: a person has to look. Their leases stay out, because they may be used up. */
  readonly damaged = new Set<string>();
  readonly #client: Sql;
  readonly #gateway: GatewayId;
  readonly #deliver: Deliver;
  readonly #log: Runtime["log"];

  /** @param gateway the life that is ours and goes on */
  constructor({
    client,
    gateway,
    deliver,
    log,
  }: {
    client: Sql;
    gateway: GatewayId;
    deliver: Deliver;
    log: Runtime["log"];
  }) {
    this.#client = client;
    this.#gateway = gateway;
    this.#deliver = deliver;
    this.#log = log;
  }

  /** All dead lives in a folder that is ours by its lock, oldest first; what was kept long enough goes. @throws when Postgres is away. */
  async recoverFolder(folder: string): Promise<void> {
    const lives = openLives(folder, this.#gateway);
    // At once: posting may be behind, and clients would be locked out.
    await returnConcurrency(this.#client, lives as GatewayId[]);
    for (const life of lives) await this.#recoverLife(folder, life);
    forgetOldLives(folder, Date.now());
  }

  /**
   * What gateways left that nobody started again, in the folders beside `own`. Whoever holds a folder keeps its own gateway
   * from starting, so this is not for the first moments.
   */
  async recoverOrphans(spools: string, own: string): Promise<void> {
    for (const name of readdirSync(spools)) {
      const folder = join(spools, name);
      const held = name === own ? null : lockFolder(folder);
      if (!held) continue; // its own gateway is alive and sees to it
      try {
        await this.recoverFolder(folder);
      } finally {
        held.release();
      }
    }
  }

  /** Its open intents by rule, its finals shipped and posted, its leases returned. */
  async #recoverLife(folder: string, life: string): Promise<void> {
    const path = join(folder, life);
    const remains = new Shipper(path, this.#deliver);
    const finals = await this.#closeOrShout(path, remains);
    if (finals === null) return;
    for (;;) {
      await remains.drain();
      const [row] = await this.#client<
        { posted: string }[]
      >`select posted from gateways where id = ${life}`;
      if (remains.lastError === null && (!row || +row.posted >= finals)) break;
      await sleep(postedEveryMs);
    }
    await closeGateway(this.#client, life as GatewayId);
    remains.stop();
    markClosed(path);
  }

  /** A damaged life is shipped as far as it is sound and left as it is; null then, else how many finals it has. */
  async #closeOrShout(path: string, remains: Shipper): Promise<number | null> {
    try {
      return closeIntents(path, Date.now());
    } catch (cause) {
      if (!(cause instanceof SpoolCorruptError)) throw cause;
      if (!this.damaged.has(path))
        this.#log("error", "a spool is damaged", { cause: cause.message });
      this.damaged.add(path);
      await remains.drain();
      remains.stop();
      return null;
    }
  }
}
