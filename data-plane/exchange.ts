/** The client's side of one request: its headers, its body, what has been sent to it, and whether it is still there. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { deadlines, type Deadline } from "./deadlines.ts";
import { Refusal } from "./refusal.ts";

export const bodyBytesMax = 32 * 1024 * 1024;
const bodyTimeoutMs = 60_000;
/** A client that takes nothing for this long is gone (reliability.md P-27). */
const stallMs = 60_000;

/** For browsers; on every answer of an inference path, errors too. */
const exposed =
  "x-generation-id, retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-should-retry";

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly #leaving: (() => void)[] = [];
  #pending = "";
  #flushing = false;
  #stall: Deadline | null = null;
  #waiting: (() => void)[] = [];
  /** Set when the client went away before the answer was whole. */
  gone = false;
  /** Known from admission on, and told with every answer from then on, errors too. */
  generationId: string | null = null;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    response.once("close", () => {
      this.#stall?.cancel();
      if (response.writableFinished) return;
      this.gone = true;
      for (const leave of this.#leaving.splice(0)) leave();
    });
    response.on("error", () => {}); // a reset; `close` follows
  }

  onGone(leave: () => void): void {
    if (this.gone) leave();
    else this.#leaving.push(leave);
  }

  header(name: string): string | null {
    const value = this.request.headers[name];
    return typeof value === "string" ? value : null;
  }

  /**
   * The whole body. @throws {Refusal} 413 over 32 MB (before reading, when the length is declared), 415 when it is
   * compressed, 408 when it does not arrive within a minute.
   */
  async body(): Promise<Buffer> {
    const { request } = this;
    const tooLarge = (): Refusal =>
      new Refusal({
        status: 413,
        type: "payload_too_large",
        message: `the body is larger than ${bodyBytesMax} bytes (32 MB)`,
        headers: { connection: "close" },
      });
    const encoding = this.header("content-encoding");
    if (encoding !== null && encoding !== "identity") {
      throw new Refusal({
        status: 415,
        type: "invalid_request",
        message: `Content-Encoding ${encoding} is not accepted; send the JSON uncompressed`,
        headers: { connection: "close" },
      });
    }
    if (+(this.header("content-length") ?? 0) > bodyBytesMax) throw tooLarge();
    return new Promise((resolve, reject) => {
      const pieces: Buffer[] = [];
      let size = 0;
      const fail = (refusal: Refusal): void => {
        late.cancel();
        request.removeAllListeners("data");
        request.resume(); // what still comes is thrown away until the connection closes
        reject(refusal);
      };
      const late = deadlines.after(bodyTimeoutMs, () =>
        fail(
          new Refusal({
            status: 408,
            type: "timeout",
            message: "the body did not arrive within 60 seconds",
            headers: { connection: "close" },
          }),
        ),
      );
      request.on("data", (piece: Buffer) => {
        size += piece.length;
        if (size > bodyBytesMax) fail(tooLarge());
        else pieces.push(piece);
      });
      request.once("end", () => {
        late.cancel();
        resolve(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces));
      });
      request.once("error", () =>
        fail(
          new Refusal({
            status: 400,
            type: "invalid_request",
            message: "the connection ended before the body did",
          }),
        ),
      );
    });
  }

  /** Begins an event stream. Idempotent: a heartbeat may have begun it already. */
  openStream(): void {
    if (this.response.headersSent) return;
    this.response.writeHead(
      200,
      this.#head("text/event-stream; charset=utf-8", ["cache-control", "no-cache"]),
    );
  }

  /** A flat list, which node:http writes as it is; setting headers one by one costs a tenth of a whole request. */
  #head(contentType: string, more: readonly string[]): string[] {
    const head = [
      "content-type",
      contentType,
      "access-control-allow-origin",
      "*",
      "access-control-expose-headers",
      exposed,
      ...more,
    ];
    if (this.generationId !== null) head.push("x-generation-id", this.generationId);
    return head;
  }

  /**
   * Sends part of a stream: everything of one event-loop turn in one write. Returns false when the client is slow; then
   * every `onDrain` is called once when it has caught up, or has been cut off for taking nothing for a minute.
   */
  send(text: string, onDrain: () => void): boolean {
    if (this.gone) return true;
    this.#pending += text;
    if (!this.#flushing) {
      this.#flushing = true;
      setImmediate(() => this.flush());
    }
    if (!this.response.writableNeedDrain) return true;
    this.#waiting.push(onDrain); // each of them: a heartbeat that waits must not swallow a chunk's resume
    if (this.#stall) return false;
    this.#stall = deadlines.after(stallMs, () => this.response.destroy());
    this.response.once("drain", () => {
      this.#stall?.cancel();
      this.#stall = null;
      for (const drained of this.#waiting.splice(0)) drained();
    });
    return false;
  }

  flush(): void {
    this.#flushing = false;
    if (this.#pending === "" || this.gone) return;
    const text = this.#pending;
    this.#pending = "";
    this.response.write(text);
  }

  /** Ends a stream. */
  end(text: string): void {
    if (this.gone || this.response.destroyed) return;
    const last = this.#pending + text;
    this.#pending = "";
    this.response.end(last);
  }

  /** A whole answer, head and body in one segment. */
  json(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    const bytes = Buffer.byteLength(body);
    const more = ["content-length", String(bytes)];
    for (const [name, value] of Object.entries(headers)) more.push(name, value);
    this.response.writeHead(status, this.#head("application/json; charset=utf-8", more));
    // As many bytes as characters is ASCII, for which latin1 is the same and cheaper to write.
    this.response.end(body, bytes === body.length ? "latin1" : "utf8");
  }
}
