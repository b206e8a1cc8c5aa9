// A scripted OpenAI-compatible provider: a real server on loopback that can be told to misbehave,
// by the upstream model's name (see upstream-script.ts) or by a handler.

import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { parseUpstreamScript, type UpstreamScript } from "./upstream-script.ts";

export type UpstreamRequest = {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** Parsed JSON, or null when there was none or it could not be parsed. */
  body: unknown;
  bytes: Buffer;
};

export type ServedGeneration = {
  id: string;
  model: string;
  streamed: boolean;
  /** As reported to the caller; null when no usage went out. */
  promptTokens: number | null;
  completionTokens: number | null;
  /** "failed": we answered with an error; "broken": we cut or stalled it; "aborted": the caller left. */
  outcome: "complete" | "failed" | "broken" | "aborted";
  chunksSent: number;
  abortedAtChunk: number | null;
};

/** Returns a script, or part of one, to be played; or undefined after answering by itself. */
export type UpstreamHandler = (
  request: UpstreamRequest,
  response: ServerResponse,
) => Partial<UpstreamScript> | undefined | Promise<Partial<UpstreamScript> | undefined>;

export type Upstream = {
  /** Ends in /v1. */
  url: string;
  requests: UpstreamRequest[];
  served: ServedGeneration[];
  /** Resolves once so many requests have arrived whole. */
  whenRequested(count: number): Promise<void>;
  /** Resolves once so many chat requests have come to their end, whatever end. */
  whenServed(count: number): Promise<void>;
  close(): Promise<void>;
};

/** Listens on a free loopback port. */
export async function startUpstream(handler?: UpstreamHandler): Promise<Upstream> {
  const requests: UpstreamRequest[] = [];
  const served: ServedGeneration[] = [];
  const waiting = new Set<() => void>();
  const changed = () => {
    for (const check of waiting) check();
  };
  const when = (reached: () => boolean) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!reached()) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => {
      if (!response.headersSent && !response.destroyed)
        sendJson(response, 500, errorBody(500, String(error)));
      else response.destroy();
    });
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    requests.push(request);
    changed();
    const [path = ""] = request.path.split("?");
    if (request.method === "GET" && path.endsWith("/models")) {
      return sendJson(response, 200, {
        object: "list",
        data: [{ id: "ok", object: "model", owned_by: "double" }],
      });
    }

    const body = isRecord(request.body) ? request.body : {};
    const model = typeof body["model"] === "string" ? body["model"] : "";
    let changes: Partial<UpstreamScript> = {};
    if (handler) {
      const handled = await handler(request, response);
      if (handled === undefined) return;
      changes = handled;
    }
    if (request.method !== "POST" || !path.endsWith("/chat/completions")) {
      return sendJson(response, 404, errorBody(404, `The double has no ${request.method} ${path}`));
    }
    let script: UpstreamScript;
    try {
      script = { ...parseUpstreamScript(model), ...changes };
    } catch (error) {
      return sendJson(response, 404, errorBody(404, (error as Error).message));
    }

    const options = isRecord(body["stream_options"]) ? body["stream_options"] : {};
    const generation: ServedGeneration = {
      id: `chatcmpl-double-${requests.length}`,
      model,
      streamed: body["stream"] === true,
      promptTokens: null,
      completionTokens: null,
      outcome: "complete",
      chunksSent: 0,
      abortedAtChunk: null,
    };
    await play(script, generation, { response, includeUsage: options["include_usage"] === true });
    served.push(generation);
    changed();
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    served,
    whenRequested: (count) => when(() => requests.length >= count),
    whenServed: (count) => when(() => served.length >= count),
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

type Stage = { response: ServerResponse; includeUsage: boolean };

/** Plays the script to its end and writes into `generation` how it went. */
async function play(
  script: UpstreamScript,
  generation: ServedGeneration,
  stage: Stage,
): Promise<void> {
  const { response } = stage;
  const gone = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });

  await pause(script.waitMs, gone.signal);
  if (script.end.afterChunks < 0) {
    generation.outcome = "broken";
    if (script.end.kind === "rst") response.socket?.resetAndDestroy();
    await closing(response);
    if (script.end.kind === "stall") leave(generation);
    return;
  }
  if (gone.signal.aborted) return leave(generation);

  if (script.status >= 400 || script.html) {
    generation.outcome = "failed";
    const headers =
      script.retryAfterSeconds === null ? {} : { "retry-after": String(script.retryAfterSeconds) };
    if (script.html) {
      response.writeHead(script.status, { "content-type": "text/html", ...headers });
      response.end("<!doctype html><title>Bad gateway</title><h1>nginx</h1>");
    } else {
      sendJson(
        response,
        script.status,
        errorBody(script.status, `The double was told to say ${script.status}`),
        headers,
      );
    }
    return closing(response);
  }

  if (generation.streamed) await playStream(script, generation, stage, gone.signal);
  else await playWhole(script, generation, stage);
}

