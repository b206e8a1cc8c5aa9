import { sql, type SQL } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { AllowanceId, OrganizationId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import {
  allowanceWindows,
  type AllowanceSubject,
  type allowanceOrigins,
  type AllowanceUnit,
  type AllowanceWindow,
} from "#schema/bounds.ts";
import { windowEnd, windowStart } from "#schema/windows.ts";
import type { LimitSubject } from "./put-limit.ts";

/** One bound, and how far it is used in the window that is now; amounts in its unit. */
export type Limit = {
  id: AllowanceId;
  /** `name` is the organization's or workspace's slug, or the key's name. */
  subject: LimitSubject & { name: string };
  unit: AllowanceUnit;
  window: AllowanceWindow;
  scope: string;
  origin: (typeof allowanceOrigins)[number];
  /** Null: explicitly unbounded, where the rate tier would set a bound. */
  limit: Picodollars | null;
  used: Picodollars;
  /** What gateways hold of it, in use or idle; part of `remaining`. */
  leased: Picodollars;
  /** The limit less what is used, never below zero. */
  remaining: Picodollars | null;
  /** When the window ends and the count starts at zero; null for a lifetime. */
  endsAt: Date | null;
  /** Whether it is the key's own limit, `limit` and `limit_reset` of OpenRouter's key. */
  own: boolean;
};

/**
 * The limits of an organization, its workspaces and its keys, or of one of them; in the order subject, unit, window, scope.
 * Its credit is none of them, and revoked keys are left out.
 * @param page.after the `next` of the page before.
 */
export async function listLimits(
  tx: Transaction,
  {
    organizationId,
    subjects = null,
    money = null,
    now,
    ...page
  }: {
    organizationId: OrganizationId;
    /** Null: everything of the organization. */
    subjects?: readonly LimitSubject[] | null;
    /** True: only money, false: everything else, null: both. */
    money?: boolean | null;
    now: Date;
    limit: number;
    after: string | null;
  },
): Promise<{ rows: Limit[]; next: string | null }> {
  const of =
    subjects === null
      ? sql`true`
      : sql`(a.subject_kind, a.subject_id) in (${sql.join(
          subjects.map(({ kind, id }) => sql`(${kind}, ${id})`),
          sql`, `,
        )})`;
  const rows = await tx.execute<Row>(sql`
    select a.id, a.subject_kind, a.subject_id, a.unit, a.window_kind, a.scope, a.origin, a.limit_amount::text as limit_amount,
           coalesce(u.used, 0)::text as used, coalesce(u.leased, 0)::text as leased,
           coalesce(k.name, w.slug, o.slug) as name,
           coalesce(k.limit_amount is not null and a.unit = 'picodollars' and a.window_kind = ${ownWindow}, false) as own
      from allowances a
      join organizations o on o.id = a.organization_id
      left join keys k on a.subject_kind = 'key' and k.id = a.subject_id
      left join workspaces w on a.subject_kind = 'workspace' and w.id = a.subject_id
      left join allowance_uses u on u.allowance_id = a.id and u.window_start = ${startOfNow(now)}
     where a.organization_id = ${organizationId} and ${of}
       and (a.subject_kind <> 'key' or k.revoked_at is null)
       and (a.limit_amount is not null or (a.subject_kind = 'organization' and a.origin = 'set'))
       and not (a.subject_kind = 'organization' and a.unit = 'picodollars' and a.window_kind = 'lifetime')
       and ${money === null ? sql`true` : money ? sql`a.unit = 'picodollars'` : sql`a.unit <> 'picodollars'`}
       and ${page.after === null ? sql`true` : sql`${place} > ${page.after}`}
     order by ${place}
     limit ${page.limit + 1}`);
  const shown = [...rows].slice(0, page.limit).map((row) => limitOf(row, now));
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > page.limit && last ? placeOf(last) : null };
}

type Row = {
  id: AllowanceId;
  subject_kind: AllowanceSubject;
  subject_id: string;
  unit: AllowanceUnit;
  window_kind: AllowanceWindow;
  scope: string;
  origin: Limit["origin"];
  limit_amount: string | null;
  used: string;
  leased: string;
  name: string;
  own: boolean;
};

/** One text that orders and names a limit: it is where a page ends. By bytes, whatever the database's collation. */
const place = sql`concat_ws(' ', a.subject_kind, a.subject_id, a.unit, a.window_kind, a.scope) collate "C"`;
const placeOf = ({ subject, unit, window, scope }: Limit): string =>
  [subject.kind, subject.id, unit, window, scope].join(" ");

/** `windowOfReset` of the row's key. */
const ownWindow = sql`case k.limit_reset when 'daily' then 'day' when 'weekly' then 'week' when 'monthly' then 'month' else 'lifetime' end`;

const startOfNow = (now: Date): SQL =>
  sql`case a.window_kind ${sql.join(
    allowanceWindows.map(
      (window) => sql`when ${window} then ${windowStart(window, now).toISOString()}::timestamptz`,
    ),
    sql` `,
  )} end`;

function limitOf(row: Row, now: Date): Limit {
  const limit = row.limit_amount === null ? null : BigInt(row.limit_amount);
  const used = BigInt(row.used);
  return {
    id: row.id,
    subject: { kind: row.subject_kind, id: row.subject_id, name: row.name },
    unit: row.unit,
    window: row.window_kind,
    scope: row.scope,
    origin: row.origin,
    limit: limit === null ? null : picodollars(limit),
    used: picodollars(used),
    leased: picodollars(BigInt(row.leased)),
    remaining: limit === null ? null : picodollars(limit > used ? limit - used : 0n),
    endsAt: windowEnd(row.window_kind, now),
    own: row.own,
  };
}
