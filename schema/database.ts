/** How the control plane and the ledger reach Postgres: drizzle. */
import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";
import { openClient, type ClientOptions } from "./client.ts";

// After the client and not by a static import: it loads the driver, which `driver.ts` has to see first.
const { drizzle } = await import("drizzle-orm/postgres-js");

export type Database = PostgresJsDatabase;
/** A transaction, or the database itself: what a verb needs to read and write. */
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0] | Database;

/** A drizzle database on a client of its own, and how to close it. */
export function openDatabase(
  url: string,
  options: ClientOptions,
): { db: Database; close: () => Promise<void> } {
  const client = openClient(url, options);
  return { db: drizzle(client), close: () => client.end({ timeout: 5 }) };
}
