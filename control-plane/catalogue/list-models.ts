import { and, asc, eq, gt, inArray } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { endpoints, models, providers } from "#schema/tables/catalogue.ts";
import type { ModelRow } from "./find-model.ts";

export type EndpointRow = typeof endpoints.$inferSelect & { provider: string };
/** A model with its endpoints; `provider` is the provider's slug. */
export type ModelWithEndpoints = ModelRow & { endpoints: EndpointRow[] };

/** Models by id, after the id `after`; `next` is the `after` of the next page, or null on the last. */
export async function listModels(
  tx: Transaction,
  input: { limit: number; after: string | null; includeDisabled: boolean },
): Promise<{ rows: ModelWithEndpoints[]; next: string | null }> {
  const found = await tx
    .select()
    .from(models)
    .where(
      and(
        input.after === null ? undefined : gt(models.id, input.after),
        input.includeDisabled ? undefined : eq(models.status, "active"),
      ),
    )
    .orderBy(asc(models.id))
    .limit(input.limit + 1);
  const shown = found.slice(0, input.limit);
  if (shown.length === 0) return { rows: [], next: null };
  const ofShown = await tx
    .select({ endpoint: endpoints, provider: providers.slug })
    .from(endpoints)
    .innerJoin(providers, eq(providers.id, endpoints.providerId))
    .where(
      inArray(
        endpoints.modelId,
        shown.map((model) => model.id),
      ),
    )
    .orderBy(asc(providers.slug), asc(endpoints.upstreamModel));
  return {
    rows: shown.map((model) => ({
      ...model,
      endpoints: ofShown
        .filter((row) => row.endpoint.modelId === model.id)
        .map((row) => ({ ...row.endpoint, provider: row.provider })),
    })),
    next: found.length > input.limit ? (shown.at(-1)?.id ?? null) : null,
  };
}
