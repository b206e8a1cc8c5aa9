/** A body of `/responses` as an ask: OpenAI's Responses with OpenRouter's additions (openrouter-api.md 1.1), stateless. */
import type { ChatAsk } from "../operations/chat.ts";
import { invalid, Refusal } from "../refusal.ts";
import { parseBody } from "./ask/body.ts";
import { bounded, optionalText, wholeNumber } from "./ask/fields.ts";
import { modelsOf } from "./ask/models.ts";
import { parametersOf } from "./ask/parameters.ts";
import { preferencesOf } from "./ask/preferences.ts";
import { promptSize } from "./ask/prompt-size.ts";
import { reasoningOf } from "./ask/reasoning.ts";
import { searchesBound } from "./ask/searches.ts";
import { serviceTierOf } from "./ask/service-tier.ts";
import { isObject } from "../operations/json-value.ts";

type Json = Record<string, unknown>;

const itemsMax = 10_000;

/** @throws {Refusal} 400 that names the field, what was expected and what came. */
export function decodeResponses(bytes: Buffer): ChatAsk {
  const { text, body, members } = parseBody(bytes);
  refuseState(body);
  const stream = body["stream"] ?? false;
  if (typeof stream !== "boolean") throw invalid("stream", "true or false", stream);
  bounded(body, "temperature", 0, 2);
  bounded(body, "top_p", 0, 1);
  bounded(body, "frequency_penalty", -2, 2);
  bounded(body, "presence_penalty", -2, 2);
  checkMetadata(body["metadata"]);
  const outputTokensMax = wholeNumber(body, "max_output_tokens");
  const parts = { images: 0, attachments: 0 };
  const middle = chatOf(body, parts);
  const { bound, estimate } = promptSize(text, bytes.length, parts.attachments);
  return {
    operation: "chat",
    dialect: "openai-responses",
    text,
    members,
    body: middle,
    models: modelsOf(body),
    stream,
    outputTokensMax,
    promptTokensBound: bound,
    promptTokensEstimate: estimate,
    images: parts.images,
    searchesBound: searchesBound(middle),
    reasoning: reasoningOf(middle),
    serviceTier: serviceTierOf(body),
    preferences: preferencesOf(body["provider"]),
    parameters: parametersOf(middle),
    user: optionalText(body, "user", 256),
    session: optionalText(body, "session_id", 256),
  };
}

/** What would need an earlier answer, or something else that is kept: nothing is kept here. */
function refuseState(body: Json): void {
  const instead = (field: string, text: string): Refusal =>
    new Refusal({
      status: 400,
      type: "invalid_request",
      message: `${field}: ${text}`,
      metadata: { field },
    });
  if (body["store"] !== undefined && body["store"] !== null && body["store"] !== false)
    throw instead("store", "nothing is stored here; leave it out or send false");
  if ((body["previous_response_id"] ?? null) !== null)
    throw instead(
      "previous_response_id",
      "no response is stored here; send the whole conversation in input",
    );
  if ((body["conversation"] ?? null) !== null)
    throw instead(
      "conversation",
      "no conversation is stored here; send the whole conversation in input",
    );
  if ((body["prompt"] ?? null) !== null)
    throw instead("prompt", "no prompt template is stored here; send instructions and input");
  if (
    body["background"] !== undefined &&
    body["background"] !== null &&
    body["background"] !== false
  )
    throw instead(
      "background",
      "every response is answered at once here; leave it out or send false",
    );
}

function checkMetadata(metadata: unknown): void {
  if (metadata === undefined || metadata === null) return;
  const expected = "at most 16 pairs of text, keys up to 64 and values up to 512 characters";
  if (!isObject(metadata)) throw invalid("metadata", expected, metadata);
  const pairs = Object.entries(metadata);
  if (pairs.length > 16) throw invalid("metadata", expected, pairs.length);
  for (const [name, value] of pairs)
    if (name.length > 64 || typeof value !== "string" || value.length > 512)
      throw invalid(`metadata.${name.slice(0, 64)}`, expected, value);
}

/** What means the same in both, and keeps its name. */
const same = [
  "model", "models", "route", "stream", "temperature", "top_p", "top_k", "frequency_penalty",
  "presence_penalty", "parallel_tool_calls", "top_logprobs", "provider", "plugins", "metadata", "user",
  "safety_identifier", "prompt_cache_key", "prompt_cache_options", "service_tier", "session_id", "trace",
  "cache_control", "modalities", "image_config", "max_tool_calls", "stop_server_tools_when", "reasoning",
]; // prettier-ignore

type Parts = { images: number; attachments: number };

