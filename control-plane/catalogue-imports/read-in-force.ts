import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { EndpointId, ProviderId } from "#schema/ids.ts";
import { listAt } from "#schema/money/in-force.ts";
import type { PriceLine } from "#schema/money/price.ts";
import { endpoints, models, providers, type PriceSide } from "#schema/tables/catalogue.ts";
import { readPriceLists } from "../catalogue/read-price-lists.ts";
import type { InForce, PlaceInForce } from "./diff-listing.ts";
import type { KnownModel } from "./match-model.ts";

/** An endpoint with what a change of it needs. */
export type Place = PlaceInForce & { id: EndpointId; providerId: ProviderId };

export type CatalogueInForce = Omit<InForce, "places"> & {
  places: readonly Place[];
  providerIds: ReadonlyMap<string, ProviderId>;
};

/** What holds now: every endpoint with its general lists, and by which names models are known. */
export async function readInForce(tx: Transaction, now: Date): Promise<CatalogueInForce> {
  const connected = await tx
    .select({ id: providers.id, slug: providers.slug })
    .from(providers)
    .where(eq(providers.status, "active"));
  const slugs = new Map(connected.map(({ id, slug }) => [id, slug]));
  const allModels = await tx.select().from(models);
  const modelOf = new Map(allModels.map((model) => [model.id, model]));
  const rows = await tx.select().from(endpoints);
  const lists = Map.groupBy(
    await readPriceLists(tx, { organizationId: null, from: now }),
    ({ side, endpointId }) => `${side} ${endpointId}`,
  );
  const inForce = (side: PriceSide, id: EndpointId): readonly PriceLine[] | null => {
    const list = listAt(lists.get(`${side} ${id}`) ?? [], now.getTime());
    return list && list.lines.length > 0 ? list.lines : null;
  };
  const places = rows.flatMap((row): Place[] => {
    const provider = slugs.get(row.providerId);
    const model = modelOf.get(row.modelId);
    if (provider === undefined || model === undefined) return [];
    return [
      {
        id: row.id,
        providerId: row.providerId,
        provider,
        upstreamModel: row.upstreamModel,
        tag: row.tag,
        model: row.modelId,
        active: row.status === "active",
        contextLength: row.contextLength ?? model.contextLength,
        maxOutputTokens: row.maxOutputTokens ?? model.maxOutputTokens,
        charge: inForce("charge", row.id),
        cost: inForce("cost", row.id),
      },
    ];
  });
  const upstreamNames = Map.groupBy(rows, ({ modelId }) => modelId);
  const known = allModels.map(({ id, details }): KnownModel => {
    const repository = details["hugging_face_id"];
    return {
      id,
      names: [
        ...(typeof repository === "string" ? [repository] : []),
        ...(upstreamNames.get(id) ?? []).map(({ upstreamModel }) => upstreamModel),
      ],
    };
  });
  return {
    providers: new Set(slugs.values()),
    providerIds: new Map(connected.map(({ id, slug }) => [slug, id])),
    places,
    models: known,
  };
}
