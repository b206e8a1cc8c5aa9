/** Hears what changed: by NOTIFY within milliseconds, by timer within five seconds, always from the table and in order. */
import type { Sql } from "#schema/client.ts";
import type { GatewayId } from "#schema/ids.ts";
import { changesChannel, recallChannel } from "#schema/channels.ts";
import { withinMs } from "./patience.ts";
import type { ChangeKind } from "#schema/tables/allowances.ts";

const pollMs = 5_000;
const readMsMax = 15_000; // reloading the routing tables is part of it

export type Listener = {
  /** Acts on changes; when it returns, this gateway has taken them in. `all` is set when some may have been missed. */
  take(changes: readonly { kind: ChangeKind; subject: string }[], all: boolean): Promise<void>;
  recall(allowance: string): void;
  /** Postgres was reached: whether this gateway lives there, or was closed or forfeited. */
  lives(living: boolean): void;
  failed: (cause: unknown) => void;
};

/**
 * Follows the table `changes` from now on. Each time a change has been taken in, `gateways.seen_change` says so,
 * which is what a command waits for before it claims to be in force everywhere.
 */
export async function followChanges(
  client: Sql,
  gateway: GatewayId,
  listener: Listener,
): Promise<{ stop(): Promise<void> }> {
  let last = -1;
  let running: Promise<void> | null = null;
  let again = false;
  let stopped = false;

  const read = async (): Promise<void> => {
    const rows = await client<{ sequence: string; kind: ChangeKind; subject: string }[]>`
      select sequence, kind, subject from changes where sequence > ${last} order by sequence limit 1000`;
    const [edge] = await client<
      { oldest: string | null; newest: string | null }[]
    >`select min(sequence) as oldest, max(sequence) as newest from changes`;
    const missed = last < 0 || (edge?.oldest != null && +edge.oldest > last + 1 && rows.length > 0);
    if (rows.length > 0 || last < 0) await listener.take(last < 0 ? [] : rows, missed);
    last = +(rows.at(-1)?.sequence ?? (last < 0 ? 0 : last));
    const [row] = await client<
      { state: string }[]
    >`update gateways set seen_at = now(), seen_change = ${last} where id = ${gateway} returning state`;
    listener.lives(row?.state === "living");
    if (rows.length === 1000) again = true;
  };
  const wake = (): Promise<void> => {
    if (running) {
      again = true;
      return running;
    }
    running = (async () => {
      do {
        again = false;
        await withinMs(read(), readMsMax); // one that never answers must not be the last
      } while (again && !stopped);
    })()
      .catch(listener.failed)
      .finally(() => {
        running = null;
      });
    return running;
  };

  const changes = await client.listen(
    changesChannel,
    () => void wake(),
    () => void wake(),
  );
  const recalls = await client.listen(recallChannel, (payload) => {
    const [allowance = "", asking] = payload.split(" ");
    if (asking !== gateway) listener.recall(allowance);
  });
  await wake();
  const timer = setInterval(() => void wake(), pollMs);
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await Promise.allSettled([changes.unlisten(), recalls.unlisten(), running]);
    },
  };
}