/** In the middle language. @param parts counts what is no text */
function chatOf(body: Json, parts: Parts): Json {
  const chat: Json = {};
  for (const name of same) if ((body[name] ?? null) !== null) chat[name] = body[name];
  const instructions = body["instructions"] ?? null;
  if (instructions !== null && typeof instructions !== "string")
    throw invalid("instructions", "text", instructions);
  chat["messages"] = [
    ...(instructions === null || instructions === ""
      ? []
      : [{ role: "system", content: instructions }]),
    ...messagesOf(body["input"], parts),
  ];
  if ((body["max_output_tokens"] ?? null) !== null) chat["max_tokens"] = body["max_output_tokens"];
  const text = body["text"] ?? null;
  if (text !== null) {
    if (!isObject(text)) throw invalid("text", "an object", text);
    const format = formatOf(text["format"]);
    if (format) chat["response_format"] = format;
    if ((text["verbosity"] ?? null) !== null) chat["verbosity"] = text["verbosity"];
  }
  const truncation = body["truncation"] ?? null;
  if (truncation !== null && truncation !== "auto" && truncation !== "disabled")
    throw invalid("truncation", "auto or disabled", truncation);
  const include = body["include"] ?? [];
  if (!Array.isArray(include)) throw invalid("include", "a list of words", include);
  if (include.includes("message.output_text.logprobs") || (body["top_logprobs"] ?? 0) !== 0)
    chat["logprobs"] = true;
  const tools = toolsOf(body["tools"]);
  if (tools.chat.length > 0) chat["tools"] = tools.chat;
  if (tools.search) chat["web_search_options"] = tools.search;
  const choice = toolChoiceOf(body["tool_choice"]);
  if (choice !== null && (tools.chat.length > 0 || tools.search)) chat["tool_choice"] = choice;
  return chat;
}

function formatOf(format: unknown): Json | null {
  if (format === undefined || format === null) return null;
  if (!isObject(format)) throw invalid("text.format", "an object", format);
  const { type, ...schema } = format;
  if (type === "text") return null;
  if (type === "json_object") return { type };
  if (type !== "json_schema")
    throw invalid("text.format.type", "text, json_object or json_schema", type);
  if (typeof schema["name"] !== "string" || !isObject(schema["schema"]))
    throw invalid("text.format", "a name and a schema", format);
  return { type, json_schema: schema };
}

/** Kinds that run at the provider and in whose use nothing tells us what they cost, or that reach into its account. */
const refusedTools = new Map([
  ["file_search", "vector stores belong to the account at the provider"],
  ["code_interpreter", "containers are billed apart and belong to the account at the provider"],
  ["image_generation", "its pictures are billed apart, by counts that have no price here"],
  ["mcp", "what its servers answer is added to the prompt, which nobody can bound here"],
  ["computer_use_preview", "it cannot be passed on here"],
  ["computer", "it cannot be passed on here"],
]);

/**
 * Functions and the provider's own search have words in the middle language. Other kinds pass as they are: to an endpoint of
 * this protocol they go in the client's own text, every other protocol refuses them.
 */
function toolsOf(given: unknown): { chat: unknown[]; search: Json | null } {
  const chat: unknown[] = [];
  let search: Json | null = null;
  if (given === undefined || given === null) return { chat, search };
  if (!Array.isArray(given)) throw invalid("tools", "a list", given);
  for (const [index, tool] of given.entries()) {
    const field = `tools[${index}]`;
    if (!isObject(tool) || typeof tool["type"] !== "string")
      throw invalid(field, "an object with a type", tool);
    const { type, ...rest } = tool;
    const refused =
      type === "shell" && !isLocal(rest["environment"])
        ? refusedTools.get("code_interpreter")
        : refusedTools.get(type);
    if (refused !== undefined || type.startsWith("openrouter:"))
      throw new Refusal({
        status: 400,
        type: "invalid_request",
        message: `${field}.type: tools of the kind ${JSON.stringify(type.slice(0, 60))} are not offered here: ${refused ?? "there are no server tools"}; use function tools`,
        metadata: { field: `${field}.type` },
      });
    if (type === "function") {
      if (typeof rest["name"] !== "string" || rest["name"] === "")
        throw invalid(`${field}.name`, "the name of a function", rest["name"]);
      const { name, description, parameters, strict } = rest;
      chat.push({
        type,
        function: {
          name,
          ...(typeof description === "string" ? { description } : {}),
          ...(isObject(parameters) ? { parameters } : {}),
          ...(typeof strict === "boolean" ? { strict } : {}),
        },
      });
    } else if (type.startsWith("web_search")) search = rest;
    else chat.push(tool);
  }
  return { chat, search };
}

/** A shell of the client's own; every other one is a container at the provider. */
const isLocal = (environment: unknown): boolean =>
  isObject(environment) && environment["type"] === "local";

