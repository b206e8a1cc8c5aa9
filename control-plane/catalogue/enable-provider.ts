import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { ProviderId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { providers } from "#schema/tables/catalogue.ts";
import { findProvider } from "./find-provider.ts";

/** Puts a disabled provider back into use. @throws {CommandError} not_found. */
export async function enableProvider(
  tx: Transaction,
  slugOrId: string,
): Promise<{ id: ProviderId; sequence: number }> {
  const { id } = await findProvider(tx, slugOrId);
  await tx
    .update(providers)
    .set({ status: "active", updatedAt: new Date() })
    .where(eq(providers.id, id));
  return { id, sequence: await recordChange(tx, "catalogue", "") };
}
