import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { models } from "#schema/tables/catalogue.ts";
import { findModel } from "./find-model.ts";

/** Takes a model out of use: it is no longer listed or answered, its history stays. @throws {CommandError} not_found. */
export async function disableModel(
  tx: Transaction,
  modelId: string,
): Promise<{ sequence: number }> {
  await findModel(tx, modelId);
  await tx
    .update(models)
    .set({ status: "disabled", updatedAt: new Date() })
    .where(eq(models.id, modelId));
  return { sequence: await recordChange(tx, "catalogue", "") };
}
