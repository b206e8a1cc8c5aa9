/** Messages as Converse's system blocks and turns (contract/providers.md 4.5): user and assistant alternate, calls are answered. */
import { createHash } from "node:crypto";
import { isObject } from "../../operations/json-value.ts";
import { CannotEncode, type Upstream } from "../wire-protocol.ts";
import { DocumentNames, mediaBlock } from "./media.ts";
import { ownThoughts } from "./thoughts.ts";
import type { Traits } from "./traits.ts";
import type { ContentBlock, SystemBlock, ToolResultPart, Turn } from "./wire.ts";

/** What the API allows in one request, in system, tools and messages together. */
export const cachePointsMax = 4;

export type Conversation = {
  system: SystemBlock[];
  turns: Turn[];
  cachePoints: number;
  /** The last turn has results of calls that nothing was thought before, such as another provider's. */
  loopWithoutThoughts: boolean;
};

/**
 * @param options.tools false: the request has none, so calls and results are told as text, because blocks of them need a `toolConfig`
 * @param options.thoughts false: the tools that were there when they were signed are not there now, so they would be refused
 * @throws {CannotEncode} for calls that are not answered or answers to nothing, arguments that are no object, and what
 *   Converse has no word for.
 */
export function conversationOf(
  messages: unknown,
  upstream: Upstream,
  traits: Traits,
  options: { tools: boolean; thoughts: boolean },
): Conversation {
  const writer = new Writer(upstream, traits, options);
  const list = Array.isArray(messages) ? messages : [];
  for (const [index, message] of list.entries()) {
    const field = `messages[${index}]`;
    if (!isObject(message)) throw new CannotEncode(field, "expected an object with a role");
    writer.take(message, field);
  }
  return writer.end(list.length);
}

/** A call that waits for its result. */
type Pending = { toolUseId: string; name: string; field: string };

class Writer {
  readonly #system: SystemBlock[] = [];
  readonly #turns: Turn[] = [];
  readonly #upstream: Upstream;
  readonly #traits: Traits;
  readonly #tools: boolean;
  readonly #thoughts: boolean;
  readonly #documents = new DocumentNames();
  readonly #usedIds = new Set<string>();
  readonly #timesUsed = new Map<string, number>();
  readonly #pending = new Map<string, Pending>();
  #cachePoints = 0;

  constructor(
    upstream: Upstream,
    traits: Traits,
    { tools, thoughts }: { tools: boolean; thoughts: boolean },
  ) {
    this.#upstream = upstream;
    this.#traits = traits;
    this.#tools = tools;
    this.#thoughts = thoughts;
  }

  take(message: Record<string, unknown>, field: string): void {
    const { role } = message;
    if (role === "tool") return this.#result(message, field);
    this.#refuseUnanswered();
    switch (role) {
      case "system":
      case "developer":
        return this.#instruction(message, field);
      case "user":
        return this.#user(message, field);
      case "assistant":
        return this.#assistant(message, field);
      default:
        throw new CannotEncode(
          `${field}.role`,
          `expected system, user, assistant or tool, got ${JSON.stringify(role)?.slice(0, 80)}`,
        );
    }
  }

