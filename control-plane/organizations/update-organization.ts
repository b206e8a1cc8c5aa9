import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { organizations } from "#schema/tables/organizations.ts";
import { CommandError } from "../command-error.ts";
import type { Organization } from "./find-organization.ts";

/** Renames, suspends or reactivates an organization; a suspended one is refused by every gateway. @throws {CommandError} not_found. */
export async function updateOrganization(
  tx: Transaction,
  input: {
    id: OrganizationId;
    name?: string | undefined;
    status?: Organization["status"] | undefined;
  },
): Promise<{ organization: Organization; sequence: number }> {
  const [organization] = await tx
    .update(organizations)
    .set({
      ...(input.name === undefined ? {} : { name: input.name }),
      ...(input.status === undefined ? {} : { status: input.status }),
      updatedAt: new Date(),
    })
    .where(eq(organizations.id, input.id))
    .returning();
  if (!organization) throw new CommandError("not_found", `no organization has the id ${input.id}`);
  return { organization, sequence: await recordChange(tx, "organization", input.id) };
}
