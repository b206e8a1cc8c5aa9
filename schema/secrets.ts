/**
 * The only file that handles a secret in clear: API keys (minted, checked and hashed here, identically for both
 * planes), provider credentials and what else is sealed with AES-256-GCM under MASTER_KEY.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hash,
  hkdfSync,
  randomBytes,
} from "node:crypto";
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

/** 64 hex characters each: the first seals, all of them open (more than one while MASTER_KEY is being changed). */
export type MasterKeys = string | readonly [current: string, ...also: string[]];

const all = (masterKeys: MasterKeys): readonly string[] =>
  typeof masterKeys === "string" ? [masterKeys] : masterKeys;

/**
 * MASTER_KEY, and the one that is accepted besides while it is being changed.
 * @throws naming the variable; the text is not repeated, since it may be almost the key.
 */
export function parseMasterKeys(current: string | undefined, also: string | undefined): MasterKeys {
  const parse = (name: string, text: string): string => {
    if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
    throw new Error(
      `${name}: expected 64 hexadecimal digits, such as \`openssl rand -hex 32\` prints; got ${text.length} characters`,
    );
  };
  const key = parse("MASTER_KEY", current ?? "");
  return also === undefined || also === "" ? key : [key, parse("MASTER_KEY_ALSO", also)];
}

/** Which master key sealed something, in a form that says nothing about the key: 8 hex digits of a hash of 256 random bits. */
export const masterKeyId = (masterKey: string): string =>
  hash("sha256", `turnpike master key ${masterKey.toLowerCase()}`, "hex").slice(0, 8);

/** The id of the master key that sealed a value; null for the form of 2026 without one (`v1`), or for what is no sealed value. */
export function sealedUnder(sealed: string): string | null {
  const [version, keyId] = sealed.split(".");
  return version === "v2" && keyId !== undefined ? keyId : null;
}

/**
 * Seals a credential as `v2.<master key id>.<nonce>.<body>.<tag>`. `context` (what it is for: the row, and for a provider's
 * key the host) is authenticated, so a sealed value that is moved elsewhere does not open there.
 */
export function seal(secret: string, context: string, masterKeys: MasterKeys): string {
  const [masterKey = ""] = all(masterKeys);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(masterKey, "hex"), nonce, {
    authTagLength: 16,
  });
  cipher.setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(secret, "utf8"), cipher.final()]);
  return `v2.${masterKeyId(masterKey)}.${nonce.toString("base64url")}.${body.toString("base64url")}.${cipher.getAuthTag().toString("base64url")}`;
}

/**
 * Opens what `seal` sealed, with the master key that its id names.
 * @param contexts what it may have been sealed for: first that of now; the form without a key id may have had another.
 * @throws when it was sealed under a MASTER_KEY that is not among these, or for another context.
 */
export function unseal(
  sealed: string,
  contexts: string | readonly string[],
  masterKeys: MasterKeys,
): string {
  const parts = sealed.split(".");
  const [version] = parts;
  const tries = typeof contexts === "string" ? [contexts] : contexts;
  if (version === "v2" && parts.length === 5) {
    const masterKey = all(masterKeys).find((key) => masterKeyId(key) === parts[1]);
    if (masterKey === undefined)
      throw new Error(
        `it was sealed under another MASTER_KEY (its id is ${parts[1]?.slice(0, 16)})`,
      );
    return open(parts.slice(2), tries[0] ?? "", masterKey);
  }
  if (version !== "v1" || parts.length !== 4)
    throw new Error("a sealed credential has an unknown form");
  for (const masterKey of all(masterKeys)) {
    for (const context of tries) {
      try {
        return open(parts.slice(1), context, masterKey);
      } catch {
        // Another key or context of the few that it may have been sealed with.
      }
    }
  }
  throw new Error("it was sealed under another MASTER_KEY");
}

function open(
  [nonce = "", body = "", tag = ""]: readonly string[],
  context: string,
  masterKey: string,
): string {
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

// Sealed bytes: this version, the id of the master key, salt, tag, body.
const sealedVersion = 1;
const keyIdBytes = 4;
const saltBytes = 16;
const tagBytes = 16;
const bodyAt = 1 + keyIdBytes + saltBytes + tagBytes;

/** A key for one value only, so that no number of values wears out the master key; its nonce may then always be zero. */
const keyFor = (masterKey: string, salt: Buffer): Buffer =>
  Buffer.from(hkdfSync("sha256", Buffer.from(masterKey, "hex"), salt, "turnpike sealed bytes", 32));
const zeroNonce = Buffer.alloc(12);

/** The same for bytes, of which there may be many: 37 more than they were. `context` is authenticated, as in `seal`. */
export function sealBytes(secret: Buffer, context: string, masterKeys: MasterKeys): Buffer {
  const [masterKey = ""] = all(masterKeys);
  const salt = randomBytes(saltBytes);
  const cipher = createCipheriv("aes-256-gcm", keyFor(masterKey, salt), zeroNonce, {
    authTagLength: tagBytes,
  });
  cipher.setAAD(Buffer.from(context));
  const body = [cipher.update(secret), cipher.final()];
  const keyId = Buffer.from(masterKeyId(masterKey), "hex");
  return Buffer.concat([Buffer.of(sealedVersion), keyId, salt, cipher.getAuthTag(), ...body]);
}

/** Opens what `sealBytes` sealed. @throws when it was sealed under another MASTER_KEY, for another context, or was changed. */
export function unsealBytes(sealed: Buffer, context: string, masterKeys: MasterKeys): Buffer {
  if (sealed.length < bodyAt || sealed[0] !== sealedVersion)
    throw new Error("sealed bytes have an unknown form");
  const keyId = sealed.toString("hex", 1, 1 + keyIdBytes);
  const masterKey = all(masterKeys).find((key) => masterKeyId(key) === keyId);
  if (masterKey === undefined)
    throw new Error(`they were sealed under another MASTER_KEY (its id is ${keyId})`);
  const salt = sealed.subarray(1 + keyIdBytes, 1 + keyIdBytes + saltBytes);
  const decipher = createDecipheriv("aes-256-gcm", keyFor(masterKey, salt), zeroNonce, {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(bodyAt - tagBytes, bodyAt));
  return Buffer.concat([decipher.update(sealed.subarray(bodyAt)), decipher.final()]);
}

/** HMAC-SHA256 under MASTER_KEY, in base64url: by the digest nobody without the key can check what was digested. */
export function keyedDigest(purpose: string, masterKeys: MasterKeys): (text: string) => string {
  const [masterKey = ""] = all(masterKeys);
  const key = Buffer.from(hkdfSync("sha256", Buffer.from(masterKey, "hex"), "", purpose, 32));
  return (text) => createHmac("sha256", key).update(text).digest("base64url");
}

/** What a credential is sealed for: its row and its host. A base URL that was changed behind our back opens nothing. */
export const credentialContext = (id: string, origin: string): string => `${id} ${origin}`;

/** Enough to tell one key from another, and far too little to guess one. A short key shows nothing. */
export function labelOfSecret(secret: string): string {
  const charactersMin = 20;
  return secret.length < charactersMin ? "…" : `${secret.slice(0, 3)}…${secret.slice(-4)}`;
}
