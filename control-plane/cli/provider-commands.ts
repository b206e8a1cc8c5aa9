/** `turnpike providers …`: who answers, with which keys, and whether it does. */
import { text as readAll } from "node:stream/consumers";
import { z } from "zod";
import { isLocalName, reachOf } from "#schema/network-addresses.ts";
import { parsePerMillion } from "#schema/money/amount.ts";
import type { AdminClient } from "../trpc/admin.ts";
import { fillProvider } from "../shipped-catalogue/fill-provider.ts";
import { localServers } from "../shipped-catalogue/local-servers.ts";
import { notSpoken, shippedProviders } from "../shipped-catalogue/providers.ts";
import { askGateway } from "./ask-gateway.ts";
import { addCommand, addRoom, allRows, laggards, minute, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { CliError, UsageError, type CliContext } from "./context.ts";
import { discoverModels } from "./discover-models.ts";
import { localConfiguration } from "./local-configuration.ts";
import { table } from "./table.ts";

/** What is said of a model whose server does not say: short enough for any of these. */
const contextLengthOtherwise = 8_192;

type AddOptions = {
  url?: string;
  keyEnv?: string;
  set?: string[];
  free?: boolean;
  input?: string;
  output?: string;
  context?: string;
  model?: string[];
  json?: boolean;
};
type KeyOptions = { name?: string; weight?: string; keyEnv?: string; json?: boolean };
type CheckOptions = { dryRun?: boolean; model?: string; stream?: boolean; json?: boolean };

export function addProviderCommands({ program, context }: Cli): void {
  const providers = addRoom(
    program,
    "providers",
    "providers: list, add, check, disable, enable, and their keys",
    ["providers list", "providers add ollama --free", "providers check groq"],
  );
  addListCommand({ program: providers, context });
  addAddCommand({ program: providers, context });
  addCheckCommand({ program: providers, context });
  for (const verb of ["disable", "enable"] as const) {
    addCommand(
      providers,
      `${verb} <provider>`,
      verb === "disable"
        ? "take a provider out of use; its models, prices and history stay"
        : "put a disabled provider back into use",
      [`providers ${verb} acme`],
    ).action(async (provider: string, options: { json?: boolean }) => {
      const done = await withAdmin(context, (admin) => admin.providers[verb].mutate({ provider }));
      const said = verb === "disable" ? "Disabled" : "Enabled";
      print(context, options, done, () => `${said}.\n${laggards(done.appliedEverywhere)}`);
    });
  }
  addKeysCommands({ program: providers, context });
}

function addListCommand({ program, context }: Cli): void {
  addCommand(program, "list", "list the providers that are connected", [
    "providers list",
    "providers list --all",
    "providers list --json",
  ])
    .option("--all", "those too that could be connected, and by which variable")
    .action(async (options: { all?: boolean; json?: boolean }) => {
      const connected = await withAdmin(context, listProviders);
      if (options.all) return listAll(context, options, connected);
      print(context, options, connected, () =>
        connected.length === 0
          ? "No providers. Set a key such as OPENAI_API_KEY and start again, or run: turnpike providers add\n"
          : table(
              connected,
              [
                { title: "PROVIDER", value: (provider) => provider.slug },
                { title: "NAME", value: (provider) => provider.name, flexible: true },
                { title: "PROTOCOL", value: (provider) => provider.protocol },
                { title: "KEYS", value: (provider) => String(provider.keys), align: "right" },
                { title: "STATE", value: (provider) => provider.status },
                { title: "BASE URL", value: (provider) => provider.baseUrl, flexible: true },
              ],
              context.width,
            ),
      );
    });
}

const listProviders = (admin: AdminClient) =>
  allRows((after) => admin.providers.list.query({ after, limit: 100 }));

function listAll(
  context: CliContext,
  options: { json?: boolean },
  connected: Awaited<ReturnType<typeof listProviders>>,
): void {
  const stateOf = (slug: string): string =>
    connected.find((provider) => provider.slug === slug)?.status ?? "–";
  const rows = [
    ...shippedProviders.map(({ keyVariable, variables, ...provider }) => ({
      slug: provider.slug,
      name: provider.name,
      protocol: provider.protocol as string,
      needs: [keyVariable, ...Object.values(variables).map(({ variable }) => variable)],
      docs: provider.docs,
      source: provider.source as string,
      asOf: provider.asOf,
    })),
    ...localServers.map(({ slug, name, docs }) => ({
      slug,
      name,
      protocol: "openai-chat",
      needs: [`turnpike providers add ${slug}`],
      docs,
      source: "documentation",
      asOf: "2026-11-22",
    })),
  ].map((row) => ({ ...row, status: stateOf(row.slug) }));
  print(context, options, rows, () =>
    table(
      rows,
      [
        { title: "PROVIDER", value: (row) => row.slug },
        { title: "NAME", value: (row) => row.name, flexible: true },
        { title: "STATE", value: (row) => row.status },
        { title: "PROTOCOL", value: (row) => row.protocol },
        { title: "CONNECTED BY", value: (row) => row.needs.join(", "), flexible: true },
      ],
      context.width,
    ),
  );
}

function addAddCommand({ program, context }: Cli): void {
  addCommand(
    program,
    "add <provider>",
    "connect a provider that is known here, with its models; or a server of your own, whose models are found by asking it",
    [
      "providers add groq --key-env GROQ_API_KEY",
      "providers add cloudflare --key-env CF_TOKEN --set CLOUDFLARE_ACCOUNT_ID=0123abcd",
      "providers add ollama --free",
      "providers add vllm --url http://10.0.0.5:8000/v1 --input 0.10 --output 0.40",
      "providers add my-server --url http://10.0.0.6:9000/v1 --free",
    ],
  )
    .option("--key-env <variable>", "the environment variable that holds the key")
    .option(
      "--set <variable=value>",
      "what the provider's address needs besides (repeatable); otherwise read from the environment",
      collect,
    )
    .option("--url <url>", "where a server of your own is (default: where it usually listens)")
    .option("--free", "its models cost nothing")
    .option("--input <usd>", "what a million tokens of input cost, in USD")
    .option("--output <usd>", "what a million tokens of output cost, in USD")
    .option("--context <tokens>", "the context length, where the server does not say or is wrong")
    .option("--model <name>", "only this model of the server (repeatable)", collect)
    .action(async (slug: string, options: AddOptions) => {
      const unspoken = notSpoken[slug];
      if (unspoken !== undefined)
        throw new CliError(`${unspoken.name} cannot be connected: ${unspoken.why}`);
      const shipped = shippedProviders.find((provider) => provider.slug === slug);
      if (shipped && options.url === undefined) return addShipped(context, shipped.slug, options);
      await addLocal(context, slug, options);
    });
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

async function addShipped(context: CliContext, slug: string, options: AddOptions): Promise<void> {
  const shipped = shippedProviders.find((provider) => provider.slug === slug);
  if (!shipped) throw new UsageError(`no provider ${slug} is known here`);
  const settings: Record<string, string> = {};
  for (const { variable } of Object.values(shipped.variables)) {
    const value = context.environment[variable]?.trim();
    if (value) settings[variable] = value;
  }
  for (const text of options.set ?? []) {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`--set: expected VARIABLE=value, got "${text}"`);
    settings[text.slice(0, at)] = text.slice(at + 1);
  }
  const known = [shipped.keyVariable, ...(shipped.otherKeyVariables ?? [])];
  const key =
    options.keyEnv === undefined
      ? known.map((variable) => context.environment[variable]?.trim()).find(Boolean)
      : keyFrom(context, options.keyEnv);
  const { shippedModels } = await import("../shipped-catalogue/models.ts");
  const hasModels = shippedModels.some(({ endpoints = [] }) =>
    endpoints.some(({ provider }) => provider === slug),
  );
  const added = await withAdmin(context, (admin) =>
    admin.providers.add.mutate({ slug, settings, ...(key === undefined ? {} : { key }) }),
  );
  print(context, options, added, () =>
    [
      ...added.changes.map((change) => `${change}\n`),
      ...added.notes.map((note) => `note: ${note}\n`),
      added.changes.length === 0 ? "unchanged\n" : laggards(added.appliedEverywhere),
      hasModels
        ? `Try it: turnpike providers check ${slug}\n`
        : `note: no models of it are shipped; see what it has: turnpike catalogue import --from provider ${slug}\n`,
    ].join(""),
  );
}

async function addLocal(context: CliContext, slug: string, options: AddOptions): Promise<void> {
  const server = localServers.find((each) => each.slug === slug);
  const url = options.url ?? server?.baseUrl;
  if (url === undefined) {
    throw new UsageError(
      `"${slug}" is no provider that is known here (turnpike providers list --all); for a server of your own, say where it is with --url`,
    );
  }
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol))
    throw new UsageError(
      `--url: expected an address such as http://127.0.0.1:11434/v1, got "${url}"`,
    );
  // Every one of these servers has its OpenAI API below /v1.
  const baseUrl = url.replace(/\/+$/, "") + (parsed.pathname === "/" ? "/v1" : "");
  const price = priceOf(options);
  const contextLength =
    options.context === undefined ? null : wholeOf("--context", options.context);
  const key = options.keyEnv === undefined ? null : keyFrom(context, options.keyEnv);
  const found = await discoverModels(slug, baseUrl, key);
  const wanted =
    options.model === undefined ? found : found.filter(({ id }) => options.model?.includes(id));
  if (wanted.length === 0) {
    throw new CliError(
      found.length === 0
        ? `${baseUrl} has no models yet; load one, then run this again`
        : `${baseUrl} has none of those; it has ${found.map(({ id }) => id).join(", ")}`,
    );
  }
  const { hostname, protocol } = parsed;
  const { configuration, leftOut } = localConfiguration(
    {
      slug,
      name: server?.name ?? slug,
      baseUrl,
      flags: server?.flags ?? {},
      allowPrivateNetwork:
        protocol === "http:" || reachOf(hostname) === "private" || isLocalName(hostname),
    },
    wanted,
    { price, contextLength, contextLengthOtherwise },
  );
  const variable = "TURNPIKE_ADDED_KEY"; // in the request's own words only, and in no environment
  const applied = await withAdmin(context, async (admin) => {
    const hasKey =
      key !== null ||
      (await listProviders(admin)).some((each) => each.slug === slug && each.hasKey);
    const file = JSON.stringify({
      ...configuration,
      providers: configuration.providers?.map((provider) => ({
        ...provider,
        ...(hasKey ? { key_env: variable } : {}), // not given again: the one that is there stays
      })),
    });
    return admin.configuration.applyFile.mutate({
      file,
      keys: key === null ? {} : { [variable]: key },
    });
  });
  const guessed = wanted.filter(
    (model) =>
      contextLength === null &&
      !leftOut.includes(model.id) &&
      (model.assumed || model.contextLength === null),
  );
  const models = (configuration.models ?? []).map(({ id, context_length: tokens }) => ({
    id,
    contextLength: tokens,
  }));
  print(context, options, { ...applied, models, leftOut }, () =>
    [
      ...applied.changes.map((change) => `${change}\n`),
      ...applied.notes.map((note) => `note: ${note}\n`),
      applied.changes.length === 0
        ? `unchanged: ${models.length} models of ${slug} are there already\n`
        : laggards(applied.appliedEverywhere),
      ...(leftOut.length === 0 ? [] : [`left out, no chat models: ${leftOut.join(", ")}\n`]),
      ...(guessed.length === 0
        ? []
        : [
            `note: the server does not say for certain how long the context of ${guessed.map(({ id }) => id).join(", ")} is; if it is another, say so with --context\n`,
          ]),
      `Try it: turnpike providers check ${slug}\n`,
    ].join(""),
  );
}

