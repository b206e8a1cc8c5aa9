// Double entry: what leaves one account arrives in another, whatever happens at the same time.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { AccountId } from "#schema/ids.ts";
import { accountOf, moveMoney, type Move } from "#schema/ledger/move-money.ts";
import { parseDollars, picodollars } from "#schema/money/amount.ts";
import { smallLedger } from "./small-ledger.ts";

const ledger = await smallLedger();
const { db, client } = ledger;
const test = suite("move money");
test.after(() => ledger.close());

const grants = await accountOf(db, { kind: "grants" });
const move = (from: AccountId, to: AccountId, amount: bigint, more: Partial<Move> = {}) =>
  db.transaction((tx) =>
    moveMoney(tx, {
      kind: "grant",
      from,
      to,
      amount: picodollars(amount),
      eventAt: new Date(),
      actor: "test",
      ...more,
    }),
  );
const creditOf = async () => {
  const organization = await ledger.organization();
  return {
    organization,
    account: await accountOf(db, { kind: "credit", organizationId: organization }),
  };
};

test("a transfer writes two entries that sum to zero and say the balance on either side", async () => {
  const { organization, account } = await creditOf();
  await move(grants, account, 5n);
  const transfer = await move(grants, account, parseDollars("25"));
  const entries = await client<
    { account_id: string; amount: string; balance_before: string; balance_after: string }[]
  >`
    select account_id, amount, balance_before, balance_after from entries where transfer_id = ${transfer} order by amount`;
  assert.equal(
    entries.map((entry) => [entry.account_id, entry.amount]),
    [
      [grants, "-25000000000000"],
      [account, "25000000000000"],
    ],
  );
  assert.equal([entries[1]?.balance_before, entries[1]?.balance_after], ["5", "25000000000005"]);
  assert.is(await ledger.balance({ kind: "credit", organization }), 25_000_000_000_005n);
  assert.equal(await ledger.books(), { balances: 0n, unbalanced: 0 });
});

test("the largest amount that the database holds is moved exactly", async () => {
  const { organization, account } = await creditOf();
  const most = 10n ** 37n;
  await move(grants, account, most);
  assert.is(await ledger.balance({ kind: "credit", organization }), most);
  await move(account, grants, most);
  assert.equal(await ledger.books(), { balances: 0n, unbalanced: 0 });
});

for (const amount of [0n, -1n]) {
  test(`a transfer of ${amount} is refused and leaves nothing behind`, async () => {
    const { account } = await creditOf();
    await move(grants, account, amount).then(
      () => assert.unreachable(),
      (error: unknown) => assert.instance(error, RangeError),
    );
    assert.is((await client`select 1 from entries where account_id = ${account}`).length, 0);
  });
}

test("an idempotency key moves money once, also when ten try at the same time", async () => {
  const { organization, account } = await creditOf();
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => move(grants, account, 7n, { idempotencyKey: "once" })),
  );
  const refused = results.filter((result) => result.status === "rejected");
  assert.is(refused.length, 9);
  for (const { reason } of refused)
    assert.is((reason as { cause: { code: string } }).cause.code, "23505");
  assert.is(await ledger.balance({ kind: "credit", organization }), 7n);
});

test("an account of one kind and owner is opened once, also when ten open it at the same time", async () => {
  const providerId = await ledger.provider();
  const opened = await Promise.all(
    Array.from({ length: 10 }, () => accountOf(db, { kind: "provider_cost", providerId })),
  );
  assert.is(new Set(opened).size, 1);
});

test("moves to and fro between two accounts at once neither wait for each other nor lose a picodollar", async () => {
  const [one, two] = [await creditOf(), await creditOf()];
  await move(grants, one.account, 1000n);
  await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      at % 2 === 0 ? move(one.account, two.account, 3n) : move(two.account, one.account, 2n),
    ),
  );
  assert.is(
    await ledger.balance({ kind: "credit", organization: one.organization }),
    1000n - 60n + 40n,
  );
  assert.is(await ledger.balance({ kind: "credit", organization: two.organization }), 20n);
  const gaps = await client`
    select 1 from (select balance_before - lag(balance_after) over (partition by account_id order by account_version) as gap from entries) t where gap <> 0`;
  assert.is(gaps.length, 0);
  assert.equal(await ledger.books(), { balances: 0n, unbalanced: 0 });
});

test("a transfer from an account to itself is refused by the database", async () => {
  const { account } = await creditOf();
  await move(account, account, 1n).then(
    () => assert.unreachable(),
    (error: { cause: { code: string } }) => assert.is(error.cause.code, "23514"),
  );
});

test.run();
