// The way from a shipment to the books, with the real queue: delivered twice is booked once, and one bad record stops nobody.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { postJobs, type PostingJob } from "#control/jobs/post-jobs.ts";
import { installQueues } from "#control/jobs/queue.ts";
import { openBoss, postingDeadLetters, postingQueue } from "#schema/boss.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import { smallLedger, usageOf } from "./small-ledger.ts";

const ledger = await smallLedger();
const { client, db } = ledger;
await installQueues(ledger.url);
const errors: Error[] = [];
const { boss, stop } = await openBoss({
  databaseUrl: ledger.url,
  as: "sender",
  connectionsMax: 2,
  onError: (error) => errors.push(error),
});
const test = suite("post jobs");
test.after(async () => {
  await stop();
  await ledger.close();
});

const ship = async (records: readonly unknown[], id?: string) => {
  await boss.insert(postingQueue, [{ data: { records }, ...(id === undefined ? {} : { id }) }]);
};
const claim = () => boss.fetch<PostingJob>(postingQueue, { batchSize: 10, includeMetadata: true });
const waiting = async () =>
  Number(
    (
      await client`select count(*)::int as n from pgboss.job where name = ${postingQueue} and state < 'completed'`
    )[0]?.["n"],
  );
const dead = async () =>
  (
    await client<
      { data: { reason: string; record: UsageRecord } }[]
    >`select data from pgboss.job where name = ${postingDeadLetters} order by created_on`
  ).map((row) => row.data);
const small = async () => ({
  organization: await ledger.organization(),
  provider: await ledger.provider(),
  gateway: await ledger.gateway(),
});
const posted = async (gateway: string) =>
  Number((await client`select posted from gateways where id = ${gateway}`)[0]?.["posted"]);

test("a shipment is booked and its job completed, together", async () => {
  const of = await small();
  await ship([usageOf(of), usageOf(of)]);
  await postJobs(db, boss, await claim());
  assert.is(await ledger.balance({ kind: "credit", organization: of.organization }), -7_200_000n);
  assert.is(await waiting(), 0);
});

test("a shipment under a job id that is there already is not queued a second time", async () => {
  const of = await small();
  const id = "0a0a0a0a-0000-8000-a000-000000000001";
  await ship([usageOf(of)], id);
  await ship([usageOf(of)], id);
  const jobs = await claim();
  assert.is(jobs.length, 1);
  await postJobs(db, boss, jobs);
});

test("the same records in two jobs are booked once", async () => {
  const of = await small();
  const records = [usageOf(of), usageOf(of)];
  await ship(records);
  await ship(records);
  await postJobs(db, boss, await claim());
  await ship(records);
  await postJobs(db, boss, await claim());
  assert.is(await ledger.balance({ kind: "credit", organization: of.organization }), -7_200_000n);
  assert.is(await posted(of.gateway), 2);
});

for (const { name, poison } of [
  { name: "is no record at all", poison: () => ({ hello: "world" }) },
  {
    name: "has an amount that is none",
    poison: (of: Small) => ({ ...usageOf(of), charge: "1.5" }),
  },
  { name: "has no generation id", poison: (of: Small) => usageOf(of, { id: "gen-1-nonsense" }) },
  {
    name: "Postgres refuses",
    poison: (of: Small) =>
      usageOf(of, { charge: "9".repeat(38), cost: "0", counts: { input: "9".repeat(30) } }),
  },
  {
    name: "was admitted at a time that is none",
    poison: (of: Small) => usageOf(of, { admittedAt: "yesterday-ish" }),
  },
]) {
  test(`a record that ${name} goes to the dead letters alone, and the others are booked`, async () => {
    const of = await small();
    const before = await dead();
    await ship([usageOf(of), poison(of), usageOf(of)]);
    await ship([usageOf(of)]);
    await postJobs(db, boss, await claim());
    assert.is(
      await ledger.balance({ kind: "credit", organization: of.organization }),
      3n * -3_600_000n,
    );
    const letters = (await dead()).slice(before.length);
    assert.is(letters.length, 1);
    assert.ok((letters[0]?.reason ?? "").length > 5, "a dead letter says why");
    assert.is(await waiting(), 0);
    assert.equal(await ledger.books(), { balances: 0n, unbalanced: 0 });
  });
}
type Small = Awaited<ReturnType<typeof small>>;

test("a worker whose claim has lapsed books nothing, and the one that took over books once", async () => {
  const of = await small();
  await ship([usageOf(of)]);
  const stale = await claim();
  await client`update pgboss.job set state = 'retry', retry_count = retry_count + 1, start_after = now() where name = ${postingQueue} and id = ${stale[0]?.id ?? ""}`;
  const current = await claim();
  assert.is(current.length, 1);
  await postJobs(db, boss, stale).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, "claim"),
  );
  assert.is(await ledger.balance({ kind: "credit", organization: of.organization }), 0n);
  await postJobs(db, boss, current);
  assert.is(await ledger.balance({ kind: "credit", organization: of.organization }), -3_600_000n);
  await postJobs(db, boss, stale).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, "claim"),
  );
  assert.is(await ledger.balance({ kind: "credit", organization: of.organization }), -3_600_000n);
});

test("of shipments that are too many for one transaction, those whose claim holds are booked though another's lapsed", async () => {
  const of = await small();
  const many = () => Array.from({ length: 2_500 }, () => usageOf(of));
  await ship(many());
  await ship(many());
  const jobs = await claim();
  assert.is(jobs.length, 2);
  await client`update pgboss.job set retry_count = retry_count + 1 where name = ${postingQueue} and id = ${jobs[0]?.id ?? ""}`;
  await postJobs(db, boss, jobs).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, "claim"),
  );
  assert.is(
    await ledger.balance({ kind: "credit", organization: of.organization }),
    2_500n * -3_600_000n,
  );
  assert.is(await waiting(), 1);
  await postJobs(db, boss, [
    { id: "", data: { records: [] }, ...jobs[0], retryCount: (jobs[0]?.retryCount ?? 0) + 1 },
  ]);
  assert.is(await posted(of.gateway), 5_000);
  assert.is(await waiting(), 0);
});

test("the queue was without errors", () => assert.equal(errors.map(String), []));

test.run();
