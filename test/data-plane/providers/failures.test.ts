// What providers' refusals mean (contract/providers.md section 3): their real shapes, statuses and headers, told apart.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { consequences } from "#data/consequences.ts";
import type { FailureKind } from "#data/operations/chat.ts";
import { contextSignatures } from "#data/providers/failure-classes.ts";
import { failureInside, failureOfAnswer, garbled } from "#data/providers/failures.ts";

const test = suite("failures");
const error = (message: string, more: object = {}) => ({ error: { message, ...more } });

/** As the provider sends it; a body that is a text goes as it is. */
type Case = {
  from: string;
  status: number;
  body: object | string;
  headers?: Record<string, string>;
  kind: FailureKind;
};
const cases: Case[] = [
  // auth
  {
    from: "OpenAI, a wrong key",
    status: 401,
    body: error("Incorrect API key provided", { code: "invalid_api_key" }),
    kind: "auth",
  },
  {
    from: "Anthropic, a wrong key",
    status: 401,
    body: { type: "error", ...error("invalid x-api-key", { type: "authentication_error" }) },
    kind: "auth",
  },
  {
    from: "Gemini, a wrong key",
    status: 400,
    body: error("API key not valid. Please pass a valid API key.", {
      code: 400,
      status: "INVALID_ARGUMENT",
      details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }],
    }),
    kind: "auth",
  },
  {
    from: "Cohere, a wrong token",
    status: 498,
    body: { message: "invalid token", id: "x" },
    kind: "auth",
  },
  {
    from: "Z.ai, a wrong token",
    status: 401,
    body: error("token expired or incorrect", { code: "1002" }),
    kind: "auth",
  },
  {
    from: "Bedrock, a wrong signature",
    status: 403,
    body: { message: "The security token included in the request is invalid." },
    headers: { "x-amzn-errortype": "UnrecognizedClientException:http://internal.amazon.com/" },
    kind: "auth",
  },
  {
    from: "Azure, no access",
    status: 403,
    body: error("Access denied due to Virtual Network/Firewall rules.", { code: "403" }),
    kind: "auth",
  },
  // billing
  {
    from: "OpenAI, no quota",
    status: 429,
    body: error("You exceeded your current quota, please check your plan and billing details.", {
      type: "insufficient_quota",
      code: "insufficient_quota",
    }),
    kind: "billing",
  },
  {
    from: "Anthropic, an empty account",
    status: 400,
    body: {
      type: "error",
      ...error("Your credit balance is too low to access the Anthropic API.", {
        type: "invalid_request_error",
      }),
    },
    kind: "billing",
  },
  {
    from: "Anthropic, a spend limit",
    status: 429,
    body: {
      type: "error",
      ...error("Workspace limit reached", {
        type: "rate_limit_error",
        details: { error_code: "enforced_spend_limit_reached" },
      }),
    },
    kind: "billing",
  },
  {
    from: "DeepSeek, an empty account",
    status: 402,
    body: error("Insufficient Balance", { type: "unknown_error", code: "invalid_request_error" }),
    kind: "billing",
  },
  {
    from: "Gemini, an empty prepaid credit",
    status: 402,
    body: error("Your prepaid credit is used up.", { code: 402, status: "RESOURCE_EXHAUSTED" }),
    kind: "billing",
  },
  {
    from: "Moonshot, no balance",
    status: 403,
    body: error("Your account is suspended, please check your plan and billing details", {
      type: "exceeded_current_quota_error",
    }),
    kind: "billing",
  },
  {
    from: "Z.ai, arrears",
    status: 429,
    body: error("余额不足", { code: "1113" }),
    kind: "billing",
  },
  {
    from: "MiniMax, no balance, inside of a success",
    status: 200,
    body: { base_resp: { status_code: 1008, status_msg: "insufficient balance" } },
    kind: "billing",
  },
  {
    from: "Alibaba, arrears",
    status: 400,
    body: error("Access denied, please make sure your account is in good standing.", {
      code: "Arrearage",
    }),
    kind: "billing",
  },
  {
    from: "Alibaba, no quota",
    status: 429,
    body: error("You exceeded your current quota", { code: "insufficient_quota" }),
    kind: "billing",
  },
  {
    from: "Fireworks, a suspended account",
    status: 412,
    body: error("Account is suspended"),
    kind: "billing",
  },
  {
    from: "W&B, no quota",
    status: 429,
    body: error("You exceeded your current quota, please check your plan"),
    kind: "billing",
  },
  {
    from: "SiliconFlow, no balance",
    status: 403,
    body: { code: 30001, message: "Sorry, your account balance is insufficient", data: null },
    kind: "billing",
  },
  // rate-limit
  {
    from: "OpenAI",
    status: 429,
    body: error("Rate limit reached for gpt-6-sol", { code: "rate_limit_exceeded" }),
    kind: "rate-limit",
  },
  {
    from: "Gemini, which says quota of a rate",
    status: 429,
    body: error("You exceeded your current quota, please check your plan and billing details.", {
      code: 429,
      status: "RESOURCE_EXHAUSTED",
    }),
    kind: "rate-limit",
  },
  {
    from: "Bedrock, tokens per minute",
    status: 429,
    body: { message: "Too many tokens, please wait before trying again." },
    headers: { "x-amzn-errortype": "ThrottlingException" },
    kind: "rate-limit",
  },
  {
    from: "Groq, a request above the minute's tokens",
    status: 413,
    body: error(
      "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 8000",
      { type: "tokens", code: "rate_limit_exceeded" },
    ),
    kind: "rate-limit",
  },
  {
    from: "Z.ai",
    status: 429,
    body: error("Rate limit reached for requests", { code: "1302" }),
    kind: "rate-limit",
  },
  {
    from: "MiniMax, inside of a success",
    status: 200,
    body: { base_resp: { status_code: 1002, status_msg: "rate limit" } },
    kind: "rate-limit",
  },
  {
    from: "Alibaba",
    status: 429,
    body: error("Requests rate limit exceeded", { code: "limit_requests" }),
    kind: "rate-limit",
  },
  {
    from: "Moonshot",
    status: 429,
    body: error("Your account reached max request", { type: "rate_limit_reached_error" }),
    kind: "rate-limit",
  },
  {
    from: "W&B, too many at once",
    status: 429,
    body: error("Concurrency limit reached"),
    kind: "rate-limit",
  },
  // overloaded
  {
    from: "Anthropic",
    status: 529,
    body: { type: "error", ...error("Overloaded", { type: "overloaded_error" }) },
    kind: "overloaded",
  },
  {
    from: "Anthropic, in a stream",
    status: 200,
    body: { type: "error", ...error("Overloaded", { type: "overloaded_error" }) },
    kind: "overloaded",
  },
  {
    from: "Groq, flex",
    status: 498,
    body: error("Flex tier capacity exceeded", { code: "capacity_exceeded" }),
    kind: "overloaded",
  },
  {
    from: "Moonshot",
    status: 429,
    body: error("The engine is currently overloaded, please try again later", {
      type: "engine_overloaded_error",
    }),
    kind: "overloaded",
  },
  {
    from: "DeepInfra",
    status: 429,
    body: { detail: { error: "Model busy, retry later" } },
    kind: "overloaded",
  },
  {
    from: "Cerebras",
    status: 429,
    body: {
      message: "We're experiencing high traffic right now!",
      type: "too_many_requests_error",
      param: "queue",
      code: "queue_exceeded",
    },
    kind: "overloaded",
  },
  {
    from: "Bedrock, a model that is not ready",
    status: 429,
    body: { message: "Model is not ready for inference" },
    headers: { "x-amzn-errortype": "ModelNotReadyException" },
    kind: "overloaded",
  },
  {
    from: "Gemini",
    status: 503,
    body: error("The model is overloaded. Please try again later.", {
      code: 503,
      status: "UNAVAILABLE",
    }),
    kind: "overloaded",
  },
  {
    from: "SiliconFlow",
    status: 503,
    body: { code: 50505, message: "Model service overloaded.", data: null },
    kind: "overloaded",
  },
  {
    from: "Cloudflare",
    status: 429,
    body: { success: false, errors: [{ code: 3040, message: "Capacity temporarily exceeded" }] },
    kind: "overloaded",
  },
  {
    from: "Z.ai",
    status: 429,
    body: error("The service may be temporarily overloaded", { code: "1305" }),
    kind: "overloaded",
  },
  { from: "NVIDIA, queued", status: 202, body: "", kind: "overloaded" },
  { from: "Fireworks", status: 425, body: error("over capacity"), kind: "overloaded" },
  // timeout, server
  {
    from: "Bedrock, a slow model",
    status: 408,
    body: { message: "Model has timed out" },
    headers: { "x-amzn-errortype": "ModelTimeoutException" },
    kind: "timeout",
  },
  {
    from: "Cloudflare's edge",
    status: 524,
    body: "<!DOCTYPE html><html><head><title>acme | 524: A timeout occurred</title></head></html>",
    kind: "timeout",
  },
  {
    from: "Gemini, out of time",
    status: 504,
    body: error("Deadline expired", { status: "DEADLINE_EXCEEDED" }),
    kind: "timeout",
  },
  {
    from: "Bedrock, a model that broke",
    status: 424,
    body: { message: "The model failed" },
    headers: { "x-amzn-errortype": "ModelErrorException" },
    kind: "server",
  },
  {
    from: "nginx",
    status: 502,
    body: "<html>\r\n<head><title>502 Bad Gateway</title></head></html>",
    kind: "server",
  },
  {
    from: "xAI, text for an error in a stream",
    status: 200,
    body: { code: "Some resource has been exhausted", error: "internal" },
    kind: "server",
  },
  // content, size, gone
  {
    from: "Azure's filter",
    status: 400,
    body: error(
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
      {
        code: "content_filter",
        innererror: {
          code: "ResponsibleAIPolicyViolation",
          content_filter_result: { hate: { filtered: true, severity: "high" } },
        },
      },
    ),
    kind: "content-policy",
  },
  {
    from: "Alibaba's inspection",
    status: 400,
    body: error("Input data may contain inappropriate content.", {
      code: "data_inspection_failed",
    }),
    kind: "content-policy",
  },
  {
    from: "Z.ai's inspection",
    status: 400,
    body: error("系统检测到输入或生成内容可能包含不安全或敏感内容", { code: "1301" }),
    kind: "content-policy",
  },
  {
    from: "MiniMax's inspection",
    status: 200,
    body: { base_resp: { status_code: 1027, status_msg: "output new_sensitive" } },
    kind: "content-policy",
  },
  {
    from: "Anthropic's edge",
    status: 413,
    body: {
      type: "error",
      ...error("Request exceeds the maximum size", { type: "request_too_large" }),
    },
    kind: "payload-too-large",
  },
  {
    from: "nginx, a large body",
    status: 413,
    body: "<html><head><title>413 Request Entity Too Large</title></head></html>",
    kind: "payload-too-large",
  },
  {
    from: "OpenAI, an unknown model",
    status: 404,
    body: error("The model `x` does not exist or you do not have access to it.", {
      code: "model_not_found",
    }),
    kind: "model-gone",
  },
  {
    from: "OpenAI, a project without the model",
    status: 403,
    body: error("Project `p` does not have access to model `x`", { code: "model_not_found" }),
    kind: "model-gone",
  },
  {
    from: "Groq, an old model",
    status: 400,
    body: error("The model `x` has been decommissioned", { code: "model_decommissioned" }),
    kind: "model-gone",
  },
  {
    from: "Scaleway, an unknown model",
    status: 422,
    body: { error: "unprocessable", status: 422, message: "model not found" },
    kind: "model-gone",
  },
  {
    from: "Z.ai, an unknown model",
    status: 400,
    body: error("模型不存在", { code: "1211" }),
    kind: "model-gone",
  },
  {
    from: "a region without the model",
    status: 403,
    body: error("This model is not available in your region."),
    kind: "model-gone",
  },
  {
    from: "Bedrock, a bare id",
    status: 400,
    body: { message: "Invocation of model ID x with on-demand throughput isn’t supported" },
    headers: { "x-amzn-errortype": "ValidationException" },
    kind: "model-gone",
  },
  {
    from: "Azure, an unknown deployment",
    status: 404,
    body: error("The API deployment for this resource does not exist.", {
      code: "DeploymentNotFound",
    }),
    kind: "model-gone",
  },
  // what was asked
  {
    from: "OpenAI, a parameter of other models",
    status: 400,
    body: error("Unsupported value: 'temperature' does not support 0.5 with this model.", {
      code: "unsupported_value",
    }),
    kind: "unsupported",
  },
  {
    from: "Groq, a field that it does not know",
    status: 400,
    body: error(
      "'messages.1' : for 'role:assistant' the following must be satisfied[('messages.1' : property 'reasoning' is unsupported)]",
    ),
    kind: "unsupported",
  },
  {
    from: "Mistral, a field too many",
    status: 422,
    body: {
      detail: [
        { loc: ["body", "top_k"], msg: "Extra inputs are not permitted", type: "extra_forbidden" },
      ],
    },
    kind: "unsupported",
  },
  {
    from: "OpenAI, a wrong value",
    status: 400,
    body: error("Invalid value: 'insufficient_quota'. Supported values are: 'auto'."),
    kind: "invalid-request",
  },
  { from: "a wrong method", status: 405, body: "", kind: "invalid-request" },
];
for (const { from, status, body, headers = {}, kind } of cases) {
  test(`${from} (${status}) is ${kind}`, () => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const failure =
      status === 200
        ? failureInside(body as Record<string, unknown>)
        : failureOfAnswer(status, headers, text);
    assert.is(failure.kind, kind, failure.text);
    assert.is(failure.status, status);
    assert.ok(failure.text.length > 0 && !failure.text.includes("<"), failure.text);
  });
}

