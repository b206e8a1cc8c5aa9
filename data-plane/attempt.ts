/** One call to one endpoint, as far as its first content: an answer that has begun, or why there is none. */
import { isAscii } from "node:buffer";
import type { Dispatcher } from "undici";
import { authSchemes, type AuthScheme } from "#schema/wire-protocols.ts";
import type { ChatAsk, Failure, StreamEvent, Usage, Whole } from "./operations/chat.ts";
import { protocolOf } from "./providers/registry.ts";
import { CannotEncode, type Upstream, type WireProtocol } from "./providers/wire-protocol.ts";
import type { Choice } from "./route.ts";
import type { Credential } from "./snapshot.ts";
import type { Pools } from "./upstream/pools.ts";
import { awsEventStreamParser } from "./upstream/aws-event-stream.ts";
import { CredentialFailure } from "./upstream/credential-failure.ts";
import { renew, sign, standingHeader, type Unsigned } from "./upstream/sign.ts";
import { deadlines, type Deadline } from "./deadlines.ts";
import { startPatience } from "./patience.ts";
import { sseParser } from "./upstream/sse.ts";

const wholeBytesMax = 64_000_000;
/** Events before the first content: they are held until an endpoint is chosen, and a real provider sends a few. */
const openingMax = 10_000;
const failureBytesMax = 64_000;
/** Reasoning models may think for minutes before they speak; a provider row can set `firstContentTimeoutMs` in its flags. */
const firstContentTimeoutMs = 240_000;
const longWaitMs = 10_000;
export const userAgent = "turnpike/0.1";

export type Follower = { event(event: StreamEvent): void; end(failure: Failure | null): void };
export type Attempt =
  | { kind: "failed"; failure: Failure }
  | { kind: "whole"; whole: Whole; usage: Usage | null; native?: Record<string, unknown> }
  /** There is content; `follow` is called once and gets everything from the beginning. */
  | { kind: "streaming"; follow(follower: Follower): void; pause(): void; resume(): void };
export type Call = {
  attempt: Promise<Attempt>;
  /** Drops the connection; ends the attempt as `client-gone`. */ abort(): void;
};

/** A call that is not made. */
export const refusedCall = (failure: Failure): Call => ({
  attempt: Promise.resolve({ kind: "failed", failure }),
  abort: () => {},
});

/** Asks the choice's endpoint. Never rejects. */
export function startCall(
  choice: Choice,
  ask: ChatAsk,
  upstream: Upstream,
  options: { pools: Pools; nowMs: number },
): Call {
  const { endpoint } = choice;
  const protocol = protocolOf(endpoint.protocol);
  const call = new UpstreamCall(protocol, ask, upstream);
  const failed = (cause: unknown): void =>
    cause instanceof CredentialFailure
      ? call.fail(cause.failure)
      : call.onResponseError(null, cause instanceof Error ? cause : new Error(String(cause)));
  try {
    const encoded = protocol.encode(ask, upstream);
    const { path, headers: extra } = encoded;
    const { provider } = endpoint;
    const pool = options.pools.of({
      origin: provider.origin,
      allowPrivateNetwork: provider.allowPrivateNetwork,
      credentialId: choice.credential.id,
    });
    const whole = provider.path + path;
    const scheme = authOf(upstream, protocol);
    const headersThatStand = standingHeaders(
      scheme,
      choice.credential,
      ask.stream ? protocol : null,
    );
    if (headersThatStand && isEmpty(extra)) {
      const body = encoded.bytes ?? encoded.body;
      pool.dispatch({ path: whole, method: "POST", headers: headersThatStand, body }, call);
      return call;
    }
    const { body } = encoded;
    const unsigned: Unsigned = {
      scheme,
      key: choice.credential.key,
      origin: provider.origin,
      path: whole,
      body,
      nowMs: options.nowMs,
      flags: upstream.flags,
      pools: options.pools,
      allowPrivateNetwork: provider.allowPrivateNetwork,
      credentialId: choice.credential.id,
    };
    const send = (signed: Record<string, string>, renewed = false): void => {
      call.onRefused = renewed
        ? null
        : () => {
            const fresh = renew(unsigned, signed);
            fresh?.then((headers) => send(headers, true)).catch(failed);
            return fresh !== null;
          };
      // An allow-list that we build: nothing of the client's headers goes upstream (reliability.md S-39).
      const headers: Record<string, string> = {
        "content-type": "application/json",
        accept: ask.stream ? accepted[protocol.framing] : "application/json",
        "user-agent": userAgent,
        ...extra,
        ...signed,
      };
      pool.dispatch({ path: whole, method: "POST", headers, body }, call);
    };
    const signed = sign(unsigned);
    if (signed instanceof Promise) signed.then((headers) => send(headers)).catch(failed);
    else send(signed);
  } catch (cause) {
    if (cause instanceof CannotEncode) call.refuse(cause.message);
    else failed(cause);
  }
  return call;
}

