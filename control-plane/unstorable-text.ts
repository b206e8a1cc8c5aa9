/** What a caller is told whose text Postgres refused. */
export const unstorableText =
  "a text in this request holds the character NUL (U+0000), which cannot be stored; leave it out";

// character_not_in_repertoire, and untranslatable_character for JSON. Of what JSON can carry, only NUL is neither.
const states: ReadonlySet<unknown> = new Set(["22021", "22P05"]);

/** Whether an error, or one that it wraps, is Postgres refusing a character: the caller's fault, a 400. */
export function isUnstorableText(error: unknown): boolean {
  for (
    let cause = error, depth = 0;
    cause instanceof Error && depth < 10;
    cause = cause.cause, depth++
  ) {
    if ("code" in cause && states.has(cause.code)) return true;
  }
  return false;
}
