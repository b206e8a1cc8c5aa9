/** `turnpike limits …`, `turnpike budgets …` and `turnpike rate-tiers …` */
import type { Command } from "commander";
import { allowanceWindows, type AllowanceWindow } from "#schema/bounds.ts";
import { budgetIntervals, limitUnits } from "../limits/limit-words.ts";
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
import { CliError, UsageError } from "./context.ts";
import { choice } from "./option.ts";
import { resolveKey } from "./resolve-key.ts";
import { table, type Column } from "./table.ts";

const bounds = {
  requestsPerMinute: "requests per minute",
  tokensPerMinute: "tokens per minute",
  concurrentRequests: "requests at once",
  freeRequestsPerMinute: "requests to free models per minute",
  freeRequestsPerDay: "requests to free models per day",
} as const;

type Limit = Awaited<ReturnType<AdminClient["limits"]["list"]["query"]>>["rows"][number];
type Tier = Awaited<ReturnType<AdminClient["rateTiers"]["list"]["query"]>>["rows"][number];
type Bound = keyof typeof bounds;
type SubjectOptions = { organization?: string; workspace?: string; key?: string };
type SlotOptions = SubjectOptions & { per?: AllowanceWindow; scope?: string };

export function addLimitCommands(cli: Cli): void {
  addLimits(cli);
  addBudgets(cli);
  addRateTiers(cli);
}

function addLimits({ program, context }: Cli): void {
  const room = addRoom(program, "limits", "what a key, workspace or organization may use", [
    "limits set requests 60 --per minute --key my-app",
    "limits set usd 100.00 --per month --key my-app",
    "limits list",
  ]);

  withSlot(
    addCommand(
      room,
      "set <unit> <limit>",
      `set one limit beside the others; UNIT is ${limitUnits.join(", ")}; LIMIT may be none`,
      [
        "limits set requests 60 --per minute --key my-app",
        "limits set tokens 100000 --per minute --workspace production",
        "limits set requests 1000 --per day --key my-app --scope acme/big-1",
        "limits set concurrency 8 --organization demo",
      ],
    ),
  ).action(async (unit: string, limit: string, options: SlotOptions & { json?: boolean }) => {
    const done = await withAdmin(context, async (admin) =>
      admin.limits.set.mutate({
        ...(await slotOf(admin, unit, options)),
        limit: limit === "none" ? null : limit,
      }),
    );
    print(
      context,
      options,
      done,
      () => `${done.changed ? "Set." : "It was so already."}\n${laggards(done.appliedEverywhere)}`,
    );
  });

  withSubject(
    addCommand(room, "list", "list limits with what is used of them now", [
      "limits list",
      "limits list --key my-app",
      "limits list --organization demo --json",
    ]),
  ).action(async (options: SubjectOptions & { json?: boolean }) => {
    const rows = await withAdmin(context, async (admin) => {
      const subject = await subjectOf(admin, options);
      return allRows((after) => admin.limits.list.query({ ...subject, after, limit: 100 }));
    });
    print(context, options, rows, () =>
      rows.length === 0
        ? "No limits. Set one with: turnpike limits set requests 60 --per minute --key NAME\n"
        : table(rows, limitColumns, context.width),
    );
  });

  withSlot(
    addCommand(
      room,
      "remove <unit>",
      "take a limit away; an organization gets its rate tier's again",
      [
        "limits remove requests --per minute --key my-app",
        "limits remove concurrency --organization demo",
      ],
    ),
  ).action(async (unit: string, options: SlotOptions & { json?: boolean }) => {
    const done = await withAdmin(context, async (admin) =>
      admin.limits.remove.mutate(await slotOf(admin, unit, options)),
    );
    print(context, options, done, () => `Removed.\n${laggards(done.appliedEverywhere)}`);
  });
}

const limitColumns: Column<Limit>[] = [
  { title: "OF", value: ({ subject }) => `${subject.kind} ${subject.name}`, flexible: true },
  { title: "LIMIT", value: limitText },
  { title: "MODELS", value: ({ scope }) => scope || "all", flexible: true },
  { title: "USED", value: (row) => amountText(row, row.used), align: "right" },
  { title: "HELD", value: (row) => amountText(row, row.leased), align: "right" },
  { title: "LEFT", value: (row) => amountText(row, row.remaining), align: "right" },
  { title: "STARTS ANEW (UTC)", value: ({ endsAt }) => minute(endsAt) },
  {
    title: "BY",
    value: ({ origin, own }) => (own ? "the key" : origin === "tier" ? "rate tier" : "set"),
  },
];

