// The door of commands, over a real socket: who may, what is refused and how, and that a command which answered
// is in force.
import { connect } from "node:net";
import { TRPCClientError } from "@trpc/client";
import { sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { installQueues } from "#control/jobs/queue.ts";
import { mintKey } from "#control/keys/mint-key.ts";
import { startServer } from "#control/server.ts";
import { createAdminClient, type AdminClient } from "#control/trpc/admin.ts";
import { openDatabase } from "#schema/database.ts";
import type { Role } from "#schema/tables/organizations.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { acme, globex, operatorKey, runtime } = installation;
const { db } = runtime;
const server = await startServer(runtime, { host: "127.0.0.1", port: 0 });
const { origin } = server;
const client = (key: string) => createAdminClient({ origin, key });
const operator = client(operatorKey);
const owner = client(acme.management.key);
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
const viewer = client(await keyOf("viewer"));
const admin = client(await keyOf("admin"));

const test = suite("trpc");
test.after(async () => {
  await server.stop();
  await installation.close();
});

/** The HTTP status and message that a refused command answers with. */
async function refusal(
  work: Promise<unknown>,
): Promise<{ status: number; message: string; fields: Record<string, string[]> }> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof TRPCClientError)) throw error;
    const { data } = error as {
      data?: {
        httpStatus: number;
        stack?: string;
        zod: { fieldErrors: Record<string, string[]> } | null;
      };
    };
    assert.is(data?.stack, undefined);
    return {
      status: data?.httpStatus ?? 0,
      message: error.message,
      fields: data?.zod?.fieldErrors ?? {},
    };
  }
  return { status: 200, message: "", fields: {} };
}
const statusOf = async (work: Promise<unknown>) => (await refusal(work)).status;

test("a key goes through its whole life by commands", async () => {
  const minted = await owner.keys.mint.mutate({ name: "app", limit: "5.50", limitReset: "daily" });
  assert.match(minted.key, /^sk-tp-v1-/);
  assert.ok(minted.appliedEverywhere);
  const shown = await owner.keys.get.query({ key: minted.id });
  assert.equal(
    [shown.limit, shown.limitReset, shown.limitRemaining, shown.usage],
    ["5.5", "daily", "5.5", "0"],
  );
  assert.not.ok(JSON.stringify(await owner.keys.list.query({})).includes(minted.key));
  await owner.keys.update.mutate({ key: minted.hash, name: "renamed", limit: null });
  assert.equal((await owner.keys.get.query({ key: minted.id })).limit, null);
  assert.ok((await owner.keys.revoke.mutate({ key: minted.id })).appliedEverywhere);
  assert.is(await statusOf(owner.keys.get.query({ key: minted.id })), 404);
});

test("an operator sets up an organization, a provider, a model and its prices", async () => {
  await operator.organizations.create.mutate({ slug: "new-org", name: "New" });
  assert.is(
    (
      await operator.credits.grant.mutate({
        organization: "new-org",
        amount: "12.50",
        idempotencyKey: "a",
      })
    ).balance,
    "12.5",
  );
  assert.ok(
    (
      await operator.credits.grant.mutate({
        organization: "new-org",
        amount: "12.50",
        idempotencyKey: "a",
      })
    ).replayed,
  );
  assert.is((await operator.credits.get.query({ organization: "new-org" })).balance, "12.5");
  await operator.providers.connect.mutate({
    slug: "north",
    name: "North",
    baseUrl: "https://north.test/v1",
    key: "sk-north-secret",
  });
  await operator.models.put.mutate({ id: "north/star", name: "Star", contextLength: 8192 });
  await operator.models.putEndpoint.mutate({
    model: "north/star",
    provider: "north",
    upstreamModel: "star",
  });
  const name = { model: "north/star", provider: "north" };
  const charge = {
    input: "1.00",
    output: "2.00",
    cache_write: "1.25",
    request: "0.001",
    tiers: [{ above_input_tokens: 200_000, input: "2.00" }],
  };
  const published = await operator.prices.publish.mutate({
    ...name,
    charge,
    cost: { input: "0.80", output: "1.60" },
  });
  assert.ok(
    published.chargePriceId !== null &&
      published.costPriceId !== null &&
      published.appliedEverywhere &&
      !published.unchanged,
  );
  assert.ok((await operator.prices.publish.mutate({ ...name, charge })).unchanged);
  const lists = await operator.prices.list.query({ ...name, side: "charge" });
  assert.equal(lists.rows[0]?.prices, charge);
  assert.not.ok(JSON.stringify(await operator.providers.list.query()).includes("sk-north-secret"));
  const models = await viewer.models.list.query({ limit: 100 });
  assert.equal(
    models.rows
      .find((row) => row.id === "north/star")
      ?.endpoints.map((endpoint) => endpoint.provider),
    ["north"],
  );
  assert.equal(
    (await operator.credits.reconcile.query()).checks.flatMap((check) => check.differences),
    [],
  );
});

