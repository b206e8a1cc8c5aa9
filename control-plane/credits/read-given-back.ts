import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { TransferId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";

/** What refunds and corrections gave back of a transfer, or of one generation (its UUID) in it, in picodollars. */
export async function readGivenBack(
  tx: Transaction,
  { transferId, generation }: { transferId: TransferId; generation?: string },
): Promise<Picodollars> {
  const [row] = await tx.execute<{ amount: string }>(sql`
    select coalesce(sum(amount), 0)::text as amount from transfers where corrects_transfer_id = ${transferId}
      ${generation === undefined ? sql`` : sql`and corrects_generation_id = ${generation}::uuid`}`);
  return picodollars(BigInt(row?.amount ?? "0"));
}
