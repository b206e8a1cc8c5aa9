import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { eq, sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { actorOf } from "#control/actor.ts";
import { table } from "#control/cli/table.ts";
import { run } from "#control/cli/run.ts";
import { install } from "#control/install.ts";
import { startServer } from "#control/server.ts";
import { openDatabase } from "#schema/database.ts";
import { keys } from "#schema/tables/keys.ts";
import { testDatabase } from "#test/database.ts";

const cli = suite("turnpike CLI");
const database = await testDatabase();
const opened = openDatabase(database.url, { connectionsMax: 4, name: "cli test" });
const { db } = opened;
const folder = mkdtempSync(join(tmpdir(), "turnpike-cli-"));
const masterKey = "ef".repeat(32);
const server = await startServer(
  { db, analytics: db, masterKey, origin: "http://127.0.0.1", now: () => new Date() },
  { host: "127.0.0.1", port: 0 },
);
await install({
  host: "127.0.0.1",
  port: Number(new URL(server.origin).port),
  controlPort: 4001,
  databaseUrl: database.url,
  analyticsDatabaseUrl: database.url,
  dataDir: folder,
  gatewayWorkers: 1,
  masterKey,
  masterKeyAlso: null,
  durability: "process",
  spoolFreeMbMin: 512,
  leaseQuarantineMinutes: 60,
  configFile: null,
  bootstrapCredits: "10.00",
  simulatorUrl: "http://127.0.0.1:4002",
  environment: {},
});

cli.after(async () => {
  await server.stop();
  await opened.close();
  await database.close();
  rmSync(folder, { recursive: true });
});

type Result = { code: number; out: string; error: string };

/** Runs `turnpike …` in this process. Without DATABASE_URL only a running installation can be reached. */
async function turnpike(
  words: string[],
  { environment = {}, input = "" }: { environment?: Record<string, string>; input?: string } = {},
): Promise<Result> {
  const result: Result = { code: -1, out: "", error: "" };
  result.code = await run(words, {
    environment: { DATA_DIR: folder, ...environment },
    folder,
    stdin: Readable.from(input === "" ? [] : [input]) as unknown as NodeJS.ReadStream,
    write: (text) => void (result.out += text),
    writeError: (text) => void (result.error += text),
    width: 100,
  });
  return result;
}

const json = async <Value>(words: string[]): Promise<Value> => {
  const { code, out, error } = await turnpike([...words, "--json"]);
  assert.is(code, 0, error);
  return JSON.parse(out) as Value;
};

const file = `
providers: [{slug: acme, protocol: openai-chat, base_url: "https://api.acme.example/v1", key_env: ACME_API_KEY}]
models: [{id: acme/big, context_length: 8192, endpoints: [{provider: acme, upstream_model: big, charge: {input: 1, output: 2}}]}]
organizations: [{slug: demo, credits: "5", keys: [{name: app, limit: "2.50", limit_reset: weekly}]}]
`;

cli(
  "apply does what the file says, keeps the secrets, and says unchanged the second time",
  async () => {
    writeFileSync(join(folder, "demo.yaml"), file);
    const environment = { ACME_API_KEY: "sk-acme" };
    const applied = await turnpike(["apply", "demo.yaml"], { environment });
    assert.is(applied.code, 0, applied.error);
    assert.match(applied.out, /provider acme connected\n/);
    assert.match(applied.out, /\$5\.00 of credit granted to demo\n/);
    assert.not.match(applied.out, /sk-/);
    const path = join(folder, "keys.json");
    const secrets = JSON.parse(readFileSync(path, "utf8")) as { demo: { app: string } };
    assert.is(statSync(path).mode & 0o777, 0o600);
    assert.is((await actorOf(db, `Bearer ${secrets.demo.app}`)).keyKind, "inference");
    const again = await turnpike(["apply", "-"], { input: file });
    assert.is(again.out, "unchanged: everything is as the file says\n");
  },
);

cli("export prints a file that apply finds unchanged", async () => {
  const { out, code } = await turnpike(["export"]);
  assert.is(code, 0);
  assert.match(out, /charge: \{input: "1.00", output: "2.00"\}/);
  assert.match((await turnpike(["apply", "-"], { input: out })).out, /^unchanged/);
  assert.is((await json<{ models: unknown[] }>(["export"])).models.length, 1);
});

cli("a file that is wrong changes nothing, names every field, and exits 1", async () => {
  const wrong = file.replace("input: 1,", "inptu: 1,").replace("slug: demo", "slug: Demo");
  const { code, error } = await turnpike(["apply", "-"], { input: wrong });
  assert.is(code, 1);
  assert.match(error, /3 problems; nothing was applied/);
  assert.match(error, /models\[0\]\.endpoints\[0\]\.charge\.inptu \(line 3\): is not priced/);
  assert.match(error, /organizations\[0\]\.slug \(line 4\): expected a slug/);
  assert.match((await turnpike(["apply", "missing.yaml"])).error, /cannot read .*missing\.yaml/);
});

cli("a key is minted, listed and revoked by its name", async () => {
  const { key } = await json<{ key: string }>([
    "keys",
    "mint",
    "ci",
    "--limit",
    "1.50",
    "--limit-reset",
    "daily",
  ]);
  await actorOf(db, `Bearer ${key}`);
  const listed = await turnpike(["keys", "list"]);
  assert.match(listed.out, /^ci +sk-tp-v1-.* inference +\$1\.50 daily +\$0\.00 +active/m);
  assert.not.match(listed.out, new RegExp(key));
  assert.is((await turnpike(["keys", "revoke", "ci"])).code, 0);
  await actorOf(db, `Bearer ${key}`).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /revoked/),
  );
  const gone = await turnpike(["keys", "revoke", "ci"]);
  assert.is(gone.code, 1);
  assert.match(gone.error, /no key is named "ci"; see: turnpike keys list/);
});

