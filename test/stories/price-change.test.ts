// What an operator commands is in force on every gateway when the command answers.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { generationUuid } from "#schema/ids.ts";
import type { ClientAnswer } from "#test/doubles/client.ts";
import { played, rates, startInstallation, until, untilPosted } from "./installation.ts";

const slow = "slow-40-chunks-60-p11-c60";
const quick = "ok-p100-c10";
const newRates = { input: 2_000_000n, output: 9_000_001n };
const newPrice = { input: "2.00", output: "9.000001", cache_read: "0.20" };
// With two gateways, the odds that none of so many fresh connections reaches one of them are 1 in 16 million.
const everyGateway = 24;

const installation = await startInstallation({
  models: [played(slow), played(quick), played("ok-p5-c5")],
});
const { acme, admin, chat, sql } = installation;
let organizations = 0;
const price = suite("price change");
const keys = suite("keys");
const credit = suite("credit");
credit.after(() => installation.close()); // the last to run

price("applies to the very next request, and not to one that is under way", async () => {
  const before = await chat(`acme/${slow}`, { stream: true });
  await before.next();
  const published = await admin.prices.publish.mutate({
    model: `acme/${slow}`,
    provider: "acme",
    charge: newPrice,
  });
  assert.is(published.appliedEverywhere, true);
  assert.is(published.unchanged, false);
  assert.is(acme.served.length, 0, "the answer ended before the price changed");

  // Not streamed, the double has no reason to be slow.
  const after = await times(everyGateway, () => chat(`acme/${slow}`));
  await before.rest();
  assert.is(before.ending(), "clean");
  await untilPosted(installation, 1 + everyGateway);
  const charges = await chargesOf([before, ...after]);
  assert.is(charges[0], 11n * rates.input + 60n * rates.output);
  for (const charge of charges.slice(1)) {
    assert.is(charge, 11n * newRates.input + 60n * newRates.output);
  }
});

