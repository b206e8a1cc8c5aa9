import { and, count, eq, ne, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { formatDollars, type Picodollars } from "#schema/money/amount.ts";
import { rateTiers } from "#schema/tables/allowances.ts";
import { CommandError } from "../command-error.ts";
import type { TierBound } from "./tier-bounds.ts";

// A list that a person keeps in mind; it is never paged.
const tiersMax = 50;
// Any constant that nobody else uses: the tiers are changed by one at a time.
export const rateTiersLock = 7_417_071_012;

/**
 * Makes the tier of that name say this, or adds it. Organizations follow by `applyRateTiers`, after the commit.
 * @param input.purchasedMin picodollars of credit ever bought from which on it holds. A bound of null bounds nothing.
 * @throws {CommandError} conflict when another tier begins at the same amount; bad_request when there are too many.
 */
export async function setRateTier(
  tx: Transaction,
  input: { name: string; purchasedMin: Picodollars } & Record<TierBound, number | null>,
): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${rateTiersLock})`);
  const [twin] = await tx
    .select({ name: rateTiers.name })
    .from(rateTiers)
    .where(and(eq(rateTiers.purchasedMin, input.purchasedMin), ne(rateTiers.name, input.name)));
  if (twin)
    throw new CommandError(
      "conflict",
      `purchasedMin: the tier ${JSON.stringify(twin.name)} begins at ${formatDollars(input.purchasedMin)} USD already; choose another amount, or change that one`,
    );
  const [others] = await tx
    .select({ total: count() })
    .from(rateTiers)
    .where(ne(rateTiers.name, input.name));
  if ((others?.total ?? 0) >= tiersMax)
    throw new CommandError(
      "bad_request",
      `there can be at most ${tiersMax} rate tiers; remove one`,
    );
  const set = { ...input, updatedAt: new Date() };
  await tx.insert(rateTiers).values(set).onConflictDoUpdate({ target: rateTiers.name, set });
}
