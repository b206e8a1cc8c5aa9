import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { AccountId, OrganizationId } from "#schema/ids.ts";
import {
  accountColumns,
  accountTables,
  parseAccount,
  type Account,
  type AccountRow,
} from "./account.ts";

/**
 * A page of accounts with their balances, the house's first and then by organization; now, or by all entries from
 * before `at`.
 * @param page.organizationId null: everybody's. `after`: the id of the last account of the page before.
 */
export async function listAccounts(
  tx: Transaction,
  page: {
    organizationId: OrganizationId | null;
    at: Date | null;
    limit: number;
    after: AccountId | null;
  },
): Promise<{ rows: Account[]; next: AccountId | null }> {
  const place = sql`coalesce(o.slug, ''), a.kind, coalesce(p.slug, ''), a.id`;
  const own =
    page.organizationId === null ? sql`true` : sql`a.organization_id = ${page.organizationId}`;
  const behind =
    page.after === null
      ? sql`true`
      : sql`(${place}) > (select ${place} from ${accountTables} where a.id = ${page.after})`;
  const balance =
    page.at === null
      ? sql`a.balance::text as balance, a.version::text as version from ${accountTables}`
      : sql`coalesce(e.balance_after, 0)::text as balance, coalesce(e.account_version, 0)::text as version from ${accountTables}
          left join lateral (select balance_after, account_version from entries
            where account_id = a.id and created_at < ${page.at.toISOString()}::timestamptz
            order by created_at desc, account_version desc limit 1) e on true`;
  const rows = await tx.execute<AccountRow>(sql`
    select ${accountColumns}, ${balance} where ${own} and ${behind} order by ${place} limit ${page.limit + 1}`);
  const shown = rows.slice(0, page.limit).map(parseAccount);
  return { rows: shown, next: rows.length > page.limit ? (shown.at(-1)?.id ?? null) : null };
}
