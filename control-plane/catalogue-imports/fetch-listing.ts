import { and, desc, eq } from "drizzle-orm";
import type { Database } from "#schema/database.ts";
import { credentialContext, unseal, type MasterKeys } from "#schema/secrets.ts";
import { providerKeys } from "#schema/tables/catalogue.ts";
import { findProvider, type ProviderRow } from "../catalogue/find-provider.ts";
import { CommandError } from "../command-error.ts";
import { fetchList } from "./fetch-list.ts";
import type { Listing } from "./listing.ts";
import { readModelsDev } from "./read-models-dev.ts";
import { readOpenRouter } from "./read-openrouter.ts";
import { readProviderList } from "./read-provider-list.ts";

/** The only hosts that are asked, beside those of connected providers. */
export const publicLists = {
  "models.dev": "https://models.dev/api.json",
  openrouter: "https://openrouter.ai/api/v1/models",
} as const;

export type ListSource =
  | { from: "models.dev" }
  /** With a model: who else sells it, and at which price. */
  | { from: "openrouter"; model?: string | undefined }
  | { from: "provider"; provider: string };

/**
 * Asks for a list and reads it. Nothing is stored.
 * @throws {CommandError} not_found for the provider; bad_request for one that has no such list; unavailable when the list
 *   cannot be had or is none.
 */
export async function fetchListing(
  db: Database,
  source: ListSource,
  { masterKey, now }: { masterKey: MasterKeys; now: Date },
): Promise<Listing> {
  const asOf = now.toISOString().slice(0, 10);
  switch (source.from) {
    case "models.dev":
      return readable(source.from, async () =>
        readModelsDev(await fetchList(publicLists["models.dev"]), asOf),
      );
    case "openrouter": {
      const address =
        source.model === undefined
          ? publicLists.openrouter
          : `${publicLists.openrouter}/${source.model}/endpoints`;
      return readable(source.from, async () => readOpenRouter(await fetchList(address), asOf));
    }
    case "provider": {
      const provider = await findProvider(db, source.provider);
      const { address, headers } = await whereToAsk(db, provider, masterKey);
      return readable(provider.slug, async () =>
        readProviderList(
          await fetchList(address, { headers, allowPrivate: provider.allowPrivateNetwork }),
          provider.slug,
          asOf,
        ),
      );
    }
    default:
      return source satisfies never;
  }
}

async function readable(from: string, read: () => Promise<Listing>): Promise<Listing> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError("unavailable", `what ${from} answered ${reason}`, { cause: error });
  }
}

async function whereToAsk(
  db: Database,
  provider: ProviderRow,
  masterKey: MasterKeys,
): Promise<{ address: string; headers: Record<string, string> }> {
  const key = await keyOf(db, provider, masterKey);
  const address = `${provider.baseUrl}/models`;
  const bearer: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  switch (provider.protocol) {
    case "anthropic-messages":
      return {
        address: `${address}?limit=1000`,
        headers: {
          "anthropic-version": "2023-06-01",
          ...(key === null ? {} : { "x-api-key": key }),
        },
      };
    case "gemini-generate-content":
      return {
        address: `${address}?pageSize=1000`,
        headers: key === null ? {} : { "x-goog-api-key": key },
      };
    case "bedrock-converse":
    case "vertex":
    case "azure-openai":
      throw new CommandError(
        "bad_request",
        `${provider.slug} has no list that says what may be called; import from models.dev, or add endpoints in a config file`,
      );
    case "cohere-chat":
      return {
        address: `${new URL(provider.baseUrl).origin}/v1/models?page_size=1000`,
        headers: bearer,
      };
    default:
      return {
        address: provider.slug === "nebius" ? `${address}?verbose=true` : address,
        headers: bearer,
      };
  }
}

/** The key that most calls go by, if it was given for this very host. */
async function keyOf(
  db: Database,
  provider: ProviderRow,
  masterKey: MasterKeys,
): Promise<string | null> {
  const { origin } = new URL(provider.baseUrl);
  const [row] = await db
    .select()
    .from(providerKeys)
    .where(
      and(
        eq(providerKeys.providerId, provider.id),
        eq(providerKeys.status, "active"),
        eq(providerKeys.origin, origin),
      ),
    )
    .orderBy(desc(providerKeys.weight), providerKeys.id)
    .limit(1);
  return row
    ? unseal(row.sealedKey, [credentialContext(row.id, row.origin), provider.slug], masterKey)
    : null;
}
