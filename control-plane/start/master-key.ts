import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseMasterKey } from "./settings.ts";
import { StartRefusal } from "./start-refusal.ts";

const fileOf = (dataDir: string): string => join(dataDir, "master.key");
/** The key before the last change, which still opens what has not been sealed again. */
const previousFileOf = (dataDir: string): string => join(dataDir, "master.key.previous");

/**
 * The key of an embedded installation: `dataDir`/master.key (0600), made on first use. Another one takes its place when
 * the kept one is given besides, as MASTER_KEY_ALSO; `also` is what opens what is sealed under that.
 * @throws {StartRefusal} when `given` is another one without that: what is sealed could not be opened any more.
 */
export function keepMasterKey(
  dataDir: string,
  given: string | null,
  givenAlso: string | null = null,
): { masterKey: string; also: string | null } {
  const path = fileOf(dataDir);
  const kept = readKey(path);
  const also = givenAlso ?? readKey(previousFileOf(dataDir));
  if (kept !== null) {
    if (given === null || given === kept) return { masterKey: kept, also };
    if (givenAlso !== kept) {
      throw new StartRefusal(
        `MASTER_KEY is not the key in ${path}, which sealed this folder's provider credentials. ` +
          `Unset MASTER_KEY, choose another DATA_DIR, or, to change the key, give the one in the file as MASTER_KEY_ALSO.`,
      );
    }
    writeKey(previousFileOf(dataDir), kept);
  }
  const masterKey = given ?? randomBytes(32).toString("hex");
  writeKey(path, masterKey);
  return { masterKey, also };
}

/** The keys of an embedded installation as a start left them; null where none was made. */
export const keptMasterKeys = (
  dataDir: string,
): { masterKey: string; also: string | null } | null => {
  const masterKey = readKey(fileOf(dataDir));
  return masterKey === null ? null : { masterKey, also: readKey(previousFileOf(dataDir)) };
};

const readKey = (path: string): string | null =>
  existsSync(path) ? parseMasterKey(path, readFileSync(path, "utf8").trim()) : null;

/** Whole or not at all: half a key would lock the credentials for good. */
function writeKey(path: string, key: string): void {
  writeFileSync(`${path}.new`, `${key}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}
