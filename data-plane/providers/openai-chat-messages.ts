/** What a provider's flags ask of a conversation (contract/providers.md section 2). Messages that nothing is asked of stay as they are. */
import { createHash } from "node:crypto";
import type { OpenaiChatFlags } from "#schema/flags/openai-chat.ts";
import { thoughtsOf } from "./openai-chat-reasoning.ts";
import { CannotEncode, type Upstream } from "./wire-protocol.ts";

type Message = Readonly<Record<string, unknown>>;

/** In OpenRouter's messages and not in OpenAI's: strict providers refuse what they do not know. */
const foreignNames = [
  "reasoning",
  "reasoning_content",
  "reasoning_text",
  "reasoning_details",
  "annotations",
  "images",
] as const;

/**
 * The messages as the provider wants them, or null when that is how they are.
 * @param schemaTold what the answer has to fit, for a provider that has no structured output
 * @throws {CannotEncode} when the endpoint cannot take what is there.
 */
export function rewriteMessages(
  messages: readonly unknown[],
  upstream: Upstream,
  flags: OpenaiChatFlags,
  schemaTold: string | null,
): unknown[] | null {
  const ids = flags.toolCallIdFormat === "any" ? null : toolCallIds(messages, flags);
  let changed = false;
  const rewritten = messages.map((message, index) => {
    if (!isObject(message)) return message;
    const other = rewriteMessage(message, index, { upstream, flags, ids });
    changed ||= other !== message;
    return other;
  });
  const told = schemaTold === null ? rewritten : withInstruction(rewritten, schemaTold);
  const merged = flags.mergeSameRole ? mergeNeighbours(told) : told;
  const ended = withPrefill(merged, flags);
  return changed || ended !== rewritten ? ended : null;
}

type Context = {
  upstream: Upstream;
  flags: OpenaiChatFlags;
  ids: ReadonlyMap<string, string> | null;
};

function rewriteMessage(message: Message, index: number, context: Context): Message {
  const { flags, ids } = context;
  const { role, content } = message;
  const edits: Record<string, unknown> = {};
  if (role === "developer" && flags.systemRole === "system") edits["role"] = "system";
  if (flags.cacheMarks === "drop" && "cache_control" in message) edits["cache_control"] = undefined;
  if ("is_error" in message) edits["is_error"] = undefined; // a result's, of clients of Messages
  if (Array.isArray(content)) {
    const parts = rewriteParts(content, `messages[${index}].content`, context);
    if (parts !== content) edits["content"] = parts;
  }
  if (role === "assistant") editAssistant(message, edits, context);
  const called = message["tool_call_id"];
  const id = typeof called === "string" ? ids?.get(called) : undefined;
  if (id !== undefined && id !== called) edits["tool_call_id"] = id;
  const names = Object.keys(edits);
  if (names.length === 0) return message;
  const edited = { ...message, ...edits };
  for (const name of names) if (edits[name] === undefined) delete edited[name];
  return edited;
}

function editAssistant(
  message: Message,
  edits: Record<string, unknown>,
  { flags, ids }: Context,
): void {
  const calls = message["tool_calls"];
  const hasCalls = Array.isArray(calls) && calls.length > 0;
  if (!hasCalls && "tool_calls" in message) edits["tool_calls"] = undefined; // OpenAI refuses an empty list
  if (hasCalls && ids) {
    const renamed = calls.map((call) => {
      const id = isObject(call) && typeof call["id"] === "string" ? call["id"] : null;
      const other = id === null ? undefined : ids.get(id);
      return other === undefined || other === id || !isObject(call) ? call : { ...call, id: other };
    });
    if (renamed.some((call, place) => call !== calls[place])) edits["tool_calls"] = renamed;
  }
  const echo = flags.reasoningEcho;
  if (echo !== "reasoning_details")
    for (const name of foreignNames) if (name in message) edits[name] = undefined;
  const thoughts = echo === "none" ? "" : thoughtsOf(message, flags.reasoningFormat);
  if (echo === "reasoning_content" || echo === "reasoning") {
    if (thoughts !== "" || (hasCalls && flags.reasoningEchoRequired)) edits[echo] = thoughts;
  }
  const said = "content" in edits ? edits["content"] : message["content"];
  if (flags.assistantContentAsString && Array.isArray(said) && said.every(isText))
    edits["content"] = said.map((part) => part.text).join("");
  const left = "content" in edits ? edits["content"] : (message["content"] ?? null);
  const empty = left === null || left === "" || (Array.isArray(left) && left.length === 0);
  if (empty && flags.emptyAssistantContent !== "keep") {
    const wanted = flags.emptyAssistantContent === "null" ? null : "";
    if (message["content"] !== wanted) edits["content"] = wanted;
  }
  if (echo === "thinking_part" && thoughts !== "") {
    const thinking = { type: "thinking", thinking: [{ type: "text", text: thoughts }] };
    const rest = Array.isArray(left) ? left : empty ? [] : [{ type: "text", text: left }];
    edits["content"] = [thinking, ...rest];
  }
}

const isText = (part: unknown): part is { text: string } =>
  isObject(part) && part["type"] === "text" && typeof part["text"] === "string";

function rewriteParts(
  parts: readonly unknown[],
  field: string,
  { upstream, flags }: Context,
): readonly unknown[] {
  const inline = upstream.flags["remoteMedia"] === "inline";
  const dropsMarks = flags.cacheMarks === "drop";
  let changed = false;
  const rewritten = parts.map((part, index) => {
    if (!isObject(part)) return part;
    let other: Message = part;
    if (dropsMarks && "cache_control" in part) {
      const { cache_control: _mark, ...rest } = part;
      other = rest;
    }
    if (inline && part["type"] !== "text")
      other = withInlineMedia(other, `${field}[${index}]`, upstream);
    changed ||= other !== part;
    return other;
  });
  return changed ? rewritten : parts;
}

