// The environment, parsed once, at the edge. Nothing else reads a setting from `process.env`.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { StartRefusal } from "./start-refusal.ts";

export type Settings = {
  /** Where the gateway listens: the public origin. */
  host: string;
  port: number;
  controlPort: number;
  databaseUrl: string;
  /** A read replica, or the same as `databaseUrl`. */
  analyticsDatabaseUrl: string;
  /** Absolute. */
  dataDir: string;
  gatewayWorkers: number;
  /** 64 lower-case hexadecimal digits: the 32 bytes that seal provider credentials. */
  masterKey: string;
  /** Another one that is accepted for opening while the first is being changed; null: none. */
  masterKeyAlso: string | null;
  durability: Durability;
  /** With less free on the spool's disk (megabytes) gateways take no new work. */
  spoolFreeMbMin: number;
  /** Minutes of silence after which a gateway is given up, and what it holds of credit and limits goes back. */
  leaseQuarantineMinutes: number;
  /** Absolute path of a YAML or JSON file to apply at start. */
  configFile: string | null;
  /** Dollars granted to the first organization, as a decimal: "10.00". */
  bootstrapCredits: string;
  /** Origin of the simulator, without a path: `http://127.0.0.1:4002`. */
  simulatorUrl: string;
  /** All of it, for `<PROVIDER>_API_KEY` and `key_env`. */
  environment: Environment;
};

export const durabilities = ["process", "strict"] as const;
export type Durability = (typeof durabilities)[number];
export type Environment = Record<string, string | undefined>;

/** What the environment says by itself; the embedded database and its key come later. */
export type GivenSettings = Omit<Settings, "databaseUrl" | "analyticsDatabaseUrl" | "masterKey"> & {
  /** Null: the embedded one. */
  databaseUrl: string | null;
  analyticsDatabaseUrl: string | null;
  /** Null: the one generated into `dataDir`; only with the embedded database. */
  masterKey: string | null;
  /** How long a gateway may take to finish its streams when it is told to stop. */
  drainSeconds: number;
};

/**
 * Empty variables count as absent, since Compose files and shells pass them so.
 * @throws {StartRefusal} naming the variable, what was expected, and what was got.
 */
export function parseSettings(
  environment: Environment,
  { folder, cores, platform }: { folder: string; cores: number; platform: string },
): GivenSettings {
  const read = (name: string): string | null => environment[name]?.trim() || null;

  const port = parseWhole("PORT", read("PORT") ?? "4000", { min: 1, max: 65_535 });
  // One below the highest, because the simulator listens on the next.
  const controlPort = parseWhole(
    "CONTROL_PORT",
    read("CONTROL_PORT") ?? String(defaultControlPort(port)),
    {
      min: 1,
      max: 65_534,
    },
  );
  if (port === controlPort || port === controlPort + 1) {
    throw new StartRefusal(
      `PORT (${port}) must differ from CONTROL_PORT (${controlPort}) and from the port after that ` +
        `(${controlPort + 1}, the simulator's).`,
    );
  }
  const databaseUrl = parseDatabaseUrl("DATABASE_URL", read("DATABASE_URL"));
  return {
    host: read("HOST") ?? "127.0.0.1",
    port,
    controlPort,
    databaseUrl,
    analyticsDatabaseUrl: parseDatabaseUrl(
      "ANALYTICS_DATABASE_URL",
      read("ANALYTICS_DATABASE_URL"),
    ),
    dataDir: resolve(folder, read("DATA_DIR") ?? ".turnpike"),
    gatewayWorkers: parseWorkers(read("GATEWAY_WORKERS"), { cores, platform }),
    masterKey: readMasterKey(read("MASTER_KEY"), read("MASTER_KEY_FILE"), {
      required: databaseUrl !== null,
    }),
    masterKeyAlso: parseMasterKeyAlso(read("MASTER_KEY_ALSO")),
    durability: parseDurability(read("DURABILITY") ?? "process"),
    spoolFreeMbMin: parseWhole("SPOOL_FREE_MB_MIN", read("SPOOL_FREE_MB_MIN") ?? "512", {
      min: 0,
      max: 100_000_000,
    }),
    leaseQuarantineMinutes: parseWhole(
      "LEASE_QUARANTINE_MINUTES",
      read("LEASE_QUARANTINE_MINUTES") ?? "60",
      { min: 5, max: 100_000 },
    ),
    configFile: parseConfigFile(read("TURNPIKE_CONFIG"), folder),
    bootstrapCredits: parseCredits(read("BOOTSTRAP_CREDITS") ?? "10.00"),
    simulatorUrl: `http://127.0.0.1:${controlPort + 1}`,
    drainSeconds: parseWhole("DRAIN_SECONDS", read("DRAIN_SECONDS") ?? "600", {
      min: 0,
      max: 86_400,
    }),
    environment,
  };
}

