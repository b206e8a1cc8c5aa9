/** A whole answer of OpenAI's chat in our words, and what of it an answer in chunks has in common with it. Pure. */
import { createHash } from "node:crypto";
import { readOpenaiChatFlags, type OpenaiChatFlags } from "#schema/flags/openai-chat.ts";
import type {
  ChunkChoice,
  Delta,
  Failure,
  ToolCallDelta,
  Usage,
  Whole,
  WholeChoice,
} from "../operations/chat.ts";
import { failureInside, garbled } from "./failures.ts";
import { thinkSplitter, withReasoning, type Piece } from "./openai-chat-reasoning.ts";
import { parseUsage } from "./openai-usage.ts";
import type { Flags } from "./wire-protocol.ts";
import { isObject } from "../operations/json-value.ts";

/** Ids of tool calls that were replaced for the request, to what the client knows them by. */
export type Originals = () => ReadonlyMap<string, string>;
const none: ReadonlyMap<string, string> = new Map();
export const noOriginals: Originals = () => none;

/** A whole answer, or why it is none. */
export function decodeWhole(
  body: string,
  rowFlags: Flags,
  originals: Originals = noOriginals,
): { whole: Whole; usage: Usage | null } | Failure {
  const flags = readOpenaiChatFlags(rowFlags);
  const whole = parseObject(body);
  if (!whole) return garbled(`the provider's answer is not JSON: ${body.slice(0, 200)}`);
  const failure = failureOf(whole);
  if (failure) return failure;
  const found: WholeChoice[] = Array.isArray(whole["choices"])
    ? whole["choices"].filter(isObject)
    : [];
  if (found.length === 0) return garbled("the provider's answer has no choices");
  const choices = found.map((choice) => wholeChoice(choice, flags, whole["id"], originals));
  const broken = choices.map(brokenFinish).find((one) => one !== null);
  if (broken) return broken;
  return { whole: { ...whole, choices }, usage: usageOf(whole, found, rowFlags) };
}

function wholeChoice(
  choice: WholeChoice,
  flags: OpenaiChatFlags,
  answerId: unknown,
  originals: Originals,
): WholeChoice {
  const { usage: _usage, ...rest } = choice;
  let message: Record<string, unknown> = isObject(choice.message) ? choice.message : {};
  message = withReasoning(message, flags.reasoningFormat);
  if (flags.reasoningOut !== "fields" && typeof message["content"] === "string") {
    const splitter = thinkSplitter({ open: flags.reasoningOut === "thinkOpen" });
    const { content, ...others } = message;
    const pieces = [splitter.feed(String(content)), splitter.end()];
    message = { content: "", ...withPiece(others, pieces, flags.reasoningFormat) };
  }
  const calls = Array.isArray(message["tool_calls"]) ? message["tool_calls"].filter(isObject) : [];
  if (calls.length > 0) {
    const made = calls.map((call, index) => {
      const id = typeof call["id"] === "string" && call["id"] !== "" ? call["id"] : null;
      const target = isObject(call["function"]) ? call["function"] : {};
      const known = id ?? madeId(answerId, index, target);
      const { index: _index, ...others } = call;
      return {
        ...others,
        id: originals().get(known) ?? known,
        type: "function",
        function: withTextArguments({ arguments: "", ...target }),
      };
    });
    message = { ...message, tool_calls: made };
  }
  const native = typeof choice.finish_reason === "string" ? choice.finish_reason : "";
  const finish = native === "" ? { finish_reason: null } : finishOf(native, calls.length > 0);
  return { ...rest, message, ...finish };
}

/** A delta with text that has been cut into text and thoughts. */
export function withPiece(delta: Delta, pieces: readonly Piece[], format: string): Delta {
  const content = pieces.map((piece) => piece.content).join("");
  const reasoning = pieces.map((piece) => piece.reasoning).join("");
  return {
    ...delta,
    ...(content === "" ? {} : { content }),
    ...(reasoning === ""
      ? {}
      : {
          reasoning,
          reasoning_details: [{ type: "reasoning.text", text: reasoning, format, index: 0 }],
        }),
  };
}

