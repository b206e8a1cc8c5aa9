// The documentation is true: what it tells people to run is run against an installation that was started as they would
// start it, what it links to exists, and its tables name what the code knows.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readBootstrap } from "#control/read-bootstrap.ts";
import { priceWords } from "#control/catalogue/price-list.ts";
import { parseConfig } from "#control/config.ts";
import { parseConfiguration } from "#control/configuration/parse-configuration.ts";
import { routes } from "#control/rest/routes.ts";
import { limitUnits } from "#control/limits/limit-words.ts";
import { shippedModels } from "#control/shipped-catalogue/models.ts";
import { notYetBuilt, shippedProviders } from "#control/shipped-catalogue/providers.ts";
import { parseSettings } from "#control/start/settings.ts";
import { appRouter } from "#control/trpc/router.ts";
import { allowanceWindows } from "#schema/bounds.ts";
import { accountKinds, transferKinds } from "#schema/tables/ledger.ts";
import { policyKinds } from "#schema/money/policy.ts";
import { outcomes } from "#schema/usage-record.ts";
import { type Block, readDocument, readUserDocuments } from "./read-documents.ts";
import { listFiles } from "./read-source.ts";

const root = join(import.meta.dirname, "..");
const readyMsMax = 40_000;
const blockMsMax = 60_000;
const pythonMsMax = 60_000;

const documents = readUserDocuments(root);
const folderReadmes = [
  "schema/README.md",
  "schema/money/README.md",
  "schema/ledger/README.md",
  "data-plane/README.md",
  "data-plane/providers/README.md",
  "control-plane/README.md",
  "test/README.md",
  "bench/README.md",
].map((path) => readDocument(root, path));
const everything = [...documents, ...folderReadmes];
const fileNames = new Set(listFiles(root).map((path) => basename(path)));

const ran: string[] = [];
const skipped: string[] = [];

// --- What is run.

/** Blocks in these languages are for running, or are marked; those in the others show what comes out. */
const runnable = new Set(["sh", "js", "ts", "python", "graphql", "yaml"]);
const shown = new Set(["json", "text"]);

/** What `npx turnpike` comes to, eighty times: npx itself takes more CPU than most commands. One test runs the real one. */
const npxInBash = `npx() { [ "$1" = turnpike ] || { command npx "$@"; return; }
  shift; ${JSON.stringify(process.execPath)} control-plane/cli/turnpike.mjs "$@"; }`;

const pipInstall =
  "-m pip install --quiet --disable-pip-version-check --retries 0 --timeout 10 openai";

const [installation, python] = await Promise.all([startInstallation(), findPython()]);

const commands = suite("documented commands");
for (const document of documents) {
  if (document.blocks.every(({ notRun, language }) => notRun !== null || !runnable.has(language)))
    continue;
  commands(`what ${document.path} tells people to run runs`, async () => {
    for (const block of document.blocks) {
      if (block.notRun === null && runnable.has(block.language)) await run(document.path, block);
    }
  });
}
commands("npx turnpike is the command of this folder", () =>
  succeeds("npx", "npx", ["turnpike", "keys", "list"]),
);
commands.after(async () => {
  console.log(
    `${ran.length} code blocks ran; ${marked()} are marked as not run${skipped.map((one) => `; skipped ${one}`).join("")}`,
  );
  await installation.close();
});

const marked = (): number =>
  documents.flatMap(({ blocks }) => blocks).filter(({ notRun }) => notRun !== null).length;

async function run(path: string, { language, code, line }: Block): Promise<void> {
  const place = `${path}:${line}`;
  const text = installation.localise(code);
  switch (language) {
    case "sh":
      // An answer that is an error is a failure here, though a person would just see it.
      await succeeds(place, "bash", [
        "-euo",
        "pipefail",
        "-c",
        `curl() { command curl --fail-with-body -sS "$@"; }\n${npxInBash}\n${text}`,
      ]);
      break;
    case "js":
      await succeeds(place, process.execPath, ["--input-type=module", "-e", text]);
      break;
    case "ts":
      await succeeds(place, process.execPath, ["--input-type=module-typescript", "-e", text]);
      break;
    case "python":
      if (python.program === null) {
        skipped.push(`${place} (${python.why})`);
        return;
      }
      await succeeds(place, python.program, ["-c", text]);
      break;
    case "graphql":
      await isAnswered(place, text);
      break;
    case "yaml": {
      parseConfiguration(text);
      const [, name] = /^# ([\w-]+\.yaml)\n/.exec(text) ?? [];
      assert.ok(name, `${place}: its first line should be a comment with the file's name`);
      writeFileSync(join(installation.folder, name), text);
      break;
    }
    default:
      throw new Error(`${place}: nothing runs ${language}`);
  }
  ran.push(place);
}

