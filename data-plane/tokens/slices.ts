/** Text in pieces that no tokenizer takes long for. Pure. */

/**
 * A tokenizer's merges are quadratic in a run without a break: 100 KB of one letter take it 12 s, in these pieces 6 ms,
 * and ordinary text counts the same to 0.05 % (contract/providers.md 5.1).
 */
const unitsMax = 512;

/** Pieces of at most 512 UTF-16 units, cut at white space where there is some, and never inside a character. */
export function* slices(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    let end = Math.min(at + unitsMax, text.length);
    if (end < text.length) {
      const space = text.lastIndexOf(" ", end - 1);
      const line = text.lastIndexOf("\n", end - 1);
      const cut = Math.max(space, line);
      if (cut > at) end = cut; // the space belongs to the word behind it
      else if (isHighSurrogate(text.charCodeAt(end - 1))) end--;
    }
    yield text.slice(at, end);
    at = end;
  }
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
