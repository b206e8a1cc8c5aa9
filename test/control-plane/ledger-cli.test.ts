// The books at a terminal: what is shown is exact, and what goes back is said.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { sql } from "drizzle-orm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { csvLine } from "#control/cli/csv-line.ts";
import { run } from "#control/cli/run.ts";
import { createOrganization } from "#control/organizations/create-organization.ts";
import { smallInstallation } from "./small-installation.ts";

const installation = await smallInstallation();
const { acme, runtime } = installation;
const { db } = runtime;
await createOrganization(db, { slug: "default", name: "Default" }); // what a first start makes
const folder = mkdtempSync(join(tmpdir(), "turnpike-ledger-"));
const cli = suite("turnpike ledger");
cli.after(async () => {
  await installation.close();
  rmSync(folder, { recursive: true });
});

async function turnpike(...words: string[]): Promise<{ code: number; out: string; error: string }> {
  const result = { code: -1, out: "", error: "" };
  result.code = await run(words, {
    environment: { DATABASE_URL: installation.databaseUrl, DATA_DIR: folder },
    folder,
    stdin: Readable.from([]) as unknown as NodeJS.ReadStream,
    write: (text) => void (result.out += text),
    writeError: (text) => void (result.error += text),
    width: 140,
  });
  return result;
}
const json = async <Value>(...words: string[]): Promise<Value> => {
  const { code, out, error } = await turnpike(...words, "--json");
  assert.is(code, 0, error);
  return JSON.parse(out) as Value;
};

const [credit] = await db.execute<{ id: string }>(
  sql`select id from allowances where subject_id = ${acme.id} and unit = 'picodollars' and window_kind = 'lifetime'`,
);
const charge = "3600001";
const draws = [
  { allowance: credit?.id ?? "", windowStart: new Date(0).toISOString(), amount: charge },
];
const generation = installation.record(acme, { charge, draws });
await installation.book(generation);
let purchase = "";

cli("a payment is booked once under its reference, and a part of it refunded", async () => {
  const words = ["credits", "purchase", "acme", "$100.00", "--reference", "invoice-17"];
  const bought = await turnpike(...words);
  assert.is(bought.code, 0, bought.error);
  assert.match(bought.out, /^Booked as tr_\w+\. acme has \$124\.999996399999\.\n/);
  purchase = /tr_\w+/.exec(bought.out)?.[0] ?? "";
  assert.match((await turnpike(...words)).out, /^Booked before under this reference, as tr_/);
  const refund = await turnpike("credits", "refund", purchase, "40", "--reference", "re_1");
  assert.match(
    refund.out,
    /^Refunded: \$40\.00, as tr_\w+\. \$84\.999996399999 of credit is left\.\n/,
  );
  const more = await turnpike("credits", "refund", purchase, "60.01", "--reference", "re_2");
  assert.is(more.code, 1);
  assert.match(more.error, /amount: at most 60 USD can go back now, 60\.01 was asked for/);
});

cli("a generation is given back in part, with a reason that stands in the books", async () => {
  const words = [
    "credits",
    "correct",
    generation.id,
    "0.0000006",
    "--reason",
    "the answer was cut",
  ];
  const back = await turnpike(...words, "--idempotency-key", "ticket-7");
  assert.is(back.code, 0, back.error);
  assert.match(back.out, /^Corrected: \$0\.0000006, as tr_\w+\.\n/);
  assert.match(
    (await turnpike(...words, "--idempotency-key", "ticket-7")).out,
    /^Corrected before under this key/,
  );
  const { transferId } = await json<{ transferId: string }>("credits", "grant", "acme", "1");
  const undone = await turnpike("credits", "correct", transferId, "--reason", "by mistake");
  assert.match(undone.out, /^Corrected: \$1\.00, as tr_/);
});

cli("the books are shown: accounts, an account's last entries, and how it was", async () => {
  const { out } = await turnpike("ledger", "show");
  assert.match(out, /^ACCOUNT +WHOSE +ENTRIES +BALANCE +ID\n/);
  assert.match(out, /^cash +the house +2 +-\$60\.00 +acct_/m);
  assert.match(out, /^credit +acme +7 +\$84\.999996999999 +acct_/m);
  const shown = await turnpike("ledger", "show", "acme", "--last", "2");
  assert.match(
    shown.out,
    /correction of grant +-\$1\.00 +\$84\.999996999999 +tr_\w+ +by mistake\n/,
  );
  assert.match(shown.out, / grant +\$1\.00 /);
  assert.not.match(shown.out, / purchase /);
  const then = await turnpike("ledger", "show", "acme", "--at", "2020-01-01");
  assert.match(then.out, /^credit +acme +0 +\$0\.00 /m);
  assert.match(then.out, /No entries/);
  const account = /acct_\w+/.exec(shown.out)?.[0] ?? "";
  assert.match(
    (await turnpike("ledger", "show", account)).out,
    /correction of usage +\$0\.0000006 /,
  );
});

