import { sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { generationIdOf, type AccountId, type GenerationId, type TransferId } from "#schema/ids.ts";
import { picodollars, type Picodollars } from "#schema/money/amount.ts";
import type { AccountKind, TransferKind } from "#schema/tables/ledger.ts";
import { referenceOf } from "./reference-of.ts";

/** One movement of one account, and why. */
export type Entry = {
  version: number;
  at: Date;
  /** Above zero: came in. */
  amount: Picodollars;
  balance: Picodollars;
  transfer: TransferId;
  kind: TransferKind;
  /** The kind of account on the other side. */
  other: AccountKind;
  corrects: { transfer: TransferId; kind: TransferKind; generation: GenerationId | null } | null;
  actor: string;
  note: string | null;
  /** What the caller named it by, so that it is booked once: a payment's id, say. */
  reference: string | null;
};

/**
 * A page of an account's entries. Pages by the account's version, so it costs the same however deep it lies and an entry
 * that is added meanwhile moves no other.
 * @param page `above` and `through` bound the versions; `order` oldest or newest first; `after` is the version of the
 *   last entry of the page before.
 */
export async function listEntries(
  tx: Transaction,
  page: {
    account: AccountId;
    above?: number;
    through?: number;
    order: "oldest" | "newest";
    limit: number;
    after: number | null;
  },
): Promise<{ rows: Entry[]; next: number | null }> {
  const { account, above = 0, through = Number.MAX_SAFE_INTEGER, order, limit, after } = page;
  const newest = order === "newest";
  const from = !newest && after !== null && after > above ? after : above;
  const to = newest && after !== null && after <= through ? after - 1 : through;
  const rows = await tx.execute<{
    version: string;
    at: string;
    amount: string;
    balance: string;
    transfer: TransferId;
    kind: TransferKind;
    other: AccountKind;
    corrected: TransferId | null;
    corrected_kind: TransferKind | null;
    generation: string | null;
    actor: string;
    note: string | null;
    idempotency_key: string | null;
  }>(sql`
    select e.account_version::text as version, trunc(extract(epoch from e.created_at) * 1000)::text as at, e.amount::text as amount,
           e.balance_after::text as balance, t.id as transfer, t.kind, other.kind as other, t.corrects_transfer_id as corrected,
           c.kind as corrected_kind, t.corrects_generation_id::text as generation, t.actor, t.note, t.idempotency_key
      from entries e
      join transfers t on t.id = e.transfer_id
      join accounts other on other.id = case when t.from_account_id = e.account_id then t.to_account_id else t.from_account_id end
      left join transfers c on c.id = t.corrects_transfer_id
     where e.account_id = ${account} and e.account_version > ${from}::bigint and e.account_version <= ${to}::bigint
     order by e.account_version ${newest ? sql`desc` : sql`asc`}
     limit ${limit + 1}`);
  const shown = rows.slice(0, limit).map((row) => ({
    version: +row.version,
    at: new Date(+row.at),
    amount: picodollars(BigInt(row.amount)),
    balance: picodollars(BigInt(row.balance)),
    transfer: row.transfer,
    kind: row.kind,
    other: row.other,
    corrects:
      row.corrected === null || row.corrected_kind === null
        ? null
        : {
            transfer: row.corrected,
            kind: row.corrected_kind,
            generation: row.generation === null ? null : generationIdOf(row.generation),
          },
    actor: row.actor,
    note: row.note,
    reference: referenceOf(row.idempotency_key),
  }));
  return { rows: shown, next: rows.length > limit ? (shown.at(-1)?.version ?? null) : null };
}
