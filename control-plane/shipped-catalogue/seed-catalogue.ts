/** The facts we ship, put into the database: providers that have a key, and what of theirs is not there yet. */
import type { Transaction } from "#schema/database.ts";
import { providers } from "#schema/tables/catalogue.ts";
import {
  applyConfiguration,
  type Applied,
  type ApplyContext,
} from "../configuration/apply-configuration.ts";
import { configurationSchema } from "../configuration/configuration.ts";
import { shippedProviders, type ShippedProvider } from "./providers.ts";
import { seedModels, shippedBy } from "./seed-models.ts";

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
  });
  const applied = await applyConfiguration(tx, configuration, { ...context, actor: shippedBy });
  const ofProvider = new Map(
    (await tx.select().from(providers)).map((provider) => [provider.slug, provider]),
  );
  // Loaded when there is something to seed: it is large, and an offline start needs none of it.
  const { shippedModels } = await import("./models.ts");
  const wanted = shippedModels
    .map((model) => ({
      ...model,
      endpoints: (model.endpoints ?? [])
        .filter(({ provider }) => connected.some(({ slug }) => slug === provider))
        // A list price is what the provider asks of us; charging the same is the honest default.
        .map((endpoint) => ({ ...endpoint, cost: endpoint.charge })),
    }))
    .filter((model) => model.endpoints.length > 0);
  const sequence = await seedModels(tx, configurationSchema.parse({ models: wanted }).models, {
    providers: ofProvider,
    now: context.now,
  });
  return { ...applied, sequence: sequence ?? applied.sequence };
}
