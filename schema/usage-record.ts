/**
 * The usage record: what a gateway writes to its spool when a generation ends, what travels through pg-boss, and
 * what is posted. Amounts and counts are decimal text in JSON, because a JSON number is a float.
 */
import { hash } from "node:crypto";
import { z } from "zod";
import { meters, usageSources } from "./meters.ts";
import { allowanceUnits } from "./bounds.ts";

/**
 * complete: all of it arrived · broken: the upstream failed after content · hung-up: the client left ·
 * failed: no content ever came · recovered: closed after a crash, from what the spool proves.
 */
export const outcomes = ["complete", "broken", "hung-up", "failed", "recovered"] as const;
export type Outcome = (typeof outcomes)[number];

const amount = z
  .string()
  .regex(/^\d{1,38}$/, "expected a whole, non-negative amount as decimal text");
const text = (max: number) => z.string().max(max).nullable();

const attempt = z.object({
  endpoint: z.string(),
  provider: z.string(),
  model: z.string(),
  /** HTTP status of the upstream, or null when no answer came. */
  status: z.number().int().nullable(),
  /** Why it failed, or null for the attempt that answered. */
  failure: z.string().max(1000).nullable(),
  durationMs: z.number().int().nonnegative(),
});
export type AttemptRecord = z.infer<typeof attempt>;

export const usageRecord = z.object({
  id: z.string(),
  gateway: z.string(),
  /** Position among the finals of this gateway's life, from 1. */
  sequence: z.number().int().positive(),
  organization: z.string(),
  workspace: z.string(),
  key: z.string(),
  app: z.string().max(256),
  referer: text(1000),
  externalUser: text(256),
  session: text(256),
  userAgent: text(256),
  requestedModel: z.string().max(256),
  model: z.string().max(256),
  endpoint: z.string().nullable(),
  provider: z.string().nullable(),
  providerId: z.string().nullable(),
  streamed: z.boolean(),
  cancelled: z.boolean(),
  outcome: z.enum(outcomes),
  finishReason: text(64),
  nativeFinishReason: text(256),
  upstreamId: text(256),
  error: text(1000),
  counts: z.partialRecord(z.enum(meters), amount),
  usageSource: z.enum(usageSources),
  rawUsage: z.unknown(),
  charge: amount,
  cost: amount,
  chargePrice: z.string().nullable(),
  costPrice: z.string().nullable(),
  // Since 0.2. Optional and not defaulted: a record that is shipped twice over an update keeps its digest.
  /** The pricing policy that made the charge out of `chargePrice`. */
  chargePolicy: z.string().nullable().optional(),
  /** The step of our volume discount that made the cost out of `costPrice`. */
  costStep: z.string().nullable().optional(),
  /** The tier that the provider says it served, such as `flex`. */
  serviceTier: text(64).optional(),
  /** Whether the organization's own credential was used; then the charge is a fee. */
  ownKey: z.boolean().optional(),
  /** Meters that were used and that the price list does not mention; nothing was charged for them. */
  unpriced: z.array(z.enum(meters)).max(meters.length).optional(),
  /** The generation whose kept answer was given again: no provider was asked, and nothing is charged. */
  responseCacheSource: z.string().max(64).optional(),
  attempts: z.array(attempt).max(64),
  admittedAt: z.string(),
  firstTokenMs: z.number().int().nonnegative().nullable(),
  durationMs: z.number().int().nonnegative(),
  /** What it takes from each allowance it was admitted under, in that allowance's unit. */
  draws: z
    .array(
      z.object({
        allowance: z.string(),
        windowStart: z.string(),
        amount,
        /** In an intent, so that a recovery knows what to draw. */
        unit: z.enum(allowanceUnits).optional(),
      }),
    )
    .max(32),
});
export type UsageRecord = z.infer<typeof usageRecord>;

/**
 * SHA-256 of a record, which tells a second delivery from a second, different record under one id. A record that went
 * through jsonb has the names of its objects in another order than in its spool; that must not make it another one.
 */
export const digestOf = (record: UsageRecord): string =>
  hash(
    "sha256",
    JSON.stringify({
      ...record,
      counts: inOrder(record.counts),
      rawUsage: inOrder(record.rawUsage),
    }),
    "hex",
  );

/** A value with the names of its objects in jsonb's order, the shorter ones first. The schema orders the other fields. */
function inOrder(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(inOrder);
  const members = Object.entries(value).toSorted(
    ([a], [b]) => a.length - b.length || (a < b ? -1 : 1),
  );
  return Object.fromEntries(members.map(([name, member]) => [name, inOrder(member)]));
}
