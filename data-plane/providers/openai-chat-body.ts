/** The body of a request in OpenAI's chat, edited or rebuilt, as the provider's flags ask for it (contract/providers.md section 2). */
import { createHash } from "node:crypto";
import { readOpenaiChatFlags, type OpenaiChatFlags } from "#schema/flags/openai-chat.ts";
import type { ChatAsk } from "../operations/chat.ts";
import { editMembers } from "../operations/json-members.ts";
import { hasToolHistory, rewriteMessages, toolsUsed } from "./openai-chat-messages.ts";
import { reasoningMembers } from "./openai-chat-reasoning.ts";
import { CannotEncode, type Upstream } from "./wire-protocol.ts";
import { isObject } from "../operations/json-value.ts";

/**
 * Members that are for the gateway, or that would point a provider's server elsewhere: never sent on
 * (reliability.md D59). Everything else, known or not, reaches the provider as the client wrote it.
 */
const withheld: ReadonlySet<string> = new Set([
  "provider",
  "models",
  "route",
  "plugins",
  "transforms",
  "preset",
  "usage",
  "session_id",
  "trace",
  "debug",
  "reasoning",
  "include_reasoning",
  "structured_outputs",
  "cache_control",
  "image_config",
  "stop_server_tools_when",
  "max_tool_calls",
  "api_base",
  "base_url",
  "api_key",
  "headers",
  "extra_headers",
  "extra_body",
  "custom_llm_provider",
]);

/**
 * The client's body with the upstream's model name and what the provider's flags ask for. Where the client speaks this
 * dialect too, what nothing is asked of stays byte for byte: it is what a provider's prompt cache is keyed by.
 * @throws {CannotEncode} when the endpoint cannot be asked this.
 */
export function encodeBody(ask: ChatAsk, upstream: Upstream): string {
  const flags = readOpenaiChatFlags(upstream.flags);
  const edits = new Map<string, string | null>();
  for (const [name, value] of Object.entries(membersOf(ask, upstream, flags)))
    edits.set(name, value === null || value === undefined ? null : JSON.stringify(value));
  if (ask.dialect === "openai-chat") return editMembers(ask.text, ask.members, edits, withheld);
  const kept = Object.entries(ask.body).flatMap(([name, value]) =>
    withheld.has(name) || edits.has(name) || value === undefined
      ? []
      : [`${JSON.stringify(name)}:${JSON.stringify(value)}`],
  );
  const added = [...edits].flatMap(([name, value]) =>
    value === null ? [] : [`${JSON.stringify(name)}:${value}`],
  );
  return `{${[...kept, ...added].join(",")}}`;
}

/** Members that are not as the client wrote them; null: left out. */
function membersOf(
  ask: ChatAsk,
  upstream: Upstream,
  flags: OpenaiChatFlags,
): Record<string, unknown> {
  const { body } = ask;
  const messages = Array.isArray(body["messages"]) ? body["messages"] : [];
  const { told, member: format } = structured(body, flags);
  const rewritten = rewriteMessages(messages, upstream, flags, told);
  const edits: Record<string, unknown> = {
    model: upstream.model,
    stream_options: streamOptions(ask, flags),
    ...limitMembers(ask, upstream, flags),
    ...(ask.serviceTier === null ? {} : { service_tier: upstream.serviceTier }),
    ...reasoningMembers(ask, upstream, flags),
    ...toolMembers(body, messages, flags),
    ...(format === undefined ? {} : { response_format: format }),
    ...samplingMembers(body, flags),
    ...(rewritten ? { messages: rewritten } : {}),
  };
  if (ask.dialect !== "openai-chat") edits["stream"] = ask.stream ? true : null;
  for (const name of flags.unsupported) if (leavable(name, flags)) edits[name] = null;
  if (
    flags.sessionAffinityHeader === "prompt_cache_key" &&
    (body["prompt_cache_key"] ?? null) === null
  )
    edits["prompt_cache_key"] = sessionDigest(ask);
  for (const [name, value] of Object.entries(flags.extraBody ?? {}))
    if ((body[name] ?? null) === null && (edits[name] ?? null) === null) edits[name] = value;
  return edits;
}

/** Those with a rule of their own above are not just left out. */
const leavable = (name: OpenaiChatFlags["unsupported"][number], flags: OpenaiChatFlags): boolean =>
  name !== "strict_tools" &&
  name !== "structured_outputs" &&
  name !== "tools" &&
  !(name === "tool_choice" && flags.toolChoice !== "auto-only");

function streamOptions(ask: ChatAsk, flags: OpenaiChatFlags): unknown {
  if (!ask.stream) return null;
  const options = {
    ...(flags.usageInStream === "optin" ? { include_usage: true } : {}),
    ...(flags.includeObfuscation === null ? {} : { include_obfuscation: flags.includeObfuscation }),
  };
  return Object.keys(options).length === 0 ? null : options;
}

