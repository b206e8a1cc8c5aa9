import { and, eq, isNull, or } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { KeyId, OrganizationId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import type { Picodollars } from "#schema/money/amount.ts";
import type { LimitReset } from "#schema/bounds.ts";
import { keys } from "#schema/tables/keys.ts";
import { CommandError } from "../command-error.ts";
import { keyNotFound } from "./find-key.ts";
import { setKeyAllowance } from "./set-key-allowance.ts";

/**
 * Changes what is given and leaves the rest. A limit of null lifts the limit, and its reset with it.
 * @throws {CommandError} not_found, also for a revoked key; bad_request for a reset without a limit.
 */
export async function updateKey(
  tx: Transaction,
  input: {
    organizationId: OrganizationId;
    idOrHash: string;
    name?: string | undefined;
    disabled?: boolean | undefined;
    limit?: Picodollars | null | undefined;
    limitReset?: LimitReset | null | undefined;
  },
): Promise<{ id: KeyId; hash: string; sequence: number }> {
  const [key] = await tx
    .select()
    .from(keys)
    .where(
      and(
        eq(keys.organizationId, input.organizationId),
        or(eq(keys.id, input.idOrHash as KeyId), eq(keys.hash, input.idOrHash)),
        isNull(keys.revokedAt),
      ),
    )
    .for("update");
  if (!key) throw keyNotFound(input.idOrHash);
  const limit = input.limit === undefined ? key.limit : input.limit;
  if (limit !== null && key.kind === "management") {
    throw new CommandError(
      "bad_request",
      "limit: a management key spends nothing and takes no limit; leave limit out",
    );
  }
  if (limit === null && input.limitReset) {
    throw new CommandError(
      "bad_request",
      "limitReset: there is no limit to reset; set limit too, or leave limitReset out",
    );
  }
  const limitReset =
    limit === null ? null : input.limitReset === undefined ? key.limitReset : input.limitReset;
  await tx
    .update(keys)
    .set({
      name: input.name ?? key.name,
      disabled: input.disabled ?? key.disabled,
      limit,
      limitReset,
      updatedAt: new Date(),
    })
    .where(eq(keys.id, key.id));
  if (limit !== key.limit || limitReset !== key.limitReset) {
    await setKeyAllowance(tx, { ...key, limit, limitReset }, key);
  }
  return { id: key.id, hash: key.hash, sequence: await recordChange(tx, "key", key.hash) };
}
