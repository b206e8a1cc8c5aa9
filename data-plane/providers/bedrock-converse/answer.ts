/** What Converse answers, whole and in events, in the middle language (contract/providers.md 4.5). */
import { readBedrockConverseFlags } from "#schema/flags/bedrock-converse.ts";
import type {
  ChatAsk,
  Chunk,
  Delta,
  Failure,
  ReasoningDetail,
  StreamEvent,
  Usage,
  Whole,
} from "../../operations/chat.ts";
import { isObject, parseObject } from "../../operations/json-value.ts";
import { failureInside, failureOfAnswer, garbled } from "../failures.ts";
import type { Decoder, Upstream, UpstreamHeaders } from "../wire-protocol.ts";
import { answerTool } from "./request.ts";
import { traitsOf } from "./traits.ts";
import { usageOf } from "./usage.ts";
import type { StopReason } from "./wire.ts";

/** Null: the answer broke, and is a failure. */
const finishes = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  content_filtered: "content_filter",
  guardrail_intervened: "content_filter",
  malformed_tool_use: null,
  malformed_model_output: null,
} satisfies Record<StopReason, string | null>;
const finishByWord: ReadonlyMap<string, string | null> = new Map([
  ...Object.entries(finishes),
  ["refusal", "content_filter"], // Claude's own word, should it come through
]);

/** What the answers to one request have in common. */
type Reading = {
  /** Whose signature it is, if there is one. */
  format: string;
  /** The tool whose input is the answer. */
  answerTool: string | null;
  promptExcludesCached: boolean;
};

const readingOf = (ask: ChatAsk, upstream: Upstream): Reading => ({
  format: traitsOf(upstream).reasoningFormat,
  answerTool: answerTool(ask, upstream)?.name ?? null,
  promptExcludesCached: readBedrockConverseFlags(upstream.flags).promptExcludesCached,
});

/** A block that has begun: a call, by its place among the calls, or the answer that is asked for as one. */
type Open = { call: number | null; begun: boolean };

