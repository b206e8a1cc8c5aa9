// Google's Gemini API and Vertex, as strict as they are: unknown names, turns out of order, calls without their signature and
// keys that are none are refused in Google's words. What is answered is decided by the model's name: `gemini-3.8-flash--tools`
// is a Gemini 3.8 Flash that plays "tools". Sources: ai.google.dev/api/generate-content, the pages on function calling,
// thought signatures, thinking and structured output, and refusals as users report them (November 2026).
import { createVerify, generateKeyPairSync } from "node:crypto";
import { agentStep, isAgent, isOverloaded, resultsProblem } from "./agent-script.ts";
import {
  startStrictServer,
  type DoubleReply,
  type DoubleRequest,
  type StrictServer,
} from "./strict-server.ts";

export const geminiKey = "AIzaSy-the-only-key-of-the-double";
/** What Google documents for a call whose signature nobody has. */
const skippedSignature = "skip_thought_signature_validator";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** The key file of the only service account that the double knows. Its tokens come from `tokenUri`. */
export const serviceAccount = (tokenUri: string, more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    type: "service_account",
    project_id: "acme",
    private_key_id: "key-1",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: "turnpike@acme.iam.gserviceaccount.com",
    client_id: "1",
    token_uri: tokenUri,
    universe_domain: "googleapis.com",
    ...more,
  });

export type GeminiApi = StrictServer & {
  /** Tokens that were given out so far. */
  tokens: string[];
  /** Tokens given out so far are refused from now on. */
  revokeTokens(): void;
};

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

class Refused extends Error {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, word: string, message: string, details: object[] = []) {
    super(message);
    this.status = status;
    this.body = {
      error: { code: status, message, status: word, ...(details.length > 0 ? { details } : {}) },
    };
  }
}
const invalid = (message: string): Refused => new Refused(400, "INVALID_ARGUMENT", message);

export async function startGeminiApi({ seed }: { seed?: number } = {}): Promise<GeminiApi> {
  const tokens: string[] = [];
  const revoked = new Set<string>();
  const server = await startStrictServer(
    (request) => {
      try {
        return answer(request);
      } catch (refusal) {
        if (!(refusal instanceof Refused)) throw refusal;
        // Streams are refused in a list, as the real ones are without alt=sse and now and then with it.
        const wrapped = request.path.includes(":stream") && refusal.status !== 400;
        return {
          status: refusal.status,
          body: (wrapped ? [refusal.body] : refusal.body) as object,
        };
      }
    },
    seed === undefined ? {} : { seed },
  );

  const answer = (request: DoubleRequest): DoubleReply => {
    if (request.path === "/token") return token(request);
    const url = new URL(request.path, server.origin);
    const studio = /^\/v1beta\/models\/([^/:]+):(\w+)$/.exec(url.pathname);
    const vertex =
      /^\/v1(?:\/projects\/acme\/locations\/[\w-]+)?\/publishers\/(google|anthropic)\/models\/([^/:]+):(\w+)$/.exec(
        url.pathname,
      );
    if (studio) {
      checkKey(request);
      const [, model = "", method = ""] = studio;
      return generate(request, { model: decodeURIComponent(model), method, url, host: "studio" });
    }
    checkToken(request, url.pathname);
    if (vertex) {
      const [, publisher, model = "", method = ""] = vertex;
      const name = decodeURIComponent(model);
      if (publisher === "google")
        return generate(request, { model: name, method, url, host: "vertex" });
      return anthropic(request, { model: name, method });
    }
    if (url.pathname === "/v1/projects/acme/locations/global/endpoints/openapi/chat/completions")
      return openai(request);
    throw new Refused(404, "NOT_FOUND", `no such path: ${url.pathname}`);
  };

  const token = ({ bytes, headers }: DoubleRequest): DoubleReply => {
    const form = new URLSearchParams(bytes.toString("utf8"));
    const refuse = (description: string): DoubleReply => ({
      status: 400,
      body: { error: "invalid_grant", error_description: description },
    });
    if (headers["content-type"] !== "application/x-www-form-urlencoded")
      return refuse("Bad content type.");
    if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer")
      return { status: 400, body: { error: "unsupported_grant_type" } };
    const [header = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
    const verified = createVerify("RSA-SHA256")
      .update(`${header}.${claims}`)
      .verify(publicKey, signature, "base64url");
    if (!verified) return refuse("Invalid JWT Signature.");
    const decode = (part: string): Json =>
      JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Json;
    const said = decode(claims);
    if (decode(header)["alg"] !== "RS256") return refuse("Invalid JWT: alg.");
    if (said["iss"] !== "turnpike@acme.iam.gserviceaccount.com")
      return refuse("Invalid grant: account not found");
    if (said["aud"] !== `${server.origin}/token`) return refuse("Invalid JWT: aud.");
    if (said["scope"] !== "https://www.googleapis.com/auth/cloud-platform")
      return { status: 400, body: { error: "invalid_scope" } };
    const lifetime = Number(said["exp"]) - Number(said["iat"]);
    if (!(lifetime > 0 && lifetime <= 3_600))
      return refuse("Invalid JWT: Token must be a short-lived token (60 minutes).");
    const made = `ya29.of-the-double-${tokens.length + 1}`;
    tokens.push(made);
    return { status: 200, body: { access_token: made, expires_in: 3_599, token_type: "Bearer" } };
  };

  const checkToken = ({ headers }: DoubleRequest, path: string): void => {
    // Express mode: an API key and no project.
    if (path.startsWith("/v1/publishers/") && headers["x-goog-api-key"] === geminiKey) return;
    const shown = text(headers.authorization).replace(/^Bearer /, "");
    if (tokens.includes(shown) && !revoked.has(shown)) return;
    throw new Refused(
      401,
      "UNAUTHENTICATED",
      "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
      [
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "ACCESS_TOKEN_TYPE_UNSUPPORTED",
        },
      ],
    );
  };

  return {
    ...server,
    tokens,
    revokeTokens() {
      for (const one of tokens) revoked.add(one);
    },
  };
}

