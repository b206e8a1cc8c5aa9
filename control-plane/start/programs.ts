// The process tree: which programs make up an installation, and what each is told.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Settings } from "./settings.ts";
import type { ChildProgram } from "./supervise.ts";

/** The project's folder; program files are relative to it, so that `ps` shows `data-plane/main.ts`. */
const folder = fileURLToPath(new URL("../..", import.meta.url));

/** In DATA_DIR: what Node keeps of the sources it has compiled. May be deleted at any time. */
export const compileCacheFolder = "compile-cache";

// A control plane has no long answers but exports; a simulator's streams end with their gateways.
const controlPlaneStopMsMax = 30_000;
const simulatorStopMsMax = 5_000;

export type Programs = {
  simulator: ChildProgram;
  controlPlane: ChildProgram;
  gateways: ChildProgram[];
};

/** @param options.drainSeconds how long a gateway's open streams may take when it stops. */
export function programsOf(
  settings: Settings,
  { drainSeconds }: { drainSeconds: number },
): Programs {
  const environment = {
    ...settings.environment,
    DATABASE_URL: settings.databaseUrl,
    ANALYTICS_DATABASE_URL: settings.analyticsDatabaseUrl,
    DATA_DIR: settings.dataDir,
    MASTER_KEY: settings.masterKey,
    MASTER_KEY_ALSO: settings.masterKeyAlso ?? undefined,
    MASTER_KEY_FILE: undefined, // resolved into MASTER_KEY; both would be refused
    HOST: settings.host,
    PORT: String(settings.port),
    CONTROL_PORT: String(settings.controlPort),
    CONTROL_URL: `http://127.0.0.1:${settings.controlPort}`,
    SIMULATOR_URL: settings.simulatorUrl,
    GATEWAY_WORKERS: String(settings.gatewayWorkers),
    DURABILITY: settings.durability,
    SPOOL_FREE_MB_MIN: String(settings.spoolFreeMbMin),
    LEASE_QUARANTINE_MINUTES: String(settings.leaseQuarantineMinutes),
    DRAIN_SECONDS: String(drainSeconds),
    NODE_COMPILE_CACHE: join(settings.dataDir, compileCacheFolder),
  };
  // A provider made up for trying things has no business with the database or the master key.
  const { PATH, NODE_OPTIONS, SystemRoot } = settings.environment;
  const simulatorPort = new URL(settings.simulatorUrl).port;
  return {
    simulator: {
      name: "simulator",
      file: "control-plane/simulator/main.ts",
      folder,
      environment: { PATH, NODE_OPTIONS, SystemRoot, HOST: "127.0.0.1", PORT: simulatorPort },
      stopMsMax: simulatorStopMsMax,
    },
    controlPlane: {
      name: "control-plane",
      file: "control-plane/main.ts",
      folder,
      environment,
      stopMsMax: controlPlaneStopMsMax,
    },
    gateways: Array.from({ length: settings.gatewayWorkers }, (_, index) => ({
      name: `gateway-${index + 1}`,
      file: "data-plane/main.ts",
      folder,
      environment: { ...environment, GATEWAY_NAME: `gateway-${index + 1}` },
      // A little more than it gives its streams, so that it is the one to cut them, and says so in them.
      stopMsMax: (drainSeconds + 10) * 1_000,
    })),
  };
}
