// One call to one endpoint: how it ends when it is the client, and not the provider, that ends it.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startCall, type Attempt } from "#data/attempt.ts";
import { openaiChat } from "#data/dialects/openai-chat.ts";
import type { Choice } from "#data/route.ts";
import { Pools } from "#data/upstream/pools.ts";

const test = suite("attempt");
const asked: ((response: ServerResponse) => void)[] = [];
const server = createServer((request, response) => {
  request.resume().once("end", () => asked.shift()?.(response));
}).listen(0, "127.0.0.1");
await once(server, "listening");
const pools = new Pools();
test.after(async () => {
  server.closeAllConnections();
  server.close();
  await pools.close().catch(() => {});
});

const choice = {
  endpoint: {
    protocol: "openai-chat",
    provider: {
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      path: "/v1",
      allowPrivateNetwork: true,
    },
  },
  credential: { id: "key_a", key: "sk-a", weight: 1 },
} as unknown as Choice;
const ask = openaiChat.decode(
  Buffer.from('{"model":"a/b","stream":true,"messages":[{"role":"user","content":"hi"}]}'),
  {},
);
const upstream = {
  model: "b",
  flags: {},
  outputTokensMax: null,
  outputTokensLimit: 100,
  serviceTier: null,
  media: new Map(),
};
const start = () => startCall(choice, ask, upstream, { pools, nowMs: Date.now() });
const kindOf = (attempt: Attempt): string =>
  attempt.kind === "failed" ? attempt.failure.kind : attempt.kind;
const nextAsked = (): Promise<ServerResponse> => new Promise((resolve) => asked.push(resolve));

test("a client that leaves before the provider has answered is not the provider's failure", async () => {
  const arrived = nextAsked();
  const call = start();
  await arrived;
  call.abort();
  assert.is(kindOf(await call.attempt), "client-gone");
});

test("neither is one that leaves between the head of the answer and its first word", async () => {
  const arrived = nextAsked();
  const call = start();
  const response = await arrived;
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(": soon\n\n");
  await new Promise((resolve) => setTimeout(resolve, 30));
  call.abort();
  assert.is(kindOf(await call.attempt), "client-gone");
});

test("what came before the client left is told before the end", async () => {
  const arrived = nextAsked();
  const call = start();
  const response = await arrived;
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write('data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}\n\n');
  const attempt = await call.attempt;
  assert.is(attempt.kind, "streaming");
  if (attempt.kind !== "streaming") return;
  const told: string[] = [];
  await new Promise<void>((resolve) => {
    attempt.follow({
      event: (event) => void told.push(event.kind),
      end(failure) {
        told.push(failure?.kind ?? "end");
        resolve();
      },
    });
    call.abort();
  });
  assert.equal(told, ["chunk", "client-gone"]);
});

test("a provider that sends events for ever and no content has failed, and what it sent is not kept", async () => {
  const arrived = nextAsked();
  const call = start();
  const response = await arrived;
  response.writeHead(200, { "content-type": "text/event-stream" });
  const empty = 'data: {"choices":[{"index":0,"delta":{"content":""}}]}\n\n'.repeat(500);
  const flood = setInterval(() => response.write(empty), 1);
  const attempt = await call.attempt;
  clearInterval(flood);
  assert.is(kindOf(attempt), "server");
  if (attempt.kind === "failed") assert.match(attempt.failure.text, "events without content");
});

test.run();
