import { sql } from "drizzle-orm";
import { check, pgTable, text, unique } from "drizzle-orm/pg-core";
import { id, instant, oneOf } from "./columns.ts";

export const organizationStatuses = ["active", "suspended"] as const;
/** From most to least; `operator` stands above an organization: it runs the installation. */
export const roles = ["operator", "owner", "admin", "developer", "billing", "viewer"] as const;
export type Role = (typeof roles)[number];

/** Who pays. */
export const organizations = pgTable(
  "organizations",
  {
    id: id("organization").primaryKey(),
    slug: text("slug").notNull().unique(),
    name: text("name").notNull(),
    status: text("status", { enum: organizationStatuses }).notNull().default("active"),
    createdAt: instant("created_at").notNull().defaultNow(),
    updatedAt: instant("updated_at").notNull().defaultNow(),
  },
  () => [check("organizations_status", sql.raw(oneOf("status", organizationStatuses)))],
);

/** An environment inside an organization; every key belongs to one. */
export const workspaces = pgTable(
  "workspaces",
  {
    id: id("workspace").primaryKey(),
    organizationId: id("organization", "organization_id")
      .notNull()
      .references(() => organizations.id),
    slug: text("slug").notNull(),
    name: text("name").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [unique("workspaces_organization_slug").on(table.organizationId, table.slug)],
);

/** A person with a role in an organization. */
export const members = pgTable(
  "members",
  {
    id: id("member").primaryKey(),
    organizationId: id("organization", "organization_id")
      .notNull()
      .references(() => organizations.id),
    email: text("email").notNull(),
    name: text("name"),
    role: text("role", { enum: roles }).notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    unique("members_organization_email").on(table.organizationId, table.email),
    check("members_role", sql.raw(oneOf("role", roles))),
  ],
);
