// The simulator has no tokenizer: four bytes of UTF-8 are one token, as English text roughly is.

const bytesPerToken = 4;

/** Tokens of a text, rounded up; an empty text has none. */
export function countTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / bytesPerToken);
}

/** The longest beginning of `text` that is at most `tokensMax` tokens, never half a character. */
export function cutToTokens(text: string, tokensMax: number): string {
  const bytesMax = tokensMax * bytesPerToken;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > bytesMax) break;
    end += character.length;
  }
  return text.slice(0, end);
}
