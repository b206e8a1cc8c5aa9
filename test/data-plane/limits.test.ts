// Every limit as a client meets it: each with a status, a text and a source of its own, the number that would pass or the time
// from which it would, and no provider asked.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { grantCredits } from "#control/credits/grant-credits.ts";
import { setLimit } from "#control/limits/set-limit.ts";
import type { AllowanceSubject, AllowanceUnit, AllowanceWindow } from "#schema/bounds.ts";
import type { OrganizationId, WorkspaceId } from "#schema/ids.ts";
import { postGenerations } from "#schema/ledger/post-generations.ts";
import { recordChange } from "#schema/ledger/record-change.ts";
import { parseDollars, picodollars } from "#schema/money/amount.ts";
import { windowEnd } from "#schema/windows.ts";
import type { ClientAnswer } from "#test/doubles/client.ts";
import { priceLine, smallGateway } from "./small-gateway.ts";

/** The double answers nobody who asks for the model `held` before it opens. */
let gate = Promise.withResolvers<void>();
const gateway = await smallGateway(async ({ body }) => {
  if ((body as { model?: string } | null)?.model === "held") await gate.promise;
  return {};
});
const { db, upstream } = gateway;
const test = suite("limits");
test.after(() => gateway.close());

const free = [priceLine("input", "0"), priceLine("output", "0")];
for (const script of ["ok", "ok-p100-c50", "ok-c1000", "held", "status-500"])
  await gateway.model(script);
await gateway.model("ok", { id: "acme/gift:free", charge: free });
await gateway.model("status-500", { id: "acme/broken:free", charge: free });
await gateway.settled(await db.transaction((tx) => recordChange(tx, "catalogue", "")));

const micro = 1_000_000n; // picodollars: a token of input costs one of these, one of output two
const hello = { messages: [{ role: "user", content: "hi" }] };
const good = { model: "acme/ok", ...hello };
const bytesOf = (body: object): bigint => BigInt(Buffer.byteLength(JSON.stringify(body)));
const micros = (amount: bigint): string => `0.${String(amount).padStart(6, "0")}`;

type Customer = {
  organization: OrganizationId;
  workspace: WorkspaceId;
  keyId: string;
  key: string;
};

async function customer(dollars = "10"): Promise<Customer> {
  const organization = await gateway.organization(dollars);
  const { id, key } = await gateway.key(organization);
  const [workspace] = await db.execute<{ id: WorkspaceId }>(
    sql`select id from workspaces where organization_id = ${organization}`,
  );
  if (!workspace) throw new Error("an organization has a workspace from the beginning");
  return { organization, workspace: workspace.id, keyId: id, key };
}

/** Sets a limit; money in millionths of a dollar. */
async function limit(
  of: Customer,
  subject: AllowanceSubject,
  amount: bigint,
  unit: AllowanceUnit,
  window: AllowanceWindow = "lifetime",
  scope = "",
): Promise<void> {
  const ids = { organization: of.organization, workspace: of.workspace, key: of.keyId };
  const { sequence } = await db.transaction((tx) =>
    setLimit(tx, {
      organizationId: of.organization,
      subject: { kind: subject, id: ids[subject] },
      unit,
      window,
      scope,
      limit: picodollars(unit === "picodollars" ? amount * micro : amount),
    }),
  );
  await gateway.settled(sequence ?? 0);
}

type Told = {
  status: number;
  type: unknown;
  message: string;
  metadata: Record<string, unknown>;
  headers: ClientAnswer["headers"];
};

const sources = new Set<string>();

/** A refusal in the contract's shape, for which no provider was asked. */
async function refused(of: Customer, body: object): Promise<Told> {
  const before = upstream.requests.length;
  const answer = await gateway.chat(of.key, body);
  const text = await answer.text();
  assert.ok(answer.status >= 400, `${answer.status} ${text}`);
  const { error } = JSON.parse(text) as {
    error: { code: number; message: string; metadata: Record<string, unknown> };
  };
  assert.is(error.code, answer.status);
  assert.is(upstream.requests.length, before, "a provider was asked");
  sources.add(String(error.metadata["limit_source"]));
  return {
    status: answer.status,
    type: error.metadata["error_type"],
    message: error.message,
    metadata: error.metadata,
    headers: answer.headers,
  };
}

