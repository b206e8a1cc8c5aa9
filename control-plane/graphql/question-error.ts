import { GraphQLError } from "graphql";

/** What an answer's `extensions.code` may say, and the HTTP status that goes with it. */
export const questionErrorStatuses = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  // Half an answer: the rest of the data is there, so HTTP says that the question was answered.
  NOT_FOUND: 200,
  CONFLICT: 409,
  TIMEOUT: 504,
  UNAVAILABLE: 503,
} as const;
export type QuestionErrorCode = keyof typeof questionErrorStatuses;

/** An error whose message the caller may read. */
export function questionError(
  code: QuestionErrorCode,
  message: string,
  cause?: unknown,
): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code, http: { status: questionErrorStatuses[code] } },
    ...(cause instanceof Error ? { originalError: cause } : {}),
  });
}