cli("credit is granted once under an idempotency key", async () => {
  const grant = ["credits", "grant", "demo", "2.50", "--idempotency-key", "a"];
  assert.match((await turnpike(grant)).out, /^Granted\. demo has \$7\.50/);
  assert.match((await turnpike(grant)).out, /^Granted before .* demo has \$7\.50/);
  assert.equal(await json(["credits", "show", "demo"]), {
    granted: "7.5",
    used: "0",
    leased: "0",
    balance: "7.5",
  });
});

cli("catalogue and organizations are listed", async () => {
  assert.match(
    (await turnpike(["models", "list", "big"])).out,
    /^acme\/big +acme\/big +8,192 +active +acme$/m,
  );
  assert.match((await turnpike(["providers", "list"])).out, /^acme +acme +openai-chat +1 +active/m);
  assert.is((await turnpike(["organizations", "create", "third"])).code, 0);
  const all = await json<{ slug: string }[]>(["organizations", "list"]);
  assert.equal(
    all.map(({ slug }) => slug),
    ["default", "demo", "third"],
  );
  assert.match((await turnpike(["organizations", "create", "third"])).error, /exists already/);
});

cli("a price is published at the one endpoint there is, and listed", async () => {
  const publish = ["prices", "publish", "acme/big", "--charge", "input=3,output=4,cache_read=0.3"];
  assert.match((await turnpike(publish)).out, /^Published/);
  assert.match((await turnpike(publish)).out, /^unchanged/);
  assert.match(
    (await turnpike(["prices", "list", "acme/big"])).out,
    /input 3\.00, output 4\.00, cache_read 0\.30/,
  );
  const misspelt = await turnpike(["prices", "publish", "acme/big", "--charge", "inptu=3"]);
  assert.is(misspelt.code, 2);
  assert.match(misspelt.error, /"inptu" is not priced; expected one of input, output/);
  assert.match(
    (await turnpike(["prices", "list", "acme/small"])).error,
    /there is no model acme\/small; see: turnpike models list/,
  );
});

