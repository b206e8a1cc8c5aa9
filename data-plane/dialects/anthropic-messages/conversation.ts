/** Messages as Anthropic's clients write them to messages in the middle language. */
import type { ReasoningDetail } from "../../operations/chat.ts";
import { openThought } from "../../operations/foreign-thoughts.ts";
import { invalid, Refusal } from "../../refusal.ts";
import { isObject } from "../../operations/json-value.ts";

/** What is not text, found on the way: it is not billed by its bytes. */
export type Attachments = { images: number; pieces: number; characters: number };
type Message = Record<string, unknown>;
type Part = Record<string, unknown>;

const messagesMax = 10_000;
const claude = "anthropic-claude-v1";

export function invalidPrompt(field: string, expected: string, got: unknown): Refusal {
  const { message, metadata } = invalid(field, expected, got);
  return new Refusal({ status: 400, type: "invalid_prompt", message, metadata });
}

/** `system` and `messages`. @throws {Refusal} 400 that names the block. */
export function conversationOf(
  body: Readonly<Record<string, unknown>>,
  attachments: Attachments,
): Message[] {
  const { system, messages } = body;
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalidPrompt("messages", "a list with at least one message", messages);
  if (messages.length > messagesMax)
    throw invalidPrompt("messages", `at most ${messagesMax} messages`, messages.length);
  const result: Message[] = systemOf(system, attachments);
  for (const [at, message] of messages.entries()) {
    const field = `messages[${at}]`;
    if (!isObject(message)) throw invalidPrompt(field, "an object with role and content", message);
    const { role, content } = message;
    if (role !== "user" && role !== "assistant" && role !== "system")
      throw invalidPrompt(`${field}.role`, "user, assistant or system", role);
    const blocks = blocksOf(content, `${field}.content`);
    if (role === "assistant") result.push(assistant(blocks, `${field}.content`));
    else if (role === "user") result.push(...user(blocks, `${field}.content`, attachments));
    else result.push({ role, content: partsOf(blocks, `${field}.content`, attachments) });
  }
  return result;
}

function systemOf(system: unknown, attachments: Attachments): Message[] {
  if (system === undefined || system === null) return [];
  if (typeof system === "string") return system === "" ? [] : [{ role: "system", content: system }];
  if (!Array.isArray(system))
    throw invalidPrompt("system", "text or a list of text blocks", system);
  return system.length === 0
    ? []
    : [{ role: "system", content: partsOf(blocksOf(system, "system"), "system", attachments) }];
}

/** Text as one block; every block an object with a type. */
function blocksOf(content: unknown, field: string): readonly Part[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw invalidPrompt(field, "text or a list of blocks", content);
  for (const [at, block] of content.entries())
    if (!isObject(block) || typeof block["type"] !== "string")
      throw invalidPrompt(`${field}[${at}]`, "an object with a type", block);
  return content;
}

/** Results become messages of their own, before what else the user says. */
function user(blocks: readonly Part[], field: string, attachments: Attachments): Message[] {
  const results: Message[] = [];
  const others: Part[] = [];
  /** Few providers take more than text in a result: what it shows is shown behind all of them. */
  const pictures: Part[] = [];
  for (const [at, block] of blocks.entries()) {
    if (block["type"] === "tool_result") {
      const { message, shown } = resultOf(block, `${field}[${at}]`, attachments);
      results.push(message);
      pictures.push(...shown);
    } else others.push(...partOf(block, `${field}[${at}]`, attachments));
  }
  const said = [...pictures, ...others];
  if (said.length === 0 && results.length > 0) return results;
  return [...results, { role: "user", content: plainIfOne(said) }];
}

function resultOf(
  block: Part,
  field: string,
  attachments: Attachments,
): { message: Message; shown: Part[] } {
  const { tool_use_id: id, content, is_error: failed, cache_control: mark } = block;
  if (typeof id !== "string" || id === "")
    throw invalidPrompt(`${field}.tool_use_id`, "the id of a tool_use block", id);
  const parts =
    content === undefined || content === null
      ? []
      : partsOf(blocksOf(content, `${field}.content`), `${field}.content`, attachments);
  const texts = parts.filter(({ type }) => type === "text");
  const shown = parts.filter(({ type }) => type !== "text");
  if (shown.length > 0) {
    texts.push({ type: "text", text: "(What it shows follows the results.)" });
    shown.unshift({ type: "text", text: `Shown by the result of ${id}:` });
  }
  const message = {
    role: "tool",
    tool_call_id: id,
    content: texts.length === 0 ? "" : plainIfOne(texts),
    ...(failed === true ? { is_error: true } : {}),
    ...(mark === undefined || mark === null ? {} : { cache_control: mark }),
  };
  return { message, shown };
}

function assistant(blocks: readonly Part[], field: string): Message {
  const texts: Part[] = [];
  const calls: object[] = [];
  const details: ReasoningDetail[] = [];
  for (const [at, block] of blocks.entries()) {
    const place = `${field}[${at}]`;
    switch (block["type"]) {
      case "text":
        texts.push(textOf(block, place));
        break;
      case "tool_use":
        calls.push(callOf(block, place));
        break;
      case "thinking":
      case "redacted_thinking":
        details.push(thoughtOf(block, details.length));
        break;
      default: // the provider's own tools and what came of them: only a provider that speaks Messages reads them again
    }
  }
  const reasoning = details.map(({ text, summary }) => text ?? summary ?? "").join("");
  return {
    role: "assistant",
    content: texts.length === 0 ? null : plainIfOne(texts),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(reasoning === "" ? {} : { reasoning }),
    ...(details.length > 0 ? { reasoning_details: details } : {}),
  };
}