for (const { from, status = 400, message, asked = null, most = null } of [
  {
    from: "OpenAI",
    message:
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
    asked: 9001,
    most: 8192,
  },
  {
    from: "OpenRouter",
    message:
      "This endpoint's maximum context length is 131,072 tokens. However, you requested about 140,000 tokens (139,000 of text input, 1,000 in the output).",
    asked: 140_000,
    most: 131_072,
  },
  {
    from: "vLLM",
    message:
      "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens (4000 in the messages, 1000 in the completion).",
    asked: 5_000,
    most: 4_096,
  },
  {
    from: "OpenAI, newer",
    message:
      "Your input exceeds the context window of this model. Please adjust your input and try again.",
  },
  {
    from: "Anthropic",
    message: "prompt is too long: 210000 tokens > 200000 maximum",
    asked: 210_000,
    most: 200_000,
  },
  {
    from: "Anthropic, with the answer",
    message:
      "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease input length or `max_tokens`",
    asked: 210_000,
    most: 200_000,
  },
  {
    from: "Gemini",
    message:
      "The input token count (1100000) exceeds the maximum number of tokens allowed (1048576).",
    asked: 1_100_000,
    most: 1_048_576,
  },
  { from: "Bedrock", message: "Input is too long for requested model." },
  {
    from: "xAI",
    message: "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
    asked: 140_000,
    most: 131_072,
  },
  { from: "Groq", message: "Please reduce the length of the messages or completion." },
  { from: "Groq", status: 413, message: "Please reduce the length of the messages or completion." },
  {
    from: "Mistral",
    message:
      "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
    asked: 40_000,
    most: 32_768,
  },
  {
    from: "Cohere",
    message:
      "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000",
  },
  {
    from: "Together",
    status: 403,
    message: "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
    asked: 5_000,
    most: 4_096,
  },
  {
    from: "Together",
    status: 422,
    message:
      "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given: 5000 `inputs` tokens and 1 `max_new_tokens`".replace(
        "`inputs` tokens +",
        "inputs tokens +",
      ),
  },
  {
    from: "Fireworks",
    message: "The prompt is too long: 5000, model maximum context length: 4095",
  },
  {
    from: "SGLang",
    message: "Input length (5000 tokens) exceeds model's maximum context length (4096 tokens)."
      .replace("5000 tokens", "5000")
      .replace("4096 tokens", "4096"),
    asked: 5_000,
    most: 4_096,
  },
  {
    from: "Moonshot",
    message: "Invalid request: Your request exceeded model token limit: 131072 (requested: 140000)",
    asked: 140_000,
    most: 131_072,
  },
  { from: "MiniMax", message: "context window exceeds limit" },
  { from: "Z.ai", message: "Prompt exceeds max length" },
  {
    from: "Alibaba",
    message:
      "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]".replace(
        "<400> ",
        "",
      ),
    most: 30_720,
  },
  {
    from: "llama.cpp",
    status: 500,
    message: "the request exceeds the available context size, try increasing it",
  },
  {
    from: "LM Studio",
    message:
      "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with a length that the prompt is greater than the context length",
  },
  { from: "Ollama", message: "prompt too long; exceeded max context length by 5 tokens" },
  { from: "LiteLLM", message: "litellm.ContextWindowExceededError: too long" },
]) {
  test(`too long a prompt as ${from} says it (${status}) is context-length, with the numbers that it says`, () => {
    const failure = failureOfAnswer(status, {}, JSON.stringify(error(message)));
    assert.is(failure.kind, "context-length");
    assert.is(failure.context?.most ?? null, most);
    assert.is(failure.context?.asked ?? null, asked);
    if (most !== null) assert.match(failure.text, /maximum context length|tokens/);
  });
}
test("every signature of too long a prompt is one that a case above shows, or a looser form of it", () =>
  assert.ok(contextSignatures.length >= 24));
