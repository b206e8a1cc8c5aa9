// OpenAI's chat completions, as strict as they are: unknown fields, an empty list of tools, a choice without tools, a call
// without its answer, `stream_options` without a stream, `max_tokens` for a model that thinks: 400 each. What it answers is
// decided by the model's name. Models that begin with `thinking` play DeepSeek: thoughts in `reasoning_content`, which have to
// come back with their calls. Azure is the same behind other paths, with its filter's results, and `api-key`.
// Shapes: `openai` 7.57.0 (resources/chat/completions), contract/providers.md 1.2, 1.3 and 4.7.
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionMessage,
} from "openai/resources/chat/completions";
import { agentStep, isAgent, isOverloaded, resultsProblem } from "./agent-script.ts";
import {
  type DoubleReply,
  type DoubleRequest,
  startStrictServer,
  type StrictServer,
} from "./strict-server.ts";

export const openaiKey = "sk-openai-double-0123456789";
export const azureKey = "0123456789abcdef0123456789abcdef";
const apiVersion = "2024-10-21";

type Json = Record<string, unknown>;
type Usage = Json & { prompt_tokens: number; completion_tokens: number };
/** What is said, before it is put into one answer or many chunks. */
type Said = {
  message: Partial<ChatCompletionMessage> & { reasoning_content?: string };
  finish?: ChatCompletion.Choice["finish_reason"];
  usage?: Usage;
};
type Broken = { frames: string[]; cut?: boolean };

/** @param seed of the slicing */
export const startOpenaiApi = (options?: { seed?: number }): Promise<StrictServer> =>
  startStrictServer((request) => {
    const { headers, method, path } = request;
    if (method !== "POST" || path !== "/v1/chat/completions")
      return refusal(404, "invalid_request_error", null, `Invalid URL (${method} ${path})`);
    if (headers.authorization !== `Bearer ${openaiKey}`)
      return refusal(
        401,
        "invalid_request_error",
        "invalid_api_key",
        "Incorrect API key provided: sk-wr*****1234. You can find your API key at https://platform.openai.com/account/api-keys.",
      );
    return answer(request, String(isObject(request.body) ? request.body["model"] : ""), {
      azure: false,
    });
  }, options);

/** The older form, by deployments. */
export const startAzureApi = (options?: { seed?: number }): Promise<StrictServer> =>
  startStrictServer((request) => {
    const { headers, method, path } = request;
    const url = new URL(path, "http://azure.example");
    const deployment = /^\/openai\/deployments\/([^/]+)\/chat\/completions$/.exec(
      url.pathname,
    )?.[1];
    if (
      method !== "POST" ||
      deployment === undefined ||
      url.searchParams.get("api-version") !== apiVersion
    )
      return { status: 404, body: { error: { code: "404", message: "Resource not found" } } };
    if (headers["api-key"] !== azureKey || headers.authorization !== undefined)
      return {
        status: 401,
        body: {
          error: {
            code: "401",
            message: "Access denied due to invalid subscription key or wrong API endpoint.",
          },
        },
      };
    return answer(request, decodeURIComponent(deployment), { azure: true });
  }, options);

