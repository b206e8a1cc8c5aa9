import { and, eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type AllowanceId, type OrganizationId } from "#schema/ids.ts";
import type { Picodollars } from "#schema/money/amount.ts";
import {
  type AllowanceSubject,
  type allowanceOrigins,
  type AllowanceUnit,
  type AllowanceWindow,
} from "#schema/bounds.ts";
import { allowances } from "#schema/tables/allowances.ts";
import { countUse } from "./count-use.ts";
import { tierBoundOf } from "./tier-bounds.ts";

export type LimitSubject = { kind: AllowanceSubject; id: string };
/** What makes an allowance that one and no other. */
export type LimitSlot = {
  organizationId: OrganizationId;
  subject: LimitSubject;
  unit: AllowanceUnit;
  window: AllowanceWindow;
  scope: string;
};
type Allowance = typeof allowances.$inferSelect;

/**
 * Makes one allowance say this, whoever asks; the caller holds the lock of its subject's row. An allowance that
 * bounds again counts what was used meanwhile. It is never deleted, since usage that is still on its way names it: a limit
 * of null bounds nothing. Gateways that hear of the change hand back what they hold idle of it, so that a lower limit holds.
 * @param before the row as it is, when the caller has read it under the lock.
 */
export async function putLimit(
  tx: Transaction,
  {
    limit,
    origin,
    ...slot
  }: LimitSlot & { limit: Picodollars | null; origin: (typeof allowanceOrigins)[number] },
  before?: Allowance | null,
): Promise<{ id: AllowanceId | null; changed: boolean }> {
  const known = before === undefined ? await readLimit(tx, slot) : before;
  if (
    known
      ? known.limit === limit && known.origin === origin
      : limit === null && !holdsOffTier(slot, origin)
  )
    return { id: known?.id ?? null, changed: false };
  const [put] = await tx
    .insert(allowances)
    .values({
      id: mintId("allowance"),
      organizationId: slot.organizationId,
      subjectKind: slot.subject.kind,
      subjectId: slot.subject.id,
      unit: slot.unit,
      window: slot.window,
      scope: slot.scope,
      origin,
      limit,
    })
    .onConflictDoUpdate({
      target: [
        allowances.subjectKind,
        allowances.subjectId,
        allowances.unit,
        allowances.window,
        allowances.scope,
      ],
      set: { limit, origin, updatedAt: new Date() },
    })
    .returning({ id: allowances.id });
  if (!put) throw new Error(`the allowance of ${slot.subject.kind} ${slot.subject.id} was not put`);
  if (limit !== null && (known?.limit ?? null) === null) await countUse(tx, put.id, slot);
  return { id: put.id, changed: true };
}

/** Of an organization "no limit" is something to remember, where its rate tier would set one. */
const holdsOffTier = (slot: LimitSlot, origin: (typeof allowanceOrigins)[number]): boolean =>
  origin === "set" && slot.subject.kind === "organization" && tierBoundOf(slot) !== null;

/** The allowance of a slot, or null when there never was one. */
export async function readLimit(tx: Transaction, slot: LimitSlot): Promise<Allowance | null> {
  const [row] = await tx
    .select()
    .from(allowances)
    .where(
      and(
        eq(allowances.subjectKind, slot.subject.kind),
        eq(allowances.subjectId, slot.subject.id),
        eq(allowances.unit, slot.unit),
        eq(allowances.window, slot.window),
        eq(allowances.scope, slot.scope),
      ),
    );
  return row ?? null;
}
