import { and, eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { CredentialId, OrganizationId, ProviderId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { credentials } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";

/**
 * Takes an organization's own credential at a provider out of use: its calls go by the installation's again, at list
 * price. The row stays, so that a generation can name it; the sealed key does not.
 * @throws {CommandError} not_found when there is none in use.
 */
export async function removeCredential(
  tx: Transaction,
  of: { organizationId: OrganizationId; providerId: ProviderId },
): Promise<{ id: CredentialId; sequence: number }> {
  const [removed] = await tx
    .update(credentials)
    .set({ status: "disabled", sealedKey: "", updatedAt: new Date() })
    .where(
      and(
        eq(credentials.organizationId, of.organizationId),
        eq(credentials.providerId, of.providerId),
        eq(credentials.status, "active"),
      ),
    )
    .returning({ id: credentials.id });
  if (!removed) {
    throw new CommandError(
      "not_found",
      "the organization has no credential of its own in use at this provider; credentials.list shows those it has",
    );
  }
  return { ...removed, sequence: await recordChange(tx, "catalogue", "") };
}
