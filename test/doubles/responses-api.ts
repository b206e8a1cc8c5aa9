// OpenAI's Responses API, as strict as it is: unknown fields, `stop`, a limit below 16, an answer without its call, a thought
// without what follows it, a name of a model that does not think beside enciphered thoughts: 400 each. What it answers is
// decided by the model's name. Shapes: `openai` 7.57.0 (resources/responses), contract/providers.md 4.1.
import type {
  Response,
  ResponseErrorEvent,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseOutputText,
  ResponseStreamEvent,
} from "openai/resources/responses/responses";
import { agentStep, isAgent, isOverloaded, resultsProblem } from "./agent-script.ts";
import {
  type DoubleReply,
  type DoubleRequest,
  startStrictServer,
  type StrictServer,
} from "./strict-server.ts";

export const responsesKey = "sk-responses-double-0123456789";

type Json = Record<string, unknown>;
type Item = ResponseOutputItem;
type Said = {
  output: Item[];
  status?: Response["status"];
  incomplete?: NonNullable<Response["incomplete_details"]>["reason"];
  usage?: Json;
  tier?: string;
};

/** @param seed of the slicing */
export const startResponsesApi = (options?: { seed?: number }): Promise<StrictServer> =>
  startStrictServer(reply, options);

function reply(request: DoubleRequest): DoubleReply {
  const { headers, body, method, path } = request;
  if (method !== "POST" || path !== "/v1/responses")
    return refusal(404, "invalid_request_error", null, `Invalid URL (${method} ${path})`);
  if (headers.authorization !== `Bearer ${responsesKey}`)
    return refusal(
      401,
      "invalid_request_error",
      "invalid_api_key",
      "Incorrect API key provided: sk-wr*****1234.",
    );
  if (headers["content-type"] !== "application/json" || !isObject(body))
    return refusal(
      400,
      "invalid_request_error",
      null,
      "We could not parse the JSON body of your request.",
    );
  const problem = problemOf(body);
  if (problem)
    return refusal(
      400,
      "invalid_request_error",
      problem.code ?? null,
      problem.message,
      problem.param,
    );
  const model = String(body["model"]);
  if (model === "too-long")
    return refusal(
      400,
      "invalid_request_error",
      "context_length_exceeded",
      "Your input exceeds the context window of this model. Please adjust your input and try again.",
      "input",
    );
  if (model === "rate-limited")
    return {
      ...refusal(
        429,
        "rate_limit_error",
        "rate_limit_exceeded",
        "Rate limit reached for gpt-6 in organization org-x on tokens per min (TPM): Limit 30000, Used 30000, Requested 100. Please try again in 6s.",
      ),
      headers: { "retry-after": "6", "x-should-retry": "true" },
    };
  const refused = agentRefusal(body, model);
  if (refused) return refused;
  const said = isAgent(model) ? agentSaid(body) : answers[model]?.(body);
  if (!said)
    return refusal(
      404,
      "invalid_request_error",
      "model_not_found",
      `The model \`${model}\` does not exist or you do not have access to it.`,
    );
  if ("frames" in said)
    return body["stream"] === true
      ? { contentType: "text/event-stream; charset=utf-8", ...said }
      : refusal(
          500,
          "server_error",
          null,
          "The server had an error while processing your request.",
        );
  const response = responseOf(body, said);
  if (body["stream"] !== true) return { status: 200, body: response };
  return { contentType: "text/event-stream; charset=utf-8", frames: framesOf(response) };
}

const refusal = (
  status: number,
  type: string,
  code: string | null,
  message: string,
  param: string | null = null,
): { status: number; headers?: Record<string, string>; body: object } => ({
  status,
  body: { error: { message, type, param, code } },
});

// What a request may not be.

