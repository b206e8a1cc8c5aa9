// Plays Anthropic's Messages API as strictly as it is (contract/anthropic-messages.md section 4): fields it does not know,
// a fifth cache mark, an unanswered call, a thought that was touched – all of it a 400, as there. What it answers is decided
// by the model's name, `claude-<generation>-<script>`; the generation decides what the model takes.
import { createHash } from "node:crypto";
import { agentStep, isAgent, isOverloaded, resultsProblem } from "./agent-script.ts";
import { startStrictServer, type DoubleReply, type StrictServer } from "./strict-server.ts";

export const anthropicKey = "sk-ant-api03-the-key-of-this-double";

/** `old`: budgets and sampling. `mid` (4.6): adaptive, sampling and budgets. `new`: adaptive only. `always`: cannot be switched off. */
const generations = ["old", "mid", "new", "always"] as const;
type Generation = (typeof generations)[number];
type Body = Record<string, unknown>;
type Block = Record<string, unknown>;

class Refused extends Error {
  readonly status: number;
  readonly type: string;
  readonly details: object | null;
  readonly headers: Record<string, string>;
  constructor(
    status: number,
    type: string,
    message: string,
    {
      details = null,
      headers = {},
    }: { details?: object | null; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.type = type;
    this.details = details;
    this.headers = headers;
  }
}
const bad = (message: string): Refused => new Refused(400, "invalid_request_error", message);
const requestId = "req_011CSHoEeqs5C35K2UUqR7Fy";

export const startAnthropicApi = (
  options: { key?: string; seed?: number } = {},
): Promise<StrictServer> =>
  startStrictServer(({ method, path, headers, body }): DoubleReply => {
    try {
      if (method !== "POST" || !path.startsWith("/v1/messages"))
        throw new Refused(404, "not_found_error", "Not Found");
      authenticate(headers, options.key ?? anthropicKey);
      const betas = String(headers["anthropic-beta"] ?? "");
      if (/unknown-beta/.test(betas))
        throw bad("Unexpected value(s) `unknown-beta` for the `anthropic-beta` header.");
      const checked = check(body, betas);
      return reply(checked);
    } catch (cause) {
      if (!(cause instanceof Refused)) throw cause;
      return {
        status: cause.status,
        headers: { "request-id": requestId, ...cause.headers },
        body: errorBody(cause),
      };
    }
  }, options);

/** Why the API would refuse a body, or null when it takes it. */
export function problemOf(body: unknown): string | null {
  try {
    check(body, "");
    return null;
  } catch (cause) {
    if (cause instanceof Refused) return cause.message;
    throw cause;
  }
}

const errorBody = ({ type, message, details }: Refused): object => ({
  type: "error",
  error: { details, type, message },
  request_id: requestId,
});

function authenticate(headers: Record<string, unknown>, key: string): void {
  if (headers["authorization"] !== undefined && headers["x-api-key"] !== undefined)
    throw new Refused(401, "authentication_error", "send either x-api-key or Authorization");
  if (headers["x-api-key"] === undefined && headers["authorization"] === undefined)
    throw new Refused(401, "authentication_error", "x-api-key header is required");
  if (headers["x-api-key"] !== key && headers["authorization"] !== `Bearer ${key}`)
    throw new Refused(401, "authentication_error", "invalid x-api-key");
  const version = headers["anthropic-version"];
  if (version === undefined) throw bad("anthropic-version: header is required");
  if (version !== "2023-06-01") throw bad("anthropic-version: not a valid version");
}

// ---- what is taken --------------------------------------------------------------------------------------------------

const topLevel = new Set(
  "model messages max_tokens system tools tool_choice thinking output_config temperature top_p top_k stop_sequences metadata service_tier stream cache_control container inference_geo".split(
    " ",
  ),
);
/** Members of each block, beside `type`. */
const blockMembers: Record<string, string> = {
  text: "text cache_control citations",
  image: "source cache_control",
  document: "source title context citations cache_control",
  thinking: "thinking signature",
  redacted_thinking: "data",
  tool_use: "id name input cache_control",
  tool_result: "tool_use_id content is_error cache_control",
  server_tool_use: "id name input cache_control",
  web_search_tool_result: "tool_use_id content cache_control",
};

type Checked = { body: Body; generation: Generation; script: string; thinks: boolean };

function check(value: unknown, betas: string): Checked {
  if (!isObject(value)) throw bad("The request body is not valid JSON.");
  const body = value;
  for (const name of Object.keys(body))
    if (
      !topLevel.has(name) &&
      !(name === "context_management" && betas.includes("context-management"))
    )
      throw bad(`${name}: Extra inputs are not permitted`);
  if (typeof body["model"] !== "string") throw bad("model: Field required");
  const [, generation, script] = /^claude-(\w+?)-(.+)$/.exec(body["model"]) ?? [];
  const known = generations.find((one) => one === generation);
  if (!known || script === undefined)
    throw new Refused(404, "not_found_error", `model: ${body["model"]}`);
  if (typeof body["max_tokens"] !== "number") throw bad("max_tokens: Field required");
  if (
    !Number.isInteger(body["max_tokens"]) ||
    body["max_tokens"] < 0 ||
    body["max_tokens"] > 128_000
  )
    throw bad("max_tokens: Input should be a valid integer of at most 128000");
  checkTools(body);
  const messages = checkMessages(body, known);
  checkMarks(body, messages);
  const thinks = checkThinking(body, known);
  checkLoop(body, messages);
  checkSampling(body, known, thinks);
  checkOutput(body, known, thinks);
  const { metadata, stop_sequences: stops, service_tier: tier } = body;
  if (
    metadata !== undefined &&
    (!isObject(metadata) || Object.keys(metadata).some((name) => name !== "user_id"))
  )
    throw bad("metadata: Extra inputs are not permitted");
  if (
    stops !== undefined &&
    (!Array.isArray(stops) || stops.some((one) => typeof one !== "string" || one.trim() === ""))
  )
    throw bad("stop_sequences: each stop sequence must contain non-whitespace");
  if (tier !== undefined && tier !== "auto" && tier !== "standard_only")
    throw bad("service_tier: Input should be 'auto' or 'standard_only'");
  return { body, generation: known, script, thinks };
}

function checkTools({ tools, tool_choice: choice }: Body): void {
  if (choice !== undefined && (!Array.isArray(tools) || tools.length === 0))
    throw bad("tool_choice: may only be specified while providing `tools`");
  if (tools === undefined) return;
  if (!Array.isArray(tools)) throw bad("tools: Input should be a valid list");
  const names = new Set<unknown>();
  for (const [at, tool] of tools.entries()) {
    if (!isObject(tool)) throw bad(`tools.${at}: Input should be a valid dictionary`);
    if (names.has(tool["name"])) throw bad("tools: Tool names must be unique.");
    names.add(tool["name"]);
    if (typeof tool["type"] === "string" && /_20\d{6}$/.test(tool["type"])) continue;
    for (const name of Object.keys(tool))
      if (!"name description input_schema strict cache_control type".split(" ").includes(name))
        throw bad(`tools.${at}.custom.${name}: Extra inputs are not permitted`);
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(String(tool["name"])))
      throw bad(`tools.${at}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`);
    const schema = tool["input_schema"];
    if (!isObject(schema) || schema["type"] !== "object")
      throw bad(`tools.${at}.custom.input_schema.type: Input should be 'object'`);
    if (tool["strict"] === true) checkSchema(schema, `tools.${at}.custom.input_schema`);
  }
  if (choice === undefined) return;
  if (!isObject(choice) || !["auto", "any", "tool", "none"].includes(String(choice["type"])))
    throw bad("tool_choice: Input should be auto, any, tool or none");
  if (choice["type"] === "none" && choice["disable_parallel_tool_use"] !== undefined)
    throw bad("tool_choice.none.disable_parallel_tool_use: Extra inputs are not permitted");
  if (choice["type"] === "tool" && !names.has(choice["name"]))
    throw bad(`tool_choice: Tool '${String(choice["name"])}' not found in provided tools`);
}