async function served(of: Customer, body: object): Promise<{ model: string }> {
  const answer = await gateway.chat(of.key, body);
  const text = await answer.text();
  assert.is(answer.status, 200, text);
  await gateway.finals(1);
  return JSON.parse(text) as { model: string };
}

/** What counts within a minute takes a second, or a few on a busy machine, and may not begin at the end of one. */
async function withinAMinute(): Promise<void> {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < 8_000) await new Promise((resolve) => setTimeout(resolve, left + 50));
}

const endOf = (window: AllowanceWindow): Date | null => windowEnd(window, new Date());

// --- Money

const windows = [
  { window: "lifetime", word: "total" },
  { window: "month", word: "monthly" },
  { window: "week", word: "weekly" },
  { window: "day", word: "daily" },
] as const;
for (const { subject, source, text } of [
  {
    subject: "key",
    source: "openrouter_key_limit",
    text: (word: string) => `Key limit exceeded (${word} limit). `,
  },
  {
    subject: "workspace",
    source: "openrouter_workspace_budget",
    text: (word: string) => `Workspace ${word} budget of $0.0005 exceeded. `,
  },
  {
    subject: "organization",
    source: "openrouter_organization_budget",
    text: (word: string) => `Organization ${word} budget of $0.0005 exceeded. `,
  },
] as const) {
  for (const { window, word } of windows) {
    if (subject === "organization" && window === "lifetime") continue; // that is its credit
    test(`the ${word} budget of the ${subject} is a 403 with the number that passes, and one more does not`, async () => {
      const of = await customer();
      await limit(of, subject, 500n, "picodollars", window);
      const body = { ...good, max_tokens: 999 };
      const { status, type, message, metadata, headers } = await refused(of, body);
      assert.equal([status, type, metadata["limit_source"]], [403, "permission_denied", source]);
      assert.ok(message.startsWith(text(word)), message);
      const fits = Number((500n - bytesOf(body)) / 2n);
      assert.match(message, `You requested up to 999 tokens, but can only afford ${fits}.`);
      assert.is(metadata["affordable_max_tokens"], fits);
      assert.is(metadata["available"], "0.0005");
      assert.is(metadata["required"], micros(bytesOf(body) + 2n * 999n));
      assert.is(metadata["reset_at"], endOf(window)?.toISOString());
      if (window !== "lifetime")
        assert.match(message, `renewed at ${endOf(window)?.toISOString()}`);
      assert.is(headers["retry-after"], undefined);
      assert.is((await refused(of, { ...good, max_tokens: fits + 1 })).status, 403);
      await served(of, { ...good, max_tokens: fits });
    });
  }
}

test("the organization's credit is a 402 with the number that passes, and one more does not (B-3)", async () => {
  const of = await customer("0.0005");
  const body = { ...good, max_tokens: 999 };
  const { status, type, message, metadata } = await refused(of, body);
  assert.equal(
    [status, type, metadata["limit_source"]],
    [402, "payment_required", "openrouter_credits"],
  );
  const fits = Number((500n - bytesOf(body)) / 2n);
  assert.is(
    message,
    `This request requires more credits, or fewer max_tokens. You requested up to 999 tokens, but can only afford ${fits}.`,
  );
  assert.is((await refused(of, { ...good, max_tokens: fits + 1 })).status, 402);
  await served(of, { ...good, max_tokens: fits });
});

test("a prompt that is too dear by itself is a 402 that says what it costs and what is left", async () => {
  const of = await customer("0.00005");
  const { status, message, metadata } = await refused(of, good);
  assert.equal([status, metadata["limit_source"]], [402, "openrouter_credits"]);
  assert.match(message, "Insufficient credits");
  assert.match(message, "$0.00005 is left");
  assert.is(metadata["affordable_max_tokens"], undefined);
});

test("without max_tokens the provider is told what can be paid, to the token (B-3)", async () => {
  const of = await customer("0.0005");
  await served(of, good);
  const sent = upstream.requests.at(-1)?.body as { max_tokens?: number };
  assert.is(sent.max_tokens, Number((500n - bytesOf(good)) / 2n));
});

