/** How a request shows its credential: headers that are added last, over the body as it is sent. */
import type { AuthScheme } from "#schema/wire-protocols.ts";

export type Unsigned = {
  scheme: AuthScheme;
  /** Null: the provider needs none. */
  key: string | null;
  /** Of the provider, as in `https://api.example.com`. */
  origin: string;
  path: string;
  body: string;
  nowMs: number;
};

/** A promise only where a token has to be fetched first. @throws when the credential cannot be read, naming what was expected. */
export function sign({
  scheme,
  key,
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
    case "aws-sigv4":
    case "google-oauth":
      throw new Error(`credentials of the kind ${scheme} are not supported yet`);
    default:
      return scheme satisfies never;
  }
}
