// Reads our own source and holds it to the shape that docs and style promise. Every rule has a
// planted offence beside it, so that a rule which has gone blind fails too.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Import, listFiles, parseSource, readSource, type SourceFile } from "./read-source.ts";

/** Everything a rule may look at. */
type Project = {
  paths: readonly string[];
  sources: readonly SourceFile[];
  dependencies: readonly string[];
  dependenciesDocument: string;
};
type Rule = {
  sentence: string;
  /** One line for each offence. */
  offences(project: Project): string[];
  /** Must be caught. */
  planted: Partial<Project>;
};

const rooms = [
  "organizations",
  "keys",
  "credits",
  "ledger",
  "catalogue",
  "usage",
  "pricing",
  "credentials",
  "spool",
  "dead-letters",
];
const doors = ["trpc", "graphql", "rest", "jobs", "cli"];
const drawers = ["utils", "helpers", "common", "misc", "lib", "services", "shared", "types"];
const topFolders = ["control-plane", "data-plane", "schema", "test", "docs", "bench", ".ci"];
// Top-level files of the data plane that are nouns, not steps: every layer may name them.
const dataPlaneNouns = ["data-plane/refusal.ts"];
// Hands the machine's own variables (PATH, LANG) to a child; reads no setting of ours.
const environmentInheritors = ["control-plane/start/embedded-postgres.ts"];
const schemaLayers = ["money", "tables", "ledger"];