cli("a list with every condition is published and shown, with the edge of each tier", async () => {
  const publish = [
    "prices",
    "publish",
    "acme/big",
    "--charge",
    "input=3,output=4",
    "--charge",
    "above 200_000: input=6,output=8",
    "--charge",
    "at tue,mon 16:30-00:30: input=1,output=2",
    "--charge",
    "at tue,mon 16:30-00:30 and above 200000: input=2,output=3",
    "--charge",
    "tier flex: input=1.5,output=2",
    "--charge",
    "tier flex and above 200000: input=3,output=4",
  ];
  assert.match((await turnpike(publish)).out, /^Published/);
  assert.match((await turnpike(publish)).out, /^unchanged/);
  const listed = (await turnpike(["prices", "list", "acme/big"])).out;
  assert.ok(
    listed.includes(
      "input 3.00, output 4.00; above 200,000 (from 200,001): input 6.00, output 8.00; at mon,tue 16:30-00:30: input 1.00, output 2.00; at mon,tue 16:30-00:30 and above 200,000 (from 200,001): input 2.00, output 3.00; tier flex: input 1.50, output 2.00; tier flex and above 200,000 (from 200,001): input 3.00, output 4.00",
    ),
    listed,
  );
  const unclear = await turnpike([...publish, "--charge", "when idle: input=1"]);
  assert.is(unclear.code, 2);
  assert.match(unclear.error, /expected a condition such as "above 200000"/);
  const incomplete = await turnpike([
    "prices",
    "publish",
    "acme/big",
    "--charge",
    "input=3,output=4",
    "--charge",
    "tier flex: input=1",
  ]);
  assert.is(incomplete.code, 1);
  assert.match(incomplete.error, /charge\.service_tiers\.flex\.output: is missing/);
});

cli(
  "a customer's own list, policy, discount and key, and what they give, from the command line",
  async () => {
    const did = async (words: string, input = "") => {
      const { code, out, error } = await turnpike(words.split(" "), { input });
      assert.is(code, 0, `${words}: ${error}`);
      return out;
    };
    await did("prices publish acme/big --charge input=3,output=4 --cost input=2,output=3");
    await did("prices publish acme/big --organization demo --charge input=1,output=1");
    const usage = "--usage input=1000000,output=1000000";
    assert.match(
      await did(`prices preview acme/big ${usage}`),
      /^charge \$7\.00 {3}cost \$5\.00 {3}margin \$2\.00$/m,
    );
    assert.match(
      await did(`prices preview acme/big ${usage} --organization demo`),
      /^charge \$2\.00 .*margin -\$3\.00$/m,
    );
    assert.match(
      await did(`prices preview acme/big ${usage} --policy cost_plus=10%`),
      /With cost_plus=10%:[^]*^charge \$5\.50/m,
    );
    assert.match(await did("prices withdraw acme/big --organization demo"), /^Withdrawn/);
    assert.match(await did("prices withdraw acme/big --organization demo"), /^unchanged/);

    assert.match(
      await did("policies set list_discount 12.5% --organization demo --note contract"),
      /^Set/,
    );
    assert.match(await did("policies set list_discount 12.5% --organization demo"), /^unchanged/);
    assert.match(
      await did("policies list"),
      /^demo +every +every +list_discount +12\.5% .*in force +contract$/m,
    );
    assert.match(
      await did(`prices preview acme/big ${usage} --organization demo`),
      /^policy +list_discount 12\.5%$[^]*^charge \$6\.125 /m,
    );
    assert.match(
      (await turnpike(["policies", "set", "list_discount"])).error,
      /takes a percentage/,
    );
    assert.match((await turnpike(["policies", "set", "list", "5%"])).error, /expected 0, got 500/);

    assert.match(await did("discounts set acme 10000=5% 50000=10%"), /^Set/);
    assert.match(await did("discounts list"), /^acme +\$10000\.00 5%, \$50000\.00 10% +0% /m);
    assert.match(
      (await turnpike(["discounts", "set", "acme", "5=1%", "5=2%"])).error,
      /tiers\[1\]\.above: expected amounts that ascend/,
    );

    const key = "sk-customer-0123456789-abcd";
    assert.is(
      await did("credentials add acme --organization demo", `${key}\n`),
      "Added: sk-…abcd\n",
    );
    assert.match(
      await did("credentials list --organization demo"),
      /^acme +own key +sk-…abcd +in use/m,
    );
    assert.match(await did("credentials remove acme --organization demo"), /^Removed/);
    assert.match(await did("credentials list --organization demo"), /removed/);
    assert.match(
      (await turnpike(["credentials", "add", "acme"])).error,
      /no key on standard input/,
    );
    assert.is(await did("prices unpriced"), "Everything that was used has a price.\n");
  },
);

