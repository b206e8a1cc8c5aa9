// Statements: what was, what came and went, and what is, to the picodollar, for any period, and the same tomorrow.
import fc from "fast-check";
import { sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { grantCredits } from "#control/credits/grant-credits.ts";
import { purchaseCredits } from "#control/credits/purchase-credits.ts";
import { refundGeneration } from "#control/credits/refund-generation.ts";
import { refundPurchase } from "#control/credits/refund-purchase.ts";
import { balanceAt } from "#control/ledger/balance-at.ts";
import { findAccount } from "#control/ledger/find-account.ts";
import { listAccounts } from "#control/ledger/list-accounts.ts";
import { listEntries, type Entry } from "#control/ledger/list-entries.ts";
import { listStatementUsage } from "#control/ledger/list-statement-usage.ts";
import { readStatement } from "#control/ledger/read-statement.ts";
import { readTransfer } from "#control/ledger/read-transfer.ts";
import { settledInstant } from "#control/ledger/settled-instant.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import {
  generationUuid,
  type AccountId,
  type OrganizationId,
  type TransferId,
} from "#schema/ids.ts";
import { accountOf, moveMoney } from "#schema/ledger/move-money.ts";
import { parseDollars, picodollars } from "#schema/money/amount.ts";
import { codeOf } from "./code-of.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { acme, globex } = installation;
const { db } = installation.runtime;
const test = suite("ledger");
test.after(() => installation.close());

const actor = "test";
const creditOf = async (organizationId: OrganizationId) =>
  (await findAccount(db, { creditOf: organizationId })).id;
let count = 0;
const open = async () =>
  (await createOrganization(db, { slug: `payer-${++count}`, name: "Payer" })).id;
const spend = async (organizationId: OrganizationId, charge: bigint, model = "acme/big-1") => {
  const [credit] = await db.execute<{ id: string }>(
    sql`select id from allowances where subject_id = ${organizationId} and unit = 'picodollars' and window_kind = 'lifetime'`,
  );
  const draws = [
    {
      allowance: credit?.id ?? "",
      windowStart: new Date(0).toISOString(),
      amount: charge.toString(),
    },
  ];
  const of = { ...acme, id: organizationId };
  const record = installation.record(of, { charge: charge.toString(), draws, model });
  await installation.book(record);
  return record;
};
async function allEntries(account: AccountId, above: number, through: number): Promise<Entry[]> {
  const rows: Entry[] = [];
  for (let after: number | null = null; ;) {
    const page: Awaited<ReturnType<typeof listEntries>> = await listEntries(db, {
      account,
      above,
      through,
      order: "oldest",
      limit: 7,
      after,
    });
    rows.push(...page.rows);
    if (page.next === null) return rows;
    after = page.next;
  }
}
const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

test("any transfers cut at any instants: each period closes with opening plus what moved, and the next opens with that", async () => {
  const house = await accountOf(db, { kind: "grants" });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.bigInt(1n, 10n ** 20n), fc.boolean()), { minLength: 1, maxLength: 25 }),
      fc.array(fc.nat({ max: 60 }), { minLength: 1, maxLength: 6 }),
      async (moves, cuts) => {
        const account = await creditOf(await open());
        for (const [amount, isIn] of moves) {
          const [from, to] = isIn ? [house, account] : [account, house];
          await moveMoney(db, {
            kind: "grant",
            from,
            to,
            amount: picodollars(amount),
            eventAt: new Date(),
            actor,
          });
        }
        // Instants of the entries themselves, spread over an hour so that a cut may fall on, between and outside of them.
        const start = Date.parse("2026-03-01T00:00:00Z");
        await db.execute(sql`update entries set created_at = ${new Date(start).toISOString()}::timestamptz
          + account_version / 2 * interval '4 minutes' where account_id = ${account}`);
        const at = (minutes: number) => new Date(start + minutes * 60_000);
        const instants = [at(-1), ...cuts.toSorted((a, b) => a - b).map(at), at(10_000)];
        let opened = 0n;
        const seen: bigint[] = [];
        for (const [place, from] of instants.slice(0, -1).entries()) {
          const to = instants[place + 1] ?? from;
          const { opening, closing, totals } = await readStatement(db, { account, from, to });
          const lines = await allEntries(account, opening.version, closing.version);
          assert.is(opening.balance, opened);
          assert.is(closing.balance, opening.balance + sum(totals.map(({ amount }) => amount)));
          assert.is(closing.balance, opening.balance + sum(lines.map(({ amount }) => amount)));
          assert.is((await balanceAt(db, account, to)).balance, closing.balance);
          for (const line of lines) assert.ok(line.at >= from && line.at < to);
          opened = closing.balance;
          seen.push(...lines.map(({ amount }) => amount));
        }
        assert.equal(
          seen,
          moves.map(([amount, isIn]) => (isIn ? amount : -amount)),
        );
      },
    ),
    { numRuns: 12 },
  );
});

