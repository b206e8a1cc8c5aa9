import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { ProviderId, ProviderKeyId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { providerKeys, type catalogueStatuses } from "#schema/tables/catalogue.ts";
import { findProviderKey } from "./find-provider-key.ts";

/**
 * Takes a key out of use, or puts it back; it stays as it is. A provider none of whose keys is in use is not called, rather
 * than called without one.
 * @returns `sequence` is null when it was so already.
 * @throws {CommandError} not_found.
 */
export async function setProviderKeyStatus(
  tx: Transaction,
  input: { providerId: ProviderId; key: string; status: (typeof catalogueStatuses)[number] },
): Promise<{ id: ProviderKeyId; name: string; sequence: number | null }> {
  const { id, name, status } = await findProviderKey(tx, input.providerId, input.key);
  if (status === input.status) return { id, name, sequence: null };
  await tx
    .update(providerKeys)
    .set({ status: input.status, updatedAt: new Date() })
    .where(eq(providerKeys.id, id));
  return { id, name, sequence: await recordChange(tx, "catalogue", "") };
}
