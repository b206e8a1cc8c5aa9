// What the simulator says: the same answer for the same request, always, and always saying that no
// model was asked.

import type { ChatRequest, Message } from "./chat-request.ts";
import { countTokens, cutToTokens } from "./count-tokens.ts";
import { exampleOfSchema } from "./example-of-schema.ts";

export type Answer = {
  content: { kind: "text"; text: string } | { kind: "tool-call"; name: string; arguments: string };
  finishReason: "stop" | "length" | "tool_calls";
  promptTokens: number;
  completionTokens: number;
};

const wordsQuotedMax = 8;
const quoteCharactersMax = 80;
const tokensPerMessage = 4; // role and separators, about what chat templates add
const tokensPerImage = 85; // OpenAI's low-detail image, https://platform.openai.com/docs/guides/images-vision

/** The answer to `request`. Pure; tokens are estimates at four bytes each. */
export function composeAnswer(request: ChatRequest): Answer {
  const promptTokens = countPrompt(request);
  if (request.tool) {
    const { name, parameters } = request.tool;
    const args = JSON.stringify(exampleOfSchema(parameters));
    return {
      content: { kind: "tool-call", name, arguments: args },
      finishReason: "tool_calls",
      promptTokens,
      completionTokens: Math.max(1, countTokens(name) + countTokens(args)),
    };
  }

  const stopped = cutAtStop(fullText(request), request.stop);
  const text = request.tokensMax === null ? stopped : cutToTokens(stopped, request.tokensMax);
  return {
    content: { kind: "text", text },
    finishReason: text.length < stopped.length ? "length" : "stop",
    promptTokens,
    completionTokens: countTokens(text),
  };
}

function fullText(request: ChatRequest): string {
  const summary = summarise(lastUserMessage(request.messages));
  if (request.answer.kind === "text") {
    return (
      "This is the Turnpike simulator: no model was asked and no provider was paid. " +
      `Your request for ${request.model} came through, and was routed, metered and charged like any other. ` +
      `${summary} ` +
      "For real answers, set a provider key such as OPENAI_API_KEY and start Turnpike again."
    );
  }
  if (request.answer.schema !== null) return JSON.stringify(exampleOfSchema(request.answer.schema));
  return JSON.stringify({
    simulator: true,
    note: "Turnpike simulator: no model was asked.",
    message: summary,
  });
}

function lastUserMessage(messages: readonly Message[]): Message | undefined {
  return messages.findLast((message) => message.role === "user");
}

function summarise(message: Message | undefined): string {
  if (!message) return "It holds no user message.";
  const images =
    message.images === 0
      ? ""
      : message.images === 1
        ? " and 1 image"
        : ` and ${message.images} images`;
  const characters = Array.from(message.text).length;
  const size = `${characters} ${characters === 1 ? "character" : "characters"}${images}`;
  const words = message.text.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return `Your last message has ${size}.`;
  const wordsQuoted = words.slice(0, wordsQuotedMax).join(" ");
  const quote = Array.from(wordsQuoted).slice(0, quoteCharactersMax).join("");
  const whole = words.length <= wordsQuotedMax && quote === wordsQuoted;
  return whole
    ? `Your last message has ${size}: "${quote}".`
    : `Your last message has ${size} and begins with "${quote} …".`;
}

/** Up to the earliest stop sequence, which is not part of the answer. */
function cutAtStop(text: string, stop: readonly string[]): string {
  const ends = stop.map((sequence) => text.indexOf(sequence)).filter((index) => index >= 0);
  return ends.length === 0 ? text : text.slice(0, Math.min(...ends));
}

function countPrompt(request: ChatRequest): number {
  let tokens = 0;
  for (const message of request.messages) {
    tokens += tokensPerMessage + countTokens(message.text) + message.images * tokensPerImage;
  }
  for (const tool of request.tools) {
    tokens += countTokens(tool.name) + countTokens(JSON.stringify(tool.parameters ?? {}));
  }
  return tokens;
}