function toolChoiceOf(choice: unknown): unknown {
  if (choice === undefined || choice === null) return null;
  if (choice === "auto" || choice === "none" || choice === "required") return choice;
  if (!isObject(choice) || typeof choice["type"] !== "string")
    throw invalid("tool_choice", "auto, none, required, or an object with a type", choice);
  const { type, ...rest } = choice;
  if (type === "function") {
    if (typeof rest["name"] !== "string")
      throw invalid("tool_choice.name", "the name of a function", rest["name"]);
    return { type, function: { name: rest["name"] } };
  }
  if (type !== "allowed_tools") return choice;
  if (!Array.isArray(rest["tools"])) throw invalid("tool_choice.tools", "a list", rest["tools"]);
  return {
    type,
    allowed_tools: {
      mode: rest["mode"],
      tools: rest["tools"].map((tool: unknown) =>
        isObject(tool) && tool["type"] === "function"
          ? { type: "function", function: { name: tool["name"] } }
          : tool,
      ),
    },
  };
}

/** Items that follow each other on the model's side are one message: thoughts, then text, then calls. */
type Turn = {
  role: "assistant";
  content: unknown;
  refusal?: string;
  reasoning?: string;
  reasoning_details?: Json[];
  tool_calls?: Json[];
};

function messagesOf(input: unknown, parts: Parts): Json[] {
  if (typeof input === "string") {
    if (input === "") throw invalidInput("input", "text or a list with at least one item", input);
    return [{ role: "user", content: input }];
  }
  if (!Array.isArray(input) || input.length === 0)
    throw invalidInput("input", "text or a list with at least one item", input);
  if (input.length > itemsMax)
    throw invalidInput("input", `at most ${itemsMax} items`, input.length);
  const messages: Json[] = [];
  let turn: Turn | null = null;
  const model = (): Turn => {
    if (!turn) messages.push((turn = { role: "assistant", content: null }));
    return turn;
  };
  for (const [index, item] of input.entries()) {
    const field = `input[${index}]`;
    if (!isObject(item)) throw invalidInput(field, "an object", item);
    const type = item["type"] ?? "message";
    switch (type) {
      case "message": {
        const { role, content } = item;
        if (role === "assistant") {
          addSaid(model(), content, `${field}.content`);
          break;
        }
        if (role !== "user" && role !== "system" && role !== "developer")
          throw invalidInput(`${field}.role`, "system, developer, user or assistant", role);
        turn = null;
        messages.push({ role, content: contentOf(content, `${field}.content`, parts) });
        break;
      }
      case "function_call": {
        const { call_id: id, name, arguments: given } = item;
        if (typeof id !== "string" || id === "") throw invalidInput(`${field}.call_id`, "text", id);
        if (typeof name !== "string" || name === "")
          throw invalidInput(`${field}.name`, "the name of a function", name);
        if (typeof given !== "string")
          throw invalidInput(`${field}.arguments`, "JSON as text", given);
        (model().tool_calls ??= []).push({
          id,
          type: "function",
          function: { name, arguments: given },
        });
        break;
      }
      case "function_call_output": {
        const { call_id: id, output } = item;
        if (typeof id !== "string" || id === "") throw invalidInput(`${field}.call_id`, "text", id);
        turn = null;
        messages.push({
          role: "tool",
          tool_call_id: id,
          content: contentOf(output, `${field}.output`, parts),
        });
        break;
      }
      case "reasoning":
        addThoughts(model(), item, field);
        break;
      case "item_reference":
        throw new Refusal({
          status: 400,
          type: "invalid_prompt",
          message: `${field}: no item is stored here; send the item itself instead of an item_reference`,
          metadata: { field },
        });
      case "web_search_call":
      case "image_generation_call":
        break; // what a provider did by itself; its own text carries what came of it
      default:
        if (typeof type !== "string") throw invalidInput(`${field}.type`, "text", type);
        // In words that only an endpoint of this protocol has; the others refuse the part.
        addPart(model(), { type: "openai_responses_item", item });
    }
  }
  return messages;
}

function addSaid(turn: Turn, content: unknown, field: string): void {
  if (typeof content === "string") return addPart(turn, { type: "text", text: content });
  if (content === null || content === undefined) return;
  if (!Array.isArray(content)) throw invalidInput(field, "text or a list of parts", content);
  for (const [index, part] of content.entries()) {
    const at = `${field}[${index}]`;
    if (!isObject(part)) throw invalidInput(at, "an object with a type", part);
    if (part["type"] === "refusal" && typeof part["refusal"] === "string")
      turn.refusal = (turn.refusal ?? "") + part["refusal"];
    else if (
      (part["type"] === "output_text" ||
        part["type"] === "input_text" ||
        part["type"] === "text") &&
      typeof part["text"] === "string"
    )
      addPart(turn, { type: "text", text: part["text"] });
    else throw invalidInput(`${at}.type`, "output_text or refusal", part["type"]);
  }
}