test("a statement shows what was granted, bought, used, refunded and corrected apart", async () => {
  const organizationId = await open();
  const account = await creditOf(organizationId);
  const from = await settledInstant(db, account);
  await grantCredits(db, { organizationId, amount: parseDollars("2"), actor });
  const bought = await db.transaction((tx) =>
    purchaseCredits(tx, { organizationId, amount: parseDollars("10"), actor, reference: "pi_1" }),
  );
  const one = await spend(organizationId, 1_000_000_000_007n);
  await spend(organizationId, 500_000_000_000n, "acme/small-1");
  await db.transaction((tx) =>
    refundGeneration(tx, { generation: one.id, amount: picodollars(7n), actor, reason: "odd" }),
  );
  await db.transaction((tx) =>
    refundPurchase(tx, {
      purchase: bought.transferId,
      amount: parseDollars("3"),
      actor,
      reference: "re_1",
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 2)); // instants are whole milliseconds here
  const to = await settledInstant(db, account);
  const { opening, closing, totals } = await readStatement(db, { account, from, to });
  assert.equal(
    totals.map(({ kind, corrects, amount, transfers }) => [kind, corrects, amount, transfers]),
    [
      ["correction", "usage", 7n, 1],
      ["grant", null, parseDollars("2"), 1],
      ["purchase", null, parseDollars("10"), 1],
      ["refund", "purchase", -3_000_000_000_000n, 1],
      ["usage", null, -1_500_000_000_007n, 2],
    ],
  );
  const range = { account, above: opening.version, through: closing.version };
  const usage = await listStatementUsage(db, { ...range, by: ["model"], limit: 10, after: 0 });
  assert.equal(
    usage.rows.map(({ model, key, generations, charged, givenBack }) => [
      model,
      key,
      generations,
      charged,
      givenBack,
    ]),
    [
      ["acme/big-1", null, 1, 1_000_000_000_007n, 7n],
      ["acme/small-1", null, 1, 500_000_000_000n, 0n],
    ],
  );
  const byKey = await listStatementUsage(db, { ...range, by: ["key"], limit: 10, after: 0 });
  assert.equal(
    byKey.rows.map(({ key, charged, givenBack }) => [key?.name, charged, givenBack]),
    [["app", 1_500_000_000_007n, 7n]],
  );
  const first = await listStatementUsage(db, { ...range, by: ["model"], limit: 1, after: 0 });
  assert.equal([first.rows.length, first.next], [1, 1]);
  const lines = await allEntries(account, opening.version, closing.version);
  assert.equal(
    lines.map(({ kind, reference }) => [kind, reference]),
    [
      ["grant", null],
      ["purchase", "pi_1"],
      ["usage", null],
      ["usage", null],
      ["correction", null],
      ["refund", "re_1"],
    ],
  );
  assert.is(lines[4]?.corrects?.generation, one.id);
  assert.is(lines[5]?.corrects?.transfer, bought.transferId);
});

test("a statement up to a settled instant never changes, whatever is being booked", async () => {
  const organizationId = await open();
  const account = await creditOf(organizationId);
  await grantCredits(db, { organizationId, amount: parseDollars("5"), actor });
  let done = false;
  const booking = (async () => {
    for (let round = 0; round < 25; round++) await spend(organizationId, 1_000n);
    done = true;
  })();
  const from = new Date(0);
  const given: [Date, string][] = [];
  const tell = async (to: Date) => {
    const { closing } = await readStatement(db, { account, from, to });
    return `${closing.version} ${closing.balance}`;
  };
  while (!done) {
    const to = await settledInstant(db, account);
    given.push([to, await tell(to)]);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await booking;
  assert.ok(given.length > 2);
  for (const [to, said] of given) assert.is(await tell(to), said);
});

test("entries of an account come in order of time, even when the clock steps back", async () => {
  const account = await creditOf(await open());
  const grants = await accountOf(db, { kind: "grants" });
  const move = () =>
    moveMoney(db, {
      kind: "grant",
      from: grants,
      to: account,
      amount: picodollars(1n),
      eventAt: new Date(),
      actor,
    });
  await move();
  // As if the clock had been an hour ahead.
  await db.execute(
    sql`update entries set created_at = created_at + interval '1 hour' where account_id = ${account}`,
  );
  await move();
  const [first, second] = await allEntries(account, 0, 9);
  assert.ok(first && second && first.at <= second.at);
});

test("entries are paged from either end without a gap or a repetition", async () => {
  const organizationId = await open();
  const account = await creditOf(organizationId);
  for (let round = 0; round < 5; round++)
    await grantCredits(db, { organizationId, amount: picodollars(BigInt(round + 1)), actor });
  for (const [order, expected] of [
    ["oldest", [1n, 2n, 3n, 4n, 5n]],
    ["newest", [5n, 4n, 3n, 2n, 1n]],
  ] as const) {
    const seen: bigint[] = [];
    for (let after: number | null = null; ;) {
      const page: Awaited<ReturnType<typeof listEntries>> = await listEntries(db, {
        account,
        order,
        limit: 2,
        after,
      });
      seen.push(...page.rows.map(({ amount }) => amount as bigint));
      if (page.next === null) break;
      after = page.next;
    }
    assert.equal(seen, [...expected]);
  }
});

test("accounts are listed with balances of now and of then, the house's first", async () => {
  const organizationId = await open();
  const account = await creditOf(organizationId);
  const before = await settledInstant(db, account);
  await grantCredits(db, { organizationId, amount: parseDollars("1"), actor });
  const page = { organizationId, limit: 10, after: null };
  const now = await listAccounts(db, { ...page, at: null });
  assert.equal(
    now.rows.map(({ kind, balance, entries }) => [kind, balance, entries]),
    [["credit", parseDollars("1"), 1]],
  );
  const then = await listAccounts(db, { ...page, at: before });
  assert.equal(
    then.rows.map(({ balance, entries }) => [balance, entries]),
    [[0n, 0]],
  );
  const kinds: (string | null)[] = [];
  for (let after: AccountId | null = null; ;) {
    const all: Awaited<ReturnType<typeof listAccounts>> = await listAccounts(db, {
      organizationId: null,
      at: null,
      limit: 3,
      after,
    });
    kinds.push(...all.rows.map(({ organization }) => organization));
    if (all.next === null) break;
    after = all.next;
  }
  const [{ accounts } = { accounts: "" }] = await db.execute<{ accounts: string }>(
    sql`select count(*)::text as accounts from accounts`,
  );
  assert.is(kinds.length, +accounts);
  assert.equal(
    kinds,
    kinds.toSorted((a, b) => ((a ?? "") < (b ?? "") ? -1 : 1)),
  );
});

test("a transfer is shown with its two entries, its generations in pages, and what corrects it", async () => {
  const organizationId = await open();
  await grantCredits(db, { organizationId, amount: parseDollars("1"), actor });
  const [credit] = await db.execute<{ id: string }>(
    sql`select id from allowances where subject_id = ${organizationId} and unit = 'picodollars' and window_kind = 'lifetime'`,
  );
  const charge = "5000";
  const draws = [
    { allowance: credit?.id ?? "", windowStart: new Date(0).toISOString(), amount: charge },
  ];
  const of = { ...acme, id: organizationId };
  const records = Array.from({ length: 5 }, () => installation.record(of, { charge, draws }));
  await installation.book(...records);
  const [first] = records;
  const uuid = generationUuid(first?.id ?? "");
  const [{ id } = { id: "" as TransferId }] = await db.execute<{ id: TransferId }>(
    sql`select charge_transfer_id as id from generations where id = ${uuid}::uuid`,
  );
  const back = await db.transaction((tx) =>
    refundGeneration(tx, {
      generation: first?.id ?? "",
      amount: picodollars(1_000n),
      actor,
      reason: "slow",
    }),
  );
  const asked = { id, within: organizationId, limit: 2, after: null };
  const found = await readTransfer(db, asked);
  assert.equal(
    [found.kind, found.amount, found.givenBack, found.corrections],
    ["usage", 25_000n, 1_000n, 1],
  );
  assert.equal(
    found.sides.map(({ kind, amount }) => [kind, amount]),
    [
      ["credit", -25_000n],
      ["revenue", 25_000n],
    ],
  );
  assert.equal(
    found.correctedBy.map(({ id: by, generation, note }) => [by, generation, note]),
    [[back.transferId, first?.id, "slow"]],
  );
  const seen = [...found.generations.rows];
  for (let { next } = found.generations; next !== null;) {
    const page = await readTransfer(db, { ...asked, after: generationUuid(next) });
    seen.push(...page.generations.rows);
    next = page.generations.next;
  }
  assert.is(seen.length, 5);
  assert.is(sum(seen.map(({ amount }) => amount)), 25_000n);
  assert.is(sum(seen.map(({ givenBack }) => givenBack)), 1_000n);
  const correction = await readTransfer(db, { ...asked, id: back.transferId });
  assert.equal(correction.corrects, { transfer: id, generation: first?.id as never });
});

test("another organization's account and transfer are not found", async () => {
  const { transferId } = await grantCredits(db, {
    organizationId: globex.id,
    amount: picodollars(1n),
    actor,
  });
  const account = await creditOf(globex.id);
  const asked = { id: transferId, limit: 1, after: null };
  assert.is(await codeOf(readTransfer(db, { ...asked, within: acme.id })), "not_found");
  assert.is(await codeOf(readTransfer(db, { ...asked, within: globex.id })), "none");
  assert.is(await codeOf(findAccount(db, { account, within: acme.id })), "not_found");
});

test.run();