/** @throws with everything that was printed when the program fails or takes too long. */
function succeeds(place: string, program: string, words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      words,
      { cwd: installation.folder, env: installation.environment, timeout: blockMsMax },
      (error, stdout, stderr) => {
        if (error === null) resolve();
        else
          reject(
            new Error(
              `${place} failed (${error.killed ? "too slow" : `exit code ${error.code}`}):\n${stdout}${stderr}`,
            ),
          );
      },
    );
  });
}

async function isAnswered(place: string, query: string): Promise<void> {
  const response = await fetch(`${installation.origin}/graphql`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${installation.environment["TURNPIKE_MANAGEMENT_KEY"]}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ query }),
  });
  const { errors } = (await response.json()) as { errors?: unknown };
  assert.is(errors, undefined, `${place}: ${JSON.stringify(errors)}`);
}

type Started = {
  origin: string;
  /** Looks like a clone of the project, without its `.turnpike`. */
  folder: string;
  environment: Record<string, string | undefined>;
  /** The documented ports as this installation's. */
  localise(code: string): string;
  close(): Promise<void>;
};

/** `npm start` with nothing set but the ports, in a folder of links to the project's files. */
async function startInstallation(): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-docs-"));
  chmodSync(folder, 0o755); // root's Postgres runs as nobody, and has to get through
  for (const name of readdirSync(root)) {
    if (name !== ".turnpike" && name !== ".git") symlinkSync(join(root, name), join(folder, name));
  }
  const [port, controlPort] = await freePorts();
  const { PATH, HOME, LANG } = process.env;
  const environment: Started["environment"] = {
    PATH,
    HOME,
    LANG,
    NO_UPDATE_NOTIFIER: "1",
    NODE_COMPILE_CACHE: join(root, "node_modules/.cache/turnpike-docs"), // a command takes 0.27 s of CPU time instead of 0.36 s
    PORT: String(port),
    CONTROL_PORT: String(controlPort),
    GATEWAY_WORKERS: "1",
  };
  const npm = spawn("npm", ["start"], {
    cwd: folder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [npm.stdout, npm.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const dataDir = join(folder, ".turnpike");
  const close = async () => {
    await end(npm, join(dataDir, "start.lock"));
    rmSync(folder, { recursive: true, force: true });
  };
  for (const since = Date.now(); !output.includes("Turnpike is ready"); await sleep(50)) {
    if (npm.exitCode === null && Date.now() - since < readyMsMax) continue;
    await close();
    throw new Error(`npm start did not become ready:\n${output}`);
  }
  const known = readBootstrap(dataDir);
  if (known === null) throw new Error("npm start wrote no bootstrap.json");
  return {
    origin: known.origin,
    folder,
    environment: {
      ...environment,
      TURNPIKE_KEY: known.inference_key,
      TURNPIKE_MANAGEMENT_KEY: known.management_key,
    },
    localise: (code) =>
      code
        .replaceAll("127.0.0.1:4000", `127.0.0.1:${port}`)
        .replaceAll("127.0.0.1:4001", `127.0.0.1:${controlPort}`),
    close,
  };
}

/** Tells the supervisor to stop, since npm passes signals on only at times, and waits for npm. */
async function end(npm: ChildProcess, lock: string): Promise<void> {
  if (npm.exitCode !== null || npm.signalCode !== null) return;
  const exited = once(npm, "exit");
  const pid = existsSync(lock) ? Number(/"pid":\s*(\d+)/.exec(readFileSync(lock, "utf8"))?.[1]) : 0;
  if (pid > 0) process.kill(pid, "SIGTERM");
  else npm.kill("SIGTERM");
  const late = setTimeout(() => npm.kill("SIGKILL"), 20_000);
  await exited;
  clearTimeout(late);
}

/** A free port, and one whose neighbour (the simulator's) is free too. */
async function freePorts(): Promise<[number, number]> {
  for (;;) {
    const [first, second] = [await listen(0), await listen(0)];
    const neighbour = await listen(second.port + 1).catch(() => null);
    await Promise.all([first.close(), second.close(), neighbour?.close()]);
    if (neighbour && first.port !== neighbour.port) return [first.port, second.port];
  }
}

async function listen(port: number): Promise<{ port: number; close(): Promise<unknown> }> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** A Python with the `openai` package: the machine's, or one made in node_modules/.cache, once. */
async function findPython(): Promise<{ program: string | null; why: string }> {
  const works = async (program: string): Promise<boolean> => {
    const { status } = await finish(program, ["-c", "import openai"]);
    return status === 0;
  };
  if (await works("python3")) return { program: "python3", why: "" };
  const folder = join(root, "node_modules/.cache/turnpike-docs-python");
  const program = join(folder, "bin/python3");
  if (existsSync(program) && (await works(program))) return { program, why: "" };
  const made = await finish("python3", ["-m", "venv", folder]);
  if (made.status !== 0) return { program: null, why: "python3 with venv is not installed" };
  const got = await finish(program, pipInstall.split(" "));
  if (got.status === 0 && (await works(program))) return { program, why: "" };
  return { program: null, why: "the Python package openai could not be installed" };
}

function finish(program: string, words: readonly string[]): Promise<{ status: number }> {
  return new Promise((resolve) => {
    execFile(program, words, { timeout: pythonMsMax }, (error) =>
      resolve({ status: error === null ? 0 : 1 }),
    );
  });
}

// --- What is only read.

const pages = suite("documents");

pages("every code block runs, is marked as not run with a reason, or shows output", () => {
  const offences = documents.flatMap(({ path, blocks }) =>
    blocks
      .filter(({ language, notRun }) => notRun === null && !runnable.has(language))
      .flatMap(({ language, line, code }) => {
        if (!shown.has(language)) return [`${path}:${line}: the language "${language}"`];
        if (language === "json") JSON.parse(code);
        return [];
      }),
  );
  assert.equal(offences, []);
});

pages("every link leads to a file that exists, and to a heading in it", () => {
  const offences = everything.flatMap(({ path, links, anchors }) =>
    links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [target = "", anchor] = link.split("#");
        const file = target === "" ? path : join(dirname(path), target);
        if (!existsSync(join(root, file))) return true;
        if (anchor === undefined) return false;
        const there = target === "" ? anchors : readDocument(root, file).anchors;
        return !there.includes(anchor);
      })
      .map((link) => `${path}: ${link}`),
  );
  assert.equal(offences, []);
});

