// Limits of organizations, workspaces and keys: what may be set beside what, what counts, and rate tiers. The rules are
// those of the contract (L-1 … L-11); how gateways keep them is in test/data-plane and test/stories.
import { and, eq, sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CommandError } from "#control/command-error.ts";
import { grantCredits } from "#control/credits/grant-credits.ts";
import { purchaseCredits } from "#control/credits/purchase-credits.ts";
import { refundPurchase } from "#control/credits/refund-purchase.ts";
import { findKey } from "#control/keys/find-key.ts";
import { mintKey } from "#control/keys/mint-key.ts";
import { revokeKey } from "#control/keys/revoke-key.ts";
import { updateKey } from "#control/keys/update-key.ts";
import { applyRateTiers } from "#control/limits/apply-rate-tiers.ts";
import { budgetIntervals, budgetWindows } from "#control/limits/limit-words.ts";
import { listLimits, type Limit } from "#control/limits/list-limits.ts";
import type { LimitSlot } from "#control/limits/put-limit.ts";
import { removeLimit } from "#control/limits/remove-limit.ts";
import { removeRateTier } from "#control/limits/remove-rate-tier.ts";
import { setLimit } from "#control/limits/set-limit.ts";
import { setRateTier } from "#control/limits/set-rate-tier.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import { commit } from "#control/run-command.ts";
import { createWorkspace } from "#control/workspaces/create-workspace.ts";
import type { AllowanceUnit, AllowanceWindow } from "#schema/bounds.ts";
import type { KeyId, OrganizationId } from "#schema/ids.ts";
import { parseDollars, picodollars, zero } from "#schema/money/amount.ts";
import { allowances, changes, rateTiers } from "#schema/tables/allowances.ts";
import { codeOf } from "./code-of.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { acme, globex, runtime } = installation;
const { db } = runtime;
const test = suite("limits");
test.after(() => installation.close());

let names = 0;
const plain = { kind: "inference", limit: null, limitReset: null, expiresAt: null } as const;
const newKey = (changed: Partial<Parameters<typeof mintKey>[1]> = {}) =>
  mintKey(db, { ...plain, organizationId: acme.id, name: `key-${++names}`, ...changed });
const newOrganization = () =>
  commit(db, (tx) => createOrganization(tx, { slug: `o-${++names}`, name: "O" }));
const newWorkspace = () =>
  commit(db, (tx) =>
    createWorkspace(tx, { organizationId: acme.id, slug: `w-${++names}`, name: "W" }),
  );

const slot = (
  subject: LimitSlot["subject"],
  unit: AllowanceUnit,
  window: AllowanceWindow,
  {
    scope = "",
    organizationId = acme.id,
  }: { scope?: string; organizationId?: OrganizationId } = {},
): LimitSlot => ({ organizationId, subject, unit, window, scope });
const ofKey = (id: KeyId) => ({ kind: "key", id }) as const;
const set = (of: LimitSlot, limit: bigint | null) =>
  commit(db, (tx) => setLimit(tx, { ...of, limit: limit === null ? null : picodollars(limit) }));
const remove = (of: LimitSlot) => commit(db, (tx) => removeLimit(tx, of));

async function limitsOf(
  subject: LimitSlot["subject"],
  organizationId: OrganizationId = acme.id,
): Promise<Limit[]> {
  const page = { limit: 100, after: null };
  const { rows } = await listLimits(db, {
    organizationId,
    subjects: [subject],
    now: new Date(),
    ...page,
  });
  return rows;
}
const spelled = (rows: readonly Limit[]): string[] =>
  rows.map(
    ({ limit, unit, window, scope, own, origin }) =>
      `${limit} ${unit} ${window}${scope === "" ? "" : ` ${scope}`}${own ? " (own)" : ""}${origin === "tier" ? " (tier)" : ""}`,
  );

const dollar = 1_000_000_000_000n;

// --- Several on one key.

