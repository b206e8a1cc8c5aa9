import type { Transaction } from "#schema/database.ts";
import type { OrganizationId, TransferId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import type { Picodollars } from "#schema/money/amount.ts";
import { addCredit } from "./add-credit.ts";

/**
 * Gives an organization credit: money moves from the house's grants to its credit account, and what gateways may
 * lease rises by as much, in one transaction.
 *
 * The same `idempotencyKey` again (it is the organization's own, not shared) moves nothing and answers as before
 * with `replayed`.
 * @throws {CommandError} bad_request unless the amount is above zero, conflict when the idempotency key was used
 *   for another amount, not_found for the organization.
 */
export async function grantCredits(
  tx: Transaction,
  input: {
    organizationId: OrganizationId;
    amount: Picodollars;
    /** Who gave it: a key's id, or the name of what ran. */
    actor: string;
    note?: string | null | undefined;
    idempotencyKey?: string | null | undefined;
  },
): Promise<{
  transferId: TransferId;
  balance: Picodollars;
  replayed: boolean;
  sequence: number | null;
}> {
  const granted = await addCredit(
    tx,
    { kind: "grant", from: "grants", field: "idempotencyKey", done: "granted" },
    { ...input, key: input.idempotencyKey },
  );
  return {
    ...granted,
    sequence: granted.replayed
      ? null
      : await recordChange(tx, "organization", input.organizationId),
  };
}