test("a code or a silent 400 says too long a prompt without any words", () => {
  const coded = (code: string) => failureOfAnswer(400, {}, JSON.stringify(error("x", { code })));
  assert.is(coded("context_length_exceeded").kind, "context-length");
  assert.is(coded("1261").kind, "context-length");
  assert.is(
    failureInside({ base_resp: { status_code: 1039, status_msg: "x" } }).kind,
    "context-length",
  );
  assert.is(failureOfAnswer(400, {}, "").kind, "context-length");
  assert.is(failureOfAnswer(413, {}, "").kind, "context-length");
});
test("a sentence about a rate is never about the length of a prompt", () => {
  const said = "Rate limit: input is too long for 6000 tokens per minute";
  const kindOf = (status: number) => failureOfAnswer(status, {}, JSON.stringify(error(said))).kind;
  assert.equal([400, 413, 429].map(kindOf), ["invalid-request", "rate-limit", "rate-limit"]);
});
test("a client that makes a provider repeat its words benches nobody", () => {
  for (const words of [
    "insufficient_quota: your credit balance is too low",
    "API key not valid",
    "rate limit reached",
    "the server is overloaded",
    "model x does not exist",
    "This model is not available in your region",
    "maximum monthly spend limit reached",
  ]) {
    const body = JSON.stringify(error(`Invalid value for 'tool_choice': '${words}'`));
    const { kind } = failureOfAnswer(400, {}, body);
    assert.is(consequences[kind].bench, "none", `${words}: ${kind}`);
  }
  assert.is(failureOfAnswer(403, {}, "<html><title>Blocked</title></html>").kind, "server");
});

