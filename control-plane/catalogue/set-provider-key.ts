import { and, count, eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type ProviderId, type ProviderKeyId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import {
  labelOfSecret,
  credentialContext,
  seal,
  unseal,
  type MasterKeys,
} from "#schema/secrets.ts";
import { providerKeysMax } from "#schema/bounds.ts";
import { providerKeys, providers } from "#schema/tables/catalogue.ts";
import { checkSecret } from "../check-secret.ts";
import { CommandError } from "../command-error.ts";

/** What a provider's key is called when nobody names it: the one of the environment, of `key` and of `key_env`. */
export const defaultKeyName = "default";

export type SetProviderKeyInput = {
  providerId: ProviderId;
  /** Which of the provider's keys it is; another of that name is replaced. */
  name: string;
  /** In clear. */
  key: string;
  /** Its share of the calls beside the others; 0: only when no other can be used. Kept, or 1 for a new one, when absent. */
  weight?: number | undefined;
};

/**
 * Gives a provider one more key, or puts another in the place of the one of that name. It is stored sealed for its row and
 * for the host of the provider's base URL, and cannot be read back. One that was disabled stays so while it
 * is the same: the environment says it again at every start.
 * @returns `label` is what may be shown of it; `sequence` is null when all of it was so already.
 * @throws {CommandError} bad_request for a key that no header could hold; not_found for the provider; conflict when it has as many keys as one may have.
 */
export async function setProviderKey(
  tx: Transaction,
  input: SetProviderKeyInput,
  masterKeys: MasterKeys,
): Promise<{
  id: ProviderKeyId;
  label: string;
  outcome: "added" | "replaced" | "unchanged";
  sequence: number | null;
}> {
  checkSecret(input.key);
  // The provider's row is the lock: its host must not change meanwhile, and keys are counted under it.
  const [provider] = await tx
    .select({ slug: providers.slug, baseUrl: providers.baseUrl })
    .from(providers)
    .where(eq(providers.id, input.providerId))
    .for("update");
  if (!provider) throw new CommandError("not_found", "there is no such provider");
  const { origin } = new URL(provider.baseUrl);
  const label = labelOfSecret(input.key);
  const [present] = await tx
    .select()
    .from(providerKeys)
    .where(and(eq(providerKeys.providerId, input.providerId), eq(providerKeys.name, input.name)));
  const id = present?.id ?? mintId("providerKey");
  if (present) {
    const weight = input.weight ?? present.weight;
    const holds =
      present.origin === origin && opened(present, provider.slug, masterKeys) === input.key;
    if (holds && present.weight === weight)
      return { id, label: present.label, outcome: "unchanged", sequence: null };
    await tx
      .update(providerKeys)
      .set({
        ...(holds
          ? {}
          : {
              sealedKey: seal(input.key, credentialContext(id, origin), masterKeys),
              origin,
              status: "active" as const,
            }),
        label,
        weight,
        updatedAt: new Date(),
      })
      .where(eq(providerKeys.id, id));
    return { id, label, outcome: "replaced", sequence: await recordChange(tx, "catalogue", "") };
  }
  const [there] = await tx
    .select({ keys: count() })
    .from(providerKeys)
    .where(eq(providerKeys.providerId, input.providerId));
  if ((there?.keys ?? 0) >= providerKeysMax) {
    throw new CommandError(
      "conflict",
      `${provider.slug} has ${providerKeysMax} keys, the most that a provider may have; remove one first`,
    );
  }
  await tx.insert(providerKeys).values({
    id,
    providerId: input.providerId,
    name: input.name,
    sealedKey: seal(input.key, credentialContext(id, origin), masterKeys),
    origin,
    label,
    weight: input.weight ?? 1,
  });
  return { id, label, outcome: "added", sequence: await recordChange(tx, "catalogue", "") };
}

/** The key in clear, to compare it; null when it does not open (another MASTER_KEY). */
function opened(
  row: typeof providerKeys.$inferSelect,
  slug: string,
  masterKeys: MasterKeys,
): string | null {
  try {
    return unseal(row.sealedKey, [credentialContext(row.id, row.origin), slug], masterKeys);
  } catch {
    return null;
  }
}
