// Money that goes back: to the one who is owed it, once, never more than there is, and the books show it.
import { and, eq, sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CommandError } from "#control/command-error.ts";
import { correctTransfer } from "#control/credits/correct-transfer.ts";
import { grantCredits } from "#control/credits/grant-credits.ts";
import { recalling } from "#control/credits/held-credit.ts";
import { purchaseCredits } from "#control/credits/purchase-credits.ts";
import { readCredits } from "#control/credits/read-credits.ts";
import { readPurchased } from "#control/credits/read-purchased.ts";
import { reconcile } from "#control/credits/reconcile.ts";
import { refundGeneration } from "#control/credits/refund-generation.ts";
import { refundPurchase } from "#control/credits/refund-purchase.ts";
import { setLimit } from "#control/limits/set-limit.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import { mintKey } from "#control/keys/mint-key.ts";
import { commit, runCommand } from "#control/run-command.ts";
import { recallChannel } from "#schema/channels.ts";
import { openClient } from "#schema/client.ts";
import type { AllowanceId, GatewayId, TransferId } from "#schema/ids.ts";
import { leaseAllowances } from "#schema/ledger/lease-allowances.ts";
import { returnLeases } from "#schema/ledger/return-leases.ts";
import { parseDollars, type Picodollars } from "#schema/money/amount.ts";
import { allowances, allowanceUses } from "#schema/tables/allowances.ts";
import { transfers } from "#schema/tables/ledger.ts";
import type { UsageRecord } from "#schema/usage-record.ts";
import { windowStart } from "#schema/windows.ts";
import { randomOf } from "#test/torture/random.ts";
import { smallInstallation, type SmallOrganization } from "./small-installation.ts";

const installation = await smallInstallation();
const { db } = installation.runtime;
const client = openClient(installation.databaseUrl, { connectionsMax: 6, name: "gateway" });
const gateway = "gw_test" as GatewayId;
await client`insert into gateways (id, name, host, pid, seen_change) values (${gateway}, 'gateway-1', 'here', 1, 1000000000)`;
const test = suite("refunds");
test.after(async () => {
  await client.end();
  await installation.close();
});

const actor = "test";
const epoch = new Date(0);
const dollars = (text: string | null): Picodollars | null =>
  text === null ? null : parseDollars(text);

type Payer = SmallOrganization & { credit: AllowanceId };
let count = 0;
async function open(): Promise<Payer> {
  const slug = `payer-${++count}`;
  const { id, workspaceId } = await createOrganization(db, { slug, name: slug });
  const minted = await mintKey(db, {
    organizationId: id,
    kind: "inference",
    name: "app",
    limit: parseDollars("5"),
    limitReset: "daily",
    expiresAt: null,
  });
  const [credit] = await db
    .select({ id: allowances.id })
    .from(allowances)
    .where(and(eq(allowances.subjectId, id), eq(allowances.unit, "picodollars")));
  if (!credit) throw new Error("no credit");
  const key = { id: minted.id, key: minted.key };
  return { id, workspaceId, slug, inference: key, management: key, credit: credit.id };
}

const buy = (of: Payer, amount: string, reference = `payment-${++count}`) =>
  runCommand(db, (tx) =>
    purchaseCredits(tx, { organizationId: of.id, amount: parseDollars(amount), actor, reference }),
  );
const refund = (
  purchase: TransferId,
  amount: string | null = null,
  reference = `refund-${++count}`,
) =>
  recalling(db, () =>
    runCommand(db, (tx) =>
      refundPurchase(tx, { purchase, amount: dollars(amount), actor, reference }),
    ),
  );
const giveBack = (
  generation: string,
  amount: string | null = null,
  idempotencyKey: string | null = null,
) =>
  commit(db, (tx) =>
    refundGeneration(tx, {
      generation,
      amount: dollars(amount),
      actor,
      reason: "it was wrong",
      idempotencyKey,
    }),
  );
const correct = (transfer: TransferId, amount: string | null = null) =>
  recalling(db, () =>
    runCommand(db, (tx) =>
      correctTransfer(tx, { transfer, amount: dollars(amount), actor, reason: "a mistake" }),
    ),
  );
const balance = async (of: Payer) => (await readCredits(db, of.id)).balance;

