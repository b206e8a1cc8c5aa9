// How many statements gateways send to Postgres for leases, for a thousand requests of one hot account:
//
//   REQUESTS=3000 node test/measure/lease-statements.ts
//
// Every statement is counted in Postgres' own log, by the name of the connection that sent it.

import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres } from "#control/start/embedded-postgres.ts";
import { openClient, type Sql } from "#schema/client.ts";
import type { OrganizationId } from "#schema/ids.ts";
import { migrate } from "#schema/migrate.ts";
import { formatDollars, parsePerMillion, picodollars } from "#schema/money/amount.ts";
import { type Fleet, startFleet } from "#test/stories/fleet.ts";

const clients = 32; // of all gateways together
const requests = Number(process.env["REQUESTS"] ?? 3_000);
// Held are 40 tokens, charged are 4: requests hold about ten times what they cost (reliability.md 3.8).
const outputPerMillion = "2";
const tokensHeld = 40;
const tokensCharged = 4;
const charge = parsePerMillion(outputPerMillion) * BigInt(tokensCharged);

/** By what a statement does; those of the routing tables, of the posting queue and of changes are not counted here. */
const kinds = {
  lease: /from lease_allowances\(/,
  return: /update leases l set amount = l\.amount - /,
  recall: /pg_notify/,
  caller: /from keys k join organizations/,
} as const satisfies Record<string, RegExp>;
type Kind = keyof typeof kinds;

type Row = { served: number; refused: number; counts: Record<Kind, number>; perSecond: number };

for (const gateways of [1, 2, 4]) {
  const dataDir = mkdtempSync(join(tmpdir(), "turnpike-statements-"));
  chmodSync(dataDir, 0o711);
  const postgres = await startPostgres({ dataDir });
  await migrate(postgres.url);
  const sql = openClient(postgres.url, { connectionsMax: 1, name: "measure" });
  await logStatements(sql);
  const fleet = await startFleet({ databaseUrl: postgres.url, gateways });
  try {
    await fleet.model("acme/hot", { output: outputPerMillion }, "ok-p9-c4");
    const logFile = join(dataDir, "postgres.log");
    const measured = {
      "credit alone, $1000": await measure(fleet, logFile, await account(fleet, "1000")),
      "credit, a key's daily limit, requests a minute and at once, all wide": await measure(
        fleet,
        logFile,
        await bounded(fleet),
      ),
      "credit for the last 1000 requests, until it is used up": await measure(
        fleet,
        logFile,
        await account(fleet, formatDollars(picodollars(charge * 1_000n))),
      ),
    };
    for (const [name, row] of Object.entries(measured)) tell(gateways, name, row);
  } finally {
    await fleet.close();
    await sql.end();
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

async function logStatements(sql: Sql): Promise<void> {
  await sql`alter system set log_line_prefix = '%a|'`;
  await sql`alter system set log_statement = 'all'`;
  await sql`select pg_reload_conf()`;
}

async function account(fleet: Fleet, dollars: string): Promise<string> {
  return (await fleet.key(await fleet.organization(dollars))).key;
}

async function bounded(fleet: Fleet): Promise<string> {
  const organization: OrganizationId = await fleet.organization("1000");
  const { id, key } = await fleet.key(organization);
  const of = { organization, subject: "key", subjectId: id } as const;
  await fleet.bound({ ...of, unit: "picodollars", window: "day", limit: charge * 1_000_000n });
  await fleet.bound({ ...of, unit: "requests", window: "minute", limit: 1_000_000n });
  await fleet.bound({ ...of, unit: "concurrency", window: "lifetime", limit: 10_000n });
  return key;
}

/** So many requests, or until ten of each client in a row were refused. */
async function measure(fleet: Fleet, logFile: string, key: string): Promise<Row> {
  const from = readFileSync(logFile).length;
  const startedAtMs = performance.now();
  let asked = 0;
  let served = 0;
  let refused = 0;
  await Promise.all(
    Array.from({ length: clients }, async (_, at) => {
      const port = fleet.ports[at % fleet.ports.length] ?? 0;
      for (let inVain = 0; inVain < 10 && asked < requests;) {
        asked++;
        const answer = await fleet.chat(port, key, { model: "acme/hot", max_tokens: tokensHeld });
        await answer.text();
        if (answer.status === 200) {
          served++;
          inVain = 0;
        } else {
          refused++;
          inVain++;
          await sleep(100); // for what is under way to end
        }
      }
    }),
  );
  const perSecond = (served + refused) / ((performance.now() - startedAtMs) / 1_000);
  await sleep(500); // what is given back after the last one counts too
  return { served, refused, counts: countIn(readFileSync(logFile).subarray(from)), perSecond };
}

function countIn(log: Buffer): Record<Kind, number> {
  const counts = { lease: 0, return: 0, recall: 0, caller: 0 };
  // Statements of several lines go on in lines that begin with a tab.
  for (const entry of log
    .toString("utf8")
    .split(/^(?=[^\t\n]*\|(?:LOG|DETAIL|ERROR|STATEMENT):)/m)) {
    if (!/^turnpike gateway-\d+\|LOG: {2}(?:execute|statement)/.test(entry)) continue;
    for (const kind of Object.keys(kinds) as Kind[])
      if (kinds[kind].test(entry.replaceAll(/\s+/g, " "))) counts[kind]++;
  }
  return counts;
}

function tell(gateways: number, name: string, { served, refused, counts, perSecond }: Row): void {
  const per = (count: number) => ((1_000 * count) / (served + refused)).toFixed(1);
  const { lease, return: returned, recall, caller } = counts;
  console.log(
    `${gateways} gateway(s), ${name}: ${served} served, ${refused} refused, ${perSecond.toFixed(0)}/s; ` +
      `for 1,000 requests ${per(lease + returned + recall)} statements: ${per(lease)} leases, ${per(returned)} returns, ${per(recall)} recalls ` +
      `(and ${per(caller)} to read the key)`,
  );
}
