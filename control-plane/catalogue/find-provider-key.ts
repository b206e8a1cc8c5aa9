import { and, eq } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { parseId, type ProviderId, type ProviderKeyId } from "#schema/ids.ts";
import { providerKeys } from "#schema/tables/catalogue.ts";
import { CommandError } from "../command-error.ts";

/** A provider's key by name or id, locked. @throws {CommandError} not_found. */
export async function findProviderKey(
  tx: Transaction,
  providerId: ProviderId,
  nameOrId: string,
): Promise<{ id: ProviderKeyId; name: string; weight: number; status: "active" | "disabled" }> {
  const id = parseId("providerKey", nameOrId);
  const [row] = await tx
    .select({
      id: providerKeys.id,
      name: providerKeys.name,
      weight: providerKeys.weight,
      status: providerKeys.status,
    })
    .from(providerKeys)
    .where(
      and(
        eq(providerKeys.providerId, providerId),
        id === null ? eq(providerKeys.name, nameOrId) : eq(providerKeys.id, id),
      ),
    )
    .for("update");
  if (!row) {
    throw new CommandError(
      "not_found",
      `this provider has no key ${JSON.stringify(nameOrId.slice(0, 80))}; providers.listKeys shows those it has`,
    );
  }
  return row;
}
