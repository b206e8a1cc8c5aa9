import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId, TransferId } from "#schema/ids.ts";
import { accountOf, moveMoney } from "#schema/ledger/move-money.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { formatDollars, type Picodollars } from "#schema/money/amount.ts";
import { allowances } from "#schema/tables/allowances.ts";
import { transfers } from "#schema/tables/ledger.ts";
import { CommandError } from "../command-error.ts";
import { readCredits } from "./read-credits.ts";

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
  if (input.amount <= 0n) {
    throw new CommandError(
      "bad_request",
      `amount: expected more than 0 USD, got ${formatDollars(input.amount)}`,
    );
  }
  const idempotencyKey = input.idempotencyKey
    ? `grant:${input.organizationId}:${input.idempotencyKey}`
    : null;
  if (idempotencyKey !== null) {
    // Two of one key wait for each other here, so the second finds the first's transfer.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${idempotencyKey}, 0))`);
    const [earlier] = await tx
      .select({ id: transfers.id, amount: transfers.amount })
      .from(transfers)
      .where(eq(transfers.idempotencyKey, idempotencyKey));
    if (earlier && earlier.amount !== input.amount) {
      throw new CommandError(
        "conflict",
        `idempotencyKey: ${JSON.stringify(input.idempotencyKey)} already granted ${formatDollars(earlier.amount)} USD; use another key for another grant`,
      );
    }
    if (earlier) {
      const { balance } = await readCredits(tx, input.organizationId);
      return { transferId: earlier.id, balance, replayed: true, sequence: null };
    }
  }
  await readCredits(tx, input.organizationId); // throws for a stranger, before an account is made for it
  const transferId = await moveMoney(tx, {
    kind: "grant",
    from: await accountOf(tx, { kind: "grants" }),
    to: await accountOf(tx, { kind: "credit", organizationId: input.organizationId }),
    amount: input.amount,
    eventAt: new Date(),
    actor: input.actor,
    note: input.note ?? null,
    idempotencyKey,
  });
  await tx
    .update(allowances)
    .set({
      limit: sql`${allowances.limit} + ${sql.param(input.amount, allowances.limit)}`,
      updatedAt: new Date(),
    })
    .where(
      and(
        eq(allowances.subjectKind, "organization"),
        eq(allowances.subjectId, input.organizationId),
        eq(allowances.unit, "picodollars"),
        eq(allowances.window, "lifetime"),
      ),
    );
  const { balance } = await readCredits(tx, input.organizationId);
  return {
    transferId,
    balance,
    replayed: false,
    sequence: await recordChange(tx, "organization", input.organizationId),
  };
}
