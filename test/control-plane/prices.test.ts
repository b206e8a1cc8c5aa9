// Price lists with every condition: what is written is what is stored, what is unclear is refused, nothing is edited.
import * as fc from "fast-check";
import { and, eq } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clearUnpriced } from "#control/catalogue/clear-unpriced.ts";
import { listPrices } from "#control/catalogue/list-prices.ts";
import { listUnpriced } from "#control/catalogue/list-unpriced.ts";
import { parsePriceList, readPriceList } from "#control/catalogue/parse-price-list.ts";
import type { PriceList } from "#control/catalogue/price-list.ts";
import { signatureOf } from "#control/catalogue/price-timeline.ts";
import { publishPrice, type PublishPriceInput } from "#control/catalogue/publish-price.ts";
import { withdrawPrice } from "#control/catalogue/withdraw-price.ts";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import { readPriceLists } from "#control/catalogue/read-price-lists.ts";
import { writePriceList } from "#control/catalogue/write-price-list.ts";
import type { EndpointId } from "#schema/ids.ts";
import { listAt } from "#schema/money/in-force.ts";
import { atInstant, unitPrice } from "#schema/money/price.ts";
import { prices } from "#schema/tables/catalogue.ts";
import { unpricedUsage } from "#schema/tables/generations.ts";
import { anyPriceList } from "./any-price-list.ts";
import { codeOf } from "./code-of.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { providerId, runtime, acme, globex } = installation;
const { db } = runtime;
const test = suite("prices");
test.after(() => installation.close());

test("every list that may be published reads back as it was written", () => {
  fc.assert(
    fc.property(anyPriceList, (lines) => {
      const written = writePriceList(lines);
      assert.is(signatureOf(parsePriceList(written, "charge", "charge")), signatureOf(lines));
      const throughJson = JSON.parse(JSON.stringify(written)) as unknown;
      assert.equal(writePriceList(parsePriceList(throughJson, "charge")), written);
    }),
    { numRuns: 200 },
  );
});

const base = { input: "1", output: "2" };
const problems: { name: string; list: unknown; path: string; message: RegExp }[] = [
  {
    name: "a word that is not priced",
    list: { ...base, thinking: "1" },
    path: "thinking",
    message: /is not priced; expected one of input, output/,
  },
  {
    name: "a tier with both edges",
    list: { ...base, tiers: [{ above_input_tokens: 5, from_input_tokens: 6, input: "1" }] },
    path: "tiers.0",
    message: /one of them/,
  },
  {
    name: "a tier without an edge",
    list: { ...base, tiers: [{ input: "1" }] },
    path: "tiers.0",
    message: /above_input_tokens .* or from_input_tokens/,
  },
  {
    name: "a tier from the first token, which is no tier",
    list: { ...base, tiers: [{ from_input_tokens: 1, input: "1" }] },
    path: "tiers.0.from_input_tokens",
    message: /from 2 to/,
  },
  {
    name: "a tier twice, also when its edge is written in two ways",
    list: {
      ...base,
      tiers: [
        { above_input_tokens: 9, input: "1" },
        { from_input_tokens: 10, input: "2" },
      ],
    },
    path: "tiers.1.input",
    message: /second price for input above 9 input tokens/,
  },
  {
    name: "hours that are none",
    list: { ...base, hours: [{ at: "night", ...base }] },
    path: "hours.0.at",
    message: /expected hours in UTC such as "16:30-00:30"/,
  },
  {
    name: "hours that overlap, around midnight too",
    list: {
      ...base,
      hours: [
        { at: "mon 22:00-06:00", input: "1" },
        { at: "tue 05:00-07:00", input: "2" },
      ],
    },
    path: "hours.1.input",
    message: /tue 05:00-07:00 overlap with mon 22:00-06:00/,
  },
  {
    name: "hours without a length that holds at other times",
    list: {
      ...base,
      tiers: [{ above_input_tokens: 10, input: "3" }],
      hours: [{ at: "00:00-08:00", input: "0.5" }],
    },
    path: "hours.0.input",
    message: /input has a price above 10 input tokens otherwise, and none for 00:00-08:00/,
  },
  {
    name: "a service tier without a length that holds without it",
    list: {
      ...base,
      tiers: [{ above_input_tokens: 10, input: "3" }],
      service_tiers: { flex: { input: "0.5", output: "1" } },
    },
    path: "service_tiers.flex.input",
    message: /none for service tier flex/,
  },
  {
    name: "a service tier without output",
    list: { ...base, service_tiers: { flex: { input: "0.5" } } },
    path: "service_tiers.flex.output",
    message: /is missing/,
  },
  {
    name: "a service tier in capitals",
    list: { ...base, service_tiers: { Flex: base } },
    path: "service_tiers.Flex",
    message: /in lower case/,
  },
  {
    name: "input at some hours only",
    list: { output: "2", hours: [{ at: "00:00-08:00", input: "1" }] },
    path: "input",
    message: /is missing/,
  },
  {
    name: "conditions in the wrong order",
    list: { ...base, tiers: [{ above_input_tokens: 5, input: "1", hours: [] }] },
    path: "tiers.0.hours",
    message: /hours hold tiers/,
  },
  {
    name: "a price that nobody means",
    list: { input: "1000001", output: "2" },
    path: "input",
    message: /at most 1000000 USD/,
  },
  {
    name: "a price that cannot be charged exactly",
    list: { input: "0.0000001", output: "2" },
    path: "input",
    message: /at most 6 decimals/,
  },
  { name: "a list that is text", list: "1.00", path: "", message: /expected prices/ },
  { name: "nothing", list: null, path: "", message: /expected prices/ },
];
for (const { name, list, path, message } of problems) {
  test(`refused, with the field and what was expected: ${name}`, () => {
    const found = readPriceList(list, "charge").problems;
    assert.ok(
      found.some((problem) => problem.path.join(".") === path && message.test(problem.message)),
      JSON.stringify(found),
    );
  });
}