cli("a statement says what was, came, went and is, by kind, day, model, key and line", async () => {
  const { out, code, error } = await turnpike("ledger", "statement", "acme");
  assert.is(code, 0, error);
  assert.match(out, /^Statement of acme, 20\d\d-\d\d-01 00:00:00 to /);
  for (const line of [
    /^balance before +\$0\.00$/m,
    /^purchase +\$100\.00 +1$/m,
    /^refund of purchase +-\$40\.00 +1$/m,
    /^correction of usage +\$0\.0000006 +1$/m,
    /^usage +-\$0\.000003600001 +1$/m,
    /^balance after +\$84\.999996999999$/m,
    /^20\S+ +acme\/big-1 +1 +\$0\.000003600001 +\$0\.0000006$/m,
    /^20\S+ +app +1 +\$0\.000003600001 +\$0\.0000006$/m,
    / correction of usage .*the answer was cut$/m,
  ])
    assert.match(out, line);
  const statement = await json<{
    lines: unknown[];
    usage: { byModel: unknown[] };
    closing: string;
  }>("ledger", "statement", "acme");
  assert.equal(
    [statement.lines.length, statement.usage.byModel.length, statement.closing],
    [7, 1, "84.999996999999"],
  );
});

cli(
  "a statement as CSV has every line, with amounts that a spreadsheet reads as they are",
  async () => {
    const { out } = await turnpike("ledger", "statement", "acme", "--csv");
    const lines = out.split("\r\n");
    assert.is(lines.length, 1 + 7 + 1);
    assert.match(
      lines[0] ?? "",
      /^at,kind,amount_usd,balance_usd,transfer,corrects_transfer,corrects_generation,reference,note$/,
    );
    assert.match(lines[2] ?? "", /^20[^,]+Z,usage,-0\.000003600001,24\.999996399999,tr_\w+,,,,$/);
    assert.match(lines[4] ?? "", /,refund,-40,84\.999996399999,tr_\w+,tr_\w+,,re_1,$/);
  },
);

cli("text in CSV is quoted, and is never a formula", () => {
  assert.is(csvLine(["a,b", 'say "no"', "x"]), '"a,b","say ""no""",x\r\n');
  assert.is(csvLine(["=1+1", "@x", "-2", { exact: "-2" }]), "'=1+1,'@x,'-2,-2\r\n");
});

cli("a transfer is shown with its sides, its generations and what was given back", async () => {
  const entries = await json<{ entries: { kind: string; transfer: string }[] }>(
    "ledger",
    "show",
    "acme",
  );
  const usage = entries.entries.find(({ kind }) => kind === "usage")?.transfer ?? "";
  const { out, code, error } = await turnpike("ledger", "transfer", usage);
  assert.is(code, 0, error);
  for (const line of [
    /^usage of \$0\.000003600001 at .* UTC by posting$/m,
    /^given back: \$0\.0000006$/m,
    /^credit +acme +-\$0\.000003600001 +\$25\.00 +\$24\.999996399999$/m,
    /^tr_\w+ +\S+ \S+ +\$0\.0000006 +gen-\S+ +the answer was cut$/m,
    /^gen-\S+ +acme\/big-1 +\$0\.000003600001 +\$0\.0000006$/m,
  ])
    assert.match(out, line);
});

for (const { name, words, code, says } of [
  {
    name: "a purchase without a reference",
    words: ["credits", "purchase", "acme", "1"],
    code: 2,
    says: /required option '--reference <id>' not specified/,
  },
  {
    name: "a generation where a purchase is refunded",
    words: ["credits", "refund", "gen-1764075600-AZq4", "--reference", "x"],
    code: 2,
    says: /give it back with: turnpike credits correct gen-1764075600-AZq4 --reason WHY/,
  },
  {
    name: "a time that is none",
    words: ["ledger", "statement", "acme", "--from", "yesterday"],
    code: 2,
    says: /--from: expected an instant such as .*, or a day such as 2026-11-25; got "yesterday"/,
  },
  {
    name: "two formats at once",
    words: ["ledger", "statement", "acme", "--csv", "--json"],
    code: 2,
    says: /--csv or --json, not both/,
  },
  {
    name: "a transfer that is not there",
    words: ["ledger", "transfer", "tr_none"],
    code: 1,
    says: /transfer: none has the id tr_none/,
  },
]) {
  cli(`${name} is refused with exit code ${code}, in words`, async () => {
    const result = await turnpike(...words);
    assert.is(result.code, code);
    assert.match(result.error, says);
  });
}

cli("every command has help with examples", async () => {
  for (const words of [
    "ledger show",
    "ledger statement",
    "ledger transfer",
    "credits purchase",
    "credits refund",
    "credits correct",
  ]) {
    const { out, code } = await turnpike(...words.split(" "), "--help");
    assert.is(code, 0, words);
    assert.match(out, `$ turnpike ${words}`, words);
  }
});

cli("after all of this the books balance", async () => {
  assert.match((await turnpike("reconcile")).out, /^0 differences\n$/m);
});

cli.run();
