import { sql } from "drizzle-orm";
import type { KeyId } from "#schema/ids.ts";
import type { Picodollars } from "#schema/money/amount.ts";
import { generations } from "#schema/tables/generations.ts";
import { transfers } from "#schema/tables/ledger.ts";

/** A generation as it was booked. `id` is the UUID; `generationIdOf` spells its public form. */
export type Generation = typeof generations.$inferSelect & {
  /** The key that paid for it, or null for one that is no longer known by name. */
  keyName: string | null;
  /** What was given back of the charge, in picodollars. */
  refunded: Picodollars;
};
export type GenerationKey = { id: KeyId; name: string | null };

/** `Generation.refunded` in a query over `generations`, by the index `transfers_corrects`. */
export const refundedOfGeneration = sql<Picodollars>`
  coalesce((select sum(c.amount) from transfers c where c.corrects_transfer_id = ${generations.chargeTransferId}
    and c.corrects_generation_id = ${generations.id}), 0)`.mapWith(transfers.amount);
