/** DATA_DIR/keys.json: the secrets of keys that a config file asked for. Only its owner can read it. */
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writePrivateFile } from "./write-private-file.ts";

/** Secret by key name by organization slug. */
export type KeySecrets = Record<string, Record<string, string>>;

const keySecrets = z.record(z.string(), z.record(z.string(), z.string()));

export const secretsFileOf = (dataDir: string): string => join(dataDir, "keys.json");

/**
 * Adds secrets to the file, which is replaced whole or not at all. A name that is there already gets the new secret.
 * @throws when the file is there and is not what this function writes: it may hold secrets, so it is not overwritten.
 */
export function saveSecrets(dataDir: string, secrets: KeySecrets): void {
  const path = secretsFileOf(dataDir);
  const merged = readSecrets(path);
  for (const [organization, keys] of Object.entries(secrets)) {
    merged[organization] = { ...merged[organization], ...keys };
  }
  mkdirSync(dataDir, { recursive: true });
  writePrivateFile(path, `${JSON.stringify(merged, null, 2)}\n`);
}

function readSecrets(path: string): KeySecrets {
  if (!existsSync(path)) return {};
  chmodSync(path, 0o600);
  try {
    return keySecrets.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new Error(
      `${path} is not {"<organization>": {"<key name>": "<secret>"}}; move it away, then try again`,
      { cause },
    );
  }
}
