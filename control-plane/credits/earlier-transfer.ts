import { eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { transfers } from "#schema/tables/ledger.ts";

type Transfer = typeof transfers.$inferSelect;

/**
 * The transfer that was booked under an idempotency key, or null. Two of one key wait for each other here until the
 * first commits, so the second finds the first's transfer.
 */
export async function earlierTransfer(
  tx: Transaction,
  idempotencyKey: string,
): Promise<Transfer | null> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${idempotencyKey}, 0))`);
  const [earlier] = await tx
    .select()
    .from(transfers)
    .where(eq(transfers.idempotencyKey, idempotencyKey));
  return earlier ?? null;
}
