/** Why a command is refused, in words that its caller may read. Every door turns it into its own form. */
export const commandErrorCodes = [
  "bad_request",
  "unauthenticated",
  "forbidden",
  "not_found",
  "conflict",
  "unavailable",
] as const;
export type CommandErrorCode = (typeof commandErrorCodes)[number];

/** The message is public: it names the field, what was expected, and what to do. Private detail goes in `cause`. */
export class CommandError extends Error {
  readonly code: CommandErrorCode;
  constructor(code: CommandErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "CommandError";
    this.code = code;
  }
}
