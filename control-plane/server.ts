/** The control plane's one HTTP server: which door a path belongs to, and what holds for all of them. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { graphqlHandler } from "./graphql/graphql-handler.ts";
import { startMetrics } from "./metrics.ts";
import { readiness } from "./readiness.ts";
import { reportError } from "./report-error.ts";
import { restHandler } from "./rest/rest-handler.ts";
import type { Runtime } from "./runtime.ts";
import { statusPage } from "./status-page.ts";
import { trpcHandler } from "./trpc/trpc-handler.ts";
import { isPostgresAway } from "./unavailable.ts";

const bodyBytesMax = 1_048_576; // no command or question comes near; the doors count what they read
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000; // for all of a request to arrive
const answerTimeoutMs = 30_000; // twice the longest statement (main.ts), so what is late by then hangs
// Longer than the 60 s that load balancers commonly keep an idle connection, so that they close it and not we.
const keepAliveTimeoutMs = 65_000;
const drainMsMax = 10_000;

type Door = (request: IncomingMessage, response: ServerResponse) => unknown;
type DoorName = "trpc" | "graphql" | "rest" | "health" | "metrics" | "page" | "none";

/** Serves until stopped; `stop` lets requests in hand finish for up to 10 s. Port 0 takes a free one. */
export async function startServer(
  runtime: Runtime,
  { host, port }: { host: string; port: number },
): Promise<{ origin: string; stop(): Promise<void> }> {
  const metrics = startMetrics(runtime);
  const rest = restHandler(runtime);
  const doors: Record<DoorName, Door> = {
    trpc: trpcHandler(runtime, { bodyBytesMax }),
    graphql: graphqlHandler(runtime),
    rest: async (request, response) => {
      if (!(await rest(request, response))) notFound(request, response);
    },
    health: async (request, response) => {
      if (pathOf(request) === "/healthz") return sendJson(response, 200, { status: "ok" });
      const { ready, degraded } = await readiness(runtime);
      return sendJson(response, ready ? 200 : 503, {
        status: ready ? "ready" : "unavailable",
        degraded,
      });
    },
    metrics: async (_request, response) =>
      send(response, 200, "text/plain; version=0.0.4; charset=utf-8", await metrics.print()),
    page: (_request, response) => {
      response.setHeader(
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      );
      send(response, 200, "text/html; charset=utf-8", statusPage);
    },
    none: notFound,
  };

  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
    },
    (request, response) => {
      const name = doorOf(request);
      response.once("close", () =>
        metrics.count(name, response.writableFinished ? response.statusCode : 499),
      );
      response.setHeader("x-content-type-options", "nosniff");
      response.setHeader("referrer-policy", "no-referrer");
      if (!server.listening) response.setHeader("connection", "close"); // draining
      if (Number(request.headers["content-length"] ?? 0) > bodyBytesMax) {
        response.setHeader("connection", "close"); // the body is not read
        return sendError(response, 413, `the body is larger than ${bodyBytesMax} bytes`);
      }
      return open(doors[name], name, request, response);
    },
  );
  const sockets = new Set<Socket>(); // as many as there are connections
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    origin: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    stop: () =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), drainMsMax);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
        // Node does not call a connection idle that has never asked for anything, as browsers open ahead of need.
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
      }),
  };
}

async function open(
  door: Door,
  name: DoorName,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const late = setTimeout(() => {
    if (response.headersSent) return; // a stream may take its time
    sendError(
      response,
      503,
      "this takes too long; the database may be away or busy. After a command, look first whether it took effect",
    );
  }, answerTimeoutMs);
  response.once("close", () => clearTimeout(late));
  try {
    await door(request, response);
  } catch (error) {
    if (isPostgresAway(error))
      return sendError(response, 503, "the database does not answer right now; try again shortly");
    reportError(name, error);
    sendError(response, 500, "something went wrong here; the control plane's log says what");
  }
}

function doorOf(request: IncomingMessage): DoorName {
  const path = pathOf(request);
  if (path.startsWith("/trpc/")) return "trpc";
  if (path === "/graphql") return "graphql";
  if (path.startsWith("/api/") || path.startsWith("/v1/")) return "rest";
  if (request.method !== "GET" && request.method !== "HEAD") return "none";
  if (path === "/healthz" || path === "/readyz") return "health";
  if (path === "/metrics") return "metrics";
  return path === "/" ? "page" : "none";
}

const pathOf = (request: IncomingMessage): string => (request.url ?? "/").split("?", 1)[0] ?? "/";

function notFound(request: IncomingMessage, response: ServerResponse): void {
  sendError(response, 404, `there is no ${request.method} ${pathOf(request).slice(0, 200)} here`);
}

const errorTypes: Record<number, string> = {
  404: "not_found",
  413: "payload_too_large",
  500: "server",
  503: "provider_unavailable",
};

/** The error form of OpenRouter's REST paths; nothing when an answer is under way already. */
function sendError(response: ServerResponse, status: 404 | 413 | 500 | 503, message: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (status === 503) response.setHeader("retry-after", "2");
  sendJson(response, status, {
    error: { code: status, message, metadata: { error_type: errorTypes[status] } },
  });
}

const sendJson = (response: ServerResponse, status: number, body: unknown): void =>
  send(response, status, "application/json; charset=utf-8", JSON.stringify(body));

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response
    .writeHead(status, { "content-type": contentType, "cache-control": "no-store" })
    .end(body);
}
