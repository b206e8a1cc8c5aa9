import { asc } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { rateTiers } from "#schema/tables/allowances.ts";
import type { RateTier } from "./tier-bounds.ts";

/** All rate tiers, from the one that takes the least bought credit. There are a few, at most `tiersMax`. */
export function listRateTiers(tx: Transaction): Promise<RateTier[]> {
  return tx.select().from(rateTiers).orderBy(asc(rateTiers.purchasedMin));
}
