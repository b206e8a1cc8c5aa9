/** How a request shows its credential: headers that are added last, over the body as it is sent. */
import type { AuthScheme } from "#schema/wire-protocols.ts";
import { parseAwsKeys, scopeOf, signAws } from "./aws-sigv4.ts";
import { renewGoogle, signGoogle } from "./google-token.ts";
import type { Pools } from "./pools.ts";

export type Unsigned = {
  scheme: AuthScheme;
  /** Null: the provider needs none. */
  key: string | null;
  /** Of the provider, as in `https://api.example.com`. */
  origin: string;
  path: string;
  body: string;
  nowMs: number;
  /** Of the provider and endpoint; for `aws-sigv4` a `region` may stand there. */
  flags: Readonly<Record<string, unknown>>;
  /** By which a token is fetched, under the provider's own rule for private networks. */
  pools: Pools;
  allowPrivateNetwork: boolean;
  credentialId: string;
};
type Headers = Record<string, string>;

/** Name and value of a credential that is the same for every request, or null where it has to be made for each. */
export function standingHeader(scheme: AuthScheme, key: string): readonly [string, string] | null {
  switch (scheme) {
    case "bearer":
      return ["authorization", `Bearer ${key}`];
    case "x-api-key":
    case "api-key":
    case "x-goog-api-key":
      return [scheme, key];
    default:
      return null;
  }
}

/**
 * A promise only where a token has to be fetched first. @throws {CredentialFailure} or another error when the credential
 * cannot be used, naming what was expected; a promise rejects with it.
 */
export function sign({ scheme, key, ...request }: Unsigned): Headers | Promise<Headers> {
  if (key === null) return {};
  switch (scheme) {
    case "none":
      return {};
    case "bearer":
      return { authorization: `Bearer ${key}` };
    case "x-api-key":
    case "api-key":
    case "x-goog-api-key":
      return { [scheme]: key };
    case "aws-sigv4": {
      const keys = parseAwsKeys(key);
      if (keys === null) return { authorization: `Bearer ${key}` }; // a Bedrock API key
      const { host } = new URL(request.origin);
      return signAws(keys, scopeOf(host, keys, request.flags["region"]), { ...request, host });
    }
    case "google-oauth":
      return signGoogle({ key, ...request }, request.pools);
    default:
      return scheme satisfies never;
  }
}

/** What to show instead of headers that the provider refused with 401, once; null: there is nothing else to show. */
export const renew = (
  { scheme, key, ...request }: Unsigned,
  refused: Headers,
): Promise<Headers> | null =>
  scheme === "google-oauth" && key !== null
    ? renewGoogle({ key, ...request }, request.pools, refused)
    : null;
