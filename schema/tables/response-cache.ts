/** Answers that clients asked us to keep for a while (contract C-1 to C-6). Whatever is lost here is only asked again. */
import { sql } from "drizzle-orm";
import { check, customType, index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { keptAnswerBytesMax } from "../kept-answers.ts";
import { id, instant } from "./columns.ts";
import { keys } from "./keys.ts";

const bytes = customType<{ data: Buffer }>({ dataType: () => "bytea" });

/**
 * By the key that asked, so that nobody else's request can find it. Unlogged (see the migration): answers are neither in the
 * write-ahead log nor in physical backups, and are gone after a crash of Postgres.
 */
export const responseCache = pgTable(
  "response_cache",
  {
    keyId: id("key", "key_id")
      .notNull()
      .references(() => keys.id),
    digest: text("digest").notNull(),
    organizationId: id("organization", "organization_id").notNull(),
    sealed: bytes("sealed").notNull(),
    bytes: integer("bytes").notNull(),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.keyId, table.digest] }),
    check("response_cache_bytes", sql.raw(`bytes between 0 and ${keptAnswerBytesMax}`)),
    // What has expired, for the job; with the size, so that all of it is added up from the index.
    index("response_cache_expires_at").on(table.expiresAt, table.bytes),
  ],
);