/** What no JSON text needs to escape. */
// eslint-disable-next-line no-control-regex -- no JSON text holds them bare
const escaped = /["\\\u0000-\u001f]/;
/** Text that waits for whether the answer comes as a tool's input; more than that does not wait. */
const heldCharactersMax = 1_000_000;
/** As many characters of enciphered thoughts are kept as an event may have. */
const cipherCharactersMax = 16_000_000;
/** More blocks than any answer has: what a broken provider can make us remember is bounded. */
const blocksMax = 10_000;

export function decoder(ask: ChatAsk, upstream: Upstream): Decoder {
  const reading = readingOf(ask, upstream);
  const open = new Map<number, Open>();
  let calls = 0;
  let like: Chunk | null = null;
  /** What is said where the answer is a tool's input: told only if there is no such call, because both would be no JSON. */
  let held = "";
  let answered = false;
  /** What is enciphered, in pieces that are each base64 of their own. */
  const ciphers = new Map<number, string[]>();
  let cipherCharacters = 0;

  const text = (said: unknown): StreamEvent[] => {
    if (typeof said !== "string" || said === "") return [];
    if (like && !escaped.test(said) && said.isWellFormed())
      return [{ kind: "text", text: said, like }];
    const event = chunk({ content: said });
    like ??= event.chunk;
    return [event];
  };

  const start = (event: Record<string, unknown>, index: number): StreamEvent[] => {
    const begun = objectOf(event["start"])["toolUse"];
    if (!isObject(begun)) return []; // of text there is no beginning
    if (open.size >= blocksMax) return failed("the provider's answer has too many blocks");
    const name = wordOf(begun["name"]);
    if (name === reading.answerTool) {
      answered = true;
      open.set(index, { call: null, begun: false });
      return [];
    }
    const call = calls++;
    open.set(index, { call, begun: false });
    const id = wordOf(begun["toolUseId"]);
    return [
      chunk({
        tool_calls: [{ index: call, id, type: "function", function: { name, arguments: "" } }],
      }),
    ];
  };

  const piece = (input: unknown, index: number): StreamEvent[] => {
    if (typeof input !== "string" || input === "") return [];
    const block = open.get(index);
    if (!block) return failed("the provider sent a piece of a tool call that never began");
    block.begun = true;
    if (block.call === null) return text(input);
    return [chunk({ tool_calls: [{ index: block.call, function: { arguments: input } }] })];
  };

  const delta = (event: Record<string, unknown>, index: number): StreamEvent[] => {
    const said = objectOf(event["delta"]);
    if ("text" in said) {
      if (reading.answerTool === null || held.length > heldCharactersMax) return text(said["text"]);
      held += wordOf(said["text"]);
      return [];
    }
    if (isObject(said["toolUse"])) return piece(said["toolUse"]["input"], index);
    if (isObject(said["reasoningContent"])) {
      const { redactedContent: cipher } = said["reasoningContent"];
      if (typeof cipher === "string" && cipher !== "") {
        cipherCharacters += cipher.length;
        if (cipherCharacters > cipherCharactersMax || ciphers.size >= blocksMax)
          return failed("the provider's enciphered thoughts are too long");
        const pieces = ciphers.get(index);
        if (pieces) pieces.push(cipher);
        else ciphers.set(index, [cipher]);
        return [];
      }
      const detail = detailOf(said["reasoningContent"], index, reading.format);
      if (!detail) return [];
      const thought = detail.text ?? "";
      return [
        chunk({ ...(thought === "" ? {} : { reasoning: thought }), reasoning_details: [detail] }),
      ];
    }
    const annotation = annotationOf(said["citation"]);
    return annotation ? [chunk({ annotations: [annotation] })] : [];
  };

  const sealed = (index: number, pieces: readonly string[]): StreamEvent => {
    ciphers.delete(index);
    const detail: ReasoningDetail = {
      type: "reasoning.encrypted",
      data: joined(pieces),
      format: reading.format,
      index,
    };
    return chunk({ reasoning_details: [detail] });
  };

  const stop = (index: number): StreamEvent[] => {
    const cipher = ciphers.get(index);
    if (cipher) return [sealed(index, cipher)];
    const block = open.get(index);
    open.delete(index);
    if (!block || block.begun) return [];
    // A call without arguments has no pieces, and a client needs the text of an object.
    if (block.call === null) return text("{}");
    return [chunk({ tool_calls: [{ index: block.call, function: { arguments: "{}" } }] })];
  };

  return (data, name) => {
    const event = parseObject(data);
    if (name.startsWith("exception:") || name.startsWith("error:"))
      return [{ kind: "failure", failure: exceptionOf(name, event ?? { message: data }) }];
    if (!eventNames.has(name)) return []; // what a newer API may add
    if (!event)
      return failed(`the provider sent a ${name} that is not JSON: ${data.slice(0, 200)}`);
    const at = event["contentBlockIndex"];
    const index = typeof at === "number" ? at : 0;
    switch (name) {
      case "messageStart":
        return [chunk({ role: "assistant", content: "" })];
      case "contentBlockStart":
        return start(event, index);
      case "contentBlockDelta":
        return delta(event, index);
      case "contentBlockStop":
        return stop(index);
      case "messageStop": {
        const ended = finishOf(event["stopReason"], { calls, ...reading });
        if ("kind" in ended) return [{ kind: "failure", failure: ended }];
        return [
          ...[...ciphers].map(([block, pieces]) => sealed(block, pieces)),
          ...(answered ? [] : text(held)),
          {
            kind: "chunk",
            chunk: { choices: [{ index: 0, delta: { content: "" }, ...ended }] },
            content: false,
          },
        ];
      }
      case "metadata":
        return [...tierOf(event), ...usageEvents(event, reading), { kind: "done" }];
      default:
        return [];
    }
  };
}

const eventNames: ReadonlySet<string> = new Set([
  "messageStart",
  "contentBlockStart",
  "contentBlockDelta",
  "contentBlockStop",
  "messageStop",
  "metadata",
]);

const chunk = (delta: Delta): StreamEvent & { kind: "chunk" } => ({
  kind: "chunk",
  chunk: { choices: [{ index: 0, delta, finish_reason: null }] },
  content: delta.role === undefined,
});

const failed = (text: string): StreamEvent[] => [{ kind: "failure", failure: garbled(text) }];

function tierOf(answer: Record<string, unknown>): StreamEvent[] {
  const tier = objectOf(answer["serviceTier"])["type"];
  if (typeof tier !== "string") return [];
  return [{ kind: "chunk", chunk: { choices: [], service_tier: tier }, content: false }];
}

function usageEvents(event: Record<string, unknown>, reading: Reading): StreamEvent[] {
  const usage = usageOf(event["usage"], reading.promptExcludesCached);
  return usage ? [{ kind: "usage", usage }] : [];
}

function finishOf(
  stopReason: unknown,
  { calls, answerTool }: { calls: number; answerTool: string | null },
): { finish_reason: string; native_finish_reason: string | null } | Failure {
  const word = typeof stopReason === "string" ? stopReason : null;
  const finish = finishByWord.get(word ?? "");
  if (finish === null) return garbled(`the model's answer broke: ${word}`);
  // A call of the answer's own tool is the answer, and no call.
  const answered = finish === "tool_calls" && answerTool !== null && calls === 0;
  return {
    finish_reason: answered ? "stop" : (finish ?? "stop"),
    native_finish_reason: word,
  };
}

/** Pieces of base64 as one: each of them was made from bytes of its own, so they cannot just be put one behind the other. */
const joined = (pieces: readonly string[]): string =>
  pieces.length === 1
    ? (pieces[0] ?? "")
    : Buffer.concat(pieces.map((piece) => Buffer.from(piece, "base64"))).toString("base64");

function detailOf(
  content: Record<string, unknown>,
  index: number,
  signer: string,
): ReasoningDetail | null {
  const { text, signature, redactedContent: data } = content;
  if (typeof data === "string" && data !== "")
    return { type: "reasoning.encrypted", data, format: signer, index };
  const said = typeof text === "string" && text !== "" ? { text } : {};
  const signed = typeof signature === "string" && signature !== "" ? { signature } : {};
  if (said.text === undefined && signed.signature === undefined) return null;
  return { type: "reasoning.text", ...said, ...signed, format: signer, index };
}

/** Only what names a page: a place in the client's own document has no form in the contract. */
function annotationOf(citation: unknown): object | null {
  if (!isObject(citation)) return null;
  const web = objectOf(objectOf(citation["location"])["web"]);
  const { url } = web;
  if (typeof url !== "string" || url === "") return null;
  const [source] = Array.isArray(citation["sourceContent"]) ? citation["sourceContent"] : [];
  const content = objectOf(source)["text"];
  return {
    type: "url_citation",
    url_citation: {
      url,
      title: wordOf(citation["title"]),
      ...(typeof content === "string" ? { content } : {}),
      start_index: 0,
      end_index: 0,
    },
  };
}

export function decodeWhole(
  body: string,
  ask: ChatAsk,
  upstream: Upstream,
): { whole: Whole; usage: Usage | null } | Failure {
  const answer = parseObject(body);
  if (!answer) return garbled(`the provider's answer is not JSON: ${body.slice(0, 200)}`);
  const said = objectOf(objectOf(answer["output"])["message"])["content"];
  if (!Array.isArray(said)) return failureInsideOr(answer, "the provider's answer has no message");
  const reading = readingOf(ask, upstream);
  const message = messageOf(said.filter(isObject), reading);
  const calls = message["tool_calls"];
  const ended = finishOf(answer["stopReason"], {
    calls: Array.isArray(calls) ? calls.length : 0,
    ...reading,
  });
  if ("kind" in ended) return ended;
  const tier = objectOf(answer["serviceTier"])["type"];
  return {
    whole: {
      choices: [{ index: 0, message, ...ended }],
      ...(typeof tier === "string" ? { service_tier: tier } : {}),
    },
    usage: usageOf(answer["usage"], reading.promptExcludesCached),
  };
}

function messageOf(
  blocks: readonly Record<string, unknown>[],
  reading: Reading,
): Record<string, unknown> {
  let content = "";
  let answer = "";
  let reasoning = "";
  const details: ReasoningDetail[] = [];
  const calls: object[] = [];
  const annotations: object[] = [];
  const images: object[] = [];
  for (const [index, block] of blocks.entries()) {
    if (typeof block["text"] === "string") content += block["text"];
    if (isObject(block["toolUse"])) {
      const { toolUseId, name, input } = block["toolUse"];
      const written = JSON.stringify(input ?? {});
      if (name === reading.answerTool) answer += written;
      else
        calls.push({
          id: wordOf(toolUseId),
          type: "function",
          function: { name: wordOf(name), arguments: written },
        });
    }
    if (isObject(block["reasoningContent"])) {
      const thought = block["reasoningContent"];
      const flat = { ...thought, ...objectOf(thought["reasoningText"]) };
      const detail = detailOf(flat, index, reading.format);
      if (!detail) continue;
      reasoning += detail.text ?? "";
      details.push(detail);
    }
    if (isObject(block["citationsContent"])) {
      const { content: parts, citations } = block["citationsContent"];
      for (const part of listOf(parts)) content += wordOf(objectOf(part)["text"]);
      for (const citation of listOf(citations)) {
        const annotation = annotationOf(citation);
        if (annotation) annotations.push(annotation);
      }
    }
    if (isObject(block["image"])) {
      const { format, source } = block["image"];
      const bytes = objectOf(source)["bytes"];
      if (typeof format === "string" && typeof bytes === "string")
        images.push({
          type: "image_url",
          image_url: { url: `data:image/${format};base64,${bytes}` },
        });
    }
  }
  const told = answer === "" ? content : answer;
  return {
    role: "assistant",
    content: told === "" && calls.length > 0 ? null : told,
    refusal: null,
    reasoning: reasoning === "" ? null : reasoning,
    ...(details.length > 0 ? { reasoning_details: details } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(annotations.length > 0 ? { annotations } : {}),
    ...(images.length > 0 ? { images } : {}),
  };
}

/** A failure that came with the status of a success, or a plain one. */
function failureInsideOr(answer: Record<string, unknown>, text: string): Failure {
  return typeof answer["message"] === "string" || typeof answer["__type"] === "string"
    ? failureInside(answer)
    : garbled(text);
}

/** An exception in a stream is the same as one that comes as an answer: its name says the kind. */
function exceptionOf(name: string, event: Record<string, unknown>): Failure {
  const exception = name.slice(name.indexOf(":") + 1);
  const message = wordOf(event["message"] ?? event["Message"]);
  const original = event["originalMessage"];
  const said = [message, typeof original === "string" ? original : ""].filter((one) => one !== "");
  return failureInside({
    // As in the header of a failed answer, where the name begins with a capital.
    __type: exception,
    message: `${exception}${said.length > 0 ? `: ${said.join(": ")}` : ""}`,
  });
}

const skewed = /signature (expired|not yet current)|request.{0,20}(expired|too skewed)|clock/i;

/**
 * `x-amzn-errortype` names the exception. A clock that is wrong is said to be, because nothing else would be looked for;
 * what AWS says it would have signed is left out, for it holds the session token.
 */
export function decodeFailure(status: number, headers: UpstreamHeaders, body: string): Failure {
  const failure = failureOfAnswer(status, headers, body);
  const text = failure.text.replace(/\s*The (Canonical String|String-to-Sign)[^]*$/i, "");
  if (!skewed.test(text)) return { ...failure, text };
  return {
    ...failure,
    kind: "auth",
    text: `the clock of this gateway is wrong: AWS says ${text}`.slice(0, 1_000),
  };
}

const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const wordOf = (value: unknown): string => (typeof value === "string" ? value : "");
