/** `turnpike prices …`. */
import { policyKinds } from "#schema/money/policy.ts";
import type { PriceWord } from "../catalogue/price-list.ts";
import type { AdminClient } from "../trpc/admin.ts";
import {
  addCommand,
  addRoom,
  allRows,
  laggards,
  minute,
  money,
  print,
  type Cli,
} from "./command.ts";
import { withAdmin } from "./connection.ts";
import { UsageError } from "./context.ts";
import { findEndpoint, findModel, fitting, type EndpointOptions } from "./find-endpoint.ts";
import { choice } from "./option.ts";
import { parsePercent, showPercent } from "./percent.ts";
import { table } from "./table.ts";
import { parsePairs, parseWrittenPrices, showPriceList } from "./written-prices.ts";

type Preview = Awaited<ReturnType<AdminClient["prices"]["preview"]["query"]>>;
type PolicyKind = (typeof policyKinds)[number];

type PublishOptions = EndpointOptions & {
  charge: string[];
  cost: string[];
  organization?: string;
  effectiveAt?: string;
  expiresAt?: string;
  json?: boolean;
};
type WithdrawOptions = EndpointOptions & {
  side: "charge" | "cost";
  organization?: string;
  effectiveAt?: string;
  json?: boolean;
};
type PreviewOptions = EndpointOptions & {
  usage: string;
  organization?: string;
  at?: string;
  serviceTier?: string;
  ownKey?: boolean;
  policy?: string;
  json?: boolean;
};

/** An option that may be given several times. */
const each = (value: string, before: string[]): string[] => [...before, value];

