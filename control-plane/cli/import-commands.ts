/** `turnpike catalogue …`: other people's lists of models and prices, looked at and applied. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { guards } from "../catalogue-imports/diff-listing.ts";
import { ofProviders, type Listing } from "../catalogue-imports/listing.ts";
import { readModelsDev } from "../catalogue-imports/read-models-dev.ts";
import { readOpenRouter } from "../catalogue-imports/read-openrouter.ts";
import { readProviderList } from "../catalogue-imports/read-provider-list.ts";
import type { AdminClient } from "../trpc/admin.ts";
import { addCommand, addRoom, allRows, laggards, minute, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { CliError, UsageError, type CliContext } from "./context.ts";
import { table } from "./table.ts";

type ImportOptions = {
  from: string;
  file?: string;
  asOf?: string;
  model?: string;
  provider?: string[];
  json?: boolean;
};
type Proposal = Awaited<ReturnType<AdminClient["catalogue"]["proposal"]["query"]>>;
type Change = Proposal["changes"][number];

const changesAtOnce = 500;

export function addImportCommands({ program, context }: Cli): void {
  const room = addRoom(
    program,
    "catalogue",
    "catalogue: import from other people's lists, look at what that would change, apply it",
    ["catalogue import --from models.dev", "catalogue show prop_…", "catalogue apply prop_…"],
  );

  addCommand(
    room,
    "import [slug]",
    "compare a list with what is in force; nothing is changed before it is applied",
    [
      "catalogue import --from models.dev",
      "catalogue import --from models.dev --file api.json --as-of 2026-11-24 --provider groq",
      "catalogue import --from openrouter --model openai/gpt-oss-120b",
      "catalogue import --from provider together",
    ],
  )
    .requiredOption("--from <list>", "models.dev, openrouter, or provider with its SLUG")
    .option("--file <path>", "read the list from this file and ask nobody")
    .option("--as-of <date>", "of which day the file is; today when absent")
    .option("--model <id>", "with openrouter: who else sells this model, and at which price")
    .option("--provider <slug...>", "only what these providers serve")
    .action(async (slug: string | undefined, options: ImportOptions) => {
      const found = await withAdmin(context, async (admin) => {
        const summary =
          options.file === undefined
            ? await admin.catalogue.importList.mutate(sourceOf(slug, options))
            : await admin.catalogue.propose.mutate({
                listing: await readFile(context, admin, slug, options),
              });
        return {
          ...summary,
          shown: summary.proposal === null ? null : await readProposal(admin, summary.proposal),
        };
      });
      const { shown, ...summary } = found;
      print(context, options, { ...summary, changes: shown?.changes ?? [] }, () =>
        [
          shown === null
            ? "unchanged: the list says what is in force\n"
            : showChanges(shown, context),
          ...passedOver(summary.passedOver),
          summary.proposal === null
            ? ""
            : `\n${count(summary.held, "change is", "changes are")} held and want --accept. To make the others hold: turnpike catalogue apply ${summary.proposal}\n`,
        ].join(""),
      );
    });

  addCommand(room, "proposals", "list what was imported and what became of it", [
    "catalogue proposals",
    "catalogue proposals --json",
  ]).action(async (options: { json?: boolean }) => {
    const rows = await withAdmin(context, (admin) =>
      allRows((after) => admin.catalogue.proposals.query({ after, limit: 100 })),
    );
    print(context, options, rows, () =>
      rows.length === 0
        ? "Nothing was imported yet.\n"
        : table(
            rows,
            [
              { title: "PROPOSAL", value: (row) => row.id },
              { title: "FROM", value: (row) => row.source, flexible: true },
              { title: "OF", value: (row) => row.asOf },
              { title: "CHANGES", value: (row) => `${row.changes}`, align: "right" },
              { title: "STATE", value: (row) => row.status },
              { title: "SINCE", value: (row) => minute(row.closedAt ?? row.createdAt) },
              { title: "BY", value: (row) => row.closedBy ?? row.createdBy, flexible: true },
            ],
            context.width,
          ),
    );
  });

  addCommand(room, "show <proposal>", "show what a proposal would change, or has changed", [
    "catalogue show prop_…",
  ]).action(async (id: string, options: { json?: boolean }) => {
    const shown = await withAdmin(context, (admin) => readProposal(admin, id));
    print(context, options, shown, () =>
      [
        `${shown.source} of ${shown.asOf}: ${shown.status}\n`,
        showChanges(shown, context),
        ...passedOver(shown.passedOver),
        ...(shown.outcome?.held ?? []).map((line) => `not done: ${line}\n`),
      ].join(""),
    );
  });

  addCommand(room, "apply <proposal>", "make a proposal hold, but for what is held", [
    "catalogue apply prop_…",
    "catalogue apply prop_… --only 1 4",
    "catalogue apply prop_… --accept x5 gone",
    "catalogue apply prop_… --accept 12",
  ])
    .option(
      "--accept <what...>",
      `what is held and shall hold nevertheless: ${guards.join(", ")}, all, or numbers of changes`,
    )
    .option("--only <numbers...>", "these changes and no others")
    .action(async (id: string, options: { accept?: string[]; only?: string[]; json?: boolean }) => {
      const only = (options.only ?? []).map((text) => {
        if (!/^\d{1,5}$/.test(text))
          throw new UsageError(`--only: ${text} is no number of a change`);
        return Number(text);
      });
      const applied = await withAdmin(context, (admin) =>
        admin.catalogue.applyProposal.mutate({ proposal: id, accept: options.accept ?? [], only }),
      );
      print(context, options, applied, () =>
        [
          ...applied.done.map((line) => `${line}\n`),
          ...applied.held.map((line) => `not done: ${line}\n`),
          applied.changed ? laggards(applied.appliedEverywhere) : "unchanged\n",
        ].join(""),
      );
    });

  addCommand(room, "dismiss <proposal>", "decide that nothing of a proposal shall be", [
    "catalogue dismiss prop_…",
  ]).action(async (id: string, options: { json?: boolean }) => {
    const { changed } = await withAdmin(context, (admin) =>
      admin.catalogue.dismissProposal.mutate({ proposal: id }),
    );
    print(context, options, { dismissed: changed }, () =>
      changed ? "dismissed\n" : "unchanged\n",
    );
  });
}

function sourceOf(slug: string | undefined, { from, model, provider = [] }: ImportOptions) {
  if (from === "provider") {
    if (slug === undefined)
      throw new UsageError(
        "--from provider: which? Such as: catalogue import --from provider groq",
      );
    return { from: "provider" as const, provider: slug, providers: provider };
  }
  if (from !== "models.dev" && from !== "openrouter")
    throw new UsageError(`--from: expected models.dev, openrouter or provider, got ${from}`);
  return from === "openrouter"
    ? {
        from: "openrouter" as const,
        ...(model === undefined ? {} : { model }),
        providers: provider,
      }
    : { from: "models.dev" as const, providers: provider };
}

/** A file is read here, and only what connected providers serve is sent: models.dev's list of all is larger than a command. */
async function readFile(
  context: CliContext,
  admin: AdminClient,
  slug: string | undefined,
  options: ImportOptions,
): Promise<Listing> {
  const source = sourceOf(slug, options);
  const place = resolve(context.folder, options.file ?? "");
  const asOf = options.asOf ?? new Date().toISOString().slice(0, 10);
  let list: Listing;
  try {
    const document = JSON.parse(readFileSync(place, "utf8")) as unknown;
    list =
      source.from === "models.dev"
        ? readModelsDev(document, asOf)
        : source.from === "openrouter"
          ? readOpenRouter(document, asOf)
          : readProviderList(document, source.provider, asOf);
  } catch (cause) {
    throw new CliError(`${place} ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  const connected = await allRows((after) => admin.providers.list.query({ after, limit: 100 }));
  const slugs = connected.map((provider) => provider.slug);
  const wanted = (options.provider ?? slugs).filter((each) => slugs.includes(each));
  if (wanted.length === 0)
    throw new CliError("none of the providers is connected; see: turnpike providers list");
  return ofProviders(list, wanted);
}

async function readProposal(admin: AdminClient, id: string): Promise<Proposal> {
  const first = await admin.catalogue.proposal.query({ proposal: id, limit: changesAtOnce });
  const changes = [...first.changes];
  for (let next = first.next; next !== null;) {
    const page = await admin.catalogue.proposal.query({
      proposal: id,
      limit: changesAtOnce,
      after: next,
    });
    changes.push(...page.changes);
    next = page.next;
  }
  return { ...first, changes };
}

function showChanges({ changes }: Proposal, context: CliContext): string {
  return table(
    changes,
    [
      { title: "#", value: (change) => `${change.number}`, align: "right" },
      { title: "WHAT", value: whatOf },
      { title: "MODEL", value: (change) => change.model, flexible: true },
      { title: "PROVIDER", value: (change) => change.provider },
      { title: "CHANGE", value: describe, flexible: true },
      { title: "HELD", value: (change) => change.guards.join(", ") || "–" },
    ],
    context.width,
  );
}

const whatOf = (change: Change): string =>
  change.kind === "endpoint"
    ? change.newModel === null
      ? "new endpoint"
      : "new model"
    : change.kind === "facts"
      ? "limits"
      : change.kind;

function describe({ kind, steps, facts, factsBefore, upstreamModel, remarks }: Change): string {
  const said = remarks.length === 0 ? "" : ` (${remarks.join("; ")})`;
  const amounts = steps.map(({ price, before, after, percent }) =>
    before === null
      ? `${price} ${after}`
      : `${price} ${before} → ${after}${percent === null ? "" : ` (${percent}%)`}`,
  );
  switch (kind) {
    case "endpoint":
      return `${upstreamModel}: ${amounts.join(", ") || "no price"}${said}`;
    case "price":
      return `${amounts.join(", ")}${said}`;
    case "facts":
      return [
        ...(facts?.contextLength === factsBefore?.contextLength
          ? []
          : [
              `context ${factsBefore?.contextLength ?? "none"} → ${facts?.contextLength ?? "none"}`,
            ]),
        ...(facts?.maxOutputTokens === factsBefore?.maxOutputTokens
          ? []
          : [
              `output ${factsBefore?.maxOutputTokens ?? "none"} → ${facts?.maxOutputTokens ?? "none"}`,
            ]),
      ].join(", ");
    case "gone":
      return `${upstreamModel} is not listed any more`;
    default:
      return kind satisfies never;
  }
}

const passedOver = (lines: readonly string[]): string[] =>
  lines.map((line) => `passed over: ${line}\n`);
const count = (number: number, one: string, several: string): string =>
  `${number} ${number === 1 ? one : several}`;
