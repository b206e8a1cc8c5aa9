import { eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { rateTiers } from "#schema/tables/allowances.ts";
import { CommandError } from "../command-error.ts";
import { rateTiersLock } from "./set-rate-tier.ts";

/**
 * Removes a tier; its organizations fall to the one below by `applyRateTiers`, after the commit. Below the lowest tier
 * nothing is bounded.
 * @throws {CommandError} not_found.
 */
export async function removeRateTier(tx: Transaction, name: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${rateTiersLock})`);
  const removed = await tx
    .delete(rateTiers)
    .where(eq(rateTiers.name, name))
    .returning({ name: rateTiers.name });
  if (removed.length === 0)
    throw new CommandError(
      "not_found",
      `no rate tier is named ${JSON.stringify(name.slice(0, 80))}; rateTiers.list shows those that exist`,
    );
}
