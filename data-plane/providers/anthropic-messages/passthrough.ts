/** The body of a client that speaks Messages itself: edited as text, because its prompt cache is keyed by the bytes. */
import type { ChatAsk } from "../../operations/chat.ts";
import { editMembers } from "../../operations/json-members.ts";
import type { Upstream } from "../wire-protocol.ts";
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

/** Begins a signature that is ours: thoughts of another provider in Anthropic's clothes (dialects/anthropic-messages). */
export const foreignSignature = "turnpike.v1.";

/** @param more members of a host of the API that differ from Anthropic's own, as JSON text; null takes one away */
export function passthroughBody(
  ask: ChatAsk,
  upstream: Upstream,
  more: ReadonlyMap<string, string | null>,
): string {
  const edits = new Map<string, string | null>([["model", JSON.stringify(upstream.model)]]);
  const maxTokens = maxTokensOf(ask, upstream);
  if (maxTokens !== ask.outputTokensMax) edits.set("max_tokens", String(maxTokens));
  if (ask.serviceTier !== null)
    edits.set("service_tier", upstream.serviceTier === "priority" ? '"auto"' : '"standard_only"');
  const messages = withoutForeignThoughts(ask.text);
  if (messages !== null) edits.set("messages", messages);
  for (const [name, edit] of more) edits.set(name, edit);
  const kept = new Set(withheld);
  for (const name of ["speed", "inference_geo"])
    if (upstream.flags[name] === true) kept.delete(name);
  return editMembers(ask.text, ask.members, edits, kept);
}

/** The messages without thoughts that Claude has not signed and hence refuses; null when there are none of those. */
function withoutForeignThoughts(text: string): string | null {
  if (!text.includes(foreignSignature) && !/"signature"\s*:\s*""/.test(text)) return null;
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
    return signed === "" || (typeof signed === "string" && signed.startsWith(foreignSignature));
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
