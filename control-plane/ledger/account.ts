import { sql, type SQL } from "drizzle-orm";
import type { AccountId, OrganizationId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import type { AccountKind } from "#schema/tables/ledger.ts";

/** An account and whose it is: an organization's, or the house's, of one provider or of none. */
export type Account = {
  id: AccountId;
  kind: AccountKind;
  organizationId: OrganizationId | null;
  organization: string | null;
  provider: string | null;
  balance: Picodollars;
  entries: number;
};

export type AccountRow = {
  id: AccountId;
  kind: AccountKind;
  organization_id: OrganizationId | null;
  organization: string | null;
  provider: string | null;
  balance: string;
  version: string;
};

/** Columns of `AccountRow` but the last two, and where they come from. */
export const accountColumns: SQL = sql`a.id, a.kind, a.organization_id, o.slug as organization, p.slug as provider`;
export const accountTables: SQL = sql`accounts a left join organizations o on o.id = a.organization_id left join providers p on p.id = a.provider_id`;

export const parseAccount = (row: AccountRow): Account => ({
  id: row.id,
  kind: row.kind,
  organizationId: row.organization_id,
  organization: row.organization,
  provider: row.provider,
  balance: picodollars(BigInt(row.balance)),
  entries: +row.version,
});