/** Free is said, never assumed: a price that somebody forgot would give answers away. */
function priceOf({ free, input, output }: AddOptions): { input: string; output: string } {
  if (free) {
    if (input !== undefined || output !== undefined)
      throw new UsageError("give --free, or --input and --output");
    return { input: "0.00", output: "0.00" };
  }
  if (input === undefined || output === undefined) {
    throw new UsageError(
      "say what its models cost: --free, or --input and --output in USD per million tokens",
    );
  }
  for (const [flag, text] of [
    ["--input", input],
    ["--output", output],
  ] as const) {
    try {
      parsePerMillion(text);
    } catch (cause) {
      throw new UsageError(`${flag}: ${cause instanceof Error ? cause.message : "no amount"}`, {
        cause,
      });
    }
  }
  return { input, output };
}

const dry = z.object({
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  protocol: z.string(),
  upstreamModel: z.string(),
});
const checked = z.object({
  model: z.string(),
  upstreamModel: z.string(),
  protocol: z.string(),
  keys: z.array(
    z.object({
      key: z.string(),
      ok: z.boolean(),
      milliseconds: z.number(),
      failure: z
        .object({ kind: z.string(), status: z.number().nullable(), text: z.string() })
        .nullable(),
    }),
  ),
});

function addCheckCommand({ program, context }: Cli): void {
  addCommand(
    program,
    "check <provider>",
    "ask a provider something small by each of its keys, and say whether it answers; it costs what the provider asks for a few tokens, and is not booked",
    [
      "providers check groq",
      "providers check groq --model openai/gpt-oss-20b",
      "providers check anthropic --dry-run",
      "providers check amazon-bedrock --dry-run --stream",
    ],
  )
    .option("--model <model>", "which model to ask (default: the first of the provider that chats)")
    .option("--dry-run", "show the request with its secrets masked, and send nothing")
    .option("--stream", "with --dry-run: of a stream")
    .action(async (slug: string, options: CheckOptions) => {
      if (options.dryRun) return dryRun(context, slug, options);
      const names = await withAdmin(context, (admin) => namesOfKeys(admin, slug));
      const answer = await askGateway(
        context,
        { provider: slug, ...(options.model === undefined ? {} : { model: options.model }) },
        checked,
      );
      print(context, options, answer, () => {
        const head = `${slug}: ${answer.model} as ${answer.upstreamModel}, by ${answer.protocol}\n`;
        if (answer.keys.length === 0)
          return `${head}none of its keys can be used; see: turnpike providers keys list ${slug}\n`;
        return (
          head +
          answer.keys
            .map(({ key, ok, milliseconds, failure }) => {
              const name = names.get(key) ?? "without a key";
              if (ok || failure === null) return `  ${name}: ok, ${milliseconds} ms\n`;
              const status = failure.status === null ? "" : `, HTTP ${failure.status}`;
              return `  ${name}: ${failure.kind}${status}: ${failure.text}\n`;
            })
            .join("")
        );
      });
      if (!answer.keys.some(({ ok }) => ok)) throw new CliError(`${slug} does not answer`);
    });
}

