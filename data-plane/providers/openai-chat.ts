/**
 * The wire protocol of OpenAI's chat completions, as most providers speak it; their differences are flags (columns of
 * the provider row), not code. Pure functions: no fetch, no clock, no logging.
 */
import { parseUsage } from "./openai-usage.ts";
import { editMembers } from "../operations/json-members.ts";
import type { ChatAsk, Chunk, Failure, StreamEvent, Usage, Whole } from "../operations/chat.ts";
import { failureInside, failureOfAnswer, garbled } from "./failures.ts";
import type { Upstream, WireProtocol } from "./wire-protocol.ts";

const path = "/chat/completions";

/**
 * Members that are for the gateway, or that would point a provider's server elsewhere: never sent on
 * (reliability.md D59). Everything else, known or not, reaches the provider as the client wrote it.
 */
const withheld: ReadonlySet<string> = new Set([
  "provider",
  "models",
  "route",
  "plugins",
  "transforms",
  "preset",
  "usage",
  "session_id",
  "trace",
  "debug",
  "reasoning",
  "include_reasoning",
  "cache_control",
  "image_config",
  "stop_server_tools_when",
  "max_tool_calls",
  "api_base",
  "base_url",
  "api_key",
  "headers",
  "extra_headers",
  "extra_body",
  "custom_llm_provider",
]);

/** The client's body with the upstream's model name and what the provider's flags ask for. `outputTokensMax` is a clamp of ours, or null. */
export function encodeBody(ask: ChatAsk, upstream: Upstream): string {
  const edits = new Map<string, string | null>([["model", JSON.stringify(upstream.model)]]);
  const effort = ask.reasoning?.effort ?? null;
  if (effort !== null) edits.set("reasoning_effort", JSON.stringify(effort));
  if (ask.stream)
    edits.set(
      "stream_options",
      upstream.flags["usageInStream"] === "always" ? null : '{"include_usage":true}',
    );
  else edits.set("stream_options", null);
  const field =
    upstream.flags["tokenLimitField"] === "max_completion_tokens"
      ? "max_completion_tokens"
      : "max_tokens";
  if (ask.serviceTier !== null)
    edits.set(
      "service_tier",
      upstream.serviceTier === null ? null : JSON.stringify(upstream.serviceTier),
    );
  const limit = upstream.outputTokensMax ?? ask.outputTokensMax;
  if (limit !== null) {
    edits.set("max_tokens", null);
    edits.set("max_completion_tokens", null);
    edits.set(field, String(limit));
  }
  if (ask.dialect === "openai-chat") return editMembers(ask.text, ask.members, edits, withheld);
  return JSON.stringify(edited(ask.body, edits));
}

/** The same for what was asked in another dialect: there is no text of the client's to keep. */
function edited(
  body: Readonly<Record<string, unknown>>,
  edits: ReadonlyMap<string, string | null>,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body))
    if (!withheld.has(name) && !edits.has(name)) result[name] = value;
  for (const [name, value] of edits) if (value !== null) result[name] = JSON.parse(value);
  return result;
}

/** One event's data. Decoding never throws: what cannot be read is a failure. */
export function decodeEvent(data: string, flags: Readonly<Record<string, unknown>>): StreamEvent[] {
  if (data === "[DONE]") return [{ kind: "done" }];
  const chunk = parseObject(data);
  if (!chunk)
    return [
      {
        kind: "failure",
        failure: garbled(`the provider sent an event that is not JSON: ${data.slice(0, 200)}`),
      },
    ];
  if (chunk["error"] !== undefined && chunk["error"] !== null)
    return [{ kind: "failure", failure: failureInside(chunk) }];
  const events: StreamEvent[] = [];
  const choices: NonNullable<Chunk["choices"]> = Array.isArray(chunk["choices"])
    ? chunk["choices"].filter(isObject)
    : [];
  const usage = usageOf(chunk, choices, flags);
  if (choices.length > 0)
    events.push({ kind: "chunk", chunk: { ...chunk, choices }, content: choices.some(hasContent) });
  if (usage) events.push({ kind: "usage", usage });
  return events;
}

/** What a stream's chunks of text have in common, byte for byte, before and behind the text. */
type Mould = { before: string; after: string; like: Chunk };

/** A stream whose chunks differ in more than their text (an id for each, padding) is not worth looking at again. */
const mouldsMax = 4;
const mark = "turnpike";

/**
 * Events' data of one stream to events. Nearly all of a stream's chunks differ in their text only; once one was parsed,
 * the ones that are the same around a text without quotes and escapes are not parsed any more (a tenth of the work).
 */
