import { and, eq, or } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { KeyId, OrganizationId } from "#schema/ids.ts";
import { keys } from "#schema/tables/keys.ts";
import { CommandError } from "../command-error.ts";
import { readKeys, type KeyWithUsage } from "./read-keys.ts";

/** One key of an organization by its id or hash, with usage. @throws {CommandError} not_found, also for a revoked key. */
export async function findKey(
  tx: Transaction,
  input: { organizationId: OrganizationId; idOrHash: string },
): Promise<KeyWithUsage> {
  const where = and(
    eq(keys.organizationId, input.organizationId),
    or(eq(keys.id, input.idOrHash as KeyId), eq(keys.hash, input.idOrHash)),
  );
  const [key] = await readKeys(tx, where, { limit: 1, offset: 0 });
  if (!key || key.revokedAt !== null) throw keyNotFound(input.idOrHash);
  return key;
}

export const keyNotFound = (idOrHash: string): CommandError =>
  new CommandError(
    "not_found",
    `no key of this organization has the id or hash ${JSON.stringify(idOrHash.slice(0, 80))}; keys.list shows those that exist`,
  );
