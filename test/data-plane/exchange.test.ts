// The client's side of a stream: a slow client holds up whoever sends, and everyone who waits is told when it goes on.
import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Exchange } from "#data/exchange.ts";

const test = suite("exchange");
const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
test.after(() => {
  server.closeAllConnections();
  server.close();
});

/** A stream to a client that has not read anything yet. */
async function open(): Promise<{ exchange: Exchange; client: IncomingMessage }> {
  const outgoing = get({
    port: (server.address() as AddressInfo).port,
    host: "127.0.0.1",
    agent: false,
  });
  const [request, response] = (await once(server, "request")) as ConstructorParameters<
    typeof Exchange
  >;
  const exchange = new Exchange(request, response);
  exchange.openStream();
  exchange.response.flushHeaders();
  const [client] = (await once(outgoing, "response")) as [IncomingMessage];
  client.on("error", () => {}); // hanging up is part of the test
  return { exchange, client };
}
const large = "x".repeat(20_000_000); // more than the sockets of both sides hold

test("everyone who was held up by a slow client goes on, also behind a heartbeat", async () => {
  const { exchange, client } = await open();
  const told: string[] = [];
  assert.ok(exchange.send(large, () => told.push("never")));
  await turn();
  await turn();
  assert.not(exchange.send(": heartbeat\n\n", () => told.push("heartbeat")));
  assert.not(exchange.send("data: x\n\n", () => told.push("chunk")));
  assert.equal(told, []);
  client.resume();
  await once(exchange.response, "drain");
  assert.equal(told, ["heartbeat", "chunk"]);
  exchange.end("");
});

test("a client that leaves is told once to everyone who asked, and nothing is sent to it any more", async () => {
  const { exchange, client } = await open();
  let left = 0;
  exchange.onGone(() => left++);
  exchange.onGone(() => left++);
  client.destroy();
  await once(exchange.response, "close");
  assert.ok(exchange.gone);
  exchange.onGone(() => left++); // too late to wait: it is told at once
  assert.is(left, 3);
  assert.ok(exchange.send("data: x\n\n", () => assert.unreachable()));
  exchange.end("data: [DONE]\n\n"); // though nobody is there
});

test("an answer that came to its end is not taken for a client that left", async () => {
  const { exchange, client } = await open();
  client.resume();
  exchange.end("data: [DONE]\n\n");
  await once(client, "end");
  assert.not(exchange.gone);
});

test("what is sent in one turn goes out in order, with the end behind it", async () => {
  const { exchange, client } = await open();
  let text = "";
  client.on("data", (bytes: Buffer) => (text += bytes.toString()));
  for (let at = 0; at < 100; at++) exchange.send(`${at} `, () => {});
  exchange.end("end");
  await once(client, "end");
  assert.is(text, `${Array.from({ length: 100 }, (_, at) => `${at} `).join("")}end`);
});

test.run();