export function addPriceCommands({ program, context }: Cli): void {
  const prices = addRoom(program, "prices", "prices: list, publish, withdraw, preview, unpriced", [
    "prices list acme/big-1",
    "prices publish acme/big-1 --charge input=1.00,output=2.00",
    "prices preview acme/big-1 --usage input=1200,output=80",
  ]);
  addCommand(
    prices,
    "list <model>",
    "list a model's price lists, newest first; USD per million tokens",
    ["prices list acme/big-1", "prices list acme/big-1 --provider acme --json"],
  )
    .option("-p, --provider <slug>", "only at this provider")
    .option("-o, --organization <slug>", "only this customer's own")
    .action(
      async (id: string, options: { provider?: string; organization?: string; json?: boolean }) => {
        const { organization } = options;
        const lists = await withAdmin(context, async (admin) => {
          const { endpoints } = await findModel(admin, id);
          const found = await Promise.all(
            fitting(endpoints, options).map(async ({ id: endpointId, provider, upstreamModel }) => {
              const rows = await allRows((after) =>
                admin.prices.list.query({ endpointId, organization, after, limit: 100 }),
              );
              return rows.map((list) => ({ provider, upstreamModel, ...list }));
            }),
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
                  { title: "FOR", value: (list) => list.organization ?? "everyone" },
                  { title: "FROM (UTC)", value: (list) => minute(list.effectiveAt) },
                  { title: "UNTIL", value: (list) => minute(list.expiresAt) },
                  { title: "NOW", value: (list) => (list.inForce ? "in force" : null) },
                  {
                    title: "PRICES",
                    value: (list) => (list.withdrawn ? "withdrawn" : showPriceList(list.prices)),
                  },
                  { title: "BY", value: (list) => list.publishedBy, flexible: true },
                  {
                    title: "READ AT",
                    value: (list) =>
                      list.source === null ? null : `${list.source}, ${list.asOf ?? "no day"}`,
                    flexible: true,
                  },
                ],
                context.width,
              ),
        );
      },
    );

  addCommand(
    prices,
    "publish <model>",
    "publish prices of a model at a provider; USD per million tokens",
    [
      "prices publish acme/big-1 --charge input=1.00,output=2.00",
      "prices publish acme/big-1 --provider acme --charge input=1,output=2,cache_read=0.1 --cost input=0.8,output=1.6",
      "prices publish acme/big-1 --charge input=2,output=4 --effective-at 2027-01-01T00:00:00Z",
      'prices publish acme/big-1 --charge input=1,output=2 --charge "above 200000: input=2,output=4"',
      'prices publish acme/big-1 --charge input=1,output=2 --charge "at mon,tue 16:30-00:30: input=0.5,output=1"',
      'prices publish acme/big-1 --charge input=1,output=2 --charge "tier flex: input=0.5,output=1"',
      "prices publish acme/big-1 --organization demo --charge input=0.9,output=1.8",
    ],
  )
    .option("-p, --provider <slug>", "at which provider, when there are several")
    .option("--upstream-model <id>", "which of its models, when there are several")
    .option(
      "--charge <prices>",
      'what customers pay; again with "CONDITION: prices" for tiers (above N, from N), hours (at …), service tiers (tier …)',
      each,
      [],
    )
    .option("--cost <prices>", "what the provider asks, likewise", each, [])
    .option("-o, --organization <slug>", "for this customer only")
    .option("--effective-at <instant>", "from when on (default: now)")
    .option("--expires-at <instant>", "until when; then the list before it holds again")
    .action(async (model: string, options: PublishOptions) => {
      if (options.charge.length + options.cost.length === 0)
        throw new UsageError("give --charge, --cost, or both");
      const list = (option: string, parts: string[]) =>
        parts.length === 0 ? undefined : parseWrittenPrices(option, parts);
      const charge = list("--charge", options.charge);
      const cost = list("--cost", options.cost);
      const published = await withAdmin(context, async (admin) =>
        admin.prices.publish.mutate({
          endpointId: await findEndpoint(admin, model, options),
          organization: options.organization,
          charge,
          cost,
          effectiveAt: options.effectiveAt,
          expiresAt: options.expiresAt ?? null,
        }),
      );
      print(context, options, published, () =>
        published.unchanged
          ? "unchanged: these prices are in force already\n"
          : `Published, from ${minute(published.effectiveAt)} UTC on.\n${laggards(published.appliedEverywhere)}`,
      );
    });

  addCommand(
    prices,
    "withdraw <model>",
    "end a price list: a customer's own (the general one holds again), or a general one (no longer sold)",
    [
      "prices withdraw acme/big-1 --organization demo",
      "prices withdraw acme/big-1 --effective-at 2027-01-01T00:00:00Z",
    ],
  )
    .option("-p, --provider <slug>", "at which provider, when there are several")
    .option("--upstream-model <id>", "which of its models, when there are several")
    .option("-o, --organization <slug>", "this customer's own list")
    .addOption(choice("--side <side>", "which side", ["charge", "cost"]).default("charge"))
    .option("--effective-at <instant>", "from when on (default: now)")
    .action(async (model: string, options: WithdrawOptions) => {
      const withdrawn = await withAdmin(context, async (admin) =>
        admin.prices.withdraw.mutate({
          endpointId: await findEndpoint(admin, model, options),
          organization: options.organization,
          side: options.side,
          effectiveAt: options.effectiveAt,
        }),
      );
      print(context, options, withdrawn, () =>
        withdrawn.unchanged
          ? "unchanged: there is no such list in force\n"
          : `Withdrawn, from ${minute(withdrawn.effectiveAt)} UTC on.\n${laggards(withdrawn.appliedEverywhere)}`,
      );
    });

  addCommand(
    prices,
    "preview <model>",
    "what a usage would be charged and cost, and why; with --policy also what another policy would give",
    [
      "prices preview acme/big-1 --usage input=1200,output=80",
      "prices preview acme/big-1 --usage input=250000,output=900 --organization demo --at 2027-01-01T00:00:00Z",
      "prices preview acme/big-1 --usage input=1200,output=80 --policy cost_plus=25%",
    ],
  )
    .option("-p, --provider <slug>", "at which provider, when there are several")
    .option("--upstream-model <id>", "which of its models, when there are several")
    .requiredOption("--usage <units>", "units by word, such as input=1200,output=80")
    .option("-o, --organization <slug>", "for this customer")
    .option("--at <instant>", "when the request is admitted (default: now)")
    .option("--service-tier <tier>", "which service tier the provider serves")
    .option("--own-key", "with the customer's own provider key")
    .option("--policy <policy>", `a policy to try, KIND=PERCENT: ${policyKinds.join(", ")}`)
    .action(async (model: string, options: PreviewOptions) => {
      const policy = options.policy === undefined ? undefined : parsePolicy(options.policy);
      const usage = parseUsage(options.usage);
      const preview = await withAdmin(context, async (admin) =>
        admin.prices.preview.query({
          endpointId: await findEndpoint(admin, model, options),
          organization: options.organization,
          at: options.at,
          usage,
          serviceTier: options.serviceTier ?? "",
          ownKey: options.ownKey ?? false,
          policy,
        }),
      );
      print(context, options, preview, () =>
        [
          showPreview(preview, context.width),
          ...(preview.tried === null || options.policy === undefined
            ? []
            : [`\nWith ${options.policy}:\n`, showPreview(preview.tried, context.width)]),
        ].join(""),
      );
    });

  addCommand(
    prices,
    "unpriced",
    "usage that no list priced; its endpoints are not asked until a list does",
    ["prices unpriced", "prices unpriced --json"],
  ).action(async (options: { json?: boolean }) => {
    const rows = await withAdmin(context, (admin) =>
      allRows((after) => admin.prices.unpriced.query({ after, limit: 100 })),
    );
    print(context, options, rows, () =>
      rows.length === 0
        ? "Everything that was used has a price.\n"
        : `${table(
            rows,
            [
              { title: "MODEL", value: (row) => row.model },
              { title: "PROVIDER", value: (row) => row.provider },
              { title: "WORD", value: (row) => row.word },
              { title: "UNITS", value: (row) => row.units, align: "right" },
              { title: "REQUESTS", value: (row) => row.requests, align: "right" },
              { title: "SINCE (UTC)", value: (row) => minute(row.firstSeenAt) },
            ],
            context.width,
          )}Publish a list with a price for each word: turnpike prices publish MODEL --charge input=…,output=…,WORD=…\n`,
    );
  });
}