async function namesOfKeys(admin: AdminClient, provider: string): Promise<Map<string, string>> {
  const keys = await admin.providers.listKeys.query({ provider });
  return new Map(keys.map(({ id, name, label }) => [id, `key ${name} (${label})`]));
}

async function dryRun(context: CliContext, slug: string, options: CheckOptions): Promise<void> {
  const described = await describe(context, slug, options.model);
  const shown = await askGateway(
    context,
    {
      provider: slug,
      dry_run: true,
      stream: options.stream ?? false,
      ...(options.model === undefined ? {} : { model: options.model }),
      ...(described === null ? {} : { described }),
    },
    dry,
  );
  print(context, options, shown, () =>
    [
      `${shown.method} ${shown.url}\n`,
      ...Object.entries(shown.headers).map(([name, value]) => `${name}: ${value}\n`),
      `\n${pretty(shown.body)}\n`,
    ].join(""),
  );
}

const pretty = (body: string): string => {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
};

/** A provider of our lists that is not connected, as it would be; null for one that is in neither. */
async function describe(
  context: CliContext,
  slug: string,
  model: string | undefined,
): Promise<object | null> {
  const unspoken = notSpoken[slug];
  if (unspoken !== undefined)
    throw new CliError(`${unspoken.name} cannot be called: ${unspoken.why}`);
  const local = localServers.find((server) => server.slug === slug);
  if (local) {
    const { baseUrl, flags } = local;
    return { protocol: "openai-chat", baseUrl, flags, upstreamModel: model ?? "MODEL" };
  }
  const shipped = shippedProviders.find((provider) => provider.slug === slug);
  if (!shipped) return null;
  // What of the address is not set is shown by an example: nothing is sent.
  const examples = Object.fromEntries(
    Object.values(shipped.variables).map(({ variable, example }) => [variable, example]),
  );
  const filled = fillProvider(shipped, { ...examples, ...present(context, examples) });
  if ("missing" in filled) throw new CliError(`${shipped.name} needs ${filled.missing.join()}`);
  const { shippedModels } = await import("../shipped-catalogue/models.ts");
  const ofProvider = shippedModels.flatMap((each) =>
    (each.endpoints ?? [])
      .filter(({ provider }) => provider === slug)
      .map((endpoint) => ({ id: each.id, endpoint })),
  );
  const found =
    model === undefined
      ? ofProvider[0]
      : ofProvider.find(({ id, endpoint }) => id === model || endpoint.upstream_model === model);
  return {
    protocol: found?.endpoint.protocol ?? shipped.protocol,
    baseUrl: filled.baseUrl,
    flags: { ...filled.flags, ...found?.endpoint.flags },
    upstreamModel: found?.endpoint.upstream_model ?? model ?? "MODEL",
  };
}

