/** What is asked, as a request of OpenAI's Responses API (contract/providers.md 4.1). Pure. */
import type {
  ResponseCreateParams,
  ResponseInputItem,
  Tool,
} from "openai/resources/responses/responses";
import { reasoningEfforts } from "#schema/flags/openai-chat.ts";
import {
  type OpenaiResponsesFlags,
  readOpenaiResponsesFlags,
} from "#schema/flags/openai-responses.ts";
import type { ChatAsk, ReasoningDetail } from "../operations/chat.ts";
import { editMembers } from "../operations/json-members.ts";
import { sessionDigest } from "./openai-chat-body.ts";
import { CallIds, fittedCallId } from "./openai-responses-call-ids.ts";
import { CannotEncode, type Media, type Upstream, type UpstreamRequest } from "./wire-protocol.ts";

/** The API answers 400 below it (contract/providers.md 4.1). */
const outputTokensMin = 16;

export function encodeRequest(ask: ChatAsk, upstream: Upstream): UpstreamRequest {
  const flags = readOpenaiResponsesFlags(upstream.flags);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(flags.headers ?? {}))
    headers[name.toLowerCase()] = String(value);
  const affinity = flags.sessionAffinityHeader;
  const session = affinity === null || affinity === "prompt_cache_key" ? null : sessionDigest(ask);
  if (affinity !== null && session !== null) headers[affinity] = session;
  const body =
    ask.dialect === "openai-responses" ? editedText(ask, upstream) : rebuilt(ask, upstream);
  return { path: flags.path, headers, body };
}

type Json = Record<string, unknown>;
type Content = { type: string } & Json;

/** For a client that speaks another dialect. What the API has no field for (`unsupported`) is left out. */
function rebuilt(ask: ChatAsk, upstream: Upstream): string {
  const { body } = ask;
  const flags = readOpenaiResponsesFlags(upstream.flags);
  const input = inputOf(body["messages"], upstream);
  const reasoning = reasoningFor(ask, upstream);
  const tools = toolsOf(body);
  const limit = outputLimit(ask, upstream);
  const logprobs = body["logprobs"] === true;
  const include = [
    ...(wantsEncrypted(ask, flags, input) ? ["reasoning.encrypted_content" as const] : []),
    ...(logprobs ? ["message.output_text.logprobs" as const] : []),
  ];
  const format = formatOf(body["response_format"]);
  const verbosity = verbosityOf(body["verbosity"]);
  const modalities = body["modalities"] ?? null;
  if (Array.isArray(modalities) && modalities.some((one) => one !== "text"))
    throw new CannotEncode("modalities", "this endpoint answers in text only");
  if (body["n"] !== undefined && body["n"] !== null && body["n"] !== 1)
    throw new CannotEncode("n", "this endpoint gives one answer");

  const request: { [field in keyof ResponseCreateParams]?: unknown } = {
    model: upstream.model,
    input,
    store: false,
    stream: ask.stream,
  };
  if (ask.stream && flags.includeObfuscation !== null)
    request.stream_options = { include_obfuscation: flags.includeObfuscation };
  if (include.length > 0) request.include = include;
  if (limit !== null) request.max_output_tokens = limit;
  if (reasoning) request.reasoning = reasoning;
  if (format || verbosity !== null)
    request.text = { ...(format ? { format } : {}), ...(verbosity === null ? {} : { verbosity }) };
  if (tools.length > 0) {
    request.tools = tools;
    const choice = toolChoiceOf(body["tool_choice"]);
    if (choice !== null) request.tool_choice = choice;
    const parallel = body["parallel_tool_calls"] ?? null;
    if (parallel !== null) request.parallel_tool_calls = parallel;
  }
  if (logprobs && typeof body["top_logprobs"] === "number")
    request.top_logprobs = body["top_logprobs"];
  if (flags.sampling)
    for (const name of ["temperature", "top_p"] as const)
      if (typeof body[name] === "number") request[name] = body[name];
  for (const name of ["user", "safety_identifier", "prompt_cache_key"] as const)
    if (typeof body[name] === "string") request[name] = body[name];
  const cacheKey = cacheKeyFor(ask, flags);
  if (cacheKey !== null) request.prompt_cache_key = cacheKey;
  for (const name of ["metadata", "prompt_cache_options"] as const)
    if (isObject(body[name])) request[name] = body[name];
  if (upstream.serviceTier !== null) request.service_tier = upstream.serviceTier;
  return JSON.stringify(request);
}

