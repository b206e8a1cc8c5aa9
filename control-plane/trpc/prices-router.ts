import { z } from "zod";
import type { Transaction } from "#schema/database.ts";
import { perMillionMeters, type Counts } from "#schema/meters.ts";
import { formatDollars } from "#schema/money/amount.ts";
import { policyKinds } from "#schema/money/policy.ts";
import type { PriceLine } from "#schema/money/price.ts";
import { priceSides, type PriceSide } from "#schema/tables/catalogue.ts";
import { findEndpoint } from "../catalogue/find-endpoint.ts";
import { listPrices } from "../catalogue/list-prices.ts";
import { listUnpriced } from "../catalogue/list-unpriced.ts";
import { priceWords, wordOf, type PriceWord } from "../catalogue/price-list.ts";
import { publishPrice } from "../catalogue/publish-price.ts";
import { readListsFor, type PublishedList } from "../catalogue/read-price-lists.ts";
import { writeAmount, writePriceList } from "../catalogue/write-price-list.ts";
import { withdrawPrice } from "../catalogue/withdraw-price.ts";
import { CommandError } from "../command-error.ts";
import { findOrganization, type Organization } from "../organizations/find-organization.ts";
import { previewPrice, type PreviewedMeter } from "../pricing/preview-price.ts";
import { readPolicies } from "../pricing/read-policies.ts";
import { readSteps } from "../pricing/read-steps.ts";
import { checkPolicy } from "../pricing/set-policy.ts";
import { runCommand } from "../run-command.ts";
import { after, instant, modelId, organization, pageSize, priceList, reference } from "./inputs.ts";
import { operatorProcedure, router } from "./procedures.ts";

const endpoint = {
  endpointId: reference.optional(),
  model: modelId.optional(),
  provider: reference.optional(),
  upstreamModel: z.string().min(1).max(200).optional(),
};
// Clocks differ and requests take time; further back would say that requests were answered under another price.
const pastMsMax = 60_000;
const unitsMax = 1_000_000_000_000;
const counts = z.partialRecord(
  z.enum(Object.keys(priceWords) as PriceWord[], {
    error: `expected one of ${Object.keys(priceWords).join(", ")}`,
  }),
  z.number().int().min(0).max(unitsMax),
);

export const pricesRouter = router({
  /**
   * Publishes what an endpoint is charged at, what it costs, or both, from `effectiveAt` (now, when absent) on and until
   * `expiresAt`. With `organization` the charge is that customer's own.
   */
  publish: operatorProcedure
    .input(
      z
        .strictObject({
          ...endpoint,
          organization,
          charge: priceList("charge").optional(),
          cost: priceList("cost").optional(),
          effectiveAt: instant.optional(),
          expiresAt: instant.nullable().default(null),
        })
        .refine(
          (input) => input.charge !== undefined || input.cost !== undefined,
          "expected charge, cost, or both",
        ),
    )
    .mutation(({ ctx, input }) => {
      const effectiveAt = startOf(input.effectiveAt, ctx.runtime.now());
      return runCommand(ctx.runtime.db, async (tx) => {
        const { id: endpointId } = await findEndpoint(tx, input);
        const organizationId = (await ownerOf(tx, input.organization))?.id ?? null;
        const publish = (side: PriceSide, lines: PriceLine[] | undefined) =>
          lines &&
          publishPrice(tx, {
            endpointId,
            side,
            organizationId,
            lines,
            effectiveAt,
            expiresAt: input.expiresAt,
            publishedBy: ctx.actor.keyId,
          });
        const charged = await publish("charge", input.charge);
        const costing = await publish("cost", input.cost);
        return {
          endpointId,
          chargePriceId: charged?.id ?? null,
          costPriceId: costing?.id ?? null,
          /** Whether these prices were in force anyway. */
          unchanged: (charged?.unchanged ?? true) && (costing?.unchanged ?? true),
          effectiveAt: effectiveAt.toISOString(),
          sequence: costing?.sequence ?? charged?.sequence ?? null,
        };
      });
    }),

  /** Ends what was published: a customer's own list (the general one holds again), or a general one (no longer sold). */
  withdraw: operatorProcedure
    .input(
      z.strictObject({
        ...endpoint,
        organization,
        side: z.enum(priceSides).default("charge"),
        effectiveAt: instant.optional(),
      }),
    )
    .mutation(({ ctx, input }) => {
      const effectiveAt = startOf(input.effectiveAt, ctx.runtime.now());
      return runCommand(ctx.runtime.db, async (tx) => {
        const { id: endpointId } = await findEndpoint(tx, input);
        const { unchanged, sequence } = await withdrawPrice(tx, {
          endpointId,
          side: input.side,
          organizationId: (await ownerOf(tx, input.organization))?.id ?? null,
          effectiveAt,
          publishedBy: ctx.actor.keyId,
        });
        return { endpointId, unchanged, effectiveAt: effectiveAt.toISOString(), sequence };
      });
    }),

  /** An endpoint's price lists, newest first, future ones among them; with `organization` only that customer's own. */
  list: operatorProcedure
    .input(
      z.strictObject({
        ...endpoint,
        organization,
        side: z.enum(priceSides).optional(),
        limit: pageSize,
        after,
      }),
    )
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const { id: endpointId } = await findEndpoint(db, input);
      const { rows, next } = await listPrices(db, {
        endpointId,
        side: input.side,
        organizationId: (await ownerOf(db, input.organization))?.id,
        limit: input.limit,
        after: input.after,
        now: ctx.runtime.now(),
      });
      return {
        rows: rows.map((list) => ({
          id: list.id,
          endpointId,
          side: list.side,
          /** The slug of the customer whose own it is. */
          organization: list.organization,
          prices: writePriceList(list.lines),
          /** Whether it ends those before it, and has no prices. */
          withdrawn: list.lines.length === 0,
          inForce: list.inForce,
          effectiveAt: list.effectiveAt.toISOString(),
          expiresAt: list.expiresAt?.toISOString() ?? null,
          publishedAt: list.publishedAt.toISOString(),
          publishedBy: list.publishedBy,
          /** Where the amounts were read, and of which day they are; null: the publisher's own word. */
          source: list.source,
          asOf: list.asOf,
        })),
        next,
      };
    }),

  /** What a usage would be charged and cost at an instant, and why. With `policy` also what that would give; nothing is stored. */
  preview: operatorProcedure
    .input(
      z.strictObject({
        ...endpoint,
        organization,
        at: instant.optional(),
        /** Units by word: tokens, requests, images, searches. */
        usage: counts,
        serviceTier: z.string().max(32).default(""),
        /** Whether the organization's own credential is used. */
        ownKey: z.boolean().default(false),
        policy: z.strictObject({ kind: z.enum(policyKinds), basisPoints: z.number() }).optional(),
      }),
    )
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      if (input.policy) checkPolicy(input.policy);
      const at = input.at ?? ctx.runtime.now();
      const found = await findEndpoint(db, input);
      const owner = await ownerOf(db, input.organization);
      const lists = await readListsFor(db, found.id, owner?.id ?? null, at);
      const of = (side: PriceSide, own: boolean) =>
        lists.filter((list) => list.side === side && (list.organizationId !== null) === own);
      const rows = {
        organizationLists: of("charge", true),
        chargeLists: of("charge", false),
        costLists: of("cost", false),
        policies: await readPolicies(db),
        steps: await readSteps(db, found.providerId),
      };
      const usage = {
        atMs: at.getTime(),
        counts: countsOf(input.usage),
        serviceTier: input.serviceTier,
        ownKey: input.ownKey,
      };
      const scope = {
        organizationId: owner?.id ?? "",
        providerId: found.providerId,
        modelId: found.modelId,
      };
      const preview = (policy: typeof input.policy) =>
        shownPreview(previewPrice(rows, scope, usage, policy ? { id: "tried", ...policy } : null));
      return {
        endpointId: found.id,
        model: found.modelId,
        organization: owner?.slug ?? null,
        at: at.toISOString(),
        ...preview(undefined),
        tried: input.policy ? preview(input.policy) : null,
      };
    }),

  /** Usage that no charge list priced: its endpoints are not asked until a list does. */
  unpriced: operatorProcedure
    .input(z.strictObject({ limit: pageSize, after }).prefault({}))
    .query(async ({ ctx, input }) => {
      const { rows, next } = await listUnpriced(ctx.runtime.db, input);
      return {
        rows: rows.map((row) => ({
          endpointId: row.endpointId,
          model: row.model,
          provider: row.provider,
          upstreamModel: row.upstreamModel,
          /** The word to publish a price for. */
          word: wordOf(row.meter),
          units: row.units.toString(),
          requests: row.requests.toString(),
          firstSeenAt: row.firstSeenAt.toISOString(),
        })),
        next,
      };
    }),
});

