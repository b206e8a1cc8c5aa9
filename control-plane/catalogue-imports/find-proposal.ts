import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { parseId, type ProposalId } from "#schema/ids.ts";
import { catalogueProposals } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";
import type { Change } from "./diff-listing.ts";

export type Proposal = Omit<typeof catalogueProposals.$inferSelect, "changes"> & {
  changes: Change[];
};

/**
 * A proposal by its id.
 * @param lock whether others that would close it have to wait.
 * @throws {CommandError} not_found.
 */
export async function findProposal(
  tx: Transaction,
  text: string,
  { lock = false } = {},
): Promise<Proposal> {
  const id = parseId("proposal", text);
  const query = (of: ProposalId) =>
    tx.select().from(catalogueProposals).where(eq(catalogueProposals.id, of));
  const [row] = id === null ? [] : await (lock ? query(id).for("update") : query(id));
  if (!row)
    throw new CommandError(
      "not_found",
      `no proposal has the id ${JSON.stringify(text.slice(0, 80))}; catalogue.proposals shows those that exist`,
    );
  return { ...row, changes: row.changes as Change[] };
}
