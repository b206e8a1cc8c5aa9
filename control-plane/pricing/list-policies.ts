import { and, eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { OrganizationId, PolicyId, ProviderId } from "#schema/ids.ts";
import { pricingPolicies, providers } from "#schema/tables/catalogue.ts";
import { organizations } from "#schema/tables/organizations.ts";

export type ListedPolicy = typeof pricingPolicies.$inferSelect & {
  /** Slugs; null for everyone, every provider. */
  organization: string | null;
  provider: string | null;
  state: "in force" | "scheduled" | "past";
};

/**
 * Policies, the newest first; `next` is the `after` of the next page, or null on the last.
 * @param input history those that are past too; organizationId, providerId, modelId only policies that name these.
 */
export async function listPolicies(
  tx: Transaction,
  input: {
    organizationId?: OrganizationId | undefined;
    providerId?: ProviderId | undefined;
    modelId?: string | undefined;
    history: boolean;
    limit: number;
    after: string | null;
    now: Date;
  },
): Promise<{ rows: ListedPolicy[]; next: PolicyId | null }> {
  const at = sql`${input.now.toISOString()}::timestamptz`;
  const { id, organizationId, providerId, modelId, kind, effectiveAt, publishedAt } =
    pricingPolicies;
  const state = sql<ListedPolicy["state"]>`case when ${effectiveAt} > ${at} then 'scheduled'
    when exists (select from pricing_policies later where later.effective_at <= ${at}
      and later.organization_id is not distinct from ${organizationId}
      and later.provider_id is not distinct from ${providerId} and later.model_id is not distinct from ${modelId}
      and (later.kind = 'own_key_fee') = (${kind} = 'own_key_fee')
      and (later.effective_at, later.published_at, later.id) > (${effectiveAt}, ${publishedAt}, ${id})) then 'past'
    else 'in force' end`;
  const found = await tx
    .select({
      policy: pricingPolicies,
      organization: organizations.slug,
      provider: providers.slug,
      state,
    })
    .from(pricingPolicies)
    .leftJoin(organizations, eq(organizations.id, organizationId))
    .leftJoin(providers, eq(providers.id, providerId))
    .where(
      and(
        input.organizationId && eq(organizationId, input.organizationId),
        input.providerId && eq(providerId, input.providerId),
        input.modelId === undefined ? undefined : eq(modelId, input.modelId),
        input.history ? undefined : sql`${state} <> 'past'`,
        input.after === null
          ? undefined
          : sql`(${effectiveAt}, ${publishedAt}, ${id}) < (select effective_at, published_at, id from pricing_policies where id = ${input.after})`,
      ),
    )
    .orderBy(sql`${effectiveAt} desc, ${publishedAt} desc, ${id} desc`)
    .limit(input.limit + 1);
  const rows = found.slice(0, input.limit).map(({ policy, ...about }) => ({ ...policy, ...about }));
  return { rows, next: found.length > input.limit ? (rows.at(-1)?.id ?? null) : null };
}
