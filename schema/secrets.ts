/**
 * The only file that handles a secret in clear: API keys (minted, checked and hashed here, identically for both
 * planes) and provider credentials (sealed with AES-256-GCM under MASTER_KEY).
 */
import { createCipheriv, createDecipheriv, hash, randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { randomBase62 } from "./ids.ts";
import type { KeyKind } from "./tables/keys.ts";

const prefixes = { inference: "sk-tp-v1-", management: "sk-tp-mgmt-v1-" } as const satisfies Record<
  KeyKind,
  string
>;
const randomCharacters = 43; // 256 bits in base 62
const checksumCharacters = 6;

/** SHA-256 of a key in hex: what is stored, and what the API calls `hash`. */
export const hashKey = (key: string): string => hash("sha256", key, "hex");

function checksum(text: string): string {
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  let rest = crc32(text);
  let encoded = "";
  for (let place = 0; place < checksumCharacters; place++) {
    encoded = digits.charAt(rest % 62) + encoded;
    rest = Math.floor(rest / 62);
  }
  return encoded;
}

/** A new key: 256 random bits and a checksum, so that a typo is told from a stranger without a look-up. */
export function mintKey(kind: KeyKind): { key: string; hash: string; label: string } {
  const body = prefixes[kind] + randomBase62(randomCharacters);
  const key = body + checksum(body);
  return {
    key,
    hash: hashKey(key),
    label: `${prefixes[kind]}${key.slice(prefixes[kind].length, prefixes[kind].length + 3)}…${key.slice(-3)}`,
  };
}

/** Whether a presented credential has the form of a key of ours. */
export function isWellFormedKey(key: string): boolean {
  for (const prefix of [prefixes.inference, prefixes.management]) {
    if (
      key.length !== prefix.length + randomCharacters + checksumCharacters ||
      !key.startsWith(prefix)
    )
      continue;
    const body = key.slice(0, -checksumCharacters);
    return (
      /^[0-9A-Za-z]+$/.test(body.slice(prefix.length)) &&
      checksum(body) === key.slice(-checksumCharacters)
    );
  }
  return false;
}

/**
 * Seals a provider credential. `context` (the provider's slug) is authenticated, so a sealed value that is moved
 * to another row does not open there.
 * @param masterKey 64 hex characters.
 */
export function seal(secret: string, context: string, masterKey: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(masterKey, "hex"), nonce, {
    authTagLength: 16,
  });
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return `v1.${nonce.toString("base64url")}.${body.toString("base64url")}.${cipher.getAuthTag().toString("base64url")}`;
}

/** Opens what `seal` sealed. @throws when it was sealed under another MASTER_KEY or for another context. */
export function unseal(sealed: string, context: string, masterKey: string): string {
  const [version, nonce, body, tag] = sealed.split(".");
  if (version !== "v1" || nonce === undefined || body === undefined || tag === undefined)
    throw new Error("a sealed credential has an unknown form");
  const decipher = createDecipheriv(
    "aes-256-gcm",
    Buffer.from(masterKey, "hex"),
    Buffer.from(nonce, "base64url"),
    { authTagLength: 16 },
  );
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(Buffer.from(tag, "base64url"));
  return Buffer.concat([
    decipher.update(Buffer.from(body, "base64url")),
    decipher.final(),
  ]).toString("utf8");
}
