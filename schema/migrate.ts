/** Brings a database to the newest schema. Safe to run from several processes at once. */
import { fileURLToPath } from "node:url";
import { postgres } from "./driver.ts";

// Not by a static import: they load the driver, which `driver.ts` has to see first.
const { drizzle } = await import("drizzle-orm/postgres-js");
const { migrate: applyMigrations } = await import("drizzle-orm/postgres-js/migrator");

// Any constant that nobody else uses; drizzle's migrator has no lock of its own (stack.md section 6).
const migrationLock = 7_417_071_001;

/**
 * Applies what is missing, under an advisory lock, so that of several starters one migrates and the rest wait.
 * @throws when the server is older than Postgres 15.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  const client = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const [server] = await client<
      { version: string }[]
    >`select current_setting('server_version_num') as version`;
    if (server && +server.version < 150_000) {
      throw new Error(`Turnpike needs Postgres 15 or newer; this server says ${server.version}`);
    }
    await client`select pg_advisory_lock(${migrationLock})`;
    await applyMigrations(drizzle(client), {
      migrationsFolder: fileURLToPath(new URL("migrations", import.meta.url)),
    });
  } finally {
    await client.end({ timeout: 5 }); // the lock goes with the session
  }
}
