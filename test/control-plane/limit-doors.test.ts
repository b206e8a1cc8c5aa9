// Limits, budgets, rate tiers, workspaces and gateways through their doors: the config file, commands, the CLI, GET /key.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { OpenRouter } from "@openrouter/sdk";
import { TRPCClientError } from "@trpc/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { run } from "#control/cli/run.ts";
import { applyConfiguration, type Applied } from "#control/configuration/apply-configuration.ts";
import {
  exportConfiguration,
  writeConfiguration,
} from "#control/configuration/export-configuration.ts";
import {
  ConfigurationError,
  parseConfiguration,
} from "#control/configuration/parse-configuration.ts";
import { writePrivateFile } from "#control/configuration/write-private-file.ts";
import { bootstrapPath } from "#control/read-bootstrap.ts";
import { installQueues } from "#control/jobs/queue.ts";
import { startServer } from "#control/server.ts";
import { createAdminClient } from "#control/trpc/admin.ts";
import { mintId } from "#schema/ids.ts";
import { openClient } from "#schema/client.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { acme, globex, operatorKey, runtime } = installation;
const { db } = runtime;
await installQueues(installation.databaseUrl); // the metrics count jobs
const server = await startServer(runtime, { host: "127.0.0.1", port: 0 });
const folder = mkdtempSync(join(tmpdir(), "turnpike-limits-"));
writePrivateFile(
  bootstrapPath(folder),
  JSON.stringify({
    origin: server.origin,
    inference_key: acme.inference.key,
    management_key: operatorKey,
    dashboard_url: server.origin,
    admin: { email: "admin@localhost", login_url: server.origin },
  }),
);
const operator = createAdminClient({ origin: server.origin, key: operatorKey });
const owner = createAdminClient({ origin: server.origin, key: acme.management.key });
const client = openClient(installation.databaseUrl, { connectionsMax: 1, name: "limit doors" });
const test = suite("limit doors");
test.after(async () => {
  await client.end();
  await server.stop();
  await installation.close();
  rmSync(folder, { recursive: true });
});

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof TRPCClientError)
      return `${String((error.data as { code?: string } | null)?.code)} ${error.message}`;
    throw error;
  }
  return "none";
}

// --- The config file.

const file = `
organizations:
  - slug: bounded
    limits:
      - {unit: requests, per: minute, limit: 600}
      - {unit: usd, per: month, limit: "1000.00"}
      - {unit: requests, per: day, limit: null, scope: free}
    workspaces:
      - slug: production
        name: Production
        budgets: {lifetime: "5000.00", monthly: 500, daily: "25.50"}
        limits: [{unit: concurrency, limit: 40}]
    keys:
      - name: app
        workspace: production
        limit: "5.00"
        limit_reset: daily
        limits:
          - {unit: usd, per: month, limit: "100.00"}
          - {unit: requests, per: minute, limit: 60}
          - {unit: tokens, per: minute, limit: 100000}
          - {unit: requests, per: day, limit: 10, scope: acme/big-1}
          - {unit: concurrency, limit: 8}
      - name: batch
`;
const apply = (text: string): Promise<Applied> =>
  db.transaction((tx) =>
    applyConfiguration(tx, parseConfiguration(text), {
      masterKey: runtime.masterKey,
      environment: {},
      actor: "test",
      now: new Date(),
    }),
  );
const exported = async () => writeConfiguration(await exportConfiguration(db, new Date()), "yaml");

test("a config file sets limits and budgets, and changes nothing the second time", async () => {
  const first = await apply(file);
  assert.ok(first.changes.includes("workspace production of bounded created"));
  assert.ok(
    first.changes.includes(
      "lifetime and monthly and daily budget of workspace production of bounded set",
    ),
  );
  assert.ok(
    first.changes.includes("limit of requests per day for acme/big-1 of key app of bounded set"),
  );
  assert.equal((await apply(file)).changes, []);
  const { rows } = await operator.limits.list.query({ organization: "bounded" });
  assert.equal(
    rows.map(({ subject, unit, per, scope, limit, own }) =>
      [subject.kind, subject.name, unit, per, scope, limit, own].join(" "),
    ),
    [
      "key app concurrency lifetime  8 false",
      "key app usd day  5 true",
      "key app usd month  100 false",
      "key app requests day acme/big-1 10 false",
      "key app requests minute  60 false",
      "key app tokens minute  100000 false",
      "organization bounded usd month  1000 false",
      "organization bounded requests day free  false",
      "organization bounded requests minute  600 false",
      "organization bounded requests minute free 20 false",
      "workspace production concurrency lifetime  40 false",
      "workspace production usd day  25.5 false",
      "workspace production usd lifetime  5000 false",
      "workspace production usd month  500 false",
    ].toSorted((a, b) => order(a) - order(b)),
  );
});
/** The list is in the order of the stored words, in which money is called picodollars. */
const order = (line: string): number => {
  const [kind, , unit, per] = line.split(" ");
  const units = ["concurrency", "usd", "requests", "tokens"];
  const windows = ["day", "lifetime", "minute", "month"];
  const kinds = ["key", "organization", "workspace"];
  return (
    kinds.indexOf(kind ?? "") * 100 + units.indexOf(unit ?? "") * 10 + windows.indexOf(per ?? "")
  );
};