/** `outputTokensMax` is a clamp of ours, which may be all that says how long the answer gets. */
function limitMembers(
  ask: ChatAsk,
  upstream: Upstream,
  flags: OpenaiChatFlags,
): Record<string, unknown> {
  const limit = upstream.outputTokensMax ?? ask.outputTokensMax;
  if (limit === null) return {};
  const saysNothing =
    flags.maxTokensReserve && ask.outputTokensMax === null && limit >= upstream.outputTokensLimit;
  return {
    max_tokens: null,
    max_completion_tokens: null,
    ...(saysNothing ? {} : { [flags.tokenLimitField]: limit }),
  };
}

function toolMembers(
  body: ChatAsk["body"],
  messages: readonly unknown[],
  flags: OpenaiChatFlags,
): Record<string, unknown> {
  const sent: unknown[] = Array.isArray(body["tools"]) ? body["tools"] : [];
  const choice = body["tool_choice"] ?? null;
  const edits: Record<string, unknown> = {};
  let tools = sent;
  if (sent.length > 0) {
    if (flags.unsupported.includes("tools")) {
      if (choice !== "none") throw new CannotEncode("tools", "this endpoint has no tools");
      tools = [];
    }
    const named = isObject(choice) || choice === "required";
    if (named && (flags.toolChoice === "auto-only" || flags.unsupported.includes("tool_choice")))
      throw new CannotEncode(
        "tool_choice",
        "this endpoint cannot be made to call a tool; only auto and none are possible",
      );
    if (flags.toolChoice === "auto-only" && choice !== null) {
      edits["tool_choice"] = null;
      if (choice === "none") tools = [];
    }
    if (choice === "required" && flags.toolChoice === "any") edits["tool_choice"] = "any";
  }
  if (tools.length === 0 && flags.toolHistoryNeedsTools && hasToolHistory(messages)) {
    tools = toolsUsed(messages).map((name) => ({
      type: "function",
      function: { name, parameters: { type: "object", properties: {} } },
    }));
    edits["tools"] = tools;
    return edits;
  }
  // Without tools, OpenAI refuses an empty list of them and whatever is said about their use.
  if (tools.length === 0) {
    const about = ["tools", "tool_choice", "parallel_tool_calls"].filter((name) => name in body);
    for (const name of about) edits[name] = null;
    return edits;
  }
  const plain = tools.map((tool) => plainTool(tool, flags));
  if (plain.some((tool, place) => tool !== tools[place])) edits["tools"] = plain;
  return edits;
}

/** A tool without what the provider does not know of it. */
function plainTool(tool: unknown, flags: OpenaiChatFlags): unknown {
  if (!isObject(tool)) return tool;
  const target = tool["function"];
  const marked = flags.cacheMarks === "drop" && "cache_control" in tool;
  const strict =
    flags.unsupported.includes("strict_tools") && isObject(target) && "strict" in target;
  if (!marked && !strict) return tool;
  const { cache_control: mark, ...rest } = tool;
  const other: Record<string, unknown> = marked || mark === undefined ? rest : tool;
  if (!strict || !isObject(target)) return other;
  const { strict: _strict, ...loose } = target;
  return { ...other, function: loose };
}

/** What takes the place of a schema for the answer where there are none: any JSON, and the schema said in words. */
function structured(
  body: ChatAsk["body"],
  flags: OpenaiChatFlags,
): { told: string | null; member: unknown } {
  const asked = body["response_format"];
  if (!isObject(asked) || asked["type"] !== "json_schema") return { told: null, member: undefined };
  const whole = flags.unsupported.includes("response_format");
  if (!whole && !flags.unsupported.includes("structured_outputs"))
    return { told: null, member: undefined };
  const wanted = asked["json_schema"];
  const schema = isObject(wanted) ? wanted["schema"] : null;
  const told = isObject(schema)
    ? `Answer with JSON only, which fits this JSON schema:\n${JSON.stringify(schema)}`
    : "Answer with JSON only.";
  return { told, member: whole ? null : { type: "json_object" } };
}

function samplingMembers(body: ChatAsk["body"], flags: OpenaiChatFlags): Record<string, unknown> {
  const edits: Record<string, unknown> = {};
  const { stop, seed, logprobs, top_logprobs: top, temperature } = body;
  if (flags.stopAsArray && typeof stop === "string") edits["stop"] = [stop];
  if (flags.seedField === "random_seed" && (seed ?? null) !== null) {
    edits["seed"] = null;
    if (!flags.unsupported.includes("seed")) edits["random_seed"] = seed;
  }
  if (flags.logprobsAsInteger && (logprobs ?? null) !== null) {
    edits["logprobs"] = logprobs === true ? (top ?? 1) : logprobs === false ? null : logprobs;
    edits["top_logprobs"] = null;
  }
  const { temperatureMax } = flags;
  if (temperatureMax !== null && typeof temperature === "number" && temperature > temperatureMax)
    edits["temperature"] = temperatureMax;
  return edits;
}

/** Of the client's session or cache key, which are its own: a provider learns that two requests belong together, and no more. */
export function sessionDigest(ask: ChatAsk): string | null {
  const key = ask.session ?? ask.body["prompt_cache_key"];
  if (typeof key !== "string" || key === "") return null;
  return createHash("sha256").update(`turnpike session ${key}`).digest("hex").slice(0, 32);
}
