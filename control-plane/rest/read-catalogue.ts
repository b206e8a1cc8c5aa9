import { and, asc, desc, eq, inArray, lte, sql } from "drizzle-orm";
import type { Database } from "#schema/database.ts";
import type { EndpointId } from "#schema/ids.ts";
import { isComplete, unitPrice, type Price } from "#schema/money/price.ts";
import { endpoints, models, priceLines, prices, providers } from "#schema/tables/catalogue.ts";

export type Model = typeof models.$inferSelect;
export type Provider = typeof providers.$inferSelect;
export type Endpoint = typeof endpoints.$inferSelect;
/** A model at a provider with the price list that is in force. */
export type Offer = { endpoint: Endpoint; provider: Provider; price: Price };
/** A model that can be called: it has at least one offer. The cheapest comes first. */
export type CatalogueModel = { model: Model; offers: readonly Offer[] };
export type Catalogue = {
  /** The newest first. */
  models: readonly CatalogueModel[];
  byId: ReadonlyMap<string, CatalogueModel>;
  providers: readonly Provider[];
};

/**
 * The catalogue as clients may see it. It is public and asked often, so what was read is kept until a change is
 * recorded or a published price comes into force; one small statement per question says whether it was.
 */
export function catalogueReader(db: Database, now: () => Date): () => Promise<Catalogue> {
  let kept: { state: string; catalogue: Promise<Catalogue> } | null = null;
  return async () => {
    const at = now();
    const [found] = await db.execute<{ state: string }>(sql`
      select (select coalesce(max(sequence), 0) from changes) || '/' ||
             (select count(*) from prices where effective_at <= ${at.toISOString()}::timestamptz) as state`);
    const state = found?.state ?? "";
    if (kept?.state !== state) {
      const reading = { state, catalogue: readCatalogue(db, at) };
      reading.catalogue.catch(() => {
        if (kept === reading) kept = null; // the next question reads again
      });
      kept = reading;
    }
    return kept.catalogue;
  };
}

async function readCatalogue(db: Database, at: Date): Promise<Catalogue> {
  const active = await db
    .select()
    .from(providers)
    .where(eq(providers.status, "active"))
    .orderBy(asc(providers.name), asc(providers.slug));
  const rows = await db
    .select({ model: models, endpoint: endpoints, provider: providers })
    .from(endpoints)
    .innerJoin(models, eq(models.id, endpoints.modelId))
    .innerJoin(providers, eq(providers.id, endpoints.providerId))
    .where(
      and(
        eq(models.status, "active"),
        eq(endpoints.status, "active"),
        eq(providers.status, "active"),
      ),
    )
    .orderBy(desc(models.createdAt), asc(models.id), asc(endpoints.createdAt), asc(endpoints.id));
  const priceOf = await readPrices(db, at);
  const byId = new Map<string, CatalogueModel>();
  for (const { model, endpoint, provider } of rows) {
    const price = priceOf.get(endpoint.id);
    if (!price || !isComplete(price)) continue; // cannot be billed, so it is not called
    const offer: Offer = { endpoint, provider, price };
    const known = byId.get(model.id);
    byId.set(model.id, { model, offers: [...(known?.offers ?? []), offer].toSorted(byPrice) });
  }
  return { models: [...byId.values()], byId, providers: active };
}

/** The charge list in force of every endpoint: the newest effective, and of two at one instant the later published. */
async function readPrices(db: Database, at: Date): Promise<Map<EndpointId, Price>> {
  const inForce = await db
    .selectDistinctOn([prices.endpointId], { id: prices.id, endpointId: prices.endpointId })
    .from(prices)
    .where(and(eq(prices.side, "charge"), lte(prices.effectiveAt, at)))
    .orderBy(
      prices.endpointId,
      desc(prices.effectiveAt),
      desc(prices.publishedAt),
      desc(prices.id),
    );
  const lines =
    inForce.length === 0
      ? []
      : await db
          .select()
          .from(priceLines)
          .where(
            inArray(
              priceLines.priceId,
              inForce.map((price) => price.id),
            ),
          );
  const linesOf = Map.groupBy(lines, (line) => line.priceId);
  return new Map(
    inForce.map(({ id, endpointId }) => [endpointId, { id, lines: linesOf.get(id) ?? [] }]),
  );
}

/** What a million tokens each way would cost decides; the older endpoint wins a tie. */
function byPrice(one: Offer, other: Offer): number {
  const difference = perTokenBothWays(one.price) - perTokenBothWays(other.price);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const perTokenBothWays = (price: Price): bigint =>
  (unitPrice(price, "input", 0n) ?? 0n) + (unitPrice(price, "output", 0n) ?? 0n);
