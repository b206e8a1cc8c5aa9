import { parseId, type KeyId } from "#schema/ids.ts";
import { questionError } from "./question-error.ts";

const filterCharactersMax = 256; // as long as any of the names can be in a usage record

/** How many rows to answer. @throws BAD_USER_INPUT outside 1 to `max`. */
export function checkFirst(first: number, max: number): number {
  if (first < 1 || first > max) {
    throw questionError(
      "BAD_USER_INPUT",
      `first: expected a number from 1 to ${max}; got ${first}`,
    );
  }
  return first;
}

/** A word to filter by; null is "do not filter". @throws BAD_USER_INPUT when it is longer than any name. */
export function checkFilter(field: string, value: string | null | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (value.length > filterCharactersMax || value.includes("\0")) {
    throw questionError(
      "BAD_USER_INPUT",
      `filter.${field}: expected at most ${filterCharactersMax} characters, none of them NUL`,
    );
  }
  return value;
}

/** @throws BAD_USER_INPUT for what is not the id of a key (`key_…`, not the secret). */
export function checkKey(value: string | null | undefined): KeyId | undefined {
  if (value === null || value === undefined) return undefined;
  const id = parseId("key", value);
  if (id === null)
    throw questionError(
      "BAD_USER_INPUT",
      'filter.key: expected the id of a key, such as "key_4fZb…" (not the key itself)',
    );
  return id;
}
