import { sql } from "drizzle-orm";
import type { Database } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { rateTiers } from "#schema/tables/allowances.ts";
import { purchasedOf } from "../credits/read-purchased.ts";
import { commit } from "../run-command.ts";
import { applyRateTier } from "./apply-rate-tier.ts";
import { tierBounds, type TierBound } from "./tier-bounds.ts";

const pageRows = 1_000;
// Few enough that nobody waits long for the rows that a batch locks.
const batchRows = 50;

/**
 * Puts every organization into its rate tier: looks for those that are bounded otherwise, a page at a time, and applies
 * their tier in batches, a transaction each. To repeat it changes nothing, and what an end in between leaves over the next
 * run does.
 * @returns how many organizations are bounded otherwise now, and the last change that gateways must hear of.
 */
export async function applyRateTiers(
  db: Database,
): Promise<{ changed: number; sequence: number | null }> {
  let changed = 0;
  let sequence: number | null = null;
  for (let after: string | null = ""; after !== null;) {
    const page: Page = await readPage(db, after);
    for (let from = 0; from < page.outdated.length; from += batchRows) {
      const batch = await applyBatch(db, page.outdated.slice(from, from + batchRows));
      changed += batch.changed;
      sequence = batch.sequence ?? sequence;
    }
    after = page.next;
  }
  return { changed, sequence };
}

type Page = { outdated: OrganizationId[]; next: string | null };

/** Organizations after an id whose allowances of origin `tier` are not what their tier says. */
async function readPage(db: Database, after: string): Promise<Page> {
  const rows = await db.execute<{ id: OrganizationId; outdated: boolean }>(sql`
    with page as (select id from organizations where id > ${after} order by id limit ${pageRows})
    select page.id, exists (
        select from (values ${wanted}) as w(unit, window_kind, scope, limit_amount)
          left join allowances a on a.subject_kind = 'organization' and a.subject_id = page.id
           and a.unit = w.unit and a.window_kind = w.window_kind and a.scope = w.scope
         where coalesce(a.origin, 'tier') = 'tier' and a.limit_amount is distinct from w.limit_amount
      ) as outdated
      from page
      left join lateral (
        select * from rate_tiers r where r.purchased_min <= greatest(${purchasedOf(sql`page.id`)}, 0)
         order by r.purchased_min desc limit 1
      ) tier on true
     order by page.id`);
  return {
    outdated: [...rows].filter(({ outdated }) => outdated).map(({ id }) => id),
    next: rows.length < pageRows ? null : (rows.at(-1)?.id ?? null),
  };
}

/** One row a bound: which allowance it is, and what the tier says of it. */
const wanted = sql.join(
  (Object.keys(tierBounds) as TierBound[]).map((bound) => {
    const { unit, window, scope } = tierBounds[bound];
    const column = sql.identifier(rateTiers[bound].name);
    return sql`(${unit}::text, ${window}::text, ${scope}::text, tier.${column}::numeric)`;
  }),
  sql`, `,
);

function applyBatch(
  db: Database,
  organizations: readonly OrganizationId[],
): Promise<{ changed: number; sequence: number | null }> {
  return commit(db, async (tx) => {
    const changed: OrganizationId[] = [];
    for (const id of organizations) if ((await applyRateTier(tx, id)).changed) changed.push(id);
    let sequence: number | null = null;
    for (const id of changed) sequence = await recordChange(tx, "organization", id);
    return { changed: changed.length, sequence };
  });
}
