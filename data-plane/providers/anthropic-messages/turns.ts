/** A conversation in the middle language to Anthropic's: system apart, turns that alternate, results before anything else. */
import type {
  ContentBlockParam,
  MessageParam,
  TextBlockParam,
  ToolResultBlockParam,
  ToolUseBlockParam,
} from "@anthropic-ai/sdk/resources/messages";
import { CannotEncode, type Media } from "../wire-protocol.ts";
import { blockOf, type PartBlock } from "./blocks.ts";
import { cacheControlOf } from "./cache-marks.ts";
import { thoughtBlocks } from "./thoughts.ts";
import { ToolIds } from "./tool-ids.ts";
import type { MessagesFlags } from "./flags.ts";
import { isObject } from "../../operations/json-value.ts";

export type Conversation = {
  system: TextBlockParam[];
  messages: MessageParam[];
  /** Where a block stood in the client's request, for texts about it. */
  fields: Map<object, string>;
  /** The last turn answers tool calls of a turn that does not begin with a thought. */
  loopWithoutThoughts: boolean;
};

type Turn = {
  role: "user" | "assistant" | "system";
  /** Before all else of the turn. */
  results: ToolResultBlockParam[];
  content: ContentBlockParam[];
};
/** A tool call that its result has not been seen of yet: the id it was sent with, and where it stood. */
type Call = { sentAs: string; field: string };

/** @throws {CannotEncode} for what the API has no block for, an unanswered call, or an answer to none. */
export function conversationOf(
  messages: unknown,
  flags: MessagesFlags,
  media: ReadonlyMap<string, Media>,
): Conversation {
  return new Reader(flags, media).read(Array.isArray(messages) ? messages : []);
}

class Reader {
  readonly #flags: MessagesFlags;
  readonly #media: ReadonlyMap<string, Media>;
  readonly #ids = new ToolIds();
  readonly #system: TextBlockParam[] = [];
  readonly #turns: Turn[] = [];
  readonly #fields = new Map<object, string>();
  #calls = new Map<string, Call>();

  constructor(flags: MessagesFlags, media: ReadonlyMap<string, Media>) {
    this.#flags = flags;
    this.#media = media;
  }

  read(messages: readonly unknown[]): Conversation {
    for (const [at, message] of messages.entries()) this.#message(message, `messages[${at}]`);
    this.#refuseUnanswered();
    if (this.#turns.length === 0) {
      // A system prompt alone is a request elsewhere; here somebody has to say it.
      if (this.#system.length === 0)
        throw new CannotEncode(
          "messages",
          "no message says anything, and this API takes no empty ones",
        );
      this.#turns.push({ role: "user", results: [], content: this.#system.splice(0) });
    }
    this.#checkPrefill();
    const last = this.#turns.at(-1);
    return {
      system: this.#system,
      messages: this.#turns.map(messageOf),
      fields: this.#fields,
      loopWithoutThoughts:
        last !== undefined && last.results.length > 0 && !this.#beganWithThought(),
    };
  }

  /** Of the turn whose calls are answered last, which may be several messages of the client's. */
  #beganWithThought(): boolean {
    const turn = this.#turns.findLast(({ role }) => role === "assistant");
    const first = turn?.content[0]?.type;
    return first === "thinking" || first === "redacted_thinking";
  }