const commands: {
  name: string;
  call: (as: AdminClient) => Promise<unknown>;
  may: { viewer: number; owner: number };
}[] = [
  { name: "keys.list", call: (as) => as.keys.list.query({}), may: { viewer: 200, owner: 200 } },
  { name: "credits.get", call: (as) => as.credits.get.query(), may: { viewer: 200, owner: 200 } },
  {
    name: "keys.mint",
    call: (as) => as.keys.mint.mutate({ name: "x" }),
    may: { viewer: 403, owner: 200 },
  },
  {
    name: "keys.revoke",
    call: (as) => as.keys.revoke.mutate({ key: "none" }),
    may: { viewer: 403, owner: 404 },
  },
  {
    name: "keys.mint elsewhere",
    call: (as) => as.keys.mint.mutate({ name: "x", organization: "globex" }),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "keys.list elsewhere",
    call: (as) => as.keys.list.query({ organization: globex.id }),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "credits.grant",
    call: (as) => as.credits.grant.mutate({ organization: "acme", amount: "1" }),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "credits.reconcile",
    call: (as) => as.credits.reconcile.query(),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "organizations.create",
    call: (as) => as.organizations.create.mutate({ slug: "mine", name: "Mine" }),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "providers.list",
    call: (as) => as.providers.list.query(),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "providers.disable",
    call: (as) => as.providers.disable.mutate({ provider: "mill" }),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "models.disable",
    call: (as) => as.models.disable.mutate({ model: "acme/big-1" }),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "prices.publish",
    call: (as) =>
      as.prices.publish.mutate({
        model: "acme/big-1",
        provider: "mill",
        charge: { input: "0", output: "0" },
      }),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "prices.preview",
    call: (as) =>
      as.prices.preview.query({ model: "acme/big-1", provider: "mill", usage: { input: 1 } }),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "prices.unpriced",
    call: (as) => as.prices.unpriced.query(),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "pricing.setPolicy",
    call: (as) => as.pricing.setPolicy.mutate({ kind: "list_discount", basisPoints: 10_000 }),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "pricing.setVolumeDiscount",
    call: (as) => as.pricing.setVolumeDiscount.mutate({ provider: "mill", tiers: [] }),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "credentials.add",
    call: (as) => as.credentials.add.mutate({ provider: "mill", key: "sk-own" }),
    may: { viewer: 403, owner: 200 },
  },
  {
    name: "credentials.list elsewhere",
    call: (as) => as.credentials.list.query({ organization: "globex" }),
    may: { viewer: 403, owner: 403 },
  },
  {
    name: "credentials.remove elsewhere",
    call: (as) => as.credentials.remove.mutate({ organization: "globex", provider: "mill" }),
    may: { viewer: 403, owner: 403 },
  },
];
for (const { name, call, may } of commands) {
  test(`${name} asks who may`, async () => {
    assert.is(await statusOf(call(viewer)), may.viewer);
    assert.is(await statusOf(call(owner)), may.owner);
    assert.is(await statusOf(call(client(acme.inference.key))), 403);
    assert.is(await statusOf(call(client("sk-tp-v1-nonsense"))), 401);
  });
}

