/** Messages as Gemini's contents (contract/providers.md 4.3): who spoke, what was called, and what was thought, in place. */
import type { ChatAsk } from "../../operations/chat.ts";
import { CannotEncode, type Upstream } from "../wire-protocol.ts";
import { inlineOf, mediaPart } from "./media.ts";
import type { Traits } from "./traits.ts";
import {
  listOf,
  reasoningFormat,
  textOf,
  type Content,
  type FunctionResponse,
  type Part,
} from "./wire.ts";
import { isObject } from "../../operations/json-value.ts";

/**
 * What Google documents for a function call whose signature nobody has, such as one of another model's
 * (ai.google.dev/gemini-api/docs/thought-signatures, November 2026).
 */
export const noSignature = "skip_thought_signature_validator";

type Call = { id: string; name: string; wireId: string };
type Message = Record<string, unknown>;

/**
 * The conversation. It begins with a user's turn, neighbours of one role are one turn, and the answers to the calls of a
 * turn are one turn of their own, in the order of the calls: Gemini counts them against each other.
 * @throws {CannotEncode} for calls whose arguments are no object, answers to calls that were never made, and parts that
 *   Gemini has no word for.
 */
export function contentsOf(
  ask: ChatAsk,
  upstream: Upstream,
  traits: Traits,
): { contents: Content[]; system: Part[] } {
  const messages = listOf(ask.body["messages"]).filter(isObject);
  const speakers = new Set(
    messages.flatMap(({ role, name }) => (role === "user" ? [textOf(name)] : [])),
  );
  const builder = new Builder(upstream, traits, speakers.size > 1);
  const system: Part[] = [];
  let at = 0;
  for (; at < messages.length && isSystem(messages[at]); at++)
    system.push(...builder.textsOf(messages[at] ?? {}, at));
  const inline = !traits.systemInstruction || at === messages.length;
  // A model without a system instruction, or a client that sent nothing else: it is what the user says first.
  if (inline && system.length > 0) builder.add("user", system.splice(0));
  for (; at < messages.length; at++) builder.take(messages[at] ?? {}, at);
  const contents = builder.end();
  if (contents.length === 0)
    throw new CannotEncode("messages", "expected at least one message that is not empty");
  return { contents, system };
}

const isSystem = (message: Message | undefined): boolean =>
  message?.["role"] === "system" || message?.["role"] === "developer";

class Builder {
  readonly #contents: Content[] = [];
  readonly #upstream: Upstream;
  readonly #traits: Traits;
  /** The calls of the latest assistant message that made any, and what was answered to them. */
  #calls: Call[] = [];
  #answers: { call: Call; response: FunctionResponse; media: Part[] }[] = [];
  readonly #wireIds = new Map<string, string>();
  readonly #taken = new Set<string>();
  /** Turns in which a user said something, as opposed to answers to calls: the last of them begins the current turn. */
  #spokenAt = -1;
  readonly #unsigned: { turn: number; part: Part }[] = [];

  /** Gemini has no names: who of several speaks is told in the text (contract part 2). */
  readonly #named: boolean;

  constructor(upstream: Upstream, traits: Traits, named: boolean) {
    this.#upstream = upstream;
    this.#traits = traits;
    this.#named = named;
  }