function checkMessages(body: Body, generation: Generation): { role: string; content: Block[] }[] {
  const { messages, system } = body;
  if (!Array.isArray(messages) || messages.length === 0)
    throw bad("messages: at least one message is required");
  if (system !== undefined && typeof system !== "string") {
    if (!Array.isArray(system)) throw bad("system: Input should be a valid list");
    for (const [at, block] of system.entries()) checkBlock(block, `system.${at}`, ["text"]);
  }
  const turns: { role: string; content: Block[] }[] = [];
  const ids = new Set<unknown>();
  let calls: unknown[] = [];
  for (const [at, message] of messages.entries()) {
    if (!isObject(message)) throw bad(`messages.${at}: Input should be a valid dictionary`);
    for (const name of Object.keys(message))
      if (name !== "role" && name !== "content")
        throw bad(`messages.${at}.${name}: Extra inputs are not permitted`);
    const { role, content } = message;
    if (role !== "user" && role !== "assistant" && !(role === "system" && generation === "new"))
      throw bad(`messages.${at}.role: Input should be 'user' or 'assistant'`);
    if (at === 0 && role !== "user") throw bad('messages: first message must use the "user" role');
    if (role === "system" && turns.at(-1)?.role === "assistant")
      throw bad(`messages.${at}: a system message must follow a user turn`);
    const blocks: unknown[] =
      typeof content === "string"
        ? [{ type: "text", text: content }]
        : Array.isArray(content)
          ? content
          : [];
    if (blocks.length === 0)
      throw bad(
        `messages.${at}: all messages must have non-empty content except for the optional final assistant message`,
      );
    for (const [place, block] of blocks.entries())
      checkBlock(block, `messages.${at}.content.${place}`, Object.keys(blockMembers));
    const checked = blocks as Block[];
    const results = checked
      .filter(({ type }) => type === "tool_result")
      .map((block) => block["tool_use_id"]);
    if (calls.length > 0 && (role !== "user" || calls.some((id) => !results.includes(id))))
      throw bad(
        `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${calls.join(", ")}`,
      );
    if (results.some((id) => !calls.includes(id)))
      throw bad(`messages.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks`);
    if (checked.slice(0, results.length).some(({ type }) => type !== "tool_result"))
      throw bad(`messages.${at}: tool_result blocks must come first`);
    calls = [];
    for (const block of checked) {
      if (block["type"] !== "tool_use") continue;
      if (role !== "assistant")
        throw bad(`messages.${at}: tool_use blocks can only be in assistant messages`);
      if (ids.has(block["id"])) throw bad(`messages.${at}: \`tool_use\` ids must be unique`);
      ids.add(block["id"]);
      calls.push(block["id"]);
    }
    turns.push({ role: String(role), content: checked });
  }
  if (calls.length > 0)
    throw bad(
      `messages.${messages.length}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${calls.join(", ")}`,
    );
  const last = turns.at(-1);
  if (last?.role === "assistant") {
    if (generation !== "old")
      throw bad(
        "This model does not support assistant message prefill. The conversation must end with a user message.",
      );
    const text = last.content.at(-1)?.["text"];
    if (typeof text === "string" && text !== text.trimEnd())
      throw bad("messages: final assistant content cannot end with trailing whitespace");
  }
  return turns;
}

