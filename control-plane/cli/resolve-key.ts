import { hashKey, isWellFormedKey } from "#schema/secrets.ts";
import type { AdminClient } from "../trpc/admin.ts";
import { CliError } from "./context.ts";

export type Key = Awaited<ReturnType<AdminClient["keys"]["list"]["query"]>>["rows"][number];

/**
 * The key that a person names, as the id or hash that commands take. Ids and hashes are taken as they are; a name must
 * name one key only. @throws {CliError} for a name of none or of several.
 */
export async function resolveKey(
  admin: AdminClient,
  reference: string,
  organization: string | undefined,
): Promise<string> {
  if (isWellFormedKey(reference)) return hashKey(reference);
  if (/^key_|^[0-9a-f]{64}$/.test(reference)) return reference;
  const named = (await allKeys(admin, organization)).filter(({ name }) => name === reference);
  if (named.length > 1) {
    throw new CliError(
      `${named.length} keys are named "${reference}"; name one by its id: ${named.map(({ id }) => id).join(", ")}`,
    );
  }
  const [key] = named;
  if (key === undefined)
    throw new CliError(
      `no key is named "${reference}"; see: turnpike keys list${organization === undefined ? "" : ` --organization ${organization}`}`,
    );
  return key.id;
}

/** All keys of an organization, newest first. */
export async function allKeys(
  admin: AdminClient,
  organization: string | undefined,
): Promise<Key[]> {
  const keys: Key[] = [];
  for (;;) {
    const { rows, total } = await admin.keys.list.query({
      organization,
      limit: 100,
      offset: keys.length,
    });
    keys.push(...rows);
    if (rows.length === 0 || keys.length >= total) return keys;
  }
}
