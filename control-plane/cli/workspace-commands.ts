/** `turnpike workspaces …` */
import { addCommand, addRoom, allRows, minute, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { table } from "./table.ts";

export function addWorkspaceCommands({ program, context }: Cli): void {
  const room = addRoom(program, "workspaces", "workspaces: keys that share budgets", [
    "workspaces create production",
    "workspaces list",
  ]);

  addCommand(room, "create <slug>", "make a workspace in an organization", [
    'workspaces create production --name "Production"',
    "workspaces create staging --organization demo",
  ])
    .option("--name <name>", "how people call it (default: the slug)")
    .option("-o, --organization <slug>", "whose it is (default: default)")
    .action(
      async (slug: string, options: { name?: string; organization?: string; json?: boolean }) => {
        const { organization } = options;
        const created = await withAdmin(context, (admin) =>
          admin.workspaces.create.mutate({ organization, slug, name: options.name ?? slug }),
        );
        const of = organization === undefined ? "" : ` --organization ${organization}`;
        print(
          context,
          options,
          created,
          () =>
            `Created ${created.id}. Next: turnpike keys mint NAME --workspace ${slug}${of}, or turnpike budgets set ${slug} monthly AMOUNT${of}\n`,
        );
      },
    );

  addCommand(room, "list", "list the workspaces of an organization by slug", ["workspaces list"])
    .option("-o, --organization <slug>", "whose (default: default)")
    .action(async (options: { organization?: string; json?: boolean }) => {
      const { organization } = options;
      const rows = await withAdmin(context, (admin) =>
        allRows((after) => admin.workspaces.list.query({ organization, after, limit: 100 })),
      );
      print(context, options, rows, () =>
        table(
          rows,
          [
            { title: "WORKSPACE", value: (row) => row.slug },
            { title: "NAME", value: (row) => row.name, flexible: true },
            { title: "CREATED (UTC)", value: (row) => minute(row.createdAt) },
            { title: "ID", value: (row) => row.id },
          ],
          context.width,
        ),
      );
    });
}