  end(messages: number): Conversation {
    this.#refuseUnanswered();
    if (this.#turns.length === 0) {
      // Instructions alone are a request elsewhere; here somebody has to say them.
      if (this.#system.length === 0)
        throw new CannotEncode("messages", "expected at least one message that is not empty");
      this.#turns.push({ role: "user", content: this.#system.splice(0) as ContentBlock[] });
    }
    if (this.#turns[0]?.role !== "user")
      this.#turns.unshift({ role: "user", content: [{ text: "(begin)" }] });
    this.#prefill(messages);
    const [calling, last] = this.#turns.slice(-2);
    return {
      system: this.#system,
      turns: this.#traits.mixedTurns ? this.#turns : unmixed(this.#turns),
      cachePoints: this.#cachePoints,
      loopWithoutThoughts:
        last?.content.some((block) => block.toolResult !== undefined) === true &&
        calling?.content[0]?.reasoningContent === undefined,
    };
  }

  #refuseUnanswered(): void {
    for (const [id, { field }] of this.#pending)
      throw new CannotEncode(
        field,
        `the call ${JSON.stringify(id.slice(0, 80))} has no result: expected a tool message with its tool_call_id right after it`,
      );
  }

  /** A later instruction stays where it was said: there is one system text, and the cache is keyed by what comes first. */
  #instruction(message: Record<string, unknown>, field: string): void {
    const blocks = this.#spoken(message, field);
    if (this.#turns.length > 0) return this.#add("user", blocks);
    for (const block of blocks) {
      if (block.text !== undefined) this.#system.push({ text: block.text });
      else if (block.cachePoint !== undefined) this.#system.push({ cachePoint: block.cachePoint });
      else
        throw new CannotEncode(`${field}.content`, "expected text: instructions hold nothing else");
    }
  }

  #user(message: Record<string, unknown>, field: string): void {
    const blocks = this.#spoken(message, field);
    // "If you include a document, you must also include a text" (API reference of Message).
    const lonely =
      blocks.some((block) => block.document !== undefined) &&
      !blocks.some((block) => block.text !== undefined);
    this.#add("user", lonely ? [{ text: "See the attached document." }, ...blocks] : blocks);
  }

  #assistant(message: Record<string, unknown>, field: string): void {
    const calls = Array.isArray(message["tool_calls"]) ? message["tool_calls"] : [];
    const thoughts = this.#thoughts && (this.#tools || calls.length === 0);
    const blocks = thoughts ? ownThoughts(message["reasoning_details"], this.#traits) : [];
    const said = this.#spoken(message, field, ["image_url", "input_audio"]);
    if (said.length === 0 && typeof message["refusal"] === "string")
      said.push(...text(message["refusal"]));
    const thought = blocks.length;
    blocks.push(...said);
    for (const [index, call] of calls.entries())
      this.#call(call, `${field}.tool_calls[${index}]`, blocks);
    if (blocks.length > thought) this.#add("assistant", blocks); // thoughts alone say nothing, and are refused
  }

  #call(call: unknown, field: string, blocks: ContentBlock[]): void {
    const { id, function: called } = isObject(call) ? call : {};
    if (typeof id !== "string" || id === "")
      throw new CannotEncode(`${field}.id`, "expected the id of the call");
    if (this.#pending.has(id))
      throw new CannotEncode(`${field}.id`, "stands twice in this message");
    const { name, arguments: written = "" } = isObject(called) ? called : {};
    if (typeof name !== "string" || name === "")
      throw new CannotEncode(`${field}.function.name`, "expected the name of a function");
    const input = argumentsOf(written, `${field}.function.arguments`);
    const toolUseId = this.#toolUseId(id);
    blocks.push(
      this.#tools
        ? { toolUse: { toolUseId, name, input } }
        : { text: `I called ${name} with ${JSON.stringify(input)}.` },
    );
    this.#mark(isObject(call) ? call["cache_control"] : null, blocks);
    this.#pending.set(id, { toolUseId, name, field });
  }

  #result(message: Record<string, unknown>, field: string): void {
    const id = message["tool_call_id"];
    const pending = typeof id === "string" ? this.#pending.get(id) : undefined;
    if (typeof id !== "string" || !pending)
      throw new CannotEncode(
        `${field}.tool_call_id`,
        "expected the id of a call in the assistant message before it",
      );
    this.#pending.delete(id);
    const blocks = this.#spoken(message, field);
    const content: ToolResultPart[] = [];
    const after: ContentBlock[] = [];
    for (const block of blocks) {
      if (block.cachePoint !== undefined) after.push(block);
      else if (block.text !== undefined) content.push({ text: block.text });
      else if (block.image !== undefined) content.push({ image: block.image });
      else if (block.document !== undefined) content.push({ document: block.document });
      else throw new CannotEncode(`${field}.content`, "expected text, pictures or documents");
    }
    if (content.length === 0) content.push({ text: "(no output)" }); // blank text is refused
    if (!this.#tools) {
      const told: ContentBlock[] = [{ text: `The result of ${pending.name}:` }];
      return this.#add("user", [...told, ...blocks]);
    }
    const failed = message["is_error"] === true;
    this.#add("user", [
      {
        toolResult: {
          toolUseId: pending.toolUseId,
          content,
          ...(failed ? { status: "error" as const } : {}),
        },
      },
      ...after.slice(0, 1),
    ]);
  }

  /** What a message says, with a cache point behind each part that is marked. @param ignored parts that are left out */
  #spoken(
    message: Record<string, unknown>,
    field: string,
    ignored: readonly string[] = [],
  ): ContentBlock[] {
    const { content, name } = message;
    const blocks: ContentBlock[] = [];
    if (typeof content === "string") blocks.push(...text(content));
    else if (Array.isArray(content)) {
      for (const [index, part] of content.entries()) {
        if (!isObject(part))
          throw new CannotEncode(`${field}.content[${index}]`, "expected a part");
        const said =
          part["type"] === "text"
            ? part["text"]
            : part["type"] === "refusal"
              ? part["refusal"]
              : null;
        if (typeof said === "string") blocks.push(...text(said));
        else if (!ignored.includes(String(part["type"])))
          blocks.push(
            mediaBlock(part, `${field}.content[${index}]`, this.#upstream.media, this.#documents),
          );
        this.#mark(part["cache_control"], blocks);
      }
    } else if (content !== undefined && content !== null)
      throw new CannotEncode(`${field}.content`, "expected text or a list of parts");
    // Converse has no names: who of several speaks is told in the text (contract part 2).
    const [first] = blocks;
    const isUser = message["role"] === "user";
    if (isUser && typeof name === "string" && name !== "" && first?.text !== undefined)
      blocks[0] = { text: `${name}: ${first.text}` };
    this.#mark(message["cache_control"], blocks);
    return blocks;
  }

  #mark(control: unknown, blocks: ContentBlock[]): void {
    const last = blocks.at(-1);
    if (!last || last.cachePoint !== undefined) return;
    const point = cachePointOf(control, this.#traits);
    if (!point) return;
    this.#cachePoints++;
    blocks.push({ cachePoint: point });
  }

  #add(role: Turn["role"], blocks: readonly ContentBlock[]): void {
    if (blocks.length === 0) return;
    const last = this.#turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else this.#turns.push({ role, content: [...blocks] });
  }

  #prefill(messages: number): void {
    const last = this.#turns.at(-1);
    if (last?.role !== "assistant") return;
    if (!this.#traits.prefill)
      throw new CannotEncode(
        `messages[${messages - 1}]`,
        "this model does not continue an assistant message; let the last one be the user's",
      );
    const block = last.content.at(-1);
    if (block?.text !== undefined)
      last.content[last.content.length - 1] = { text: block.text.trimEnd() }; // else refused
  }

  /** As Converse wants it, `[A-Za-z0-9_-]{1,64}`: the same for the same id, so that the prompt's cache holds, and never twice. */
  #toolUseId(id: string): string {
    let times = this.#timesUsed.get(id) ?? 0;
    let unique: string;
    do {
      times++;
      const plain = times === 1 && /^[A-Za-z0-9_-]{1,64}$/.test(id);
      unique = plain ? id : digest(times === 1 ? id : `${id} ${times}`);
    } while (this.#usedIds.has(unique));
    this.#timesUsed.set(id, times); // so that an id in every turn is not tried from the beginning in each
    this.#usedIds.add(unique);
    return unique;
  }
}