test("nobody mints, changes or revokes a key of a higher role than their own", async () => {
  assert.is(
    await statusOf(owner.keys.mint.mutate({ name: "up", kind: "management", role: "operator" })),
    403,
  );
  assert.is(
    await statusOf(admin.keys.mint.mutate({ name: "up", kind: "management", role: "owner" })),
    403,
  );
  assert.is(
    await statusOf(admin.keys.update.mutate({ key: acme.management.id, disabled: true })),
    403,
  );
  assert.is(await statusOf(admin.keys.revoke.mutate({ key: acme.management.id })), 403);
  assert.is(await statusOf(owner.keys.list.query({})), 200); // and it still works
});

test("a command that answered is in force at every living gateway, or says that it is not", async () => {
  await db.execute(
    sql`insert into gateways (id, name, host, pid, seen_change) values ('gw_slow', 'gateway-1', 'here', 1, 0)`,
  );
  const late = await owner.keys.mint.mutate({ name: "late" });
  assert.not.ok(late.appliedEverywhere);
  const revoking = owner.keys.revoke.mutate({ key: late.id });
  await db.execute(sql`update gateways set seen_change = 1000000000 where id = 'gw_slow'`);
  assert.ok((await revoking).appliedEverywhere);
  await db.execute(
    sql`update gateways set seen_change = 0, seen_at = now() - interval '1 minute' where id = 'gw_slow'`,
  );
  assert.ok((await owner.keys.mint.mutate({ name: "unseen" })).appliedEverywhere);
  await db.execute(sql`delete from gateways`);
});