function checkBlock(block: unknown, field: string, allowed: readonly string[]): void {
  if (!isObject(block)) throw bad(`${field}: Input should be a valid dictionary`);
  const type = String(block["type"]);
  const members = allowed.includes(type) ? blockMembers[type] : undefined;
  if (members === undefined)
    throw bad(
      `${field}: Input tag '${type}' found using 'type' does not match any of the expected tags`,
    );
  for (const name of Object.keys(block))
    if (name !== "type" && !members.split(" ").includes(name))
      throw bad(`${field}.${type}.${name}: Extra inputs are not permitted`);
  switch (type) {
    case "text":
      if (typeof block["text"] !== "string" || block["text"].trim() === "")
        throw bad("messages: text content blocks must contain non-whitespace text");
      return;
    case "image":
    case "document":
      return checkSource(block["source"], type, field);
    case "thinking":
      if (block["signature"] !== signatureOf(String(block["thinking"])))
        throw bad(`${field}: Invalid \`signature\` in \`thinking\` block`);
      return;
    case "redacted_thinking":
      if (!String(block["data"]).startsWith("enc-"))
        throw bad(`${field}: Invalid \`data\` in \`redacted_thinking\` block`);
      return;
    case "tool_use":
      if (!/^[a-zA-Z0-9_-]+$/.test(String(block["id"])))
        throw bad(`${field}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
      if (!isObject(block["input"]))
        throw bad(`${field}.tool_use.input: Input should be a valid dictionary`);
      return;
    case "tool_result": {
      const { content } = block;
      if (content === undefined || typeof content === "string") return;
      if (!Array.isArray(content))
        throw bad(`${field}.tool_result.content: Input should be a valid list`);
      for (const [at, part] of content.entries())
        checkBlock(
          part,
          `${field}.tool_result.content.${at}`,
          block["is_error"] === true ? ["text"] : ["text", "image", "document"],
        );
    }
  }
}

function checkSource(source: unknown, type: string, field: string): void {
  if (!isObject(source)) throw bad(`${field}.source: Field required`);
  const media = String(source["media_type"]);
  switch (source["type"]) {
    case "url":
      if (!/^https?:\/\//.test(String(source["url"])))
        throw bad(`${field}.source.url: Only HTTPS URLs are supported.`);
      return;
    case "text":
      if (type !== "document" || media !== "text/plain" || typeof source["data"] !== "string")
        break;
      return;
    case "base64":
      if (!/^[A-Za-z0-9+/]+=*$/.test(String(source["data"])))
        throw bad(`${field}.source.base64: invalid base64 data`);
      if (
        type === "image" ? /^image\/(jpeg|png|gif|webp)$/.test(media) : media === "application/pdf"
      )
        return;
  }
  throw bad(
    `${field}.source: Input should be 'image/jpeg', 'image/png', 'image/gif', 'image/webp' or 'application/pdf'`,
  );
}

function checkMarks(body: Body, turns: readonly { content: Block[] }[]): void {
  const blocks: unknown[] = [
    ...(Array.isArray(body["tools"]) ? body["tools"] : []),
    ...(Array.isArray(body["system"]) ? body["system"] : []),
    ...turns.flatMap(({ content }) =>
      content.flatMap((block) => [
        ...(Array.isArray(block["content"]) ? block["content"] : []),
        block,
      ]),
    ),
    body,
  ];
  const marks = blocks.flatMap((block) =>
    isObject(block) && (block["cache_control"] ?? null) !== null ? [block["cache_control"]] : [],
  );
  for (const mark of marks)
    if (
      !isObject(mark) ||
      mark["type"] !== "ephemeral" ||
      ![undefined, "5m", "1h"].includes(mark["ttl"] as string | undefined)
    )
      throw bad("cache_control: Input tag does not match 'ephemeral'");
  if (marks.length > 4)
    throw bad(`A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`);
  let short = false;
  for (const mark of marks) {
    const long = isObject(mark) && mark["ttl"] === "1h";
    if (long && short)
      throw bad(
        "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block",
      );
    short ||= !long;
  }
}

/** Whether the model thinks for this request. */
function checkThinking(
  { thinking, max_tokens: max, tool_choice: choice, output_config: output }: Body,
  generation: Generation,
): boolean {
  const forced = isObject(choice) && (choice["type"] === "any" || choice["type"] === "tool");
  const type = isObject(thinking) ? thinking["type"] : null;
  const thinks =
    type === "enabled" ||
    type === "adaptive" ||
    generation === "always" ||
    (generation === "new" && type !== "disabled");
  if (thinks && forced) throw bad("Thinking may not be enabled when tool_choice forces tool use.");
  if (thinking === undefined) return thinks;
  if (!isObject(thinking)) throw bad("thinking: Input should be a valid dictionary");
  switch (type) {
    case "enabled":
      if (generation !== "old" && generation !== "mid")
        throw bad(
          '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort".',
        );
      if (typeof thinking["budget_tokens"] !== "number" || thinking["budget_tokens"] < 1_024)
        throw bad("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
      if (thinking["budget_tokens"] >= Number(max))
        throw bad("`max_tokens` must be greater than `thinking.budget_tokens`.");
      return true;
    case "adaptive":
      if (generation === "old") throw bad("adaptive thinking is not supported on this model");
      return true;
    case "disabled":
      if (generation === "always") throw bad("thinking cannot be disabled on this model");
      if (isObject(output) && ["xhigh", "max"].includes(String(output["effort"])))
        throw bad("thinking cannot be disabled at this effort");
      return false;
    default:
      throw bad("thinking: Input tag does not match any of the expected tags");
  }
}

/** A turn of calls that is answered has to begin with what was thought before it, where a budget is given. */
function checkLoop({ thinking }: Body, turns: readonly { role: string; content: Block[] }[]): void {
  if (!isObject(thinking) || thinking["type"] !== "enabled") return;
  const at = turns.findLastIndex(({ role }) => role === "assistant");
  const content = turns[at]?.content ?? [];
  const first = String(content[0]?.["type"]);
  if (content.some(({ type }) => type === "tool_use") && !first.includes("thinking"))
    throw bad(
      `messages.${at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`,
    );
}

function checkSampling(
  { temperature, top_p: topP, top_k: topK }: Body,
  generation: Generation,
  thinks: boolean,
): void {
  if (
    temperature !== undefined &&
    (typeof temperature !== "number" || temperature < 0 || temperature > 1)
  )
    throw bad("temperature: range: 0..1");
  if (generation === "new" || generation === "always") {
    if (temperature !== undefined || topP !== undefined || topK !== undefined)
      throw bad("`temperature`, `top_p` and `top_k` are not supported on this model.");
    return;
  }
  if (temperature !== undefined && topP !== undefined)
    throw bad(
      "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
    );
  if (thinks && (temperature !== undefined || topK !== undefined))
    throw bad("`temperature` may only be set to 1 when thinking is enabled.");
}

function checkOutput(
  { output_config: output }: Body,
  generation: Generation,
  thinks: boolean,
): void {
  if (output === undefined) return;
  if (!isObject(output)) throw bad("output_config: Input should be a valid dictionary");
  const { effort, format, ...others } = output;
  if (Object.keys(others).length > 0) throw bad("output_config: Extra inputs are not permitted");
  if (effort !== undefined) {
    if (!["low", "medium", "high", "xhigh", "max"].some((one) => one === effort))
      throw bad("output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'");
    if (generation === "old") throw bad("This model does not support the effort parameter.");
    void thinks;
  }
  if (format === undefined) return;
  if (generation === "old") throw bad("output_config.format is not supported on this model");
  if (!isObject(format) || format["type"] !== "json_schema" || !isObject(format["schema"]))
    throw bad("output_config.format: Input tag does not match 'json_schema'");
  checkSchema(format["schema"], "output_config.format.schema");
}

function checkSchema(schema: unknown, field: string): void {
  if (Array.isArray(schema)) return schema.forEach((one) => checkSchema(one, field));
  if (!isObject(schema)) return;
  for (const word of [
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "multipleOf",
    "oneOf",
  ])
    if (schema[word] !== undefined && typeof schema[word] !== "object")
      throw bad(`${field}: For 'string' type, property '${word}' is not supported`);
  if (schema["oneOf"] !== undefined) throw bad(`${field}: Schema type 'oneOf' is not supported`);
  if (schema["type"] === "object" && schema["additionalProperties"] !== false)
    throw bad(
      `${field}: For 'object' type, 'additionalProperties' must be explicitly set to false`,
    );
  for (const [name, value] of Object.entries(schema)) {
    if (["properties", "$defs"].includes(name) && isObject(value))
      for (const one of Object.values(value)) checkSchema(one, field);
    else if (["items", "anyOf", "allOf"].includes(name)) checkSchema(value, field);
  }
}

// ---- what is answered -----------------------------------------------------------------------------------------------

/** Good for this text and no other. */
export const signatureOf = (thinking: string): string =>
  `Sig${createHash("sha256").update(`thought ${thinking}`).digest("base64")}`;

export const said = 'Bonjour "tout le monde" — ça va ? 🌍\nOui.';
export const thought = "The user greets me.\nI greet back: 你好.";

type Answer = {
  content: Block[];
  stop: string;
  usage?: Body;
  /** Of `message_start`, where it differs. */
  startUsage?: Body;
  details?: Body;
};

function reply({ body, script, thinks, generation }: Checked): DoubleReply {
  const stream = body["stream"] === true;
  if (isOverloaded(script, takenIn(body))) throw new Refused(529, "overloaded_error", "Overloaded");
  switch (script) {
    case "overloaded":
      throw new Refused(529, "overloaded_error", "Overloaded");
    case "rate-limited":
      throw new Refused(
        429,
        "rate_limit_error",
        "This request would exceed your organization's rate limit",
        {
          headers: { "retry-after": "7" },
        },
      );
    case "spent":
      throw new Refused(429, "rate_limit_error", "Monthly spend limit reached.", {
        details: { error_code: "enforced_spend_limit_reached" },
      });
    case "workspace-spent":
      throw bad(
        "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
      );
    case "billing":
      throw new Refused(
        402,
        "billing_error",
        "Your credit balance is too low to access the Anthropic API.",
      );
    case "broken":
      throw new Refused(500, "api_error", "Internal server error");
    case "forbidden":
      throw new Refused(
        403,
        "permission_error",
        "Your API key does not have permission to use this model",
      );
    case "too-long":
      throw bad("prompt is too long: 203000 tokens > 200000 maximum");
    case "too-large":
      throw new Refused(413, "request_too_large", "Request exceeds the maximum size");
    case "overloaded-in-stream":
      return sse([event("error", errorBody(new Refused(529, "overloaded_error", "Overloaded")))]);
  }
  const answer = answerOf(script, body, thinks, generation);
  const message = {
    id: "msg_01XFDUDYJgAACzvnptvVoYEL",
    type: "message",
    role: "assistant",
    model: body["model"],
    content: answer.content,
    stop_reason: answer.stop,
    stop_sequence: null,
    stop_details: answer.details ?? null,
    usage: answer.usage ?? usage(),
    container: null,
  };
  if (!stream) return { status: 200, headers: { "request-id": requestId }, body: message };
  const frames = [...streamed(message, answer)];
  if (script === "cut") return { ...sse(frames.slice(0, 5)), cut: true };
  if (script === "overloaded-midway")
    return sse([
      ...frames.slice(0, 5),
      event("error", errorBody(new Refused(529, "overloaded_error", "Overloaded"))),
    ]);
  return sse(frames);
}

const usage = (more: Body = {}): Body => ({
  input_tokens: 12,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  output_tokens: 7,
  service_tier: "standard",
  ...more,
});
const text = (words: string): Block => ({ type: "text", text: words });

function answerOf(script: string, body: Body, thinks: boolean, generation: Generation): Answer {
  const tools = Array.isArray(body["tools"]) ? (body["tools"] as Body[]) : [];
  const messages = body["messages"] as Body[];
  const last = messages.at(-1);
  const results = Array.isArray(last?.["content"])
    ? (last["content"] as Block[]).filter(({ type }) => type === "tool_result")
    : [];
  const thoughts: Block[] =
    thinks && script !== "refusal"
      ? [
          {
            type: "thinking",
            thinking: omitted(body) ? "" : thought,
            signature: signatureOf(omitted(body) ? "" : thought),
          },
          ...(script === "redacted" ? [{ type: "redacted_thinking", data: "enc-0123456789" }] : []),
        ]
      : [];
  const output = isObject(body["output_config"]) ? body["output_config"] : {};
  const choice = isObject(body["tool_choice"]) ? body["tool_choice"] : {};
  if (isAgent(script)) return agentAnswer(body, thinks, results);
  if (body["max_tokens"] === 0)
    return { content: [], stop: "max_tokens", usage: usage({ output_tokens: 0 }) };
  if (results.length > 0) {
    const seen = results.map(
      (result) =>
        `${String(result["tool_use_id"])}${result["is_error"] === true ? " failed" : ""}=${plain(result["content"])}`,
    );
    return { content: [...thoughts, text(`Seen: ${seen.join("; ")}`)], stop: "end_turn" };
  }
  switch (script) {
    case "tools":
    case "parallel": {
      if (choice["type"] === "none" || tools.length === 0) break;
      const named =
        choice["type"] === "tool" ? tools.filter(({ name }) => name === choice["name"]) : tools;
      const called =
        script === "parallel" && choice["disable_parallel_tool_use"] !== true
          ? named
          : named.slice(0, 1);
      return {
        content: [
          ...thoughts,
          text("Let me look."),
          ...called.map((tool, at) => ({
            type: "tool_use",
            id: `toolu_0${at}AbCd`,
            name: tool["name"],
            input: at === 2 ? {} : { city: "Zürich", day: at, 'quote"d': [1.5, null, "a\\b"] },
          })),
        ],
        stop: "tool_use",
        usage: usage({ output_tokens: 31 }),
      };
    }
    case "json": {
      const json = { name: "Ada", age: 36 };
      const forced =
        tools.find(({ name }) => name === choice["name"]) ??
        (output["format"] === undefined ? tools.at(-1) : undefined);
      if (forced)
        return {
          content: [
            ...thoughts,
            { type: "tool_use", id: "toolu_json", name: forced["name"], input: json },
          ],
          stop: "tool_use",
        };
      return { content: [...thoughts, text(JSON.stringify(json))], stop: "end_turn" };
    }
    case "refusal":
      return {
        content: [],
        stop: "refusal",
        details: { type: "refusal", category: "cyber", explanation: "This is declined." },
        usage: usage({ input_tokens: 12, output_tokens: 0 }),
      };
    case "refusal-midway":
      return { content: [text("First you")], stop: "refusal", usage: usage({ output_tokens: 3 }) };
    case "cache":
      return {
        content: [text(said)],
        stop: "end_turn",
        usage: usage({
          input_tokens: 10,
          cache_creation_input_tokens: 300,
          cache_read_input_tokens: 2_000,
          cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 200 },
          output_tokens: 50,
          output_tokens_details: { thinking_tokens: 20 },
        }),
      };
    case "search":
      return {
        content: [
          {
            type: "server_tool_use",
            id: "srvtoolu_1",
            name: "web_search",
            input: { query: "news" },
          },
          {
            type: "web_search_tool_result",
            tool_use_id: "srvtoolu_1",
            content: [
              {
                type: "web_search_result",
                url: "https://example.com/a",
                title: "A",
                encrypted_content: "enc",
                page_age: null,
              },
            ],
          },
          text("It says: "),
          {
            type: "text",
            text: "all is well",
            citations: [
              {
                type: "web_search_result_location",
                url: "https://example.com/a",
                title: "A",
                encrypted_index: "e",
                cited_text: "well",
              },
            ],
          },
        ],
        stop: "end_turn",
        usage: usage({ server_tool_use: { web_search_requests: 2, web_fetch_requests: 0 } }),
      };
    case "late-usage": // of hosts that speak Messages and know their counts at the end only
      return {
        content: [text(said)],
        stop: "end_turn",
        startUsage: { input_tokens: 0, output_tokens: 0 },
      };
    case "long":
      return { content: [text("too lo")], stop: "max_tokens" };
    case "echo": // what the model can see of the request, for tests of what survives
      return { content: [text(JSON.stringify({ messages, generation }))], stop: "end_turn" };
  }
  return { content: [...thoughts, text(said)], stop: "end_turn" };
}

const takenIn = (body: Body): number =>
  (body["messages"] as Body[]).filter(
    ({ content }) =>
      Array.isArray(content) && (content as Block[]).some(({ type }) => type === "tool_use"),
  ).length;

function agentAnswer(body: Body, thinks: boolean, results: readonly Block[]): Answer {
  const taken = takenIn(body);
  const problem = resultsProblem(
    taken,
    results.map(({ content }) => plain(content)),
  );
  if (problem !== null) throw bad(problem);
  const step = agentStep("Claude", taken);
  const { input, cached, output, reasoning } = step.usage;
  const shown = omitted(body) ? "" : step.thought;
  return {
    content: [
      ...(thinks ? [{ type: "thinking", thinking: shown, signature: signatureOf(shown) }] : []),
      text(step.text),
      ...step.calls.map(({ name, input: given }, place) => ({
        type: "tool_use",
        id: `toolu_${taken}_${place}`,
        name,
        input: given,
      })),
    ],
    stop: step.calls.length > 0 ? "tool_use" : "end_turn",
    usage: usage({
      input_tokens: input,
      cache_read_input_tokens: cached,
      output_tokens: output + (thinks ? reasoning : 0),
      output_tokens_details: { thinking_tokens: thinks ? reasoning : 0 },
    }),
  };
}

const omitted = ({ thinking }: Body): boolean =>
  isObject(thinking) && thinking["type"] !== "enabled" && thinking["display"] !== "summarized";
const plain = (content: unknown): string =>
  typeof content === "string"
    ? content
    : Array.isArray(content)
      ? content
          .map((part) =>
            isObject(part)
              ? part["type"] === "text"
                ? String(part["text"])
                : `<${String(part["type"])}>`
              : "",
          )
          .join("")
      : "";

// ---- how it is streamed ---------------------------------------------------------------------------------------------

const event = (name: string, data: object, padding = ""): string =>
  `event: ${name}\ndata: ${padding === "" ? JSON.stringify(data) : JSON.stringify(data).replace(/\}$/, `${padding}}`)}\n\n`;
const sse = (frames: readonly string[]): Extract<DoubleReply, { frames: unknown }> => ({
  contentType: "text/event-stream; charset=utf-8",
  headers: { "request-id": requestId },
  frames,
});

function* streamed(
  message: Body,
  { content, stop, startUsage, details }: Answer,
): Generator<string> {
  const final = message["usage"] as Body;
  const {
    output_tokens: output,
    service_tier: _tier,
    cache_creation: _creation,
    ...repeated
  } = final;
  yield event("message_start", {
    type: "message_start",
    message: {
      ...message,
      content: [],
      stop_reason: null,
      stop_details: null,
      usage: startUsage ?? { ...final, output_tokens: 1 },
    },
  });
  yield event("ping", { type: "ping" });
  for (const [index, block] of content.entries()) {
    const [opening, deltas] = pieces(block);
    yield event("content_block_start", {
      type: "content_block_start",
      index,
      content_block: opening,
    });
    for (const [at, delta] of deltas.entries())
      yield event(
        "content_block_delta",
        { type: "content_block_delta", index, delta },
        " ".repeat((at * 7) % 12),
      );
    if (index === 0) yield event("ping", { type: "ping" });
    yield event("content_block_stop", { type: "content_block_stop", index });
  }
  yield event("some_future_event", { type: "some_future_event", of: "no interest" });
  yield event("message_delta", {
    type: "message_delta",
    delta: {
      stop_reason: stop,
      stop_sequence: null,
      ...(details ? { stop_details: details } : {}),
    },
    usage: { ...repeated, output_tokens: output },
  });
  yield event("message_stop", { type: "message_stop" });
}

/** A block as it begins, and what is added to it. */
function pieces(block: Block): [Block, object[]] {
  switch (block["type"]) {
    case "text": {
      const { citations } = block;
      return [
        { type: "text", text: "", ...(citations ? { citations: [] } : {}) },
        [
          ...(Array.isArray(citations)
            ? citations.map((citation: unknown) => ({ type: "citations_delta", citation }))
            : []),
          ...cutUp(String(block["text"]), 5).map((piece) => ({ type: "text_delta", text: piece })),
        ],
      ];
    }
    case "thinking":
      return [
        { type: "thinking", thinking: "", signature: "" },
        [
          ...cutUp(String(block["thinking"]), 9).map((piece) => ({
            type: "thinking_delta",
            thinking: piece,
          })),
          { type: "signature_delta", signature: block["signature"] },
        ],
      ];
    case "tool_use": {
      const input = JSON.stringify(block["input"]);
      return [
        { ...block, input: {} },
        [
          { type: "input_json_delta", partial_json: "" },
          ...(input === "{}"
            ? []
            : cutUp(input, 6).map((piece) => ({ type: "input_json_delta", partial_json: piece }))),
        ],
      ];
    }
    default:
      return [block, []];
  }
}

/** By characters, so that no piece ends within one. */
const cutUp = (words: string, length: number): string[] => {
  const characters = Array.from(words);
  const cut: string[] = [];
  for (let at = 0; at < characters.length; at += length)
    cut.push(characters.slice(at, at + length).join(""));
  return cut;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
