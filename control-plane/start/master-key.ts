import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseMasterKey } from "./settings.ts";
import { StartRefusal } from "./start-refusal.ts";

/**
 * The key of an embedded installation: `dataDir`/master.key (0600), made on first use.
 * @throws {StartRefusal} when `given` is another one: what is sealed could not be opened any more.
 */
export function keepMasterKey(dataDir: string, given: string | null): string {
  const path = join(dataDir, "master.key");
  if (existsSync(path)) {
    const kept = parseMasterKey(path, readFileSync(path, "utf8").trim());
    if (given === null || given === kept) return kept;
    throw new StartRefusal(
      `MASTER_KEY is not the key in ${path}, which sealed this folder's provider credentials. ` +
        `Unset MASTER_KEY, or choose another DATA_DIR.`,
    );
  }
  const key = given ?? randomBytes(32).toString("hex");
  // Whole or not at all: half a key would lock the credentials for good.
  writeFileSync(`${path}.new`, `${key}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  return key;
}
