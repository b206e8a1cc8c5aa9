import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { GatewayId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import type { gatewayStates } from "#schema/tables/allowances.ts";

/** One life of a gateway. */
export type Gateway = {
  id: GatewayId;
  name: string;
  host: string;
  pid: number;
  state: (typeof gatewayStates)[number];
  startedAt: Date;
  /** When Postgres last heard of it. */
  seenAt: Date;
  /** Whole seconds since then, by the database's clock. */
  silentSeconds: number;
  /** Usage records of it that are booked. */
  posted: number;
  /** Picodollars of credit that it holds: what it may still spend, and what it spent that is not booked yet. */
  leased: Picodollars;
  /** How many shares of anything it holds. */
  leases: number;
  /** Picodollars of credit that were taken away from it. */
  forfeited: Picodollars;
  forfeitedAt: Date | null;
};

/** Lives of gateways, newest first; `history` adds those that ended as they should. `next` is the `after` of the next page. */
export async function listGateways(
  tx: Transaction,
  page: { history: boolean; limit: number; after: string | null },
): Promise<{ rows: Gateway[]; next: string | null }> {
  const [at = null, id = ""] = page.after?.split(" ") ?? [];
  const rows = await tx.execute<Row>(sql`
    select g.id, g.name, g.host, g.pid, g.state, g.posted,
           to_char(g.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as started_at,
           (extract(epoch from g.seen_at) * 1000)::float8 as seen_at_ms,
           greatest(extract(epoch from now() - g.seen_at), 0)::bigint::text as silent_seconds,
           coalesce(h.credit, 0)::text as leased, coalesce(h.shares, 0)::text as shares,
           coalesce(f.credit, 0)::text as forfeited, (extract(epoch from f.at) * 1000)::float8 as forfeited_at_ms
      from gateways g
      left join lateral (
        select sum(l.amount) filter (where ${isCredit}) as credit, count(*) as shares
          from leases l join allowances a on a.id = l.allowance_id
         where l.gateway_id = g.id and l.amount <> 0
      ) h on true
      left join lateral (
        select sum(l.amount) filter (where ${isCredit}) as credit, max(l.created_at) as at
          from forfeits l join allowances a on a.id = l.allowance_id where l.gateway_id = g.id
      ) f on true
     where ${page.history ? sql`true` : sql`g.state <> 'closed'`}
       and ${at === null ? sql`true` : sql`(g.started_at, g.id) < (${at}::timestamptz, ${id})`}
     order by g.started_at desc, g.id desc
     limit ${page.limit + 1}`);
  const shown = [...rows].slice(0, page.limit);
  const last = shown.at(-1);
  return {
    rows: shown.map(gatewayOf),
    next: rows.length > page.limit && last ? `${last.started_at} ${last.id}` : null,
  };
}

/** Of one request several allowances are held; its organization's credit is the one that is money and always there. */
const isCredit = sql`a.subject_kind = 'organization' and a.unit = 'picodollars' and a.window_kind = 'lifetime'`;

type Row = {
  id: GatewayId;
  name: string;
  host: string;
  pid: number;
  state: Gateway["state"];
  posted: string;
  started_at: string;
  seen_at_ms: number;
  silent_seconds: string;
  leased: string;
  shares: string;
  forfeited: string;
  forfeited_at_ms: number | null;
};

const gatewayOf = (row: Row): Gateway => ({
  id: row.id,
  name: row.name,
  host: row.host,
  pid: row.pid,
  state: row.state,
  startedAt: new Date(row.started_at),
  seenAt: new Date(row.seen_at_ms),
  silentSeconds: Number(row.silent_seconds),
  posted: Number(row.posted),
  leased: picodollars(BigInt(row.leased)),
  leases: Number(row.shares),
  forfeited: picodollars(BigInt(row.forfeited)),
  forfeitedAt: row.forfeited_at_ms === null ? null : new Date(row.forfeited_at_ms),
});
