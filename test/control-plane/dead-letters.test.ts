// Dead letters: what could not be booked waits, is shown whole, and is replayed or discarded, once.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { TRPCClientError } from "@trpc/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { run } from "#control/cli/run.ts";
import { postJobs, type PostingJob } from "#control/jobs/post-jobs.ts";
import { installQueues } from "#control/jobs/queue.ts";
import { readiness } from "#control/readiness.ts";
import { startServer } from "#control/server.ts";
import { createAdminClient } from "#control/trpc/admin.ts";
import { openBoss, postingDeadLetters, postingQueue } from "#schema/boss.ts";
import { openClient } from "#schema/client.ts";
import { mintId, type GatewayId } from "#schema/ids.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import { smallInstallation } from "./small-installation.ts";

const house = await smallInstallation();
await installQueues(house.databaseUrl);
const client = openClient(house.databaseUrl, { connectionsMax: 2, name: "test" });
const { boss, stop } = await openBoss({
  databaseUrl: house.databaseUrl,
  as: "sender",
  connectionsMax: 2,
  onError: () => {},
});
const server = await startServer(house.runtime, { host: "127.0.0.1", port: 0 });
const admin = createAdminClient({ origin: server.origin, key: house.operatorKey });
const owner = createAdminClient({ origin: server.origin, key: house.acme.management.key });
const test = suite("dead letters");
test.after(async () => {
  await server.stop();
  await stop();
  await client.end();
  await house.close();
});

/** How a command is refused, or null. */
const codeOf = async (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => {
      if (!(error instanceof TRPCClientError)) throw error;
      return (error.data as { code?: string } | null)?.code ?? error.message;
    },
  );
const newGateway = async (): Promise<GatewayId> => {
  const id = mintId("gateway");
  await client`insert into gateways (id, name, host, pid) values (${id}, 'gateway-1', 'h', 1)`;
  return id;
};
const posted = async (gateway: GatewayId): Promise<number> =>
  Number((await client`select posted from gateways where id = ${gateway}`)[0]?.["posted"]);
const deliver = async (...records: unknown[]): Promise<void> => {
  await boss.insert(postingQueue, [{ data: { records } }]);
  await work();
};
async function work(): Promise<void> {
  const jobs = await boss.fetch<PostingJob>(postingQueue, { batchSize: 50, includeMetadata: true });
  if (jobs.length > 0) await postJobs(house.runtime.db, boss, jobs);
}
const waiting = async () => (await admin.deadLetters.list.query()).rows;
const isBooked = async (record: UsageRecord): Promise<boolean> =>
  (await client`select 1 from generations where upstream_id = ${record.upstreamId}`).length > 0;
let named = 0;
/** A record that no column takes, of an upstream id of its own. */
const poison = (gateway: GatewayId, changes: Partial<UsageRecord> = {}): UsageRecord =>
  house.record(house.acme, {
    gateway,
    upstreamId: `up-dead-${++named}`,
    admittedAt: "yesterday-ish",
    ...changes,
  });

test("a letter shows the record, why it was refused, when, and whose it is", async () => {
  const gateway = await newGateway();
  const record = poison(gateway);
  await deliver(record);
  const [letter] = await waiting();
  assert.ok(letter);
  assert.is(letter.generation, record.id);
  assert.equal(letter.organization, { id: house.acme.id, slug: "acme" });
  assert.is(letter.gateway, gateway);
  assert.is(letter.charge, "0.000172000001");
  assert.match(letter.reason, /yesterday-ish/);
  assert.ok(Math.abs(Date.parse(letter.createdAt) - Date.now()) < 60_000);
  const whole = await admin.deadLetters.get.query({ id: letter.id });
  assert.equal(whole.record, record);
  const { ready, degraded } = await readiness(house.runtime);
  assert.ok(ready);
  assert.ok(
    degraded.some((line) =>
      line.includes("1 usage records could not be booked (turnpike dead-letters list)"),
    ),
  );
  const metrics = await (await fetch(`${server.origin}/metrics`)).text();
  assert.match(metrics, "turnpike_posting_jobs_dead 1\n");
  await admin.deadLetters.discard.mutate({ id: letter.id, reason: "only a test" });
});

test("only operators see or touch them", async () => {
  const id = "00000000-0000-8000-a000-000000000000";
  const codes = await Promise.all(
    [
      owner.deadLetters.list.query(),
      owner.deadLetters.get.query({ id }),
      owner.deadLetters.replay.mutate({ id }),
      owner.deadLetters.discard.mutate({ id, reason: "x" }),
      owner.spool.replay.mutate({ records: [{}] }),
    ].map(codeOf),
  );
  assert.equal(new Set(codes), new Set(["FORBIDDEN"]));
});

