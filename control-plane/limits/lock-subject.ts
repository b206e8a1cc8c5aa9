import { and, eq, isNull } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { KeyId, OrganizationId, WorkspaceId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { keys } from "#schema/tables/keys.ts";
import { organizations, workspaces } from "#schema/tables/organizations.ts";
import { windowOfReset } from "#schema/windows.ts";
import type { AllowanceWindow } from "#schema/bounds.ts";
import { CommandError } from "../command-error.ts";
import { keyNotFound } from "../keys/find-key.ts";
import type { LimitSubject } from "./put-limit.ts";

export type LockedSubject = {
  /** The window of a key's own limit (`keys.limit_reset`), or null without one. */
  ownWindow: AllowanceWindow | null;
  /** Tells every gateway, last of all in the transaction. */
  tell: () => Promise<number>;
};

/**
 * Locks the row of what is to be bounded, until the transaction ends: two that change its limits go one after the other,
 * and whoever checks limits against each other checks what will be.
 * @throws {CommandError} not_found when the organization has no such thing; bad_request for a management key.
 */
export async function lockSubject(
  tx: Transaction,
  organizationId: OrganizationId,
  subject: LimitSubject,
): Promise<LockedSubject> {
  const tellOrganization = () => recordChange(tx, "organization", organizationId);
  switch (subject.kind) {
    case "organization": {
      const [found] = await tx
        .select({ id: organizations.id })
        .from(organizations)
        .where(
          and(
            eq(organizations.id, organizationId),
            eq(organizations.id, subject.id as OrganizationId),
          ),
        )
        .for("no key update");
      if (!found) throw new CommandError("not_found", `no organization has the id ${subject.id}`);
      return { ownWindow: null, tell: tellOrganization };
    }
    case "workspace": {
      const [found] = await tx
        .select({ id: workspaces.id })
        .from(workspaces)
        .where(
          and(
            eq(workspaces.organizationId, organizationId),
            eq(workspaces.id, subject.id as WorkspaceId),
          ),
        )
        .for("no key update");
      if (!found)
        throw new CommandError("not_found", `the organization has no workspace ${subject.id}`);
      return { ownWindow: null, tell: tellOrganization };
    }
    case "key": {
      const [key] = await tx
        .select()
        .from(keys)
        .where(
          and(
            eq(keys.organizationId, organizationId),
            eq(keys.id, subject.id as KeyId),
            isNull(keys.revokedAt),
          ),
        )
        .for("no key update");
      if (!key) throw keyNotFound(subject.id);
      if (key.kind === "management")
        throw new CommandError(
          "bad_request",
          "key: a management key asks no provider and takes no limit; name an inference key",
        );
      return {
        ownWindow: key.limit === null ? null : windowOfReset(key.limitReset),
        tell: () => recordChange(tx, "key", key.hash),
      };
    }
    default:
      return subject.kind satisfies never;
  }
}
