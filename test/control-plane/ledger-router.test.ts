// The books over a real socket: who may see and move what, and that pages add up to what totals say.
import { TRPCClientError } from "@trpc/client";
import { sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { mintKey } from "#control/keys/mint-key.ts";
import { startServer } from "#control/server.ts";
import { createAdminClient, type AdminClient } from "#control/trpc/admin.ts";
import { parseDollars } from "#schema/money/amount.ts";
import type { Role } from "#schema/tables/organizations.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { acme, globex, operatorKey, runtime } = installation;
const { db } = runtime;
const server = await startServer(runtime, { host: "127.0.0.1", port: 0 });
const client = (key: string) => createAdminClient({ origin: server.origin, key });
const keyOf = async (role: Role) =>
  (
    await mintKey(db, {
      organizationId: acme.id,
      kind: "management",
      role,
      name: role,
      limit: null,
      limitReset: null,
      expiresAt: null,
    })
  ).key;
const operator = client(operatorKey);
const billing = client(await keyOf("billing"));
const viewer = client(await keyOf("viewer"));
const developer = client(await keyOf("developer"));

const test = suite("ledger over tRPC");
test.after(async () => {
  await server.stop();
  await installation.close();
});

const refusal = async (work: Promise<unknown>): Promise<{ status: number; message: string }> => {
  try {
    await work;
    return { status: 200, message: "" };
  } catch (error) {
    if (!(error instanceof TRPCClientError)) throw error;
    const status = (error.data as { httpStatus?: number } | null)?.httpStatus ?? 0;
    return { status, message: error.message };
  }
};

const [credit] = await db.execute<{ id: string }>(
  sql`select id from allowances where subject_id = ${acme.id} and unit = 'picodollars' and window_kind = 'lifetime'`,
);
const charge = "250000000001";
const draws = [
  { allowance: credit?.id ?? "", windowStart: new Date(0).toISOString(), amount: charge },
];
const generations = Array.from({ length: 3 }, () => installation.record(acme, { charge, draws }));
await installation.book(...generations);
const from = "2026-01-01T00:00:00Z";
const bought = await operator.credits.purchase.mutate({
  organization: "acme",
  amount: "10",
  reference: "pi_1",
});
const theirs = await operator.credits.grant.mutate({ organization: "globex", amount: "1" });

const commands: { name: string; call: (as: AdminClient) => Promise<unknown>; owner: number }[] = [
  { name: "ledger.accounts", call: (as) => as.ledger.accounts.query(), owner: 200 },
  { name: "ledger.entries", call: (as) => as.ledger.entries.query(), owner: 200 },
  { name: "ledger.balanceAt", call: (as) => as.ledger.balanceAt.query({ at: from }), owner: 200 },
  {
    name: "ledger.statement",
    call: (as) => as.ledger.statement.query({ from: new Date(Date.now() - 1000).toISOString() }),
    owner: 200,
  },
  {
    name: "ledger.usage",
    call: (as) => as.ledger.usage.query({ from: new Date(Date.now() - 1000).toISOString() }),
    owner: 200,
  },
  {
    name: "ledger.transfer",
    call: (as) => as.ledger.transfer.query({ transfer: bought.transferId }),
    owner: 200,
  },
  {
    name: "ledger.transfer of another organization",
    call: (as) => as.ledger.transfer.query({ transfer: theirs.transferId }),
    owner: 404,
  },
  {
    name: "ledger.statement of another organization",
    call: (as) => as.ledger.statement.query({ organization: globex.slug, from }),
    owner: 403,
  },
  {
    name: "credits.purchase",
    call: (as) =>
      as.credits.purchase.mutate({ organization: "acme", amount: "1", reference: "mine" }),
    owner: 403,
  },
  {
    name: "credits.refundPurchase",
    call: (as) =>
      as.credits.refundPurchase.mutate({ purchase: bought.transferId, reference: "mine" }),
    owner: 403,
  },
  {
    name: "credits.refundGeneration",
    call: (as) =>
      as.credits.refundGeneration.mutate({ generation: generations[0]?.id ?? "", reason: "free" }),
    owner: 403,
  },
  {
    name: "credits.correct",
    call: (as) => as.credits.correct.mutate({ transfer: bought.transferId, reason: "free" }),
    owner: 403,
  },
];
for (const { name, call, owner } of commands) {
  test(`${name} asks who may`, async () => {
    const status = async (as: AdminClient) => (await refusal(call(as))).status;
    assert.is(await status(client(acme.management.key)), owner);
    assert.is(await status(billing), owner);
    assert.is(await status(viewer), 403);
    assert.is(await status(developer), 403);
    assert.is(await status(client(acme.inference.key)), 403);
    assert.is(await status(client("sk-tp-v1-nonsense")), 401);
  });
}

test("an organization sees its own account only, an operator everybody's and the house's", async () => {
  const own = await billing.ledger.accounts.query();
  assert.equal(
    own.rows.map(({ kind, organization }) => [kind, organization]),
    [["credit", "acme"]],
  );
  const all = await operator.ledger.accounts.query({ limit: 100 });
  assert.ok(all.rows.some(({ kind }) => kind === "cash"));
  assert.ok(all.rows.some(({ organization }) => organization === "globex"));
  const house = all.rows.find(({ kind }) => kind === "revenue");
  assert.is(
    (await refusal(billing.ledger.entries.query({ account: house?.id ?? "" }))).status,
    404,
  );
  assert.is((await operator.ledger.entries.query({ account: house?.id ?? "" })).rows.length, 1);
});

test("of the other side of a transfer an organization is not told the balance", async () => {
  const of = async (as: AdminClient) =>
    (await as.ledger.transfer.query({ transfer: bought.transferId })).sides.map(
      ({ kind, balanceAfter }) => [kind, balanceAfter],
    );
  assert.equal(await of(operator), [
    ["cash", "-10"],
    ["credit", "34.249999999997"],
  ]);
  assert.equal(await of(billing), [
    ["cash", null],
    ["credit", "34.249999999997"],
  ]);
});

test("a statement's pages are one period, and add up to its totals and balances", async () => {
  const first = await billing.ledger.statement.query({ from, limit: 1 });
  await operator.credits.grant.mutate({ organization: "acme", amount: "7" }); // meanwhile
  const amounts = first.lines.rows.map(({ amount }) => parseDollars(amount) as bigint);
  for (let { next } = first.lines; next !== null;) {
    const page: typeof first = await billing.ledger.statement.query({
      from,
      limit: 1,
      after: next,
    });
    assert.is(page.closing, first.closing);
    amounts.push(...page.lines.rows.map(({ amount }) => parseDollars(amount) as bigint));
    next = page.lines.next;
  }
  const sum = (all: readonly bigint[]) => all.reduce((total, amount) => total + amount, 0n);
  assert.is(parseDollars(first.opening) + sum(amounts), parseDollars(first.closing));
  assert.is(sum((first.totals ?? []).map(({ amount }) => parseDollars(amount))), sum(amounts));
  const usage = await billing.ledger.usage.query({ from, to: first.to });
  assert.equal(
    usage.rows.map(({ model, key, generations: many, charged }) => [
      model,
      key?.name,
      many,
      charged,
    ]),
    [["acme/big-1", "app", 3, "0.750000000003"]],
  );
});

test("the balance then is what a statement until then closes with", async () => {
  const now = await billing.ledger.balanceAt.query({ at: "2999-01-01T00:00:00Z" });
  assert.ok(Date.parse(now.at) <= Date.now()); // not later than what is settled
  const { closing } = await billing.ledger.statement.query({ from, to: now.at });
  assert.is(now.balance, closing);
  assert.is((await billing.ledger.balanceAt.query({ at: from })).balance, "0");
});

test("money goes back by command, and the statement says so", async () => {
  const [generation] = generations;
  const back = await operator.credits.refundGeneration.mutate({
    generation: generation?.id ?? "",
    amount: "0.05",
    reason: "slow",
    idempotencyKey: "t1",
  });
  assert.equal([back.amount, back.remaining, back.replayed], ["0.05", "0.200000000001", false]);
  const refunded = await operator.credits.refundPurchase.mutate({
    purchase: bought.transferId,
    amount: "4",
    reference: "re_1",
  });
  assert.equal([refunded.amount, refunded.appliedEverywhere], ["4", true]);
  const grant = await operator.credits.grant.mutate({ organization: "acme", amount: "2" });
  const undone = await operator.credits.correct.mutate({
    transfer: grant.transferId,
    reason: "twice",
  });
  assert.is(undone.amount, "2");
  const { totals } = await billing.ledger.statement.query({ from });
  assert.equal(
    totals?.map(({ kind, corrects, amount }) => [kind, corrects, amount]),
    [
      ["correction", "grant", "-2"],
      ["correction", "usage", "0.05"],
      ["grant", null, "34"],
      ["purchase", null, "10"],
      ["refund", "purchase", "-4"],
      ["usage", null, "-0.750000000003"],
    ],
  );
  assert.equal(
    (await operator.credits.reconcile.query()).checks.flatMap((check) => check.differences),
    [],
  );
});

for (const { name, call, says } of [
  {
    name: "a period that ends before it begins",
    call: () =>
      operator.ledger.statement.query({
        organization: "acme",
        from: "2026-02-01T00:00:00Z",
        to: "2026-01-01T00:00:00Z",
      }),
    says: /^from: expected an instant before 2026-01-01T00:00:00\.000Z/,
  },
  {
    name: "a period of years",
    call: () =>
      operator.ledger.statement.query({ organization: "acme", from: "2016-02-01T00:00:00Z" }),
    says: /^from: a period has at most 366 days/,
  },
  {
    name: "a cursor that is none",
    call: () => operator.ledger.statement.query({ organization: "acme", from, after: "x" }),
    says: /^after: expected `next` of the page before/,
  },
  {
    name: "a transfer's id that is none",
    call: () => operator.ledger.transfer.query({ transfer: "x" }),
    says: /^transfer: expected the id of a transfer/,
  },
  {
    name: "an account and an organization at once",
    call: () => operator.ledger.entries.query({ account: "acct_x", organization: "acme" }),
    says: /^account: expected an account or an organization, not both/,
  },
  {
    name: "a purchase without the payment's id",
    call: () =>
      operator.credits.purchase.mutate({ organization: "acme", amount: "1", reference: " " }),
    says: /^reference: expected the payment's own id/,
  },
  {
    name: "a correction without a reason",
    call: () => operator.credits.correct.mutate({ transfer: "tr_x", reason: "" }),
    says: /^reason: expected a reason/,
  },
]) {
  test(`${name} is refused, and says what was expected`, async () => {
    const { status, message } = await refusal(call());
    assert.is(status, 400);
    assert.match(message, says);
  });
}

test.run();
