import { isDeepStrictEqual } from "node:util";
import { eq, inArray } from "drizzle-orm";
import type { Transaction } from "#schema/database.ts";
import { mintId, type ProviderId } from "#schema/ids.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import type { MasterKeys } from "#schema/secrets.ts";
import { providerKeys, providers } from "#schema/tables/catalogue.ts";
import type { WireProtocolName } from "#schema/wire-protocols.ts";
import { CommandError } from "../command-error.ts";
import { checkBaseUrl } from "./check-base-url.ts";
import { defaultKeyName, setProviderKey } from "./set-provider-key.ts";

export type ConnectProviderInput = {
  slug: string;
  name: string;
  protocol: WireProtocolName;
  baseUrl: string;
  /** The key `default` in clear; null: the provider wants none, and loses all it has; undefined keeps what is there. */
  key?: string | null | undefined;
  /** Keys beside it; one whose `key` is undefined must be there already. Others that are there stay. */
  keys?: readonly { name: string; key: string | undefined; weight?: number | undefined }[];
  allowPrivateNetwork: boolean;
  flags: Record<string, unknown>;
};

/**
 * Adds a provider, or makes the one of that slug say this. Saying it again changes nothing. A disabled provider
 * stays disabled: a configuration that is applied at every start must not undo what an operator did since.
 *
 * A key is only ever sent to the host that it was given for. When the base URL gets another one, the keys have to be given
 * again with it; those that are not are removed, and when none is, the change is refused.
 * @returns `sequence` is null when nothing changed; `removedKeys` are the names of those that were for another host.
 * @throws {CommandError} bad_request for a base URL that no gateway would call, or another host without a key for it.
 */
export async function connectProvider(
  tx: Transaction,
  input: ConnectProviderInput,
  masterKeys: MasterKeys,
): Promise<{
  id: ProviderId;
  changed: boolean;
  removedKeys: string[];
  sequence: number | null;
}> {
  const values = {
    name: input.name,
    protocol: input.protocol,
    baseUrl: checkBaseUrl(input.baseUrl, { allowPrivateNetwork: input.allowPrivateNetwork }),
    allowPrivateNetwork: input.allowPrivateNetwork,
    flags: input.flags,
  };
  const [created] = await tx
    .insert(providers)
    .values({ id: mintId("provider"), slug: input.slug, ...values })
    .onConflictDoNothing({ target: providers.slug })
    .returning({ id: providers.id });
  if (created) {
    await setKeys(tx, created.id, input, masterKeys);
    const sequence = await recordChange(tx, "catalogue", "");
    return { id: created.id, changed: true, removedKeys: [], sequence };
  }

  const [present] = await tx
    .select()
    .from(providers)
    .where(eq(providers.slug, input.slug))
    .for("update");
  if (!present)
    throw new Error(`provider ${input.slug} was there and is gone within one transaction`);
  const same = Object.entries(values).every(([column, value]) =>
    isDeepStrictEqual(present[column as keyof typeof values], value),
  );
  if (!same)
    await tx
      .update(providers)
      .set({ ...values, updatedAt: new Date() })
      .where(eq(providers.id, present.id));
  const { origin } = new URL(values.baseUrl);
  const known = await tx
    .select({ id: providerKeys.id, name: providerKeys.name, origin: providerKeys.origin })
    .from(providerKeys)
    .where(eq(providerKeys.providerId, present.id));
  const given = new Set([
    ...(typeof input.key === "string" ? [defaultKeyName] : []),
    ...(input.keys ?? []).flatMap(({ name, key }) => (key === undefined ? [] : [name])),
  ]);
  const strangers = known.filter((key) => key.origin !== origin && !given.has(key.name));
  if (strangers.length > 0 && input.key !== null && given.size === 0) {
    throw new CommandError(
      "bad_request",
      `baseUrl: the key of ${input.slug} was given for ${strangers[0]?.origin} and is only ever sent there; ` +
        `to call ${origin}, give the key again with it (or null for none)`,
    );
  }
  const gone = input.key === null ? known.filter(({ name }) => !given.has(name)) : strangers;
  if (gone.length > 0)
    await tx.delete(providerKeys).where(
      inArray(
        providerKeys.id,
        gone.map(({ id }) => id),
      ),
    );
  const keysChanged = await setKeys(tx, present.id, input, masterKeys);
  if (same && gone.length === 0 && !keysChanged)
    return { id: present.id, changed: false, removedKeys: [], sequence: null };
  return {
    id: present.id,
    changed: true,
    removedKeys: input.key === null ? [] : gone.map(({ name }) => name),
    sequence: await recordChange(tx, "catalogue", ""),
  };
}

/** Sets what was given in clear. @returns whether anything of it was not so already. */
async function setKeys(
  tx: Transaction,
  providerId: ProviderId,
  { key, keys = [] }: ConnectProviderInput,
  masterKeys: MasterKeys,
): Promise<boolean> {
  const given = [
    ...(typeof key === "string" ? [{ name: defaultKeyName, key, weight: undefined }] : []),
    ...keys.flatMap((each) => (each.key === undefined ? [] : [{ ...each, key: each.key }])),
  ];
  let changed = false;
  for (const { name, key: secret, weight } of given) {
    const set = await setProviderKey(tx, { providerId, name, key: secret, weight }, masterKeys);
    changed ||= set.outcome !== "unchanged";
  }
  return changed;
}
