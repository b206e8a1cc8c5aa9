import { CommandError } from "./command-error.ts";

/**
 * A credential goes into a header (reliability.md S-40), unless it is the JSON of a service account, which makes tokens.
 * @throws {CommandError} bad_request; the text is not repeated.
 */
export function checkSecret(secret: string): void {
  if (/^[\x21-\x7e]{1,8000}$/.test(secret) || isJsonObject(secret)) return;
  throw new CommandError(
    "bad_request",
    "key: expected at most 8,000 visible ASCII characters without spaces or line breaks, or the JSON of a service account; was it copied whole?",
  );
}

function isJsonObject(text: string): boolean {
  if (!text.startsWith("{") || text.length > 16_000) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
