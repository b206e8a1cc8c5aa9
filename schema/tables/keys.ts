import { sql } from "drizzle-orm";
import { boolean, check, index, pgTable, text } from "drizzle-orm/pg-core";
import { limitResets } from "../bounds.ts";
import { amount, id, instant, oneOf } from "./columns.ts";
import { organizations, roles, workspaces } from "./organizations.ts";

export const keyKinds = ["inference", "management"] as const;
export type KeyKind = (typeof keyKinds)[number];

/** API keys. Only the SHA-256 of a key is stored; the key itself is shown once, when it is minted. */
export const keys = pgTable(
  "keys",
  {
    id: id("key").primaryKey(),
    organizationId: id("organization", "organization_id")
      .notNull()
      .references(() => organizations.id),
    workspaceId: id("workspace", "workspace_id")
      .notNull()
      .references(() => workspaces.id),
    kind: text("kind", { enum: keyKinds }).notNull(),
    role: text("role", { enum: roles }),
    name: text("name").notNull(),
    hash: text("hash").notNull().unique(),
    label: text("label").notNull(),
    limit: amount("limit_amount"),
    limitReset: text("limit_reset", { enum: limitResets }),
    disabled: boolean("disabled").notNull().default(false),
    revokedAt: instant("revoked_at"),
    expiresAt: instant("expires_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at"),
  },
  (table) => [
    check("keys_kind", sql.raw(oneOf("kind", keyKinds))),
    check("keys_role", sql`(kind = 'management') = (role is not null)`),
    check("keys_limit", sql`limit_amount is null or limit_amount >= 0`),
    check(
      "keys_limit_reset",
      sql.raw(`limit_reset is null or ${oneOf("limit_reset", limitResets)}`),
    ),
    check("keys_hash", sql`hash ~ '^[0-9a-f]{64}$'`),
    // The list of an organization's keys, newest first.
    index("keys_organization").on(table.organizationId, table.createdAt),
  ],
);