/** By credential: what goes with every request, as one flat list, which undici takes as it is. */
const standing = new WeakMap<
  Credential,
  { scheme: AuthScheme; whole: string[]; streams: Map<WireProtocol["framing"], string[]> }
>();

/**
 * An allow-list that we build: nothing of the client's headers goes upstream (reliability.md S-39). Null where the
 * credential has to be made for each request. @param streamed by which protocol, if it is a stream
 */
function standingHeaders(
  scheme: AuthScheme,
  credential: Credential,
  streamed: WireProtocol | null,
): string[] | null {
  let known = standing.get(credential);
  if (known?.scheme !== scheme) {
    if (credential.key === null) return null;
    const shown = standingHeader(scheme, credential.key);
    if (!shown) return null;
    const list = (accept: string): string[] => [
      "content-type",
      "application/json",
      "accept",
      accept,
      "user-agent",
      userAgent,
      ...shown,
    ];
    known = {
      scheme,
      whole: list("application/json"),
      streams: new Map([
        ["sse", list(accepted.sse)],
        ["aws-event-stream", list(accepted["aws-event-stream"])],
      ]),
    };
    standing.set(credential, known);
  }
  return streamed ? (known.streams.get(streamed.framing) ?? null) : known.whole;
}

function isEmpty(headers: Readonly<Record<string, string>>): boolean {
  for (const _name in headers) return false;
  return true;
}

export const accepted = {
  sse: "text/event-stream",
  "aws-event-stream": "application/vnd.amazon.eventstream",
} as const;

const schemes: ReadonlySet<unknown> = new Set(authSchemes);
const isScheme = (value: unknown): value is AuthScheme => schemes.has(value);
export const authOf = ({ flags }: Upstream, { auth }: WireProtocol): AuthScheme =>
  isScheme(flags["auth"]) ? flags["auth"] : auth;

const parsers = { sse: sseParser, "aws-event-stream": awsEventStreamParser } as const;

const patienceOf = (giveUp: () => void, ms: number): Deadline => {
  const patience = startPatience(giveUp, ms);
  return { cancel: () => patience.end() };
};

const readStream = (call: UpstreamCall): void => call.readStream();

class UpstreamCall implements Dispatcher.DispatchHandler {
  readonly attempt: Promise<Attempt>;
  /** The credential was refused: whether the request goes out again with another one. */
  onRefused: (() => boolean) | null = null;
  #resolve: (attempt: Attempt) => void = () => {};
  readonly #protocol: WireProtocol;
  readonly #ask: ChatAsk;
  readonly #upstream: Upstream;
  readonly #patience: Deadline;
  #controller: Dispatcher.DispatchController | null = null;
  #aborted = false;
  #status = 0;
  #headers: Record<string, string | string[] | undefined> = {};
  #pieces: Buffer[] = [];
  #size = 0;
  #parser: ReturnType<typeof sseParser> | null = null;
  #opening: StreamEvent[] = [];
  #follower: Follower | null = null;
  #answering = false;
  #complete = false; // a finish reason or [DONE] was seen
  #ended: { failure: Failure | null } | null = null;