price("that takes effect later does not apply now", async () => {
  await admin.prices.publish.mutate({
    model: `acme/${quick}`,
    provider: "acme",
    charge: newPrice,
    effectiveAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const answer = (await (await chat(`acme/${quick}`)).json()) as { usage: { cost: number } };
  assert.is(answer.usage.cost, 0.0000493); // 100 × 0.37 + 10 × 1.23 USD per million
});

keys("a key works on every gateway as soon as it is minted", async () => {
  const { key } = await admin.keys.mint.mutate({ name: "new" });
  const answers = await times(everyGateway, () => chat("acme/ok-p5-c5", {}, { key }));
  assert.equal([...new Set(answers.map(({ status }) => status))], [200]);
});

keys("a revoked key is refused on every gateway within one second", async () => {
  const { id, key } = await admin.keys.mint.mutate({ name: "to be revoked" });
  await times(everyGateway, () => chat("acme/ok-p5-c5", {}, { key }));
  await knownToBothGateways(id);

  const revokedAt = performance.now();
  const { appliedEverywhere } = await admin.keys.revoke.mutate({ key: id });
  const revokedMs = performance.now() - revokedAt;
  const answers = await times(everyGateway, () => chat("acme/ok-p5-c5", {}, { key }));
  assert.equal([...new Set(answers.map(({ status }) => status))], [401]);
  assert.is(appliedEverywhere, true);
  assert.ok(revokedMs < 1_000, `${revokedMs} ms`);
});

keys("a disabled key is refused, and works again when it is enabled", async () => {
  const { id, key } = await admin.keys.mint.mutate({ name: "paused" });
  for (const [disabled, status] of [
    [true, 401],
    [false, 200],
  ] as const) {
    await admin.keys.update.mutate({ key: id, disabled });
    const answers = await times(everyGateway, () => chat("acme/ok-p5-c5", {}, { key }));
    assert.equal([...new Set(answers.map((answer) => answer.status))], [status]);
  }
});

keys("a request beyond a key's limit is refused with 403 and a number that passes", async () => {
  const { key } = await admin.keys.mint.mutate({ name: "small", limit: "0.0005" });
  await refusedThenPasses(key, { status: 403, source: "openrouter_key_limit" });
});

credit("a request beyond the credit is refused with 402 and a number that passes", async () => {
  const { key } = await organizationWith("0.0005");
  await refusedThenPasses(key, { status: 402, source: "openrouter_credits" });
});

credit("without max_tokens, an account that can pay a little is answered", async () => {
  const { key } = await organizationWith("0.0005");
  assert.is((await chat("acme/ok-p5-c5", {}, { key })).status, 200);
});

credit("that is granted makes a refused account work at once, on every gateway", async () => {
  const { slug, key } = await organizationWith(null);
  const refused = await times(everyGateway, () => chat("acme/ok-p5-c5", {}, { key }));
  assert.equal([...new Set(refused.map(({ status }) => status))], [402]);
  await admin.credits.grant.mutate({ organization: slug, amount: "5.00" });
  const answered = await times(everyGateway, () => chat("acme/ok-p5-c5", {}, { key }));
  assert.equal([...new Set(answered.map(({ status }) => status))], [200]);
});

credit("a suspended organization is refused, and works again when it is active", async () => {
  const { slug, key } = await organizationWith("5.00");
  for (const [state, status] of [
    ["active", 200],
    ["suspended", 403],
    ["active", 200],
  ] as const) {
    await admin.organizations.update.mutate({ organization: slug, status: state });
    const answers = await times(everyGateway, () => chat("acme/ok-p5-c5", {}, { key }));
    assert.equal([...new Set(answers.map((answer) => answer.status))], [status], state);
  }
});

type Denied = { error: { message: string; metadata: Record<string, unknown> } };

async function refusedThenPasses(
  key: string,
  expected: { status: number; source: string },
): Promise<void> {
  const asking = (max_tokens: number) => chat("acme/ok-p5-c5", { max_tokens }, { key });
  const refused = await asking(8_000);
  assert.is(refused.status, expected.status);
  const { error } = (await refused.json()) as Denied;
  const { affordable_max_tokens: affordable, limit_source: source } = error.metadata;
  assert.is(source, expected.source);
  assert.type(affordable, "number");
  assert.match(error.message, `can only afford ${String(affordable)}`);
  assert.is((await asking(Number(affordable))).status, 200);
}

async function organizationWith(credits: string | null): Promise<{ slug: string; key: string }> {
  const slug = `org-${++organizations}`;
  await admin.organizations.create.mutate({ slug, name: slug });
  if (credits !== null) await admin.credits.grant.mutate({ organization: slug, amount: credits });
  const { key } = await admin.keys.mint.mutate({ organization: slug, name: "app" });
  return { slug, key };
}

async function times(count: number, work: () => Promise<ClientAnswer>): Promise<ClientAnswer[]> {
  const answers = await Promise.all(Array.from({ length: count }, work));
  await Promise.all(answers.map((answer) => answer.text()));
  return answers;
}

/** Picodollars, in the order of the answers. */
async function chargesOf(answers: readonly ClientAnswer[]): Promise<bigint[]> {
  const rows = await sql<{ id: string; charge: string }[]>`select id, charge from generations`;
  const charges = new Map(rows.map(({ id, charge }) => [id, BigInt(charge)]));
  return answers.map(({ headers }) => {
    const id = String(headers["x-generation-id"]);
    const charge = charges.get(generationUuid(id) ?? "");
    if (charge === undefined) throw new Error(`${id} is not booked`);
    return charge;
  });
}

/** Proves that a key was in the memory of both gateways. */
async function knownToBothGateways(keyId: string): Promise<void> {
  await until(async () => {
    const [row] = await sql<{ count: number }[]>`
      select count(distinct gateway_id)::int as count from generations where key_id = ${keyId}`;
    return row?.count === 2;
  }, "both gateways have answered for the key");
}

price.run();
keys.run();
credit.run();
