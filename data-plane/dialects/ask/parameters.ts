/** Members of a chat request that are parameters in the catalogue's vocabulary; the others are not for an endpoint to support. */
const parameterNames = new Set([
  "temperature",
  "top_p",
  "top_k",
  "min_p",
  "top_a",
  "frequency_penalty",
  "presence_penalty",
  "repetition_penalty",
  "max_tokens",
  "max_completion_tokens",
  "logit_bias",
  "logprobs",
  "top_logprobs",
  "prediction",
  "seed",
  "response_format",
  "structured_outputs",
  "stop",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "include_reasoning",
  "reasoning",
  "reasoning_effort",
  "web_search_options",
  "verbosity",
]);

/** Names of the optional parameters that were sent, of a body in the middle language. */
export const parametersOf = (body: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(body).filter((name) => parameterNames.has(name) && (body[name] ?? null) !== null);
