// Many transfers at once leave the same books as one after the other.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type AccountId, mintId } from "#schema/ids.ts";
import { accountOf, moveMoney } from "#schema/ledger/move-money.ts";
import { postTransfers, type PostedTransfer } from "#schema/ledger/post-transfers.ts";
import { picodollars } from "#schema/money/amount.ts";
import { smallLedger } from "./small-ledger.ts";

const ledger = await smallLedger();
const { client, db } = ledger;
const test = suite("post transfers");
test.after(() => ledger.close());

const reason = { eventAt: new Date("2026-11-25T12:00:00.000Z"), actor: "test" };
const post = (...transfers: PostedTransfer[]) =>
  db.transaction((tx) => postTransfers(tx, transfers, reason));
const creditAccount = async (): Promise<AccountId> =>
  accountOf(db, { kind: "credit", organizationId: await ledger.organization() });
const usage = (from: AccountId, to: AccountId, amount: bigint): PostedTransfer => ({
  id: mintId("transfer"),
  kind: "usage",
  from,
  to,
  amount: picodollars(amount),
});
type Entry = { amount: string; before: string; after: string; version: string; ordered: boolean };
const entriesOf = async (account: AccountId): Promise<Entry[]> =>
  [
    ...(await client<Entry[]>`
    select amount, balance_before as before, balance_after as after, account_version::text as version,
      created_at >= lag(created_at, 1, created_at) over (order by account_version) as ordered
    from entries where account_id = ${account} order by id`),
  ].map((row) => ({ ...row }));

test("every entry continues where the one before it of its account ended, in the order given", async () => {
  const [one, two, three] = [await creditAccount(), await creditAccount(), await creditAccount()];
  await db.transaction((tx) =>
    moveMoney(tx, {
      kind: "grant",
      from: three,
      to: one,
      amount: picodollars(100n),
      eventAt: reason.eventAt,
      actor: "test",
    }),
  );
  await post(usage(one, two, 30n), usage(two, one, 5n), usage(one, three, 10n ** 20n));
  assert.equal(await entriesOf(one), [
    { amount: "100", before: "0", after: "100", version: "1", ordered: true },
    { amount: "-30", before: "100", after: "70", version: "2", ordered: true },
    { amount: "5", before: "70", after: "75", version: "3", ordered: true },
    {
      amount: `-${10n ** 20n}`,
      before: "75",
      after: `-${10n ** 20n - 75n}`,
      version: "4",
      ordered: true,
    },
  ]);
  const [account] = await client`select balance, version::text from accounts where id = ${one}`;
  assert.equal({ ...account }, { balance: `-${10n ** 20n - 75n}`, version: "4" });
});

test("what others move meanwhile is neither lost nor skipped", async () => {
  const [one, two] = [await creditAccount(), await creditAccount()];
  await Promise.all(
    Array.from({ length: 16 }, (_, at) =>
      at % 2 === 0
        ? post(usage(one, two, 7n), usage(one, two, 1n))
        : post(usage(two, one, 3n), usage(one, two, 2n)),
    ),
  );
  const entries = await entriesOf(one);
  assert.equal(
    entries.map(({ version }) => Number(version)),
    Array.from({ length: 32 }, (_, at) => at + 1),
  );
  let balance = 0n;
  for (const { amount, before, after, ordered } of entries) {
    assert.is(BigInt(before), balance);
    balance += BigInt(amount);
    assert.is(BigInt(after), balance);
    assert.ok(ordered, "entries come in order of time");
  }
  assert.is(balance, 8n * -8n + 8n);
});

for (const { name, wrong, message } of [
  {
    name: "moves nothing",
    wrong: (from: AccountId, to: AccountId) => usage(from, to, 0n),
    message: "positive",
  },
  {
    name: "names an account that does not exist",
    wrong: (from: AccountId) => usage(from, mintId("account"), 1n),
    message: "do not exist",
  },
  {
    name: "moves from an account to itself",
    wrong: (from: AccountId) => usage(from, from, 1n),
    message: "transfers",
  },
]) {
  test(`with one transfer that ${name} none is written`, async () => {
    const [one, two] = [await creditAccount(), await creditAccount()];
    await post(usage(one, two, 5n), wrong(one, two)).then(
      () => assert.unreachable(),
      (error: Error) => assert.match(error.message, message),
    );
    assert.equal(await entriesOf(one), []);
  });
}

test("after all of this the books balance", async () => {
  assert.equal(await ledger.books(), { balances: 0n, unbalanced: 0 });
});

test.run();
