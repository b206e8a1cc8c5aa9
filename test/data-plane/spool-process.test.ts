// A real gateway process on a disk that is full, that fails, and that is there again after a kill: what clients see, what
// the process does, and what is booked in the end.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { postJobs, type PostingJob } from "#control/jobs/post-jobs.ts";
import { openBoss, postingQueue } from "#schema/boss.ts";
import { readLife, livesIn } from "#schema/spool/life.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import { ask } from "#test/doubles/client.ts";
import { priceLine, smallGateway, type SmallGateway } from "./small-gateway.ts";

const root = mkdtempSync(join(tmpdir(), "turnpike-spool-process-"));
const broken = join(root, "broken");
const small = mountSmall();
const gateway = await smallGateway(undefined, {
  ...(small === null ? {} : { dataDir: small }),
  environment: {
    NODE_OPTIONS: `--import=${join(import.meta.dirname, "failing-disk.mjs")}`,
    FAILING_DISK: broken,
    SPOOL_FREE_MB_MIN: "4",
  },
});
const { boss, stop } = await openBoss({
  databaseUrl: gateway.databaseUrl,
  as: "sender",
  connectionsMax: 2,
  onError: () => {},
});
const organization = await gateway.organization("10");
const { key } = await gateway.key(organization);
const test = suite("spool in a process");
test.after(async () => {
  rmSync(broken, { force: true });
  await stop();
  if (small !== null) rmSync(join(small, "filler"), { force: true });
  await closeGateway(gateway);
  if (small !== null) execFileSync("umount", [small]);
  rmSync(root, { recursive: true, force: true });
});

/** A mount point cannot be removed, so its folder is emptied first. */
async function closeGateway(of: SmallGateway): Promise<void> {
  await of.close().catch((cause: NodeJS.ErrnoException) => {
    if (cause.syscall !== "rm") throw cause;
  });
}

const chat = (model: string, more: object = {}) =>
  gateway.chat(key, { model, messages: [{ role: "user", content: "hi" }], ...more });
const readyz = async (): Promise<{ status: number; degraded: string[] }> => {
  const answer = await ask(`http://127.0.0.1:${gateway.port}/readyz`);
  const { degraded } = (await answer.json()) as { degraded: string[] };
  return { status: answer.status, degraded };
};
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await isSo().catch(() => false)) return;
    await sleep(25);
  }
  throw new Error(`never: ${what}\n${gateway.log()}`);
}
const finals = (): UsageRecord[] =>
  livesIn(gateway.dataDir).flatMap(({ folder }) =>
    [...readLife(folder)].flatMap(({ records }) =>
      records
        .filter(({ type }) => type === "final")
        .map(({ payload }): UsageRecord => JSON.parse(payload.toString("utf8"))),
    ),
  );
/** The worker, as long as it takes. */
async function bookEverything(isDone: () => Promise<boolean>): Promise<void> {
  await until("everything is booked", async () => {
    const jobs = await boss.fetch<PostingJob>(postingQueue, {
      batchSize: 20,
      includeMetadata: true,
    });
    if (jobs.length > 0) await postJobs(gateway.db, boss, jobs);
    return isDone();
  });
}
const lives = () => livesIn(gateway.dataDir);

test("a stream that is cut by a kill is booked at the price of who answered, with our cost, from its first second on", async () => {
  await gateway.model("ok-slow-100-chunks-40", {
    id: "acme/long",
    charge: [priceLine("input", "3"), priceLine("output", "7")],
    cost: [priceLine("input", "1"), priceLine("output", "2")],
  });
  // A cheaper one that could have answered too, so that the lowest price would be wrong.
  await gateway.model("ok", {
    id: "acme/cheap",
    charge: [priceLine("input", "0.1"), priceLine("output", "0.1")],
  });
  const answer = await chat("acme/long", { stream: true, models: ["acme/cheap"] });
  assert.is(answer.status, 200);
  const id = String(answer.headers["x-generation-id"]);
  let seen = 0;
  for (let event = await answer.next(); event !== null && seen < 2; event = await answer.next())
    if (event.kind === "data") seen++;
  await gateway.restart();
  await until("the dead life has a final", async () => finals().some((final) => final.id === id));
  const final = finals().find((one) => one.id === id);
  assert.ok(final);
  assert.is(final.outcome, "recovered");
  assert.is(final.model, "acme/long");
  assert.is(final.provider, "mill");
  assert.match(final.endpoint ?? "", /^ep_/);
  assert.match(final.chargePrice ?? "", /^price_/);
  assert.match(final.costPrice ?? "", /^price_/);
  assert.is(final.usageSource, "estimated");
  const input = BigInt(final.counts.input ?? "0");
  const output = BigInt(final.counts.output ?? "0");
  assert.ok(input > 0n && output > 0n && output < 40n);
  assert.is(BigInt(final.charge), input * 3_000_000n + output * 7_000_000n);
  assert.is(BigInt(final.cost), input * 1_000_000n + output * 2_000_000n);
  await bookEverything(async () => lives().filter(({ closed }) => closed).length === 1);
});

