import type { Transaction } from "#schema/database.ts";
import type { Applied, ApplyContext } from "../configuration/apply-configuration.ts";
import { CommandError } from "../command-error.ts";
import { shippedProviders } from "./providers.ts";
import { seedCatalogue } from "./seed-catalogue.ts";

/**
 * Connects one of the providers that we know, with the models that we know of it, as its variable in the environment does
 * at a start; saying it again with another key or setting changes that.
 * @param input.key in clear; without it the one that is there stays.
 * @param input.settings what its address needs, by the names of variables: `{AWS_REGION: "eu-central-1"}`.
 * @throws {CommandError} not_found for a slug that we do not know; bad_request naming what is missing.
 */
export async function connectShippedProvider(
  tx: Transaction,
  input: { slug: string; key?: string | undefined; settings: Readonly<Record<string, string>> },
  context: Omit<ApplyContext, "environment">,
): Promise<Applied> {
  const provider = shippedProviders.find(({ slug }) => slug === input.slug);
  if (!provider) {
    throw new CommandError(
      "not_found",
      `no provider ${JSON.stringify(input.slug.slice(0, 80))} is known here; for one that is not, give its base URL: providers.connect`,
    );
  }
  const allowed = new Set(Object.values(provider.variables).map(({ variable }) => variable));
  const stranger = Object.keys(input.settings).find((variable) => !allowed.has(variable));
  if (stranger !== undefined) {
    throw new CommandError(
      "bad_request",
      `settings: ${provider.name} has no ${stranger.slice(0, 80)}; ${allowed.size === 0 ? "it needs a key and nothing else" : `it has ${[...allowed].join(", ")}`}`,
    );
  }
  const environment = {
    ...input.settings,
    ...(input.key === undefined ? {} : { [provider.keyVariable]: input.key }),
  };
  return seedCatalogue(tx, [provider], { ...context, environment }, { anew: true });
}
