import { and, eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type KeyId, type OrganizationId, type WorkspaceId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import type { Picodollars } from "#schema/money/amount.ts";
import { mintKey as mintSecret } from "#schema/secrets.ts";
import type { LimitReset } from "#schema/bounds.ts";
import { keys, type KeyKind } from "#schema/tables/keys.ts";
import { workspaces, type Role } from "#schema/tables/organizations.ts";
import { CommandError } from "../command-error.ts";
import { setKeyAllowance } from "./set-key-allowance.ts";

/** What a new key may do. `limit` null is no limit of its own; `limitReset` null counts over the key's whole life. */
export type MintKeyInput = {
  organizationId: OrganizationId;
  /** The organization's workspace `default` when absent. */
  workspaceId?: WorkspaceId | undefined;
  kind: KeyKind;
  /** Of a management key; `admin` when absent. An inference key has none. */
  role?: Role | null | undefined;
  name: string;
  limit: Picodollars | null;
  limitReset: LimitReset | null;
  expiresAt: Date | null;
};

/**
 * Mints a key. `key` is the secret itself and is never seen again: only its hash is stored.
 * @throws {CommandError} bad_request for a contradiction, not_found for a workspace of another organization.
 */
export async function mintKey(
  tx: Transaction,
  input: MintKeyInput,
): Promise<{ id: KeyId; key: string; hash: string; label: string; sequence: number }> {
  if (input.kind === "inference" && input.role) {
    throw new CommandError(
      "bad_request",
      'role: an inference key has no role; leave role out, or set kind to "management"',
    );
  }
  if (input.kind === "management" && input.limit !== null) {
    throw new CommandError(
      "bad_request",
      'limit: a management key spends nothing and takes no limit; leave limit out, or set kind to "inference"',
    );
  }
  if (input.limit === null && input.limitReset !== null) {
    throw new CommandError(
      "bad_request",
      "limitReset: there is no limit to reset; set limit too, or leave limitReset out",
    );
  }
  const workspaceId = await workspaceOf(tx, input);
  const id = mintId("key");
  const secret = mintSecret(input.kind);
  await tx.insert(keys).values({
    id,
    organizationId: input.organizationId,
    workspaceId,
    kind: input.kind,
    role: input.kind === "management" ? (input.role ?? "admin") : null,
    name: input.name,
    hash: secret.hash,
    label: secret.label,
    limit: input.limit,
    limitReset: input.limitReset,
    expiresAt: input.expiresAt,
  });
  await setKeyAllowance(tx, { ...input, id }, { limit: null, limitReset: null });
  return { id, ...secret, sequence: await recordChange(tx, "key", secret.hash) };
}

async function workspaceOf(tx: Transaction, input: MintKeyInput): Promise<WorkspaceId> {
  const [workspace] = await tx
    .select({ id: workspaces.id })
    .from(workspaces)
    .where(
      and(
        eq(workspaces.organizationId, input.organizationId),
        input.workspaceId === undefined
          ? eq(workspaces.slug, "default")
          : eq(workspaces.id, input.workspaceId),
      ),
    );
  if (!workspace) {
    throw new CommandError(
      "not_found",
      `organization ${input.organizationId} has no workspace ${input.workspaceId ?? "default"}`,
    );
  }
  return workspace.id;
}