function parseUsage(text: string): Partial<Record<PriceWord, number>> {
  const pairs = parsePairs("--usage", text, "units such as input=1200,output=80");
  return Object.fromEntries(
    pairs.map(([word, units]) => {
      if (!/^\d{1,12}$/.test(units))
        throw new UsageError(`--usage: expected a whole number of ${word}, got "${units}"`);
      return [word, Number(units)];
    }),
  );
}

/** `cost_plus=25%`, `list`. */
function parsePolicy(text: string): { kind: PolicyKind; basisPoints: number } {
  const [word = "", percent = "0"] = text.split("=");
  const kind = policyKinds.find((each) => each === word);
  if (kind === undefined) {
    throw new UsageError(
      `--policy: expected KIND=PERCENT with one of ${policyKinds.join(", ")}; got "${text}"`,
    );
  }
  return { kind, basisPoints: parsePercent(percent) };
}

type Shown = Omit<Preview, "tried" | "endpointId" | "model" | "organization" | "at">;

function showPreview(preview: Shown, width: number | null): string {
  const { chargeList, costList, policy, feePolicy, step } = preview;
  const named = (list: Shown["chargeList"]) =>
    list === null
      ? "none"
      : `${list.id}${list.own ? " (the customer's own)" : ""} of ${minute(list.effectiveAt)}: ${showPriceList(list.prices)}`;
  const points = (shown: { kind: string; basisPoints: number } | null) =>
    shown === null ? "none" : `${shown.kind} ${showPercent(shown.basisPoints)}`;
  const facts: [string, string][] = [
    ["charge list", named(chargeList)],
    ["cost list", named(costList)],
    ["policy", points(policy)],
    ...(feePolicy === null ? [] : [["fee", points(feePolicy)] as [string, string]]),
    ["volume discount", step === null ? "none" : showPercent(step.basisPoints)],
  ];
  const rows = preview.meters;
  return [
    ...facts.map(([name, value]) => `${name.padEnd(16)}${value}\n`),
    table(
      rows,
      [
        { title: "WORD", value: (row) => row.word },
        { title: "UNITS", value: (row) => row.units, align: "right" },
        {
          title: "PRICE",
          value: (row) => (row.charge ? `${row.charge.price} per ${row.per}` : "no price"),
          align: "right",
        },
        { title: "CHARGE", value: (row) => money(row.charge?.amount ?? null), align: "right" },
        { title: "COST", value: (row) => money(row.cost?.amount ?? null), align: "right" },
      ],
      width,
    ),
    `charge ${money(preview.charge)}   cost ${money(preview.cost)}   margin ${money(preview.margin)}\n`,
    preview.charge === null
      ? "Not sold like this: there is no complete charge list, or it has no price for what was used.\n"
      : "",
  ].join("");
}
