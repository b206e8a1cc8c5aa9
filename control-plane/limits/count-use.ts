import { sql, type SQL } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { AllowanceId } from "#schema/ids.ts";
import { anyModel, freeModels, type AllowanceSubject } from "#schema/bounds.ts";
import { windowStart } from "#schema/windows.ts";
import type { LimitSlot } from "./put-limit.ts";

/**
 * Counts into an allowance what its subject used already in the window that is now, so that a limit which is set late does
 * not start at zero. The hourly roll-ups say what: every window but a minute begins on the hour. A minute starts at zero,
 * and concurrency uses nothing up. Requests that are under way at this moment were admitted without the limit and are not
 * counted. Of requests to free models those that failed do not count, as a gateway gives them back (contract L-5).
 */
export async function countUse(
  tx: Transaction,
  allowance: AllowanceId,
  slot: LimitSlot,
): Promise<void> {
  const amount = amountOf(slot);
  if (amount === null || slot.window === "minute") return;
  const start = windowStart(slot.window, new Date()).toISOString();
  // The greater of both, because a posting that commits in between has counted itself already.
  await tx.execute(sql`
    insert into allowance_uses (allowance_id, window_start, used)
    select ${allowance}::text, ${start}::timestamptz, coalesce(sum(${amount}), 0) - ${givenBack(slot, start)}
      from usage_hours
     where organization_id = ${slot.organizationId} and hour >= ${start}::timestamptz
       and ${ofSubject(slot.subject.kind, slot.subject.id)} and ${ofScope(slot.scope)}
    on conflict (allowance_id, window_start) do update
      set used = greatest(allowance_uses.used, excluded.used)`);
}

function amountOf({ unit, scope }: LimitSlot): SQL | null {
  switch (unit) {
    case "picodollars":
      return sql`charge`;
    case "requests":
      return scope === freeModels ? sql`requests - failures` : sql`requests`;
    case "tokens":
      return sql`prompt_tokens + completion_tokens`;
    case "concurrency":
      return null;
    default:
      return unit satisfies never;
  }
}

/** What corrections gave back of charges in the window: roll-ups keep what was charged, a limit counts what was spent of it. */
function givenBack({ unit, organizationId, subject }: LimitSlot, start: string): SQL {
  if (unit !== "picodollars") return sql`0`;
  return sql`(
      select coalesce(sum(t.amount), 0)
        from accounts a
        join transfers t on t.to_account_id = a.id and t.created_at >= ${start}::timestamptz
        join generations g on g.id = t.corrects_generation_id
       where a.kind = 'credit' and a.organization_id = ${organizationId} and g.admitted_at >= ${start}::timestamptz
         and ${ofSubject(subject.kind, subject.id)})`;
}

function ofSubject(kind: AllowanceSubject, id: string): SQL {
  switch (kind) {
    case "organization":
      return sql`true`;
    case "workspace":
      return sql`key_id in (select k.id from keys k where k.workspace_id = ${id})`;
    case "key":
      return sql`key_id = ${id}`;
    default:
      return kind satisfies never;
  }
}

function ofScope(scope: string): SQL {
  if (scope === anyModel) return sql`true`;
  return scope === freeModels ? sql`right(model_id, 5) = ':free'` : sql`model_id = ${scope}`;
}
