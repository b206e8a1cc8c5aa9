/** What Gemini answers, in the middle language: a stream's events and whole answers are the same object, so one reader reads both. */
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
import { garbled } from "../failures.ts";
import { citationsOf, searchesOf } from "./grounding.ts";
import { failureInStream } from "./failure.ts";
import type { Traits } from "./traits.ts";
import { servedTier, usageOf } from "./usage.ts";
import { listOf, reasoningFormat, textOf } from "./wire.ts";
import { isObject } from "../../operations/json-value.ts";

/** Ended well or cut; with a call among its parts a STOP is `tool_calls`. */
const finishes: Readonly<Record<string, string>> = {
  STOP: "stop",
  OTHER: "stop",
  MAX_TOKENS: "length",
  CONTINUATION: "length",
  SAFETY: "content_filter",
  RECITATION: "content_filter",
  LANGUAGE: "content_filter",
  BLOCKLIST: "content_filter",
  PROHIBITED_CONTENT: "content_filter",
  SPII: "content_filter",
  IMAGE_SAFETY: "content_filter",
  IMAGE_PROHIBITED_CONTENT: "content_filter",
  IMAGE_RECITATION: "content_filter",
  MODEL_ARMOR: "content_filter",
};

/** Gemini's own accidents: nothing the client could do otherwise, and often gone at the next try. */
const accidents: ReadonlySet<string> = new Set([
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "MALFORMED_RESPONSE",
  "MISSING_THOUGHT_SIGNATURE",
  "NO_IMAGE",
  "IMAGE_OTHER",
]);

