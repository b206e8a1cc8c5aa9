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
import { amount, id, instant, oneOf } from "./columns.ts";

export const wireProtocols = ["openai-chat"] as const;
export type WireProtocol = (typeof wireProtocols)[number];
export const catalogueStatuses = ["active", "disabled"] as const;
export const priceSides = ["charge", "cost"] as const;
export type PriceSide = (typeof priceSides)[number];

/** A company or server that answers. Its credential is sealed under MASTER_KEY (`secrets.ts`). */
export const providers = pgTable(
  "providers",
  {
    id: id("provider").primaryKey(),
    slug: text("slug").notNull().unique(),
    name: text("name").notNull(),
    protocol: text("protocol", { enum: wireProtocols }).notNull(),
    baseUrl: text("base_url").notNull(),
    allowPrivateNetwork: boolean("allow_private_network").notNull().default(false),
    sealedKey: text("sealed_key"),
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

/** What a client asks for, `author/name`. */
export const models = pgTable(
  "models",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    description: text("description").notNull().default(""),
    contextLength: integer("context_length").notNull(),
    maxOutputTokens: integer("max_output_tokens"),
    inputModalities: text("input_modalities").array().notNull(),
    outputModalities: text("output_modalities").array().notNull(),
    supportedParameters: text("supported_parameters").array().notNull(),
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
    effectiveAt: instant("effective_at").notNull(),
    publishedAt: instant("published_at").notNull().defaultNow(),
    publishedBy: text("published_by").notNull(),
  },
  (table) => [
    check("prices_side", sql.raw(oneOf("side", priceSides))),
    // The list in force: the newest effective, and of two at one instant the later published.
    index("prices_in_force").on(table.endpointId, table.side, table.effectiveAt, table.publishedAt),
  ],
);

/** One meter's price in a list, from a prompt length on. */
export const priceLines = pgTable(
  "price_lines",
  {
    priceId: id("price", "price_id")
      .notNull()
      .references(() => prices.id),
    meter: text("meter", { enum: meters }).notNull(),
    aboveInputTokens: bigint("above_input_tokens", { mode: "number" }).notNull().default(0),
    perUnit: amount("per_unit").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.priceId, table.meter, table.aboveInputTokens] }),
    check("price_lines_meter", sql.raw(oneOf("meter", meters))),
    check("price_lines_per_unit", sql`per_unit >= 0`),
    check("price_lines_above", sql`above_input_tokens >= 0`),
  ],
);
