/** `turnpike models …`, `turnpike providers …`, `turnpike prices …`. */
import { priceWords } from "../catalogue/parse-price-list.ts";
import type { AdminClient } from "../trpc/admin.ts";
import { addCommand, addRoom, allRows, laggards, minute, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { CliError, UsageError } from "./context.ts";
import { table } from "./table.ts";

type Model = Awaited<ReturnType<AdminClient["models"]["list"]["query"]>>["rows"][number];
type PriceList = Awaited<ReturnType<AdminClient["prices"]["list"]["query"]>>[number];
type WrittenPrices = NonNullable<
  Parameters<AdminClient["prices"]["publish"]["mutate"]>[0]["charge"]
>;

export function addCatalogueCommands({ program, context }: Cli): void {
  const models = addRoom(program, "models", "models: list", ["models list", "models list llama"]);
  addCommand(models, "list [word]", "list models and who answers them; WORD must be in the id", [
    "models list",
    "models list llama",
    "models list --json",
  ])
    .option("--all", "disabled ones too")
    .action(async (word: string | undefined, options: { all?: boolean; json?: boolean }) => {
      const all = await withAdmin(context, (admin) => listModels(admin, options.all ?? false));
      const found = all.filter(({ id }) => word === undefined || id.includes(word.toLowerCase()));
      print(context, options, found, () => {
        if (all.length === 0)
          return "No models. Set a provider key such as OPENAI_API_KEY and start again, or apply a config file.\n";
        if (found.length === 0) return `No model has "${word ?? ""}" in its id.\n`;
        return table(
          found,
          [
            { title: "MODEL", value: (model) => model.id },
            { title: "NAME", value: (model) => model.name, flexible: true },
            {
              title: "CONTEXT",
              value: (model) => model.contextLength.toLocaleString("en-US"),
              align: "right",
            },
            { title: "STATE", value: (model) => model.status },
            { title: "PROVIDERS", value: providersOf, flexible: true },
          ],
          context.width,
        );
      });
    });

  const providers = addRoom(program, "providers", "providers: list", ["providers list"]);
  addCommand(providers, "list", "list the providers that are connected", [
    "providers list",
    "providers list --json",
  ]).action(async (options: { json?: boolean }) => {
    const all = await withAdmin(context, (admin) =>
      allRows((after) => admin.providers.list.query({ after, limit: 100 })),
    );
    print(context, options, all, () =>
      all.length === 0
        ? "No providers. Set a key such as OPENAI_API_KEY and start again, or apply a config file.\n"
        : table(
            all,
            [
              { title: "PROVIDER", value: (provider) => provider.slug },
              { title: "NAME", value: (provider) => provider.name, flexible: true },
              { title: "PROTOCOL", value: (provider) => provider.protocol },
              { title: "KEY", value: (provider) => (provider.hasKey ? "set" : "none") },
              { title: "STATE", value: (provider) => provider.status },
              { title: "BASE URL", value: (provider) => provider.baseUrl, flexible: true },
            ],
            context.width,
          ),
    );
  });

  const prices = addRoom(program, "prices", "prices: list, publish", [
    "prices list acme/big-1",
    "prices publish acme/big-1 --charge input=1.00,output=2.00",
  ]);
  addCommand(
    prices,
    "list <model>",
    "list a model's price lists, newest first; USD per million tokens",
    ["prices list acme/big-1", "prices list acme/big-1 --provider acme --json"],
  )
    .option("-p, --provider <slug>", "only at this provider")
    .action(async (id: string, options: { provider?: string; json?: boolean }) => {
      const lists = await withAdmin(context, async (admin) => {
        const model = await findModel(admin, id);
        const endpoints = model.endpoints.filter(
          ({ provider }) => options.provider === undefined || provider === options.provider,
        );
        const found = await Promise.all(
          endpoints.map(async ({ id: endpointId, provider, upstreamModel }) =>
            (await admin.prices.list.query({ endpointId })).map((list) => ({
              provider,
              upstreamModel,
              ...list,
            })),
          ),
        );
        return found.flat();
      });
      print(context, options, lists, () =>
        lists.length === 0
          ? "No prices. Publish them with: turnpike prices publish MODEL --charge input=…,output=…\n"
          : table(
              lists,
              [
                { title: "PROVIDER", value: (list) => list.provider },
                { title: "SIDE", value: (list) => list.side },
                { title: "FROM (UTC)", value: (list) => minute(list.effectiveAt) },
                { title: "PRICES", value: showPrices },
                { title: "BY", value: (list) => list.publishedBy, flexible: true },
              ],
              context.width,
            ),
      );
    });

  addCommand(
    prices,
    "publish <model>",
    "publish prices of a model at a provider; USD per million tokens",
    [
      "prices publish acme/big-1 --charge input=1.00,output=2.00",
      "prices publish acme/big-1 --provider acme --charge input=1,output=2,cache_read=0.1 --cost input=0.8,output=1.6",
      "prices publish acme/big-1 --charge input=2,output=4 --effective-at 2027-01-01T00:00:00Z",
    ],
  )
    .option("-p, --provider <slug>", "at which provider, when there are several")
    .option("--upstream-model <id>", "which of its models, when there are several")
    .option("--charge <prices>", "what customers pay, such as input=1.00,output=2.00")
    .option("--cost <prices>", "what the provider asks")
    .option("--effective-at <instant>", "from when on (default: now)")
    .action(async (model: string, options: PublishOptions) => {
      const charge =
        options.charge === undefined ? undefined : parsePrices("--charge", options.charge);
      const cost = options.cost === undefined ? undefined : parsePrices("--cost", options.cost);
      if (charge === undefined && cost === undefined)
        throw new UsageError("give --charge, --cost, or both");
      const published = await withAdmin(context, async (admin) => {
        const endpointId = await findEndpoint(admin, model, options);
        return admin.prices.publish.mutate({
          endpointId,
          charge,
          cost,
          effectiveAt: options.effectiveAt,
        });
      });
      print(context, options, published, () =>
        published.unchanged
          ? "unchanged: these prices are in force already\n"
          : `Published, from ${minute(published.effectiveAt)} UTC on.\n${laggards(published.appliedEverywhere)}`,
      );
    });
}

type PublishOptions = {
  provider?: string;
  upstreamModel?: string;
  charge?: string;
  cost?: string;
  effectiveAt?: string;
  json?: boolean;
};

const listModels = (admin: AdminClient, includeDisabled: boolean): Promise<Model[]> =>
  allRows((after) => admin.models.list.query({ after, limit: 100, includeDisabled }));

/** The one endpoint that is meant; a person need not say what there is only one of. */
async function findEndpoint(
  admin: AdminClient,
  id: string,
  { provider, upstreamModel }: PublishOptions,
): Promise<string> {
  const model = await findModel(admin, id);
  const found = model.endpoints.filter(
    (endpoint) =>
      (provider === undefined || endpoint.provider === provider) &&
      (upstreamModel === undefined || endpoint.upstreamModel === upstreamModel),
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.id;
  const choices = model.endpoints.map(
    (endpoint) => `--provider ${endpoint.provider} --upstream-model ${endpoint.upstreamModel}`,
  );
  throw new CliError(
    `${id} has ${found.length === 0 ? "no such endpoint" : `${found.length} endpoints that fit`}; name one of:\n  ${choices.join("\n  ")}`,
  );
}

async function findModel(admin: AdminClient, id: string): Promise<Model> {
  const model = (await listModels(admin, true)).find((each) => each.id === id);
  if (model === undefined) throw new CliError(`there is no model ${id}; see: turnpike models list`);
  return model;
}

function providersOf(model: Model): string {
  return (
    [
      ...new Set(
        model.endpoints.filter(({ status }) => status === "active").map(({ provider }) => provider),
      ),
    ].join(", ") || "none"
  );
}

function showPrices({ prices, above }: Pick<PriceList, "prices" | "above">): string {
  const words = (list: Record<string, string | undefined>) =>
    Object.entries(list)
      .map(([word, amount]) => `${word} ${amount ?? ""}`)
      .join(", ");
  return [
    words(prices),
    ...above.map(
      (tier) => `above ${tier.inputTokens.toLocaleString("en-US")}: ${words(tier.prices)}`,
    ),
  ].join("; ");
}

/** `input=1.00,output=2.00`; whether the amounts are prices, the command itself says. */
function parsePrices(option: string, text: string): WrittenPrices {
  const prices: Record<string, string> = {};
  for (const part of text.split(",")) {
    const [word = "", amount = "", ...rest] = part.split("=").map((side) => side.trim());
    if (word === "" || amount === "" || rest.length > 0) {
      throw new UsageError(
        `${option}: expected prices such as input=1.00,output=2.00; got "${part}"`,
      );
    }
    if (!Object.hasOwn(priceWords, word)) {
      throw new UsageError(
        `${option}: "${word}" is not priced; expected one of ${Object.keys(priceWords).join(", ")}`,
      );
    }
    prices[word] = amount;
  }
  return prices as WrittenPrices;
}
