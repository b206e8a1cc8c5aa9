import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { KeyId } from "#schema/ids.ts";
import { keys } from "#schema/tables/keys.ts";
import { CommandError } from "../command-error.ts";
import { applyRateTier } from "./apply-rate-tier.ts";
import { lockSubject } from "./lock-subject.ts";
import { putLimit, readLimit, type LimitSlot } from "./put-limit.ts";
import { tierBoundOf } from "./tier-bounds.ts";
import { wordOf } from "./limit-words.ts";

/**
 * Takes away a limit that somebody set. Of an organization the rate tier's number holds again where the tier has one; a
 * key's own limit goes from the key too.
 * @throws {CommandError} not_found when nobody set one.
 */
export async function removeLimit(tx: Transaction, slot: LimitSlot): Promise<{ sequence: number }> {
  const subject = await lockSubject(tx, slot.organizationId, slot.subject);
  const known = await readLimit(tx, slot);
  const isCredit =
    slot.subject.kind === "organization" &&
    slot.unit === "picodollars" &&
    slot.window === "lifetime";
  const isTiers = slot.subject.kind === "organization" && tierBoundOf(slot) !== null;
  if (!known || known.origin !== "set" || isCredit || (known.limit === null && !isTiers)) {
    throw new CommandError(
      "not_found",
      known?.origin === "tier" && known.limit !== null
        ? "this limit comes from the rate tier; set another in its place with limits.set, or change the tier with rateTiers.set"
        : `no limit of ${wordOf(slot.unit)} per ${slot.window} is set there; limits.list shows those that are`,
    );
  }
  await putLimit(tx, { ...slot, origin: isTiers ? "tier" : "set", limit: null }, known);
  if (isTiers) await applyRateTier(tx, slot.organizationId);
  if (
    slot.unit === "picodollars" &&
    slot.subject.kind === "key" &&
    subject.ownWindow === slot.window
  ) {
    await tx
      .update(keys)
      .set({ limit: null, limitReset: null, updatedAt: new Date() })
      .where(eq(keys.id, slot.subject.id as KeyId));
  }
  return { sequence: await subject.tell() };
}
