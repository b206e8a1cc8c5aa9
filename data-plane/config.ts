/** The environment as a typed record; the only file here that reads it. The supervisor sets every one of these. */
import { parseMasterKeys, type MasterKeys } from "#schema/secrets.ts";

export type Config = {
  name: string;
  host: string;
  port: number;
  databaseUrl: string;
  dataDir: string;
  masterKey: MasterKeys;
  controlUrl: string;
  durability: "process" | "strict";
  /** How long a gateway that Postgres does not confirm may use its leases: well within the quarantine after which they are forfeited. */
  leaseTrustMs: number;
  /** With less free on the spool's disk no new work is taken. */
  spoolFreeBytesMin: number;
  /** Longest wait for open streams on SIGTERM. */
  drainMs: number;
};

/** @throws when a setting is missing or not of its form; the text names it. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const need = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === "")
      throw new Error(`${name} is not set; "npm start" sets it for every gateway`);
    return value;
  };
  const port = +need("PORT");
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`PORT must be a whole number from 0 to 65535, got ${environment["PORT"]}`);
  return {
    name: environment["GATEWAY_NAME"] ?? "gateway-1",
    host: environment["HOST"] ?? "127.0.0.1",
    port,
    databaseUrl: need("DATABASE_URL"),
    dataDir: need("DATA_DIR"),
    masterKey: parseMasterKeys(need("MASTER_KEY"), environment["MASTER_KEY_ALSO"]),
    controlUrl: need("CONTROL_URL"),
    durability: environment["DURABILITY"] === "strict" ? "strict" : "process",
    leaseTrustMs: (+(environment["LEASE_QUARANTINE_MINUTES"] ?? "") || 60) * 60_000 * 0.8,
    spoolFreeBytesMin: +(environment["SPOOL_FREE_MB_MIN"] || 512) * 1_000_000,
    drainMs: (+(environment["DRAIN_SECONDS"] ?? "") || 600) * 1000,
  };
}

export const environmentOfProcess = (): Record<string, string | undefined> => process.env;
