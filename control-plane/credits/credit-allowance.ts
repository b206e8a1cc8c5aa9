import { and, eq, sql, type SQL } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { allowances } from "#schema/tables/allowances.ts";

/** The one allowance that is an organization's credit: money, over its whole life. */
export const isCreditOf = (organizationId: OrganizationId): SQL | undefined =>
  and(
    eq(allowances.subjectKind, "organization"),
    eq(allowances.subjectId, organizationId),
    eq(allowances.unit, "picodollars"),
    eq(allowances.window, "lifetime"),
  );

/** Moves what an organization was given in all, up or down. @param by picodollars. */
export async function changeCreditLimit(
  tx: Transaction,
  organizationId: OrganizationId,
  by: bigint,
): Promise<void> {
  await tx
    .update(allowances)
    .set({
      limit: sql`${allowances.limit} + ${sql.param(by, allowances.limit)}`,
      updatedAt: new Date(),
    })
    .where(isCreditOf(organizationId));
}