/** One text stays text; more of them, or other things, become parts. */
function addPart(turn: Turn, part: Json): void {
  const { content } = turn;
  if (content === null && part["type"] === "text") turn.content = part["text"];
  else if (typeof content === "string") turn.content = [{ type: "text", text: content }, part];
  else turn.content = [...(Array.isArray(content) ? content : []), part];
}

/** As `reasoning_details`. A thought that says not whose it is comes from this API. */
function addThoughts(turn: Turn, item: Json, field: string): void {
  const { id, summary, content, encrypted_content: data, signature } = item;
  const format = typeof item["format"] === "string" ? item["format"] : "openai-responses-v1";
  const details = (turn.reasoning_details ??= []);
  const texts: string[] = [];
  const made = (detail: Json): void => {
    details.push({
      ...detail,
      ...(typeof id === "string" && !isMinted(id) ? { id } : {}),
      format,
      index: details.length,
    });
  };
  for (const [name, list, word] of [
    ["summary", summary, "summary"],
    ["content", content, "text"],
  ] as const) {
    if (list === undefined || list === null) continue;
    if (!Array.isArray(list)) throw invalidInput(`${field}.${name}`, "a list", list);
    for (const [index, part] of list.entries()) {
      if (!isObject(part) || typeof part["text"] !== "string")
        throw invalidInput(`${field}.${name}[${index}]`, "an object with text", part);
      texts.push(part["text"]);
      const signed = word === "text" && index === list.length - 1 && typeof signature === "string";
      made({ type: `reasoning.${word}`, [word]: part["text"], ...(signed ? { signature } : {}) });
    }
  }
  if (typeof signature === "string" && !(Array.isArray(content) && content.length > 0))
    made({ type: "reasoning.text", text: "", signature });
  if (typeof data === "string") made({ type: "reasoning.encrypted", data });
  if (texts.length > 0)
    turn.reasoning = [...(turn.reasoning === undefined ? [] : [turn.reasoning]), ...texts].join(
      "\n\n",
    );
}

/** Ids that we gave to thoughts which had none (openai-responses-encode.ts). */
const isMinted = (id: string): boolean => id.startsWith("rs_gen-");

function contentOf(content: unknown, field: string, parts: Parts): unknown {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) throw invalidInput(field, "text or a list of parts", content);
  return content.map((part: unknown, index) => partOf(part, `${field}[${index}]`, parts));
}

function partOf(part: unknown, field: string, parts: Parts): Json {
  if (!isObject(part)) throw invalidInput(field, "an object with a type", part);
  const { cache_control: mark, prompt_cache_breakpoint: breakpoint } = part;
  const marks = {
    ...(isObject(mark)
      ? { cache_control: mark }
      : isObject(breakpoint)
        ? { cache_control: { type: "ephemeral" } }
        : {}),
    ...(isObject(breakpoint) ? { prompt_cache_breakpoint: breakpoint } : {}),
  };
  switch (part["type"]) {
    case "input_text":
    case "output_text":
    case "text":
      if (typeof part["text"] !== "string")
        throw invalidInput(`${field}.text`, "text", part["text"]);
      return { type: "text", text: part["text"], ...marks };
    case "input_image": {
      const { image_url: url, detail } = part;
      if (typeof url !== "string")
        throw invalidInput(`${field}.image_url`, "an address or a data URL", url);
      parts.images++;
      parts.attachments++;
      return {
        type: "image_url",
        image_url: { url, ...(typeof detail === "string" ? { detail } : {}) },
        ...marks,
      };
    }
    case "input_file": {
      const { filename, file_data: data, file_url: url, file_id: id } = part;
      const where = data ?? url;
      if (typeof where !== "string" && typeof id !== "string")
        throw invalidInput(field, "file_data, file_url or file_id", where);
      parts.attachments++;
      return {
        type: "file",
        file: {
          ...(typeof filename === "string" ? { filename } : {}),
          ...(typeof where === "string" ? { file_data: where } : { file_id: id }),
        },
        ...marks,
      };
    }
    case "input_audio":
      parts.attachments++;
      return { type: "input_audio", input_audio: part["input_audio"], ...marks };
    case "input_video":
      parts.attachments++;
      return { type: "video_url", video_url: { url: part["video_url"] }, ...marks };
    default:
      throw invalidInput(
        `${field}.type`,
        "input_text, input_image, input_file, input_audio or input_video",
        part["type"],
      );
  }
}

function invalidInput(field: string, expected: string, got: unknown): Refusal {
  const { message, metadata } = invalid(field, expected, got);
  return new Refusal({ status: 400, type: "invalid_prompt", message, metadata });
}