function limitText(row: Limit): string {
  if (row.limit === null) return `any ${row.unit}`;
  if (row.unit === "concurrency") return `${row.limit} at once`;
  const amount = row.unit === "usd" ? money(String(row.limit)) : `${row.limit} ${row.unit}`;
  return row.per === "lifetime" ? `${amount} in all` : `${amount} per ${row.per}`;
}

const amountText = (row: Limit, amount: string | number | null): string =>
  amount === null ? "–" : row.unit === "usd" ? money(String(amount)) : String(amount);

function addBudgets({ program, context }: Cli): void {
  const room = addRoom(program, "budgets", "what the keys of a workspace may spend together", [
    "budgets set default monthly 500.00",
    "budgets list default",
  ]);
  const whose = (command: Command) =>
    command.option("-o, --organization <slug>", "whose workspace (default: default)");
  type Options = { organization?: string; json?: boolean };

  whose(
    addCommand(
      room,
      "set <workspace> <interval> <amount>",
      `set a budget in USD; INTERVAL is ${budgetIntervals.join(", ")}`,
      ["budgets set default monthly 500.00", "budgets set default daily 25.00"],
    ),
  ).action(async (workspace: string, interval: string, amount: string, options: Options) => {
    const done = await withAdmin(context, (admin) =>
      admin.budgets.set.mutate({
        organization: options.organization,
        workspace,
        interval: oneOf("INTERVAL", interval, budgetIntervals),
        limit: amount.replace(/^\$/, ""),
      }),
    );
    print(
      context,
      options,
      done,
      () => `${done.changed ? "Set." : "It was so already."}\n${laggards(done.appliedEverywhere)}`,
    );
  });

  whose(
    addCommand(room, "list <workspace>", "a workspace's budgets and what is spent of them", [
      "budgets list default",
    ]),
  ).action(async (workspace: string, options: Options) => {
    const { rows } = await withAdmin(context, (admin) =>
      admin.budgets.list.query({ organization: options.organization, workspace }),
    );
    print(context, options, rows, () =>
      rows.length === 0
        ? `No budgets. Set one with: turnpike budgets set ${workspace} monthly AMOUNT\n`
        : table(
            rows,
            [
              { title: "BUDGET", value: (row) => row.interval },
              { title: "LIMIT", value: (row) => amountText(row, row.limit), align: "right" },
              { title: "USED", value: (row) => amountText(row, row.used), align: "right" },
              { title: "LEFT", value: (row) => amountText(row, row.remaining), align: "right" },
              { title: "STARTS ANEW (UTC)", value: (row) => minute(row.endsAt) },
            ],
            context.width,
          ),
    );
  });

  whose(
    addCommand(room, "remove <workspace> <interval>", "take a budget away", [
      "budgets remove default daily",
    ]),
  ).action(async (workspace: string, interval: string, options: Options) => {
    const done = await withAdmin(context, (admin) =>
      admin.budgets.remove.mutate({
        organization: options.organization,
        workspace,
        interval: oneOf("INTERVAL", interval, budgetIntervals),
      }),
    );
    print(context, options, done, () => `Removed.\n${laggards(done.appliedEverywhere)}`);
  });
}

