/** pg-boss over postgres.js: the one queue library, opened the same way by whoever sends and whoever works. */
import { PgBoss } from "pg-boss";
import type postgres from "postgres";
import { openClient, type Sql } from "./client.ts";

/** The queue between gateways and the ledger, and where what Postgres refuses waits for a person. */
export const postingQueue = "post-generations";
export const postingDeadLetters = "post-generations-dead";

type Statement = (text: string, values?: unknown[]) => Promise<{ rows: postgres.Row[] }>;

/** pg-boss speaks node-postgres' dialect of values; postgres.js wants text for what is not a scalar. */
function normalise(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (value !== null && typeof value === "object" && !Array.isArray(value))
    return JSON.stringify(value);
  return value;
}

const statementOn =
  (client: Sql | postgres.ReservedSql): Statement =>
  async (text, values) => {
    const rows = values?.length
      ? await client.unsafe(
          text,
          values.map((value) => normalise(value) as string),
          { prepare: true },
        )
      : await client.unsafe(text);
    // Of several statements postgres.js gives a list each; pg-boss wants the rows of all of them.
    return {
      rows: [...rows].flatMap((row): postgres.Row[] =>
        Array.isArray(row) ? (row as postgres.Row[]) : [row],
      ),
    };
  };

/**
 * A started pg-boss on a client of its own (never one that was given to drizzle: stack.md section 4).
 * A `sender` only inserts jobs: it neither migrates, supervises nor schedules.
 */
export async function openBoss(options: {
  databaseUrl: string;
  as: "sender" | "worker" | "installer";
  connectionsMax: number;
  onError: (error: Error) => void;
}): Promise<{ boss: PgBoss; stop: () => Promise<void> }> {
  const client = openClient(options.databaseUrl, {
    connectionsMax: options.connectionsMax,
    name: `queue ${options.as}`,
  });
  // A string handed to a json parameter is JSON already; postgres.js would encode it a second time.
  client.options.serializers[114] = client.options.serializers[3802] = (value: unknown) =>
    typeof value === "string" ? value : JSON.stringify(value);
  const works = options.as === "worker";
  const plain = statementOn(client);
  const boss = new PgBoss({
    db: {
      async executeSql(text, values) {
        if (!/^\s*begin/i.test(text)) return plain(text, values);
        const reserved = await client.reserve(); // a script with its own BEGIN needs one connection from end to end
        try {
          return await statementOn(reserved)(text, values);
        } catch (cause) {
          await reserved.unsafe("rollback").catch((error: Error) => options.onError(error));
          throw cause;
        } finally {
          reserved.release();
        }
      },
      async listen(channel, onNotification, onReconnect) {
        const subscription = await client.listen(channel, onNotification, onReconnect);
        return { close: () => subscription.unlisten() };
      },
    },
    migrate: options.as === "installer",
    createSchema: options.as === "installer",
    supervise: works,
    schedule: works,
    useListenNotify: works,
    // A killed worker's batch is back within expireInSeconds + both of these (reliability.md 3.6). The first is how often
    // pg-boss looks at all, a minute by default; the second how old a queue's last look must be to look again.
    superviseIntervalSeconds: 5,
    monitorIntervalSeconds: 10,
    maintenanceIntervalSeconds: 300,
  });
  boss.on("error", options.onError);
  await boss.start();
  return {
    boss,
    async stop() {
      await boss.stop({ graceful: true, timeout: 10_000 });
      await client.end({ timeout: 5 });
    },
  };
}
