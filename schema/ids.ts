/**
 * Ids: what they look like, and the only places that make them.
 *
 * Most ids are a prefix and 20 random base-62 characters (119 bits), so that an id says what it names
 * and cannot be guessed. A generation is a UUID v7 in the database (it carries its own time, which is
 * what the table is partitioned by) and `gen-<seconds>-<22 characters>` everywhere else, as OpenRouter's
 * clients expect; the two forms are one value in two spellings.
 */
import { randomBytes, randomFillSync } from "node:crypto";

declare const kind: unique symbol;
/** A string that is known to name one kind of thing. */
export type Id<Kind extends string> = string & { readonly [kind]: Kind };

export const prefixes = {
  organization: "org",
  workspace: "ws",
  member: "mem",
  key: "key",
  provider: "prov",
  endpoint: "ep",
  price: "price",
  account: "acct",
  transfer: "tr",
  allowance: "alw",
  gateway: "gw",
  policy: "pol",
  discount: "disc",
  step: "step",
  credential: "cred",
  providerKey: "pkey",
  proposal: "prop",
} as const;
export type IdKind = keyof typeof prefixes;

export type OrganizationId = Id<"organization">;
export type WorkspaceId = Id<"workspace">;
export type MemberId = Id<"member">;
export type KeyId = Id<"key">;
export type ProviderId = Id<"provider">;
export type EndpointId = Id<"endpoint">;
export type PriceId = Id<"price">;
export type AccountId = Id<"account">;
export type TransferId = Id<"transfer">;
export type AllowanceId = Id<"allowance">;
/** A pricing policy. */
export type PolicyId = Id<"policy">;
/** A volume discount that a provider gives us. */
export type DiscountId = Id<"discount">;
/** From an instant on, a volume discount is so many basis points. */
export type StepId = Id<"step">;
/** An organization's own credential at a provider. */
export type CredentialId = Id<"credential">;
/** One of the installation's own keys at a provider. */
export type ProviderKeyId = Id<"providerKey">;
/** What an import of somebody's list would change. */
export type ProposalId = Id<"proposal">;
/** One life of one gateway process: a restart gets a new one, so a lease always has one holder. */
export type GatewayId = Id<"gateway">;
/** The public form, `gen-<seconds>-<22 characters>`. */
export type GenerationId = Id<"generation">;

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Random base-62 text. Bytes of 248 and above are thrown away, so that every character is equally likely. */
export function randomBase62(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += alphabet.charAt(byte % 62);
    }
  }
  return text;
}

/** A new id of the kind, such as `org_4fZb…`. */
export function mintId<Kind extends IdKind>(of: Kind): Id<Kind> {
  return `${prefixes[of]}_${randomBase62(20)}` as Id<Kind>;
}

/** A string as an id of the kind, or null when it does not have that kind's form. */
export function parseId<Kind extends IdKind>(of: Kind, text: string): Id<Kind> | null {
  const prefix = `${prefixes[of]}_`;
  return text.startsWith(prefix) && /^[0-9A-Za-z]{1,40}$/.test(text.slice(prefix.length))
    ? (text as Id<Kind>)
    : null;
}

// Asking the kernel for 16 bytes each time was 3 % of a request; 512 ids a time are nothing.
const pool = Buffer.allocUnsafe(8_192);
let poolUsed = pool.length;

/** A new generation id for an instant in epoch milliseconds (RFC 9562 UUID version 7 underneath). */
export function mintGenerationId(nowMs: number): GenerationId {
  if (poolUsed === pool.length) {
    randomFillSync(pool);
    poolUsed = 0;
  }
  const bytes = pool.subarray(poolUsed, (poolUsed += 16));
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  return spell(bytes);
}

function spell(bytes: Buffer): GenerationId {
  return `gen-${Math.floor(bytes.readUIntBE(0, 6) / 1000)}-${bytes.toString("base64url")}` as GenerationId;
}

/** The UUID that a public generation id spells, or null for anything that no Turnpike ever minted. */
export function generationUuid(id: string): string | null {
  const match = /^gen-(\d{1,11})-([\w-]{22})$/.exec(id);
  if (match?.[2] === undefined) return null;
  const bytes = Buffer.from(match[2], "base64url");
  if (bytes.length !== 16 || spell(bytes) !== id) return null;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The public form of a generation's UUID. */
export function generationIdOf(uuid: string): GenerationId {
  return spell(Buffer.from(uuid.replaceAll("-", ""), "hex"));
}

/** When a generation was admitted, in epoch milliseconds, read from its id. */
export function generationTimeMs(uuid: string): number {
  return Buffer.from(uuid.replaceAll("-", "").slice(0, 12), "hex").readUIntBE(0, 6);
}

/** The smallest UUID v7 of an instant: the lower edge of a time range over generation ids. */
export function uuidFloor(atMs: number): string {
  const hex = Math.max(0, Math.floor(atMs)).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`;
}
