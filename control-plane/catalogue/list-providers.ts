import { asc, gt, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { providerKeys, providers } from "#schema/tables/catalogue.ts";
import type { ProviderRow } from "./find-provider.ts";

/** A provider as it may be shown: how many keys it has, never a key. */
export type Provider = ProviderRow & { keys: number };

/** Providers by slug, after the slug `after`; `next` is the `after` of the next page, or null on the last. */
export async function listProviders(
  tx: Transaction,
  page: { limit: number; after: string | null },
): Promise<{ rows: Provider[]; next: string | null }> {
  const rows = await tx
    .select({
      id: providers.id,
      slug: providers.slug,
      name: providers.name,
      protocol: providers.protocol,
      baseUrl: providers.baseUrl,
      allowPrivateNetwork: providers.allowPrivateNetwork,
      keys: sql<number>`(select count(*)::int from ${providerKeys} k where k.provider_id = ${providers}.id)`,
      flags: providers.flags,
      status: providers.status,
      createdAt: providers.createdAt,
      updatedAt: providers.updatedAt,
    })
    .from(providers)
    .where(page.after === null ? undefined : gt(providers.slug, page.after))
    .orderBy(asc(providers.slug))
    .limit(page.limit + 1);
  const shown = rows.slice(0, page.limit);
  return { rows: shown, next: rows.length > page.limit ? (shown.at(-1)?.slug ?? null) : null };
}
