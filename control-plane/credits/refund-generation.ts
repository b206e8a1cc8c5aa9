import { eq, sql } from "drizzle-orm";
import { allowanceWindows } from "#schema/bounds.ts";
import type { Transaction } from "#schema/database.ts";
import { generationUuid, type OrganizationId, type TransferId } from "#schema/ids.ts";
import { accountOf, lockAccounts, moveMoney } from "#schema/ledger/move-money.ts";
import { formatDollars, picodollars, type Picodollars } from "#schema/money/amount.ts";
import { generations } from "#schema/tables/generations.ts";
import { windowStart } from "#schema/windows.ts";
import { CommandError } from "../command-error.ts";
import { earlierTransfer } from "./earlier-transfer.ts";
import { readCredits } from "./read-credits.ts";
import { readGivenBack } from "./read-given-back.ts";

/**
 * Gives an organization back what one generation was charged, whole or in part: never more than was charged less what
 * was given back before, however many ask at once. The transfer is a correction that names the charge and the
 * generation; the charge itself stays as it was. What was used of the credit goes down by as much, and of every limit
 * in money of the key, the workspace and the organization, in the window in which the generation was admitted.
 *
 * The same `idempotencyKey` for the same generation again moves nothing and says `replayed`.
 * @throws {CommandError} bad_request for what is no generation's id, not_found, conflict with the number that would
 *   pass, or when the key came with another amount.
 */
export async function refundGeneration(
  tx: Transaction,
  input: {
    /** `gen-…` */
    generation: string;
    /** Null: all of it that was not given back before. */
    amount: Picodollars | null;
    actor: string;
    reason: string;
    idempotencyKey?: string | null | undefined;
  },
): Promise<{
  transferId: TransferId;
  organizationId: OrganizationId;
  amount: Picodollars;
  /** What was charged less everything given back of it. */
  remaining: Picodollars;
  balance: Picodollars;
  replayed: boolean;
}> {
  const { generation: id, actor, reason } = input;
  const uuid = generationUuid(id);
  if (uuid === null) {
    throw new CommandError(
      "bad_request",
      'generation: expected the id of a generation, such as "gen-1764075600-AZq…"',
    );
  }
  const [generation] = await tx
    .select({
      organizationId: generations.organizationId,
      workspaceId: generations.workspaceId,
      keyId: generations.keyId,
      charge: generations.charge,
      chargeTransferId: generations.chargeTransferId,
      admittedAt: generations.admittedAt,
    })
    .from(generations)
    .where(eq(generations.id, uuid));
  if (!generation) {
    throw new CommandError(
      "not_found",
      `generation: none has the id ${id.slice(0, 80)}; it may not be booked yet`,
    );
  }
  const { organizationId, charge, chargeTransferId } = generation;
  if (chargeTransferId === null) {
    throw new CommandError(
      "conflict",
      `generation: ${id} was not charged; nothing can be given back`,
    );
  }
  // Of one generation, so that a ticket's number can be the key for all the generations that it is about.
  const idempotencyKey = input.idempotencyKey ? `correction:${id}:${input.idempotencyKey}` : null;
  const earlier = idempotencyKey === null ? null : await earlierTransfer(tx, idempotencyKey);
  if (earlier && input.amount !== null && input.amount !== earlier.amount) {
    throw new CommandError(
      "conflict",
      `idempotencyKey: ${JSON.stringify(input.idempotencyKey)} already gave back ${formatDollars(earlier.amount)} USD of ${id}; use another one to give back more`,
    );
  }

  const credit = await accountOf(tx, { kind: "credit", organizationId });
  const revenue = await accountOf(tx, { kind: "revenue" });
  await lockAccounts(tx, [credit, revenue]);
  const givenBack = await readGivenBack(tx, { transferId: chargeTransferId, generation: uuid });
  const rest = charge - givenBack;
  const answer = { organizationId, balance: (await readCredits(tx, organizationId)).balance };
  if (earlier) {
    const remaining = picodollars(rest);
    return { ...answer, transferId: earlier.id, amount: earlier.amount, remaining, replayed: true };
  }
  const amount = picodollars(input.amount ?? rest);
  const story = `${id} was charged ${formatDollars(charge)} USD, of which ${formatDollars(givenBack)} was given back before`;
  if (rest === 0n) throw new CommandError("conflict", `nothing is left to give back: ${story}`);
  if (amount <= 0n) {
    throw new CommandError(
      "bad_request",
      `amount: expected more than 0 USD, got ${formatDollars(amount)}`,
    );
  }
  if (amount > rest) {
    throw new CommandError(
      "conflict",
      `amount: at most ${formatDollars(rest)} USD can be given back, ${formatDollars(amount)} was asked for; ${story}`,
    );
  }
  const transferId = await moveMoney(tx, {
    kind: "correction",
    from: revenue,
    to: credit,
    amount,
    eventAt: new Date(),
    actor,
    note: reason,
    idempotencyKey,
    correctsTransferId: chargeTransferId,
    correctsGenerationId: uuid,
  });
  await lowerUse(tx, generation, amount);
  return {
    ...answer,
    transferId,
    amount,
    remaining: picodollars(rest - amount),
    balance: picodollars(answer.balance + amount),
    replayed: false,
  };
}

/**
 * The credit says exactly what was spent. A limit may not have counted this generation at all, when it was set after the
 * admission: it never goes below nothing.
 */
async function lowerUse(
  tx: Transaction,
  of: Pick<
    typeof generations.$inferSelect,
    "organizationId" | "workspaceId" | "keyId" | "admittedAt"
  >,
  amount: Picodollars,
): Promise<void> {
  const windows = sql.join(
    allowanceWindows.map(
      (window) =>
        sql`(${window}::text, ${windowStart(window, of.admittedAt).toISOString()}::timestamptz)`,
    ),
    sql`, `,
  );
  await tx.execute(sql`
    with counted as (
      select u.allowance_id, u.window_start, l.subject_kind = 'organization' and l.window_kind = 'lifetime' as is_credit
        from allowance_uses u
        join allowances l on l.id = u.allowance_id
        join (values ${windows}) as w(kind, start) on w.kind = l.window_kind and w.start = u.window_start
       where l.unit = 'picodollars' and ((l.subject_kind = 'organization' and l.subject_id = ${of.organizationId})
          or (l.subject_kind = 'workspace' and l.subject_id = ${of.workspaceId})
          or (l.subject_kind = 'key' and l.subject_id = ${of.keyId}))
       order by u.allowance_id, u.window_start
         for update of u
    )
    update allowance_uses u
       set used = case when c.is_credit then u.used - ${amount.toString()}::numeric else greatest(u.used - ${amount.toString()}::numeric, 0) end
      from counted c
     where u.allowance_id = c.allowance_id and u.window_start = c.window_start`);
}
