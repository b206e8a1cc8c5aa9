import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { AccountId, KeyId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";

export const usageColumns = ["model", "key"] as const;
export type UsageBy = (typeof usageColumns)[number];

/** What was charged, and given back of charges, on one UTC day for one model or key. */
export type StatementUsage = {
  /** `2026-11-25`: the day of booking, as in the statement. */
  day: string;
  model: string | null;
  key: { id: KeyId; name: string | null } | null;
  generations: number;
  charged: Picodollars;
  givenBack: Picodollars;
};

/**
 * What usage and its corrections in a range of an account's versions are made of, by day and by model, key or both. The
 * sums of all rows are the statement's totals of usage and of corrections of usage, to the picodollar: both are the
 * generations that those transfers name.
 * @param page `after` is how many rows came before: rows are few, and a period that is over does not change.
 */
export async function listStatementUsage(
  tx: Transaction,
  page: {
    account: AccountId;
    above: number;
    through: number;
    by: readonly UsageBy[];
    limit: number;
    after: number;
  },
): Promise<{ rows: StatementUsage[]; next: number | null }> {
  const model = page.by.includes("model") ? sql`g.model_id` : sql`null::text`;
  const key = page.by.includes("key") ? sql`g.key_id` : sql`null::text`;
  const rows = await tx.execute<{
    day: string;
    model: string | null;
    key: KeyId | null;
    key_name: string | null;
    generations: string;
    charged: string;
    given_back: string;
  }>(sql`
    with moved as (
      select t.id, t.kind, t.amount, t.corrects_generation_id, to_char(e.created_at at time zone 'UTC', 'YYYY-MM-DD') as day
        from entries e join transfers t on t.id = e.transfer_id
       where e.account_id = ${page.account} and e.account_version > ${page.above}::bigint and e.account_version <= ${page.through}::bigint
         and (t.kind = 'usage' or t.corrects_generation_id is not null)
    ), parts as (
      select m.day, ${model} as model, ${key} as key, count(*) as generations, sum(g.charge) as charged, 0::numeric as given_back
        from moved m join generations g on g.charge_transfer_id = m.id where m.kind = 'usage' group by 1, 2, 3
      union all
      select m.day, ${model}, ${key}, 0, 0, sum(m.amount)
        from moved m join generations g on g.id = m.corrects_generation_id group by 1, 2, 3
    )
    select day, model, key, (select name from keys where id = key) as key_name, sum(generations)::text as generations,
           sum(charged)::text as charged, sum(given_back)::text as given_back
      from parts group by 1, 2, 3
     order by day, sum(charged) desc, model, key limit ${page.limit + 1} offset ${page.after}`);
  const shown = rows.slice(0, page.limit).map((row) => ({
    day: row.day,
    model: row.model,
    key: row.key === null ? null : { id: row.key, name: row.key_name },
    generations: +row.generations,
    charged: picodollars(BigInt(row.charged)),
    givenBack: picodollars(BigInt(row.given_back)),
  }));
  return { rows: shown, next: rows.length > page.limit ? page.after + page.limit : null };
}
