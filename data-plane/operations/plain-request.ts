/**
 * The plainest chat request, which is most of them: a model, messages of a role and a text, and a few numbers. It is read
 * in one pass over its text, without an object being made of it: for 50 KB that takes 20 µs where `JSON.parse` alone takes
 * 60. What is not exactly so is not read here but by the general way, which accepts more and says what is wrong: nothing
 * passes that it would not let through, and what is read is what it would read (the test compares the two).
 */
import { isUtf8 } from "node:buffer";

export type PlainRequest = {
  text: string;
  /** Where they are ASCII, so that they are where the characters are; else null. */
  bytes: Buffer | null;
  model: string;
  /** Where the JSON of the model's name stands, quotes included. */
  modelStart: number;
  modelEnd: number;
  /** Where the last brace stands. */
  end: number;
  stream: boolean;
  /** Whether it asks for usage in the stream, as `stream_options` says; null: it says nothing. */
  includeUsage: boolean | null;
  numbers: Readonly<Record<PlainNumber, number | null>>;
  /** Names of those numbers that were sent, in their order. */
  parameters: readonly PlainNumber[];
  user: string | null;
};
const plainNumbers = [
  "temperature",
  "top_p",
  "frequency_penalty",
  "presence_penalty",
  "max_tokens",
  "max_completion_tokens",
  "seed",
] as const;
export type PlainNumber = (typeof plainNumbers)[number];

const nameCharactersMax = 256;
const messagesMax = 10_000;
const roles: ReadonlySet<string> = new Set(["system", "user", "assistant"]);
const isPlainNumber = (name: string): name is PlainNumber =>
  (plainNumbers as readonly string[]).includes(name);

/** Null: to be read in the general way. */
export function readPlain(bytes: Buffer): PlainRequest | null {
  const kind = kindOf(bytes);
  if (kind === "control" || (kind === "other" && !isUtf8(bytes))) return null;
  const text = bytes.toString(kind === "ascii" ? "latin1" : "utf8");
  return new Reader(text, kind === "ascii" ? bytes : null).read();
}

class Reader {
  readonly #text: string;
  readonly #bytes: Buffer | null;
  #at = 0;
  /** The next backslash; every string without one ends at the next quote. */
  #backslash: number;

  constructor(text: string, bytes: Buffer | null) {
    this.#text = text;
    this.#bytes = bytes;
    this.#backslash = text.indexOf("\\");
  }

