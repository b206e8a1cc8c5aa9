import type { Database, Transaction } from "#schema/database.ts";
import { asUnavailable } from "./unavailable.ts";
import { waitForGateways } from "./gateways.ts";

/**
 * Runs a verb in a transaction and waits, for at most 2 s, until every living gateway knows of what it changed.
 * @returns what the verb returned, and whether they all do. False means soon: gateways read changes by timer too.
 * @throws what the verb throws, or a CommandError `unavailable` when the database is away.
 */
export async function runCommand<Result extends { sequence: number | null }>(
  db: Database,
  verb: (tx: Transaction) => Promise<Result>,
): Promise<Omit<Result, "sequence"> & { appliedEverywhere: boolean }> {
  const { sequence, ...result } = await db.transaction(verb).catch((error: unknown) => {
    throw asUnavailable(error);
  });
  return {
    ...result,
    appliedEverywhere: sequence === null || (await isAppliedEverywhere(db, sequence)),
  };
}

/** The change is committed: whatever goes wrong with asking about it must not look as if the command had failed. */
async function isAppliedEverywhere(db: Database, sequence: number): Promise<boolean> {
  try {
    return (await waitForGateways(db, sequence)).waiting.length === 0;
  } catch {
    return false;
  }
}