for (const { shape, body, says } of [
  { shape: "error.message", body: { error: { message: "says" } }, says: "says" },
  { shape: "error", body: { error: "says" }, says: "says" },
  { shape: "message", body: { object: "error", message: "says" }, says: "says" },
  { shape: "detail", body: { detail: "says" }, says: "says" },
  {
    shape: "detail[0].msg",
    body: { detail: [{ loc: ["body", "stop"], msg: "says" }] },
    says: "body.stop: says",
  },
  { shape: "detail.error", body: { detail: { error: "says" } }, says: "says" },
  {
    shape: "errors[0].message",
    body: { success: false, errors: [{ message: "says" }] },
    says: "says",
  },
  { shape: "errors[0]", body: { errors: ["says"] }, says: "says" },
  { shape: "base_resp.status_msg", body: { base_resp: { status_msg: "says" } }, says: "says" },
  { shape: "status_msg", body: { status_msg: "says" }, says: "says" },
  { shape: "title", body: { status: 400, title: "says" }, says: "says" },
  {
    shape: "fault.faultstring",
    body: { fault: { faultstring: "says", detail: {} } },
    says: "says",
  },
  { shape: "an array around it", body: [{ error: { message: "says" } }], says: "says" },
  {
    shape: "OpenRouter's raw",
    body: { error: { message: "Provider returned error", metadata: { raw: "says" } } },
    says: "Provider returned error: says",
  },
  { shape: "nothing but a code", body: { error: { code: "says" } }, says: "says" },
  { shape: "plain text", body: "says so", says: "says so" },
  { shape: "long plain text", body: "x".repeat(1_000), says: "x".repeat(300) },
  {
    shape: "HTML",
    body: "<!DOCTYPE html>\n<html><head><title> 500 Oops </title></head><body>…</body>",
    says: "an HTML page: 500 Oops",
  },
  { shape: "HTML without a title", body: "<html></html>", says: "an HTML page" },
  { shape: "nothing", body: "", says: "HTTP 500" },
]) {
  test(`a refusal's words are found as ${shape}`, () => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    assert.is(failureOfAnswer(500, {}, text).text, says);
  });
}