  take(message: Message, index: number): void {
    switch (message["role"]) {
      case "assistant":
        return this.#assistant(message, index);
      case "tool":
      case "function":
        return this.#answer(message, index);
      default:
        // Later instructions stay where they were said; there is one system instruction, and it comes first.
        return this.add("user", this.#spoken(message, index));
    }
  }

  end(): Content[] {
    this.#flush();
    if (this.#traits.signaturesRequired)
      for (const { turn, part } of this.#unsigned)
        if (turn > this.#spokenAt) part.thoughtSignature = noSignature;
    if (this.#contents[0]?.role === "model")
      this.#contents.unshift({ role: "user", parts: [{ text: " " }] });
    return this.#contents;
  }

  add(role: Content["role"], parts: Part[]): void {
    this.#flush();
    if (parts.length === 0) return;
    const last = this.#contents.at(-1);
    if (last?.role === role && !isAnswers(last)) last.parts.push(...parts);
    else this.#contents.push({ role, parts });
    if (role === "user") this.#spokenAt = this.#contents.length - 1;
  }

  textsOf(message: Message, index: number): Part[] {
    const { content } = message;
    if (typeof content === "string") return content === "" ? [] : [{ text: content }];
    return listOf(content).map((part, place) => {
      if (isObject(part) && part["type"] === "text") return { text: textOf(part["text"]) };
      throw new CannotEncode(
        `messages[${index}].content[${place}].type`,
        "expected text: Gemini's system instruction holds nothing else",
      );
    });
  }

  #spoken(message: Message, index: number): Part[] {
    const parts = this.#partsOf(message["content"], `messages[${index}].content`);
    const name = textOf(message["name"]);
    if (name === "" || isSystem(message) || !this.#named || parts.length === 0) return parts;
    const [first] = parts;
    if (first?.text !== undefined) return [{ text: `${name}: ${first.text}` }, ...parts.slice(1)];
    return [{ text: `${name}:` }, ...parts];
  }

  #partsOf(content: unknown, field: string): Part[] {
    if (typeof content === "string") return content === "" ? [] : [{ text: content }];
    const parts: Part[] = [];
    for (const [place, part] of listOf(content).entries()) {
      if (!isObject(part)) continue;
      const text =
        part["type"] === "text"
          ? part["text"]
          : part["type"] === "refusal"
            ? part["refusal"]
            : null;
      if (typeof text === "string") {
        if (text !== "") parts.push({ text });
      } else parts.push(mediaPart(part, `${field}[${place}]`, this.#upstream));
    }
    return parts;
  }

  #assistant(message: Message, index: number): void {
    this.#flush();
    const { thoughts, text, calls, pictures } = signaturesOf(message["reasoning_details"]);
    const parts: Part[] = [...thoughts];
    const content = message["content"];
    const field = `messages[${index}]`;
    const said = typeof content === "string" ? content : wholeText(content);
    if (said !== null) parts.push(...splitText(said, text));
    else {
      parts.push(...this.#partsOf(content, `${field}.content`));
      for (const { signature } of text) parts.push({ text: "", thoughtSignature: signature });
    }
    for (const [place, image] of listOf(message["images"]).entries()) {
      const at = `${field}.images[${place}].image_url.url`;
      const url = isObject(image) && isObject(image["image_url"]) ? image["image_url"]["url"] : "";
      if (typeof url !== "string" || !url.startsWith("data:"))
        throw new CannotEncode(at, "expected the data URL as it was given");
      const signature = pictures.get(place);
      parts.push({
        inlineData: inlineOf(url, at),
        ...(signature === undefined ? {} : { thoughtSignature: signature }),
      });
    }
    const made = listOf(message["tool_calls"]);
    const before = parts.length;
    let signed = false;
    const unsigned: Part[] = [];
    const last = this.#contents.at(-1);
    if (last?.role !== "model" && made.length > 0) this.#calls = [];
    for (const [place, value] of made.entries()) {
      const { call, args } = this.#callOf(value, `${field}.tool_calls[${place}]`, place);
      this.#calls.push(call);
      const signature = calls.get(call.id);
      const part: Part = {
        functionCall: {
          ...(this.#traits.functionCallIds ? { id: call.wireId } : {}),
          name: call.name,
          args,
        },
        ...(signature === undefined ? {} : { thoughtSignature: signature }),
      };
      if (signature !== undefined) signed = true;
      else unsigned.push(part);
      parts.push(part);
    }
    if (parts.length === 0) return;
    if (last?.role === "model") last.parts.push(...parts);
    else this.#contents.push({ role: "model", parts });
    // Of the calls of one answer only the first is signed; when it is not, nobody has the signature.
    const first = parts[before];
    if (!signed && first !== undefined && unsigned[0] === first)
      this.#unsigned.push({ turn: this.#contents.length - 1, part: first });
  }

  #callOf(
    value: unknown,
    field: string,
    place: number,
  ): { call: Call; args: Record<string, unknown> } {
    const call = isObject(value) ? value : {};
    const called = isObject(call["function"]) ? call["function"] : {};
    const name = textOf(called["name"]);
    if (name === "") throw new CannotEncode(`${field}.function.name`, "expected a name");
    const written = called["arguments"];
    let args: unknown = written;
    if (typeof written === "string" || written === undefined || written === null) {
      try {
        args = JSON.parse(textOf(written).trim() || "{}");
      } catch {
        args = undefined;
      }
    }
    if (!isObject(args))
      throw new CannotEncode(`${field}.function.arguments`, "expected a JSON object as text");
    const id = textOf(call["id"]) || `call_${place}`;
    return { call: { id, name, wireId: this.#wireIdOf(id) }, args };
  }

  /** At most 64 of letters, digits, `_` and `-`; another id of the client's becomes one, the same wherever it stands. */
  #wireIdOf(id: string): string {
    const known = this.#wireIds.get(id);
    if (known !== undefined) return known;
    const clean = id.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64);
    const wireId = !this.#taken.has(clean)
      ? clean
      : `${clean.slice(0, 56)}_${String(this.#wireIds.size)}`;
    this.#taken.add(wireId);
    this.#wireIds.set(id, wireId);
    return wireId;
  }

  #answer(message: Message, index: number): void {
    const field = `messages[${index}]`;
    const id = textOf(message["tool_call_id"]);
    const name = textOf(message["name"]);
    const call =
      this.#calls.find((one) => one.id === id) ??
      (id === "" ? this.#calls.find((one) => one.name === name) : undefined);
    if (!call)
      throw new CannotEncode(
        `${field}.tool_call_id`,
        `${JSON.stringify(id)} is no tool call of the assistant message before it`,
      );
    const parts = this.#partsOf(message["content"], `${field}.content`);
    const output = parts.flatMap((part) => part.text ?? []).join("\n");
    const media = parts.filter((part) => part.text === undefined);
    const inside = this.#traits.functionResponseParts
      ? media.flatMap(({ inlineData }) =>
          inlineData ? [{ inlineData: { mimeType: "", data: "", ...inlineData } }] : [],
        )
      : [];
    const response: FunctionResponse = {
      ...(this.#traits.functionCallIds ? { id: call.wireId } : {}),
      name: call.name,
      response: message["is_error"] === true ? { error: output } : { output },
      ...(inside.length > 0 ? { parts: inside } : {}),
    };
    const left = media.filter((part) => inside.length === 0 || !part.inlineData);
    const before = this.#answers.findIndex((one) => one.call === call);
    if (before !== -1) this.#answers.splice(before, 1); // the last answer to a call holds
    this.#answers.push({ call, response, media: left });
  }

  /** The answers to the latest calls as one turn; pictures that may not stand inside come right behind. */
  #flush(): void {
    if (this.#answers.length === 0) return;
    const place = ({ call }: { call: Call }): number => this.#calls.indexOf(call);
    const answers = this.#answers.splice(0).toSorted((a, b) => place(a) - place(b));
    this.#contents.push({
      role: "user",
      parts: answers.map(({ response }) => ({ functionResponse: response })),
    });
    const media = answers.flatMap(({ call, media: parts }) =>
      parts.length > 0 ? [{ text: `What ${call.name} gave:` }, ...parts] : [],
    );
    if (media.length > 0) this.#contents.push({ role: "user", parts: media });
  }
}

const isAnswers = ({ parts }: Content): boolean =>
  parts.some((part) => part.functionResponse !== undefined);

/** What clients of Messages send back in blocks, because thoughts stood between them; null where there is more than text. */
function wholeText(content: unknown): string | null {
  let whole = "";
  for (const part of listOf(content)) {
    if (!isObject(part) || part["type"] !== "text" || typeof part["text"] !== "string") return null;
    whole += part["text"];
  }
  return whole;
}

type SignedText = { from: number; length: number; signature: string };
type Signatures = {
  thoughts: Part[];
  text: SignedText[];
  calls: Map<string, string>;
  pictures: Map<number, string>;
};

/**
 * What the model signed, by where it stood. Details of other models are not Gemini's to read and are left out (contract
 * P-4); so are its own thoughts without a signature, which it does not read again.
 */
function signaturesOf(details: unknown): Signatures {
  const found: Signatures = { thoughts: [], text: [], calls: new Map(), pictures: new Map() };
  const thoughts = new Map<unknown, { text: string; thoughtSignature: string }>();
  for (const detail of listOf(details)) {
    if (!isObject(detail) || detail["format"] !== reasoningFormat) continue;
    if (detail["type"] === "reasoning.text") {
      // A stream gives a thought in pieces of one index, which some clients put together and others do not.
      const index = detail["index"] ?? thoughts.size;
      const thought = thoughts.get(index) ?? { text: "", thoughtSignature: "" };
      thoughts.set(index, thought);
      thought.text += textOf(detail["text"]);
      thought.thoughtSignature += textOf(detail["signature"]);
      continue;
    }
    const signature = textOf(detail["data"]);
    if (detail["type"] !== "reasoning.encrypted" || signature === "") continue;
    const id = textOf(detail["id"]);
    const [, kind = "", first = "0", second = "0"] =
      /^gemini-(text|image)-(\d{1,9})(?:-(\d{1,9}))?$/.exec(id) ?? [];
    if (kind === "image") found.pictures.set(+first, signature);
    else if (kind === "text" || id === "")
      found.text.push({ from: id === "" ? Infinity : +first, length: +second, signature });
    else found.calls.set(id, signature);
  }
  for (const { text, thoughtSignature } of thoughts.values())
    if (thoughtSignature !== "") found.thoughts.push({ text, thought: true, thoughtSignature });
  return found;
}

/** The text with its signed stretches as parts of their own. One that no longer fits the text goes on an empty part at the end. */
function splitText(content: string, signed: readonly SignedText[]): Part[] {
  const parts: Part[] = [];
  const behind: Part[] = [];
  let at = 0;
  for (const { from, length, signature } of signed.toSorted((a, b) => a.from - b.from)) {
    if (from < at || from + length > content.length) {
      behind.push({ text: "", thoughtSignature: signature });
      continue;
    }
    if (from > at) parts.push({ text: content.slice(at, from) });
    parts.push({ text: content.slice(from, from + length), thoughtSignature: signature });
    at = from + length;
  }
  if (at < content.length) parts.push({ text: content.slice(at) });
  return [...parts, ...behind];
}
