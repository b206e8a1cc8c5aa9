/**
 * Access tokens for Google Cloud out of a service account's key: a JWT that the key signs, shown to Google's token endpoint
 * (RFC 7523; developers.google.com/identity/protocols/oauth2/service-account, November 2026). One token for each key, kept
 * until its end and renewed beside the requests from five minutes before it, fetched once however many wait for it.
 */
import { createPrivateKey, sign as signBytes, type KeyObject } from "node:crypto";
import type { Failure, FailureKind } from "../operations/chat.ts";
import { CredentialFailure } from "./credential-failure.ts";
import type { Pools } from "./pools.ts";

const googleTokenUrl = "https://oauth2.googleapis.com/token";
const scope = "https://www.googleapis.com/auth/cloud-platform";
const lifetimeSeconds = 3_600; // Google's maximum
const renewBeforeMs = 300_000;
/** What is left of a token's life has to be enough for the request to arrive. */
const usableMs = 10_000;
/** A key that was refused is not tried again for so long: every request would ask. */
const failureRestMs = 5_000;
const tokensMax = 1_000;
const answerBytesMax = 64_000;
const answerTimeoutMs = 15_000;

/** Who asks, and how Google's token endpoint may be reached. */
export type TokenRequest = {
  /** What is kept as the credential: the JSON of a service account's key, an access token, or an API key. */
  key: string;
  /** Of the provider, and its word on private networks: the only other place that a key may name as its token endpoint. */
  origin: string;
  allowPrivateNetwork: boolean;
  credentialId: string;
  nowMs: number;
};
type Headers = Record<string, string>;

/**
 * Headers for a request. JSON is a service account's key and becomes a token; `ya29.…` is a token already (of `gcloud auth
 * print-access-token`); anything else is an API key, as Vertex takes it in express mode.
 * @throws {CredentialFailure} of kind `auth`, naming what is wrong with the key. A promise may reject with one as well.
 */
export function signGoogle(request: TokenRequest, pools: Pools): Headers | Promise<Headers> {
  const key = request.key.trim();
  if (key.startsWith("ya29.")) return bearer(key);
  if (!key.startsWith("{")) return { "x-goog-api-key": key };
  return tokensOf(pools).headers(request);
}

/** The same with a new token, when one was refused that comes from a service account's key; null when there is none to have. */
export function renewGoogle(
  request: TokenRequest,
  pools: Pools,
  refused: Headers,
): Promise<Headers> | null {
  if (!request.key.trim().startsWith("{")) return null;
  const tokens = tokensOf(pools);
  tokens.drop(request, refused["authorization"] ?? "");
  return Promise.resolve().then(() => tokens.headers(request));
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

const known = new WeakMap<Pools, Tokens>();
function tokensOf(pools: Pools): Tokens {
  const tokens = known.get(pools) ?? new Tokens(pools);
  known.set(pools, tokens);
  return tokens;
}

type Token = { headers: Headers; renewAtMs: number; expiresAtMs: number };
type Kept = {
  token: Token | null;
  fetching: Promise<Token> | null;
  failed: { failure: CredentialFailure; atMs: number } | null;
};

class Tokens {
  readonly #pools: Pools;
  /** By token endpoint and key; the longest unused goes. */
  readonly #kept = new Map<string, Kept>();

  constructor(pools: Pools) {
    this.#pools = pools;
  }

  headers(request: TokenRequest): Headers | Promise<Headers> {
    const name = nameOf(request);
    const kept = this.#kept.get(name) ?? { token: null, fetching: null, failed: null };
    this.#kept.delete(name); // to the end
    this.#kept.set(name, kept);
    if (this.#kept.size > tokensMax)
      for (const [oldest] of this.#kept) {
        this.#kept.delete(oldest);
        break;
      }
    const { token, failed } = kept;
    const { nowMs } = request;
    const resting = failed !== null && nowMs - failed.atMs < failureRestMs;
    if (token && token.expiresAtMs - usableMs > nowMs) {
      // Nobody waits for a new token while there is one; that Google gives none shows when the old one has ended.
      if (nowMs >= token.renewAtMs && !resting) this.#renew(request, kept).catch(() => {});
      return token.headers;
    }
    if (resting) throw failed.failure;
    return this.#renew(request, kept).then(({ headers }) => headers);
  }

  #renew(request: TokenRequest, kept: Kept): Promise<Token> {
    kept.fetching ??= this.#fetch(request, kept).finally(() => {
      kept.fetching = null;
    });
    return kept.fetching;
  }

  /** Forgets a token; not one that has taken its place meanwhile. */
  drop(request: TokenRequest, authorization: string): void {
    const kept = this.#kept.get(nameOf(request));
    if (kept?.token?.headers["authorization"] === authorization) kept.token = null;
  }

  async #fetch(request: TokenRequest, kept: Kept): Promise<Token> {
    try {
      const account = parseServiceAccount(request.key);
      const url = tokenUrlOf(account.tokenUri, request);
      kept.token = await this.#ask(account, url, request);
      kept.failed = null;
      return kept.token;
    } catch (cause) {
      const failure =
        cause instanceof CredentialFailure
          ? cause
          : failureOf("server", null, `Google's token endpoint: ${messageOf(cause)}`, cause);
      kept.failed = { failure, atMs: request.nowMs };
      throw failure;
    }
  }

  async #ask(account: ServiceAccount, url: URL, request: TokenRequest): Promise<Token> {
    const pool = this.#pools.of({
      origin: url.origin,
      allowPrivateNetwork: url.href !== googleTokenUrl && request.allowPrivateNetwork,
      credentialId: request.credentialId,
    });
    const { statusCode, body } = await pool.request({
      path: url.pathname,
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: assertionOf(account, url.href, request.nowMs),
      }).toString(),
      headersTimeout: answerTimeoutMs,
      bodyTimeout: answerTimeoutMs,
    });
    let text = "";
    for await (const bytes of body.setEncoding("utf8")) {
      text += String(bytes);
      if (text.length > answerBytesMax) throw new Error("the answer is too long");
    }
    const said = parseObject(text) ?? {};
    const { access_token: token, expires_in: seconds } = said;
    if (statusCode === 200 && typeof token === "string" && token !== "") {
      const lifetimeMs =
        (typeof seconds === "number" && seconds > 0 ? seconds : lifetimeSeconds) * 1_000;
      return {
        headers: bearer(token),
        renewAtMs: request.nowMs + Math.max(lifetimeMs - renewBeforeMs, lifetimeMs / 2),
        expiresAtMs: request.nowMs + lifetimeMs,
      };
    }
    const words = [said["error"], said["error_description"]]
      .filter((word) => typeof word === "string")
      .join(", ");
    throw failureOf(
      kindOf(statusCode),
      statusCode,
      `Google's token endpoint refuses the service account ${account.clientEmail}: ${words || `HTTP ${statusCode}`}`,
    );
  }
}