/** For a call without an id; different in the turns of a conversation, as far as the answers are. */
export const madeId = (answerId: unknown, index: number, target: Record<string, unknown>): string =>
  `call_${createHash("sha256")
    .update(JSON.stringify([answerId, index, target]))
    .digest("hex")
    .slice(0, 24)}`;

/** Arguments are text; some hosts send the object that it should spell, or null. */
export function withTextArguments(
  target: Record<string, unknown>,
): NonNullable<ToolCallDelta["function"]> {
  const { name, arguments: given, ...rest } = target;
  return {
    ...rest,
    ...(typeof name === "string" && name !== "" ? { name } : {}),
    ...(given === undefined
      ? {}
      : {
          arguments:
            typeof given === "string" ? given : given === null ? "" : JSON.stringify(given),
        }),
  };
}

/** Providers' finish reasons in the contract's words; what is not here is an ordinary end. */
const finishWords: Readonly<Record<string, string>> = {
  tool_calls: "tool_calls",
  function_call: "tool_calls",
  tool_use: "tool_calls",
  length: "length",
  max_tokens: "length",
  max_output_tokens: "length",
  max_length: "length",
  model_length: "length", // Mistral
  model_context_window_exceeded: "length", // Z.ai
  content_filter: "content_filter",
  sensitive: "content_filter", // Z.ai
  safety: "content_filter",
  prohibited_content: "content_filter",
  error: "error",
  eos: "stop", // Together
};
/** Those that say that the provider gave up. */
const brokenWords: Readonly<Record<string, Failure>> = {
  insufficient_system_resource: {
    kind: "overloaded", // DeepSeek
    status: 200,
    text: "the provider ran out of resources in the middle of its answer (insufficient_system_resource)",
    retryAfterSeconds: null,
  },
  network_error: {
    kind: "server", // Z.ai
    status: 200,
    text: "the provider gave up in the middle of its answer (network_error)",
    retryAfterSeconds: null,
  },
};

export function finishOf(
  native: string,
  called: boolean,
): { finish_reason: string; native_finish_reason: string } {
  const word = finishWords[native.toLowerCase()] ?? "stop";
  // Some hosts end a tool call with `stop`, as OpenAI does a forced one.
  return {
    finish_reason: word === "stop" && called ? "tool_calls" : word,
    native_finish_reason: native,
  };
}

export const brokenFinish = ({
  native_finish_reason: native,
}: ChunkChoice | WholeChoice): Failure | null =>
  (typeof native === "string" ? brokenWords[native] : undefined) ?? null;

/** What is wrong with an answer or event that began as a success: each provider says it in a place of its own. */
export function failureOf(said: Record<string, unknown>): Failure | null {
  if ((said["error"] ?? null) !== null && said["error"] !== false) return failureInside(said); // xAI: text beside a code
  const response = said["base_resp"]; // MiniMax
  if (isObject(response) && (response["status_code"] ?? 0) !== 0) return failureInside(said);
  const groq = said["x_groq"];
  if (isObject(groq) && typeof groq["error"] === "string")
    return failureInside({ error: groq["error"] });
  if (Array.isArray(said["choices"])) return null;
  const other = ["message", "detail", "errors", "status_msg"].some(
    (name) => (said[name] ?? null) !== null,
  );
  return other || said["object"] === "error" ? failureInside(said) : null; // vLLM, FastAPI, Cloudflare
}

/** Where a provider puts its usage: Groq under a name of its own, old models of Moonshot beside their first choice. */
export function usageOf(
  answer: Record<string, unknown>,
  choices: readonly Record<string, unknown>[],
  flags: Flags,
): Usage | null {
  const raw =
    answer["usage"] ??
    (isObject(answer["x_groq"]) ? answer["x_groq"]["usage"] : null) ??
    choices.find((choice) => isObject(choice["usage"]))?.["usage"];
  if (!isObject(raw) || Object.keys(raw).length === 0) return null;
  return parseUsage(raw, flags) ?? { counts: null, raw };
}

export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