const rules: Rule[] = [
  {
    sentence: "neither plane imports the other",
    offences: ({ sources }) =>
      edges(
        sources,
        ({ from, to }) => isIn(from, "data-plane") && isIn(to, "control-plane"),
      ).concat(
        edges(sources, ({ from, to }) => isIn(from, "control-plane") && isIn(to, "data-plane")),
      ),
    planted: plant("control-plane/keys/mint-key.ts", 'import { admit } from "#data/admit.ts";'),
  },
  {
    sentence: "schema imports only itself and packages",
    offences: ({ sources }) =>
      edges(sources, ({ from, to }) => isIn(from, "schema") && !isIn(to, "schema")),
    planted: plant("schema/ids.ts", 'import type { Caller } from "#data/authenticate.ts";'),
  },
  {
    sentence:
      "only schema/driver.ts loads postgres.js, and drizzle's part for it comes after: it is repaired while it is loaded",
    offences: ({ sources }) =>
      sources.flatMap(({ path, text }) =>
        /^import (?!type\b)[^;]*? from "(postgres|drizzle-orm\/postgres-js[^"]*)";/m.test(text)
          ? [`${path} loads the driver by a static import`]
          : [],
      ),
    planted: plant("schema/client.ts", 'import postgres from "postgres";'),
  },
  {
    sentence: "inside schema, money is below tables and tables are below ledger",
    offences: ({ sources }) =>
      edges(sources, ({ from, to }) => {
        const fromLayer = schemaLayers.indexOf(from.split("/")[1] ?? "");
        const toLayer = schemaLayers.indexOf(to.split("/")[1] ?? "");
        return isIn(from, "schema") && isIn(to, "schema") && fromLayer >= 0 && toLayer > fromLayer;
      }),
    planted: plant("schema/money/price.ts", 'import { prices } from "../tables/catalogue.ts";'),
  },
  {
    sentence: "money knows no database: it imports schema's own nouns and no package",
    offences: ({ sources }) =>
      sources
        .filter((source) => isIn(source.path, "schema/money"))
        .flatMap((source) =>
          source.imports
            .filter(({ target }) => target === null)
            .map(({ specifier }) => `${source.path} imports ${specifier}`),
        ),
    planted: plant("schema/money/amount.ts", 'import { sql } from "drizzle-orm";'),
  },
  {
    sentence: "dialects, providers and upstream never import each other, nor a step of the story",
    offences: ({ sources }) => {
      const layers = ["data-plane/dialects", "data-plane/providers", "data-plane/upstream"];
      return edges(sources, ({ from, to }) => {
        const own = layers.find((layer) => isIn(from, layer));
        if (!own) return false;
        const isStep = /^data-plane\/[^/]+$/.test(to) && !dataPlaneNouns.includes(to);
        return isStep || layers.some((layer) => layer !== own && isIn(to, layer));
      });
    },
    planted: plant(
      "data-plane/dialects/openai-chat.ts",
      'import type { Pool } from "../upstream/pools.ts";',
    ),
  },
  {
    sentence: "rooms import neither rooms nor doors",
    offences: ({ sources }) =>
      edges(sources, ({ from, to }) => {
        const room = rooms.find((name) => isIn(from, `control-plane/${name}`));
        if (!room) return false;
        return [...rooms, ...doors].some(
          (name) => name !== room && isIn(to, `control-plane/${name}`),
        );
      }),
    planted: plant(
      "control-plane/keys/mint-key.ts",
      'import { grant } from "../credits/grant-credits.ts";',
    ),
  },
  {
    sentence: "the simulator is a provider like any other: it imports nothing of ours",
    offences: ({ sources }) =>
      edges(
        sources,
        ({ from, to }) =>
          isIn(from, "control-plane/simulator") && !isIn(to, "control-plane/simulator"),
      ),
    planted: plant(
      "control-plane/simulator/main.ts",
      'import { meters } from "#schema/meters.ts";',
    ),
  },
  {
    sentence: "nothing but tests and benches imports test",
    offences: ({ sources }) =>
      edges(
        sources,
        ({ from, to }) => isIn(to, "test") && !isIn(from, "test") && !isIn(from, "bench"),
      ),
    planted: plant(
      "data-plane/main.ts",
      'import { startUpstream } from "#test/doubles/upstream.ts";',
    ),
  },
  {
    sentence: "nothing but tests imports bench",
    offences: ({ sources }) =>
      edges(
        sources,
        ({ from, to }) => isIn(to, "bench") && !isIn(from, "bench") && !isIn(from, "test"),
      ),
    planted: plant("data-plane/main.ts", 'import { run } from "#bench/run.ts";'),
  },
  {
    sentence: "a relative import stays in its own top folder; others are reached by #name",
    offences: ({ sources }) =>
      edges(
        sources,
        ({ from, to, specifier }) =>
          specifier.startsWith(".") && from.split("/")[0] !== to.split("/")[0],
      ),
    planted: plant("data-plane/main.ts", 'import { parse } from "../schema/ids.ts";'),
  },
  {
    sentence: "an import of ours names a file that exists",
    offences: ({ sources, paths }) => {
      const known = new Set(paths);
      return edges(sources, ({ to }) => !known.has(to));
    },
    planted: plant("data-plane/main.ts", 'import { serve } from "./no-such-file.ts";'),
  },
  {
    sentence: "no file reaches itself through what it imports",
    offences: ({ sources }) => findCycles(sources),
    planted: {
      sources: [
        parseSource("data-plane/a.ts", 'import { b } from "./b.ts";'),
        parseSource("data-plane/b.ts", 'import { c } from "./c.ts";'),
        parseSource("data-plane/c.ts", 'import { a } from "./a.ts";'),
      ],
    },
  },
  {
    sentence: "there are no barrels",
    offences: ({ sources }) =>
      sources
        .filter(
          (source) =>
            /(^|\/)index\.tsx?$/.test(source.path) || /^export \*(?! as)/m.test(source.code),
        )
        .map((source) => source.path),
    planted: plant("schema/tables/all.ts", 'export * from "./keys.ts";'),
  },
  {
    sentence: `no folder is a drawer (${drawers.join(", ")})`,
    offences: ({ paths }) =>
      paths.filter((path) =>
        path
          .split("/")
          .slice(0, -1)
          .some((folder) => drawers.includes(folder)),
      ),
    planted: { paths: ["data-plane/utils/retry.ts"] },
  },
  {
    sentence: `at the top there are only ${topFolders.join(", ")} and files`,
    offences: ({ paths }) =>
      paths.filter((path) => path.includes("/") && !topFolders.includes(path.split("/")[0] ?? "")),
    planted: { paths: ["scripts/release.ts"] },
  },
  {
    sentence: "only config, settings, main, worker and the command line read the environment",
    offences: ({ sources }) =>
      sources
        .filter(
          (source) =>
            isIn(source.path, "schema") ||
            isIn(source.path, "data-plane") ||
            isIn(source.path, "control-plane"),
        )
        .filter(
          (source) =>
            /\bprocess\s*\.\s*env\b/.test(source.code) && !mayReadEnvironment(source.path),
        )
        .map((source) => source.path),
    planted: plant("data-plane/admit.ts", "const strict = process.env.STRICT;"),
  },
  {
    sentence: "money and the ledger never touch a float",
    offences: ({ sources }) =>
      sources
        .filter((source) => isIn(source.path, "schema/money") || isIn(source.path, "schema/ledger"))
        .flatMap((source) => lines(source, /\bparseFloat\b|\bNumber\(|\.toFixed\b/)),
    planted: plant("schema/money/amount.ts", "export const dollars = (text) => Number(text);"),
  },
  {
    sentence: "no enum, namespace, any, non-null assertion or silenced compiler",
    offences: ({ sources }) =>
      sources.flatMap((source) => [
        ...lines(source, /^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w/),
        ...lines(source, /^\s*(?:export\s+)?namespace\s+\w/),
        ...lines(
          source,
          /(?:[:<|&]|\bas|\bextends|=>|\?)\s*any\b(?!\s*[:(])|,\s*any\s*[>,]|\bany\[\]/,
        ),
        ...(source.path.endsWith(".tsx") ? [] : lines(source, /[\w)\]]!(?:[.;,)[]|$)/)),
        ...lines({ ...source, code: source.text }, /@ts-(?:ignore|expect-error|nocheck)\b/),
      ]),
    planted: plant("schema/ids.ts", "export function parse(value: any) {}"),
  },
  {
    sentence: "every suite in a test file is run",
    offences: ({ sources }) =>
      sources
        .filter((source) => source.path.endsWith(".test.ts"))
        .flatMap((source) => {
          const suites = [...source.code.matchAll(/\b(?:const|let)\s+(\w+)\s*=\s*suite\b/g)].map(
            ([, name]) => name,
          );
          const idle = suites.filter(
            (name) => !new RegExp(`\\b${name}\\.run\\(\\)`).test(source.code),
          );
          if (idle.length > 0) return [`${source.path}: ${idle.join(", ")}`];
          return source.code.includes(".run()") ? [] : [source.path];
        }),
    planted: plant(
      "test/schema/ids.test.ts",
      'const ids = suite("ids"); const other = suite("o"); other.run();',
    ),
  },
  {
    sentence: "every dependency is explained in docs/dependencies.md",
    offences: ({ dependencies, dependenciesDocument }) =>
      dependencies.filter((name) => !mentions(dependenciesDocument, name)),
    planted: {
      dependencies: ["left-pad"],
      dependenciesDocument: "`left-padding` is something else.",
    },
  },
];

