import type { Transaction } from "#schema/database.ts";
import type { OrganizationId, TransferId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import type { Picodollars } from "#schema/money/amount.ts";
import { applyRateTier } from "../limits/apply-rate-tier.ts";
import { addCredit } from "./add-credit.ts";

/**
 * Books a payment that was received: money moves from the house's cash to the organization's credit account, what
 * gateways may lease rises by as much, and the rate tier follows, in one transaction.
 *
 * `reference` is the payment's own id where it was taken. A payment is booked once: the same reference again moves
 * nothing and answers as before with `replayed`.
 * @throws {CommandError} bad_request unless the amount is above zero, conflict when the reference was booked with
 *   another amount, not_found for the organization.
 */
export async function purchaseCredits(
  tx: Transaction,
  input: {
    organizationId: OrganizationId;
    amount: Picodollars;
    actor: string;
    reference: string;
    note?: string | null | undefined;
  },
): Promise<{
  transferId: TransferId;
  balance: Picodollars;
  replayed: boolean;
  sequence: number | null;
}> {
  const bought = await addCredit(
    tx,
    { kind: "purchase", from: "cash", field: "reference", done: "bought" },
    { ...input, key: input.reference },
  );
  if (bought.replayed) return { ...bought, sequence: null };
  await applyRateTier(tx, input.organizationId);
  return { ...bought, sequence: await recordChange(tx, "organization", input.organizationId) };
}
