/** A body of `/messages` as an ask: checked where the gateway acts on it, and translated to the middle language. */
import type { IncomingHttpHeaders } from "node:http";
import type { ChatAsk } from "../../operations/chat.ts";
import { invalid } from "../../refusal.ts";
import { parseBody } from "../ask/body.ts";
import { bounded, optionalText, wholeNumber } from "../ask/fields.ts";
import { modelsOf } from "../ask/models.ts";
import { parametersOf } from "../ask/parameters.ts";
import { preferencesOf } from "../ask/preferences.ts";
import { sizeOf } from "../ask/prompt-size.ts";
import { efforts, reasoningOf } from "../ask/reasoning.ts";
import { serviceTierOf } from "../ask/service-tier.ts";
import { conversationOf, type Attachments } from "./conversation.ts";
import { isObject } from "../../operations/json-value.ts";

/** Beside Anthropic's own fields, those by which OpenRouter's clients say how to route; they mean the same in every dialect. */
const gatewayFields = [
  "models",
  "provider",
  "plugins",
  "route",
  "transforms",
  "preset",
  "session_id",
  "usage",
  "trace",
  "debug",
] as const;

const searchesMax = 10;
const betasMax = 32;

/** @throws {Refusal} 400 that names the field, what was expected and what came. */
export function decode(bytes: Buffer, headers: IncomingHttpHeaders = {}): ChatAsk {
  const { text, body: said, members } = parseBody(bytes);
  const attachments: Attachments = { images: 0, pieces: 0, characters: 0 };
  const messages = conversationOf(said, attachments);
  const models = modelsOf({ ...said, models: [...listOf(said, "models"), ...fallbacksOf(said)] });
  const stream = said["stream"] ?? false;
  if (typeof stream !== "boolean") throw invalid("stream", "true or false", stream);
  bounded(said, "temperature", 0, 1);
  bounded(said, "top_p", 0, 1);
  bounded(said, "top_k", 0, 100_000_000);
  const maxTokens = said["max_tokens"] === 0 ? 0 : wholeNumber(said, "max_tokens");
  const metadata = said["metadata"] ?? {};
  if (!isObject(metadata)) throw invalid("metadata", "an object", metadata);
  const user = optionalText(metadata, "user_id", 256) ?? optionalText(said, "user", 256);
  const { tools, searches } = toolsOf(said["tools"]);
  const body: Record<string, unknown> = {
    ...pick(said, gatewayFields),
    model: models[0],
    messages,
    ...(maxTokens === null ? {} : { max_tokens: maxTokens }),
    ...pick(said, ["temperature", "top_p", "top_k", "cache_control"]),
    ...(stream ? { stream } : {}),
    ...(tools.length > 0 ? { tools } : {}),
    ...(searches > 0 ? { web_search_options: {} } : {}),
    ...toolChoiceOf(said["tool_choice"]),
    ...stopOf(said["stop_sequences"]),
    ...thinkingOf(said),
    ...formatOf(said["output_config"]),
    ...(user === null ? {} : { user }),
  };
  const { bound, estimate } = sizeOf(bytes.length - attachments.characters, attachments.pieces);
  return {
    operation: "chat",
    dialect: "anthropic-messages",
    text,
    members,
    body,
    models,
    stream,
    outputTokensMax: maxTokens,
    promptTokensBound: bound,
    promptTokensEstimate: estimate,
    images: attachments.images,
    searchesBound: searches,
    reasoning: reasoningOf(body),
    serviceTier: tierOf(said),
    preferences: preferencesOf(said["provider"]),
    parameters: parametersOf(body),
    user,
    session: optionalText(said, "session_id", 256) ?? sessionIn(user),
    anthropicBetas: betasOf(headers),
  };
}

/**
 * Claude Code writes its session into the user's id: as JSON (2.1.197, seen 25 November 2026), before that behind
 * `_session_`. Who goes on with a conversation wants its prompt cache.
 */