pages("every file that is named exists", () => {
  const offences = everything.flatMap(({ path, words }) =>
    words
      .filter((word) => isOurPath(word))
      .filter((word) =>
        // A name alone may stand for a file in another folder; a path is from here or from the top.
        word.includes("/")
          ? !existsSync(join(root, word)) && !existsSync(join(root, dirname(path), word))
          : !fileNames.has(word),
      )
      .map((word) => `${path}: ${word}`),
  );
  assert.equal(offences, []);
});

/** Not what an installation makes in DATA_DIR, which is no file of the project. */
function isOurPath(word: string): boolean {
  if (/[\s<>*:…(]/.test(word) || word.startsWith("/") || madeByStart.has(word)) return false;
  if (/^[\w.-]+\.(ts|md|mjs|json|svg|graphql)$/.test(word)) return true;
  return /^(control-plane|data-plane|schema|test|docs)\//.test(word);
}
const madeByStart = new Set([
  ".turnpike/bootstrap.json",
  "bootstrap.json",
  "keys.json",
  "postgres.json",
]);

pages(
  "the tables of docs/configuration.md are the variables that are read, no more and no less",
  () => {
    const documented = firstColumns("docs/configuration.md").filter((word) => isVariable(word));
    const known = [
      ...settingsRead(),
      "CONTROL_HOST",
      ...shippedProviders.map(({ keyVariable }) => keyVariable),
    ];
    assert.equal(documented.toSorted(), known.toSorted());
  },
);

pages("every variable that is named is one that is read", () => {
  const known = new Set([
    ...settingsRead(),
    ...controlSettingsRead(),
    ...shippedProviders.flatMap(({ keyVariable, otherKeyVariables = [], variables }) => [
      keyVariable,
      ...otherKeyVariables,
      ...Object.values(variables).map(({ variable }) => variable),
    ]),
    ...Object.keys(notYetBuilt),
    "ACME_API_KEY", // an example's own
  ]);
  const offences = documents.flatMap(({ path, words }) =>
    words
      .flatMap((word) => /^([A-Z][A-Z0-9_]*)(=.*)?$/.exec(word)?.[1] ?? [])
      .filter((word) => isVariable(word) && !known.has(word))
      .map((word) => `${path}: ${word}`),
  );
  assert.equal(offences, []);
});

/** Words of GraphQL's enumerations and ours have no underscore, or are no names of settings. */
const isVariable = (word: string): boolean =>
  /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$|^(PORT|HOST|DURABILITY)$/.test(word);

/** What `npm start` asks its environment for. */
function settingsRead(): string[] {
  const { environment, names } = observed({});
  parseSettings(environment, { folder: root, cores: 1, platform: "linux" });
  return names();
}

function controlSettingsRead(): string[] {
  const { environment, names } = observed({
    DATABASE_URL: "postgres://turnpike@127.0.0.1/turnpike",
    MASTER_KEY: "ab".repeat(32),
  });
  parseConfig(environment);
  return names();
}

function observed(values: Record<string, string>): {
  environment: Record<string, string | undefined>;
  names: () => string[];
} {
  const asked = new Set<string>();
  const environment = new Proxy(values, {
    get(target, name) {
      asked.add(String(name));
      return target[String(name)];
    },
  });
  return { environment, names: () => [...asked] };
}

for (const { page, what, names } of [
  { page: "docs/billing.md", what: "outcome", names: [...outcomes] },
  { page: "docs/billing.md", what: "kind of account", names: [...accountKinds] },
  { page: "docs/billing.md", what: "kind of transfer", names: [...transferKinds] },
  { page: "docs/prices.md", what: "word of a price list", names: Object.keys(priceWords) },
  { page: "docs/prices.md", what: "policy", names: [...policyKinds] },
  { page: "docs/keys-and-limits.md", what: "unit of a limit", names: [...limitUnits] },
  { page: "docs/keys-and-limits.md", what: "window of a limit", names: [...allowanceWindows] },
  {
    page: "docs/admin-client.md",
    what: "command",
    names: Object.keys(appRouter._def.procedures),
  },
  {
    page: "docs/api.md",
    what: "REST path",
    names: routes.map(({ path }) => path).filter((path) => path !== "models/{id}"),
  },
] as const) {
  pages(`${page} has every ${what}`, () => {
    const said = firstColumns(page).map((word) => word.replace(/^(?:GET |POST )?\/|\?.*$/g, ""));
    const missing = names.filter((name) => !said.includes(name));
    assert.equal(missing, []);
  });
}

pages("README says how large the shipped catalogue is", () => {
  const endpoints = shippedModels.flatMap(({ endpoints = [] }) => endpoints);
  const providers = new Set(endpoints.map(({ provider }) => provider));
  assert.match(
    readFileSync(join(root, "README.md"), "utf8"),
    `${shippedModels.length} models and ${endpoints.length} endpoints of ${providers.size} providers`,
  );
});

pages("the limit_source table of docs/keys-and-limits.md is what gateways say", () => {
  const told = new Set(codeOf("data-plane/").match(/(?<=")openrouter_[a-z_]+(?=")/g));
  const said = firstColumns("docs/keys-and-limits.md").filter((word) =>
    word.startsWith("openrouter_"),
  );
  assert.equal(said.toSorted(), [...told].toSorted());
});

pages("every metric that is named is one that is told", () => {
  const code = codeOf("data-plane/") + codeOf("control-plane/");
  const named = documents.flatMap(({ words }) =>
    words.filter((word) => /^turnpike_\w+$/.test(word)),
  );
  const missing = named.filter((name) => !code.includes(`"${name}"`));
  assert.equal(missing, []);
});

const codeOf = (folder: string): string =>
  listFiles(root)
    .filter((path) => path.startsWith(folder) && path.endsWith(".ts"))
    .map((path) => readFileSync(join(root, path), "utf8"))
    .join("");

/** What stands in backticks in the first column of the page's tables. */
function firstColumns(path: string): string[] {
  const rows = readFileSync(join(root, path), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("|"));
  return rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word),
  );
}

pages.run();
commands.run();
