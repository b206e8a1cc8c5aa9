// A database of one's own, migrated and empty, in the time it takes Postgres to copy one (70 ms).

import { randomUUID } from "node:crypto";
import { postgres } from "#schema/driver.ts";
import {
  type DatabaseServer,
  dropDatabase,
  openDatabaseServer,
  urlOfDatabase,
} from "./database-server.ts";

export type TestDatabase = { url: string; close(): Promise<void> };

// Postgres: the template is being cloned by somebody else, or has a session that is just ending.
const objectInUse = "55006";
const cloneAttemptsMax = 100;
const clonePauseMs = 50; // 100 of these are 5 s; one clone takes about 0.07 s

let server: Promise<DatabaseServer> | undefined;
let openDatabases = 0;

/**
 * A fresh migrated database. `close` drops it, ending whatever is still connected. The last `close`
 * of a process also stops the server, when this process started one.
 */
export async function testDatabase(): Promise<TestDatabase> {
  openDatabases += 1;
  server ??= openDatabaseServer();
  const opened = await server;
  const { url, template } = opened;
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await cloneDatabase({ serverUrl: url, name, template });

  let closed = false;
  return {
    url: urlOfDatabase(url, name),
    async close() {
      if (closed) return;
      closed = true;
      await dropDatabase(url, name);
      openDatabases -= 1;
      if (openDatabases > 0) return;
      server = undefined;
      await opened.close();
    },
  };
}

async function cloneDatabase(clone: {
  serverUrl: string;
  name: string;
  template: string;
}): Promise<void> {
  const sql = postgres(urlOfDatabase(clone.serverUrl, "postgres"), { max: 1, onnotice: () => {} });
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await sql`create database ${sql(clone.name)} template ${sql(clone.template)}`;
        return;
      } catch (error) {
        const inUse = error instanceof postgres.PostgresError && error.code === objectInUse;
        if (!inUse || attempt === cloneAttemptsMax) throw error;
        await new Promise((resolve) => setTimeout(resolve, clonePauseMs));
      }
    }
  } finally {
    await sql.end();
  }
}
