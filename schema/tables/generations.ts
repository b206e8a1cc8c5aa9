/** What happened. One row a generation, exactly once; roll-ups are derived from these rows and can be rebuilt. */
import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import { meters, usageSources } from "../meters.ts";
import { outcomes, type AttemptRecord } from "../usage-record.ts";
import { amount, id, instant, oneOf } from "./columns.ts";

const count = (name: string) =>
  bigint(name, { mode: "bigint" })
    .notNull()
    .default(sql`0`);

/** Partitioned by month over the id, a UUID v7 (see the first migration); so the primary key is unique over all of them. */
export const generations = pgTable(
  "generations",
  {
    id: uuid("id").primaryKey(),
    organizationId: id("organization", "organization_id").notNull(),
    workspaceId: id("workspace", "workspace_id").notNull(),
    keyId: id("key", "key_id").notNull(),
    gatewayId: id("gateway", "gateway_id").notNull(),
    requestedModel: text("requested_model").notNull(),
    modelId: text("model_id").notNull(),
    endpointId: id("endpoint", "endpoint_id"),
    provider: text("provider"),
    app: text("app").notNull().default(""),
    referer: text("referer"),
    externalUser: text("external_user"),
    sessionId: text("session_id"),
    userAgent: text("user_agent"),
    streamed: boolean("streamed").notNull(),
    cancelled: boolean("cancelled").notNull().default(false),
    outcome: text("outcome", { enum: outcomes }).notNull(),
    finishReason: text("finish_reason"),
    nativeFinishReason: text("native_finish_reason"),
    upstreamId: text("upstream_id"),
    error: text("error"),
    input: count("input"),
    cacheRead: count("cache_read"),
    cacheWrite5m: count("cache_write_5m"),
    cacheWrite1h: count("cache_write_1h"),
    output: count("output"),
    reasoning: count("reasoning"),
    imageInput: count("image_input"),
    imageOutput: count("image_output"),
    audioInput: count("audio_input"),
    audioOutput: count("audio_output"),
    request: count("request"),
    webSearch: count("web_search"),
    usageSource: text("usage_source", { enum: usageSources }).notNull(),
    rawUsage: jsonb("raw_usage"),
    charge: amount("charge").notNull(),
    cost: amount("cost").notNull(),
    chargePriceId: id("price", "charge_price_id"),
    costPriceId: id("price", "cost_price_id"),
    chargePolicyId: id("policy", "charge_policy_id"),
    costStepId: id("step", "cost_step_id"),
    serviceTier: text("service_tier"),
    ownKey: boolean("own_key").notNull().default(false),
    responseCacheSourceId: uuid("response_cache_source_id"),
    chargeTransferId: id("transfer", "charge_transfer_id"),
    costTransferId: id("transfer", "cost_transfer_id"),
    attempts: jsonb("attempts").$type<readonly AttemptRecord[]>().notNull().default([]),
    admittedAt: instant("admitted_at").notNull(),
    firstTokenMs: integer("first_token_ms"),
    durationMs: integer("duration_ms").notNull(),
    postedAt: instant("posted_at").notNull().defaultNow(),
    digest: text("digest").notNull(),
  },
  (table) => [
    check("generations_outcome", sql.raw(oneOf("outcome", outcomes))),
    check("generations_usage_source", sql.raw(oneOf("usage_source", usageSources))),
    check("generations_charge", sql`charge >= 0 and cost >= 0`),
    check("generations_charge_transfer", sql`(charge > 0) = (charge_transfer_id is not null)`),
    // The newest generations of an organization, and of one of its keys.
    index("generations_organization").on(table.organizationId, table.id.desc()),
    index("generations_key").on(table.keyId, table.id.desc()),
    // Reconciling a transfer with the generations that name it.
    index("generations_charge_transfer_id").on(table.chargeTransferId),
    index("generations_cost_transfer_id").on(table.costTransferId),
  ],
);

/** A second record under an id that is already booked, with other content. The first stands; a person looks. */
export const postingConflicts = pgTable(
  "posting_conflicts",
  {
    generationId: uuid("generation_id").notNull(),
    digest: text("digest").notNull(),
    record: jsonb("record").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.generationId, table.digest] })],
);

/** A meter that was used and that the price list of its endpoint says nothing about: a person has to price it. */
export const unpricedUsage = pgTable(
  "unpriced_usage",
  {
    endpointId: id("endpoint", "endpoint_id").notNull(),
    meter: text("meter", { enum: meters }).notNull(),
    units: count("units"),
    requests: count("requests"),
    firstGenerationId: uuid("first_generation_id").notNull(),
    firstSeenAt: instant("first_seen_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.endpointId, table.meter] }),
    check("unpriced_usage_meter", sql.raw(oneOf("meter", meters))),
  ],
);

/** Hourly roll-up, by the hour of admission (UTC). */
export const usageHours = pgTable(
  "usage_hours",
  {
    hour: instant("hour").notNull(),
    organizationId: id("organization", "organization_id").notNull(),
    keyId: id("key", "key_id").notNull(),
    modelId: text("model_id").notNull(),
    provider: text("provider").notNull(),
    app: text("app").notNull(),
    requests: count("requests"),
    failures: count("failures"),
    promptTokens: count("prompt_tokens"),
    cachedTokens: count("cached_tokens"),
    completionTokens: count("completion_tokens"),
    reasoningTokens: count("reasoning_tokens"),
    charge: amount("charge").notNull(),
    cost: amount("cost").notNull(),
  },
  (table) => [
    primaryKey({
      columns: [
        table.organizationId,
        table.hour,
        table.keyId,
        table.modelId,
        table.provider,
        table.app,
      ],
    }),
  ],
);
