/** What is not inference goes to the control plane as it is, streaming both ways, so that clients know one origin. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Pool } from "undici";
import { unavailable } from "./refusal.ts";

const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
  "host",
]);

export class Forwarder {
  readonly #pool: Pool;

  constructor(controlUrl: string) {
    this.#pool = new Pool(controlUrl, {
      connections: 128,
      connect: { timeout: 2_000 },
      headersTimeout: 60_000,
      bodyTimeout: 0,
      allowH2: false,
    });
  }

  /** @throws {Refusal} 503 when the control plane does not answer. */
  async forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const leave = new AbortController();
    response.once("close", () => leave.abort());
    const headers: Record<string, string | string[]> = {
      "x-forwarded-for": request.socket.remoteAddress ?? "",
      "x-forwarded-host": request.headers.host ?? "",
    };
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined && !hopByHop.has(name) && !name.startsWith("x-forwarded-"))
        headers[name] = value;
    }
    const body = request.method === "GET" || request.method === "HEAD" ? null : bodyOf(request);
    let answer;
    try {
      answer = await this.#pool.request({
        path: request.url ?? "/",
        method: request.method ?? "GET",
        headers,
        body,
        signal: leave.signal,
      });
    } catch (cause) {
      if (leave.signal.aborted) return;
      throw unavailable(
        "The control plane does not answer right now; inference goes on. Try again in a few seconds.",
        cause,
      );
    }
    const passed = Object.fromEntries(
      Object.entries(answer.headers).filter(
        ([name, value]) => value !== undefined && !hopByHop.has(name),
      ),
    );
    response.writeHead(answer.statusCode, passed);
    await pipeline(answer.body, response).catch(() => response.destroy()); // either side left
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/**
 * The body apart from its request: undici destroys what it was given when the answer comes before the body's end (a path that
 * is not there), and with the request its connection would go, on which that answer has yet to be sent.
 */
function bodyOf(request: IncomingMessage): PassThrough {
  const body = request.pipe(new PassThrough());
  body.on("error", () => {}); // as when it is destroyed half-way; why, the answer says
  body.once("close", () => request.resume()); // what nobody wants any more is read and thrown away
  return body;
}