function checkKey({ headers, path }: DoubleRequest): void {
  const key = headers["x-goog-api-key"];
  if (headers.authorization !== undefined || path.includes("key="))
    throw new Refused(401, "UNAUTHENTICATED", "API keys go into x-goog-api-key.");
  if (key === undefined)
    throw new Refused(
      403,
      "PERMISSION_DENIED",
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    );
  if (key !== geminiKey)
    throw new Refused(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        reason: "API_KEY_INVALID",
        domain: "googleapis.com",
      },
    ]);
}

type Call = { model: string; method: string; url: URL; host: "studio" | "vertex" };

function generate(request: DoubleRequest, call: Call): DoubleReply {
  const { model, method, url, host } = call;
  const stream = method === "streamGenerateContent";
  if (!stream && method !== "generateContent")
    throw new Refused(404, "NOT_FOUND", `no method ${method}`);
  if (stream && url.search !== "?alt=sse") throw invalid("this double streams with alt=sse only");
  if (!isObject(request.body)) throw invalid("Invalid JSON payload received.");
  const [family = "", script = ""] = model.split("--");
  if (!/^(gemini|gemma)-/.test(family))
    throw new Refused(
      404,
      "NOT_FOUND",
      `models/${model} is not found for API version v1beta, or is not supported for generateContent.`,
    );
  const body = request.body;
  checkNames(body, requestNames(host), "");
  checkContents(body, { family, host });
  checkConfig(body, { family, host });
  const responses = play(script, body, { family, host, headers: request.headers });
  if (!Array.isArray(responses)) return responses;
  if (!stream) return { status: 200, body: merged(responses) };
  return {
    contentType: "text/event-stream",
    frames: responses.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`),
    cut: script === "cut",
  };
}

// --- What may stand in a request. A name that is not here is refused as the real ones refuse it.

type Names = { [name: string]: Names | true };

const partNames = (host: Call["host"]): Names => ({
  text: true,
  thought: true,
  thoughtSignature: true,
  inlineData: { mimeType: true, data: true },
  fileData: { mimeType: true, fileUri: true },
  // Ids of calls are AI Studio's; Vertex knows the field for neither side.
  functionCall: { name: true, args: true, ...(host === "studio" ? { id: true } : {}) },
  functionResponse: {
    name: true,
    response: true,
    parts: { inlineData: { mimeType: true, data: true } },
    ...(host === "studio" ? { id: true } : {}),
  },
  videoMetadata: true,
});

const requestNames = (host: Call["host"]): Names => ({
  contents: { role: true, parts: partNames(host) },
  systemInstruction: { role: true, parts: { text: true } },
  tools: {
    functionDeclarations: {
      name: true,
      description: true,
      parameters: true,
      parametersJsonSchema: true,
    },
    googleSearch: {},
  },
  toolConfig: { functionCallingConfig: { mode: true, allowedFunctionNames: true } },
  safetySettings: { category: true, threshold: true },
  generationConfig: {
    maxOutputTokens: true,
    temperature: true,
    topP: true,
    topK: true,
    seed: true,
    stopSequences: true,
    presencePenalty: true,
    frequencyPenalty: true,
    responseLogprobs: true,
    logprobs: true,
    candidateCount: true,
    responseMimeType: true,
    responseSchema: true,
    responseJsonSchema: true,
    responseModalities: true,
    imageConfig: { aspectRatio: true, imageSize: true },
    speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: true } } },
    thinkingConfig: { includeThoughts: true, thinkingBudget: true, thinkingLevel: true },
  },
  cachedContent: true,
  ...(host === "studio" ? { serviceTier: true } : { labels: true }),
});

function checkNames(value: unknown, names: Names, at: string): void {
  if (Array.isArray(value)) {
    for (const [index, one] of value.entries()) checkNames(one, names, `${at}[${index}]`);
    return;
  }
  if (!isObject(value)) throw invalid(`Invalid value at '${at}'`);
  for (const [name, member] of Object.entries(value)) {
    const known = names[name];
    if (known === undefined)
      throw new Refused(
        400,
        "INVALID_ARGUMENT",
        `Invalid JSON payload received. Unknown name "${name}"${at === "" ? "" : ` at '${at}'`}: Cannot find field.`,
        [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: [] }],
      );
    if (known !== true) checkNames(member, known, at === "" ? name : `${at}.${name}`);
  }
}

const signsCalls = (family: string): boolean => !/^(gemini-[12]|gemma)/.test(family);
const dataFields = ["text", "inlineData", "fileData", "functionCall", "functionResponse"];

function checkContents(body: Json, { family, host }: { family: string; host: Call["host"] }): void {
  const contents = objects(body["contents"]);
  if (contents.length === 0)
    throw invalid("* GenerateContentRequest.contents: contents is not specified");
  let before = null as { role: string; calls: Json[]; answers: boolean } | null;
  let turn = 0; // where the current turn begins
  for (const [index, content] of contents.entries()) {
    const at = `contents[${index}]`;
    const { role } = content;
    const parts = objects(content["parts"]);
    if (role !== "user" && role !== "model") throw invalid("Please use a valid role: user, model.");
    if (index === 0 && role !== "user")
      throw invalid("Please ensure that multiturn requests begin with a user turn.");
    if (parts.length === 0)
      throw invalid(`* GenerateContentRequest.${at}.parts: contents.parts must not be empty.`);
    for (const part of parts) {
      const set = dataFields.filter((field) => part[field] !== undefined);
      const empty = part["text"] === "" && part["thoughtSignature"] === undefined;
      if (set.length !== 1 || empty)
        throw invalid(
          `* GenerateContentRequest.${at}.parts: contents.parts.data: required oneof field 'data' must have one initialized field`,
        );
      checkPart(part, at, { family, host, role });
    }
    const calls = parts.flatMap(({ functionCall }) =>
      isObject(functionCall) ? [functionCall] : [],
    );
    const answers = parts.flatMap(({ functionResponse }) =>
      isObject(functionResponse) ? [functionResponse] : [],
    );
    if (answers.length > 0 && answers.length < parts.length)
      throw invalid("Please ensure that a function response turn holds function responses only.");
    if (before?.role === role && !(role === "user" && (before.answers || answers.length > 0)))
      throw invalid("Please ensure that multiturn requests alternate between user and model.");
    if (answers.length > 0) {
      if (!before || before.calls.length === 0)
        throw invalid(
          "Please ensure that function response turn comes immediately after a function call turn.",
        );
      if (before.calls.length !== answers.length)
        throw invalid(
          "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
        );
      for (const [place, made] of before.calls.entries()) {
        const answered = answers[place];
        if (answered?.["name"] !== made["name"] || answered?.["id"] !== made["id"])
          throw invalid(
            `Please ensure that function responses match function calls: ${JSON.stringify(answered)}`,
          );
      }
    } else if (before && before.calls.length > 0)
      throw invalid(
        "Please ensure that function call turn is followed by a function response turn.",
      );
    if (calls.length > 0 && before?.role !== "user")
      throw invalid(
        "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
      );
    if (role === "user" && answers.length === 0) turn = index;
    before = { role, calls, answers: answers.length > 0 };
  }
  if (before && before.calls.length > 0)
    throw invalid("Please ensure that function call turn is followed by a function response turn.");
  if (!signsCalls(family)) return;
  let position = 0;
  for (const [index, content] of contents.entries()) {
    const parts = objects(content["parts"]);
    const first = parts.find((part) => part["functionCall"] !== undefined);
    position += parts.length;
    if (index > turn && first && first["thoughtSignature"] === undefined)
      throw invalid(
        `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${text((first["functionCall"] as Json)["name"])}\` , position ${position}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
      );
  }
}

function checkPart(
  part: Json,
  at: string,
  { family, host, role }: { family: string; host: Call["host"]; role: string },
): void {
  const { inlineData, fileData, functionCall, functionResponse } = part;
  const signature = part["thoughtSignature"];
  if (signature !== undefined) checkSignature(text(signature), part);
  if (part["thought"] === true && role !== "model")
    throw invalid(`${at}: thoughts are the model's`);
  if (isObject(inlineData)) {
    if (!/^[\w.+-]+\/[\w.+-]+$/.test(text(inlineData["mimeType"])))
      throw invalid(`Unsupported MIME type: ${text(inlineData["mimeType"])}`);
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text(inlineData["data"])))
      throw invalid(
        `Invalid value at '${at}.parts[0].inline_data.data' (TYPE_BYTES), Base64 decoding failed`,
      );
  }
  if (isObject(fileData) && !/^(gs:\/\/|https:\/\/)/.test(text(fileData["fileUri"])))
    throw invalid("Unsupported file URI type");
  if (isObject(functionCall)) {
    if (role !== "model") throw invalid("Function calls are the model's.");
    if (!/^[A-Za-z_][\w.:-]{0,127}$/.test(text(functionCall["name"])))
      throw invalid(`Invalid function name at '${at}'`);
    if (!isObject(functionCall["args"])) throw invalid(`Invalid value at '${at}' (args)`);
    if (host === "studio" && signsCalls(family)) checkId(functionCall["id"]);
  }
  if (isObject(functionResponse)) {
    if (role !== "user") throw invalid("Function responses are the user's.");
    if (!isObject(functionResponse["response"]))
      throw invalid(`Invalid value at '${at}' (response)`);
    if (functionResponse["parts"] !== undefined && !signsCalls(family))
      throw invalid("Multimodal function responses are not supported by this model.");
  }
}