test("a tier from N on is stored as above N − 1, and written so", () => {
  const lines = parsePriceList(
    { ...base, tiers: [{ from_input_tokens: 272_000, input: "2", output: "3" }] },
    "charge",
  );
  assert.equal(writePriceList(lines).tiers, [
    { above_input_tokens: 271_999, input: "2.00", output: "3.00" },
  ]);
});

test("a free word is not what anybody is charged twice for: every word has its meter", () => {
  const lines = parsePriceList(
    {
      input: "1",
      output: "2",
      cache_read: "3",
      cache_write: "4",
      cache_write_1h: "5",
      reasoning: "6",
      audio_input: "7",
      audio_output: "8",
      image: "9",
      image_output: "10",
      request: "11",
      web_search: "12",
    },
    "charge",
  );
  assert.is(new Set(lines.map((line) => line.meter)).size, 12);
  assert.is(unitPrice({ id: "", lines }, "web_search", 0n), 12_000_000_000_000n as never);
});

const endpointOf = async (name: string): Promise<EndpointId> => {
  await putModel(db, {
    id: `acme/${name}`,
    name,
    contextLength: 8192,
    maxOutputTokens: null,
    inputModalities: ["text"],
    outputModalities: ["text"],
    supportedParameters: [],
  });
  return (await putEndpoint(db, { modelId: `acme/${name}`, providerId, upstreamModel: name })).id;
};
const publish = (endpointId: EndpointId, list: PriceList, more: Partial<PublishPriceInput> = {}) =>
  db.transaction((tx) =>
    publishPrice(tx, {
      endpointId,
      side: "charge",
      lines: parsePriceList(list, "charge"),
      effectiveAt: new Date(),
      publishedBy: "test",
      ...more,
    }),
  );
const withdraw = (endpointId: EndpointId, more: Partial<PublishPriceInput> = {}) =>
  db.transaction((tx) =>
    withdrawPrice(tx, {
      endpointId,
      side: "charge",
      effectiveAt: new Date(),
      publishedBy: "test",
      ...more,
    }),
  );
const listNow = async (
  endpointId: EndpointId,
  organizationId: PublishPriceInput["organizationId"] = null,
  atMs = Date.now(),
) =>
  listAt(
    await readPriceLists(db, {
      endpointIds: [endpointId],
      side: "charge",
      organizationId: organizationId ?? null,
    }),
    atMs,
  );

