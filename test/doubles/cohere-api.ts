// A strict double of Cohere's API, version 2: chat, embed and rerank. It refuses what Cohere refuses and every field that its
// SDK does not know. What it answers follows from what it is asked; how it fails, from what stands behind `--` in the model.
import { createHash } from "node:crypto";
import {
  startStrictServer,
  type DoubleReply,
  type DoubleRequest,
  type StrictServer,
} from "./strict-server.ts";

export const cohereKey = "co-0123456789abcdefghij0123456789abcdefgh";

export const startCohereApi = (seed?: number): Promise<StrictServer> =>
  startStrictServer(reply, seed === undefined ? {} : { seed });

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
const invalid = (message: string): Refused => new Refused(400, `invalid request: ${message}`);

function reply(request: DoubleRequest): DoubleReply {
  try {
    return answer(request);
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    return {
      status: cause.status,
      body: { id: "11111111-2222-3333-4444-555555555555", message: cause.message },
    };
  }
}

function answer({ method, path, headers, body }: DoubleRequest): DoubleReply {
  if (headers.authorization !== `Bearer ${cohereKey}`) throw new Refused(401, "invalid api token");
  if (headers["content-type"] !== "application/json") throw new Refused(415, "content type");
  if (!isObject(body)) throw invalid("the body is no JSON object");
  if (method !== "POST") throw new Refused(405, "method not allowed");
  if (typeof body["model"] !== "string") throw invalid("model is required");
  const [model = "", how = ""] = body["model"].split("--", 2);
  switch (how) {
    case "limited":
      throw new Refused(
        429,
        "You are using a Trial key, which is limited to 20 API calls / minute",
      );
    case "overloaded":
      throw new Refused(503, "service unavailable: the model is overloaded");
    case "long":
      throw invalid(
        "too many tokens: total number of tokens in the prompt cannot exceed 128000 - received 130000",
      );
    case "gone":
      throw new Refused(404, `model '${model}' was removed on September 15, 2025`);
    default:
  }
  switch (path) {
    case "/v2/chat":
      return chat(body, model, how);
    case "/v2/embed":
      return embed(body);
    case "/v2/rerank":
      return rerank(body);
    default:
      throw new Refused(404, "404 page not found");
  }
}

function only(value: Json, where: string, names: readonly string[]): void {
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Refused(422, `unknown field: ${where}.${unknown}`);
}

function between(body: Json, name: string, least: number, most: number): void {
  const value = body[name];
  if (value !== undefined && !(typeof value === "number" && value >= least && value <= most))
    throw invalid(`${name} must be between ${least} and ${most}`);
}

// ── Chat ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

type Asked = {
  messages: Json[];
  tools: Json[];
  documents: unknown[];
  thinking: boolean;
  schema: Json | null;
};

function chat(body: Json, model: string, how: string): DoubleReply {
  const asked = checkChat(body, model);
  const message = compose(asked);
  return body["stream"] === true ? stream(message, how) : whole(message, how);
}