test("a key is bounded in all, per day, week, month and minute, per model and at once, all at once", async () => {
  const { id } = await newKey({ limit: parseDollars("5"), limitReset: "daily" });
  for (const [unit, window, limit, scope] of [
    ["picodollars", "lifetime", 1000n * dollar, ""],
    ["picodollars", "month", 100n * dollar, ""],
    ["picodollars", "week", 20n * dollar, ""],
    ["requests", "minute", 60n, ""],
    ["tokens", "minute", 100_000n, ""],
    ["requests", "day", 1000n, "acme/big-1"],
    ["requests", "day", 10n, "free"],
    ["concurrency", "lifetime", 8n, ""],
  ] as const)
    await set(slot(ofKey(id), unit, window, { scope }), limit);
  assert.equal(spelled(await limitsOf(ofKey(id))), [
    "8 concurrency lifetime",
    `${5n * dollar} picodollars day (own)`,
    `${1000n * dollar} picodollars lifetime`,
    `${100n * dollar} picodollars month`,
    `${20n * dollar} picodollars week`,
    "1000 requests day acme/big-1",
    "10 requests day free",
    "60 requests minute",
    "100000 tokens minute",
  ]);
});

test("L-8: moving a key's own limit to another window moves only it", async () => {
  const { id } = await newKey({ limit: parseDollars("5"), limitReset: "daily" });
  const idOrHash = id;
  await set(slot(ofKey(id), "picodollars", "week"), 20n * dollar);
  await set(slot(ofKey(id), "requests", "minute"), 60n);
  await updateKey(db, { organizationId: acme.id, idOrHash, limitReset: "monthly" });
  assert.equal(spelled(await limitsOf(ofKey(id))), [
    `${5n * dollar} picodollars month (own)`,
    `${20n * dollar} picodollars week`,
    "60 requests minute",
  ]);
  await updateKey(db, { organizationId: acme.id, idOrHash, limit: null });
  assert.equal(spelled(await limitsOf(ofKey(id))), [
    `${20n * dollar} picodollars week`,
    "60 requests minute",
  ]);
});

test("a key's own limit takes the place of another in its window, and leaves it free when it goes on", async () => {
  const { id } = await newKey();
  await set(slot(ofKey(id), "picodollars", "day"), 7n * dollar);
  const update = (limitReset: "daily" | "weekly") =>
    updateKey(db, { organizationId: acme.id, idOrHash: id, limit: parseDollars("5"), limitReset });
  await update("daily");
  assert.equal(spelled(await limitsOf(ofKey(id))), [`${5n * dollar} picodollars day (own)`]);
  await update("weekly");
  assert.equal(spelled(await limitsOf(ofKey(id))), [`${5n * dollar} picodollars week (own)`]);
});

test("a limit in the window of the key's own is its own: both doors show one number", async () => {
  const { id } = await newKey({ limit: parseDollars("5"), limitReset: "daily" });
  const own = slot(ofKey(id), "picodollars", "day");
  const shown = async () => {
    const { limit, limitReset } = await findKey(db, { organizationId: acme.id, idOrHash: id });
    return [limit, limitReset];
  };
  await set(own, 3n * dollar);
  assert.equal(await shown(), [3n * dollar, "daily"]);
  await remove(own);
  assert.equal(await shown(), [null, null]);
  assert.equal(await limitsOf(ofKey(id)), []);
});

test("L-8: however both doors change a key's money, its own limit and the others never fight", async () => {
  const random = randomFrom(7);
  const resets = [null, "daily", "weekly", "monthly"] as const;
  const windows = ["lifetime", "day", "week", "month"] as const;
  const pick = <Value>(from: readonly [Value, ...Value[]]): Value =>
    from[Math.floor(random() * from.length)] ?? from[0];
  const { id } = await newKey();
  const bounds = new Map<AllowanceWindow, bigint>();
  type Own = { limit: bigint; window: (typeof windows)[number] };
  let own = null as Own | null;
  for (let round = 0; round < 80; round++) {
    const amount = BigInt(1 + Math.floor(random() * 9)) * dollar;
    const at = pick([0, 1, 2, 3]);
    const window = windows[at] ?? "day";
    const of = slot(ofKey(id), "picodollars", window);
    switch (pick(["update", "update", "lift", "set", "set", "remove"])) {
      case "update":
        await updateKey(db, {
          organizationId: acme.id,
          idOrHash: id,
          limit: picodollars(amount),
          limitReset: resets[at] ?? null,
        });
        if (own) bounds.delete(own.window);
        own = { limit: amount, window };
        bounds.set(window, amount);
        break;
      case "lift":
        await updateKey(db, { organizationId: acme.id, idOrHash: id, limit: null });
        if (own) bounds.delete(own.window);
        own = null;
        break;
      case "set":
        await set(of, amount);
        bounds.set(window, amount);
        if (own?.window === window) own = { limit: amount, window };
        break;
      default:
        assert.is(await codeOf(remove(of)), bounds.has(window) ? "none" : "not_found");
        bounds.delete(window);
        if (own?.window === window) own = null;
    }
    const rows = await limitsOf(ofKey(id));
    assert.equal(
      new Set(rows.map((row) => `${row.window} ${row.limit} ${row.own}`)),
      new Set([...bounds].map(([each, limit]) => `${each} ${limit} ${each === own?.window}`)),
    );
    const key = await findKey(db, { organizationId: acme.id, idOrHash: id });
    assert.equal(
      [key.limit, key.limit === null ? null : key.limitReset],
      [own?.limit ?? null, own === null ? null : (resets[windows.indexOf(own.window)] ?? null)],
    );
  }
});