/** @throws {CommandError} bad_request for an instant that is past. */
function startOf(given: Date | undefined, now: Date): Date {
  const effectiveAt = given ?? now;
  if (effectiveAt.getTime() >= now.getTime() - pastMsMax) return effectiveAt;
  throw new CommandError(
    "bad_request",
    `effectiveAt: ${effectiveAt.toISOString()} is past; a price holds for requests to come`,
  );
}

async function ownerOf(
  tx: Transaction,
  slugOrId: string | undefined,
): Promise<Organization | null> {
  return slugOrId === undefined ? null : findOrganization(tx, slugOrId);
}

const countsOf = (usage: Partial<Record<PriceWord, number>>): Counts =>
  Object.fromEntries(
    Object.entries(usage).map(([word, units]) => [priceWords[word as PriceWord], BigInt(units)]),
  );

function shownPreview(preview: ReturnType<typeof previewPrice<PublishedList>>) {
  const list = (shown: PublishedList | null) =>
    shown && {
      id: shown.id,
      own: shown.organizationId !== null,
      prices: writePriceList(shown.lines),
      effectiveAt: new Date(shown.effectiveAtMs).toISOString(),
      expiresAt: shown.expiresAtMs === null ? null : new Date(shown.expiresAtMs).toISOString(),
    };
  const policy = (shown: typeof preview.policy) =>
    shown && { id: shown.id, kind: shown.kind, basisPoints: shown.basisPoints };
  const part = (meter: PreviewedMeter["meter"], shown: PreviewedMeter["charge"]) =>
    shown && {
      price: writeAmount({ meter, perUnit: shown.perUnit }),
      amount: formatDollars(shown.amount),
    };
  return {
    chargeList: list(preview.list),
    costList: list(preview.costList),
    policy: policy(preview.policy),
    feePolicy: policy(preview.feePolicy),
    step: preview.step && { id: preview.step.id, basisPoints: preview.step.basisPoints },
    meters: preview.meters.map(({ meter, units, charge, cost }) => ({
      word: wordOf(meter),
      units: units.toString(),
      /** What the prices are for. */
      per: perMillionMeters.has(meter) ? ("million" as const) : ("one" as const),
      charge: part(meter, charge),
      cost: part(meter, cost),
    })),
    /** Null: the endpoint is not sold, or a word of the usage has no price. */
    charge: preview.chargeTotal === null ? null : formatDollars(preview.chargeTotal),
    cost: preview.costTotal === null ? null : formatDollars(preview.costTotal),
    margin: preview.margin === null ? null : formatDollars(preview.margin),
  };
}
