// A timeout after a standstill: what has arrived meanwhile is read first.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startPatience } from "#data/patience.ts";

const server = createServer().listen(0, "127.0.0.1");
await once(server, "listening");
const test = suite("patience");
test.after(() => void server.close());

/** Nothing of this process runs for so long, as when it is stopped or its machine sleeps. */
const standStill = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

async function socketPair(): Promise<[Socket, Socket]> {
  const accepted = once(server, "connection");
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [far] = (await accepted) as [Socket];
  await once(near, "connect");
  return [near, far];
}

test("an answer that came in time is heard, though the process stood still until long after", async () => {
  const [near, far] = await socketPair();
  const outcome = new Promise<string>((resolve) => {
    const patience = startPatience(() => resolve("too late"), 20);
    near.once("data", () => {
      patience.end();
      resolve("heard");
    });
  });
  far.write("answer");
  standStill(100);
  assert.is(await outcome, "heard");
  near.destroy();
  far.destroy();
});

test("without an answer it gives up, once, and not before its time", async () => {
  const startedAtMs = performance.now();
  let times = 0;
  await new Promise<void>((resolve) => {
    startPatience(() => {
      times++;
      resolve();
    }, 20);
  });
  assert.ok(performance.now() - startedAtMs >= 19);
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.is(times, 1);
});

test("once ended it is silent, also between its time and the reading", async () => {
  let times = 0;
  const early = startPatience(() => times++, 5);
  early.end();
  const late = startPatience(() => times++, 5);
  setTimeout(() => late.end(), 5); // runs after its timer, before what that has scheduled:
  standStill(20); // both are due, so that they run in one turn
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.is(times, 0);
});

test.run();
