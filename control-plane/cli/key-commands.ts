/** `turnpike keys …` */
import { addCommand, addRoom, laggards, minute, money, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { choice, type Choice } from "./option.ts";
import { allKeys, resolveKey, type Key } from "./resolve-key.ts";
import { table, type Column } from "./table.ts";

const kinds = ["inference", "management"] as const;
const resets = ["daily", "weekly", "monthly"] as const;
const roles = ["operator", "owner", "admin", "developer", "billing", "viewer"] as const;

type MintOptions = {
  organization?: string;
  workspace?: string;
  limit?: string;
  limitReset?: Choice<typeof resets>;
  kind: Choice<typeof kinds>;
  role?: Choice<typeof roles>;
  expires?: string;
  json?: boolean;
};

const narrowerThanIds = 110;

const columns: Column<Key>[] = [
  { title: "NAME", value: (key) => key.name, flexible: true },
  { title: "KEY", value: (key) => key.label },
  { title: "KIND", value: (key) => (key.role === null ? key.kind : key.role) },
  {
    title: "LIMIT",
    value: (key) =>
      key.limit === null ? "–" : `${money(key.limit)} ${key.limitReset ?? "in all"}`,
    align: "right",
  },
  { title: "USED", value: (key) => money(key.usage), align: "right" },
  { title: "STATE", value: stateOf },
  { title: "ID", value: (key) => key.id },
];

export function addKeyCommands({ program, context }: Cli): void {
  const room = addRoom(program, "keys", "API keys: mint, list, revoke", [
    "keys mint my-app --limit 5.00 --limit-reset daily",
    "keys list",
    "keys revoke my-app",
  ]);

  addCommand(room, "mint [name]", "make a new key; its secret is shown once", [
    "keys mint my-app",
    "keys mint my-app --organization demo --limit 5.00 --limit-reset daily",
    "keys mint deploy --kind management --role admin",
    "keys mint ci --json",
  ])
    .option("-o, --organization <slug>", "whose key it is (default: default)")
    .option("-w, --workspace <slug>", "whose budgets it shares (default: default)")
    .option("--limit <dollars>", "what it may spend, in USD; more limits: turnpike limits set")
    .addOption(
      choice("--limit-reset <window>", "when the limit starts anew (default: never)", resets),
    )
    .addOption(choice("--kind <kind>", "what it is for", kinds).default("inference"))
    .addOption(choice("--role <role>", "what a management key may do (default: admin)", roles))
    .option("--expires <instant>", "when it stops working, such as 2027-01-31T00:00:00Z")
    .action(async (name: string | undefined, options: MintOptions) => {
      const minted = await withAdmin(context, (admin) =>
        admin.keys.mint.mutate({
          name: name ?? "cli",
          kind: options.kind,
          organization: options.organization,
          workspace: options.workspace,
          role: options.role,
          limit: options.limit ?? null,
          limitReset: options.limitReset ?? null,
          expiresAt: options.expires ?? null,
        }),
      );
      print(
        context,
        options,
        minted,
        () =>
          `${minted.key}\n\nThis is the only time it is shown. Its id is ${minted.id}.\n${laggards(minted.appliedEverywhere)}`,
      );
    });

  addCommand(room, "list", "list the keys of an organization, newest first", [
    "keys list",
    "keys list --organization demo --json",
  ])
    .option("-o, --organization <slug>", "whose keys (default: default)")
    .action(async (options: { organization?: string; json?: boolean }) => {
      const keys = await withAdmin(context, (admin) => allKeys(admin, options.organization));
      print(context, options, keys, () =>
        keys.length === 0
          ? "No keys. Mint one with: turnpike keys mint NAME\n"
          : table(keys, columnsFor(context.width), context.width),
      );
    });

  addCommand(
    room,
    "revoke <key>",
    "end a key for good; KEY is its name, id, hash, or the key itself",
    ["keys revoke my-app", "keys revoke key_4fZbS0example --organization demo"],
  )
    .option("-o, --organization <slug>", "whose key (default: default)")
    .action(async (reference: string, options: { organization?: string; json?: boolean }) => {
      const { organization } = options;
      const revoked = await withAdmin(context, async (admin) => {
        const key = await resolveKey(admin, reference, organization);
        return admin.keys.revoke.mutate({ key, organization });
      });
      print(
        context,
        options,
        revoked,
        () => `${revoked.id} is revoked.\n${laggards(revoked.appliedEverywhere)}`,
      );
    });
}

/** A narrow terminal does without ids: a name is enough to revoke by, and `--json` has everything. */
const columnsFor = (width: number | null): Column<Key>[] =>
  width !== null && width < narrowerThanIds
    ? columns.filter(({ title }) => title !== "ID")
    : columns;

function stateOf(key: Key): string {
  if (key.disabled) return "disabled";
  if (key.expiresAt === null) return "active";
  return Date.parse(key.expiresAt) <= Date.now() ? "expired" : `until ${minute(key.expiresAt)}`;
}
