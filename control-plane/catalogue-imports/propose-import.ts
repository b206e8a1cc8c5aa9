import { isDeepStrictEqual } from "node:util";
import { and, desc, eq, sql } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type ProposalId } from "#schema/ids.ts";
import { catalogueProposals } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";
import { diffListing, type Difference } from "./diff-listing.ts";
import type { Listing } from "./listing.ts";
import { readInForce } from "./read-in-force.ts";

/** More to look at than anybody would; a list of one provider after the other is meant then. */
const changesMax = 5_000;
/** Of one source; who imports by a timer and never looks is told. */
const openMax = 50;
/** Closed ones are history; of that the newest are kept. */
const closedKept = 200;

/**
 * Compares a list with what is in force, and keeps what it would change for somebody to look at. Nothing is changed. The
 * same list again finds the proposal that is there.
 * @returns `id` is null when the list changes nothing.
 * @throws {CommandError} bad_request when there is too much of it; conflict when too many proposals of the source are open.
 */
export async function proposeImport(
  tx: Transaction,
  list: Listing,
  { by, now }: { by: string; now: Date },
): Promise<Difference & { id: ProposalId | null; sequence: null }> {
  const difference = diffListing(list, await readInForce(tx, now));
  const passedOver = [...difference.passedOver, ...list.skipped].slice(0, 1_000);
  const { changes } = difference;
  if (changes.length > changesMax)
    throw new CommandError(
      "bad_request",
      `the list would change ${changes.length} things, and at most ${changesMax} can be looked at; name a provider`,
    );
  if (changes.length === 0) return { id: null, changes, passedOver, sequence: null };
  // Two imports of one list at once wait for each other here.
  await tx.execute(sql`select pg_advisory_xact_lock(7417071014)`);
  const open = await tx
    .select()
    .from(catalogueProposals)
    .where(and(eq(catalogueProposals.status, "open"), eq(catalogueProposals.source, list.source)))
    .orderBy(desc(catalogueProposals.createdAt))
    .limit(openMax);
  const asStored: unknown = JSON.parse(JSON.stringify(changes));
  const same = open.find(
    (row) => row.asOf === list.asOf && isDeepStrictEqual(row.changes, asStored),
  );
  if (same) return { id: same.id, changes, passedOver, sequence: null };
  if (open.length === openMax)
    throw new CommandError(
      "conflict",
      `${openMax} proposals from ${list.source} are open already; apply or dismiss some: turnpike catalogue proposals`,
    );
  const id = mintId("proposal");
  await tx.insert(catalogueProposals).values({
    id,
    source: list.source,
    asOf: list.asOf,
    changes,
    passedOver,
    createdAt: now,
    createdBy: by,
  });
  await tx.execute(sql`
    delete from catalogue_proposals where status <> 'open' and id not in (
      select id from catalogue_proposals where status <> 'open' order by created_at desc, id desc limit ${closedKept})`);
  return { id, changes, passedOver, sequence: null };
}
