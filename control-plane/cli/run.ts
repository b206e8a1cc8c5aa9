/** The program `turnpike`: every command, and what failing means. */
import { Command, CommanderError } from "commander";
import { TRPCClientError } from "@trpc/client";
import { CommandError } from "../command-error.ts";
import { StartRefusal } from "../start/start-refusal.ts";
import { addCatalogueCommands } from "./catalogue-commands.ts";
import { addImportCommands } from "./import-commands.ts";
import { addChatCommand } from "./chat-command.ts";
import { addConfigurationCommands } from "./configuration-commands.ts";
import { CliError, UsageError, type CliContext } from "./context.ts";
import { addCredentialCommands } from "./credential-commands.ts";
import { addCreditCommands, DifferencesFound } from "./credit-commands.ts";
import { addDeadLetterCommands } from "./dead-letter-commands.ts";
import { addGatewayCommands } from "./gateway-commands.ts";
import { addKeyCommands } from "./key-commands.ts";
import { addLedgerCommands } from "./ledger-commands.ts";
import { addLimitCommands } from "./limit-commands.ts";
import { addOrganizationCommands } from "./organization-commands.ts";
import { addPriceCommands } from "./price-commands.ts";
import { addPricingCommands } from "./pricing-commands.ts";
import { addProfileCommand } from "./profile-command.ts";
import { addProviderCommands } from "./provider-commands.ts";
import { addSpoolCommands } from "./spool-commands.ts";
import { addWorkspaceCommands } from "./workspace-commands.ts";

const failed = 1;
const misused = 2;

/**
 * Runs one command line, without the program's name in front.
 * @returns the exit code: 0 done, 1 failed, 2 not written as it must be.
 */
export async function run(words: readonly string[], context: CliContext): Promise<number> {
  const program = new Command("turnpike")
    .description(
      "Runs and administers a Turnpike installation: one endpoint and one key in front of every LLM provider.",
    )
    .exitOverride()
    .configureOutput({
      writeOut: context.write,
      writeErr: context.writeError,
      getOutHelpWidth: () => context.width ?? 100,
    })
    .showHelpAfterError("(add --help for how it is used)")
    .addHelpText(
      "after",
      `
Which installation: the one in DATA_DIR (default .turnpike), or the database of DATABASE_URL.
It may run or be stopped.

Examples:
  $ turnpike start
  $ turnpike chat "Say hello"
  $ turnpike apply turnpike.yaml
  $ turnpike keys mint my-app --limit 5.00 --limit-reset daily
  $ turnpike reconcile
`,
    );
  const cli = { program, context };
  program
    .command("start")
    .description(
      "start everything: database, control plane, gateways (settings come from the environment)",
    )
    .addHelpText(
      "after",
      "\nExamples:\n  $ turnpike start\n  $ PORT=8080 OPENAI_API_KEY=sk-… turnpike start\n",
    )
    .action(async () => void (await import("../start/main.ts")));
  addChatCommand(cli);
  addConfigurationCommands(cli);
  addKeyCommands(cli);
  addLimitCommands(cli);
  addCreditCommands(cli);
  addLedgerCommands(cli);
  addCatalogueCommands(cli);
  addImportCommands(cli);
  addProviderCommands(cli);
  addPriceCommands(cli);
  addPricingCommands(cli);
  addCredentialCommands(cli);
  addOrganizationCommands(cli);
  addWorkspaceCommands(cli);
  addGatewayCommands(cli);
  addSpoolCommands(cli);
  addProfileCommand(cli);
  addDeadLetterCommands(cli);
  if (words.length === 0) {
    program.outputHelp();
    return 0;
  }
  try {
    await program.parseAsync(words, { from: "user" });
    return 0;
  } catch (error) {
    return explain(error, context);
  }
}

function explain(error: unknown, context: CliContext): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : misused;
  if (error instanceof DifferencesFound) return failed;
  context.writeError(`error: ${messageOf(error)}\n`);
  return error instanceof UsageError ? misused : failed;
}

function messageOf(error: unknown): string {
  if (error instanceof TRPCClientError) {
    const code: unknown = (error.data as { code?: unknown } | null | undefined)?.code;
    if (code === "UNAUTHORIZED") {
      return `${error.message} (the management key of bootstrap.json was refused; stop Turnpike and run the command again, or start it anew)`;
    }
    return error.message;
  }
  if (error instanceof CliError || error instanceof CommandError || error instanceof StartRefusal)
    return error.message;
  if (error instanceof Error)
    return `${error.message}${error.cause instanceof Error ? `: ${error.cause.message}` : ""}`;
  return String(error);
}
