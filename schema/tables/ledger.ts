/** Double entry. Transfers and entries are only ever added; a correction names what it corrects. */
import { sql } from "drizzle-orm";
import { bigint, bigserial, check, index, pgTable, text, unique, uuid } from "drizzle-orm/pg-core";
import { providers } from "./catalogue.ts";
import { amount, id, instant, oneOf } from "./columns.ts";
import { organizations } from "./organizations.ts";

export const accountKinds = [
  "credit",
  "grants",
  "revenue",
  "provider_cost",
  "provider_payable",
  "cash",
] as const;
export type AccountKind = (typeof accountKinds)[number];
export const transferKinds = [
  "grant",
  "purchase",
  "refund",
  "usage",
  "cost",
  "correction",
] as const;
export type TransferKind = (typeof transferKinds)[number];

/** `credit` is an organization's; the others are the house's. The balances of all accounts sum to zero. */
export const accounts = pgTable(
  "accounts",
  {
    id: id("account").primaryKey(),
    kind: text("kind", { enum: accountKinds }).notNull(),
    organizationId: id("organization", "organization_id").references(() => organizations.id),
    providerId: id("provider", "provider_id").references(() => providers.id),
    balance: amount("balance")
      .notNull()
      .default(sql`0`),
    version: bigint("version", { mode: "number" }).notNull().default(0),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (table) => [
    unique("accounts_owner")
      .on(table.kind, table.organizationId, table.providerId)
      .nullsNotDistinct(),
    check("accounts_kind", sql.raw(oneOf("kind", accountKinds))),
    check("accounts_credit_owner", sql`(kind = 'credit') = (organization_id is not null)`),
  ],
);

/** Money moved from one account to another: a positive amount, a reason, and both instants. */
export const transfers = pgTable(
  "transfers",
  {
    id: id("transfer").primaryKey(),
    kind: text("kind", { enum: transferKinds }).notNull(),
    fromAccountId: id("account", "from_account_id")
      .notNull()
      .references(() => accounts.id),
    toAccountId: id("account", "to_account_id")
      .notNull()
      .references(() => accounts.id),
    amount: amount("amount").notNull(),
    eventAt: instant("event_at").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    actor: text("actor").notNull(),
    note: text("note"),
    idempotencyKey: text("idempotency_key").unique(),
    correctsTransferId: id("transfer", "corrects_transfer_id"),
    correctsGenerationId: uuid("corrects_generation_id"),
  },
  (table) => [
    check("transfers_kind", sql.raw(oneOf("kind", transferKinds))),
    check("transfers_amount", sql`amount > 0`),
    check("transfers_two_accounts", sql`from_account_id <> to_account_id`),
    check(
      "transfers_correction",
      sql`(kind in ('correction', 'refund')) = (corrects_transfer_id is not null)`,
    ),
    check(
      "transfers_correction_generation",
      sql`corrects_generation_id is null or kind = 'correction'`,
    ),
    // What was already given back of a transfer, or of one of its generations.
    index("transfers_corrects").on(table.correctsTransferId, table.correctsGenerationId),
    index("transfers_from").on(table.fromAccountId, table.createdAt),
    index("transfers_to").on(table.toAccountId, table.createdAt),
  ],
);

/** A transfer as one account saw it, with the balance on either side, so that a gap is visible by eye. */
export const entries = pgTable(
  "entries",
  {
    id: bigserial("id", { mode: "number" }).primaryKey(),
    transferId: id("transfer", "transfer_id")
      .notNull()
      .references(() => transfers.id),
    accountId: id("account", "account_id")
      .notNull()
      .references(() => accounts.id),
    amount: amount("amount").notNull(),
    balanceBefore: amount("balance_before").notNull(),
    balanceAfter: amount("balance_after").notNull(),
    accountVersion: bigint("account_version", { mode: "number" }).notNull(),
    // Not now(), which is when the transaction began: later entries of an account have later instants.
    createdAt: instant("created_at")
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  (table) => [
    unique("entries_account_version").on(table.accountId, table.accountVersion),
    check("entries_balance", sql`balance_after = balance_before + amount`),
    index("entries_transfer").on(table.transferId),
    // The balance at an instant, and a statement of a period.
    index("entries_account_created").on(table.accountId, table.createdAt),
  ],
);
