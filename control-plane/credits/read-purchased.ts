import { sql, type SQL } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";

/**
 * The credit that an organization ever bought, in picodollars: its purchases less what was given back of them. What it
 * spent of them does not count, and neither does credit that it was granted. This is what a rate tier goes by.
 */
export async function readPurchased(
  tx: Transaction,
  organizationId: OrganizationId,
): Promise<Picodollars> {
  const [row] = await tx.execute<{ purchased: string }>(
    sql`select ${purchasedOf(sql`${organizationId}`)}::text as purchased`,
  );
  return picodollars(BigInt(row?.purchased ?? "0"));
}

/** The same as an expression, for a query over many organizations; never null. */
export const purchasedOf = (organizationId: SQL): SQL => sql`coalesce((
    select sum(t.amount - coalesce(back.amount, 0))
      from accounts a
      join transfers t on t.to_account_id = a.id and t.kind = 'purchase'
      left join lateral (select sum(c.amount) as amount from transfers c where c.corrects_transfer_id = t.id) back on true
     where a.kind = 'credit' and a.organization_id = ${organizationId}), 0)`;
