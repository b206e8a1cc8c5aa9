/**
 * The way back: what an installation holds, as a config file that changes nothing when it is applied to it again.
 * Secrets stay out: a provider's key becomes the name of an environment variable to set.
 */
import { and, asc, desc, eq, inArray, isNull, lte } from "drizzle-orm";
import { Document, isMap, isScalar, visit } from "yaml";
import type { Transaction } from "#schema/database.ts";
import type { EndpointId } from "#schema/ids.ts";
import { showDollars } from "#schema/money/amount.ts";
import type { PriceLine } from "#schema/money/price.ts";
import {
  endpoints,
  models,
  priceLines,
  prices,
  providers,
  type PriceSide,
} from "#schema/tables/catalogue.ts";
import { keys } from "#schema/tables/keys.ts";
import { transfers } from "#schema/tables/ledger.ts";
import { organizations } from "#schema/tables/organizations.ts";
import { simulatorSlug } from "../shipped-catalogue/simulator.ts";
import { grantKeyOf } from "./apply-configuration.ts";
import { writePriceLines } from "./price-list.ts";

/** What still fits on a line of 120 behind its name. */
const flowCharactersMax = 80;

/** Keys that an installation makes for itself. */
const isBootstrapKey = (name: string): boolean => /^bootstrap( \(replaced\))?$/.test(name);

/**
 * What is in use, as the file would say it. Left out are disabled rows, future prices, the simulator (each start
 * decides on it), revoked and bootstrap keys, and credit that no config file granted: applied to a new installation
 * it would be given a second time.
 */
export async function exportConfiguration(
  tx: Transaction,
  now: Date,
): Promise<Record<string, unknown>> {
  return {
    providers: await exportProviders(tx),
    models: await exportModels(tx, now),
    organizations: await exportOrganizations(tx),
  };
}

/** The same as YAML, or as JSON, which is YAML too. */
export function writeConfiguration(
  configuration: Record<string, unknown>,
  format: "yaml" | "json",
): string {
  if (format === "json") return `${JSON.stringify(configuration, null, 2)}\n`;
  const document = new Document(configuration);
  // Lists of words and price lists read better in one line; all else one below the other.
  visit(document, {
    Seq(_key, list) {
      const words = list.items.filter(isScalar);
      if (words.length === list.items.length && words.join(", ").length <= flowCharactersMax)
        list.flow = true;
    },
    Pair(_key, { key, value }) {
      if (isMap(value) && isScalar(key) && (key.value === "charge" || key.value === "cost"))
        value.flow = true;
    },
  });
  return document.toString({ lineWidth: 120, flowCollectionPadding: false });
}

async function exportProviders(tx: Transaction): Promise<unknown[]> {
  const rows = await tx
    .select()
    .from(providers)
    .where(eq(providers.status, "active"))
    .orderBy(asc(providers.slug));
  return rows
    .filter(({ slug }) => slug !== simulatorSlug)
    .map((provider) => ({
      slug: provider.slug,
      name: provider.name,
      protocol: provider.protocol,
      base_url: provider.baseUrl,
      ...(provider.sealedKey === null ? {} : { key_env: keyVariableOf(provider.slug) }),
      ...(provider.allowPrivateNetwork ? { allow_private_network: true } : {}),
      ...(Object.keys(provider.flags).length === 0 ? {} : { flags: provider.flags }),
    }));
}

/** By convention, the variable that holds a provider's key: `acme-eu` is `ACME_EU_API_KEY`. */
export const keyVariableOf = (slug: string): string =>
  `${slug
    .toUpperCase()
    .replaceAll("-", "_")
    .replace(/^(?=\d)/, "_")}_API_KEY`;