/** Members of our own, or that would point the provider's server elsewhere, or that the API does not know. */
const withheld: ReadonlySet<string> = new Set([
  "provider", "models", "route", "plugins", "transforms", "preset", "usage", "session_id", "trace",
  "debug", "include_reasoning", "reasoning_effort", "verbosity", "cache_control", "image_config",
  "modalities", "stop_server_tools_when", "top_k", "min_p", "top_a", "frequency_penalty",
  "presence_penalty", "repetition_penalty", "stop", "seed", "n", "logit_bias", "previous_response_id",
  "conversation", "background", "prompt", "api_base", "base_url", "api_key", "headers",
  "extra_headers", "extra_body", "custom_llm_provider",
]); // prettier-ignore

/** For a client that speaks Responses itself: its text as it is, but for what must be another. */
function editedText(ask: ChatAsk, upstream: Upstream): string {
  const flags = readOpenaiResponsesFlags(upstream.flags);
  const sent = new Map(ask.members.map((member) => [member.name, member]));
  const parsed = (name: string): unknown => {
    const member = sent.get(name);
    return member ? JSON.parse(ask.text.slice(member.valueStart, member.valueEnd)) : undefined;
  };
  const edits = new Map<string, string | null>([
    ["model", JSON.stringify(upstream.model)],
    ["store", "false"],
  ]);
  const input = parsed("input");
  const readable = Array.isArray(input) ? readableItems(input, flags) : null;
  if (readable) edits.set("input", JSON.stringify(readable));
  const reasoning = reasoningFor(ask, upstream);
  const asked = parsed("reasoning");
  if (isObject(asked) || reasoning)
    edits.set("reasoning", reasoning ? JSON.stringify(reasoning) : null);
  const include = parsed("include");
  const included: unknown[] = Array.isArray(include) ? include : [];
  const encrypted = "reasoning.encrypted_content";
  if (flags.reasoning === "never" && included.includes(encrypted)) {
    const rest = included.filter((one) => one !== encrypted);
    edits.set("include", rest.length > 0 ? JSON.stringify(rest) : null);
  } else if (wantsEncrypted(ask, flags, []) && !included.includes(encrypted))
    edits.set("include", JSON.stringify([...included, encrypted]));
  const limit = outputLimit(ask, upstream);
  if (limit !== null) edits.set("max_output_tokens", String(limit));
  const cacheKey = cacheKeyFor(ask, flags);
  if (cacheKey !== null) edits.set("prompt_cache_key", JSON.stringify(cacheKey));
  if (sent.has("service_tier"))
    edits.set(
      "service_tier",
      upstream.serviceTier === null ? null : JSON.stringify(upstream.serviceTier),
    );
  if (!flags.sampling) for (const name of ["temperature", "top_p"]) edits.set(name, null);
  return editMembers(ask.text, ask.members, edits, withheld);
}

/** A key of our own for the turns of one session, where the client gives none. */
const cacheKeyFor = (ask: ChatAsk, flags: OpenaiResponsesFlags): string | null =>
  flags.sessionAffinityHeader === "prompt_cache_key" &&
  (ask.body["prompt_cache_key"] ?? null) === null
    ? sessionDigest(ask)
    : null;

function outputLimit(ask: ChatAsk, upstream: Upstream): number | null {
  const limit = upstream.outputTokensMax ?? ask.outputTokensMax;
  return limit === null ? null : Math.max(limit, outputTokensMin);
}

/**
 * A client's own items without what only others can read (contract P-4): thoughts of another family are left out, the marks
 * that we put on thoughts are taken off, and ids of another family's calls are no longer than they may be. Null when nothing has to change, so that the text can stay as it is.
 */
