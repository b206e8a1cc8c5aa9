/** A chat request as the body of Cohere's `/v2/chat` (contract/providers.md 4.4). */
import { readCohereChatFlags } from "#schema/flags/cohere-chat.ts";
import type { ChatAsk } from "../../operations/chat.ts";
import { isObject } from "../../operations/json-value.ts";
import { CannotEncode, type Upstream, type UpstreamRequest } from "../wire-protocol.ts";
import type {
  CohereBody,
  CohereDocument,
  CohereMessage,
  CohereTool,
  ImagePart,
  TextPart,
  ThinkingPart,
  ToolCall,
} from "./wire.ts";

/** Thoughts of nobody's signature. */
export const thoughtFormat = "unknown";
/** What tells a plan before calls from thoughts, when both come back. */
export const planId = "tool-plan";

const stopsMax = 5;
const topKMax = 500;

export const encode = (ask: ChatAsk, upstream: Upstream): UpstreamRequest => ({
  path: "/chat",
  headers: {},
  body: JSON.stringify(bodyOf(ask, upstream)),
});

/** @throws {CannotEncode} for what Cohere has no word for. */
export function bodyOf(ask: ChatAsk, upstream: Upstream): CohereBody {
  const flags = readCohereChatFlags(upstream.flags);
  const { body } = ask;
  const documents = clientDocuments(body["documents"]);
  const messages = messagesOf(body["messages"], documents, { thoughts: flags.thinking });
  const tools = toolsOf(body, flags);
  const format = formatOf(body["response_format"]);
  if (format && (tools.list.length > 0 || documents.length > 0))
    throw new CannotEncode(
      "response_format",
      `Cohere takes no format of the answer beside ${tools.list.length > 0 ? "tools" : "documents"}`,
    );
  const asked = upstream.outputTokensMax ?? ask.outputTokensMax;
  const limit = asked ?? upstream.outputTokensLimit;
  const thinking = flags.thinking ? thinkingOf(ask, limit) : null;
  const alone = tools.list.length === 0 && documents.length === 0;
  const mode = flags.citations ?? citationMode(body["citation_options"]);
  return {
    model: upstream.model,
    messages,
    stream: ask.stream,
    ...(tools.list.length > 0 ? { tools: tools.list } : {}),
    ...(tools.strict ? { strict_tools: true } : {}),
    ...(tools.choice === null ? {} : { tool_choice: tools.choice }),
    ...(documents.length > 0 ? { documents } : {}),
    ...(mode === null ? {} : { citation_options: { mode } }),
    ...(format ? { response_format: format } : {}),
    ...(flags.safetyMode !== null && alone ? { safety_mode: flags.safetyMode } : {}),
    ...(asked === null ? {} : { max_tokens: asked }),
    ...samplingOf(body),
    ...(body["logprobs"] === true ? { logprobs: true } : {}),
    ...(thinking ? { thinking } : {}),
  };
}

function messagesOf(
  given: unknown,
  documents: (string | CohereDocument)[],
  { thoughts }: { thoughts: boolean },
): CohereMessage[] {
  const messages: CohereMessage[] = [];
  /** Calls that wait for their results, and where each stands. */
  const pending = new Map<string, string>();
  for (const [index, message] of (Array.isArray(given) ? given : []).entries()) {
    const field = `messages[${index}]`;
    if (!isObject(message)) throw new CannotEncode(field, "expected an object with a role");
    const [open] = pending;
    if (open && message["role"] !== "tool") throw unanswered(open);
    switch (message["role"]) {
      case "system":
      case "developer": {
        const content = textOf(message, field);
        if (content.trim() !== "") messages.push({ role: "system", content });
        break;
      }
      case "user": {
        const content = userContent(message, field, documents);
        if (content.length > 0) messages.push({ role: "user", content });
        break;
      }
      case "assistant": {
        const said = assistantOf(message, field, thoughts);
        for (const [place, { id }] of (said.tool_calls ?? []).entries())
          pending.set(id, `${field}.tool_calls[${place}]`);
        if (said.content !== undefined || said.tool_calls) messages.push(said);
        break;
      }
      case "tool": {
        const id = message["tool_call_id"];
        if (typeof id !== "string" || !pending.delete(id))
          throw new CannotEncode(
            `${field}.tool_call_id`,
            "expected the id of a call in the assistant message before it",
          );
        const content = textOf(message, field);
        // Empty results are refused.
        messages.push({ role: "tool", tool_call_id: id, content: content || "(no output)" });
        break;
      }
      default:
        throw new CannotEncode(`${field}.role`, "expected system, user, assistant or tool");
    }
  }
  const [open] = pending;
  if (open) throw unanswered(open);
  if (messages.length === 0)
    throw new CannotEncode("messages", "expected at least one message that is not empty");
  return messages;
}

