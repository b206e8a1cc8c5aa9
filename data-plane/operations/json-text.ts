/** JSON text by hand, where making an object and all of its text would be most of the work. */

const plain = /^[ !#-[\]-~]*$/; // ASCII that JSON writes as it is

/** A string as JSON. */
export const jsonText = (text: string): string =>
  plain.test(text) ? `"${text}"` : JSON.stringify(text);
