/**
 * The way back: what an installation holds, as a config file that changes nothing when it is applied to it again.
 * Secrets stay out: a provider's key becomes the name of an environment variable to set.
 */
import { and, asc, desc, eq, isNull, sql } from "drizzle-orm";
import { Document, isMap, isScalar, visit } from "yaml";
import type { Transaction } from "#schema/database.ts";
import type { EndpointId, OrganizationId } from "#schema/ids.ts";
import { showDollars } from "#schema/money/amount.ts";
import {
  endpoints,
  models,
  providerKeys,
  providers,
  type PriceSide,
} from "#schema/tables/catalogue.ts";
import { keys } from "#schema/tables/keys.ts";
import { transfers } from "#schema/tables/ledger.ts";
import { organizations } from "#schema/tables/organizations.ts";
import { defaultKeyName } from "../catalogue/set-provider-key.ts";
import { shippedProviders } from "../shipped-catalogue/providers.ts";
import { simulatorSlug } from "../shipped-catalogue/simulator.ts";
import { exportLimits } from "./export-limits.ts";
import { grantKeyOf } from "./apply-configuration.ts";
import { timelineOf } from "../catalogue/price-timeline.ts";
import { readPriceLists, type PublishedList } from "../catalogue/read-price-lists.ts";
import { writePriceList } from "../catalogue/write-price-list.ts";

/** What still fits on a line of 120 behind its name. */
const flowCharactersMax = 80;

/** Keys that an installation makes for itself. */
const isBootstrapKey = (name: string): boolean => /^bootstrap( \(replaced\))?$/.test(name);

/**
 * What is in use, as the file would say it, with the prices that hold from now on. Left out are disabled rows, prices of
 * the past, the simulator (each start decides on it), revoked and bootstrap keys, and credit that no config file granted:
 * applied to a new installation it would be given a second time.
 */
export async function exportConfiguration(
  tx: Transaction,
  now: Date,
): Promise<Record<string, unknown>> {
  const places = await readPlaces(tx);
  const published = await readPriceLists(tx, { from: now });
  const lists = Map.groupBy(published, priceKey);
  // Sold to some customers only, or by a policy over what it costs: the file must name the endpoint, and say that it has
  // no general list.
  const withoutGeneral = new Set(
    [...lists.values()].flatMap(([first, ...rest]) =>
      first &&
      (first.organizationId !== null || first.side === "cost") &&
      writeLists([first, ...rest], now) !== null
        ? first.endpointId
        : [],
    ),
  );
  const write: WriteLists = (endpointId, side, organizationId = null) =>
    writeLists(lists.get(priceKey({ endpointId, side, organizationId })) ?? [], now) ??
    (side === "charge" && organizationId === null && withoutGeneral.has(endpointId)
      ? { withdrawn: true }
      : null);
  return {
    providers: await exportProviders(tx),
    models: await exportModels(tx, places, write),
    organizations: await exportOrganizations(tx, places, write, now),
  };
}

/**
 * What decides about prices and has no place in the file: a line each, none when there is nothing of it. Who builds an
 * installation from the file has to set it again, or charges plain lists.
 */
export async function leftOutOfExport(tx: Transaction): Promise<string[]> {
  const [counts] = await tx.execute<{
    policies: string;
    discounts: string;
    credentials: string;
  }>(sql`
    select (select count(*) from (select distinct on (organization_id, provider_id, model_id, kind = 'own_key_fee') kind from pricing_policies
             order by organization_id, provider_id, model_id, kind = 'own_key_fee', effective_at desc, published_at desc) p where kind <> 'list') as policies,
           (select count(*) from volume_discounts where expires_at is null or expires_at > now()) as discounts,
           (select count(*) from credentials where status = 'active') as credentials`);
  const lines = [
    { count: counts?.policies, what: "pricing policies: turnpike policies list" },
    { count: counts?.discounts, what: "volume discounts: turnpike discounts list" },
    { count: counts?.credentials, what: "customers' own provider keys: turnpike credentials list" },
  ];
  return lines.flatMap(({ count = "0", what }) => (count === "0" ? [] : [`${count} ${what}`]));
}

