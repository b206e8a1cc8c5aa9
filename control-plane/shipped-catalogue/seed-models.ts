/** Models, endpoints and prices that we ship, put beside what is there: in a few statements, however many there are. */
import { isDeepStrictEqual } from "node:util";
import { and, eq, inArray, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { checkFlags } from "#schema/flags/check-flags.ts";
import { mintId, type ProviderId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import {
  endpoints,
  models,
  priceLines,
  prices,
  priceSides,
  type PriceSide,
} from "#schema/tables/catalogue.ts";
import { sameTimeline } from "../catalogue/price-timeline.ts";
import { endpointValues, putEndpoint } from "../catalogue/put-endpoint.ts";
import { readPriceLists } from "../catalogue/read-price-lists.ts";
import { applyPriceLists } from "../configuration/apply-price-lists.ts";
import { endpointInput } from "../configuration/apply-configuration.ts";
import type { EndpointConfiguration, ModelConfiguration } from "../configuration/configuration.ts";
import type { WireProtocolName } from "#schema/wire-protocols.ts";

/** Who published a price list that came with the product: one of these may be replaced by a newer one of ours. */
export const shippedBy = "shipped catalogue";

/** Postgres takes 65,534 parameters a statement; no row here has more than ten. */
const rowsAtOnce = 5_000;

type Wanted = { modelId: string; providerId: ProviderId; endpoint: EndpointConfiguration };

/**
 * What an operator changed since stays: a model that is there is not rewritten, but for facts that nobody gave yet, and an
 * endpoint and its price lists are only brought up to date when all its lists came from here.
 * @param wanted each endpoint's cost list must be given; its provider must be in `providers`.
 * @returns the change that gateways must hear of; null when everything was so already.
 */
export async function seedModels(
  tx: Transaction,
  wanted: readonly ModelConfiguration[],
  context: {
    providers: ReadonlyMap<string, { id: ProviderId; protocol: WireProtocolName }>;
    now: Date;
  },
): Promise<number | null> {
  if (wanted.length === 0) return null;
  const added = await addModels(tx, wanted);
  const filled = await fillInFacts(tx, wanted);
  const all = wanted.flatMap((model) =>
    model.endpoints.map((endpoint): Wanted => {
      const provider = context.providers.get(endpoint.provider);
      if (!provider) throw new Error(`${model.id}: provider ${endpoint.provider} is not connected`);
      const flags = flagsFor(endpoint, endpoint.protocol ?? provider.protocol);
      return { modelId: model.id, providerId: provider.id, endpoint: { ...endpoint, flags } };
    }),
  );
  const present = await readPresent(tx, wanted);
  const fresh = all.filter((each) => !present.has(keyOf(each)));
  await addEndpoints(tx, fresh, context.now);
  const updated = await bringUpToDate(tx, all, present, context.now);
  return added + filled + fresh.length + updated === 0
    ? null
    : await recordChange(tx, "catalogue", "");
}

/** Those that the protocol has: an operator may have the provider spoken to in another one than ours. */
function flagsFor(
  { flags = {} }: EndpointConfiguration,
  protocol: WireProtocolName,
): Record<string, unknown> {
  const refused = new Set(checkFlags(protocol, flags).map(({ flag }) => flag));
  return Object.fromEntries(Object.entries(flags).filter(([flag]) => !refused.has(flag)));
}

async function addModels(tx: Transaction, wanted: readonly ModelConfiguration[]): Promise<number> {
  let added = 0;
  for (const some of chunks(wanted)) {
    const rows = await tx
      .insert(models)
      .values(
        some.map((model) => ({
          id: model.id,
          name: model.name ?? model.id,
          description: model.description ?? "",
          contextLength: model.context_length,
          maxOutputTokens: model.max_output_tokens ?? null,
          tokenizer: model.tokenizer ?? "other",
          inputModalities: model.input_modalities,
          outputModalities: model.output_modalities,
          supportedParameters: model.supported_parameters,
          details: model.details ?? {},
        })),
      )
      .onConflictDoNothing({ target: models.id })
      .returning({ id: models.id });
    added += rows.length;
  }
  return added;
}

/** Installations of a version that did not have these facts get them. */
async function fillInFacts(
  tx: Transaction,
  wanted: readonly ModelConfiguration[],
): Promise<number> {
  const bare = await tx
    .select({ id: models.id })
    .from(models)
    .where(
      and(
        eq(models.tokenizer, "other"),
        sql`${models.details} = '{}'::jsonb`,
        inArray(
          models.id,
          wanted
            .filter(({ tokenizer, details }) => (tokenizer ?? "other") !== "other" || details)
            .map(({ id }) => id),
        ),
      ),
    );
  for (const { id } of bare) {
    const model = wanted.find((each) => each.id === id);
    await tx
      .update(models)
      .set({
        tokenizer: model?.tokenizer ?? "other",
        details: model?.details ?? {},
        updatedAt: new Date(),
      })
      .where(eq(models.id, id));
  }
  return bare.length;
}

type Present = typeof endpoints.$inferSelect & { isOurs: boolean };

const keyOf = (
  of: { modelId: string; providerId: ProviderId } & (
    | Pick<Wanted, "endpoint">
    | { upstreamModel: string }
  ),
): string =>
  `${of.modelId} ${of.providerId} ${"endpoint" in of ? of.endpoint.upstream_model : of.upstreamModel}`;

async function readPresent(
  tx: Transaction,
  wanted: readonly ModelConfiguration[],
): Promise<Map<string, Present>> {
  const rows = await tx
    .select({
      endpoint: endpoints,
      // A customer's own list says nothing about the general one.
      isOurs: sql<boolean>`not exists (select from prices p where p.endpoint_id = endpoints.id
        and p.organization_id is null and p.published_by <> ${shippedBy})`,
    })
    .from(endpoints)
    .where(
      inArray(
        endpoints.modelId,
        wanted.map(({ id }) => id),
      ),
    );
  return new Map(rows.map(({ endpoint, isOurs }) => [keyOf(endpoint), { ...endpoint, isOurs }]));
}

async function addEndpoints(tx: Transaction, fresh: readonly Wanted[], now: Date): Promise<void> {
  const placed = fresh.map((each) => ({ ...each, id: mintId("endpoint") }));
  const rows = placed.map(({ id, modelId, providerId, endpoint }) => ({
    id,
    modelId,
    providerId,
    upstreamModel: endpoint.upstream_model,
    ...endpointValues(endpointInput(endpoint)),
  }));
  const lists = placed.flatMap(({ id: endpointId, endpoint }) =>
    priceSides.flatMap((side) =>
      listsOf(endpoint, side).map((list) => ({ id: mintId("price"), endpointId, side, list })),
    ),
  );
  for (const some of chunks(rows)) await tx.insert(endpoints).values([...some]);
  for (const some of chunks(lists))
    await tx.insert(prices).values(
      some.map(({ id, endpointId, side, list }) => ({
        id,
        endpointId,
        side,
        effectiveAt: list.effectiveAt ?? now,
        expiresAt: list.expiresAt,
        publishedBy: shippedBy,
        source: list.source,
        asOf: list.asOf,
      })),
    );
  const lines = lists.flatMap(({ id, list }) =>
    list.lines.map((line) => ({ priceId: id, ...line })),
  );
  for (const some of chunks(lines)) await tx.insert(priceLines).values([...some]);
}

/** The slow way, for what differs only: after an upgrade a few, and at every other start none. */
async function bringUpToDate(
  tx: Transaction,
  all: readonly Wanted[],
  present: ReadonlyMap<string, Present>,
  now: Date,
): Promise<number> {
  const ours = all.flatMap((each) => {
    const row = present.get(keyOf(each));
    return row?.isOurs ? [{ ...each, row }] : [];
  });
  const published = Map.groupBy(
    await readPriceLists(tx, {
      endpointIds: ours.map(({ row }) => row.id),
      organizationId: null,
      from: now,
    }),
    ({ endpointId, side }) => `${side} ${endpointId}`,
  );
  let updated = 0;
  for (const { modelId, providerId, endpoint, row } of ours) {
    const input = endpointInput(endpoint);
    const values = Object.entries(endpointValues(input));
    if (values.some(([column, value]) => !isDeepStrictEqual(row[column as keyof Present], value))) {
      await putEndpoint(tx, { modelId, providerId, ...input });
      updated++;
    }
    for (const side of priceSides) {
      const lists = listsOf(endpoint, side);
      const asDated = lists.map((list, index) => ({
        id: `${index}`,
        lines: list.lines,
        effectiveAtMs: list.effectiveAt?.getTime() ?? 0,
        expiresAtMs: list.expiresAt?.getTime() ?? null,
      }));
      if (sameTimeline(published.get(`${side} ${row.id}`) ?? [], asDated, now.getTime())) continue;
      const of = { endpointId: row.id, side, organizationId: null };
      await applyPriceLists(tx, of, lists, { now, actor: shippedBy });
      updated++;
    }
  }
  return updated;
}

const listsOf = (endpoint: EndpointConfiguration, side: PriceSide) =>
  side === "charge" ? endpoint.charge : (endpoint.cost ?? []);

function* chunks<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) yield rows.slice(at, at + rowsAtOnce);
}