/** A booked generation that drew on the credit, and on the key's daily limit. */
async function spend(of: Payer, amount: string, at = new Date()): Promise<UsageRecord> {
  const charge = parseDollars(amount).toString();
  const [limit] = await db
    .select()
    .from(allowances)
    .where(eq(allowances.subjectId, of.inference.id));
  const draws = [
    { allowance: of.credit as string, windowStart: epoch.toISOString(), amount: charge },
    {
      allowance: limit?.id ?? "",
      windowStart: windowStart("day", at).toISOString(),
      amount: charge,
    },
  ];
  const record = installation.record(of, { charge, draws, at });
  await installation.book(record);
  return record;
}
const keyUse = async (of: Payer, at = new Date()) => {
  const [use] = await db
    .select({ used: allowanceUses.used })
    .from(allowanceUses)
    .innerJoin(allowances, eq(allowances.id, allowanceUses.allowanceId))
    .where(
      and(
        eq(allowances.subjectId, of.inference.id),
        eq(allowanceUses.windowStart, windowStart("day", at)),
      ),
    );
  return use?.used ?? null;
};
const lease = async (of: Payer, amount: string) => {
  const wanted = parseDollars(amount);
  const [answer] = await leaseAllowances(client, gateway, [
    { allowance: of.credit, windowStart: epoch, need: wanted, want: wanted },
  ]);
  return answer?.granted ?? 0n;
};
const giveLeaseBack = (of: Payer, amount: bigint) =>
  returnLeases(client, gateway, [{ allowance: of.credit, windowStart: epoch, amount }]);

/** What it is refused with; "" when it is not. */
const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return "";
  } catch (error) {
    if (error instanceof CommandError) return `${error.code}: ${error.message}`;
    throw error;
  }
};

test("a payment is credit, counts as bought, and is booked once however often it is told", async () => {
  const payer = await open();
  const answers = await Promise.all(Array.from({ length: 5 }, () => buy(payer, "10", "invoice-1")));
  assert.is(new Set(answers.map((answer) => answer.transferId)).size, 1);
  assert.is(answers.filter((answer) => !answer.replayed).length, 1);
  assert.is(await balance(payer), parseDollars("10"));
  assert.is(await readPurchased(db, payer.id), parseDollars("10"));
  assert.match(
    await refusal(buy(payer, "11", "invoice-1")),
    /^conflict: reference: "invoice-1" already bought 10 USD/,
  );
  assert.match(await refusal(buy(payer, "0")), /^bad_request: amount: expected more than 0/);
});

test("what is granted does not count as bought", async () => {
  const payer = await open();
  await db.transaction((tx) =>
    grantCredits(tx, { organizationId: payer.id, amount: parseDollars("30"), actor }),
  );
  await buy(payer, "4");
  assert.is(await readPurchased(db, payer.id), parseDollars("4"));
  assert.is(await balance(payer), parseDollars("34"));
});

test("a purchase is refunded to what is left of it, and the rate tier follows", async () => {
  const payer = await open();
  const { transferId } = await buy(payer, "10");
  const tier = async () => {
    const [row] = await db.execute<{ limit_amount: string }>(sql`select limit_amount from allowances
      where subject_id = ${payer.id} and unit = 'requests' and scope = 'free' and window_kind = 'day'`);
    return row?.limit_amount;
  };
  assert.is(await tier(), "1000");
  assert.is((await refund(transferId, "4")).balance, parseDollars("6"));
  assert.is(await tier(), "50");
  assert.is(await readPurchased(db, payer.id), parseDollars("6"));
  assert.is(
    await refusal(refund(transferId, "6.5")),
    `conflict: amount: at most 6 USD can go back now, 6.5 was asked for; 10 USD came with ${transferId}, of which 4 went back before, and 6 of the organization's credit is unspent`,
  );
  assert.is((await refund(transferId)).amount, parseDollars("6"));
  assert.match(await refusal(refund(transferId)), /^conflict: nothing is left to take back/);
  assert.is(await balance(payer), 0n);
});

test("what is spent is not refunded, and the refusal says what would pass", async () => {
  const payer = await open();
  const { transferId } = await buy(payer, "10");
  await spend(payer, "3.000000000001");
  assert.match(
    await refusal(refund(transferId)),
    /amount: at most 6\.999999999999 USD can go back now, 10 was asked for/,
  );
  await refund(transferId, "6.999999999999");
  assert.is(await balance(payer), 0n);
});

test("a refund under one reference is paid once, and belongs to its purchase and amount", async () => {
  const payer = await open();
  const [one, other] = [await buy(payer, "5"), await buy(payer, "5")];
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => refund(one.transferId, "2", "re_1")),
  );
  assert.is(answers.filter((answer) => !answer.replayed).length, 1);
  assert.is(await balance(payer), parseDollars("8"));
  assert.match(
    await refusal(refund(one.transferId, "1", "re_1")),
    /^conflict: reference: "re_1" already refunded 2 USD/,
  );
  assert.match(await refusal(refund(other.transferId, "2", "re_1")), /^conflict: reference/);
});