export function eventDecoder(
  flags: Readonly<Record<string, unknown>>,
): (data: string) => StreamEvent[] {
  let mould: Mould | null = null;
  let moulds = 0;
  return (data) => {
    if (
      mould &&
      data.length >= mould.before.length + mould.after.length &&
      data.startsWith(mould.before) &&
      data.endsWith(mould.after)
    ) {
      const text = data.slice(mould.before.length, data.length - mould.after.length);
      // eslint-disable-next-line no-control-regex -- no JSON text holds them bare
      if (!/["\\\u0000-\u001f]/.test(text)) return [{ kind: "text", text, like: mould.like }];
    }
    const events = decodeEvent(data, flags);
    const [event] = events;
    if (moulds < mouldsMax && events.length === 1 && event?.kind === "chunk") {
      const cast = mouldOf(data, event.chunk);
      if (cast) moulds++;
      mould = cast ?? mould;
    }
    return events;
  };
}

/** Null unless the chunk is one piece of text and nothing else. */
function mouldOf(data: string, chunk: Chunk): Mould | null {
  const [choice, ...others] = chunk.choices ?? [];
  if (!choice || others.length > 0 || !isObject(choice.delta)) return null;
  if (typeof choice.finish_reason === "string" || (chunk.usage ?? null) !== null) return null;
  const { content, ...rest } = choice.delta;
  if (typeof content !== "string" || content === "" || Object.keys(rest).length > 0) return null;
  const name = data.indexOf('"content":"');
  if (name === -1) return null;
  const start = name + '"content":"'.length;
  const end = start + content.length;
  if (data.slice(start, end) !== content || data[end] !== '"') return null;
  const before = data.slice(0, start);
  const after = data.slice(end);
  // That it was this member, and no other of the same name, shows when something else stands there.
  const other = parseObject(before + mark + after);
  const same =
    JSON.stringify(other) ===
    JSON.stringify(parseObject(data)).replace(
      JSON.stringify({ content }).slice(1, -1),
      JSON.stringify({ content: mark }).slice(1, -1),
    );
  const [marked] = Array.isArray(other?.["choices"]) ? other["choices"] : [];
  const found = isObject(marked) && isObject(marked["delta"]) ? marked["delta"]["content"] : null;
  return same && found === mark ? { before, after, like: chunk } : null;
}

/** Where a provider puts its usage: Groq under a name of its own, old models of Moonshot beside their first choice. */
function usageOf(
  answer: Record<string, unknown>,
  choices: readonly Record<string, unknown>[],
  flags: Readonly<Record<string, unknown>>,
): Usage | null {
  const raw =
    answer["usage"] ??
    (isObject(answer["x_groq"]) ? answer["x_groq"]["usage"] : null) ??
    choices.find((choice) => isObject(choice["usage"]))?.["usage"];
  if (!isObject(raw) || Object.keys(raw).length === 0) return null;
  return parseUsage(raw, flags) ?? { counts: null, raw };
}

function hasContent(choice: NonNullable<Chunk["choices"]>[number]): boolean {
  const delta = choice.delta;
  if (!isObject(delta)) return false;
  return Object.entries(delta).some(
    ([name, value]) =>
      name !== "role" &&
      value !== null &&
      value !== "" &&
      !(Array.isArray(value) && value.length === 0),
  );
}

/** A whole answer, or why it is none. */
export function decodeWhole(
  body: string,
  flags: Readonly<Record<string, unknown>>,
): { whole: Whole; usage: Usage | null } | Failure {
  const whole = parseObject(body);
  if (!whole) return garbled(`the provider's answer is not JSON: ${body.slice(0, 200)}`);
  if (whole["error"] !== undefined && whole["error"] !== null) return failureInside(whole);
  if (!Array.isArray(whole["choices"]) || !whole["choices"].some(isObject))
    return garbled("the provider's answer has no choices");
  const choices = whole["choices"].filter(isObject);
  return { whole: { ...whole, choices }, usage: usageOf(whole, choices, flags) };
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const openaiChat: WireProtocol = {
  operation: "chat",
  framing: "sse",
  auth: "bearer",
  remoteMedia: "fetch",
  unsupported: new Set(),
  encode: (ask, upstream) => ({ path, headers: {}, body: encodeBody(ask, upstream) }),
  decoder: (_ask, { flags }) => eventDecoder(flags),
  decodeWhole: (body, _ask, { flags }) => decodeWhole(body, flags),
  decodeFailure: failureOfAnswer,
};
