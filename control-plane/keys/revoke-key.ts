import { and, eq, or, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { KeyId, OrganizationId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { keys } from "#schema/tables/keys.ts";
import type { Role } from "#schema/tables/organizations.ts";
import { keyNotFound } from "./find-key.ts";

/**
 * Revokes a key for good. Once more is no error: the first instant stands and gateways are told again, so a
 * caller that lost the answer may repeat the command.
 * @throws {CommandError} not_found.
 */
export async function revokeKey(
  tx: Transaction,
  input: { organizationId: OrganizationId; idOrHash: string },
): Promise<{ id: KeyId; hash: string; role: Role | null; revokedAt: Date; sequence: number }> {
  const [key] = await tx
    .update(keys)
    .set({ revokedAt: sql`coalesce(${keys.revokedAt}, now())`, updatedAt: new Date() })
    .where(
      and(
        eq(keys.organizationId, input.organizationId),
        or(eq(keys.id, input.idOrHash as KeyId), eq(keys.hash, input.idOrHash)),
      ),
    )
    .returning({ id: keys.id, hash: keys.hash, role: keys.role, revokedAt: keys.revokedAt });
  if (!key || key.revokedAt === null) throw keyNotFound(input.idOrHash);
  return { ...key, revokedAt: key.revokedAt, sequence: await recordChange(tx, "key", key.hash) };
}