const unanswered = ([id, field]: readonly [string, string]): CannotEncode =>
  new CannotEncode(
    field,
    `the call ${JSON.stringify(id.slice(0, 80))} has no result: expected a tool message with its tool_call_id after it`,
  );

/** What a message says where only text may stand. */
function textOf(message: Record<string, unknown>, field: string): string {
  const { content } = message;
  if (content === undefined || content === null) return "";
  if (typeof content === "string") return content;
  if (!Array.isArray(content))
    throw new CannotEncode(`${field}.content`, "expected text or a list of parts");
  return content
    .map((part: unknown, place) => {
      if (isObject(part) && part["type"] === "text" && typeof part["text"] === "string")
        return part["text"];
      if (isObject(part) && part["type"] === "refusal" && typeof part["refusal"] === "string")
        return part["refusal"];
      throw new CannotEncode(
        `${field}.content[${place}].type`,
        "expected text: Cohere takes pictures and files from the user only",
      );
    })
    .join("");
}

function userContent(
  message: Record<string, unknown>,
  field: string,
  documents: (string | CohereDocument)[],
): string | (TextPart | ImagePart)[] {
  const { content, name } = message;
  // Cohere has no names: who of several speaks is told in the text (contract part 2).
  const speaker = typeof name === "string" && name !== "" ? `${name}: ` : "";
  if (!Array.isArray(content)) {
    const text = textOf(message, field);
    return text.trim() === "" ? "" : speaker + text;
  }
  const parts: (TextPart | ImagePart)[] = [];
  let attached = false;
  for (const [place, part] of content.entries()) {
    const at = `${field}.content[${place}]`;
    if (!isObject(part)) throw new CannotEncode(at, "expected a part");
    if (part["type"] === "text") {
      const { text } = part;
      if (typeof text === "string" && text.trim() !== "") parts.push({ type: "text", text });
    } else if (part["type"] === "image_url") parts.push(imageOf(part["image_url"], at));
    else if (part["type"] === "file") {
      documents.push(documentOf(isObject(part["file"]) ? part["file"] : {}, at));
      attached = true;
    } else
      throw new CannotEncode(
        `${at}.type`,
        `expected text, image_url or a file of text, got ${(JSON.stringify(part["type"]) ?? "nothing").slice(0, 80)}`,
      );
  }
  const [first] = parts;
  if (first?.type === "text") first.text = speaker + first.text;
  if (parts.length === 0 && attached)
    parts.push({ type: "text", text: "See the attached document." });
  const [only, ...others] = parts;
  return only?.type === "text" && others.length === 0 ? only.text : parts;
}

function imageOf(value: unknown, field: string): ImagePart {
  const url = isObject(value) ? value["url"] : value;
  if (typeof url !== "string" || !/^(https?:|data:image\/)/i.test(url))
    throw new CannotEncode(
      `${field}.image_url.url`,
      "expected the data URL of a picture, or an address that starts with https://",
    );
  const detail = isObject(value) ? value["detail"] : null;
  return detail === "auto" || detail === "low" || detail === "high"
    ? { type: "image_url", image_url: { url, detail } }
    : { type: "image_url", image_url: { url } };
}

/** A file of text becomes a document, which the answer can cite. */
function documentOf(file: Record<string, unknown>, field: string): CohereDocument {
  const at = `${field}.file.file_data`;
  const data = file["file_data"];
  const title = typeof file["filename"] === "string" ? file["filename"] : "";
  if (typeof data !== "string" || !data.startsWith("data:"))
    throw new CannotEncode(at, "expected a data URL: Cohere reads no files by id or address");
  const comma = data.indexOf(",");
  const head = data.slice("data:".length, Math.max(comma, 0));
  const [type = ""] = head.toLowerCase().split(";", 1);
  if (comma === -1 || !/^(text\/|application\/(json|xml|yaml|x-yaml|csv)$|$)/.test(type))
    throw new CannotEncode(
      at,
      `Cohere takes files of text only, got ${JSON.stringify(type.slice(0, 80))}; send what is in it as text`,
    );
  const written = data.slice(comma + 1);
  let text: string;
  try {
    text = /;\s*base64$/i.test(head)
      ? Buffer.from(written, "base64").toString("utf8")
      : decodeURIComponent(written);
  } catch {
    throw new CannotEncode(at, "the data URL is neither base64 nor percent-encoded text");
  }
  return { data: { text, ...(title === "" ? {} : { title }) } };
}

