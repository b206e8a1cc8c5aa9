import { asc, eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { ProviderId } from "#schema/ids.ts";
import { masterKeyId, sealedUnder, type MasterKeys } from "#schema/secrets.ts";
import { providerKeys } from "#schema/tables/catalogue.ts";

/** A provider's key as it may be shown: never the key. */
export type ProviderKey = Omit<typeof providerKeys.$inferSelect, "sealedKey"> & {
  /** Which MASTER_KEY sealed it: its id, or null for one that was sealed before keys had ids. */
  masterKeyId: string | null;
  /** Whether this process has that MASTER_KEY. */
  opens: boolean;
};

/** All keys of a provider by name: they are few (`providerKeysMax`). */
export async function listProviderKeys(
  tx: Transaction,
  providerId: ProviderId,
  masterKeys: MasterKeys,
): Promise<ProviderKey[]> {
  const known = new Set(
    (typeof masterKeys === "string" ? [masterKeys] : masterKeys).map((key) => masterKeyId(key)),
  );
  const rows = await tx
    .select()
    .from(providerKeys)
    .where(eq(providerKeys.providerId, providerId))
    .orderBy(asc(providerKeys.name));
  return rows.map(({ sealedKey, ...row }) => {
    const under = sealedUnder(sealedKey);
    return { ...row, masterKeyId: under, opens: under === null || known.has(under) };
  });
}
