/** Method and path to what answers it; the one place where a refusal becomes a response. */
import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { countTokens } from "./count-tokens.ts";
import { anthropicMessages } from "./dialects/anthropic-messages.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { dialects } from "./dialects/registry.ts";
import { Exchange } from "./exchange.ts";
import type { Forwarder } from "./forward.ts";
import { generate } from "./generate.ts";
import { ReceivedRequest } from "./received-request.ts";
import { Refusal } from "./refusal.ts";
import type { Runtime } from "./runtime.ts";

const urlCharactersMax = 8_192;
/** Longer than the pools of clients and load balancers keep a connection (60 s), so that they let go first. */
const idleMs = 65_000;
const idleSweepMs = 5_000;
const browserHeaders = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "POST, OPTIONS",
  "access-control-allow-headers":
    "authorization, content-type, http-referer, x-title, x-openrouter-title, x-session-id, x-openrouter-cache, x-openrouter-cache-ttl, x-openrouter-cache-clear, x-api-key, anthropic-version, anthropic-beta, x-anthropic-beta, anthropic-dangerous-direct-browser-access",
  "access-control-max-age": "600",
};

type Handler = {
  /** How its client is told a refusal. */
  dialect: Dialect;
  answer: (exchange: Exchange, dialect: Dialect, runtime: Runtime) => Promise<void>;
};
/** By the whole path: generations in their dialects, and what is asked about one before it is. */
const handlers: ReadonlyMap<string, Handler> = new Map([
  ...[...dialects].map(([path, dialect]): [string, Handler] => [
    path,
    { dialect, answer: generate },
  ]),
  ...["/api/v1", "/v1"].map((base): [string, Handler] => [
    `${base}/messages/count_tokens`,
    { dialect: anthropicMessages, answer: countTokens },
  ]),
]);
/** `underWay`: more than one of a client that does not wait for its answers. */
type Connection = { underWay: number; idleSinceMs: number };

export type Gateway = {
  server: Server;
  /** Requests under way. */
  active: () => number;
  /** Requests ever taken. */
  total: () => number;
  /** Closes the door; what is under way goes on. */
  stopAdmitting: () => void;
};

