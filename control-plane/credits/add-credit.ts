import type { Transaction } from "#schema/database.ts";
import type { OrganizationId, TransferId } from "#schema/ids.ts";
import { accountOf, moveMoney } from "#schema/ledger/move-money.ts";
import { formatDollars, type Picodollars } from "#schema/money/amount.ts";
import { CommandError } from "../command-error.ts";
import { changeCreditLimit } from "./credit-allowance.ts";
import { earlierTransfer } from "./earlier-transfer.ts";
import { readCredits } from "./read-credits.ts";

/** How credit comes in: given by the house, or bought with money that somebody took. */
type Source =
  | { kind: "grant"; from: "grants"; field: "idempotencyKey"; done: "granted" }
  | { kind: "purchase"; from: "cash"; field: "reference"; done: "bought" };

/**
 * Money moves from an account of the house to an organization's credit, and what gateways may lease rises by as much,
 * in one transaction. The same key of the same organization again moves nothing.
 * @throws {CommandError} bad_request unless the amount is above zero, conflict when the key came with another amount,
 *   not_found for the organization.
 */
export async function addCredit(
  tx: Transaction,
  { kind, from, field, done }: Source,
  input: {
    organizationId: OrganizationId;
    amount: Picodollars;
    actor: string;
    note?: string | null | undefined;
    key: string | null | undefined;
  },
): Promise<{ transferId: TransferId; balance: Picodollars; replayed: boolean }> {
  const { organizationId, amount, actor, note = null, key } = input;
  if (amount <= 0n) {
    throw new CommandError(
      "bad_request",
      `amount: expected more than 0 USD, got ${formatDollars(amount)}`,
    );
  }
  const idempotencyKey = key ? `${kind}:${organizationId}:${key}` : null;
  if (idempotencyKey !== null) {
    const earlier = await earlierTransfer(tx, idempotencyKey);
    if (earlier && earlier.amount !== amount) {
      throw new CommandError(
        "conflict",
        `${field}: ${JSON.stringify(key)} already ${done} ${formatDollars(earlier.amount)} USD; use another one for another ${kind}`,
      );
    }
    if (earlier) {
      const { balance } = await readCredits(tx, organizationId);
      return { transferId: earlier.id, balance, replayed: true };
    }
  }
  await readCredits(tx, organizationId); // throws for a stranger, before an account is made for it
  const transferId = await moveMoney(tx, {
    kind,
    from: await accountOf(tx, { kind: from }),
    to: await accountOf(tx, { kind: "credit", organizationId }),
    amount,
    eventAt: new Date(),
    actor,
    note,
    idempotencyKey,
  });
  await changeCreditLimit(tx, organizationId, amount);
  const { balance } = await readCredits(tx, organizationId);
  return { transferId, balance, replayed: false };
}