test("conditions survive the database, and hold when they say", async () => {
  const endpointId = await endpointOf("conditions");
  await publish(endpointId, {
    ...base,
    hours: [{ at: "sun,sat 00:00-00:00", input: "0.5", output: "1" }],
    service_tiers: { flex: { input: "0.4", output: "0.8" } },
  });
  const list = await listNow(endpointId);
  assert.ok(list);
  const saturday = atInstant(list, Date.parse("2026-11-28T12:00:00Z"));
  const monday = atInstant(list, Date.parse("2026-11-30T12:00:00Z"));
  assert.is(unitPrice(saturday, "input", 0n), 500_000n as never);
  assert.is(unitPrice(monday, "input", 0n), 1_000_000n as never);
  assert.is(unitPrice(monday, "input", 0n, "flex"), 400_000n as never);
  assert.equal(writePriceList(list.lines).hours?.[0]?.at, "sat,sun 00:00-00:00");
});

test("hours, tier, expiry or organization alone make a list another list", async () => {
  const endpointId = await endpointOf("other");
  const first = await publish(endpointId, base);
  const soon = new Date(Date.now() + 3_600_000);
  for (const { list = base, more = {} } of [
    { list: { ...base, hours: [{ at: "00:00-08:00", ...base }] } },
    { list: { ...base, service_tiers: { flex: base } } },
    { list: { ...base, tiers: [{ above_input_tokens: 5, ...base }] } },
    { more: { expiresAt: soon } },
    { more: { organizationId: acme.id } },
  ] as { list?: PriceList; more?: Partial<PublishPriceInput> }[]) {
    assert.not.ok((await publish(endpointId, list, more)).unchanged, JSON.stringify(list));
    assert.ok((await publish(endpointId, list, more)).unchanged, JSON.stringify(list));
  }
  assert.is((await db.select().from(prices).where(eq(prices.endpointId, endpointId))).length, 6);
  assert.not.ok((await publish(endpointId, base)).id === first.id);
});

test("hours in another order of days are the same hours", async () => {
  const endpointId = await endpointOf("days");
  const lines = (hours: string) =>
    parsePriceList(base, "charge").flatMap((line) => [line, { ...line, hours }]);
  const first = await publish(endpointId, base, { lines: lines("tue,mon 08:00-09:00") });
  assert.is(
    (await publish(endpointId, base, { lines: lines("mon,tue 08:00-09:00") })).id,
    first.id,
  );
});

test("a list that expires gives way to the one before it", async () => {
  const endpointId = await endpointOf("expires");
  const until = new Date(Date.now() + 60_000);
  const plain = await publish(endpointId, base);
  const offer = await publish(endpointId, { input: "0.5", output: "1" }, { expiresAt: until });
  assert.is((await listNow(endpointId))?.id, offer.id);
  assert.is((await listNow(endpointId, null, until.getTime() - 1))?.id, offer.id);
  assert.is((await listNow(endpointId, null, until.getTime()))?.id, plain.id);
  assert.is(
    await codeOf(publish(endpointId, base, { effectiveAt: until, expiresAt: until })),
    "bad_request",
  );
});

test("a customer's own list is nobody else's, and its withdrawal gives the general one back", async () => {
  const endpointId = await endpointOf("own");
  await publish(endpointId, base);
  await publish(endpointId, { input: "0.5", output: "1" }, { organizationId: acme.id });
  assert.ok(await listNow(endpointId, acme.id));
  assert.is(await listNow(endpointId, globex.id), null);
  assert.not.ok((await withdraw(endpointId, { organizationId: acme.id })).unchanged);
  assert.is(await listNow(endpointId, acme.id), null);
  assert.ok(await listNow(endpointId));
  assert.ok((await withdraw(endpointId, { organizationId: acme.id })).unchanged);
  assert.ok((await withdraw(endpointId, { organizationId: globex.id })).unchanged);
});

test("a general list that is withdrawn for later is sold until then, and can be published again", async () => {
  const endpointId = await endpointOf("gone");
  const later = new Date(Date.now() + 3_600_000);
  await publish(endpointId, base);
  await withdraw(endpointId, { effectiveAt: later });
  assert.ok(await listNow(endpointId));
  assert.is(await listNow(endpointId, null, later.getTime()), null);
  await publish(endpointId, base, { effectiveAt: new Date(later.getTime() + 1) });
  assert.ok(await listNow(endpointId, null, later.getTime() + 1));
});

test("what a provider asks is the same for every customer", async () => {
  const endpointId = await endpointOf("cost");
  assert.is(
    await codeOf(publish(endpointId, base, { side: "cost", organizationId: acme.id })),
    "bad_request",
  );
});

