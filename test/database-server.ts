// One Postgres for the tests, with a migrated template to clone from. The runner starts it once and
// passes it on by environment; a test file run alone starts its own.

import { chmod, mkdtemp, rm } from "node:fs/promises";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgres } from "#schema/driver.ts";
import { startPostgres } from "#control/start/embedded-postgres.ts";
import { migrate } from "#schema/migrate.ts";

/** `url` is the server's (any database on it); `template` is the migrated database to clone. */
export type DatabaseServer = { url: string; template: string; close(): Promise<void> };

/**
 * The server named by TEST_DATABASE_URL, or else an embedded one in a temporary folder. With
 * TEST_DATABASE_TEMPLATE too, both are somebody else's and `close` leaves them alone; otherwise
 * `close` removes all that was made here.
 */
export async function openDatabaseServer(): Promise<DatabaseServer> {
  const givenUrl = process.env["TEST_DATABASE_URL"];
  const givenTemplate = process.env["TEST_DATABASE_TEMPLATE"];
  if (givenUrl && givenTemplate) {
    return { url: givenUrl, template: givenTemplate, close: async () => {} };
  }
  if (givenUrl) {
    // Several runs may share the server, and a stale template must not be cloned.
    const template = `turnpike_template_${process.pid}`;
    await createTemplate(givenUrl, template);
    return { url: givenUrl, template, close: () => dropDatabase(givenUrl, template) };
  }
  return startServer();
}

/** The same server, another database. */
export function urlOfDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Drops the database though somebody may still be connected to it. */
export async function dropDatabase(serverUrl: string, name: string): Promise<void> {
  const sql = postgres(urlOfDatabase(serverUrl, "postgres"), { max: 1, onnotice: () => {} });
  try {
    await sql`drop database if exists ${sql(name)} with (force)`;
  } finally {
    await sql.end();
  }
}

async function startServer(): Promise<DatabaseServer> {
  // 0711: Postgres runs as nobody when the tests run as root, and must be able to walk in.
  const dataDir = await mkdtemp(join(tmpdir(), "turnpike-test-"));
  await chmod(dataDir, 0o711);
  let pid: number | undefined;
  // For a process that ends before it could close: nobody else would ever stop this server.
  const onExit = () => {
    if (pid !== undefined) killIfAlive(pid);
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  process.once("exit", onExit);
  try {
    const server = await startPostgres({ dataDir });
    pid = server.pid;
    const close = async () => {
      process.off("exit", onExit);
      await server.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    };
    try {
      await createTemplate(server.url, "turnpike_template");
    } catch (error) {
      await close();
      throw error;
    }
    return { url: server.url, template: "turnpike_template", close };
  } catch (error) {
    process.off("exit", onExit);
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    throw error;
  }
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGQUIT"); // immediate shutdown: the data is thrown away anyway
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function createTemplate(serverUrl: string, template: string): Promise<void> {
  const sql = postgres(urlOfDatabase(serverUrl, "postgres"), { max: 1, onnotice: () => {} });
  try {
    await sql`drop database if exists ${sql(template)} with (force)`;
    await sql`create database ${sql(template)}`;
  } finally {
    await sql.end();
  }
  await migrate(urlOfDatabase(serverUrl, template));
}