const nameOf = ({ origin, allowPrivateNetwork, key }: TokenRequest): string =>
  `${allowPrivateNetwork ? origin : ""} ${key}`;

const kindOf = (status: number): FailureKind =>
  status === 429 ? "rate-limit" : status >= 500 || status === 200 ? "server" : "auth";

type ServiceAccount = {
  clientEmail: string;
  privateKey: KeyObject;
  privateKeyId: string | null;
  tokenUri: string | null;
};

function parseServiceAccount(text: string): ServiceAccount {
  const said = parseObject(text);
  if (!said) throw wrong("it begins with { and is not JSON; paste the whole key file");
  const { type, client_email: email, private_key: pem, universe_domain: universe } = said;
  if (type !== "service_account")
    throw wrong(
      `its type is ${JSON.stringify(type ?? null)}, expected "service_account": make a key for a service account in the Google Cloud console`,
    );
  if (typeof email !== "string" || email === "") throw wrong("client_email is missing");
  if (typeof pem !== "string" || pem === "") throw wrong("private_key is missing");
  if (universe !== undefined && universe !== "googleapis.com")
    throw wrong(`its universe_domain is ${JSON.stringify(universe)}; only googleapis.com is known`);
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem.includes("\\n") ? pem.replaceAll("\\n", "\n") : pem);
  } catch (cause) {
    throw wrong("private_key cannot be read: expected PEM with its line breaks", cause);
  }
  if (privateKey.asymmetricKeyType !== "rsa") throw wrong("private_key is not an RSA key");
  const { private_key_id: id, token_uri: tokenUri } = said;
  return {
    clientEmail: email,
    privateKey,
    privateKeyId: typeof id === "string" ? id : null,
    tokenUri: typeof tokenUri === "string" ? tokenUri : null,
  };
}

/**
 * Customers bring keys of their own, and a key names where it is shown: followed blindly, it would have the gateway call any
 * address with a body that the key's owner half decides. So only Google's own endpoint is called; a key may name another one
 * where the operator has allowed the provider a private network, and then only at the provider's own origin.
 */
function tokenUrlOf(tokenUri: string | null, request: TokenRequest): URL {
  // Files of before 2018 name an older address of the same endpoint.
  if (
    tokenUri === null ||
    tokenUri === googleTokenUrl ||
    tokenUri === "https://accounts.google.com/o/oauth2/token" ||
    tokenUri === "https://www.googleapis.com/oauth2/v4/token"
  )
    return new URL(googleTokenUrl);
  const url = URL.parse(tokenUri);
  if (url && request.allowPrivateNetwork && url.origin === request.origin && url.search === "")
    return url;
  throw wrong(
    `its token_uri is ${JSON.stringify(tokenUri.slice(0, 200))}; only ${googleTokenUrl} is called, or the provider's own address where allow_private_network is on`,
  );
}

function assertionOf(account: ServiceAccount, audience: string, nowMs: number): string {
  const issuedAt = Math.floor(nowMs / 1_000);
  const encode = (value: object): string =>
    Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = encode({
    alg: "RS256",
    typ: "JWT",
    ...(account.privateKeyId === null ? {} : { kid: account.privateKeyId }),
  });
  const claims = encode({
    iss: account.clientEmail,
    scope,
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + lifetimeSeconds,
  });
  const signature = signBytes(
    "RSA-SHA256",
    Buffer.from(`${header}.${claims}`),
    account.privateKey,
  ).toString("base64url");
  return `${header}.${claims}.${signature}`;
}

const wrong = (text: string, cause?: unknown): CredentialFailure =>
  failureOf("auth", null, `the Google credential cannot be used: ${text}`, cause);

function failureOf(
  kind: FailureKind,
  status: number | null,
  text: string,
  cause?: unknown,
): CredentialFailure {
  const failure: Failure = { kind, status, text: text.slice(0, 1_000), retryAfterSeconds: null };
  return new CredentialFailure(failure, cause);
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