test("setting what is set already changes nothing and tells nobody", async () => {
  const { id, hash } = await newKey();
  const of = slot(ofKey(id), "requests", "day");
  const told = async () =>
    (await db.select().from(changes).where(eq(changes.subject, hash))).length;
  const first = await set(of, 5n);
  assert.ok(first.changed && first.sequence !== null);
  const before = await told();
  assert.equal(await set(of, 5n), { changed: false, sequence: null });
  assert.is(await told(), before);
  await remove(of);
  assert.is(await told(), before + 1);
  assert.is(await codeOf(remove(of)), "not_found");
});

test("gateways hear of a workspace's and an organization's limits under the organization", async () => {
  const told = async () =>
    (
      await db
        .select()
        .from(changes)
        .where(and(eq(changes.kind, "organization"), eq(changes.subject, acme.id)))
    ).length;
  const before = await told();
  const { id } = await newWorkspace();
  await set(slot({ kind: "workspace", id }, "requests", "minute"), 5n);
  await set(slot({ kind: "organization", id: acme.id }, "tokens", "minute"), 5_000_000n);
  assert.is(await told(), before + 2);
});

// --- Counting what was used already.

test("a limit that is set late counts what was used in the window, for whom and of what it says", async () => {
  const workspace = await newWorkspace();
  const { id } = await newKey({ workspaceId: workspace.id });
  const at = new Date();
  const record = (changed: object) => installation.record(acme, { key: id, at, ...changed });
  await installation.book(
    record({ charge: "1000000000001" }),
    record({ charge: "5", model: "acme/small-1" }),
    record({ charge: "0", model: "acme/tiny:free" }),
    record({ charge: "0", model: "acme/tiny:free", outcome: "failed", counts: {} }),
    installation.record(acme, { charge: "7", at }), // another key
  );
  const key = ofKey(id);
  const place = { kind: "workspace", id: workspace.id } as const;
  for (const { of, used } of [
    { of: slot(key, "picodollars", "day"), used: 1_000_000_000_006n },
    { of: slot(key, "picodollars", "lifetime"), used: 1_000_000_000_006n },
    { of: slot(key, "requests", "day"), used: 4n }, // failed ones too: they were asked
    { of: slot(key, "requests", "day", { scope: "free" }), used: 1n }, // L-5: not the failed one
    { of: slot(key, "requests", "week", { scope: "acme/small-1" }), used: 1n },
    { of: slot(key, "tokens", "month"), used: 465n }, // three times 155
    { of: slot(place, "picodollars", "month"), used: 1_000_000_000_006n },
    { of: slot(place, "tokens", "day", { scope: "acme/big-1" }), used: 155n },
    { of: slot(key, "requests", "minute"), used: 0n }, // roll-ups are hourly, so a minute starts at zero
    { of: slot(key, "concurrency", "lifetime"), used: 0n },
  ]) {
    await set(of, 2n * dollar);
    const found = (await limitsOf(of.subject)).find(
      (row) => row.unit === of.unit && row.window === of.window && row.scope === of.scope,
    );
    assert.is(found?.used, used, JSON.stringify(of));
    assert.is(found?.remaining, 2n * dollar - used);
  }
  const organization = { kind: "organization", id: acme.id } as const;
  await set(slot(organization, "picodollars", "day"), 2n * dollar);
  const [row] = await limitsOf(organization);
  assert.is(row?.used, 1_000_000_000_013n);
});

test("what is used while a limit is away counts when it is back", async () => {
  const { id } = await newKey();
  const of = slot(ofKey(id), "picodollars", "day");
  await set(of, 10n);
  await remove(of);
  await installation.book(installation.record(acme, { key: id, charge: "8" }));
  await set(of, 10n);
  assert.equal(
    (await limitsOf(ofKey(id))).map(({ used, remaining }) => [used, remaining]),
    [[8n, 2n]],
  );
});