function readableItems(items: readonly unknown[], flags: OpenaiResponsesFlags): unknown[] | null {
  const own = flags.reasoningFormat;
  let changed = false;
  const kept = items.flatMap((item): unknown[] => {
    if (!isObject(item)) return [item];
    if (item["type"] === "reasoning") {
      const { format, signature, ...rest } = item;
      // Without its enciphered form a thought is looked up by its id, and nothing is stored: 404.
      const unknown = typeof rest["encrypted_content"] !== "string" && !flags.plainReasoning;
      if (unknown || (typeof format === "string" && format !== own && format !== "unknown")) {
        changed = true;
        return [];
      }
      if (format === undefined && signature === undefined) return [item];
      changed = true;
      return [rest];
    }
    // What OpenAI's own client adds to an item when it has parsed it, and its API then refuses.
    const { parsed_arguments: parsed, ...rest } = item;
    const { content, call_id: id } = item;
    const callId = typeof id === "string" ? fittedCallId(id) : id;
    const parts = Array.isArray(content) ? content.map((part) => cleanPart(part, flags)) : null;
    if (
      parsed === undefined &&
      callId === id &&
      !parts?.some((part, index) => part !== (content as unknown[])[index])
    )
      return [item];
    changed = true;
    return [
      {
        ...rest,
        ...(parts ? { content: parts } : {}),
        ...(callId === undefined ? {} : { call_id: callId }),
      },
    ];
  });
  return changed ? kept : null;
}

function cleanPart(part: unknown, flags: OpenaiResponsesFlags): unknown {
  if (!isObject(part) || !("cache_control" in part || "parsed" in part)) return part;
  const { parsed: _parsed, ...rest } = part;
  return marked(rest, rest, flags);
}

/** `cache_control` in the API's words where the model has them, else without (contract S-3). */
function marked(part: Json, from: Json, flags: OpenaiResponsesFlags): Json {
  const { cache_control: mark, ...rest } = part;
  const own = from["prompt_cache_breakpoint"] ?? null;
  if (flags.cacheMarks === "drop") {
    const { prompt_cache_breakpoint: _own, ...bare } = rest;
    return bare;
  }
  const given = mark ?? from["cache_control"] ?? null;
  if (own === null && given === null) return rest;
  return { ...rest, prompt_cache_breakpoint: own ?? { mode: "explicit" } };
}

/** Enciphered thoughts are what lets the next turn go on from this one; a model that does not think answers 400 to the wish. */
function wantsEncrypted(
  ask: ChatAsk,
  flags: OpenaiResponsesFlags,
  input: readonly { type?: unknown }[],
): boolean {
  if (flags.reasoning === "always") return true;
  if (flags.reasoning === "never") return false;
  return (
    (ask.reasoning !== null &&
      ask.reasoning.enabled !== false &&
      ask.reasoning.effort !== "none") ||
    input.some((item) => item.type === "reasoning")
  );
}

/** Shares of the output limit that an effort stands for (contract P-1). */
const shares = [
  ["minimal", 0.1],
  ["low", 0.2],
  ["medium", 0.5],
  ["high", 0.8],
  ["xhigh", 0.95],
] as const;
const efforts: readonly string[] = reasoningEfforts;
const summaries = new Set(["auto", "concise", "detailed"]);

function reasoningFor(ask: ChatAsk, upstream: Upstream): Json | null {
  const flags = readOpenaiResponsesFlags(upstream.flags);
  if (flags.reasoning === "never") return null;
  const { reasoning } = ask;
  const asked = isObject(ask.body["reasoning"]) ? ask.body["reasoning"] : {};
  if (!reasoning && Object.keys(asked).length === 0) return null;
  const result: Json = {};
  const effort = effortOf(ask, upstream);
  if (effort !== null) result["effort"] = effort;
  const summary = asked["summary"];
  const shown = reasoning?.exclude !== true && effort !== "none" && flags.reasoningSummary;
  if (shown) {
    // A client that speaks Responses says itself whether it wants a summary.
    if (typeof summary === "string" && summaries.has(summary)) result["summary"] = summary;
    else if (ask.dialect !== "openai-responses") result["summary"] = "auto";
  }
  for (const name of ["context", "mode"])
    if (typeof asked[name] === "string") result[name] = asked[name];
  return Object.keys(result).length > 0 ? result : null;
}

