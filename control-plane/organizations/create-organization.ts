import type { Transaction } from "#schema/database.ts";
import { mintId, type OrganizationId, type WorkspaceId } from "#schema/ids.ts";
import { accountOf } from "#schema/ledger/move-money.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { zero } from "#schema/money/amount.ts";
import { allowances } from "#schema/tables/allowances.ts";
import { organizations, workspaces } from "#schema/tables/organizations.ts";
import { CommandError } from "../command-error.ts";
import { applyRateTier } from "../limits/apply-rate-tier.ts";

/**
 * A new organization with what it cannot do without: the workspace `default`, a credit account, a credit
 * allowance of nothing, and the bounds of the lowest rate tier.
 * @returns the ids, and the sequence of the change for `waitForGateways`.
 * @throws {CommandError} conflict when the slug is taken.
 */
export async function createOrganization(
  tx: Transaction,
  input: { slug: string; name: string },
): Promise<{ id: OrganizationId; workspaceId: WorkspaceId; sequence: number }> {
  const id = mintId("organization");
  const created = await tx
    .insert(organizations)
    .values({ id, slug: input.slug, name: input.name })
    .onConflictDoNothing({ target: organizations.slug })
    .returning({ id: organizations.id });
  if (created.length === 0) {
    throw new CommandError(
      "conflict",
      `an organization with the slug ${JSON.stringify(input.slug)} exists already; choose another slug`,
    );
  }
  const workspaceId = mintId("workspace");
  await tx
    .insert(workspaces)
    .values({ id: workspaceId, organizationId: id, slug: "default", name: "Default" });
  await accountOf(tx, { kind: "credit", organizationId: id });
  await tx.insert(allowances).values({
    id: mintId("allowance"),
    organizationId: id,
    subjectKind: "organization",
    subjectId: id,
    unit: "picodollars",
    window: "lifetime",
    limit: zero,
  });
  await applyRateTier(tx, id);
  return { id, workspaceId, sequence: await recordChange(tx, "organization", id) };
}
