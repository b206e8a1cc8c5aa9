import { and, count, eq, isNull } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { keys } from "#schema/tables/keys.ts";
import { readKeys, type KeyWithUsage } from "./read-keys.ts";

/** An organization's keys, newest first, without revoked ones; `total` counts all pages. */
export async function listKeys(
  tx: Transaction,
  input: {
    organizationId: OrganizationId;
    includeDisabled: boolean;
    limit: number;
    offset: number;
  },
): Promise<{ rows: KeyWithUsage[]; total: number }> {
  const where = and(
    eq(keys.organizationId, input.organizationId),
    isNull(keys.revokedAt),
    input.includeDisabled ? undefined : eq(keys.disabled, false),
  );
  const [counted] = await tx.select({ total: count() }).from(keys).where(where);
  return { rows: await readKeys(tx, where, input), total: counted?.total ?? 0 };
}
