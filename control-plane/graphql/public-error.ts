import { GraphQLError } from "graphql";
import { CommandError, type CommandErrorCode } from "../command-error.ts";
import { reportError } from "../report-error.ts";
import { isPostgresAway } from "../unavailable.ts";
import { questionError, type QuestionErrorCode } from "./question-error.ts";

const codes = {
  bad_request: "BAD_USER_INPUT",
  unauthenticated: "UNAUTHENTICATED",
  forbidden: "FORBIDDEN",
  not_found: "NOT_FOUND",
  conflict: "CONFLICT",
  unavailable: "UNAVAILABLE",
} as const satisfies Record<CommandErrorCode, QuestionErrorCode>;
const queryCancelled = "57014"; // Postgres: statement_timeout

/** What the caller may read of an error: the error itself when it was written for them, and else that we failed. */
export function publicError(error: unknown): GraphQLError {
  const thrown = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  const placed = (known: GraphQLError): GraphQLError =>
    error instanceof GraphQLError
      ? new GraphQLError(known.message, {
          nodes: error.nodes,
          source: error.source,
          positions: error.positions,
          path: error.path,
          extensions: known.extensions,
        })
      : known;
  if (thrown instanceof GraphQLError)
    return error instanceof GraphQLError ? placed(thrown) : thrown;
  if (thrown instanceof CommandError)
    return placed(questionError(codes[thrown.code], thrown.message));
  if (codeOf(thrown) === queryCancelled) {
    return placed(
      questionError(
        "TIMEOUT",
        "the question took longer than 5 s; ask for a shorter time range or fewer groups",
      ),
    );
  }
  if (isPostgresAway(thrown)) {
    return placed(
      questionError("UNAVAILABLE", "the database does not answer right now; try again shortly"),
    );
  }
  reportError("graphql", thrown);
  return placed(
    new GraphQLError("something failed on our side; it has been logged", {
      extensions: { code: "INTERNAL_SERVER_ERROR", http: { status: 500 } },
    }),
  );
}

function codeOf(error: unknown): unknown {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if ("code" in at && at.code === queryCancelled) return at.code;
  }
  return undefined;
}