function checkChat(body: Json, model: string): Asked {
  only(body, "body", [
    "model",
    "messages",
    "stream",
    "tools",
    "strict_tools",
    "documents",
    "citation_options",
    "response_format",
    "safety_mode",
    "max_tokens",
    "stop_sequences",
    "temperature",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "k",
    "p",
    "logprobs",
    "tool_choice",
    "thinking",
    "priority",
  ]);
  between(body, "p", 0.01, 0.99);
  between(body, "k", 0, 500);
  between(body, "frequency_penalty", 0, 1);
  between(body, "presence_penalty", 0, 1);
  between(body, "temperature", 0, 100);
  between(body, "max_tokens", 1, 1e6);
  if (listOf(body["stop_sequences"]).length > 5) throw invalid("at most 5 stop sequences");
  const tools = listOf(body["tools"]).map(objectOf);
  if (body["tools"] !== undefined && tools.length === 0) throw invalid("tools must not be empty");
  for (const tool of tools) {
    only(tool, "tools", ["type", "function"]);
    const called = objectOf(tool["function"]);
    only(called, "function", ["name", "description", "parameters"]);
    if (!isObject(called["parameters"])) throw invalid("function.parameters is required");
  }
  const choice = body["tool_choice"];
  if (choice !== undefined && choice !== "REQUIRED" && choice !== "NONE")
    throw invalid("tool_choice must be one of REQUIRED, NONE");
  if (choice !== undefined && tools.length === 0) throw invalid("tool_choice needs tools");
  if (body["strict_tools"] !== undefined && tools.length === 0)
    throw invalid("strict_tools needs tools");
  const documents = listOf(body["documents"]);
  for (const document of documents) {
    if (typeof document === "string") continue;
    only(objectOf(document), "documents", ["id", "data"]);
    if (!isObject(objectOf(document)["data"])) throw invalid("document.data is required");
  }
  const format = body["response_format"];
  if (format !== undefined) {
    only(objectOf(format), "response_format", ["type", "json_schema"]);
    if (objectOf(format)["type"] !== "json_object") throw invalid("response_format.type");
    if (tools.length > 0 || documents.length > 0)
      throw invalid("response_format is not supported with tools or documents");
  }
  if (body["safety_mode"] !== undefined && (tools.length > 0 || documents.length > 0))
    throw invalid("safety_mode is not supported with tools or documents");
  const thinking = objectOf(body["thinking"]);
  only(thinking, "thinking", ["type", "token_budget"]);
  if (body["thinking"] !== undefined && !model.includes("reasoning") && !model.includes("plus"))
    throw invalid(`model '${model}' does not support thinking`);
  if (thinking["token_budget"] !== undefined && !(Number(thinking["token_budget"]) >= 1))
    throw invalid("thinking.token_budget must be positive");
  const schema = isObject(objectOf(format)["json_schema"])
    ? objectOf(objectOf(format)["json_schema"])
    : null;
  return {
    messages: checkMessages(body["messages"]),
    tools: choice === "NONE" ? [] : tools,
    documents,
    thinking: thinking["type"] === "enabled",
    schema: format === undefined ? null : (schema ?? { properties: { ok: { type: "boolean" } } }),
  };
}

function checkMessages(given: unknown): Json[] {
  const messages = listOf(given).map(objectOf);
  if (messages.length === 0) throw invalid("messages must not be empty");
  let open: unknown[] = [];
  for (const [index, message] of messages.entries()) {
    const where = `messages[${index}]`;
    const { role, content } = message;
    if (role !== "tool" && open.length > 0)
      throw invalid(`missing tool results for the tool calls ${open.join(", ")}`);
    if (role === "system" || role === "user") {
      only(message, where, ["role", "content"]);
      checkParts(content, where, role === "user");
    } else if (role === "assistant") {
      only(message, where, ["role", "content", "tool_calls", "tool_plan", "citations"]);
      const calls = listOf(message["tool_calls"]).map(objectOf);
      if (content === undefined && calls.length === 0)
        throw invalid("an assistant message must have content or tool calls");
      for (const part of listOf(content).map(objectOf))
        if (part["type"] === "thinking") only(part, where, ["type", "thinking"]);
        else only(part, where, ["type", "text"]);
      for (const call of calls) {
        only(call, where, ["id", "type", "function"]);
        const written = objectOf(call["function"])["arguments"];
        if (!isObject(JSON.parse(String(written)))) throw invalid("arguments must be an object");
      }
      open = calls.map((call) => call["id"]);
    } else if (role === "tool") {
      only(message, where, ["role", "tool_call_id", "content"]);
      if (!open.includes(message["tool_call_id"]))
        throw invalid(`tool call id not found in previous tool calls`);
      open = open.filter((id) => id !== message["tool_call_id"]);
      if (content === "" || content === undefined) throw invalid("tool content must not be empty");
    } else throw invalid(`${where}.role`);
  }
  if (open.length > 0) throw invalid("missing tool results");
  return messages;
}

function checkParts(content: unknown, where: string, isUser: boolean): void {
  if (typeof content === "string") {
    if (content.trim() === "") throw invalid(`${where}: message must be at least 1 token long`);
    return;
  }
  const parts = listOf(content).map(objectOf);
  if (parts.length === 0) throw invalid(`${where}: message must be at least 1 token long`);
  for (const part of parts) {
    if (part["type"] === "text") only(part, where, ["type", "text"]);
    else if (part["type"] === "image_url" && isUser) {
      only(part, where, ["type", "image_url"]);
      only(objectOf(part["image_url"]), where, ["url", "detail"]);
    } else throw invalid(`${where}: unknown part`);
  }
}

type Message = {
  thinking: string;
  plan: string;
  text: string;
  calls: { id: string; name: string; written: string }[];
  citations: Json[];
  reason: string;
};

