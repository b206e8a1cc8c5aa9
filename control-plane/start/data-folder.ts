import { accessSync, chmodSync, constants, existsSync, mkdirSync, realpathSync } from "node:fs";
import { StartRefusal } from "./start-refusal.ts";

/**
 * Makes DATA_DIR when it is not there. Its secrets are 0600 each; the folder itself is closed too,
 * except that root's lets others pass (not look), because root's Postgres runs as nobody.
 * @returns its real path.
 * @throws {StartRefusal} when it cannot be made or used.
 */
export function makeDataFolder(dataDir: string): string {
  try {
    if (!existsSync(dataDir)) {
      mkdirSync(dataDir, { recursive: true });
      chmodSync(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700); // whatever the umask says
    }
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return realpathSync(dataDir);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartRefusal(`Cannot use the folder that DATA_DIR names, ${dataDir}: ${reason}`, {
      cause,
    });
  }
}
