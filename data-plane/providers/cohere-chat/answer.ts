/** What Cohere answers, whole and in events, in the middle language (contract/providers.md 4.4). */
import type {
  Chunk,
  ChunkChoice,
  Delta,
  Failure,
  ReasoningDetail,
  StreamEvent,
  Usage,
  Whole,
} from "../../operations/chat.ts";
import { isObject, parseObject } from "../../operations/json-value.ts";
import { cohereUsage } from "../cohere-usage.ts";
import { failureInside, garbled } from "../failures.ts";
import type { Decoder } from "../wire-protocol.ts";
import { planId, thoughtFormat } from "./request.ts";
import type { FinishReason } from "./wire.ts";

/** Null: the answer broke, and is a failure. */
const finishes = {
  COMPLETE: "stop",
  STOP_SEQUENCE: "stop",
  MAX_TOKENS: "length",
  TOOL_CALL: "tool_calls",
  ERROR: null,
  TIMEOUT: null,
} satisfies Record<FinishReason, string | null>;
const finishByWord: ReadonlyMap<string, string | null> = new Map(Object.entries(finishes));

// eslint-disable-next-line no-control-regex -- no JSON text holds them bare
const escaped = /["\\\u0000-\u001f]/;
/** More calls than any answer has: what a broken provider can make us remember is bounded. */
const callsMax = 10_000;

export function decoder(): Decoder {
  /** Calls by Cohere's index, which is not promised to begin at 0. */
  const calls = new Map<number, { place: number; begun: boolean }>();
  let placed = 0;
  /** Thoughts and plans by where they stand, so that a client puts each together by its own index. */
  const thoughts = new Map<string, number>();
  let like: Chunk | null = null;

  const text = (said: string, logprobs: unknown): StreamEvent[] => {
    if (said === "") return [];
    const log = logprobsOf(logprobs);
    if (log) return [chunk({ content: said }, { logprobs: { content: log } })];
    if (like && !escaped.test(said) && said.isWellFormed())
      return [{ kind: "text", text: said, like }];
    const event = chunk({ content: said });
    like ??= event.chunk;
    return [event];
  };

  const thought = (said: string, place: string): StreamEvent[] => {
    if (said === "") return [];
    if (thoughts.size < callsMax && !thoughts.has(place)) thoughts.set(place, thoughts.size);
    const detail = detailOf(said, thoughts.get(place) ?? 0, place === planId);
    return [chunk({ reasoning: said, reasoning_details: [detail] })];
  };

  const content = (event: Record<string, unknown>): StreamEvent[] => {
    const said = objectOf(messageIn(event)["content"]);
    const place = `content ${indexOf(event)}`;
    return [
      ...thought(wordOf(said["thinking"]), place),
      ...text(wordOf(said["text"]), event["logprobs"]),
    ];
  };

  const callStart = (event: Record<string, unknown>): StreamEvent[] => {
    if (calls.size >= callsMax) return failed("the provider's answer has too many calls");
    const call = firstOf(messageIn(event)["tool_calls"]);
    const { name, arguments: written } = objectOf(call["function"]);
    const begun = wordOf(written);
    const place = placed++;
    calls.set(indexOf(event), { place, begun: begun !== "" });
    const called = { name: wordOf(name), arguments: begun };
    const id = wordOf(call["id"]);
    return [chunk({ tool_calls: [{ index: place, id, type: "function", function: called }] })];
  };

  const callPiece = (written: string, index: number): StreamEvent[] => {
    if (written === "") return [];
    const call = calls.get(index);
    if (!call) return failed("the provider sent a piece of a tool call that never began");
    call.begun = true;
    return [chunk({ tool_calls: [{ index: call.place, function: { arguments: written } }] })];
  };

  const end = (event: Record<string, unknown>): StreamEvent[] => {
    const { finish_reason: reason, usage: raw, error } = objectOf(event["delta"]);
    const ended = finishOf(reason, error);
    if ("kind" in ended) return [{ kind: "failure", failure: ended }];
    const usage = cohereUsage(raw, "chat");
    return [
      {
        kind: "chunk",
        chunk: { choices: [{ index: 0, delta: { content: "" }, ...ended }] },
        content: false,
      },
      ...(usage ? [{ kind: "usage" as const, usage }] : []),
      { kind: "done" },
    ];
  };

  return (data, name) => {
    if (data === "[DONE]") return []; // not Cohere's own, but of gateways in front of it
    const event = parseObject(data);
    if (!event) return failed(`the provider sent an event that is not JSON: ${data.slice(0, 200)}`);
    switch (event["type"] ?? name) {
      case "message-start": {
        const id = event["id"];
        const start = chunk({ role: "assistant", content: "" });
        const more = typeof id === "string" ? { id } : {};
        return [{ ...start, chunk: { ...more, ...start.chunk }, content: false }];
      }
      case "content-start":
      case "content-delta":
        return content(event);
      case "tool-plan-delta":
        return thought(wordOf(messageIn(event)["tool_plan"]), planId);
      case "tool-call-start":
        return callStart(event);
      case "tool-call-delta": {
        const call = firstOf(messageIn(event)["tool_calls"]);
        return callPiece(wordOf(objectOf(call["function"])["arguments"]), indexOf(event));
      }
      case "tool-call-end": {
        const call = calls.get(indexOf(event));
        // A call without arguments has no pieces, and a client needs the text of an object.
        return call && !call.begun ? callPiece("{}", indexOf(event)) : [];
      }
      case "citation-start": {
        const annotations = annotationsOf(messageIn(event)["citations"]);
        return annotations.length > 0 ? [chunk({ annotations })] : [];
      }
      case "message-end":
        return end(event);
      default:
        // `debug` and what a newer API may add; an error has no type, but a sentence.
        return event["type"] === undefined && typeof event["message"] === "string"
          ? [{ kind: "failure", failure: failureInside(event) }]
          : [];
    }
  };
}

const chunk = (delta: Delta, more: Partial<ChunkChoice> = {}): StreamEvent & { kind: "chunk" } => ({
  kind: "chunk",
  chunk: { choices: [{ index: 0, delta, finish_reason: null, ...more }] },
  content: true,
});

const failed = (text: string): StreamEvent[] => [{ kind: "failure", failure: garbled(text) }];

const detailOf = (text: string, index: number, isPlan: boolean): ReasoningDetail => ({
  type: "reasoning.text",
  text,
  format: thoughtFormat,
  index,
  ...(isPlan ? { id: planId } : {}),
});

function finishOf(
  reason: unknown,
  error: unknown,
): { finish_reason: string; native_finish_reason: string | null } | Failure {
  const word = typeof reason === "string" ? reason : null;
  const finish = finishByWord.get(word ?? "");
  if (finish === null) {
    const told = typeof error === "string" && error !== "" ? `: ${error}` : "";
    const failure = garbled(`the provider ended its answer with ${word}${told}`);
    return word === "TIMEOUT" ? { ...failure, kind: "timeout" } : failure;
  }
  return { finish_reason: finish ?? "stop", native_finish_reason: word };
}

/**
 * Where a piece of the answer comes from. A document that has an address is cited by it; others, and what tools said, by
 * their ids, because the contract's form wants an address.
 */
function annotationsOf(given: unknown): object[] {
  const citations = Array.isArray(given) ? given : [given];
  return citations.flatMap((citation) => {
    if (!isObject(citation)) return [];
    const { start, end, text, sources, type } = citation;
    if (type === "PLAN" || type === "THINKING_CONTENT") return []; // places in what is no part of the text
    return (Array.isArray(sources) ? sources.filter(isObject) : []).map((source) => {
      const document = objectOf(source["document"]);
      const id = wordOf(source["id"]);
      const address = document["url"];
      const kind = source["type"] === "tool" ? "tool" : "document";
      return {
        type: "url_citation",
        url_citation: {
          url: typeof address === "string" && address !== "" ? address : `${kind}:${id}`,
          title: wordOf(document["title"]) || id,
          ...(typeof text === "string" ? { content: text } : {}),
          start_index: typeof start === "number" ? start : 0,
          end_index: typeof end === "number" ? end : 0,
        },
      };
    });
  });
}

/** Cohere's pieces may be several tokens each, and name no others. */
function logprobsOf(given: unknown): object[] | null {
  const items = (Array.isArray(given) ? given : [given]).filter(isObject);
  const log = items.flatMap((item) => {
    const { text, logprobs } = item;
    if (typeof text !== "string" || !Array.isArray(logprobs)) return [];
    const sum = logprobs.reduce(
      (total: number, one) => total + (typeof one === "number" ? one : 0),
      0,
    );
    return [{ token: text, logprob: sum, bytes: [...Buffer.from(text)], top_logprobs: [] }];
  });
  return log.length > 0 ? log : null;
}

export function decodeWhole(body: string): { whole: Whole; usage: Usage | null } | Failure {
  const answer = parseObject(body);
  if (!answer) return garbled(`the provider's answer is not JSON: ${body.slice(0, 200)}`);
  const said = answer["message"];
  if (!isObject(said))
    return typeof said === "string"
      ? failureInside(answer)
      : garbled("the provider's answer has no message");
  const ended = finishOf(answer["finish_reason"], null);
  if ("kind" in ended) return ended;
  const log = logprobsOf(answer["logprobs"]);
  const { id } = answer;
  return {
    whole: {
      ...(typeof id === "string" ? { id } : {}),
      choices: [
        {
          index: 0,
          message: messageOf(said),
          ...ended,
          ...(log ? { logprobs: { content: log } } : {}),
        },
      ],
    },
    usage: cohereUsage(answer["usage"], "chat"),
  };
}

function messageOf(said: Record<string, unknown>): Record<string, unknown> {
  let content = typeof said["content"] === "string" ? said["content"] : "";
  let reasoning = "";
  const details: ReasoningDetail[] = [];
  const think = (text: string, isPlan: boolean): void => {
    if (text === "") return;
    reasoning += text;
    details.push(detailOf(text, details.length, isPlan));
  };
  for (const part of listOf(said["content"])) {
    content += wordOf(part["text"]);
    think(wordOf(part["thinking"]), false);
  }
  think(wordOf(said["tool_plan"]), true);
  const calls = listOf(said["tool_calls"]).map((call) => {
    const { name, arguments: written } = objectOf(call["function"]);
    return {
      id: wordOf(call["id"]),
      type: "function",
      function: { name: wordOf(name), arguments: wordOf(written) || "{}" },
    };
  });
  const annotations = annotationsOf(said["citations"]);
  return {
    role: "assistant",
    content: content === "" && calls.length > 0 ? null : content,
    refusal: null,
    reasoning: reasoning === "" ? null : reasoning,
    ...(details.length > 0 ? { reasoning_details: details } : {}),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
    ...(annotations.length > 0 ? { annotations } : {}),
  };
}

const objectOf = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});
const listOf = (value: unknown): Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
const wordOf = (value: unknown): string => (typeof value === "string" ? value : "");
const messageIn = (event: Record<string, unknown>): Record<string, unknown> =>
  objectOf(objectOf(event["delta"])["message"]);
const indexOf = (event: Record<string, unknown>): number =>
  typeof event["index"] === "number" ? event["index"] : 0;
/** One call, in a list or alone. */
const firstOf = (value: unknown): Record<string, unknown> =>
  objectOf(Array.isArray(value) ? value[0] : value);
