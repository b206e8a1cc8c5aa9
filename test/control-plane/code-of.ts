import { CommandError, type CommandErrorCode } from "#control/command-error.ts";

/** The code of the CommandError that the work ends in; "none" when it succeeds. Any other error is thrown on. */
export async function codeOf(work: Promise<unknown>): Promise<CommandErrorCode | "none"> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof CommandError) return error.code;
    throw error;
  }
}
