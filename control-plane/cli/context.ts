/** What a command gets from the process it runs in; a test gives its own. */
export type CliContext = {
  environment: Record<string, string | undefined>;
  /** The working folder, which paths are relative to. */
  folder: string;
  stdin: NodeJS.ReadStream;
  write: (text: string) => void;
  writeError: (text: string) => void;
  /** Characters in a line of the terminal, or null when the output is none. */
  width: number | null;
};

/** Something went wrong that the person at the terminal can understand: what, and what to do next. */
export class CliError extends Error {}
/** The command was not written as it must be. */
export class UsageError extends CliError {}
