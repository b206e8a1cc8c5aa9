import { eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { parseId } from "#schema/ids.ts";
import { providers } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";

export type ProviderRow = typeof providers.$inferSelect;

/** The provider of a slug or an id. @throws {CommandError} not_found. */
export async function findProvider(tx: Transaction, slugOrId: string): Promise<ProviderRow> {
  const id = parseId("provider", slugOrId);
  const [row] = await tx
    .select()
    .from(providers)
    .where(id === null ? eq(providers.slug, slugOrId) : eq(providers.id, id));
  if (!row) {
    throw new CommandError(
      "not_found",
      `no provider has the slug or id ${JSON.stringify(slugOrId.slice(0, 80))}; providers.list shows those that exist`,
    );
  }
  return row;
}