test("an exported file says the same limits, and applying it changes nothing", async () => {
  const text = await exported();
  assert.match(text, /workspace: production/);
  assert.match(text, /monthly: "500\.00"/);
  assert.equal((await apply(text)).changes, []);
});

test("budgets of a file are raised and lowered all at once, whatever their order in between", async () => {
  const budgets = (text: string) => file.replace(/budgets: \{.*\}/, `budgets: ${text}`);
  await apply(budgets('{lifetime: "50000.00", monthly: 6000, daily: "5500.00"}'));
  await apply(budgets('{lifetime: "5.00", monthly: 2, daily: "1"}'));
  await apply(budgets('{lifetime: null, monthly: "3"}'));
  const { rows } = await operator.budgets.list.query({
    organization: "bounded",
    workspace: "production",
  });
  assert.equal(
    rows.map(({ interval, limit }) => [interval, limit]),
    [
      ["monthly", "3"],
      ["daily", "1"],
    ],
  );
});

for (const { name, from, to, says } of [
  {
    name: "budgets out of order",
    from: 'monthly: 500, daily: "25.50"',
    to: 'monthly: 500, daily: "500.00"',
    says: /workspaces\[0\]\.budgets\.daily .*must be below \$500\.00, the monthly budget/,
  },
  {
    name: "a second number for the key's own limit",
    from: '{unit: usd, per: month, limit: "100.00"}',
    to: '{unit: usd, per: day, limit: "100.00"}',
    says: /the window of the key's own limit/,
  },
  {
    name: "two limits of one kind",
    from: "{unit: tokens, per: minute, limit: 100000}",
    to: "{unit: requests, per: minute, limit: 61}",
    says: /two limits of requests per minute/,
  },
  {
    name: "a limit without a window",
    from: "{unit: tokens, per: minute,",
    to: "{unit: tokens,",
    says: /limits\[2\]\.per .*is missing/,
  },
  {
    name: "a fraction of a request",
    from: "limit: 60}",
    to: "limit: 60.5}",
    says: /limits\[1\]\.limit .*whole number of requests/,
  },
  {
    name: "an unknown unit",
    from: "{unit: tokens",
    to: "{unit: token",
    says: /expected one of usd, requests, tokens, concurrency/,
  },
  {
    name: "credit as a limit",
    from: '{unit: usd, per: month, limit: "1000.00"}',
    to: '{unit: usd, per: lifetime, limit: "1000.00"}',
    says: /organizations\[0\]\.limits\[1\]\.per .*its credit/,
  },
]) {
  test(`a config file with ${name} is refused, naming the field`, () => {
    assert.ok(file.includes(from));
    try {
      parseConfiguration(file.replace(from, to));
      assert.unreachable();
    } catch (error) {
      assert.instance(error, ConfigurationError);
      assert.match((error as Error).message, says);
    }
  });
}

// --- Commands.

