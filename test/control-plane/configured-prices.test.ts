// Prices in the config file: every condition, what is to come, customers of their own; exported and applied, nothing changes.
import * as fc from "fast-check";
import { eq } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { sameTimeline } from "#control/catalogue/price-timeline.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { withdrawPrice } from "#control/catalogue/withdraw-price.ts";
import { readPriceLists } from "#control/catalogue/read-price-lists.ts";
import { applyConfiguration } from "#control/configuration/apply-configuration.ts";
import {
  exportConfiguration,
  writeConfiguration,
} from "#control/configuration/export-configuration.ts";
import {
  ConfigurationError,
  parseConfiguration,
} from "#control/configuration/parse-configuration.ts";
import { openDatabase, type Database } from "#schema/database.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { endpoints, priceLines, prices, providers } from "#schema/tables/catalogue.ts";
import { organizations } from "#schema/tables/organizations.ts";
import { testDatabase } from "#test/database.ts";
import { anyPriceList } from "./any-price-list.ts";

const test = suite("configured prices");
const one = await testDatabase();
const opened = openDatabase(one.url, { connectionsMax: 2, name: "configured prices" });
const { db } = opened;
const two = await testDatabase();
const elsewhere = openDatabase(two.url, { connectionsMax: 2, name: "configured prices" });
test.after(async () => {
  await opened.close();
  await elsewhere.close();
  await one.close();
  await two.close();
});

const start = new Date("2026-11-25T12:00:00Z");
const file = (charge: string, rest = "") => `
providers: [{slug: acme, protocol: openai-chat, base_url: "https://acme.test/v1"}]
models:
  - id: acme/big
    context_length: 8192
    endpoints:
      - provider: acme
        upstream_model: big
        charge: ${charge}
organizations:
  - slug: demo
${rest}`;

async function apply(text: string, now = start, on: Database = db): Promise<string[]> {
  const { changes } = await on.transaction(async (tx) => {
    const known = await tx.select({ slug: providers.slug }).from(providers);
    const configuration = parseConfiguration(
      text,
      known.map(({ slug }) => slug),
    );
    const context = { masterKey: "ab".repeat(32), environment: {}, actor: "test", now };
    return applyConfiguration(tx, configuration, context);
  });
  return changes;
}
const exported = (now = start, on: Database = db) =>
  on.transaction(async (tx) => writeConfiguration(await exportConfiguration(tx, now), "yaml"));
const chargeIn = (text: string): unknown =>
  (parse(text) as { models: { endpoints: { charge: unknown }[] }[] }).models[0]?.endpoints[0]
    ?.charge;