/** The same as YAML, or as JSON, which is YAML too. Only YAML has room for `leftOut`, as a comment. */
export function writeConfiguration(
  configuration: Record<string, unknown>,
  format: "yaml" | "json",
  leftOut: readonly string[] = [],
): string {
  if (format === "json") return `${JSON.stringify(configuration, null, 2)}\n`;
  const document = new Document(configuration);
  if (leftOut.length > 0)
    document.commentBefore = [
      " Not in this file, and to be set again where it is applied:",
      ...leftOut.map((line) => `   ${line}`),
    ].join("\n");
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
  const keysOf = Map.groupBy(
    await tx
      .select({
        providerId: providerKeys.providerId,
        name: providerKeys.name,
        weight: providerKeys.weight,
      })
      .from(providerKeys)
      .where(eq(providerKeys.status, "active"))
      .orderBy(asc(providerKeys.name)),
    ({ providerId }) => providerId,
  );
  return rows
    .filter(({ slug }) => slug !== simulatorSlug)
    .map((provider) => ({
      slug: provider.slug,
      name: provider.name,
      protocol: provider.protocol,
      base_url: provider.baseUrl,
      ...writeKeysOf(provider.slug, keysOf.get(provider.id) ?? []),
      ...(provider.allowPrivateNetwork ? { allow_private_network: true } : {}),
      ...(Object.keys(provider.flags).length === 0 ? {} : { flags: provider.flags }),
    }));
}

function writeKeysOf(slug: string, keysOfProvider: readonly { name: string; weight: number }[]) {
  const isPlain = (key: { name: string; weight: number }): boolean =>
    key.name === defaultKeyName && key.weight === 1;
  const others = keysOfProvider.filter((key) => !isPlain(key));
  return {
    ...(others.length === keysOfProvider.length ? {} : { key_env: keyVariableOf(slug) }),
    ...(others.length === 0
      ? {}
      : {
          keys: others.map(({ name, weight }) => ({
            name,
            key_env: keyVariableOf(name === defaultKeyName ? slug : `${slug}-${name}`),
            ...(weight === 1 ? {} : { weight }),
          })),
        }),
  };
}

/** The variable that holds a provider's key: the one that connects it, or by convention: `acme-eu` is `ACME_EU_API_KEY`. */
export const keyVariableOf = (slug: string): string =>
  shippedProviders.find((provider) => provider.slug === slug)?.keyVariable ??
  `${slug
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, "_")
    .replace(/^(?=\d)/, "_")}_API_KEY`;

/** An endpoint that may be asked, and its provider's slug. */
type Place = { endpoint: typeof endpoints.$inferSelect; provider: string };

const readPlaces = async (tx: Transaction): Promise<Place[]> => {
  const rows = await tx
    .select({ endpoint: endpoints, provider: providers.slug })
    .from(endpoints)
    .innerJoin(providers, eq(providers.id, endpoints.providerId))
    .innerJoin(models, eq(models.id, endpoints.modelId))
    .where(
      and(
        eq(endpoints.status, "active"),
        eq(providers.status, "active"),
        eq(models.status, "active"),
      ),
    )
    .orderBy(asc(endpoints.modelId), asc(providers.slug), asc(endpoints.upstreamModel));
  return rows.filter(({ provider }) => provider !== simulatorSlug);
};

/** What a file says of one endpoint, side and customer; null when nothing holds from now on. */
type WriteLists = (
  endpointId: EndpointId,
  side: PriceSide,
  organizationId?: OrganizationId | null,
) => unknown;