test("L-11: an owner sets budgets of its own workspaces by command, and is told what would pass", async () => {
  await owner.workspaces.create.mutate({ slug: "staging", name: "Staging" });
  assert.match(
    await refusal(owner.workspaces.create.mutate({ slug: "staging", name: "Again" })),
    /^CONFLICT .*exists already/,
  );
  const workspace = "staging";
  const done = await owner.budgets.set.mutate({ workspace, interval: "monthly", limit: "500.00" });
  assert.ok(done.changed && done.appliedEverywhere);
  assert.match(
    await refusal(owner.budgets.set.mutate({ workspace, interval: "daily", limit: "500.00" })),
    /^BAD_REQUEST .*below \$500\.00 \(the monthly budget\)/,
  );
  await owner.budgets.set.mutate({ workspace, interval: "daily", limit: "499.99" });
  await owner.budgets.remove.mutate({ workspace, interval: "monthly" });
  const { rows } = await owner.budgets.list.query({ workspace });
  assert.equal(
    rows.map(({ interval, limit, remaining }) => [interval, limit, remaining]),
    [["daily", "499.99", "499.99"]],
  );
  const { id } = await owner.keys.mint.mutate({ name: "staged", workspace });
  const { rows: workspaces } = await owner.workspaces.list.query();
  assert.is(
    (await owner.keys.get.query({ key: id })).workspaceId,
    workspaces.find(({ slug }) => slug === workspace)?.id,
  );
});

test("only an operator bounds an organization, changes tiers and gives up gateways; nobody reaches into another", async () => {
  const requests = { unit: "requests", per: "minute", limit: 5 } as const;
  for (const work of [
    () => owner.limits.set.mutate(requests),
    () =>
      owner.limits.set.mutate({ ...requests, organization: globex.slug, key: globex.inference.id }),
    () => owner.limits.remove.mutate({ unit: "requests", per: "minute" }),
    () => owner.rateTiers.remove.mutate({ name: "paid" }),
    () => owner.gateways.list.query(),
    () => owner.gateways.forfeit.mutate({ gateway: "gateway-1" }),
  ])
    assert.match(await refusal(work()), /^FORBIDDEN /);
  assert.match(
    await refusal(owner.limits.set.mutate({ ...requests, key: globex.inference.id })),
    /^NOT_FOUND /,
  );
  assert.match(
    await refusal(owner.limits.set.mutate({ ...requests, workspace: "default", key: "key_x" })),
    /^BAD_REQUEST .*not both/,
  );
  await operator.limits.set.mutate({ ...requests, organization: acme.slug });
  await operator.limits.remove.mutate({
    organization: acme.slug,
    unit: "requests",
    per: "minute",
  });
});

for (const { name, input, says } of [
  {
    name: "a fraction",
    input: { unit: "requests", per: "day", limit: 1.5 },
    says: /limit: .*whole/,
  },
  { name: "a negative number", input: { unit: "tokens", per: "day", limit: -1 }, says: /limit: / },
  { name: "a negative amount", input: { unit: "usd", per: "day", limit: "-1" }, says: /negative/ },
  { name: "no window", input: { unit: "usd", limit: "1" }, says: /per: expected one of/ },
  { name: "a word", input: { unit: "usd", per: "day", limit: "much" }, says: /limit: / },
] as const) {
  test(`a limit with ${name} is refused by command, naming the field`, async () => {
    const work = owner.limits.set.mutate({ key: acme.inference.id, ...input });
    assert.match(await refusal(work), new RegExp(`^BAD_REQUEST .*${says.source}`));
  });
}

// --- GET /key.

test("L-3, L-7, L-8: GET /key shows free requests, the rate, the key's own limit and all that bounds it", async () => {
  const { key, id } = await owner.keys.mint.mutate({
    name: "shown",
    limit: "5",
    limitReset: "daily",
  });
  await owner.limits.set.mutate({ key: id, unit: "usd", per: "month", limit: "1" });
  const ask = async () => {
    const response = await fetch(`${server.origin}/api/v1/key`, {
      headers: { authorization: `Bearer ${key}` },
    });
    return ((await response.json()) as { data: Record<string, never> }).data;
  };
  const before = await ask();
  assert.equal(before["rate_limit"]?.["requests"], -1);
  const { resets_at, ...free } = before["free_model_daily_requests"] as unknown as {
    resets_at: string;
  };
  assert.equal(free, { limit: 50, used: 0, remaining: 50 });
  assert.ok(Date.parse(resets_at) > Date.now() && Date.parse(resets_at) % 86_400_000 === 0);
  await owner.limits.set.mutate({ key: id, unit: "requests", per: "minute", limit: 30 });
  await installation.book(
    installation.record(acme, { key: id, charge: "250000000000", draws: [] }),
  );
  const after = await ask();
  assert.equal(
    [after["limit"], after["limit_reset"], after["rate_limit"]?.["requests"]],
    [5, "daily", 30],
  );
  assert.equal(after["is_free_tier"], false);
  const limits = after["limits"] as unknown as { unit: string; per: string; subject: string }[];
  assert.equal(
    limits.filter(({ subject }) => subject === "key").map(({ unit, per }) => `${unit} ${per}`),
    ["usd day", "usd month", "requests minute"],
  );
  const sdk = new OpenRouter({ apiKey: key, serverURL: `${server.origin}/api/v1` });
  const { data } = await sdk.apiKeys.getCurrentKeyMetadata();
  assert.is(data.freeModelDailyRequests.remaining, 50);
});