/** The nearest effort that the endpoint has (contract P-2). @throws {CannotEncode} when it cannot be told not to think. */
function effortOf(ask: ChatAsk, upstream: Upstream): string | null {
  const { reasoning } = ask;
  if (!reasoning) return null;
  const flags = readOpenaiResponsesFlags(upstream.flags);
  const has = flags.reasoningEfforts ?? efforts;
  const limit = upstream.outputTokensMax ?? ask.outputTokensMax ?? upstream.outputTokensLimit;
  const wanted =
    reasoning.effort ??
    (reasoning.enabled === false
      ? "none"
      : reasoning.maxTokens === null
        ? null
        : nearestShare(reasoning.maxTokens / Math.max(limit, 1), flags.reasoningEfforts));
  if (wanted === null) return null;
  if (wanted === "none") {
    if (flags.reasoningMandatory || !has.includes("none"))
      throw new CannotEncode("reasoning", "this model cannot be told not to think");
    return wanted;
  }
  // Thinking is never switched off because little of it was asked for.
  return nearest(
    has.filter((one) => one !== "none"),
    (one) => Math.abs(efforts.indexOf(one) - efforts.indexOf(wanted)),
  );
}

/** Only the three that every reasoning model has, unless it is known which ones this has. */
const nearestShare = (share: number, known: readonly string[] | null): string | null =>
  nearest(
    shares
      .map(([effort]) => effort)
      .filter((one) => (known ?? ["low", "medium", "high"]).includes(one)),
    (one) => Math.abs((shares.find(([effort]) => effort === one)?.[1] ?? 0) - share),
  );

function nearest(from: readonly string[], distance: (one: string) => number): string | null {
  let best: string | null = null;
  for (const one of from) if (best === null || distance(one) < distance(best)) best = one;
  return best;
}

function verbosityOf(value: unknown): string | null {
  if (typeof value !== "string") return null;
  return value === "xhigh" || value === "max" ? "high" : value;
}

function formatOf(value: unknown): Json | null {
  if (value === undefined || value === null) return null;
  const field = "response_format";
  if (!isObject(value)) throw new CannotEncode(field, "expected an object");
  if (value["type"] === "text") return null;
  if (value["type"] === "json_object") return { type: "json_object" };
  const schema = value["json_schema"];
  if (value["type"] !== "json_schema")
    throw new CannotEncode(`${field}.type`, "this endpoint has text, json_object and json_schema");
  if (!isObject(schema) || typeof schema["name"] !== "string")
    throw new CannotEncode(`${field}.json_schema`, "expected an object with a name and a schema");
  return {
    type: "json_schema",
    name: schema["name"],
    schema: isObject(schema["schema"]) ? schema["schema"] : {},
    ...(typeof schema["description"] === "string" ? { description: schema["description"] } : {}),
    ...(typeof schema["strict"] === "boolean" ? { strict: schema["strict"] } : {}),
  };
}

function toolsOf(body: Readonly<Json>): Json[] {
  const tools: Json[] = [];
  const given = body["tools"] ?? [];
  if (!Array.isArray(given)) throw new CannotEncode("tools", "expected a list");
  for (const [index, tool] of given.entries()) {
    const field = `tools[${index}]`;
    if (!isObject(tool)) throw new CannotEncode(field, "expected an object");
    const { type } = tool;
    if (type === "function") tools.push(functionTool(tool["function"], field));
    else if (typeof type === "string" && type.startsWith("web_search")) tools.push(tool);
    else
      throw new CannotEncode(
        `${field}.type`,
        `${JSON.stringify(type)} is not a kind of tool that this endpoint can be asked for here`,
      );
  }
  const search = body["web_search_options"] ?? null;
  if (search !== null && !tools.some((tool) => tool["type"] !== "function"))
    tools.push(searchTool(search));
  return tools;
}

