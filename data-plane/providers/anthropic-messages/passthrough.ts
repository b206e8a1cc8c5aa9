/** The body of a client that speaks Messages itself: edited as text, because its prompt cache is keyed by the bytes. */
import type { ChatAsk } from "../../operations/chat.ts";
import { foreignMark } from "../../operations/foreign-thoughts.ts";
import { editMembers } from "../../operations/json-members.ts";
import type { Upstream } from "../wire-protocol.ts";
import { fitted, withoutMidSystem } from "./fit.ts";
import { flagsOf, type MessagesFlags } from "./flags.ts";
import { maxTokensOf } from "./request.ts";
import { ToolIds, validToolId } from "./tool-ids.ts";
import { isObject } from "../../operations/json-value.ts";

/**
 * Members that are for the gateway, that would point a provider's server elsewhere, that name things of the account whose
 * key is used, or that are billed at a price nobody is charged (`speed`, `inference_geo`): never sent on.
 */
const withheld: ReadonlySet<string> = new Set([
  "models",
  "fallbacks",
  "provider",
  "plugins",
  "route",
  "transforms",
  "preset",
  "session_id",
  "user",
  "usage",
  "trace",
  "debug",
  "stop_server_tools_when",
  "max_tool_calls",
  "speed",
  "inference_geo",
  "workspace_id",
  "user_profile_id",
  "api_base",
  "base_url",
  "api_key",
  "headers",
  "extra_headers",
  "extra_body",
  "custom_llm_provider",
]);

/** @param more members of a host of the API that differ from Anthropic's own, as JSON text; null takes one away */
export function passthroughBody(
  ask: ChatAsk,
  upstream: Upstream,
  more: ReadonlyMap<string, string | null>,
): string {
  const edits = new Map<string, string | null>([["model", JSON.stringify(upstream.model)]]);
  const maxTokens = maxTokensOf(ask, upstream);
  const flags = flagsOf(upstream);
  if (maxTokens !== ask.outputTokensMax) {
    edits.set("max_tokens", String(maxTokens));
    const thinking = thinkingWithin(ask, maxTokens);
    if (thinking !== undefined) edits.set("thinking", thinking);
  }
  for (const [name, edit] of fitted(ask, flags, maxTokens)) edits.set(name, edit);
  if (ask.serviceTier !== null)
    edits.set("service_tier", upstream.serviceTier === "priority" ? '"auto"' : '"standard_only"');
  const mark = flags.topLevelCache ? null : (ask.body["cache_control"] ?? null);
  if (mark !== null) edits.set("cache_control", null);
  const messages = rewritten(ask.text, upstream, flags, mark);
  if (messages !== null) edits.set("messages", messages);
  for (const [name, edit] of more) edits.set(name, edit);
  const kept = new Set(withheld);
  if (flags.speed) kept.delete("speed");
  if (flags.inferenceGeo) kept.delete("inference_geo");
  return editMembers(ask.text, ask.members, edits, kept);
}

/** A budget of thoughts that a lower `max_tokens` still has room for, as the API demands; undefined where it has. */
function thinkingWithin({ text, members }: ChatAsk, maxTokens: number): string | null | undefined {
  const member = members.find(({ name }) => name === "thinking");
  if (!member) return undefined;
  const thinking: unknown = JSON.parse(text.slice(member.valueStart, member.valueEnd));
  if (!isObject(thinking) || typeof thinking["budget_tokens"] !== "number") return undefined;
  if (thinking["budget_tokens"] < maxTokens) return undefined;
  if (maxTokens <= budgetMin) return null; // no room to think in
  return JSON.stringify({ ...thinking, budget_tokens: Math.max(budgetMin, maxTokens >> 1) });
}
const budgetMin = 1_024;

/**
 * The messages where they cannot stay as they are, or null: without thoughts that Claude has not signed and hence refuses; with
 * other ids for calls whose own it refuses;
 * with pictures and files in them for a host that does not fetch; without system messages for a model that knows none between turns; with the mark of
 * automatic caching on the last block for a host that does not know it.
 */
