// What is not inference goes on to the control plane, whatever it answers and whenever.
import { once } from "node:events";
import { Agent, createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Forwarder } from "#data/forward.ts";

const test = suite("forward");

/** Refuses before it has read any of a body to `/refused`; says how long all others are. */
const control = createServer((incoming, outgoing) => {
  if (incoming.url === "/refused") return void outgoing.writeHead(404).end("no such path");
  let bytes = 0;
  incoming.on("data", (piece: Buffer) => (bytes += piece.length));
  incoming.on("end", () => outgoing.end(`${bytes} bytes`));
}).listen(0, "127.0.0.1");
await once(control, "listening");
const forwarder = new Forwarder(`http://127.0.0.1:${(control.address() as AddressInfo).port}`);
const gateway = createServer((incoming, outgoing) => {
  forwarder.forward(incoming, outgoing).catch((cause: unknown) => outgoing.destroy(cause as Error));
}).listen(0, "127.0.0.1");
await once(gateway, "listening");
const { port } = gateway.address() as AddressInfo;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

test.after(async () => {
  agent.destroy();
  gateway.closeAllConnections();
  gateway.close();
  await forwarder.close();
  control.closeAllConnections();
  control.close();
});

const textOf = async (answer: IncomingMessage): Promise<string> => {
  let text = "";
  for await (const piece of answer.setEncoding("utf8")) text += String(piece);
  return text;
};

test("a body arrives whole", async () => {
  const outgoing = request({ port, path: "/kept", method: "POST", agent });
  outgoing.end(Buffer.alloc(3_000_000));
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  assert.is(await textOf(answer), "3000000 bytes");
});

test("a refusal that comes before the body's end reaches its client, and the connection can be used again", async () => {
  const outgoing = request({ port, path: "/refused", method: "POST", agent });
  outgoing.write("the first part"); // and more to come
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  assert.is(answer.statusCode, 404);
  const text = textOf(answer);
  outgoing.end(Buffer.alloc(1_000_000));
  assert.is(await text, "no such path");

  const next = request({ port, path: "/kept", method: "POST", agent });
  next.end("x");
  const [after] = (await once(next, "response")) as [IncomingMessage];
  assert.is(await textOf(after), "1 bytes");
});

test.run();
