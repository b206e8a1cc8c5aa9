import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type DiscountId, type ProviderId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import type { Picodollars } from "#schema/money/amount.ts";
import { volumeDiscounts } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";
import { applyVolumeDiscounts } from "./apply-volume-discounts.ts";

/** Above so much list cost in a UTC month, so many hundredths of a percent off. Above 0 is from the month's start on. */
export type DiscountTier = { above: Picodollars; basisPoints: number };

const tiersMax = 20;
const pastMsMax = 60_000;

/**
 * Says what a provider takes off our bill by how much we buy of it in a UTC month, at list cost. The newest that is
 * effective holds; without tiers it ends the one before. Its first step is there at once.
 * @returns `sequence` of the change.
 * @throws {CommandError} bad_request for tiers that do not ascend, more than 10,000 basis points, or dates in disorder.
 */
export async function setVolumeDiscount(
  tx: Transaction,
  input: {
    providerId: ProviderId;
    tiers: readonly DiscountTier[];
    effectiveAt: Date;
    /** Exclusive; null for good. */
    expiresAt: Date | null;
    note: string | null;
    /** Who set it: a key's id. */
    publishedBy: string;
  },
  now: Date,
): Promise<{ id: DiscountId; sequence: number }> {
  checkTiers(input.tiers);
  if (input.effectiveAt.getTime() < now.getTime() - pastMsMax) {
    throw new CommandError(
      "bad_request",
      `effectiveAt: ${input.effectiveAt.toISOString()} is past; what was paid before stays as it was booked`,
    );
  }
  if (input.expiresAt !== null && input.expiresAt <= input.effectiveAt)
    throw new CommandError("bad_request", "expiresAt: expected an instant after effectiveAt");
  const id = mintId("discount");
  await tx.insert(volumeDiscounts).values({
    id,
    providerId: input.providerId,
    tiers: input.tiers.map(({ above, basisPoints }) => ({ above: above.toString(), basisPoints })),
    effectiveAt: input.effectiveAt,
    expiresAt: input.expiresAt,
    // Not now(): of two in one transaction the later must win.
    publishedAt: sql`clock_timestamp()`,
    publishedBy: input.publishedBy,
    note: input.note,
  });
  await applyVolumeDiscounts(tx, now);
  return { id, sequence: await recordChange(tx, "catalogue", "") };
}

function checkTiers(tiers: readonly DiscountTier[]): void {
  if (tiers.length > tiersMax)
    throw new CommandError("bad_request", `tiers: expected at most ${tiersMax}`);
  for (const [index, tier] of tiers.entries()) {
    const before = tiers[index - 1];
    if (tier.above < 0n || (before && tier.above <= before.above)) {
      throw new CommandError(
        "bad_request",
        `tiers[${index}].above: expected amounts that ascend, each above the one before`,
      );
    }
    if (!Number.isInteger(tier.basisPoints) || tier.basisPoints < 0 || tier.basisPoints > 10_000) {
      throw new CommandError(
        "bad_request",
        `tiers[${index}].basisPoints: expected a whole number from 0 to 10000 (100 are one percent), got ${tier.basisPoints}`,
      );
    }
  }
}
