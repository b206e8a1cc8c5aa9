// A client that reads one event at a time, stalls by not reading, or hangs up.

import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from "node:http";

export type ClientEvent =
  | { kind: "comment"; text: string }
  | { kind: "data"; event: string | null; data: string };

export type ClientAnswer = {
  status: number;
  headers: IncomingHttpHeaders;
  /** The next event, or null at the end. Not calling it is a stall: the socket is not read. */
  next(): Promise<ClientEvent | null>;
  /** Every event that is still to come. */
  rest(): Promise<ClientEvent[]>;
  /** The whole body as text; for answers that are not streamed. */
  text(): Promise<string>;
  /** The whole body, parsed. @throws {SyntaxError} when it is not JSON. */
  json(): Promise<unknown>;
  /** "clean" is a body with its proper end; "cut" is one without. */
  ending(): "open" | "clean" | "cut";
  /** Leaves: with FIN, or with RST as a killed process does. */
  hangUp(how?: "fin" | "rst"): void;
};

export type ClientRequest = {
  method?: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON; text and bytes go as they are. */
  body?: object | string | Buffer;
  /** Leaves before there is an answer; the call then rejects. */
  signal?: AbortSignal;
};

/** Sends a request on a connection of its own and resolves with the head of the answer. */
export async function ask(url: string, options: ClientRequest = {}): Promise<ClientAnswer> {
  const { body } = options;
  const bytes =
    typeof body === "string" || Buffer.isBuffer(body) ? body : body && JSON.stringify(body);
  const outgoing = httpRequest(url, {
    method: options.method ?? (bytes === undefined ? "GET" : "POST"),
    headers: {
      ...(bytes === undefined
        ? {}
        : {
            "content-type": "application/json",
            "content-length": String(Buffer.byteLength(bytes)),
          }),
      ...options.headers,
    },
    agent: false,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  outgoing.end(bytes);
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  outgoing.on("error", () => {}); // a cut after the head is told by ending()

  const chunks: AsyncIterator<Buffer> = incoming[Symbol.asyncIterator]();
  const decoder = new TextDecoder();
  let buffered = "";
  let ending: "open" | "clean" | "cut" = "open";

  async function pull(): Promise<boolean> {
    if (ending !== "open") return false;
    try {
      const { done, value } = await chunks.next();
      if (!done) {
        buffered += decoder.decode(value, { stream: true });
        return true;
      }
      ending = incoming.complete ? "clean" : "cut";
    } catch {
      ending = "cut"; // the cause is a socket error; that it was cut is what a client can see
    }
    return false;
  }

  const answer: ClientAnswer = {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    async next() {
      for (;;) {
        const end = /\r?\n\r?\n/.exec(buffered);
        if (end) {
          const block = buffered.slice(0, end.index);
          buffered = buffered.slice(end.index + end[0].length);
          return parseEvent(block);
        }
        if (!(await pull())) return null;
      }
    },
    async rest() {
      const events: ClientEvent[] = [];
      for (let event = await answer.next(); event; event = await answer.next()) events.push(event);
      return events;
    },
    async text() {
      while (await pull());
      return buffered;
    },
    async json() {
      return JSON.parse(await answer.text()) as unknown;
    },
    ending: () => ending,
    hangUp(how = "fin") {
      if (how === "rst") incoming.socket.resetAndDestroy();
      else outgoing.destroy();
    },
  };
  return answer;
}

function parseEvent(block: string): ClientEvent {
  const lines = block.split(/\r?\n/);
  const valuesOf = (field: string) =>
    lines
      .filter((line) => line.startsWith(`${field}:`))
      .map((line) => line.slice(field.length + 1).replace(/^ /, ""));
  const data = valuesOf("data");
  const [event = null] = valuesOf("event");
  if (data.length === 0 && event === null)
    return { kind: "comment", text: valuesOf("").join("\n") };
  return { kind: "data", event, data: data.join("\n") };
}