test("of many refunds at once of one purchase only what there is gets paid", async () => {
  const payer = await open();
  const { transferId } = await buy(payer, "1");
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => refusal(refund(transferId, "0.3"))),
  );
  assert.is(answers.filter((answer) => answer === "").length, 3);
  assert.is(await balance(payer), parseDollars("0.1"));
});

test("what a gateway holds for requests is not refunded, and the refusal says how to go on", async () => {
  const payer = await open();
  const { transferId } = await buy(payer, "10");
  assert.is(await lease(payer, "4"), parseDollars("4"));
  assert.match(
    await refusal(refund(transferId)),
    /^conflict: amount: at most 6 USD can go back now, .* Running gateways hold 4 of that for requests .* Try again when these have ended/,
  );
  assert.is((await refund(transferId, "6")).amount, parseDollars("6"));
  await giveLeaseBack(payer, parseDollars("4"));
  await refund(transferId);
  assert.is(await balance(payer), 0n);
});

test("what a gateway holds idle is asked back, and then refunded", async () => {
  const payer = await open();
  const { transferId } = await buy(payer, "10");
  let held = await lease(payer, "10");
  const listening = await client.listen(recallChannel, (payload) => {
    if (payload.split(" ")[0] !== payer.credit || held === 0n) return;
    const idle = held;
    held = 0n;
    void giveLeaseBack(payer, idle);
  });
  try {
    assert.is((await refund(transferId)).amount, parseDollars("10"));
  } finally {
    await listening.unlisten();
  }
});

test("a lease and a refund at the same moment never have the same money", async () => {
  for (let round = 0; round < 12; round++) {
    const payer = await open();
    const { transferId } = await buy(payer, "1");
    // All that there is, by a refund and by leases: together they may have it once.
    const [refused, ...granted] = await Promise.all([
      refusal(refund(transferId)),
      ...Array.from({ length: 4 }, async (_each, place) => {
        await new Promise((resolve) => setTimeout(resolve, (place * round) % 7));
        return lease(payer, "0.25");
      }),
    ]);
    const leased = granted.reduce((sum, amount) => sum + amount, 0n);
    const { granted: given, used, leased: held } = await readCredits(db, payer.id);
    assert.is(held, leased);
    assert.ok(used + held <= given, `${used} used and ${held} held of ${given}`);
    assert.is(given, refused === "" ? 0n : parseDollars("1"));
  }
});

test("a refund while credit is being spent takes only what is not", async () => {
  const payer = await open();
  const { transferId } = await buy(payer, "2");
  const spending = (async () => {
    let spent = 0n;
    for (let round = 0; round < 30; round++) {
      const held = await lease(payer, "0.05");
      if (held === 0n) continue;
      const charge = held.toString();
      const draws = [{ allowance: payer.credit, windowStart: epoch.toISOString(), amount: charge }];
      await installation.book(installation.record(payer, { charge, draws, gateway }));
      spent += held;
    }
    return spent;
  })();
  let refunded = 0n;
  for (let round = 0; round < 12; round++) {
    if ((await refusal(refund(transferId, "0.15"))) === "") refunded += parseDollars("0.15");
  }
  const spent = await spending;
  const credits = await readCredits(db, payer.id);
  assert.ok(refunded > 0n && spent > 0n);
  assert.is(credits.used, spent);
  assert.is(credits.leased, 0n);
  assert.is(credits.balance, parseDollars("2") - spent - refunded);
  assert.ok(credits.balance >= 0n);
});

test("a generation is given back in part, then the rest, and no more", async () => {
  const payer = await open();
  await buy(payer, "5");
  const { id } = await spend(payer, "0.300000000001");
  const part = await giveBack(id, "0.1");
  assert.equal(
    [part.amount, part.remaining, part.balance],
    [parseDollars("0.1"), parseDollars("0.200000000001"), parseDollars("4.799999999999")],
  );
  assert.match(
    await refusal(giveBack(id, "0.2000000001")),
    /^conflict: amount: at most 0\.200000000001 USD can be given back, 0\.2000000001 was asked for/,
  );
  assert.is((await giveBack(id)).remaining, 0n);
  assert.match(await refusal(giveBack(id)), /^conflict: nothing is left to give back/);
  assert.is(await balance(payer), parseDollars("5"));
  assert.is((await readCredits(db, payer.id)).used, 0n);
  const [correction] = await db.select().from(transfers).where(eq(transfers.id, part.transferId));
  assert.equal(
    [correction?.kind, correction?.correctsGenerationId !== null, correction?.note],
    ["correction", true, "it was wrong"],
  );
});

