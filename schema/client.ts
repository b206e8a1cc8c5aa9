/** A raw connection to Postgres. Apart from `database.ts`, because loading drizzle takes half a second of a gateway's start. */
import type { Sql } from "postgres";
import { postgres } from "./driver.ts";

export type { Sql };
export type ClientOptions = { connectionsMax: number; name: string; statementTimeoutMs?: number };

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
