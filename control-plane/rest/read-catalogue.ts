import { and, asc, desc, eq, sql } from "drizzle-orm";
import type { Database } from "#schema/database.ts";
import { termsAt } from "#schema/money/in-force.ts";
import { atInstant, isComplete, unitPrice, type Price } from "#schema/money/price.ts";
import { endpoints, models, providers } from "#schema/tables/catalogue.ts";
import { readPriceLists } from "../catalogue/read-price-lists.ts";
import { readPolicies } from "../pricing/read-policies.ts";
import { readSteps } from "../pricing/read-steps.ts";

export type Model = typeof models.$inferSelect;
export type Provider = typeof providers.$inferSelect;
export type Endpoint = typeof endpoints.$inferSelect;
/**
 * A model at a provider with what it is charged at now to whoever has no terms of their own, and the list that this is of,
 * with what holds at other hours.
 */
export type Offer = { endpoint: Endpoint; provider: Provider; price: Price; list: Price };
/** A model that can be called: it has at least one offer. The cheapest comes first. */
export type CatalogueModel = {
  model: Model;
  offers: readonly Offer[];
  /** Whose other name this is. */
  aliasOf?: { id: string; name: string };
};
export type Catalogue = {
  /** The newest first. */
  models: readonly CatalogueModel[];
  byId: ReadonlyMap<string, CatalogueModel>;
  providers: readonly Provider[];
};

/**
 * The catalogue as clients may see it. It is public and asked often, so what was read is kept until a change is
 * recorded or something dated begins or ends; one small statement per question says whether it was.
 */
export function catalogueReader(db: Database, now: () => Date): () => Promise<Catalogue> {
  let kept: { state: string; catalogue: Promise<Catalogue> } | null = null;
  return async () => {
    const at = now();
    const [found] = await db.execute<{ state: string }>(sql`
      select (select coalesce(max(sequence), 0) from changes) || '/' ||
             (select count(*) + count(*) filter (where expires_at <= now.at) from prices where effective_at <= now.at) || '/' ||
             (select count(*) from pricing_policies where effective_at <= now.at) || '/' ||
             (select count(*) from discount_steps where effective_at <= now.at) || '/' ||
             (select case when exists (select from price_lines where hours <> '') then date_trunc('minute', now.at)::text else '' end) as state
      from (select ${at.toISOString()}::timestamptz as at) now`);
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
  const lists = Map.groupBy(
    await readPriceLists(db, { organizationId: null, from: at }),
    (list) => `${list.side} ${list.endpointId}`,
  );
  const policies = await readPolicies(db);
  const steps = await readSteps(db);
  const byId = new Map<string, CatalogueModel>();
  for (const { model, endpoint, provider } of rows) {
    const { charge } = termsAt(
      {
        organizationLists: [],
        chargeLists: lists.get(`charge ${endpoint.id}`) ?? [],
        costLists: lists.get(`cost ${endpoint.id}`) ?? [],
        policies,
        steps,
      },
      { organizationId: "", providerId: provider.id, modelId: model.id }, // the catalogue is public
      at.getTime(),
    );
    const price = charge && atInstant(charge, at.getTime());
    if (!price || !isComplete(price)) continue; // cannot be billed, so it is not called
    const offer: Offer = { endpoint, provider, price, list: charge };
    const known = byId.get(model.id);
    byId.set(model.id, { model, offers: [...(known?.offers ?? []), offer].toSorted(byPrice) });
  }
  const listed = [...byId.values()].flatMap((one) => [one, ...aliasesOf(one)]);
  for (const one of listed) if (!byId.has(one.model.id)) byId.set(one.model.id, one);
  // Of two models that claim an alias the newer has it, and they come newest first.
  return {
    models: listed.filter((one) => byId.get(one.model.id) === one),
    byId,
    providers: active,
  };
}

/** The model under its other names, such as `~author/family-latest`. */
function aliasesOf({ model, offers }: CatalogueModel): CatalogueModel[] {
  const { aliases } = model.details;
  const names = Array.isArray(aliases) ? aliases.filter((name) => typeof name === "string") : [];
  return names.map((id) => ({
    model: { ...model, id, name: `${model.name} (latest)` },
    offers,
    aliasOf: { id: model.id, name: model.name },
  }));
}

/** What a million tokens each way would cost decides; the older endpoint wins a tie. */
function byPrice(one: Offer, other: Offer): number {
  const difference = perTokenBothWays(one.price) - perTokenBothWays(other.price);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const perTokenBothWays = (price: Price): bigint =>
  (unitPrice(price, "input", 0n) ?? 0n) + (unitPrice(price, "output", 0n) ?? 0n);
