/** The environment of the control plane and of the worker, parsed once. The supervisor sets all of it. */
import { parseMasterKeys, type MasterKeys } from "#schema/secrets.ts";

export type Config = {
  databaseUrl: string;
  analyticsDatabaseUrl: string;
  masterKey: MasterKeys;
  /** The public origin that clients call: the gateway's. */
  origin: string;
  /** Where the control plane listens. */
  controlHost: string;
  controlPort: number;
  /** After so long without a sign of life a gateway is forfeited. */
  leaseQuarantineMinutes: number;
};

/** @throws naming the variable and what was expected of it. */
export function parseConfig(environment: Record<string, string | undefined>): Config {
  const read = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const databaseUrl = read("DATABASE_URL");
  if (databaseUrl === undefined || !/^postgres(ql)?:\/\//.test(databaseUrl)) {
    throw new Error(
      "DATABASE_URL: expected postgres://…; `npm start` sets it to the embedded database",
    );
  }
  const host = read("HOST") ?? "127.0.0.1";
  // What a program listens on is not always what somebody can call.
  const callable =
    host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return {
    databaseUrl,
    analyticsDatabaseUrl: read("ANALYTICS_DATABASE_URL") ?? databaseUrl,
    masterKey: parseMasterKeys(read("MASTER_KEY"), read("MASTER_KEY_ALSO")),
    origin: `http://${callable}:${parsePort("PORT", read("PORT") ?? "4000")}`,
    controlHost: read("CONTROL_HOST") ?? "127.0.0.1",
    controlPort: parsePort("CONTROL_PORT", read("CONTROL_PORT") ?? "4001"),
    leaseQuarantineMinutes: parseMinutes(
      "LEASE_QUARANTINE_MINUTES",
      read("LEASE_QUARANTINE_MINUTES") ?? "60",
    ),
  };
}

// Below five minutes a pause would look like an end; `npm start` holds it to the same.
function parseMinutes(name: string, text: string): number {
  const minutes = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (minutes < 5 || minutes > 100_000)
    throw new Error(
      `${name}: expected whole minutes from 5 to 100000, got ${JSON.stringify(text)}`,
    );
  return minutes;
}

function parsePort(name: string, text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new Error(`${name}: expected a port between 0 and 65535, got ${JSON.stringify(text)}`);
  }
  return port;
}