function checkId(id: unknown): void {
  if (typeof id !== "string" || !/^[\w-]{1,64}$/.test(id))
    throw invalid(`Invalid function call id ${JSON.stringify(id)}`);
}

/** A signature of the double says what it signed: a part that is not that any more has a corrupted one. */
const signatureOf = (part: Json): string =>
  Buffer.from(`of the double: ${signedContent(part)}`).toString("base64");

function signedContent({ text: said, functionCall, inlineData }: Json): string {
  if (isObject(functionCall))
    return `${text(functionCall["name"])} ${JSON.stringify(functionCall["args"])}`;
  return isObject(inlineData) ? text(inlineData["data"]) : JSON.stringify(said);
}

function checkSignature(signature: string, part: Json): void {
  if (signature === skippedSignature && part["functionCall"] !== undefined) return;
  if (signature !== signatureOf(part)) throw invalid("Corrupted thought signature.");
}

const levels: readonly string[] = ["MINIMAL", "LOW", "MEDIUM", "HIGH"];
const levelsOf = (family: string): readonly string[] =>
  /-pro|3\.[78]-flash/.test(family) ? levels.slice(1) : levels;

function checkConfig(body: Json, { family, host }: { family: string; host: Call["host"] }): void {
  const two5 = family.startsWith("gemini-2.5");
  if (family.startsWith("gemma-3") && body["systemInstruction"] !== undefined)
    throw invalid("Developer instruction is not enabled for models/gemma-3-27b-it");
  const declared = objects(body["tools"]).flatMap((tool) => objects(tool["functionDeclarations"]));
  for (const { name, parametersJsonSchema } of declared) {
    if (!/^[A-Za-z_][\w.:-]{0,127}$/.test(text(name)))
      throw invalid("Invalid function name. Must start with a letter or an underscore.");
    checkSchema(parametersJsonSchema, "parameters_json_schema");
  }
  const calling = isObject(body["toolConfig"]) ? body["toolConfig"]["functionCallingConfig"] : null;
  if (isObject(calling)) {
    const { mode, allowedFunctionNames: allowed } = calling;
    if (!["AUTO", "ANY", "NONE", "VALIDATED"].includes(text(mode)))
      throw invalid(`Invalid value at 'tool_config.function_calling_config.mode': "${text(mode)}"`);
    if (declared.length === 0)
      throw invalid("Function calling config is set without function_declarations.");
    if (allowed !== undefined) {
      if (mode !== "ANY" && mode !== "VALIDATED")
        throw invalid(
          "allowed_function_names should be set only when the function calling mode is ANY.",
        );
      for (const name of Array.isArray(allowed) ? allowed : [])
        if (!declared.some((one) => one["name"] === name))
          throw invalid(`allowed_function_names: ${String(name)} is not declared`);
    }
  }
  if (declared.length > 0 && objects(body["tools"]).some((tool) => tool["googleSearch"]))
    throw invalid("Tool use with function calling is unsupported");
  for (const { category, threshold } of objects(body["safetySettings"]))
    if (!text(category).startsWith("HARM_CATEGORY_") || !/^(OFF|BLOCK_\w+)$/.test(text(threshold)))
      throw invalid("Invalid value at 'safety_settings'");
  if (
    body["serviceTier"] !== undefined &&
    !/^(flex|priority|standard)$/.test(text(body["serviceTier"]))
  )
    throw invalid("Invalid value at 'service_tier'");
  const config = isObject(body["generationConfig"]) ? body["generationConfig"] : {};
  const number = (name: string, low: number, high: number, whole = false): void => {
    const value = config[name];
    if (value === undefined) return;
    if (
      typeof value !== "number" ||
      !(value >= low && value <= high) ||
      (whole && !Number.isInteger(value))
    )
      throw invalid(
        `Unable to submit request because it has a ${name} value of ${JSON.stringify(value)}`,
      );
  };
  number("maxOutputTokens", 1, 65_536, true);
  number("temperature", 0, 2);
  number("topP", 0, 1);
  number("topK", 1, 1_000, true);
  number("seed", -(2 ** 31), 2 ** 31 - 1, true);
  number("presencePenalty", -2, 1.999);
  number("frequencyPenalty", -2, 1.999);
  if (
    two5 &&
    host === "studio" &&
    (config["presencePenalty"] !== undefined || config["frequencyPenalty"] !== undefined)
  )
    throw invalid("Penalty is not enabled for this model");
  if (Array.isArray(config["stopSequences"]) && config["stopSequences"].length > 5)
    throw invalid("stop_sequences: at most 5");
  checkSchema(config["responseJsonSchema"], "response_json_schema");
  if (
    config["responseJsonSchema"] !== undefined &&
    config["responseMimeType"] !== "application/json"
  )
    throw invalid("response_json_schema needs response_mime_type application/json");
  if (config["responseMimeType"] === "application/json" && declared.length > 0) {
    if (!signsCalls(family))
      throw invalid(
        "Function calling with a response mime type: 'application/json' is unsupported",
      );
    if (isObject(calling) && calling["mode"] === "ANY")
      throw invalid("Forced function calling with a response mime type is unsupported");
  }
  const thinking = config["thinkingConfig"];
  if (!isObject(thinking)) return;
  const { thinkingBudget: budget, thinkingLevel: level, includeThoughts } = thinking;
  if (/^(gemini-2\.0|gemma)/.test(family)) throw invalid("Thinking is not enabled for this model");
  if (budget !== undefined && level !== undefined)
    throw invalid("You can only set only one of thinking budget and thinking level.");
  if (level !== undefined) {
    if (two5) throw invalid("Thinking level is not supported for this model.");
    if (!levelsOf(family).includes(text(level)))
      throw invalid(`Thinking level ${text(level)} is not supported for this model.`);
  }
  if (budget !== undefined) {
    const least = family.includes("2.5-pro") ? 128 : 0;
    const most = family.includes("2.5-pro") ? 32_768 : 24_576;
    if (
      typeof budget !== "number" ||
      !Number.isInteger(budget) ||
      (budget !== -1 && (budget < least || budget > most))
    )
      throw invalid(
        `The thinking budget ${JSON.stringify(budget)} is invalid. Please choose a value between ${least} and ${most}.`,
      );
    if (budget === 0 && includeThoughts === true)
      throw invalid(
        "Unable to submit request because thinking_config.include_thoughts is only enabled when thinking is enabled.",
      );
  }
}

