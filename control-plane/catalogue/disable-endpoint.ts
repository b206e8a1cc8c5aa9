import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { EndpointId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { endpoints } from "#schema/tables/catalogue.ts";

/** Takes an endpoint out of use: it is not asked any more, its prices and history stay. */
export async function disableEndpoint(
  tx: Transaction,
  id: EndpointId,
): Promise<{ sequence: number }> {
  await tx
    .update(endpoints)
    .set({ status: "disabled", updatedAt: new Date() })
    .where(eq(endpoints.id, id));
  return { sequence: await recordChange(tx, "catalogue", "") };
}
