import { and, asc, eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { endpoints, providers } from "#schema/tables/catalogue.ts";
import { unpricedUsage } from "#schema/tables/generations.ts";

export type UnpricedUsage = typeof unpricedUsage.$inferSelect & {
  model: string;
  provider: string;
  upstreamModel: string;
};

/**
 * Usage that no charge list priced, by endpoint and meter; its endpoints are not asked until a list does. `next` is the
 * `after` of the next page.
 */
export async function listUnpriced(
  tx: Transaction,
  page: { limit: number; after: string | null },
): Promise<{ rows: UnpricedUsage[]; next: string | null }> {
  const key = sql<string>`${unpricedUsage.endpointId} || ' ' || ${unpricedUsage.meter}`;
  const found = await tx
    .select({
      row: unpricedUsage,
      model: endpoints.modelId,
      provider: providers.slug,
      upstreamModel: endpoints.upstreamModel,
    })
    .from(unpricedUsage)
    .innerJoin(endpoints, eq(endpoints.id, unpricedUsage.endpointId))
    .innerJoin(providers, eq(providers.id, endpoints.providerId))
    .where(and(page.after === null ? undefined : sql`${key} collate "C" > ${page.after}`))
    .orderBy(asc(sql`${key} collate "C"`))
    .limit(page.limit + 1);
  const rows = found.slice(0, page.limit).map(({ row, ...names }) => ({ ...row, ...names }));
  const last = rows.at(-1);
  return {
    rows,
    next: found.length > page.limit && last ? `${last.endpointId} ${last.meter}` : null,
  };
}