/** The settings of a started installation. */
export function completeSettings(
  given: GivenSettings,
  { databaseUrl, masterKey }: { databaseUrl: string; masterKey: string },
): Settings {
  const { drainSeconds: _, ...rest } = given;
  return {
    ...rest,
    databaseUrl,
    masterKey,
    analyticsDatabaseUrl: given.analyticsDatabaseUrl ?? databaseUrl,
  };
}

/** Whoever moves only PORT, onto 4001 or 4002, has not asked for a conflict. */
function defaultControlPort(port: number): number {
  return port === 4001 || port === 4002 ? 4003 : 4001;
}

function parseWhole(
  name: string,
  text: string,
  { min, max }: { min: number; max: number },
): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new StartRefusal(`${name} must be a whole number from ${min} to ${max}, got "${text}".`);
}

function parseWorkers(
  text: string | null,
  { cores, platform }: { cores: number; platform: string },
): number {
  // Gateways share their port by SO_REUSEPORT, which Node offers on Linux and some BSDs.
  const shared = platform !== "darwin" && platform !== "win32";
  const workers =
    text === null
      ? shared
        ? cores
        : 1
      : parseWhole("GATEWAY_WORKERS", text, { min: 1, max: 256 });
  if (workers === 1 || shared) return workers;
  throw new StartRefusal(
    `GATEWAY_WORKERS must be 1 on ${platform}, where processes cannot share a port; got ${workers}.`,
  );
}

function parseDatabaseUrl(name: string, text: string | null): string | null {
  if (text === null) return null;
  const url = URL.parse(text);
  if (url !== null && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1) return text;
  // Not echoed: it holds a password.
  throw new StartRefusal(
    `${name} must be a Postgres URL with a database, like postgres://user:password@host:5432/turnpike ` +
      `(characters such as @ or / in the password are written as %40, %2F).`,
  );
}

function readMasterKey(
  text: string | null,
  file: string | null,
  { required }: { required: boolean },
): string | null {
  if (text !== null && file !== null)
    throw new StartRefusal("Set MASTER_KEY or MASTER_KEY_FILE, not both.");
  if (text !== null) return parseMasterKey("MASTER_KEY", text);
  if (file !== null) {
    if (!existsSync(file))
      throw new StartRefusal(`MASTER_KEY_FILE names ${file}, which does not exist.`);
    return parseMasterKey(`MASTER_KEY_FILE (${file})`, readFileSync(file, "utf8").trim());
  }
  if (!required) return null;
  throw new StartRefusal(
    `MASTER_KEY must be given with DATABASE_URL: it seals the provider credentials in that database, and every ` +
      `machine needs the same one. Make it once with \`openssl rand -hex 32\`, keep it as you keep the database's ` +
      `password, and set MASTER_KEY, or MASTER_KEY_FILE to a file that holds it.`,
  );
}

const parseMasterKeyAlso = (text: string | null): string | null =>
  text === null ? null : parseMasterKey("MASTER_KEY_ALSO", text);

/** @throws {StartRefusal} that does not repeat the text: it may be almost the key. */
export function parseMasterKey(name: string, text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new StartRefusal(
    `${name} must be 64 hexadecimal digits (32 bytes), got ${text.length} characters` +
      `${/[^0-9a-f]/i.test(text) ? ", some not hexadecimal" : ""}. Make one with \`openssl rand -hex 32\`.`,
  );
}

function parseDurability(text: string): Durability {
  const found = durabilities.find((durability) => durability === text);
  if (found !== undefined) return found;
  throw new StartRefusal(`DURABILITY must be one of ${durabilities.join(", ")}, got "${text}".`);
}

function parseConfigFile(text: string | null, folder: string): string | null {
  if (text === null) return null;
  const path = resolve(folder, text);
  if (existsSync(path)) return path;
  throw new StartRefusal(`TURNPIKE_CONFIG names ${path}, which does not exist.`);
}

function parseCredits(text: string): string {
  // Twelve decimals, because money is kept in picodollars.
  if (/^\d{1,12}(\.\d{1,12})?$/.test(text)) return text;
  throw new StartRefusal(
    `BOOTSTRAP_CREDITS must be dollars as a decimal, like 10.00, got "${text}".`,
  );
}
