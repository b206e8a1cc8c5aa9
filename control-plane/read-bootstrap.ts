/** DATA_DIR/bootstrap.json as a start has written it. Apart from what writes it, because every command of the CLI reads it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const bootstrapFile = z.object({
  origin: z.string(),
  inference_key: z.string(),
  management_key: z.string(),
  dashboard_url: z.string(),
  admin: z.object({ email: z.string(), login_url: z.string() }),
});
/** `DATA_DIR`/bootstrap.json. */
export type Bootstrap = z.infer<typeof bootstrapFile>;

export const bootstrapPath = (dataDir: string): string => join(dataDir, "bootstrap.json");

/** The file, or null when there is none. @throws when it is there and is not what a start writes. */
export function readBootstrap(dataDir: string): Bootstrap | null {
  const path = bootstrapPath(dataDir);
  if (!existsSync(path)) return null;
  try {
    return bootstrapFile.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw new Error(`${path} is damaged; move it away and start again: new keys will be minted`, {
      cause,
    });
  }
}