cli("reconcile says 0 differences, and exits 1 when the books differ", async () => {
  const right = await turnpike(["reconcile"]);
  assert.is(right.code, 0);
  assert.match(right.out, /^✓ /m);
  assert.match(right.out, /^0 differences\n$/m);
  await db.execute(sql`update accounts set balance = balance + 1 where kind = 'grants'`);
  const wrong = await turnpike(["reconcile"]);
  assert.is(wrong.code, 1);
  assert.match(wrong.out, /^✗ .*\n {4}account acct_/m);
  assert.match(wrong.out, /^[1-9]\d* differences\n$/m);
  await db.execute(sql`update accounts set balance = balance - 1 where kind = 'grants'`);
});

for (const { name, words, code, error } of [
  { name: "an unknown command", words: ["kyes"], code: 2, error: /unknown command 'kyes'/ },
  {
    name: "a missing argument",
    words: ["credits", "grant", "demo"],
    code: 2,
    error: /missing required argument 'amount'/,
  },
  {
    name: "a word that is not on the list",
    words: ["keys", "mint", "--kind", "x"],
    code: 2,
    error: /Allowed choices are inference, management/,
  },
  {
    name: "an amount that is none",
    words: ["credits", "grant", "demo", "ten"],
    code: 1,
    error: /expected an amount in USD/,
  },
  {
    name: "a stranger",
    words: ["credits", "show", "nobody"],
    code: 1,
    error: /no organization has the slug or id "nobody"/,
  },
]) {
  cli(`${name} is refused with exit code ${code}, in words`, async () => {
    const result = await turnpike(words);
    assert.is(result.code, code);
    assert.match(result.error, error);
  });
}

cli("every command has help with examples", async () => {
  const { out } = await turnpike(["--help"]);
  const rooms = [
    "keys mint",
    "keys list",
    "keys revoke",
    "credits grant",
    "credits show",
    "models list",
    "providers list",
    "prices list",
    "prices publish",
    "prices withdraw",
    "prices preview",
    "prices unpriced",
    "policies set",
    "policies list",
    "discounts set",
    "discounts list",
    "credentials add",
    "credentials list",
    "credentials remove",
    "organizations create",
    "organizations list",
  ];
  for (const words of ["start", "chat", "apply", "export", "reconcile", ...rooms]) {
    assert.match(out, words.split(" ")[0] ?? "");
    const help = await turnpike([...words.split(" "), "--help"]);
    assert.is(help.code, 0, words);
    assert.match(help.out, `$ turnpike ${words}`, words);
  }
});

