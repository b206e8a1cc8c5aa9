/**
 * Proves the books. Everything is read in one snapshot, so it may run at any moment, under load: what is posted
 * is posted in one transaction, and a difference is never a posting that was merely under way.
 */
import { sql, type SQL } from "drizzle-orm";
import type { Database } from "#schema/database.ts";
import type { AccountKind, TransferKind } from "#schema/tables/ledger.ts";

/** A statement about the books, and where it does not hold: one readable line each, amounts in picodollars. */
export type Check = { name: string; differences: string[] };

/** More differences of one check than anybody reads; the rest are counted. */
const differencesMax = 1_000;

/** How long a gateway that has lost the database may go on without hearing that a limit was set. */
const unawareMax = "24 hours";

/** Between which accounts a transfer moves money; a refund or a correction moves it back from where it had gone. */
const ways = sql.join(
  Object.entries({
    grant: ["grants", "credit"],
    purchase: ["cash", "credit"],
    usage: ["credit", "revenue"],
    cost: ["provider_cost", "provider_payable"],
  } satisfies Record<
    Exclude<TransferKind, "refund" | "correction">,
    readonly [from: AccountKind, to: AccountKind]
  >).map(([kind, [from, to]]) => sql`(${kind}::text, ${from}::text, ${to}::text)`),
  sql`, `,
);

