/** Every bounded amount is an allowance; gateways spend from leases, shares of it. `ledger/README.md` says how. */
import { sql } from "drizzle-orm";
import {
  bigint,
  bigserial,
  check,
  index,
  integer,
  numeric,
  pgTable,
  primaryKey,
  text,
  unique,
} from "drizzle-orm/pg-core";
import {
  allowanceOrigins,
  allowanceSubjects,
  allowanceUnits,
  allowanceWindows,
  anyModel,
} from "../bounds.ts";
import { amount, id, instant, oneOf } from "./columns.ts";
import { organizations } from "./organizations.ts";

export const gatewayStates = ["living", "closed", "forfeited"] as const;
export const changeKinds = ["catalogue", "key", "organization"] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** A bound: of what, for whom, per which window. An organization's credit is one, over its lifetime. */
export const allowances = pgTable(
  "allowances",
  {
    id: id("allowance").primaryKey(),
    organizationId: id("organization", "organization_id")
      .notNull()
      .references(() => organizations.id),
    subjectKind: text("subject_kind", { enum: allowanceSubjects }).notNull(),
    subjectId: text("subject_id").notNull(),
    unit: text("unit", { enum: allowanceUnits }).notNull(),
    window: text("window_kind", { enum: allowanceWindows }).notNull(),
    scope: text("scope").notNull().default(anyModel),
    origin: text("origin", { enum: allowanceOrigins }).notNull().default("set"),
    limit: amount("limit_amount"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    unique("allowances_subject").on(
      table.subjectKind,
      table.subjectId,
      table.unit,
      table.window,
      table.scope,
    ),
    check("allowances_subject_kind", sql.raw(oneOf("subject_kind", allowanceSubjects))),
    check("allowances_unit", sql.raw(oneOf("unit", allowanceUnits))),
    check("allowances_window", sql.raw(oneOf("window_kind", allowanceWindows))),
    check("allowances_origin", sql.raw(oneOf("origin", allowanceOrigins))),
    // Credit is one number for everything; what a minute bounds is a rate, and money has none.
    check(
      "allowances_shape",
      sql`(unit <> 'picodollars' or (window_kind <> 'minute' and scope = '')) and (unit <> 'concurrency' or window_kind = 'lifetime')`,
    ),
    check("allowances_limit", sql`limit_amount is null or limit_amount >= 0`),
  ],
);

/** What has been used of an allowance in one window, and what gateways hold of it. */
export const allowanceUses = pgTable(
  "allowance_uses",
  {
    allowanceId: id("allowance", "allowance_id")
      .notNull()
      .references(() => allowances.id),
    windowStart: instant("window_start").notNull(),
    used: numeric("used", { precision: 38, scale: 0, mode: "bigint" })
      .notNull()
      .default(sql`0`),
    leased: numeric("leased", { precision: 38, scale: 0, mode: "bigint" })
      .notNull()
      .default(sql`0`),
  },
  (table) => [primaryKey({ columns: [table.allowanceId, table.windowStart] })],
);

/** One life of one gateway process. */
export const gateways = pgTable(
  "gateways",
  {
    id: id("gateway").primaryKey(),
    name: text("name").notNull(),
    host: text("host").notNull(),
    pid: integer("pid").notNull(),
    state: text("state", { enum: gatewayStates }).notNull().default("living"),
    startedAt: instant("started_at").notNull().defaultNow(),
    seenAt: instant("seen_at").notNull().defaultNow(),
    seenChange: bigint("seen_change", { mode: "number" }).notNull().default(0),
    posted: bigint("posted", { mode: "number" }).notNull().default(0),
  },
  (table) => [
    check("gateways_state", sql.raw(oneOf("state", gatewayStates))),
    index("gateways_living").on(table.state, table.seenAt),
  ],
);

/** A gateway's share of an allowance in one window: what it may still spend plus what it spent and is not yet posted. */
export const leases = pgTable(
  "leases",
  {
    gatewayId: id("gateway", "gateway_id")
      .notNull()
      .references(() => gateways.id),
    allowanceId: id("allowance", "allowance_id").notNull(),
    windowStart: instant("window_start").notNull(),
    amount: numeric("amount", { precision: 38, scale: 0, mode: "bigint" }).notNull(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.gatewayId, table.allowanceId, table.windowStart] }),
    index("leases_allowance").on(table.allowanceId, table.windowStart),
  ],
);

/** What an organization may do per minute and day by the credits it ever bought; the highest reached tier holds. */
export const rateTiers = pgTable(
  "rate_tiers",
  {
    name: text("name").primaryKey(),
    purchasedMin: amount("purchased_min").notNull().unique(),
    requestsPerMinute: bigint("requests_per_minute", { mode: "number" }),
    tokensPerMinute: bigint("tokens_per_minute", { mode: "number" }),
    concurrentRequests: bigint("concurrent_requests", { mode: "number" }),
    freeRequestsPerMinute: bigint("free_requests_per_minute", { mode: "number" }),
    freeRequestsPerDay: bigint("free_requests_per_day", { mode: "number" }),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  () => [check("rate_tiers_purchased_min", sql`purchased_min >= 0`)],
);

/** What a gateway that did not come back still held of an allowance when its share was taken away. */
export const forfeits = pgTable(
  "forfeits",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    gatewayId: id("gateway", "gateway_id")
      .notNull()
      .references(() => gateways.id),
    allowanceId: id("allowance", "allowance_id").notNull(),
    windowStart: instant("window_start").notNull(),
    amount: numeric("amount", { precision: 38, scale: 0, mode: "bigint" }).notNull(),
    actor: text("actor").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [index("forfeits_gateway").on(table.gatewayId)],
);

/** What gateways must hear of, in commit order; told by NOTIFY and read again by timer. */
export const changes = pgTable(
  "changes",
  {
    sequence: bigserial("sequence", { mode: "number" }).primaryKey(),
    kind: text("kind", { enum: changeKinds }).notNull(),
    subject: text("subject").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  () => [check("changes_kind", sql.raw(oneOf("kind", changeKinds)))],
);