cli("chat streams the answer, then says tokens, cost, provider and generation", async () => {
  const asked: { model: string; messages: { content: string }[] }[] = [];
  const gateway = createServer(async (request, response) => {
    if (request.url !== "/api/v1/chat/completions")
      return void response.end(JSON.stringify({ data: [{ id: "acme/big" }] }));
    let body = "";
    for await (const bytes of request) body += String(bytes);
    asked.push(JSON.parse(body) as (typeof asked)[number]);
    response.writeHead(200, { "content-type": "text/event-stream", "x-generation-id": "gen-1-a" });
    response.write(
      `: TURNPIKE PROCESSING\n\ndata: {"id":"gen-1-a","provider":"Acme","model":"acme/big","choices":[{"delta":{"content":"Hé`,
    );
    if (body.includes("break"))
      return void response.end(
        `llo"}}]}\n\ndata: {"error":{"message":"the provider hung up"}}\n\ndata: [DONE]\n\n`,
      );
    response.end(
      `llo"}}]}\n\ndata: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"cost":3.6e-6}}\n\ndata: [DONE]\n\n`,
    );
  });
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  const elsewhere = mkdtempSync(join(tmpdir(), "turnpike-cli-"));
  const bootstrap = JSON.parse(readFileSync(join(folder, "bootstrap.json"), "utf8")) as Record<
    string,
    unknown
  >;
  const origin = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  writeFileSync(join(elsewhere, "bootstrap.json"), JSON.stringify({ ...bootstrap, origin }));
  const environment = { DATA_DIR: elsewhere };
  try {
    const once = await turnpike(["chat", "Say hello"], { environment });
    assert.is(once.code, 0, once.error);
    assert.is(once.out, "Héllo\n[3 in, 2 out · $0.0000036 · Acme · acme/big · gen-1-a]\n");
    assert.is(asked[0]?.model, "acme/big");

    const broken = await turnpike(["chat", "acme/big", "break"], { environment });
    assert.is(broken.code, 1);
    assert.match(broken.error, /the provider hung up/);

    asked.length = 0;
    const turns = await turnpike(["chat"], {
      environment,
      input: "one\n/model acme/small\ntwo\n/exit\n",
    });
    assert.is(turns.code, 0, turns.error);
    assert.equal(
      asked.map(({ model, messages }) => [model, messages.length]),
      [
        ["acme/big", 1],
        ["acme/small", 3],
      ],
    );
  } finally {
    gateway.closeAllConnections();
    gateway.close();
    rmSync(elsewhere, { recursive: true });
  }
});

cli("a table fits the terminal, and cuts only what may be cut", () => {
  const rows = [{ id: "acme/big", name: "A very long name for a model\nof two lines" }];
  const columns = [
    { title: "ID", value: (row: (typeof rows)[number]) => row.id },
    { title: "NAME", value: (row: (typeof rows)[number]) => row.name, flexible: true },
  ];
  assert.is(table(rows, columns, 30), "ID        NAME\nacme/big  A very long name fo…\n");
  assert.is(
    table(rows, columns, null),
    "ID        NAME\nacme/big  A very long name for a model of two lines\n",
  );
});

cli("a folder without an installation is told from a stopped one", async () => {
  const { code, error } = await turnpike(["keys", "list"], {
    environment: { DATA_DIR: join(folder, "nothing") },
  });
  assert.is(code, 1);
  assert.match(error, /there is no installation in .*nothing; start one with: turnpike start/);
});

cli("with DATABASE_URL that database is meant, whatever runs from the folder", async () => {
  const other = await testDatabase();
  try {
    const elsewhere = await turnpike(["keys", "list"], {
      environment: { DATABASE_URL: other.url },
    });
    assert.is(elsewhere.code, 1);
    assert.match(elsewhere.error, /was never started/);
    const here = await turnpike(["keys", "list"], { environment: { DATABASE_URL: database.url } });
    assert.match(here.out, /bootstrap/);
  } finally {
    await other.close();
  }
});

// The last two stop the server that the others talk to.
cli("a stopped installation obeys the same commands, through its database", async () => {
  await server.stop();
  const environment = { DATABASE_URL: database.url, MASTER_KEY: masterKey };
  assert.match(
    (await turnpike(["apply", "-"], { environment, input: file.replace('"2.50"', '"3.50"') })).out,
    /^charge of acme\/big .*\nlimit of key app of demo set\n$/,
  );
  assert.match((await turnpike(["models", "list"], { environment })).out, /acme\/big/);
  assert.match((await turnpike(["reconcile"], { environment })).out, /0 differences/);
  assert.match(
    (await turnpike(["chat", "hi"], { environment })).error,
    /nothing answers at http.*start it with: turnpike start/,
  );
});

cli("whoever can open the database needs no key, and leaves none behind", async () => {
  const environment = { DATABASE_URL: database.url, DATA_DIR: join(folder, "nothing") };
  assert.is((await turnpike(["keys", "list"], { environment })).code, 0);
  const left = await db.select().from(keys).where(eq(keys.name, "cli (one command)"));
  assert.equal(
    left.map(({ revokedAt }) => revokedAt === null),
    [false],
  );
});

cli.run();