function functionTool(value: unknown, field: string): Json & { type: Tool["type"] } {
  if (!isObject(value) || typeof value["name"] !== "string" || value["name"] === "")
    throw new CannotEncode(`${field}.function.name`, "expected a name");
  return {
    type: "function",
    name: value["name"],
    ...(typeof value["description"] === "string" ? { description: value["description"] } : {}),
    parameters: isObject(value["parameters"])
      ? value["parameters"]
      : { type: "object", properties: {} },
    // Where chat leaves it out it is false; here the schema would be made strict, with every field required.
    strict: value["strict"] === true,
  };
}

function searchTool(options: unknown): Json {
  if (!isObject(options)) throw new CannotEncode("web_search_options", "expected an object");
  const { search_context_size: size, user_location: location } = options;
  // In chat the place is a level deeper.
  const place =
    isObject(location) && isObject(location["approximate"]) ? location["approximate"] : null;
  return {
    type: "web_search",
    ...(typeof size === "string" ? { search_context_size: size } : {}),
    ...(place
      ? { user_location: { type: "approximate", ...place } }
      : isObject(location)
        ? { user_location: location }
        : {}),
  };
}

function toolChoiceOf(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") {
    if (value === "auto" || value === "none" || value === "required") return value;
    throw new CannotEncode("tool_choice", "expected auto, none, required or a function");
  }
  if (!isObject(value)) throw new CannotEncode("tool_choice", "expected text or an object");
  if (value["type"] === "function") {
    const called = value["function"];
    if (!isObject(called) || typeof called["name"] !== "string")
      throw new CannotEncode("tool_choice.function.name", "expected the name of a tool");
    return { type: "function", name: called["name"] };
  }
  if (value["type"] === "allowed_tools" && isObject(value["allowed_tools"])) {
    const { mode, tools } = value["allowed_tools"];
    if (!Array.isArray(tools))
      throw new CannotEncode("tool_choice.allowed_tools.tools", "expected a list");
    return {
      type: "allowed_tools",
      mode,
      tools: tools.map((tool: unknown) =>
        isObject(tool) && isObject(tool["function"])
          ? { type: "function", name: tool["function"]["name"] }
          : tool,
      ),
    };
  }
  if (typeof value["type"] === "string" && value["type"].startsWith("web_search"))
    return { type: value["type"] };
  throw new CannotEncode("tool_choice.type", "expected function or allowed_tools");
}

type InputItem = Content & { type: ResponseInputItem["type"] };

/** The conversation as items. An answer of a tool without its call, or a call without its answer, would be a 400. */
function inputOf(messages: unknown, upstream: Upstream): InputItem[] {
  if (!Array.isArray(messages)) throw new CannotEncode("messages", "expected a list");
  const items: InputItem[] = [];
  const ids = new CallIds();
  const unanswered = new Map<string, { id: string; field: string }>();
  for (const [index, message] of messages.entries()) {
    const field = `messages[${index}]`;
    if (!isObject(message)) throw new CannotEncode(field, "expected an object");
    const { role, content } = message;
    if (role === "system" || role === "developer" || role === "user") {
      const said =
        role === "developer" && readOpenaiResponsesFlags(upstream.flags).systemRole === "system"
          ? "system"
          : role;
      items.push({
        type: "message",
        role: said,
        content: partsOf(content, `${field}.content`, message["name"], upstream),
      });
    } else if (role === "assistant") {
      const called = callsOf(message["tool_calls"], field);
      const text = assistantParts(message, field);
      // A thought must be followed by what came of it.
      if (called.length > 0 || text.length > 0)
        items.push(
          ...thoughtsOf(message["reasoning_details"], readOpenaiResponsesFlags(upstream.flags)),
        );
      if (text.length > 0) items.push({ type: "message", role: "assistant", content: text });
      for (const [place, call] of called.entries()) {
        const id = call.call_id;
        if (called.findIndex((one) => one.call_id === id) < place)
          throw new CannotEncode(
            `${field}.tool_calls`,
            `the id ${JSON.stringify(id)} stands twice`,
          );
        const sent = ids.take(id);
        unanswered.set(sent, { id, field });
        items.push({ ...call, call_id: sent });
      }
    } else if (role === "tool") {
      const id = ids.sentAs(message["tool_call_id"]);
      if (id === undefined)
        throw new CannotEncode(
          `${field}.tool_call_id`,
          "expected the id of a tool call of an assistant message before it",
        );
      unanswered.delete(id);
      items.push({
        type: "function_call_output",
        call_id: id,
        output:
          typeof content === "string"
            ? content
            : content === null || content === undefined
              ? ""
              : partsOf(content, `${field}.content`, undefined, upstream),
      });
    } else
      throw new CannotEncode(
        `${field}.role`,
        "expected system, developer, user, assistant or tool",
      );
  }
  for (const { id, field } of unanswered.values())
    throw new CannotEncode(
      `${field}.tool_calls`,
      `no message with the role tool answers the call ${JSON.stringify(id)}`,
    );
  return items;
}

