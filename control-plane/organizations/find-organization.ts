import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { parseId } from "#schema/ids.ts";
import { organizations } from "#schema/tables/organizations.ts";
import { CommandError } from "../command-error.ts";

export type Organization = typeof organizations.$inferSelect;

/** The organization of a slug or an id. @throws {CommandError} not_found. */
export async function findOrganization(tx: Transaction, slugOrId: string): Promise<Organization> {
  const id = parseId("organization", slugOrId);
  const [row] = await tx
    .select()
    .from(organizations)
    .where(id === null ? eq(organizations.slug, slugOrId) : eq(organizations.id, id));
  if (!row) {
    throw new CommandError(
      "not_found",
      `no organization has the slug or id ${JSON.stringify(slugOrId.slice(0, 80))}; organizations.list shows those that exist`,
    );
  }
  return row;
}
