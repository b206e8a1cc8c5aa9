import { inArray } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { providers } from "#schema/tables/catalogue.ts";

/** Display names by slug; a provider that is gone keeps its slug. */
export async function providerNames(
  tx: Transaction,
  slugs: readonly string[],
): Promise<(slug: string) => string> {
  if (slugs.length === 0) return (slug) => slug;
  const rows = await tx
    .select({ slug: providers.slug, name: providers.name })
    .from(providers)
    .where(inArray(providers.slug, [...new Set(slugs)]));
  const names = new Map(rows.map(({ slug, name }) => [slug, name]));
  return (slug) => names.get(slug) ?? slug;
}