export function createGateway(
  runtime: Runtime,
  forwarder: Forwarder,
  readiness: () => { ready: boolean; degraded: readonly string[] },
): Gateway {
  let active = 0;
  let total = 0;
  let draining = false;
  const connections = new Map<Socket, Connection>();

  const handle = (request: ReceivedRequest, response: ServerResponse): Promise<void> | void => {
    if (draining) response.setHeader("connection", "close");
    const path = checkTarget(request);
    if (path === "/healthz") return json(response, 200, { status: "ok" });
    if (path === "/readyz") {
      const { ready, degraded } = readiness();
      return json(response, ready && !draining ? 200 : 503, {
        status: draining ? "draining" : ready ? "ready" : "not ready",
        gateway: runtime.config.name,
        degraded,
      });
    }
    if (path === "/metrics")
      throw new Refusal({
        status: 404,
        type: "not_found",
        message:
          "metrics are on the control port, and on each gateway's own loopback port (DATA_DIR/gateways)",
      });
    const handler = handlers.get(path);
    if (!handler) return forwarder.forward(request, response);
    if (request.method === "OPTIONS") return void response.writeHead(204, browserHeaders).end();
    if (request.method !== "POST") {
      throw new Refusal({
        status: 405,
        type: "invalid_request",
        message: `${request.method} is not supported here; use POST`,
        headers: { allow: "POST, OPTIONS" },
      });
    }
    const exchange = new Exchange(request, response);
    return handler.answer(exchange, handler.dialect, runtime).catch((cause: unknown) => {
      const refusal = refusalOf(cause, request, runtime);
      if (response.headersSent) return void response.destroy();
      if (response.destroyed) return;
      exchange.json(
        refusal.status,
        { ...refusal.headers, ...closing(request) },
        handler.dialect.encodeRefusal(refusal, exchange.generationId),
      );
      if (!request.complete) request.discard();
    });
  };

  /** Of every answer: one function for all, told by `this` whose it is. */
  const closed = function (this: ServerResponse): void {
    active--;
    const connection = connections.get(this.req.socket);
    if (!connection) return;
    connection.underWay--;
    connection.idleSinceMs = performance.now();
  };

  const server = createServer<typeof ReceivedRequest, typeof ServerResponse>(
    {
      IncomingMessage: ReceivedRequest,
      maxHeaderSize: 16_384,
      headersTimeout: 15_000,
      requestTimeout: 120_000,
      keepAliveTimeout: 0, // `closeIdle` below: node's own way is a timer set and cleared for every request
      requireHostHeader: true,
    },
    (request, response) => {
      active++;
      total++;
      const connection = connections.get(request.socket);
      if (connection) connection.underWay++;
      response.on("close", closed);
      try {
        handle(request, response)?.catch((cause: unknown) =>
          refuse(request, response, cause, runtime),
        );
      } catch (cause) {
        refuse(request, response, cause, runtime);
      }
    },
  );
  server.maxHeadersCount = 100;
  server.on("connection", (socket) => {
    connections.set(socket, { underWay: 0, idleSinceMs: performance.now() });
    socket.once("close", () => connections.delete(socket));
  });
  const closeIdle = setInterval(() => {
    const sinceMs = performance.now() - idleMs;
    for (const [socket, connection] of connections)
      if (connection.underWay === 0 && connection.idleSinceMs < sinceMs) socket.destroy();
  }, idleSweepMs);
  closeIdle.unref();
  server.once("close", () => clearInterval(closeIdle));
  server.on("clientError", (cause: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || cause.code === "ECONNRESET") return socket.destroy();
    const status =
      cause.code === "HPE_HEADER_OVERFLOW"
        ? 431
        : cause.code === "ERR_HTTP_REQUEST_TIMEOUT"
          ? 408
          : 400;
    const body = JSON.stringify({
      error: {
        code: status,
        message: "the request is not valid HTTP",
        metadata: { error_type: "invalid_request" },
      },
    });
    socket.end(
      `HTTP/1.1 ${status} Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    );
  });
  return {
    server,
    active: () => active,
    total: () => total,
    stopAdmitting() {
      draining = true;
      server.close(); // stops accepting; what is under way goes on
      server.closeIdleConnections();
    },
  };
}

/** The path of an origin-form target. @throws {Refusal} for what Node lets through and we do not (reliability.md D10–D13, D19). */
function checkTarget(request: IncomingMessage): string {
  const { url = "/", headers } = request;
  const bad = (message: string, status = 400): Refusal =>
    new Refusal({ status, type: "invalid_request", message, headers: { connection: "close" } });
  if (url.length > urlCharactersMax)
    throw bad(`the URL is longer than ${urlCharactersMax} characters`, 414);
  if (!url.startsWith("/")) throw bad("the request target must be a path");
  if (request.httpVersion !== "1.1" && request.httpVersion !== "1.0")
    throw bad("HTTP/1.1 is spoken here");
  const encoding = headers["transfer-encoding"];
  if (encoding !== undefined && encoding !== "chunked")
    throw bad("Transfer-Encoding must be chunked");
  let hosts = 0;
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") hosts++;
  }
  if (hosts > 1 || (headers.host !== undefined && !/^[\w.:[\]-]{0,260}$/.test(headers.host)))
    throw bad("the Host header is not valid");
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}

function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    ...headers,
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
  });
  response.end(body);
}

/** What left a request, as what its client is told; what is not a refusal is ours, is logged, and is a masked 500. */
function refusalOf(cause: unknown, request: IncomingMessage, runtime: Runtime): Refusal {
  const refusal =
    cause instanceof Refusal
      ? cause
      : new Refusal({
          status: 500,
          type: "server",
          message: "Turnpike failed to handle this request; the operator's log says why",
          cause,
        });
  if (refusal.status >= 500) {
    runtime.log(cause instanceof Refusal ? "warn" : "error", refusal.message, {
      status: refusal.status,
      path: (request.url ?? "").slice(0, 100),
      cause:
        refusal.cause instanceof Error
          ? (cause instanceof Refusal
              ? refusal.cause.message
              : (refusal.cause.stack ?? refusal.cause.message)
            ).slice(0, 1_000)
          : null,
    });
  }
  return refusal;
}

/** A body that was not read would be taken for the next request: the connection ends with the answer. */
const closing = (request: IncomingMessage): Record<string, string> =>
  request.complete ? {} : { connection: "close" };

/** For what is refused before it is an exchange. Only the public sentence leaves the process. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  cause: unknown,
  runtime: Runtime,
): void {
  const refusal = refusalOf(cause, request, runtime);
  if (response.headersSent) return void response.destroy();
  if (response.destroyed) return;
  json(response, refusal.status, refusal.body(), { ...refusal.headers, ...closing(request) });
  if (!request.complete) request.resume();
}
