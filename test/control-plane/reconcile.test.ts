// Reconcile says nothing when the books are right, and names what is wrong when they are not.
import { and, eq, sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { grantCredits } from "#control/credits/grant-credits.ts";
import { correctTransfer } from "#control/credits/correct-transfer.ts";
import { purchaseCredits } from "#control/credits/purchase-credits.ts";
import { reconcile } from "#control/credits/reconcile.ts";
import { refundGeneration } from "#control/credits/refund-generation.ts";
import { refundPurchase } from "#control/credits/refund-purchase.ts";
import { generationUuid } from "#schema/ids.ts";
import { parseDollars, picodollars } from "#schema/money/amount.ts";
import { allowances } from "#schema/tables/allowances.ts";
import { windowStart } from "#schema/windows.ts";
import { smallInstallation, type SmallOrganization } from "./small-installation.ts";

const installation = await smallInstallation();
const { acme, globex, runtime } = installation;
const { db } = runtime;
const test = suite("reconcile");
test.after(() => installation.close());

const differences = async () =>
  (await reconcile(db)).checks.filter((check) => check.differences.length > 0);
const creditDraw = async (of: SmallOrganization, amount: string) => {
  const [credit] = await db
    .select()
    .from(allowances)
    .where(and(eq(allowances.subjectKind, "organization"), eq(allowances.subjectId, of.id)));
  return [{ allowance: credit?.id ?? "", windowStart: new Date(0).toISOString(), amount }];
};
const used = async (of: SmallOrganization, charge: string) =>
  installation.record(of, { charge, draws: charge === "0" ? [] : await creditDraw(of, charge) });

// A gateway that holds a lease, of which some is drawn below.
await db.execute(
  sql`insert into gateways (id, name, host, pid, state) values ('gw_test', 'gateway-1', 'here', 1, 'living')`,
);
const [credit] = await creditDraw(acme, "0");
await db.execute(
  sql`select lease_allowances('gw_test', array[${credit?.allowance ?? ""}], array[timestamptz 'epoch'], array[1000]::numeric[], array[5000000000]::numeric[])`,
);

await db.execute(sql`create table kept (like entries)`); // for the entry that is gone for a while

/** Globex bought twice, was refunded once, and was given back one of two generations that its key's daily limit counted. */
const [keyLimit] = await db
  .select()
  .from(allowances)
  .where(eq(allowances.subjectId, globex.inference.id));
const limited = async (charge: string) =>
  installation.record(globex, {
    charge,
    draws: [
      ...(await creditDraw(globex, charge)),
      {
        allowance: keyLimit?.id ?? "",
        windowStart: windowStart("day", new Date()).toISOString(),
        amount: charge,
      },
    ],
  });
const [large, small] = [await limited("9000"), await limited("40")];
await installation.book(large, small);
const buy = (amount: string, reference: string) =>
  db.transaction((tx) =>
    purchaseCredits(tx, {
      organizationId: globex.id,
      amount: parseDollars(amount),
      actor: "test",
      reference,
    }),
  );
const [bought, boughtLess] = [await buy("10", "one"), await buy("1", "two")];
await db.transaction((tx) =>
  refundPurchase(tx, {
    purchase: bought.transferId,
    amount: parseDollars("5"),
    actor: "test",
    reference: "back",
  }),
);
const correction = await db.transaction((tx) =>
  refundGeneration(tx, {
    generation: large.id,
    amount: picodollars(4_000n),
    actor: "test",
    reason: "slow",
  }),
);
const mistake = await db.transaction((tx) =>
  grantCredits(tx, { organizationId: globex.id, amount: parseDollars("3"), actor: "test" }),
);
await db.transaction((tx) =>
  correctTransfer(tx, {
    transfer: mistake.transferId,
    amount: null,
    actor: "test",
    reason: "to the wrong one",
  }),
);

test("books of grants, purchases, usage, refunds, corrections, leases and repeated deliveries hold no differences", async () => {
  const record = await used(acme, "172000001");
  await installation.book(
    record,
    await used(acme, "1"),
    await used(globex, "3000000000007"),
    await used(globex, "0"),
  );
  await installation.book(record);
  await db.transaction((tx) =>
    grantCredits(tx, { organizationId: acme.id, amount: parseDollars("1.5"), actor: "test" }),
  );
  const { checks } = await reconcile(db);
  assert.ok(checks.length >= 10);
  assert.equal(
    checks.flatMap((check) => check.differences),
    [],
  );
});

for (const { name, spoil, mend, says, where } of [
  {
    name: "an account whose balance was edited",
    spoil: sql`update accounts set balance = balance + 1 where kind = 'credit' and organization_id = ${acme.id}`,
    mend: sql`update accounts set balance = balance - 1 where kind = 'credit' and organization_id = ${acme.id}`,
    says: /balances sum to 1\b/,
    where: [
      "balance is the sum of its entries",
      "without a gap",
      "sum to zero",
      "credit allowance leaves",
    ],
  },
  {
    name: "an entry that is gone",
    spoil: sql`with gone as (delete from entries where id = (select min(id) from entries) returning *) insert into kept select * from gone`,
    mend: sql`insert into entries select * from kept`,
    says: /1 entries/,
    where: ["every transfer", "balance is the sum of its entries", "without a gap"],
  },
  {
    name: "a charge that was edited",
    spoil: sql`update generations set charge = charge + 5 where organization_id = ${globex.id} and charge > 0`,
    mend: sql`update generations set charge = charge - 5 where organization_id = ${globex.id} and charge > 0`,
    says: /3000000000012/,
    where: ["usage transfer", "used of its credit", "roll-ups"],
  },
  {
    name: "a cost that was edited",
    spoil: sql`update generations set cost = cost + 5 where organization_id = ${globex.id} and charge > 0`,
    mend: sql`update generations set cost = cost - 5 where organization_id = ${globex.id} and charge > 0`,
    says: /transfer tr_/,
    where: ["cost transfer", "roll-ups"],
  },
  {
    name: "credit that was raised without a grant",
    spoil: sql`update allowances set limit_amount = limit_amount + 7 where subject_id = ${acme.id}`,
    mend: sql`update allowances set limit_amount = limit_amount - 7 where subject_id = ${acme.id}`,
    says: /organization acme/,
    where: ["credit allowance leaves"],
  },
  {
    name: "a grant that calls itself a purchase",
    spoil: sql`update transfers set kind = 'purchase' where id = ${mistake.transferId}`,
    mend: sql`update transfers set kind = 'grant' where id = ${mistake.transferId}`,
    says: /\(purchase\) goes from grants to credit/,
    where: ["from and to accounts of its kind"],
  },
  {
    name: "a refund of more than was bought",
    spoil: sql`update transfers set corrects_transfer_id = ${boughtLess.transferId} where kind = 'refund'`,
    mend: sql`update transfers set corrects_transfer_id = ${bought.transferId} where kind = 'refund'`,
    says: /amount 1000000000000, 1 transfers gave back 5000000000000 of it/,
    where: ["at most what it moved"],
  },
  {
    name: "a correction of more than its generation was charged",
    spoil: sql`update transfers set corrects_generation_id = ${generationUuid(small.id)}::uuid where id = ${correction.transferId}`,
    mend: sql`update transfers set corrects_generation_id = ${generationUuid(large.id)}::uuid where id = ${correction.transferId}`,
    says: /charged 40 by transfer tr_\w+, corrections gave back 4000/,
    where: ["at most that"],
  },
  {
    name: "a correction of usage that names no generation",
    spoil: sql`update transfers set corrects_generation_id = null where id = ${correction.transferId}`,
    mend: sql`update transfers set corrects_generation_id = ${generationUuid(large.id)}::uuid where id = ${correction.transferId}`,
    says: /corrects usage and names no generation/,
    where: ["at most that", "used of its credit"],
  },
  {
    name: "a key's limit that counted more than was charged",
    spoil: sql`update allowance_uses set used = used + 3000000000008 where allowance_id = ${keyLimit?.id}`,
    mend: sql`update allowance_uses set used = used - 3000000000008 where allowance_id = ${keyLimit?.id}`,
    says: /key key_\w+: used 3000000005048; its generations were charged/,
    where: ["current limits in money"],
  },
  {
    name: "a key's limit that lost what was charged long after it was set",
    spoil: sql`with aware as (update allowances set updated_at = updated_at - interval '3 days' where id = ${keyLimit?.id})
      update allowance_uses set used = used - 1 where allowance_id = ${keyLimit?.id}`,
    mend: sql`with aware as (update allowances set updated_at = updated_at + interval '3 days' where id = ${keyLimit?.id})
      update allowance_uses set used = used + 1 where allowance_id = ${keyLimit?.id}`,
    says: /used 5039; .* of which the limit may not know 0/,
    where: ["current limits in money"],
  },
  {
    name: "a lease that nobody holds",
    spoil: sql`update allowance_uses set leased = leased + 9 where allowance_id = ${credit?.allowance}`,
    mend: sql`update allowance_uses set leased = leased - 9 where allowance_id = ${credit?.allowance}`,
    says: /gateways hold/,
    where: ["what is leased"],
  },
  {
    name: "a gateway that was closed and still holds a lease",
    spoil: sql`update gateways set state = 'closed' where id = 'gw_test'`,
    mend: sql`update gateways set state = 'living' where id = 'gw_test'`,
    says: /gateway-1, closed/,
    where: ["only living gateways"],
  },
  {
    name: "a roll-up that lost a request",
    spoil: sql`update usage_hours set requests = requests - 1 where organization_id = ${acme.id}`,
    mend: sql`update usage_hours set requests = requests + 1 where organization_id = ${acme.id}`,
    says: /roll-up 1 requests/,
    where: ["roll-ups"],
  },
]) {
  test(`${name} is found`, async () => {
    await db.execute(spoil);
    const found = await differences();
    await db.execute(mend);
    assert.is(found.length, where.length, JSON.stringify(found));
    for (const [index, words] of where.entries())
      assert.ok(found[index]?.name.includes(words), `${found[index]?.name} / ${words}`);
    assert.match(found.flatMap((check) => check.differences).join("\n"), says);
    assert.equal(await differences(), []);
  });
}

test("the books can be proved while usage is being booked", async () => {
  const booking = Promise.all(
    Array.from({ length: 20 }, async () =>
      installation.book(await used(acme, "11"), await used(globex, "13")),
    ),
  );
  for (let round = 0; round < 5; round++) assert.equal(await differences(), []);
  await booking;
  assert.equal(await differences(), []);
});

test.run();
