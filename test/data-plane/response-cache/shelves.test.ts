// Where kept answers lie: bounds of memory, and Postgres with its bounds, its seal and its absence.
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { forgetAnswers } from "#control/response-cache/forget-answers.ts";
import type { KeptAnswer, Question } from "#data/response-cache/kept-answer.ts";
import { MemoryShelf } from "#data/response-cache/memory-shelf.ts";
import { sharedBounds, SharedShelf } from "#data/response-cache/shared-shelf.ts";
import { openClient } from "#schema/client.ts";
import { mintGenerationId, type KeyId, type OrganizationId } from "#schema/ids.ts";
import { smallLedger } from "#test/schema/small-ledger.ts";
import { mintKey } from "#control/keys/mint-key.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";

const masterKey = "ab".repeat(32);
const nowMs = Date.now();
const question = (key: string, digest: string, organizationId = "org_1"): Question => ({
  keyId: key as KeyId,
  organizationId: organizationId as OrganizationId,
  digest,
});
const answer = (size: number, more: Partial<KeptAnswer> = {}): KeptAnswer => ({
  source: mintGenerationId(nowMs),
  placeholder: mintGenerationId(nowMs),
  model: "acme/a",
  finishReason: "stop",
  nativeFinishReason: "end_turn",
  keptAtMs: nowMs,
  ttlSeconds: 60,
  body: Buffer.alloc(size, "x"),
  ...more,
});

const memory = suite("kept answers in memory");

memory("all together take no more than the bound, and what was used last stays", () => {
  const shelf = new MemoryShelf({ bytesMax: 10_000, keyBytesMax: 10_000, answerBytesMax: 5_000 });
  for (const digest of ["a", "b", "c"]) shelf.put(question(digest, digest), answer(2_000), null);
  assert.is(shelf.bytes, 9_000);
  assert.ok(shelf.find(question("a", "a"), nowMs));
  shelf.put(question("d", "d"), answer(2_000), null);
  assert.is(shelf.bytes, 9_000);
  assert.ok(shelf.find(question("a", "a"), nowMs), "it was used after b");
  assert.is(shelf.find(question("b", "b"), nowMs), null);
});

memory("a key drives out its own answers before anybody else's", () => {
  const shelf = new MemoryShelf({ bytesMax: 100_000, keyBytesMax: 6_000, answerBytesMax: 5_000 });
  shelf.put(question("quiet", "q"), answer(1_000), null);
  for (let at = 0; at < 1_000; at++) shelf.put(question("loud", `l${at}`), answer(1_000), null);
  assert.ok(shelf.find(question("quiet", "q"), nowMs));
  assert.is(shelf.answers, 4, "one of the quiet key's, three of the loud one's");
  assert.ok(shelf.find(question("loud", "l999"), nowMs));
  assert.is(shelf.find(question("loud", "l996"), nowMs), null);
});

memory("what is too large is not kept in memory, and what it would replace is gone", () => {
  const shelf = new MemoryShelf({ bytesMax: 10_000, keyBytesMax: 10_000, answerBytesMax: 5_000 });
  shelf.put(question("a", "a"), answer(10), null);
  shelf.put(question("a", "a"), answer(5_001), null);
  assert.is(shelf.find(question("a", "a"), nowMs), null);
  assert.is(shelf.bytes, 0);
});

memory("after its time an answer is not found, and takes nothing", () => {
  const shelf = new MemoryShelf();
  shelf.put(question("a", "a"), answer(10), null);
  assert.ok(shelf.find(question("a", "a"), nowMs + 59_999));
  assert.is(shelf.find(question("a", "a"), nowMs + 60_000), null);
  assert.is(shelf.bytes, 0);
});

memory.run();

const ledger = await smallLedger();
const { client, db } = ledger;
const organization = await db.transaction((tx) =>
  createOrganization(tx, { slug: "shelves", name: "Shelves" }),
);
const newKey = () =>
  db.transaction((tx) =>
    mintKey(tx, {
      organizationId: organization.id,
      kind: "inference",
      name: "k",
      limit: null,
      limitReset: null,
      expiresAt: null,
    }),
  );
const ask = (keyId: string, digest: string) => question(keyId, digest, organization.id);
const shelfOf = (bounds = sharedBounds, under: string = masterKey) =>
  new SharedShelf(client, under, bounds);
const rowsOf = async (keyId: string) =>
  (
    await client<{ digest: string }[]>`
      select digest from response_cache where key_id = ${keyId} order by created_at`
  ).map(({ digest }) => digest);

const shared = suite("kept answers in Postgres");
shared.after(() => ledger.close());

shared("what one gateway writes another reads, to the byte", async () => {
  const { id } = await newKey();
  const body = Buffer.from('data: {"id":"…","text":"Grüß Gott 🌍"}\n\n'.repeat(50_000));
  const kept = answer(0, { body });
  assert.is(await shelfOf().write(ask(id, "q"), kept), true);
  const read = await shelfOf().read(ask(id, "q"), nowMs);
  assert.equal(read, kept);
  assert.is(await shelfOf().has(ask(id, "q"), kept), true);
  assert.is(await shelfOf().has(ask(id, "q"), { ...kept, keptAtMs: nowMs - 1 }), false);
});

