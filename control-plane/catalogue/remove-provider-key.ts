import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { ProviderId, ProviderKeyId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { providerKeys } from "#schema/tables/catalogue.ts";
import { findProviderKey } from "./find-provider-key.ts";

/**
 * Takes a key of a provider away, sealed text and all; what is in flight keeps the one that it was sent with. A provider
 * without any is called without one.
 * @throws {CommandError} not_found.
 */
export async function removeProviderKey(
  tx: Transaction,
  of: { providerId: ProviderId; key: string },
): Promise<{ id: ProviderKeyId; name: string; sequence: number }> {
  const { id, name } = await findProviderKey(tx, of.providerId, of.key);
  await tx.delete(providerKeys).where(eq(providerKeys.id, id));
  return { id, name, sequence: await recordChange(tx, "catalogue", "") };
}
