/** `turnpike credits …` and `turnpike reconcile`. */
import { addCommand, addRoom, laggards, money, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { CliError, UsageError } from "./context.ts";
import { table } from "./table.ts";

const differencesShownMax = 20;

/** Books that differ: said already, so only the exit code is left to set. */
export class DifferencesFound extends CliError {}

export function addCreditCommands({ program, context }: Cli): void {
  const room = addRoom(program, "credits", "credit: grant, purchase, refund, correct, show", [
    "credits show",
    "credits grant demo 25.00",
    "credits purchase demo 100.00 --reference invoice-2026-17",
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
            amount: plain(amount),
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

  addCommand(
    room,
    "purchase <organization> <amount>",
    "book a payment that was received, in USD: credit that counts as bought",
    [
      "credits purchase demo 100.00 --reference invoice-2026-17",
      'credits purchase demo 100.00 --reference pi_3Nexample --note "card"',
    ],
  )
    .requiredOption("--reference <id>", "the payment's own id; it is booked once")
    .option("--note <text>", "anything else, for the ledger")
    .action(
      async (
        organization: string,
        amount: string,
        options: { reference: string; note?: string; json?: boolean },
      ) => {
        const bought = await withAdmin(context, (admin) =>
          admin.credits.purchase.mutate({
            organization,
            amount: plain(amount),
            reference: options.reference,
            note: options.note ?? null,
          }),
        );
        print(context, options, bought, () =>
          bought.replayed
            ? `Booked before under this reference, as ${bought.transferId}; nothing was added. ${organization} has ${money(bought.balance)}.\n`
            : `Booked as ${bought.transferId}. ${organization} has ${money(bought.balance)}.\n${laggards(bought.appliedEverywhere)}`,
        );
      },
    );

  addCommand(
    room,
    "refund <purchase> [amount]",
    "give money of a purchase back, in USD: at most what is unspent (default: all that was not refunded)",
    [
      "credits refund tr_4fZbS0example --reference re_1Nexample",
      "credits refund tr_4fZbS0example 40.00 --reference re_1Nexample",
    ],
  )
    .requiredOption("--reference <id>", "the refund's own id; it is paid once")
    .option("--note <text>", "why, for the ledger")
    .action(
      async (
        purchase: string,
        amount: string | undefined,
        options: { reference: string; note?: string; json?: boolean },
      ) => {
        if (purchase.startsWith("gen-"))
          throw new UsageError(
            `${purchase} is a generation, not a purchase; give it back with: turnpike credits correct ${purchase} --reason WHY`,
          );
        const refunded = await withAdmin(context, (admin) =>
          admin.credits.refundPurchase.mutate({
            purchase,
            amount: amount === undefined ? null : plain(amount),
            reference: options.reference,
            note: options.note ?? null,
          }),
        );
        print(
          context,
          options,
          refunded,
          () =>
            `${refunded.replayed ? "Refunded before under this reference" : "Refunded"}: ${money(refunded.amount)}, as ${refunded.transferId}. ${money(refunded.balance)} of credit is left.\n${laggards(refunded.appliedEverywhere)}`,
        );
      },
    );

  addCommand(
    room,
    "correct <what> [amount]",
    "give back what a generation was charged, or take back a mistaken grant, purchase or cost (default: all that is left)",
    [
      'credits correct gen-1764075600-AZq4example --reason "the answer was cut"',
      'credits correct gen-1764075600-AZq4example 0.002 --reason "slow" --idempotency-key ticket-7',
      'credits correct tr_4fZbS0example --reason "granted to the wrong organization"',
    ],
  )
    .requiredOption("--reason <text>", "why; it stands in the statement")
    .option("--idempotency-key <key>", "makes it safe to repeat: the same key corrects once")
    .action(
      async (
        what: string,
        amount: string | undefined,
        options: { reason: string; idempotencyKey?: string; json?: boolean },
      ) => {
        const asked = {
          amount: amount === undefined ? null : plain(amount),
          reason: options.reason,
          idempotencyKey: options.idempotencyKey ?? null,
        };
        const corrected = await withAdmin(
          context,
          (
            admin,
          ): Promise<{
            transferId: string;
            amount: string;
            replayed: boolean;
            appliedEverywhere?: boolean;
          }> =>
            what.startsWith("gen-")
              ? admin.credits.refundGeneration.mutate({ ...asked, generation: what })
              : admin.credits.correct.mutate({ ...asked, transfer: what }),
        );
        print(
          context,
          options,
          corrected,
          () =>
            `${corrected.replayed ? "Corrected before under this key" : "Corrected"}: ${money(corrected.amount)}, as ${corrected.transferId}.\n${laggards(corrected.appliedEverywhere ?? true)}`,
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

/** "$25.00" is "25.00". */
const plain = (amount: string): string => amount.replace(/^\$/, "");
