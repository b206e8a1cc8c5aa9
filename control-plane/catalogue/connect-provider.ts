import { isDeepStrictEqual } from "node:util";
import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type ProviderId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { seal, unseal } from "#schema/secrets.ts";
import { providers } from "#schema/tables/catalogue.ts";
import type { WireProtocolName } from "#schema/wire-protocols.ts";
import { checkBaseUrl } from "./check-base-url.ts";

export type ConnectProviderInput = {
  slug: string;
  name: string;
  protocol: WireProtocolName;
  baseUrl: string;
  /** The credential in clear; null for a provider that wants none; undefined keeps what is there. */
  key?: string | null | undefined;
  allowPrivateNetwork: boolean;
  flags: Record<string, unknown>;
};

/**
 * Adds a provider, or makes the one of that slug say this. Saying it again changes nothing. A disabled provider
 * stays disabled: a configuration that is applied at every start must not undo what an operator did since.
 * @param masterKey 64 hex characters; the credential is stored sealed under it.
 * @returns `sequence` is null when nothing changed.
 * @throws {CommandError} bad_request for a base URL that no gateway would call.
 */
export async function connectProvider(
  tx: Transaction,
  input: ConnectProviderInput,
  masterKey: string,
): Promise<{ id: ProviderId; changed: boolean; sequence: number | null }> {
  const values = {
    name: input.name,
    protocol: input.protocol,
    baseUrl: checkBaseUrl(input.baseUrl, { allowPrivateNetwork: input.allowPrivateNetwork }),
    allowPrivateNetwork: input.allowPrivateNetwork,
    flags: input.flags,
  };
  const id = mintId("provider");
  const sealNew = () => (input.key ? seal(input.key, input.slug, masterKey) : null);
  const [created] = await tx
    .insert(providers)
    .values({ id, slug: input.slug, ...values, sealedKey: sealNew() })
    .onConflictDoNothing({ target: providers.slug })
    .returning({ id: providers.id });
  if (created) return { id, changed: true, sequence: await recordChange(tx, "catalogue", "") };

  const [present] = await tx
    .select()
    .from(providers)
    .where(eq(providers.slug, input.slug))
    .for("update");
  if (!present)
    throw new Error(`provider ${input.slug} was there and is gone within one transaction`);
  const keepsKey =
    input.key === undefined || isSealed(present.sealedKey, input.key, input.slug, masterKey);
  const same = Object.entries(values).every(([column, value]) =>
    isDeepStrictEqual(present[column as keyof typeof values], value),
  );
  if (keepsKey && same) return { id: present.id, changed: false, sequence: null };
  await tx
    .update(providers)
    .set({ ...values, ...(keepsKey ? {} : { sealedKey: sealNew() }), updatedAt: new Date() })
    .where(eq(providers.id, present.id));
  return { id: present.id, changed: true, sequence: await recordChange(tx, "catalogue", "") };
}

/** Whether the sealed value holds this credential. One that does not open (another MASTER_KEY) does not. */
function isSealed(
  sealed: string | null,
  key: string | null,
  slug: string,
  masterKey: string,
): boolean {
  if (sealed === null || !key) return sealed === null && !key;
  try {
    return unseal(sealed, slug, masterKey) === key;
  } catch {
    return false;
  }
}
