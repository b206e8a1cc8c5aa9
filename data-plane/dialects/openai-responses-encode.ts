/** Answers of `/responses`: the whole object, and the events with their numbers (openrouter-api.md 3.3). Pure. */
import { completionMeters, promptMeters, sum } from "#schema/meters.ts";
import { dollarsNumber } from "#schema/dollars-number.ts";
import type { ChatAsk, Delta, Whole } from "../operations/chat.ts";
import type { ErrorType } from "../refusal.ts";

import type { Bill, Face, StreamEncoder } from "./dialect.ts";
import { responseOutput } from "./openai-responses-output.ts";
import { isObject } from "../operations/json-value.ts";

type Json = Record<string, unknown>;

/**
 * Where the provider speaks this dialect too, its own events are passed on: those that hold the response with our id, model
 * and bill in it, the others byte for byte. The last one waits for the bill.
 */
export function responsesEncoder(face: Face, ask: ChatAsk): StreamEncoder {
  const base = responseBase(face, ask);
  let told = "";
  let sequence = 0;
  const tell = (type: string, members: Json): void => {
    told += frameOf({ type, sequence_number: sequence++, ...members });
  };
  const output = responseOutput(face.id, tell, { exclude: ask.reasoning?.exclude === true });
  let begun = false;
  let finish: string | null = null;
  let tier: string | null = null;
  let textFrame: { before: string; add: (text: string) => void } | null = null;
  let native: { last: string; end: Json | null } | null = null;

  const begin = (): void => {
    if (begun) return;
    begun = true;
    const response = { ...base, status: "in_progress" };
    tell("response.created", { response });
    tell("response.in_progress", { response });
  };
  const take = (): string => {
    const text = told;
    told = "";
    return text;
  };

  return {
    event(event) {
      if (event.kind === "frame") {
        begun = true;
        native ??= { last: "", end: null };
        const passed = passOn(event.name, event.data, base, native);
        if (passed !== "") native.last = event.data;
        return passed;
      }
      if (native) return "";
      if (event.kind === "text") {
        begin();
        if (!textFrame) {
          output.addText(event.text);
          const place = output.textPlace();
          if (place)
            textFrame = {
              before: `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":${JSON.stringify(place.itemId)},"output_index":${place.outputIndex},"content_index":0,"logprobs":[],"delta":"`,
              add: place.add,
            };
          return take();
        }
        textFrame.add(event.text);
        return `${textFrame.before}${event.text}","sequence_number":${sequence++}}\n\n`;
      }
      if (event.kind !== "chunk") return "";
      begin();
      textFrame = null;
      const { choices = [], service_tier: served } = event.chunk;
      if (typeof served === "string") tier = served;
      const [choice] = choices;
      if (choice) {
        if (isObject(choice.delta)) output.add(choice.delta, choice["logprobs"]);
        if (typeof choice.finish_reason === "string") finish = choice.finish_reason;
      }
      return take();
    },
    end(bill) {
      if (native?.end) {
        const { response, ...rest } = native.end;
        return frameOf({
          ...rest,
          response: { ...(isObject(response) ? response : {}), usage: usageOf(bill) },
        });
      }
      begin();
      const ending = endingOf(finish);
      const items = output.close(ending.status === "incomplete");
      tell(`response.${ending.status}`, {
        response: { ...base, ...ending, ...tierOf(tier), output: items, usage: usageOf(bill) },
      });
      return take();
    },
    broken(refusal) {
      const error = { code: codeOf(refusal.type), message: refusal.message };
      if (native) sequence = 1 + lastNumber(native.last);
      // Nothing has begun that could fail.
      if (!begun) {
        tell("error", { ...error, param: null });
        return take();
      }
      const next = sequence;
      const items = native ? [] : output.close(true);
      told = ""; // what is open is not told to its end
      sequence = next;
      const response = {
        ...base,
        status: "failed",
        output: items,
        error,
        error_type: refusal.type,
      };
      tell("response.failed", { response });
      return take();
    },
  };
}

const frameOf = (event: Json): string =>
  `event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`;

/** A provider's own event for the client; what ends the stream is kept for the end. */
function passOn(name: string, data: string, base: Json, native: { end: Json | null }): string {
  // Only a few hold the response; a text may say anything, so a false alarm costs no more than a parse.
  if (name !== "" && !data.includes('"response":') && name !== "error")
    return `event: ${name}\ndata: ${data.replaceAll("\n", "\ndata: ")}\n\n`;
  const event: unknown = JSON.parse(data); // was read as an object before it came here
  if (!isObject(event)) return "";
  const type = typeof event["type"] === "string" ? event["type"] : name;
  if (type === "error" || type === "response.failed" || type === "response.cancelled") return ""; // told as a refusal
  const { response } = event;
  if (!isObject(response) || !/^response\.\w+$/.test(type))
    return `event: ${type}\ndata: ${data.replaceAll("\n", "\ndata: ")}\n\n`;
  const edited = {
    ...event,
    type,
    response: { ...base, ...response, id: base["id"], model: base["model"] },
  };
  if (type !== "response.completed" && type !== "response.incomplete") return frameOf(edited);
  native.end = edited;
  return "";
}

/** The number of the last event that was passed on: no text holds the name unescaped. */
const lastNumber = (data: string): number =>
  +([...data.matchAll(/"sequence_number":\s*(\d{1,9})/g)].at(-1)?.[1] ?? -1);

