/** `turnpike models …`. */
import type { AdminClient } from "../trpc/admin.ts";
import { addCommand, addRoom, allRows, print, type Cli } from "./command.ts";
import { withAdmin } from "./connection.ts";
import { table } from "./table.ts";

export type Model = Awaited<ReturnType<AdminClient["models"]["list"]["query"]>>["rows"][number];

export function addCatalogueCommands({ program, context }: Cli): void {
  const models = addRoom(program, "models", "models: list", ["models list", "models list llama"]);
  addCommand(models, "list [word]", "list models and who answers them; WORD must be in the id", [
    "models list",
    "models list llama",
    "models list --json",
  ])
    .option("--all", "disabled ones too")
    .action(async (word: string | undefined, options: { all?: boolean; json?: boolean }) => {
      const all = await withAdmin(context, (admin) => listModels(admin, options.all ?? false));
      const found = all.filter(({ id }) => word === undefined || id.includes(word.toLowerCase()));
      print(context, options, found, () => {
        if (all.length === 0)
          return "No models. Set a provider key such as OPENAI_API_KEY and start again, or apply a config file.\n";
        if (found.length === 0) return `No model has "${word ?? ""}" in its id.\n`;
        return table(
          found,
          [
            { title: "MODEL", value: (model) => model.id },
            { title: "NAME", value: (model) => model.name, flexible: true },
            {
              title: "CONTEXT",
              value: (model) => model.contextLength.toLocaleString("en-US"),
              align: "right",
            },
            { title: "STATE", value: (model) => model.status },
            { title: "PROVIDERS", value: providersOf, flexible: true },
          ],
          context.width,
        );
      });
    });
}

/** Every model; paged, so that no installation is too large for it. */
export const listModels = (admin: AdminClient, includeDisabled: boolean): Promise<Model[]> =>
  allRows((after) => admin.models.list.query({ after, limit: 100, includeDisabled }));

function providersOf(model: Model): string {
  return (
    [
      ...new Set(
        model.endpoints.filter(({ status }) => status === "active").map(({ provider }) => provider),
      ),
    ].join(", ") || "none"
  );
}
