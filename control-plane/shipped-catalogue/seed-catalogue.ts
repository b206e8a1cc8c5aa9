/** The facts we ship, put into the database: providers that have a key, and what of theirs is not there yet. */
import type { Transaction } from "#schema/database.ts";
import { providers } from "#schema/tables/catalogue.ts";
import {
  applyConfiguration,
  type Applied,
  type ApplyContext,
} from "../configuration/apply-configuration.ts";
import { configurationSchema } from "../configuration/configuration.ts";
import { CommandError } from "../command-error.ts";
import { fillProvider, keyIn } from "./fill-provider.ts";
import { shippedProviders, type ShippedProvider } from "./providers.ts";
import { seedModels, shippedBy } from "./seed-models.ts";

/** The providers whose key, and all else that their address needs, is in the environment. An empty variable is none. */
export function connectableProviders(
  environment: Record<string, string | undefined>,
): ShippedProvider[] {
  return shippedProviders.filter(
    (provider) =>
      keyIn(provider, environment) !== null && !("missing" in fillProvider(provider, environment)),
  );
}

/** What keeps a provider whose key is in the environment from being connected, a sentence each. */
export function unconnectable(environment: Record<string, string | undefined>): string[] {
  return shippedProviders.flatMap((provider) => {
    const key = keyIn(provider, environment);
    const filled = fillProvider(provider, environment);
    return key === null || !("missing" in filled)
      ? []
      : [
          `${key.variable} is set, but ${provider.name} also needs ${filled.missing.join(" and ")}; the key was not used`,
        ];
  });
}

/**
 * Connects providers with the models that we know of them. What an operator changed since stays: a model that is there
 * is not rewritten, and a price list is only replaced when it came from here.
 * @param options.anew address and flags as we know them, whatever stands there: somebody asked for it.
 */
export async function seedCatalogue(
  tx: Transaction,
  connected: readonly ShippedProvider[],
  context: ApplyContext,
  { anew = false }: { anew?: boolean } = {},
): Promise<Applied> {
  const known = await tx
    .select({
      slug: providers.slug,
      baseUrl: providers.baseUrl,
      protocol: providers.protocol,
      allowPrivateNetwork: providers.allowPrivateNetwork,
      name: providers.name,
      flags: providers.flags,
    })
    .from(providers);
  const configuration = configurationSchema.parse({
    providers: connected.map((provider) => {
      const row = known.find(({ slug }) => slug === provider.slug);
      const present = anew ? undefined : row;
      const filled = fillProvider(provider, context.environment);
      if ("missing" in filled) {
        throw new CommandError(
          "bad_request",
          `${provider.name} also needs ${filled.missing.join(" and ")}`,
        );
      }
      return {
        slug: provider.slug,
        name: row?.name ?? provider.name,
        protocol: present?.protocol ?? provider.protocol,
        base_url: present?.baseUrl ?? filled.baseUrl,
        allow_private_network: present?.allowPrivateNetwork ?? false,
        flags: present?.flags ?? filled.flags,
        key_env: keyIn(provider, context.environment)?.variable ?? provider.keyVariable,
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
