/** Brings a database to where Turnpike can serve from it: schema, queues, catalogue, configuration, first keys. */
import { readFileSync } from "node:fs";
import { eq, ne, and } from "drizzle-orm";
import { openClient } from "#schema/client.ts";
import { openDatabase, type Database, type Transaction } from "#schema/database.ts";
import { migrate } from "#schema/migrate.ts";
import { endpoints, models, prices, providers } from "#schema/tables/catalogue.ts";
import { bootstrap } from "./bootstrap.ts";
import { disableProvider } from "./catalogue/disable-provider.ts";
import { enableProvider } from "./catalogue/enable-provider.ts";
import { applyConfiguration, type ApplyContext } from "./configuration/apply-configuration.ts";
import { configurationSchema } from "./configuration/configuration.ts";
import { parseConfiguration } from "./configuration/parse-configuration.ts";
import { saveSecrets, secretsFileOf } from "./configuration/save-secrets.ts";
import { installQueues } from "./jobs/queue.ts";
import { applyRateTiers } from "./limits/apply-rate-tiers.ts";
import { notYetBuilt } from "./shipped-catalogue/providers.ts";
import {
  connectableProviders,
  seedCatalogue,
  unconnectable,
} from "./shipped-catalogue/seed-catalogue.ts";
import {
  simulatorConfiguration,
  simulatorModel,
  simulatorSlug,
} from "./shipped-catalogue/simulator.ts";
import { makeDataFolder } from "./start/data-folder.ts";
import type { Settings } from "./start/settings.ts";
import { commit } from "./run-command.ts";

export type Installation = {
  origin: string;
  /** Null when the one of the first start does not work any more. */
  inferenceKey: string | null;
  managementKey: string | null;
  dashboardUrl: string;
  /** Whether the simulator shall run: nothing else could answer. */
  simulator: boolean;
  /** A model id to try first. */
  model: string;
  /** What an operator should know, a sentence each. */
  notes: string[];
};

// Any constant that nobody else uses. Held by a session, since migrations and queues have transactions of their own.
const installLock = 7_417_071_011;

/**
 * Safe to run at every start, and from several machines at once: they wait for each other, and the second finds
 * everything done.
 * @throws {ConfigurationError} when TURNPIKE_CONFIG is wrong; the database is as it was before.
 */
export async function install(settings: Settings): Promise<Installation> {
  makeDataFolder(settings.dataDir);
  const lock = openClient(settings.databaseUrl, { connectionsMax: 1, name: "install lock" });
  try {
    await lock`select pg_advisory_lock(${installLock})`;
    await migrate(settings.databaseUrl);
    await installQueues(settings.databaseUrl);
    const database = openDatabase(settings.databaseUrl, {
      connectionsMax: 1,
      name: "installer",
    });
    try {
      const installed = await fill(database.db, settings);
      // Organizations of a version that knew no tiers get theirs.
      await applyRateTiers(database.db);
      return installed;
    } finally {
      await database.close();
    }
  } finally {
    await lock.end({ timeout: 5 }); // the lock goes with the session
  }
}

async function fill(db: Database, settings: Settings): Promise<Installation> {
  const origin = originOf(settings);
  const context: ApplyContext = {
    masterKey:
      settings.masterKeyAlso === null
        ? settings.masterKey
        : [settings.masterKey, settings.masterKeyAlso],
    environment: settings.environment,
    actor: "TURNPIKE_CONFIG",
    now: new Date(),
  };
  // A start beside living gateways may meet their postings over the same accounts.
  return commit(db, async (tx) => {
    const { file, inferenceKeyWorks, managementKeyWorks, notes } = await bootstrap(tx, {
      dataDir: settings.dataDir,
      origin,
      credits: settings.bootstrapCredits,
    });
    const connected = connectableProviders(settings.environment);
    if (connected.length > 0) await seedCatalogue(tx, connected, context);
    const configured =
      settings.configFile === null
        ? null
        : await applyFile(tx, settings.configFile, settings.dataDir, context);
    const simulator = await arrangeSimulator(tx, {
      wanted: connected.length === 0 && configured === null,
      context,
      settings,
    });
    const first = [
      configured?.model ?? null,
      ...connected.map(({ firstModel }) => firstModel),
      simulator ? simulatorModel : null,
    ];
    return {
      origin,
      inferenceKey: inferenceKeyWorks ? file.inference_key : null,
      managementKey: managementKeyWorks ? file.management_key : null,
      dashboardUrl: file.dashboard_url,
      simulator,
      model: first.find((model) => model !== null) ?? (await anyModel(tx)) ?? "author/model",
      notes: [
        ...notes,
        ...(configured?.notes ?? []),
        ...unusedKeys(settings.environment),
        ...unconnectable(settings.environment),
      ],
    };
  });
}

/** Where clients reach the gateway. An address that means "all of them" is no address to call. */
function originOf({ host, port }: Settings): string {
  if (host === "0.0.0.0" || host === "::") return `http://127.0.0.1:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function applyFile(
  tx: Transaction,
  path: string,
  dataDir: string,
  context: ApplyContext,
): Promise<{ model: string | null; notes: string[] }> {
  const known = await tx.select({ slug: providers.slug }).from(providers);
  const configuration = parseConfiguration(
    readFileSync(path, "utf8"),
    known.map(({ slug }) => slug),
  );
  const applied = await applyConfiguration(tx, configuration, context);
  const minted = Object.keys(applied.secrets).length > 0;
  if (minted) saveSecrets(dataDir, applied.secrets);
  return {
    model: configuration.models.find((model) => model.endpoints.length > 0)?.id ?? null,
    notes: [
      ...(minted ? [`Keys of ${path} were minted into ${secretsFileOf(dataDir)}`] : []),
      ...applied.notes,
    ],
  };
}

/** The simulator answers when nothing else could, and steps back as soon as something can. */
async function arrangeSimulator(
  tx: Transaction,
  { wanted, context, settings }: { wanted: boolean; context: ApplyContext; settings: Settings },
): Promise<boolean> {
  const [other] = await tx
    .select({ id: providers.id })
    .from(providers)
    .where(and(ne(providers.slug, simulatorSlug), eq(providers.status, "active")))
    .limit(1);
  const runs = wanted && other === undefined;
  if (runs) {
    await applyConfiguration(
      tx,
      configurationSchema.parse(simulatorConfiguration(settings.simulatorUrl)),
      {
        ...context,
        actor: simulatorSlug,
      },
    );
  }
  const [present] = await tx
    .select({ status: providers.status })
    .from(providers)
    .where(eq(providers.slug, simulatorSlug));
  if (runs && present?.status === "disabled") await enableProvider(tx, simulatorSlug);
  if (!runs && present?.status === "active") await disableProvider(tx, simulatorSlug);
  return runs;
}

async function anyModel(tx: Transaction): Promise<string | null> {
  const [found] = await tx
    .select({ id: models.id })
    .from(models)
    .innerJoin(endpoints, and(eq(endpoints.modelId, models.id), eq(endpoints.status, "active")))
    .innerJoin(
      providers,
      and(eq(providers.id, endpoints.providerId), eq(providers.status, "active")),
    )
    .innerJoin(prices, and(eq(prices.endpointId, endpoints.id), eq(prices.side, "charge")))
    .where(eq(models.status, "active"))
    .orderBy(models.id)
    .limit(1);
  return found?.id ?? null;
}

function unusedKeys(environment: Settings["environment"]): string[] {
  return Object.entries(notYetBuilt)
    .filter(([variable]) => environment[variable]?.trim())
    .map(([variable, name]) => `${variable} is set, but it is not used. ${name}`);
}