test("two who withdraw at once add one withdrawal", async () => {
  const endpointId = await endpointOf("withdrawn");
  await publish(endpointId, base);
  const answers = await Promise.all([1, 2, 3].map(() => withdraw(endpointId)));
  assert.is(answers.filter(({ unchanged }) => !unchanged).length, 1);
});

test("of what can still hold nothing is left out, and of the rest nothing is read", async () => {
  const endpointId = await endpointOf("long-history");
  const t = Date.now();
  const at = (hours: number) => new Date(t + hours * 3_600_000);
  for (const [from, until] of [
    [0, null],
    [1, 5],
    [2, null],
    [3, 4],
    [6, null],
    [7, 9],
  ] as const)
    await publish(
      endpointId,
      { input: `${from}`, output: "1" },
      { effectiveAt: at(from), expiresAt: until === null ? null : at(until) },
    );
  const of = { endpointIds: [endpointId], side: "charge", organizationId: null } as const;
  const all = await readPriceLists(db, of);
  for (const [from, count] of [
    [0, 6],
    [2.5, 4],
    [4.5, 3],
    [6.5, 2],
    [10, 1],
  ] as const) {
    const some = await readPriceLists(db, { ...of, from: at(from) });
    assert.is(some.length, count, `${from}`);
    for (const later of [0, 0.4, 1, 2, 3.5, 8])
      assert.is(
        listAt(some, at(from + later).getTime())?.id,
        listAt(all, at(from + later).getTime())?.id,
      );
  }
});

test("price lists come in pages, newest first, and the one in force is marked", async () => {
  const endpointId = await endpointOf("paged");
  for (let output = 1; output <= 5; output++)
    await publish(endpointId, { input: "1", output: `${output}` });
  const first = await listPrices(db, { endpointId, limit: 2 });
  const second = await listPrices(db, { endpointId, limit: 2, after: first.next });
  const third = await listPrices(db, { endpointId, limit: 2, after: second.next });
  const outputs = [...first.rows, ...second.rows, ...third.rows].map(
    (row) => writePriceList(row.lines).output,
  );
  assert.equal(outputs, ["5.00", "4.00", "3.00", "2.00", "1.00"]);
  assert.equal(
    first.rows.map((row) => row.inForce),
    [true, false],
  );
  assert.is(third.next, null);
});

test("usage without a price is listed until a list prices it that came after", async () => {
  const endpointId = await endpointOf("unpriced");
  await publish(endpointId, base);
  const use = () =>
    installation.book(
      installation.record(acme, {
        endpoint: endpointId,
        counts: { input: "1", web_search: "3" },
        unpriced: ["web_search"],
        charge: "0",
      }),
    );
  await use();
  await use();
  const rows = async () =>
    (await listUnpriced(db, { limit: 100, after: null })).rows.filter(
      (row) => row.endpointId === endpointId,
    );
  assert.equal(
    (await rows()).map(({ meter, units, requests, model, provider }) => [
      meter,
      units,
      requests,
      model,
      provider,
    ]),
    [["web_search", 6n, 2n, "acme/unpriced", "mill"]],
  );
  assert.is(await clearUnpriced(db, endpointId), 0, "the list of then does not price it");
  await publish(endpointId, { input: "3", output: "3" });
  assert.is((await rows()).length, 1, "nor does another that does not mention it");
  await publish(endpointId, { ...base, web_search: "0.01" });
  assert.is((await rows()).length, 0);
});

test("a price for later clears usage when it comes into force, and not before", async () => {
  const endpointId = await endpointOf("unpriced-later");
  const admitted = new Date(Date.now() - 60_000);
  await installation.book(
    installation.record(acme, {
      at: admitted,
      endpoint: endpointId,
      counts: { web_search: "1" },
      unpriced: ["web_search"],
      charge: "0",
    }),
  );
  const later = new Date(Date.now() + 3_600_000);
  await publish(endpointId, { ...base, web_search: "0.01" }, { effectiveAt: later });
  const left = () =>
    db
      .select()
      .from(unpricedUsage)
      .where(and(eq(unpricedUsage.endpointId, endpointId)));
  assert.is((await left()).length, 1);
  // The clock moves: the list began a moment after the request.
  await db
    .update(prices)
    .set({ effectiveAt: new Date(admitted.getTime() + 1) })
    .where(eq(prices.endpointId, endpointId));
  assert.is(await clearUnpriced(db), 1);
  assert.is((await left()).length, 0);
});

test.run();
