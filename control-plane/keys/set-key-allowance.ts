import { and, eq, ne, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type KeyId, type OrganizationId } from "#schema/ids.ts";
import type { Picodollars } from "#schema/money/amount.ts";
import { allowances } from "#schema/tables/allowances.ts";
import type { LimitReset } from "#schema/tables/keys.ts";
import { windowOfReset, windowStart } from "#schema/windows.ts";

type KeyLimit = {
  id: KeyId;
  organizationId: OrganizationId;
  limit: Picodollars | null;
  limitReset: LimitReset | null;
};

/**
 * Makes the key's allowances say what its limit says: one bounds it, of the window of its reset, and those of
 * other windows bound nothing. What the key already spent in the window counts: a limit that is set or moved to
 * another window late does not start at zero.
 */
export async function setKeyAllowance(tx: Transaction, key: KeyLimit): Promise<void> {
  const window = windowOfReset(key.limitReset);
  const ofKey = and(
    eq(allowances.subjectKind, "key"),
    eq(allowances.subjectId, key.id),
    eq(allowances.unit, "picodollars"),
  );
  await tx
    .update(allowances)
    .set({ limit: null, updatedAt: new Date() })
    .where(key.limit === null ? ofKey : and(ofKey, ne(allowances.window, window)));
  if (key.limit === null) return;
  const [allowance] = await tx
    .insert(allowances)
    .values({
      id: mintId("allowance"),
      organizationId: key.organizationId,
      subjectKind: "key",
      subjectId: key.id,
      unit: "picodollars",
      window,
      limit: key.limit,
    })
    .onConflictDoUpdate({
      target: [allowances.subjectKind, allowances.subjectId, allowances.unit, allowances.window],
      set: { limit: key.limit, updatedAt: new Date() },
    })
    .returning({ id: allowances.id });
  const start = windowStart(window, new Date()).toISOString();
  // The greater of both, because a posting that commits in between has counted itself already.
  await tx.execute(sql`
    insert into allowance_uses (allowance_id, window_start, used)
    select ${allowance?.id}::text, ${start}::timestamptz, coalesce(sum(charge), 0)
      from usage_hours
     where organization_id = ${key.organizationId} and key_id = ${key.id} and hour >= ${start}::timestamptz
    on conflict (allowance_id, window_start) do update
      set used = greatest(allowance_uses.used, excluded.used)`);
}
