/**
 * Which way commands reach the installation: through its own door when it runs, and over its database when it is stopped.
 * Nothing else in the CLI knows the difference.
 */
import { resolve } from "node:path";
import { readBootstrap, type Bootstrap } from "../read-bootstrap.ts";
import { createAdminClient, type AdminClient } from "../trpc/admin.ts";
import { CliError, type CliContext } from "./context.ts";

const healthMsMax = 2_000;

export const dataDirOf = ({ environment, folder }: CliContext): string =>
  resolve(folder, environment["DATA_DIR"] || ".turnpike");

/**
 * Runs `use` with every command of the installation, and puts back what had to be started for it.
 * @throws {CliError} when there is no installation, or none that this environment may act on.
 */
export async function withAdmin<Result>(
  context: CliContext,
  use: (admin: AdminClient) => Promise<Result>,
): Promise<Result> {
  const dataDir = dataDirOf(context);
  const known = readBootstrap(dataDir);
  if (known !== null && (await isRunning(known.origin)) && (await isMeant(context, known))) {
    return use(createAdminClient({ origin: known.origin, key: known.management_key }));
  }
  const { withDatabaseAdmin } = await import("./database-connection.ts");
  return withDatabaseAdmin(context, { dataDir, known }, use);
}

/** The running installation, for what only a gateway can do. @throws {CliError} when it does not run. */
export async function runningInstallation(context: CliContext): Promise<Bootstrap> {
  const dataDir = dataDirOf(context);
  const known = readBootstrap(dataDir);
  if (known === null)
    throw new CliError(`there is no installation in ${dataDir}; start one with: turnpike start`);
  if (!(await isRunning(known.origin)))
    throw new CliError(`nothing answers at ${known.origin}; start it with: turnpike start`);
  return known;
}

async function isRunning(origin: string): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(healthMsMax) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // Refused, or silent: either way not what was asked for.
  }
}

/** With DATABASE_URL that database is meant, and what runs from this folder may work on another one. */
async function isMeant({ environment }: CliContext, known: Bootstrap): Promise<boolean> {
  const databaseUrl = environment["DATABASE_URL"]?.trim();
  if (!databaseUrl) return true;
  const { knowsKey } = await import("./database-connection.ts");
  return knowsKey(databaseUrl, known.management_key);
}
