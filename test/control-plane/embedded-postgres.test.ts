import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgres } from "#schema/driver.ts";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  databaseUrlOf,
  startPostgres,
  type EmbeddedPostgres,
} from "#control/start/embedded-postgres.ts";
import { isAlive } from "#control/start/live-process.ts";

const dataDir = mkdtempSync(join(tmpdir(), "turnpike-postgres-"));
const pidFile = join(dataDir, "postgres", "postmaster.pid");

assert.is(databaseUrlOf(dataDir), null);
// Two at once, on a folder without a cluster: what a second terminal does.
const [one, two] = await Promise.all([startPostgres({ dataDir }), startPostgres({ dataDir })]);
const first = one.adopted ? two : one;
const second = one.adopted ? one : two;
let current: EmbeddedPostgres = first;
// A server does not keep its starter alive, so waiting for its end needs something that does.
const awake = setInterval(() => {}, 60_000);

async function ask(text: string): Promise<string> {
  const db = postgres(current.url, { max: 1, onnotice: () => {} });
  try {
    const rows = await db.unsafe<{ answer: unknown }[]>(text);
    return String(rows[0]?.answer);
  } finally {
    await db.end({ timeout: 1 });
  }
}

async function killServer(): Promise<void> {
  process.kill(current.pid, "SIGKILL");
  await current.exited;
}

const story = suite("embedded postgres");

story("of two cold starts at once one makes the cluster and the other adopts it", () => {
  assert.is.not(one.adopted, two.adopted);
  assert.is(first.url, second.url);
  assert.is(first.pid, second.pid);
});

story("it answers, with the settings that durable money needs", async () => {
  assert.is(await ask("select 1 + 1 as answer"), "2");
  assert.is(await ask("select current_database() as answer"), "turnpike");
  for (const [name, value] of [
    ["data_checksums", "on"],
    ["synchronous_commit", "on"],
    ["fsync", "on"],
    ["shared_buffers", "128MB"],
    ["max_connections", "200"],
    ["listen_addresses", "127.0.0.1"],
    ["unix_socket_directories", ""],
    ["password_encryption", "scram-sha-256"],
  ]) {
    assert.is(await ask(`select current_setting('${name}') as answer`), value, name);
  }
});

story("its password is readable by the owner only, and needed", async () => {
  assert.is(statSync(join(dataDir, "postgres.json")).mode & 0o777, 0o600);
  assert.is(databaseUrlOf(dataDir), first.url);
  const url = new URL(first.url);
  url.password = "guessed";
  const db = postgres(url.href, { max: 1 });
  await db`select 1`.then(
    () => assert.unreachable(),
    (error: unknown) => assert.is(error instanceof postgres.PostgresError && error.code, "28P01"),
  );
  await db.end({ timeout: 1 });
});

story("it does not run as root, and knows none of our secrets", () => {
  if (process.platform !== "linux") return;
  const status = readFileSync(`/proc/${first.pid}/status`, "utf8");
  const uid = Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
  if (process.getuid?.() === 0) assert.is.not(uid, 0);
  assert.not.match(readFileSync(`/proc/${first.pid}/environ`, "utf8"), "MASTER_KEY");
});

story("after kill -9 under load it is back on the same port with every commit", async () => {
  await ask("create table kept as select 41 as answer");
  await ask("update kept set answer = 42 returning answer");
  // A back end that computes does not notice that its server is gone, and would keep out the next.
  const busy = postgres(current.url, { max: 1, onnotice: () => {} });
  const cut = busy`do $$ begin loop null; end loop; end $$`.then(
    () => assert.unreachable(),
    () => {},
  );
  const atWork =
    "select count(*) as answer from pg_stat_activity where state = 'active' and query like 'do %'";
  while ((await ask(atWork)) !== "1");
  await killServer();
  current = await startPostgres({ dataDir, keepPort: true });
  assert.is(current.adopted, false);
  assert.is(current.url, first.url);
  assert.is(await ask("select answer from kept"), "42");
  await cut;
  await busy.end({ timeout: 1 });
});

story("a live one is adopted and knows when it ends", async () => {
  const adopted = await startPostgres({ dataDir });
  assert.is(adopted.adopted, true);
  assert.is(adopted.pid, current.pid);
  await adopted.stop();
  await Promise.all([adopted.exited, current.exited]);
  assert.is(isAlive(adopted.pid), false);
  assert.is(existsSync(pidFile), false);
});

for (const { name, script } of [
  {
    name: "a postmaster.pid whose number is another program's by now",
    script: "echo $$; exec sleep 30",
  },
  { name: "a postmaster.pid whose number is a zombie's", script: "true & echo $!; exec sleep 30" },
]) {
  story(`${name} does not keep it from starting`, async () => {
    current = await startPostgres({ dataDir });
    const lines = readFileSync(pidFile, "utf8").split("\n");
    await killServer();
    const other = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
    const [pid] = (await once(other.stdout, "data")) as [Buffer];
    writeFileSync(pidFile, [pid.toString().trim(), ...lines.slice(1)].join("\n"));
    current = await startPostgres({ dataDir });
    assert.is(current.adopted, false);
    assert.is(await ask("select answer from kept"), "42");
    assert.is(other.exitCode, null, "the other program was left alone");
    other.kill();
    await current.stop();
  });
}

story("when another program has its port it takes a new one and keeps that", async () => {
  const taken = createServer().listen({
    host: "127.0.0.1",
    port: Number(new URL(current.url).port),
  });
  await once(taken, "listening");
  const moved = await startPostgres({ dataDir });
  taken.close();
  assert.is.not(moved.url, current.url);
  assert.is(databaseUrlOf(dataDir), moved.url);
  await moved.stop();
  current = await startPostgres({ dataDir });
  assert.is(current.url, moved.url);
  assert.is(await ask("select answer from kept"), "42");
});

story("postgres.json that does not belong to the cluster is named as the reason", async () => {
  await current.stop();
  const secretsFile = join(dataDir, "postgres.json");
  const secrets = readFileSync(secretsFile, "utf8");
  writeFileSync(secretsFile, secrets.replace(/"password":"[^"]+"/, `"password":"other"`));
  await startPostgres({ dataDir }).then(
    () => assert.unreachable(),
    (error: unknown) => assert.match(String(error), secretsFile),
  );
  writeFileSync(secretsFile, secrets);
  assert.is(existsSync(pidFile), false, "what was started for it was stopped");
});

story.after(async () => {
  clearInterval(awake);
  await current.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

story.run();