async function exportModels(
  tx: Transaction,
  places: readonly Place[],
  write: WriteLists,
): Promise<unknown[]> {
  const inUse = await tx
    .select()
    .from(models)
    .where(eq(models.status, "active"))
    .orderBy(asc(models.id));
  return inUse.flatMap((model) => {
    const ofModel = places.flatMap(({ endpoint, provider }) => {
      if (endpoint.modelId !== model.id) return [];
      const charge = write(endpoint.id, "charge");
      // An endpoint that was never priced answers nothing, and the file could not say so.
      return charge === null ? [] : [{ endpoint, provider, charge }];
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
        ...(model.tokenizer === "other" ? {} : { tokenizer: model.tokenizer }),
        ...(Object.keys(model.details).length === 0 ? {} : { details: model.details }),
        endpoints: ofModel.map(({ endpoint, provider, charge }) => {
          const cost = write(endpoint.id, "cost");
          return {
            provider,
            upstream_model: endpoint.upstreamModel,
            charge,
            ...(cost === null ? {} : { cost }),
            ...(endpoint.contextLength === null ? {} : { context_length: endpoint.contextLength }),
            ...(endpoint.maxOutputTokens === null
              ? {}
              : { max_output_tokens: endpoint.maxOutputTokens }),
            ...(endpoint.quantization === null ? {} : { quantization: endpoint.quantization }),
            ...(endpoint.cancellable ? {} : { cancellable: false }),
            ...(endpoint.protocol === null ? {} : { protocol: endpoint.protocol }),
            ...(Object.keys(endpoint.flags).length === 0 ? {} : { flags: endpoint.flags }),
            ...(endpoint.tag === null ? {} : { tag: endpoint.tag }),
            ...(endpoint.supportedParameters === null
              ? {}
              : { supported_parameters: endpoint.supportedParameters }),
            ...(endpoint.dataPolicy === null
              ? {}
              : {
                  data_policy: {
                    training: endpoint.dataPolicy.training,
                    retention_days: endpoint.dataPolicy.retentionDays,
                  },
                }),
          };
        }),
      },
    ];
  });
}

const priceKey = (list: Pick<PublishedList, "endpointId" | "side" | "organizationId">): string =>
  `${list.side} ${list.endpointId} ${list.organizationId ?? ""}`;

/** One list, or several when others are to come; null when nothing holds from now on. */
function writeLists(lists: readonly PublishedList[], now: Date): unknown {
  const segments = timelineOf(lists, now.getTime());
  const instant = (atMs: number) => new Date(atMs).toISOString();
  const written = segments.flatMap(({ fromMs, lines }, index): Record<string, unknown>[] => {
    const start = fromMs > now.getTime() ? { effective_at: instant(fromMs) } : {};
    if (lines !== null && lines.length > 0) return [{ ...start, ...writePriceList(lines) }];
    // Not expires_at, after which what was published earlier would hold again.
    return index === 0 ? [] : [{ ...start, withdrawn: true }];
  });
  return written.length > 1 ? written : (written[0] ?? null);
}

async function exportOrganizations(
  tx: Transaction,
  places: readonly Place[],
  write: WriteLists,
  now: Date,
): Promise<unknown[]> {
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
    const prices = places.flatMap(({ endpoint, provider }) => {
      const charge = write(endpoint.id, "charge", id);
      const upstream_model = endpoint.upstreamModel;
      return charge === null ? [] : [{ model: endpoint.modelId, provider, upstream_model, charge }];
    });
    const limits = await exportLimits(tx, id, now);
    exported.push({
      slug,
      name,
      ...(grant === undefined ? {} : { credits: showDollars(grant.amount) }),
      ...limits.fields,
      ...(named.length === 0
        ? {}
        : {
            keys: named.map((key) => ({
              ...writeKey(key),
              ...limits.ofKey(key.id, key.workspaceId),
            })),
          }),
      ...(prices.length === 0 ? {} : { prices }),
    });
  }
  return exported;
}

const writeKey = (key: typeof keys.$inferSelect) => ({
  name: key.name,
  ...(key.limit === null ? {} : { limit: showDollars(key.limit) }),
  ...(key.limitReset === null ? {} : { limit_reset: key.limitReset }),
});