async function playStream(
  script: UpstreamScript,
  generation: ServedGeneration,
  { response, includeUsage }: Stage,
  gone: AbortSignal,
): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  const head = {
    id: generation.id,
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: generation.model,
  };
  const write = async (text: string) => {
    if (gone.aborted || response.write(text)) return;
    const settled = new AbortController(); // whichever comes second takes its listener with it
    const { signal } = settled;
    await Promise.race([once(response, "drain", { signal }), once(response, "close", { signal })]);
    settled.abort();
  };
  const send = (event: object) => write(`data: ${JSON.stringify(event)}\n\n`);
  const delta = (fields: object, finishReason: string | null = null) =>
    send({ ...head, choices: [{ index: 0, delta: fields, finish_reason: finishReason }] });

  if (script.end.kind === "error" && script.end.afterChunks === 0) return breakOff();
  await delta({ role: "assistant", content: script.toolCall ? null : "" });
  const parts = script.toolCall
    ? [
        {
          tool_calls: [
            {
              index: 0,
              id: "call_1",
              type: "function",
              function: { name: script.toolCall.name, arguments: "" },
            },
          ],
        },
        { tool_calls: [{ index: 0, function: { arguments: script.toolCall.arguments } }] },
      ]
    : script.words.map((content) => ({ content }));
  for (const part of parts) {
    if (script.end.kind !== "complete" && generation.chunksSent >= script.end.afterChunks)
      return breakOff();
    if (script.ping) await write(": ping\n\n");
    await delta(part);
    generation.chunksSent += 1;
    await pause(script.gapMs, gone);
    if (gone.aborted) return leave(generation);
  }
  if (script.end.kind !== "complete") return breakOff();

  await delta({}, script.finishReason);
  if (includeUsage && script.usage) {
    report(script, generation);
    await send({ ...head, choices: [], usage: usageBody(script.usage) });
  }
  response.end(script.done ? "data: [DONE]\n\n" : "");
  await closing(response);
  if (gone.aborted) leave(generation);

  async function breakOff(): Promise<void> {
    generation.outcome = script.end.kind === "error" ? "failed" : "broken";
    switch (script.end.kind) {
      case "error":
        response.end(
          `data: ${JSON.stringify(errorBody(529, "Overloaded", "overloaded_error"))}\n\n`,
        );
        break;
      case "garbage":
        response.end('data: {"choices":[{"delta":\n\n');
        break;
      case "rst":
        await flushed(response);
        response.socket?.resetAndDestroy();
        break;
      case "fin":
        await flushed(response);
        response.socket?.end();
        break;
      case "stall":
        await closing(response);
        return leave(generation);
      case "complete":
        throw new Error("A complete script does not break off.");
      default:
        script.end.kind satisfies never;
    }
    await closing(response);
  }
}

async function playWhole(
  script: UpstreamScript,
  generation: ServedGeneration,
  { response }: Stage,
): Promise<void> {
  const { end } = script;
  if (end.kind === "error") {
    generation.outcome = "failed";
    sendJson(response, 200, errorBody(529, "Overloaded", "overloaded_error"));
    return closing(response);
  }
  const call = script.toolCall;
  const message = call
    ? {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "call_1", type: "function", function: call }],
      }
    : { role: "assistant", content: script.words.join("") };
  const body = {
    id: generation.id,
    object: "chat.completion",
    created: 1_700_000_000,
    model: generation.model,
    choices: [{ index: 0, message, finish_reason: script.finishReason }],
    ...(script.usage ? { usage: usageBody(script.usage) } : {}),
  };
  if (end.kind === "complete") {
    report(script, generation);
    sendJson(response, 200, body);
    await closing(response);
    if (!response.writableFinished) leave(generation);
    return;
  }

  generation.outcome = "broken";
  const bytes = Buffer.from(JSON.stringify(body));
  const half = bytes.subarray(0, bytes.length >> 1);
  if (end.kind === "garbage") {
    response.writeHead(200, { "content-type": "application/json" }).end(half);
    return closing(response);
  }
  response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length });
  response.write(half);
  await flushed(response);
  if (end.kind === "rst") response.socket?.resetAndDestroy();
  else if (end.kind === "fin") response.socket?.end();
  await closing(response);
  if (end.kind === "stall") leave(generation);
}

function report(script: UpstreamScript, generation: ServedGeneration): void {
  generation.promptTokens = script.usage?.prompt ?? null;
  generation.completionTokens = script.usage?.completion ?? null;
}

function leave(generation: ServedGeneration): void {
  generation.outcome = "aborted";
  generation.abortedAtChunk = generation.chunksSent;
}

function usageBody(usage: NonNullable<UpstreamScript["usage"]>): object {
  return {
    prompt_tokens: usage.prompt,
    completion_tokens: usage.completion,
    total_tokens: usage.prompt + usage.completion,
    prompt_tokens_details: { cached_tokens: usage.cached },
    completion_tokens_details: { reasoning_tokens: usage.reasoning },
  };
}

function errorBody(code: number, message: string, type = "upstream_error"): object {
  return { error: { message, type, param: null, code } };
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": bytes.length,
    ...headers,
  });
  response.end(bytes);
}

async function readRequest(incoming: IncomingMessage): Promise<UpstreamRequest> {
  const parts: Buffer[] = [];
  for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part);
  const bytes = Buffer.concat(parts);
  let body: unknown = null;
  try {
    body = JSON.parse(bytes.toString("utf8"));
  } catch {
    body = null; // recorded as it came, in `bytes`
  }
  return {
    method: incoming.method ?? "",
    path: incoming.url ?? "",
    headers: incoming.headers,
    body,
    bytes,
  };
}

function closing(response: ServerResponse): Promise<void> {
  if (response.closed || response.destroyed) return Promise.resolve();
  return new Promise((resolve) => response.once("close", () => resolve()));
}

/** All that was written has been given to the kernel, so that a cut comes after it and not before. */
function flushed(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) resolve();
    else response.write("", () => setImmediate(resolve));
  });
}

function pause(ms: number, gone: AbortSignal): Promise<void> {
  if (ms === 0 || gone.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    gone.addEventListener("abort", done);
    function done() {
      clearTimeout(timer);
      gone.removeEventListener("abort", done);
      resolve();
    }
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
