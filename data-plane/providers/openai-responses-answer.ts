/** A whole answer of OpenAI's Responses API, and the parts that its events share with it (contract/providers.md 4.1). Pure. */
import { openaiResponsesFlags, readOpenaiResponsesFlags } from "#schema/flags/openai-responses.ts";
import type {
  ChatAsk,
  Failure,
  ReasoningDetail,
  Usage,
  Whole,
  WholeChoice,
} from "../operations/chat.ts";
import { failureInside, garbled } from "./failures.ts";
import { parseUsage } from "./openai-usage.ts";
import type { Upstream } from "./wire-protocol.ts";

type Json = Record<string, unknown>;

export function decodeAnswer(
  body: string,
  ask: ChatAsk,
  { flags }: Upstream,
): { whole: Whole; usage: Usage | null; native?: Json } | Failure {
  const answer = parseObject(body);
  if (!answer) return garbled(`the provider's answer is not JSON: ${body.slice(0, 200)}`);
  if ((answer["error"] ?? null) !== null || answer["status"] === "failed")
    return answer["object"] === "response" ? saidFailure(answer["error"]) : failureInside(answer);
  if (!Array.isArray(answer["output"])) return garbled("the provider's answer has no output");
  if (
    answer["status"] === "in_progress" ||
    answer["status"] === "queued" ||
    answer["status"] === "cancelled"
  )
    return garbled(`the provider answered with a response that is ${answer["status"]}`);
  const output = answer["output"].filter(isObject);
  const choice = choiceOf(answer, output, ask, readOpenaiResponsesFlags(flags).reasoningFormat);
  const { id, service_tier: tier } = answer;
  return {
    whole: {
      ...(typeof id === "string" ? { id } : {}),
      ...(typeof tier === "string" ? { service_tier: tier } : {}),
      choices: [choice],
    },
    usage: usageOf(answer, flags),
    ...(ask.dialect === "openai-responses" ? { native: markedNative(answer, flags) } : {}),
  };
}

function choiceOf(
  answer: Json,
  output: readonly Json[],
  ask: ChatAsk,
  format: string,
): WholeChoice {
  const text: string[] = [];
  const refusals: string[] = [];
  const thoughts: string[] = [];
  const details: ReasoningDetail[] = [];
  const calls: unknown[] = [];
  const annotations: unknown[] = [];
  const images: unknown[] = [];
  const logprobs: unknown[] = [];
  for (const item of output) {
    switch (item["type"]) {
      case "message":
        for (const part of listOf(item["content"])) {
          if (typeof part["text"] === "string") text.push(part["text"]);
          if (typeof part["refusal"] === "string") refusals.push(part["refusal"]);
          if (Array.isArray(part["annotations"]))
            annotations.push(...part["annotations"].flatMap(annotationOf));
          logprobs.push(...(logprobsOf(part["logprobs"])?.content ?? []));
        }
        break;
      case "function_call":
        calls.push({
          id: item["call_id"],
          type: "function",
          function: { name: item["name"], arguments: item["arguments"] ?? "" },
        });
        break;
      case "reasoning": {
        if (ask.reasoning?.exclude === true) break;
        const id = typeof item["id"] === "string" ? item["id"] : null;
        const more = (): { id: string | null; format: string; index: number } => ({
          id,
          format,
          index: details.length,
        });
        for (const { text: summary } of listOf(item["summary"]))
          if (typeof summary === "string") {
            thoughts.push(summary);
            details.push({ type: "reasoning.summary", summary, ...more() });
          }
        for (const { text: thought } of listOf(item["content"]))
          if (typeof thought === "string") {
            thoughts.push(thought);
            details.push({ type: "reasoning.text", text: thought, ...more() });
          }
        const data = item["encrypted_content"];
        if (typeof data === "string" && data !== "")
          details.push({ type: "reasoning.encrypted", data, ...more() });
        break;
      }
      case "image_generation_call":
        images.push(...imageOf(item));
        break;
      default:
    }
  }
  return {
    index: 0,
    message: {
      role: "assistant",
      content: text.length > 0 ? text.join("") : null,
      ...(refusals.length > 0 ? { refusal: refusals.join("") } : {}),
      ...(thoughts.length > 0 ? { reasoning: thoughts.join("\n\n") } : {}),
      ...(details.length > 0 ? { reasoning_details: details } : {}),
      ...(calls.length > 0 ? { tool_calls: calls } : {}),
      ...(annotations.length > 0 ? { annotations } : {}),
      ...(images.length > 0 ? { images } : {}),
    },
    ...finishOf(answer, calls.length > 0),
    ...(logprobs.length > 0 ? { logprobs: { content: logprobs, refusal: null } } : {}),
  };
}

/** What a thought without a mark is taken for. */
export const usualFormat = openaiResponsesFlags.reasoningFormat.absent;

