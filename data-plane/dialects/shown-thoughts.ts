/** Thoughts that are billed and not shown (contract P-3), for dialects that hand thoughts back to whoever thought them. */
export type Shown = (detail: Readonly<Record<string, unknown>>) => boolean;

/**
 * Which details go to the client, in the order in which they come: all of them, unless it asked for none. Then what is
 * enciphered stays, because nobody reads it and the next turn needs it; so does what the provider itself left the text out
 * of. Where a text is left out by us its signature goes too: a provider refuses it without what it signs.
 */
export function shownThoughts(exclude: boolean): Shown {
  if (!exclude) return () => true;
  const hidden = new Set<string>(); // no more than a stream has blocks, which protocols bound
  return ({ type, index, id, text, summary }) => {
    if (type === "reasoning.encrypted") return true;
    const key = JSON.stringify([type, index, id]);
    if ((text ?? "") !== "" || (summary ?? "") !== "") hidden.add(key);
    return !hidden.has(key);
  };
}
