/** A number that must arrive as it is written; everything else is text that came from people. */
type Field = string | { exact: string };

/** One line of CSV (RFC 4180), with its line end. */
export const csvLine = (fields: readonly Field[]): string => `${fields.map(quote).join(",")}\r\n`;

/** Spreadsheets run text that begins like a formula, so such text gets an apostrophe in front, which they do not show. */
function quote(field: Field): string {
  if (typeof field !== "string") return field.exact;
  const text = /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
