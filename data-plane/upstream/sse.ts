/** Bytes of an event stream to its events' data and names, by the standard's rules. Pure: fed chunks, it calls back. */
import { isAscii } from "node:buffer";
import { StringDecoder } from "node:string_decoder";

export class EventTooLongError extends Error {}

const eventCharactersMax = 8_000_000;
const noRun = (_input: string, from: number): number => from;

/**
 * Feeds any slicing of the stream; `data` is called once for each event that has data, with its lines joined and its
 * name, which is empty where none was sent. Comments and ids are ignored, CR, LF and CRLF all end a line, and an event without its blank line is not dispatched,
 * except by `end`, because several providers leave the last one out.
 * @param run takes whole events from a place on in a way of its own, and says where it has come to
 * @throws {EventTooLongError} past 8 million characters without an end.
 */
export function sseParser(
  data: (data: string, name: string) => void,
  run: (input: string, from: number) => number = noRun,
): {
  feed(bytes: Buffer): void;
  end(): void;
} {
  const decoder = new StringDecoder("utf8");
  let rest = ""; // an unfinished line
  let lines: string[] = []; // data lines of the event under way
  let name = "";
  let size = 0;
  let afterReturn = false; // the last character was CR: an LF that follows belongs to it
  let first = true;
  let midCharacter = false;

  const line = (text: string): void => {
    if (text === "") {
      if (lines.length > 0) {
        const whole = lines.length === 1 ? (lines[0] ?? "") : lines.join("\n");
        lines = [];
        size = 0;
        data(whole, name);
      }
      name = "";
      return;
    }
    if (!text.startsWith("data")) {
      if (text.startsWith("event:")) name = text.slice(6).trim();
      return;
    }
    const value =
      text.charCodeAt(4) === 58 /* : */
        ? text.slice(text.charCodeAt(5) === 32 ? 6 : 5)
        : text.length === 4
          ? ""
          : null;
    if (value === null) return;
    size += value.length;
    if (size > eventCharactersMax)
      throw new EventTooLongError(`an event is longer than ${eventCharactersMax} characters`);
    lines.push(value);
  };

  const take = (text: string): void => {
    let input = text;
    if (first && input !== "") {
      first = false;
      if (input.charCodeAt(0) === 0xfeff) input = input.slice(1);
    }
    let start = 0;
    if (!afterReturn && !input.includes("\r")) {
      // All that providers send: lines that end in LF. Looking for a CR from every line on made this quadratic.
      for (;;) {
        if (rest === "" && lines.length === 0 && name === "") start = run(input, start);
        const end = input.indexOf("\n", start);
        if (end === -1) break;
        const whole = rest === "" ? input.slice(start, end) : rest + input.slice(start, end);
        rest = "";
        start = end + 1;
        line(whole);
      }
      rest = start === 0 ? rest + input : input.slice(start);
      if (rest.length > eventCharactersMax)
        throw new EventTooLongError(`a line is longer than ${eventCharactersMax} characters`);
      return;
    }
    for (let at = 0; at < input.length; at++) {
      const code = input.charCodeAt(at);
      if (code !== 10 && code !== 13) {
        afterReturn = false;
        const next = nextBreak(input, at);
        at = next - 1; // skip to the break (or the end) in one go
        continue;
      }
      if (code === 10 && afterReturn) {
        afterReturn = false;
        start = at + 1;
        continue;
      }
      afterReturn = code === 13;
      const whole = rest + input.slice(start, at);
      rest = "";
      start = at + 1;
      line(whole);
    }
    rest += input.slice(start);
    if (rest.length > eventCharactersMax)
      throw new EventTooLongError(`a line is longer than ${eventCharactersMax} characters`);
  };

  return {
    feed(bytes) {
      // ASCII that follows a whole character needs no decoder.
      if (!midCharacter && isAscii(bytes)) return take(bytes.toString("latin1"));
      midCharacter = (bytes.at(-1) ?? 0) >= 0x80; // or at the end of one; the decoder knows
      take(decoder.write(bytes));
    },
    end() {
      take(decoder.end());
      if (rest !== "") line(rest);
      rest = "";
      line("");
    },
  };
}

/** The next CR or LF at or after `from`, or the length. */
function nextBreak(text: string, from: number): number {
  const feed = text.indexOf("\n", from);
  const carriage = text.indexOf("\r", from);
  if (feed === -1) return carriage === -1 ? text.length : carriage;
  return carriage === -1 ? feed : Math.min(feed, carriage);
}