type Assistant = Extract<CohereMessage, { role: "assistant" }>;

function assistantOf(
  message: Record<string, unknown>,
  field: string,
  thoughts: boolean,
): Assistant {
  const calls = callsOf(message["tool_calls"], field);
  const refusal = typeof message["refusal"] === "string" ? message["refusal"] : "";
  const withoutMedia = Array.isArray(message["content"])
    ? message["content"].filter(
        (part) => !(isObject(part) && ["image_url", "input_audio"].includes(String(part["type"]))),
      )
    : message["content"];
  const text = textOf({ content: withoutMedia }, field) || refusal;
  const said: (TextPart | ThinkingPart)[] = [];
  let plan = "";
  for (const thought of thoughtsOf(message)) {
    if (thought.plan) plan += thought.text;
    else if (thoughts) said.push({ type: "thinking", thinking: thought.text });
  }
  const thinks = said.length > 0;
  if (text.trim() !== "") said.push({ type: "text", text });
  return {
    role: "assistant",
    ...(thinks ? { content: said } : said.length > 0 ? { content: text } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(calls.length > 0 && plan !== "" ? { tool_plan: plan } : {}),
  };
}

/** What was thought and signed by nobody, the pieces of a stream put together; another provider's own is left out (contract P-4). */
function thoughtsOf(message: Record<string, unknown>): { text: string; plan: boolean }[] {
  const details = message["reasoning_details"];
  if (!Array.isArray(details)) {
    const { reasoning } = message;
    return typeof reasoning === "string" && reasoning !== ""
      ? [{ text: reasoning, plan: true }]
      : [];
  }
  const thoughts: { text: string; plan: boolean; index: unknown }[] = [];
  for (const detail of details) {
    if (!isObject(detail) || (detail["format"] ?? thoughtFormat) !== thoughtFormat) continue;
    const { type, text, index, id } = detail;
    if (type !== "reasoning.text" || typeof text !== "string" || text === "") continue;
    const plan = id === planId;
    const last = thoughts.at(-1);
    if (last && last.plan === plan && last.index === index) last.text += text;
    else thoughts.push({ text, plan, index });
  }
  return thoughts;
}

function callsOf(given: unknown, field: string): ToolCall[] {
  return (Array.isArray(given) ? given : []).map((call: unknown, index): ToolCall => {
    const at = `${field}.tool_calls[${index}]`;
    const { id, function: called } = isObject(call) ? call : {};
    if (typeof id !== "string" || id === "")
      throw new CannotEncode(`${at}.id`, "expected the id of the call");
    const { name, arguments: written = "" } = isObject(called) ? called : {};
    if (typeof name !== "string" || name === "")
      throw new CannotEncode(`${at}.function.name`, "expected the name of a function");
    const text = typeof written === "string" ? written.trim() || "{}" : JSON.stringify(written);
    if (!isRecord(text))
      throw new CannotEncode(`${at}.function.arguments`, "expected the JSON text of an object");
    return { id, type: "function", function: { name, arguments: text } };
  });
}

function isRecord(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

type Tools = { list: CohereTool[]; strict: boolean; choice: "REQUIRED" | "NONE" | null };

function toolsOf(
  { tools, tool_choice: chosen }: Readonly<Record<string, unknown>>,
  flags: { toolChoice: "required" | "auto"; strictTools: boolean },
): Tools {
  const none: Tools = { list: [], strict: false, choice: null };
  let strict = false;
  let list = (Array.isArray(tools) ? tools : []).map((tool: unknown, index): CohereTool => {
    if (!isObject(tool) || tool["type"] !== "function" || !isObject(tool["function"]))
      throw new CannotEncode(
        `tools[${index}].type`,
        "expected function: Cohere runs no tools by itself",
      );
    const { name, description, parameters, strict: held } = tool["function"];
    if (typeof name !== "string" || name === "")
      throw new CannotEncode(`tools[${index}].function.name`, "expected the name of a function");
    if (held === true) strict = true;
    return {
      type: "function",
      function: {
        name,
        ...(typeof description === "string" && description !== "" ? { description } : {}),
        parameters: isObject(parameters) ? parameters : { type: "object", properties: {} },
      },
    };
  });
  if (list.length === 0) return none;
  const named = isObject(chosen)
    ? isObject(chosen["function"])
      ? chosen["function"]["name"]
      : chosen["name"]
    : null;
  if (typeof named === "string") {
    // Cohere can only be made to call some tool: then there is only this one.
    list = list.filter((tool) => tool.function.name === named);
    if (list.length === 0)
      throw new CannotEncode("tool_choice", "expected the name of one of the tools");
  }
  const choice =
    typeof named === "string" || chosen === "required"
      ? "REQUIRED"
      : chosen === "none"
        ? "NONE"
        : null;
  if (choice !== null && flags.toolChoice === "auto") {
    if (choice === "NONE") return none;
    throw new CannotEncode("tool_choice", "this model cannot be made to call a tool");
  }
  return { list, strict: strict && flags.strictTools, choice };
}

function formatOf(format: unknown): CohereBody["response_format"] | null {
  if (!isObject(format)) return null;
  if (format["type"] === "json_object") return { type: "json_object" };
  if (format["type"] !== "json_schema") return null;
  const schema = isObject(format["json_schema"]) ? format["json_schema"]["schema"] : null;
  if (!isObject(schema))
    throw new CannotEncode("response_format.json_schema.schema", "expected a JSON schema");
  return { type: "json_object", json_schema: schema };
}

const within = (value: unknown, least: number, most: number): number | null =>
  typeof value === "number" ? Math.min(Math.max(value, least), most) : null;

/** Cohere's bounds: `p` 0.01 to 0.99, `k` 0 to 500, penalties 0 to 1, at most five stops. */
function samplingOf(body: Readonly<Record<string, unknown>>): Partial<CohereBody> {
  const { temperature, seed, stop } = body;
  const p = within(body["top_p"], 0.01, 0.99);
  const k = within(body["top_k"], 0, topKMax);
  const frequency = within(body["frequency_penalty"], 0, 1);
  const presence = within(body["presence_penalty"], 0, 1);
  const all: unknown[] = Array.isArray(stop) ? stop : [stop];
  const stops = all
    .filter((one): one is string => typeof one === "string" && one !== "")
    .slice(0, stopsMax);
  return {
    ...(typeof temperature === "number" ? { temperature } : {}),
    ...(p === null ? {} : { p }),
    ...(k === null ? {} : { k }),
    ...(typeof seed === "number" && seed >= 0 ? { seed } : {}),
    ...(frequency === null ? {} : { frequency_penalty: frequency }),
    ...(presence === null ? {} : { presence_penalty: presence }),
    ...(stops.length > 0 ? { stop_sequences: stops } : {}),
  };
}

/** Of the limit, in percent (contract P-1). */
const percents: ReadonlyMap<string, number> = new Map([
  ["minimal", 10],
  ["low", 20],
  ["medium", 50],
  ["high", 80],
  ["xhigh", 95],
  ["max", 95],
]);

function thinkingOf({ reasoning }: ChatAsk, limit: number): CohereBody["thinking"] | null {
  if (!reasoning) return null;
  const { effort, maxTokens, enabled } = reasoning;
  if (effort === "none" || enabled === false) return { type: "disabled" };
  const percent = percents.get(effort ?? "");
  const wanted = maxTokens ?? (percent === undefined ? null : Math.floor((limit * percent) / 100));
  if (wanted === null) return enabled ? { type: "enabled" } : null;
  return { type: "enabled", token_budget: Math.max(Math.min(wanted, limit - 1), 1) };
}

/** Cohere's own members of a request pass where OpenRouter has none of the name. */
function clientDocuments(given: unknown): (string | CohereDocument)[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw new CannotEncode("documents", "expected a list of documents");
  return given.map((document: unknown, index) => {
    if (typeof document === "string") return document;
    if (isObject(document) && isObject(document["data"])) {
      const { id, data } = document;
      return { data: document["data"], ...(typeof id === "string" && data ? { id } : {}) };
    }
    throw new CannotEncode(`documents[${index}]`, "expected text, or an object with data");
  });
}

const citationMode = (options: unknown): string | null =>
  isObject(options) && typeof options["mode"] === "string" ? options["mode"] : null;
