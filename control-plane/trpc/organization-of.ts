import type { Actor } from "../actor.ts";
import { CommandError } from "../command-error.ts";
import { findOrganization, type Organization } from "../organizations/find-organization.ts";
import type { Transaction } from "#schema/database.ts";

/**
 * The organization that an input names, or the actor's own. Only an operator may name another; to everybody else
 * another one and none at all look alike.
 * @throws {CommandError} forbidden; not_found.
 */
export async function organizationOf(
  tx: Transaction,
  actor: Actor,
  slugOrId: string | undefined,
): Promise<Organization> {
  if (slugOrId === undefined) return findOrganization(tx, actor.organizationId);
  if (actor.role === "operator") return findOrganization(tx, slugOrId);
  const own = await findOrganization(tx, actor.organizationId);
  if (slugOrId !== own.id && slugOrId !== own.slug) {
    throw new CommandError(
      "forbidden",
      "organization: only an operator may act in another organization; leave it out for your own",
    );
  }
  return own;
}