function compose(asked: Asked): Message {
  const message: Message = {
    thinking: asked.thinking ? 'First, "think" – then…' : "",
    plan: "",
    text: "",
    calls: [],
    citations: [],
    reason: "COMPLETE",
  };
  const results = asked.messages.slice(
    1 + asked.messages.findLastIndex(({ role }) => role !== "tool"),
  );
  if (asked.tools.length > 0 && results.length === 0) {
    if (!asked.thinking) message.plan = "I will look it up.";
    message.calls = asked.tools.map((tool, index) => {
      const { name, parameters } = objectOf(tool["function"]);
      return {
        id: `${String(name)}_${index}abc`,
        name: String(name),
        written: JSON.stringify(exampleOf(objectOf(parameters))),
      };
    });
    message.reason = "TOOL_CALL";
    return message;
  }
  const thought = asked.messages.findLast(({ role }) => role === "assistant");
  const recalled = listOf(thought?.["content"])
    .map(objectOf)
    .some((part) => part["type"] === "thinking");
  if (asked.schema) message.text = JSON.stringify(exampleOf(asked.schema));
  else if (results.length > 0)
    message.text = `The tools said ${results.map(({ content }) => String(content)).join(" and ")}.${recalled ? " I remember what I thought." : ""}${typeof thought?.["tool_plan"] === "string" ? ` My plan was: ${thought["tool_plan"]}` : ""}`;
  else message.text = describe(asked);
  if (asked.documents.length > 0)
    message.citations = [
      {
        start: 0,
        end: 5,
        text: message.text.slice(0, 5),
        sources: [{ type: "document", id: "doc:0", document: { id: "doc:0", title: "notes.txt" } }],
        type: "TEXT_CONTENT",
      },
    ];
  return message;
}

function describe(asked: Asked): string {
  const last = asked.messages.at(-1);
  for (const part of listOf(last?.["content"]).map(objectOf)) {
    const { url } = objectOf(part["image_url"]);
    if (typeof url === "string")
      return `I see ${createHash("sha256").update(url).digest("hex").slice(0, 16)}`;
  }
  const [document] = asked.documents;
  if (document !== undefined)
    return `I read ${typeof document === "string" ? document : String(objectOf(objectOf(document)["data"])["text"])}`;
  return 'Hello from "Cohere" – grüß dich 🌍.';
}

function exampleOf(schema: Json): Json {
  return Object.fromEntries(
    Object.entries(objectOf(schema["properties"])).map(([name, property]) => {
      const { type } = objectOf(property);
      return [name, type === "integer" ? 7 : type === "boolean" ? true : `a ${name}`];
    }),
  );
}

const usage = {
  billed_units: { input_tokens: 11.0, output_tokens: 7.0 },
  tokens: { input_tokens: 508.0, output_tokens: 9.0 },
  cached_tokens: 4,
};

function whole(message: Message, how: string): DoubleReply {
  const content = [
    ...(message.thinking === "" ? [] : [{ type: "thinking", thinking: message.thinking }]),
    ...(message.text === "" ? [] : [{ type: "text", text: message.text }]),
  ];
  return {
    status: 200,
    body: {
      id: "c14c80c3-18eb-4519-9460-6c92edd8cfb4",
      finish_reason: how === "errored" ? "ERROR" : message.reason,
      message: {
        role: "assistant",
        ...(content.length > 0 ? { content } : {}),
        ...(message.plan === "" ? {} : { tool_plan: message.plan }),
        ...(message.calls.length > 0
          ? {
              tool_calls: message.calls.map(({ id, name, written }) => ({
                id,
                type: "function",
                function: { name, arguments: written },
              })),
            }
          : {}),
        ...(message.citations.length > 0 ? { citations: message.citations } : {}),
      },
      usage,
    },
  };
}

function stream(message: Message, how: string): DoubleReply {
  const contentType = "text/event-stream";
  const frames = [...framesOf(message)];
  if (how === "cut") return { contentType, frames: frames.slice(0, 4), cut: true };
  if (how === "ended") return { contentType, frames: frames.slice(0, 4) };
  if (how === "failing")
    return {
      contentType,
      frames: [...frames.slice(0, 1), end({ ...message, reason: "ERROR" }, "the model fell over")],
    };
  if (how === "errored")
    return {
      contentType,
      frames: [...frames.slice(0, 4), end({ ...message, reason: "TIMEOUT" }, "too slow")],
    };
  return { contentType, frames };
}

