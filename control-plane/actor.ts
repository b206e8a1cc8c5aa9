import { eq } from "drizzle-orm";
import type { Database } from "#schema/database.ts";
import type { KeyId, OrganizationId, WorkspaceId } from "#schema/ids.ts";
import { hashKey, isWellFormedKey } from "#schema/secrets.ts";
import { keys, type KeyKind } from "#schema/tables/keys.ts";
import { organizations, type Role } from "#schema/tables/organizations.ts";
import { CommandError } from "./command-error.ts";
import { asUnavailable } from "./unavailable.ts";
import { within } from "./within.ts";

// A database that accepts connections and then says nothing is away too. The look-up itself takes a millisecond.
const lookUpMsMax = 5_000;

/** Who asks. An inference key acts with the role `viewer`, and only where a door says that it may. */
export type Actor = {
  kind: "key";
  keyId: KeyId;
  organizationId: OrganizationId;
  workspaceId: WorkspaceId;
  role: Role;
  keyKind: KeyKind;
};

/**
 * The actor of an Authorization header (`Bearer <key>`).
 * @throws {CommandError} unauthenticated when no living key of an active organization is presented; unavailable
 *   when Postgres cannot be asked, because a key that cannot be checked is not a wrong key.
 */
export async function actorOf(db: Database, authorization: string | undefined): Promise<Actor> {
  const key = /^Bearer +(\S{1,200}) *$/i.exec(authorization ?? "")?.[1];
  if (key === undefined) {
    throw new CommandError(
      "unauthenticated",
      'no API key; send one as "Authorization: Bearer <key>"',
    );
  }
  if (!isWellFormedKey(key)) {
    throw new CommandError(
      "unauthenticated",
      "the API key is mistyped or not one of this installation's",
    );
  }
  const row = await within(lookUpMsMax, readKey(db, hashKey(key))).catch((error: unknown) => {
    throw asUnavailable(error);
  });
  if (!row)
    throw new CommandError(
      "unauthenticated",
      "the API key is unknown; it may belong to another installation",
    );
  if (row.key.revokedAt !== null)
    throw new CommandError("unauthenticated", "the API key has been revoked");
  if (row.key.disabled) throw new CommandError("unauthenticated", "the API key is disabled");
  if (row.key.expiresAt !== null && row.key.expiresAt.getTime() <= Date.now()) {
    throw new CommandError(
      "unauthenticated",
      `the API key expired at ${row.key.expiresAt.toISOString()}`,
    );
  }
  if (row.organizationStatus !== "active" && row.key.role !== "operator") {
    throw new CommandError("forbidden", "the organization is suspended");
  }
  return {
    kind: "key",
    keyId: row.key.id,
    organizationId: row.key.organizationId,
    workspaceId: row.key.workspaceId,
    role: row.key.role ?? "viewer",
    keyKind: row.key.kind,
  };
}

async function readKey(db: Database, hash: string) {
  const [row] = await db
    .select({ key: keys, organizationStatus: organizations.status })
    .from(keys)
    .innerJoin(organizations, eq(organizations.id, keys.organizationId))
    .where(eq(keys.hash, hash));
  return row;
}
