import { and, asc, eq, gt } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import {
  masterKeyId,
  credentialContext,
  seal,
  sealedUnder,
  unseal,
  type MasterKeys,
} from "#schema/secrets.ts";
import { credentials, providerKeys, providers } from "#schema/tables/catalogue.ts";

const rowsAtOnce = 500;
const namedMax = 50;

export type Rotation = {
  /** Of the master key that everything is sealed under now. */
  masterKeyId: string;
  providerKeys: number;
  credentials: number;
  /** Were sealed under it already. */
  already: number;
  /** Could not be opened by any master key that is there, and stay as they are. */
  unreadable: number;
  /** The first of those, by what a person knows them as. */
  unreadableNames: string[];
};

/**
 * Seals every provider key and every organization's own credential under the first master key, whichever of the master
 * keys sealed it before. All or nothing, and saying it again does what is left: after a change of MASTER_KEY both are
 * accepted until nothing is sealed under the old one.
 */
export async function rotateMasterKey(
  tx: Transaction,
  masterKeys: MasterKeys,
): Promise<Rotation & { sequence: number | null }> {
  const current = masterKeyId(typeof masterKeys === "string" ? masterKeys : masterKeys[0]);
  const rotation: Rotation = {
    masterKeyId: current,
    providerKeys: 0,
    credentials: 0,
    already: 0,
    unreadable: 0,
    unreadableNames: [],
  };
  /** What a value is to be replaced by; null when it stays. */
  const sealedAgain = (
    sealed: string,
    contexts: readonly [string, ...string[]],
    name: string,
  ): string | null => {
    if (sealedUnder(sealed) === current) {
      rotation.already++;
      return null;
    }
    try {
      return seal(unseal(sealed, contexts, masterKeys), contexts[0], masterKeys);
    } catch {
      rotation.unreadable++;
      if (rotation.unreadableNames.length < namedMax) rotation.unreadableNames.push(name);
      return null;
    }
  };

  for (let after = ""; ;) {
    const rows = await tx
      .select({ key: providerKeys, slug: providers.slug })
      .from(providerKeys)
      .innerJoin(providers, eq(providers.id, providerKeys.providerId))
      .where(gt(providerKeys.id, after as typeof providerKeys.$inferSelect.id))
      .orderBy(asc(providerKeys.id))
      .limit(rowsAtOnce)
      .for("update", { of: providerKeys });
    for (const { key, slug } of rows) {
      after = key.id;
      const contexts = [credentialContext(key.id, key.origin), slug] as const;
      const sealedKey = sealedAgain(key.sealedKey, contexts, `key ${key.name} of ${slug}`);
      if (sealedKey === null) continue;
      await tx.update(providerKeys).set({ sealedKey }).where(eq(providerKeys.id, key.id));
      rotation.providerKeys++;
    }
    if (rows.length < rowsAtOnce) break;
  }
  for (let after = ""; ;) {
    const rows = await tx
      .select()
      .from(credentials)
      .where(
        and(
          eq(credentials.status, "active"),
          gt(credentials.id, after as typeof credentials.$inferSelect.id),
        ),
      )
      .orderBy(asc(credentials.id))
      .limit(rowsAtOnce)
      .for("update");
    for (const row of rows) {
      after = row.id;
      const sealedKey = sealedAgain(
        row.sealedKey,
        [credentialContext(row.id, row.origin), row.id],
        `credential ${row.id}`,
      );
      if (sealedKey === null) continue;
      await tx.update(credentials).set({ sealedKey }).where(eq(credentials.id, row.id));
      rotation.credentials++;
    }
    if (rows.length < rowsAtOnce) break;
  }
  const changed = rotation.providerKeys + rotation.credentials > 0;
  return { ...rotation, sequence: changed ? await recordChange(tx, "catalogue", "") : null };
}
