// A strict double of Amazon Bedrock's Converse and ConverseStream: it checks the signature by a computation of its own, frames
// its events as AWS does, and refuses what Bedrock refuses. What it answers follows from what it is asked; how it fails,
// from what stands behind `--` in the model's name.
import { createHash, createHmac } from "node:crypto";
import { crc32 } from "node:zlib";
import {
  startStrictServer,
  type DoubleReply,
  type DoubleRequest,
  type StrictServer,
} from "./strict-server.ts";

export const bedrockKeys = {
  accessKeyId: "AKIADOUBLE0000000001",
  secretAccessKey: "a/secret+of40characters/that/is/no/secret",
  region: "eu-central-1",
};
/** The credential's text; the region is the provider's flag, because the host of a double names none. */
export const bedrockCredential = `${bedrockKeys.accessKeyId}:${bedrockKeys.secretAccessKey}`;
export const bedrockApiKey = "ABSKdGhpcyBpcyBubyBzZWNyZXQ=";

export const startBedrockApi = (seed?: number): Promise<StrictServer> =>
  startStrictServer(reply, seed === undefined ? {} : { seed });

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const objectOf = (value: unknown): Json => (isObject(value) ? value : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** An exception by AWS's name, to be answered with its status. */
class Refused extends Error {
  readonly status: number;
  readonly exception: string;
  constructor(status: number, exception: string, message: string) {
    super(message);
    this.status = status;
    this.exception = exception;
  }
}
const invalid = (message: string): Refused => new Refused(400, "ValidationException", message);

function reply(request: DoubleRequest): DoubleReply {
  try {
    return answer(request);
  } catch (cause) {
    if (!(cause instanceof Refused)) throw cause;
    return {
      status: cause.status,
      headers: {
        "x-amzn-errortype": `${cause.exception}:http://internal.amazon.com/coral/`,
        "x-amzn-requestid": "11111111-2222-3333-4444-555555555555",
      },
      body: { message: cause.message },
    };
  }
}

function answer(request: DoubleRequest): DoubleReply {
  const [, encoded, operation] =
    /^\/model\/([^/?]+)\/(converse|converse-stream)$/.exec(request.path) ?? [];
  if (request.method !== "POST" || encoded === undefined)
    throw new Refused(404, "UnknownOperationException", "no such operation");
  checkCredential(request);
  if (request.headers["content-type"] !== "application/json")
    throw new Refused(415, "UnsupportedMediaTypeException", "content type");
  const model = decodeURIComponent(encoded);
  if (encoded !== encodeURIComponent(model)) throw invalid("the model id is not encoded");
  const [id = "", how = ""] = model.split("--", 2);
  const streamed = operation === "converse-stream";
  const failure = failureOf(how);
  if (failure && !(streamed && failure.inStream)) throw failure.refused;
  if (!isObject(request.body)) throw invalid("the body is no JSON object");
  const asked = checkBody(request.body, id, streamed);
  const message = compose(asked, how);
  return streamed ? stream(message, how, failure?.refused ?? null) : whole(message);
}

function failureOf(how: string): { refused: Refused; inStream: boolean } | null {
  switch (how) {
    case "throttled":
      return {
        refused: new Refused(
          429,
          "ThrottlingException",
          "Too many tokens, please wait before trying again.",
        ),
        inStream: false,
      };
    case "long":
      return { refused: invalid("Input is too long for requested model."), inStream: false };
    case "gone":
      return {
        refused: new Refused(
          404,
          "ResourceNotFoundException",
          "This model version has reached the end of its life.",
        ),
        inStream: false,
      };
    case "profile":
      return {
        refused: invalid(
          "Invocation of model ID x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.",
        ),
        inStream: false,
      };
    case "overloaded":
      return {
        refused: new Refused(
          503,
          "ServiceUnavailableException",
          "Bedrock is unable to process your request.",
        ),
        inStream: true,
      };
    default:
      return null;
  }
}

// ── Who asks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Signature Version 4, from its description and not from the code that is tested by this. */
function checkCredential({ headers, method, path, bytes }: DoubleRequest): void {
  const authorization = headers.authorization ?? "";
  if (authorization === `Bearer ${bedrockApiKey}`) return;
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  const [, accessKeyId, day = "", region = "", service = "", signed = "", signature] = found ?? [];
  if (accessKeyId === undefined)
    throw new Refused(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
  if (accessKeyId !== bedrockKeys.accessKeyId)
    throw new Refused(
      403,
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
  const date = String(headers["x-amz-date"] ?? "");
  if (!/^\d{8}T\d{6}Z$/.test(date) || !date.startsWith(day))
    throw new Refused(403, "IncompleteSignatureException", "Date in Credential scope");
  const atMs = Date.parse(
    date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  if (Math.abs(atMs - Date.now()) > 300_000)
    throw new Refused(
      403,
      "InvalidSignatureException",
      `Signature expired: ${date} is now earlier than 20261125T000000Z (20261125T000500Z - 5 min.)`,
    );
  if (region !== bedrockKeys.region || service !== "bedrock")
    throw new Refused(
      403,
      "InvalidSignatureException",
      "Credential should be scoped to a valid region.",
    );
  const names = signed.split(";");
  for (const name of ["host", "x-amz-date", "content-type"])
    if (!names.includes(name))
      throw new Refused(403, "InvalidSignatureException", `${name} must be a 'SignedHeader'`);
  const hash = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");
  const bodyHash = hash(bytes);
  if (headers["x-amz-content-sha256"] !== bodyHash)
    throw new Refused(403, "InvalidSignatureException", "the body is not what was signed");
  const [plain = "", query = ""] = path.split("?");
  const canonicalPath = plain
    .split("/")
    .map((segment) =>
      [...Buffer.from(segment)]
        .map((byte) =>
          /[A-Za-z0-9\-._~]/.test(String.fromCharCode(byte))
            ? String.fromCharCode(byte)
            : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
        )
        .join(""),
    )
    .join("/");
  const canonical = [
    method,
    canonicalPath,
    query,
    ...names.map((name) => `${name}:${String(headers[name] ?? "").trim()}`),
    "",
    signed,
    bodyHash,
  ].join("\n");
  const mac = (key: string | Buffer, data: string): Buffer =>
    createHmac("sha256", key).update(data).digest();
  const key = mac(
    mac(mac(mac(`AWS4${bedrockKeys.secretAccessKey}`, day), region), service),
    "aws4_request",
  );
  const expected = mac(
    key,
    `AWS4-HMAC-SHA256\n${date}\n${day}/${region}/${service}/aws4_request\n${hash(canonical)}`,
  ).toString("hex");
  if (expected !== signature)
    throw new Refused(
      403,
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
    );
}

// ── What is asked ─────────────────────────────────────────────────────────────────────────────────────────────────────

type Asked = {
  claude: boolean;
  turns: { role: string; content: Json[] }[];
  tools: Json[];
  choice: Json;
  thinking: boolean;
  /** Thinks in a cipher, as GPT and Grok do. */
  sealed: boolean;
  schema: Json | null;
  cached: { read: number; fiveMinutes: number; hour: number };
  tier: string | null;
};

function only(value: Json, where: string, names: readonly string[]): void {
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw invalid(`${where}: extraneous key [${unknown}] is not permitted`);
}

/** A union: exactly one member of those it may have. */
function memberOf(value: unknown, where: string, names: readonly string[]): [string, unknown] {
  const entries = Object.entries(objectOf(value));
  const [entry] = entries;
  if (!entry || entries.length > 1)
    throw invalid(`${where}: expected exactly one of ${names.join(", ")}`);
  if (!names.includes(entry[0]))
    throw invalid(`${where}: extraneous key [${entry[0]}] is not permitted`);
  return entry;
}

function checkBody(body: Json, model: string, streamed: boolean): Asked {
  only(body, "body", [
    "messages",
    "system",
    "inferenceConfig",
    "toolConfig",
    "guardrailConfig",
    "additionalModelRequestFields",
    "additionalModelResponseFieldPaths",
    "requestMetadata",
    "performanceConfig",
    "serviceTier",
    "outputConfig",
  ]);
  const claude = model.includes("claude");
  const cached = { points: 0, fiveMinutes: 0, hour: 0 };
  const tools = checkTools(body["toolConfig"], cached, claude);
  for (const [index, block] of listOf(body["system"]).entries()) {
    const [kind, value] = memberOf(block, `system.${index}`, [
      "text",
      "cachePoint",
      "guardContent",
    ]);
    if (kind === "text") blankless(value, `system.${index}.text`);
    else checkCachePoint(value, cached, claude);
  }
  const turns = checkTurns(body["messages"], {
    tools: body["toolConfig"] !== undefined,
    cached,
    claude,
    model,
  });
  if (cached.points > 4) throw invalid("at most 4 cache points are allowed");
  const inference = objectOf(body["inferenceConfig"]);
  only(inference, "inferenceConfig", ["maxTokens", "temperature", "topP", "stopSequences"]);
  const { maxTokens, temperature, topP, stopSequences } = inference;
  if (maxTokens !== undefined && !(Number.isInteger(maxTokens) && Number(maxTokens) >= 1))
    throw invalid("inferenceConfig.maxTokens");
  for (const [name, value] of Object.entries({ temperature, topP }))
    if (value !== undefined && !(typeof value === "number" && value >= 0 && value <= 1))
      throw invalid(`inferenceConfig.${name}: must be between 0 and 1`);
  for (const stop of listOf(stopSequences)) blankless(stop, "inferenceConfig.stopSequences");
  const sealed = /\b(xai|openai)\.(grok|gpt-\d)/.test(model);
  if (sealed)
    for (const name of ["temperature", "topP", "stopSequences"])
      if (inference[name] !== undefined)
        throw invalid(
          `This model doesn't support the ${name} field. Remove ${name} and try again.`,
        );
  const fields = objectOf(body["additionalModelRequestFields"]);
  const modern = /claude-(opus|sonnet|haiku|fable)-5|claude-opus-4-[78]/.test(model);
  const thinking = claude
    ? checkClaude(
        fields,
        inference,
        objectOf(objectOf(body["toolConfig"])["toolChoice"]),
        modern,
        turns,
      )
    : false;
  if (model.includes("gpt-oss")) only(fields, "additionalModelRequestFields", ["reasoning_effort"]);
  if (model.includes("nova"))
    only(fields, "additionalModelRequestFields", ["inferenceConfig", "reasoningConfig"]);
  const guardrail = objectOf(body["guardrailConfig"]);
  only(guardrail, "guardrailConfig", [
    "guardrailIdentifier",
    "guardrailVersion",
    "trace",
    ...(streamed ? ["streamProcessingMode"] : []),
  ]);
  const tier = body["serviceTier"] === undefined ? null : objectOf(body["serviceTier"])["type"];
  if (
    tier !== null &&
    (typeof tier !== "string" || !["default", "flex", "priority", "reserved"].includes(tier))
  )
    throw invalid("serviceTier.type");
  return {
    claude,
    turns,
    tools,
    choice: objectOf(objectOf(body["toolConfig"])["toolChoice"]),
    thinking,
    sealed,
    schema: schemaOf(body["outputConfig"], fields),
    cached: { read: cached.points > 0 ? 300 : 0, ...cached },
    tier,
  };
}

function schemaOf(output: unknown, fields: Json): Json | null {
  const format = objectOf(objectOf(fields["output_config"])["format"]);
  if (format["type"] === "json_schema") return closed(format["schema"]);
  if (output === undefined) return null;
  const text = objectOf(objectOf(output)["textFormat"]);
  only(text, "outputConfig.textFormat", ["type", "structure"]);
  const definition = objectOf(objectOf(text["structure"])["jsonSchema"]);
  only(definition, "jsonSchema", ["schema", "name", "description"]);
  if (text["type"] !== "json_schema" || typeof definition["schema"] !== "string")
    throw invalid("outputConfig.textFormat");
  return closed(JSON.parse(definition["schema"]));
}

/** What Claude's structured output refuses. */
function closed(schema: unknown): Json {
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (!isObject(value)) return;
    for (const name of ["minLength", "maxLength", "pattern", "minimum", "maximum", "oneOf"])
      if (name in value) throw invalid(`output_config.format.schema: ${name} is not supported`);
    if (value["type"] === "object" && value["additionalProperties"] !== false)
      throw invalid("output_config.format.schema: additionalProperties must be false");
    Object.values(value).forEach(walk);
  };
  walk(schema);
  return objectOf(schema);
}

function checkClaude(
  fields: Json,
  inference: Json,
  choice: Json,
  modern: boolean,
  turns: Asked["turns"],
): boolean {
  only(fields, "additionalModelRequestFields", [
    "thinking",
    "output_config",
    "anthropic_beta",
    "top_k",
    "tool_choice",
  ]);
  const thinking = objectOf(fields["thinking"]);
  const on = thinking["type"] === "enabled" || thinking["type"] === "adaptive";
  const sampled =
    inference["temperature"] !== undefined ||
    inference["topP"] !== undefined ||
    fields["top_k"] !== undefined;
  if (modern && sampled) throw invalid("temperature: not supported by this model");
  if (inference["temperature"] !== undefined && inference["topP"] !== undefined)
    throw invalid("`temperature` and `top_p` cannot both be specified for this model.");
  if (modern && thinking["type"] === "enabled")
    throw invalid("thinking.type: enabled is not supported by this model");
  if (!modern && thinking["type"] === "adaptive")
    throw invalid("thinking.type: adaptive is not supported by this model");
  if (thinking["type"] === "enabled") {
    const budget = thinking["budget_tokens"];
    if (typeof budget !== "number" || budget < 1_024)
      throw invalid(
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
      );
    if (budget >= Number(inference["maxTokens"] ?? 0))
      throw invalid("`max_tokens` must be greater than `thinking.budget_tokens`.");
  }
  if (on && sampled) throw invalid("`temperature` may only be set to 1 when thinking is enabled.");
  if (on && (choice["any"] !== undefined || choice["tool"] !== undefined))
    throw invalid("Thinking may not be enabled when tool_choice forces tool use.");
  if (on && !modern) {
    // The latest turn of calls has to begin with what was thought before it.
    const last = turns.findLast(({ role }) => role === "assistant");
    const [first] = last?.content ?? [];
    if (
      last?.content.some((block) => "toolUse" in block) &&
      !(first && "reasoningContent" in first)
    )
      throw invalid("Expected `thinking` or `redacted_thinking`, but found `tool_use`.");
  }
  return on;
}

function blankless(value: unknown, where: string): void {
  if (typeof value !== "string" || value.trim() === "")
    throw invalid(
      `The text field in the ContentBlock object at ${where} is blank. Add text to the text field, and try again.`,
    );
}

type Cached = { points: number; fiveMinutes: number; hour: number };

function checkCachePoint(value: unknown, cached: Cached, claude: boolean): void {
  const point = objectOf(value);
  only(point, "cachePoint", claude ? ["type", "ttl"] : ["type"]);
  if (point["type"] !== "default") throw invalid("cachePoint.type");
  const ttl = point["ttl"] ?? "5m";
  if (ttl !== "5m" && ttl !== "1h") throw invalid("cachePoint.ttl");
  if (ttl === "1h" && cached.fiveMinutes > 0)
    throw invalid("a ttl='1h' cache_control block must not come after a ttl='5m' one");
  cached.points++;
  if (ttl === "1h") cached.hour += 200;
  else cached.fiveMinutes += 100;
}

function checkTools(config: unknown, cached: Cached, claude: boolean): Json[] {
  if (config === undefined) return [];
  const value = objectOf(config);
  only(value, "toolConfig", ["tools", "toolChoice"]);
  const specs: Json[] = [];
  for (const [index, tool] of listOf(value["tools"]).entries()) {
    const [kind, inner] = memberOf(tool, `toolConfig.tools.${index}`, ["toolSpec", "cachePoint"]);
    if (kind === "cachePoint") {
      if (!claude) throw invalid("cache points among tools are not supported by this model");
      checkCachePoint(inner, cached, claude);
      continue;
    }
    const spec = objectOf(inner);
    only(spec, "toolSpec", ["name", "description", "inputSchema", "strict"]);
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(spec["name"]))) throw invalid("toolSpec.name");
    if (spec["description"] === "") throw invalid("toolSpec.description: at least 1 character");
    if (objectOf(objectOf(spec["inputSchema"])["json"])["type"] !== "object")
      throw invalid(
        `The value at toolConfig.tools.${index}.toolSpec.inputSchema.json.type must be one of the following: object.`,
      );
    specs.push(spec);
  }
  if (specs.length === 0) throw invalid("toolConfig.tools: at least 1");
  if (new Set(specs.map((spec) => spec["name"])).size !== specs.length)
    throw invalid("The toolConfig contains duplicate names");
  if (value["toolChoice"] !== undefined) {
    const [kind, inner] = memberOf(value["toolChoice"], "toolChoice", ["auto", "any", "tool"]);
    if (kind === "tool" && !specs.some((spec) => spec["name"] === objectOf(inner)["name"]))
      throw invalid("toolChoice.tool.name");
  }
  return specs;
}

function checkTurns(
  messages: unknown,
  {
    tools,
    cached,
    claude,
    model,
  }: { tools: boolean; cached: Cached; claude: boolean; model: string },
): Asked["turns"] {
  const turns: Asked["turns"] = [];
  const names = new Set<string>();
  for (const [index, turn] of listOf(messages).entries()) {
    const where = `messages.${index}`;
    const value = objectOf(turn);
    only(value, where, ["role", "content"]);
    const { role } = value;
    const content = listOf(value["content"]).map(objectOf);
    if (role !== "user" && role !== "assistant") throw invalid(`${where}.role`);
    if (turns.at(-1)?.role === role)
      throw invalid("A conversation must alternate between user and assistant roles.");
    if (index === 0 && role !== "user")
      throw invalid(
        "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
      );
    if (content.length === 0)
      throw invalid(`The content field in the Message object at ${where} is empty.`);
    let documents = 0;
    for (const [place, block] of content.entries()) {
      const at = `${where}.content.${place}`;
      const [kind, inner] = memberOf(block, at, [
        "text",
        "image",
        "document",
        "audio",
        "video",
        "toolUse",
        "toolResult",
        "reasoningContent",
        "cachePoint",
      ]);
      const mine = ["toolUse", "reasoningContent"].includes(kind) ? "assistant" : "user";
      if (!["text", "cachePoint"].includes(kind) && role !== mine)
        throw invalid(`${at}: ${kind} is only allowed in ${mine} turns`);
      if (["toolUse", "toolResult"].includes(kind) && !tools)
        throw invalid(
          "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        );
      if (kind === "text") blankless(inner, at);
      if (kind === "cachePoint") {
        if (place === 0) throw invalid(`${at}: a cache point has to follow something`);
        checkCachePoint(inner, cached, claude);
      }
      if (kind === "image" || kind === "document") documents += checkMedia(kind, inner, at, names);
      if (kind === "reasoningContent") checkThought(inner, at, model);
      if (kind === "toolUse") checkCall(inner, at);
      if (kind === "toolResult") checkResult(inner, at, names);
    }
    if (documents > 0 && !content.some((block) => "text" in block))
      throw invalid("A text block is required when using documents.");
    if (documents > 5) throw invalid("too many documents");
    const asked = ids(turns.at(-1), "toolUse");
    const told = ids({ role, content }, "toolResult");
    if (role === "user" && asked.toSorted().join() !== told.toSorted().join())
      throw invalid(
        `Expected toolResult blocks at ${where}.content for the following Ids: ${asked.join(", ")}`,
      );
    const mixed = content.some(
      (block) => !("toolUse" in block) && !("toolResult" in block) && !("cachePoint" in block),
    );
    if (
      model.includes("meta.") &&
      mixed &&
      asked.length + told.length + ids({ role, content }, "toolUse").length > 0
    )
      throw invalid(
        `${where}.content: Conversation blocks and tool result blocks cannot be provided in the same turn.`,
      );
    turns.push({ role, content });
  }
  const last = turns.at(-1);
  if (!last) throw invalid("messages: at least 1");
  if (last.role === "assistant") {
    if (ids(last, "toolUse").length > 0) throw invalid("Expected toolResult blocks");
    if (!/claude-(3|[a-z]+-4-[0-5])/.test(model))
      throw invalid(
        "This model does not support assistant message prefill. The conversation must end with a user message.",
      );
    if (/\s$/.test(String(last.content.at(-1)?.["text"])))
      throw invalid("final assistant content cannot end with trailing whitespace");
  }
  return turns;
}

const ids = (turn: Asked["turns"][number] | undefined, kind: string): string[] =>
  (turn?.content ?? []).flatMap((block) =>
    kind in block ? [String(objectOf(block[kind])["toolUseId"])] : [],
  );

function checkMedia(kind: string, inner: unknown, at: string, names: Set<string>): number {
  const value = objectOf(inner);
  const formats =
    kind === "image"
      ? ["png", "jpeg", "gif", "webp"]
      : ["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"];
  only(value, at, kind === "image" ? ["format", "source"] : ["format", "name", "source"]);
  if (!formats.includes(String(value["format"]))) throw invalid(`${at}.${kind}.format`);
  const [, bytes] = memberOf(value["source"], `${at}.source`, ["bytes"]);
  if (
    typeof bytes !== "string" ||
    bytes === "" ||
    !/^[A-Za-z0-9+/]*={0,2}$/.test(bytes) ||
    bytes.length % 4 !== 0
  )
    throw new Refused(400, "SerializationException", "the bytes are no base64");
  if (kind === "image") return 0;
  const name = String(value["name"]);
  if (!/^[A-Za-z0-9\-()[\]]+( [A-Za-z0-9\-()[\]]+)*$/.test(name) || name.length > 200)
    throw invalid(
      "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.",
    );
  if (names.has(name)) throw invalid(`Duplicate document names: ${name}`);
  names.add(name);
  return 1;
}

const signatureOf = (text: string): string =>
  createHash("sha256").update(`signed ${text}`).digest("base64");
const redacted = Buffer.from("what nobody may read").toString("base64");

function checkThought(inner: unknown, at: string, model: string): void {
  const [kind, value] = memberOf(inner, at, ["reasoningText", "redactedContent"]);
  if (kind === "redactedContent") {
    if (value !== redacted) throw invalid("Invalid `data` in `redacted_thinking` block");
    return;
  }
  if (/\b(xai|openai)\./.test(model))
    throw new Refused(500, "InternalServerException", "The system encountered an error.");
  const { text, signature, ...rest } = objectOf(value);
  only(rest, at, []);
  if (typeof text !== "string" || signature !== signatureOf(text))
    throw invalid(`${at}: Invalid \`signature\` in \`thinking\` block`);
}

function checkCall(inner: unknown, at: string): void {
  const value = objectOf(inner);
  only(value, at, ["toolUseId", "name", "input"]);
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(String(value["toolUseId"])))
    throw invalid(
      `Value at '${at}.toolUse.toolUseId' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+`,
    );
  if (!isObject(value["input"]))
    throw invalid(
      `The format of the value at ${at}.toolUse.input is invalid. Provide a json object for the field and try again.`,
    );
}

function checkResult(inner: unknown, at: string, names: Set<string>): void {
  const value = objectOf(inner);
  only(value, at, ["toolUseId", "content", "status"]);
  const content = listOf(value["content"]);
  if (content.length === 0) throw invalid(`${at}.toolResult.content: at least 1`);
  for (const [place, block] of content.entries()) {
    const [kind, part] = memberOf(block, `${at}.${place}`, ["text", "json", "image", "document"]);
    if (kind === "text") blankless(part, at);
    if (kind === "image" || kind === "document") checkMedia(kind, part, at, names);
  }
}

// ── What it answers ───────────────────────────────────────────────────────────────────────────────────────────────────

type Message = { content: Json[]; stopReason: string; usage: Json; tier: string | null };

function compose(asked: Asked, how: string): Message {
  const last = asked.turns.at(-1);
  const content: Json[] = [];
  if (asked.sealed) content.push({ reasoningContent: { redactedContent: redacted } });
  if (asked.thinking) {
    const text = 'The user wants an answer. "Quoted" thoughts…';
    content.push({ reasoningContent: { reasoningText: { text, signature: signatureOf(text) } } });
    content.push({ reasoningContent: { redactedContent: redacted } });
  }
  const results = (last?.content ?? []).flatMap((block) =>
    "toolResult" in block ? [objectOf(block["toolResult"])] : [],
  );
  const named = objectOf(asked.choice["tool"])["name"];
  let stopReason = "end_turn";
  if (asked.tools.length > 0 && results.length === 0) {
    const called = asked.tools.filter((tool) => named === undefined || tool["name"] === named);
    if (named === undefined) content.push({ text: "Let me look." });
    for (const [index, tool] of called.entries())
      content.push({
        toolUse: {
          toolUseId: `tooluse_${index}_${String(tool["name"]).slice(0, 20)}`,
          name: tool["name"],
          input: exampleOf(objectOf(objectOf(tool["inputSchema"])["json"])),
        },
      });
    stopReason = "tool_use";
  } else if (asked.schema) content.push({ text: JSON.stringify(exampleOf(asked.schema)) });
  else content.push({ text: textOf(last?.content ?? [], results) });
  if (how === "refused") {
    content.splice(0, content.length, { text: "Sorry, the model cannot answer this question." });
    stopReason = "guardrail_intervened";
  }
  if (how === "malformed") stopReason = "malformed_tool_use";
  const { fiveMinutes, hour } = asked.cached;
  const marked = fiveMinutes + hour > 0;
  return {
    content,
    stopReason,
    tier: asked.tier,
    usage: {
      inputTokens: 11,
      outputTokens: 7,
      totalTokens: 18 + (marked ? 300 + fiveMinutes + hour : 0),
      ...(marked
        ? {
            cacheReadInputTokens: 300,
            cacheWriteInputTokens: fiveMinutes + hour,
            cacheDetails: [
              ...(hour > 0 ? [{ ttl: "1h", inputTokens: hour }] : []),
              ...(fiveMinutes > 0 ? [{ ttl: "5m", inputTokens: fiveMinutes }] : []),
            ],
          }
        : {}),
    },
  };
}

function textOf(content: readonly Json[], results: readonly Json[]): string {
  if (results.length > 0)
    return `The tools said ${results.map((result) => String(objectOf(listOf(result["content"])[0])["text"])).join(" and ")}.`;
  for (const block of content) {
    for (const kind of ["image", "document"]) {
      const media = objectOf(block[kind]);
      const bytes = objectOf(media["source"])["bytes"];
      if (typeof bytes !== "string") continue;
      const digest = createHash("sha256").update(Buffer.from(bytes, "base64")).digest("hex");
      return `I see the ${kind} ${typeof media["name"] === "string" ? media["name"] : ""} as ${String(media["format"])}: ${digest.slice(0, 16)}`;
    }
  }
  return 'Hello from "Bedrock" – grüß dich 🌍.';
}

function exampleOf(schema: Json): Json {
  return Object.fromEntries(
    Object.entries(objectOf(schema["properties"])).map(([name, property]) => {
      const { type } = objectOf(property);
      return [
        name,
        type === "number" || type === "integer" ? 7 : type === "boolean" ? true : `a ${name}`,
      ];
    }),
  );
}

function whole({ content, stopReason, usage, tier }: Message): DoubleReply {
  return {
    status: 200,
    body: {
      metrics: { latencyMs: 12 },
      output: { message: { role: "assistant", content } },
      stopReason,
      usage,
      ...(tier === null ? {} : { serviceTier: { type: tier } }),
    },
  };
}

function stream(message: Message, how: string, refused: Refused | null): DoubleReply {
  const contentType = "application/vnd.amazon.eventstream";
  if (refused)
    return {
      contentType,
      frames: [exception("serviceUnavailableException", { message: refused.message })],
    };
  const frames = [...framesOf(message)];
  if (how === "cut") {
    const [first = Buffer.alloc(0), second = Buffer.alloc(0), third = Buffer.alloc(0)] = frames;
    return {
      contentType,
      frames: [first, second, third.subarray(0, third.length - 9)],
      cut: false,
    };
  }
  if (how === "reset") return { contentType, frames: frames.slice(0, 2), cut: true };
  if (how === "breaks")
    return {
      contentType,
      frames: [
        ...frames.slice(0, 2),
        exception("modelStreamErrorException", {
          message: "The system encountered an unexpected error during processing.",
          originalStatusCode: 500,
          originalMessage: "the model fell over",
        }),
      ],
    };
  return { contentType, frames };
}

function* framesOf({ content, stopReason, usage, tier }: Message): Generator<Buffer> {
  yield event("messageStart", { role: "assistant" });
  for (const [contentBlockIndex, block] of content.entries()) {
    const delta = (inner: Json): Buffer =>
      event("contentBlockDelta", { contentBlockIndex, delta: inner });
    if (typeof block["text"] === "string")
      for (const text of pieces(block["text"], 5)) yield delta({ text });
    if (isObject(block["toolUse"])) {
      const { toolUseId, name, input } = block["toolUse"];
      yield event("contentBlockStart", {
        contentBlockIndex,
        start: { toolUse: { toolUseId, name } },
      });
      const written = JSON.stringify(input);
      // No arguments: no piece at all.
      if (written !== "{}")
        for (const part of pieces(written, 6)) yield delta({ toolUse: { input: part } });
    }
    if (isObject(block["reasoningContent"])) {
      const { reasoningText, redactedContent } = block["reasoningContent"];
      const { text, signature } = objectOf(reasoningText);
      if (typeof text === "string") {
        for (const part of pieces(text, 8)) yield delta({ reasoningContent: { text: part } });
        yield delta({ reasoningContent: { signature } });
      } else {
        // In pieces whose bytes are no multiple of three.
        const bytes = Buffer.from(String(redactedContent), "base64");
        for (let at = 0; at < bytes.length; at += 7)
          yield delta({
            reasoningContent: { redactedContent: bytes.subarray(at, at + 7).toString("base64") },
          });
      }
    }
    yield event("contentBlockStop", { contentBlockIndex });
  }
  yield event("messageStop", { stopReason });
  yield event("metadata", {
    usage,
    metrics: { latencyMs: 12 },
    ...(tier === null ? {} : { serviceTier: { type: tier } }),
  });
}

/** A surrogate pair stays whole. */
function pieces(text: string, length: number): string[] {
  const characters = Array.from(text);
  const parts: string[] = [];
  for (let at = 0; at < characters.length; at += length)
    parts.push(characters.slice(at, at + length).join(""));
  return parts;
}

let padding = 0;
/** With the padding that hides how long a piece is. */
const event = (name: string, payload: Json): Buffer =>
  eventFrame(
    { ":event-type": name, ":content-type": "application/json", ":message-type": "event" },
    JSON.stringify({ ...payload, p: "abcdefghijklmnopqrstuvwxyz".slice(0, padding++ % 20) }),
  );
const exception = (name: string, payload: Json): Buffer =>
  eventFrame(
    { ":exception-type": name, ":content-type": "application/json", ":message-type": "exception" },
    JSON.stringify(payload),
  );

/** One frame of `application/vnd.amazon.eventstream`, its headers as text. */
export function eventFrame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const written = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const head = Buffer.alloc(1 + name.length + 3);
      head.writeUInt8(name.length, 0);
      head.write(name, 1, "latin1");
      head.writeUInt8(7, 1 + name.length);
      head.writeUInt16BE(Buffer.byteLength(value), 2 + name.length);
      return Buffer.concat([head, Buffer.from(value)]);
    }),
  );
  const body = Buffer.from(payload);
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(16 + written.length + body.length, 0);
  prelude.writeUInt32BE(written.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const before = Buffer.concat([prelude, written, body]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(before), 0);
  return Buffer.concat([before, sum]);
}