const fields = new Set(
  "background context_management conversation include input instructions max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p truncation user".split(
    " ",
  ),
);
const includable = new Set(
  "file_search_call.results web_search_call.results web_search_call.action.sources message.input_image.image_url computer_call_output.output.image_url code_interpreter_call.outputs reasoning.encrypted_content message.output_text.logprobs".split(
    " ",
  ),
);
const toolFields: Record<string, readonly string[]> = {
  function: ["type", "name", "description", "parameters", "strict"],
  web_search: ["type", "search_context_size", "user_location", "filters"],
  custom: ["type", "name", "description", "format"],
};
const itemFields: Record<string, readonly string[]> = {
  message: ["type", "id", "role", "content", "status", "phase"],
  function_call: ["type", "id", "call_id", "name", "arguments", "status"],
  function_call_output: ["type", "id", "call_id", "output", "status"],
  reasoning: ["type", "id", "summary", "content", "encrypted_content", "status"],
  custom_tool_call: ["type", "id", "call_id", "name", "input"],
  custom_tool_call_output: ["type", "id", "call_id", "output"],
};
const partFields: Record<string, readonly string[]> = {
  input_text: ["type", "text", "prompt_cache_breakpoint"],
  input_image: ["type", "image_url", "detail", "file_id", "prompt_cache_breakpoint"],
  input_file: ["type", "file_data", "file_url", "file_id", "filename", "prompt_cache_breakpoint"],
  input_audio: ["type", "input_audio"],
  output_text: ["type", "text", "annotations", "logprobs"],
  refusal: ["type", "refusal"],
};

type Problem = { message: string; param?: string; code?: string };
const unknown = (param: string): Problem => ({
  message: `Unknown parameter: '${param}'.`,
  param,
  code: "unknown_parameter",
});

function problemOf(body: Json): Problem | null {
  for (const name of Object.keys(body)) if (!fields.has(name)) return unknown(name);
  const model = String(body["model"]);
  const limit = body["max_output_tokens"];
  if (typeof limit === "number" && limit < 16)
    return {
      message: `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${limit} instead.`,
      param: "max_output_tokens",
      code: "integer_below_min_value",
    };
  const include = body["include"] ?? [];
  if (!Array.isArray(include) || include.some((one) => !includable.has(String(one))))
    return { message: `Invalid value in 'include'.`, param: "include", code: "invalid_value" };
  if (model.startsWith("plain")) {
    if (include.includes("reasoning.encrypted_content"))
      return { message: "Encrypted content is not supported with this model.", param: "include" };
    if (body["reasoning"] !== undefined)
      return {
        message: "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
        param: "reasoning.effort",
        code: "unsupported_parameter",
      };
  } else if (body["temperature"] !== undefined && model.startsWith("thinking"))
    return {
      message: "Unsupported parameter: 'temperature' is not supported with this model.",
      param: "temperature",
      code: "unsupported_parameter",
    };
  if (isObject(body["reasoning"])) {
    for (const name of Object.keys(body["reasoning"]))
      if (!["effort", "summary", "context", "mode"].includes(name))
        return unknown(`reasoning.${name}`);
    const effort =
      body["reasoning"]["effort"] === undefined ? null : wordOf(body["reasoning"]["effort"]);
    if (effort !== null && !["none", "low", "medium", "high", "xhigh"].includes(effort))
      return {
        message: `Unsupported value: '${effort}' is not supported with the '${model}' model. Supported values are: 'none', 'low', 'medium', 'high', and 'xhigh'.`,
        param: "reasoning.effort",
        code: "unsupported_value",
      };
  }
  if (isObject(body["text"])) {
    for (const name of Object.keys(body["text"]))
      if (name !== "format" && name !== "verbosity") return unknown(`text.${name}`);
    const { format } = body["text"];
    if (
      isObject(format) &&
      format["type"] === "json_schema" &&
      (typeof format["name"] !== "string" || !isObject(format["schema"]))
    )
      return {
        message: "Missing required parameter: 'text.format.name'.",
        param: "text.format.name",
        code: "missing_required_parameter",
      };
  }
  const tools = body["tools"] ?? [];
  if (!Array.isArray(tools)) return { message: "Invalid type for 'tools'.", param: "tools" };
  for (const [index, tool] of tools.entries()) {
    if (!isObject(tool)) return { message: `Invalid type for 'tools[${index}]'.`, param: "tools" };
    const known = toolFields[String(tool["type"])];
    if (!known)
      return {
        message: `Invalid value: '${String(tool["type"])}'.`,
        param: `tools[${index}].type`,
      };
    for (const name of Object.keys(tool))
      if (!known.includes(name)) return unknown(`tools[${index}].${name}`);
    if (tool["type"] === "function" && typeof tool["name"] !== "string")
      return {
        message: `Missing required parameter: 'tools[${index}].name'.`,
        param: `tools[${index}].name`,
        code: "missing_required_parameter",
      };
    // Where nothing is said the schema is made strict, and not refused.
    if (tool["type"] === "function" && tool["strict"] === true) {
      const schema = tool["parameters"];
      if (!isObject(schema) || schema["additionalProperties"] !== false)
        return {
          message: `Invalid schema for function '${String(tool["name"])}': In context=(), 'additionalProperties' is required to be supplied and to be false.`,
          param: `tools[${index}].parameters`,
          code: "invalid_function_parameters",
        };
    }
  }
  const choice = body["tool_choice"];
  if (choice !== undefined && tools.length === 0 && choice !== "none" && choice !== "auto")
    return {
      message: "Tool choice 'required' must be specified with 'tools' parameter.",
      param: "tool_choice",
    };
  if (isObject(choice) && choice["type"] === "function" && typeof choice["name"] !== "string")
    return {
      message: "Missing required parameter: 'tool_choice.name'.",
      param: "tool_choice.name",
    };
  return inputProblem(body["input"]);
}

