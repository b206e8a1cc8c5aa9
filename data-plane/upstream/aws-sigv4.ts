/** Amazon's Signature Version 4 for a JSON POST: headers to add, over the body as it is sent. Pure but for a cache of derived keys. */
import { createHmac, hash } from "node:crypto";

export type AwsKeys = {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary credentials; null: they are lasting ones. */
  sessionToken: string | null;
  /** Null: the host of the provider says it. */
  region: string | null;
};

/**
 * A credential's text: `ACCESS_KEY_ID:SECRET`, `ACCESS_KEY_ID:SECRET:SESSION_TOKEN` or JSON with `accessKeyId`,
 * `secretAccessKey` and, where they are needed, `sessionToken` and `region`. Null: it is neither, so it is a Bedrock API key.
 * @throws when it is JSON that lacks one of them, naming which.
 */
export function parseAwsKeys(text: string): AwsKeys | null {
  const trimmed = text.trim();
  if (trimmed.startsWith("{")) return keysOfJson(trimmed);
  // An access key id is 16 to 128 capitals and digits, a secret has 40 characters of base64: neither holds a colon.
  const match = /^(\w{16,128}):([^:\s]{16,}?)(?::([^:\s]+))?$/.exec(trimmed);
  const [, accessKeyId, secretAccessKey, sessionToken = null] = match ?? [];
  if (accessKeyId === undefined || secretAccessKey === undefined) return null;
  return { accessKeyId, secretAccessKey, sessionToken, region: null };
}

function keysOfJson(text: string): AwsKeys {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("the AWS credential begins like JSON and is none");
  }
  const members = new Map<string, unknown>(Object.entries(value ?? {}));
  const word = (name: string): string | null => {
    const member = members.get(name);
    return typeof member === "string" && member !== "" ? member : null;
  };
  const accessKeyId = word("accessKeyId");
  const secretAccessKey = word("secretAccessKey");
  if (accessKeyId === null || secretAccessKey === null)
    throw new Error(
      `the AWS credential lacks ${accessKeyId === null ? "accessKeyId" : "secretAccessKey"}; expected {"accessKeyId":"…","secretAccessKey":"…","sessionToken":"…","region":"…"}, the last two where they are needed`,
    );
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: word("sessionToken"),
    region: word("region"),
  };
}

/** `bedrock-runtime.us-east-1.amazonaws.com` and its private and FIPS forms, or `bedrock-mantle.us-east-1.api.aws`. */
const awsHost = /(?:^|\.)bedrock-(runtime|mantle)(?:-fips)?\.([a-z]{2,4}(?:-[a-z]+)+-\d)\./;

/** What the scope of a signature says; the region is the flag's, the credential's or the host's, in this order. @throws when none says it. */
export function scopeOf(
  host: string,
  keys: AwsKeys,
  flag: unknown,
): { region: string; service: string } {
  const [, kind = "runtime", ofHost = null] = awsHost.exec(host) ?? [];
  const region = typeof flag === "string" && flag !== "" ? flag : (keys.region ?? ofHost);
  if (region === null)
    throw new Error(
      `the region is not known: ${host} does not name one, so set the provider's flag "region" or write the credential as JSON with "region"`,
    );
  return { region, service: kind === "mantle" ? "bedrock-mantle" : "bedrock" };
}

/**
 * The headers that sign a POST of `body`: `authorization`, `x-amz-date`, `x-amz-content-sha256`, the token where there is
 * one, and the content type, which is part of what is signed.
 * @param request.path as it is sent, with its query; each segment is encoded once more in what is signed, as AWS asks for all services but S3
 */
export function signAws(
  keys: AwsKeys,
  scope: { region: string; service: string },
  request: { host: string; path: string; body: string; nowMs: number },
): Record<string, string> {
  const instant = new Date(request.nowMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const day = instant.slice(0, 8);
  const [path = "/", query = ""] = request.path.split("?", 2);
  const headers: Record<string, string> = {
    "content-type": "application/json",
    host: request.host,
    "x-amz-content-sha256": sha256(request.body),
    "x-amz-date": instant,
    ...(keys.sessionToken === null ? {} : { "x-amz-security-token": keys.sessionToken }),
  };
  const names = Object.keys(headers).toSorted();
  const canonical = [
    "POST",
    path.split("/").map(encodeSegment).join("/"),
    query.split("&").toSorted().join("&"),
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    headers["x-amz-content-sha256"],
  ].join("\n");
  const within = `${day}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", instant, within, sha256(canonical)].join("\n");
  const signature = hmac(derivedKey(keys.secretAccessKey, within), toSign).toString("hex");
  const { host: _, ...sent } = headers;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${within}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}

/** Derived keys by secret and scope: four of five HMACs of a request are the same all day. */
const derivedKeys = new Map<string, Buffer>();
const derivedKeysMax = 1_000;

function derivedKey(secret: string, within: string): Buffer {
  const name = `${within} ${secret}`;
  const known = derivedKeys.get(name);
  if (known) return known;
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of within.split("/")) key = hmac(key, part);
  const [oldest] = derivedKeys.keys();
  if (derivedKeys.size >= derivedKeysMax && oldest !== undefined) derivedKeys.delete(oldest);
  derivedKeys.set(name, key);
  return key;
}

/** RFC 3986: what encodeURIComponent leaves, and AWS does not. */
const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
const sha256 = (text: string): string => hash("sha256", text);
const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