function answer(
  { headers, body }: DoubleRequest,
  model: string,
  { azure }: { azure: boolean },
): DoubleReply {
  if (headers["content-type"] !== "application/json" || !isObject(body))
    return refusal(
      400,
      "invalid_request_error",
      null,
      "We could not parse the JSON body of your request.",
    );
  const problem = problemOf(body, model);
  if (problem)
    return refusal(
      400,
      "invalid_request_error",
      problem.code ?? null,
      problem.message,
      problem.param,
    );
  const refused = refusals[model] ?? agentRefusal(body, model);
  if (refused) return refused;
  const said = isAgent(scriptOf(model)) ? agentSaid(body) : answers[model]?.(body);
  if (!said)
    return azure
      ? {
          status: 404,
          body: {
            error: {
              code: "DeploymentNotFound",
              message: "The API deployment for this resource does not exist.",
            },
          },
        }
      : refusal(
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
  if (body["stream"] !== true) return { status: 200, body: whole(model, said, azure) };
  const options = isObject(body["stream_options"]) ? body["stream_options"] : {};
  return {
    contentType: "text/event-stream; charset=utf-8",
    frames: frames(model, said, {
      azure,
      usage: options["include_usage"] === true,
      padded: options["include_obfuscation"] !== false && !azure,
    }),
  };
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

const refusals: Record<string, DoubleReply> = {
  "too-long": refusal(
    400,
    "invalid_request_error",
    "context_length_exceeded",
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens. Please reduce the length of the messages.",
    "messages",
  ),
  "too-long-in-words": refusal(
    400,
    "invalid_request_error",
    null,
    "This model's maximum context length is 8192 tokens. However, you requested 9001 tokens (8001 in the messages, 1000 in the completion).",
  ),
  "rate-limited": {
    ...refusal(
      429,
      "tokens",
      "rate_limit_exceeded",
      "Rate limit reached for gpt-6 on tokens per min (TPM): Limit 30000, Used 30000, Requested 100. Please try again in 6s.",
    ),
    headers: { "retry-after": "6", "x-ratelimit-reset-tokens": "6s" },
  },
  "filtered-prompt": {
    status: 400,
    body: {
      error: {
        message:
          "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        type: null,
        param: "prompt",
        code: "content_filter",
        status: 400,
        innererror: {
          code: "ResponsibleAIPolicyViolation",
          content_filter_result: { hate: { filtered: true, severity: "high" } },
        },
      },
    },
  },
};

// What a request may not be.

const fields = new Set(
  "messages model audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens metadata modalities moderation n parallel_tool_calls prediction presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools top_logprobs top_p user verbosity web_search_options".split(
    " ",
  ),
);
const messageFields: Record<string, readonly string[]> = {
  system: ["role", "content", "name"],
  developer: ["role", "content", "name"],
  user: ["role", "content", "name"],
  assistant: ["role", "content", "name", "tool_calls", "refusal", "audio", "function_call"],
  tool: ["role", "content", "tool_call_id"],
};
const partFields: Record<string, readonly string[]> = {
  text: ["type", "text", "prompt_cache_breakpoint"],
  image_url: ["type", "image_url", "prompt_cache_breakpoint"],
  input_audio: ["type", "input_audio"],
  file: ["type", "file", "prompt_cache_breakpoint"],
  refusal: ["type", "refusal"],
};

type Problem = { message: string; param?: string; code?: string };
const unknown = (param: string): Problem => ({
  message: `Unknown parameter: '${param}'.`,
  param,
  code: "unknown_parameter",
});

function problemOf(body: Json, model: string): Problem | null {
  const deepseek = model.startsWith("thinking");
  for (const name of Object.keys(body))
    if (!fields.has(name) && !(deepseek && name === "thinking"))
      return {
        message: `Unrecognized request argument supplied: ${name}`,
        code: "unknown_parameter",
      };
  const { tools, stream_options: options, max_tokens: oldLimit, temperature } = body;
  if (options !== undefined && body["stream"] !== true)
    return {
      message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
      param: "stream_options",
    };
  if (model.startsWith("reasoning")) {
    if (oldLimit !== undefined)
      return {
        message:
          "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        param: "max_tokens",
        code: "unsupported_parameter",
      };
    if (temperature !== undefined && temperature !== 1)
      return {
        message:
          "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.",
        param: "temperature",
        code: "unsupported_value",
      };
  }
  if (tools !== undefined) {
    if (!Array.isArray(tools) || tools.length === 0)
      return { message: "[] is too short - 'tools'", param: "tools" };
    for (const [index, tool] of tools.entries()) {
      const target = isObject(tool) && isObject(tool["function"]) ? tool["function"] : null;
      if (!isObject(tool) || tool["type"] !== "function" || typeof target?.["name"] !== "string")
        return {
          message: `Missing required parameter: 'tools[${index}].function.name'.`,
          param: `tools[${index}]`,
        };
      for (const name of Object.keys(tool))
        if (name !== "type" && name !== "function") return unknown(`tools[${index}].${name}`);
    }
  } else
    for (const name of ["tool_choice", "parallel_tool_calls"])
      if (body[name] !== undefined)
        return { message: `'${name}' is only allowed when 'tools' are specified.`, param: name };
  if (isObject(body["response_format"]) && body["response_format"]["type"] === "json_schema") {
    const wanted = body["response_format"]["json_schema"];
    const name = isObject(wanted) ? wanted["name"] : null;
    if (typeof name !== "string" || !/^[\w-]{1,64}$/.test(name))
      return {
        message: "Missing required parameter: 'response_format.json_schema.name'.",
        param: "response_format",
      };
  }
  return messagesProblem(body["messages"], { deepseek });
}

function messagesProblem(messages: unknown, { deepseek }: { deepseek: boolean }): Problem | null {
  if (!Array.isArray(messages) || messages.length === 0)
    return { message: "Invalid 'messages': empty array.", param: "messages" };
  let open = new Set<string>();
  for (const [index, message] of messages.entries()) {
    const param = `messages[${index}]`;
    if (!isObject(message)) return unknown(param);
    const known = messageFields[String(message["role"])];
    if (!known) return { message: `Invalid value: '${String(message["role"])}'.`, param };
    for (const name of Object.keys(message))
      if (!known.includes(name) && !(deepseek && name === "reasoning_content"))
        return unknown(`${param}.${name}`);
    if (message["role"] === "tool") {
      if (!open.delete(String(message["tool_call_id"])))
        return {
          message:
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          param,
        };
    } else if (open.size > 0)
      return {
        message: `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(", ")}`,
        param,
      };
    if (message["tool_calls"] !== undefined) {
      const calls = message["tool_calls"];
      if (!Array.isArray(calls) || calls.length === 0)
        return { message: `Invalid '${param}.tool_calls': empty array.`, param };
      open = new Set(calls.map((call) => String(isObject(call) ? call["id"] : "")));
      if (deepseek && typeof message["reasoning_content"] !== "string")
        return {
          message: `Missing \`reasoning_content\` field in the assistant message at message index ${index}.`,
        };
    }
    if (Array.isArray(message["content"]))
      for (const [place, part] of message["content"].entries()) {
        const where = `${param}.content[${place}]`;
        const allowed = isObject(part) ? partFields[String(part["type"])] : undefined;
        if (!allowed || !isObject(part))
          return { message: `Invalid value for '${where}.type'.`, param: where };
        for (const name of Object.keys(part))
          if (!allowed.includes(name)) return unknown(`${where}.${name}`);
      }
  }
  return null;
}

// What it says.

const text = 'Grüß Gott, "world"! 🌍 plain words follow here';
const plainUsage: Usage = {
  prompt_tokens: 20,
  completion_tokens: 10,
  total_tokens: 30,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
};
const call = (id: string, city: string) => ({
  id,
  type: "function" as const,
  function: { name: "weather", arguments: JSON.stringify({ city }) },
});
const lastOf = (body: Json): Json => {
  const messages: unknown[] = Array.isArray(body["messages"]) ? body["messages"] : [];
  const last = messages.at(-1);
  return isObject(last) ? last : {};
};
const partOf = (body: Json, type: string): Json => {
  const { content } = lastOf(body);
  const parts: unknown[] = Array.isArray(content) ? content : [];
  const found = parts.find((part) => isObject(part) && part["type"] === type);
  return isObject(found) && isObject(found[type]) ? found[type] : {};
};

const answers: Record<string, (body: Json) => Said | Broken> = {
  text: () => ({ message: { content: text } }),
  "reasoning-text": () => ({ message: { content: text } }),
  tools: (body) =>
    lastOf(body)["role"] === "tool"
      ? { message: { content: `It is ${String(lastOf(body)["content"])}.` } }
      : { message: { content: null, tool_calls: [call("call_1", "Wien")] }, finish: "tool_calls" },
  parallel: () => ({
    message: { content: null, tool_calls: [call("call_1", "Wien"), call("call_2", "Graz")] },
    finish: "tool_calls",
  }),
  image: (body) => {
    const { url, detail } = partOf(body, "image_url");
    return { message: { content: `seen ${String(url).split(",")[0]} ${String(detail)}` } };
  },
  pdf: (body) => ({ message: { content: `read ${String(partOf(body, "file")["filename"])}` } }),
  json: (body) => ({
    message: {
      content:
        isObject(body["response_format"]) && body["response_format"]["type"] === "json_schema"
          ? '{"answer":42}'
          : "no",
    },
  }),
  "thinking-tools": (body) =>
    lastOf(body)["role"] === "tool"
      ? { message: { content: `remembered: ${thoughtOf(body)}` } }
      : {
          message: {
            content: null,
            reasoning_content: "First the city, then the weather.",
            tool_calls: [call("call_1", "Wien")],
          },
          finish: "tool_calls",
          usage: {
            ...plainUsage,
            completion_tokens: 40,
            total_tokens: 60,
            completion_tokens_details: { reasoning_tokens: 30 },
          },
        },
  cached: () => ({
    message: { content: "from the cache" },
    usage: {
      prompt_tokens: 1_000,
      completion_tokens: 50,
      total_tokens: 1_050,
      prompt_tokens_details: { cached_tokens: 600, cache_write_tokens: 300 },
      completion_tokens_details: { reasoning_tokens: 20 },
    },
  }),
  refusal: () => ({ message: { content: null, refusal: "I cannot help with that." } }),
  filtered: () => ({ message: { content: "It was go" }, finish: "content_filter" }),
  "overloaded-in-stream": () => ({
    frames: [
      `data: ${JSON.stringify({ error: { message: "The server is currently overloaded with other requests. Sorry about that!", type: "server_error", param: null, code: null } })}\n\n`,
    ],
  }),
  cut: () => ({ frames: beginning(), cut: true }),
  "ends-early": () => ({ frames: beginning() }),
  "breaks-later": () => ({
    frames: [
      ...beginning(),
      `data: ${JSON.stringify({ error: { message: "The server had an error while processing your request.", type: "server_error", param: null, code: null } })}\n\n`,
    ],
  }),
};

// The agent, which plays DeepSeek: `thinking-agent`, `thinking-agent-gap`.

const scriptOf = (model: string): string => model.replace(/^thinking-/, "");
const messagesIn = (body: Json): Json[] =>
  Array.isArray(body["messages"]) ? body["messages"].filter(isObject) : [];
const takenIn = (body: Json): number =>
  messagesIn(body).filter((message) => message["tool_calls"] !== undefined).length;

function agentRefusal(body: Json, model: string): DoubleReply | null {
  const script = scriptOf(model);
  if (!isAgent(script)) return null;
  const taken = takenIn(body);
  if (isOverloaded(script, taken))
    return refusal(503, "server_error", null, "The engine is currently overloaded.");
  const messages = messagesIn(body);
  const results = messages.slice(1 + messages.findLastIndex(({ role }) => role !== "tool"));
  const problem = resultsProblem(
    taken,
    results.map(({ content }) => String(content)),
  );
  return problem === null ? null : refusal(400, "invalid_request_error", null, problem);
}

function agentSaid(body: Json): Said {
  const taken = takenIn(body);
  const { thought, text: words, calls, usage } = agentStep("DeepSeek", taken);
  const completion = usage.output + usage.reasoning;
  return {
    message: {
      content: words,
      reasoning_content: thought,
      ...(calls.length > 0
        ? {
            tool_calls: calls.map(({ name, input }, place) => ({
              id: `functions.${name}:${place}`, // as Kimi's: no letters that all take, and the same in every answer
              type: "function" as const,
              function: { name, arguments: JSON.stringify(input) },
            })),
          }
        : {}),
    },
    finish: calls.length > 0 ? "tool_calls" : "stop",
    usage: {
      prompt_tokens: usage.input + usage.cached,
      completion_tokens: completion,
      total_tokens: usage.input + usage.cached + completion,
      prompt_tokens_details: { cached_tokens: usage.cached },
      completion_tokens_details: { reasoning_tokens: usage.reasoning },
    },
  };
}

const thoughtOf = (body: Json): string => {
  const messages: unknown[] = Array.isArray(body["messages"]) ? body["messages"] : [];
  const thoughts = messages.map((message) =>
    isObject(message) ? message["reasoning_content"] : null,
  );
  return String(thoughts.find((one) => typeof one === "string") ?? "nothing");
};

const face = (model: string) => ({
  id: "chatcmpl-double",
  created: 1_790_000_000,
  model: `${model}-2026-08-01`,
  service_tier: "default" as const,
  system_fingerprint: "fp_double",
});
const harmless = { hate: { filtered: false, severity: "safe" } };

function whole(
  model: string,
  { message, finish = "stop", usage = plainUsage }: Said,
  azure: boolean,
): Json {
  const { content = null, refusal: refused = null, ...more } = message;
  return {
    ...face(model),
    object: "chat.completion",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content, refusal: refused, annotations: [], ...more },
        logprobs: null,
        finish_reason: finish,
        ...(azure ? { content_filter_results: harmless } : {}),
      },
    ],
    usage,
    ...(azure
      ? { prompt_filter_results: [{ prompt_index: 0, content_filter_results: harmless }] }
      : {}),
  };
}