test("where too little is left to answer without max_tokens, a number that is told passes when it is sent (B-3)", async () => {
  // What is left pays for fewer than 16 tokens, which is no answer; the field that asks for so few makes the prompt longer.
  for (const [left, told] of [
    [10n, undefined],
    [31n, 3],
  ] as const) {
    const of = await customer(micros(bytesOf(good) + left));
    const { status, metadata } = await refused(of, good);
    assert.is(status, 402);
    assert.is(metadata["affordable_max_tokens"], told);
    if (told !== undefined) await served(of, { ...good, max_tokens: told });
  }
});

test("of several limits on one key each holds, and the one that is short is named", async () => {
  const of = await customer();
  await limit(of, "key", 400n, "picodollars");
  await limit(of, "key", 600n, "picodollars", "day");
  await limit(of, "key", 500n, "picodollars", "month");
  const ask = (tokens: number) => refused(of, { ...good, max_tokens: tokens });
  assert.match((await ask(999)).message, "(total limit)");
  await limit(of, "key", 10_000n, "picodollars");
  assert.match((await ask(999)).message, "(monthly limit)");
  await limit(of, "key", 10_000n, "picodollars", "month");
  assert.match((await ask(999)).message, "(daily limit)");
  await limit(of, "key", 10_000n, "picodollars", "day");
  await served(of, { ...good, max_tokens: 999 });
});

test("of key, workspace and organization the narrowest that is short is named, and credit before a budget", async () => {
  const of = await customer("0.0005");
  await limit(of, "key", 500n, "picodollars", "day");
  await limit(of, "workspace", 500n, "picodollars", "day");
  await limit(of, "organization", 500n, "picodollars", "day");
  const source = async () =>
    (await refused(of, { ...good, max_tokens: 999 })).metadata["limit_source"];
  assert.is(await source(), "openrouter_key_limit");
  await limit(of, "key", 10_000n, "picodollars", "day");
  assert.is(await source(), "openrouter_workspace_budget");
  await limit(of, "workspace", 10_000n, "picodollars", "day");
  assert.is(await source(), "openrouter_credits");
  const granted = await db.transaction((tx) =>
    grantCredits(tx, { organizationId: of.organization, amount: parseDollars("1"), actor: "test" }),
  );
  await gateway.settled(granted.sequence ?? 0);
  assert.is(await source(), "openrouter_organization_budget");
});

test("credit that requests under way hold is a 402 that says so and when to come again, and then it passes (B-4)", async () => {
  const of = await customer("0.003");
  gate = Promise.withResolvers();
  const asked = upstream.requests.length;
  const first = gateway.chat(of.key, { ...good, model: "acme/held", max_tokens: 999 });
  await upstream.whenRequested(asked + 1);
  const { status, type, message, metadata, headers } = await refused(of, {
    ...good,
    max_tokens: 999,
  });
  assert.equal(
    [status, type, metadata["limit_source"], metadata["reason"]],
    [402, "payment_required", "openrouter_in_flight_budget", "in_flight_budget_exhausted"],
  );
  assert.match(message, "Requests under way hold $0.00");
  assert.equal([headers["retry-after"], headers["x-should-retry"]], ["2", "true"]);
  gate.resolve();
  assert.is((await first).status, 200);
  await gateway.finals(1);
  await served(of, { ...good, max_tokens: 999 });
});

// --- Rates

for (const subject of ["key", "workspace", "organization"] as const) {
  test(`requests per minute of the ${subject} are a 429 with the end of the minute in headers and body`, async () => {
    await withinAMinute();
    const of = await customer();
    await limit(of, subject, 2n, "requests", "minute");
    await served(of, good);
    await served(of, good);
    const end = endOf("minute");
    const { status, type, message, metadata, headers } = await refused(of, good);
    assert.equal(
      [status, type, metadata["limit_source"]],
      [429, "rate_limit_exceeded", "openrouter_rate_limit"],
    );
    assert.match(message, `Rate limit exceeded: per-minute requests of this ${subject}.`);
    assert.equal(
      [
        headers["x-ratelimit-limit"],
        headers["x-ratelimit-remaining"],
        headers["x-ratelimit-reset"],
      ],
      ["2", "0", String(end?.getTime())],
    );
    assert.equal(metadata["headers"], {
      "X-RateLimit-Limit": "2",
      "X-RateLimit-Remaining": "0",
      "X-RateLimit-Reset": String(end?.getTime()),
    });
    assert.equal([metadata["reset_at"], metadata["provider_name"]], [end?.toISOString(), null]);
    const seconds = Number(headers["retry-after"]);
    assert.ok(seconds >= 1 && seconds <= 60, `${seconds}`);
    assert.is(headers["x-should-retry"], undefined);
  });
}