/** Whose thoughts they are, where they are not of the usual family: the next turn may go elsewhere. */
function markedNative(answer: Json, flags: Upstream["flags"]): Json {
  const format = readOpenaiResponsesFlags(flags).reasoningFormat;
  if (format === usualFormat || !Array.isArray(answer["output"])) return answer;
  return {
    ...answer,
    output: answer["output"].map((item: unknown) =>
      isObject(item) && item["type"] === "reasoning" ? { ...item, format } : item,
    ),
  };
}

/** Why an answer ended: calls are to be run, unless it was cut before they were whole. */
export function finishOf(
  response: Json,
  called: boolean,
): { finish_reason: string; native_finish_reason: string } {
  const details = isObject(response["incomplete_details"]) ? response["incomplete_details"] : {};
  const reason = typeof details["reason"] === "string" ? details["reason"] : null;
  if (response["status"] !== "incomplete" && reason === null)
    return { finish_reason: called ? "tool_calls" : "stop", native_finish_reason: "completed" };
  return {
    finish_reason: reason === "content_filter" ? "content_filter" : "length",
    native_finish_reason: reason ?? "incomplete",
  };
}

/**
 * Usage in disjoint counts: cached and written tokens are inside `input_tokens`, reasoning inside `output_tokens`. Searches are
 * billed by the piece and stand in `tool_usage`, where a provider has that (OpenAI since GPT-5.6), else they are the search
 * actions among the items; what only opens a page or looks for words in it is no search.
 */
export function usageOf(response: Json, flags: Upstream["flags"]): Usage | null {
  const raw = response["usage"];
  if (!isObject(raw) || Object.keys(raw).length === 0) return null;
  const usage = parseUsage(
    {
      prompt_tokens: raw["input_tokens"],
      completion_tokens: raw["output_tokens"],
      total_tokens: raw["total_tokens"],
      prompt_tokens_details: raw["input_tokens_details"],
      completion_tokens_details: raw["output_tokens_details"],
    },
    flags,
  );
  if (!usage) return { counts: null, raw };
  const output = listOf(response["output"]);
  const searches = searchesOf(response, raw, output);
  const images = output.filter((item) => imageOf(item).length > 0).length;
  const counts = { ...usage.counts };
  if (searches > 0) counts.web_search = BigInt(searches);
  if (images > 0) counts.image_output = BigInt(images);
  return { counts, raw };
}

const piecesMax = 10_000;

function searchesOf(response: Json, usage: Json, output: readonly Json[]): number {
  const tools = isObject(response["tool_usage"]) ? response["tool_usage"] : {};
  const search = isObject(tools["web_search"]) ? tools["web_search"] : {};
  const details = usage["server_side_tool_usage_details"]; // xAI
  const told = search["num_requests"] ?? (isObject(details) ? details["web_search_calls"] : null);
  if (typeof told === "number" && Number.isInteger(told) && told >= 0 && told <= piecesMax)
    return told;
  return output.filter((item) => {
    if (item["type"] !== "web_search_call" || item["status"] === "failed") return false;
    const action = isObject(item["action"]) ? item["action"]["type"] : undefined;
    return action === undefined || action === "search";
  }).length;
}

/** What a response says went wrong, with the status that its code would have had (contract/providers.md 3.1). */
export function saidFailure(error: unknown): Failure {
  if (!isObject(error))
    return failureInside({
      error: { message: typeof error === "string" ? error : "the provider's response failed" },
    });
  const word = [error["code"], error["type"]].filter((one) => typeof one === "string").join(" ");
  const status = statuses.find(([pattern]) => pattern.test(word))?.[1];
  const policy = /_policy/.test(word) ? { type: "content_filter" } : {};
  return failureInside({
    error: { ...error, ...policy, ...(status === undefined ? {} : { http_code: status }) },
  });
}

/** A status line that a failure inside of a stream does not have. */
const statuses: readonly [RegExp, number][] = [
  [/rate_limit|insufficient_quota|too_many_requests/, 429],
  [/overloaded|slow_down|capacity/, 503],
  [/context_length|invalid_|image|string_above|_policy/, 400],
];

/** In chat a citation is a level deeper; citations of files have no word there. */
export function annotationOf(value: unknown): unknown[] {
  if (!isObject(value) || value["type"] !== "url_citation" || typeof value["url"] !== "string")
    return [];
  const { type: _type, ...citation } = value;
  return [
    {
      type: "url_citation",
      url_citation: { title: "", start_index: 0, end_index: 0, ...citation },
    },
  ];
}

const mediaTypes = new Set(["png", "webp", "jpeg", "gif"]);
export function imageOf(item: Json): unknown[] {
  const { result, output_format: format } = item;
  if (item["type"] !== "image_generation_call" || typeof result !== "string" || result === "")
    return [];
  const kind = typeof format === "string" && mediaTypes.has(format) ? format : "png";
  return [{ type: "image_url", image_url: { url: `data:image/${kind};base64,${result}` } }];
}

/** Both APIs have the same entries, here in a bare list. */
export const logprobsOf = (value: unknown): { content: unknown[]; refusal: null } | null =>
  Array.isArray(value) && value.length > 0 ? { content: value, refusal: null } : null;

export function parseObject(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
