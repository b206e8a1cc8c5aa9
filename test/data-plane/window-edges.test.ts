// Limits at the edges of their windows, through a gateway whose clock is ours: what counts where, and that a clock
// which steps back makes nothing usable twice.
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectProvider } from "#control/catalogue/connect-provider.ts";
import { publishPrice } from "#control/catalogue/publish-price.ts";
import { putEndpoint } from "#control/catalogue/put-endpoint.ts";
import { putModel } from "#control/catalogue/put-model.ts";
import { grantCredits } from "#control/credits/grant-credits.ts";
import { mintKey } from "#control/keys/mint-key.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import { Callers } from "#data/authenticate.ts";
import { readConfig } from "#data/config.ts";
import { Forwarder } from "#data/forward.ts";
import { Health } from "#data/health.ts";
import { Leases } from "#data/leases.ts";
import { ResponseCache } from "#data/response-cache/response-cache.ts";
import { createGateway } from "#data/server.ts";
import { buildSnapshot, readRows } from "#data/snapshot.ts";
import { StageTimes } from "#data/stages.ts";
import { Spool } from "#data/spool/spool.ts";
import { ExactCounter } from "#data/tokens/exact-counter.ts";
import { LearnedFactors } from "#data/tokens/learned-factors.ts";
import { MediaFetcher } from "#data/upstream/fetch-media.ts";
import { Pools } from "#data/upstream/pools.ts";
import { type AllowanceId, mintId } from "#schema/ids.ts";
import { postGenerations } from "#schema/ledger/post-generations.ts";
import { parseDollars } from "#schema/money/amount.ts";
import { decodeRecords, segmentHeader } from "#schema/spool/segment.ts";
import { usageRecord, type UsageRecord } from "#schema/usage-record.ts";
import { windowEnd, windowStart } from "#schema/windows.ts";
import { ask } from "#test/doubles/client.ts";
import { startUpstream } from "#test/doubles/upstream.ts";
import { smallLedger } from "#test/schema/small-ledger.ts";

const masterKey = "cd".repeat(32);
const fee = parseDollars("0.001"); // a request costs this whatever it says
const fits = 3;

/** While it is held the double answers nobody who asks for the model "held". */
let gate = Promise.withResolvers<void>();
const upstream = await startUpstream(async ({ body }) => {
  if ((body as { model?: string } | null)?.model === "held") await gate.promise;
  return {};
});
const ledger = await smallLedger();
const { client, db } = ledger;
const folder = mkdtempSync(join(tmpdir(), "turnpike-edges-"));
await makeCatalogue();
const organization = await db.transaction(async (tx) => {
  const { id } = await createOrganization(tx, { slug: "edges", name: "Edges" });
  await grantCredits(tx, { organizationId: id, amount: parseDollars("1000"), actor: "test" });
  return id;
});

