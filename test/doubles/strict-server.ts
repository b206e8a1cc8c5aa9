// The ground of every double: a real HTTP server on loopback that plays one provider's API. What it answers is decided by
// a handler that is as strict as the provider; streams go out in slices of random size, so that no decoder can lean on
// where a read ends.
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type DoubleRequest = {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  /** Parsed JSON, or undefined when it is none. */
  body: unknown;
};

export type DoubleReply =
  | { status: number; headers?: Record<string, string>; body: object | string | Buffer }
  | {
      contentType: string;
      headers?: Record<string, string>;
      /** Frames in the API's own framing, in order. */
      frames: Iterable<string | Buffer> | AsyncIterable<string | Buffer>;
      /** The connection is cut when the frames are out, instead of ending properly. */
      cut?: boolean;
    };

export type StrictServer = {
  /** Without a slash at the end. */
  origin: string;
  requests: DoubleRequest[];
  close(): Promise<void>;
};

/** @param seed of the slicing; printed by the tests that fail */
export async function startStrictServer(
  reply: (request: DoubleRequest) => DoubleReply | Promise<DoubleReply>,
  { seed = Math.floor(Math.random() * 2 ** 31) }: { seed?: number } = {},
): Promise<StrictServer> {
  const random = seeded(seed);
  const requests: DoubleRequest[] = [];
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const bytes = Buffer.concat(pieces);
    const seen: DoubleRequest = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      bytes,
      body: parse(bytes),
    };
    requests.push(seen);
    const said = await reply(seen);
    if ("status" in said) {
      const body =
        Buffer.isBuffer(said.body) || typeof said.body === "string"
          ? said.body
          : JSON.stringify(said.body);
      response.writeHead(said.status, { "content-type": "application/json", ...said.headers });
      response.end(body);
      return;
    }
    response.writeHead(200, { "content-type": said.contentType, ...said.headers });
    response.socket?.setNoDelay(true);
    for await (const frame of said.frames) {
      for (const slice of slices(Buffer.from(frame), random)) {
        if (response.destroyed) return;
        response.write(slice);
        if (random() < 0.2) await sleep(0);
      }
    }
    if (!said.cut) return void response.end();
    // What was written has to be read first: a reset throws away what is still on its way.
    await sleep(30);
    response.destroy();
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** All of the bytes in slices of one to a few dozen. */
export function* slices(bytes: Buffer, random: () => number): Generator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + Math.floor(random() ** 3 * 60);
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}
