import type { Transaction } from "#schema/database.ts";
import type { KeyId, OrganizationId } from "#schema/ids.ts";
import type { Picodollars } from "#schema/money/amount.ts";
import { anyModel } from "#schema/bounds.ts";
import type { LimitReset } from "#schema/bounds.ts";
import { windowOfReset } from "#schema/windows.ts";
import { putLimit } from "../limits/put-limit.ts";

/** A key's own limit, as `keys.limit_amount` and `keys.limit_reset` say it; an amount of null is none. */
export type KeyLimit = { limit: Picodollars | null; limitReset: LimitReset | null };

/**
 * Makes the key's allowances say what its own limit says. That one is known by its window, the one of `limitReset`: when it
 * moves to another window only it moves, and whatever else bounds the key stays. In a window that has a limit already it
 * takes its place. What the key spent in the window counts. The caller holds the lock of the key's row.
 * @param before what the key's own limit was until now.
 */
export async function setKeyAllowance(
  tx: Transaction,
  key: { id: KeyId; organizationId: OrganizationId } & KeyLimit,
  before: KeyLimit,
): Promise<void> {
  const put = (window: ReturnType<typeof windowOfReset>, limit: Picodollars | null) =>
    putLimit(tx, {
      organizationId: key.organizationId,
      subject: { kind: "key", id: key.id },
      unit: "picodollars",
      window,
      scope: anyModel,
      origin: "set",
      limit,
    });
  const window = key.limit === null ? null : windowOfReset(key.limitReset);
  const windowBefore = before.limit === null ? null : windowOfReset(before.limitReset);
  if (windowBefore !== null && windowBefore !== window) await put(windowBefore, null);
  if (window !== null) await put(window, key.limit);
}