const digest = (id: string): string =>
  `call_${createHash("sha256").update(id).digest("base64url").slice(0, 40)}`;

/** Blank text is refused. */
const text = (said: string): ContentBlock[] => (said.trim() === "" ? [] : [{ text: said }]);

function argumentsOf(written: unknown, field: string): Record<string, unknown> {
  if (isObject(written)) return written;
  if (typeof written === "string") {
    if (written.trim() === "") return {};
    try {
      const value: unknown = JSON.parse(written);
      if (isObject(value)) return value;
    } catch {
      // said below
    }
  }
  throw new CannotEncode(field, "expected the JSON text of an object");
}

/** `{type: "ephemeral", ttl?}` as Converse's cache point; null where there is none, or the model knows none. */
export function cachePointOf(
  control: unknown,
  traits: Traits,
): { type: "default"; ttl?: "5m" | "1h" } | null {
  if (!isObject(control) || !traits.cachePoints) return null;
  const { ttl } = control;
  return traits.cacheTtl && (ttl === "5m" || ttl === "1h")
    ? { type: "default", ttl }
    : { type: "default" };
}

/**
 * For models that refuse text beside calls or results: what an assistant says beside its calls is left out, and between
 * results and what the user says the assistant takes note.
 */
function unmixed(turns: readonly Turn[]): Turn[] {
  const apart: Turn[] = [];
  for (const turn of turns) {
    if (turn.role === "assistant") {
      const calls = turn.content.filter((block) => block.toolUse !== undefined);
      apart.push(calls.length > 0 ? { role: turn.role, content: calls } : turn);
      continue;
    }
    const results = turn.content.filter((block) => block.toolResult !== undefined);
    const others = turn.content.filter((block) => block.toolResult === undefined);
    if (results.length > 0) apart.push({ role: "user", content: results });
    if (results.length > 0 && others.length > 0)
      apart.push({ role: "assistant", content: [{ text: "I have the results." }] });
    if (others.length > 0) apart.push({ role: "user", content: others });
  }
  return apart;
}
