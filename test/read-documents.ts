// Our own Markdown, as far as test/docs.test.ts looks at it: code blocks, links, and what stands in backticks.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Block = {
  language: string;
  code: string;
  /** Of the opening fence, from 1. */
  line: number;
  /** Why it must not run: the text of the comment above it; null when there is none. */
  notRun: string | null;
};
export type Document = {
  /** Relative to the project. */
  path: string;
  blocks: Block[];
  /** Targets of links and pictures, as written. */
  links: string[];
  /** What stands in single backticks, outside of blocks. */
  words: string[];
  /** Headings as the anchors that links name. */
  anchors: string[];
};

/** README.md and docs/*.md, in the order in which somebody would read them. */
export function readUserDocuments(root: string): Document[] {
  const names = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  const first = ["getting-started.md", "configuration.md"];
  const order = (name: string): number => (first.indexOf(name) + 1 || 9) * 1000;
  names.sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  return ["README.md", ...names.map((name) => `docs/${name}`)].map((path) =>
    readDocument(root, path),
  );
}

/** @throws when a block does not end. */
export function readDocument(root: string, path: string): Document {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: Block | null = null;
  let reason: string | null = null;
  for (const [index, line] of readFileSync(join(root, path), "utf8").split("\n").entries()) {
    const fence = /^```(\S*)\s*$/.exec(line);
    if (open !== null) {
      if (fence === null) open.code += `${line}\n`;
      else {
        blocks.push(open);
        open = null;
      }
    } else if (fence !== null) {
      open = { language: fence[1] ?? "", code: "", line: index + 1, notRun: reason };
      reason = null;
    } else {
      const marked = /^<!-- not run: (.+) -->$/.exec(line);
      if (marked) reason = marked[1] ?? "";
      else if (line.trim() !== "") reason = null;
      prose.push(line);
    }
  }
  if (open !== null) throw new Error(`${path}:${open.line}: this code block does not end`);
  const text = prose.join("\n");
  return {
    path,
    blocks,
    links: [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target),
    words: [...text.matchAll(/`([^`\n]+)`/g)].map(([, word = ""]) => word),
    anchors: prose.filter((line) => /^#+ /.test(line)).map(anchorOf),
  };
}

/** As GitHub writes them. */
function anchorOf(heading: string): string {
  return heading
    .replace(/^#+ /, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}