function rewritten(
  text: string,
  { media }: Upstream,
  { midSystem }: MessagesFlags,
  mark: unknown,
): string | null {
  const foreign = text.includes(foreignMark) || /"signature"\s*:\s*""/.test(text);
  const folds = !midSystem && /"role"\s*:\s*"system"/.test(text);
  const renames = hasOthersIds(text);
  if (!foreign && !folds && !renames && media.size === 0 && mark === null) return null;
  const body: unknown = JSON.parse(text);
  const messages: unknown[] =
    isObject(body) && Array.isArray(body["messages"]) ? body["messages"] : [];
  const kept = (folds ? withoutMidSystem(messages) : messages).flatMap((message) => {
    if (!isObject(message) || !Array.isArray(message["content"])) return [message];
    const content = message["content"]
      .filter((block) => !isForeign(block))
      .map((block: unknown) => inlined(block, media));
    return content.length === 0 && message["content"].length > 0 ? [] : [{ ...message, content }];
  });
  if (renames) renameCalls(kept);
  const last = kept.at(-1);
  if (mark !== null && isObject(last)) kept.splice(-1, 1, marked(last, mark));
  return JSON.stringify(kept);
}

/** Whether a result names a call as another provider has: with letters that Anthropic refuses, or by a name used before. */
function hasOthersIds(text: string): boolean {
  const seen = new Set<string>();
  for (const [, id = ""] of text.matchAll(/"tool_use_id"\s*:\s*"((?:[^"\\]|\\.)*)"/g)) {
    if (seen.has(id) || validToolId(id) !== id) return true;
    seen.add(id);
  }
  return false;
}

/** Gives every call an id that Anthropic takes, and its result the same. */
function renameCalls(messages: unknown[]): void {
  const ids = new ToolIds();
  const sentAs = new Map<unknown, string>();
  for (const [at, message] of messages.entries()) {
    if (!isObject(message) || !Array.isArray(message["content"])) continue;
    const content = message["content"].map((block: unknown) => {
      if (!isObject(block)) return block;
      const { type, id, tool_use_id: of } = block;
      if (type === "tool_use" && typeof id === "string") {
        const sent = ids.take(id);
        sentAs.set(id, sent);
        return { ...block, id: sent };
      }
      return type === "tool_result" ? { ...block, tool_use_id: sentAs.get(of) ?? of } : block;
    });
    messages[at] = { ...message, content };
  }
}

function isForeign(block: unknown): boolean {
  if (!isObject(block)) return false;
  const signed =
    block["type"] === "thinking"
      ? block["signature"]
      : block["type"] === "redacted_thinking"
        ? block["data"]
        : null;
  return signed === "" || (typeof signed === "string" && signed.startsWith(foreignMark));
}

function inlined(block: unknown, media: Upstream["media"]): unknown {
  if (media.size === 0 || !isObject(block)) return block;
  const { source, content } = block;
  if (Array.isArray(content))
    return { ...block, content: content.map((one: unknown) => inlined(one, media)) };
  const fetched =
    isObject(source) && source["type"] === "url" && typeof source["url"] === "string"
      ? media.get(source["url"])
      : undefined;
  if (!fetched) return block;
  const { mediaType, base64 } = fetched;
  return { ...block, source: { type: "base64", media_type: mediaType, data: base64 } };
}

function marked(message: Record<string, unknown>, mark: unknown): Record<string, unknown> {
  const { content } = message;
  if (typeof content === "string")
    return { ...message, content: [{ type: "text", text: content, cache_control: mark }] };
  if (!Array.isArray(content)) return message;
  const blocks: unknown[] = content;
  const at = blocks.findLastIndex(
    (block) => isObject(block) && !String(block["type"]).includes("thinking"),
  );
  return {
    ...message,
    content: blocks.map((block, place) =>
      place === at && isObject(block) ? { cache_control: mark, ...block } : block,
    ),
  };
}
