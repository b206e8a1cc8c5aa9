/** `turnpike organizations …` */
import { addCommand, addRoom, allRows, minute, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { table } from "./table.ts";

export function addOrganizationCommands({ program, context }: Cli): void {
  const room = addRoom(program, "organizations", "organizations: create, list", [
    "organizations create demo",
    "organizations list",
  ]);

  addCommand(
    room,
    "create <slug>",
    "make an organization, with a workspace and an empty credit account",
    ['organizations create demo --name "Demo Ltd"'],
  )
    .option("--name <name>", "how people call it (default: the slug)")
    .action(async (slug: string, options: { name?: string; json?: boolean }) => {
      const created = await withAdmin(context, (admin) =>
        admin.organizations.create.mutate({ slug, name: options.name ?? slug }),
      );
      print(
        context,
        options,
        created,
        () =>
          `Created ${created.id}. Next: turnpike credits grant ${slug} 10.00, then turnpike keys mint NAME --organization ${slug}\n`,
      );
    });

  addCommand(room, "list", "list organizations by slug", [
    "organizations list",
    "organizations list --json",
  ]).action(async (options: { json?: boolean }) => {
    const all = await withAdmin(context, (admin) =>
      allRows((after) => admin.organizations.list.query({ after, limit: 100 })),
    );
    print(context, options, all, () =>
      table(
        all,
        [
          { title: "ORGANIZATION", value: (row) => row.slug },
          { title: "NAME", value: (row) => row.name, flexible: true },
          { title: "STATE", value: (row) => row.status },
          { title: "CREATED (UTC)", value: (row) => minute(row.createdAt) },
          { title: "ID", value: (row) => row.id },
        ],
        context.width,
      ),
    );
  });
}
