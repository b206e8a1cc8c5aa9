import { asc, gt } from "drizzle-orm";
import type { Database, Transaction } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { organizations } from "#schema/tables/organizations.ts";
import { commit } from "../run-command.ts";
import { applyRateTier } from "./apply-rate-tier.ts";

// Few enough that nobody waits long for the rows that a batch locks: 100 take about 0.2 s.
const batchRows = 100;

/**
 * Puts every organization into its rate tier, a batch a transaction. To repeat it changes nothing, and what an end in
 * between leaves over the next run does.
 * @returns how many organizations are bounded otherwise now, and the last change that gateways must hear of.
 */
export async function applyRateTiers(
  db: Database,
): Promise<{ changed: number; sequence: number | null }> {
  let changed = 0;
  let sequence: number | null = null;
  let after: OrganizationId | null = null;
  do {
    const from: OrganizationId | null = after;
    const batch: Batch = await commit(db, (tx) => applyBatch(tx, from));
    changed += batch.changed;
    sequence = batch.sequence ?? sequence;
    after = batch.next;
  } while (after !== null);
  return { changed, sequence };
}

type Batch = { changed: number; sequence: number | null; next: OrganizationId | null };

async function applyBatch(tx: Transaction, after: OrganizationId | null): Promise<Batch> {
  const rows = await tx
    .select({ id: organizations.id })
    .from(organizations)
    .where(after === null ? undefined : gt(organizations.id, after))
    .orderBy(asc(organizations.id))
    .limit(batchRows);
  const changed: OrganizationId[] = [];
  for (const { id } of rows) if ((await applyRateTier(tx, id)).changed) changed.push(id);
  let sequence: number | null = null;
  for (const id of changed) sequence = await recordChange(tx, "organization", id);
  return {
    changed: changed.length,
    sequence,
    next: rows.length < batchRows ? null : (rows.at(-1)?.id ?? null),
  };
}