const event = (type: string, more: Json): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const inMessage = (message: Json): Json => ({ delta: { message } });
const end = ({ reason }: Message, error?: string): string =>
  event("message-end", {
    delta: { finish_reason: reason, usage, ...(error === undefined ? {} : { error }) },
  });

function* framesOf(message: Message): Generator<string> {
  yield event("message-start", {
    id: "29f14a5a-11de-4cae-9800-25e4747408ea",
    delta: { message: { role: "assistant", content: [], tool_plan: "", tool_calls: [] } },
  });
  let index = 0;
  for (const [type, said] of [
    ["thinking", message.thinking],
    ["text", message.text],
  ] as const) {
    if (said === "") continue;
    yield event("content-start", { index, ...inMessage({ content: { type, [type]: "" } }) });
    const characters = Array.from(said);
    for (let at = 0; at < characters.length; at += 5)
      yield event("content-delta", {
        index,
        ...inMessage({ content: { [type]: characters.slice(at, at + 5).join("") } }),
      });
    yield event("content-end", { index });
    index++;
  }
  for (let at = 0; at < message.plan.length; at += 6)
    yield event("tool-plan-delta", inMessage({ tool_plan: message.plan.slice(at, at + 6) }));
  for (const [place, { id, name, written }] of message.calls.entries()) {
    yield event("tool-call-start", {
      index: place,
      ...inMessage({ tool_calls: { id, type: "function", function: { name, arguments: "" } } }),
    });
    if (written !== "{}")
      for (let at = 0; at < written.length; at += 7)
        yield event("tool-call-delta", {
          index: place,
          ...inMessage({ tool_calls: { function: { arguments: written.slice(at, at + 7) } } }),
        });
    yield event("tool-call-end", { index: place });
  }
  for (const [place, citation] of message.citations.entries()) {
    yield event("citation-start", { index: place, ...inMessage({ citations: citation }) });
    yield event("citation-end", { index: place });
  }
  yield event("debug", { prompt: "nothing to see" });
  yield end(message);
}

// ── Vectors and rankings ──────────────────────────────────────────────────────────────────────────────────────────────

function embed(body: Json): DoubleReply {
  only(body, "body", [
    "model",
    "texts",
    "images",
    "inputs",
    "input_type",
    "max_tokens",
    "output_dimension",
    "embedding_types",
    "truncate",
    "priority",
  ]);
  if (typeof body["input_type"] !== "string") throw invalid("input_type is required");
  const inputs = listOf(body["texts"] ?? body["inputs"]);
  if (inputs.length === 0 || inputs.length > 96) throw invalid("1 to 96 inputs");
  const [type = "float"] = listOf(body["embedding_types"]);
  const dimension = typeof body["output_dimension"] === "number" ? body["output_dimension"] : 4;
  const vectors = inputs.map((_, index) => Array.from({ length: dimension }, () => index + 0.5));
  return {
    status: 200,
    body: {
      id: "e-1",
      response_type: "embeddings_by_type",
      embeddings:
        type === "base64"
          ? {
              base64: vectors.map((vector) =>
                Buffer.from(Float32Array.from(vector).buffer).toString("base64"),
              ),
            }
          : { float: vectors },
      meta: { api_version: { version: "2" }, billed_units: { input_tokens: 3 * inputs.length } },
    },
  };
}

function rerank(body: Json): DoubleReply {
  only(body, "body", ["model", "query", "documents", "top_n", "max_tokens_per_doc", "priority"]);
  const documents = listOf(body["documents"]);
  if (typeof body["query"] !== "string" || documents.length === 0)
    throw invalid("query, documents");
  if (documents.some((document) => typeof document !== "string"))
    throw invalid("documents must be texts");
  const top = body["top_n"] ?? documents.length;
  if (typeof top !== "number" || top < 1 || top > documents.length) throw invalid("top_n");
  const results = documents
    .map((_, index) => ({ index, relevance_score: (index + 1) / (documents.length + 1) }))
    .toReversed()
    .slice(0, top);
  return {
    status: 200,
    body: {
      id: "r-1",
      results,
      meta: {
        api_version: { version: "2" },
        billed_units: { search_units: Math.ceil(documents.length / 100) },
      },
    },
  };
}