const architecture = suite("architecture");
const project = readProject();

architecture("there is source to look at", () => {
  assert.ok(project.sources.length > 10, `${project.sources.length} files`);
});

for (const rule of rules) {
  architecture(rule.sentence, () => {
    const offences = rule.offences(project);
    // Thrown, not compared: a diff of the whole list would say everything twice.
    if (offences.length > 0) throw new Error(`but:\n      ${offences.join("\n      ")}`);
  });
  architecture(`a planted offence is caught: ${rule.sentence}`, () => {
    const empty: Project = { paths: [], sources: [], dependencies: [], dependenciesDocument: "" };
    assert.is.not(rule.offences({ ...empty, ...rule.planted }).length, 0);
  });
}

for (const { name, source, catches } of [
  { name: "an enum", source: "export const enum Kind { A }", catches: true },
  { name: "a silenced compiler", source: `// @ts-${"ignore"}\nlet a = 1;`, catches: true },
  { name: "a non-null assertion", source: "const a = map.get(key)!;", catches: true },
  {
    name: "any as an argument of a type",
    source: "const a: Record<string, any> = {};",
    catches: true,
  },
  { name: "a cast to any", source: "const a = b as any;", catches: true },
  {
    name: "an inequality, a negation and a word in a text",
    source: 'if (a !== b && !c) say("if any!");',
    catches: false,
  },
  {
    name: "Promise.any and a comment",
    source: "// any one\nawait Promise.any(all);",
    catches: false,
  },
]) {
  architecture(`${name} is ${catches ? "caught" : "let through"}`, () => {
    const rule = rules.find(({ sentence }) => sentence.startsWith("no enum"));
    const offences =
      rule?.offences({ ...project, sources: [parseSource("schema/a.ts", source)] }) ?? [];
    assert.is(offences.length > 0, catches, offences.join("; "));
  });
}

