// The yardstick: what a good engineer writes first. node:http in, undici's dispatch out, and only the
// model's name changed on the way. No key, no limit, no money, hardly an error handled: not a product.
//
//   node bench/bare-proxy.ts PORT UPSTREAM_PORT WORKERS

import cluster from "node:cluster";
import { createServer, type ServerResponse } from "node:http";
import { type Dispatcher, Pool } from "undici";

const [port, upstreamPort, workers] = process.argv.slice(2).map(Number);
const modelMember = Buffer.from('"model":"');
const prefix = "bench/";

if (cluster.isPrimary && (workers ?? 1) > 1) {
  for (let worker = 0; worker < (workers ?? 1); worker++) cluster.fork();
} else {
  serve();
}

function serve(): void {
  const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, { keepAliveTimeout: 60_000 });
  const server = createServer({ noDelay: true }, (request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const [first] = pieces;
      const body = pieces.length === 1 && first ? first : Buffer.concat(pieces);
      pool.dispatch(
        {
          method: "POST",
          path: request.url ?? "/",
          headers: ["content-type", "application/json", "authorization", "Bearer sk-bench"],
          body: withoutPrefix(body),
        },
        new Relay(response),
      );
    });
  });
  server.keepAliveTimeout = 65_000;
  server.listen(port, "127.0.0.1", 4_096);
  process.on("SIGTERM", () => process.exit(0));
}

/** `bench/m` is what clients call the model that the upstream calls `m`. */
function withoutPrefix(body: Buffer): Buffer {
  const at = body.indexOf(modelMember) + modelMember.length;
  if (at < modelMember.length || body.toString("latin1", at, at + prefix.length) !== prefix)
    return body;
  return Buffer.concat([body.subarray(0, at), body.subarray(at + prefix.length)]);
}

class Relay implements Dispatcher.DispatchHandler {
  readonly response: ServerResponse;
  pieces: Buffer[] | null = null;
  head: string[] = [];
  status = 0;

  constructor(response: ServerResponse) {
    this.response = response;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.response.on("close", () => {
      if (!this.response.writableFinished) controller.abort(new Error("the client went away"));
    });
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.status = status;
    for (const [name, value] of Object.entries(headers)) {
      if (name !== "transfer-encoding" && name !== "connection" && name !== "content-length")
        this.head.push(name, String(value));
    }
    if (String(headers["content-type"]).startsWith("text/event-stream"))
      this.response.writeHead(status, this.head);
    else this.pieces = [];
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.pieces) {
      this.pieces.push(chunk);
    } else if (!this.response.write(chunk)) {
      controller.pause();
      this.response.once("drain", () => controller.resume());
    }
  }

  onResponseEnd(): void {
    if (!this.pieces) {
      this.response.end();
      return;
    }
    const [first] = this.pieces;
    const body = this.pieces.length === 1 && first ? first : Buffer.concat(this.pieces);
    this.head.push("content-length", String(body.length));
    this.response.writeHead(this.status, this.head);
    this.response.end(body);
  }

  onResponseError(_controller: Dispatcher.DispatchController, _error: Error): void {
    if (this.response.headersSent) this.response.destroy();
    else this.response.writeHead(502).end();
  }
}
