/** `turnpike policies …`, `turnpike discounts …`. */
import { policyKinds } from "#schema/money/policy.ts";
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
import { parsePercent, showPercent } from "./percent.ts";
import { table } from "./table.ts";

type Scope = { organization?: string; provider?: string; model?: string };
type PolicyOptions = Scope & { effectiveAt?: string; note?: string; json?: boolean };
type DiscountOptions = { effectiveAt?: string; expiresAt?: string; note?: string; json?: boolean };

export function addPricingCommands(cli: Cli): void {
  addPolicyCommands(cli);
  addDiscountCommands(cli);
}

function addPolicyCommands({ program, context }: Cli): void {
  const policies = addRoom(program, "policies", "how charges are made: list, set", [
    "policies list",
    "policies set list_discount 10% --organization demo",
  ]);
  addCommand(
    policies,
    "set <kind> [percent]",
    `set how charges are made; KIND is ${policyKinds.join(", ")}. Without a scope it is for everything`,
    [
      "policies set cost_plus 25% --provider acme",
      "policies set list_discount 10% --organization demo",
      "policies set pass_on 50% --provider acme --effective-at 2027-01-01T00:00:00Z",
      "policies set own_key_fee 5%",
      "policies set list --organization demo",
    ],
  )
    .option("-o, --organization <slug>", "for this customer only")
    .option("-p, --provider <slug>", "at this provider only")
    .option("-m, --model <id>", "of this model only")
    .option("--effective-at <instant>", "from when on (default: now)")
    .option("--note <text>", "why")
    .action(async (word: string, percent: string | undefined, options: PolicyOptions) => {
      const kind = policyKinds.find((each) => each === word);
      if (kind === undefined)
        throw new UsageError(`expected one of ${policyKinds.join(", ")}; got "${word}"`);
      if (percent === undefined && kind !== "list")
        throw new UsageError(`${kind} takes a percentage, such as 10%`);
      const { json: _json, note, ...scope } = options;
      const set = await withAdmin(context, (admin) =>
        admin.pricing.setPolicy.mutate({
          ...scope,
          kind,
          basisPoints: parsePercent(percent ?? "0"),
          note: note ?? null,
        }),
      );
      print(context, options, set, () =>
        set.unchanged
          ? "unchanged: this policy holds already\n"
          : `Set, from ${minute(set.effectiveAt)} UTC on.\n${laggards(set.appliedEverywhere)}`,
      );
    });

  addCommand(policies, "list", "list policies in force and to come, newest first", [
    "policies list",
    "policies list --organization demo --history",
  ])
    .option("-o, --organization <slug>", "only those for this customer")
    .option("-p, --provider <slug>", "only those for this provider")
    .option("-m, --model <id>", "only those for this model")
    .option("--history", "those of the past too")
    .action(async ({ json, ...options }: Scope & { history?: boolean; json?: boolean }) => {
      const rows = await withAdmin(context, (admin) =>
        allRows((after) => admin.pricing.listPolicies.query({ ...options, after, limit: 100 })),
      );
      print(context, json === undefined ? {} : { json }, rows, () =>
        rows.length === 0
          ? "No policies: customers are charged the price lists as they are.\n"
          : table(
              rows,
              [
                { title: "CUSTOMER", value: (row) => row.organization ?? "everyone" },
                { title: "PROVIDER", value: (row) => row.provider ?? "every" },
                { title: "MODEL", value: (row) => row.model ?? "every", flexible: true },
                { title: "POLICY", value: (row) => row.kind },
                { title: "PERCENT", value: (row) => showPercent(row.basisPoints), align: "right" },
                { title: "FROM (UTC)", value: (row) => minute(row.effectiveAt) },
                { title: "STATE", value: (row) => row.state },
                { title: "NOTE", value: (row) => row.note, flexible: true },
              ],
              context.width,
            ),
      );
    });
}

function addDiscountCommands({ program, context }: Cli): void {
  const discounts = addRoom(program, "discounts", "what providers take off by volume: list, set", [
    "discounts list",
    "discounts set acme 10000=5% 50000=10%",
  ]);
  addCommand(
    discounts,
    "set <provider> [tiers...]",
    "set what a provider takes off by USD of list cost in a UTC month, as ABOVE=PERCENT; none ends it",
    [
      "discounts set acme 10000=5% 50000=10%",
      "discounts set acme 0=3% 10000=5% --expires-at 2028-01-01T00:00:00Z",
      "discounts set acme",
    ],
  )
    .option("--effective-at <instant>", "from when on (default: now)")
    .option("--expires-at <instant>", "until when")
    .option("--note <text>", "why")
    .action(async (provider: string, tiers: string[], options: DiscountOptions) => {
      const set = await withAdmin(context, (admin) =>
        admin.pricing.setVolumeDiscount.mutate({
          provider,
          tiers: tiers.map(parseTier),
          effectiveAt: options.effectiveAt,
          expiresAt: options.expiresAt ?? null,
          note: options.note ?? null,
        }),
      );
      print(
        context,
        options,
        set,
        () => `Set, from ${minute(set.effectiveAt)} UTC on.\n${laggards(set.appliedEverywhere)}`,
      );
    });

  addCommand(discounts, "list", "list volume discounts in force and to come, newest first", [
    "discounts list",
    "discounts list --provider acme --history",
  ])
    .option("-p, --provider <slug>", "only of this provider")
    .option("--history", "those of the past too")
    .action(
      async ({ json, ...options }: { provider?: string; history?: boolean; json?: boolean }) => {
        const rows = await withAdmin(context, (admin) =>
          allRows((after) => admin.pricing.listDiscounts.query({ ...options, after, limit: 100 })),
        );
        print(context, json === undefined ? {} : { json }, rows, () =>
          rows.length === 0
            ? "No volume discounts.\n"
            : table(
                rows,
                [
                  { title: "PROVIDER", value: (row) => row.provider },
                  {
                    title: "ABOVE",
                    value: (row) =>
                      row.tiers
                        .map(
                          ({ above, basisPoints }) => `${money(above)} ${showPercent(basisPoints)}`,
                        )
                        .join(", ") || "none",
                  },
                  { title: "NOW", value: (row) => showPercent(row.stepNow), align: "right" },
                  {
                    title: "THIS MONTH, ABOUT",
                    value: (row) =>
                      money(row.monthAbout && row.monthAbout.replace(/(\.\d\d)\d+$/, "$1")),
                    align: "right",
                  },
                  { title: "FROM (UTC)", value: (row) => minute(row.effectiveAt) },
                  { title: "UNTIL", value: (row) => minute(row.expiresAt) },
                  { title: "STATE", value: (row) => row.state },
                ],
                context.width,
              ),
        );
      },
    );
}

/** `10000=5%`: above 10,000 USD in the month, 5 percent off. */
function parseTier(text: string): { above: string; basisPoints: number } {
  const [above = "", percent = ""] = text.split("=");
  if (above === "" || percent === "")
    throw new UsageError(`expected tiers such as 10000=5%; got "${text}"`);
  return { above, basisPoints: parsePercent(percent) };
}