const present = (context: CliContext, names: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.keys(names).flatMap((variable) => {
      const value = context.environment[variable]?.trim();
      return value ? [[variable, value]] : [];
    }),
  );

function addKeysCommands({ program, context }: Cli): void {
  const keys = addRoom(
    program,
    "keys",
    "a provider's keys: add, list, remove, disable, enable, weight",
    [
      "providers keys list groq",
      "providers keys add groq --name second --key-env GROQ_KEY_2 --weight 2",
    ],
  );
  addCommand(
    keys,
    "add <provider>",
    "give a provider one more key, or replace the one of that name; the key is read from standard input",
    [
      "providers keys add groq --name second < key.txt",
      "providers keys add groq --name second --key-env GROQ_KEY_2 --weight 2",
    ],
  )
    .option("--name <name>", "what to call it", "default")
    .option("--weight <number>", "its share of the calls; 0: only when no other can be used")
    // Not as an argument: those are in the shell's history, and in everybody's list of processes.
    .option("--key-env <variable>", "the environment variable that holds the key")
    .action(async (provider: string, options: KeyOptions) => {
      const key =
        options.keyEnv === undefined
          ? (await readAll(context.stdin)).trim()
          : keyFrom(context, options.keyEnv);
      if (key === "")
        throw new UsageError(
          "there is no key on standard input; pipe it in, or name a variable with --key-env",
        );
      const added = await withAdmin(context, (admin) =>
        admin.providers.addKey.mutate({
          provider,
          key,
          ...(options.name === undefined ? {} : { name: options.name }),
          ...(options.weight === undefined ? {} : { weight: wholeOf("--weight", options.weight) }),
        }),
      );
      const said = { added: "Added", replaced: "Replaced", unchanged: "Unchanged" };
      print(
        context,
        options,
        added,
        () => `${said[added.outcome]}: ${added.label}\n${laggards(added.appliedEverywhere)}`,
      );
    });

  addCommand(keys, "list <provider>", "list a provider's keys; never the keys themselves", [
    "providers keys list groq",
  ]).action(async (provider: string, options: { json?: boolean }) => {
    const rows = await withAdmin(context, (admin) => admin.providers.listKeys.query({ provider }));
    print(context, options, rows, () =>
      rows.length === 0
        ? "No keys: it is called without one.\n"
        : table(
            rows,
            [
              { title: "NAME", value: (row) => row.name },
              { title: "KEY", value: (row) => row.label },
              { title: "WEIGHT", value: (row) => String(row.weight), align: "right" },
              {
                title: "STATE",
                value: (row) => (row.opens ? row.status : "sealed under another MASTER_KEY"),
              },
              { title: "FOR", value: (row) => row.origin, flexible: true },
              { title: "SINCE (UTC)", value: (row) => minute(row.updatedAt) },
            ],
            context.width,
          ),
    );
  });

  addCommand(keys, "remove <provider> <key>", "take a key away from a provider, for good", [
    "providers keys remove groq second",
  ]).action(async (provider: string, key: string, options: { json?: boolean }) => {
    const removed = await withAdmin(context, (admin) =>
      admin.providers.removeKey.mutate({ provider, key }),
    );
    print(context, options, removed, () => `Removed.\n${laggards(removed.appliedEverywhere)}`);
  });

  for (const verb of ["disable", "enable"] as const) {
    addCommand(
      keys,
      `${verb} <provider> <key>`,
      verb === "disable" ? "take a key out of use; it can be put back" : "put a key back into use",
      [`providers keys ${verb} groq second`],
    ).action(async (provider: string, key: string, options: { json?: boolean }) => {
      const done = await withAdmin(context, (admin) =>
        admin.providers[`${verb}Key`].mutate({ provider, key }),
      );
      const said = verb === "disable" ? "Disabled" : "Enabled";
      print(context, options, done, () => `${said}.\n${laggards(done.appliedEverywhere)}`);
    });
  }

  addCommand(
    keys,
    "weight <provider> <key> <weight>",
    "set a key's share of its provider's calls; 0: only when no other can be used",
    ["providers keys weight groq second 3"],
  ).action(async (provider: string, key: string, weight: string, options: { json?: boolean }) => {
    const set = await withAdmin(context, (admin) =>
      admin.providers.weighKey.mutate({ provider, key, weight: wholeOf("WEIGHT", weight) }),
    );
    print(context, options, set, () => `Set.\n${laggards(set.appliedEverywhere)}`);
  });
}

function keyFrom(context: CliContext, variable: string): string {
  const key = context.environment[variable]?.trim();
  if (!key) throw new UsageError(`${variable} is not set in the environment`);
  return key;
}

function wholeOf(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new UsageError(`${name}: expected a whole number, got "${text}"`);
  return Number(text);
}