test("requests per day are a 429 that no client tries again by itself", async () => {
  const of = await customer();
  await limit(of, "key", 1n, "requests", "day");
  await served(of, good);
  const { status, message, headers } = await refused(of, good);
  assert.is(status, 429);
  assert.match(message, "daily requests of this key");
  assert.equal(
    [headers["x-should-retry"], headers["x-ratelimit-reset"]],
    ["false", String(endOf("day")?.getTime())],
  );
});

test("tokens per minute count what was used, and say how many are left", async () => {
  await withinAMinute();
  const of = await customer();
  const body = { model: "acme/ok-p100-c50", ...hello, max_tokens: 500 };
  const estimate = BigInt(Math.ceil(Math.ceil(Number(bytesOf(body)) / 4) * 1.25)) + 500n;
  await limit(of, "organization", estimate + 200n, "tokens", "minute");
  await served(of, body); // 150 tokens
  await served({ ...of }, { ...body, max_tokens: 50 }); // 150 more
  const { status, message, metadata, headers } = await refused(of, body);
  assert.equal([status, metadata["limit_source"]], [429, "openrouter_rate_limit"]);
  assert.match(message, "per-minute tokens of this organization");
  assert.match(
    message,
    `${estimate - 100n} of ${estimate + 200n} tokens are left and this request needs ${estimate}`,
  );
  assert.is(headers["x-ratelimit-remaining"], String(estimate - 100n));
  await served(of, { ...body, max_tokens: 50 });
});

test("a request that is above the tokens of a minute says that it never fits, and is not tried again", async () => {
  const of = await customer();
  await limit(of, "key", 300n, "tokens", "minute");
  const { status, message, headers } = await refused(of, { ...good, max_tokens: 999 });
  assert.is(status, 429);
  assert.match(message, "never fits");
  assert.equal(
    [headers["x-should-retry"], headers["retry-after"], headers["x-ratelimit-reset"]],
    ["false", undefined, undefined],
  );
});

test("what counts of max_tokens is what the model can answer", async () => {
  const of = await customer();
  await limit(of, "key", 1_200n, "tokens", "minute");
  await served(of, { ...good, max_tokens: 15_000 }); // the model's own maximum is 1,000
});

test("a limit of one model is a 429 that names it, and leaves the others alone", async () => {
  await withinAMinute();
  const of = await customer();
  await limit(of, "key", 1n, "requests", "minute", "acme/ok");
  await served(of, good);
  const { status, message } = await refused(of, good);
  assert.is(status, 429);
  assert.match(message, "per-minute requests of this key for acme/ok.");
  await served(of, { ...good, model: "acme/ok-p100-c50" });
});

test("a model whose own limit is used up is left out, and another of models answers (F-7)", async () => {
  await withinAMinute();
  const of = await customer();
  await limit(of, "key", 1n, "requests", "minute", "acme/ok");
  const body = { ...good, models: ["acme/ok-p100-c50"] };
  assert.is((await served(of, body)).model, "acme/ok");
  const asked = upstream.requests.length;
  assert.is((await served(of, body)).model, "acme/ok-p100-c50");
  assert.is(upstream.requests.length, asked + 1);
});

test("requests at once are a 429 for a second, and pass when one has ended", async () => {
  const of = await customer();
  await limit(of, "key", 1n, "concurrency");
  gate = Promise.withResolvers();
  const asked = upstream.requests.length;
  const first = gateway.chat(of.key, { ...good, model: "acme/held" });
  await upstream.whenRequested(asked + 1);
  const { status, message, metadata, headers } = await refused(of, good);
  assert.equal(
    [status, metadata["limit_source"], metadata["limit"], headers["retry-after"]],
    [429, "openrouter_concurrency", "1", "1"],
  );
  assert.match(message, "this key may have 1 under way");
  gate.resolve();
  assert.is((await first).status, 200);
  await gateway.finals(1);
  await served(of, good);
});