  read(): PlainRequest | null {
    let model: string | null = null;
    let modelStart = 0;
    let modelEnd = 0;
    let stream: boolean | null = null;
    let includeUsage: boolean | null = null;
    let user: string | null = null;
    let messages = false;
    let end = 0;
    const parameters: PlainNumber[] = [];
    const numbers: Record<PlainNumber, number | null> = {
      temperature: null,
      top_p: null,
      frequency_penalty: null,
      presence_penalty: null,
      max_tokens: null,
      max_completion_tokens: null,
      seed: null,
    };
    if (!this.#eat(123 /* { */)) return null;
    for (;;) {
      const name = this.#word();
      if (name === null || !this.#eat(58 /* : */)) return null;
      if (name === "messages") {
        if (messages || !this.#messages()) return null;
        messages = true;
      } else if (name === "model") {
        if (model !== null) return null;
        this.#space();
        modelStart = this.#at;
        model = this.#word();
        modelEnd = this.#at;
        if (model === null || model === "") return null;
      } else if (name === "stream") {
        if (stream !== null) return null;
        stream = this.#boolean();
        if (stream === null) return null;
      } else if (name === "stream_options") {
        if (includeUsage !== null) return null;
        includeUsage = this.#streamOptions();
        if (includeUsage === null) return null;
      } else if (name === "user") {
        if (user !== null) return null;
        this.#space();
        user = this.#word();
        if (user === null) return null;
      } else if (isPlainNumber(name)) {
        if (numbers[name] !== null) return null;
        numbers[name] = this.#number();
        if (numbers[name] === null) return null;
        parameters.push(name);
      } else return null;
      if (this.#eat(44 /* , */)) continue;
      end = this.#at;
      if (!this.#eat(125 /* } */)) return null;
      break;
    }
    this.#space();
    if (this.#at < this.#text.length || model === null || !messages) return null;
    return {
      text: this.#text,
      bytes: this.#bytes,
      model,
      modelStart,
      modelEnd,
      end,
      stream: stream ?? false,
      includeUsage,
      numbers,
      parameters,
      user,
    };
  }

  /** At least one, each of a role and a text in either order. */
  #messages(): boolean {
    if (!this.#eat(91 /* [ */)) return false;
    for (let count = 0; ; count++) {
      if (count === messagesMax || !this.#eat(123 /* { */)) return false;
      let role = false;
      let content = false;
      do {
        const name = this.#word();
        if (!this.#eat(58 /* : */)) return false;
        this.#space();
        if (name === "content" && !content) {
          content = true;
          if (!this.#string()) return false;
        } else if (name === "role" && !role) {
          role = true;
          if (!roles.has(this.#word() ?? "")) return false;
        } else return false;
      } while (this.#eat(44 /* , */));
      if (!role || !content || !this.#eat(125 /* } */)) return false;
      if (this.#eat(44 /* , */)) continue;
      return this.#eat(93 /* ] */);
    }
  }

  /** `{"include_usage":true}`, or false; nothing else. */
  #streamOptions(): boolean | null {
    if (!this.#eat(123 /* { */) || this.#word() !== "include_usage" || !this.#eat(58 /* : */))
      return null;
    const value = this.#boolean();
    return value !== null && this.#eat(125 /* } */) ? value : null;
  }

  #space(): void {
    // No control character is here, so that a space is all that can stand between values.
    while (this.#text.charCodeAt(this.#at) === 32) this.#at++;
  }

  #eat(code: number): boolean {
    let at = this.#at;
    const text = this.#text;
    while (text.charCodeAt(at) === 32) at++;
    if (text.charCodeAt(at) !== code) return false;
    this.#at = at + 1;
    if (code !== 125) this.#space();
    return true;
  }

  /** A short string without escapes. */
  #word(): string | null {
    const start = this.#at;
    const text = this.#text;
    if (text.charCodeAt(start) !== 34) return null;
    const end = text.indexOf('"', start + 1);
    if (end === -1 || end - start > nameCharactersMax) return null;
    const word = text.slice(start + 1, end);
    if (this.#backslash !== -1 && this.#backslash < end && word.includes("\\")) return null;
    this.#at = end + 1;
    return word;
  }

  /** Goes past a string of any length, whose escapes are those that JSON has. */
  #string(): boolean {
    const text = this.#text;
    const start = this.#at;
    // What looks like an attachment is counted as one, in the general way.
    if (text.charCodeAt(start) !== 34 || text.startsWith("data:", start + 1)) return false;
    if (this.#backslash !== -1 && this.#backslash < start)
      this.#backslash = text.indexOf("\\", start);
    let end = text.indexOf('"', start + 1);
    while (end !== -1 && this.#backslash !== -1 && this.#backslash < end) {
      const escape = text.charCodeAt(this.#backslash + 1);
      let next = this.#backslash + 2;
      if (escape === 117 /* u */) {
        if (!isHex4(text, next)) return false;
        next += 4;
      } else if (escape === 34 /* " */) {
        if (text.startsWith("data:", next)) return false;
      } else if (!simpleEscapes.has(escape)) return false;
      if (end < next) end = text.indexOf('"', next);
      this.#backslash = text.indexOf("\\", next);
    }
    if (end === -1) return false;
    this.#at = end + 1;
    return true;
  }

  #boolean(): boolean | null {
    this.#space();
    if (this.#text.startsWith("true", this.#at)) {
      this.#at += 4;
      return true;
    }
    if (!this.#text.startsWith("false", this.#at)) return null;
    this.#at += 5;
    return false;
  }

  #number(): number | null {
    this.#space();
    numberAt.lastIndex = this.#at;
    const found = numberAt.exec(this.#text);
    if (!found) return null;
    this.#at = numberAt.lastIndex;
    return Number(found[0]);
  }
}

const numberAt = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const simpleEscapes: ReadonlySet<number> = new Set(
  Array.from("\\/bfnrt", (character) => character.charCodeAt(0)),
);

function isHex4(text: string, from: number): boolean {
  for (let at = from; at < from + 4; at++) {
    const code = text.charCodeAt(at) | 32;
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return true;
}

/**
 * Whether there is a control character among some bytes, or anything that is not ASCII. Four bytes at a time: of a word
 * w, (w − 0x20202020) & ~w has the highest bit of some byte set only if a byte is below 0x20.
 */
function kindOf(bytes: Buffer): "ascii" | "other" | "control" {
  const { buffer, byteOffset, length } = bytes;
  const before = Math.min((4 - (byteOffset & 3)) & 3, length);
  const words = (length - before) >> 2;
  const view = new Int32Array(buffer, byteOffset + before, words);
  let low = 0;
  let any = 0;
  for (let at = 0; at < words; at++) {
    const word = (view[at] ?? 0) | 0;
    low |= ((word - 0x20202020) | 0) & ~word;
    any |= word;
  }
  if ((low & 0x80808080) !== 0) return "control";
  for (let rest = 0; rest < length; rest++) {
    if (rest === before) rest += words * 4;
    const byte = bytes[rest];
    if (byte === undefined) break;
    if (byte < 32) return "control";
    any |= byte;
  }
  return (any & 0x80808080) === 0 ? "ascii" : "other";
}