function* frames(
  model: string,
  { message, finish = "stop", usage = plainUsage }: Said,
  options: { azure: boolean; usage: boolean; padded: boolean },
): Generator<string> {
  let padding = 0;
  const chunk = (delta: Json, finishReason: string | null = null): string =>
    frame({
      ...face(model),
      object: "chat.completion.chunk",
      choices: [
        {
          index: 0,
          delta,
          logprobs: null,
          finish_reason: finishReason,
          ...(options.azure ? { content_filter_results: harmless } : {}),
        },
      ],
      ...(options.usage ? { usage: null } : {}),
      ...(options.padded ? { obfuscation: "x".repeat(1 + (padding++ % 7)) } : {}),
    });
  if (options.azure)
    yield frame({
      id: "",
      object: "",
      created: 0,
      model: "",
      choices: [],
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: harmless }],
    });
  yield chunk({ role: "assistant", content: "", refusal: null });
  for (const piece of piecesOf(message.reasoning_content))
    yield chunk({ content: null, reasoning_content: piece });
  for (const piece of piecesOf(message.content)) yield chunk({ content: piece });
  for (const piece of piecesOf(message.refusal)) yield chunk({ refusal: piece });
  for (const [index, made] of (message.tool_calls ?? []).entries()) {
    if (made.type !== "function") continue;
    const { name, arguments: spelt } = made.function;
    yield chunk({
      tool_calls: [{ index, id: made.id, type: "function", function: { name, arguments: "" } }],
    });
    for (const piece of piecesOf(spelt))
      yield chunk({ tool_calls: [{ index, function: { arguments: piece } }] });
  }
  yield chunk({}, finish);
  if (options.usage)
    yield frame({
      ...face(model),
      object: "chat.completion.chunk",
      choices: [],
      usage,
    } satisfies Json);
  // Azure's filter may look later, and says so in a chunk without a delta.
  if (options.azure)
    yield frame({
      id: "",
      object: "",
      created: 0,
      model: "",
      choices: [
        {
          index: 0,
          finish_reason: null,
          content_filter_results: harmless,
          content_filter_offsets: { check_offset: 0, start_offset: 0, end_offset: 9 },
        },
      ],
    });
  yield "data: [DONE]\n\n";
}

const frame = (value: Json): string => `data: ${JSON.stringify(value)}\n\n`;

const beginning = (): string[] => {
  const chunk = (content: string): Json => ({
    ...face("cut"),
    object: "chat.completion.chunk",
    choices: [
      { index: 0, delta: { content }, logprobs: null, finish_reason: null },
    ] satisfies ChatCompletionChunk.Choice[],
  });
  return ["It begins", " well"].map((piece) => frame(chunk(piece)));
};

const piecesOf = (said: string | null | undefined): string[] =>
  (said ?? "").match(/.{1,7}/gsu) ?? [];

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