  constructor(protocol: WireProtocol, ask: ChatAsk, upstream: Upstream) {
    this.attempt = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#protocol = protocol;
    this.#ask = ask;
    this.#upstream = upstream;
    const set = upstream.flags["firstContentTimeoutMs"];
    const ms = typeof set === "number" && set > 0 ? set : firstContentTimeoutMs;
    const giveUp = (): void => {
      this.#end({
        kind: "timeout",
        status: null,
        text: `the provider sent no content for ${ms} ms`,
        retryAfterSeconds: null,
      });
      this.#controller?.abort(new Error("no content in time"));
    };
    // Half a second does not matter to a long wait, and a timer of its own is 1 % of a request.
    this.#patience = ms >= longWaitMs ? deadlines.after(ms, giveUp) : patienceOf(giveUp, ms);
  }

  /** Nothing was sent: the endpoint cannot be asked this. */
  refuse(text: string): void {
    this.fail({ kind: "unsupported", status: null, text, retryAfterSeconds: null });
  }

  fail(failure: Failure): void {
    this.#end(failure);
  }

  abort(): void {
    this.#aborted = true;
    this.readStream(); // what came before counts
    this.#end(clientGone); // before the controller calls this an error of the provider's, which three in a row would bench
    this.#controller?.abort(new Error("the client has gone"));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#aborted || this.#ended) controller.abort(new Error("not wanted any more"));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    if (
      status === 200 &&
      this.#ask.stream &&
      String(headers["content-type"] ?? "").includes(accepted[this.#protocol.framing])
    ) {
      const decode = this.#protocol.decoder(this.#ask, this.#upstream);
      this.#parser = parsers[this.#protocol.framing](
        (data, name) => {
          for (const event of decode(data, name)) this.#take(event);
        },
        (input, from) => {
          const run = decode.run?.(input, from);
          if (!run) return from;
          this.#take(run.event);
          return run.end;
        },
      );
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.#ended) return;
    if (this.#parser) {
      if (this.#pieces.push(bytes) === 1) process.nextTick(readStream, this);
      return;
    }
    this.#size += bytes.length;
    if (this.#status === 200 && this.#size > wholeBytesMax) {
      this.#end({
        kind: "server",
        status: 200,
        text: `the provider's answer is larger than ${wholeBytesMax} bytes`,
        retryAfterSeconds: null,
      });
      controller.abort(new Error("answer too large"));
    } else if (this.#status === 200 || this.#size <= failureBytesMax) this.#pieces.push(bytes); // a view of what was read from the socket, which is not read into again
  }

  /**
   * What one read of the socket brought: providers send each event as a chunk of its own, a hundred of which may come at
   * once, and taken together they cost a fifth.
   */
  readStream(): void {
    const pieces = this.#pieces;
    const [first] = pieces;
    if (this.#ended || !this.#parser || !first) return;
    this.#pieces = [];
    try {
      this.#parser.feed(pieces.length === 1 ? first : Buffer.concat(pieces));
    } catch (cause) {
      this.#end(unreadable(this.#status, cause));
      this.#controller?.abort(new Error("the stream cannot be read"));
    }
  }

  onResponseEnd(): void {
    this.readStream();
    if (this.#ended) return;
    if (this.#parser) {
      try {
        this.#parser.end();
      } catch (cause) {
        return this.#end(unreadable(this.#status, cause));
      }
      this.#end(
        this.#complete
          ? null
          : {
              kind: "server",
              status: this.#status,
              text: "the provider's stream ended without a finish reason",
              retryAfterSeconds: null,
            },
      );
      return;
    }
    const body = textOf(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    if (this.#status === 401 && this.onRefused?.()) return;
    if (this.#status !== 200)
      return this.#end(this.#protocol.decodeFailure(this.#status, this.#headers, body));
    const decoded = this.#protocol.decodeWhole(body, this.#ask, this.#upstream);
    if (this.#ask.stream) {
      return this.#end(
        "kind" in decoded
          ? decoded
          : {
              kind: "server",
              status: 200,
              text: "the provider did not stream",
              retryAfterSeconds: null,
            },
      );
    }
    if ("kind" in decoded) return this.#end(decoded);
    this.#patience.cancel();
    this.#ended = { failure: null };
    const { whole, usage, native } = decoded;
    this.#resolve(
      native ? { kind: "whole", whole, usage, native } : { kind: "whole", whole, usage },
    );
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, cause: Error): void {
    this.readStream(); // what came before counts
    if (this.#ended) return;
    const { code = "" } = cause as { code?: string };
    const late = code.includes("TIMEOUT");
    this.#end({
      kind: late ? "timeout" : "server",
      status: this.#status || null,
      text: connectionText(cause, code),
      retryAfterSeconds: null,
    });
  }

  #take(event: StreamEvent): void {
    if (this.#ended) return;
    const isText = event.kind === "text" || event.kind === "texts";
    if ((isText || event.kind === "frame") && this.#follower) return this.#follower.event(event);
    if (event.kind === "failure") {
      this.#end(event.failure);
      this.#controller?.abort(new Error("the provider reported a failure"));
      return;
    }
    if (
      event.kind === "done" ||
      (event.kind === "chunk" &&
        event.chunk.choices?.some((choice) => typeof choice.finish_reason === "string"))
    )
      this.#complete = true;
    if (
      event.kind === "chunk" &&
      event.chunk.choices?.some((choice) => choice.finish_reason === "error")
    ) {
      this.#end({
        kind: "server",
        status: 200,
        text: "the provider ended with finish reason error",
        retryAfterSeconds: null,
      });
      return;
    }
    if (this.#follower) return this.#follower.event(event);
    this.#opening.push(event);
    if (this.#opening.length > openingMax && !this.#answering) {
      this.#end({
        kind: "server",
        status: this.#status,
        text: `the provider sent ${openingMax} events without content`,
        retryAfterSeconds: null,
      });
      this.#controller?.abort(new Error("events without content"));
      return;
    }
    if (isText || (event.kind === "chunk" && event.content)) this.#answer();
  }

  /** There is content: from here on the endpoint is fixed. */
  #answer(): void {
    if (this.#answering) return;
    this.#answering = true;
    this.#patience.cancel();
    const controller = this.#controller;
    controller?.pause(); // until someone follows, so that no more than one read is held here
    this.#resolve({
      kind: "streaming",
      follow: (follower) => {
        const opened = this.#opening.splice(0);
        this.#follower = follower;
        for (const event of opened) follower.event(event);
        if (this.#ended) follower.end(this.#ended.failure);
        else controller?.resume();
      },
      pause: () => controller?.pause(),
      resume: () => controller?.resume(),
    });
  }

  #end(failure: Failure | null): void {
    if (this.#ended) return;
    this.#ended = { failure };
    this.#patience.cancel();
    if (this.#follower) return this.#follower.end(failure);
    if (this.#answering) return; // told when someone follows
    if (failure) return this.#resolve({ kind: "failed", failure });
    this.#answer(); // a clean end without content is an answer too
  }
}

function textOf(pieces: readonly Buffer[]): string {
  const [first, ...others] = pieces;
  const bytes = others.length === 0 ? first : Buffer.concat(pieces);
  if (!bytes) return "";
  return bytes.toString(isAscii(bytes) ? "latin1" : "utf8");
}

/** What a framing parser throws: the stream is damaged, cut off or beyond its bounds. */
const unreadable = (status: number, cause: unknown): Failure => ({
  kind: "server",
  status,
  text: cause instanceof Error ? cause.message : String(cause),
  retryAfterSeconds: null,
});

const clientGone: Failure = {
  kind: "client-gone",
  status: null,
  text: "the client left",
  retryAfterSeconds: null,
};

function connectionText(cause: Error, code: string): string {
  switch (code) {
    case "ECONNREFUSED":
      return "the provider refused the connection";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the provider's host name does not resolve";
    case "UND_ERR_CONNECT_TIMEOUT":
      return "the provider did not accept a connection in time";
    case "UND_ERR_HEADERS_TIMEOUT":
      return "the provider did not answer in time";
    case "UND_ERR_BODY_TIMEOUT":
      return "the provider fell silent in the middle of its answer";
    case "UND_ERR_SOCKET":
    case "ECONNRESET":
      return "the provider cut the connection";
    default:
      return `the connection to the provider failed: ${cause.message}`.slice(0, 300);
  }
}
