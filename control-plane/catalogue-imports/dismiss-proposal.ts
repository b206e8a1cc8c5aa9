import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { catalogueProposals } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";
import { findProposal } from "./find-proposal.ts";

/** Decides that nothing of it shall be. Twice is as good as once. @throws {CommandError} not_found; conflict when it was applied. */
export async function dismissProposal(
  tx: Transaction,
  id: string,
  { by, now }: { by: string; now: Date },
): Promise<{ changed: boolean; sequence: null }> {
  const proposal = await findProposal(tx, id, { lock: true });
  if (proposal.status === "applied")
    throw new CommandError(
      "conflict",
      `${proposal.id} was applied already; import the list that shall hold instead`,
    );
  if (proposal.status === "dismissed") return { changed: false, sequence: null };
  await tx
    .update(catalogueProposals)
    .set({ status: "dismissed", closedAt: now, closedBy: by })
    .where(eq(catalogueProposals.id, proposal.id));
  return { changed: true, sequence: null };
}