function partsOf(content: unknown, field: string, name: unknown, upstream: Upstream): Content[] {
  const prefix = typeof name === "string" && name !== "" ? `${name}: ` : "";
  if (typeof content === "string") return [{ type: "input_text", text: prefix + content }];
  if (content === null || content === undefined) return [{ type: "input_text", text: prefix }];
  if (!Array.isArray(content)) throw new CannotEncode(field, "expected text or a list of parts");
  return content.map((part: unknown, index) => {
    const at = `${field}[${index}]`;
    if (!isObject(part)) throw new CannotEncode(at, "expected an object with a type");
    const made = partOf(part, at, upstream);
    if (prefix !== "" && index === 0 && typeof made["text"] === "string")
      made["text"] = prefix + made["text"];
    return { ...marked(made, part, readOpenaiResponsesFlags(upstream.flags)), type: made.type };
  });
}

function partOf(part: Json, field: string, { media }: Upstream): Content {
  switch (part["type"]) {
    case "text":
      if (typeof part["text"] !== "string")
        throw new CannotEncode(`${field}.text`, "expected text");
      return { type: "input_text", text: part["text"] };
    case "image_url": {
      const image = part["image_url"];
      const url = isObject(image) ? image["url"] : image;
      if (typeof url !== "string")
        throw new CannotEncode(`${field}.image_url.url`, "expected an address or a data URL");
      const detail =
        isObject(image) && typeof image["detail"] === "string" ? image["detail"] : "auto";
      return { type: "input_image", image_url: inlined(url, media), detail };
    }
    case "file": {
      const file = part["file"];
      if (!isObject(file)) throw new CannotEncode(`${field}.file`, "expected an object");
      const { file_data: data, filename } = file;
      if (typeof data === "string") {
        const url = inlined(data, media);
        if (/^https?:/i.test(url)) return { type: "input_file", file_url: url };
        return {
          type: "input_file",
          filename: typeof filename === "string" && filename !== "" ? filename : fileNameFor(url),
          file_data: url,
        };
      }
      if (typeof file["file_id"] === "string")
        return { type: "input_file", file_id: file["file_id"] };
      throw new CannotEncode(`${field}.file.file_data`, "expected an address or a data URL");
    }
    case "input_audio": {
      const audio = part["input_audio"];
      if (!isObject(audio) || typeof audio["data"] !== "string")
        throw new CannotEncode(`${field}.input_audio.data`, "expected base64");
      return { type: "input_audio", input_audio: { data: audio["data"], format: audio["format"] } };
    }
    default:
      throw new CannotEncode(
        `${field}.type`,
        `${JSON.stringify(part["type"])} is not a kind of content that this endpoint takes`,
      );
  }
}

function inlined(url: string, media: ReadonlyMap<string, Media>): string {
  const fetched = media.get(url);
  return fetched ? `data:${fetched.mediaType};base64,${fetched.base64}` : url;
}