shared("nobody reads it there without MASTER_KEY, nor under another key or question", async () => {
  const { id } = await newKey();
  const { id: other } = await newKey();
  await shelfOf().write(ask(id, "q"), answer(0, { body: Buffer.from("a very secret answer") }));
  const [row] = await client<{ sealed: Buffer }[]>`
    select sealed from response_cache where key_id = ${id}`;
  assert.not.ok(row?.sealed.includes("secret"));
  assert.is(await shelfOf(sharedBounds, "cd".repeat(32)).read(ask(id, "q"), nowMs), null);
  await client`insert into response_cache select ${other}, digest, organization_id, sealed, bytes, created_at, expires_at
    from response_cache where key_id = ${id}`;
  assert.is(await shelfOf().read(ask(other, "q"), nowMs), null, "a moved row does not open");
});

shared("after its time it is not read, and the job takes it away", async () => {
  const { id } = await newKey();
  const past = answer(10, { keptAtMs: nowMs - 120_000 });
  await shelfOf().write(ask(id, "old"), past);
  await shelfOf().write(ask(id, "new"), answer(10, { ttlSeconds: 3_600 }));
  assert.is(await shelfOf().read(ask(id, "old"), nowMs), null);
  assert.ok(await shelfOf().read(ask(id, "old"), nowMs - 100_000));
  await forgetAnswers(db);
  assert.equal(await rowsOf(id), ["new"]);
});

shared("answers of a key that is revoked or disabled are taken away by the job", async () => {
  const revoked = await newKey();
  const disabled = await newKey();
  const good = await newKey();
  for (const { id } of [revoked, disabled, good])
    await shelfOf().write(ask(id, "q"), answer(10, { ttlSeconds: 3_600 }));
  await client`update keys set revoked_at = now() where id = ${revoked.id}`;
  await client`update keys set disabled = true where id = ${disabled.id}`;
  await forgetAnswers(db);
  assert.equal(
    [await rowsOf(revoked.id), await rowsOf(disabled.id), await rowsOf(good.id)],
    [[], [], ["q"]],
  );
});

shared("a key has a share: its newest answers stay, by number and by bytes", async () => {
  const { id } = await newKey();
  const shelf = shelfOf({ ...sharedBounds, keyAnswersMax: 3 });
  for (let at = 0; at < 6; at++)
    await shelf.write(ask(id, `q${at}`), answer(10, { keptAtMs: nowMs + at }));
  assert.equal(await rowsOf(id), ["q3", "q4", "q5"]);
  await shelf.write(ask(id, "q4"), answer(10, { keptAtMs: nowMs + 9 }));
  assert.equal(await rowsOf(id), ["q3", "q5", "q4"], "in the place of the old one");

  const { id: large } = await newKey();
  const small = shelfOf({ ...sharedBounds, keyBytesMax: 900 });
  for (let at = 0; at < 6; at++)
    await small.write(ask(large, `q${at}`), answer(10, { keptAtMs: nowMs + at }));
  const rows = await rowsOf(large);
  assert.ok(rows.length > 0 && rows.length < 6 && rows.includes("q5"), rows.join());
});

shared("when all of it is full nothing more is written, and what is there stays", async () => {
  const { id } = await newKey();
  await client`truncate response_cache`;
  const shelf = shelfOf({ ...sharedBounds, bytesMax: 700 });
  const written = [];
  for (let at = 0; at < 5; at++)
    written.push(await shelf.write(ask(id, `q${at}`), answer(10, { keptAtMs: nowMs + at })));
  assert.ok(written[0]);
  assert.not.ok(written.at(-1));
  assert.is((await rowsOf(id)).length, written.filter(Boolean).length);
});

shared(
  "a Postgres that takes connections and never answers is a miss within a moment",
  async () => {
    const silent = createServer((socket) => socket.on("error", () => {}));
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const away = openClient(`postgres://a:b@127.0.0.1:${port}/c`, {
      connectionsMax: 2,
      name: "away",
    });
    const shelf = new SharedShelf(away, masterKey);
    const since = performance.now();
    assert.equal(await shelf.read(ask("key_1", "q"), nowMs), null);
    assert.ok(performance.now() - since < 2_000);
    const again = performance.now();
    for (let times = 0; times < 1_000; times++) await shelf.read(ask("key_1", "q"), nowMs);
    assert.ok(performance.now() - again < 500, "it is not asked again and again");
    assert.is(await shelf.write(ask("key_1", "q"), answer(10)), false);
    assert.is(await shelf.has(ask("key_1", "q"), answer(10)), null);
    await away.end({ timeout: 0 });
    silent.close();
  },
);

shared.run();