function callOf({ id, name, input, cache_control: mark }: Part, field: string): object {
  if (typeof id !== "string" || id === "") throw invalidPrompt(`${field}.id`, "text", id);
  if (typeof name !== "string" || name === "") throw invalidPrompt(`${field}.name`, "text", name);
  if (!isObject(input)) throw invalidPrompt(`${field}.input`, "an object", input);
  return {
    id,
    type: "function",
    function: { name, arguments: JSON.stringify(input) },
    ...(mark === undefined || mark === null ? {} : { cache_control: mark }),
  };
}

/** A thought in the contract's shape: Claude's own, or another provider's that went to the client in its clothes. */
function thoughtOf(block: Part, index: number): ReasoningDetail {
  if (block["type"] === "redacted_thinking") {
    const data = typeof block["data"] === "string" ? block["data"] : "";
    return openThought(data) ?? { type: "reasoning.encrypted", data, format: claude, index };
  }
  const text = typeof block["thinking"] === "string" ? block["thinking"] : "";
  const signature = typeof block["signature"] === "string" ? block["signature"] : "";
  const foreign = openThought(signature);
  if (foreign)
    return foreign.type === "reasoning.summary"
      ? { ...foreign, summary: text }
      : { ...foreign, text };
  return {
    type: "reasoning.text",
    text,
    ...(signature === "" ? {} : { signature }),
    format: claude,
    index,
  };
}

const partsOf = (blocks: readonly Part[], field: string, attachments: Attachments): Part[] =>
  blocks.flatMap((block, at) => partOf(block, `${field}[${at}]`, attachments));

/** What a user may show: text, pictures, documents. Blocks that are not known reach only who speaks Messages too. */
function partOf(block: Part, field: string, attachments: Attachments): Part[] {
  const mark =
    block["cache_control"] === undefined || block["cache_control"] === null
      ? {}
      : { cache_control: block["cache_control"] };
  switch (block["type"]) {
    case "text":
      return [textOf(block, field)];
    case "image":
      attachments.images++;
      // The provider's own storage: only who speaks Messages with the same account can read it.
      if (isObject(block["source"]) && block["source"]["type"] === "file") {
        attachments.pieces++;
        return [{ type: "file", file: { file_id: block["source"]["file_id"] }, ...mark }];
      }
      return [
        { type: "image_url", image_url: { url: sourceUrl(block, field, attachments) }, ...mark },
      ];
    case "document":
      return documentOf(block, field, attachments, mark);
    case "search_result": {
      const parts = partsOf(
        blocksOf(block["content"] ?? [], `${field}.content`),
        field,
        attachments,
      );
      return [
        {
          type: "text",
          text: `${textOr(block["title"])} (${textOr(block["source"])})`,
        },
        ...parts,
      ];
    }
    default:
      return [{ ...block }];
  }
}

function textOf({ text, cache_control: mark }: Part, field: string): Part {
  if (typeof text !== "string") throw invalidPrompt(`${field}.text`, "text", text);
  return {
    type: "text",
    text,
    ...(mark === undefined || mark === null ? {} : { cache_control: mark }),
  };
}

function documentOf(block: Part, field: string, attachments: Attachments, mark: Part): Part[] {
  const { source, title } = block;
  const name = typeof title === "string" && title !== "" ? title : null;
  if (!isObject(source)) throw invalidPrompt(`${field}.source`, "an object with a type", source);
  if (source["type"] === "text") {
    // Few providers take text as a file, and all take it as text.
    const open = name === null ? "<document>" : `<document title=${JSON.stringify(name)}>`;
    return [{ type: "text", text: `${open}\n${textOr(source["data"])}\n</document>`, ...mark }];
  }
  if (source["type"] === "content")
    return partsOf(blocksOf(source["content"], `${field}.source.content`), field, attachments);
  attachments.pieces++;
  return [
    {
      type: "file",
      file: {
        filename: name ?? "document.pdf",
        ...(source["type"] === "file"
          ? { file_id: source["file_id"] }
          : { file_data: sourceUrl(block, field, attachments, false) }),
      },
      ...mark,
    },
  ];
}

/** An address, or a data URL of what came inline. */
function sourceUrl(block: Part, field: string, attachments: Attachments, counts = true): string {
  const { source } = block;
  if (counts) attachments.pieces++;
  if (!isObject(source)) throw invalidPrompt(`${field}.source`, "an object with a type", source);
  switch (source["type"]) {
    case "base64": {
      const { media_type: type, data } = source;
      if (typeof type !== "string") throw invalidPrompt(`${field}.source.media_type`, "text", type);
      if (typeof data !== "string") throw invalidPrompt(`${field}.source.data`, "base64", data);
      attachments.characters += data.length;
      return `data:${type};base64,${data}`;
    }
    case "url":
      if (typeof source["url"] !== "string")
        throw invalidPrompt(`${field}.source.url`, "an address", source["url"]);
      return source["url"];
    default:
      throw invalidPrompt(
        `${field}.source.type`,
        "base64, url, text, content or file",
        source["type"],
      );
  }
}

/** A lone text without a mark, in the form that every provider takes. */
function plainIfOne(parts: Part[]): string | Part[] {
  const [only] = parts;
  return parts.length === 1 && only?.["type"] === "text" && only["cache_control"] === undefined
    ? textOr(only["text"])
    : parts;
}
/** Text, or none where something else came. */
const textOr = (value: unknown): string => (typeof value === "string" ? value : "");
