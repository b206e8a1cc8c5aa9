import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { models } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";

export type ModelRow = typeof models.$inferSelect;

/** The model of an id, disabled or not. @throws {CommandError} not_found. */
export async function findModel(tx: Transaction, id: string): Promise<ModelRow> {
  const [row] = await tx.select().from(models).where(eq(models.id, id));
  if (!row) {
    throw new CommandError(
      "not_found",
      `no model has the id ${JSON.stringify(id.slice(0, 120))}; models.list shows those that exist`,
    );
  }
  return row;
}
