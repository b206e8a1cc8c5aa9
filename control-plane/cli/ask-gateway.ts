/** Asks a gateway of this machine over its loopback port (`DATA_DIR/gateways/<name>.json` says where), for what only a gateway can do. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { dataDirOf } from "./connection.ts";
import { CliError, type CliContext } from "./context.ts";

const place = z.object({
  check: z.string().startsWith("http://127.0.0.1:"),
  token: z.string(),
  pid: z.number(),
});

/** A provider has at most 20 keys, each of which may take a minute to fail. */
const answerMsMax = 20 * 60_000;

/**
 * @param asked what `data-plane/check-provider.ts` takes.
 * @throws {CliError} when no gateway runs from this folder, or with what the gateway refuses.
 */
export async function askGateway<Shape>(
  context: CliContext,
  asked: object,
  shape: z.ZodType<Shape>,
): Promise<Shape> {
  const folder = join(dataDirOf(context), "gateways");
  for (const { check, token, pid } of placesIn(folder)) {
    if (!isAlive(pid)) continue;
    let response: Response;
    try {
      response = await fetch(check, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        body: JSON.stringify(asked),
        signal: AbortSignal.timeout(answerMsMax),
      });
    } catch (cause) {
      if (cause instanceof Error && cause.name === "TimeoutError") throw cause;
      continue; // it ended a moment ago; another may run
    }
    const body: unknown = await response.json();
    if (response.ok) return shape.parse(body);
    const message = z.object({ message: z.string() }).safeParse(body);
    throw new CliError(message.data?.message ?? `the gateway answers ${response.status}`);
  }
  throw new CliError(
    `no gateway runs from ${dataDirOf(context)}, and only a gateway speaks to providers; start it with: turnpike start`,
  );
}

function placesIn(folder: string): z.infer<typeof place>[] {
  let files: string[];
  try {
    files = readdirSync(folder).filter((file) => file.endsWith(".json"));
  } catch {
    return []; // never started
  }
  return files.toSorted().flatMap((file) => {
    try {
      const parsed = place.safeParse(JSON.parse(readFileSync(join(folder, file), "utf8")));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return []; // being written
    }
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === "EPERM";
  }
}