function problemsOf(text: string): string[] {
  try {
    parseConfiguration(text);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

const full = `
          input: "1.00"
          output: "2.00"
          tiers: [{above_input_tokens: 200000, input: "2.00", output: "3.00"}]
          hours:
            - at: mon,tue 16:30-00:30
              input: "0.50"
              output: "1.00"
              tiers: [{above_input_tokens: 200000, input: "1.00", output: "1.50"}]
          service_tiers:
            flex: {input: "0.40", output: "0.80", tiers: [{above_input_tokens: 200000, input: "0.80", output: "1.20"}]}`;

test("a list with tiers, hours and service tiers is exported as it was written, and is unchanged the second time", async () => {
  assert.ok((await apply(file(full))).includes("charge of acme/big at acme published"));
  assert.equal(await apply(file(full)), []);
  const text = await exported();
  assert.equal(chargeIn(text), parse(full));
  assert.equal(await apply(text), []);
});

test("several lists hold one after the other, and are still unchanged when the first is over", async () => {
  const lists = `
          - {input: "1.00", output: "2.00"}
          - {effective_at: 2027-01-01T00:00:00Z, expires_at: 2027-02-01T00:00:00Z, input: "3.00", output: "4.00"}
          - {effective_at: 2027-06-01T00:00:00Z, input: "5.00", output: "6.00"}`;
  assert.is((await apply(file(lists))).length, 3);
  assert.equal(await apply(file(lists)), []);
  const january = new Date("2027-01-15T00:00:00Z");
  assert.equal(await apply(file(lists), january), []);
  assert.equal(chargeIn(await exported(january)), [
    { input: "3.00", output: "4.00" },
    { effective_at: "2027-02-01T00:00:00.000Z", input: "1.00", output: "2.00" },
    { effective_at: "2027-06-01T00:00:00.000Z", input: "5.00", output: "6.00" },
  ]);
  assert.equal(await apply(await exported(january), january), []);
  const july = new Date("2027-07-15T00:00:00Z");
  assert.equal(chargeIn(await exported(july)), { input: "5.00", output: "6.00" });
});

test("a customer's own list is applied, exported, and withdrawn by saying so", async () => {
  const now = new Date("2028-01-01T00:00:00Z");
  const own = (charge: string) =>
    file(
      '{input: "1.00", output: "2.00"}',
      `    prices: [{model: acme/big, provider: acme, charge: ${charge}}]`,
    );
  assert.ok(
    (await apply(own('{input: "0.90", output: "1.80"}'), now)).includes(
      "charge of acme/big at acme for demo published",
    ),
  );
  assert.equal(await apply(await exported(now), now), []);
  assert.match(
    await exported(now),
    /prices:\n +- model: acme\/big\n +provider: acme\n +upstream_model: big\n +charge: \{input: "0.90"/,
  );
  assert.equal(await apply(own("{withdrawn: true}"), now), [
    "charge of acme/big at acme for demo withdrawn",
  ]);
  assert.equal(await apply(own("{withdrawn: true}"), now), []);
  assert.not.match(await exported(now), /prices:/);
});

for (const { name, charge, problem } of [
  {
    name: "an expiry before the start",
    charge:
      "{effective_at: 2027-02-01T00:00:00Z, expires_at: 2027-01-01T00:00:00Z, input: 1, output: 2}",
    problem: "models[0].endpoints[0].charge.expires_at: is not after effective_at",
  },
  {
    name: "an instant that is none",
    charge: "{effective_at: tomorrow, input: 1, output: 2}",
    problem:
      "models[0].endpoints[0].charge.effective_at: expected an instant such as 2027-01-01T00:00:00Z",
  },
  {
    name: "two lists from one instant on",
    charge: "[{input: 1, output: 2}, {input: 3, output: 4}]",
    problem:
      "models[0].endpoints[0].charge[1].effective_at: is the start of another list too; expected one list at a time",
  },
  {
    name: "a withdrawal with prices",
    charge: "{withdrawn: true, input: 1}",
    problem:
      "models[0].endpoints[0].charge.withdrawn: a list that is withdrawn has no prices and no expires_at",
  },
  {
    name: "an empty list, which is no way to withdraw",
    charge: "{}",
    problem:
      'models[0].endpoints[0].charge.input: is missing; a model without a complete price is refused, and "0" makes it free',
  },
  {
    name: "no lists",
    charge: "[]",
    problem: "models[0].endpoints[0].charge: expected 1 to 50 price lists",
  },
  {
    name: "a price of hours that is none",
    charge: '{input: 1, output: 2, hours: [{at: "00:00-08:00", input: cheap}]}',
    problem:
      'models[0].endpoints[0].charge.hours[0].input: expected an amount in USD as plain decimal text with at most 12 decimals, such as "12.50"; got "cheap"',
  },
]) {
  test(`refused with its place: ${name}`, () => {
    const found = problemsOf(file(charge));
    assert.ok(found.includes(problem), found.join("\n"));
  });
}

test("whatever was published, an export applied changes nothing, and rebuilds the same prices elsewhere", async () => {
  await apply(file('{input: "1.00", output: "2.00"}'));
  const [endpoint] = await db.select().from(endpoints).where(eq(endpoints.modelId, "acme/big"));
  const [demo] = await db.select().from(organizations).where(eq(organizations.slug, "demo"));
  assert.ok(endpoint && demo);
  const hour = 3_600_000;
  const step = fc.record({
    lines: fc.option(anyPriceList, { freq: 4 }), // null withdraws
    startsIn: fc.constantFrom(0, 0, 1, 2, 3),
    lastsFor: fc.option(fc.constantFrom(1, 2)),
    side: fc.constantFrom("charge" as const, "cost" as const),
    own: fc.boolean(),
  });
  let clockMs = Date.parse("2030-01-01T00:00:00Z"); // every run begins where all that went before is over
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      clockMs += 10 * hour;
      const now = new Date(clockMs);
      for (const { lines, startsIn, lastsFor, side, own } of steps) {
        const organizationId: OrganizationId | null = own && side === "charge" ? demo.id : null;
        const effectiveAt = new Date(clockMs + startsIn * hour);
        const to = {
          endpointId: endpoint.id,
          side,
          organizationId,
          effectiveAt,
          publishedBy: "test",
        };
        await db.transaction(async (tx) => {
          if (lines === null) await withdrawPrice(tx, to);
          else {
            const expiresAt =
              lastsFor === null ? null : new Date(effectiveAt.getTime() + lastsFor * hour);
            await publishPrice(tx, { ...to, lines, expiresAt });
          }
        });
      }
      const text = await exported(now);
      assert.equal(await apply(text, now), [], text);
      assert.is(await exported(now), text);

      await elsewhere.db.delete(priceLines);
      await elsewhere.db.delete(prices);
      await apply(text, now, elsewhere.db);
      assert.is(await exported(now, elsewhere.db), text);
      for (const side of ["charge", "cost"] as const) {
        const general = async (on: Database) =>
          (await readPriceLists(on, { side, organizationId: null })).toSorted(
            (a, b) => a.effectiveAtMs - b.effectiveAtMs,
          );
        assert.ok(sameTimeline(await general(db), await general(elsewhere.db), clockMs), text);
      }
    }),
    { numRuns: 8, includeErrorInReport: true, endOnFailure: true },
  );
});

test.run();
