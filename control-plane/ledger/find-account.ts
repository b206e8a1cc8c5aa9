import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import type { AccountId, OrganizationId } from "#schema/ids.ts";
import { CommandError } from "../command-error.ts";
import {
  accountColumns,
  accountTables,
  parseAccount,
  type Account,
  type AccountRow,
} from "./account.ts";

/**
 * An account by its id, or an organization's credit account.
 * @param of.within an organization: an account of anybody else is not found.
 * @throws {CommandError} not_found.
 */
export async function findAccount(
  tx: Transaction,
  of: { account: AccountId; within: OrganizationId | null } | { creditOf: OrganizationId },
): Promise<Account> {
  const which =
    "creditOf" in of
      ? sql`a.kind = 'credit' and a.organization_id = ${of.creditOf}`
      : sql`a.id = ${of.account} and ${of.within === null ? sql`true` : sql`a.organization_id = ${of.within}`}`;
  const [row] = await tx.execute<AccountRow>(sql`
    select ${accountColumns}, a.balance::text as balance, a.version::text as version from ${accountTables} where ${which}`);
  if (!row) {
    throw new CommandError(
      "not_found",
      "creditOf" in of
        ? `organization ${of.creditOf} has no credit account`
        : `account: none has the id ${of.account}; ledger.accounts lists those that exist`,
    );
  }
  return parseAccount(row);
}
