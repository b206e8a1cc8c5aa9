/** A config file's text to a `Configuration`, or to everything that is wrong with it, at once. */
import { LineCounter, parseDocument, type Document } from "yaml";
import { CommandError } from "../command-error.ts";
import { configurationSchema, type Configuration } from "./configuration.ts";

export type ConfigurationProblem = {
  /** Where, as `models[0].endpoints[1].charge.input`; empty for the file as a whole. */
  path: string;
  /** The line of the file, from 1; null when it is not known. */
  line: number | null;
  message: string;
};

/** A file is wrong as a whole or right as a whole: nothing of it is applied. */
export class ConfigurationError extends CommandError {
  readonly problems: readonly ConfigurationProblem[];
  constructor(problems: readonly ConfigurationProblem[]) {
    super(
      "bad_request",
      [
        `the configuration has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}; nothing was applied`,
        ...problems.map(showProblem),
      ].join("\n  "),
    );
    this.problems = problems;
  }
}

/**
 * Reads YAML, and therefore JSON too.
 * @throws {ConfigurationError} with all problems: syntax, unknown fields, wrong values, duplicates, unknown providers.
 * @param knownProviders slugs that an endpoint may name although the file does not list them.
 */
export function parseConfiguration(
  text: string,
  knownProviders: readonly string[] = [],
): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    logLevel: "error",
  });
  if (document.errors.length > 0) {
    throw new ConfigurationError(
      document.errors.map((error) => ({
        path: "",
        line: lines.linePos(error.pos[0]).line,
        message: `is not valid YAML: ${error.message}`,
      })),
    );
  }
  const problem = (path: readonly PropertyKey[], message: string): ConfigurationProblem => ({
    path: showPath(path),
    line: lineOf(document, lines, path),
    message,
  });

  const value = readValue(document) ?? {};
  const parsed = configurationSchema.safeParse(value);
  const problems = [
    ...(parsed.error?.issues ?? []).flatMap((issue) => {
      if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) =>
          problem([...issue.path, key], "is not a field that is known here"),
        );
      }
      const missing = issue.code !== "custom" && valueAt(value, issue.path) === undefined;
      return [problem(issue.path, missing ? `is missing; ${issue.message}` : issue.message)];
    }),
    ...findContradictions(value, knownProviders).map(([path, message]) => problem(path, message)),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(problems);
  return parsed.data;
}

/** @throws {ConfigurationError} for aliases that name nothing, or so many that they would fill the memory. */
function readValue(document: Document): unknown {
  try {
    return document.toJS();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([
      { path: "", line: null, message: `is not valid YAML: ${message}` },
    ]);
  }
}

type Path = (string | number)[];
type Contradiction = [path: Path, message: string];

/**
 * What is wrong between the parts, each of which may be right by itself. It looks at the file as it was read, so that
 * these come together with what the schema finds.
 */
function findContradictions(value: unknown, knownProviders: readonly string[]): Contradiction[] {
  const found: Contradiction[] = [];
  const unique = (values: readonly unknown[], pathOf: (index: number) => Path) => {
    for (const [index, each] of values.entries()) {
      const first = values.indexOf(each);
      if (each === undefined || first === index) continue;
      found.push([
        pathOf(index),
        `${JSON.stringify(each)} is used twice; the first is ${showPath(pathOf(first))}`,
      ]);
    }
  };
  const providers = listAt(value, ["providers"]);
  const models = listAt(value, ["models"]);
  const organizations = listAt(value, ["organizations"]);
  const slugs = providers.map((provider) => valueAt(provider, ["slug"]));
  unique(slugs, (index) => ["providers", index, "slug"]);
  unique(
    models.map((model) => valueAt(model, ["id"])),
    (index) => ["models", index, "id"],
  );
  unique(
    organizations.map((organization) => valueAt(organization, ["slug"])),
    (index) => ["organizations", index, "slug"],
  );
  for (const [index, organization] of organizations.entries()) {
    const names = listAt(organization, ["keys"]).map((key) => valueAt(key, ["name"]));
    unique(names, (position) => ["organizations", index, "keys", position, "name"]);
  }
  const known = new Set([...slugs, ...knownProviders]);
  for (const [index, model] of models.entries()) {
    const endpoints = listAt(model, ["endpoints"]);
    unique(
      endpoints.map(
        (endpoint) =>
          `${String(valueAt(endpoint, ["provider"]))}: ${String(valueAt(endpoint, ["upstream_model"]))}`,
      ),
      (position) => ["models", index, "endpoints", position],
    );
    for (const [position, endpoint] of endpoints.entries()) {
      const provider = valueAt(endpoint, ["provider"]);
      if (typeof provider !== "string" || known.has(provider)) continue;
      const choice =
        known.size === 0
          ? "list it under providers"
          : `known are ${[...known].slice(0, 12).join(", ")}`;
      found.push([
        ["models", index, "endpoints", position, "provider"],
        `there is no provider "${provider}"; ${choice}`,
      ]);
    }
  }
  return found;
}

/** A path as people write it: `models[0].endpoints[1].charge`. */
export function showPath(path: readonly PropertyKey[]): string {
  let shown = "";
  for (const step of path) {
    if (typeof step === "number") shown += `[${step}]`;
    else shown += shown === "" ? String(step) : `.${String(step)}`;
  }
  return shown;
}

function showProblem({ path, line, message }: ConfigurationProblem): string {
  const where = path === "" ? "the file" : path;
  return `${where}${line === null ? "" : ` (line ${line})`}: ${message}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  return at;
}

function listAt(value: unknown, path: readonly PropertyKey[]): readonly unknown[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list : [];
}

/** The line of the deepest part of the path that is in the file. */
function lineOf(
  document: Document,
  lines: LineCounter,
  path: readonly PropertyKey[],
): number | null {
  for (let depth = path.length; depth > 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    if (typeof node !== "object" || node === null || !("range" in node)) continue;
    const range: unknown = node.range;
    if (Array.isArray(range) && typeof range[0] === "number") return lines.linePos(range[0]).line;
  }
  return null;
}
