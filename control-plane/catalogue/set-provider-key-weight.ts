import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { ProviderId, ProviderKeyId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { providerKeys } from "#schema/tables/catalogue.ts";
import { findProviderKey } from "./find-provider-key.ts";

/**
 * Sets a key's share of its provider's calls: twice the weight is twice the calls; 0 is used when no other can be.
 * @returns `sequence` is null when it was so already.
 * @throws {CommandError} not_found.
 */
export async function setProviderKeyWeight(
  tx: Transaction,
  input: { providerId: ProviderId; key: string; weight: number },
): Promise<{ id: ProviderKeyId; name: string; sequence: number | null }> {
  const { id, name, weight } = await findProviderKey(tx, input.providerId, input.key);
  if (weight === input.weight) return { id, name, sequence: null };
  await tx
    .update(providerKeys)
    .set({ weight: input.weight, updatedAt: new Date() })
    .where(eq(providerKeys.id, id));
  return { id, name, sequence: await recordChange(tx, "catalogue", "") };
}
