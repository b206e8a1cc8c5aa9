/** Rows of text in aligned columns, for a terminal. */
export type Column<Row> = {
  title: string;
  value: (row: Row) => string | number | null;
  /** Numbers read better when their ends are aligned. */
  align?: "left" | "right";
  /** May be cut, with an ellipsis, when the terminal is too narrow. */
  flexible?: boolean;
};

const gap = "  ";
const narrowest = 8;

/** @param width of the terminal in characters; null cuts nothing, for pipes and files. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number | null,
): string {
  const cells = rows.map((row) => columns.map((column) => oneLine(column.value(row))));
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((row) => lengthOf(row[index] ?? ""))),
  );
  if (width !== null) squeeze(widths, columns, width);
  const line = (texts: readonly string[]) =>
    columns
      .map((column, index) => fit(texts[index] ?? "", widths[index] ?? 0, column.align ?? "left"))
      .join(gap)
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...cells.map(line)]
    .map((text) => `${text}\n`)
    .join("");
}

/** Takes what is too much from the widest flexible column, one character at a time. */
function squeeze<Row>(widths: number[], columns: readonly Column<Row>[], width: number): void {
  const total = () =>
    widths.reduce((sum, each) => sum + each, 0) + gap.length * (widths.length - 1);
  while (total() > width) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      if (column.flexible && (widths[index] ?? 0) > Math.max(narrowest, widths[widest] ?? 0))
        widest = index;
    }
    if (widest === -1) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

function fit(text: string, width: number, align: "left" | "right"): string {
  const characters = Array.from(text);
  if (characters.length > width) return `${characters.slice(0, Math.max(0, width - 1)).join("")}…`;
  const padding = " ".repeat(width - characters.length);
  return align === "right" ? padding + text : text + padding;
}

const lengthOf = (text: string): number => Array.from(text).length;

/** What came from elsewhere may hold line ends and control characters; a terminal must not obey them. */
function oneLine(value: string | number | null): string {
  return value === null ? "–" : String(value).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");
}
