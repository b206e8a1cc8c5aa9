/** One command of the CLI: the same `--json`, the same help, and an action that gets the context. */
import { type Command } from "commander";
import type { CliContext } from "./context.ts";

export type Cli = { program: Command; context: CliContext };

/**
 * Adds a command.
 * @param examples what to type after `turnpike`, one each; shown by `--help`.
 */
export function addCommand(
  parent: Command,
  usage: string,
  summary: string,
  examples: readonly string[],
): Command {
  const shown = examples.map((example) => `  $ turnpike ${example}`.trimEnd()).join("\n");
  return parent
    .command(usage)
    .description(summary)
    .option("--json", "print JSON instead of a table")
    .addHelpText("after", `\nExamples:\n${shown}\n`);
}

/** Adds a noun that has commands of its own: `turnpike keys …`. */
export function addRoom(
  parent: Command,
  name: string,
  summary: string,
  examples: readonly string[],
): Command {
  const shown = examples.map((example) => `  $ turnpike ${example}`).join("\n");
  return parent.command(name).description(summary).addHelpText("after", `\nExamples:\n${shown}\n`);
}

/** Prints a value as JSON when that was asked for, and as text otherwise. */
export function print(
  context: CliContext,
  options: { json?: boolean },
  value: unknown,
  text: () => string,
): void {
  context.write(options.json ? `${JSON.stringify(value, null, 2)}\n` : text());
}

type Page<Row> = { rows: Row[]; next: string | null };

/** Every row of a list that comes in pages. */
export async function allRows<Row>(
  read: (after: string | null) => Promise<Page<Row>>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after: string | null = null; ;) {
    const page: Page<Row> = await read(after);
    rows.push(...page.rows);
    if (page.next === null) return rows;
    after = page.next;
  }
}

/** Dollars for people: two decimals at least, "–" for none. */
export function money(amount: string | null): string {
  if (amount === null) return "–";
  const [whole = "0", fraction = ""] = amount.split(".");
  return `$${whole}.${fraction.padEnd(2, "0")}`.replace("$-", "-$");
}

/** An instant to the minute, in UTC. */
export const minute = (instant: string | null): string =>
  instant === null ? "–" : `${instant.slice(0, 16).replace("T", " ")}`;

/** What to add when a change has not reached every gateway within the time that a command waits. */
export const laggards = (appliedEverywhere: boolean): string =>
  appliedEverywhere
    ? ""
    : "Not every gateway has confirmed it yet; each reads changes again within seconds.\n";