function addRateTiers({ program, context }: Cli): void {
  const room = addRoom(
    program,
    "rate-tiers",
    "what organizations may use by the credit they ever bought",
    ["rate-tiers list", "rate-tiers set paid --free-requests-per-day 2000"],
  );

  addCommand(room, "list", "list the tiers; the highest that is reached holds", [
    "rate-tiers list",
  ]).action(async (options: { json?: boolean }) => {
    const { rows } = await withAdmin(context, (admin) => admin.rateTiers.list.query());
    const bound = (title: string, name: Bound): Column<Tier> => ({
      title,
      value: (row) => row[name],
      align: "right",
    });
    print(context, options, rows, () =>
      rows.length === 0
        ? "No rate tiers, so they bound nobody.\n"
        : table(
            rows,
            [
              { title: "TIER", value: (row) => row.name },
              { title: "FROM", value: (row) => money(row.purchasedMin), align: "right" },
              bound("REQUESTS/MIN", "requestsPerMinute"),
              bound("TOKENS/MIN", "tokensPerMinute"),
              bound("AT ONCE", "concurrentRequests"),
              bound("FREE/MIN", "freeRequestsPerMinute"),
              bound("FREE/DAY", "freeRequestsPerDay"),
            ],
            context.width,
          ),
    );
  });

  const set = addCommand(
    room,
    "set <name>",
    "add a tier, or change what is named of it; a number may be none",
    [
      "rate-tiers set starter --requests-per-minute 600",
      "rate-tiers set business --from 1000 --requests-per-minute 6000 --concurrent-requests 200",
    ],
  ).option("--from <dollars>", "credit ever bought, in USD, from which on it holds");
  for (const [name, what] of Object.entries(bounds)) set.option(`--${dashed(name)} <number>`, what);
  set.action(
    async (
      name: string,
      options: { from?: string; json?: boolean } & Partial<Record<Bound, string>>,
    ) => {
      const done = await withAdmin(context, async (admin) => {
        const known = (await admin.rateTiers.list.query()).rows.find((row) => row.name === name);
        const purchasedMin = options.from?.replace(/^\$/, "") ?? known?.purchasedMin;
        if (purchasedMin === undefined)
          throw new CliError(
            `there is no tier "${name}" yet; say from when on it holds, such as --from 100`,
          );
        const number = (bound: Bound) =>
          options[bound] === undefined ? (known?.[bound] ?? null) : wholeOf(bound, options[bound]);
        return admin.rateTiers.set.mutate({
          name,
          purchasedMin,
          requestsPerMinute: number("requestsPerMinute"),
          tokensPerMinute: number("tokensPerMinute"),
          concurrentRequests: number("concurrentRequests"),
          freeRequestsPerMinute: number("freeRequestsPerMinute"),
          freeRequestsPerDay: number("freeRequestsPerDay"),
        });
      });
      print(context, options, done, () => tiersText(done));
    },
  );

  addCommand(room, "remove <name>", "remove a tier; its organizations fall to the one below", [
    "rate-tiers remove business",
  ]).action(async (name: string, options: { json?: boolean }) => {
    const done = await withAdmin(context, (admin) => admin.rateTiers.remove.mutate({ name }));
    print(context, options, done, () => tiersText(done));
  });
}

const tiersText = (done: { organizationsChanged: number; appliedEverywhere: boolean }): string =>
  `${done.organizationsChanged} organization${done.organizationsChanged === 1 ? " has" : "s have"} other limits now.\n${laggards(done.appliedEverywhere)}`;

const dashed = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function wholeOf(bound: Bound, text: string): number | null {
  if (text === "none") return null;
  if (!/^\d{1,13}$/.test(text))
    throw new UsageError(`--${dashed(bound)}: expected a whole number or none, got "${text}"`);
  return Number(text);
}

const withSubject = (command: Command): Command =>
  command
    .option("-k, --key <key>", "whose: a key, by its name, id, hash, or the key itself")
    .option("-w, --workspace <slug>", "whose: a workspace")
    .option("-o, --organization <slug>", "whose: the organization (default: default)");

const withSlot = (command: Command): Command =>
  withSubject(command)
    .addOption(
      choice("-p, --per <window>", "in what time; concurrency takes none", allowanceWindows),
    )
    .option(
      "-s, --scope <model>",
      "one model by its id, or free for models whose id ends in :free",
    );

async function subjectOf(admin: AdminClient, options: SubjectOptions): Promise<SubjectOptions> {
  const { organization, workspace, key } = options;
  return {
    ...(organization === undefined ? {} : { organization }),
    ...(workspace === undefined ? {} : { workspace }),
    ...(key === undefined ? {} : { key: await resolveKey(admin, key, organization) }),
  };
}

async function slotOf(admin: AdminClient, unit: string, options: SlotOptions) {
  return {
    ...(await subjectOf(admin, options)),
    unit: oneOf("UNIT", unit, limitUnits),
    ...(options.per === undefined ? {} : { per: options.per }),
    ...(options.scope === undefined ? {} : { scope: options.scope }),
  };
}

function oneOf<Word extends string>(what: string, word: string, words: readonly Word[]): Word {
  const found = words.find((each) => each === word);
  if (found === undefined)
    throw new UsageError(`${what}: expected one of ${words.join(", ")}, got "${word}"`);
  return found;
}
