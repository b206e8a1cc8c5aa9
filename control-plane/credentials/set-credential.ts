import { and, eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type CredentialId, type OrganizationId, type ProviderId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { credentialContext, labelOfSecret, seal, type MasterKeys } from "#schema/secrets.ts";
import { credentials, providers } from "#schema/tables/catalogue.ts";
import { checkSecret } from "../check-secret.ts";

/**
 * Gives an organization a credential of its own at a provider, or puts another in its place. It is stored sealed for this
 * row and the provider's host, and cannot be read back; what is in flight keeps the one that it was sent with.
 * @returns `label` is what may be shown of it.
 * @throws {CommandError} bad_request for a key that no header could hold.
 */
export async function setCredential(
  tx: Transaction,
  input: { organizationId: OrganizationId; providerId: ProviderId; name: string; key: string },
  masterKeys: MasterKeys,
): Promise<{ id: CredentialId; label: string; replaced: boolean; sequence: number }> {
  checkSecret(input.key);
  // Its host must not change meanwhile.
  const [provider] = await tx
    .select({ baseUrl: providers.baseUrl })
    .from(providers)
    .where(eq(providers.id, input.providerId))
    .for("update");
  if (!provider) throw new Error(`there is no provider ${input.providerId}`);
  const { origin } = new URL(provider.baseUrl);
  const label = labelOfSecret(input.key);
  const id = mintId("credential");
  const [created] = await tx
    .insert(credentials)
    .values({
      id,
      organizationId: input.organizationId,
      providerId: input.providerId,
      name: input.name,
      sealedKey: seal(input.key, credentialContext(id, origin), masterKeys),
      origin,
      label,
    })
    .onConflictDoNothing({ target: [credentials.organizationId, credentials.providerId] })
    .returning({ id: credentials.id });
  if (created)
    return { id, label, replaced: false, sequence: await recordChange(tx, "catalogue", "") };

  const [present] = await tx
    .select({ id: credentials.id, status: credentials.status })
    .from(credentials)
    .where(
      and(
        eq(credentials.organizationId, input.organizationId),
        eq(credentials.providerId, input.providerId),
      ),
    )
    .for("update");
  if (!present) throw new Error("a credential was there and is gone within one transaction");
  await tx
    .update(credentials)
    .set({
      name: input.name,
      sealedKey: seal(input.key, credentialContext(present.id, origin), masterKeys),
      origin,
      label,
      status: "active",
      updatedAt: new Date(),
    })
    .where(eq(credentials.id, present.id));
  return {
    id: present.id,
    label,
    replaced: present.status === "active",
    sequence: await recordChange(tx, "catalogue", ""),
  };
}