function checkSchema(schema: unknown, at: string): void {
  if (Array.isArray(schema)) for (const one of schema) checkSchema(one, at);
  if (!isObject(schema)) return;
  for (const [name, value] of Object.entries(schema)) {
    if (name === "const")
      throw invalid(
        `Invalid JSON payload received. Unknown name "const" at '${at}': Cannot find field.`,
      );
    if (name === "properties" || name === "$defs") {
      for (const [key, one] of Object.entries(isObject(value) ? value : {}))
        checkSchema(one, `${at}.${name}[${key}]`);
    } else if (name !== "enum" && name !== "default" && name !== "examples" && name !== "required")
      checkSchema(value, `${at}.${name}`);
  }
}

// --- What is answered.

type Setting = { family: string; host: Call["host"]; headers: DoubleRequest["headers"] };

const usage = (more: Json = {}): Json => ({
  promptTokenCount: 9,
  candidatesTokenCount: 4,
  totalTokenCount: 13,
  promptTokensDetails: [{ modality: "TEXT", tokenCount: 9 }],
  ...more,
});
const said = (parts: Json[], more: Json = {}): Json => ({
  candidates: [{ content: { parts, role: "model" }, index: 0, ...more }],
  usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 },
  modelVersion: "gemini-double",
  responseId: "response-1",
});
const ended = (parts: Json[], counts: Json = usage(), more: Json = {}): Json => ({
  ...said(parts, { finishReason: "STOP", ...more }),
  usageMetadata: counts,
});
const signed = (part: Json): Json => ({ ...part, thoughtSignature: signatureOf(part) });

