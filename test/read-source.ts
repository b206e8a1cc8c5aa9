// Our own source as the architecture test sees it: which file imports which, and what is left of a
// file when comments and quoted text are blanked out.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";

export type SourceFile = {
  /** From the project's root, with forward slashes. */
  path: string;
  text: string;
  /** `text` with comments, strings and regular expressions turned into spaces. */
  code: string;
  imports: readonly Import[];
};
/** `target` is a path from the root, or null for a package. */
export type Import = { specifier: string; target: string | null; typeOnly: boolean };

/** Files that are, or would be, in git. Without git: everything but what is always ignored. */
export function listFiles(root: string): string[] {
  try {
    const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 64 * 1024 * 1024,
    });
    const files = listed.split("\n").filter(Boolean);
    // A deletion may not have been committed yet.
    if (files.length > 0) return files.filter((file) => existsSync(posix.join(root, file)));
  } catch {
    // No git, or not a repository: an unpacked archive is tested too.
  }
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(posix.relative(root, entry.parentPath), entry.name))
    .filter((file) => !/(^|\/)(node_modules|\.git|\.turnpike)\//.test(file));
}

/** Reads one file from disk. */
export function readSource(root: string, path: string): SourceFile {
  return parseSource(path, readFileSync(posix.join(root, path), "utf8"));
}

/** The same for a text that is on no disk. Pure. */
export function parseSource(path: string, text: string): SourceFile {
  return { path, text, code: blankText(text), imports: findImports(path, text) };
}

const aliases = {
  "#schema/": "schema/",
  "#control/": "control-plane/",
  "#data/": "data-plane/",
  "#test/": "test/",
  "#bench/": "bench/",
};

function findImports(path: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: string | undefined, typeOnly: boolean) => {
    if (specifier !== undefined)
      found.push({ specifier, target: resolve(path, specifier), typeOnly });
  };
  const statements =
    /^(?:import|export)\b(\s+type\b)?(?:[^;"'`=()]*?\bfrom)?\s*["']([^"'\n]+)["']/gm;
  for (const [, type, specifier] of text.matchAll(statements)) add(specifier, type !== undefined);
  for (const [, specifier] of text.matchAll(/\bimport\(\s*["']([^"'\n]+)["']/g))
    add(specifier, false);
  return found;
}

function resolve(path: string, specifier: string): string | null {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(path), specifier);
  for (const [alias, folder] of Object.entries(aliases)) {
    if (specifier.startsWith(alias)) return folder + specifier.slice(alias.length);
  }
  return null;
}

/** Keeps line breaks and lengths, and the code inside `${…}`. */
function blankText(text: string): string {
  let out = "";
  let at = 0;
  const braces: ("code" | "template")[] = []; // what each open brace returns to

  const blank = (until: number) => {
    out += text.slice(at, until).replace(/[^\n]/g, " ");
    at = until;
  };
  const templateText = () => {
    while (at < text.length) {
      if (text[at] === "\\") blank(at + 2);
      else if (text[at] === "`") return blank(at + 1);
      else if (text.startsWith("${", at)) {
        blank(at + 2);
        braces.push("template");
        return;
      } else blank(at + 1);
    }
  };

  while (at < text.length) {
    const rest = text.slice(at, at + 4_096);
    const quoted =
      /^\/\/[^\n]*/.exec(rest) ??
      /^"(?:[^"\\\n]|\\[^])*"?/.exec(rest) ??
      /^'(?:[^'\\\n]|\\[^])*'?/.exec(rest);
    if (quoted) blank(at + quoted[0].length);
    else if (rest.startsWith("/*")) {
      const end = text.indexOf("*/", at + 2);
      blank(end < 0 ? text.length : end + 2);
    } else if (rest.startsWith("`")) {
      blank(at + 1);
      templateText();
    } else if (rest.startsWith("/") && /(?:^|[(,=:[!&|?{};>]|\breturn)\s*$/.test(out.slice(-200))) {
      const literal = /^\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/.exec(rest);
      if (literal) blank(at + literal[0].length);
      else out += text[at++];
    } else if (rest.startsWith("}") && braces.pop() === "template") {
      blank(at + 1);
      templateText();
    } else {
      if (rest.startsWith("{")) braces.push("code");
      out += text[at++];
    }
  }
  return out;
}