if (small === null)
  console.log("no file system could be mounted here: a gateway on a full disk is not tried");
else
  test("on a full disk what is under way ends whole, new requests get 503 with the reason, and it works again by itself", async () => {
    await gateway.model("ok-slow-200-chunks-20", { id: "acme/steady" });
    await gateway.model("ok");
    const stream = await chat("acme/steady", { stream: true });
    assert.is(stream.status, 200);
    await stream.next();
    writeFiller(join(small, "filler"));
    await until("it is not ready", async () => (await readyz()).status === 503);
    assert.match(
      (await readyz()).degraded.join(),
      /no requests are taken: \d+ bytes are free where 4000000 are wanted/,
    );
    const refused = await chat("acme/ok");
    assert.is(refused.status, 503);
    assert.is(refused.headers["retry-after"], "5");
    assert.match(await refused.text(), /disk is full, so it cannot record usage/);
    const events = await stream.rest();
    assert.is(stream.ending(), "clean");
    assert.ok(events.some((event) => event.kind === "data" && event.data === "[DONE]"));
    const id = String(stream.headers["x-generation-id"]);
    assert.is(finals().find((final) => final.id === id)?.outcome, "complete");
    const metrics = await metricsOf();
    assert.match(metrics, /turnpike_spool_refusing\{gateway="gateway-1"\} 1/);
    rmSync(join(small, "filler"));
    await until("it is ready", async () => (await readyz()).status === 200);
    assert.is((await chat("acme/ok")).status, 200);
    assert.match(await metricsOf(), /turnpike_spool_bytes\{gateway="gateway-1"\} [1-9]\d{6}/);
  });

test("when syncs fail and go on failing, what is under way ends, the process ends with 1, and the next one books it all", async () => {
  const stream = await chat("acme/long", { stream: true });
  assert.is(stream.status, 200);
  await stream.next();
  const child = gateway.process;
  const exited = once(child, "exit");
  writeFileSync(broken, "");
  await until("it ends", async () => /the disk has failed/.test(gateway.log()));
  const refused = await chat("acme/ok").then(
    (answer) => answer.status,
    () => "refused",
  );
  assert.ok(refused === "refused" || refused === 503);
  await stream.rest(); // its grace is 2 s, then it is cut and settled as a hang-up
  const [code] = (await exited) as [number | null];
  assert.is(code, 1, gateway.log());
  rmSync(broken);
  await gateway.restart();
  const id = String(stream.headers["x-generation-id"]);
  await bookEverything(async () => lives().filter(({ closed }) => !closed).length === 1);
  const booked = await gateway.db.execute<{ posted: string }>(
    `select g.posted from gateways g where g.id = '${finals().find((final) => final.id === id)?.gateway ?? ""}'`,
  );
  const distinct = new Set(
    finals()
      .filter((final) => final.gateway === finals().find((one) => one.id === id)?.gateway)
      .map((final) => final.id),
  );
  assert.is(
    Number(booked[0]?.posted),
    distinct.size,
    "each once, however often it stands in the spool",
  );
  assert.is((await chat("acme/ok")).status, small === null ? 404 : 200);
});

test.run();

async function metricsOf(): Promise<string> {
  const { metrics } = JSON.parse(
    readFileSync(join(gateway.dataDir, "gateways", "gateway-1.json"), "utf8"),
  ) as { metrics: string };
  return (await fetch(metrics)).text();
}

function mountSmall(): string | null {
  const path = join(root, "small");
  mkdirSync(path);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=32m", "tmpfs", path], { stdio: "ignore" });
    return path;
  } catch {
    return null;
  }
}

/** Takes every byte there is. */
function writeFiller(path: string): void {
  for (const bytes of [1_000_000, 4_096, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: "a" });
    } catch {
      // full, for pieces of this size
    }
  }
}
