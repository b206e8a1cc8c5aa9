import { and, eq, getTableColumns } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { generations } from "#schema/tables/generations.ts";
import { keys } from "#schema/tables/keys.ts";
import { refundedOfGeneration, type Generation } from "./generation.ts";

/**
 * One generation of an organization by its UUID, or null. Another organization's is null too, so that an answer
 * does not tell whether it exists.
 */
export async function readGeneration(
  tx: Transaction,
  { uuid, organizationId }: { uuid: string; organizationId: OrganizationId },
): Promise<Generation | null> {
  const [row] = await tx
    .select({
      ...getTableColumns(generations),
      keyName: keys.name,
      refunded: refundedOfGeneration,
    })
    .from(generations)
    .leftJoin(keys, eq(keys.id, generations.keyId))
    .where(and(eq(generations.id, uuid), eq(generations.organizationId, organizationId)));
  return row ?? null;
}