test("many refunds at once of one generation pay it out once", async () => {
  const payer = await open();
  await buy(payer, "5");
  const { id } = await spend(payer, "1");
  const answers = await Promise.all([
    ...Array.from({ length: 6 }, () => refusal(giveBack(id))),
    ...Array.from({ length: 6 }, () => refusal(giveBack(id, "0.6"))),
  ]);
  const given = parseDollars("5") - (await balance(payer));
  assert.ok(answers.filter((answer) => answer === "").length === 1, answers.join("\n"));
  assert.ok(given === 0n || given === parseDollars("0.4"));
});

test("under one idempotency key a generation is given back once; another generation has keys of its own", async () => {
  const payer = await open();
  await buy(payer, "5");
  const [one, other] = [await spend(payer, "1"), await spend(payer, "1")];
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => giveBack(one.id, "0.25", "ticket-7")),
  );
  assert.is(answers.filter((answer) => !answer.replayed).length, 1);
  assert.not.ok((await giveBack(other.id, "0.25", "ticket-7")).replayed);
  assert.is(await balance(payer), parseDollars("3.5"));
  assert.match(await refusal(giveBack(one.id, "0.3", "ticket-7")), /^conflict: idempotencyKey/);
});

test("what is given back may be spent again, in the key's window of the generation", async () => {
  const payer = await open();
  await buy(payer, "5");
  const yesterday = new Date(Date.now() - 86_400_000);
  const [now, before] = [await spend(payer, "2"), await spend(payer, "1", yesterday)];
  await giveBack(before.id, "0.75");
  assert.is(await keyUse(payer), parseDollars("2"));
  assert.is(await keyUse(payer, yesterday), parseDollars("0.25"));
  await giveBack(now.id);
  assert.is(await keyUse(payer), 0n);
});

test("a limit that is set later does not count what was given back", async () => {
  const payer = await open();
  await buy(payer, "5");
  const { id } = await spend(payer, "2");
  await giveBack(id, "0.5");
  await db.transaction((tx) =>
    setLimit(tx, {
      organizationId: payer.id,
      subject: { kind: "key", id: payer.inference.id },
      unit: "picodollars",
      window: "month",
      scope: "",
      limit: parseDollars("9"),
    }),
  );
  const [use] = await db
    .select({ used: allowanceUses.used })
    .from(allowanceUses)
    .innerJoin(allowances, eq(allowances.id, allowanceUses.allowanceId))
    .where(and(eq(allowances.subjectId, payer.inference.id), eq(allowances.window, "month")));
  assert.is(use?.used, parseDollars("1.5"));
});

test("a limit that never counted a generation does not go below nothing when it is given back", async () => {
  const payer = await open();
  await buy(payer, "5");
  const charge = parseDollars("1").toString();
  const draws = [{ allowance: payer.credit, windowStart: epoch.toISOString(), amount: charge }];
  const record = installation.record(payer, { charge, draws });
  await installation.book(record);
  await giveBack(record.id);
  assert.is(await keyUse(payer), 0n);
  assert.is(await balance(payer), parseDollars("5"));
});

test("what was not charged, is not there, or is no generation is refused in words", async () => {
  const payer = await open();
  const free = installation.record(payer, { charge: "0" });
  await installation.book(free);
  assert.match(await refusal(giveBack(free.id)), /^conflict: generation: .* was not charged/);
  assert.match(
    await refusal(giveBack("gen-nonsense")),
    /^bad_request: generation: expected the id/,
  );
  assert.match(
    await refusal(giveBack(installation.record(payer).id)),
    /^not_found: generation: none has the id/,
  );
});

test("a grant by mistake is taken back, at most what is unspent", async () => {
  const payer = await open();
  const { transferId } = await db.transaction((tx) =>
    grantCredits(tx, { organizationId: payer.id, amount: parseDollars("10"), actor }),
  );
  await spend(payer, "4");
  assert.match(
    await refusal(correct(transferId)),
    /amount: at most 6 USD can go back now, 10 was asked for/,
  );
  assert.is((await correct(transferId, "6")).amount, parseDollars("6"));
  assert.is(await balance(payer), 0n);
});

test("a purchase whose money never came is corrected, and does not count as bought", async () => {
  const payer = await open();
  const { transferId } = await buy(payer, "10");
  await correct(transferId);
  assert.is(await readPurchased(db, payer.id), 0n);
  assert.match(await refusal(refund(transferId)), /^conflict: nothing is left/);
});