/** The API tells files apart by their names. */
function fileNameFor(dataUrl: string): string {
  const [, kind = "pdf"] = /^data:[a-z]+\/([\w.+-]{1,40})[;,]/i.exec(dataUrl) ?? [];
  return `file.${kind === "plain" ? "txt" : kind.toLowerCase()}`;
}

function assistantParts(message: Json, field: string): Content[] {
  const { content, refusal } = message;
  const parts: Content[] = [];
  if (typeof content === "string") {
    if (content !== "") parts.push({ type: "output_text", text: content });
  } else if (Array.isArray(content)) {
    for (const [index, part] of content.entries()) {
      if (isObject(part) && part["type"] === "text" && typeof part["text"] === "string") {
        if (part["text"] !== "") parts.push({ type: "output_text", text: part["text"] });
      } else if (
        isObject(part) &&
        part["type"] === "refusal" &&
        typeof part["refusal"] === "string"
      )
        parts.push({ type: "refusal", refusal: part["refusal"] });
      else
        throw new CannotEncode(
          `${field}.content[${index}]`,
          "expected text: it is an assistant's message",
        );
    }
  } else if (content !== null && content !== undefined)
    throw new CannotEncode(`${field}.content`, "expected text or a list of parts");
  if (typeof refusal === "string" && refusal !== "") parts.push({ type: "refusal", refusal });
  return parts;
}

type CallItem = InputItem & { call_id: string };

function callsOf(given: unknown, field: string): CallItem[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw new CannotEncode(`${field}.tool_calls`, "expected a list");
  return given.map((call: unknown, index) => {
    const at = `${field}.tool_calls[${index}]`;
    if (!isObject(call)) throw new CannotEncode(at, "expected an object");
    const called = call["function"];
    if (typeof call["id"] !== "string" || call["id"] === "")
      throw new CannotEncode(`${at}.id`, "expected text");
    if (!isObject(called) || typeof called["name"] !== "string" || called["name"] === "")
      throw new CannotEncode(`${at}.function.name`, "expected the name of a tool");
    const text = called["arguments"] ?? "";
    if (typeof text !== "string")
      throw new CannotEncode(`${at}.function.arguments`, "expected JSON as text");
    return {
      type: "function_call",
      call_id: call["id"],
      name: called["name"],
      arguments: text === "" ? "{}" : text,
    };
  });
}

/**
 * Thoughts of this family as items, in order: each ends with its enciphered form, and only what has one can be sent back.
 * What another family signed or enciphered is left out (contract P-4).
 */
function thoughtsOf(given: unknown, flags: OpenaiResponsesFlags): InputItem[] {
  if (!Array.isArray(given)) return [];
  const own = flags.reasoningFormat;
  const items: InputItem[] = [];
  let open: { id: string | null; summary: Json[]; content: Json[]; data: string | null } | null =
    null;
  const close = (): void => {
    if (open && (open.data !== null || (flags.plainReasoning && open.content.length > 0)))
      items.push({
        type: "reasoning",
        ...(open.id === null ? {} : { id: open.id }),
        summary: open.summary,
        ...(open.content.length > 0 ? { content: open.content } : {}),
        ...(open.data === null ? {} : { encrypted_content: open.data }),
      });
    open = null;
  };
  for (const value of given) {
    if (!isObject(value)) continue;
    const detail: Partial<ReasoningDetail> & Json = value;
    if (detail["format"] !== own) continue;
    const id = typeof detail.id === "string" ? detail.id : null;
    if (open && open.id !== null && id !== null && open.id !== id) close();
    open ??= { id: null, summary: [], content: [], data: null };
    open.id ??= id;
    if (detail.type === "reasoning.summary" && typeof detail.summary === "string")
      open.summary.push({ type: "summary_text", text: detail.summary });
    else if (detail.type === "reasoning.text" && typeof detail.text === "string")
      open.content.push({ type: "reasoning_text", text: detail.text });
    else if (detail.type === "reasoning.encrypted" && typeof detail.data === "string") {
      open.data = detail.data;
      close();
    }
  }
  close();
  return items;
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
