/** What can be called, where, and how it is spoken to. */
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
  unique,
} from "drizzle-orm/pg-core";
import { meters } from "../meters.ts";
import { policyKinds } from "../money/policy.ts";
import { wireProtocols } from "../wire-protocols.ts";
import { amount, id, instant, oneOf } from "./columns.ts";
import { organizations } from "./organizations.ts";

export const catalogueStatuses = ["active", "disabled"] as const;
export const priceSides = ["charge", "cost"] as const;
export type PriceSide = (typeof priceSides)[number];

/** A company or server that answers. What it is called with stands in `provider_keys`. */
export const providers = pgTable(
  "providers",
  {
    id: id("provider").primaryKey(),
    slug: text("slug").notNull().unique(),
    name: text("name").notNull(),
    protocol: text("protocol", { enum: wireProtocols }).notNull(),
    baseUrl: text("base_url").notNull(),
    allowPrivateNetwork: boolean("allow_private_network").notNull().default(false),
    flags: jsonb("flags").$type<Record<string, unknown>>().notNull().default({}),
    status: text("status", { enum: catalogueStatuses }).notNull().default("active"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  () => [
    check("providers_protocol", sql.raw(oneOf("protocol", wireProtocols))),
    check("providers_status", sql.raw(oneOf("status", catalogueStatuses))),
  ],
);

/** One of the installation's own keys at a provider, sealed under MASTER_KEY for this row and host (`secrets.ts`). */
export const providerKeys = pgTable(
  "provider_keys",
  {
    id: id("providerKey").primaryKey(),
    providerId: id("provider", "provider_id")
      .notNull()
      .references(() => providers.id),
    name: text("name").notNull(),
    sealedKey: text("sealed_key").notNull(),
    /** Scheme, host and port that it may be sent to: those of the provider's base URL when it was given. */
    origin: text("origin").notNull(),
    /** A few of its characters. */
    label: text("label").notNull(),
    /** Its share of the calls, beside the others'; 0: only when no other can be used. */
    weight: integer("weight").notNull().default(1),
    status: text("status", { enum: catalogueStatuses }).notNull().default("active"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    unique("provider_keys_provider_name").on(table.providerId, table.name),
    check("provider_keys_status", sql.raw(oneOf("status", catalogueStatuses))),
    check("provider_keys_weight", sql`weight between 0 and 1000000`),
  ],
);

/** What a client asks for, `author/name`. */
export const models = pgTable(
  "models",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    contextLength: integer("context_length").notNull(),
    maxOutputTokens: integer("max_output_tokens"),
    /** Which of the estimator's factors are its (`data-plane/estimate.ts`); other: not known. */
    tokenizer: text("tokenizer").notNull().default("other"),
    inputModalities: text("input_modalities").array().notNull(),
    outputModalities: text("output_modalities").array().notNull(),
    supportedParameters: text("supported_parameters").array().notNull(),
    /** What is only shown: `hugging_face_id`, `knowledge_cutoff`, `released_on`, `expires_on`, `reasoning`, `aliases`. */
    details: jsonb("details").$type<Record<string, unknown>>().notNull().default({}),
    status: text("status", { enum: catalogueStatuses }).notNull().default("active"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  () => [
    check("models_id", sql`id ~ '^[a-z0-9~][a-z0-9._-]*/[a-z0-9][a-z0-9._:-]*$'`),
    check("models_context_length", sql`context_length > 0`),
    check("models_max_output_tokens", sql`max_output_tokens is null or max_output_tokens > 0`),
    check("models_status", sql.raw(oneOf("status", catalogueStatuses))),
  ],
);

/** What a provider does with prompts and answers. `retentionDays` null: not known; 0: nothing is kept. */
export type DataPolicy = { training: boolean; retentionDays: number | null };

/** A model at a provider. */
export const endpoints = pgTable(
  "endpoints",
  {
    id: id("endpoint").primaryKey(),
    modelId: text("model_id")
      .notNull()
      .references(() => models.id),
    providerId: id("provider", "provider_id")
      .notNull()
      .references(() => providers.id),
    upstreamModel: text("upstream_model").notNull(),
    /** Null: the provider's. */
    protocol: text("protocol", { enum: wireProtocols }),
    /** Over the provider's. */
    flags: jsonb("flags").$type<Record<string, unknown>>().notNull().default({}),
    /** Which of several endpoints of one provider this is, such as `fast` or `eu`: clients name it `provider/tag`. */
    tag: text("tag"),
    /** Null: the model's. */
    supportedParameters: text("supported_parameters").array(),
    /** What the provider does with prompts; null: not known, which promises nothing. */
    dataPolicy: jsonb("data_policy").$type<DataPolicy>(),
    contextLength: integer("context_length"),
    maxOutputTokens: integer("max_output_tokens"),
    quantization: text("quantization"),
    cancellable: boolean("cancellable").notNull().default(true),
    status: text("status", { enum: catalogueStatuses }).notNull().default("active"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    unique("endpoints_model_provider_upstream").on(
      table.modelId,
      table.providerId,
      table.upstreamModel,
    ),
    check("endpoints_protocol", sql.raw(`protocol is null or ${oneOf("protocol", wireProtocols)}`)),
    check("endpoints_status", sql.raw(oneOf("status", catalogueStatuses))),
    check("endpoints_context_length", sql`context_length is null or context_length > 0`),
    check("endpoints_max_output_tokens", sql`max_output_tokens is null or max_output_tokens > 0`),
  ],
);

/**
 * A dated price list of one endpoint, on one side: what we ask (`charge`) or what we pay (`cost`).
 * Never edited: a change is a new row, and a generation names the row it was charged under.
 */
export const prices = pgTable(
  "prices",
  {
    id: id("price").primaryKey(),
    endpointId: id("endpoint", "endpoint_id")
      .notNull()
      .references(() => endpoints.id),
    side: text("side", { enum: priceSides }).notNull(),
    organizationId: id("organization", "organization_id").references(() => organizations.id),
    effectiveAt: instant("effective_at").notNull(),
    expiresAt: instant("expires_at"),
    publishedAt: instant("published_at").notNull().defaultNow(),
    publishedBy: text("published_by").notNull(),
    /** Where the amounts were read, and when they were right (a date); null: the operator's own word. */
    source: text("source"),
    asOf: text("as_of"),
  },
  (table) => [
    check("prices_side", sql.raw(oneOf("side", priceSides))),
    check("prices_organization", sql`organization_id is null or side = 'charge'`),
    check("prices_expiry", sql`expires_at is null or expires_at > effective_at`),
    // The list in force: the newest effective, and of two at one instant the later published.
    index("prices_in_force").on(table.endpointId, table.side, table.effectiveAt, table.publishedAt),
  ],
);

/** One meter's price in a list, from a prompt length on, of a service tier, at some hours. */
export const priceLines = pgTable(
  "price_lines",
  {
    priceId: id("price", "price_id")
      .notNull()
      .references(() => prices.id),
    meter: text("meter", { enum: meters }).notNull(),
    aboveInputTokens: bigint("above_input_tokens", { mode: "number" }).notNull().default(0),
    serviceTier: text("service_tier").notNull().default(""),
    hours: text("hours").notNull().default(""),
    perUnit: amount("per_unit").notNull(),
  },
  (table) => [
    primaryKey({
      name: "price_lines_key",
      columns: [table.priceId, table.meter, table.aboveInputTokens, table.serviceTier, table.hours],
    }),
    check("price_lines_service_tier", sql`service_tier ~ '^[a-z0-9_-]{0,32}$'`),
    check(
      "price_lines_hours",
      sql`hours = '' or hours ~ '^((mon|tue|wed|thu|fri|sat|sun)(,(mon|tue|wed|thu|fri|sat|sun))* )?[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$'`,
    ),
    check("price_lines_meter", sql.raw(oneOf("meter", meters))),
    check("price_lines_per_unit", sql`per_unit >= 0`),
    check("price_lines_above", sql`above_input_tokens >= 0`),
  ],
);

/** How charges are made where no organization has a list of its own. Rows are only added; the newest of a scope holds. */
export const pricingPolicies = pgTable(
  "pricing_policies",
  {
    id: id("policy").primaryKey(),
    organizationId: id("organization", "organization_id").references(() => organizations.id),
    providerId: id("provider", "provider_id").references(() => providers.id),
    modelId: text("model_id").references(() => models.id),
    kind: text("kind", { enum: policyKinds }).notNull(),
    basisPoints: integer("basis_points").notNull(),
    effectiveAt: instant("effective_at").notNull(),
    publishedAt: instant("published_at")
      .notNull()
      .default(sql`clock_timestamp()`),
    publishedBy: text("published_by").notNull(),
    note: text("note"),
  },
  (table) => [
    check("pricing_policies_kind", sql.raw(oneOf("kind", policyKinds))),
    check("pricing_policies_basis_points", sql`basis_points between 0 and 1000000`),
    check(
      "pricing_policies_share",
      sql`kind in ('cost_plus', 'own_key_fee') or basis_points <= 10000`,
    ),
    index("pricing_policies_scope").on(table.organizationId, table.providerId, table.modelId),
  ],
);

/** What a provider takes off our bill by how much we buy of it in a UTC month. */
export const volumeDiscounts = pgTable(
  "volume_discounts",
  {
    id: id("discount").primaryKey(),
    providerId: id("provider", "provider_id")
      .notNull()
      .references(() => providers.id),
    /** Ascending: above so many picodollars of list cost in the month, so many basis points off. */
    tiers: jsonb("tiers").$type<readonly { above: string; basisPoints: number }[]>().notNull(),
    effectiveAt: instant("effective_at").notNull(),
    expiresAt: instant("expires_at"),
    publishedAt: instant("published_at")
      .notNull()
      .default(sql`clock_timestamp()`),
    publishedBy: text("published_by").notNull(),
    note: text("note"),
  },
  (table) => [
    check("volume_discounts_expiry", sql`expires_at is null or expires_at > effective_at`),
    index("volume_discounts_provider").on(table.providerId, table.effectiveAt),
  ],
);

/** From an instant on a provider's discount is so many basis points. Added when a month's volume passes a tier, and at its end. */
export const discountSteps = pgTable(
  "discount_steps",
  {
    id: id("step").primaryKey(),
    discountId: id("discount", "discount_id")
      .notNull()
      .references(() => volumeDiscounts.id),
    providerId: id("provider", "provider_id")
      .notNull()
      .references(() => providers.id),
    basisPoints: integer("basis_points").notNull(),
    /** List cost of the month so far, which is why. */
    volume: amount("volume").notNull(),
    effectiveAt: instant("effective_at").notNull(),
    publishedAt: instant("published_at")
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  (table) => [
    check("discount_steps_basis_points", sql`basis_points between 0 and 10000`),
    index("discount_steps_in_force").on(table.providerId, table.effectiveAt, table.publishedAt),
  ],
);

/** An organization's own credential at a provider: its calls are paid to the provider directly, and charged a fee here. */
export const credentials = pgTable(
  "credentials",
  {
    id: id("credential").primaryKey(),
    organizationId: id("organization", "organization_id")
      .notNull()
      .references(() => organizations.id),
    providerId: id("provider", "provider_id")
      .notNull()
      .references(() => providers.id),
    name: text("name").notNull(),
    sealedKey: text("sealed_key").notNull(),
    /** Scheme, host and port that it may be sent to: those of the provider's base URL when it was given. */
    origin: text("origin").notNull(),
    label: text("label").notNull(),
    status: text("status", { enum: catalogueStatuses }).notNull().default("active"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    check("credentials_status", sql.raw(oneOf("status", catalogueStatuses))),
    unique("credentials_organization_provider").on(table.organizationId, table.providerId),
  ],
);

export const proposalStatuses = ["open", "applied", "dismissed"] as const;

/** What an import of somebody's list would change, until somebody decides. Nothing of it holds before it is applied. */
export const catalogueProposals = pgTable(
  "catalogue_proposals",
  {
    id: id("proposal").primaryKey(),
    /** Whose list it was, and of which day. */
    source: text("source").notNull(),
    asOf: text("as_of").notNull(),
    /** As `control-plane/catalogue-imports/diff-listing.ts` writes them. */
    changes: jsonb("changes").$type<readonly unknown[]>().notNull(),
    passedOver: text("passed_over").array().notNull(),
    status: text("status", { enum: proposalStatuses }).notNull().default("open"),
    createdAt: instant("created_at").notNull().defaultNow(),
    createdBy: text("created_by").notNull(),
    closedAt: instant("closed_at"),
    closedBy: text("closed_by"),
    /** What was done, a sentence each, and what was not and why. */
    outcome: jsonb("outcome").$type<{ done: string[]; held: string[] }>(),
  },
  (table) => [
    check("catalogue_proposals_status", sql.raw(oneOf("status", proposalStatuses))),
    check("catalogue_proposals_closed", sql`(status = 'open') = (closed_at is null)`),
    index("catalogue_proposals_newest").on(table.createdAt, table.id),
  ],
);
