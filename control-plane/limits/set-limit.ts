import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { KeyId } from "#schema/ids.ts";
import type { Picodollars } from "#schema/money/amount.ts";
import { keys } from "#schema/tables/keys.ts";
import { checkBudgetOrder } from "./check-budget-order.ts";
import { checkLimit } from "./check-limit.ts";
import { budgetIntervals, budgetWindows } from "./limit-words.ts";
import { lockSubject } from "./lock-subject.ts";
import { putLimit, type LimitSlot } from "./put-limit.ts";

/** `limit` is in the unit of the slot (picodollars of money); null bounds nothing, for an organization also where its rate tier would. */
export type SetLimitInput = LimitSlot & { limit: Picodollars | null };

/**
 * Sets one limit of an organization, a workspace or a key, beside all the others it has. What was used in the window
 * already counts, as far as the hourly roll-ups know it (`count-use.ts`). Money in the window of a key's own limit is that
 * limit: then `keys.limit_amount` follows, so that both doors show one number.
 * @returns the change's sequence, or null when it was so already.
 * @throws {CommandError} bad_request for a limit that makes no sense or breaks the order of a workspace's budgets; not_found.
 */
export async function setLimit(
  tx: Transaction,
  input: SetLimitInput,
): Promise<{ changed: boolean; sequence: number | null }> {
  const { limit, ...slot } = input;
  await checkLimit(tx, slot);
  const subject = await lockSubject(tx, slot.organizationId, slot.subject);
  const { changed } = await putLimit(tx, { ...slot, origin: "set", limit });
  if (!changed) return { changed, sequence: null };
  if (
    slot.unit === "picodollars" &&
    slot.subject.kind === "key" &&
    subject.ownWindow === slot.window
  ) {
    await tx
      .update(keys)
      .set({ limit, ...(limit === null ? { limitReset: null } : {}), updatedAt: new Date() })
      .where(eq(keys.id, slot.subject.id as KeyId));
  }
  if (slot.unit === "picodollars" && slot.subject.kind === "workspace") {
    const interval = budgetIntervals.find((each) => budgetWindows[each] === slot.window);
    await checkBudgetOrder(tx, slot.subject.id, interval ?? null);
  }
  return { changed, sequence: await subject.tell() };
}
