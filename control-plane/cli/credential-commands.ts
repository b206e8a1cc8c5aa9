/** `turnpike credentials …`: a customer's own keys at providers. */
import { text as readAll } from "node:stream/consumers";
import { addCommand, addRoom, allRows, laggards, minute, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { CliError, UsageError } from "./context.ts";
import { table } from "./table.ts";

type AddOptions = { organization?: string; name?: string; keyEnv?: string; json?: boolean };

export function addCredentialCommands({ program, context }: Cli): void {
  const credentials = addRoom(
    program,
    "credentials",
    "customers' own keys at providers: add, list, remove; and rotate, for a new MASTER_KEY",
    [
      "credentials list --organization demo",
      "credentials add acme --organization demo --key-env DEMO_ACME_KEY",
    ],
  );
  addCommand(
    credentials,
    "add <provider>",
    "give a customer its own key at a provider, or replace it; the key is read from standard input",
    [
      "credentials add acme --organization demo < key.txt",
      "credentials add acme --organization demo --key-env DEMO_ACME_KEY",
    ],
  )
    .option("-o, --organization <slug>", "whose it is (default: the installation's own)")
    .option("--name <name>", "what to call it")
    // Not as an argument: those are in the shell's history, and in everybody's list of processes.
    .option("--key-env <variable>", "the environment variable that holds the key")
    .action(async (provider: string, options: AddOptions) => {
      const key =
        options.keyEnv === undefined
          ? (await readAll(context.stdin)).trim()
          : (context.environment[options.keyEnv] ?? "").trim();
      if (key === "") {
        throw new UsageError(
          options.keyEnv === undefined
            ? "there is no key on standard input; pipe it in, or name a variable with --key-env"
            : `${options.keyEnv} is not set in the environment`,
        );
      }
      const added = await withAdmin(context, (admin) =>
        admin.credentials.add.mutate({
          organization: options.organization,
          provider,
          ...(options.name === undefined ? {} : { name: options.name }),
          key,
        }),
      );
      print(
        context,
        options,
        added,
        () =>
          `${added.replaced ? "Replaced" : "Added"}: ${added.label}\n${laggards(added.appliedEverywhere)}`,
      );
    });

  addCommand(credentials, "list", "list a customer's own keys; never the keys themselves", [
    "credentials list --organization demo",
  ])
    .option("-o, --organization <slug>", "whose (default: the installation's own)")
    .action(async (options: { organization?: string; json?: boolean }) => {
      const { organization } = options;
      const rows = await withAdmin(context, (admin) =>
        allRows((after) => admin.credentials.list.query({ organization, after, limit: 100 })),
      );
      print(context, options, rows, () =>
        rows.length === 0
          ? "No keys of its own.\n"
          : table(
              rows,
              [
                { title: "PROVIDER", value: (row) => row.provider },
                { title: "NAME", value: (row) => row.name, flexible: true },
                { title: "KEY", value: (row) => row.label },
                {
                  title: "STATE",
                  value: (row) => (row.status === "active" ? "in use" : "removed"),
                },
                { title: "SINCE (UTC)", value: (row) => minute(row.updatedAt) },
              ],
              context.width,
            ),
      );
    });

  addCommand(
    credentials,
    "remove <provider>",
    "take a customer's own key out of use; its calls go by the installation's again",
    ["credentials remove acme --organization demo"],
  )
    .option("-o, --organization <slug>", "whose (default: the installation's own)")
    .action(async (provider: string, options: { organization?: string; json?: boolean }) => {
      const removed = await withAdmin(context, (admin) =>
        admin.credentials.remove.mutate({ organization: options.organization, provider }),
      );
      print(context, options, removed, () => `Removed.\n${laggards(removed.appliedEverywhere)}`);
    });

  addCommand(
    credentials,
    "rotate",
    "seal every stored provider key and credential under MASTER_KEY that MASTER_KEY_ALSO or an older form still seals",
    ["credentials rotate"],
  ).action(async (options: { json?: boolean }) => {
    const rotated = await withAdmin(context, (admin) => admin.credentials.rotate.mutate());
    print(context, options, rotated, () =>
      [
        `Sealed again under the master key ${rotated.masterKeyId}: ${rotated.providerKeys} provider keys, ${rotated.credentials} customers' credentials; ${rotated.already} were so already.\n`,
        rotated.unreadable === 0
          ? "Nothing is sealed under another one any more: MASTER_KEY_ALSO (master.key.previous) is not needed.\n"
          : `${rotated.unreadable} could not be opened by any master key that is set, and stay as they are: ${rotated.unreadableNames.join(", ")}. Give that key as MASTER_KEY_ALSO and run this again, or give them anew.\n`,
        laggards(rotated.appliedEverywhere),
      ].join(""),
    );
    if (rotated.unreadable > 0) throw new CliError("some could not be opened");
  });
}
