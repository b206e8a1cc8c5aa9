/**
 * Which way commands reach the installation: through its own door when it runs, and when it is stopped through the same
 * door opened in this process, over its database. Nothing else in the CLI knows the difference.
 */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createTRPCClient, unstable_localLink as localLink } from "@trpc/client";
import { eq } from "drizzle-orm";
import { openDatabase } from "#schema/database.ts";
import { migrate } from "#schema/migrate.ts";
import { hashKey } from "#schema/secrets.ts";
import { keys } from "#schema/tables/keys.ts";
import { readBootstrap, type Bootstrap } from "../bootstrap.ts";
import { mintKey } from "../keys/mint-key.ts";
import { revokeKey } from "../keys/revoke-key.ts";
import { findOrganization } from "../organizations/find-organization.ts";
import { actorOf } from "../actor.ts";
import { databaseUrlOf, startPostgres } from "../start/embedded-postgres.ts";
import { parseMasterKey } from "../start/settings.ts";
import { createAdminClient, type AdminClient } from "../trpc/admin.ts";
import { appRouter } from "../trpc/router.ts";
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
  const known = readBootstrap(dataDirOf(context));
  if (known !== null && (await isRunning(known.origin)) && (await isMeant(context, known))) {
    return use(createAdminClient({ origin: known.origin, key: known.management_key }));
  }
  return withDatabase(context, async (databaseUrl) => {
    await migrate(databaseUrl);
    const database = openDatabase(databaseUrl, { connectionsMax: 4, name: "cli" });
    const { db } = database;
    try {
      const key = await operatorKey(db, known);
      const runtime = {
        db,
        analytics: db,
        masterKey: masterKeyOf(context),
        origin: known?.origin ?? "",
        now: () => new Date(),
      };
      const authorization = `Bearer ${key.secret}`;
      const admin: AdminClient = createTRPCClient({
        links: [
          localLink({ router: appRouter, createContext: async () => ({ runtime, authorization }) }),
        ],
      });
      try {
        return await use(admin);
      } finally {
        await key.release();
      }
    } finally {
      await database.close();
    }
  });
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
  const database = openDatabase(databaseUrl, { connectionsMax: 1, name: "cli" });
  try {
    const hash = hashKey(known.management_key);
    return (
      (await database.db.select({ id: keys.id }).from(keys).where(eq(keys.hash, hash))).length > 0
    );
  } catch {
    return false; // No tables, or nobody there: whoever opens it next says so.
  } finally {
    await database.close();
  }
}

async function withDatabase<Result>(
  context: CliContext,
  use: (databaseUrl: string) => Promise<Result>,
): Promise<Result> {
  const given = context.environment["DATABASE_URL"]?.trim();
  if (given) return use(given);
  const dataDir = dataDirOf(context);
  if (!existsSync(dataDir) || databaseUrlOf(dataDir) === null) {
    throw new CliError(
      `there is no installation in ${dataDir}; start one with: turnpike start (or name another: DATA_DIR=… or DATABASE_URL=…)`,
    );
  }
  const postgres = await startPostgres({ dataDir });
  try {
    return await use(postgres.url);
  } finally {
    if (!postgres.adopted) await postgres.stop();
  }
}

type OperatorKey = { secret: string; release(): Promise<void> };

/** Every command is done by some key. Whoever can open the database may have one, for as long as the command takes. */
async function operatorKey(
  db: Parameters<typeof actorOf>[0],
  known: Bootstrap | null,
): Promise<OperatorKey> {
  if (known !== null) {
    const actor = await actorOf(db, `Bearer ${known.management_key}`).catch(() => null);
    if (actor?.role === "operator")
      return { secret: known.management_key, release: async () => {} };
  }
  const organization = await findOrganization(db, "default").catch((cause: unknown) => {
    throw new CliError(
      "the database has no organization `default`: it was never started; run: turnpike start",
      { cause },
    );
  });
  const { id, key } = await db.transaction((tx) =>
    mintKey(tx, {
      organizationId: organization.id,
      kind: "management",
      role: "operator",
      name: "cli (one command)",
      limit: null,
      limitReset: null,
      expiresAt: new Date(Date.now() + 3_600_000),
    }),
  );
  return {
    secret: key,
    release: async () => {
      await db.transaction((tx) =>
        revokeKey(tx, { organizationId: organization.id, idOrHash: id }),
      );
    },
  };
}

/** What seals provider keys: as `start` finds it. Most commands never need it, so a missing one is told when it is used. */
function masterKeyOf({ environment, ...context }: CliContext): string {
  const file =
    environment["MASTER_KEY_FILE"]?.trim() ||
    join(dataDirOf({ environment, ...context }), "master.key");
  const given =
    environment["MASTER_KEY"]?.trim() ||
    (existsSync(file) ? readFileSync(file, "utf8").trim() : "");
  return given === "" ? "" : parseMasterKey("MASTER_KEY", given);
}
