import { z } from "zod";
import type { Transaction } from "#schema/database.ts";
import { formatDollars } from "#schema/money/amount.ts";
import { policyKinds } from "#schema/money/policy.ts";
import { findModel } from "../catalogue/find-model.ts";
import { findProvider } from "../catalogue/find-provider.ts";
import { findOrganization } from "../organizations/find-organization.ts";
import { listDiscounts } from "../pricing/list-discounts.ts";
import { listPolicies } from "../pricing/list-policies.ts";
import { setPolicy } from "../pricing/set-policy.ts";
import { setVolumeDiscount } from "../pricing/set-volume-discount.ts";
import { runCommand } from "../run-command.ts";
import { after, dollars, instant, modelId, organization, pageSize, reference } from "./inputs.ts";
import { operatorProcedure, router } from "./procedures.ts";

/** Whom a policy is for: leave out what it shall not depend on. */
const scope = { organization, provider: reference.optional(), model: modelId.optional() };
const note = z.string().trim().max(500).nullable().default(null);
const basisPoints = z.number().int().min(0).max(1_000_000);

export const pricingRouter = router({
  /** How charges are made from now, or `effectiveAt`, on. The most specific scope holds, and of it the newest. */
  setPolicy: operatorProcedure
    .input(
      z.strictObject({
        ...scope,
        kind: z.enum(policyKinds),
        /** Hundredths of a percent: 1,000 is a tenth. */
        basisPoints: basisPoints.default(0),
        effectiveAt: instant.optional(),
        note,
      }),
    )
    .mutation(({ ctx, input }) => {
      const now = ctx.runtime.now();
      const effectiveAt = input.effectiveAt ?? now;
      return runCommand(ctx.runtime.db, async (tx) => ({
        effectiveAt: effectiveAt.toISOString(),
        ...(await setPolicy(
          tx,
          {
            organizationId: null,
            providerId: null,
            modelId: null,
            ...(await namedIn(tx, input)),
            kind: input.kind,
            basisPoints: input.basisPoints,
            effectiveAt,
            note: input.note,
            publishedBy: ctx.actor.keyId,
          },
          now,
        )),
      }));
    }),

  /** Policies in force and to come, with `history` those of the past too; the newest first. */
  listPolicies: operatorProcedure
    .input(
      z
        .strictObject({ ...scope, history: z.boolean().default(false), limit: pageSize, after })
        .prefault({}),
    )
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const { rows, next } = await listPolicies(db, {
        ...(await namedIn(db, input)),
        history: input.history,
        limit: input.limit,
        after: input.after,
        now: ctx.runtime.now(),
      });
      return {
        rows: rows.map((row) => ({
          id: row.id,
          organization: row.organization,
          provider: row.provider,
          model: row.modelId,
          kind: row.kind,
          basisPoints: row.basisPoints,
          state: row.state,
          effectiveAt: row.effectiveAt.toISOString(),
          publishedAt: row.publishedAt.toISOString(),
          publishedBy: row.publishedBy,
          note: row.note,
        })),
        next,
      };
    }),

  /** What a provider takes off by volume a UTC month; without tiers, that it takes nothing off any more. */
  setVolumeDiscount: operatorProcedure
    .input(
      z.strictObject({
        provider: reference,
        tiers: z
          .array(
            z.strictObject({
              /** USD of list cost in the month, as decimal text; "0" is from its start on. */
              above: dollars,
              basisPoints: basisPoints.max(10_000),
            }),
          )
          .max(20),
        effectiveAt: instant.optional(),
        expiresAt: instant.nullable().default(null),
        note,
      }),
    )
    .mutation(({ ctx, input }) => {
      const now = ctx.runtime.now();
      const effectiveAt = input.effectiveAt ?? now;
      return runCommand(ctx.runtime.db, async (tx) => {
        const { id: providerId } = await findProvider(tx, input.provider);
        const set = { ...input, providerId, effectiveAt, publishedBy: ctx.actor.keyId };
        return {
          effectiveAt: effectiveAt.toISOString(),
          ...(await setVolumeDiscount(tx, set, now)),
        };
      });
    }),

  /** Volume discounts in force and to come, with `history` those of the past too; the newest first. */
  listDiscounts: operatorProcedure
    .input(
      z
        .strictObject({
          provider: reference.optional(),
          history: z.boolean().default(false),
          limit: pageSize,
          after,
        })
        .prefault({}),
    )
    .query(async ({ ctx, input }) => {
      const { db } = ctx.runtime;
      const providerId =
        input.provider === undefined ? undefined : (await findProvider(db, input.provider)).id;
      const { rows, next } = await listDiscounts(db, {
        ...input,
        providerId,
        now: ctx.runtime.now(),
      });
      return {
        rows: rows.map((row) => ({
          id: row.id,
          provider: row.provider,
          tiers: row.tiers.map(({ above, basisPoints: points }) => ({
            above: formatDollars(BigInt(above)),
            basisPoints: points,
          })),
          state: row.state,
          /** What the provider's discount is now, in basis points. */
          stepNow: row.stepNow,
          /** About the month's list cost so far, in USD; at most a little too high. */
          monthAbout: row.monthAbout === null ? null : formatDollars(row.monthAbout),
          effectiveAt: row.effectiveAt.toISOString(),
          expiresAt: row.expiresAt?.toISOString() ?? null,
          publishedBy: row.publishedBy,
          note: row.note,
        })),
        next,
      };
    }),
});

/** The ids of what a scope names; absent what it does not. @throws {CommandError} not_found. */
async function namedIn(
  tx: Transaction,
  names: {
    organization?: string | undefined;
    provider?: string | undefined;
    model?: string | undefined;
  },
) {
  return {
    ...(names.organization === undefined
      ? {}
      : { organizationId: (await findOrganization(tx, names.organization)).id }),
    ...(names.provider === undefined
      ? {}
      : { providerId: (await findProvider(tx, names.provider)).id }),
    ...(names.model === undefined ? {} : { modelId: (await findModel(tx, names.model)).id }),
  };
}
