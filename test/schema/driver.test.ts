// A connection that Postgres cuts ends the statement, never the process.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openClient } from "#schema/client.ts";
import { repair } from "#schema/driver.ts";
import { testDatabase } from "#test/database.ts";

const database = await testDatabase();
const test = suite("driver");
test.after(() => database.close());

for (const name of ["connection.js", "index.js"]) {
  test(`what is repaired of ${name} is the driver that is installed`, () => {
    const source = readFileSync(
      fileURLToPath(new URL(name, import.meta.resolve("postgres"))),
      "utf8",
    );
    assert.is.not(repair(name, source), source);
    assert.throws(() => repair(name, repair(name, source)), /not the version/);
  });
}

test("a transaction whose connection is cut between two statements is rejected, and the next one goes through", async () => {
  const client = openClient(database.url, { connectionsMax: 1, name: "cut" });
  const killer = openClient(database.url, { connectionsMax: 1, name: "killer" });
  let uncaught: unknown = null;
  const onUncaught = (cause: unknown) => {
    uncaught = cause;
  };
  process.on("uncaughtException", onUncaught);
  for (let round = 0; round < 20; round++) {
    const outcome = await client
      .begin(async (tx) => {
        const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
        await killer`select pg_terminate_backend(${row?.pid ?? 0})`;
        // By now the connection is closed or about to be; small and large statements take different ways out.
        await new Promise((resolve) => setTimeout(resolve, round % 5));
        await tx`select ${"x".repeat(round % 2 === 0 ? 10 : 5_000)}::text`.catch(() => {});
        await tx`select 1`;
      })
      .then(
        () => "committed",
        () => "rejected",
      );
    assert.is(outcome, "rejected");
    // A first one may still go to the connection that is being cut; it is rejected, and the pool goes on.
    await client`select 1`.catch(() => {});
    assert.equal([...(await client`select 1 as one`)], [{ one: 1 }]);
  }
  process.off("uncaughtException", onUncaught);
  assert.is(uncaught, null);
  await Promise.all([client.end({ timeout: 1 }), killer.end({ timeout: 1 })]);
});

test("a connection that is cut while it asks for the array types harms nobody, and the statement goes through on the next", async () => {
  const { hostname, port } = new URL(database.url);
  let cuts = 0;
  const proxy = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far])
      socket.on("error", () => {}).on("close", () => (near.destroy(), far.destroy()));
    near.on("data", (bytes) => {
      if (cuts === 0 && bytes.includes("typarray")) {
        cuts++;
        near.resetAndDestroy(); // as when Postgres is killed
      } else far.write(bytes);
    });
    far.pipe(near);
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const through = new URL(database.url);
  through.port = String((proxy.address() as AddressInfo).port);
  const unheard: unknown[] = [];
  const onUnheard = (cause: unknown) => void unheard.push(cause);
  process.on("unhandledRejection", onUnheard);
  const client = openClient(through.href, { connectionsMax: 1, name: "cut" });
  const list = () => client`select ${["a"]}::text[] as list`;
  const rows = await list().catch(list); // the first may be told of the cut
  assert.equal([...rows], [{ list: ["a"] }]);
  process.off("unhandledRejection", onUnheard);
  assert.equal([cuts, unheard], [1, []]);
  await client.end({ timeout: 1 });
  proxy.close();
});

test("what a cut transaction still had to say is said to nobody, least of all to the connection that took its place", async () => {
  const client = openClient(database.url, { connectionsMax: 1, name: "cut" });
  const killer = openClient(database.url, { connectionsMax: 1, name: "killer" });
  await killer`create table cut (round integer not null, part integer not null)`;
  for (let round = 0; round < 10; round++) {
    await client
      .begin(async (tx) => {
        const [row] = await tx<{ pid: number }[]>`select pg_backend_pid() as pid`;
        await tx`insert into cut values (${round}, 1)`;
        await killer`select pg_terminate_backend(${row?.pid ?? 0})`;
        await client`select 1`.catch(() => {}); // somebody else opens the connection again
        await client`select 1`;
        await tx`insert into cut values (${round}, 2)`;
      })
      .catch(() => {});
  }
  await client`select 1`;
  assert.equal([...(await killer`select * from cut`)], []);
  await Promise.all([client.end({ timeout: 1 }), killer.end({ timeout: 1 })]);
});

test("a reserved connection that is cut refuses what comes after, and its release harms nobody", async () => {
  const client = openClient(database.url, { connectionsMax: 1, name: "cut" });
  const killer = openClient(database.url, { connectionsMax: 1, name: "killer" });
  const reserved = await client.reserve();
  const [row] = await reserved<{ pid: number }[]>`select pg_backend_pid() as pid`;
  await reserved`begin`;
  await killer`select pg_terminate_backend(${row?.pid ?? 0})`;
  await client`select 1`.catch(() => {});
  await client`select 1`;
  await reserved`select 2`.then(
    () => assert.unreachable("it went through on another connection"),
    () => {},
  );
  reserved.release();
  assert.equal([...(await client`select 1 as one`)], [{ one: 1 }]);
  await Promise.all([client.end({ timeout: 1 }), killer.end({ timeout: 1 })]);
});

test.run();