/** The whole answer that a stream's pieces are. */
function merged(responses: readonly Json[]): Json {
  const last = responses.at(-1) ?? {};
  const parts = responses.flatMap((one) => {
    const [candidate] = objects(one["candidates"]);
    return isObject(candidate?.["content"]) ? objects(candidate["content"]["parts"]) : [];
  });
  const [candidate] = objects(last["candidates"]);
  if (!candidate) return last;
  return { ...last, candidates: [{ ...candidate, content: { parts, role: "model" } }] };
}

const hasPart = (body: Json, has: (part: Json) => boolean): boolean =>
  objects(body["contents"]).some((content) => objects(content["parts"]).some(has));
const media = (body: Json, type: string): Json => {
  for (const content of objects(body["contents"]))
    for (const { inlineData } of objects(content["parts"]))
      if (isObject(inlineData) && text(inlineData["mimeType"]).startsWith(type)) return inlineData;
  throw invalid(`this script wants a part of type ${type}`);
};

function play(script: string, body: Json, setting: Setting): Json[] | DoubleReply {
  const config = isObject(body["generationConfig"]) ? body["generationConfig"] : {};
  const last = objects(body["contents"]).at(-1) ?? {};
  const answers = objects(last["parts"]).flatMap(({ functionResponse }) =>
    isObject(functionResponse) ? [functionResponse] : [],
  );
  const id = (value: string): Json => (setting.host === "studio" ? { id: value } : {});
  if (isAgent(script)) {
    const taken = objects(body["contents"]).filter((content) =>
      objects(content["parts"]).some((part) => part["functionCall"] !== undefined),
    ).length;
    if (isOverloaded(script, taken))
      throw new Refused(503, "UNAVAILABLE", "The model is overloaded. Please try again later.");
    const results = answers.map(({ response }) =>
      isObject(response) ? text(response["output"]) : "",
    );
    const problem = resultsProblem(taken, results);
    if (problem !== null) throw invalid(problem);
    const step = agentStep("Gemini", taken);
    const { input, cached, output, reasoning } = step.usage;
    const counts = usage({
      promptTokenCount: input + cached,
      cachedContentTokenCount: cached,
      candidatesTokenCount: output,
      thoughtsTokenCount: reasoning,
      totalTokenCount: input + cached + output + reasoning,
      promptTokensDetails: [{ modality: "TEXT", tokenCount: input + cached }],
    });
    const thinking = config["thinkingConfig"];
    const shown = isObject(thinking) && thinking["includeThoughts"] === true;
    // Of several calls only the first is signed.
    const called = step.calls.map(({ name, input: args }, place) => {
      const part = { functionCall: { ...id(`call-${taken}-${place}`), name, args } };
      return place === 0 ? signed(part) : part;
    });
    return [
      ...(shown ? [said([{ text: step.thought, thought: true }])] : []),
      ...(called.length > 0
        ? [said([{ text: step.text }]), ended(called, counts)]
        : [ended([signed({ text: step.text })], counts)]),
    ];
  }
  switch (script) {
    case "text":
      return [
        said([{ text: "Hello" }]),
        said([{ text: ", wörld " }]),
        ended([{ text: '🙂 "well"\n' }]),
      ];
    case "tools":
      if (objects(body["tools"]).length === 0) throw invalid("this script wants tools");
      if (answers.length > 0)
        return [
          ended([
            { text: `It was answered: ${JSON.stringify(answers.map((one) => one["response"]))}` },
          ]),
        ];
      return [
        said([{ text: "Let me think.", thought: true }]),
        ended([
          signed({
            functionCall: { ...id("call-1"), name: "get_weather", args: { city: "Oslo" } },
          }),
        ]),
      ];
    case "parallel":
      if (answers.length > 0)
        return [
          ended([{ text: answers.map((one) => JSON.stringify(one["response"])).join(" and ") }]),
        ];
      return [
        said([
          signed({ functionCall: { ...id("same"), name: "get_weather", args: { city: "Oslo" } } }),
        ]),
        ended([
          { functionCall: { ...id("same"), name: "get_weather", args: { city: "Rome" } } },
          { functionCall: { name: "get_time", args: {} } },
        ]),
      ];
    case "image":
    case "pdf":
    case "audio":
    case "video": {
      const type = { image: "image/", pdf: "application/pdf", audio: "audio/", video: "video/" };
      const { mimeType, data } = media(body, type[script]);
      return [ended([{ text: `${text(mimeType)} of ${text(data).length} characters` }])];
    }
    case "json":
      if (!isObject(config["responseJsonSchema"])) throw invalid("this script wants a schema");
      return [said([{ text: '{"city":' }]), ended([{ text: '"Oslo"}' }])];
    case "think": {
      const thinking = config["thinkingConfig"];
      const shown = isObject(thinking) && thinking["includeThoughts"] === true;
      const counts = usage({ thoughtsTokenCount: 7, totalTokenCount: 20 });
      const back = hasPart(body, (part) => part["thoughtSignature"] !== undefined);
      return [
        ...(shown
          ? [said([{ text: "First", thought: true }]), said([{ text: " this.", thought: true }])]
          : []),
        said([{ text: back ? "Signed before. " : "Now " }]),
        said([signed({ text: "an answer" })]),
        ended([signed({ text: "" })], counts),
      ];
    }
    case "cache":
      return [
        said([{ text: "Cached" }]),
        ended(
          [{ text: "." }],
          usage({
            promptTokenCount: 109,
            cachedContentTokenCount: 100,
            totalTokenCount: 120,
            thoughtsTokenCount: 7,
          }),
        ),
      ];
    case "blocked":
      return [
        {
          promptFeedback: { blockReason: "PROHIBITED_CONTENT" },
          usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 },
          responseId: "response-1",
        },
      ];
    case "filtered":
      return [said([{ text: "Once" }]), ended([], usage(), { finishReason: "SAFETY" })];
    case "overloaded":
      throw new Refused(503, "UNAVAILABLE", "The model is overloaded. Please try again later.");
    case "overloaded-in-stream":
      return [{ error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } }];
    case "cut":
      return [said([{ text: "Hello" }]), said([{ text: ", wor" }])];
    case "long":
      throw invalid(
        "The input token count (1200001) exceeds the maximum number of tokens allowed (1048576).",
      );
    case "limited":
      throw new Refused(
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
        [
          {
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            violations: [{ quotaId: "GenerateRequestsPerMinutePerProjectPerModel" }],
          },
          { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "17s" },
        ],
      );
    case "empty":
      return [ended([], { promptTokenCount: 9, totalTokenCount: 9 })];
    case "malformed":
      return [
        ended([], usage(), {
          finishReason: "MALFORMED_FUNCTION_CALL",
          finishMessage: "Malformed function call: print(get_weather)",
        }),
      ];
    case "picture":
      if (
        !Array.isArray(config["responseModalities"]) ||
        !config["responseModalities"].includes("IMAGE")
      )
        throw invalid("this script wants IMAGE among the response modalities");
      return [
        said([{ text: "Here:" }]),
        ended(
          [signed({ inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } })],
          usage({
            candidatesTokenCount: 1_294,
            totalTokenCount: 1_303,
            candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1_290 }],
          }),
        ),
      ];
    case "search":
      if (!objects(body["tools"]).some((tool) => tool["googleSearch"]))
        throw invalid("this script wants a search");
      return [
        said([{ text: "Ö is " }]),
        ended([{ text: "a letter." }], usage(), {
          groundingMetadata: {
            webSearchQueries: ["letters", "umlauts"],
            groundingChunks: [{ web: { uri: "https://example.com/o", title: "Letters" } }],
            groundingSupports: [
              {
                segment: { startIndex: 0, endIndex: 15, text: "Ö is a letter." },
                groundingChunkIndices: [0],
              },
            ],
          },
        }),
      ];
    case "tier": {
      const tier =
        setting.host === "studio"
          ? text(body["serviceTier"])
          : text(setting.headers["x-vertex-ai-llm-shared-request-type"]);
      return [
        ended(
          [{ text: `served as ${tier}` }],
          usage(
            setting.host === "studio"
              ? { serviceTier: tier }
              : { trafficType: `ON_DEMAND_${tier.toUpperCase()}` },
          ),
        ),
      ];
    }
    default:
      throw new Refused(404, "NOT_FOUND", `models/${script} is not found`);
  }
}

