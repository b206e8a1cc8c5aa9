/** `turnpike apply` and `turnpike export`: the installation as a file. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { parseDocument } from "yaml";
import { saveSecrets, secretsFileOf } from "../configuration/save-secrets.ts";
import { addCommand, laggards, print, type Cli } from "./command.ts";
import { dataDirOf, withAdmin } from "./connection.ts";
import { CliError, type CliContext } from "./context.ts";

export function addConfigurationCommands({ program, context }: Cli): void {
  addCommand(program, "apply <file>", "make the installation say what a YAML or JSON file says", [
    "apply turnpike.yaml",
    "export | turnpike apply -",
    "apply turnpike.yaml --json",
  ])
    .summary("apply a config file")
    .action(async (path: string, options: { json?: boolean }) => {
      const file = path === "-" ? await readAll(context.stdin) : read(context, path);
      const keys = keysNamedIn(file, context.environment);
      const applied = await withAdmin(context, (admin) =>
        admin.configuration.applyFile.mutate({ file, keys }),
      );
      const minted = Object.values(applied.secrets).some((names) => Object.keys(names).length > 0);
      if (minted) saveSecrets(dataDirOf(context), applied.secrets);
      print(context, options, { ...applied, unchanged: applied.changes.length === 0 }, () =>
        [
          ...applied.changes.map((change) => `${change}\n`),
          ...applied.notes.map((note) => `note: ${note}\n`),
          ...(minted ? [`Secrets of new keys are in ${secretsFileOf(dataDirOf(context))}\n`] : []),
          applied.changes.length === 0
            ? "unchanged: everything is as the file says\n"
            : laggards(applied.appliedEverywhere),
        ].join(""),
      );
    });

  addCommand(program, "export", "print what is in use as a config file, without secrets", [
    "export > turnpike.yaml",
    "export --json",
  ])
    .summary("print the installation as a config file")
    .action(async (options: { json?: boolean }) => {
      const format = options.json ? "json" : "yaml";
      context.write(
        await withAdmin(context, (admin) => admin.configuration.export.query({ format })),
      );
    });
}

function read(context: CliContext, path: string): string {
  const place = resolve(context.folder, path);
  try {
    return readFileSync(place, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`cannot read ${place}: ${reason}`, { cause });
  }
}

/** The variables that `key_env` fields name, as far as they are set here. Nothing else of the environment is sent. */
function keysNamedIn(file: string, environment: CliContext["environment"]): Record<string, string> {
  const keys: Record<string, string> = {};
  const document = readLoosely(file);
  const providers: unknown =
    typeof document === "object" && document !== null && "providers" in document
      ? document.providers
      : [];
  for (const provider of Array.isArray(providers) ? (providers as unknown[]) : []) {
    if (typeof provider !== "object" || provider === null || !("key_env" in provider)) continue;
    const name = String(provider.key_env);
    const value = environment[name];
    if (value) keys[name] = value;
  }
  return keys;
}

/** A file that cannot be read names no keys; what is wrong with it is told where it is applied. */
function readLoosely(file: string): unknown {
  try {
    const document = parseDocument(file, { logLevel: "silent" });
    return document.errors.length > 0 ? null : document.toJS();
  } catch {
    return null;
  }
}
