import { and, asc, eq, gt } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { credentials, providers } from "#schema/tables/catalogue.ts";

/** A credential as it may be shown: never the key. `provider` is the provider's slug. */
export type Credential = Omit<typeof credentials.$inferSelect, "sealedKey"> & { provider: string };

/** An organization's own credentials by provider, removed ones among them; `next` is the `after` of the next page. */
export async function listCredentials(
  tx: Transaction,
  input: { organizationId: OrganizationId; limit: number; after: string | null },
): Promise<{ rows: Credential[]; next: string | null }> {
  const found = await tx
    .select({
      id: credentials.id,
      organizationId: credentials.organizationId,
      providerId: credentials.providerId,
      provider: providers.slug,
      name: credentials.name,
      label: credentials.label,
      origin: credentials.origin,
      status: credentials.status,
      createdAt: credentials.createdAt,
      updatedAt: credentials.updatedAt,
    })
    .from(credentials)
    .innerJoin(providers, eq(providers.id, credentials.providerId))
    .where(
      and(
        eq(credentials.organizationId, input.organizationId),
        input.after === null ? undefined : gt(providers.slug, input.after),
      ),
    )
    .orderBy(asc(providers.slug))
    .limit(input.limit + 1);
  const rows = found.slice(0, input.limit);
  return { rows, next: found.length > input.limit ? (rows.at(-1)?.provider ?? null) : null };
}
