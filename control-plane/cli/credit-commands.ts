/** `turnpike credits …` and `turnpike reconcile`. */
import { addCommand, addRoom, laggards, money, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { CliError } from "./context.ts";
import { table } from "./table.ts";

const differencesShownMax = 20;

/** Books that differ: said already, so only the exit code is left to set. */
export class DifferencesFound extends CliError {}

export function addCreditCommands({ program, context }: Cli): void {
  const room = addRoom(program, "credits", "credit: grant, show", [
    "credits show",
    "credits grant demo 25.00",
  ]);

  addCommand(room, "grant <organization> <amount>", "give an organization credit, in USD", [
    "credits grant demo 25.00",
    'credits grant demo 25.00 --note "pilot" --idempotency-key pilot-1',
  ])
    .option("--note <text>", "why, for the ledger")
    .option("--idempotency-key <key>", "makes it safe to repeat: the same key grants once")
    .action(
      async (
        organization: string,
        amount: string,
        options: { note?: string; idempotencyKey?: string; json?: boolean },
      ) => {
        const granted = await withAdmin(context, (admin) =>
          admin.credits.grant.mutate({
            organization,
            amount: amount.replace(/^\$/, ""),
            note: options.note ?? null,
            idempotencyKey: options.idempotencyKey ?? null,
          }),
        );
        print(context, options, granted, () =>
          granted.replayed
            ? `Granted before under this idempotency key; nothing was added. ${organization} has ${money(granted.balance)}.\n`
            : `Granted. ${organization} has ${money(granted.balance)}.\n${laggards(granted.appliedEverywhere)}`,
        );
      },
    );

  addCommand(room, "show [organization]", "what was granted, what is used, what is left", [
    "credits show",
    "credits show demo --json",
  ]).action(async (organization: string | undefined, options: { json?: boolean }) => {
    const credits = await withAdmin(context, (admin) => admin.credits.get.query({ organization }));
    print(context, options, credits, () =>
      table(
        [credits],
        [
          { title: "GRANTED", value: (row) => money(row.granted), align: "right" },
          { title: "USED", value: (row) => money(row.used), align: "right" },
          { title: "HELD BY GATEWAYS", value: (row) => money(row.leased), align: "right" },
          { title: "BALANCE", value: (row) => money(row.balance), align: "right" },
        ],
        context.width,
      ),
    );
  });

  addCommand(
    program,
    "reconcile",
    "prove the books: ledger, balances, generations, leases, roll-ups",
    ["reconcile", "reconcile --json"],
  )
    .summary("prove the books; exits 1 when anything differs")
    .action(async (options: { json?: boolean }) => {
      const { checks } = await withAdmin(context, (admin) => admin.credits.reconcile.query());
      const differences = checks.reduce((sum, check) => sum + check.differences.length, 0);
      print(context, options, { differences, checks }, () =>
        [
          ...checks.flatMap((check) => [
            `${check.differences.length === 0 ? "✓" : "✗"} ${check.name}\n`,
            ...check.differences
              .slice(0, differencesShownMax)
              .map((difference) => `    ${difference}\n`),
            ...(check.differences.length > differencesShownMax
              ? [`    and ${check.differences.length - differencesShownMax} more; see --json\n`]
              : []),
          ]),
          `${differences} difference${differences === 1 ? "" : "s"}\n`,
        ].join(""),
      );
      if (differences > 0) throw new DifferencesFound();
    });
}
