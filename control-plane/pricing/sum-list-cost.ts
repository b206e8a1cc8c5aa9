import { inArray, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { uuidFloor, type PriceId, type ProviderId } from "#schema/ids.ts";
import { meters, promptMeters, type Meter } from "#schema/meters.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import { atInstant, unitPrice, type Price, type PriceLine } from "#schema/money/price.ts";
import { priceLines } from "#schema/tables/catalogue.ts";
import { windowEnd } from "#schema/windows.ts";

/**
 * What a provider's list cost of a UTC month comes to before any discount, exactly. A net cost does not tell the list cost
 * it was rounded up from, so it is worked out anew: Postgres adds up units by cost list, service tier, hour and length of
 * the prompt, within which every unit of a meter has one price; the prices are taken by the rule that every charge is.
 *
 * Counted are generations that were admitted in the month, at their admission, and that cost us something: calls on an
 * organization's own credential are not ours. One pass over the month's generations, so it is asked only when
 * `estimateListCost` cannot rule a change out.
 */
export async function sumListCost(
  tx: Transaction,
  providerId: ProviderId,
  month: Date,
): Promise<Picodollars> {
  const end = windowEnd("month", month) ?? month;
  const promptTokens = sql.raw(promptMeters.map((meter) => `g.${meter}`).join(" + "));
  const units = sql.raw(meters.map((meter) => `sum(g.${meter})::text as ${meter}`).join(", "));
  const groups = await tx.execute<Group>(sql`
    with lists as (
      select p.id, bool_or(l.hours <> '') as hourly,
        coalesce(array_agg(distinct l.above_input_tokens) filter (where l.above_input_tokens > 0), '{}') as edges
      from prices p join endpoints e on e.id = p.endpoint_id join price_lines l on l.price_id = p.id
      where e.provider_id = ${providerId} and p.side = 'cost' group by p.id
    )
    select g.cost_price_id as price, coalesce(g.service_tier, '') as tier, min(${promptTokens})::text as prompt,
      case when lists.hourly then floor(extract(epoch from g.admitted_at) / 60)::bigint % ${minutesOfWeek} else 0 end as minute,
      (select count(*) from unnest(lists.edges) edge where edge < ${promptTokens}) as passed, ${units}
    from generations g join lists on lists.id = g.cost_price_id
    left join discount_steps s on s.id = g.cost_step_id
    where g.id >= ${uuidFloor(month.getTime())}::uuid and g.id < ${uuidFloor(end.getTime())}::uuid
      and not g.own_key and (g.cost > 0 or s.basis_points = 10000)
    group by 1, 2, 4, 5`);
  const prices = await readPrices(tx, [...new Set([...groups].map((group) => group.price))]);
  let total = 0n;
  for (const group of groups) {
    const price = prices.get(group.price);
    if (!price) continue;
    // Weeks repeat, so a minute of the week may stand for any like it.
    const then = atInstant(price, Number(group.minute) * minuteMs);
    for (const meter of meters) {
      const perUnit = unitPrice(then, meter, BigInt(group.prompt), group.tier);
      total += (perUnit ?? 0n) * BigInt(group[meter]);
    }
  }
  return picodollars(total);
}

type Group = { price: PriceId; tier: string; prompt: string; minute: string } & Record<
  Meter,
  string
>;

const minuteMs = 60_000;
/** 1 January 1970 was a Thursday at midnight, and so is every multiple of this after it. */
const minutesOfWeek = 7 * 24 * 60;

async function readPrices(tx: Transaction, ids: PriceId[]): Promise<Map<PriceId, Price>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.select().from(priceLines).where(inArray(priceLines.priceId, ids));
  const prices = new Map<PriceId, Price & { lines: PriceLine[] }>();
  for (const row of rows) {
    const price = prices.get(row.priceId) ?? { id: row.priceId, lines: [] };
    prices.set(row.priceId, price);
    price.lines.push(row);
  }
  return prices;
}