const date = "Wed, 25 Nov 2026 12:00:00 GMT";
const epochSeconds = Date.parse(date) / 1_000;
for (const { name, headers = {}, body = {}, seconds } of [
  { name: "retry-after in seconds", headers: { "retry-after": "7" }, seconds: 7 },
  {
    name: "retry-after as an HTTP date",
    headers: { date, "retry-after": "Wed, 25 Nov 2026 12:00:30 GMT" },
    seconds: 30,
  },
  {
    name: "an HTTP date where the answer has none itself",
    headers: { "retry-after": "Wed, 25 Nov 2026 12:00:30 GMT" },
    seconds: null,
  },
  {
    name: "an instant that has passed",
    headers: { date, "retry-after": "Wed, 25 Nov 2026 11:00:00 GMT" },
    seconds: 0,
  },
  {
    name: "retry-after-ms, which is finer",
    headers: { "retry-after-ms": "1500", "retry-after": "9" },
    seconds: 2,
  },
  {
    name: "a Go duration of what is spent",
    headers: {
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "1m2.5s",
      "x-ratelimit-remaining-tokens": "100",
      "x-ratelimit-reset-tokens": "6m0s",
    },
    seconds: 63,
  },
  {
    name: "a Go duration in milliseconds",
    headers: { "x-ratelimit-reset-tokens": "120ms" },
    seconds: 1,
  },
  {
    name: "hours",
    headers: { "x-ratelimit-reset-requests": "1h0m1s", "x-ratelimit-remaining-requests": "0" },
    seconds: 3_601,
  },
  {
    name: "plain seconds (Cerebras, Together)",
    headers: { "x-ratelimit-reset": "12.3" },
    seconds: 13,
  },
  {
    name: "RFC 3339 (Anthropic)",
    headers: {
      date,
      "anthropic-ratelimit-input-tokens-remaining": "0",
      "anthropic-ratelimit-input-tokens-reset": "2026-11-25T12:00:20Z",
      "anthropic-ratelimit-requests-remaining": "9",
      "anthropic-ratelimit-requests-reset": "2026-11-25T12:10:00Z",
    },
    seconds: 20,
  },
  {
    name: "Unix time in seconds (DigitalOcean)",
    headers: { date, "x-ratelimit-reset-requests": String(epochSeconds + 40) },
    seconds: 40,
  },
  {
    name: "Unix time in milliseconds (OpenRouter)",
    headers: { date, "x-ratelimit-reset": String((epochSeconds + 50) * 1_000) },
    seconds: 50,
  },
  { name: "Mistral's own name", headers: { "ratelimitbysize-reset": "15" }, seconds: 15 },
  {
    name: "Google's RetryInfo",
    body: error("x", {
      status: "RESOURCE_EXHAUSTED",
      details: [
        { "@type": "type.googleapis.com/google.rpc.QuotaFailure" },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "17.2s" },
      ],
    }),
    seconds: 18,
  },
  {
    name: "OpenAI's sentence",
    body: error("Rate limit reached. Please try again in 1m20s. Visit"),
    seconds: 80,
  },
  {
    name: "OpenAI's sentence in milliseconds",
    body: error("Please try again in 20ms."),
    seconds: 1,
  },
  { name: "Azure's sentence", body: error("Please retry after 6 seconds."), seconds: 6 },
  { name: "more than a day", headers: { "retry-after": "999999" }, seconds: 86_400 },
  { name: "a negative number", headers: { "retry-after": "-5" }, seconds: null },
  {
    name: "words",
    headers: { "retry-after": "soon", "x-ratelimit-reset": "later" },
    seconds: null,
  },
  { name: "nothing", seconds: null },
]) {
  test(`when to ask again: ${name}`, () =>
    assert.is(failureOfAnswer(429, headers, JSON.stringify(body)).retryAfterSeconds, seconds));
}
test("the limits that every answer carries are not a reason to wait after a fault", () =>
  assert.is(
    failureOfAnswer(500, { "x-ratelimit-reset-tokens": "6m0s" }, "").retryAfterSeconds,
    null,
  ));