// --- What may not be set.

for (const { name, unit, window, scope = "", on = "key", code = "bad_request", says } of [
  { name: "money per minute", unit: "picodollars", window: "minute", says: /^per: / },
  {
    name: "money of one model",
    unit: "picodollars",
    window: "day",
    scope: "acme/big-1",
    says: /^scope: /,
  },
  { name: "concurrency per day", unit: "concurrency", window: "day", says: /^per: / },
  {
    name: "an organization's money in all, which is its credit,",
    unit: "picodollars",
    window: "lifetime",
    on: "organization",
    says: /credits\.grant/,
  },
  {
    name: "a model that does not exist",
    unit: "requests",
    window: "day",
    scope: "acme/nothing",
    code: "not_found",
    says: /^scope: .*acme\/nothing/,
  },
] as const satisfies readonly {
  name: string;
  unit: AllowanceUnit;
  window: AllowanceWindow;
  scope?: string;
  on?: string;
  code?: string;
  says: RegExp;
}[]) {
  test(`a limit of ${name} is refused, naming the field`, async () => {
    const subject =
      on === "organization"
        ? ({ kind: "organization", id: acme.id } as const)
        : ofKey(acme.inference.id as KeyId);
    const error = await set(slot(subject, unit, window, { scope }), 1n).then(
      () => assert.unreachable(),
      (cause: unknown) => cause,
    );
    assert.instance(error, CommandError);
    assert.is((error as CommandError).code, code);
    assert.match((error as CommandError).message, says);
  });
}

test("limits of strangers, of revoked and of management keys cannot be set", async () => {
  const gone = await newKey();
  await revokeKey(db, { organizationId: acme.id, idOrHash: gone.id });
  const other = { organizationId: globex.id };
  for (const [of, code] of [
    [slot(ofKey(acme.inference.id as KeyId), "requests", "day", other), "not_found"],
    [slot({ kind: "workspace", id: acme.workspaceId }, "requests", "day", other), "not_found"],
    [slot({ kind: "organization", id: acme.id }, "requests", "day", other), "not_found"],
    [slot(ofKey(gone.id), "requests", "day"), "not_found"],
    [slot(ofKey(acme.management.id as KeyId), "requests", "day"), "bad_request"],
  ] as const)
    assert.is(await codeOf(set(of, 1n)), code);
});

test("every page of limits follows the one before, and none is missing", async () => {
  const { id } = await newKey();
  const windows = ["minute", "day", "week", "month", "lifetime"] as const;
  for (const window of windows)
    for (const scope of ["", "free"]) await set(slot(ofKey(id), "requests", window, { scope }), 9n);
  const seen: string[] = [];
  for (let after: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof listLimits>> = await listLimits(db, {
      organizationId: acme.id,
      subjects: [ofKey(id)],
      now: new Date(),
      limit: 3,
      after,
    });
    seen.push(...spelled(page.rows));
    if (page.next === null) break;
    after = page.next;
  }
  assert.is(seen.length, 10);
  assert.is(new Set(seen).size, 10);
});

// --- Budgets.