test("the same record delivered twice is one letter and is counted once", async () => {
  const gateway = await newGateway();
  const record = poison(gateway);
  await deliver(record, record);
  await deliver(record);
  const letters = (await waiting()).filter((letter) => letter.generation === record.id);
  assert.is(letters.length, 1);
  assert.is(await posted(gateway), 1);
  await admin.deadLetters.discard.mutate({ id: letters[0]?.id ?? "", reason: "only a test" });
  await deliver(record);
  assert.equal(await waiting(), []);
  assert.is(await posted(gateway), 1, "discarded is dealt with for good");
});

test("a letter whose cause is gone is replayed as it is, and is booked once", async () => {
  const gateway = await newGateway();
  const record = poison(gateway, { admittedAt: new Date().toISOString() });
  // A constraint that refuses it, for a while.
  await client`alter table generations add constraint test_only check (upstream_id <> ${client.unsafe(`'${record.upstreamId}'`)}) not valid`;
  await deliver(record);
  const [letter] = await waiting();
  assert.ok(letter);
  assert.is(await posted(gateway), 1);
  await admin.deadLetters.replay.mutate({ id: letter.id });
  assert.equal(await waiting(), []);
  assert.is(await posted(gateway), 0, "its leases wait for it again");
  await work();
  assert.equal(
    (await waiting()).map(({ id }) => id),
    [letter.id],
    "refused again, it is a letter again",
  );
  assert.is(await posted(gateway), 1);
  await client`alter table generations drop constraint test_only`;
  await admin.deadLetters.replay.mutate({ id: letter.id });
  await work();
  assert.equal(await waiting(), []);
  assert.is(await posted(gateway), 1);
  assert.ok(await isBooked(record));
  assert.is(await codeOf(admin.deadLetters.replay.mutate({ id: letter.id })), "NOT_FOUND");
});

test("a mended record is booked in place of the one that was refused, and who mended it is kept", async () => {
  const gateway = await newGateway();
  const record = poison(gateway);
  await deliver(record);
  const [letter] = await waiting();
  assert.ok(letter);
  const wrong = admin.deadLetters.replay.mutate({
    id: letter.id,
    record: { ...record, charge: "1.5" },
  });
  assert.is(await codeOf(wrong), "BAD_REQUEST");
  assert.match(
    await wrong.then(
      () => "",
      (error: Error) => error.message,
    ),
    /record: charge: expected a whole/,
  );
  assert.is((await waiting()).length, 1, "nothing happened");
  const mended = { ...record, admittedAt: new Date().toISOString() };
  await admin.deadLetters.replay.mutate({ id: letter.id, record: mended });
  await work();
  assert.ok(await isBooked(record));
  assert.equal(await waiting(), []);
  assert.is(await posted(gateway), 1);
  const { rows } = await admin.deadLetters.list.query({ state: "settled" });
  const settled = rows.find(({ id }) => id === letter.id);
  assert.ok(settled?.account?.kind === "replayed");
  assert.ok(settled?.settledAt);
  // The original comes again from its spool: it was dealt with.
  await deliver(record);
  assert.equal(await waiting(), []);
});

test("of two people who deal with a letter at once one is told that it is gone", async () => {
  const gateway = await newGateway();
  await deliver(poison(gateway));
  const [letter] = await waiting();
  assert.ok(letter);
  const codes = await Promise.all([
    codeOf(admin.deadLetters.replay.mutate({ id: letter.id })),
    codeOf(admin.deadLetters.discard.mutate({ id: letter.id, reason: "no" })),
    codeOf(admin.deadLetters.replay.mutate({ id: letter.id })),
  ]);
  assert.is(codes.filter((code) => code === "NOT_FOUND").length, 2, codes.join());
  await work();
  for (const { id } of await waiting())
    await admin.deadLetters.discard.mutate({ id, reason: "no" });
});

test("a replay that breaks off in the middle leaves the letter, and no job", async () => {
  const gateway = await newGateway();
  await deliver(poison(gateway));
  const [letter] = await waiting();
  assert.ok(letter);
  const jobs = async () =>
    Number(
      (
        await client`select count(*)::int as n from pgboss.job where name = ${postingQueue} and state < 'completed'`
      )[0]?.["n"],
    );
  const before = await jobs();
  const { replayDeadLetter } = await import("#control/dead-letters/replay-dead-letter.ts");
  await house.runtime.db
    .transaction(async (tx) => {
      await replayDeadLetter(tx, { id: letter.id, record: null, by: "test" });
      throw new Error("killed here");
    })
    .then(
      () => assert.unreachable(),
      (error: Error) => assert.is(error.message, "killed here"),
    );
  assert.is(await jobs(), before);
  assert.is((await waiting()).length, 1);
  assert.is(await posted(gateway), 1);
  await admin.deadLetters.discard.mutate({ id: letter.id, reason: "no" });
});