function inputProblem(input: unknown): Problem | null {
  if (typeof input === "string") return null;
  if (!Array.isArray(input))
    return {
      message: "Missing required parameter: 'input'.",
      param: "input",
      code: "missing_required_parameter",
    };
  const called = new Set<string>();
  const answered = new Set<string>();
  for (const [index, item] of input.entries()) {
    const at = `input[${index}]`;
    if (!isObject(item)) return { message: `Invalid type for '${at}'.`, param: at };
    const type = wordOf(item["type"] ?? "message");
    const known = itemFields[type];
    if (!known)
      return { message: `Invalid value: '${type}'.`, param: `${at}.type`, code: "invalid_value" };
    for (const name of Object.keys(item))
      if (!known.includes(name)) return unknown(`${at}.${name}`);
    if (type === "message") {
      const problem = messageProblem(item, at);
      if (problem) return problem;
    }
    const callId = wordOf(item["call_id"] ?? "");
    if (callId.length > 64)
      return {
        message: `Invalid '${at}.call_id': string too long. Expected a string with maximum length 64, but got a string with length ${callId.length} instead.`,
        param: `${at}.call_id`,
        code: "string_above_max_length",
      };
    if (type === "function_call") called.add(String(item["call_id"]));
    if (type === "function_call_output") {
      const id = String(item["call_id"]);
      if (!called.has(id))
        return {
          message: `No tool call found for function call output with call_id ${id}.`,
          param: "input",
        };
      answered.add(id);
    }
    if (type === "reasoning") {
      const { id, encrypted_content: data } = item;
      if (typeof id !== "string")
        return {
          message: `Missing required parameter: '${at}.id'.`,
          param: `${at}.id`,
          code: "missing_required_parameter",
        };
      if (typeof data !== "string")
        return {
          message: `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
          param: "input",
        };
      if (data !== cipherOf(id))
        return {
          message: `The encrypted content for item ${id} could not be verified.`,
          param: "input",
          code: "invalid_encrypted_content",
        };
      const next: unknown = input
        .slice(index + 1)
        .find((one: unknown) => isObject(one) && one["type"] !== "reasoning");
      const follows =
        isObject(next) &&
        (next["type"] === "function_call" ||
          ((next["type"] ?? "message") === "message" && next["role"] === "assistant"));
      if (!follows)
        return {
          message: `Item '${id}' of type 'reasoning' was provided without its required following item.`,
          param: "input",
        };
    }
  }
  for (const id of called)
    if (!answered.has(id))
      return { message: `No tool output found for function call ${id}.`, param: "input" };
  return null;
}

function messageProblem(item: Json, at: string): Problem | null {
  const { role, content } = item;
  if (!["user", "assistant", "system", "developer"].includes(String(role)))
    return {
      message: `Invalid value: '${String(role)}'.`,
      param: `${at}.role`,
      code: "invalid_value",
    };
  if (typeof content === "string") return null;
  if (!Array.isArray(content))
    return { message: `Invalid type for '${at}.content'.`, param: `${at}.content` };
  for (const [index, part] of content.entries()) {
    const where = `${at}.content[${index}]`;
    const type = isObject(part) ? String(part["type"]) : "";
    const known = partFields[type];
    if (!isObject(part) || !known)
      return { message: `Invalid value: '${type}'.`, param: where, code: "invalid_value" };
    if ((role === "assistant") !== (type === "output_text" || type === "refusal"))
      return {
        message: `Invalid value: '${type}'. Supported values are: ${role === "assistant" ? "'output_text' and 'refusal'" : "'input_text', 'input_image', and 'input_file'"}.`,
        param: where,
        code: "invalid_value",
      };
    for (const name of Object.keys(part))
      if (!known.includes(name)) return unknown(`${where}.${name}`);
    if (
      type === "input_file" &&
      typeof part["file_data"] === "string" &&
      typeof part["filename"] !== "string"
    )
      return { message: `Missing required parameter: '${where}.filename'.`, param: where };
  }
  return null;
}

// What it answers.

/** What only this provider can have written. */
export const cipherOf = (id: string): string => `cipher-of-${id}`;

const text = (
  said: string,
  {
    annotations = [],
    logprobs = [],
  }: Partial<Pick<ResponseOutputText, "annotations" | "logprobs">> = {},
): Item => ({
  id: "msg_1",
  type: "message",
  status: "completed",
  role: "assistant",
  content: [{ type: "output_text", text: said, annotations, logprobs }],
});
const call = (id: string, name: string, args: Json): Item => ({
  id: `fc_${id}`,
  type: "function_call",
  status: "completed",
  call_id: id,
  name,
  arguments: JSON.stringify(args),
});
const thought = (id: string, summary: readonly string[], enciphered: boolean): Item => ({
  id,
  type: "reasoning",
  summary: summary.map((one) => ({ type: "summary_text" as const, text: one })),
  ...(enciphered ? { encrypted_content: cipherOf(id) } : {}),
});

/** Only who asks for a summary gets one. */
const summaryOf = ({ reasoning }: Json, parts: readonly string[]): readonly string[] =>
  isObject(reasoning) && typeof reasoning["summary"] === "string" ? parts : [];

const itemsOf = (body: Json): (ResponseInputItem & Json)[] =>
  Array.isArray(body["input"]) ? (body["input"] as (ResponseInputItem & Json)[]) : [];
const includes = (body: Json, word: string): boolean =>
  Array.isArray(body["include"]) && body["include"].includes(word);
const hasPart = (body: Json, type: string): Json | undefined =>
  itemsOf(body)
    .flatMap((item) => (Array.isArray(item["content"]) ? (item["content"] as Json[]) : []))
    .find((part) => part["type"] === type);
const outputsOf = (body: Json): string =>
  itemsOf(body)
    .flatMap((item) => (item["type"] === "function_call_output" ? [wordOf(item["output"])] : []))
    .join(",");

type Stream = { frames: Iterable<string>; cut?: boolean };

const answers: Record<string, (body: Json) => Said | Stream> = {
  text: () => ({ output: [text('Grüß Gott, "world"! 🌍 plain words follow here')] }),
  "plain-model": () => ({ output: [text("plain")] }),
  echo: (body) => ({ output: [text(JSON.stringify(body))] }),
  tools: (body) =>
    outputsOf(body) === ""
      ? { output: [call("call_1", "weather", { city: "Wien" })] }
      : { output: [text(`It is ${outputsOf(body)}.`)] },
  parallel: (body) =>
    outputsOf(body) === ""
      ? {
          output: [
            call("call_1", "weather", { city: "Wien" }),
            call("call_2", "weather", { city: "Graz" }),
          ],
        }
      : { output: [text(`They are ${outputsOf(body)}.`)] },
  "thinking-tools": (body) => {
    const enciphered = includes(body, "reasoning.encrypted_content");
    if (outputsOf(body) === "")
      return {
        output: [
          thought("rs_1", summaryOf(body, ["First part. ", "Second part."]), enciphered),
          call("call_1", "weather", { city: "Wien" }),
        ],
        usage: usageOf({ output_tokens: 40, reasoning: 30 }),
      };
    const items = itemsOf(body);
    const place = items.findIndex((item) => item["type"] === "reasoning");
    const kept = place >= 0 && items[place + 1]?.["type"] === "function_call";
    return {
      output: [
        thought("rs_2", summaryOf(body, ["Now I know."]), enciphered),
        text(kept ? `remembered: ${outputsOf(body)}` : "forgotten"),
      ],
      usage: usageOf({ output_tokens: 25, reasoning: 15 }),
    };
  },
  image: (body) => {
    const part = hasPart(body, "input_image");
    return {
      output: [
        text(
          part
            ? `seen ${String(part["image_url"]).slice(0, 22)} ${String(part["detail"])}`
            : "no picture",
        ),
      ],
    };
  },
  pdf: (body) => {
    const part = hasPart(body, "input_file");
    return {
      output: [text(part ? `read ${String(part["filename"] ?? part["file_url"])}` : "no file")],
    };
  },
  json: (body) => {
    const format =
      isObject(body["text"]) && isObject(body["text"]["format"]) ? body["text"]["format"] : {};
    return { output: [text(format["type"] === "json_schema" ? '{"answer":42}' : "no schema")] };
  },
  cached: (body) => ({
    output: [
      text(hasPart(body, "input_text")?.["prompt_cache_breakpoint"] ? "marked" : "unmarked"),
    ],
    usage: usageOf({
      input_tokens: 1_000,
      cached: 600,
      written: 300,
      output_tokens: 50,
      reasoning: 20,
    }),
    tier: "default",
  }),
  refusal: () => ({
    output: [
      {
        id: "msg_1",
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "refusal", refusal: "I cannot help with that." }],
      },
    ],
  }),
  search: () => ({
    output: [
      {
        id: "ws_1",
        type: "web_search_call",
        status: "completed",
        action: { type: "search", query: "a" },
      },
      {
        id: "ws_2",
        type: "web_search_call",
        status: "completed",
        action: { type: "open_page", url: "https://example.com" },
      },
      {
        id: "ws_3",
        type: "web_search_call",
        status: "completed",
        action: { type: "search", query: "b" },
      },
      text("Found it.", {
        annotations: [
          {
            type: "url_citation",
            url: "https://example.com",
            title: "Example",
            start_index: 0,
            end_index: 8,
          },
        ],
      }),
    ],
  }),
  painter: () => ({
    output: [
      {
        id: "ig_1",
        type: "image_generation_call",
        status: "completed",
        result: "iVBORw0KGgo=",
        output_format: "png",
      },
      text("Here it is."),
    ],
  }),
  logprobs: () => ({
    output: [
      text("Hi", {
        logprobs: [{ token: "Hi", logprob: -0.5, bytes: [72, 105], top_logprobs: [] }],
      }),
    ],
  }),
  cutoff: () => ({
    output: [text("As far as I")],
    status: "incomplete",
    incomplete: "max_output_tokens",
  }),
  filtered: () => ({ output: [text("Well")], status: "incomplete", incomplete: "content_filter" }),
  /** The answer that says only at its end what it was. */
  silent: (body) => ({
    frames: [
      frame(
        {
          type: "response.created",
          response: { ...responseOf(body, { output: [] }), status: "in_progress" },
        },
        0,
      ),
      frame(
        {
          type: "response.completed",
          response: responseOf(body, { output: [text("all at once")] }),
        },
        1,
      ),
    ],
  }),
  "overloaded-in-stream": (body) => ({
    frames: [
      frame(
        {
          type: "response.created",
          response: { ...responseOf(body, { output: [] }), status: "in_progress" },
        },
        0,
      ),
      frame(
        {
          type: "error",
          error: {
            type: "server_error",
            code: "server_is_overloaded",
            message: "Our servers are currently overloaded. Please try again later.",
            param: null,
          },
        },
        1,
      ),
    ],
  }),
  "failed-in-stream": (body) => ({
    frames: [
      frame(
        {
          type: "response.created",
          response: { ...responseOf(body, { output: [] }), status: "in_progress" },
        },
        0,
      ),
      frame(
        {
          type: "response.failed",
          response: {
            ...responseOf(body, { output: [], status: "failed" }),
            usage: undefined,
            error: {
              code: "rate_limit_exceeded",
              message: "Rate limit reached. Please try again in 2s.",
            },
          },
        },
        1,
      ),
    ],
  }),
  "breaks-later": (body) => {
    const frames = [
      ...framesOf(responseOf(body, { output: [text("It begins well and goes on")] })),
    ];
    const middle = frames.slice(0, 7);
    const error: ResponseErrorEvent = {
      type: "error",
      code: "server_error",
      message: "The server had an error while processing your request.",
      param: null,
      sequence_number: 7,
    };
    return { frames: [...middle, `event: error\ndata: ${JSON.stringify(error)}\n\n`] };
  },
  cut: (body) => ({
    frames: [...framesOf(responseOf(body, { output: [text("It begins well and goes on")] }))].slice(
      0,
      7,
    ),
    cut: true,
  }),
};

const takenIn = (body: Json): number =>
  itemsOf(body).filter((item) => item["type"] === "function_call").length / 2;

function agentRefusal(body: Json, model: string): DoubleReply | null {
  if (!isAgent(model)) return null;
  const taken = takenIn(body);
  if (isOverloaded(model, taken))
    return refusal(503, "server_error", "server_is_overloaded", "Our servers are overloaded.");
  const results = itemsOf(body)
    .filter((item) => item["type"] === "function_call_output")
    .slice(-2);
  const problem = resultsProblem(
    taken,
    results.map((item) => wordOf(item["output"])),
  );
  return problem === null ? null : refusal(400, "invalid_request_error", null, problem);
}

function agentSaid(body: Json): Said {
  const taken = takenIn(body);
  const step = agentStep("OpenAI", taken);
  const { input, cached, output, reasoning } = step.usage;
  return {
    output: [
      thought(
        `rs_${taken}`,
        summaryOf(body, [step.thought]),
        includes(body, "reasoning.encrypted_content"),
      ),
      text(step.text),
      ...step.calls.map(({ name, input: given }, place) =>
        call(`call_${taken}_${place}`, name, given),
      ),
    ],
    usage: usageOf({
      input_tokens: input + cached,
      cached,
      output_tokens: output + reasoning,
      reasoning,
    }),
  };
}

const usageOf = ({
  input_tokens: input = 20,
  output_tokens: output = 10,
  cached = 0,
  written = 0,
  reasoning = 0,
}: {
  input_tokens?: number;
  output_tokens?: number;
  cached?: number;
  written?: number;
  reasoning?: number;
}): Json => ({
  input_tokens: input,
  input_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: reasoning },
  total_tokens: input + output,
});

function responseOf(body: Json, said: Said): Json & Pick<Response, "output"> {
  return {
    id: "resp_double_1",
    object: "response",
    created_at: 1_767_225_600,
    status: said.status ?? "completed",
    background: false,
    completed_at: 1_767_225_601,
    error: null,
    frequency_penalty: 0,
    incomplete_details: said.incomplete ? { reason: said.incomplete } : null,
    instructions: body["instructions"] ?? null,
    max_output_tokens: body["max_output_tokens"] ?? null,
    max_tool_calls: null,
    metadata: body["metadata"] ?? {},
    model: `${String(body["model"])}-2026-11-01`,
    output: said.output,
    parallel_tool_calls: body["parallel_tool_calls"] ?? true,
    presence_penalty: 0,
    previous_response_id: null,
    prompt_cache_key: body["prompt_cache_key"] ?? null,
    reasoning: { effort: null, summary: null },
    safety_identifier: body["safety_identifier"] ?? null,
    service_tier: said.tier ?? "default",
    store: body["store"] ?? true,
    temperature: body["temperature"] ?? 1,
    text: body["text"] ?? { format: { type: "text" }, verbosity: "medium" },
    tool_choice: body["tool_choice"] ?? "auto",
    tools: body["tools"] ?? [],
    top_logprobs: 0,
    top_p: body["top_p"] ?? 1,
    truncation: body["truncation"] ?? "disabled",
    usage: said.usage ?? usageOf({}),
    user: body["user"] ?? null,
  };
}

const frame = (event: { type: string } & Json, sequence: number): string =>
  `event: ${event.type}\ndata: ${JSON.stringify({ ...event, sequence_number: sequence })}\n\n`;

/** All events of an answer in the order of the API, numbered, with the padding that it adds to deltas. */
function* framesOf(response: Json & Pick<Response, "output">): Generator<string> {
  let sequence = 0;
  const made = (event: { type: ResponseStreamEvent["type"] } & Json): string =>
    frame(event, sequence++);
  const begun = { ...response, status: "in_progress", completed_at: null, output: [], usage: null };
  yield made({ type: "response.created", response: begun });
  yield made({ type: "response.in_progress", response: begun });
  for (const [index, item] of response.output.entries()) {
    const place = { item_id: item.id, output_index: index };
    if (item.type === "message") {
      yield made({
        type: "response.output_item.added",
        output_index: index,
        item: { ...item, status: "in_progress", content: [] },
      });
      for (const [contentIndex, part] of item.content.entries()) {
        const where = { ...place, content_index: contentIndex };
        if (part.type === "refusal") {
          yield made({
            type: "response.content_part.added",
            ...where,
            part: { ...part, refusal: "" },
          });
          for (const delta of pieces(part.refusal))
            yield made({ type: "response.refusal.delta", ...where, delta });
          yield made({ type: "response.refusal.done", ...where, refusal: part.refusal });
        } else {
          yield made({
            type: "response.content_part.added",
            ...where,
            part: { ...part, text: "", annotations: [], logprobs: [] },
          });
          const deltas = (part.logprobs ?? []).length > 0 ? [part.text] : pieces(part.text);
          for (const delta of deltas)
            yield made({
              type: "response.output_text.delta",
              ...where,
              delta,
              logprobs: part.logprobs ?? [],
              obfuscation: "x8Fq2",
            });
          for (const [annotationIndex, annotation] of part.annotations.entries())
            yield made({
              type: "response.output_text.annotation.added",
              ...where,
              annotation_index: annotationIndex,
              annotation,
            });
          yield made({
            type: "response.output_text.done",
            ...where,
            text: part.text,
            logprobs: part.logprobs ?? [],
          });
        }
        yield made({ type: "response.content_part.done", ...where, part });
      }
    } else if (item.type === "function_call") {
      yield made({
        type: "response.output_item.added",
        output_index: index,
        item: { ...item, status: "in_progress", arguments: "" },
      });
      for (const delta of pieces(item.arguments))
        yield made({
          type: "response.function_call_arguments.delta",
          ...place,
          delta,
          obfuscation: "Zk1",
        });
      yield made({
        type: "response.function_call_arguments.done",
        ...place,
        name: item.name,
        arguments: item.arguments,
      });
    } else if (item.type === "reasoning") {
      yield made({
        type: "response.output_item.added",
        output_index: index,
        item: { ...item, summary: [], encrypted_content: "half" },
      });
      for (const [summaryIndex, part] of item.summary.entries()) {
        const where = { ...place, summary_index: summaryIndex };
        yield made({
          type: "response.reasoning_summary_part.added",
          ...where,
          part: { ...part, text: "" },
        });
        for (const delta of pieces(part.text))
          yield made({ type: "response.reasoning_summary_text.delta", ...where, delta });
        yield made({ type: "response.reasoning_summary_text.done", ...where, text: part.text });
        yield made({ type: "response.reasoning_summary_part.done", ...where, part });
      }
    } else if (item.type === "web_search_call") {
      yield made({
        type: "response.output_item.added",
        output_index: index,
        item: { ...item, status: "in_progress" },
      });
      yield made({ type: "response.web_search_call.in_progress", ...place });
      yield made({ type: "response.web_search_call.searching", ...place });
      yield made({ type: "response.web_search_call.completed", ...place });
    } else if (item.type === "image_generation_call") {
      yield made({
        type: "response.output_item.added",
        output_index: index,
        item: { ...item, status: "in_progress", result: null },
      });
      yield made({ type: "response.image_generation_call.generating", ...place });
      yield made({
        type: "response.image_generation_call.partial_image",
        ...place,
        partial_image_index: 0,
        partial_image_b64: "iVBO",
      });
    }
    yield made({ type: "response.output_item.done", output_index: index, item });
  }
  yield made({
    type: response["status"] === "incomplete" ? "response.incomplete" : "response.completed",
    response,
  });
}

/** Words with their spaces, so that surrogates stay whole. */
const pieces = (whole: string): string[] => whole.match(/\S+\s*|\s+/g) ?? [];

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const wordOf = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);