/** A gateway in this process, whose clock is set by `at`. */
async function startGateway() {
  const gateway = await ledger.gateway();
  const spool = new Spool(join(folder, gateway));
  const leases = new Leases({ client, gateway });
  const pools = new Pools();
  const config = readConfig({
    PORT: "0",
    DATABASE_URL: ledger.url,
    DATA_DIR: folder,
    MASTER_KEY: masterKey,
    CONTROL_URL: "http://127.0.0.1:9",
  });
  const snapshot = buildSnapshot(await readRows(client, Date.now()), masterKey);
  const forwarder = new Forwarder("http://127.0.0.1:9");
  let nowMs = Date.now();
  const { server } = createGateway(
    {
      config,
      gateway,
      callers: new Callers(client),
      leases,
      spool,
      pools,
      media: new MediaFetcher(),
      responseCache: new ResponseCache(client, masterKey),
      tokens: { factors: new LearnedFactors(), counter: new ExactCounter() },
      snapshot: () => snapshot,
      health: new Health(),
      stageTimes: new StageTimes(),
      now: () => nowMs,
      random: () => 0.5,
      nextSequence: () => spool.finals + 1,
      log: () => {},
    },
    forwarder,
    () => ({ ready: true, degraded: [] }),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    leases,
    at(instant: string) {
      nowMs = Date.parse(instant);
    },
    async chat(key: string, model = "acme/plain") {
      const answer = await ask(`http://127.0.0.1:${port}/api/v1/chat/completions`, {
        headers: { authorization: `Bearer ${key}` },
        body: { model, messages: [{ role: "user", content: "hi" }] },
      });
      const { error } = (await answer.json()) as { error?: { metadata?: { reset_at?: string } } };
      return { status: answer.status, resetAt: error?.metadata?.reset_at };
    },
    /** Books what has ended and gives back what lies idle. */
    async settle() {
      const records = finalsIn(join(folder, gateway));
      await db.transaction((tx) => postGenerations(tx, records));
      await leases.returnIdle(Number.MAX_SAFE_INTEGER);
    },
    async close() {
      leases.stop();
      server.closeAllConnections();
      server.close();
      spool.close();
      await forwarder.close();
      await pools.close();
    },
  };
}