// --- Other publishers on Vertex.

function anthropic(
  request: DoubleRequest,
  { model, method }: { model: string; method: string },
): DoubleReply {
  const refuse = (message: string): DoubleReply => ({
    status: 400,
    body: { type: "error", error: { type: "invalid_request_error", message } },
  });
  const { body } = request;
  if (!isObject(body)) return refuse("the body is not an object");
  if (body["model"] !== undefined) return refuse("model: Extra inputs are not permitted");
  if (body["anthropic_version"] !== "vertex-2023-10-16")
    return refuse('anthropic_version: expected "vertex-2023-10-16"');
  if (request.headers["anthropic-version"] !== undefined)
    return refuse("anthropic-version is no header here");
  if (!Number.isInteger(body["max_tokens"])) return refuse("max_tokens: Field required");
  if (!Array.isArray(body["messages"])) return refuse("messages: Field required");
  const stream = method === "streamRawPredict";
  if (!stream && method !== "rawPredict") return refuse(`no method ${method}`);
  if (stream !== (body["stream"] === true)) return refuse("stream does not fit the method");
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model,
    content: [{ type: "text", text: "Hello from Claude" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 4 },
  };
  if (!stream) return { status: 200, body: message };
  const events: Json[] = [
    {
      type: "message_start",
      message: {
        ...message,
        content: [],
        stop_reason: null,
        usage: { input_tokens: 9, output_tokens: 1 },
      },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    {
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: "Hello from Claude" },
    },
    { type: "content_block_stop", index: 0 },
    {
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: 4 },
    },
    { type: "message_stop" },
  ];
  return {
    contentType: "text/event-stream; charset=utf-8",
    frames: events.map((one) => `event: ${text(one["type"])}\ndata: ${JSON.stringify(one)}\n\n`),
  };
}

function openai({ body }: DoubleRequest): DoubleReply {
  if (!isObject(body) || !/^[\w-]+\/[\w.-]+$/.test(text(body["model"])))
    return { status: 400, body: { error: { message: "model: expected publisher/model" } } };
  const chunk = (choice: Json, more: Json = {}): Json => ({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: body["model"],
    choices: [{ index: 0, finish_reason: null, ...choice }],
    ...more,
  });
  const counts = { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 };
  if (body["stream"] !== true)
    return {
      status: 200,
      body: {
        id: "chatcmpl-1",
        object: "chat.completion",
        created: 1,
        model: body["model"],
        choices: [
          {
            index: 0,
            finish_reason: "stop",
            message: { role: "assistant", content: "Hello from the garden" },
          },
        ],
        usage: counts,
      },
    };
  return {
    contentType: "text/event-stream",
    frames: [
      chunk({ delta: { role: "assistant", content: "Hello from the garden" } }),
      chunk({ delta: {}, finish_reason: "stop" }, { usage: counts }),
    ]
      .map((one) => `data: ${JSON.stringify(one)}\n\n`)
      .concat("data: [DONE]\n\n"),
  };
}
