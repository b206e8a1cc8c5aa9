/**
 * The same commands without the installation's own door, for when it is stopped: the door is opened in this process, over
 * its database. Loaded only then, since it takes all of the control plane with it.
 */
import { existsSync, readFileSync } from "node:fs";
import { createTRPCClient, unstable_localLink as localLink } from "@trpc/client";
import { eq } from "drizzle-orm";
import { openDatabase } from "#schema/database.ts";
import { migrate } from "#schema/migrate.ts";
import { hashKey, type MasterKeys } from "#schema/secrets.ts";
import { keys } from "#schema/tables/keys.ts";
import { actorOf } from "../actor.ts";
import { mintKey } from "../keys/mint-key.ts";
import { revokeKey } from "../keys/revoke-key.ts";
import { findOrganization } from "../organizations/find-organization.ts";
import type { Bootstrap } from "../read-bootstrap.ts";
import { databaseUrlOf, startPostgres } from "../start/embedded-postgres.ts";
import { keptMasterKeys } from "../start/master-key.ts";
import { parseMasterKey } from "../start/settings.ts";
import type { AdminClient } from "../trpc/admin.ts";
import { appRouter } from "../trpc/router.ts";
import { CliError, type CliContext } from "./context.ts";

type Place = {
  dataDir: string;
  /** What its first start wrote, if it is there. */ known: Bootstrap | null;
};

/**
 * Runs `use` over the database of DATABASE_URL, or the embedded one of `dataDir`, which is started for it if need be.
 * @throws {CliError} when there is no installation.
 */
export async function withDatabaseAdmin<Result>(
  context: CliContext,
  { dataDir, known }: Place,
  use: (admin: AdminClient) => Promise<Result>,
): Promise<Result> {
  return withDatabase(context, dataDir, async (databaseUrl) => {
    await migrate(databaseUrl);
    const database = openDatabase(databaseUrl, { connectionsMax: 4, name: "cli" });
    const { db } = database;
    try {
      const key = await operatorKey(db, known);
      const runtime = {
        db,
        analytics: db,
        masterKey: masterKeysOf(context, dataDir),
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

/** Whether a database is the one that knows a management key. */
export async function knowsKey(databaseUrl: string, managementKey: string): Promise<boolean> {
  const database = openDatabase(databaseUrl, { connectionsMax: 1, name: "cli" });
  try {
    const hash = hashKey(managementKey);
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
  dataDir: string,
  use: (databaseUrl: string) => Promise<Result>,
): Promise<Result> {
  const given = context.environment["DATABASE_URL"]?.trim();
  if (given) return use(given);
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
function masterKeysOf({ environment }: CliContext, dataDir: string): MasterKeys {
  const file = environment["MASTER_KEY_FILE"]?.trim();
  const text =
    environment["MASTER_KEY"]?.trim() ||
    (file && existsSync(file) ? readFileSync(file, "utf8").trim() : "");
  const kept = keptMasterKeys(dataDir);
  const masterKey = text ? parseMasterKey("MASTER_KEY", text) : (kept?.masterKey ?? "");
  const given = environment["MASTER_KEY_ALSO"]?.trim();
  const also = given ? parseMasterKey("MASTER_KEY_ALSO", given) : (kept?.also ?? null);
  return also === null ? masterKey : [masterKey, also];
}
