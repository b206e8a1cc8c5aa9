/** How both planes reach Postgres. */
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";

export type { Sql };
export type Database = PostgresJsDatabase;
/** A transaction, or the database itself: what a verb needs to read and write. */
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0] | Database;

type ClientOptions = { connectionsMax: number; name: string; statementTimeoutMs?: number };

/** A raw postgres.js client. Never hand one to `drizzle()`: it rewrites the client's parsers (stack.md section 4). */
export function openClient(
  url: string,
  { connectionsMax, name, statementTimeoutMs }: ClientOptions,
): Sql {
  return postgres(url, {
    max: connectionsMax,
    idle_timeout: 60,
    connect_timeout: 5,
    // Seconds. By default the 8th attempt waits 20 s, and every query on that connection with it.
    backoff: (attempt: number) => Math.min(0.5, 0.01 * 2 ** attempt),
    onnotice: () => {},
    connection: {
      application_name: `turnpike ${name}`,
      ...(statementTimeoutMs === undefined ? {} : { statement_timeout: statementTimeoutMs }),
    },
  });
}

/** A drizzle database on a client of its own, and how to close it. */
export function openDatabase(
  url: string,
  options: ClientOptions,
): { db: Database; close: () => Promise<void> } {
  const client = openClient(url, options);
  return { db: drizzle(client), close: () => client.end({ timeout: 5 }) };
}
