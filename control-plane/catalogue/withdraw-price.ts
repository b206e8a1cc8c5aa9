import type { Transaction } from "#schema/database.ts";
import type { PriceId } from "#schema/ids.ts";
import { addPriceList, type PriceListInput } from "./add-price-list.ts";

/**
 * Withdraws what was published, from an instant on: an organization's own list, so that the general one holds for it
 * again; the general charge list, so that the endpoint is no longer sold; a cost list, so that the cost is not known.
 * @returns `sequence` is null when nothing was in force anyway.
 * @throws {CommandError} not_found for the endpoint.
 */
export const withdrawPrice = (
  tx: Transaction,
  input: PriceListInput,
): Promise<{ id: PriceId | null; unchanged: boolean; sequence: number | null }> =>
  addPriceList(tx, input, {
    lines: [],
    expiresAt: null,
    // One that expires would come back from what was before it; a withdrawal is for good.
    isSaidBy: (inForce) =>
      inForce === null || (inForce.lines.length === 0 && inForce.expiresAtMs === null),
  });