/** Where a part names something by its address, by its type. */
const addresses = [
  { type: "image_url", member: "url" },
  { type: "video_url", member: "url" },
  { type: "file", member: "file_data" },
] as const;

/** Pictures and files that were fetched for a provider that does not fetch. @throws {CannotEncode} for one that was not. */
function withInlineMedia(part: Message, field: string, { media }: Upstream): Message {
  const address = addresses.find(({ type }) => type === part["type"]);
  const holder = address ? part[address.type] : null;
  if (!address || !isObject(holder)) return part;
  const url = holder[address.member];
  if (typeof url !== "string" || !/^https?:/i.test(url)) return part;
  const fetched = media.get(url);
  if (!fetched)
    throw new CannotEncode(
      `${field}.${address.type}.${address.member}`,
      "this provider does not fetch addresses, and this one was not fetched; send a data URL",
    );
  const data = `data:${fetched.mediaType};base64,${fetched.base64}`;
  return { ...part, [address.type]: { ...holder, [address.member]: data } };
}

/** An instruction at the end of the first system message, or as one. */
function withInstruction(messages: readonly unknown[], instruction: string): unknown[] {
  const [first, ...rest] = messages;
  if (!isObject(first) || first["role"] !== "system")
    return [{ role: "system", content: instruction }, ...messages];
  const { content } = first;
  const longer = Array.isArray(content)
    ? [...content, { type: "text", text: instruction }]
    : `${typeof content === "string" ? content : ""}\n\n${instruction}`.trimStart();
  return [{ ...first, content: longer }, ...rest];
}

/** One message of neighbours of one role; those with tool calls, and results, stay apart. */
function mergeNeighbours(messages: unknown[]): unknown[] {
  const merged: unknown[] = [];
  for (const message of messages) {
    const before = merged.at(-1);
    const both = isPlain(before) && isPlain(message) && before["role"] === message["role"];
    if (both) merged.splice(-1, 1, { ...before, content: joined(before, message) });
    else merged.push(message);
  }
  return merged.length === messages.length ? messages : merged;
}
const isPlain = (message: unknown): message is Message =>
  isObject(message) &&
  ["system", "user", "assistant"].includes(String(message["role"])) &&
  !("tool_calls" in message);
function joined(one: Message, other: Message): unknown {
  const [first, second] = [one["content"] ?? "", other["content"] ?? ""];
  if (typeof first === "string" && typeof second === "string")
    return first === "" || second === "" ? first + second : `${first}\n\n${second}`;
  const partsOf = (content: unknown): unknown[] =>
    Array.isArray(content) ? content : content === "" ? [] : [{ type: "text", text: content }];
  return [...partsOf(first), ...partsOf(second)];
}

function withPrefill(messages: unknown[], { prefill }: OpenaiChatFlags): unknown[] {
  const last = messages.at(-1);
  if (prefill === "keep" || !isObject(last) || last["role"] !== "assistant") return messages;
  if ("tool_calls" in last) return messages;
  if (prefill === "refuse")
    throw new CannotEncode(
      `messages[${messages.length - 1}]`,
      "this endpoint cannot go on with an assistant message; end with a user message",
    );
  return last["prefix"] === true ? messages : [...messages.slice(0, -1), { ...last, prefix: true }];
}

/** Names of the tools that a conversation has used, in order. */
export function toolsUsed(messages: readonly unknown[]): string[] {
  const names = new Set<string>();
  for (const call of messages.flatMap(callsOf)) {
    const target = call["function"];
    if (isObject(target) && typeof target["name"] === "string") names.add(target["name"]);
  }
  return [...names];
}

export const hasToolHistory = (messages: readonly unknown[]): boolean =>
  messages.some(
    (message) => isObject(message) && (message["role"] === "tool" || callsOf(message).length > 0),
  );

const callsOf = (message: unknown): Message[] =>
  isObject(message) && Array.isArray(message["tool_calls"])
    ? message["tool_calls"].filter(isObject)
    : [];

const idFormats = {
  mistral9: { fits: /^[A-Za-z0-9]{9}$/, length: 9 },
  anthropic64: { fits: /^[A-Za-z0-9_-]{1,64}$/, length: 32 },
} as const;

/**
 * The conversation's tool call ids to ones that the provider takes, different for different ones. The same each time it is
 * made, so that a provider's prompt cache still knows the conversation, and the answer's decoder can go back.
 */
export function toolCallIds(
  messages: readonly unknown[],
  { toolCallIdFormat }: Pick<OpenaiChatFlags, "toolCallIdFormat">,
): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  if (toolCallIdFormat === "any") return ids;
  const { fits, length } = idFormats[toolCallIdFormat];
  const used = new Set<string>();
  const asked = messages.flatMap((message) => [
    ...callsOf(message).map((call) => call["id"]),
    isObject(message) ? message["tool_call_id"] : null,
  ]);
  const names = new Set(asked.filter((id): id is string => typeof id === "string"));
  for (const id of names) if (fits.test(id)) used.add(id);
  for (const id of names) {
    let other = id;
    for (let salt = 0; !fits.test(other) || (other !== id && used.has(other)); salt++)
      other = createHash("sha256").update(`${salt} ${id}`).digest("hex").slice(0, length);
    used.add(other);
    ids.set(id, other);
  }
  return ids;
}

const isObject = (value: unknown): value is Message =>
  typeof value === "object" && value !== null && !Array.isArray(value);
