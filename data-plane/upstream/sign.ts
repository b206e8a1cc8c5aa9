/** How a request shows its credential: headers that are added last, over the body as it is sent. */
import type { AuthScheme } from "#schema/wire-protocols.ts";
import { parseAwsKeys, scopeOf, signAws } from "./aws-sigv4.ts";

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
};

/** A promise only where a token has to be fetched first. @throws when the credential cannot be read, naming what was expected. */
export function sign({
  scheme,
  key,
  ...request
}: Unsigned): Record<string, string> | Promise<Record<string, string>> {
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
      throw new Error(`credentials of the kind ${scheme} are not supported yet`);
    default:
      return scheme satisfies never;
  }
}
