import { eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import { allowances, allowanceUses } from "#schema/tables/allowances.ts";
import { CommandError } from "../command-error.ts";
import { isCreditOf } from "./credit-allowance.ts";

/**
 * An organization's credit in picodollars: all that was ever given, what generations used of it, what gateways
 * hold for requests that are under way or not yet posted, and the balance, which is granted − used.
 */
export type Credits = {
  granted: Picodollars;
  used: Picodollars;
  leased: Picodollars;
  balance: Picodollars;
};

/** @throws {CommandError} not_found when there is no such organization. */
export async function readCredits(
  tx: Transaction,
  organizationId: OrganizationId,
): Promise<Credits> {
  const [row] = await tx
    .select({
      granted: allowances.limit,
      used: sql`coalesce(${allowanceUses.used}, 0)`.mapWith(allowanceUses.used),
      leased: sql`coalesce(${allowanceUses.leased}, 0)`.mapWith(allowanceUses.leased),
    })
    .from(allowances)
    .leftJoin(allowanceUses, eq(allowanceUses.allowanceId, allowances.id))
    .where(isCreditOf(organizationId));
  if (!row) throw new CommandError("not_found", `no organization has the id ${organizationId}`);
  const granted = row.granted ?? 0n;
  return {
    granted: picodollars(granted),
    used: picodollars(row.used),
    leased: picodollars(row.leased),
    balance: picodollars(granted - row.used),
  };
}