/** Characters that JSON escapes: text without them goes the short way. */
// eslint-disable-next-line no-control-regex -- no JSON text holds them bare
const escaped = /["\\\u0000-\u001f]/;
/** Where in the text something is cited is only looked for in texts of at most so many characters. */
const citedCharactersMax = 1_000_000;

/** Reads one answer, in one piece or many. */
export class AnswerReader {
  readonly #ask: ChatAsk;
  readonly #traits: Traits;
  #id: string | null = null;
  /** The chunk that more text is like. */
  #like: Chunk | null = null;
  #characters = 0;
  #text = "";
  #pictures = 0;
  #details = 0;
  /** Whether the latest detail is a thought without a signature yet, which more of it continues. */
  #thinking = false;
  readonly #callIds = new Set<string>();
  #opened = false;
  #content = false;
  #finished = false;
  #usage: Record<string, unknown> | null = null;
  #grounding: Record<string, unknown> | null = null;
  #searches = 0;

  constructor(ask: ChatAsk, traits: Traits) {
    this.#ask = ask;
    this.#traits = traits;
  }

  /** Never throws. */
  take(data: string): StreamEvent[] {
    let response: unknown;
    try {
      response = JSON.parse(data);
    } catch {
      return broken(garbled(`the provider sent what is not JSON: ${data.slice(0, 200)}`));
    }
    if (Array.isArray(response)) [response] = response as unknown[];
    if (!isObject(response)) return broken(garbled("the provider sent what is no answer"));
    if (isObject(response["error"])) return broken(failureInStream(response["error"]));
    return this.#read(response);
  }

  #read(response: Record<string, unknown>): StreamEvent[] {
    const events: StreamEvent[] = [];
    this.#id ??= textOf(response["responseId"]) || null;
    const [candidate] = listOf(response["candidates"]).filter(isObject);
    const content = isObject(candidate?.["content"]) ? candidate["content"] : {};
    for (const part of listOf(content["parts"])) if (isObject(part)) this.#part(part, events);
    if (isObject(candidate?.["groundingMetadata"])) {
      this.#grounding = candidate["groundingMetadata"];
      this.#searches = searchesOf(this.#grounding, this.#traits.searchBilling);
    }
    if (isObject(response["usageMetadata"])) this.#usage = response["usageMetadata"];
    const counted =
      isObject(response["usageMetadata"]) || isObject(candidate?.["groundingMetadata"]);
    if (this.#usage && counted)
      events.push({ kind: "usage", usage: usageOf(this.#usage, this.#searches) });
    const finish = textOf(candidate?.["finishReason"]);
    if (finish !== "" && finish !== "FINISH_REASON_UNSPECIFIED" && !this.#finished)
      this.#finish(finish, candidate ?? {}, events);
    else if (finish === "" && !this.#content) this.#blocked(response["promptFeedback"], events);
    return events;
  }

  #part(part: Record<string, unknown>, events: StreamEvent[]): void {
    const signature = textOf(part["thoughtSignature"]);
    if (isObject(part["functionCall"])) return this.#call(part["functionCall"], signature, events);
    if (isObject(part["inlineData"]))
      return this.#media(
        part["inlineData"],
        { thought: part["thought"] === true, signature },
        events,
      );
    const text = textOf(part["text"]);
    if (part["thought"] === true) return this.#thought(text, signature, events);
    if (text === "" && signature === "") return;
    this.#thinking = false;
    if (signature === "") return this.#say(text, events);
    const detail = this.#signed(signature, `gemini-text-${this.#characters}-${text.length}`);
    this.#noteText(text);
    events.push(
      this.#chunk(
        text === ""
          ? { reasoning_details: [detail] }
          : { content: text, reasoning_details: [detail] },
        text !== "",
      ),
    );
  }

  #say(text: string, events: StreamEvent[]): void {
    this.#noteText(text);
    if (this.#like && !escaped.test(text) && text.isWellFormed()) {
      events.push({ kind: "text", text, like: this.#like });
      return;
    }
    const event = this.#chunk({ content: text }, true);
    this.#like ??= event.kind === "chunk" ? event.chunk : null;
    events.push(event);
  }

  #noteText(text: string): void {
    this.#characters += text.length;
    if (this.#ask.searchesBound > 0 && this.#characters <= citedCharactersMax) this.#text += text;
  }

  #thought(text: string, signature: string, events: StreamEvent[]): void {
    if ((text === "" && signature === "") || this.#ask.reasoning?.exclude) return;
    if (!this.#thinking) this.#details++;
    this.#thinking = signature === ""; // what is signed is whole
    const detail: ReasoningDetail = {
      type: "reasoning.text",
      text,
      ...(signature === "" ? {} : { signature }),
      format: reasoningFormat,
      index: this.#details - 1,
    };
    events.push(
      this.#chunk(
        text === ""
          ? { reasoning_details: [detail] }
          : { reasoning: text, reasoning_details: [detail] },
        text !== "",
      ),
    );
  }

  /** Gemini gives a call whole, with an id or without. */
  #call(call: Record<string, unknown>, signature: string, events: StreamEvent[]): void {
    if (textOf(call["name"]) === "") return; // a call of nothing; alone it is no answer
    this.#thinking = false;
    const index = this.#callIds.size;
    const given = textOf(call["id"]);
    const id = given !== "" && !this.#callIds.has(given) ? given : this.#newCallId(index);
    this.#callIds.add(id);
    events.push(
      this.#chunk(
        {
          tool_calls: [
            {
              index,
              id,
              type: "function",
              function: {
                name: textOf(call["name"]),
                arguments: JSON.stringify(isObject(call["args"]) ? call["args"] : {}),
              },
            },
          ],
          ...(signature === "" ? {} : { reasoning_details: [this.#signed(signature, id)] }),
        },
        true,
      ),
    );
  }

  /** Not the same in two turns of a conversation: by the answer's id, or else by how long the conversation is. */
  #newCallId(index: number): string {
    const turn =
      this.#id?.replace(/[^A-Za-z0-9_-]/g, "").slice(0, 40) ||
      String(listOf(this.#ask.body["messages"]).length);
    for (let more = index; ; more++) {
      const id = `call_${turn}_${more}`;
      if (!this.#callIds.has(id)) return id;
    }
  }

  #media(
    data: Record<string, unknown>,
    { thought, signature }: { thought: boolean; signature: string },
    events: StreamEvent[],
  ): void {
    const mimeType = textOf(data["mimeType"]);
    const base64 = textOf(data["data"]);
    if (base64 === "" || thought) return; // a picture in a thought is a draft of the one that follows
    this.#thinking = false;
    if (mimeType.startsWith("audio/")) {
      events.push(this.#chunk({ audio: { data: base64 } }, true));
      return;
    }
    const image = {
      type: "image_url",
      image_url: { url: `data:${mimeType || "image/png"};base64,${base64}` },
    };
    const detail =
      signature === "" ? null : this.#signed(signature, `gemini-image-${this.#pictures}`);
    this.#pictures++;
    events.push(
      this.#chunk({ images: [image], ...(detail ? { reasoning_details: [detail] } : {}) }, true),
    );
  }

  #signed(data: string, id: string): ReasoningDetail {
    return {
      type: "reasoning.encrypted",
      data,
      id,
      format: reasoningFormat,
      index: this.#details++,
    };
  }

  #chunk(said: Delta, content: boolean): StreamEvent {
    const delta = this.#opened ? said : { role: "assistant", ...said };
    this.#opened = true;
    this.#content ||= content;
    return {
      kind: "chunk",
      chunk: { ...(this.#id === null ? {} : { id: this.#id }), choices: [{ index: 0, delta }] },
      content,
    };
  }

  #finish(word: string, candidate: Record<string, unknown>, events: StreamEvent[]): void {
    this.#finished = true;
    const message = textOf(candidate["finishMessage"]).slice(0, 500);
    if (accidents.has(word)) {
      events.push(
        ...broken(
          garbled(`the provider ended with ${word}${message === "" ? "" : `: ${message}`}`),
        ),
      );
      return;
    }
    if ((word === "STOP" || word === "OTHER") && !this.#content) {
      events.push(...broken(garbled(`the provider ended with ${word} and without any content`)));
      return;
    }
    const reason =
      this.#callIds.size > 0 && (word === "STOP" || word === "OTHER")
        ? "tool_calls"
        : (finishes[word] ?? "stop");
    const annotations = this.#grounding ? citationsOf(this.#grounding, this.#text) : [];
    if (annotations.length > 0) events.push(this.#chunk({ annotations }, false));
    const logprobs = logprobsOf(candidate["logprobsResult"]);
    const tier = this.#usage ? servedTier(this.#usage) : null;
    events.push({
      kind: "chunk",
      content: false,
      chunk: {
        ...(this.#id === null ? {} : { id: this.#id }),
        ...(tier === null ? {} : { service_tier: tier }),
        choices: [
          {
            index: 0,
            delta: { content: "" },
            finish_reason: reason,
            native_finish_reason: word,
            ...(logprobs ? { logprobs } : {}),
          },
        ],
      },
    });
  }

  /** No candidate at all: the prompt was refused. */
  #blocked(feedback: unknown, events: StreamEvent[]): void {
    const reason = isObject(feedback) ? textOf(feedback["blockReason"]) : "";
    if (reason === "" || reason.endsWith("REASON_UNSPECIFIED")) return;
    const message = isObject(feedback) ? textOf(feedback["blockReasonMessage"]).slice(0, 500) : "";
    events.push(
      ...broken({
        kind: "content-policy",
        status: 200,
        text: `the provider refused the prompt: ${reason}${message === "" ? "" : `, ${message}`}`,
        retryAfterSeconds: null,
      }),
    );
  }
}

const broken = (failure: Failure): StreamEvent[] => [{ kind: "failure", failure }];

/** `logprobsResult` as OpenAI's `logprobs`; null when there is none. */
function logprobsOf(result: unknown): { content: object[] } | null {
  if (!isObject(result)) return null;
  const tops = listOf(result["topCandidates"]);
  const one = (candidate: unknown): object =>
    isObject(candidate)
      ? {
          token: textOf(candidate["token"]),
          logprob:
            typeof candidate["logProbability"] === "number" ? candidate["logProbability"] : -9_999,
          bytes: null,
        }
      : { token: "", logprob: -9_999, bytes: null };
  const content = listOf(result["chosenCandidates"]).map((chosen, index) => {
    const top = tops[index];
    return {
      ...one(chosen),
      top_logprobs: (isObject(top) ? listOf(top["candidates"]) : []).map(one),
    };
  });
  return content.length > 0 ? { content } : null;
}

/** A whole answer: the events of its one piece put together, or why it is none. */
export function wholeOf(
  body: string,
  ask: ChatAsk,
  traits: Traits,
): { whole: Whole; usage: Usage | null } | Failure {
  const events = new AnswerReader(ask, traits).take(body);
  const message: Record<string, unknown> = { role: "assistant", content: null };
  const details: ReasoningDetail[] = [];
  const lists: Record<string, unknown[]> = {};
  let usage: Usage | null = null;
  let last: Chunk | null = null;
  let content = "";
  let reasoning = "";
  let audio = "";
  for (const event of events) {
    if (event.kind === "failure") return event.failure;
    if (event.kind === "usage") usage = event.usage;
    if (event.kind === "text") content += event.text;
    if (event.kind !== "chunk") continue;
    last = event.chunk;
    const delta = event.chunk.choices?.[0]?.delta ?? {};
    content += delta.content ?? "";
    reasoning += delta.reasoning ?? "";
    if (isObject(delta["audio"])) audio += textOf(delta["audio"]["data"]);
    for (const detail of delta.reasoning_details ?? []) append(details, detail);
    for (const call of delta.tool_calls ?? []) {
      const { index: _place, ...made } = call;
      (lists["tool_calls"] ??= []).push(made);
    }
    for (const name of ["images", "annotations"] as const)
      for (const one of delta[name] ?? []) (lists[name] ??= []).push(one);
  }
  const choice = last?.choices?.[0];
  if (typeof choice?.finish_reason !== "string")
    return garbled("the provider's answer has no finish reason");
  if (content !== "") message["content"] = content;
  if (reasoning !== "") message["reasoning"] = reasoning;
  if (details.length > 0) message["reasoning_details"] = details;
  if (audio !== "") message["audio"] = { data: audio };
  Object.assign(message, lists);
  const { delta: _delta, ...ending } = choice;
  return { whole: { ...last, choices: [{ ...ending, message }] }, usage };
}

/** Pieces of one thought become one. */
function append(details: ReasoningDetail[], detail: ReasoningDetail): void {
  const before = details.at(-1);
  if (before && before.type === "reasoning.text" && before.index === detail.index) {
    before.text = (before.text ?? "") + (detail.text ?? "");
    if (detail.signature) before.signature = detail.signature;
  } else details.push({ ...detail });
}
