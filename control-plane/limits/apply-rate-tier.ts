import { and, desc, eq, lte, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { picodollars, zero } from "#schema/money/amount.ts";
import { allowances, rateTiers } from "#schema/tables/allowances.ts";
import { readPurchased } from "../credits/read-purchased.ts";
import { putLimit } from "./put-limit.ts";
import { tierBounds, type TierBound } from "./tier-bounds.ts";

/**
 * Makes an organization's allowances of origin `tier` say what the rate tier says that its purchases put it in (contract
 * L-1, L-2: what was ever bought counts, not what is left). What a person set stays. With no tier reached nothing is bounded.
 *
 * Call it after every purchase and refund and when a tier changes, in the same transaction. It takes the organization's row
 * lock, so that two purchases at once end in the tier of their sum. It does not tell gateways: the caller does, by
 * `recordChange(tx, "organization", id)`, when `changed`.
 */
export async function applyRateTier(
  tx: Transaction,
  organizationId: OrganizationId,
): Promise<{ tier: string | null; changed: boolean }> {
  await tx.execute(
    sql`select id from organizations where id = ${organizationId} for no key update`,
  );
  // A statement of its own, after the lock: it sees what the transaction that held the lock before has bought.
  const purchased = await readPurchased(tx, organizationId);
  const [tier] = await tx
    .select()
    .from(rateTiers)
    .where(lte(rateTiers.purchasedMin, purchased > 0n ? purchased : zero))
    .orderBy(desc(rateTiers.purchasedMin))
    .limit(1);
  const known = await tx
    .select()
    .from(allowances)
    .where(
      and(eq(allowances.subjectKind, "organization"), eq(allowances.subjectId, organizationId)),
    );
  let changed = false;
  for (const bound of Object.keys(tierBounds) as TierBound[]) {
    const slot = tierBounds[bound];
    const limit = tier?.[bound] ?? null;
    const before = known.find(
      ({ unit, window, scope }) =>
        unit === slot.unit && window === slot.window && scope === slot.scope,
    );
    if (before?.origin === "set") continue;
    const put = await putLimit(
      tx,
      {
        organizationId,
        subject: { kind: "organization", id: organizationId },
        ...slot,
        origin: "tier",
        limit: limit === null ? null : picodollars(BigInt(limit)),
      },
      before,
    );
    changed ||= put.changed;
  }
  return { tier: tier?.name ?? null, changed };
}
