// The simulator on a socket: an OpenAI-compatible provider that any client could be pointed at.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { BadRequest, type ChatRequest, parseChatRequest } from "./chat-request.ts";
import { type Answer, composeAnswer } from "./compose-answer.ts";

export const simulatorModels = ["sim-small", "sim-large", "sim-free"] as const;

const bodyBytesMax = 32 * 1024 * 1024; // more than a gateway lets through
const millisecondsPerSecond = 1_000;

/** A server that is not listening yet. `wordGapMs` is the pause between streamed words. */
export function createSimulator(options: { wordGapMs: number }): Server {
  return createServer((request, response) => {
    handle(request, response, options).catch((error: unknown) => {
      // The client left, or half of its body never came: there is nobody to tell.
      if (response.destroyed) return;
      if (response.headersSent) response.destroy();
      else
        sendError(response, {
          status: 500,
          type: "server_error",
          message: `The simulator failed: ${String(error)}`,
        });
    });
  });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  options: { wordGapMs: number },
): Promise<void> {
  const [path] = (request.url ?? "/").split("?");
  switch (`${request.method} ${path}`) {
    case "GET /healthz":
      return sendJson(response, 200, { status: "ok", name: "Simulator" });
    case "GET /v1/models":
      return sendJson(response, 200, {
        object: "list",
        data: simulatorModels.map((id) => ({
          id,
          object: "model",
          created: 0,
          owned_by: "turnpike-simulator",
        })),
      });
    case "POST /v1/chat/completions":
      return complete(request, response, options);
    default:
      return sendError(response, {
        status: 404,
        type: "invalid_request_error",
        message: `The Turnpike simulator has no ${request.method} ${path}. It serves POST /v1/chat/completions and GET /v1/models.`,
      });
  }
}

async function complete(
  request: IncomingMessage,
  response: ServerResponse,
  options: { wordGapMs: number },
): Promise<void> {
  const body = await readBody(request);
  if (body === null) {
    const message = `The body is larger than ${bodyBytesMax} bytes.`;
    return sendError(response, { status: 413, type: "invalid_request_error", message });
  }

  let chat: ChatRequest;
  try {
    chat = parseChatRequest(parseJson(body));
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    const { message, param } = error;
    return sendError(response, { status: 400, type: "invalid_request_error", message, param });
  }
  if (!simulatorModels.some((model) => model === chat.model)) {
    return sendError(response, {
      status: 404,
      type: "invalid_request_error",
      message: `The simulator has no model "${chat.model}". It has ${simulatorModels.join(", ")}.`,
      param: "model",
      code: "model_not_found",
    });
  }

  const answer = composeAnswer(chat);
  const head = {
    id: `chatcmpl-sim-${randomUUID()}`,
    created: Math.floor(Date.now() / millisecondsPerSecond),
    model: chat.model,
  };
  if (chat.stream)
    await sendStream(response, { head, answer, includeUsage: chat.includeUsage, ...options });
  else sendWhole(response, head, answer);
}

type Head = { id: string; created: number; model: string };

function sendWhole(response: ServerResponse, head: Head, answer: Answer): void {
  const message =
    answer.content.kind === "text"
      ? { role: "assistant", content: answer.content.text, refusal: null }
      : {
          role: "assistant",
          content: null,
          refusal: null,
          tool_calls: [toolCall(head, answer.content)],
        };
  sendJson(response, 200, {
    ...head,
    object: "chat.completion",
    choices: [{ index: 0, message, logprobs: null, finish_reason: answer.finishReason }],
    usage: usageOf(answer),
  });
}

async function sendStream(
  response: ServerResponse,
  stream: { head: Head; answer: Answer; includeUsage: boolean; wordGapMs: number },
): Promise<void> {
  const { head, answer, includeUsage, wordGapMs } = stream;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });

  const chunk = (choices: object[], rest: object = {}) => {
    const usage = includeUsage ? { usage: null } : {};
    return { ...head, object: "chat.completion.chunk", choices, ...usage, ...rest };
  };
  const delta = (fields: object, finishReason: string | null = null) =>
    chunk([{ index: 0, delta: fields, logprobs: null, finish_reason: finishReason }]);

  await send(delta({ role: "assistant", content: answer.content.kind === "text" ? "" : null }));
  if (answer.content.kind === "text") {
    for (const word of answer.content.text.match(/\s*\S+\s*?|\s+/g) ?? []) {
      await send(delta({ content: word }));
      await pause(wordGapMs);
      if (gone.signal.aborted) return;
    }
  } else {
    const call = toolCall(head, answer.content);
    const opening = { ...call, index: 0, function: { ...call.function, arguments: "" } };
    await send(delta({ tool_calls: [opening] }));
    await send(
      delta({ tool_calls: [{ index: 0, function: { arguments: answer.content.arguments } }] }),
    );
  }
  await send(delta({}, answer.finishReason));
  if (includeUsage) await send(chunk([], { usage: usageOf(answer) }));
  response.end("data: [DONE]\n\n");

  async function send(event: object): Promise<void> {
    if (gone.signal.aborted || response.write(`data: ${JSON.stringify(event)}\n\n`)) return;
    await Promise.race([once(response, "drain"), once(response, "close")]);
  }
}

function toolCall(head: Head, call: { name: string; arguments: string }) {
  return {
    id: `call_${head.id.slice(-12)}`,
    type: "function",
    function: { name: call.name, arguments: call.arguments },
  };
}

function usageOf(answer: Answer) {
  return {
    prompt_tokens: answer.promptTokens,
    completion_tokens: answer.completionTokens,
    total_tokens: answer.promptTokens + answer.completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

/** Null when it is too large; the rest is read and thrown away, so that the refusal is received. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes <= bodyBytesMax) parts.push(part);
    else parts.length = 0;
  }
  return bytes > bodyBytesMax ? null : Buffer.concat(parts).toString("utf8");
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new BadRequest(`The body is not JSON: ${(error as SyntaxError).message}`, null);
  }
}

function sendError(
  response: ServerResponse,
  error: { status: number; type: string; message: string; param?: string | null; code?: string },
): void {
  const { status, type, message, param = null, code = null } = error;
  sendJson(response, status, { error: { message, type, param, code } });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": bytes.length,
  });
  response.end(bytes);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