architecture("imports are read whole, over several lines, dynamic and for their effect", () => {
  const { imports } = parseSource(
    "data-plane/a.ts",
    'import {\n  a,\n} from "#schema/a.ts";\nimport "./b.ts";\nimport type { C } from "./c/d.ts";\nawait import("undici");\nexport const x = "from";\n',
  );
  assert.equal(imports, [
    { specifier: "#schema/a.ts", target: "schema/a.ts", typeOnly: false },
    { specifier: "./b.ts", target: "data-plane/b.ts", typeOnly: false },
    { specifier: "./c/d.ts", target: "data-plane/c/d.ts", typeOnly: true },
    { specifier: "undici", target: null, typeOnly: false },
  ] satisfies Import[]);
});

architecture.run();

function readProject(): Project {
  const root = join(import.meta.dirname, "..");
  const paths = listFiles(root);
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<
    string,
    object
  >;
  return {
    paths,
    sources: paths
      .filter((path) => /\.tsx?$/.test(path) && path.includes("/"))
      .map((path) => readSource(root, path)),
    dependencies: ["dependencies", "optionalDependencies", "devDependencies"].flatMap((group) =>
      Object.keys(manifest[group] ?? {}),
    ),
    dependenciesDocument: paths.includes("docs/dependencies.md")
      ? readFileSync(join(root, "docs/dependencies.md"), "utf8")
      : "",
  };
}

function plant(path: string, text: string): Partial<Project> {
  return { paths: [path], sources: [parseSource(path, text)] };
}

function isIn(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

type Edge = { from: string; to: string; specifier: string };

function edges(sources: readonly SourceFile[], isOffence: (edge: Edge) => boolean): string[] {
  return sources.flatMap(({ path, imports }) =>
    imports
      .flatMap(({ target, specifier }) =>
        target === null ? [] : [{ from: path, to: target, specifier }],
      )
      .filter(isOffence)
      .map(({ from, to }) => `${from} imports ${to}`),
  );
}

function lines(source: SourceFile, pattern: RegExp): string[] {
  return source.code
    .split("\n")
    .flatMap((line, index) => (pattern.test(line) ? [`${source.path}:${index + 1}`] : []));
}

function mayReadEnvironment(path: string): boolean {
  if (isIn(path, "data-plane")) return path === "data-plane/config.ts";
  if (environmentInheritors.includes(path)) return true;
  return isIn(path, "control-plane/cli") || /\/(config|settings|main|worker)\.ts$/.test(path);
}

/** Types are no edge here: they are gone when the program runs. */
function findCycles(sources: readonly SourceFile[]): string[] {
  const targets = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports.flatMap(({ target, typeOnly }) => (target === null || typeOnly ? [] : [target])),
    ]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    if (done.has(path)) return;
    done.add(path);
    for (const target of targets.get(path) ?? []) walk(target, [...trail, path]);
  };
  for (const path of targets.keys()) walk(path, []);
  return cycles;
}

function mentions(document: string, name: string): boolean {
  const literal = name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  return new RegExp(`(?<![\\w/@-])${literal}(?![\\w/-])`).test(document);
}
