/** `turnpike ledger …` */
import type { AdminClient } from "../trpc/admin.ts";
import { addCommand, addRoom, allRows, money, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { UsageError, type CliContext } from "./context.ts";
import { csvLine } from "./csv-line.ts";
import { table, type Column } from "./table.ts";

const pageRows = 100; // as many as a command gives at once
const pageLines = 1_000; // of a statement
const linesShownMax = 50;
const entriesShown = 20;

type Ledger = AdminClient["ledger"];
type Answer<Name extends "accounts" | "entries" | "statement" | "usage" | "transfer"> = Awaited<
  ReturnType<Ledger[Name]["query"]>
>;
type Account = Answer<"accounts">["rows"][number];
type Entry = Answer<"entries">["rows"][number];
type Usage = Answer<"usage">["rows"][number];

export function addLedgerCommands({ program, context }: Cli): void {
  const room = addRoom(program, "ledger", "the books: show, statement, transfer", [
    "ledger show",
    "ledger statement demo --from 2026-11-01 --to 2026-12-01",
    "ledger transfer tr_4fZbS0example",
  ]);

  addCommand(
    room,
    "show [whose]",
    "accounts with their balances; of an organization or an account also the last entries",
    [
      "ledger show",
      "ledger show demo",
      "ledger show demo --at 2026-11-25T12:00:00Z",
      "ledger show acct_4fZbS0example --last 100",
    ],
  )
    .option("--at <time>", "as it was then: an instant, or a day for its start in UTC")
    .option("--last <entries>", "how many entries", String(entriesShown))
    .action(
      async (whose: string | undefined, options: { at?: string; last: string; json?: boolean }) => {
        const at = options.at === undefined ? null : instantOf("--at", options.at);
        if (whose === undefined) {
          const accounts = await withAdmin(context, ({ ledger }) =>
            allRows((after) => ledger.accounts.query({ at, after, limit: pageRows })),
          );
          print(context, options, accounts, () =>
            accounts.length === 0
              ? "No accounts yet.\n"
              : table(accounts, accountColumns, context.width),
          );
          return;
        }
        const last = wholeNumberOf("--last", options.last);
        const shown = await withAdmin(context, ({ ledger }) =>
          showAccount(ledger, { whose, at, last }),
        );
        print(context, options, shown, () =>
          [
            table([shown.account], accountColumns, context.width),
            shown.entries.length === 0
              ? "\nNo entries.\n"
              : `\n${table(shown.entries, entryColumns, context.width)}`,
          ].join(""),
        );
      },
    );

  addCommand(
    room,
    "statement [organization]",
    "an organization's statement of account: balances, totals by kind, usage by day, and every line",
    [
      "ledger statement demo --from 2026-11-01 --to 2026-12-01",
      "ledger statement demo --from 2026-11-01 --csv > november.csv",
      "ledger statement demo --from 2026-11-25T12:00:00Z --json",
    ],
  )
    .option("--from <time>", "first instant, or a day for its start in UTC (default: this month's)")
    .option("--to <time>", "the instant after the last (default: now)")
    .option("--csv", "print every line as CSV")
    .action(
      async (
        organization: string | undefined,
        options: { from?: string; to?: string; csv?: boolean; json?: boolean },
      ) => {
        if (options.csv && options.json) throw new UsageError("expected --csv or --json, not both");
        const from =
          options.from === undefined
            ? `${new Date().toISOString().slice(0, 7)}-01T00:00:00Z`
            : instantOf("--from", options.from);
        const to = options.to === undefined ? undefined : instantOf("--to", options.to);
        const asked = { organization, from, ...(to === undefined ? {} : { to }) };
        await withAdmin(context, async ({ ledger }) => {
          if (options.csv) await writeCsv(context, ledger, asked);
          else await writeStatement(context, ledger, asked, options);
        });
      },
    );

  addCommand(
    room,
    "transfer <id>",
    "one transfer: its entries, what it corrects and what corrects it, and its generations",
    ["ledger transfer tr_4fZbS0example", "ledger transfer tr_4fZbS0example --json"],
  ).action(async (id: string, options: { json?: boolean }) => {
    const { generations, ...transfer } = await withAdmin(context, async ({ ledger }) => {
      const first = await ledger.transfer.query({ transfer: id, limit: pageRows });
      const rows = [...first.generations.rows];
      // A table for people stops after a page, and says so.
      for (let { next } = first.generations; options.json && next !== null;) {
        const page = await ledger.transfer.query({ transfer: id, limit: pageRows, after: next });
        rows.push(...page.generations.rows);
        next = page.generations.next;
      }
      return { ...first, generations: { rows, isWhole: first.generations.next === null } };
    });
    print(context, options, { ...transfer, generations: generations.rows }, () =>
      [
        `${transfer.kind} of ${money(transfer.amount)} at ${second(transfer.at)} UTC by ${transfer.actor}\n`,
        ...[
          ["why", transfer.note],
          ["reference", transfer.reference],
          ["corrects", transfer.corrects?.transfer],
          ["of generation", transfer.corrects?.generation],
          ["given back", transfer.corrections === 0 ? null : money(transfer.givenBack)],
        ].map(([word, text]) => (text ? `${word}: ${text}\n` : "")),
        `\n${table(transfer.sides, sideColumns, context.width)}`,
        transfer.correctedBy.length === 0
          ? ""
          : `\n${table(transfer.correctedBy, correctionColumns, context.width)}`,
        generations.rows.length === 0
          ? ""
          : `\n${table(generations.rows, generationColumns, context.width)}`,
        generations.isWhole ? "" : "and more; see --json\n",
      ].join(""),
    );
  });
}

async function showAccount(
  ledger: Ledger,
  { whose, at, last }: { whose: string; at: string | null; last: number },
): Promise<{ account: Account; entries: Entry[] }> {
  const which = whose.startsWith("acct_") ? { account: whose } : { organization: whose };
  const then = at === null ? null : await ledger.balanceAt.query({ ...which, at });
  const entries: Entry[] = [];
  let account: Account | null = null;
  // Entries are numbered, so those from before an instant are those up to the number that it says.
  let after = then === null ? null : String(then.entries + 1);
  do {
    const limit = Math.max(1, Math.min(pageRows, last - entries.length));
    const page: Answer<"entries"> = await ledger.entries.query({ ...which, limit, after });
    account = page.account;
    entries.push(...page.rows);
    after = page.next;
  } while (after !== null && entries.length < last);
  return {
    account: then === null ? account : { ...account, balance: then.balance, entries: then.entries },
    entries: entries.slice(0, last),
  };
}

type Period = { organization: string | undefined; from: string; to?: string };

async function writeCsv(context: CliContext, ledger: Ledger, asked: Period): Promise<void> {
  context.write(
    csvLine([
      "at",
      "kind",
      "amount_usd",
      "balance_usd",
      "transfer",
      "corrects_transfer",
      "corrects_generation",
      "reference",
      "note",
    ]),
  );
  for (let after: string | null = null; ;) {
    const { lines }: Answer<"statement"> = await ledger.statement.query({
      ...asked,
      limit: pageLines,
      after,
    });
    for (const line of lines.rows) {
      context.write(
        csvLine([
          line.at,
          line.kind,
          { exact: line.amount },
          { exact: line.balance },
          line.transfer,
          line.corrects?.transfer ?? "",
          line.corrects?.generation ?? "",
          line.reference ?? "",
          line.note ?? "",
        ]),
      );
    }
    if (lines.next === null) return;
    after = lines.next;
  }
}

async function writeStatement(
  context: CliContext,
  ledger: Ledger,
  asked: Period,
  options: { json?: boolean },
): Promise<void> {
  const first = await ledger.statement.query({ ...asked, limit: pageLines });
  const whole = { ...asked, to: first.to }; // one period for everything, whatever is booked meanwhile
  const usageBy = (by: ("model" | "key")[]) =>
    allRows((after) => ledger.usage.query({ ...whole, by, limit: pageRows, after }));
  const [byModel, byKey] = [await usageBy(["model"]), await usageBy(["key"])];
  const lines = [...first.lines.rows];
  for (let { next } = first.lines; options.json && next !== null;) {
    const page = await ledger.statement.query({ ...whole, limit: pageLines, after: next });
    lines.push(...page.lines.rows);
    next = page.lines.next;
  }
  const totals = first.totals ?? [];
  const movements = totals.reduce((sum, { transfers }) => sum + transfers, 0);
  print(context, options, { ...first, usage: { byModel, byKey }, lines }, () =>
    [
      `Statement of ${first.organization.slug}, ${second(first.from)} to ${second(first.to)} UTC\n\n`,
      table(
        [
          { what: "balance before", amount: first.opening, transfers: null },
          ...totals.map((total) => ({ ...total, what: nameOf(total) })),
          { what: "balance after", amount: first.closing, transfers: null },
        ],
        [
          { title: "", value: (row) => row.what },
          { title: "AMOUNT", value: (row) => money(row.amount), align: "right" },
          { title: "TRANSFERS", value: (row) => row.transfers ?? "", align: "right" },
        ],
        context.width,
      ),
      byModel.length === 0 ? "" : `\n${table(byModel, usageColumns("MODEL"), context.width)}`,
      byKey.length === 0 ? "" : `\n${table(byKey, usageColumns("KEY"), context.width)}`,
      lines.length === 0
        ? ""
        : `\n${table(lines.slice(0, linesShownMax), entryColumns, context.width)}`,
      movements > linesShownMax
        ? `and ${movements - linesShownMax} more lines; see --csv or --json\n`
        : "",
    ].join(""),
  );
}

const nameOf = ({ kind, corrects }: { kind: string; corrects: string | null }): string =>
  corrects === null ? kind : `${kind} of ${corrects}`;

const ownerOf = (of: { organization: string | null; provider: string | null }): string =>
  of.organization ?? of.provider ?? "the house";

const accountColumns: Column<Account>[] = [
  { title: "ACCOUNT", value: (account) => account.kind },
  { title: "WHOSE", value: ownerOf, flexible: true },
  { title: "ENTRIES", value: (account) => account.entries, align: "right" },
  { title: "BALANCE", value: (account) => money(account.balance), align: "right" },
  { title: "ID", value: (account) => account.id },
];

const entryColumns: Column<Entry>[] = [
  { title: "TIME (UTC)", value: (entry) => second(entry.at) },
  {
    title: "KIND",
    value: (entry) => nameOf({ kind: entry.kind, corrects: entry.corrects?.kind ?? null }),
  },
  { title: "AMOUNT", value: (entry) => money(entry.amount), align: "right" },
  { title: "BALANCE", value: (entry) => money(entry.balance), align: "right" },
  { title: "TRANSFER", value: (entry) => entry.transfer },
  {
    title: "NOTE",
    value: (entry) => [entry.reference, entry.note].filter((text) => text !== null).join(": "),
    flexible: true,
  },
];

const usageColumns = (what: "MODEL" | "KEY"): Column<Usage>[] => [
  { title: "DAY (UTC)", value: (usage) => usage.day },
  {
    title: what,
    value: (usage) => (what === "MODEL" ? usage.model : (usage.key?.name ?? usage.key?.id ?? null)),
    flexible: true,
  },
  { title: "GENERATIONS", value: (usage) => usage.generations, align: "right" },
  { title: "CHARGED", value: (usage) => money(usage.charged), align: "right" },
  { title: "GIVEN BACK", value: (usage) => money(usage.givenBack), align: "right" },
];

const sideColumns: Column<Answer<"transfer">["sides"][number]>[] = [
  { title: "ACCOUNT", value: (side) => side.kind },
  { title: "WHOSE", value: ownerOf, flexible: true },
  { title: "AMOUNT", value: (side) => money(side.amount), align: "right" },
  { title: "BEFORE", value: (side) => money(side.balanceBefore), align: "right" },
  { title: "AFTER", value: (side) => money(side.balanceAfter), align: "right" },
];

const correctionColumns: Column<Answer<"transfer">["correctedBy"][number]>[] = [
  { title: "CORRECTED BY", value: (correction) => correction.id },
  { title: "TIME (UTC)", value: (correction) => second(correction.at) },
  { title: "AMOUNT", value: (correction) => money(correction.amount), align: "right" },
  { title: "GENERATION", value: (correction) => correction.generation },
  { title: "WHY", value: (correction) => correction.note, flexible: true },
];

const generationColumns: Column<Answer<"transfer">["generations"]["rows"][number]>[] = [
  { title: "GENERATION", value: (generation) => generation.id },
  { title: "MODEL", value: (generation) => generation.model, flexible: true },
  { title: "AMOUNT", value: (generation) => money(generation.amount), align: "right" },
  { title: "GIVEN BACK", value: (generation) => money(generation.givenBack), align: "right" },
];

const second = (instant: string): string => instant.slice(0, 19).replace("T", " ");

/** A day alone is its first instant in UTC. */
function instantOf(option: string, text: string): string {
  const instant = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
  if (!/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(instant) || Number.isNaN(Date.parse(instant))) {
    throw new UsageError(
      `${option}: expected an instant such as 2026-11-25T12:00:00Z, or a day such as 2026-11-25; got ${JSON.stringify(text)}`,
    );
  }
  return instant;
}

function wholeNumberOf(option: string, text: string): number {
  if (!/^\d{1,6}$/.test(text))
    throw new UsageError(`${option}: expected a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}