/** Each query returns one row a difference, in a column `difference`. */
const checks: readonly { name: string; query: SQL }[] = [
  {
    name: "the entries of every transfer are its two sides and sum to zero",
    query: sql`
      select format('transfer %s (%s, amount %s): %s entries, sum %s, from side %s, to side %s', t.id, t.kind, t.amount,
               count(e.id), coalesce(sum(e.amount), 0),
               coalesce(sum(e.amount) filter (where e.account_id = t.from_account_id), 0),
               coalesce(sum(e.amount) filter (where e.account_id = t.to_account_id), 0)) as difference
        from transfers t left join entries e on e.transfer_id = t.id
       group by t.id
      having count(e.id) <> 2 or coalesce(sum(e.amount), 0) <> 0
          or coalesce(sum(e.amount) filter (where e.account_id = t.from_account_id), 0) <> -t.amount
          or coalesce(sum(e.amount) filter (where e.account_id = t.to_account_id), 0) <> t.amount`,
  },
  {
    name: "every account's balance is the sum of its entries",
    query: sql`
      select format('account %s (%s): balance %s, entries sum to %s', a.id, a.kind, a.balance, coalesce(sum(e.amount), 0)) as difference
        from accounts a left join entries e on e.account_id = a.id
       group by a.id
      having a.balance <> coalesce(sum(e.amount), 0)`,
  },
  {
    name: "every account's entries follow each other without a gap and end at its balance",
    query: sql`
      with chained as (
        select e.account_id, e.id, e.account_version, e.balance_before, e.balance_after,
               lag(e.account_version, 1, 0::bigint) over w as version_before,
               lag(e.balance_after, 1, 0::numeric) over w as balance_expected
          from entries e window w as (partition by e.account_id order by e.account_version)
      ), ends as (
        select distinct on (account_id) account_id, account_version, balance_after
          from entries order by account_id, account_version desc
      )
      select format('account %s: entry %s has version %s after %s, and balance %s before it where %s was expected',
               account_id, id, account_version, version_before, balance_before, balance_expected) as difference
        from chained where account_version <> version_before + 1 or balance_before <> balance_expected
      union all
      select format('account %s (%s): version %s and balance %s, its last entry has version %s and balance %s',
               a.id, a.kind, a.version, a.balance, coalesce(e.account_version, 0), coalesce(e.balance_after, 0))
        from accounts a left join ends e on e.account_id = a.id
       where a.version <> coalesce(e.account_version, 0) or a.balance <> coalesce(e.balance_after, 0)`,
  },
  {
    name: "the balances of all accounts sum to zero",
    query: sql`
      select format('the balances sum to %s', sum(balance)) as difference from accounts having sum(balance) <> 0`,
  },
  {
    name: "every organization's credit account holds what its credit allowance leaves",
    query: sql`
      with credit as (
        select l.subject_id, l.limit_amount, coalesce(sum(u.used), 0) as used
          from allowances l left join allowance_uses u on u.allowance_id = l.id
         where l.subject_kind = 'organization' and l.unit = 'picodollars' and l.window_kind = 'lifetime'
         group by l.id
      )
      select format('organization %s: account balance %s, allowance %s given − %s used = %s', o.slug,
               coalesce(a.balance::text, 'missing'), coalesce(c.limit_amount::text, 'missing'), coalesce(c.used, 0),
               c.limit_amount - c.used) as difference
        from organizations o
        left join accounts a on a.organization_id = o.id and a.kind = 'credit'
        left join credit c on c.subject_id = o.id
       where a.balance is distinct from c.limit_amount - c.used`,
  },
  {
    name: "every usage transfer moved what the generations that name it were charged",
    query: sql`
      with named as (
        select charge_transfer_id as id, sum(charge) as charge, count(*) as generations, min(organization_id) as first, max(organization_id) as last
          from generations where charge_transfer_id is not null group by 1
      ), moved as (
        select t.id, t.amount, a.organization_id from transfers t join accounts a on a.id = t.from_account_id where t.kind = 'usage'
      )
      select format('transfer %s: amount %s of %s, %s generations of %s to %s name it with %s', coalesce(m.id, n.id), coalesce(m.amount::text, 'missing'),
               coalesce(m.organization_id, 'nobody'), coalesce(n.generations, 0), n.first, n.last, coalesce(n.charge, 0)) as difference
        from moved m full join named n on n.id = m.id
       where m.amount is distinct from n.charge or m.organization_id is distinct from n.first or m.organization_id is distinct from n.last`,
  },
  {
    name: "every cost transfer moved what the generations that name it cost",
    query: sql`
      with named as (
        select cost_transfer_id as id, sum(cost) as cost, count(*) as generations
          from generations where cost_transfer_id is not null group by 1
      )
      select format('transfer %s: amount %s, %s generations name it with %s', coalesce(t.id, n.id),
               coalesce(t.amount::text, 'missing'), coalesce(n.generations, 0), coalesce(n.cost, 0)) as difference
        from (select id, amount from transfers where kind = 'cost') t full join named n on n.id = t.id
       where t.amount is distinct from n.cost`,
  },
  {
    name: "every transfer goes from and to accounts of its kind, corrections the other way round",
    query: sql`
      with ways(kind, source, target) as (values ${ways}), sided as (
        select t.id, t.kind, f.kind as source, d.kind as target, t.corrects_transfer_id as corrects, t.from_account_id, t.to_account_id
          from transfers t join accounts f on f.id = t.from_account_id join accounts d on d.id = t.to_account_id
      )
      select format('transfer %s (%s) goes from %s to %s', s.id, s.kind, s.source, s.target) as difference
        from sided s left join ways w on w.kind = s.kind
       where s.corrects is null and (s.source, s.target) is distinct from (w.source, w.target)
      union all
      select format('transfer %s (%s) goes from %s to %s and names %s, %s', s.id, s.kind, s.source, s.target, s.corrects,
               coalesce(format('a %s from %s to %s', t.kind, t.source, t.target), 'which is not there'))
        from sided s left join sided t on t.id = s.corrects
       where s.corrects is not null and (t.id is null or t.corrects is not null or (s.kind = 'refund' and t.kind <> 'purchase')
          or s.from_account_id <> t.to_account_id or s.to_account_id <> t.from_account_id)`,
  },
  {
    name: "refunds and corrections of every transfer are at most what it moved",
    query: sql`
      with back as (select corrects_transfer_id as id, sum(amount) as amount, count(*) as transfers from transfers where corrects_transfer_id is not null group by 1)
      select format('transfer %s (%s): amount %s, %s transfers gave back %s of it', b.id, t.kind, t.amount, b.transfers, b.amount) as difference
        from back b join transfers t on t.id = b.id
       where b.amount > t.amount`,
  },
  {
    name: "corrections of every generation name its charge and are at most that",
    query: sql`
      with back as (
        select corrects_generation_id as id, sum(amount) as amount, min(corrects_transfer_id) as transfer, count(distinct corrects_transfer_id) as transfers
          from transfers where corrects_generation_id is not null group by 1
      )
      select format('generation %s: charged %s by transfer %s, corrections gave back %s of %s', b.id, coalesce(g.charge::text, 'missing'),
               coalesce(g.charge_transfer_id, 'none'), b.amount, b.transfer) as difference
        from back b left join generations g on g.id = b.id
       where g.id is null or b.transfers <> 1 or b.transfer is distinct from g.charge_transfer_id or b.amount > g.charge
      union all
      select format('transfer %s corrects usage and names no generation', c.id)
        from transfers c join transfers t on t.id = c.corrects_transfer_id
       where t.kind = 'usage' and c.corrects_generation_id is null`,
  },
  {
    name: "every organization used of its credit what its generations were charged, less corrections",
    query: sql`
      with net as (
        select organization_id, sum(amount) as amount from (
          select organization_id, sum(charge) as amount from generations group by 1
          union all
          select g.organization_id, -sum(t.amount) from transfers t join generations g on g.id = t.corrects_generation_id group by 1
        ) parts group by 1
      ), credit as (
        select l.subject_id as organization_id, sum(u.used) as used
          from allowances l join allowance_uses u on u.allowance_id = l.id
         where l.subject_kind = 'organization' and l.unit = 'picodollars' and l.window_kind = 'lifetime'
         group by 1
      )
      select format('organization %s: generations were charged %s less corrections, its credit allowance says %s used',
               coalesce(n.organization_id, c.organization_id), coalesce(n.amount, 0), coalesce(c.used, 0)) as difference
        from net n full join credit c on c.organization_id = n.organization_id
       where coalesce(n.amount, 0) <> coalesce(c.used, 0)`,
  },
  {
    // A request that was let in before the limit was set, or by a gateway that did not know of it yet, did not draw on it;
    // when it was booked before the limit began it was counted then. So the limit may have counted less, by no more than
    // what such requests were charged that were booked later; more it may never have counted.
    name: "current limits in money counted what their generations were charged, less corrections",
    query: sql`
      with bounds as (
        select l.id, l.subject_kind, l.subject_id, l.window_kind, u.window_start, u.used, l.organization_id, l.created_at, l.updated_at + ${unawareMax}::interval as aware_at
          from allowances l join allowance_uses u on u.allowance_id = l.id
         where l.unit = 'picodollars' and not (l.subject_kind = 'organization' and l.window_kind = 'lifetime')
           and l.limit_amount is not null
           and u.window_start = case l.window_kind when 'lifetime' then timestamptz 'epoch' else date_trunc(l.window_kind, now(), 'UTC') end
      ), by_hour as (
        select organization_id, key_id, hour, sum(charge) as charge from usage_hours group by 1, 2, 3
      ), charged as (
        select b.id, sum(h.charge) as charge
          from bounds b join by_hour h on h.organization_id = b.organization_id and h.hour >= b.window_start
          left join keys k on k.id = h.key_id
         where case b.subject_kind when 'key' then h.key_id = b.subject_id when 'workspace' then k.workspace_id = b.subject_id else true end
         group by 1
      ), corrected as (
        select b.id, sum(t.amount) as amount
          from transfers t join generations g on g.id = t.corrects_generation_id
          join bounds b on b.organization_id = g.organization_id and g.admitted_at >= b.window_start
           and b.subject_id = case b.subject_kind when 'key' then g.key_id when 'workspace' then g.workspace_id else g.organization_id end
         group by 1
      ), odd as (
        select b.*, coalesce(c.charge, 0) as charge, coalesce(r.amount, 0) as corrected
          from bounds b left join charged c on c.id = b.id left join corrected r on r.id = b.id
         where b.used <> coalesce(c.charge, 0) - coalesce(r.amount, 0)
      )
      select format('%s of %s %s: used %s; its generations were charged %s less %s, of which the limit may not know %s', o.id, o.subject_kind,
               o.subject_id, o.used, o.charge, o.corrected, unaware.charge) as difference
        from odd o, lateral (
          select coalesce(sum(g.charge), 0) as charge from generations g
           where g.organization_id = o.organization_id and g.admitted_at >= o.window_start and g.admitted_at < o.aware_at
             and g.posted_at >= o.created_at - interval '1 minute'
             and o.subject_id = case o.subject_kind when 'key' then g.key_id when 'workspace' then g.workspace_id else g.organization_id end
        ) unaware
       where o.used > o.charge - o.corrected or o.used < o.charge - o.corrected - unaware.charge`,
  },
  {
    name: "what is leased of every allowance is what gateways hold of it",
    query: sql`
      with held as (select allowance_id, window_start, sum(amount) as amount from leases group by 1, 2)
      select format('allowance %s, window %s: %s leased, gateways hold %s', coalesce(u.allowance_id, h.allowance_id),
               coalesce(u.window_start, h.window_start), coalesce(u.leased, 0), coalesce(h.amount, 0)) as difference
        from allowance_uses u full join held h on h.allowance_id = u.allowance_id and h.window_start = u.window_start
       where coalesce(u.leased, 0) <> coalesce(h.amount, 0)`,
  },
  {
    name: "only living gateways hold leases",
    query: sql`
      select format('gateway %s (%s, %s) holds %s of allowance %s, window %s', l.gateway_id, coalesce(g.name, 'unknown'),
               coalesce(g.state, 'unknown'), l.amount, l.allowance_id, l.window_start) as difference
        from leases l left join gateways g on g.id = l.gateway_id
       where l.amount <> 0 and g.state is distinct from 'living'`,
  },
  {
    name: "the hourly roll-ups hold what the generations hold",
    query: sql`
      with detail as (
        select organization_id, key_id, date_trunc('hour', admitted_at, 'UTC') as hour, count(*) as requests, sum(charge) as charge, sum(cost) as cost
          from generations group by 1, 2, 3
      ), hours as (
        select organization_id, key_id, hour, sum(requests) as requests, sum(charge) as charge, sum(cost) as cost
          from usage_hours group by 1, 2, 3
      )
      select format('organization %s, %s, hour %s: roll-up %s requests, charge %s, cost %s; generations %s, %s, %s',
               coalesce(d.organization_id, h.organization_id), coalesce(d.key_id, h.key_id), coalesce(d.hour, h.hour),
               coalesce(h.requests, 0), coalesce(h.charge, 0), coalesce(h.cost, 0),
               coalesce(d.requests, 0), coalesce(d.charge, 0), coalesce(d.cost, 0)) as difference
        from detail d full join hours h on h.organization_id = d.organization_id and h.key_id = d.key_id and h.hour = d.hour
       where (h.requests, h.charge, h.cost) is distinct from (d.requests, d.charge, d.cost)`,
  },
];

/** Runs every check in one snapshot of the database. Zero differences everywhere is what the books promise. */
export async function reconcile(db: Database): Promise<{ checks: Check[] }> {
  return db.transaction(
    async (tx) => {
      const done: Check[] = [];
      for (const { name, query } of checks) {
        const rows = await tx.execute<{ difference: string }>(query);
        const differences = rows.slice(0, differencesMax).map((row) => row.difference);
        if (rows.length > differencesMax)
          differences.push(`and ${rows.length - differencesMax} more`);
        done.push({ name, differences });
      }
      return { checks: done };
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}