  #message(message: unknown, field: string): void {
    if (!isObject(message))
      throw new CannotEncode(field, "expected an object with role and content");
    switch (message["role"]) {
      case "system":
      case "developer":
        return this.#systemMessage(message, field);
      case "assistant":
        return this.#assistant(message, field);
      case "tool":
      case "function":
        return this.#result(message, field);
      default:
        this.#add("user", this.#parts(message, field));
    }
  }

  #systemMessage(message: Record<string, unknown>, field: string): void {
    const blocks = this.#parts(message, field);
    const texts = blocks.filter((block): block is TextBlockParam => block.type === "text");
    if (texts.length < blocks.length)
      throw new CannotEncode(`${field}.content`, "a system message holds text only here");
    if (this.#turns.length === 0) this.#system.push(...texts);
    else if (this.#flags.midSystem && this.#turns.at(-1)?.role !== "assistant" && texts.length > 0)
      this.#turns.push({ role: "system", results: [], content: texts });
    else this.#add("user", texts);
  }

  #assistant(message: Record<string, unknown>, field: string): void {
    this.#refuseUnanswered();
    const thoughts = thoughtBlocks(message["reasoning_details"]);
    const content: ContentBlockParam[] = [...thoughts, ...this.#parts(message, field)];
    const calls: unknown[] = Array.isArray(message["tool_calls"]) ? message["tool_calls"] : [];
    for (const [at, call] of calls.entries())
      content.push(this.#call(call, `${field}.tool_calls[${at}]`));
    // A turn of thoughts alone says nothing and is refused.
    if (content.length === thoughts.length) return;
    this.#add("assistant", content);
  }

  #call(call: unknown, field: string): ToolUseBlockParam {
    const named = isObject(call) && isObject(call["function"]) ? call["function"] : null;
    if (!isObject(call) || !named) throw new CannotEncode(field, "expected a call of a function");
    const { id } = call;
    const { name, arguments: text } = named;
    if (typeof id !== "string" || id === "") throw new CannotEncode(`${field}.id`, "expected text");
    if (typeof name !== "string" || name === "")
      throw new CannotEncode(`${field}.function.name`, "expected text");
    const sentAs = this.#ids.take(id);
    if (this.#calls.has(id))
      throw new CannotEncode(`${field}.id`, "two calls of one turn have this id");
    this.#calls.set(id, { sentAs, field });
    const mark = cacheControlOf(call["cache_control"], field);
    const block: ToolUseBlockParam = {
      type: "tool_use",
      id: sentAs,
      name,
      input: inputOf(text, `${field}.function.arguments`),
      ...(mark ? { cache_control: mark } : {}),
    };
    this.#fields.set(block, field);
    return block;
  }

  #result(message: Record<string, unknown>, field: string): void {
    const id = message["tool_call_id"] ?? message["name"];
    const call = typeof id === "string" ? this.#calls.get(id) : undefined;
    if (typeof id !== "string" || !call)
      throw new CannotEncode(
        `${field}.tool_call_id`,
        "expected the id of a tool call in the assistant message before, which is not answered yet",
      );
    this.#calls.delete(id);
    const failed = message["is_error"] === true;
    const parts = this.#parts(message, field);
    // A result that is marked as a whole is marked as a block; one inside of it would not be walked.
    const mark = cacheControlOf(message["cache_control"], field);
    const content = failed ? parts.filter((block) => block.type === "text") : parts;
    const result: ToolResultBlockParam = {
      type: "tool_result",
      tool_use_id: call.sentAs,
      ...(content.length > 0 ? { content: plainIfOne(content) } : {}),
      ...(failed ? { is_error: true } : {}),
      ...(mark ? { cache_control: mark } : {}),
    };
    this.#fields.set(result, field);
    this.#turn("user").results.push(result);
  }

  /** Blocks of a message's content; a name is put before the text, as the API has no place for it. */
  #parts(message: Record<string, unknown>, field: string): PartBlock[] {
    const { content, name, role } = message;
    let parts: unknown[];
    if (typeof content === "string") parts = [{ type: "text", text: content }];
    else if (Array.isArray(content)) parts = content;
    else if (content === undefined || content === null) parts = [];
    else throw new CannotEncode(`${field}.content`, "expected text or a list of parts");
    if (role === "assistant" && parts.length === 0 && typeof message["refusal"] === "string")
      parts = [{ type: "text", text: message["refusal"] }];
    const blocks: PartBlock[] = [];
    for (const [at, part] of parts.entries()) {
      const place = typeof content === "string" ? `${field}.content` : `${field}.content[${at}]`;
      const block = blockOf(part, place, this.#media);
      if (!block) continue;
      if (role === "assistant" && block.type !== "text")
        throw new CannotEncode(place, "an assistant message holds text only here");
      if (
        blocks.length === 0 &&
        role === "user" &&
        typeof name === "string" &&
        block.type === "text"
      )
        block.text = `${name}: ${block.text}`;
      this.#fields.set(block, place);
      blocks.push(block);
    }
    return blocks;
  }

  /** Into the turn under way when it is the same side's, which is what the API would make of it. */
  #add(role: "user" | "assistant", content: readonly ContentBlockParam[]): void {
    if (content.length > 0) this.#turn(role).content.push(...content);
  }

  #turn(role: "user" | "assistant"): Turn {
    const last = this.#turns.at(-1);
    if (last?.role === role) return last;
    const turn: Turn = { role, results: [], content: [] };
    this.#turns.push(turn);
    return turn;
  }

  #refuseUnanswered(): void {
    for (const { field } of this.#calls.values())
      throw new CannotEncode(
        field,
        "this call is not answered: a tool message with its id must follow before the next assistant message, and at the end",
      );
  }

  /** A last assistant turn is one to be continued; newer models refuse it, and all refuse white space at its end. */
  #checkPrefill(): void {
    const last = this.#turns.at(-1);
    if (last?.role !== "assistant") return;
    if (!this.#flags.prefill)
      throw new CannotEncode(
        "messages",
        "this model does not continue an assistant message; end with a user message",
      );
    const block = last.content.at(-1);
    if (block?.type === "text") block.text = block.text.trimEnd();
  }
}

function messageOf({ role, results, content }: Turn): MessageParam {
  const blocks = [...results, ...content];
  if (role === "assistant") return { role, content: blocks };
  if (role === "user") return { role, content: blocks };
  return { role, content: blocks.filter((block) => block.type === "text") };
}

/** A lone text without a mark, as text: what a cached prompt was most likely written with. */
function plainIfOne(content: PartBlock[]): string | PartBlock[] {
  const [only] = content;
  return content.length === 1 && only?.type === "text" && !only.cache_control ? only.text : content;
}

function inputOf(text: unknown, field: string): Record<string, unknown> {
  if (text === undefined || text === null || text === "") return {};
  let input: unknown = text;
  if (typeof text === "string") {
    try {
      input = JSON.parse(text);
    } catch {
      input = undefined;
    }
  }
  if (!isObject(input)) throw new CannotEncode(field, "expected the text of a JSON object");
  return input;
}