const gateway = await startGateway();
const another = await startGateway();
const test = suite("window edges");
test.after(async () => {
  await gateway.close();
  await another.close();
  await upstream.close();
  await ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

type Window = "month" | "week" | "day" | "minute";

/** A key that may ask three times in a window: by money, or by number where a window of money does not exist. */
async function limited(window: Window): Promise<{ key: string; allowance: AllowanceId }> {
  const { id, key } = await db.transaction((tx) =>
    mintKey(tx, {
      organizationId: organization,
      kind: "inference",
      name: window,
      limit: null,
      limitReset: null,
      expiresAt: null,
    }),
  );
  const allowance = mintId("allowance");
  const [unit, limit] =
    window === "minute" ? ["requests", BigInt(fits)] : ["picodollars", fee * BigInt(fits)];
  await client`insert into allowances (id, organization_id, subject_kind, subject_id, unit, window_kind, limit_amount)
    values (${allowance}, ${organization}, 'key', ${id}, ${String(unit)}, ${window}, ${String(limit)}::numeric)`;
  return { key, allowance };
}

/** How many requests each window of an allowance counts, by its first instant; none may be leased any more. */
async function counted(allowance: AllowanceId, window: Window): Promise<Record<string, number>> {
  const rows = await client<{ window_start: Date; used: string; leased: string }[]>`
    select window_start, used, leased from allowance_uses where allowance_id = ${allowance} order by window_start`;
  const each = window === "minute" ? 1n : fee;
  return Object.fromEntries(
    rows.map((row) => {
      assert.is(row.leased, "0", "nothing is left leased, and nothing was given back twice");
      return [row.window_start.toISOString(), Number(BigInt(row.used) / each)];
    }),
  );
}

const refusedWith = (window: Window) => (window === "minute" ? 429 : 403);
const start = (window: Window, instant: string) =>
  windowStart(window, new Date(instant)).toISOString();

/** Asks until it is refused, more often than can be right; returns how often it was served, and how it was refused. */
async function useUp(of: typeof gateway, key: string) {
  for (let served = 0; ; served++) {
    const { status, resetAt } = await of.chat(key);
    if (status !== 200 || served > 2 * fits) return { served, status, resetAt };
  }
}

for (const { edge, window, before, after, fresh } of [
  {
    edge: "midnight",
    window: "day",
    before: "2026-11-25T23:59:59.900Z",
    after: "2026-11-26T00:00:00.100Z",
    fresh: true,
  },
  {
    edge: "midnight, which is no edge of a week in its middle",
    window: "week",
    before: "2026-11-25T23:59:59.900Z",
    after: "2026-11-26T00:00:00.100Z",
    fresh: false,
  },
  {
    edge: "Sunday to Monday",
    window: "week",
    before: "2026-11-29T23:59:59.900Z",
    after: "2026-11-30T00:00:00.100Z",
    fresh: true,
  },
  {
    edge: "New Year, which is no edge of a week",
    window: "week",
    before: "2026-12-31T23:59:59.900Z",
    after: "2027-01-01T00:00:00.100Z",
    fresh: false,
  },
  {
    edge: "the end of November",
    window: "month",
    before: "2026-11-30T23:59:59.900Z",
    after: "2026-12-01T00:00:00.100Z",
    fresh: true,
  },
  {
    edge: "New Year",
    window: "month",
    before: "2026-12-31T23:59:59.900Z",
    after: "2027-01-01T00:00:00.100Z",
    fresh: true,
  },
  {
    edge: "28 to 29 February of a leap year",
    window: "month",
    before: "2028-02-28T23:59:59.900Z",
    after: "2028-02-29T00:00:00.100Z",
    fresh: false,
  },
  {
    edge: "28 to 29 February of a leap year",
    window: "day",
    before: "2028-02-28T23:59:59.900Z",
    after: "2028-02-29T00:00:00.100Z",
    fresh: true,
  },
  {
    edge: "the end of a leap day",
    window: "month",
    before: "2028-02-29T23:59:59.900Z",
    after: "2028-03-01T00:00:00.100Z",
    fresh: true,
  },
  {
    edge: "28 February to 1 March 2100, which is no leap year",
    window: "month",
    before: "2100-02-28T23:59:59.900Z",
    after: "2100-03-01T00:00:00.100Z",
    fresh: true,
  },
  {
    edge: "28 February to 1 March 2100, which is no leap year",
    window: "day",
    before: "2100-02-28T23:59:59.900Z",
    after: "2100-03-01T00:00:00.100Z",
    fresh: true,
  },
  {
    edge: "one minute to the next",
    window: "minute",
    before: "2026-11-25T13:59:59.900Z",
    after: "2026-11-25T14:00:00.100Z",
    fresh: true,
  },
] satisfies { edge: string; window: Window; before: string; after: string; fresh: boolean }[]) {
  test(`over ${edge}, a limit of the ${window} ${fresh ? "begins anew" : "goes on"}`, async () => {
    const { key, allowance } = await limited(window);
    const told = {
      status: refusedWith(window),
      resetAt: windowEnd(window, new Date(before))?.toISOString(),
    };
    gateway.at(before);
    assert.equal(await useUp(gateway, key), { served: fits, ...told });
    gateway.at(after);
    const resetAt = windowEnd(window, new Date(after))?.toISOString();
    assert.equal(await useUp(gateway, key), { ...told, served: fresh ? fits : 0, resetAt });
    await gateway.settle();
    assert.equal(
      await counted(allowance, window),
      fresh
        ? { [start(window, before)]: fits, [start(window, after)]: fits }
        : { [start(window, before)]: fits },
    );
  });
}

const before = "2026-11-25T23:59:59.900Z";
const after = "2026-11-26T00:00:00.100Z";

/** Begins a request that the provider does not answer yet. */
async function begin(key: string): Promise<ReturnType<typeof gateway.chat>[]> {
  gate = Promise.withResolvers<void>();
  const asked = upstream.requests.length;
  const pending = gateway.chat(key, "acme/held");
  await upstream.whenRequested(asked + 1);
  return [pending]; // in a list, or `await` would wait for the answer
}
const end = async ([pending]: ReturnType<typeof gateway.chat>[]): Promise<void> => {
  gate.resolve();
  assert.is((await pending)?.status, 200);
};

test("what was admitted before midnight and ends after it counts in the day of its admission", async () => {
  const { key, allowance } = await limited("day");
  gateway.at(before);
  const pending = await begin(key);
  gateway.at(after);
  assert.is((await useUp(gateway, key)).served, fits, "the new day has all of its own");
  await end(pending);
  assert.is((await useUp(gateway, key)).served, 0, "and what ends in it gives it nothing");
  await gateway.settle();
  assert.equal(await counted(allowance, "day"), {
    [start("day", before)]: 1,
    [start("day", after)]: fits,
  });
});

test("a clock that steps back over midnight makes nothing usable twice, in neither day", async () => {
  const { key, allowance } = await limited("day");
  gateway.at(before);
  assert.is((await gateway.chat(key)).status, 200);
  gateway.at(after);
  const pending = await begin(key);
  assert.is((await gateway.chat(key)).status, 200);
  gateway.at(before);
  await end(pending); // taken from tomorrow, and given back to it
  assert.is((await useUp(gateway, key)).served, fits - 1, "of the old day what was left of it");
  gateway.at(after);
  assert.is((await useUp(gateway, key)).served, fits - 2, "of the new day what was left of it");
  await gateway.settle();
  const expected = { [start("day", before)]: fits, [start("day", after)]: fits };
  assert.equal(await counted(allowance, "day"), expected);
  for (const instant of [before, after, before]) {
    gateway.at(instant);
    assert.is((await useUp(gateway, key)).served, 0, `nothing is left at ${instant}`);
  }
  await gateway.settle();
  assert.equal(await counted(allowance, "day"), expected);
});

test("two gateways whose clocks stand on both sides of midnight share each day's limit, and no more", async () => {
  const { key, allowance } = await limited("day");
  gateway.at(before);
  another.at(after);
  assert.is((await gateway.chat(key)).status, 200);
  assert.is((await another.chat(key)).status, 200);
  await gateway.settle();
  await another.settle();
  gateway.at(after);
  another.at(before);
  assert.is((await useUp(gateway, key)).served, fits - 1);
  assert.is((await useUp(another, key)).served, fits - 1);
  await gateway.settle();
  await another.settle();
  assert.equal(await counted(allowance, "day"), {
    [start("day", before)]: fits,
    [start("day", after)]: fits,
  });
});

test.run();

function finalsIn(life: string): UsageRecord[] {
  return readdirSync(life)
    .filter((name) => name.endsWith(".spool"))
    .toSorted()
    .flatMap((name) => {
      const bytes = readFileSync(join(life, name)).subarray(segmentHeader.length);
      return decodeRecords(bytes, segmentHeader.length).records;
    })
    .filter(({ type }) => type === "final")
    .map(({ payload }) => usageRecord.parse(JSON.parse(payload.toString("utf8"))));
}

async function makeCatalogue(): Promise<void> {
  const { id: providerId } = await connectProvider(
    db,
    {
      slug: "mill",
      name: "Mill",
      protocol: "openai-chat",
      baseUrl: upstream.url,
      key: "sk-upstream",
      allowPrivateNetwork: true,
      flags: {},
    },
    masterKey,
  );
  const nothing = parseDollars("0");
  for (const [id, upstreamModel] of [
    ["acme/plain", "ok"],
    ["acme/held", "held"],
  ] as const) {
    await db.transaction(async (tx) => {
      await putModel(tx, {
        id,
        name: id,
        contextLength: 20_000,
        maxOutputTokens: 1_000,
        inputModalities: ["text"],
        outputModalities: ["text"],
        supportedParameters: [],
      });
      const { id: endpointId } = await putEndpoint(tx, {
        modelId: id,
        providerId,
        upstreamModel,
        cancellable: true,
      });
      await publishPrice(tx, {
        endpointId,
        side: "charge",
        lines: [
          { meter: "input", perUnit: nothing, aboveInputTokens: 0 },
          { meter: "output", perUnit: nothing, aboveInputTokens: 0 },
          { meter: "request", perUnit: fee, aboveInputTokens: 0 },
        ],
        effectiveAt: new Date("2020-01-01T00:00:00Z"),
        publishedBy: "test",
      });
    });
  }
}