function sessionIn(user: string | null): string | null {
  const [, session = null] =
    /^\{.*"session_id":"([\w-]{8,64})"/.exec(user ?? "") ??
    /_session_([\w-]{8,64})$/.exec(user ?? "") ??
    [];
  return session;
}

const pick = (
  body: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Record<string, unknown> =>
  Object.fromEntries(
    names.flatMap((name) => ((body[name] ?? null) === null ? [] : [[name, body[name]]])),
  );

function listOf(body: Readonly<Record<string, unknown>>, field: string): unknown[] {
  const value = body[field] ?? [];
  if (!Array.isArray(value)) throw invalid(field, "a list of model ids", value);
  return value;
}

/** Anthropic's own way to name other models; here they are tried for every failure that another model may not have. */
function fallbacksOf(body: Readonly<Record<string, unknown>>): unknown[] {
  const value = body["fallbacks"] ?? [];
  if (value === "default") return [];
  if (!Array.isArray(value)) throw invalid("fallbacks", "a list of models", value);
  return value.map((one) => (isObject(one) ? one["model"] : one));
}

/** `auto` and `standard_only` are how Anthropic's clients ask for the ordinary price; the contract's words have their own. */
function tierOf(body: Record<string, unknown>): string | null {
  return body["service_tier"] === "standard_only" ? null : serviceTierOf(body);
}

function toolsOf(value: unknown): { tools: unknown[]; searches: number } {
  if (value === undefined || value === null) return { tools: [], searches: 0 };
  if (!Array.isArray(value)) throw invalid("tools", "a list of tools", value);
  let searches = 0;
  const tools: unknown[] = [];
  for (const [at, tool] of value.entries()) {
    const field = `tools[${at}]`;
    if (!isObject(tool)) throw invalid(field, "an object", tool);
    const { type, name, description, input_schema: schema, strict, cache_control: mark } = tool;
    if (typeof type === "string" && type.startsWith("web_search")) {
      // The provider searches by itself; what else has a type is a tool that only Anthropic's models know.
      searches += wholeNumber(tool, "max_uses", `${field}.max_uses`) ?? searchesMax;
      continue;
    }
    if (type !== undefined && type !== null && type !== "custom") {
      tools.push(tool);
      continue;
    }
    if (typeof name !== "string" || name === "") throw invalid(`${field}.name`, "text", name);
    if (schema !== undefined && !isObject(schema))
      throw invalid(`${field}.input_schema`, "a JSON schema", schema);
    tools.push({
      type: "function",
      function: {
        name,
        ...(typeof description === "string" ? { description } : {}),
        parameters: schema ?? { type: "object", properties: {} },
        ...(typeof strict === "boolean" ? { strict } : {}),
      },
      ...(mark === undefined || mark === null ? {} : { cache_control: mark }),
    });
  }
  return { tools, searches };
}

function toolChoiceOf(choice: unknown): Record<string, unknown> {
  if (choice === undefined || choice === null) return {};
  if (!isObject(choice)) throw invalid("tool_choice", "an object with a type", choice);
  const parallel =
    choice["disable_parallel_tool_use"] === true ? { parallel_tool_calls: false } : {};
  switch (choice["type"]) {
    case "auto":
      return { tool_choice: "auto", ...parallel };
    case "any":
      return { tool_choice: "required", ...parallel };
    case "none":
      return { tool_choice: "none" };
    case "tool":
      if (typeof choice["name"] !== "string")
        throw invalid("tool_choice.name", "the name of a tool", choice["name"]);
      return {
        tool_choice: { type: "function", function: { name: choice["name"] } },
        ...parallel,
      };
    default:
      throw invalid("tool_choice.type", "auto, any, tool or none", choice["type"]);
  }
}

function stopOf(value: unknown): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (!Array.isArray(value) || value.some((one) => typeof one !== "string"))
    throw invalid("stop_sequences", "a list of texts", value);
  return value.length === 0 ? {} : { stop: value };
}

/** `thinking` and `output_config.effort` as the contract's `reasoning`. */
function thinkingOf({
  thinking,
  output_config: output,
}: Record<string, unknown>): Record<string, unknown> {
  const effort = isObject(output) ? (output["effort"] ?? null) : null;
  if (effort !== null && (typeof effort !== "string" || !efforts.includes(effort)))
    throw invalid("output_config.effort", "low, medium, high, xhigh or max", effort);
  if (thinking === undefined || thinking === null)
    return effort === null ? {} : { reasoning: { effort } };
  if (!isObject(thinking)) throw invalid("thinking", "an object with a type", thinking);
  const exclude = thinking["display"] === "omitted" ? { exclude: true } : {};
  switch (thinking["type"]) {
    case "disabled":
      return { reasoning: { enabled: false } };
    case "enabled": {
      const budget = wholeNumber(thinking, "budget_tokens", "thinking.budget_tokens");
      if (budget === null)
        throw invalid("thinking.budget_tokens", "a whole number of at least 1024", undefined);
      return { reasoning: { max_tokens: budget, ...exclude } };
    }
    default: // adaptive, and what there will be: only that it thinks is known
      return { reasoning: { ...(effort === null ? { enabled: true } : { effort }), ...exclude } };
  }
}

function formatOf(output: unknown): Record<string, unknown> {
  if (output === undefined || output === null) return {};
  if (!isObject(output)) throw invalid("output_config", "an object", output);
  const format = output["format"] ?? null;
  if (format === null) return {};
  if (!isObject(format) || format["type"] !== "json_schema" || !isObject(format["schema"]))
    throw invalid("output_config.format", 'an object {"type":"json_schema","schema":{…}}', format);
  return {
    response_format: {
      type: "json_schema",
      json_schema: { name: "answer", schema: format["schema"], strict: true },
    },
  };
}

/** OpenRouter's header and Anthropic's own, as one list. */
function betasOf(headers: IncomingHttpHeaders): string[] {
  const said = [headers["anthropic-beta"], headers["x-anthropic-beta"]].flat();
  const names = said.flatMap((value) => (value ?? "").split(",")).map((name) => name.trim());
  return [...new Set(names)].filter((name) => name !== "").slice(0, betasMax);
}
