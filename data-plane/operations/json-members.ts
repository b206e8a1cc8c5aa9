/**
 * Where the members of a top-level JSON object stand in its text, so that a body can be edited in place: what the
 * gateway does not touch reaches the provider byte for byte, which is what its prompt cache is keyed by.
 */
export type Member = {
  name: string;
  /** of the quote of the name */ start: number;
  valueStart: number;
  /** exclusive */ valueEnd: number;
};

export const depthMax = 64;
export const valuesMax = 100_000;

export class JsonLimitError extends Error {}

/**
 * One pass over text that may still turn out not to be JSON (`JSON.parse` decides that): depth and number of values
 * are bounded before anything recursive sees them, and a member that stands twice is refused, because what is priced
 * must be what the provider runs.
 * @throws {JsonLimitError} with a sentence for the client.
 */
export function scanMembers(text: string): Member[] {
  const members: Member[] = [];
  const names = new Set<string>();
  let depth = 0;
  let values = 0;
  let nameStart = -1;
  let nameEnd = -1;
  let valueStart = -1;
  let expectName = false;
  const close = (end: number): void => {
    if (valueStart < 0) return;
    let last = end;
    while (last > valueStart && isSpace(text.charCodeAt(last - 1))) last--;
    const name: unknown = parseName(text.slice(nameStart, nameEnd));
    if (typeof name === "string") {
      if (names.has(name))
        throw new JsonLimitError(
          `${JSON.stringify(name.slice(0, 60))} stands twice in the body; send it once`,
        );
      names.add(name);
      members.push({ name, start: nameStart, valueStart, valueEnd: last });
    }
    valueStart = -1;
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 34 /* " */) {
      const end = stringEnd(text, at);
      if (depth === 1) {
        if (expectName) {
          nameStart = at;
          nameEnd = end + 1;
          expectName = false;
        } else if (valueStart < 0 && nameStart >= 0) valueStart = at;
      }
      at = end;
    } else if (code === 123 /* { */ || code === 91 /* [ */) {
      if (depth === 1 && valueStart < 0) valueStart = at;
      if (++depth > depthMax)
        throw new JsonLimitError(`the body is nested more than ${depthMax} levels deep`);
      if (++values > valuesMax) throw tooMany();
      expectName = depth === 1 && code === 123;
    } else if (code === 125 /* } */ || code === 93 /* ] */) {
      if (depth === 1) close(at);
      depth--;
    } else if (code === 44 /* , */) {
      if (++values > valuesMax) throw tooMany();
      if (depth === 1) {
        close(at);
        expectName = true;
      }
    } else if (
      depth === 1 &&
      !expectName &&
      valueStart < 0 &&
      code !== 58 /* : */ &&
      !isSpace(code)
    ) {
      valueStart = at;
    }
  }
  return members;
}

const tooMany = (): JsonLimitError =>
  new JsonLimitError(`the body holds more than ${valuesMax.toLocaleString("en-US")} values`);
const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 13 || code === 9;

/** The closing quote of the string that opens at `at`, or the last character when there is none. */
function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 92) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length - 1;
}

function parseName(quoted: string): unknown {
  try {
    return JSON.parse(quoted);
  } catch {
    return null; // not JSON; the parse of the whole body says where
  }
}

/** The text with some members replaced (JSON text), dropped (null, or `without`) or added; the others stay as they are. */
export function editMembers(
  text: string,
  members: readonly Member[],
  edits: ReadonlyMap<string, string | null>,
  without: ReadonlySet<string>,
): string {
  const kept: string[] = [];
  const seen = new Set<string>();
  for (const member of members) {
    const edit = edits.get(member.name);
    if (edit !== undefined) seen.add(member.name);
    else if (without.has(member.name)) continue;
    if (edit === null) continue;
    kept.push(
      text.slice(member.start, edit === undefined ? member.valueEnd : member.valueStart) +
        (edit ?? ""),
    );
  }
  for (const [name, edit] of edits)
    if (edit !== null && !seen.has(name)) kept.push(`${JSON.stringify(name)}:${edit}`);
  return `{${kept.join(",")}}`;
}