// --- The CLI.

async function turnpike(words: string): Promise<{ code: number; out: string; error: string }> {
  const result = { code: -1, out: "", error: "" };
  result.code = await run(words.split(" "), {
    environment: { DATA_DIR: folder },
    folder,
    stdin: Readable.from([]) as unknown as NodeJS.ReadStream,
    write: (text) => void (result.out += text),
    writeError: (text) => void (result.error += text),
    width: null,
  });
  return result;
}
async function succeeds(words: string): Promise<string> {
  const { code, out, error } = await turnpike(words);
  assert.is(code, 0, `${words}: ${error}`);
  return out;
}

test("limits, budgets and workspaces are set, listed and removed by the CLI", async () => {
  const o = "--organization globex";
  await succeeds(`workspaces create lab ${o}`);
  await succeeds(`keys mint probe --workspace lab ${o}`);
  await succeeds(`limits set requests 60 --per minute --key probe ${o}`);
  assert.is(
    await succeeds(`limits set requests 60 --per minute --key probe ${o}`),
    "It was so already.\n",
  );
  await succeeds(`limits set usd $2.50 --per day --key probe ${o}`);
  await succeeds(`limits set concurrency 4 ${o}`);
  await succeeds(`budgets set lab monthly 500.00 ${o}`);
  assert.match(await succeeds(`budgets list lab ${o}`), /monthly +\$500\.00 +\$0\.00 +\$500\.00/);
  const list = await succeeds(`limits list ${o}`);
  assert.match(list, /key probe +60 requests per minute +all/);
  assert.match(list, /key probe +\$2\.50 per day/);
  assert.match(list, /organization globex +4 at once +all .* set\n/);
  assert.match(list, /organization globex +20 requests per minute +free .* rate tier\n/);
  await succeeds(`limits remove concurrency ${o}`);
  await succeeds(`budgets remove lab monthly ${o}`);
  assert.match((await turnpike(`limits remove concurrency ${o}`)).error, /no limit of concurrency/);
  assert.is((await turnpike(`limits set minutes 5 --per day ${o}`)).code, 2);
  assert.match(await succeeds(`workspaces list ${o}`), /default[^]*lab/);
});

test("rate tiers are changed by the CLI, one number at a time", async () => {
  await succeeds("rate-tiers set starter --requests-per-minute 900");
  const starter = async () =>
    (await operator.rateTiers.list.query()).rows.find(({ name }) => name === "starter");
  assert.equal(
    [(await starter())?.requestsPerMinute, (await starter())?.freeRequestsPerDay],
    [900, 50],
  );
  assert.match(await succeeds("rate-tiers set starter --requests-per-minute none"), /organization/);
  assert.is((await starter())?.requestsPerMinute, null);
  assert.match((await turnpike("rate-tiers set gold")).error, /such as --from 100/);
  await succeeds("rate-tiers set gold --from 100 --concurrent-requests 50");
  assert.match(await succeeds("rate-tiers list"), /gold +\$100\.00/);
  await succeeds("rate-tiers remove gold");
});

test("a lost gateway is listed and given up by the CLI, a living one only by force", async () => {
  for (const [name, seconds] of [
    ["far", 90],
    ["near", 1],
  ] as const)
    await client`insert into gateways (id, name, host, pid, seen_at)
      values (${mintId("gateway")}, ${name}, 'test', 1, now() - make_interval(secs => ${seconds}))`;
  assert.match(await succeeds("gateways list"), /far +test +lost/);
  assert.match(await succeeds("gateways forfeit far"), /is forfeited: 0 leases went back/);
  assert.match((await turnpike("gateways forfeit near")).error, /seen \d+ s ago/);
  await succeeds("gateways forfeit near --force");
  assert.match(await succeeds("gateways list"), /near +test +forfeited/);
  const metrics = await (await fetch(`${server.origin}/metrics`)).text();
  assert.match(metrics, /turnpike_gateways_forfeited 2\n/);
});

test.run();