export function encodeResponse(
  face: Face,
  ask: ChatAsk,
  whole: Whole,
  bill: Bill,
  native?: Json,
): string {
  const base = responseBase(face, ask);
  const usage = usageOf(bill);
  if (native) return JSON.stringify({ ...base, ...native, id: face.id, model: face.model, usage });
  const [choice] = whole.choices ?? [];
  const exclude = ask.reasoning?.exclude === true;
  const output = responseOutput(face.id, () => {}, { exclude });
  if (isObject(choice?.message)) output.add(deltaOf(choice.message), choice["logprobs"]);
  const ending = endingOf(choice?.finish_reason ?? null);
  const tier = typeof whole["service_tier"] === "string" ? whole["service_tier"] : null;
  const items = output.close(ending.status === "incomplete");
  return JSON.stringify({ ...base, ...ending, ...tierOf(tier), output: items, usage });
}

/** A message is a delta whose calls have no places. */
function deltaOf(message: Json): Delta {
  const { tool_calls: calls, content, ...rest } = message;
  return {
    ...rest,
    content: typeof content === "string" ? content : null,
    ...(Array.isArray(rest["reasoning_details"]) ? {} : { reasoning_details: [] }),
    ...(Array.isArray(calls)
      ? { tool_calls: calls.filter(isObject).map((call, index) => ({ ...call, index })) }
      : {}),
    ...(Array.isArray(rest["annotations"]) ? {} : { annotations: [] }),
    ...(Array.isArray(rest["images"]) ? {} : { images: [] }),
  };
}

const tierOf = (tier: string | null): Json => (tier === null ? {} : { service_tier: tier });

/** A length that is too long is an incomplete answer here, and no error. */
function endingOf(finish: string | null): { status: "completed" | "incomplete" } & Json {
  if (finish === "length")
    return { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
  if (finish === "content_filter")
    return { status: "incomplete", incomplete_details: { reason: "content_filter" } };
  return { status: "completed" };
}

/** Everything that the clients demand of a response, as far as the request says it (openrouter-api.md 7.4, `@openrouter/sdk` 1.3.19). */
function responseBase(face: Face, ask: ChatAsk): Json {
  const asked = new Map(ask.members.map((member) => [member.name, member]));
  const echo = (name: string): unknown => {
    const member = asked.get(name);
    return member ? JSON.parse(ask.text.slice(member.valueStart, member.valueEnd)) : undefined;
  };
  const tools = echo("tools");
  const text = echo("text");
  const reasoning = echo("reasoning");
  const { effort = null, summary = null } = isObject(reasoning) ? reasoning : {};
  return {
    id: face.id,
    object: "response",
    created_at: face.created,
    status: "in_progress",
    background: false,
    completed_at: null,
    error: null,
    incomplete_details: null,
    instructions: echo("instructions") ?? null,
    max_output_tokens: echo("max_output_tokens") ?? null,
    max_tool_calls: echo("max_tool_calls") ?? null,
    metadata: echo("metadata") ?? {},
    model: face.model,
    output: [],
    parallel_tool_calls: echo("parallel_tool_calls") ?? true,
    previous_response_id: null,
    prompt_cache_key: echo("prompt_cache_key") ?? null,
    reasoning: { effort, summary },
    safety_identifier: echo("safety_identifier") ?? null,
    service_tier: null,
    store: false,
    temperature: echo("temperature") ?? null,
    text: { format: { type: "text" }, ...(isObject(text) ? text : {}) },
    tool_choice: echo("tool_choice") ?? "auto",
    tools: Array.isArray(tools) ? tools.map(toolOf) : [],
    top_logprobs: echo("top_logprobs") ?? null,
    top_p: echo("top_p") ?? null,
    presence_penalty: echo("presence_penalty") ?? null,
    frequency_penalty: echo("frequency_penalty") ?? null,
    truncation: echo("truncation") ?? "disabled",
    usage: null,
    user: echo("user") ?? null,
    provider: face.provider,
  };
}

/** Clients demand both members of a function. */
const toolOf = (tool: unknown): unknown =>
  isObject(tool) && tool["type"] === "function"
    ? { parameters: null, strict: null, ...tool }
    : tool;

function usageOf({ counts, charge, ownKey, upstreamCost }: Bill): Json {
  const input = +sum(counts, promptMeters).toString();
  const output = +sum(counts, completionMeters).toString();
  const count = (value: bigint | undefined): number => +(value ?? 0n).toString();
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: count(counts.cache_read),
      cache_write_tokens: count((counts.cache_write_5m ?? 0n) + (counts.cache_write_1h ?? 0n)),
    },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: count(counts.reasoning) },
    total_tokens: input + output,
    cost: dollarsNumber(charge.total),
    is_byok: ownKey,
    cost_details: {
      upstream_inference_cost: ownKey && upstreamCost !== null ? dollarsNumber(upstreamCost) : null,
      upstream_inference_input_cost: dollarsNumber(charge.prompt),
      upstream_inference_output_cost: dollarsNumber(charge.completion),
    },
    ...(counts.web_search === undefined
      ? {}
      : { server_tool_use_details: { web_search_requests: count(counts.web_search) } }),
  };
}

/** OpenAI's words for what went wrong in a response; ours stands beside it as `error_type`. */
function codeOf(type: ErrorType): string {
  switch (type) {
    case "rate_limit_exceeded":
      return "rate_limit_exceeded";
    case "invalid_request":
    case "invalid_prompt":
    case "context_length_exceeded":
    case "content_policy_violation":
      return "invalid_prompt";
    default:
      return "server_error";
  }
}
