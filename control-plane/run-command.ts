import type { Database, Transaction } from "#schema/database.ts";
import { CommandError } from "./command-error.ts";
import { waitForGateways } from "./gateways.ts";
import { asUnavailable } from "./unavailable.ts";

const attemptsMax = 3;
// deadlock_detected, serialization_failure, lock_not_available (where a verb set lock_timeout): Postgres undid the
// transaction so that another could go on.
const victimStates: ReadonlySet<unknown> = new Set(["40P01", "40001", "55P03"]);

/**
 * Runs a verb in a transaction and waits, for at most 2 s, until every living gateway knows of what it changed.
 * A verb that was undone in favour of another runs again, so it must have no effects but in its transaction.
 * @returns what the verb returned, and whether they all do. False means soon: gateways read changes by timer too.
 * @throws what the verb throws, or a CommandError `unavailable` when the database is away or others go first again and again.
 */
export async function runCommand<Result extends { sequence: number | null }>(
  db: Database,
  verb: (tx: Transaction) => Promise<Result>,
): Promise<Omit<Result, "sequence"> & { appliedEverywhere: boolean }> {
  const { sequence, ...result } = await commit(db, verb);
  const appliedEverywhere = sequence === null || (await isAppliedEverywhere(db, sequence));
  return { ...result, appliedEverywhere };
}

/** Runs work in a transaction, again when Postgres undid it in favour of another (a deadlock with postings, say). */
export async function commit<Result>(
  db: Database,
  verb: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction(verb);
    } catch (error) {
      if (!isVictim(error)) throw asUnavailable(error);
      if (attempt === attemptsMax) {
        throw new CommandError(
          "unavailable",
          "other work on the same rows was in the way several times; nothing was changed, try again",
          { cause: error },
        );
      }
    }
  }
}

function isVictim(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && victimStates.has(cause.code)) return true;
  }
  return false;
}

/** The change is committed: whatever goes wrong with asking about it must not look as if the command had failed. */
export async function isAppliedEverywhere(db: Database, sequence: number): Promise<boolean> {
  try {
    return (await waitForGateways(db, sequence)).waiting.length === 0;
  } catch {
    return false;
  }
}
