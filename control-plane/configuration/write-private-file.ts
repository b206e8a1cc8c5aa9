import { randomBytes } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";

/** Replaces a file whole or not at all, readable by its owner only (0600): for secrets. */
export function writePrivateFile(path: string, text: string): void {
  const unfinished = `${path}.${randomBytes(4).toString("hex")}.new`;
  try {
    writeFileSync(unfinished, text, { mode: 0o600, flush: true, flag: "wx" });
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