test("input that is wrong says which field, and what was expected", async () => {
  const amount = await refusal(
    operator.credits.grant.mutate({ organization: "acme", amount: "ten" }),
  );
  assert.is(amount.status, 400);
  assert.match(amount.message, /^amount: expected an amount in USD/);
  assert.ok(amount.fields["amount"]);
  const slug = await refusal(
    operator.organizations.create.mutate({ slug: "Not A Slug", name: "" }),
  );
  assert.equal(Object.keys(slug.fields).sort(), ["name", "slug"]);
  const typo = await refusal(owner.keys.mint.mutate({ name: "x", limits: "5" } as never));
  assert.match(typo.message, /limits/);
  const price = await refusal(
    operator.prices.publish.mutate({
      model: "acme/big-1",
      provider: "mill",
      charge: { input: "0.00000001", output: "1" },
    }),
  );
  assert.is(price.status, 400);
  assert.match(price.message, /^charge\.input: /);
  const past = await refusal(
    operator.prices.publish.mutate({
      model: "acme/big-1",
      provider: "mill",
      charge: { input: "1", output: "1" },
      effectiveAt: "2020-01-01T00:00:00Z",
    }),
  );
  assert.match(past.message, /^effectiveAt: /);
  const taken = await refusal(
    operator.organizations.create.mutate({ slug: "acme", name: "Again" }),
  );
  assert.is(taken.status, 409);
});

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(origin + path, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${operatorKey}`,
      ...headers,
    },
  });

test("malformed requests are the client's fault, each of them", async () => {
  for (const body of [
    "",
    "{",
    "null",
    "[]",
    "1",
    '"x"',
    '{"slug":1}',
    '{"slug":"\\u0000","name":"\\u0000"}',
    "\u0000",
  ]) {
    const answer = await post("/trpc/organizations.create", body);
    assert.is(
      Math.floor(answer.status / 100),
      4,
      `${JSON.stringify(body)}: ${answer.status} ${await answer.text()}`,
    );
  }
  for (const path of [
    "/trpc/none",
    "/trpc/keys",
    "/trpc/keys.mint.more",
    "/trpc/%ff",
    "/trpc/keys.list?input=%7B",
    "/trpc/__proto__",
  ]) {
    const answer = await fetch(origin + path, {
      headers: { authorization: `Bearer ${operatorKey}` },
    });
    const text = await answer.text();
    assert.is(Math.floor(answer.status / 100), 4, `${path}: ${answer.status} ${text}`);
    assert.not.match(text, /node_modules|\.ts:/);
  }
});

test("text that Postgres cannot hold is refused, not an error of ours", async () => {
  assert.is(await statusOf(owner.keys.mint.mutate({ name: "a\u0000b" })), 400);
  assert.is(await statusOf(owner.keys.get.query({ key: "\u0000" })), 400);
  assert.is(await statusOf(operator.organizations.get.query({ organization: "\u0000" })), 400);
});

test("a batch of more than ten is refused, and the client never sends one", async () => {
  const paths = Array.from({ length: 11 }, () => "credits.get").join(",");
  const answer = await fetch(`${origin}/trpc/${paths}?batch=1&input=%7B%7D`, {
    headers: { authorization: `Bearer ${operatorKey}` },
  });
  assert.is(answer.status, 400);
  const many = await Promise.all(Array.from({ length: 25 }, () => viewer.credits.get.query()));
  assert.is(many.length, 25);
});

test("a body of more than a megabyte is refused, said or not", async () => {
  const big = JSON.stringify({ slug: "x", name: "x".repeat(1_100_000) });
  assert.is((await post("/trpc/organizations.create", big)).status, 413);
  const chunks = new Blob([big]).stream();
  const unsaid = await fetch(`${origin}/trpc/organizations.create`, {
    method: "POST",
    body: chunks,
    duplex: "half",
    headers: { "content-type": "application/json", authorization: `Bearer ${operatorKey}` },
  } as RequestInit).then(
    (answer) => answer.status,
    () => 413,
  ); // or the connection is cut while it is still being sent
  assert.is(unsaid, 413);
});

test("there is no permission for other sites to call", async () => {
  const answer = await fetch(`${origin}/trpc/credits.get`, {
    method: "OPTIONS",
    headers: { origin: "https://evil.test", "access-control-request-method": "POST" },
  });
  assert.is(answer.headers.get("access-control-allow-origin"), null);
});

test("health, readiness, metrics and the front page answer, and other paths say 404 in JSON", async () => {
  assert.equal(await (await fetch(`${origin}/healthz`)).json(), { status: "ok" });
  await installQueues(installation.databaseUrl);
  const ready = await fetch(`${origin}/readyz`);
  assert.equal(
    [ready.status, await ready.json()],
    [200, { status: "ready", degraded: ["no gateway has been seen for 15 s"] }],
  );
  assert.match(await (await fetch(`${origin}/metrics`)).text(), /^turnpike_database_up 1$/m);
  assert.match((await fetch(origin)).headers.get("content-type") ?? "", /^text\/html/);
  const none = await fetch(`${origin}/nothing/here`);
  assert.is(none.status, 404);
  const body = (await none.json()) as { error: { code: number; metadata: { error_type: string } } };
  assert.equal([body.error.code, body.error.metadata.error_type], [404, "not_found"]);
});

test("while the database is away commands answer 503 with a reason, and the process is healthy", async () => {
  const away = openDatabase("postgres://nobody@127.0.0.1:9/none", {
    connectionsMax: 2,
    name: "away",
  });
  const cut = await startServer(
    { ...runtime, db: away.db, analytics: away.db },
    { host: "127.0.0.1", port: 0 },
  );
  const { status, message } = await refusal(
    createAdminClient({ origin: cut.origin, key: operatorKey }).keys.list.query({}),
  );
  assert.is(status, 503);
  assert.match(message, /database/);
  assert.not.match(message, /ECONNREFUSED|select/);
  assert.is((await fetch(`${cut.origin}/healthz`)).status, 200);
  assert.is((await fetch(`${cut.origin}/readyz`)).status, 503);
  await cut.stop();
  await away.close();
});

test("a client that says nothing useful does not keep the server from stopping", async () => {
  const other = await startServer(runtime, { host: "127.0.0.1", port: 0 });
  const socket = connect(Number(new URL(other.origin).port), "127.0.0.1");
  await new Promise((resolve) => socket.once("connect", resolve));
  socket.on("error", () => {});
  const startedAt = performance.now();
  await other.stop();
  assert.ok(performance.now() - startedAt < 9_000);
  socket.destroy();
});

test.run();