test("a shipment that the queue gave up is a letter too, and is replayed whole", async () => {
  const gateway = await newGateway();
  const records = [1, 2].map(() => poison(gateway, { admittedAt: new Date().toISOString() }));
  await boss.insert(postingDeadLetters, [{ data: { records } }]);
  const [letter] = await waiting();
  assert.ok(letter);
  assert.is(letter.records, 2);
  assert.match(letter.reason, /given up by the queue/);
  assert.equal(
    await admin.deadLetters.replay.mutate({ id: letter.id }).then(({ records: n }) => n),
    2,
  );
  await work();
  for (const record of records) assert.ok(await isBooked(record));
  assert.is(await posted(gateway), 2);
});

test("the list comes in pages, newest first", async () => {
  const gateway = await newGateway();
  for (let n = 0; n < 7; n++) await deliver(poison(gateway));
  const all = (await waiting()).map(({ id }) => id);
  const paged: string[] = [];
  for (let after: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof admin.deadLetters.list.query>> =
      await admin.deadLetters.list.query({ limit: 3, after });
    paged.push(...page.rows.map(({ id }) => id));
    if (page.next === null) break;
    after = page.next;
  }
  assert.is(all.length, 7);
  assert.equal(paged, all);
  assert.is(await codeOf(admin.deadLetters.list.query({ after: "nonsense" })), "BAD_REQUEST");
});

test("a person lists, shows, mends, replays and discards them at the terminal", async () => {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-dead-letters-"));
  writeFileSync(
    join(folder, "bootstrap.json"),
    JSON.stringify({
      origin: server.origin,
      inference_key: house.acme.inference.key,
      management_key: house.operatorKey,
      dashboard_url: server.origin,
      admin: { email: "operator@example.com", login_url: server.origin },
    }),
  );
  const turnpike = async (
    ...words: string[]
  ): Promise<{ code: number; out: string; error: string }> => {
    const result = { code: -1, out: "", error: "" };
    result.code = await run(words, {
      environment: { DATA_DIR: folder },
      folder,
      stdin: Readable.from([]) as unknown as NodeJS.ReadStream,
      write: (text) => void (result.out += text),
      writeError: (text) => void (result.error += text),
      width: null,
    });
    return result;
  };
  for (const { id } of await waiting())
    await admin.deadLetters.discard.mutate({ id, reason: "no" });
  assert.is((await turnpike("dead-letters", "list")).out, "None.\n");
  const [first, second] = [poison(await newGateway()), poison(await newGateway())];
  await deliver(first);
  await deliver(second);
  const [newest, oldest] = await waiting();
  assert.ok(newest && oldest);
  const listed = (await turnpike("dead-letters", "list")).out;
  assert.match(
    listed,
    new RegExp(`${newest.id}.* acme +\\$0\\.000172000001 +${second.id} +.*yesterday-ish`),
  );
  assert.match(
    (await turnpike("dead-letters", "show", oldest.id)).out,
    `generation    ${first.id}`,
  );
  const file = (await turnpike("dead-letters", "show", oldest.id, "--json")).out;
  writeFileSync(
    join(folder, "letter.json"),
    file.replaceAll("yesterday-ish", new Date().toISOString()),
  );
  const replayed = await turnpike("dead-letters", "replay", oldest.id, "--record", "letter.json");
  assert.is(replayed.code, 0, replayed.error);
  assert.match(replayed.out, /^1 handed to the booking queue/);
  await work();
  assert.ok(await isBooked(first));
  assert.is(
    (await turnpike("dead-letters", "discard", newest.id, "--reason", "a test of ours")).code,
    0,
  );
  const settled = (await turnpike("dead-letters", "list", "--settled")).out;
  assert.match(settled, /discarded .* UTC by key_\w+: a test of ours/);
  assert.match(settled, /replayed with a mended record/);
  await deliver(poison(await newGateway()), poison(await newGateway()));
  assert.match((await turnpike("dead-letters", "replay", "--all")).out, /^2 handed/);
  await work();
  assert.is((await waiting()).length, 2, "refused again");
  for (const [words, code, text] of [
    [["replay"], 2, /name one letter by its id, or say --all/],
    [["replay", "--all", "--record", "letter.json"], 2, /--record is the record of one letter/],
    [["replay", newest.id, "--record", "missing.json"], 1, /cannot be read as JSON/],
    [["discard", newest.id], 2, /--reason/],
    [["discard", newest.id, "--reason", "again"], 1, /there is no dead letter/],
    [["show", "nonsense"], 1, /expected the id of a dead letter/],
  ] as const) {
    const refused = await turnpike("dead-letters", ...words);
    assert.is(refused.code, code, words.join(" "));
    assert.match(refused.error, text);
  }
  rmSync(folder, { recursive: true });
});

test.run();
