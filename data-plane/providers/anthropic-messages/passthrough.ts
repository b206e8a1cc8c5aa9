/** The body of a client that speaks Messages itself: edited as text, because its prompt cache is keyed by the bytes. */
import type { ChatAsk } from "../../operations/chat.ts";
import { foreignMark } from "../../operations/foreign-thoughts.ts";
import { editMembers } from "../../operations/json-members.ts";
import type { Upstream } from "../wire-protocol.ts";
import { flagsOf } from "./flags.ts";
import { maxTokensOf } from "./request.ts";

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
  if (maxTokens !== ask.outputTokensMax) {
    edits.set("max_tokens", String(maxTokens));
    const thinking = thinkingWithin(ask, maxTokens);
    if (thinking !== undefined) edits.set("thinking", thinking);
  }
  if (ask.serviceTier !== null)
    edits.set("service_tier", upstream.serviceTier === "priority" ? '"auto"' : '"standard_only"');
  const messages = withoutForeignThoughts(ask.text);
  if (messages !== null) edits.set("messages", messages);
  for (const [name, edit] of more) edits.set(name, edit);
  const kept = new Set(withheld);
  const { speed, inferenceGeo } = flagsOf(upstream);
  if (speed) kept.delete("speed");
  if (inferenceGeo) kept.delete("inference_geo");
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

/** The messages without thoughts that Claude has not signed and hence refuses; null when there are none of those. */
function withoutForeignThoughts(text: string): string | null {
  if (!text.includes(foreignMark) && !/"signature"\s*:\s*""/.test(text)) return null;
  const body: unknown = JSON.parse(text);
  const messages: unknown[] =
    isObject(body) && Array.isArray(body["messages"]) ? body["messages"] : [];
  const isForeign = (block: unknown): boolean => {
    if (!isObject(block)) return false;
    const signed =
      block["type"] === "thinking"
        ? block["signature"]
        : block["type"] === "redacted_thinking"
          ? block["data"]
          : null;
    return signed === "" || (typeof signed === "string" && signed.startsWith(foreignMark));
  };
  const kept = messages.flatMap((message) => {
    if (!isObject(message) || !Array.isArray(message["content"])) return [message];
    const content = message["content"].filter((block) => !isForeign(block));
    return content.length === 0 && message["content"].length > 0 ? [] : [{ ...message, content }];
  });
  return JSON.stringify(kept);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
