/** The facts we ship, put into the database: providers that have a key, and what of theirs is not there yet. */
import { and, eq, inArray, isNull } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { endpoints, models, prices, providers } from "#schema/tables/catalogue.ts";
import {
  applyConfiguration,
  type Applied,
  type ApplyContext,
} from "../configuration/apply-configuration.ts";
import { configurationSchema, type WrittenModel } from "../configuration/configuration.ts";
import { shippedModels } from "./models.ts";
import { shippedProviders, type ShippedProvider } from "./providers.ts";

/** Who published a price list that came with the product: one of these may be replaced by a newer one of ours. */
export const shippedBy = "shipped catalogue";

/** The providers whose key is in the environment. An empty variable is none. */
export function connectableProviders(
  environment: Record<string, string | undefined>,
): ShippedProvider[] {
  return shippedProviders.filter(({ keyVariable }) => environment[keyVariable]?.trim());
}

/**
 * Connects providers with the models that we know of them. What an operator changed since stays: a model that is there
 * is not rewritten, and a price list is only replaced when it came from here.
 */
export async function seedCatalogue(
  tx: Transaction,
  connected: readonly ShippedProvider[],
  context: ApplyContext,
): Promise<Applied> {
  const known = await tx
    .select({
      slug: providers.slug,
      baseUrl: providers.baseUrl,
      name: providers.name,
      flags: providers.flags,
    })
    .from(providers);
  const wanted = shippedModels
    .map((model) => ({
      ...model,
      endpoints: (model.endpoints ?? [])
        .filter(({ provider }) => connected.some(({ slug }) => slug === provider))
        // A list price is what the provider asks of us; charging the same is the honest default.
        .map((endpoint) => ({ ...endpoint, cost: endpoint.charge })),
    }))
    .filter((model) => model.endpoints.length > 0);
  const configuration = configurationSchema.parse({
    providers: connected.map((provider) => {
      const present = known.find(({ slug }) => slug === provider.slug);
      return {
        slug: provider.slug,
        name: present?.name ?? provider.name,
        protocol: "openai-chat",
        base_url: present?.baseUrl ?? provider.baseUrl,
        flags: present?.flags ?? provider.flags,
        key_env: provider.keyVariable,
      };
    }),
    models: await withoutWhatOthersSet(tx, wanted),
  });
  return applyConfiguration(tx, configuration, { ...context, actor: shippedBy });
}

async function withoutWhatOthersSet(
  tx: Transaction,
  wanted: readonly WrittenModel[],
): Promise<unknown[]> {
  if (wanted.length === 0) return [];
  const ids = wanted.map(({ id }) => id);
  const present = await tx.select().from(models).where(inArray(models.id, ids));
  const published = await tx
    .selectDistinct({
      modelId: endpoints.modelId,
      provider: providers.slug,
      upstreamModel: endpoints.upstreamModel,
      by: prices.publishedBy,
    })
    .from(endpoints)
    .innerJoin(providers, eq(providers.id, endpoints.providerId))
    // A customer's own list says nothing about the general one.
    .leftJoin(prices, and(eq(prices.endpointId, endpoints.id), isNull(prices.organizationId)))
    .where(inArray(endpoints.modelId, ids));
  return wanted.map((model) => {
    const row = present.find(({ id }) => id === model.id);
    return {
      ...(row === undefined ? model : asItIs(row)),
      endpoints: (model.endpoints ?? []).filter((endpoint) =>
        published
          .filter(
            (each) =>
              each.modelId === model.id &&
              each.provider === endpoint.provider &&
              each.upstreamModel === endpoint.upstream_model,
          )
          .every(({ by }) => by === shippedBy),
      ),
    };
  });
}

function asItIs(model: typeof models.$inferSelect) {
  return {
    id: model.id,
    name: model.name,
    description: model.description,
    context_length: model.contextLength,
    ...(model.maxOutputTokens === null ? {} : { max_output_tokens: model.maxOutputTokens }),
    input_modalities: model.inputModalities,
    output_modalities: model.outputModalities,
    supported_parameters: model.supportedParameters,
  };
}