test("L-11: budgets of a workspace that are not strictly ordered are refused, with what would pass", async () => {
  const { id } = await newWorkspace();
  const budget = (interval: (typeof budgetIntervals)[number]) =>
    slot({ kind: "workspace", id }, "picodollars", budgetWindows[interval]);
  await set(budget("lifetime"), 500n * dollar);
  await set(budget("weekly"), 50n * dollar);
  for (const [interval, amount, says] of [
    ["monthly", 500n * dollar, /above \$50 \(the weekly budget\) and below \$500 \(the lifetime/],
    ["monthly", 50n * dollar, /above \$50 /],
    ["daily", 50n * dollar, /below \$50 \(the weekly budget\)/],
    ["lifetime", 49n * dollar, /above \$50 \(the weekly budget\)/],
  ] as const) {
    const error: CommandError = await set(budget(interval), amount).then(
      () => assert.unreachable() as never,
      (cause: CommandError) => cause,
    );
    assert.is(error.code, "bad_request");
    assert.match(error.message.replaceAll(".00", ""), says);
  }
  await set(budget("monthly"), 500n * dollar - 1n);
  await set(budget("daily"), 50n * dollar - 1n);
  assert.is((await limitsOf({ kind: "workspace", id })).length, 4);
});

test("L-11: whatever is tried in whatever order, the budgets that stand are strictly ordered", async () => {
  const { id } = await newWorkspace();
  const random = randomFrom(20261125);
  const standing = new Map<string, bigint>();
  let refused = 0;
  for (let round = 0; round < 80; round++) {
    const interval = budgetIntervals[Math.floor(random() * 4)] ?? "daily";
    const of = slot({ kind: "workspace", id }, "picodollars", budgetWindows[interval]);
    if (standing.has(interval) && random() < 0.2) {
      await remove(of);
      standing.delete(interval);
      continue;
    }
    const amount = BigInt(Math.floor(random() * 6));
    const wanted = new Map([...standing, [interval, amount]]);
    const fits = isOrdered(wanted);
    assert.is(await codeOf(set(of, amount)), fits ? "none" : "bad_request");
    if (fits) standing.set(interval, amount);
    else refused++;
  }
  const kept = (await limitsOf({ kind: "workspace", id })).map(({ window, limit }) => [
    budgetIntervals.find((each) => budgetWindows[each] === window) ?? "",
    limit ?? 0n,
  ]);
  assert.equal(new Map(kept as [string, bigint][]), new Map([...standing].sort(byWindowName)));
  assert.ok(refused > 10);
});

const byWindowName = ([a]: [string, bigint], [b]: [string, bigint]) => {
  const name = (interval: string) => budgetWindows[interval as keyof typeof budgetWindows];
  return name(a) < name(b) ? -1 : 1;
};
const isOrdered = (budgets: ReadonlyMap<string, bigint>): boolean => {
  const amounts = budgetIntervals.flatMap((interval) => budgets.get(interval) ?? []);
  return amounts.every((amount, at) => at === 0 || (amounts[at - 1] ?? 0n) > amount);
};
/** Mulberry32: small, seeded, good enough to shuffle with. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test("L-11: of two budgets that contradict each other and are set at once one is refused", async () => {
  for (let round = 0; round < 8; round++) {
    const { id } = await newWorkspace();
    const of = (window: AllowanceWindow) => slot({ kind: "workspace", id }, "picodollars", window);
    const codes = await Promise.all([codeOf(set(of("month"), 50n)), codeOf(set(of("week"), 60n))]);
    assert.equal(codes.toSorted(), ["bad_request", "none"]);
  }
});

// --- Rate tiers.

const freeOf = async (id: OrganizationId) =>
  spelled(await limitsOf({ kind: "organization", id }, id));
const starter = ["50 requests day free (tier)", "20 requests minute free (tier)"];
const paid = ["1000 requests day free (tier)", "20 requests minute free (tier)"];
const buy = (organizationId: OrganizationId, dollars: string, reference = `payment-${++names}`) =>
  commit(db, (tx) =>
    purchaseCredits(tx, {
      organizationId,
      amount: parseDollars(dollars),
      actor: "test",
      reference,
    }),
  );

test("L-1, L-2: a new organization has 20 free requests a minute and 50 a day", async () => {
  const { id } = await newOrganization();
  assert.equal(await freeOf(id), starter);
});

test("L-2: from 10 dollars ever bought it has 1000 a day; granted credit does not count, refunded does not either", async () => {
  const { id } = await newOrganization();
  await commit(db, (tx) =>
    grantCredits(tx, { organizationId: id, amount: parseDollars("100"), actor: "test" }),
  );
  assert.equal(await freeOf(id), starter);
  await buy(id, "9.999999999999");
  assert.equal(await freeOf(id), starter);
  const { transferId } = await buy(id, "0.000000000001");
  assert.equal(await freeOf(id), paid);
  await commit(db, (tx) =>
    refundPurchase(tx, { purchase: transferId, amount: null, actor: "test", reference: "back" }),
  );
  assert.equal(await freeOf(id), starter);
});

test("L-2: what was bought counts, not what is left of it", async () => {
  const { id } = await newOrganization();
  await buy(id, "10");
  const [key] = [await newKey({ organizationId: id })];
  await installation.book(
    installation.record({ ...acme, id }, { key: key.id, charge: String(10n * dollar) }),
  );
  await applyRateTiers(db);
  assert.equal(await freeOf(id), paid);
});

test("L-2: two purchases at once of half the sum each end in the tier of the sum", async () => {
  for (let round = 0; round < 6; round++) {
    const { id } = await newOrganization();
    await Promise.all([buy(id, "5"), buy(id, "5")]);
    assert.equal(await freeOf(id), paid);
  }
});

test("L-3: free requests are the organization's, so they are counted over its keys from the day's start", async () => {
  const { id } = await newOrganization();
  const keys = [await newKey({ organizationId: id }), await newKey({ organizationId: id })];
  await db.execute(sql`delete from allowance_uses u using allowances a where a.id = u.allowance_id
    and a.subject_id = ${id} and a.unit = 'requests'`);
  await db.execute(
    sql`delete from allowances where subject_id = ${id} and unit = 'requests'`, // as before the version that knew tiers
  );
  for (const key of keys)
    await installation.book(
      installation.record({ ...acme, id }, { key: key.id, charge: "0", model: "acme/tiny:free" }),
    );
  await applyRateTiers(db);
  const [day] = await limitsOf({ kind: "organization", id }, id);
  assert.equal([day?.limit, day?.used, day?.remaining], [50n, 2n, 48n]);
  assert.match(day?.endsAt?.toISOString() ?? "", /T00:00:00\.000Z$/);
});

test("what a person set stands above the tier, also no bound at all, until it is removed", async () => {
  const { id } = await newOrganization();
  const own = { organizationId: id };
  const day = slot({ kind: "organization", id }, "requests", "day", { ...own, scope: "free" });
  const minute = slot({ kind: "organization", id }, "requests", "minute", {
    ...own,
    scope: "free",
  });
  await set(day, 7n);
  await set(minute, null);
  await buy(id, "10");
  await applyRateTiers(db);
  assert.equal(await freeOf(id), ["7 requests day free", "null requests minute free"]);
  await remove(day);
  await remove(minute);
  assert.equal(await freeOf(id), paid);
  assert.is(await codeOf(remove(day)), "not_found");
});

test("a tier that changes, comes or goes moves every organization that is in it", async () => {
  const { id } = await newOrganization();
  await buy(id, "2000");
  const none = {
    requestsPerMinute: null,
    tokensPerMinute: null,
    concurrentRequests: null,
    freeRequestsPerMinute: null,
    freeRequestsPerDay: null,
  };
  const business = { name: "business", purchasedMin: parseDollars("1000"), ...none };
  await commit(db, (tx) =>
    setRateTier(tx, { ...business, requestsPerMinute: 600, concurrentRequests: 40 }),
  );
  assert.ok((await applyRateTiers(db)).changed >= 1);
  assert.equal(await freeOf(id), ["40 concurrency lifetime (tier)", "600 requests minute (tier)"]);
  assert.equal(await applyRateTiers(db), { changed: 0, sequence: null });
  assert.is(
    await codeOf(commit(db, (tx) => setRateTier(tx, { ...business, name: "twin" }))),
    "conflict",
  );
  await commit(db, (tx) => removeRateTier(tx, "business"));
  await applyRateTiers(db);
  assert.equal(await freeOf(id), paid);
  assert.is(await codeOf(commit(db, (tx) => removeRateTier(tx, "business"))), "not_found");
});

test("without a tier that is reached nothing is bounded, and all organizations get theirs over several batches", async () => {
  await db.execute(sql`insert into organizations (id, slug, name)
    select 'org_many' || i, 'many-' || i, 'Many' from generate_series(1, 230) i`);
  await db.delete(rateTiers).where(eq(rateTiers.purchasedMin, zero));
  await applyRateTiers(db);
  const count = async () => {
    const [row] = await db.execute<{
      total: string;
    }>(sql`select count(*)::text as total from allowances
      where subject_id like 'org_many%' and limit_amount is not null`);
    return Number(row?.total);
  };
  assert.is(await count(), 0);
  await commit(db, (tx) =>
    setRateTier(tx, {
      name: "starter",
      purchasedMin: zero,
      requestsPerMinute: null,
      tokensPerMinute: null,
      concurrentRequests: null,
      freeRequestsPerMinute: 20,
      freeRequestsPerDay: 50,
    }),
  );
  assert.ok((await applyRateTiers(db)).changed >= 230);
  assert.is(await count(), 460);
});

test("no allowance is ever deleted, since usage on its way names it", async () => {
  const { id } = await newKey();
  const of = slot(ofKey(id), "requests", "day");
  await set(of, 5n);
  const [before] = await db.select().from(allowances).where(eq(allowances.subjectId, id));
  await remove(of);
  const [after] = await db.select().from(allowances).where(eq(allowances.subjectId, id));
  assert.equal([after?.id, after?.limit], [before?.id, null]);
});

test.run();