async function exportModels(tx: Transaction, now: Date): Promise<unknown[]> {
  const inUse = await tx
    .select()
    .from(models)
    .where(eq(models.status, "active"))
    .orderBy(asc(models.id));
  const places = await tx
    .select({ endpoint: endpoints, provider: providers.slug })
    .from(endpoints)
    .innerJoin(providers, eq(providers.id, endpoints.providerId))
    .where(and(eq(endpoints.status, "active"), eq(providers.status, "active")))
    .orderBy(asc(providers.slug), asc(endpoints.upstreamModel));
  const lists = await pricesInForce(tx, now);
  return inUse.flatMap((model) => {
    const ofModel = places.filter(({ endpoint, provider }) => {
      // An endpoint that was never priced answers nothing, and the file could not say so.
      return (
        endpoint.modelId === model.id &&
        provider !== simulatorSlug &&
        lists.has(priceKey(endpoint.id, "charge"))
      );
    });
    if (ofModel.length === 0) return [];
    return [
      {
        id: model.id,
        name: model.name,
        ...(model.description === "" ? {} : { description: model.description }),
        context_length: model.contextLength,
        ...(model.maxOutputTokens === null ? {} : { max_output_tokens: model.maxOutputTokens }),
        input_modalities: model.inputModalities,
        output_modalities: model.outputModalities,
        supported_parameters: model.supportedParameters,
        endpoints: ofModel.map(({ endpoint, provider }) => {
          const cost = lists.get(priceKey(endpoint.id, "cost"));
          return {
            provider,
            upstream_model: endpoint.upstreamModel,
            charge: writePriceLines(lists.get(priceKey(endpoint.id, "charge")) ?? []),
            ...(cost === undefined ? {} : { cost: writePriceLines(cost) }),
            ...(endpoint.contextLength === null ? {} : { context_length: endpoint.contextLength }),
            ...(endpoint.maxOutputTokens === null
              ? {}
              : { max_output_tokens: endpoint.maxOutputTokens }),
            ...(endpoint.quantization === null ? {} : { quantization: endpoint.quantization }),
            ...(endpoint.cancellable ? {} : { cancellable: false }),
          };
        }),
      },
    ];
  });
}

const priceKey = (endpointId: EndpointId, side: PriceSide): string => `${side} ${endpointId}`;

/** The lines in force at an instant, by endpoint and side. */
async function pricesInForce(tx: Transaction, now: Date): Promise<Map<string, PriceLine[]>> {
  const inForce = await tx
    .selectDistinctOn([prices.endpointId, prices.side])
    .from(prices)
    .where(lte(prices.effectiveAt, now))
    .orderBy(prices.endpointId, prices.side, desc(prices.effectiveAt), desc(prices.publishedAt));
  if (inForce.length === 0) return new Map();
  const lines = await tx
    .select()
    .from(priceLines)
    .where(
      inArray(
        priceLines.priceId,
        inForce.map(({ id }) => id),
      ),
    );
  const byPrice = Map.groupBy(lines, ({ priceId }) => priceId);
  return new Map(
    inForce.map(({ id, endpointId, side }) => [priceKey(endpointId, side), byPrice.get(id) ?? []]),
  );
}

async function exportOrganizations(tx: Transaction): Promise<unknown[]> {
  const rows = await tx
    .select()
    .from(organizations)
    .where(eq(organizations.status, "active"))
    .orderBy(asc(organizations.slug));
  const exported = [];
  for (const { id, slug, name } of rows) {
    const ofOrganization = await tx
      .select()
      .from(keys)
      .where(and(eq(keys.organizationId, id), eq(keys.kind, "inference"), isNull(keys.revokedAt)))
      .orderBy(asc(keys.name), desc(keys.createdAt));
    // Names are not unique in the database; in the file a name is what a key is known by.
    const byName = new Map(ofOrganization.toReversed().map((key) => [key.name, key]));
    const [grant] = await tx
      .select({ amount: transfers.amount })
      .from(transfers)
      .where(eq(transfers.idempotencyKey, `grant:${id}:${grantKeyOf(slug)}`));
    const named = [...byName.values()].toReversed().filter((key) => !isBootstrapKey(key.name));
    exported.push({
      slug,
      name,
      ...(grant === undefined ? {} : { credits: showDollars(grant.amount) }),
      ...(named.length === 0 ? {} : { keys: named.map(writeKey) }),
    });
  }
  return exported;
}

const writeKey = (key: typeof keys.$inferSelect) => ({
  name: key.name,
  ...(key.limit === null ? {} : { limit: showDollars(key.limit) }),
  ...(key.limitReset === null ? {} : { limit_reset: key.limitReset }),
});