test("a redirect says that the address is wrong", () => {
  const { kind, text } = failureOfAnswer(301, { location: "https://x.example" }, "<html></html>");
  assert.is(kind, "server");
  assert.match(text, /base URL is not right/);
});
test("a provider's own word on asking again is kept", () => {
  assert.is(failureOfAnswer(500, { "x-should-retry": "false" }, "").shouldRetry, false);
  assert.is(failureOfAnswer(400, { "x-should-retry": "true" }, "").shouldRetry, true);
  assert.is(failureOfAnswer(400, {}, "").shouldRetry, undefined);
});

test("no answer makes classification throw, leaves a key in its text, or takes long", () => {
  const began = performance.now();
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 599 }),
      fc.oneof(
        fc.string({ maxLength: 300 }),
        fc.jsonValue().map((value) => JSON.stringify(value)),
        fc.jsonValue().map((value) => JSON.stringify({ error: value, detail: [value] })),
      ),
      fc.dictionary(
        fc.constantFrom(
          "retry-after",
          "retry-after-ms",
          "x-ratelimit-reset-tokens",
          "date",
          "x-should-retry",
        ),
        fc.string(),
      ),
      (status, body, headers) => {
        const failure = failureOfAnswer(status, headers, body);
        assert.ok(failure.text.length <= 1_100);
        const { retryAfterSeconds: seconds } = failure;
        assert.ok(seconds === null || (seconds >= 0 && seconds <= 86_400));
      },
    ),
    { numRuns: 5_000 },
  );
  const long = `maximum context length is 1 tokens ${"requested model ".repeat(4_000)}`;
  failureOfAnswer(400, {}, JSON.stringify(error(long)));
  failureOfAnswer(400, {}, "(".repeat(60_000));
  assert.ok(performance.now() - began < 15_000);
  assert.not.match(garbled("not JSON: sk-proj-abcdefghijklmnop1234").text, /abcdefgh/);
});

test.run();