// --- Free models

const gift = { ...good, model: "acme/gift:free" };

test("free requests per minute are a 429 of their own, and are those of the whole account (L-1, L-3)", async () => {
  await withinAMinute();
  const of = await customer();
  await limit(of, "organization", 2n, "requests", "minute", "free");
  const sibling = { ...of, key: (await gateway.key(of.organization)).key };
  await served(of, gift);
  await served(sibling, gift);
  for (const one of [of, sibling]) {
    const { status, message, metadata, headers } = await refused(one, gift);
    assert.equal([status, metadata["limit_source"]], [429, "openrouter_free_tier_minute"]);
    assert.match(message, "Rate limit exceeded: free-models-per-min.");
    assert.is(headers["x-ratelimit-reset"], String(endOf("minute")?.getTime()));
    assert.ok(Number(headers["retry-after"]) <= 60);
  }
  await served(of, good); // what is paid for has no such limit (L-7)
});

test("free requests per day are a 429 until midnight that no client waits for (L-2, L-4)", async () => {
  const of = await customer();
  await limit(of, "organization", 1n, "requests", "day", "free");
  await served(of, gift);
  const { status, type, message, metadata, headers } = await refused(of, gift);
  assert.equal(
    [status, type, metadata["limit_source"]],
    [429, "rate_limit_exceeded", "openrouter_free_tier_daily"],
  );
  assert.match(message, "Rate limit exceeded: free-models-per-day.");
  const end = String(endOf("day")?.getTime());
  assert.equal(metadata["headers"], {
    "X-RateLimit-Limit": "1",
    "X-RateLimit-Remaining": "0",
    "X-RateLimit-Reset": end,
  });
  assert.is(metadata["reset_at"], endOf("day")?.toISOString());
  assert.equal(
    [headers["x-ratelimit-reset"], headers["x-should-retry"], headers["retry-after"]],
    [end, "false", undefined],
  );
  assert.is((await served(of, { ...gift, models: ["acme/ok"] })).model, "acme/ok"); // F-7
});

test("a free request that failed is given back to its day, and not to its minute (L-5)", async () => {
  await withinAMinute();
  const of = await customer();
  await limit(of, "organization", 2n, "requests", "day", "free");
  await limit(of, "organization", 2n, "requests", "minute", "free");
  assert.is((await gateway.chat(of.key, { ...gift, model: "acme/broken:free" })).status, 502);
  await gateway.finals(1);
  await served(of, gift);
  assert.is((await refused(of, gift)).metadata["limit_source"], "openrouter_free_tier_minute");
});

test("a balance below zero refuses free models too, and a grant opens them again (L-6)", async () => {
  const of = await customer("0.0005");
  // Our bound of the prompt and ten tokens were held; the provider reports a thousand.
  const answer = await gateway.chat(of.key, { ...good, model: "acme/ok-c1000", max_tokens: 10 });
  assert.is(answer.status, 200);
  const finals = await gateway.finals(1);
  await db.transaction((tx) => postGenerations(tx, finals));
  await gateway.settled(
    await db.transaction((tx) => recordChange(tx, "organization", of.organization)),
  );
  for (const body of [gift, good]) {
    const { status, message, metadata } = await refused(of, body);
    assert.equal([status, metadata["limit_source"]], [402, "openrouter_credits"]);
    assert.match(message, "below zero");
  }
  const granted = await db.transaction((tx) =>
    grantCredits(tx, { organizationId: of.organization, amount: parseDollars("1"), actor: "test" }),
  );
  await gateway.settled(granted.sequence ?? 0);
  await served(of, gift);
});

test("every limit of docs/keys-and-limits.md was met here, and no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/keys-and-limits.md"), "utf8");
  const told = [...page.matchAll(/^\| `(openrouter_\w+)`/gm)].map(([, source = ""]) => source);
  assert.equal([...sources].toSorted(), told.toSorted());
});

test.run();
