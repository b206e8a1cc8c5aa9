// Peers that no registry carries ready to run: a program that somebody has built.

import { existsSync } from "node:fs";
import { join } from "node:path";

/** What `BENCH_<NAME>` names, else `<name>-bin` in the cache folder; null when it is not there. */
export function findBinary(name: string, cacheFolder: string): string | null {
  const path = process.env[`BENCH_${name.toUpperCase()}`] || join(cacheFolder, `${name}-bin`);
  return existsSync(path) ? path : null;
}
