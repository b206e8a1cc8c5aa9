/** The client's side of one request: its headers, its body, what has been sent to it, and whether it is still there. */
import type { ServerResponse } from "node:http";
import { deadlines, type Deadline } from "./deadlines.ts";
import type { ReceivedRequest } from "./received-request.ts";
import { Refusal } from "./refusal.ts";
import type { Stopwatch } from "./stages.ts";

export const bodyBytesMax = 32 * 1024 * 1024;
const bodyTimeoutMs = 60_000;
/** A client that takes nothing for this long is gone (reliability.md P-27). */
const stallMs = 60_000;

/** For browsers; on every answer of an inference path, errors too. */
const exposed =
  "x-generation-id, retry-after, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset, x-should-retry, x-openrouter-cache-status, x-openrouter-cache-age, x-openrouter-cache-ttl, x-openrouter-cache-source-id";

const nothing = Buffer.alloc(0);
const ignore = (): void => {};

export class Exchange {
  readonly request: ReceivedRequest;
  readonly response: ServerResponse;
  #leaving: (() => void)[] | null = null;
  #failBody: ((refusal: Refusal) => void) | null = null;
  #pending = "";
  #flushing = false;
  #held = false;
  #stall: Deadline | null = null;
  #waiting: (() => void)[] | null = null;
  /** Set when the client went away before the answer was whole. */
  gone = false;
  /** Known from admission on, and told with every answer from then on, errors too. */
  generationId: string | null = null;
  /** How long its steps took so far. */
  watch: Stopwatch | null = null;
  /** Names and values in turn, for good answers only: whether it is a kept one (contract C-3). */
  cacheHeaders: readonly string[] | null = null;

  constructor(request: ReceivedRequest, response: ServerResponse) {
    this.request = request;
    this.response = response;
    response.on("close", this.#closed);
    response.on("error", ignore); // a reset; `close` follows
  }

  readonly #closed = (): void => {
    this.#stall?.cancel();
    if (this.response.writableFinished) return;
    this.gone = true;
    this.#failBody?.(cutOff());
    const leaving = this.#leaving;
    this.#leaving = null;
    if (leaving) for (const leave of leaving) leave();
  };

  onGone(leave: () => void): void {
    if (this.gone) leave();
    else (this.#leaving ??= []).push(leave);
  }

  header(name: string): string | null {
    const value = this.request.headers[name];
    return typeof value === "string" ? value : null;
  }

  /**
   * The whole body. @throws {Refusal} 413 over 32 MB (before reading, when the length is declared), 415 when it is
   * compressed, 408 when it does not arrive within a minute.
   */
  body(): Promise<Buffer> {
    const { request } = this;
    const encoding = this.header("content-encoding");
    if (encoding !== null && encoding !== "identity") throw compressed(encoding);
    if (+(this.header("content-length") ?? 0) > bodyBytesMax) throw tooLarge();
    return new Promise((resolve, reject) => {
      let first: Buffer | null = null;
      let pieces: Buffer[] | null = null; // seldom: most bodies are one
      let size = 0;
      const fail = (refusal: Refusal): void => {
        late.cancel();
        this.#failBody = null;
        request.discard();
        reject(refusal);
      };
      const late = deadlines.after(bodyTimeoutMs, () => fail(tooLate()));
      this.#failBody = fail;
      request.collect((piece) => {
        if (piece) {
          size += piece.length;
          if (size > bodyBytesMax) fail(tooLarge());
          else if (first) (pieces ??= [first]).push(piece);
          else first = piece;
          return;
        }
        late.cancel();
        this.#failBody = null;
        resolve(pieces ? Buffer.concat(pieces) : (first ?? nothing));
      });
    });
  }

  /** Begins an event stream. Idempotent: a heartbeat may have begun it already. */
  openStream(): void {
    if (this.response.headersSent) return;
    const head = this.#head("text/event-stream; charset=utf-8", "cache-control", "no-cache");
    if (this.cacheHeaders) head.push(...this.cacheHeaders);
    this.response.writeHead(200, head);
  }

  /** A flat list, which node:http writes as it is; setting headers one by one costs a tenth of a whole request. */
  #head(contentType: string, name: string, value: string): string[] {
    const head = ["content-type", contentType, name, value];
    if (this.generationId !== null) head.push("x-generation-id", this.generationId);
    const timing = this.watch?.header ?? null;
    if (timing !== null) head.push("server-timing", timing);
    // Browsers say where a page is from, and nobody else needs these.
    if (this.request.headers.origin !== undefined)
      head.push("access-control-allow-origin", "*", "access-control-expose-headers", exposed);
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
      setImmediate(flushOne, this);
    }
    if (!this.response.writableNeedDrain) return true;
    (this.#waiting ??= []).push(onDrain); // each of them: a heartbeat that waits must not swallow a chunk's resume
    if (this.#stall) return false;
    this.#stall = deadlines.after(stallMs, () => this.response.destroy());
    this.response.once("drain", () => {
      this.#stall?.cancel();
      this.#stall = null;
      const waiting = this.#waiting;
      this.#waiting = null;
      if (waiting) for (const drained of waiting) drained();
    });
    return false;
  }

  flush(): void {
    this.#flushing = false;
    if (this.#held || this.#pending === "" || this.gone) return;
    const text = this.#pending;
    this.#pending = "";
    this.response.write(text, encodingOf(text));
  }

  /** The end follows within this turn: what was not sent yet goes with it, in one write instead of two. */
  hold(): void {
    this.#held = true;
  }

  /** Ends a stream. */
  end(text: string): void {
    if (this.gone || this.response.destroyed) return;
    const last = this.#pending + text;
    this.#pending = "";
    this.response.end(last, encodingOf(last));
  }

  /** A whole answer, head and body in one segment. */
  json(status: number, headers: Readonly<Record<string, string>> | null, body: string): void {
    const bytes = Buffer.byteLength(body);
    const head = this.#head("application/json; charset=utf-8", "content-length", String(bytes));
    if (headers) for (const [name, value] of Object.entries(headers)) head.push(name, value);
    if (this.cacheHeaders && status === 200) head.push(...this.cacheHeaders);
    this.response.writeHead(status, head);
    // As many bytes as characters is ASCII, for which latin1 is the same and cheaper to write.
    this.response.end(body, bytes === body.length ? "latin1" : "utf8");
  }
}

/**
 * As many bytes as characters is ASCII, for which latin1 is the same and cheaper to write. Not as a Buffer: it costs
 * the same, and 30 kB outside the heap for each stream wait for the collector.
 */
const encodingOf = (text: string): "latin1" | "utf8" =>
  Buffer.byteLength(text) === text.length ? "latin1" : "utf8";

const flushOne = (exchange: Exchange): void => exchange.flush();

const ending = { connection: "close" };
const tooLarge = (): Refusal =>
  new Refusal({
    status: 413,
    type: "payload_too_large",
    message: `the body is larger than ${bodyBytesMax} bytes (32 MB)`,
    headers: ending,
  });
const compressed = (encoding: string): Refusal =>
  new Refusal({
    status: 415,
    type: "invalid_request",
    message: `Content-Encoding ${encoding} is not accepted; send the JSON uncompressed`,
    headers: ending,
  });
const tooLate = (): Refusal =>
  new Refusal({
    status: 408,
    type: "timeout",
    message: "the body did not arrive within 60 seconds",
    headers: ending,
  });
/** For nobody: the client has gone. */
const cutOff = (): Refusal =>
  new Refusal({
    status: 400,
    type: "invalid_request",
    message: "the connection ended before the body did",
  });