test("each kind of transfer is corrected by its own command, and refunds and corrections stand", async () => {
  const payer = await open();
  const bought = await buy(payer, "10");
  const { id } = await spend(payer, "1");
  const back = await giveBack(id, "0.5");
  const [usage] = await db
    .select({ id: transfers.id })
    .from(transfers)
    .where(
      eq(
        transfers.id,
        sql`(select corrects_transfer_id from transfers where id = ${back.transferId})`,
      ),
    );
  const refunded = await refund(bought.transferId, "1");
  assert.match(
    await refusal(correct(usage?.id ?? ("" as TransferId))),
    /^bad_request: .* generation by generation/,
  );
  assert.match(
    await refusal(correct(back.transferId)),
    /^bad_request: .* is a correction itself and stands/,
  );
  assert.match(
    await refusal(correct(refunded.transferId)),
    /^bad_request: .* is a refund itself and stands/,
  );
  assert.match(
    await refusal(refund(back.transferId)),
    /^not_found: purchase: .* is a correction; expected the id of a purchase/,
  );
  assert.match(await refusal(correct("tr_nobody" as TransferId)), /^not_found/);
});

test("a cost that the provider did not bill after all is corrected on our side only", async () => {
  const payer = await open();
  await buy(payer, "1");
  await spend(payer, "0.5");
  const [cost] = await db
    .select({ id: transfers.id, amount: transfers.amount })
    .from(transfers)
    .where(eq(transfers.kind, "cost"))
    .limit(1);
  if (!cost) throw new Error("no cost was booked");
  await correct(cost.id, "0.00000001");
  assert.match(
    await refusal(correct(cost.id, "1")),
    /^conflict: amount: expected more than 0 and at most/,
  );
  assert.is(await balance(payer), parseDollars("0.5"));
});

test("whatever is bought, granted, spent, refunded and corrected at once: nothing is overdrawn, and the books balance", async () => {
  const seed = Date.now() % 1_000_000;
  const chance = randomOf(seed);
  const random = () => chance.next();
  const payers = [await open(), await open()];
  const purchases: TransferId[] = [];
  const generations: string[] = [];
  const cents = () => `0.${String(1 + Math.floor(random() * 99)).padStart(2, "0")}`;
  const one = <Value>(of: readonly Value[]): Value | undefined =>
    of[Math.floor(random() * of.length)];
  const part = () => (random() < 0.3 ? null : cents());
  const work = async (payer: Payer): Promise<string> => {
    const dice = random();
    const amount = cents();
    const purchase = one(purchases);
    const generation = one(generations);
    if (dice < 0.2) purchases.push((await buy(payer, amount)).transferId);
    else if (dice < 0.3) {
      const { transferId } = await commit(db, (tx) =>
        grantCredits(tx, { organizationId: payer.id, amount: parseDollars(amount), actor }),
      );
      purchases.push(transferId); // not one, but may be corrected like one
    } else if (dice < 0.6) {
      if ((await lease(payer, amount)) === 0n) return "";
      generations.push((await spend(payer, amount)).id);
    } else if (dice < 0.75 && purchase) return refusal(refund(purchase, part()));
    else if (dice < 0.85 && purchase) return refusal(correct(purchase, part()));
    else if (generation) return refusal(giveBack(generation, part()));
    return "";
  };
  const refusals = new Set<string>();
  await Promise.all(
    payers
      .flatMap((payer) => [payer, payer])
      .map(async (payer) => {
        for (let round = 0; round < 20; round++)
          refusals.add((await work(payer)).replace(/[:.].*$/s, ""));
      }),
  );
  refusals.delete("");
  for (const code of refusals) assert.match(code, /^(conflict|not_found)$/, `seed ${seed}`);
  for (const payer of payers) {
    const { granted, used, leased, balance: left } = await readCredits(db, payer.id);
    assert.is(leased, 0n, `seed ${seed}`); // all that was leased was spent
    assert.ok(used >= 0n && left >= 0n && granted - used === left, `seed ${seed}: ${left} left`);
  }
  const { checks } = await reconcile(db);
  assert.equal(
    checks.flatMap((check) => check.differences),
    [],
    `seed ${seed}`,
  );
});

test("after all of this the books balance", async () => {
  const { checks } = await reconcile(db);
  assert.equal(
    checks.flatMap((check) =>
      check.differences.map((difference) => `${check.name}: ${difference}`),
    ),
    [],
  );
});

test.run();
